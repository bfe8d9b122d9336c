/* Sums of the last 42 days, hour by hour, so that any window of them is two
 * rows apart: a ring of running totals.  One thread. */
#ifndef WATCH_WATCH_SERIES_H
#define WATCH_WATCH_SERIES_H

#include "query/query_hours.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SERIES_USERS = HOUR_SUMS, /* user-hours */
    SERIES_RUNS,              /* run-hours */
    SERIES_SUMS
};
enum { SERIES_HOURS = 1024 };

struct watch_sums {
    double v[SERIES_SUMS];
};

struct watch_series {
    int64_t first_hour; /* with a call */
    struct watch_sums now;
    struct watch_sums total[SERIES_HOURS]; /* at the end of hour h: [h % N] */
};

struct watch_series *watch_series_new(int64_t hour);
/* watch_series_reach: what `now` has so far counts as the hour, until more is
 * heard of it. */
void watch_series_reach(struct watch_series *s, int64_t hour);
/* watch_series_end: the hour is over; what `now` has counts into it. */
void watch_series_end(struct watch_series *s, int64_t hour);
/* watch_series_window: the sums of the n hours up to and with `hour`, which is
 * not after the last that ended.  False when it reaches before the first or
 * behind what is kept. */
bool watch_series_window(const struct watch_series *s, int64_t hour, int n,
                         struct watch_sums *ret);

/* The same of calls alone, for a feature's models: counts that wrap. */
struct watch_calls {
    uint32_t attempts, ok;
};
struct watch_cell {
    uint32_t feature, model;
    struct watch_calls now;
    /* Apart: the models' shares ask for `ok` alone, of many hours. */
    uint32_t ok[SERIES_HOURS], attempts[SERIES_HOURS];
};
void watch_cell_reach(struct watch_cell *c, int64_t hour);
void watch_cell_end(struct watch_cell *c, int64_t hour);
struct watch_calls watch_cell_window(const struct watch_cell *c, int64_t hour,
                                     int n);
static inline uint32_t watch_cell_ok(const struct watch_cell *c, int64_t hour,
                                     int n)
{
    return c->ok[(uint64_t)hour % SERIES_HOURS] -
           c->ok[(uint64_t)(hour - n) % SERIES_HOURS];
}

#endif
