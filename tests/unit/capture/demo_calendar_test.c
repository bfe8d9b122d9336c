#include "test.h"

#include <math.h>

#include "base/attr.h"
#include "base/utc.h"
#include "capture/demo/demo_calendar.h"

#define SEED 7

static int64_t at(int year, int month, int day, int hour)
{
    return utc_day(year, month, day) * UTC_US_PER_DAY + hour * UTC_US_PER_HOUR;
}

static struct demo_calendar calendar(int64_t end_us)
{
    return demo_calendar_make(SEED, end_us, 90);
}

/* Over a whole week from Monday, 2026-10-05, hour h of day d. */
static double weight(enum demo_feature f, int day, int hour)
{
    struct demo_calendar c = calendar(at(2026, 11, 23, 0));

    return demo_calendar_weight(&c, f, at(2026, 10, 5 + day, hour));
}

static void test_last_day_has_the_last_microsecond(void **state)
{
    (void)state;
    struct demo_calendar midnight = calendar(at(2026, 11, 23, 0));
    struct demo_calendar noon = calendar(at(2026, 11, 23, 12));

    assert_int_equal(midnight.last_day, utc_day(2026, 11, 22));
    assert_int_equal(noon.last_day, utc_day(2026, 11, 23));
    assert_int_equal(midnight.start_us, at(2026, 8, 25, 0));
    assert_int_equal(demo_calendar_us(&midnight, 5, 1, 10),
                     at(2026, 11, 17, 1) + 10 * UTC_US_PER_MINUTE);
}

static void test_desks_are_busy_on_working_days(void **state)
{
    (void)state;
    double noon = 0.0;
    double night = 0.0;
    double saturday = 0.0;
    double wednesday = 0.0;

    for (int i = 0; i < 4; i++) {
        noon += weight(DEMO_FEATURE_REPLY_DRAFT, i, 9);
        night += weight(DEMO_FEATURE_REPLY_DRAFT, i, 2);
    }
    for (int hour = 0; hour < 24; hour++) {
        wednesday += weight(DEMO_FEATURE_REPLY_DRAFT, 2, hour);
        saturday += weight(DEMO_FEATURE_REPLY_DRAFT, 5, hour);
    }
    assert_true(noon > 50.0 * night);
    assert_true(saturday > 0.25 * wednesday && saturday < 0.55 * wednesday);
}

static void test_shoppers_come_in_the_evening_and_at_weekends(void **state)
{
    (void)state;
    double friday = 0.0;
    double sunday = 0.0;

    for (int hour = 0; hour < 24; hour++) {
        friday += weight(DEMO_FEATURE_SEARCH_ANSWER, 3, hour);
        sunday += weight(DEMO_FEATURE_SEARCH_ANSWER, 6, hour);
    }
    assert_true(sunday > 1.05 * friday);
    assert_true(weight(DEMO_FEATURE_SEARCH_ANSWER, 1, 19) >
                2.0 * weight(DEMO_FEATURE_SEARCH_ANSWER, 1, 7));
}

static void test_reports_are_made_at_night_only(void **state)
{
    (void)state;
    for (int hour = 0; hour < 24; hour++) {
        double w = weight(DEMO_FEATURE_TREND_REPORT, 1, hour);

        if (hour >= 1 && hour <= 4) {
            assert_true(w > 0.0);
        } else {
            assert_true(fabs(w) < 1e-12);
        }
    }
}

/* The noise has mean 0, so a feature's weights over eight weeks come to its
 * volume for each of them, and to the growth. */
static void test_weights_add_up_to_the_volume(void **state)
{
    (void)state;
    struct demo_calendar c = calendar(at(2026, 11, 23, 0));
    int64_t from_us = at(2026, 9, 28, 0);

    for (int f = 0; f < DEMO_FEATURE__COUNT; f++) {
        double sum = 0.0;

        for (int hour = 0; hour < 8 * 7 * 24; hour++) {
            sum += demo_calendar_weight(&c, (enum demo_feature)f,
                                        from_us + hour * UTC_US_PER_HOUR);
        }
        double want = 8.0 * demo_feature_table[f].volume *
                      demo_calendar_growth(&c, at(2026, 10, 26, 0));
        assert_true(fabs(sum / want - 1.0) < 0.04);
    }
}

static void test_noise_is_the_seeds_own(void **state)
{
    (void)state;
    int64_t end_us = at(2026, 11, 23, 0);
    int64_t hour_us = at(2026, 10, 5, 9);
    struct demo_calendar a = demo_calendar_make(1, end_us, 90);
    struct demo_calendar b = demo_calendar_make(2, end_us, 90);
    double first =
        demo_calendar_weight(&a, DEMO_FEATURE_TICKET_TRIAGE, hour_us);
    double again =
        demo_calendar_weight(&a, DEMO_FEATURE_TICKET_TRIAGE, hour_us);
    double other =
        demo_calendar_weight(&b, DEMO_FEATURE_TICKET_TRIAGE, hour_us);

    assert_memory_equal(&first, &again, sizeof first);
    assert_true(fabs(first - other) > 0.001 * first);
}

static void test_growth_is_about_one_percent_a_week(void **state)
{
    (void)state;
    struct demo_calendar c = calendar(at(2026, 11, 23, 0));
    double start = demo_calendar_growth(&c, c.start_us);
    double week = demo_calendar_growth(&c, c.start_us + 7 * UTC_US_PER_DAY);
    double end = demo_calendar_growth(&c, c.end_us);

    assert_true(fabs(start - 1.0) < 1e-12);
    assert_true(week > 1.008 && week < 1.012);
    assert_true(end > 1.10 && end < 1.18);
}

static void test_releases_are_weekly_and_named_by_month(void **state)
{
    (void)state;
    struct demo_calendar c = calendar(at(2026, 11, 23, 0));
    static const char *const want[] = {"2026.11.3", "2026.11.2", "2026.11.1",
                                       "2026.10.5", "2026.10.4", "2026.10.3"};
    char text[DEMO_RELEASE_TEXT_MAX];

    assert_int_equal(demo_release_us(&c, 0), at(2026, 11, 21, 9));
    for (int r = 0; r < (int)ARRAY_N(want); r++) {
        size_t n = demo_release_text(&c, r, text);

        assert_true(
            str_eq((struct str){.p = text, .n = n}, str_from_cz(want[r])));
        assert_int_equal(demo_release_us(&c, r),
                         demo_release_us(&c, 0) -
                             INT64_C(7) * r * UTC_US_PER_DAY);
    }
}

static void test_a_release_holds_from_its_first_microsecond(void **state)
{
    (void)state;
    struct demo_calendar c = calendar(at(2026, 11, 23, 0));

    assert_int_equal(demo_release_at(&c, c.end_us), 0);
    for (int r = 0; r < 12; r++) {
        int64_t from_us = demo_release_us(&c, r);

        assert_int_equal(demo_release_at(&c, from_us), r);
        assert_int_equal(demo_release_at(&c, from_us - 1), r + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_last_day_has_the_last_microsecond),
        cmocka_unit_test(test_desks_are_busy_on_working_days),
        cmocka_unit_test(test_shoppers_come_in_the_evening_and_at_weekends),
        cmocka_unit_test(test_reports_are_made_at_night_only),
        cmocka_unit_test(test_weights_add_up_to_the_volume),
        cmocka_unit_test(test_noise_is_the_seeds_own),
        cmocka_unit_test(test_growth_is_about_one_percent_a_week),
        cmocka_unit_test(test_releases_are_weekly_and_named_by_month),
        cmocka_unit_test(test_a_release_holds_from_its_first_microsecond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
