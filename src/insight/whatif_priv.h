/* A what-if between its question (whatif.c), what calls cost there
 * (whatif_ratios.c, whatif_price.c) and its words (whatif_tell.c). */
#ifndef INSIGHT_WHATIF_PRIV_H
#define INSIGHT_WHATIF_PRIV_H

#include "base/attr.h"
#include "base/num.h"
#include "base/str.h"
#include "event/event.h"
#include "insight/decide_quality.h"
#include "insight/insight.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct price_memo;

enum {
    WHATIF_RATIO_CALLS_MIN = 50, /* of a feature on either model, to compare */
    WHATIF_RATIO_DAYS = 90,
    WHATIF_PARTS = 4 /* input, cache, output, tools */
};

enum whatif_case { WHATIF_LOW, WHATIF_EXPECTED, WHATIF_HIGH, WHATIF__COUNT };

/* How many tokens the other model takes for one of these. */
struct whatif_ratios {
    double input[WHATIF__COUNT];
    double output[WHATIF__COUNT];
    size_t n_features; /* that ran on both; 0: nothing is known */
};

struct whatif {
    const struct insight_call *call;
    struct str feature;
    struct str to_provider, to_model; /* empty: each call's own */
    enum service_tier tier;           /* 0: each call's own */
    int64_t share_ppm;
    bool quality_holds; /* as the caller says */
    struct decide_quality quality;
    int64_t from_us, to_us, length_us;
    int64_t first_us; /* of the calls */

    struct str provider, model; /* what serves most of the cost now */
    int64_t cache_min;
    struct whatif_ratios ratios;
    struct price_memo *memo; /* while calls are priced */

    int64_t n; /* compared: priced here and there */
    int64_t n_unpriced_here, n_unpriced_there, n_below_cache;
    num_i128 here[WHATIF_PARTS], there[WHATIF_PARTS]; /* of those compared */
    num_i128 unpriced_there_pico; /* what those unpriced here cost there */
    num_i128 cost[WHATIF__COUNT];
};

/* whatif_find_ratios: fills w->ratios. */
enum rc whatif_find_ratios(struct whatif *w, struct why *why) MUST_CHECK;

/* whatif_price_calls: the calls that `q` means, priced here and there, of which
 * only the share moves; fills what is counted and how long they took. */
enum rc whatif_price_calls(struct whatif *w, const struct insight_question *q,
                           struct why *why) MUST_CHECK;

void whatif_tell(const struct whatif *w, struct report *out);

#endif
