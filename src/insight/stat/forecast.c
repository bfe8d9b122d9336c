/* How sure a forecast is: what the same method would have said on past days
 * (the trials), held against what came. */
#include "insight/stat/forecast_priv.h"

#include "base/attr.h"
#include "base/check.h"
#include "insight/stat/dist.h"

#include <math.h>
#include <string.h>

#define ORIGINS      150 /* past days looked at */
#define HISTORY_MIN  28  /* days before the first of them */
#define ERRORS_MAX   16  /* of one horizon, a quarter of it apart */
#define PRIOR_ERRORS 2.0 /* that the expectation weighs as much as */
#define PRIOR_RATIO  2.2 /* and how far it is doubted: real series are worse */
#define RATIO_MIN    0.5 /* a calm past promises no calm */
#define DF_MIN       4.0
#define SCALE_MAX    0.8
#define ALPHA        0.2 /* of the level that the adaptive step tends */
#define ALPHA_AIM                                              \
    0.19 /* a little wide: the days to come are not those past \
          */
#define ALPHA_STEP 0.014
#define ALPHA_MIN  0.05
#define ALPHA_MAX  0.4
#define NONE_SHARE 0.01 /* so that a total of nothing has a logarithm */

enum { SPANS = 3 };

/* What past origins say; [0] is the day before the series ends, [1] the one
 * before that. */
struct past {
    unsigned span[SPANS]; /* horizons tried: the one wanted, and shorter ones,
                             of which there are more apart from each other */
    size_t n_spans;
    size_t n;
    double error[SPANS][ORIGINS]; /* in expected deviations; NAN: unknown */
};

/* The variance to be expected of ln(actual / forecast) before any error was
 * seen: the days' own noise, which averages out; the level, which was read
 * out of such noise and moves on; and what no series is spared. */
static double expected_variance(const struct forecast_parts *p, double horizon)
{
    double noise = p->sigma * p->sigma;
    double level = p->shape == FORECAST_SPARSE ? 1.0 / (double)p->n_days
                                               : 0.1 + 0.03 * horizon;
    double few = p->n_days < HISTORY_MIN
                     ? (double)HISTORY_MIN / fmax((double)p->n_days, 1)
                     : 1;

    return (noise * (1 / horizon + level) + 4e-4) * few;
}

static double error_at(const struct forecast_series *s, size_t origin,
                       const struct forecast_parts *p, unsigned horizon)
{
    double actual = 0;
    double expected = 0;

    for (unsigned h = 0; h < horizon; h++) {
        if (s->is_out == NULL || !s->is_out[origin + h]) {
            actual += s->value[origin + h];
            expected += forecast_day(s, origin, p, h);
        }
    }
    if (!(expected > 0)) {
        return (double)NAN;
    }
    double none = NONE_SHARE * expected;
    return log((actual + none) / (expected + none)) /
           sqrt(expected_variance(p, horizon));
}

static void look_back(const struct forecast_series *s, unsigned horizon,
                      struct past *past)
{
    static const unsigned shorter[] = {14, 7};

    past->span[0] = horizon;
    past->n_spans = 1;
    for (size_t i = 0; i < ARRAY_N(shorter); i++) {
        if (shorter[i] < horizon) {
            past->span[past->n_spans++] = shorter[i];
        }
    }
    past->n = s->n > HISTORY_MIN ? s->n - HISTORY_MIN : 0;
    past->n = past->n < ORIGINS ? past->n : ORIGINS;
    unsigned least = past->span[past->n_spans - 1];
    for (size_t i = 0; i < past->n; i++) {
        struct forecast_parts p;

        if (i + 1 >= least) {
            forecast_fit(s, s->n - 1 - i, &p);
        }
        for (size_t k = 0; k < past->n_spans; k++) {
            past->error[k][i] =
                i + 1 >= past->span[k]
                    ? error_at(s, s->n - 1 - i, &p, past->span[k])
                    : (double)NAN;
        }
    }
}

/* What the errors known at some day come to: how much larger than expected
 * they were, and how many of them there are. */
struct told {
    double ratio; /* of variances */
    double weight;
    size_t n;
};

/*   age  of that day, in days before the series' end */
static struct told ask_past(const struct past *past, size_t age)
{
    double sum = PRIOR_ERRORS * PRIOR_RATIO;
    struct told told = {.ratio = 1};

    for (size_t k = 0; k < past->n_spans; k++) {
        unsigned span = past->span[k];
        unsigned step = span >= 8 ? span / 4 : 2;
        double squares = 0;
        double n = 0;

        for (size_t m = 0; m < ERRORS_MAX; m++) {
            size_t i = age + span + m * step - 1;
            if (i >= past->n) {
                break;
            }
            if (!isnan(past->error[k][i])) {
                squares += past->error[k][i] * past->error[k][i];
                n++;
            }
        }
        if (n > 0) { /* overlapping ones tell less */
            double worth = fmin(n, n * step / span + 1);
            sum += worth * squares / n;
            told.weight += worth;
            told.n += (size_t)n;
        }
    }
    told.ratio = fmax(sum / (told.weight + PRIOR_ERRORS), RATIO_MIN);
    return told;
}

