/* What stands beside the calls, as the store holds it (event/record.h):
 * outcomes, releases, what customers pay and what providers billed.  Each
 * record is handed to a function; its text lives until that returns. */
#ifndef QUERY_QUERY_RECORD_H
#define QUERY_QUERY_RECORD_H

#include "base/attr.h"
#include "base/num.h"
#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"
#include "event/record.h"
#include "query/query.h"

#include <stddef.h>
#include <stdint.h>

struct store_reader;
struct why;

typedef enum rc query_record_fn(void *arg, const struct record *rec,
                                struct why *why);

struct query_outcomes {
    int64_t from_us, to_us;     /* [from, to) */
    struct str name;            /* empty: any */
    struct str dim[DIM__COUNT]; /* empty: any; those that outcomes bear */
    size_t limit;               /* the oldest; 0: all */
};

/* query_outcomes: by time, then id. */
enum rc query_outcomes(const struct query_outcomes *q,
                       struct store_reader *reader, query_record_fn *each,
                       void *arg, struct why *why) MUST_CHECK;

/* query_outcome_units: the same, summed by what was split, as a comparison of
 * variants wants it: each unit of each variant once, by name, experiment,
 * variant, unit.
 *   unit  a dimension that outcomes bear */
struct query_outcome_unit {
    struct str name; /* of the outcome */
    struct str experiment;
    struct str variant;
    struct str unit; /* empty: of nobody named */
    int64_t n;
    double sum; /* of the values */
    double sum_squares;
};
typedef enum rc query_outcome_unit_fn(void *arg,
                                      const struct query_outcome_unit *unit,
                                      struct why *why);
enum rc query_outcome_units(const struct query_outcomes *q, enum dim unit,
                            struct store_reader *reader,
                            query_outcome_unit_fn *each, void *arg,
                            struct why *why) MUST_CHECK;

/* query_outcome_runs: likewise, of those that name no experiment: they are
 * taken for those of the calls of the run that they name, its variant and,
 * where they name none, its unit, if its calls have but one of each.
 *   q        experiment, variant and limit are not looked at; outcomes of
 *            q->dim[DIM_FEATURE], where not empty, belong without a run too
 * Of the result's members experiment is empty. */
struct query_outcome_runs_of {
    const struct query *calls; /* range and filters; their runs count */
    enum dim unit;             /* that outcomes bear */
};
enum rc query_outcome_runs(const struct query_outcomes *q,
                           const struct query_outcome_runs_of *of,
                           struct store_reader *reader,
                           query_outcome_unit_fn *each, void *arg,
                           struct why *why) MUST_CHECK;

/* query_releases: the markers of [from, to), by time; with a feature its own
 * and those of the whole product, which bear none. */
struct query_releases {
    int64_t from_us, to_us;
    struct str feature; /* empty: of all */
    size_t limit;       /* the oldest; 0: all */
};
enum rc query_releases(const struct query_releases *q,
                       struct store_reader *reader, query_record_fn *each,
                       void *arg, struct why *why) MUST_CHECK;

/* query_customers: what holds in the month that begins at `month_us` or is
 * under way then: of each customer the newest row from then or before, by
 * customer.  Who comes later has none. */
enum rc query_customers(int64_t month_us, size_t limit,
                        struct store_reader *reader, query_record_fn *each,
                        void *arg, struct why *why) MUST_CHECK;

/* query_invoices: the lines that are for an instant of [from, to) at least, by
 * time, then as their members stand. */
struct query_invoices {
    int64_t from_us, to_us;
    struct str provider; /* empty: of all */
    size_t limit;        /* the oldest; 0: all */
};
enum rc query_invoices(const struct query_invoices *q,
                       struct store_reader *reader, query_record_fn *each,
                       void *arg, struct why *why) MUST_CHECK;

/* query_guardrails: what budgets did in [from, to), by time, then id. */
struct query_guardrails {
    int64_t from_us, to_us;
    struct str budget; /* empty: of all */
    size_t limit;      /* the oldest; 0: all */
};
enum rc query_guardrails(const struct query_guardrails *q,
                         struct store_reader *reader, query_record_fn *each,
                         void *arg, struct why *why) MUST_CHECK;

/* query_guardrail_sums: the same, summed by budget, action and one dimension
 * that guardrails bear; the most saved first, then the most calls. */
struct guardrail_sum {
    struct str budget;
    struct str action;
    struct str value; /* of the dimension; empty: none */
    int64_t n_calls;
    num_i128 saved; /* pico-dollars */
    int64_t first_us, last_us;
};
typedef enum rc guardrail_sum_fn(void *arg, const struct guardrail_sum *sum,
                                 struct why *why);
enum rc query_guardrail_sums(const struct query_guardrails *q, enum dim by,
                             struct store_reader *reader,
                             guardrail_sum_fn *each, void *arg,
                             struct why *why) MUST_CHECK;

#endif
