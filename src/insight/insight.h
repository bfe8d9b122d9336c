/* An insight: a question that people ask of their spending, with its method
 * and its wording, as one row.  One file exports one row; insight_table.c
 * lists them.  The row is all that a face needs: the API makes a route of it,
 * the command line a command, with help and checks from its parameters.
 *
 * An insight is a function of answers: it asks the query room, reckons, and
 * fills a report.  It writes no SQL, opens nothing and knows no clock but
 * the time it is given.  Any thread, each with a reader of its own. */
#ifndef INSIGHT_INSIGHT_H
#define INSIGHT_INSIGHT_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/num.h"
#include "base/rc.h"
#include "base/str.h"
#include "insight/report.h"
#include "query/query.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct price_book;
struct registry;
struct store_reader;
struct why;

/* What a running server has counted since it started. */
struct insight_counts {
    uint64_t n_accepted;
    uint64_t n_duplicates; /* their id was seen before */
    uint64_t n_refused;
};

/* An alert as the watch tells it; borrowed until `each` returns. */
struct insight_alert {
    struct str severity, sentence, owner;
    int64_t since_us;
    num_i128 so_far; /* pico-dollars */
    bool is_open;
};
struct insight_alerts_of { /* those that were open at any time of it */
    int64_t from_us, to_us;
    void (*each)(void *arg, const struct insight_alert *alert);
    void *arg;
};

/* What an insight may look at; immutable while it runs. */
struct insight_env {
    struct store_reader *reader;
    struct price_book *book;         /* prices in force */
    const struct registry *registry; /* experiments, owners */
    struct str timezone;             /* reporting zone, IANA name */
    int64_t now_us;
    /* counts: NULL without a server; called with `arg`. */
    void (*counts)(void *arg, struct insight_counts *ret);
    void *arg;
    /* alerts: NULL where nobody watches; called with `alerts_arg`. */
    enum rc (*alerts)(const void *arg, const struct insight_alerts_of *of,
                      struct why *why);
    const void *alerts_arg;
};

struct insight_call {
    const struct insight_env *env;
    const struct query_param *param; /* decoded; names are those of the row */
    size_t n_params;
    struct str subject;  /* the {name} of the path; empty for none */
    struct arena *arena; /* for what lives until the report is drawn */
};

/* Fills the report: RC_OK with a sentence said, also when there is nothing to
 * tell (it then says what is lacking); RC_INVALID for wrong parameters,
 * RC_NOT_FOUND for a subject that is not there, what the store failed with. */
typedef enum rc insight_fn(const struct insight_call *call, struct report *out,
                           struct why *why);

struct insight_param {
    const char *name;  /* "to_model": --to-model on the command line */
    const char *value; /* "MODEL", or NULL for a switch ("1" when given) */
    const char *doc;
    bool repeats; /* may stand several times */
};

struct insight {
    const char *name; /* the command */
    const char *path; /* "/api/explain" */
    const char
        *subject;       /* "NAME": the path goes on with /{name}; NULL: never */
    bool needs_subject; /* of the command; the route without it lists */
    const char *summary; /* one line */
    const char *details; /* paragraphs and examples; NULL: none */
    const char *hint;    /* told with every error; NULL: none */
    const struct insight_param *param;
    size_t n_params;
    insight_fn *run;
};

/* Sorted by name. */
extern const struct insight *const insight_table[];
extern const size_t insight_table_n;

/* insight_of: by the route's path, "/api/experiments/summary-v2"; NULL when
 * there is none.
 *   ret_subject  what follows the row's own path, not decoded */
const struct insight *insight_of(struct str path, struct str *ret_subject);

/* ---- parameters ---- */

/* insight_value: the last of that name, p == NULL when absent; insight_has:
 * given, and not as "0" or "false". */
struct str insight_value(const struct insight_call *call, const char *name);
bool insight_has(const struct insight_call *call, const char *name);
/* insight_i64, insight_f64, insight_usd: as a number; `otherwise` when absent.
 * RC_INVALID, naming the parameter, when it is none or out of bounds. */
