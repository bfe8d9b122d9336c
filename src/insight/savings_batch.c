/* Work that nobody waits for, at the price of the batch tier. */
#include "insight/savings_priv.h"

enum {
    CHAIN_CALLS = 2,  /* a run; more and each would wait for the one before */
    BURST_HOURS = 4,  /* of the day, in which ... */
    BURST_SHARE = 60, /* ... percent of the calls are made */
    BURST_DAYS = 5
};

static bool is_stated(const struct savings *s, const struct saving_group *g)
{
    const struct insight_call *call = s->call;

    for (size_t i = 0; i < call->n_params; i++) {
        if (str_eq(call->param[i].name, STR("batch")) && g->feature.n > 0 &&
            str_eq(call->param[i].value, g->feature)) {
            return true;
        }
    }
    return false;
}

static bool has_word(struct str name)
{
    static const struct str words[] = {STR_INIT("batch"), STR_INIT("nightly"),
                                       STR_INIT("backfill"),
                                       STR_INIT("offline")};

    for (size_t i = 0; i < ARRAY_N(words); i++) {
        if (str_find(name, words[i], 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* The share of calls in the four hours of the clock that have most. */
static double burst_share(const struct saving_group *g)
{
    int64_t best = 0;
    int64_t all = 0;

    for (size_t i = 0; i < 24; i++) {
        int64_t n = 0;
        for (size_t k = 0; k < BURST_HOURS; k++) {
            n += g->hour[(i + k) % 24];
        }
        best = n > best ? n : best;
        all += g->hour[i];
    }
    return all > 0 ? (double)best / (double)all : 0;
}

static size_t days_with_calls(const struct saving_group *g)
{
    size_t n = 0;

    for (size_t i = SAVINGS_HISTORY_DAYS - SAVINGS_DAYS;
         i < SAVINGS_HISTORY_DAYS; i++) {
        n += g->day[i].n > 0 ? 1 : 0;
    }
    return n;
}

/* Why it might wait; NULL: nothing speaks for it. */
static const char *reason(const struct savings *s, const struct saving_group *g)
{
    bool is_chain = g->n_runs > 0 && g->n_run_calls > CHAIN_CALLS * g->n_runs;

    if (is_stated(s, g)) {
        return "you say that it may wait";
    }
    if (is_chain) {
        return NULL;
    }
    if (g->is_apart) {
        return "evaluation and test runs rarely have somebody waiting";
    }
    if (has_word(g->feature) || has_word(g->workflow)) {
        return "its name says so";
    }
    return days_with_calls(g) >= BURST_DAYS &&
                   burst_share(g) * 100 >= BURST_SHARE
               ? "most of its calls come in the same four hours every day"
               : NULL;
}

struct batch {
    num_i128 cost, saved, saved_low; /* in the 28 days */
};

/* The same tokens in the batch tier, and with their cache lost. */
static enum rc add_sum(const struct savings *s, const struct usage_sum *row,
                       struct batch *b, struct why *why)
{
    const struct saving_target tier = {.tier = SERVICE_TIER_BATCH};
    static const struct saving_target same = {.model = {NULL, 0}};
    struct decide_rates now = {.is_known = false};
    struct decide_rates then = {.is_known = false};
    struct usage_sum cold = *row;

    if (row->tier != SERVICE_TIER_STANDARD || row->cost == 0) {
        return RC_OK;
    }
    enum rc rc = saving_rates(s, row, &same, &now, why);
    if (rc == RC_OK) {
        rc = saving_rates(s, row, &tier, &then, why);
    }
    if (rc != RC_OK || !now.is_known || !then.is_known) {
        return rc;
    }
    num_i128 cost = saving_cost_at(row, &now);
    num_i128 there = saving_cost_at(row, &then);
    if (there >= cost) {
        return RC_OK;
    }
    cold.token[TOKEN_INPUT] += cold.token[TOKEN_CACHE_READ];
    cold.token[TOKEN_CACHE_READ] = 0;
    num_i128 lost = cost - saving_cost_at(&cold, &then);
    b->cost += row->cost;
    b->saved += cost - there;
    b->saved_low += lost > 0 ? lost : 0;
    return RC_OK;
}

static enum rc find(struct savings *s, size_t group, const char *because,
                    struct why *why)
{
    const struct saving_group *g = &s->group[group];
    const struct insight_call *call = s->call;
    struct batch b = {.cost = 0};
    enum rc rc = RC_OK;

    for (size_t i = 0; i < s->n_sums && rc == RC_OK; i++) {
        if (s->sum[i].group == group) {
            rc = add_sum(s, &s->sum[i].row, &b, why);
        }
    }
    bool is_sure = is_stated(s, g);
    num_i128 point = saving_month(s, b.saved);
    saving_add(
        s,
        &(struct saving){
            .kind = SAVING_BATCH,
            .group = group,
            .to = {.tier = SERVICE_TIER_BATCH},
            .low = is_sure ? saving_month(s, b.saved_low) : 0,
            .point = point,
            .high = point,
            .confidence = is_sure ? "stated by you" : "candidate",
            .arithmetic = str_fmt(
                call->arena,
                "%s: %s a month in the standard tier would be %s less in the "
                "batch tier, %s less if batches lose the cache",
                because, decide_usd(call, saving_month(s, b.cost)),
                decide_usd(call, point),
                decide_usd(call, saving_month(s, b.saved_low))),
            .check_first =
                "that an answer within 24 hours is soon enough, then "
                "state it: batch=FEATURE",
            .falsified_by = "somebody or something that waits for the answer"});
    return rc;
}

enum rc savings_find_batch(struct savings *s, struct why *why)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < s->n_groups && rc == RC_OK; i++) {
        const char *because = reason(s, &s->group[i]);
        if (because != NULL) {
            rc = find(s, i, because, why);
        }
    }
    return rc;
}
