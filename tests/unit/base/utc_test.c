#include "test.h"

#include "base/buf.h"
#include "base/utc.h"

static void assert_parses(struct str text, int64_t want_us)
{
    int64_t us = -1;

    if (utc_parse(text, false, &us) != RC_OK || us != want_us) {
        print_error("%.*s: got %lld, want %lld\n", STR_ARG(text), (long long)us,
                    (long long)want_us);
        fail();
    }
}

static void assert_refused(struct str text)
{
    int64_t us = 77;

    if (utc_parse(text, true, &us) != RC_PARSE || us != 77) {
        print_error("not refused: \"%.*s\"\n", STR_ARG(text));
        fail();
    }
}

/* 2026-11-22T20:31:11Z as a count, by hand: 20,779 days and 73,871 s. */
#define T_US (INT64_C(20779) * UTC_US_PER_DAY + INT64_C(73871000000))

static void parses_rfc_3339(void **state)
{
    (void)state;
    assert_parses(STR("1970-01-01T00:00:00Z"), 0);
    assert_parses(STR("2026-11-22T20:31:11Z"), T_US);
    assert_parses(STR("2026-11-22t20:31:11z"), T_US);
    assert_parses(STR("2026-11-22 20:31:11Z"), T_US);
    assert_parses(STR("1969-12-31T23:59:59Z"), -UTC_US_PER_SECOND);
    assert_parses(STR("0000-01-01T00:00:00Z"),
                  utc_day(0, 1, 1) * UTC_US_PER_DAY);
    assert_parses(STR("9999-12-31T23:59:59.999999Z"),
                  utc_day(10000, 1, 1) * UTC_US_PER_DAY - 1);
}

static void parses_offsets(void **state)
{
    (void)state;
    assert_parses(STR("2026-11-22T20:31:11+00:00"), T_US);
    assert_parses(STR("2026-11-22T20:31:11-00:00"), T_US);
    assert_parses(STR("2026-11-23T02:01:11+05:30"), T_US);
    assert_parses(STR("2026-11-22T12:31:11-08:00"), T_US);
    assert_parses(STR("2026-11-22T17:01:11-03:30"), T_US);
    assert_parses(STR("2026-11-23T20:30:11+23:59"), T_US);
    assert_parses(STR("1970-01-01T00:00:00+01:00"), -UTC_US_PER_HOUR);
}

static void cuts_fractions_at_microseconds(void **state)
{
    (void)state;
    assert_parses(STR("1970-01-01T00:00:00.5Z"), 500000);
    assert_parses(STR("1970-01-01T00:00:00.000001Z"), 1);
    assert_parses(STR("1970-01-01T00:00:00.123456Z"), 123456);
    assert_parses(STR("1970-01-01T00:00:00.1234569Z"), 123456);
    assert_parses(STR("1970-01-01T00:00:00.999999999999999999999999999Z"),
                  999999);
    assert_parses(STR("1970-01-01T01:00:00.25+01:00"), 250000);
    assert_parses(STR("1969-12-31T23:59:59.25Z"), -750000);
}

static void reads_leap_seconds_as_the_next_minute(void **state)
{
    int64_t next = utc_day(2017, 1, 1) * UTC_US_PER_DAY;

    (void)state;
    assert_parses(STR("2016-12-31T23:59:60Z"), next);
    assert_parses(STR("2016-12-31T23:59:60.75Z"), next);
    assert_parses(STR("2017-01-01T05:29:60+05:30"), next);
    assert_parses(STR("2016-12-31T15:59:60-08:00"), next);
    assert_refused(STR("2016-12-31T23:59:61Z"));
    assert_refused(STR("2016-12-31T12:30:60Z"));
    assert_refused(STR("2016-12-31T23:59:60+01:00"));
}

