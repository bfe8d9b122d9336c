/* A series that jumps once: where, by how much, and how sure that is.  Points
 * are quotients (tokens of an hour over its requests), each weighed by its
 * divisor.  Pure, any thread. */
#ifndef INSIGHT_JUMP_H
#define INSIGHT_JUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jump_point {
    int64_t at_us; /* rising */
    double n, weight;
};

struct jump {
    size_t cut;          /* the first point behind it */
    double before, size; /* the mean until then, and what was added to it */
    double between;      /* variance that the cut explains, as a sum */
    double noise;        /* variance of a point that it does not */
};

/* jump_find: the cut in two that explains most of the variance; false when no
 * cut stands out of the noise, or it is nearer to an end than one part in
 * fifty of all weight. */
bool jump_find(const struct jump_point *p, size_t n, struct jump *ret);

/* jump_is_step: it jumped within `near_us`, and what followed stayed: neither
 * a slow rise nor a peak. */
bool jump_is_step(const struct jump_point *p, size_t n, const struct jump *j,
                  int64_t near_us);

/* jump_loss: how much worse a cut explains the series than the best, in
 * variances of a point: below JUMP_ALIKE the points cannot tell the two apart.
 */
double jump_loss(const struct jump_point *p, size_t n, const struct jump *j,
                 size_t cut);
#define JUMP_ALIKE 8.0

/* jump_begun: the point before the cut when it lies in between, as a day does
 * in the middle of which it jumped; else the cut. */
size_t jump_begun(const struct jump_point *p, const struct jump *j);

#endif
