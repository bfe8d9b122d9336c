#include "insight/stat/series_score.h"

#include "base/attr.h"
#include "base/mem.h"
#include "base/num.h"
#include "insight/stat/series_past.h"
#include "insight/stat/series_tail.h"

#include <math.h>
#include <stdlib.h>

#define HOUR_US INT64_C(3600000000)

enum {
    N_EARLY = 15,  /* distances that tell the step */
    N_RECENT = 256 /* values and errors kept for means */
};

/* A distance this small beside the value is rounding, none; and a hundredth
 * of what a series ever did is no event. */
#define ROUNDING   1e-12
#define LEAST_PART 0.01

/* An alarm speaks for what follows: for 3 % of the history only what is half
 * as surprising again is told anew. */
#define REST_SHARE 0.03
#define REST_RISE  1.5

/* Only draws surprise into 0..1: a half is 5.5 nats, that is a probability of
 * exp(-5.5) / 200 in one view. */
#define SCORE_SCALE 8.0

enum predictor { PREDICT_HOUR, PREDICT_DAILY, PREDICT_WEEKLY, N_PREDICTORS };
enum view {
    VIEW_VALUE,
    VIEW_HOUR,
    VIEW_DAILY,
    VIEW_WEEKLY,
    VIEW_MEAN_1H,
    VIEW_MEAN_6H,
    VIEW_SPREAD_6H,
    N_VIEWS
};

struct series_score {
    uint64_t n;
    int64_t last_us;
    double early[N_EARLY]; /* distances of the first values, us */
    size_t n_1h;           /* values in an hour */
    size_t n_6h;
    struct series_run hour;
    struct series_days days;
    struct series_run error[N_PREDICTORS]; /* without sign, of two days */
    double value[N_RECENT];
    double residual[N_RECENT]; /* of the best predictor */
    uint64_t n_recent;
    struct series_tail tail[N_VIEWS];
    size_t ripe[N_VIEWS]; /* values a view has seen before it counts */
    double alarm;         /* the surprise told last */
    uint64_t alarm_n;
};

struct series_score *series_score_new(void)
{
    return mem_alloc(sizeof(struct series_score));
}

void series_score_free(struct series_score **s)
{
    mem_free(*s);
    *s = NULL;
}

static size_t values_in(int64_t span_us, int64_t step_us, size_t least,
                        size_t most)
{
    size_t n = (size_t)((span_us + step_us / 2) / step_us);

    return n < least ? least : n > most ? most : n;
}

/* A season is known from two of it; what is usual beside it takes two more. */
static size_t two_seasons(int64_t season_us, int64_t step_us)
{
    return values_in(2 * season_us, step_us, 0, SERIES_TAIL_MEMORY / 2);
}

static void learn_step(struct series_score *s)
{
    qsort(s->early, N_EARLY, sizeof s->early[0], num_f64_cmp);
    double middle = s->early[N_EARLY / 2];
    int64_t step_us = middle >= 1e6 ? (int64_t)middle : 1000000;

    s->n_1h = values_in(HOUR_US, step_us, 2, 64);
    s->n_6h = values_in(6 * HOUR_US, step_us, 6, N_RECENT);
    series_run_init(&s->hour, values_in(HOUR_US, step_us, 5, 64));
    series_days_init(&s->days, step_us);
    s->ripe[VIEW_DAILY] = two_seasons(24 * HOUR_US, step_us);
    s->ripe[VIEW_WEEKLY] = two_seasons(7 * 24 * HOUR_US, step_us);
    for (size_t i = 0; i < N_PREDICTORS; i++) {
        size_t cap = values_in(48 * HOUR_US, step_us, 64, SERIES_RUN_MAX);
        series_run_init(&s->error[i], cap);
    }
}

/* How far x lies outside the band. */
static double outside(const struct series_band *band, double x)
{
    if (x > band->high) {
        return x - band->high;
    }
    return x < band->low ? x - band->low : 0;
}

static double recent(const double *ring, uint64_t n, size_t back)
{
    return ring[(n - 1 - back) % N_RECENT];
}

static double mean_of(const struct series_score *s, const double *ring,
                      size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += recent(ring, s->n_recent, i);
    }
    return sum / (double)n;
}

static double spread_of(const struct series_score *s, const double *ring,
                        size_t n)
{
    double mean = mean_of(s, ring, n);
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        double d = recent(ring, s->n_recent, i) - mean;
        sum += d * d;
    }
    return sqrt(sum / (double)n);
}

/* x minus what the predictor that erred least of late says; all of them are
 * told how far they erred.  0 before there is any. */