static void assumes_utc_only_when_told(void **state)
{
    int64_t us = 77;

    (void)state;
    assert_rc(utc_parse(STR("2026-11-22T20:31:11"), false, &us), RC_PARSE);
    assert_int_equal(us, 77);
    assert_rc(utc_parse(STR("2026-11-22T20:31:11"), true, &us), RC_OK);
    assert_true(us == T_US);
    assert_rc(utc_parse(STR("2026-11-22 20:31:11.5"), true, &us), RC_OK);
    assert_true(us == T_US + 500000);
    assert_rc(utc_parse(STR("2026-11-22T20:31:11+01:00"), true, &us), RC_OK);
    assert_true(us == T_US - UTC_US_PER_HOUR);
}

static void refuses_what_is_no_time(void **state)
{
    static const char *const texts[] = {
        "",
        "2026",
        "2026-11-22",
        "2026-11-22T",
        "2026-11-22T20:31",
        "2026-11-22T20:31Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T20:60:00Z",
        "2026-11-22T20:31:1Z",
        "2026-11-22T20:31:11.Z",
        "2026-11-22T20:31:11,5Z",
        "2026-11-22T20:31:11ZZ",
        "2026-11-22T20:31:11Z ",
        " 2026-11-22T20:31:11Z",
        "2026-11-22T20:31:11+24:00",
        "2026-11-22T20:31:11+01:60",
        "2026-11-22T20:31:11+0100",
        "2026-11-22T20:31:11+01",
        "2026-11-22T20:31:11+1:00",
        "2026-11-22T20:31:11 +01:00",
        "2026-11-22_20:31:11Z",
        "2026-11-22T-1:31:11Z",
        "+026-11-22T20:31:11Z",
        "12026-11-22T20:31:11Z",
        "2026/11/22T20:31:11Z",
        "2026-00-22T20:31:11Z",
        "2026-13-22T20:31:11Z",
        "2026-11-00T20:31:11Z",
        "2026-11-31T20:31:11Z",
        "2026-02-29T20:31:11Z",
        "2100-02-29T20:31:11Z",
        "1763843471",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(texts); i++) {
        assert_refused(str_from_cz(texts[i]));
    }
    assert_refused(STR("2026-11-22T20:31:11Z\0"));
    assert_refused(STR("2026-11-22T20:31:11\0"));
    assert_refused(STR_EMPTY);
}

static void reads_no_byte_behind_the_slice(void **state)
{
    struct str whole = STR("2026-11-22T20:31:11.123456+05:30");
    int64_t us;

    (void)state;
    /* Cut anywhere it is no time, but for the ends of second and fraction;
     * exact blocks let ASan see a byte too far. */
    for (size_t n = 0; n < whole.n; n++) {
        char *copy = test_malloc(n > 0 ? n : 1);
        bool is_time = n == 19 || (n >= 21 && n <= 26);

        memcpy(copy, whole.p, n);
        assert_rc(utc_parse((struct str){copy, n}, true, &us),
                  is_time ? RC_OK : RC_PARSE);
        test_free(copy);
    }
}

static void parses_dates(void **state)
{
    int64_t day = 77;

    (void)state;
    assert_rc(utc_parse_date(STR("1970-01-01"), &day), RC_OK);
    assert_int_equal(day, 0);
    assert_rc(utc_parse_date(STR("2026-11-22"), &day), RC_OK);
    assert_int_equal(day, 20779);
    assert_rc(utc_parse_date(STR("2024-02-29"), &day), RC_OK);
    assert_rc(utc_parse_date(STR("2000-02-29"), &day), RC_OK);
    day = 77;
    assert_rc(utc_parse_date(STR("2023-02-29"), &day), RC_PARSE);
    assert_rc(utc_parse_date(STR("1900-02-29"), &day), RC_PARSE);
    assert_rc(utc_parse_date(STR("2026-04-31"), &day), RC_PARSE);
    assert_rc(utc_parse_date(STR("2026-1-01"), &day), RC_PARSE);
    assert_rc(utc_parse_date(STR("2026-01-01T"), &day), RC_PARSE);
    assert_rc(utc_parse_date(STR("20260101"), &day), RC_PARSE);
    assert_rc(utc_parse_date(STR(""), &day), RC_PARSE);
    assert_int_equal(day, 77);
}

/* Every day of 1,200 years, counted by a calendar that knows nothing but the
 * length of months. */
