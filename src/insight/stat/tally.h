/* The tally of one variant: sums over its units (users), kept as they stream
 * by, from which come the mean per unit and the ratio of two totals, each
 * with what its interval needs.
 *
 * y is what is spent, x what it is divided by (runs, outcomes), of one unit.
 * Units are the clusters: the runs of one user are not independent, and
 * taking them so gave intervals that held 59 % instead of 95 % (Deng et al.
 * 2018).  Plain doubles: the sums lose digits only where units differ by less
 * than a millionth, and then the spread is taken as nothing.  Pure, one
 * thread a struct. */
#ifndef INSIGHT_STAT_TALLY_H
#define INSIGHT_STAT_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tally {
    int64_t n;
    double y, yy, yyy;
    double x, xx, xxx;
    double xy, xyy, xxy;
};

void tally_add(struct tally *t, double y, double x);
/* tally_replace_y: a unit that was added with `y` counts as `now`. */
void tally_replace_y(struct tally *t, double y, double x, double now);

struct estimate {
    int64_t n;        /* units */
    double value;     /* per unit, or per x */
    double variance;  /* of the value, not of a unit */
    double deviation; /* of one unit, relative to the value's mean */
    double skewness;  /* of one unit */
};

/* tally_mean_y, tally_mean_x: per unit.  tally_ratio: sum of y by sum of x,
 * variance by the delta method with units as clusters.  False, and `ret`
 * untouched, when there are fewer than two units or nothing to divide by. */
bool tally_mean_y(const struct tally *t, struct estimate *ret);
bool tally_mean_x(const struct tally *t, struct estimate *ret);
bool tally_ratio(const struct tally *t, struct estimate *ret);

/* tally_slope: by how much y differs from unit to unit when x differs by one,
 * within the n variants; 0 when x does not differ.  tally_adjusted: the mean
 * of y had this variant's units had `x_mean` on average, which takes out what
 * x foretold of them (CUPED, Deng et al. 2013). */
double tally_slope(const struct tally *t, size_t n);
bool tally_adjusted(const struct tally *t, double slope, double x_mean,
                    struct estimate *ret);

/* tally_covariance: of the two means, y and x per unit; n >= 2. */
double tally_covariance(const struct tally *t);

#endif
