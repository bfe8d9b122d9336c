/* One statistic serves ratio and difference: for a power k of the means
 * (1/2 for the ratio, 1 for the difference),
 *
 *     T = (b^k - Q a^k) / (k sqrt(b^2k v_b + Q^2 a^2k v_a)),   Q = R^k
 *
 * with v the squared relative error of a mean.  Its first and third cumulants,
 * to the order of one by the root of n, with g the skewness and c the relative
 * deviation of a unit, w the shares of the variance:
 *
 *     k1 = -1/2 S w^(3/2) (g - 2(1-k)c) / sqrt(n) - 1/2 S w^(1/2) (1-k)c /
 *          sqrt(n)
 *     k3 = S w^(3/2) (-2g + 3(1-k)c) / sqrt(n)
 *
 * where S is b's minus a's.  Hall's cubic g(T) = T + A T^2 + A^2 T^3 / 3 + B,
 * A = -k3/6, B = k3/6 - k1, takes them out and can be turned back.  Own
 * skewness and weights would be the textbook's choice; they scatter so much
 * that intervals of equal variants got worse (0.90 to 0.93). */
#include "insight/stat/compare.h"

#include <float.h>
#include <math.h>

#include "base/check.h"
#include "insight/stat/dist.h"

#define RATIO_POWER 0.5

/* ---- how far the statistic may go ---- */

static double harmonic(double a, double b)
{
    return 2.0 * a * b / (a + b);
}

/* Waudby-Smith et al., equation for the width: rho is tuned for n_opt at the
 * usual 5 %, so that p-values and intervals are of one sequence. */
static double sequence_rho2(double planned)
{
    double l = -2.0 * log(0.05);

    return (l + log(l + 1.0)) / planned;
}

static double sequence_limit(double n, const struct compare_rule *rule)
{
    double nr = n * sequence_rho2(rule->planned);

    return sqrt(2.0 * (nr + 1.0) / nr * log(sqrt(nr + 1.0) / rule->alpha));
}

/* The alpha at which the limit would be |z|. */
static double sequence_p(double z, double n, const struct compare_rule *rule)
{
    double nr = n * sequence_rho2(rule->planned);
    double p = sqrt(nr + 1.0) * exp(-0.5 * z * z * nr / (nr + 1.0));

    return p < 1.0 ? p : 1.0;
}

struct scale { /* how T is read */
    double df;
    double n; /* units a variant */
    double a; /* of Hall's cubic */
    double b;
    double limit; /* of what the cubic makes of T */
};

static double cubic(const struct scale *s, double t)
{
    return t + s->a * t * t + s->a * s->a * t * t * t / 3.0 + s->b;
}

static double cubic_back(const struct scale *s, double z)
{
    double at = s->a * (z - s->b);

    /* Where the cubic is a line, its root would be 0 / 0. */
    if (fabs(s->a) < 1e-7) {
        return z - s->b;
    }
    return (cbrt(1.0 + 3.0 * at) - 1.0) / s->a;
}

static struct scale make_scale(const struct estimate *a,
                               const struct estimate *b, double va, double vb,
                               double power, const struct compare_rule *rule)
{
    double na = (double)a->n;
    double nb = (double)b->n;
    double wa = nb / (na + nb); /* of the variance, were they alike */
    double wb = na / (na + nb);
    double sum = va + vb;
    struct scale s = {.n = harmonic(na, nb)};

    s.df = sum * sum / (va * va / (na - 1.0) + vb * vb / (nb - 1.0));
    double g = (na * a->skewness + nb * b->skewness) / (na + nb);
    double c =
        (1.0 - power) * (na * a->deviation + nb * b->deviation) / (na + nb);
    double w3 = pow(wb, 1.5) / sqrt(nb) - pow(wa, 1.5) / sqrt(na);
    double w1 = sqrt(wb / nb) - sqrt(wa / na);
    double k1 = -0.5 * w3 * (g - 2.0 * c) - 0.5 * w1 * c;
    double k3 = w3 * (3.0 * c - 2.0 * g);
    s.a = -k3 / 6.0;
    s.b = k3 / 6.0 - k1;
    s.limit = rule->when == COMPARE_SEQUENCE
                  ? sequence_limit(s.n, rule)
                  : dist_student_quantile(1.0 - 0.5 * rule->alpha, s.df);
    return s;
}