static double residual_of(struct series_score *s, double x)
{
    const struct series_band *daily = &s->days.daily;
    const struct series_band *weekly = &s->days.weekly;
    bool has_hour = s->hour.n > 0;
    double hour = has_hour ? series_run_median(&s->hour) : 0;
    const struct {
        bool is_known;
        double says;
    } predictor[N_PREDICTORS] = {
        [PREDICT_HOUR] = {has_hour, hour},
        [PREDICT_DAILY] = {daily->is_known, daily->median},
        [PREDICT_WEEKLY] = {weekly->is_known, weekly->median},
    };
    double least = INFINITY;
    double ret = has_hour ? x - hour : 0;

    for (size_t i = 0; i < N_PREDICTORS; i++) {
        struct series_run *error = &s->error[i];
        if (!predictor[i].is_known) {
            continue;
        }
        double residual = x - predictor[i].says;
        if (error->n >= 32 && series_run_median(error) < least) {
            least = series_run_median(error);
            ret = residual;
        }
        series_run_add(error, fabs(residual));
    }
    return ret;
}

static size_t at_most(size_t n, uint64_t most)
{
    return n < most ? n : (size_t)most;
}

/* The views of x; NaN for those that there are not yet. */
static void look(struct series_score *s, int64_t at_us, double x,
                 double ret[N_VIEWS])
{
    const struct series_band *daily = &s->days.daily;
    const struct series_band *weekly = &s->days.weekly;
    size_t at = (size_t)(s->n_recent % N_RECENT);

    series_days_look(&s->days, at_us);
    s->value[at] = x;
    s->residual[at] = residual_of(s, x);
    s->n_recent++;
    size_t n_1h = at_most(s->n_1h, s->n_recent);
    size_t n_6h = at_most(s->n_6h, s->n_recent);
    ret[VIEW_VALUE] = x;
    ret[VIEW_HOUR] = s->hour.n > 0 ? x - series_run_median(&s->hour) : 0;
    ret[VIEW_DAILY] = daily->is_known ? outside(daily, x) : (double)NAN;
    ret[VIEW_WEEKLY] = weekly->is_known ? outside(weekly, x) : (double)NAN;
    ret[VIEW_MEAN_1H] = mean_of(s, s->residual, n_1h);
    ret[VIEW_MEAN_6H] = mean_of(s, s->residual, n_6h);
    ret[VIEW_SPREAD_6H] = spread_of(s, s->value, n_6h);
    for (size_t i = VIEW_HOUR; i < N_VIEWS; i++) {
        if (fabs(ret[i]) <= ROUNDING * fabs(x)) {
            ret[i] = 0;
        }
    }
}

/* The largest surprise of any view; each view is then part of its past. */
static double surprise_of(struct series_score *s, const double view[N_VIEWS])
{
    const struct series_tail *values = &s->tail[VIEW_VALUE];
    double floor = LEAST_PART * series_tail_range(values);
    double ret = 0;

    for (size_t i = 0; i < N_VIEWS; i++) {
        if (!isnan(view[i]) && s->tail[i].n >= s->ripe[i]) {
            double surprise = series_tail_surprise(&s->tail[i], view[i], floor);
            ret = fmax(ret, surprise);
        }
    }
    for (size_t i = 0; i < N_VIEWS; i++) {
        if (!isnan(view[i])) {
            series_tail_add(&s->tail[i], view[i]);
        }
    }
    return ret;
}

/* The surprise, or 0 where an alarm that was told speaks for it. */
static double tell(struct series_score *s, double surprise)
{
    uint64_t history = at_most(SERIES_TAIL_MEMORY, s->n);
    uint64_t rest = (uint64_t)(REST_SHARE * (double)history);

    if (s->alarm > 0 && s->n - s->alarm_n <= rest &&
        surprise <= REST_RISE * s->alarm) {
        return 0;
    }
    if (surprise > 0) {
        s->alarm = surprise;
        s->alarm_n = s->n;
    }
    return surprise;
}

double series_score_add(struct series_score *s, int64_t at_us, double value)
{
    double view[N_VIEWS];
    int64_t before_us = s->last_us;

    s->last_us = at_us;
    s->n++;
    if (s->n <= N_EARLY + 1) {
        if (s->n > 1) {
            s->early[s->n - 2] = (double)at_us - (double)before_us;
        }
        if (s->n == N_EARLY + 1) {
            learn_step(s);
        }
        return 0;
    }
    look(s, at_us, value, view);
    double surprise = tell(s, surprise_of(s, view));
    series_run_add(&s->hour, value);
    series_days_add(&s->days, at_us, value);
    return 1.0 - exp(-surprise / SCORE_SCALE);
}
