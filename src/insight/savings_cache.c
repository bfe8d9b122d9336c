/* What a prompt cache would take off.  The prefix that requests share is not
 * known, so it is put between what was reached before, what every request
 * carries at least, and what follows from runs that repeat themselves. */
#include "insight/savings_priv.h"

#include <stdlib.h>

#include "base/why.h"

enum {
    DAY_CALLS_MIN = 20, /* of a day whose share means something */
    BEST_DAYS = 7,
    FALLBACK_PART = 20, /* less than that part of a workflow's calls */
    BLOCK = 128         /* tokens; caches keep whole ones */
};

struct cache {
    struct decide_rates rates;
    const struct usage_sum *sum; /* of the group and model */
    double share_now, share_best;
    int64_t prefix;
    num_i128 moved_low, moved_mid, moved_high; /* tokens */
    num_i128 writes;                           /* tokens written for it */
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x < y) - (x > y);
}

/* The median of the seven days that read the largest share from the cache. */
static double best_share(const struct saving_group *g)
{
    double share[SAVINGS_HISTORY_DAYS];
    size_t n = 0;

    for (size_t i = 0; i < SAVINGS_HISTORY_DAYS; i++) {
        const struct saving_day *d = &g->day[i];
        if (d->n >= DAY_CALLS_MIN && d->input > 0) {
            share[n++] = (double)d->cache_read / (double)d->input;
        }
    }
    qsort(share, n, sizeof *share, by_size);
    return n >= BEST_DAYS ? share[BEST_DAYS / 2] : 0;
}

static const struct usage_sum *sum_of(const struct savings *s,
                                      const struct saving_gap *gap)
{
    const struct usage_sum *best = NULL;

    for (size_t i = 0; i < s->n_sums; i++) {
        const struct usage_sum *row = &s->sum[i].row;
        if (s->sum[i].group == gap->group &&
            str_eq(row->provider, gap->row.provider) &&
            str_eq(row->model, gap->row.model) &&
            (best == NULL || row->n > best->n)) {
            best = row;
        }
    }
    return best;
}

static num_i128 at_least_0(num_i128 x)
{
    return x > 0 ? x : 0;
}

static void move_tokens(struct cache *c, const struct saving_group *g,
                        const struct saving_gap *long_calls)
{
    const struct usage_gap *gap = &long_calls->row;
    num_i128 warm = gap->n - gap->n_cold;
    num_i128 written = c->sum->token[TOKEN_CACHE_WRITE_5M] +
                       c->sum->token[TOKEN_CACHE_WRITE_1H];

    c->prefix = long_calls->input_p05 / BLOCK * BLOCK;
    if (c->prefix < decide_cache_min(gap->provider, gap->model)) {
        c->prefix = 0;
    }
    c->share_now = (double)gap->cache_read / (double)gap->input;
    c->share_best = best_share(g);
    if (c->share_best > c->share_now) {
        c->moved_low =
            (num_i128)((c->share_best - c->share_now) * (double)gap->input);
    }
    c->moved_mid = at_least_0(warm * c->prefix - gap->cache_read);
    c->writes = at_least_0((num_i128)gap->n_cold * c->prefix - written);
    c->moved_high = c->moved_mid;
    if (g->n_runs > 0 && g->n_run_calls > g->n_runs) {
        /* Of every call but a run's first nine tenths were seen before. */
        double later = 1 - (double)g->n_runs / (double)g->n_run_calls;
        num_i128 seen = (num_i128)(0.9 * later * (double)gap->input);
        num_i128 more = at_least_0(seen - gap->cache_read);
        c->moved_high = more > c->moved_high ? more : c->moved_high;
    }
}

static num_i128 worth(const struct cache *c, num_i128 tokens)
{
    int64_t off =
        c->rates.per_1000[TOKEN_INPUT] - c->rates.per_1000[TOKEN_CACHE_READ];

    return decide_at(tokens, off);
}

static num_i128 dearer_writes(const struct cache *c)
{
    int64_t on = c->rates.per_1000[TOKEN_CACHE_WRITE_5M] -
                 c->rates.per_1000[TOKEN_INPUT];

    return decide_at(c->writes, on);
}

static struct str words(const struct savings *s, const struct cache *c,
                        const struct usage_gap *gap)
{
    const struct insight_call *call = s->call;
    struct buf b;
    struct str text = STR("?");

    buf_init(&b, 4096);
    buf_fmt(&b,
            "%.*s reads %.1f %% of the input of %s long calls from its cache, "
            "%s of which follow another within 5 minutes",
            STR_ARG(gap->model), c->share_now * 100, decide_count(call, gap->n),
            decide_count(call, gap->n - gap->n_cold));
    if (c->moved_low > 0) {
        buf_fmt(&b, "; its best days had %.1f %%: %s tokens more = %s a month",
                c->share_best * 100, decide_count(call, c->moved_low),
                decide_usd(call, saving_month(s, worth(c, c->moved_low))));
    }
    if (c->moved_mid > 0) {
        buf_fmt(&b,
                "; a shared prefix of %s tokens (what 95 %% of calls have at "
                "least) would move %s tokens = %s a month, less %s for dearer "
                "writes",
                decide_count(call, c->prefix), decide_count(call, c->moved_mid),
                decide_usd(call, saving_month(s, worth(c, c->moved_mid))),
                decide_usd(call, saving_month(s, dearer_writes(c))));
    }
    if (c->moved_high > c->moved_mid) {
        buf_fmt(&b,
                "; with what earlier calls of a run sent, %s tokens = %s a "
                "month",
                decide_count(call, c->moved_high),
                decide_usd(call, saving_month(s, worth(c, c->moved_high))));
    }
    if (str_dup(call->arena, buf_view(&b), &text) != RC_OK) {
        text = STR("?");
    }
    buf_fini(&b);
    return text;
}

static enum rc find(struct savings *s, const struct saving_gap *gap,
                    struct why *why)
{
    const struct saving_group *g = &s->group[gap->group];
    static const struct saving_target same = {.model = {NULL, 0}};
    struct cache c = {.sum = sum_of(s, gap)};
    enum rc rc = RC_OK;

    /* A fallback now and then has no days of its own to be held against. */
    if (c.sum == NULL || gap->row.input == 0 ||
        gap->row.n * FALLBACK_PART < g->n) {
        return RC_OK;
    }
    rc = saving_rates(s, c.sum, &same, &c.rates, why);
    if (rc != RC_OK || !c.rates.is_known) {
        return rc;
    }
    move_tokens(&c, g, gap);
    num_i128 low = saving_month(s, worth(&c, c.moved_low));
    num_i128 mid = saving_month(s, worth(&c, c.moved_mid) - dearer_writes(&c));
    num_i128 high = saving_month(s, worth(&c, c.moved_high));
    mid = mid > low ? mid : low;
    saving_add(s, &(struct saving){
                      .kind = SAVING_CACHE,
                      .group = gap->group,
                      .low = low,
                      .point = mid,
                      .high = high > mid ? high : mid,
                      .confidence = low > 0 ? "reached before" : "bracketed",
                      .arithmetic = words(s, &c, &gap->row),
                      .check_first =
                          "that prompts begin alike: what stays the same "
                          "first, what changes last",
                      .falsified_by =
                          "prompts that differ from their first tokens on; "
                          "then only low holds"});
    return RC_OK;
}

enum rc savings_find_cache(struct savings *s, struct why *why)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < s->n_gaps && rc == RC_OK; i++) {
        rc = find(s, &s->gap[i], why);
    }
    return rc;
}
