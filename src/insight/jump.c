#include "insight/jump.h"

#include <math.h>

#define END_MIN 0.02  /* of all weight, on either side of a cut */
#define STANDS  30.0  /* explained variance over that of a point */
#define SHARP   0.6   /* of the jump, near it */
#define STAYED  0.5   /* of it, in the last third */
#define BEGUN   0.25  /* of it, a point before */
#define FLOOR   1e-12 /* of all variance: points without any noise */

struct sum {
    double n, weight;
};

static double mean(struct sum s)
{
    return s.weight > 0 ? s.n / s.weight : (double)NAN;
}

static struct sum sum_of(const struct jump_point *p, size_t from, size_t to)
{
    struct sum s = {0, 0};

    for (size_t i = from; i < to; i++) {
        s.n += p[i].n;
        s.weight += p[i].weight;
    }
    return s;
}

static struct sum sum_within(const struct jump_point *p, size_t n,
                             int64_t from_us, int64_t to_us)
{
    struct sum s = {0, 0};

    for (size_t i = 0; i < n; i++) {
        if (p[i].at_us >= from_us && p[i].at_us < to_us) {
            s.n += p[i].n;
            s.weight += p[i].weight;
        }
    }
    return s;
}

static double between(struct sum left, struct sum right)
{
    double size = mean(right) - mean(left);

    return left.weight * right.weight / (left.weight + right.weight) * size *
           size;
}

/* Variance around the mean as a sum, and how many points have a value. */
static double all_variance(const struct jump_point *p, size_t n, double center,
                           double *ret_n)
{
    double sum = 0;

    *ret_n = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i].weight > 0) {
            double away = p[i].n / p[i].weight - center;
            sum += p[i].weight * away * away;
            *ret_n += 1;
        }
    }
    return sum;
}

bool jump_find(const struct jump_point *p, size_t n, struct jump *ret)
{
    struct sum all = sum_of(p, 0, n);
    struct sum left = {0, 0};
    struct jump best = {.cut = n};
    double n_values;

    for (size_t i = 0; i + 1 < n; i++) {
        left.n += p[i].n;
        left.weight += p[i].weight;
        struct sum right = {all.n - left.n, all.weight - left.weight};
        if (left.weight < END_MIN * all.weight ||
            right.weight < END_MIN * all.weight ||
            !(left.weight > 0 && right.weight > 0)) {
            continue;
        }
        double explained = between(left, right);
        if (explained > best.between) {
            best.cut = i + 1;
            best.between = explained;
            best.before = mean(left);
            best.size = mean(right) - best.before;
        }
    }
    if (best.cut == n) {
        return false;
    }
    double variance = all_variance(p, n, mean(all), &n_values);
    double rest = fmax(variance - best.between, FLOOR * variance);
    best.noise = n_values > 2 ? rest / (n_values - 2) : rest;
    *ret = best;
    return best.between >= STANDS * best.noise;
}

bool jump_is_step(const struct jump_point *p, size_t n, const struct jump *j,
                  int64_t near_us)
{
    int64_t at_us = p[j->cut].at_us;
    int64_t last_us = p[n - 1].at_us;
    double before = mean(sum_within(p, n, at_us - near_us, at_us));
    double after = mean(sum_within(p, n, at_us, at_us + near_us));
    double last =
        mean(sum_within(p, n, last_us - (last_us - at_us) / 3, INT64_MAX));

    return (after - before) / j->size >= SHARP && /* false of NaN */
           (last - j->before) / j->size >= STAYED;
}

double jump_loss(const struct jump_point *p, size_t n, const struct jump *j,
                 size_t cut)
{
    struct sum left = sum_of(p, 0, cut);
    struct sum right = sum_of(p, cut, n);

    if (!(left.weight > 0 && right.weight > 0)) {
        return (double)INFINITY;
    }
    return (j->between - between(left, right)) / j->noise;
}

size_t jump_begun(const struct jump_point *p, const struct jump *j)
{
    size_t i = j->cut;

    if (i > 1 && p[i - 1].weight > 0 &&
        (p[i - 1].n / p[i - 1].weight - j->before) / j->size >= BEGUN) {
        return i - 1;
    }
    return i;
}
