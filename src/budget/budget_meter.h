/* What budgets count while toll runs, and the one decision on every call:
 *
 *   budget_admit ---- may it go, and how; its upper bound is reserved
 *   budget_spend ---- an event is durable: it counts (all doors)
 *   budget_release -- its call has ended: nothing is reserved for it any more
 *
 * A call is let go while less than the limit is used and reserved together, so
 * that a limit is passed by no more than one call's bound, however many go at
 * a time.  When only what others reserved stands in the way, it waits for them
 * to settle: a bound is often many times what a call comes to.
 *
 * What is counted is what the ledger holds: events count when they are
 * durable, and whoever opens the meter fills it from the ledger.
 *
 * Any thread, but a desk has one at a time.  No clock, no files. */
#ifndef BUDGET_BUDGET_METER_H
#define BUDGET_BUDGET_METER_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "budget/budget.h"
#include "event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct budget_desk;
struct budget_draft;
struct budget_hold;
struct budget_meter;
struct price_book;

/* The calendar's period that holds an instant; not asked for rolling ones. */
typedef void budget_span_fn(void *arg, enum budget_period period, int64_t at_us,
                            int64_t *ret_from_us, int64_t *ret_to_us);

/* A step was reached, for the first time in its period.  Text is borrowed for
 * the call. */
struct budget_notice {
    const struct budget *budget;
    const struct budget_step *step;
    struct str value; /* of `per`; the first that got there */
    int64_t used;
    int64_t from_us; /* the period */
    int64_t to_us;
    int64_t now_us;
};
/* Called without the meter's lock, on any thread that spends; quick. */
typedef void budget_notice_fn(void *arg, const struct budget_notice *notice);

struct budget_meter_options {
    uint64_t seed; /* secret: values must not be made to collide */
    budget_span_fn *span;
    void *span_arg;
    budget_notice_fn *notice; /* may be NULL */
    void *notice_arg;
};

struct budget_meter *budget_meter_new(const struct budget_meter_options *opt)
    RETURNS_NONNULL;
void budget_meter_free(struct budget_meter **m); /* accepts NULL */

/* budget_meter_is_idle: there are no budgets, so nothing need be asked. */
bool budget_meter_is_idle(const struct budget_meter *m);

/* ---- other budgets ----
 *
 * A draft takes over the counters of budgets that count alike; the others
 * begin at nothing and want to be filled.  Between the look into the ledger
 * and budget_draft_use no event may be spent. */
struct budget_draft *budget_draft_new(struct budget_meter *m,
                                      struct budgets *budgets,
                                      int64_t now_us) RETURNS_NONNULL;
void budget_draft_free(struct budget_draft **d); /* accepts NULL */

/* budget_draft_wants: budget i is to be filled with the calls of [from, to).
 * budget_draft_fill: what calls of about `ts_us` came to. */
bool budget_draft_wants(const struct budget_draft *d, size_t i,
                        int64_t *ret_from_us, int64_t *ret_to_us);
struct budget_fill {
    struct str value; /* of `per` */
    int64_t ts_us;
    int64_t amount;
    int64_t n_calls;
    int64_t n_unpriced; /* of those */
    int64_t pico;       /* their cost, as far as they have one */
};
void budget_draft_fill(struct budget_draft *d, size_t i,
                       const struct budget_fill *fill);
/* budget_draft_event: likewise a single event; one of another scope counts
 * nothing. */
void budget_draft_event(struct budget_draft *d, size_t i,
                        const struct event *ev, struct price_book *book);
/* budget_draft_use: from now on these; steps already reached are told of. */
void budget_draft_use(struct budget_draft **d, int64_t now_us);

/* budget_meter_price: other prices from now on. */
void budget_meter_price(struct budget_meter *m, struct price_book *book);

/* ---- calls ---- */

/* A desk is where one thread asks: it remembers names of models. */
struct budget_desk *budget_desk_new(struct budget_meter *m) RETURNS_NONNULL;
void budget_desk_free(struct budget_desk **d); /* accepts NULL */

struct budget_ask {
    const struct event *ev; /* as far as it is known, attributed */
    int64_t input_tok;      /* at most */
    int64_t output_tok;     /* the request's own ceiling; -1: none stated */
    int64_t n_choices;
    bool may_fall_back; /* false: another model was tried, or cannot be */
    bool may_hold;      /* false: it has waited long enough */
    int64_t now_us;
};

enum budget_verdict {
    BUDGET_PASS = 1, /* after .delay_ms */
    BUDGET_TO_MODEL, /* ask again as .model */
    BUDGET_WAIT,     /* ask again in LIMIT_BUDGET_HOLD_TICK_MS */
    BUDGET_REFUSE
};
enum budget_reason {
    BUDGET_SPENT = 1, /* the step is reached */
    BUDGET_RESERVED,  /* calls under way hold the rest */
    BUDGET_NO_PRICE
};

struct budget_answer {
    enum budget_verdict verdict;
    int64_t delay_ms;
    struct str model;
    struct budget_hold *hold; /* of PASS; to be released; NULL: nothing is */
    /* The budget that decided, with its numbers; NULL when none did.  Text
     * lives until budget_answer_fini. */
    const struct budget *budget;
    const struct budget_step *step; /* NULL of NO_PRICE */
    enum budget_reason reason;
    int64_t used;
    int64_t reserved;
    int64_t resets_us;
    /* What money goes by: the call's bound, 0 without a price, and what calls
     * of that budget have come to on average, 0 when there were none. */
    int64_t bound_pico;
    int64_t mean_pico;
    struct budgets *snapshot;
};
void budget_admit(struct budget_desk *d, const struct budget_ask *ask,
                  struct budget_answer *ret);
void budget_answer_fini(struct budget_answer *a); /* not the hold */

/* budget_bound_of: what budget_admit would reserve, in pico-dollars; false
 * without a price. */
bool budget_bound_of(struct budget_desk *d, const struct budget_ask *ask,
                     int64_t *ret_pico);

/* budget_release: accepts NULL.  budget_keep: the call was made and is in no
 * ledger: what was reserved for it is spent until the period ends. */
void budget_release(struct budget_meter *m, struct budget_hold **hold);
void budget_keep(struct budget_meter *m, struct budget_hold **hold,
                 int64_t now_us);

/* budget_spend: an event that is durable and counts for the first time. */
void budget_spend(struct budget_meter *m, const struct event *ev,
                  int64_t now_us);

/* budget_spend_made: a call that was made, and whose event is not in the
 * ledger since its id was used before.
 *   ev  attributed; its cost is reckoned here */
void budget_spend_made(struct budget_desk *d, const struct event *ev,
                       int64_t now_us);

/* ---- what stands ---- */

struct budget_worst {
    struct str value;
    int64_t used;
};
struct budget_state {
    const struct budget *budget;
    int64_t used; /* with `per`: of the value that spent most */
    int64_t reserved;
    int64_t from_us; /* of a rolling window: now - window ... now */
    int64_t to_us;
    int64_t n_calls;           /* counted since the period began */
    int64_t n_unpriced;        /* since toll started: without a price */
    const int64_t *step_at_us; /* one a step: when it was seen; 0: not yet */
    const struct budget_worst *worst; /* the most first */
    size_t n_worst;
};
typedef void budget_state_fn(void *arg, const struct budget_state *state);
/* budget_meter_each: in the order in which they are stated; `each` must be
 * quick and not call the meter. */
void budget_meter_each(struct budget_meter *m, int64_t now_us,
                       budget_state_fn *each, void *arg);

#endif
