/* Whether the split stayed what it was.  Units are counted when they come, by
 * their first call, so that each counts once however often it calls.  Where
 * the shares of those who come change, variants have units of different times,
 * and what differs may be the time. */
#include "insight/experiment_priv.h"

#include "base/why.h"

enum {
    PIECES = 64,         /* of the trial's time, alike in length */
    UNITS_A_VARIANT = 20 /* that neighbours need together to be compared */
};

struct drift {
    struct trial *t;
    int64_t count[PIECES][LIMIT_EXPERIMENT_VARIANTS_MAX];
    int64_t first_us[PIECES]; /* when the first came, if one did */
};

/* Keys: variant, unit. */
static enum rc take_unit(void *arg, const struct str *key,
                         const struct query_extent *extent, struct why *why)
{
    struct drift *d = arg;
    const struct trial *t = d->t;
    double part = (double)(extent->first_us - t->from_us) /
                  (double)(t->to_us - t->from_us);
    size_t v = 0;

    (void)why;
    while (v < t->n && !str_eq(t->variant[v].name, key[0])) {
        v++;
    }
    if (v < t->n && key[1].n > 0) {
        size_t p = (size_t)(part * PIECES);
        if (d->first_us[p] == 0 || extent->first_us < d->first_us[p]) {
            d->first_us[p] = extent->first_us;
        }
        d->count[p][v]++;
    }
    return RC_OK;
}

static int64_t sum_of(const int64_t count[LIMIT_EXPERIMENT_VARIANTS_MAX])
{
    int64_t sum = 0;

    for (size_t v = 0; v < LIMIT_EXPERIMENT_VARIANTS_MAX; v++) {
        sum += count[v];
    }
    return sum;
}

static void add(int64_t sum[LIMIT_EXPERIMENT_VARIANTS_MAX],
                const int64_t count[LIMIT_EXPERIMENT_VARIANTS_MAX])
{
    for (size_t v = 0; v < LIMIT_EXPERIMENT_VARIANTS_MAX; v++) {
        sum[v] += count[v];
    }
}

static bool is_enough(const struct drift *d,
                      const int64_t count[LIMIT_EXPERIMENT_VARIANTS_MAX])
{
    return sum_of(count) >= UNITS_A_VARIANT * (int64_t)d->t->n;
}

/* Pieces put together until there are enough units, whichever variants they
 * have; a rest that is not enough goes to the last. */
struct rows {
    int64_t count[PIECES + 1][LIMIT_EXPERIMENT_VARIANTS_MAX];
    size_t n;
};

static struct rows put_together(const struct drift *d)
{
    struct rows r = {.n = 0};

    for (size_t p = 0; p < PIECES; p++) {
        add(r.count[r.n], d->count[p]);
        r.n += is_enough(d, r.count[r.n]) ? 1 : 0;
    }
    if (r.n > 0) {
        add(r.count[r.n - 1], r.count[r.n]);
    }
    return r;
}

/* Who came before the piece, and the others. */
struct halves {
    int64_t count[2][LIMIT_EXPERIMENT_VARIANTS_MAX];
};

static struct halves halve(const struct drift *d, size_t cut)
{
    struct halves h = {{{0}}};

    for (size_t p = 0; p < PIECES; p++) {
        add(h.count[p < cut ? 0 : 1], d->count[p]);
    }
    return h;
}

/* The cut in two that parts the shares most, with enough units on each side:
 * the first piece behind it; where nobody came, the next in which one did. */
static size_t best_cut(const struct drift *d)
{
    double most = 0;
    size_t best = PIECES / 2;

    for (size_t cut = 1; cut < PIECES; cut++) {
        const struct halves h = halve(d, cut);
        double off = 0;
        (void)compare_table(h.count[0], 2, LIMIT_EXPERIMENT_VARIANTS_MAX, &off);
        if (off >= most && is_enough(d, h.count[0]) &&
            is_enough(d, h.count[1])) {
            most = off;
            best = cut;
        }
    }
    return best;
}

static void judge(const struct drift *d, struct trial_drift *ret)
{
    const struct rows r = put_together(d);

    ret->is_known = r.n >= 2;
    if (!ret->is_known) {
        return;
    }
    ret->p = compare_table(r.count[0], r.n, LIMIT_EXPERIMENT_VARIANTS_MAX,
                           &(double){0});
    size_t cut = best_cut(d);
    const struct halves h = halve(d, cut);
    ret->cut_us = d->first_us[cut];
    for (size_t v = 0; v < d->t->n; v++) {
        ret->before[v] = (double)h.count[0][v] / (double)sum_of(h.count[0]);
        ret->after[v] = (double)h.count[1][v] / (double)sum_of(h.count[1]);
    }
}

enum rc trial_read_drift(const struct insight_call *call, struct trial *t,
                         struct why *why)
{
    const struct insight_question question = {.metrics = "requests",
                                              .by = t->unit->by,
                                              .from_us = t->from_us,
                                              .to_us = t->to_us};
    struct drift *d = arena_alloc(call->arena, sizeof *d);
    struct query q;

    if (d == NULL) {
        return why_set(why, RC_LIMIT, "the experiment does not fit in memory");
    }
    d->t = t;
    if (t->n < 2 || t->to_us <= t->from_us) {
        return RC_OK;
    }
    enum rc rc = trial_query(call, t, &question, &q, why);
    if (rc == RC_OK) {
        rc = query_extent(&q, call->env->reader, take_unit, d, why);
    }
    if (rc == RC_OK) {
        judge(d, &t->drift);
    }
    return rc;
}
