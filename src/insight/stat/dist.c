#include "insight/stat/dist.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "base/check.h"

enum { STEPS_MAX = 100, FRACTION_STEPS_MAX = 100000 };

/* Where a continued fraction's denominator would vanish (Lentz's method as
 * Thompson and Barnett 1986 modified it). */
#define TINY 1e-300

/* From here on Student's tail is that of a normal, to 1e-9; the fraction,
 * whose x is then close to 1, has lost as much. */
#define DF_LARGE 1e6

/* ---- normal ---- */

double dist_normal_tail(double z)
{
    return 0.5 * erfc(z * M_SQRT1_2);
}

/* The z > 0 with P(Z > z) = q, q <= 0.5: Halley's method from the tail's
 * asymptote, or near the middle from the slope there. */
static double normal_upper(double q)
{
    double l = -2.0 * log(q);
    double z =
        q < 0.1 ? sqrt(l - log(2.0 * M_PI * l)) : sqrt(2.0 * M_PI) * (0.5 - q);

    for (int i = 0; i < STEPS_MAX; i++) {
        double e =
            (q - dist_normal_tail(z)) * sqrt(2.0 * M_PI) * exp(0.5 * z * z);
        double step = e / (1.0 + 0.5 * z * e);
        z -= step;
        if (fabs(step) <= 4.0 * DBL_EPSILON * fabs(z)) {
            break;
        }
    }
    return z;
}

double dist_normal_quantile(double p)
{
    CHECK(p > 0.0 && p < 1.0);
    if (p < 0.5) {
        return -normal_upper(p);
    }
    return p > 0.5 ? normal_upper(1.0 - p) : 0.0;
}

/* ---- Student ---- */

static double log_gamma(double x)
{
    int sign = 0;

    return lgamma_r(x, &sign);
}

/* ln(gamma(a + 1/2) / gamma(a)): two large numbers that differ by little, so
 * from 50 on by the series of their difference (DLMF 5.11.13). */
static double log_gamma_half(double a)
{
    double r = 1.0 / a;

    if (a < 50.0) {
        return log_gamma(a + 0.5) - log_gamma(a);
    }
    return 0.5 * log(a) -
           r * (1.0 / 8.0 - r * r * (1.0 / 192.0 - r * r / 640.0));
}

static double not_zero(double x)
{
    return fabs(x) < TINY ? TINY : x;
}

/* The continued fraction of DLMF 8.17.22; converges fast for x below
 * (a + 1) / (a + b + 2). */
static double beta_fraction(double x, double a, double b)
{
    double c = 1.0;
    double d = 1.0 / not_zero(1.0 - (a + b) * x / (a + 1.0));
    double f = d;

    for (int i = 1; i < FRACTION_STEPS_MAX; i++) {
        double m = i;
        double even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        double odd =
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / not_zero(1.0 + even * d);
        c = not_zero(1.0 + even / c);
        f *= c * d;
        d = 1.0 / not_zero(1.0 + odd * d);
        c = not_zero(1.0 + odd / c);
        f *= c * d;
        if (fabs(c * d - 1.0) <= 2.0 * DBL_EPSILON) {
            break;
        }
    }
    return f;
}

/* P(|T| > t) / 2 = I_x(df/2, 1/2) / 2 with x = df / (df + t^2). */
static double student_upper(double t, double df)
{
    double a = 0.5 * df;
    double tt = t * t / df;
    double x = 1.0 / (1.0 + tt);
    double y = tt / (1.0 + tt);
    /* x^a y^(1/2) / B(a, 1/2) */
    double front =
        exp(log_gamma_half(a) - 0.5 * log(M_PI) - a * log1p(tt) + 0.5 * log(y));

    if (x < (a + 1.0) / (a + 2.5)) {
        return 0.5 * front * beta_fraction(x, a, 0.5) / a;
    }
    return 0.5 - 0.5 * front * beta_fraction(y, 0.5, a) / 0.5;
}

double dist_student_tail(double t, double df)
{
    CHECK(df >= 1.0);
    if (df > DF_LARGE) {
        return dist_normal_tail(t * (1.0 - 0.25 / df) /
                                sqrt(1.0 + 0.5 * t * t / df));
    }
    if (t > 0.0) {
        return student_upper(t, df);
    }
    return t < 0.0 ? 1.0 - student_upper(-t, df) : 0.5;
}

static double student_density(double t, double df)
{
    return exp(log_gamma_half(0.5 * df) - 0.5 * log(df * M_PI) -
               0.5 * (df + 1.0) * log1p(t * t / df));
}

/* The t > 0 with P(T > t) = q < 0.5: Newton's method, halving where it would
 * leave the bracket. */
static double student_quantile_upper(double q, double df)
{
    double lo = 0.0;
    double hi = 2.0;
    double t;

    while (dist_student_tail(hi, df) > q) {
        lo = hi;
        hi *= 2.0;
    }
    t = 0.5 * (lo + hi);
    for (int i = 0; i < STEPS_MAX; i++) {
        double e = dist_student_tail(t, df) - q;
        double next = t + e / student_density(t, df);
        if (e > 0.0) {
            lo = t;
        } else {
            hi = t;
        }
        if (!(next > lo && next < hi)) {
            next = 0.5 * (lo + hi);
        }
        bool is_done = fabs(next - t) <= 4.0 * DBL_EPSILON * t;
        t = next;
        if (is_done) {
            break;
        }
    }
    return t;
}

double dist_student_quantile(double p, double df)
{
    CHECK(p > 0.0 && p < 1.0 && df >= 1.0);
    if (p < 0.5) {
        return -student_quantile_upper(p, df);
    }
    return p > 0.5 ? student_quantile_upper(1.0 - p, df) : 0.0;
}

/* ---- chi-square ---- */

/* The lower part by its power series, DLMF 8.7.1. */
static double gamma_lower(double a, double x)
{
    double term = 1.0 / a;
    double sum = term;

    for (int i = 1; i < FRACTION_STEPS_MAX; i++) {
        term *= x / (a + i);
        sum += term;
        if (term <= sum * DBL_EPSILON) {
            break;
        }
    }
    return sum * exp(a * log(x) - x - log_gamma(a));
}

/* The upper part by its continued fraction, DLMF 8.9.2. */
static double gamma_upper(double a, double x)
{
    double b = x + 1.0 - a;
    double c = 1.0 / TINY;
    double d = 1.0 / not_zero(b);
    double f = d;

    for (int i = 1; i < FRACTION_STEPS_MAX; i++) {
        double an = -i * (i - a);
        b += 2.0;
        d = 1.0 / not_zero(an * d + b);
        c = not_zero(b + an / c);
        f *= c * d;
        if (fabs(c * d - 1.0) <= 2.0 * DBL_EPSILON) {
            break;
        }
    }
    return f * exp(a * log(x) - x - log_gamma(a));
}

double dist_chi_square_tail(double x, double df)
{
    double a = 0.5 * df;
    double half = 0.5 * x;

    CHECK(x >= 0.0 && df > 0.0);
    if (x <= 0.0) {
        return 1.0;
    }
    return half < a + 1.0 ? 1.0 - gamma_lower(a, half) : gamma_upper(a, half);
}
