/* What a month would come to if what stands out were undone today: features of
 * which a call costs more since a day of the last weeks, and still does.  More
 * calls are no such thing; why a call costs more is told by explain. */
#include "insight/month_priv.h"

#include <stdlib.h>

#include "base/utc.h"
#include "base/why.h"
#include "insight/jump.h"
#include "query/period.h"

enum {
    DAYS = 42,         /* looked at; today is not one of them */
    FEATURES_MAX = 64, /* those with the dearest days */
    NEAR_DAYS = 2,     /* in which a jump is one */
    STILL_DAYS = 2,    /* the last, in which it must be there */
    RECENT_DAYS = 7    /* that tell its part of the spending */
};

#define RISE_MIN  0.1  /* of what a call cost before */
#define SHARE_MIN 0.01 /* of all spending */

struct series {
    struct str name;
    struct jump_point day[DAYS]; /* dollars, calls */
};

struct found {
    struct month *m;
    int64_t from; /* series.day[0] */
    struct series *series;
    size_t n;
};

static struct series *series_of(struct found *f, struct str name)
{
    for (size_t i = 0; i < f->n; i++) {
        if (str_eq(f->series[i].name, name)) {
            return &f->series[i];
        }
    }
    if (f->n == FEATURES_MAX) {
        return NULL;
    }
    struct series *s = &f->series[f->n++];
    s->name = name;
    for (size_t d = 0; d < DAYS; d++) {
        s->day[d].at_us = (f->from + (int64_t)d) * UTC_US_PER_DAY;
    }
    return s;
}

static enum rc gather(struct found *f, struct why *why)
{
    const struct month *m = f->m;
    const struct insight_question q = {
        .metrics = "cost,requests",
        .by = "feature",
        .interval = "day",
        .order = "-cost",
        .lacks_totals = true,
        .from_us = period_of_date(m->zone, f->from),
        .to_us = period_of_date(m->zone, m->today),
    };
    struct answer *a = NULL;
    enum rc rc = insight_ask(m->call, &q, &a, why);

    for (size_t i = 0; rc == RC_OK && i < a->n_rows; i++) {
        struct series *s = series_of(f, answer_str(a, i, 1));
        int64_t day = 0;
        if (s == NULL || utc_parse_date(answer_str(a, i, 0), &day) != RC_OK ||
            day < f->from || day >= m->today) {
            continue;
        }
        s->day[day - f->from].n =
            (double)answer_pico(a, i, 2) / (double)USD_PICO_PER_DOLLAR;
        s->day[day - f->from].weight = (double)answer_count(a, i, 3);
    }
    return rc;
}

/* Dollars of the last `n` days, and of how many calls. */
static struct jump_point last_days(const struct series *s, size_t n)
{
    struct jump_point sum = {.n = 0};

    for (size_t d = DAYS - n; d < DAYS; d++) {
        sum.n += s->day[d].n;
        sum.weight += s->day[d].weight;
    }
    return sum;
}

/* Up, at once, for good, and not undone since. */
static bool has_risen(const struct series *s, struct jump *ret)
{
    struct jump_point now = last_days(s, STILL_DAYS);

    return jump_find(s->day, DAYS, ret) && ret->size > RISE_MIN * ret->before &&
           ret->before > 0 &&
           jump_is_step(s->day, DAYS, ret, NEAR_DAYS * UTC_US_PER_DAY) &&
           now.n > now.weight * (ret->before + ret->size / 2);
}

/* The part of all spending that would not be, by the days since it rose. */
static double share_of(const struct found *f, const struct series *s,
                       const struct jump *jump)
{
    const struct month *m = f->m;
    size_t n = DAYS - jump->cut < RECENT_DAYS ? DAYS - jump->cut : RECENT_DAYS;
    struct jump_point own = last_days(s, n);
    double all = 0;

    for (size_t d = 0; d < n; d++) {
        all += m->total.value[m->today - 1 - (int64_t)d - m->from];
    }
    return all > 0 ? own.n / all * jump->size / (jump->before + jump->size) : 0;
}

static int by_share(const void *a, const void *b)
{
    double x = ((const struct month_open *)a)->share;
    double y = ((const struct month_open *)b)->share;

    return (x < y) - (x > y);
}

enum rc month_find_open(struct month *m, struct why *why)
{
    struct found f = {.m = m, .from = m->today - DAYS};

    f.series = arena_array(m->call->arena, FEATURES_MAX, sizeof *f.series);
    m->open = arena_array(m->call->arena, FEATURES_MAX, sizeof *m->open);
    if (f.series == NULL || m->open == NULL) {
        return why_set(why, RC_LIMIT, "no room for the forecast");
    }
    enum rc rc = gather(&f, why);
    for (size_t i = 0; rc == RC_OK && i < f.n; i++) {
        const struct series *s = &f.series[i];
        struct jump jump;
        double share = has_risen(s, &jump) ? share_of(&f, s, &jump) : 0;
        if (share >= SHARE_MIN) {
            m->open[m->n_open++] = (struct month_open){
                .feature = s->name,
                .since = f.from + (int64_t)jump_begun(s->day, &jump),
                .before = jump.before,
                .after = jump.before + jump.size,
                .share = share,
            };
        }
    }
    qsort(m->open, m->n_open, sizeof *m->open, by_share);
    return rc;
}
