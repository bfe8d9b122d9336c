#include "test.h"

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/rand.h"
#include "base/utc.h"
#include "base/zone.h"
#include "query/period.h"

#define HOUR UTC_US_PER_HOUR
#define DAY  UTC_US_PER_DAY

static struct why why;

static int64_t at(const char *text)
{
    int64_t us = 0;

    if (utc_parse(str_from_cz(text), false, &us) != RC_OK) {
        print_error("no time: %s\n", text);
        fail();
    }
    return us;
}

static struct period_zone *zone_of(const char *name)
{
    struct period_zone *z = NULL;

    assert_ok(period_zone_open(str_from_cz(name), &z, &why), &why);
    return z;
}

static void assert_us(const char *what, int64_t got, const char *want)
{
    struct buf b;

    if (got == at(want)) {
        return;
    }
    buf_init(&b, 64);
    utc_add_text(&b, got);
    print_error("%s: got %.*s, want %s\n", what, STR_ARG(buf_view(&b)), want);
    buf_fini(&b);
    fail();
}

/* ---- zones ---- */

static void refuses_names_of_no_zone(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
    } rows[] = {
        {"Europe/Berlim",
         "there is no time zone \"Europe/Berlim\"; did you mean "
         "Europe/Berlin?"},
        {"europe/berlin",
         "there is no time zone \"europe/berlin\"; did you mean "
         "Europe/Berlin?"},
        {"Berlin",
         "there is no time zone \"Berlin\"; did you mean Europe/Berlin?"},
        {"new york", "there is no time zone \"new york\"; did you mean "
                     "America/New_York?"},
        {"", "there is no time zone \"\"; names are like Europe/Berlin or UTC"},
        {"+01:00", NULL},
        {"GMT+3:00", NULL},
        {"PST", NULL},
        {"Middle/Earth", NULL},
    };

    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct period_zone *z = NULL;
        assert_rc(period_zone_open(str_from_cz(rows[i].name), &z, &why),
                  RC_INVALID);
        assert_null(z);
        if (rows[i].text != NULL) {
            assert_string_equal(why.text, rows[i].text);
        }
    }
    period_zone_close(NULL);
}

/* ---- days, weeks, months ---- */

struct day_row {
    const char *zone;
    const char *within; /* any instant of the interval */
    enum interval interval;
    const char *start;
    const char *next;
};

