#include "spend_stream.h"

#include "base/attr.h"
#include "base/rand.h"

#include <math.h>
#include <string.h>

/* What a kind is made of; rates are a week's, as logarithms. */
struct kind {
    const char *name;
    size_t n_features_min, n_features_span;
    double growth, growth_spread;
    double noise;     /* of a feature's day */
    double drift;     /* of a feature's level, a day */
    double common;    /* noise of the whole company, fading over days */
    double incidents; /* in 17 weeks */
    size_t n_days;
};

enum { KIND_SPARSE = 5, KIND_STEPS, KIND_REVERSAL, KIND_OUTAGES };

static const struct kind kinds[] = {
    {"calm", 4, 9, .02, .01, .18, .012, .05, 0, 168},
    {"calm, one feature", 1, 1, .02, .01, .15, .01, .03, 0, 168},
    {"incidents", 4, 9, .02, .01, .18, .012, .05, 13.5, 168},
    {"growth 15 % a week", 4, 9, .15, .02, .18, .012, .05, 0, 168},
    {"growth, incidents", 4, 9, .15, .02, .18, .012, .05, 5, 168},
    [KIND_SPARSE] = {"sparse", 1, 1, 0, 0, 0, 0, 0, 0, 168},
    [KIND_STEPS] = {"level steps", 4, 9, 0, 0, .15, .008, .04, 0, 168},
    [KIND_REVERSAL] = {"trend reversal", 4, 9, 0, 0, .15, .008, .04, 0, 168},
    [KIND_OUTAGES] = {"outage days", 4, 9, .02, .01, .18, .012, .05, 0, 168},
    {"random walk", 1, 1, 0, 0, .05, .05, .03, 0, 168},
    {"noisy", 2, 1, .01, .01, .45, .02, .15, 0, 168},
    {"ten weeks", 4, 9, .02, .01, .18, .012, .05, 0, 72},
};

const char *const spend_stream_kinds[] = {
    "calm",
    "calm, one feature",
    "incidents",
    "growth 15 % a week",
    "growth, incidents",
    "sparse",
    "level steps",
    "trend reversal",
    "outage days",
    "random walk",
    "noisy",
    "ten weeks",
};
const size_t spend_stream_kinds_n = ARRAY_N(spend_stream_kinds);

_Static_assert(ARRAY_N(spend_stream_kinds) == ARRAY_N(kinds),
               "every kind has its name");

static double between(struct rand *r, double low, double high)
{
    return low + (high - low) * rand_f64(r);
}

static double normal(struct rand *r, double sigma)
{
    return sigma * rand_normal(r);
}

/* Multiplies [from, from + days) by `by`. */
static void scale(struct spend_stream *s, size_t from, size_t days, double by)
{
    for (size_t i = from; i < s->n && i - from < days; i++) {
        s->value[i] *= by;
    }
}

static void add_feature(struct rand *r, const struct kind *k,
                        const double week[7], const double *common,
                        struct spend_stream *s)
{
    double own[7];
    double base = 100 * exp(normal(r, 1));
    double growth = (k->growth + normal(r, k->growth_spread)) / 7;
    double noise = k->noise * between(r, .6, 1.4);
    double level = 0;

    for (size_t i = 0; i < 7; i++) {
        own[i] = week[i] * exp(normal(r, .08));
    }
    for (size_t i = 0; i < s->n; i++) {
        level += normal(r, k->drift);
        s->value[i] += base * own[(s->weekday + i) % 7] * common[i] *
                       exp(growth * (double)i + level + normal(r, noise) -
                           noise * noise / 2);
    }
}

static void add_features(struct rand *r, const struct kind *k,
                         struct spend_stream *s)
{
    size_t n = k->n_features_min + rand_below(r, k->n_features_span);
    double weekend = between(r, .3, 1);
    double common[SPEND_STREAM_DAYS];
    double week[7];
    double state = 0;

    for (size_t i = 0; i < 7; i++) {
        week[i] = (i >= 5 ? weekend : 1) * exp(normal(r, .05));
    }
    for (size_t i = 0; i < s->n; i++) {
        state = .6 * state + normal(r, .8 * k->common);
        common[i] = exp(state);
    }
    for (size_t i = 0; i < n; i++) {
        add_feature(r, k, week, common, s);
    }
}

/* Loops and retry storms of a day or two, breakages of a week, price and
 * prompt changes that stay, dips. */
static void add_incident(struct rand *r, struct spend_stream *s)
{
    size_t at = rand_below(r, s->n);
    double what = rand_f64(r);

    if (what < .25) {
        scale(s, at, 1 + rand_below(r, 2), between(r, 1.2, 2));
    } else if (what < .6) {
        scale(s, at, 2 + rand_below(r, 8), between(r, 1.1, 1.45));
    } else if (what < .8) {
        scale(s, at, s->n, between(r, 1.04, 1.18));
    } else if (what < .9) {
        scale(s, at, s->n, between(r, .85, .96));
    } else {
        scale(s, at, 3 + rand_below(r, 10), between(r, .8, .95));
    }
}

static void make_sparse(struct rand *r, struct spend_stream *s)
{
    double a_day = between(r, .3, 1.5);

    for (size_t i = 0; i < s->n; i++) {
        for (uint64_t k = rand_poisson(r, a_day); k > 0; k--) {
            s->value[i] += 10 * exp(normal(r, .8));
        }
    }
}

static void bend(size_t kind, struct rand *r, struct spend_stream *s)
{
    if (kind == KIND_STEPS) {
        for (size_t at = 5 + rand_below(r, 40); at < s->n;
             at += 20 + rand_below(r, 50)) {
            scale(s, at, s->n, exp(normal(r, .4)));
        }
    } else if (kind == KIND_REVERSAL) {
        size_t top = 60 + rand_below(r, 60);
        double up = between(r, .05, .12) / 7;
        double down = between(r, -.1, -.03) / 7;
        for (size_t i = 0; i < s->n; i++) {
            double rose = (double)(i < top ? i : top);
            s->value[i] *= exp(up * rose + down * ((double)i - rose));
        }
    } else if (kind == KIND_OUTAGES) {
        for (size_t i = 0; i < s->n; i++) {
            s->is_out[i] = rand_f64(r) < .08;
            s->value[i] *= s->is_out[i] ? 0 : 1;
        }
    }
}

void spend_stream_make(size_t kind, uint64_t seed, struct spend_stream *ret)
{
    const struct kind *k = &kinds[kind];
    struct rand r;

    rand_init(&r, seed * 1000 + kind);
    *ret = (struct spend_stream){
        .n = k->n_days,
        .weekday = (unsigned)(seed % 7),
    };
    if (kind == KIND_SPARSE) {
        make_sparse(&r, ret);
    } else {
        add_features(&r, k, ret);
    }
    uint64_t n = (uint64_t)(k->incidents * (double)ret->n / 119 + rand_f64(&r));
    for (; k->incidents > 0 && n > 0; n--) {
        add_incident(&r, ret);
    }
    bend(kind, &r, ret);
}
