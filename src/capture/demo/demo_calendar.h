/* When things happen in the demo company: the rhythm of day and week, its
 * growth, the noise on both, and the weekly releases.  All of it is a pure
 * function of the seed and the end, so that any hour can be asked for in any
 * order.  No libm: how many calls there are is the same on every machine.
 *
 * Days are those of UTC.  "The last day" is the one with the last
 * microsecond before the end; everything planted counts back from it. */
#ifndef CAPTURE_DEMO_CALENDAR_H
#define CAPTURE_DEMO_CALENDAR_H

#include "base/str.h"
#include "capture/demo/demo_cast.h"

#include <stddef.h>
#include <stdint.h>

struct demo_calendar {
    uint64_t seed;
    int64_t start_us;
    int64_t end_us;
    int64_t last_day;                /* since 1970 */
    double week[DEMO_RHYTHM__COUNT]; /* all hours of one, of each rhythm */
};

#define DEMO_RELEASE_TEXT_MAX 40

struct demo_calendar demo_calendar_make(uint64_t seed, int64_t end_us,
                                        int days);

/* demo_calendar_us: `days` before the last day, at that hour and minute. */
int64_t demo_calendar_us(const struct demo_calendar *c, int days, int hour,
                         int minute);

/* demo_calendar_growth: 1 at the start, about 1 % more each week. */
double demo_calendar_growth(const struct demo_calendar *c, int64_t ts_us);

/* demo_calendar_weight: how busy a feature is in the hour that begins at
 * `hour_us`, growth and noise included; 0 for never. */
double demo_calendar_weight(const struct demo_calendar *c,
                            enum demo_feature feature, int64_t hour_us);

/* Releases are numbered backwards: 0 is the newest, one day before the last
 * day at 09:00, and each is a week older.
 * demo_release_at: the one in use at that time. */
int demo_release_at(const struct demo_calendar *c, int64_t ts_us);
int64_t demo_release_us(const struct demo_calendar *c, int release);
/* demo_release_text: "2026.11.2", the month's second; returns its length. */
size_t demo_release_text(const struct demo_calendar *c, int release,
                         char text[DEMO_RELEASE_TEXT_MAX]);

#endif
