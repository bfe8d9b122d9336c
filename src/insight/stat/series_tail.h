/* How far a number lies outside what was seen before: its surprise, in nats
 * beyond the rarest two hundredth on either side.
 *
 * Of the past only the largest and the smallest numbers are kept, enough to
 * know that quantile and the mean excess beyond it; that is what an
 * exponential tail is fitted by.  When SERIES_TAIL_MEMORY numbers have come,
 * every second of those kept is dropped and the count halved: so the memory is
 * bounded and old extremes are forgotten.
 *
 * Pure, any thread; no memory but the caller's. */
#ifndef INSIGHT_STAT_SERIES_TAIL_H
#define INSIGHT_STAT_SERIES_TAIL_H

#include <stddef.h>

enum {
    SERIES_TAIL_KEPT = 164, /* a two hundredth of the memory */
    SERIES_TAIL_MEMORY = 32768,
    SERIES_TAIL_RIPE = 200 /* before that there is no such quantile */
};

struct series_end {
    double top[SERIES_TAIL_KEPT]; /* descending */
    size_t n;
};

/* Zeroed: nothing was seen. */
struct series_tail {
    struct series_end high;
    struct series_end low; /* of the numbers negated */
    size_t n;
};

void series_tail_add(struct series_tail *t, double x);

/* series_tail_range: largest minus smallest of what is kept; 0 of nothing. */
double series_tail_range(const struct series_tail *t);

/* series_tail_surprise: 0 within the quantiles, and before
 * SERIES_TAIL_RIPE numbers; at most SERIES_SURPRISE_MAX.
 *   floor  the least that counts as a mean excess; >= 0 */
#define SERIES_SURPRISE_MAX 1000.0
double series_tail_surprise(const struct series_tail *t, double x,
                            double floor);

#endif
