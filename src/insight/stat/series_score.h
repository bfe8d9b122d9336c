/* How unusual each value of a plain series is, told as it comes: 0 to 1, from
 * nothing but the values before it.
 *
 * Seven views of a value (itself, its distance from the last hour, from its
 * time of day and its hour of the week, the last hour's and six hours' mean
 * error, the six hours' spread) are each held against their own past
 * (series_tail.h); the largest surprise counts, unless a like alarm was just
 * raised.  docs/methods.md, "detect", has the reasons and what was measured.
 *
 * One thread an object; pure, memory fixed at the start (about 150 KiB). */
#ifndef INSIGHT_STAT_SERIES_SCORE_H
#define INSIGHT_STAT_SERIES_SCORE_H

#include <stdint.h>

struct series_score;

/* Larger ones, whose squares do not fit, are the caller's to refuse. */
#define SERIES_VALUE_MAX 1e100

struct series_score *series_score_new(void);
void series_score_free(struct series_score **s);

/* series_score_add: the score of the next value, 0..1.  A half is what calm
 * noise shows once in about 5,000 values (measured; docs/benchmarks.md).
 *   at_us  UTC; may be equal to the one before, or before it
 *   value  finite, at most SERIES_VALUE_MAX either side of 0 */
double series_score_add(struct series_score *s, int64_t at_us, double value);

#endif
