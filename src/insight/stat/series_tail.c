#include "insight/stat/series_tail.h"

#include "base/attr.h"

#include <math.h>

#define RARE 0.005 /* the share beyond the quantile */

/* Mean excess beyond the 99.5 % quantile over the distance of the 0.5 % and
 * 99.5 % quantiles, for the normal distribution: 0.331 / 5.152.  Few extremes
 * say little of how far extremes go, so this is mixed in as if it had been
 * seen PRIOR_N times. */
#define NORMAL_EXCESS 0.064
#define PRIOR_N       5.0

static void end_add(struct series_end *e, double x)
{
    size_t i = e->n;

    if (e->n == SERIES_TAIL_KEPT) {
        i--;
        if (x <= e->top[i]) {
            return;
        }
    } else {
        e->n++;
    }
    for (; i > 0 && e->top[i - 1] < x; i--) {
        e->top[i] = e->top[i - 1];
    }
    e->top[i] = x;
}

static void end_thin(struct series_end *e)
{
    size_t n = 0;

    for (size_t i = 1; i < e->n; i += 2) {
        e->top[n++] = e->top[i];
    }
    e->n = n;
}

void series_tail_add(struct series_tail *t, double x)
{
    end_add(&t->high, x);
    end_add(&t->low, -x);
    if (++t->n == SERIES_TAIL_MEMORY) {
        end_thin(&t->high);
        end_thin(&t->low);
        t->n /= 2;
    }
}

double series_tail_range(const struct series_tail *t)
{
    return t->n == 0 ? 0 : t->high.top[0] + t->low.top[0];
}

/* How many of n lie beyond the quantile; that many and one are kept. */
static size_t n_rare(const struct series_end *e, size_t n)
{
    size_t k = (size_t)ceil(RARE * (double)n);

    return k < e->n ? k : e->n - 1;
}

static double end_surprise(const struct series_end *e, size_t k, double x,
                           double prior)
{
    double quantile = e->top[k];
    double sum = 0;

    if (x <= quantile) {
        return 0;
    }
    for (size_t i = 0; i < k; i++) {
        sum += e->top[i] - quantile;
    }
    double excess = (sum + PRIOR_N * prior) / ((double)k + PRIOR_N);
    double surprise = (x - quantile) / excess; /* may be infinite */

    return fmin(surprise, SERIES_SURPRISE_MAX);
}

double series_tail_surprise(const struct series_tail *t, double x, double floor)
{
    if (t->n < SERIES_TAIL_RIPE) {
        return 0;
    }
    size_t k_high = n_rare(&t->high, t->n);
    size_t k_low = n_rare(&t->low, t->n);
    double prior =
        fmax(floor, NORMAL_EXCESS * (t->high.top[k_high] + t->low.top[k_low]));

    return fmax(end_surprise(&t->high, k_high, x, prior),
                end_surprise(&t->low, k_low, -x, prior));
}
