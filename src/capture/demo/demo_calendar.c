#include "capture/demo/demo_calendar.h"

#include "base/attr.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/utc.h"

#include <stdio.h>

#define US_PER_WEEK        (7 * UTC_US_PER_DAY)
#define GROWTH_A_DAY       0.0015 /* of the start: about 1 % a week */
#define DAY_NOISE          0.04   /* standard deviations, relative */
#define HOUR_NOISE         0.12
#define NEWEST_RELEASE_DAY 1
#define RELEASE_HOUR       9

/* Percent of the busiest hour, by hour of UTC: desks in Europe.  The shops'
 * own customers come later and stay up; reports are made before dawn. */
static const uint8_t hours[DEMO_RHYTHM__COUNT][24] = {
    [DEMO_RHYTHM_OFFICE] = {1,  1,  1,  1,  2,  6,  25, 60, 90, 100, 98, 88,
                            75, 85, 95, 92, 80, 55, 30, 18, 12, 8,   4,  2},
    [DEMO_RHYTHM_SHOPPING] = {10, 6,  4,  3,  3,  5,  12, 28,  45, 58, 64, 66,
                              68, 70, 72, 74, 78, 84, 92, 100, 95, 75, 45, 22},
    [DEMO_RHYTHM_NIGHTLY] = {0, 20, 100, 90, 35, 0, 0, 0, 0, 0, 0, 0,
                             0, 0,  0,   0,  0,  0, 0, 0, 0, 0, 0, 0},
    [DEMO_RHYTHM_STEADY] = {60, 60, 60, 60, 60, 60, 65, 75, 90, 100, 100, 95,
                            90, 95, 95, 95, 90, 80, 70, 65, 60, 60,  60,  60},
};

/* Percent of an ordinary day, from Monday. */
static const uint8_t weekdays[DEMO_RHYTHM__COUNT][7] = {
    [DEMO_RHYTHM_OFFICE] = {108, 106, 104, 100, 92, 38, 32},
    [DEMO_RHYTHM_SHOPPING] = {96, 92, 92, 94, 100, 112, 116},
    [DEMO_RHYTHM_NIGHTLY] = {100, 100, 100, 100, 100, 100, 100},
    [DEMO_RHYTHM_STEADY] = {100, 100, 100, 100, 100, 70, 65},
};

static double week_of(enum demo_rhythm rhythm)
{
    unsigned day = 0;
    unsigned week = 0;

    for (int i = 0; i < 24; i++) {
        day += hours[rhythm][i];
    }
    for (int i = 0; i < 7; i++) {
        week += weekdays[rhythm][i];
    }
    return (double)day * week;
}

struct demo_calendar demo_calendar_make(uint64_t seed, int64_t end_us, int days)
{
    struct demo_calendar c = {
        .seed = seed,
        .start_us = end_us - days * UTC_US_PER_DAY,
        .end_us = end_us,
        .last_day = num_floor_div(end_us - 1, UTC_US_PER_DAY),
    };

    for (int i = DEMO_RHYTHM_OFFICE; i < DEMO_RHYTHM__COUNT; i++) {
        c.week[i] = week_of((enum demo_rhythm)i);
    }
    return c;
}

int64_t demo_calendar_us(const struct demo_calendar *c, int days, int hour,
                         int minute)
{
    return (c->last_day - days) * UTC_US_PER_DAY + hour * UTC_US_PER_HOUR +
           minute * UTC_US_PER_MINUTE;
}

double demo_calendar_growth(const struct demo_calendar *c, int64_t ts_us)
{
    double days = (double)(ts_us - c->start_us) / (double)UTC_US_PER_DAY;

    return 1.0 + GROWTH_A_DAY * days;
}

/* Mean 0, deviation 1, nearly normal, never beyond 3.5: four uniform numbers
 * out of one hash, so that no function of libm decides a count. */
static double bell(uint64_t seed, uint64_t what, uint64_t when)
{
    const uint64_t key[2] = {what, when};
    uint64_t bits = hash_64(key, sizeof key, seed);
    double sum = 0.0;

    for (int i = 0; i < 4; i++) {
        sum += (double)(bits & 0xffff) / 65536.0;
        bits >>= 16;
    }
    return (sum - 2.0) * 1.7320508075688772; /* sqrt(3) */
}

double demo_calendar_weight(const struct demo_calendar *c,
                            enum demo_feature feature, int64_t hour_us)
{
    const struct demo_feature_row *row = &demo_feature_table[feature];
    int64_t hour = num_floor_div(hour_us, UTC_US_PER_HOUR);
    int64_t day = num_floor_div(hour, 24);
    unsigned percent_of_day = hours[row->rhythm][hour - 24 * day];
    /* 1970-01-01 was a Thursday. */
    unsigned percent = weekdays[row->rhythm][(day + 3) % 7];
    uint64_t what = (uint64_t)feature * 2;
    double noise = 1.0 + DAY_NOISE * bell(c->seed, what, (uint64_t)day) +
                   HOUR_NOISE * bell(c->seed, what + 1, (uint64_t)hour);

    return row->volume * percent_of_day * percent / c->week[row->rhythm] *
           noise * demo_calendar_growth(c, hour_us);
}

int64_t demo_release_us(const struct demo_calendar *c, int release)
{
    return demo_calendar_us(c, NEWEST_RELEASE_DAY + 7 * release, RELEASE_HOUR,
                            0);
}

int demo_release_at(const struct demo_calendar *c, int64_t ts_us)
{
    int64_t newest_us = demo_release_us(c, 0);

    if (ts_us >= newest_us) {
        return 0;
    }
    return (int)((newest_us - ts_us - 1) / US_PER_WEEK) + 1;
}

size_t demo_release_text(const struct demo_calendar *c, int release,
                         char text[DEMO_RELEASE_TEXT_MAX])
{
    int64_t day = num_floor_div(demo_release_us(c, release), UTC_US_PER_DAY);
    int year;
    int month;
    int mday;

    utc_civil(day, &year, &month, &mday);
    int n = snprintf(text, DEMO_RELEASE_TEXT_MAX, "%d.%d.%d", year, month,
                     (mday - 1) / 7 + 1);
    return n > 0 ? (size_t)n : 0;
}
