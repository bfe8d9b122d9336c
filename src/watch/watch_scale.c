#include "watch/watch_scale.h"

#include <math.h>

/* False alarms a week that fat tails may cause, of all factors and windows. */
#define BUDGET      0.7
#define SHRINK      10.0 /* values of one's own that weigh as the others' */
#define TAIL        0.005
#define BINS_A_UNIT 4.0
#define DAYS_KEPT   28.0
#define DAYS_MIN    14
#define N_MIN       1500.0

const int watch_window_hours[WINDOWS] = {1, 2, 4, 8, 24, 72};

static const double z_on[WINDOWS] = {6, 6, 6, 5.5, 5, 5};
/* Enough once the tails are known: fewer windows are tested in a week the
 * longer they are. */
static const double z_known[WINDOWS] = {4.8, 4.8, 4.8, 4.7, 4.6, 4.6};
/* Means of tokens, which a few long requests throw far. */
static const double z_known_mean[WINDOWS] = {7, 6.5, 6, 5.5, 5, 5};
static const double z_on_traffic[WINDOWS] = {1e9, 1e9, 8, 7, 6, 1e9};

double watch_scale_shrunk(struct watch_scale *s, double scatter,
                          double sampling, size_t k)
{
    double ratio = log(fmax(scatter / sampling, 0.05));
    double common = s->weight > 0 ? s->sum_log / s->weight : 0;
    double own = (double)k / ((double)k + SHRINK);

    s->sum_log += ratio;
    s->weight += 1;
    return sampling * exp(own * ratio + (1 - own) * common);
}

void watch_scale_count(struct watch_scale *s, double z)
{
    double at = fmin(fmax(z * BINS_A_UNIT, 0), SCALE_BINS - 1);

    s->bin[(size_t)at] += 1;
    s->n += 1;
    s->n_all += 1;
}

/* Peaks over threshold: above the quantile the tail falls as an exponential,
 * whose mean is that of the excesses; SPOT (Siffer 2017) with shape 0.  z of
 * overlapping windows are alike, so an excess counts once a window. */
static void ask_tail(struct watch_scale *s, int hours, double weeks)
{
    double above = 0;
    double excess = 0;
    size_t q = SCALE_BINS;

    while (q > 1 && above + s->bin[q - 1] <= TAIL * s->n) {
        q--;
        above += s->bin[q];
    }
    for (size_t i = q; i < SCALE_BINS; i++) {
        excess += s->bin[i] * ((double)(i - q) + 0.5) / BINS_A_UNIT;
    }
    double mean = above > 0 ? excess / above : 0;
    double share = above > 0 ? above / s->n : TAIL;
    double a_week = s->n / weeks / hours * share;
    double budget = BUDGET / (FACTORS * WINDOWS);
    double over = a_week > budget ? log(a_week / budget) : 0;
    s->z_tail = (double)q / BINS_A_UNIT + fmax(mean, 0.2) * over;
}

void watch_scales_day(struct watch_scales *s)
{
    double fade = 1 - 1 / DAYS_KEPT;

    s->n_hours += 24;
    double days = (double)s->n_hours / 24;
    double weeks = (1 - pow(fade, days)) / (1 - fade) / 7;
    for (size_t f = 0; f < FACTORS; f++) {
        for (size_t i = 0; i < WINDOWS; i++) {
            struct watch_scale *one = &s->of[f][i];

            if (one->n >= N_MIN && days >= DAYS_MIN) {
                ask_tail(one, watch_window_hours[i], weeks);
            }
            for (size_t k = 0; k < SCALE_BINS; k++) {
                one->bin[k] *= fade;
            }
            one->n *= fade;
            one->sum_log *= fade;
            one->weight *= fade;
        }
    }
}

double watch_scale_threshold(const struct watch_scales *s, enum factor factor,
                             size_t window)
{
    double tail = s->of[factor][window].z_tail;

    if (factor == FACTOR_TRAFFIC) {
        return fmax(z_on_traffic[window], tail);
    }
    const double *known = factor == FACTOR_INPUT || factor == FACTOR_OUTPUT
                              ? z_known_mean
                              : z_known;
    double least = tail > 0 ? known[window] : fmax(known[window], z_on[window]);
    return fmin(fmax(least, tail), 2 * z_on[window]);
}
