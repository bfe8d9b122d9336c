/* What a series' past says of its next value: the middle of the last values,
 * and what the same time of day and the same hour of the week have seen.
 *
 * Days are kept in slots of the calendar day (UTC, as the stamps say), as the
 * mean of what fell into each; four weeks of five minutes at most, whatever
 * the series' step.
 *
 * Pure, any thread; no memory but the caller's. */
#ifndef INSIGHT_STAT_SERIES_PAST_H
#define INSIGHT_STAT_SERIES_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The middle of the last `cap` numbers. */
enum { SERIES_RUN_MAX = 576 };
struct series_run {
    double ring[SERIES_RUN_MAX];
    double sorted[SERIES_RUN_MAX];
    size_t cap; /* 1..SERIES_RUN_MAX */
    size_t n;
    size_t at;
};

void series_run_init(struct series_run *r, size_t cap);
void series_run_add(struct series_run *r, double x);
double series_run_median(const struct series_run *r); /* n > 0 */

/* Where earlier values of a season lay; `is_known` when there were enough. */
struct series_band {
    double low;
    double high;
    double median;
    bool is_known;
};

enum {
    SERIES_SLOTS_MAX = 288,         /* of a day */
    SERIES_DAYS = 29,               /* four weeks, and the one that runs */
    SERIES_SLOT_US_MIN = 300000000, /* five minutes */
    SERIES_DAY_SEEN = 7,            /* days that the time of day looks at */
    SERIES_WEEKS_SEEN = 4
};
struct series_days {
    int64_t day[SERIES_DAYS]; /* INT64_MIN: none; else days since 1970 */
    double sum[SERIES_DAYS][SERIES_SLOTS_MAX];
    uint32_t n[SERIES_DAYS][SERIES_SLOTS_MAX];
    unsigned n_slots;
    int64_t slot_us;
    /* The bands of the slot asked for last. */
    int64_t band_day;
    unsigned band_slot;
    struct series_band daily;
    struct series_band weekly;
};

/* series_days_init: step_us is the usual distance of two values, > 0. */
void series_days_init(struct series_days *d, int64_t step_us);
void series_days_add(struct series_days *d, int64_t at_us, double x);

/* series_days_look: sets `daily` and `weekly` to what the days before that of
 * `at_us` saw at its time: a week of days an hour around it, four weeks half
 * an hour around it. */
void series_days_look(struct series_days *d, int64_t at_us);

#endif