struct insight_bounds_i64 {
    int64_t otherwise, min, max;
};
struct insight_bounds_f64 {
    double otherwise, min, max;
};
enum rc insight_i64(const struct insight_call *call, const char *name,
                    struct insight_bounds_i64 bounds, int64_t *ret,
                    struct why *why) MUST_CHECK;
enum rc insight_f64(const struct insight_call *call, const char *name,
                    struct insight_bounds_f64 bounds, double *ret,
                    struct why *why) MUST_CHECK;
enum rc insight_usd(const struct insight_call *call, const char *name,
                    struct usd otherwise, struct usd *ret,
                    struct why *why) MUST_CHECK;

/* The usual parameters of a range, for the rows: from, to, range, where. */
#define INSIGHT_RANGE_PARAMS                                                 \
    {"from", "TIME", "a date or RFC 3339; included", false},                 \
        {"to", "TIME", "likewise; not included", false},                     \
        {"range", "WORD", "today, this-week, last-month, 7d, 30d, all, ...", \
         false},                                                             \
    {                                                                        \
        "where", "FILTER", "feature:a|b, feature:!a, feature: (untagged)",   \
            true                                                             \
    }

/* insight_until_us: where a stretch that goes on is cut: the end of the minute
 * that runs.  So whoever asks within it asks the same, a page as a command,
 * and what is compared with need not be read again. */
int64_t insight_until_us(const struct insight_call *call);

/* insight_range: [from, to) of the call's from, to and range.
 *   otherwise  the range when none is given: "30d" */
enum rc insight_range(const struct insight_call *call, const char *otherwise,
                      int64_t *ret_from_us, int64_t *ret_to_us,
                      struct why *why) MUST_CHECK;

/* ---- asking ---- */

struct insight_question {
    const char *metrics;  /* "cost,requests" */
    const char *by;       /* "feature,model"; NULL: none */
    const char *interval; /* "day"; NULL: none */
    int64_t from_us, to_us;
    const char *order; /* "-cost"; NULL: time, then cost */
    const char *where; /* one filter besides those of the call; NULL: none */
    bool all_environments; /* else production, unless the call's where says */
    bool ignores_where;    /* the call's filters do not count */
    bool lacks_totals;     /* as struct query has it */
    size_t limit;          /* rows; 0: all that an answer can have */
};

/* insight_ask: put a question with the call's filters.  The answer lives in
 * the call's arena; its columns are the time (if there is an interval), the
 * dimensions, the metrics, in that order. */
enum rc insight_ask(const struct insight_call *call,
                    const struct insight_question *q, struct answer **ret,
                    struct why *why) MUST_CHECK;
/* insight_parse: the same question before it is run, for who wants to change
 * or stream it. */
enum rc insight_parse(const struct insight_call *call,
                      const struct insight_question *q, struct query *ret,
                      struct why *why) MUST_CHECK;

/* insight_narrow: one filter more, by a value from outside as it is; the value
 * is borrowed. */
enum rc insight_narrow(const struct insight_call *call, struct query *q,
                       enum dim dim, struct str value,
                       struct why *why) MUST_CHECK;

/* A cell of an answer; null cells give 0 and "". */
struct str answer_str(const struct answer *a, size_t row, size_t column);
num_i128 answer_count(const struct answer *a, size_t row, size_t column);
num_i128 answer_pico(const struct answer *a, size_t row, size_t column);
double answer_real(const struct answer *a, size_t row, size_t column);

/* One file exports one row. */
extern const struct insight insight_customers;
extern const struct insight insight_experiment;
extern const struct insight insight_explain;
extern const struct insight insight_forecast;
extern const struct insight insight_guardrails;
extern const struct insight insight_movers;
extern const struct insight insight_plan;
extern const struct insight insight_quality;
extern const struct insight insight_reconcile;
extern const struct insight insight_review;
extern const struct insight insight_savings;
extern const struct insight insight_whatif;

#endif