/* The adaptive step: walks through the past days, each time asking whether
 * the interval of then held, and moves the level that is aimed at.  Source:
 * Gibbs and Candes 2021, "Adaptive conformal inference under distribution
 * shift", equation 2. */
static double find_alpha(const struct past *past)
{
    double alpha = ALPHA;

    for (size_t i = past->n; i-- > 0;) {
        double error = past->error[0][i];
        if (isnan(error)) {
            continue;
        }
        struct told told = ask_past(past, i + 1);
        double tail = 2 * dist_student_tail(fabs(error) / sqrt(told.ratio),
                                            DF_MIN + told.weight);
        alpha += ALPHA_STEP * (ALPHA_AIM - (tail < alpha ? 1 : 0));
        alpha = fmin(fmax(alpha, ALPHA_MIN), ALPHA_MAX);
    }
    return alpha;
}

static void find_scale(const struct forecast_series *s, struct forecast *f)
{
    struct past past;

    look_back(s, f->horizon, &past);
    struct told told = ask_past(&past, 0);
    f->df = DF_MIN + told.weight;
    f->n_errors = told.n;
    f->raw_scale = fmin(
        sqrt(expected_variance(&f->parts, f->horizon) * told.ratio), SCALE_MAX);
    double alpha = find_alpha(&past);
    f->scale = f->raw_scale * dist_student_quantile(1 - alpha / 2, f->df) /
               dist_student_quantile(1 - ALPHA / 2, f->df);
}

void forecast_make(const struct forecast_series *s, unsigned horizon,
                   double first_share, struct forecast *ret)
{
    CHECK(horizon >= 1 && horizon <= FORECAST_HORIZON_MAX);
    *ret = (struct forecast){.horizon = horizon};
    forecast_fit(s, s->n, &ret->parts);
    for (unsigned h = 0; h < horizon; h++) {
        double share = h == 0 ? first_share : 1;
        ret->point[h] = share * forecast_day(s, s->n, &ret->parts, h);
        ret->total += ret->point[h];
    }
    find_scale(s, ret);
}

double forecast_quantile(const struct forecast *f, double p)
{
    return f->total * exp(f->scale * dist_student_quantile(p, f->df));
}

double forecast_above(const struct forecast *f, double x)
{
    if (!(f->total > 0)) {
        return x < 0 ? 1 : 0;
    }
    return x > 0 ? dist_student_tail(log(x / f->total) / f->scale, f->df) : 1;
}

/* ---- rolling origin ---- */

static const unsigned trial_days[FORECAST_TRIALS] = {3, 7, 10, 15, 20, 25};

enum { BLOCK_DAYS = 30, BLOCK_STEP = 10 };

/* One block, forecast on one of its days. */
static void try_block(const struct forecast_series *s, size_t first,
                      struct forecast_trial *t)
{
    struct forecast_series known = *s;
    struct forecast f;
    double past = 0;
    double rest = 0;
    double left = 0;
    double n_past = 0;
    double n_left = 0;

    known.n = first + t->day;
    forecast_make(&known, BLOCK_DAYS - t->day, 1, &f);
    for (size_t i = 0; i < BLOCK_DAYS; i++) {
        if (s->is_out != NULL && s->is_out[first + i]) {
            continue;
        }
        if (i < t->day) {
            past += s->value[first + i];
            n_past++;
        } else {
            rest += s->value[first + i];
            left += f.point[i - t->day];
            n_left++;
        }
    }
    double actual = past + rest;
    if (!(actual > 0) || n_past < 1 || n_left < 1 || !(f.total > 0)) {
        return;
    }
    double part = left / f.total; /* of the days that were no outage */
    double low = past + part * forecast_quantile(&f, 0.1);
    double high = past + part * forecast_quantile(&f, 0.9);
    t->n++;
    t->error += fabs(past + left - actual) / actual;
    t->run_rate += fabs(past + past / n_past * n_left - actual) / actual;
    t->bias += (past + left - actual) / actual;
    t->covered += actual >= low && actual <= high ? 1 : 0;
    t->width += (high - low) / actual;
}

void forecast_back_test(const struct forecast_series *s,
                        struct forecast_trial ret[FORECAST_TRIALS])
{
    for (size_t k = 0; k < FORECAST_TRIALS; k++) {
        struct forecast_trial *t = &ret[k];

        *t = (struct forecast_trial){.day = trial_days[k]};
        for (size_t first = BLOCK_DAYS; first + BLOCK_DAYS <= s->n;
             first += BLOCK_STEP) {
            try_block(s, first, t);
        }
        double n = t->n > 0 ? (double)t->n : 1;
        t->error /= n;
        t->run_rate /= n;
        t->bias /= n;
        t->covered /= n;
        t->width /= n;
    }
}