static void days_are_those_of_the_calendar(void **state)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30,
                                  31, 31, 30, 31, 30, 31};
    int64_t day = utc_day(1400, 1, 1);

    (void)state;
    for (int year = 1400; year < 2600; year++) {
        bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        for (int month = 1; month <= 12; month++) {
            int n = lengths[month - 1] + (month == 2 && is_leap ? 1 : 0);

            for (int d = 1; d <= n; d++, day++) {
                int y, m, dd;

                assert_int_equal(utc_day(year, month, d), day);
                utc_civil(day, &y, &m, &dd);
                assert_int_equal(y, year);
                assert_int_equal(m, month);
                assert_int_equal(dd, d);
            }
        }
    }
    assert_int_equal(utc_day(1970, 1, 1), 0);
}

static void months_and_days_carry(void **state)
{
    (void)state;
    assert_int_equal(utc_day(2026, 13, 1), utc_day(2027, 1, 1));
    assert_int_equal(utc_day(2026, 0, 1), utc_day(2025, 12, 1));
    assert_int_equal(utc_day(2026, -11, 1), utc_day(2025, 1, 1));
    assert_int_equal(utc_day(2026, -12, 15), utc_day(2024, 12, 15));
    assert_int_equal(utc_day(2026, 27, 3), utc_day(2028, 3, 3));
    assert_int_equal(utc_day(2026, 3, 0), utc_day(2026, 2, 28));
    assert_int_equal(utc_day(2026, 1, 32), utc_day(2026, 2, 1));
    assert_int_equal(utc_day(-1, 12, 31) + 1, utc_day(0, 1, 1));
}

static void writes(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    utc_add_text(&b, T_US);
    buf_char(&b, ' ');
    utc_add_text(&b, T_US + 120000);
    buf_char(&b, ' ');
    utc_add_text(&b, T_US + 1);
    buf_char(&b, ' ');
    utc_add_text(&b, -1);
    buf_char(&b, ' ');
    utc_add_date(&b, -1);
    buf_char(&b, ' ');
    utc_add_date(&b, utc_day(7, 8, 9));
    assert_str(buf_view(&b),
               "2026-11-22T20:31:11Z 2026-11-22T20:31:11.120Z "
               "2026-11-22T20:31:11.000001Z 1969-12-31T23:59:59.999999Z "
               "1969-12-31 0007-08-09");
    buf_clear(&b);
    utc_add_date(&b, utc_day(12026, 1, 2));
    buf_char(&b, ' ');
    utc_add_date(&b, utc_day(-5, 1, 2));
    assert_str(buf_view(&b), "12026-01-02 -5-01-02");
    buf_clear(&b);
    utc_add_text(&b, INT64_MIN);
    buf_char(&b, ' ');
    utc_add_text(&b, INT64_MAX);
    assert_str(buf_view(&b), "-290308-12-21T19:59:05.224192Z "
                             "294247-01-10T04:00:54.775807Z");
    buf_fini(&b);
}

static void reads_what_it_writes(void **state)
{
    struct buf b;
    int64_t last = utc_day(10000, 1, 1) * UTC_US_PER_DAY;
    int64_t step = last / 5003 + 7;

    (void)state;
    buf_init(&b, 100);
    for (int64_t us = utc_day(0, 1, 1) * UTC_US_PER_DAY; us < last;
         us += step) {
        buf_clear(&b);
        utc_add_text(&b, us);
        assert_parses(buf_view(&b), us);
    }
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_rfc_3339),
        cmocka_unit_test(parses_offsets),
        cmocka_unit_test(cuts_fractions_at_microseconds),
        cmocka_unit_test(reads_leap_seconds_as_the_next_minute),
        cmocka_unit_test(assumes_utc_only_when_told),
        cmocka_unit_test(refuses_what_is_no_time),
        cmocka_unit_test(reads_no_byte_behind_the_slice),
        cmocka_unit_test(parses_dates),
        cmocka_unit_test(days_are_those_of_the_calendar),
        cmocka_unit_test(months_and_days_carry),
        cmocka_unit_test(writes),
        cmocka_unit_test(reads_what_it_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
