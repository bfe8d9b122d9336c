#include "query/period.h"

#include <stdbool.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"
#include "base/near.h"
#include "base/num.h"
#include "base/utc.h"
#include "base/why.h"
#include "base/zone.h"
#include "event/event_check.h"

enum {
    DAYS_PER_WEEK = 7,
    /* Days since 1970-01-01, a Thursday, plus this: days since a Monday. */
    MONDAY_SHIFT = 3,
    COUNT_MAX = 100000, /* of the N in Nd and Nh */
    WORD_SHOWN_BYTES = 48
};

struct period_zone {
    struct zone *zone;
    const struct zone_span *span; /* the zone's */
    size_t n_spans;
};

/* ---- zones ---- */

/* People write the city, or the name in small letters. */
static void offer_zone(void *arg, struct str name)
{
    struct near *near = arg;
    struct str rest = name;
    struct str part = STR_EMPTY;

    near_offer(near, name);
    while (str_cut(&rest, '/', &part)) {
    }
    near_offer_part(near, part, name);
}

static enum rc unknown_zone(struct str name, struct why *why)
{
    struct near near;

    near_init(&near, name);
    zone_each_name(offer_zone, &near);
    return near_unknown(&near, "time zone",
                        "names are like Europe/Berlin or UTC", why);
}

enum rc period_zone_open(struct str name, struct period_zone **ret_zone,
                         struct why *why)
{
    struct zone *zone = NULL;
    enum rc rc = zone_open(name, &zone, why);

