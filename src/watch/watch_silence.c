/* No calls at all: for so many hours as were never without some at that time
 * of day. */
#include "watch/watch_priv.h"

enum {
    BACK_DAYS = 28,
    DAYS_MIN = 7,   /* known, before anything is usual */
    SILENT_MAX = 48 /* hours; longer: as all know by then */
};
#define CALLS_MIN 10

static bool is_unheard_of(const struct watch *w, int hours)
{
    struct watch_sums sums;
    int n_days = 0;

    for (int d = 1; d <= BACK_DAYS; d++) {
        int64_t at = w->hour - (int64_t)d * WATCH_DAY;
        if (!watch_series_window(w->all, at, hours, &sums)) {
            break;
        }
        if (sums.v[HOUR_ATTEMPTS] < CALLS_MIN) {
            return false;
        }
        n_days++;
    }
    return n_days >= DAYS_MIN;
}

int watch_silent_hours(const struct watch *w)
{
    struct watch_sums sums;
    int hours = 0;
    bool is_told = false;

    if (w->first_hour == INT64_MAX) {
        return 0;
    }
    while (hours <= SILENT_MAX &&
           watch_series_window(w->all, w->hour, hours + 1, &sums) &&
           !(sums.v[HOUR_ATTEMPTS] > 0)) {
        hours++;
        is_told = is_told || is_unheard_of(w, hours);
    }
    return is_told && hours <= SILENT_MAX ? hours : 0;
}
