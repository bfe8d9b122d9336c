/* A plan between reckoning (plan.c) and telling (plan_tell.c). */
#ifndef INSIGHT_PLAN_PRIV_H
#define INSIGHT_PLAN_PRIV_H

#include "base/num.h"
#include "base/str.h"
#include "base/usd.h"
#include "event/event.h"
#include "insight/insight.h"

#include <stddef.h>
#include <stdint.h>

struct price_memo;

enum { PLAN_MODELS_MAX = 8 };

enum plan_case { PLAN_LOW, PLAN_EXPECTED, PLAN_HIGH, PLAN__COUNT };

struct plan_model {
    struct str name, provider;
    int64_t n;     /* calls it has a price for */
    num_i128 pico; /* of all of them */
    num_i128 month[PLAN__COUNT];
};

struct plan {
    const struct insight_call *call;
    struct str name, like;
    struct str like_provider, like_model; /* what serves most of its cost */
    struct event stated;                  /* the call, without like */
    struct plan_model model[PLAN_MODELS_MAX];
    size_t n_models;
    struct str fallback; /* as stated; may be empty */
    int64_t users;
    int64_t adoption_ppm[PLAN__COUNT];
    int64_t stated_rate_micro; /* requests a user and day; 0: as like's */
    int64_t rate_micro[PLAN__COUNT];
    struct usd price; /* a user and month; 0: not stated */
    int64_t from_us, to_us, length_us;

    double *rate; /* requests a day of like's users, sorted */
    size_t n_rates;
    double mean_rate;
    int64_t n_calls;
    num_i128 tokens[TOKEN__COUNT];
    num_i128 requests[PLAN__COUNT]; /* a month */
    struct price_memo *memo;
};

void plan_tell(const struct plan *p, struct report *out);

#endif
