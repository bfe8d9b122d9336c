/* What a daily series will come to: the days ahead, their total, and how sure
 * that is.
 *
 * The level of the last days, by two half-lives, times a factor of the
 * weekday, times a growth that is believed as far as it stands out from the
 * noise and fades by the week.  A step is found and what came before it
 * forgotten.  The interval is made of the errors that this very method made
 * on this very series, and widened or narrowed until it would have held as
 * often as it says (docs/methods.md, "forecast", has the sources and what was
 * measured).
 *
 * Pure, any thread; no memory but the caller's. */
#ifndef INSIGHT_STAT_FORECAST_H
#define INSIGHT_STAT_FORECAST_H

#include <stdbool.h>
#include <stddef.h>

enum {
    FORECAST_HORIZON_MAX = 92,
    FORECAST_WEEK = 7,
    FORECAST_MEMORY = 56 /* days that a forecast looks at */
};

struct forecast_series {
    const double *value; /* of complete days, oldest first; finite, >= 0 */
    const bool *is_out;  /* days to leave out (outages); NULL: none */
    size_t n;
    unsigned weekday; /* of value[0]: 0 is Monday */
};

enum forecast_shape {
    FORECAST_NOTHING = 1, /* no history, or all of it zero */
    FORECAST_FLAT,
    FORECAST_STEP,   /* a new level since a few days */
    FORECAST_GROWTH, /* or decline */
    FORECAST_SPARSE  /* days without anything are common */
};

/* What the points are made of. */
struct forecast_parts {
    enum forecast_shape shape;
    size_t n_days;                 /* that it was made of */
    double level;                  /* a day's, at the end of the series */
    double growth;                 /* of the first week ahead, as a logarithm */
    double weekday[FORECAST_WEEK]; /* factors with mean 1; Monday first */
    double sigma;                  /* of the logarithm of a day */
};

struct forecast {
    unsigned horizon;
    double point[FORECAST_HORIZON_MAX];
    double total; /* sum of the points */
    struct forecast_parts parts;
    /* ln(actual / total) is about Student's t with `df` degrees of freedom,
     * times `scale`. */
    double scale;
    double df;
    size_t n_errors;  /* past forecasts whose errors are in it */
    double raw_scale; /* before the adaptive step */
};

/* forecast_make: the days behind the series.
 *   horizon      1..FORECAST_HORIZON_MAX days
 *   first_share  of the first day that is still to come, 0..1: what has
 *                passed of today is the caller's to add */
void forecast_make(const struct forecast_series *s, unsigned horizon,
                   double first_share, struct forecast *ret);

/* forecast_quantile: what the total stays below with probability p, 0 < p < 1.
 * forecast_above: the probability that the total passes x. */
double forecast_quantile(const struct forecast *f, double p);
double forecast_above(const struct forecast *f, double x);

/* Rolling origin: every tenth day, once there are thirty days of history, a
 * block of thirty days begins, and its total is forecast after so many days of
 * it.  Errors are |forecast - actual| / actual of the whole block. */
enum { FORECAST_TRIALS = 6 };
struct forecast_trial {
    unsigned day;    /* days into the block: 3, 7, 10, 15, 20, 25 */
    size_t n;        /* blocks */
    double error;    /* mean; 0 when n == 0, as the others */
    double run_rate; /* the same of the days so far times what is left */
    double bias;     /* mean of (forecast - actual) / actual */
    double covered;  /* share that the 80 % interval held */
    double width;    /* mean of the interval's width / actual */
};
void forecast_back_test(const struct forecast_series *s,
                        struct forecast_trial ret[FORECAST_TRIALS]);

#endif
