/* The counters of one budget: one, or one for each value of its `per`.
 *
 * They are of the period under way; what a call bears of the next is kept
 * apart until that begins.  A rolling window is counted in parts, of which
 * the oldest counts until it has left the window whole.
 *
 * Of more than LIMIT_BUDGET_VALUES_MAX values the idle ones are folded into a
 * sketch (Cormode and Muthukrishnan, "An improved data stream summary: the
 * count-min sketch", J. Algorithms 55, 2005, section 3): a value that comes
 * back begins with what the sketch says, which is never less than it spent.
 *
 * Not locked; no clock.  A counter is good until the next budget_tally_get or
 * budget_tallies_at. */
#ifndef BUDGET_BUDGET_TALLY_H
#define BUDGET_BUDGET_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct budget_ring;
struct budget_sketch;

struct budget_tally {
    uint64_t hash; /* of the value; 0: a free place */
    int64_t used;
    int64_t early; /* of the next period */
    int64_t reserved;
    uint32_t n_reserved;
    bool is_recent; /* used since the last eviction looked */
    struct budget_ring *ring;
};

struct budget_tallies {
    struct budget_tally *slot;
    size_t n;
    size_t cap; /* a power of two */
    size_t max;
    int64_t window_us; /* 0: a period of the calendar */
    int64_t width_us;  /* of a part */
    int64_t from_us;   /* the period under way, or of a rolling window the */
    int64_t to_us;     /* aligned one, for telling once what was reached */
    struct budget_sketch *sketch;
    struct budget_sketch *sketch_before; /* of the rolling window before */
};

/* budget_tallies_init: `max` values; a rolling window or 0. */
void budget_tallies_init(struct budget_tallies *t, size_t max,
                         int64_t window_us);
void budget_tallies_fini(struct budget_tallies *t);

/* budget_tallies_at: a new period has begun. */
void budget_tallies_at(struct budget_tallies *t, int64_t from_us,
                       int64_t to_us);

/* budget_tally_find: NULL when nothing is known of the value.
 * budget_tally_get: makes one. */
struct budget_tally *budget_tally_find(struct budget_tallies *t, uint64_t hash);
struct budget_tally *budget_tally_get(struct budget_tallies *t, uint64_t hash);

/* budget_tally_used: what counts at `now_us`; 0 for NULL.
 * budget_tally_add: `amount` of a call made at `ts_us`: gives whether it
 * counts now. */
int64_t budget_tally_used(const struct budget_tallies *t,
                          struct budget_tally *y, int64_t now_us);
bool budget_tally_add(const struct budget_tallies *t, struct budget_tally *y,
                      int64_t amount, int64_t ts_us, int64_t now_us);

/* budget_sum: a + b, at most INT64_MAX. */
int64_t budget_sum(int64_t a, int64_t b);

#endif
