/* One fit: weekday factors, noise, shape, level. */
#include "insight/stat/forecast_priv.h"

#include "base/check.h"

#include <math.h>
#include <string.h>

#define FEW_DAYS          14  /* fewer: no weekday is told from another */
#define WEEKDAY_DOUBT_MAX 2.0 /* days by which a weekday is drawn to 1 */
#define FACTOR_MIN        0.02
#define SIGMA_MIN         0.02 /* no series is steadier than that ahead */
#define SIGMA_UNKNOWN     0.3
#define SHAPE_DAYS        42
#define STEP_DAYS_MIN     4   /* on each side */
#define GROWTH_DAYS       28  /* fewer: none is believed */
#define GROWTH_MAX        0.2 /* a week, as a logarithm */
#define GROWTH_DOUBT      3.0 /* t^2 / (t^2 + this) of a slope is believed */
#define FADE_A_WEEK       0.85
#define LEVEL_DAYS        28
#define OUTLIER           3.0 /* sigmas */
#define ZERO_SHARE        0.2 /* more days without anything: sparse */

enum { HALF_LIVES = 2 };
static const double half_lives[HALF_LIVES] = {3, 14}; /* days */

/* The days that count, oldest first. */
struct days {
    double y[FORECAST_MEMORY];
    double z[FORECAST_MEMORY];   /* y without its weekday */
    double x[FORECAST_MEMORY];   /* ln z */
    double age[FORECAST_MEMORY]; /* days before the last one of the series */
    unsigned weekday[FORECAST_MEMORY];
    size_t n;
};

