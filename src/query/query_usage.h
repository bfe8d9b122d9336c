/* Usage as prices and savings look at it: questions of a fixed shape, for
 * which the metrics of query.h are too coarse.  Each takes the range and the
 * filters of a question and looks at nothing else in it; text in a row lives
 * until the row function returns.  One thread a reader. */
#ifndef QUERY_QUERY_USAGE_H
#define QUERY_QUERY_USAGE_H

#include "base/attr.h"
#include "base/num.h"
#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"
#include "query/query.h"

#include <stdint.h>

struct store_reader;
struct why;

/* query_calls: every single call, in no order, and of each event only what its
 * price depends on (provider, model, time, tier, status, tokens, searches)
 * and its cost.  Some ten times as fast as query_events. */
enum rc query_calls(const struct query *q, struct store_reader *reader,
                    query_event_fn *each, void *arg,
                    struct why *why) MUST_CHECK;

/* query_sums: what was used, by where it was used and what served it; the
 * dearest first, then by name. */
struct usage_sum {
    struct str feature, workflow, provider, model, requested_model;
    enum service_tier tier;
    int64_t n;        /* calls */
    int64_t n_errors; /* of those, with status error */
    int64_t n_unpriced;
    num_i128 cost;        /* pico-dollars, of priced calls */
    num_i128 error_cost;  /* of that, of calls with status error */
    num_i128 cache_cost;  /* of that, cache reads and writes */
    num_i128 output_cost; /* of that, output */
    num_i128 tools_cost;  /* of that, fees */
    num_i128 token[TOKEN__COUNT];
};
typedef enum rc usage_sum_fn(void *arg, const struct usage_sum *row,
                             struct why *why);
enum rc query_sums(const struct query *q, struct store_reader *reader,
                   usage_sum_fn *each, void *arg, struct why *why) MUST_CHECK;

/* query_shorts: how short the shorter calls are; by name. */
struct usage_short {
    struct str feature, workflow, provider, model;
    double input_p05; /* 5 % quantile of a call's input tokens */
};
typedef enum rc usage_short_fn(void *arg, const struct usage_short *row,
                               struct why *why);
enum rc query_shorts(const struct query *q, struct store_reader *reader,
                     usage_short_fn *each, void *arg,
                     struct why *why) MUST_CHECK;

/* query_gaps: of the calls with at least `input_min` input tokens, how many
 * followed upon another of the same feature, workflow, model and release soon
 * enough to find its prompt cache alive. */
struct usage_gap {
    struct str feature, workflow, provider, model;
    int64_t n;      /* such calls */
    int64_t n_cold; /* of those, none before within five minutes */
    num_i128 input; /* tokens, all classes */
    num_i128 cache_read;
};
typedef enum rc usage_gap_fn(void *arg, const struct usage_gap *row,
                             struct why *why);
struct usage_gaps_of {
    int64_t input_min;
    int64_t n_calls; /* of the question, about: how best to look for them */
};
enum rc query_gaps(const struct query *q, const struct usage_gaps_of *of,
                   struct store_reader *reader, usage_gap_fn *each, void *arg,
                   struct why *why) MUST_CHECK;

/* query_runs: how long runs are: for every feature, workflow and number of
 * calls, how many runs had so many; shortest first.  Calls without a run do
 * not count. */
struct usage_runs {
    struct str feature, workflow;
    int64_t n_calls; /* of each of these runs */
    int64_t n_runs;
    num_i128 cost;  /* of all of them */
    struct str run; /* one of them */
};
typedef enum rc usage_runs_fn(void *arg, const struct usage_runs *row,
                              struct why *why);
enum rc query_runs(const struct query *q, struct store_reader *reader,
                   usage_runs_fn *each, void *arg, struct why *why) MUST_CHECK;

#endif