static const struct day_row day_rows[] = {
    /* 23 and 25 hours */
    {"Europe/Berlin", "2026-03-29T12:00:00Z", INTERVAL_DAY,
     "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
    {"Europe/Berlin", "2026-10-25T01:30:00Z", INTERVAL_DAY,
     "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
    {"America/New_York", "2026-03-08T12:00:00Z", INTERVAL_DAY,
     "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"},
    {"America/New_York", "2026-11-01T05:59:59.999999Z", INTERVAL_DAY,
     "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
    /* parts of hours */
    {"Asia/Kolkata", "2026-11-22T18:29:59Z", INTERVAL_DAY,
     "2026-11-21T18:30:00Z", "2026-11-22T18:30:00Z"},
    {"Asia/Kathmandu", "2026-11-22T18:15:00Z", INTERVAL_DAY,
     "2026-11-22T18:15:00Z", "2026-11-23T18:15:00Z"},
    {"Australia/Lord_Howe", "2026-04-05T00:00:00Z", INTERVAL_DAY,
     "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"},
    {"Australia/Lord_Howe", "2026-10-04T00:00:00Z", INTERVAL_DAY,
     "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z"},
    /* days without a midnight, and with two */
    {"America/Sao_Paulo", "2018-11-04T12:00:00Z", INTERVAL_DAY,
     "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
    {"Asia/Beirut", "2026-03-29T12:00:00Z", INTERVAL_DAY,
     "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"},
    {"Asia/Beirut", "2026-10-24T20:30:00Z", INTERVAL_DAY,
     "2026-10-23T21:00:00Z", "2026-10-24T22:00:00Z"},
    {"Africa/Cairo", "2026-04-24T12:00:00Z", INTERVAL_DAY,
     "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"},
    {"Africa/Cairo", "2026-10-29T21:30:00Z", INTERVAL_DAY,
     "2026-10-28T21:00:00Z", "2026-10-29T22:00:00Z"},
    {"America/Havana", "2026-11-01T04:30:00Z", INTERVAL_DAY,
     "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
    /* The clock came to the next day for a minute, and went back. */
    {"America/St_Johns", "2010-11-07T03:00:00Z", INTERVAL_DAY,
     "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z"},
    /* There was no 30th of December. */
    {"Pacific/Apia", "2011-12-30T09:59:59Z", INTERVAL_DAY,
     "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"},
    {"Pacific/Apia", "2011-12-30T10:00:00Z", INTERVAL_DAY,
     "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
    /* weeks from Monday, over the ends of years */
    {"UTC", "2027-01-01T00:00:00Z", INTERVAL_WEEK, "2026-12-28T00:00:00Z",
     "2027-01-04T00:00:00Z"},
    {"UTC", "2026-11-22T23:59:59Z", INTERVAL_WEEK, "2026-11-16T00:00:00Z",
     "2026-11-23T00:00:00Z"},
    {"UTC", "1970-01-05T00:00:00Z", INTERVAL_WEEK, "1970-01-05T00:00:00Z",
     "1970-01-12T00:00:00Z"},
    {"Europe/Berlin", "2026-03-25T12:00:00Z", INTERVAL_WEEK,
     "2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z"},
    {"Asia/Kolkata", "2027-01-03T18:29:59Z", INTERVAL_WEEK,
     "2026-12-27T18:30:00Z", "2027-01-03T18:30:00Z"},
    /* months */
    {"UTC", "2028-02-29T12:00:00Z", INTERVAL_MONTH, "2028-02-01T00:00:00Z",
     "2028-03-01T00:00:00Z"},
    {"UTC", "2026-12-31T23:59:59Z", INTERVAL_MONTH, "2026-12-01T00:00:00Z",
     "2027-01-01T00:00:00Z"},
    {"Europe/Berlin", "2026-10-31T22:59:59Z", INTERVAL_MONTH,
     "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"},
    {"America/New_York", "2026-11-01T03:59:59Z", INTERVAL_MONTH,
     "2026-10-01T04:00:00Z", "2026-11-01T04:00:00Z"},
    /* hours: the second 02:00 is another hour; halves at a half-hour change */
    {"Europe/Berlin", "2026-10-25T00:30:00Z", INTERVAL_HOUR,
     "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"},
    {"Europe/Berlin", "2026-10-25T01:30:00Z", INTERVAL_HOUR,
     "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"},
    {"Asia/Kathmandu", "2026-10-25T01:00:00Z", INTERVAL_HOUR,
     "2026-10-25T00:15:00Z", "2026-10-25T01:15:00Z"},
    {"Australia/Lord_Howe", "2026-04-04T15:10:00Z", INTERVAL_HOUR,
     "2026-04-04T15:00:00Z", "2026-04-04T15:30:00Z"},
    {"Australia/Lord_Howe", "2026-10-03T15:10:00Z", INTERVAL_HOUR,
     "2026-10-03T14:30:00Z", "2026-10-03T15:30:00Z"},
    {"Australia/Lord_Howe", "2026-10-03T15:40:00Z", INTERVAL_HOUR,
     "2026-10-03T15:30:00Z", "2026-10-03T16:00:00Z"},
};

static void knows_beginnings(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_N(day_rows); i++) {
        const struct day_row *row = &day_rows[i];
        struct period_zone *z = zone_of(row->zone);
        int64_t us = at(row->within);
        assert_us(row->within, period_start(z, row->interval, us), row->start);
        assert_us(row->within, period_next(z, row->interval, us), row->next);
        period_zone_close(&z);
    }
}

static const char *const zones[] = {
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/St_Johns",
    "America/Havana",
    "America/Nuuk",
    "Antarctica/Troll",
    "Asia/Gaza",
    "Asia/Tehran",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Atlantic/Azores",
};

static const enum interval intervals[] = {INTERVAL_HOUR, INTERVAL_DAY,
                                          INTERVAL_WEEK, INTERVAL_MONTH};

/* Any instant lies in its interval, whose ends all of it agree on. */
static void intervals_partition_time(void **state)
{
    (void)state;
    struct rand r;

    rand_init(&r, 5);
    for (size_t i = 0; i < ARRAY_N(zones); i++) {
        struct period_zone *z = zone_of(zones[i]);
        for (size_t k = 0; k < 4 * 2000; k++) {
            enum interval interval = intervals[k % 4];
            int64_t us = 2 * DAY * 365 +
                         (int64_t)rand_below(&r, 60ULL * 365 * 86400) * 1000000;
            int64_t start = period_start(z, interval, us);
            int64_t next = period_next(z, interval, us);
            assert_true(start <= us && us < next);
            assert_true(period_start(z, interval, start) == start);
            assert_true(period_next(z, interval, start) == next);
            assert_true(period_start(z, interval, next - 1) == start);
            assert_true(period_start(z, interval, next) == next);
        }
        period_zone_close(&z);
    }
}

static void walk_a_year(const struct period_zone *z, enum interval interval)
{
    int64_t us = at("2026-01-01T00:00:00Z");
    int64_t end = us + 366 * DAY;
    int64_t longest = interval == INTERVAL_HOUR   ? HOUR
                      : interval == INTERVAL_DAY  ? 25 * HOUR
                      : interval == INTERVAL_WEEK ? 7 * DAY + HOUR
                                                  : 31 * DAY + HOUR;

    us = period_start(z, interval, us);
    while (us < end) {
        int64_t next = period_next(z, interval, us);
        assert_true(next > us && next - us <= longest);
        assert_true(period_start(z, interval, us + (next - us) / 2) == us);
        us = next;
    }
}

static void no_interval_is_too_long(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_N(zones); i++) {
        struct period_zone *z = zone_of(zones[i]);
        for (size_t k = 0; k < ARRAY_N(intervals); k++) {
            /* Antarctica/Troll moves its clocks by two hours. */
            if (strcmp(zones[i], "Antarctica/Troll") != 0) {
                walk_a_year(z, intervals[k]);
            }
        }
        period_zone_close(&z);
    }
}

/* SQL finds the local day by plain division.  That is only right where no
 * clock goes back over a midnight it has passed: for every zone there is, in
 * all the years that events can be of. */
struct division {
    size_t n_zones;
    size_t n_changes;
};

static void divide(void *arg, struct str name)
{
    struct division *d = arg;
    struct period_zone *z = NULL;
    struct zone *raw = NULL;
    size_t n;

    assert_ok(period_zone_open(name, &z, &why), &why);
    assert_ok(zone_open(name, &raw, &why), &why);
    const struct zone_span *span = zone_spans(raw, &n);
    for (size_t i = 1; i < n; i++) {
        if (span[i].from_us < at("2020-01-01T00:00:00Z") ||
            span[i].from_us > at("2045-01-01T00:00:00Z")) {
            continue;
        }
        for (int64_t minutes = -1500; minutes < 1500; minutes += 10) {
            int64_t us = span[i].from_us + minutes * UTC_US_PER_MINUTE;
            int64_t day = (us + period_offset_us(z, us)) / DAY;
            if (period_start(z, INTERVAL_DAY, us) != period_of_date(z, day)) {
                print_error("%.*s\n", STR_ARG(name));
                fail();
            }
        }
        d->n_changes++;
    }
    d->n_zones++;
    zone_close(&raw);
    period_zone_close(&z);
}

static void days_can_be_found_by_division(void **state)
{
    (void)state;
    struct division d = {.n_zones = 0};

    zone_each_name(divide, &d);
    assert_true(d.n_zones > 400);
    assert_true(d.n_changes > 5000);
}

static void lists_spans_of_a_range(void **state)
{
    (void)state;
    struct period_zone *z = zone_of("Europe/Berlin");
    struct period_span *s = NULL;
    struct arena a;
    size_t n = 0;
    int64_t spring = at("2026-03-29T01:00:00Z");
    int64_t autumn = at("2026-10-25T01:00:00Z");

    arena_init(&a, 4096);
    assert_ok(period_spans(z, spring, autumn, &a, &s, &n, &why), &why);
    assert_int_equal(n, 1);
    assert_int_equal(s[0].from_us, spring);
    assert_int_equal(s[0].offset_us, 2 * HOUR);
    assert_ok(period_spans(z, spring - 1, autumn + 1, &a, &s, &n, &why), &why);
    assert_int_equal(n, 3);
    assert_int_equal(s[0].from_us, spring - 1);
    assert_int_equal(s[0].offset_us, HOUR);
    assert_int_equal(s[1].from_us, spring);
    assert_int_equal(s[2].from_us, autumn);
    assert_int_equal(s[2].offset_us, HOUR);
    arena_fini(&a);
    arena_init(&a, 16);
    assert_rc(period_spans(z, spring - 1, autumn + 1, &a, &s, &n, &why),
              RC_LIMIT);
    arena_fini(&a);
    period_zone_close(&z);
}

/* ---- text ---- */

static void parses_dates_and_times(void **state)
{
    (void)state;
    static const struct {
        const char *zone;
        const char *text;
        const char *us; /* NULL: refused */
    } rows[] = {
        {"Europe/Berlin", "2026-11-01", "2026-10-31T23:00:00Z"},
        {"Europe/Berlin", "2026-07-01", "2026-06-30T22:00:00Z"},
        {"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"},
        {"Europe/Berlin", "2026-11-01T09:00:00Z", "2026-11-01T09:00:00Z"},
        {"UTC", "2026-11-01T09:00:00+05:30", "2026-11-01T03:30:00Z"},
        {"UTC", "1970-01-01", "1970-01-01T00:00:00Z"},
        {"UTC", "2199-12-31", "2199-12-31T00:00:00Z"},
        {"UTC", "", NULL},
        {"UTC", "2026-11", NULL},
        {"UTC", "2026-02-29", NULL},
        {"UTC", "2026-11-01T09:00:00", NULL},
        {"UTC", "2026-11-01T09:00:00 01:00", NULL},
        {"UTC", "yesterday", NULL},
        {"UTC", "1795000000", NULL},
    };

    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct period_zone *z = zone_of(rows[i].zone);
        int64_t us = -1;
        enum rc rc = period_parse_time(z, str_from_cz(rows[i].text), &us, &why);
        if (rows[i].us == NULL) {
            assert_rc(rc, RC_INVALID);
            assert_int_equal(us, -1);
        } else {
            assert_rc(rc, RC_OK);
            assert_us(rows[i].text, us, rows[i].us);
        }
        period_zone_close(&z);
    }
}

static void refuses_times_out_of_range(void **state)
{
    (void)state;
    struct period_zone *z = zone_of("UTC");
    int64_t us;

    assert_rc(period_parse_time(z, STR("1969-12-31"), &us, &why), RC_RANGE);
    assert_rc(period_parse_time(z, STR("2200-01-01"), &us, &why), RC_RANGE);
    assert_rc(period_parse_time(z, STR("0000-01-01"), &us, &why), RC_RANGE);
    assert_rc(period_parse_time(z, STR("9999-12-31T23:59:59Z"), &us, &why),
              RC_RANGE);
    assert_string_equal(why.text,
                        "9999-12-31T23:59:59Z is not within 1970 to 2199");
    period_zone_close(&z);
}

static void parses_ranges(void **state)
{
    (void)state;
    /* Sunday, 22 November 2026, 21:31 in Berlin. */
    static const char now[] = "2026-11-22T20:31:11Z";
    static const struct {
        const char *zone;
        const char *text;
        const char *from;
        const char *to;
    } rows[] = {
        {"Europe/Berlin", "today", "2026-11-21T23:00:00Z",
         "2026-11-22T23:00:00Z"},
        {"Asia/Kolkata", "today", "2026-11-22T18:30:00Z",
         "2026-11-23T18:30:00Z"},
        {"Europe/Berlin", "yesterday", "2026-11-20T23:00:00Z",
         "2026-11-21T23:00:00Z"},
        {"Europe/Berlin", "this-week", "2026-11-15T23:00:00Z",
         "2026-11-22T23:00:00Z"},
        {"Europe/Berlin", "last-week", "2026-11-08T23:00:00Z",
         "2026-11-15T23:00:00Z"},
        {"Asia/Kolkata", "this-week", "2026-11-22T18:30:00Z",
         "2026-11-29T18:30:00Z"},
        {"Europe/Berlin", "this-month", "2026-10-31T23:00:00Z",
         "2026-11-30T23:00:00Z"},
        {"Europe/Berlin", "last-month", "2026-09-30T22:00:00Z",
         "2026-10-31T23:00:00Z"},
        {"UTC", "1d", "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"},
        {"UTC", "7d", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"},
        {"Europe/Berlin", "30d", "2026-10-23T22:00:00Z",
         "2026-11-22T23:00:00Z"},
        {"UTC", "1h", "2026-11-22T20:00:00Z", "2026-11-22T21:00:00Z"},
        {"Asia/Kolkata", "24h", "2026-11-21T21:30:00Z", "2026-11-22T21:30:00Z"},
        {"UTC", "all", "2020-01-01T00:00:00Z", "2026-11-23T00:00:00Z"},
        {"UTC", "100000d", "1970-01-01T00:00:00Z", "2026-11-23T00:00:00Z"},
    };

    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct period_zone *z = zone_of(rows[i].zone);
        int64_t from, to;
        assert_ok(period_parse_range(z, str_from_cz(rows[i].text), at(now),
                                     &from, &to, &why),
                  &why);
        assert_us(rows[i].text, from, rows[i].from);
        assert_us(rows[i].text, to, rows[i].to);
        period_zone_close(&z);
    }
}

/* Late in the evening calls of tomorrow may be there: clocks differ. */
static void all_reaches_an_hour_ahead(void **state)
{
    (void)state;
    struct period_zone *z = zone_of("UTC");
    int64_t from, to;

    assert_ok(period_parse_range(z, STR("all"), at("2026-11-22T23:31:11Z"),
                                 &from, &to, &why),
              &why);
    assert_us("all", to, "2026-11-24T00:00:00Z");
    period_zone_close(&z);
}

static void refuses_other_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum rc rc;
    } rows[] = {
        {"", RC_INVALID},        {"d", RC_INVALID},
        {"7", RC_INVALID},       {"7w", RC_INVALID},
        {"-7d", RC_INVALID},     {"+7d", RC_INVALID},
        {"7.5d", RC_INVALID},    {"Today", RC_INVALID},
        {"0d", RC_RANGE},        {"0h", RC_RANGE},
        {"100001d", RC_RANGE},   {"9999999999999999999d", RC_INVALID},
        {"last-we", RC_INVALID}, {"99999999999999999h", RC_RANGE},
    };
    struct period_zone *z = zone_of("UTC");
    int64_t from = 1, to = 2;

    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        enum rc rc =
            period_parse_range(z, str_from_cz(rows[i].text),
                               at("2026-11-22T20:31:11Z"), &from, &to, &why);
        if (rc != rows[i].rc) {
            print_error("%s: %s\n", rows[i].text, rc_name(rc));
            fail();
        }
    }
    assert_int_equal(from, 1);
    assert_int_equal(to, 2);
    assert_rc(period_parse_range(z, STR("last-weak"), 0, &from, &to, &why),
              RC_INVALID);
    assert_string_equal(
        why.text, "there is no range \"last-weak\"; did you mean last-week?");
    period_zone_close(&z);
}