static double p_value(const struct scale *s, double t,
                      const struct compare_rule *rule)
{
    double z = fabs(cubic(s, t));

    return rule->when == COMPARE_SEQUENCE ? sequence_p(z, s->n, rule)
                                          : 2.0 * dist_student_tail(z, s->df);
}

/* ---- ratio ---- */

/* The quotient of the estimated roots at which T is t: the lower bound for t
 * above 0, the upper one below. */
static double quotient_at(double t, double va, double vb)
{
    double k = t * RATIO_POWER * t * RATIO_POWER;
    double qa = 1.0 - k * va;
    double qb = 1.0 - k * vb;
    double root = sqrt(1.0 - qa * qb > 0.0 ? 1.0 - qa * qb : 0.0);

    if (t > 0.0) {
        /* qb / (1 + root) is (1 - root) / qa, without the difference. */
        return qb > 0.0 ? qb / (1.0 + root) : 0.0;
    }
    return qa > 0.0 ? (1.0 + root) / qa : (double)INFINITY;
}

bool compare_ratio(const struct estimate *a, const struct estimate *b,
                   const struct compare_rule *rule, struct comparison *ret)
{
    if (!(a->value > 0.0 && b->value > 0.0 &&
          a->variance + b->variance > 0.0)) {
        return false;
    }
    double va = a->variance / (a->value * a->value);
    double vb = b->variance / (b->value * b->value);
    struct scale s = make_scale(a, b, va, vb, RATIO_POWER, rule);
    double r = b->value / a->value;
    double q = sqrt(r);
    double t = (q - 1.0) / (RATIO_POWER * sqrt(r * vb + va));
    double lo = quotient_at(cubic_back(&s, s.limit), va, vb);
    double hi = quotient_at(cubic_back(&s, -s.limit), va, vb);

    *ret = (struct comparison){.value = r,
                               .lo = r * lo * lo,
                               .hi = r * hi * hi,
                               .p = p_value(&s, t, rule)};
    return true;
}

/* ---- difference ---- */

/* A mean as far off as its statistic's root is at t: below for t < 0. */
static double mean_at(const struct estimate *e, double t)
{
    double root = 1.0 + RATIO_POWER * t * sqrt(e->variance) / e->value;

    return root > 0.0 ? e->value * root * root : 0.0;
}

/* Zou and Donner 2008 (MOVER): the limits of the two means, on the scale on
 * which ratios are found, give those of their difference. */
static struct comparison recovered(const struct estimate *a,
                                   const struct estimate *b,
                                   const struct scale *s)
{
    double d = b->value - a->value;
    double below = cubic_back(s, s->limit);
    double above = -cubic_back(s, -s->limit);

    return (struct comparison){
        .value = d,
        .lo = d - hypot(b->value - mean_at(b, -below),
                        mean_at(a, below) - a->value),
        .hi = d + hypot(mean_at(b, above) - b->value,
                        a->value - mean_at(a, -above)),
    };
}

/* Welch's, for means that may be 0 or below. */
static struct comparison welch(const struct estimate *a,
                               const struct estimate *b,
                               const struct compare_rule *rule)
{
    double d = b->value - a->value;
    double error = sqrt(a->variance + b->variance);
    struct scale s = make_scale(a, b, a->variance, b->variance, 1.0, rule);

    return (struct comparison){.value = d,
                               .lo = d - cubic_back(&s, s.limit) * error,
                               .hi = d - cubic_back(&s, -s.limit) * error,
                               .p = p_value(&s, d / error, rule)};
}

bool compare_difference(const struct estimate *a, const struct estimate *b,
                        const struct compare_rule *rule, struct comparison *ret)
{
    struct comparison ratio;

    if (!(a->variance + b->variance > 0.0)) {
        return false;
    }
    if (!compare_ratio(a, b, rule, &ratio)) {
        *ret = welch(a, b, rule);
        return true;
    }
    double va = a->variance / (a->value * a->value);
    double vb = b->variance / (b->value * b->value);
    struct scale s = make_scale(a, b, va, vb, RATIO_POWER, rule);
    *ret = recovered(a, b, &s);
    ret->p = ratio.p;
    return true;
}