static double median(const double *v, size_t n)
{
    double sorted[FORECAST_MEMORY];

    CHECK(n > 0 && n <= FORECAST_MEMORY);
    for (size_t i = 0; i < n; i++) {
        size_t k = i;

        for (; k > 0 && sorted[k - 1] > v[i]; k--) {
            sorted[k] = sorted[k - 1];
        }
        sorted[k] = v[i];
    }
    return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static double clip(double x, double middle, double reach)
{
    return fmin(fmax(x, middle - reach), middle + reach);
}

static void take(const struct forecast_series *s, size_t end, struct days *d)
{
    d->n = 0;
    for (size_t i = end > FORECAST_MEMORY ? end - FORECAST_MEMORY : 0; i < end;
         i++) {
        if (s->is_out != NULL && s->is_out[i]) {
            continue;
        }
        d->y[d->n] = s->value[i];
        d->age[d->n] = (double)(end - 1 - i);
        d->weekday[d->n] = (unsigned)((s->weekday + i) % FORECAST_WEEK);
        d->n++;
    }
}

/* A weekday's days, each held against the week around it. */
struct weekday {
    double sum, squares, low, high;
    double n;
};

/* The mean, without the highest and the lowest where there are enough. */
static double mean_of(const struct weekday *w)
{
    return w->n >= 5  ? (w->sum - w->low - w->high) / (w->n - 2)
           : w->n > 0 ? w->sum / w->n
                      : 1;
}

static void add_ratio(struct weekday *w, double ratio)
{
    w->low = w->n > 0 ? fmin(w->low, ratio) : ratio;
    w->high = w->n > 0 ? fmax(w->high, ratio) : ratio;
    w->sum += ratio;
    w->squares += ratio * ratio;
    w->n++;
}

/* By how many days each factor is drawn to 1: as the days of one weekday
 * differ more than the weekdays do, they say less (James and Stein's
 * shrinkage, variances by the method of moments). */
static double find_doubt(const struct weekday of[FORECAST_WEEK])
{
    double within = 0;
    double between = 0;
    double n = 0;

    for (size_t i = 0; i < FORECAST_WEEK; i++) {
        double mean = of[i].n > 0 ? of[i].sum / of[i].n : 1;
        within += of[i].squares - of[i].n * mean * mean;
        between +=
            (mean_of(&of[i]) - 1) * (mean_of(&of[i]) - 1) / (FORECAST_WEEK - 1);
        n += of[i].n;
    }
    if (n <= FORECAST_WEEK) {
        return WEEKDAY_DOUBT_MAX;
    }
    within = fmax(within, 0) / (n - FORECAST_WEEK);
    between -= within * FORECAST_WEEK / n;
    return between * WEEKDAY_DOUBT_MAX > within ? within / between
                                                : WEEKDAY_DOUBT_MAX;
}

static void find_weekdays(const struct days *d, double ret[FORECAST_WEEK])
{
    struct weekday of[FORECAST_WEEK] = {{0}};
    double sum = 0;

    for (size_t i = 3; d->n >= FEW_DAYS && i + 3 < d->n; i++) {
        double week = 0;

        for (size_t k = i - 3; k <= i + 3; k++) {
            week += d->y[k] / FORECAST_WEEK;
        }
        if (week > 0) {
            add_ratio(&of[d->weekday[i]], d->y[i] / week);
        }
    }
    double doubt = find_doubt(of);
    for (size_t i = 0; i < FORECAST_WEEK; i++) {
        double drawn = (of[i].n * mean_of(&of[i]) + doubt) / (of[i].n + doubt);
        ret[i] = fmax(drawn, FACTOR_MIN);
        sum += ret[i];
    }
    for (size_t i = 0; i < FORECAST_WEEK; i++) {
        ret[i] *= FORECAST_WEEK / sum;
    }
}

/* The noise from one day to the next, whatever the level does: each day held
 * against the median of the seven before. */
static double find_sigma(const struct days *d)
{
    double off[FORECAST_MEMORY];
    size_t n = 0;

    for (size_t i = 3; i < d->n; i++) {
        size_t from = i > FORECAST_WEEK ? i - FORECAST_WEEK : 0;
        off[n++] = fabs(d->x[i] - median(d->x + from, i - from));
    }
    return n < 3 ? SIGMA_UNKNOWN : fmax(1.4826 * median(off, n), SIGMA_MIN);
}

/* Sums of squares that the three shapes leave. */
struct shapes {
    double flat, step, line;
    size_t step_at; /* the first day of the new level */
    double slope;   /* a day */
    double doubt;   /* standard error of it */
};

static void find_step(const double *x, size_t n, struct shapes *ret)
{
    double sum = 0;
    double squares = 0;
    double head = 0;

    for (size_t i = 0; i < n; i++) {
        sum += x[i];
        squares += x[i] * x[i];
    }
    ret->step = HUGE_VAL;
    for (size_t k = 1; k + STEP_DAYS_MIN <= n; k++) {
        head += x[k - 1];
        if (k < STEP_DAYS_MIN) {
            continue;
        }
        double a = (double)k;
        double b = (double)(n - k);
        double left =
            squares - head * head / a - (sum - head) * (sum - head) / b;
        if (left < ret->step) {
            ret->step = left;
            ret->step_at = k;
        }
    }
}

static void find_line(const double *x, const double *age, size_t n,
                      double effective, struct shapes *ret)
{
    double mean_x = 0;
    double mean_t = 0;
    double tt = 0;
    double tx = 0;

    for (size_t i = 0; i < n; i++) {
        mean_x += x[i] / (double)n;
        mean_t -= age[i] / (double)n;
    }
    ret->flat = 0;
    for (size_t i = 0; i < n; i++) {
        double t = -age[i] - mean_t;
        ret->flat += (x[i] - mean_x) * (x[i] - mean_x);
        tt += t * t;
        tx += t * (x[i] - mean_x);
    }
    ret->slope = tx / tt;
    ret->line = fmax(ret->flat - tx * tx / tt, 0);
    ret->doubt = sqrt(ret->line / (double)(n - 2) / tt * (double)n / effective);
}

/* Which shape the last weeks have, by the Bayesian information criterion over
 * a third of the days, since neighbours are alike.
 *   ret_from  the first day of the level that holds now */
static void find_shape(const struct days *d, struct forecast_parts *parts,
                       size_t *ret_from)
{
    double x[SHAPE_DAYS];
    size_t n = d->n < SHAPE_DAYS ? d->n : SHAPE_DAYS;
    size_t first = d->n - n;
    double effective = (double)n / 3;
    double none = 1e-8 * (double)n; /* no sum of squares is nothing at all */
    struct shapes s = {0};

    parts->shape = FORECAST_FLAT;
    *ret_from = 0;
    if (n < 2 * STEP_DAYS_MIN) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        size_t from = i > 3 ? i - 3 : 0;
        size_t to = i + 4 < n ? i + 4 : n;
        x[i] = clip(d->x[first + i], median(d->x + first + from, to - from),
                    OUTLIER * parts->sigma);
    }
    find_step(x, n, &s);
    find_line(x, d->age + first, n, effective, &s);
    double flat = effective * log(s.flat + none) + log(effective);
    double step = effective * log(s.step + none) + 3 * log(effective);
    double line = effective * log(s.line + none) + 2 * log(effective);
    if (step < flat && step < line) {
        parts->shape = FORECAST_STEP;
        *ret_from = first + s.step_at;
    } else if (line < flat && n >= GROWTH_DAYS) {
        double t = s.slope * s.slope;
        double trust = t / (t + GROWTH_DOUBT * s.doubt * s.doubt + 1e-12);
        parts->shape = FORECAST_GROWTH;
        parts->growth = clip(FORECAST_WEEK * s.slope * trust, 0, GROWTH_MAX);
    }
}

