#include "insight/stat/series_past.h"

#include "base/num.h"

#include <math.h>
#include <string.h>

#define HOUR_US INT64_C(3600000000)
#define DAY_US  (24 * HOUR_US)
/* An hour either way, so that clocks put forward or back, and jobs that start
 * a little late, are no news. */
#define DAILY_REACH  12
#define WEEKLY_REACH 6
#define SEEN_MAX     (SERIES_DAY_SEEN * (2 * DAILY_REACH + 1))

/* Index of the first that is not below x. */
static size_t place_of(const double *sorted, size_t n, double x)
{
    size_t low = 0;

    while (low < n) {
        size_t mid = low + (n - low) / 2;
        if (sorted[mid] < x) {
            low = mid + 1;
        } else {
            n = mid;
        }
    }
    return low;
}

void series_run_init(struct series_run *r, size_t cap)
{
    r->cap = cap;
    r->n = 0;
    r->at = 0;
}

void series_run_add(struct series_run *r, double x)
{
    double *s = r->sorted;

    if (r->n == r->cap) {
        size_t i = place_of(s, r->n, r->ring[r->at]);
        r->n--;
        memmove(s + i, s + i + 1, (r->n - i) * sizeof *s);
    }
    size_t i = place_of(s, r->n, x);
    memmove(s + i + 1, s + i, (r->n - i) * sizeof *s);
    s[i] = x;
    r->n++;
    r->ring[r->at] = x;
    r->at = (r->at + 1) % r->cap;
}

double series_run_median(const struct series_run *r)
{
    size_t half = r->n / 2;

    return r->n % 2 == 1 ? r->sorted[half]
                         : 0.5 * (r->sorted[half - 1] + r->sorted[half]);
}

void series_days_init(struct series_days *d, int64_t step_us)
{
    int64_t slot_us =
        step_us > SERIES_SLOT_US_MIN ? step_us : SERIES_SLOT_US_MIN;

    *d = (struct series_days){.n_slots = 1, .band_day = INT64_MIN};
    if (slot_us < DAY_US) {
        d->n_slots = (unsigned)(DAY_US / slot_us);
    }
    d->slot_us = DAY_US / d->n_slots;
    for (size_t i = 0; i < SERIES_DAYS; i++) {
        d->day[i] = INT64_MIN;
    }
}

static size_t row_of(int64_t day)
{
    return (size_t)(((day % SERIES_DAYS) + SERIES_DAYS) % SERIES_DAYS);
}

static unsigned slot_of(const struct series_days *d, int64_t at_us, int64_t day)
{
    int64_t slot = (at_us - day * DAY_US) / d->slot_us;

    return slot < d->n_slots ? (unsigned)slot : d->n_slots - 1;
}

void series_days_add(struct series_days *d, int64_t at_us, double x)
{
    int64_t day = num_floor_div(at_us, DAY_US);
    unsigned slot = slot_of(d, at_us, day);
    size_t row = row_of(day);

    if (d->day[row] != day) {
        d->day[row] = day;
        memset(d->sum[row], 0, sizeof d->sum[row]);
        memset(d->n[row], 0, sizeof d->n[row]);
    }
    d->sum[row][slot] += x;
    d->n[row][slot]++;
}

/* The slots within `reach` of that one, into `seen`; how many had values. */
static size_t gather(const struct series_days *d, int64_t day, int slot,
                     int reach, double *seen)
{
    size_t n = 0;
    int n_slots = (int)d->n_slots;

    for (int s = slot - reach; s <= slot + reach; s++) {
        int over = s < 0 ? -1 : s >= n_slots;
        size_t row = row_of(day + over);
        int at = s - over * n_slots;
        if (d->day[row] == day + over && d->n[row][at] > 0) {
            seen[n++] = d->sum[row][at] / d->n[row][at];
        }
    }
    return n;
}

/* Puts the k-th smallest at its place, none larger before it and none smaller
 * behind (Hoare 1961): sorting whole took most of a score's time. */
static void select_kth(double *x, int n, int k)
{
    int first = 0;
    int last = n - 1;

    while (first < last) {
        double pivot = x[k];
        int i = first;
        int j = last;
        while (i <= j) {
            while (x[i] < pivot) {
                i++;
            }
            while (pivot < x[j]) {
                j--;
            }
            if (i <= j) {
                double swap = x[i];
                x[i++] = x[j];
                x[j--] = swap;
            }
        }
        first = j < k ? i : first;
        last = k < i ? j : last;
    }
}

static void band_of(double *seen, size_t n, int reach, struct series_band *ret)
{
    /* Two seasons, but for one value. */
    ret->is_known = n >= 2 * (2 * (size_t)reach + 1) - 1;
    if (!ret->is_known) {
        return;
    }
    size_t half = n / 2;
    select_kth(seen, (int)n, (int)half);
    ret->low = ret->high = ret->median = seen[half];
    double below = -INFINITY; /* the largest before the middle */
    for (size_t i = 0; i < n; i++) {
        ret->low = fmin(ret->low, seen[i]);
        ret->high = fmax(ret->high, seen[i]);
        below = i < half ? fmax(below, seen[i]) : below;
    }
    if (n % 2 == 0) {
        ret->median = 0.5 * (below + seen[half]);
    }
}

/* How many slots of this series are `us`. */
static int slots_in(const struct series_days *d, int64_t us, int most)
{
    int64_t n = (us + d->slot_us / 2) / d->slot_us;

    return n > most ? most : (int)n;
}

void series_days_look(struct series_days *d, int64_t at_us)
{
    double seen[SEEN_MAX];
    int64_t day = num_floor_div(at_us, DAY_US);
    unsigned slot = slot_of(d, at_us, day);

    if (d->band_day == day && d->band_slot == slot) {
        return;
    }
    d->band_day = day;
    d->band_slot = slot;
    int reach = slots_in(d, HOUR_US, DAILY_REACH);
    size_t n = 0;
    for (int k = 1; k <= SERIES_DAY_SEEN; k++) {
        n += gather(d, day - k, (int)slot, reach, seen + n);
    }
    band_of(seen, n, reach, &d->daily);
    reach = slots_in(d, HOUR_US / 2, WEEKLY_REACH);
    n = 0;
    for (int k = 1; k <= SERIES_WEEKS_SEEN; k++) {
        n += gather(d, day - 7 * k, (int)slot, reach, seen + n);
    }
    band_of(seen, n, reach, &d->weekly);
}
