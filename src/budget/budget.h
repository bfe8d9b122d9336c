/* Budgets as they are stated: how much may be spent in a period by the calls
 * of a scope, and what is done at which share of it.  A snapshot that is
 * replaced as a whole at a reload; docs/budgets.md is the user's side.
 *
 * Owns all its text.  Built by one thread, then read by any. */
#ifndef BUDGET_BUDGET_H
#define BUDGET_BUDGET_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"
#include "event/event_key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct budgets;
struct json_writer;
struct why;

enum budget_period {
    BUDGET_HOUR = 1, /* of the reporting time zone, as all but the last */
    BUDGET_DAY,
    BUDGET_WEEK,
    BUDGET_MONTH,
    BUDGET_ROLLING, /* the last `window_us` */
    BUDGET_PERIOD__COUNT
};
enum budget_unit {
    BUDGET_USD = 1, /* amounts are pico-dollars */
    BUDGET_TOKENS,
    BUDGET_REQUESTS,
    BUDGET_UNIT__COUNT
};
enum budget_action {
    BUDGET_NOTIFY = 1,
    BUDGET_FALLBACK, /* to .model */
    BUDGET_SLOW,     /* by .delay_ms */
    BUDGET_BLOCK,
    BUDGET_ACTION__COUNT
};
/* What a limit in dollars makes of a call without a price. */
enum budget_unpriced {
    BUDGET_UNPRICED_BLOCK = 1, /* the default: it cannot be held to it */
    BUDGET_UNPRICED_ALLOW,     /* it passes and counts nothing */
    BUDGET_UNPRICED_ESTIMATE,  /* it counts as if .estimate had served it */
    BUDGET_UNPRICED__COUNT
};

struct budget_step {
    int percent; /* of the limit; 1..LIMIT_BUDGET_PERCENT_MAX */
    enum budget_action action;
    struct str model;
    int64_t delay_ms;
    /* Channels told when the step is reached.  Of notify, none named means
     * all; of the others, nobody. */
    const struct str *notify;
    size_t n_notify;
};

struct budget_scope { /* one of these values */
    struct event_key key;
    const struct str *value; /* "" is untagged */
    size_t n_values;
};

struct budget {
    struct str name;
    const struct budget_scope *where; /* all must hold; none: every call */
    size_t n_where;
    bool has_per;
    struct event_key per; /* a counter for each value; calls without one are
                             not counted */
    enum budget_period period;
    int64_t window_us; /* of rolling */
    enum budget_unit unit;
    int64_t limit;                  /* in the unit; 1... */
    const struct budget_step *step; /* percent ascends */
    size_t n_steps;
    enum budget_unpriced unpriced;
    struct str estimate_provider; /* may be empty: the call's own */
    struct str estimate_model;
    int64_t output_tok; /* reserved for a call that states no ceiling */
    struct str contact; /* whom to ask; may be empty */
    bool is_applied;    /* by toll budget apply, not in toll.yaml */
};

struct budgets *budgets_new(void) RETURNS_NONNULL;
struct budgets *budgets_ref(struct budgets *b);
void budgets_unref(struct budgets **b); /* accepts NULL; sets it NULL */

/* budgets_add: copies; without steps it gets notify at 80 and block at 100.
 * RC_INVALID, with what is wrong, RC_EXISTS for a second of that name,
 * RC_LIMIT for too many. */
enum rc budgets_add(struct budgets *b, const struct budget *budget,
                    struct why *why) MUST_CHECK;
size_t budgets_n(const struct budgets *b);
const struct budget *budgets_at(const struct budgets *b, size_t i);
const struct budget *budgets_find(const struct budgets *b, struct str name);

/* budget_covers: the scope holds of the event.  The key "model" is the model
 * that was asked for, which is known before the call and after it. */
bool budget_covers(const struct budget *b, const struct event *ev);
/* budget_per: the value whose counter it is; empty without `per`, and of
 * events without such a value. */
struct str budget_per(const struct budget *b, const struct event *ev);

/* budget_counts_alike: whatever counted for the one counts for the other, so
 * that counters can be carried over. */
bool budget_counts_alike(const struct budget *a, const struct budget *b);

/* budget_width_us: of a rolling window's parts; the window is known to one
 * part.  Whole hours from a day on. */
int64_t budget_width_us(int64_t window_us);

/* budget_threshold: the amount at which the step is reached, rounded up. */
int64_t budget_threshold(const struct budget *b, const struct budget_step *s);

/* budget_add_key: "feature", "tag.team". */
struct buf;
void budget_add_key(struct buf *b, const struct event_key *key);
/* budget_add_amount: dollars in short, or the count, without the unit. */
void budget_add_amount(struct buf *b, enum budget_unit unit, int64_t amount);
/* budget_say_amount: for people: "$12.50", "1200 tokens". */
void budget_say_amount(struct buf *b, enum budget_unit unit, int64_t amount);
/* budget_add_window: "24h", "90m", "30s". */
void budget_add_window(struct buf *b, int64_t us);
/* budget_write_amount: a member: money as decimal text, counts as numbers. */
void budget_write_amount(struct json_writer *w, const char *name,
                         enum budget_unit unit, int64_t amount);
/* budget_write: the definition as an object, which toll.yaml's reader takes
 * back. */
void budget_write(struct json_writer *w, const struct budget *b);
/* budget_write_members: likewise, inside an object that is begun. */
void budget_write_members(struct json_writer *w, const struct budget *b);
void budget_write_step(struct json_writer *w, const struct budget_step *s);

/* Names as toll.yaml has them, and back: 0 when unknown. */
struct str budget_period_name(enum budget_period x);
enum budget_period budget_period_from(struct str name);
struct str budget_unit_name(enum budget_unit x);
enum budget_unit budget_unit_from(struct str name);
struct str budget_action_name(enum budget_action x);
enum budget_action budget_action_from(struct str name);
struct str budget_unpriced_name(enum budget_unpriced x);
enum budget_unpriced budget_unpriced_from(struct str name);

#endif