/* The level at the end, by one half-life: a ratio of sums, so that no noise
 * of a logarithm has to be undone.
 *   from, middle, reach  days counted, and within what their logarithms are
 *                        believed */
static double find_level(const struct days *d,
                         const struct forecast_parts *parts, size_t from,
                         double middle, double half_life)
{
    double sum = 0;
    double weights = 0;
    double ages = 0;

    for (size_t i = from; i < d->n; i++) {
        double factor = parts->weekday[d->weekday[i]];
        double weight = exp2(-d->age[i] / half_life) * factor;
        double x = clip(d->x[i], middle, OUTLIER * parts->sigma);
        /* A day within reach counts as it is, zero too. */
        double z = fabs(x - d->x[i]) > 0 ? exp(x) : d->z[i];

        sum += weight * z;
        weights += weight;
        ages += weight * d->age[i];
    }
    return sum / weights * exp(parts->growth * ages / weights / FORECAST_WEEK);
}

static void fit_sparse(const struct days *d, double mean,
                       struct forecast_parts *parts)
{
    double squares = 0;

    for (size_t i = 0; i < d->n; i++) {
        squares += (d->z[i] - mean) * (d->z[i] - mean);
    }
    parts->shape = FORECAST_SPARSE;
    parts->sigma = sqrt(squares / (double)d->n) / mean;
    parts->level = 0;
    double weights = 0;
    for (size_t i = 0; i < d->n; i++) {
        double weight = exp2(-d->age[i] / LEVEL_DAYS);
        parts->level += weight * d->y[i];
        weights += weight * parts->weekday[d->weekday[i]];
    }
    parts->level /= weights;
}

static void fit_level(const struct days *d, struct forecast_parts *parts)
{
    size_t from = 0;

    parts->sigma = find_sigma(d);
    find_shape(d, parts, &from);
    size_t recent = d->n > LEVEL_DAYS ? d->n - LEVEL_DAYS : 0;
    size_t near = d->n > FEW_DAYS ? d->n - FEW_DAYS : 0;
    near = near > from ? near : from;
    from = recent > from ? recent : from;
    double middle = median(d->x + near, d->n - near);
    for (size_t i = 0; i < HALF_LIVES; i++) {
        parts->level +=
            find_level(d, parts, from, middle, half_lives[i]) / HALF_LIVES;
    }
}

void forecast_fit(const struct forecast_series *s, size_t end,
                  struct forecast_parts *ret)
{
    struct days d;
    double sum = 0;
    size_t n_zeros = 0;

    take(s, end, &d);
    *ret = (struct forecast_parts){
        .shape = FORECAST_NOTHING,
        .n_days = d.n,
        .sigma = SIGMA_UNKNOWN,
    };
    find_weekdays(&d, ret->weekday);
    for (size_t i = 0; i < d.n; i++) {
        sum += d.y[i];
        n_zeros += d.y[i] > 0 ? 0 : 1;
    }
    if (!(sum > 0)) {
        return;
    }
    double mean = sum / (double)d.n;
    for (size_t i = 0; i < d.n; i++) {
        d.z[i] = d.y[i] / ret->weekday[d.weekday[i]];
        d.x[i] = log(fmax(d.z[i], 0.01 * mean));
    }
    if ((double)n_zeros > ZERO_SHARE * (double)d.n) {
        fit_sparse(&d, mean, ret);
    } else {
        fit_level(&d, ret);
    }
}

double forecast_day(const struct forecast_series *s, size_t end,
                    const struct forecast_parts *parts, unsigned h)
{
    double fade = pow(FADE_A_WEEK, 1.0 / FORECAST_WEEK);
    double weeks = fade * (1 - pow(fade, h + 1)) / (1 - fade) / FORECAST_WEEK;

    return parts->level * exp(parts->growth * weeks) *
           parts->weekday[(s->weekday + end + h) % FORECAST_WEEK];
}
