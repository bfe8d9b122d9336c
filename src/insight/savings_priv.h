/* The parts of savings: each reads what was asked once (savings.c) and adds
 * lines; savings_tell.c ranks and words them.  One thread. */
#ifndef INSIGHT_SAVINGS_PRIV_H
#define INSIGHT_SAVINGS_PRIV_H

#include "base/map.h"
#include "base/num.h"
#include "base/rc.h"
#include "base/str.h"
#include "insight/decide.h"
#include "insight/insight.h"
#include "query/query_usage.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct price_memo;
struct why;

enum {
    SAVINGS_DAYS = 28,
    SAVINGS_HISTORY_DAYS = 90,
    SAVINGS_GROUPS_MAX = 512, /* the dearest; the rest is told as left out */
    SAVINGS_SUMS_MAX = 4096,
    SAVINGS_LINES_MAX = 4096
};

/* In the order of the overlap rule: each applies to what those before it
 * leave. */
enum saving_kind {
    SAVING_RETRIES = 1,
    SAVING_RUNAWAY,
    SAVING_CACHE,
    SAVING_BATCH,
    SAVING_ASKED_MODEL,   /* what was asked for is cheaper than what served */
    SAVING_CHEAPER_MODEL, /* price difference, quality unknown */
    SAVING_PROMPT_GROWTH, /* to check; in no combined figure */
    SAVING_OUTPUT_GROWTH,
    SAVING__COUNT
};

struct saving_day { /* of one group */
    int64_t n, n_errors, n_retries;
    int64_t input, cache_read, output;
};

/* A workflow of a feature: what most lines are about. */
struct saving_group {
    struct str feature, workflow;
    num_i128 cost; /* in the 28 days */
    num_i128 error_cost, output_cost, tools_cost;
    num_i128 input, cache_read, output; /* tokens */
    int64_t n, n_errors;
    int64_t n_runs, n_run_calls;
    int64_t hour[24]; /* calls by hour of the day */
    bool is_apart;    /* evaluation and test: not in production's cost */
    struct saving_day day[SAVINGS_HISTORY_DAYS]; /* the last is yesterday */
};

struct saving_sum {
    struct usage_sum row;
    size_t group;
};

struct saving_gap {
    struct usage_gap row;
    size_t group;
    int64_t input_p05; /* of all its calls, short ones too */
};

/* Another model, another tier; empty texts and 0 are those there are. */
struct saving_target {
    struct str provider, model;
    enum service_tier tier;
};

struct saving {
    enum saving_kind kind;
    size_t group;
    struct saving_target to;   /* what toll whatif can price */
    num_i128 low, point, high; /* dollars a month, in pico */
    bool quality_holds;        /* of a cheaper model: by an experiment */
    const char *confidence;
    struct str arithmetic;   /* in words and numbers */
    const char *check_first; /* before acting */
    const char *falsified_by;
};

struct savings {
    const struct insight_call *call;
    struct price_memo *memo;
    int64_t from_us, to_us; /* the 28 days */
    int64_t history_from_us;
    int64_t length_us;
    int64_t n_calls; /* in them */

    struct saving_group *group;
    size_t n_groups;
    struct map groups; /* the same by name */
    struct saving_sum *sum;
    size_t n_sums;
    struct saving_gap *gap;
    size_t n_gaps;
    struct saving *line;
    size_t n_lines;
    num_i128 left_out; /* cost of what is not looked at */
    size_t n_small;    /* lines that are not worth one */
    int64_t n_unpriced;
};

/* saving_add: a line, unless there is nothing to gain. */
void saving_add(struct savings *s, const struct saving *line);
/* saving_group_of: the index of a workflow, those apart left out; SIZE_MAX when
 * it is not looked at. */
size_t saving_group_of(const struct savings *s, struct str feature,
                       struct str workflow);
/* saving_month: an amount of the 28 days, a month. */
num_i128 saving_month(const struct savings *s, num_i128 pico);
/* saving_rates: rates for calls as long as the mean of that row, on another
 * model and tier. */
enum rc saving_rates(const struct savings *s, const struct usage_sum *row,
                     const struct saving_target *to, struct decide_rates *ret,
                     struct why *why) MUST_CHECK;
/* saving_cost_at: all tokens of the row at those rates. */
num_i128 saving_cost_at(const struct usage_sum *row,
                        const struct decide_rates *rates);

enum rc savings_find_retries(struct savings *s, struct why *why) MUST_CHECK;
enum rc savings_find_runaway(struct savings *s, struct why *why) MUST_CHECK;
enum rc savings_find_cache(struct savings *s, struct why *why) MUST_CHECK;
enum rc savings_find_batch(struct savings *s, struct why *why) MUST_CHECK;
enum rc savings_find_model(struct savings *s, struct why *why) MUST_CHECK;
enum rc savings_find_growth(struct savings *s, struct why *why) MUST_CHECK;

/* savings_tell: ranks the lines and drops those that gain less than a
 * thousandth of the cost. */
void savings_tell(struct savings *s, struct report *out);

#endif
