/* How far a factor strays by itself: the scale that rises are measured in,
 * shared between features where one alone tells little, and the thresholds,
 * raised where an account's own tails are fat.  One thread. */
#ifndef WATCH_WATCH_SCALE_H
#define WATCH_WATCH_SCALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum factor {
    FACTOR_INPUT,
    FACTOR_OUTPUT,
    FACTOR_CACHE,
    FACTOR_MIX,
    FACTOR_RETRIES,
    FACTOR_STEPS,
    FACTOR_TRAFFIC,
    /* Other evidence of the same: the tokens of a typical request. */
    FACTOR_INPUT_TYPICAL,
    FACTOR_OUTPUT_TYPICAL,
    FACTORS
};
enum { WINDOW_1, WINDOW_2, WINDOW_4, WINDOW_8, WINDOW_24, WINDOW_72, WINDOWS };
extern const int watch_window_hours[WINDOWS];

enum { SCALE_BINS = 96 };

struct watch_scale {
    double sum_log, weight; /* of scatter over sampling */
    double bin[SCALE_BINS]; /* of z, a quarter each, the last open */
    double n;               /* in the bins */
    double n_all;           /* never fading */
    double z_tail;          /* what the tail asks for; 0: unknown yet */
};
struct watch_scales {
    struct watch_scale of[FACTORS][WINDOWS];
    int64_t n_hours; /* counted */
};

/* watch_scale_shrunk: a scatter that was found from k values, drawn to what
 * others show; and counted for the others. */
double watch_scale_shrunk(struct watch_scale *s, double scatter,
                          double sampling, size_t k);
/* watch_scale_count: a z of a quiet hour. */
void watch_scale_count(struct watch_scale *s, double z);
/* watch_scales_day: once a day: fading, and the thresholds anew. */
void watch_scales_day(struct watch_scales *s);
/* watch_scale_threshold: z from which a rise counts. */
double watch_scale_threshold(const struct watch_scales *s, enum factor factor,
                             size_t window);

#endif
