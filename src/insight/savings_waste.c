/* Spent without a result: calls that failed, and runs that did not end. */
#include "insight/savings_priv.h"

#include "base/why.h"

enum {
    WEEK = 7,
    WEEK_CALLS_MIN = 100, /* of a week whose failure rate means something */
    RUNS_MIN = 20,        /* of a workflow, to know how long its runs are */
    LONGEST_LEFT_OUT = 3, /* runs that are no measure of themselves */
    FAR_CALLS = 10        /* beyond the quantile, at least */
};

/* ---- retries ---- */

/* The lowest rate of failures of seven days on end. */
static double best_week(const struct saving_group *g, double otherwise)
{
    double best = otherwise;

    for (size_t i = 0; i + WEEK <= SAVINGS_HISTORY_DAYS; i++) {
        int64_t n = 0;
        int64_t n_errors = 0;
        for (size_t k = i; k < i + WEEK; k++) {
            n += g->day[k].n;
            n_errors += g->day[k].n_errors;
        }
        double rate = n > 0 ? (double)n_errors / (double)n : otherwise;
        if (n >= WEEK_CALLS_MIN && rate < best) {
            best = rate;
        }
    }
    return best;
}

static int64_t retries_of(const struct saving_group *g)
{
    int64_t n = 0;

    for (size_t i = SAVINGS_HISTORY_DAYS - SAVINGS_DAYS;
         i < SAVINGS_HISTORY_DAYS; i++) {
        n += g->day[i].n_retries;
    }
    return n;
}

enum rc savings_find_retries(struct savings *s, struct why *why)
{
    (void)why;
    for (size_t i = 0; i < s->n_groups; i++) {
        const struct saving_group *g = &s->group[i];
        num_i128 waste = saving_month(s, g->error_cost);
        if (g->is_apart || waste <= 0) {
            continue;
        }
        double now = (double)g->n_errors / (double)g->n;
        double best = best_week(g, now);
        int64_t ppm = (int64_t)((1 - best / now) * 1000000);
        num_i128 avoidable = num_div_even(waste * ppm, 1000000);
        saving_add(
            s,
            &(struct saving){
                .kind = SAVING_RETRIES,
                .group = i,
                .low = avoidable,
                .point = avoidable,
                .high = waste,
                .confidence = "measured",
                .arithmetic = str_fmt(
                    s->call->arena,
                    "%s of %s calls failed (%.2f %%) and cost %s a month, %s "
                    "calls were a second try or later; the best 7 days had "
                    "%.2f %%: %s x (1 - %.2f/%.2f) = %s, at most all of it",
                    decide_count(s->call, g->n_errors),
                    decide_count(s->call, g->n), now * 100,
                    decide_usd(s->call, waste),
                    decide_count(s->call, retries_of(g)), best * 100,
                    decide_usd(s->call, waste), best * 100, now * 100,
                    decide_usd(s->call, avoidable)),
                .check_first =
                    "which errors were billed, and whether time-outs "
                    "or limits of length cut answers off",
                .falsified_by = "failures that come from the provider and do "
                                "not depend on what is asked"});
    }
    return RC_OK;
}

/* ---- runaway runs ---- */

struct length { /* runs of one length, of one group */
    int64_t n_calls, n_runs;
    num_i128 cost;
    struct str run;
};

enum { LENGTHS_MAX = 8192 };

struct lengths {
    struct savings *s;
    size_t group;          /* SIZE_MAX: none */
    struct length *length; /* shortest first */
    size_t n;
};

static int64_t quantile(const struct lengths *l, int64_t n_runs)
{
    int64_t rank = n_runs * 999 / 1000;
    int64_t seen = 0;

    rank = rank < n_runs - LONGEST_LEFT_OUT ? rank : n_runs - LONGEST_LEFT_OUT;
    for (size_t i = 0; i < l->n; i++) {
        seen += l->length[i].n_runs;
        if (seen >= rank) {
            return l->length[i].n_calls;
        }
    }
    return 0;
}

