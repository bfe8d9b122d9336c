#include "insight/stat/tally.h"

#include <math.h>

#include "base/check.h"

/* A spread below this share of the squares is what rounding left. */
#define NOISE 1e-12

void tally_add(struct tally *t, double y, double x)
{
    t->n++;
    t->y += y;
    t->yy += y * y;
    t->yyy += y * y * y;
    t->x += x;
    t->xx += x * x;
    t->xxx += x * x * x;
    t->xy += x * y;
    t->xyy += x * y * y;
    t->xxy += x * x * y;
}

void tally_replace_y(struct tally *t, double y, double x, double now)
{
    t->y += now - y;
    t->yy += now * now - y * y;
    t->yyy += now * now * now - y * y * y;
    t->xy += x * (now - y);
    t->xyy += x * (now * now - y * y);
    t->xxy += x * x * (now - y);
}

/* From the sums of squares and cubes of what units are off by, their sum
 * being 0. */
static struct estimate estimate(int64_t count, double value, double per_unit,
                                double squares, double cubes)
{
    double n = (double)count;
    double spread = squares / n;
    struct estimate e = {.n = count, .value = value};

    if (spread > 0.0) {
        double variance = squares / (n - 1.0); /* of one unit */
        e.variance = variance / (n * per_unit * per_unit);
        e.deviation = sqrt(variance) / fabs(value * per_unit);
        e.skewness = cubes / n / (spread * sqrt(spread));
    }
    return e;
}

static bool mean(int64_t count, double sum, double squares, double cubes,
                 struct estimate *ret)
{
    double n = (double)count;
    double m = sum / n;
    double second = squares - n * m * m;
    double third = cubes - 3.0 * m * squares + 2.0 * n * m * m * m;

    if (count < 2) {
        return false;
    }
    if (second <= NOISE * squares) {
        second = 0.0;
    }
    *ret = estimate(count, m, 1.0, second, third);
    return true;
}

bool tally_mean_y(const struct tally *t, struct estimate *ret)
{
    return mean(t->n, t->y, t->yy, t->yyy, ret);
}

bool tally_mean_x(const struct tally *t, struct estimate *ret)
{
    return mean(t->n, t->x, t->xx, t->xxx, ret);
}

bool tally_ratio(const struct tally *t, struct estimate *ret)
{
    double r = t->y / t->x;
    double squares;
    double cubes;

    if (t->n < 2 || !(t->x > 0.0)) {
        return false;
    }
    squares = t->yy - 2.0 * r * t->xy + r * r * t->xx;
    cubes =
        t->yyy - 3.0 * r * t->xyy + 3.0 * r * r * t->xxy - r * r * r * t->xxx;
    if (squares <= NOISE * t->yy) {
        squares = 0.0;
    }
    *ret = estimate(t->n, r, t->x / (double)t->n, squares, cubes);
    return true;
}

double tally_slope(const struct tally *t, size_t n)
{
    double xy = 0.0;
    double xx = 0.0;
    double all = 0.0;

    for (size_t i = 0; i < n; i++) {
        if (t[i].n > 0) {
            double count = (double)t[i].n;
            xy += t[i].xy - t[i].x * t[i].y / count;
            xx += t[i].xx - t[i].x * t[i].x / count;
            all += t[i].xx;
        }
    }
    return xx > NOISE * all ? xy / xx : 0.0;
}

bool tally_adjusted(const struct tally *t, double slope, double x_mean,
                    struct estimate *ret)
{
    double n = (double)t->n;
    double y = t->y / n;
    double x = t->x / n;
    /* Sums of powers of what units are off their means. */
    double yy = t->yy - n * y * y;
    double xx = t->xx - n * x * x;
    double xy = t->xy - n * x * y;
    double yyy = t->yyy - 3.0 * y * t->yy + 2.0 * n * y * y * y;
    double xxx = t->xxx - 3.0 * x * t->xx + 2.0 * n * x * x * x;
    double xyy = t->xyy - 2.0 * y * t->xy - x * t->yy + 2.0 * n * y * y * x;
    double xxy = t->xxy - 2.0 * x * t->xy - y * t->xx + 2.0 * n * x * x * y;
    double squares = yy - 2.0 * slope * xy + slope * slope * xx;
    double cubes = yyy - 3.0 * slope * xyy + 3.0 * slope * slope * xxy -
                   slope * slope * slope * xxx;

    if (t->n < 2) {
        return false;
    }
    if (squares <= NOISE * t->yy) {
        squares = 0.0;
    }
    *ret = estimate(t->n, y - slope * (x - x_mean), 1.0, squares, cubes);
    return true;
}

double tally_covariance(const struct tally *t)
{
    double n = (double)t->n;

    CHECK(t->n >= 2);
    return (t->xy - t->x * t->y / n) / ((n - 1.0) * n);
}