    if (rc == RC_NOT_FOUND) {
        return unknown_zone(name, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    struct period_zone *z = mem_alloc(sizeof(*z));
    z->zone = zone;
    z->span = zone_spans(zone, &z->n_spans);
    *ret_zone = z;
    return RC_OK;
}

void period_zone_close(struct period_zone **zone)
{
    if (zone != NULL && *zone != NULL) {
        zone_close(&(*zone)->zone);
        mem_free(*zone);
        *zone = NULL;
    }
}

int64_t period_offset_us(const struct period_zone *zone, int64_t us)
{
    return zone->span[zone_span_at(zone->zone, us)].offset_us;
}

enum rc period_spans(const struct period_zone *zone, int64_t from_us,
                     int64_t to_us, struct arena *out,
                     struct period_span **ret_spans, size_t *ret_n,
                     struct why *why)
{
    size_t first = zone_span_at(zone->zone, from_us);
    size_t n = 1;

    while (first + n < zone->n_spans && zone->span[first + n].from_us < to_us) {
        n++;
    }
    struct period_span *spans = arena_array(out, n, sizeof(*spans));
    if (spans == NULL) {
        return why_set(why, RC_LIMIT, "no room for the time zone's changes");
    }
    for (size_t i = 0; i < n; i++) {
        spans[i].from_us = i == 0 ? from_us : zone->span[first + i].from_us;
        spans[i].offset_us = zone->span[first + i].offset_us;
    }
    *ret_spans = spans;
    *ret_n = n;
    return RC_OK;
}

/* ---- beginnings ---- */

/* The first instant at which clocks show that midnight or later. */
int64_t period_of_date(const struct period_zone *zone, int64_t day)
{
    const struct zone_span *span = zone->span;
    int64_t midnight_us = day * UTC_US_PER_DAY;
    /* No clock is two days ahead of UTC. */
    size_t i = zone_span_at(zone->zone, midnight_us - 2 * UTC_US_PER_DAY);

    while (i + 1 < zone->n_spans &&
           span[i + 1].from_us + span[i].offset_us <= midnight_us) {
        i++;
    }
    int64_t us = midnight_us - span[i].offset_us;
    return us > span[i].from_us ? us : span[i].from_us;
}

/* The local day that holds `us`: the last one that has begun.  Clocks set back
 * over midnight do not bring the day before back. */
static int64_t day_of(const struct period_zone *zone, int64_t us)
{
    int64_t day =
        num_floor_div(us + period_offset_us(zone, us), UTC_US_PER_DAY);

    while (period_of_date(zone, day + 1) <= us) {
        day++;
    }
    return day;
}

/* The interval of whole days that holds `day`: its first day, and the first
 * after it. */
static void days_of(enum interval interval, int64_t day, int64_t *ret_first,
                    int64_t *ret_after)
{
    int year, month, of_month;

    switch (interval) {
    case INTERVAL_NONE:
    case INTERVAL_HOUR:
        break;
    case INTERVAL_DAY:
        *ret_first = day;
        *ret_after = day + 1;
        return;
    case INTERVAL_WEEK:
        *ret_first =
            num_floor_div(day + MONDAY_SHIFT, DAYS_PER_WEEK) * DAYS_PER_WEEK -
            MONDAY_SHIFT;
        *ret_after = *ret_first + DAYS_PER_WEEK;
        return;
    case INTERVAL_MONTH:
        utc_civil(day, &year, &month, &of_month);
        *ret_first = utc_day(year, month, 1);
        *ret_after = utc_day(year, month + 1, 1);
        return;
    }
    CHECK(false);
}

/* The local clock's hour that holds `us`, cut where clocks change. */
static void hour_of(const struct period_zone *zone, int64_t us,
                    int64_t *ret_start_us, int64_t *ret_next_us)
{
    size_t i = zone_span_at(zone->zone, us);
    const struct zone_span *span = &zone->span[i];
    int64_t local_us = us + span->offset_us;
    int64_t start_us =
        num_floor_div(local_us, UTC_US_PER_HOUR) * UTC_US_PER_HOUR -
        span->offset_us;
    int64_t next_us = start_us + UTC_US_PER_HOUR;

    if (start_us < span->from_us) {
        start_us = span->from_us;
    }
    if (i + 1 < zone->n_spans && next_us > span[1].from_us) {
        next_us = span[1].from_us;
    }
    *ret_start_us = start_us;
    *ret_next_us = next_us;
}

static void bounds_of(const struct period_zone *zone, enum interval interval,
                      int64_t us, int64_t *ret_start_us, int64_t *ret_next_us)
{
    int64_t first, after;

    if (interval == INTERVAL_HOUR) {
        hour_of(zone, us, ret_start_us, ret_next_us);
        return;
    }
    days_of(interval, day_of(zone, us), &first, &after);
    *ret_start_us = period_of_date(zone, first);
    *ret_next_us = period_of_date(zone, after);
}

int64_t period_start(const struct period_zone *zone, enum interval interval,
                     int64_t us)
{
    int64_t start_us, next_us;

    bounds_of(zone, interval, us, &start_us, &next_us);
    return start_us;
}

int64_t period_next(const struct period_zone *zone, enum interval interval,
                    int64_t us)
{
    int64_t start_us, next_us;

    bounds_of(zone, interval, us, &start_us, &next_us);
    return next_us;
}

/* ---- text ---- */

void period_add_time(const struct period_zone *zone, int64_t us, struct buf *b)
{
    int64_t offset_us = period_offset_us(zone, us);
    struct buf local;

    /* RFC 3339 has no seconds in offsets, which some clocks had until 1972. */
    if (offset_us % UTC_US_PER_MINUTE != 0) {
        offset_us = 0;
    }
    if (offset_us == 0) {
        utc_add_text(b, us);
        return;
    }
    int64_t minutes =
        (offset_us < 0 ? -offset_us : offset_us) / UTC_US_PER_MINUTE;
    buf_init(&local, 64);
    utc_add_text(&local, us + offset_us);
    buf_str(b, str_sub(buf_view(&local), 0, local.n - 1)); /* not the Z */
    buf_fmt(b, "%c%02d:%02d", offset_us < 0 ? '-' : '+', (int)(minutes / 60),
            (int)(minutes % 60));
    buf_fini(&local);
}

void period_add_text(const struct period_zone *zone, enum interval interval,
                     int64_t us, struct buf *b)
{
    if (interval == INTERVAL_HOUR) {
        period_add_time(zone, us, b);
    } else {
        utc_add_date(b, day_of(zone, us));
    }
}

static struct str shown(struct str word)
{
    return str_utf8_cut(word, WORD_SHOWN_BYTES);
}

enum rc period_parse_time(const struct period_zone *zone, struct str text,
                          int64_t *ret_us, struct why *why)
{
    int64_t day = 0;
    int64_t us = 0;
    bool is_date = utc_parse_date(text, &day) == RC_OK;

    if (!is_date && utc_parse(text, false, &us) != RC_OK) {
        return why_set(why, RC_INVALID,
                       "\"%.*s\" is no date (2026-11-01) and no time with its "
                       "offset (2026-11-01T09:00:00Z; in a URL + is %%2B)",
                       STR_ARG(shown(text)));
    }
    if (is_date) {
        us = period_of_date(zone, day);
    }
    if (us < PERIOD_MIN_US || us >= PERIOD_MAX_US) {
        return why_set(why, RC_RANGE, "%.*s is not within 1970 to 2199",
                       STR_ARG(shown(text)));
    }
    *ret_us = us;
    return RC_OK;
}

/* ---- ranges ---- */

struct named_range {
    struct str name;
    enum interval interval;
    bool is_last; /* the one before the one that now is */
};

static const struct named_range named_ranges[] = {
    {STR_INIT("today"), INTERVAL_DAY, false},
    {STR_INIT("yesterday"), INTERVAL_DAY, true},
    {STR_INIT("this-week"), INTERVAL_WEEK, false},
    {STR_INIT("last-week"), INTERVAL_WEEK, true},
    {STR_INIT("this-month"), INTERVAL_MONTH, false},
    {STR_INIT("last-month"), INTERVAL_MONTH, true},
};

static enum rc unknown_range(struct str text, struct why *why)
{
    struct near near;

    near_init(&near, text);
    for (size_t i = 0; i < ARRAY_N(named_ranges); i++) {
        near_offer(&near, named_ranges[i].name);
    }
    near_offer(&near, STR("all"));
    return near_unknown(&near, "range",
                        "ranges are like 7d, 24h, today, this-week, "
                        "last-month or all",
                        why);
}

/* "30d", "24h" */
static bool is_count(struct str text, int64_t *ret_n)
{
    struct str digits = str_sub(text, 0, text.n == 0 ? 0 : text.n - 1);

    return digits.n > 0 && digits.p[0] >= '0' && digits.p[0] <= '9' &&
           (str_ends(text, STR("d")) || str_ends(text, STR("h"))) &&
           str_to_i64(digits, ret_n) == RC_OK;
}

static enum rc parse_count(const struct period_zone *zone, struct str text,
                           int64_t n, int64_t now_us, int64_t *ret_from_us,
                           struct why *why)
{
    if (n < 1 || n > COUNT_MAX) {
        return why_set(why, RC_RANGE, "%.*s: from 1 to %d can be asked for",
                       STR_ARG(shown(text)), COUNT_MAX);
    }
    int64_t from_us = str_ends(text, STR("d"))
                          ? period_of_date(zone, day_of(zone, now_us) - (n - 1))
                          : period_start(zone, INTERVAL_HOUR,
                                         now_us - (n - 1) * UTC_US_PER_HOUR);
    *ret_from_us = from_us > PERIOD_MIN_US ? from_us : PERIOD_MIN_US;
    return RC_OK;
}

enum rc period_parse_range(const struct period_zone *zone, struct str text,
                           int64_t now_us, int64_t *ret_from_us,
                           int64_t *ret_to_us, struct why *why)
{
    int64_t n;

    if (str_eq(text, STR("all"))) {
        /* Calls are taken up to an hour ahead of the clock. */
        *ret_from_us = EVENT_TS_MIN_US;
        *ret_to_us = period_next(zone, INTERVAL_DAY, now_us + UTC_US_PER_HOUR);
        return RC_OK;
    }
    if (is_count(text, &n)) {
        enum rc rc = parse_count(zone, text, n, now_us, ret_from_us, why);
        if (rc == RC_OK) {
            *ret_to_us = period_next(
                zone, str_ends(text, STR("d")) ? INTERVAL_DAY : INTERVAL_HOUR,
                now_us);
        }
        return rc;
    }
    for (size_t i = 0; i < ARRAY_N(named_ranges); i++) {
        const struct named_range *r = &named_ranges[i];
        if (!str_eq(text, r->name)) {
            continue;
        }
        int64_t start_us = period_start(zone, r->interval, now_us);
        *ret_to_us =
            r->is_last ? start_us : period_next(zone, r->interval, now_us);
        *ret_from_us = r->is_last
                           ? period_start(zone, r->interval, start_us - 1)
                           : start_us;
        return RC_OK;
    }
    return unknown_range(text, why);
}
