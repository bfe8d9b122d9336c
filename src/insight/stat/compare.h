/* Two variants compared: the ratio of what they cost, the difference, and how
 * sure one can be of them.
 *
 * Costs of users have heavy tails, and variants are of unequal size.  Both
 * break the textbook's interval on the log of the ratio (at 400 units it held
 * 0.92 to 0.945 instead of 0.95, at 400 against 4,000 down to 0.89).  What is
 * used instead was chosen by simulation (docs/methods.md has the figures):
 *   - the ratio is found as Fieller (1954) finds it, but between the square
 *     roots of the means;
 *   - its statistic is made symmetric by Hall's cubic (1992), with the
 *     skewness that both variants have together, weighed by what their sizes
 *     would make of it: nothing, when they are of one size;
 *   - the difference takes the limits that the two means have on that scale
 *     (Zou and Donner 2008); Welch's held up to 0.97.
 *
 * Pure, any thread. */
#ifndef INSIGHT_STAT_COMPARE_H
#define INSIGHT_STAT_COMPARE_H

#include "insight/stat/tally.h"

#include <stdbool.h>
#include <stddef.h>

/* When one may look.  FIXED: once, at the planned end.  SEQUENCE: as often as
 * one likes, and stop at any time: an asymptotic confidence sequence
 * (Waudby-Smith et al., arXiv 2103.06476), tightest at `planned` units a
 * variant. */
enum compare_when { COMPARE_FIXED = 1, COMPARE_SEQUENCE };

/* Units a variant, where nobody planned: an interval that is not 10 % wider
 * than need be from 250 to 10,000. */
#define COMPARE_PLANNED 1000.0

struct compare_rule {
    enum compare_when when;
    double alpha;   /* 0.05 for an interval of 95 % */
    double planned; /* units a variant; SEQUENCE only */
};

struct comparison {
    double value; /* b / a, or b - a */
    double lo;    /* a ratio's is 0 where no bound is known */
    double hi;    /* INFINITY where none is known */
    double p;     /* chance of so much or more between variants alike; under
                     SEQUENCE it holds at every look */
};

/* compare_ratio: b's value by a's, both means above 0.  compare_difference:
 * b's value minus a's; its p is the ratio's.  False, `ret` untouched, when
 * nothing varies or, for the ratio, a value is not above 0. */
bool compare_ratio(const struct estimate *a, const struct estimate *b,
                   const struct compare_rule *rule, struct comparison *ret);
bool compare_difference(const struct estimate *a, const struct estimate *b,
                        const struct compare_rule *rule,
                        struct comparison *ret);

/* compare_extra: what one more x costs: the difference of y per unit by that
 * of x per unit, with Fieller's interval.  lo > hi: the interval is all but
 * (hi, lo).  False, `ret` untouched, when x differs so little that no bound
 * exists, or a variant has fewer than two units. */
bool compare_extra(const struct tally *a, const struct tally *b, double alpha,
                   struct comparison *ret);

/* compare_skewness_units: so many units a normal interval would need (Kohavi
 * et al. 2014: 355 times the squared skewness). */
double compare_skewness_units(const struct estimate *e);

/* compare_holm: which of n p-values stand when all are read together; keeps
 * the chance of one false word below alpha (Holm 1979). */
void compare_holm(const double *p, size_t n, double alpha, bool *ret_stands);

/* compare_split: the chance that units split as they did, or worse, when the
 * shares were to be `share` (sum 1, each above 0): chi-square with n - 1
 * degrees of freedom.  n >= 2; 1 when there are no units. */
double compare_split(const int64_t *units, const double *share, size_t n);

/* compare_table: the chance that the columns' shares differ between the rows
 * as they do, or more, when they are the same: Pearson's chi-square, (rows - 1)
 * (columns - 1) degrees of freedom; rows and columns of nothing do not count.
 * 1 when fewer than two of either are left.
 *   count     row by row
 *   ret_off   the chi-square itself, which tells more where the chance is 0 */
double compare_table(const int64_t *count, size_t n_rows, size_t n_columns,
                     double *ret_off);

#endif