/* Fieller 1954: the values r for which dy - r dx is within its error of 0. */
bool compare_extra(const struct tally *a, const struct tally *b, double alpha,
                   struct comparison *ret)
{
    struct estimate ya, yb, xa, xb;

    if (!tally_mean_y(a, &ya) || !tally_mean_y(b, &yb) ||
        !tally_mean_x(a, &xa) || !tally_mean_x(b, &xb)) {
        return false;
    }
    double z = dist_normal_quantile(1.0 - 0.5 * alpha);
    double dy = yb.value - ya.value;
    double dx = xb.value - xa.value;
    double yy = dy * dy - z * z * (ya.variance + yb.variance);
    double xx = dx * dx - z * z * (xa.variance + xb.variance);
    double xy = dx * dy - z * z * (tally_covariance(a) + tally_covariance(b));
    double under = xy * xy - xx * yy;
    if (!(fabs(dx) > 0.0) || under < 0.0 || !(fabs(xx) > 0.0)) {
        return false;
    }
    double root = sqrt(under);
    *ret = (struct comparison){.value = dy / dx,
                               .lo = (xy - root) / xx,
                               .hi = (xy + root) / xx,
                               .p = xx > 0.0 ? alpha : 1.0};
    return true;
}

/* ---- whole experiments ---- */

double compare_skewness_units(const struct estimate *e)
{
    return 355.0 * e->skewness * e->skewness;
}

void compare_holm(const double *p, size_t n, double alpha, bool *ret_stands)
{
    size_t n_left = n;

    for (size_t i = 0; i < n; i++) {
        ret_stands[i] = false;
    }
    while (n_left > 0) {
        size_t least = n;
        for (size_t i = 0; i < n; i++) {
            if (!ret_stands[i] && (least == n || p[i] < p[least])) {
                least = i;
            }
        }
        if (!(p[least] <= alpha / (double)n_left)) {
            break;
        }
        ret_stands[least] = true;
        n_left--;
    }
}

double compare_split(const int64_t *units, const double *share, size_t n)
{
    double total = 0.0;
    double sum = 0.0;

    CHECK(n >= 2);
    for (size_t i = 0; i < n; i++) {
        total += (double)units[i];
    }
    for (size_t i = 0; i < n && total > 0.0; i++) {
        double want = total * share[i];
        double off = (double)units[i] - want;
        sum += off * off / want;
    }
    return total > 0.0 ? dist_chi_square_tail(sum, (double)n - 1.0) : 1.0;
}

/* A row's or a column's sum. */
static double sum_of(const int64_t *count, size_t n, size_t step)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++) {
        sum += (double)count[i * step];
    }
    return sum;
}

double compare_table(const int64_t *count, size_t n_rows, size_t n_columns,
                     double *ret_off)
{
    double total = sum_of(count, n_rows * n_columns, 1);
    double rows = 0.0;
    double columns = 0.0;

    *ret_off = 0.0;
    for (size_t r = 0; r < n_rows; r++) {
        rows += sum_of(count + r * n_columns, n_columns, 1) > 0.0 ? 1.0 : 0.0;
    }
    for (size_t c = 0; c < n_columns; c++) {
        double column = sum_of(count + c, n_rows, n_columns);
        if (!(column > 0.0)) {
            continue;
        }
        columns += 1.0;
        for (size_t r = 0; r < n_rows; r++) {
            double row = sum_of(count + r * n_columns, n_columns, 1);
            double want = row * column / total;
            double off = (double)count[r * n_columns + c] - want;
            *ret_off += want > 0.0 ? off * off / want : 0.0;
        }
    }
    return rows >= 2.0 && columns >= 2.0
               ? dist_chi_square_tail(*ret_off, (rows - 1.0) * (columns - 1.0))
               : 1.0;
}
