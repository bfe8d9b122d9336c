#include "ref/ledger_priv.h"

#include <stdio.h>
#include <time.h>

#include "base/attr.h"
#include "base/check.h"

#define SECOND INT64_C(1000000)
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)

/* ---- the calendar ---- */

static int64_t floor_to(int64_t x, int64_t unit)
{
    int64_t rest = x % unit;

    return x - (rest < 0 ? rest + unit : rest);
}

static struct tm civil(int64_t us)
{
    time_t seconds = (time_t)(floor_to(us, SECOND) / SECOND);
    struct tm tm;

    CHECK(gmtime_r(&seconds, &tm) != NULL);
    return tm;
}

static int64_t date(int year, int month, int day)
{
    struct tm tm = {
        .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};

    return (int64_t)timegm(&tm) * SECOND;
}

/* The first such weekday (0 is Sunday) at or after a date. */
static int64_t weekday_from(int weekday, int year, int month, int day)
{
    int64_t us = date(year, month, day);

    while (civil(us).tm_wday != weekday) {
        us += DAY;
    }
    return us;
}

static int64_t last_weekday(int weekday, int year, int month, int n_days)
{
    int64_t us = date(year, month, n_days);

    while (civil(us).tm_wday != weekday) {
        us -= DAY;
    }
    return us;
}

/* ---- zones by hand ---- */

static int64_t utc(int64_t us)
{
    (void)us;
    return 0;
}

static int64_t kolkata(int64_t us)
{
    (void)us;
    return 5 * HOUR + HOUR / 2;
}

static int64_t kathmandu(int64_t us)
{
    (void)us;
    return 5 * HOUR + 3 * HOUR / 4;
}

/* Last Sundays of March and October, 01:00 UTC. */
static int64_t berlin(int64_t us)
{
    int y = civil(us).tm_year + 1900;
    int64_t begins = last_weekday(0, y, 3, 31) + HOUR;
    int64_t ends = last_weekday(0, y, 10, 31) + HOUR;

    return us >= begins && us < ends ? 2 * HOUR : HOUR;
}

/* Second Sunday of March, first of November, 02:00 by the clock. */
static int64_t new_york(int64_t us)
{
    int y = civil(us).tm_year + 1900;
    int64_t begins = weekday_from(0, y, 3, 8) + 7 * HOUR;
    int64_t ends = weekday_from(0, y, 11, 1) + 6 * HOUR;

    return us >= begins && us < ends ? -4 * HOUR : -5 * HOUR;
}

/* First Sundays of October and April, 02:00 by the clock, by half an hour. */
static int64_t lord_howe(int64_t us)
{
    int y = civil(us).tm_year + 1900;
    int64_t begins = weekday_from(0, y, 10, 1) - 8 * HOUR - HOUR / 2;
    int64_t ends = weekday_from(0, y, 4, 1) - 9 * HOUR;

    return us >= ends && us < begins ? 10 * HOUR + HOUR / 2 : 11 * HOUR;
}

/* Sundays from the 2nd of September and April, 24:00 of the Saturday by
 * standard time: there is no midnight in spring. */
static int64_t santiago(int64_t us)
{
    int y = civil(us).tm_year + 1900;
    int64_t begins = weekday_from(0, y, 9, 2) + 4 * HOUR;
    int64_t ends = weekday_from(0, y, 4, 2) + 3 * HOUR;

    return us >= ends && us < begins ? -4 * HOUR : -3 * HOUR;
}

/* Last Friday of April at 00:00, last Thursday of October at 24:00. */
static int64_t cairo(int64_t us)
{
    int y = civil(us).tm_year + 1900;
    int64_t begins = last_weekday(5, y, 4, 30) - 2 * HOUR;
    int64_t ends = last_weekday(4, y, 10, 31) + 21 * HOUR;

    return us >= begins && us < ends ? 3 * HOUR : 2 * HOUR;
}

const char *const ledger_zones[] = {
    "UTC",           "Asia/Kolkata",     "Asia/Kathmandu",
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
    "Africa/Cairo",  "America/Santiago",
};
static int64_t (*const zone_offsets[])(int64_t us) = {
    utc, kolkata, kathmandu, berlin, new_york, lord_howe, cairo, santiago,
};
const size_t ledger_n_zones = ARRAY_N(ledger_zones);

static int64_t offset_in(struct str zone, int64_t us)
{
    for (size_t i = 0; i < ledger_n_zones; i++) {
        if (str_eq(zone, str_from_cz(ledger_zones[i]))) {
            return zone_offsets[i](us);
        }
    }
    CHECK(false);
}

int64_t ledger_offset_us(const char *zone, int64_t us)
{
    return offset_in(str_from_cz(zone), us);
}

int64_t ledger_interval(const struct query *q, int64_t us, char text[40])
{
    int64_t offset = offset_in(q->timezone, us);
    int64_t local = us + offset;
    struct tm tm = civil(local);

    switch (q->interval) {
    case INTERVAL_NONE:
        CHECK(false);
    case INTERVAL_HOUR: {
        int64_t start = floor_to(local, HOUR) - offset;
        while (offset_in(q->timezone, start) != offset) {
            start += 60 * SECOND;
        }
        tm = civil(start + offset);
        size_t n = strftime(text, 40, "%Y-%m-%dT%H:%M:%S", &tm);
        int64_t minutes = offset / (60 * SECOND);
        int64_t abs = minutes < 0 ? -minutes : minutes;
        if (offset == 0) {
            (void)snprintf(text + n, 40 - n, "Z");
        } else {
            (void)snprintf(text + n, 40 - n, "%c%02d:%02d",
                           minutes < 0 ? '-' : '+', (int)(abs / 60),
                           (int)(abs % 60));
        }
        return start;
    }
    case INTERVAL_DAY:
        local = floor_to(local, DAY);
        break;
    case INTERVAL_WEEK:
        local = floor_to(local, DAY);
        while (civil(local).tm_wday != 1) {
            local -= DAY;
        }
        break;
    case INTERVAL_MONTH:
        local = date(tm.tm_year + 1900, tm.tm_mon + 1, 1);
        break;
    }
    tm = civil(local);
    CHECK(strftime(text, 40, "%Y-%m-%d", &tm) > 0);
    return local;
}