static void add_runaway(struct lengths *l, int64_t usual)
{
    struct savings *s = l->s;
    const struct length *longest = &l->length[l->n - 1];
    num_i128 all = 0;
    num_i128 beyond = 0;
    int64_t n_runs = 0;

    for (size_t i = 0; i < l->n; i++) {
        const struct length *x = &l->length[i];
        if (x->n_calls <= 2 * usual || x->n_calls < usual + FAR_CALLS) {
            continue;
        }
        n_runs += x->n_runs;
        all += x->cost;
        beyond += num_div_even(x->cost * (x->n_calls - usual), x->n_calls);
    }
    num_i128 point = saving_month(s, beyond);
    saving_add(
        s,
        &(struct saving){
            .kind = SAVING_RUNAWAY,
            .group = l->group,
            .low = n_runs >= LONGEST_LEFT_OUT ? point : 0,
            .point = point,
            .high = saving_month(s, all),
            .confidence = n_runs >= LONGEST_LEFT_OUT
                              ? "measured, recurring"
                              : "measured, may not recur",
            .arithmetic = str_fmt(
                s->call->arena,
                "%s run%s went far beyond the %s calls that 99.9 %% of runs "
                "keep to, the longest (%.*s) made %s; they cost %s in 28 days, "
                "of that %s beyond the usual length: %s a month",
                decide_count(s->call, n_runs), n_runs == 1 ? "" : "s",
                decide_count(s->call, usual), STR_ARG(longest->run),
                decide_count(s->call, longest->n_calls),
                decide_usd(s->call, all), decide_usd(s->call, beyond),
                decide_usd(s->call, point)),
            .check_first = "what these runs did, and put a cap on calls a run",
            .falsified_by = "long runs that were wanted; a cap that cuts off "
                            "work which succeeds"});
}

static void end_group(struct lengths *l)
{
    int64_t n_runs = 0;

    if (l->group == SIZE_MAX || l->n == 0) {
        l->n = 0;
        return;
    }
    struct saving_group *g = &l->s->group[l->group];
    for (size_t i = 0; i < l->n; i++) {
        n_runs += l->length[i].n_runs;
        g->n_run_calls += l->length[i].n_runs * l->length[i].n_calls;
    }
    g->n_runs = n_runs;
    if (n_runs >= RUNS_MIN) {
        add_runaway(l, quantile(l, n_runs));
    }
    l->n = 0;
}

static enum rc take_runs(void *arg, const struct usage_runs *row,
                         struct why *why)
{
    struct lengths *l = arg;
    size_t group = saving_group_of(l->s, row->feature, row->workflow);

    if (group != l->group) {
        end_group(l);
        l->group = group;
    }
    if (group == SIZE_MAX || l->n == LENGTHS_MAX) {
        return RC_OK;
    }
    struct length *x = &l->length[l->n++];
    *x = (struct length){
        .n_calls = row->n_calls, .n_runs = row->n_runs, .cost = row->cost};
    return str_dup(l->s->call->arena, row->run, &x->run) == RC_OK
               ? RC_OK
               : why_set(why, RC_LIMIT, "there are too many runs");
}

enum rc savings_find_runaway(struct savings *s, struct why *why)
{
    struct insight_question all = {
        .metrics = "cost", .from_us = s->from_us, .to_us = s->to_us};
    struct lengths l = {.s = s, .group = SIZE_MAX};
    struct query q;
    enum rc rc = insight_parse(s->call, &all, &q, why);

    l.length = arena_array(s->call->arena, LENGTHS_MAX, sizeof *l.length);
    if (rc == RC_OK && l.length == NULL) {
        rc = why_set(why, RC_LIMIT, "there is no memory for the answer");
    }
    if (rc == RC_OK) {
        rc = query_runs(&q, s->call->env->reader, take_runs, &l, why);
    }
    if (rc == RC_OK) {
        end_group(&l);
    }
    return rc;
}