static void assert_text(const char *zone, enum interval interval,
                        const char *when, const char *want)
{
    struct period_zone *z = zone_of(zone);
    struct buf b;

    buf_init(&b, 64);
    period_add_text(z, interval, at(when), &b);
    if (!str_eq(buf_view(&b), str_from_cz(want))) {
        print_error("got %.*s, want %s\n", STR_ARG(buf_view(&b)), want);
        fail();
    }
    buf_fini(&b);
    period_zone_close(&z);
}

static void writes_local_text(void **state)
{
    (void)state;
    assert_text("Europe/Berlin", INTERVAL_DAY, "2026-10-31T23:00:00Z",
                "2026-11-01");
    assert_text("Asia/Kolkata", INTERVAL_MONTH, "2026-10-31T18:30:00Z",
                "2026-11-01");
    assert_text("UTC", INTERVAL_WEEK, "2026-11-16T00:00:00Z", "2026-11-16");
    assert_text("Pacific/Apia", INTERVAL_DAY, "2011-12-30T10:00:00Z",
                "2011-12-31");
    assert_text("UTC", INTERVAL_HOUR, "2026-10-31T23:00:00Z",
                "2026-10-31T23:00:00Z");
    assert_text("Europe/London", INTERVAL_HOUR, "2026-12-31T23:00:00Z",
                "2026-12-31T23:00:00Z");
    assert_text("Europe/Berlin", INTERVAL_HOUR, "2026-10-25T00:00:00Z",
                "2026-10-25T02:00:00+02:00");
    assert_text("Europe/Berlin", INTERVAL_HOUR, "2026-10-25T01:00:00Z",
                "2026-10-25T02:00:00+01:00");
    assert_text("America/St_Johns", INTERVAL_HOUR, "2026-12-01T00:30:00Z",
                "2026-11-30T21:00:00-03:30");
    assert_text("Pacific/Kiritimati", INTERVAL_HOUR, "2026-12-01T00:00:00Z",
                "2026-12-01T14:00:00+14:00");
    /* 44 minutes and 30 seconds behind: no offset of RFC 3339. */
    assert_text("Africa/Monrovia", INTERVAL_HOUR, "1971-01-01T00:00:00Z",
                "1971-01-01T00:00:00Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_names_of_no_zone),
        cmocka_unit_test(knows_beginnings),
        cmocka_unit_test(intervals_partition_time),
        cmocka_unit_test(no_interval_is_too_long),
        cmocka_unit_test(days_can_be_found_by_division),
        cmocka_unit_test(lists_spans_of_a_range),
        cmocka_unit_test(parses_dates_and_times),
        cmocka_unit_test(refuses_times_out_of_range),
        cmocka_unit_test(parses_ranges),
        cmocka_unit_test(all_reaches_an_hour_ahead),
        cmocka_unit_test(refuses_other_ranges),
        cmocka_unit_test(writes_local_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
