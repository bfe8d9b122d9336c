/* The distributions that verdicts are read from: normal, Student's t and
 * chi-square.
 *
 * Own code, since the libraries that have them well (GSL) are under the GPL
 * or in C++.  Good to 1e-8 of a tail, and to 1e-13 with fewer than 10,000
 * degrees of freedom; what is computed is the tail itself, never one minus the
 * rest, so small probabilities keep their digits.  Pure, any thread. */
#ifndef INSIGHT_STAT_DIST_H
#define INSIGHT_STAT_DIST_H

/* dist_normal_tail: P(Z > z).  dist_normal_quantile: the z with P(Z <= z) = p,
 * 0 < p < 1. */
double dist_normal_tail(double z);
double dist_normal_quantile(double p);

/* dist_student_tail: P(T > t), degrees of freedom df >= 1, whole or not.
 * dist_student_quantile: the t with P(T <= t) = p, 0 < p < 1.
 * Source: DLMF 8.17 (incomplete beta function), 26.7.1 of Abramowitz and
 * Stegun. */
double dist_student_tail(double t, double df);
double dist_student_quantile(double p, double df);

/* dist_chi_square_tail: P(X > x), x >= 0, df > 0.  Source: DLMF 8.7.1 and
 * 8.9.2 (incomplete gamma function). */
double dist_chi_square_tail(double x, double df);

#endif
