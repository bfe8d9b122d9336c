#include "test.h"

#include <math.h>

#include "base/utc.h"
#include "capture/demo/demo_incident.h"

/* The history ends at noon of 2026-11-23, which is then the last day. */
static struct demo_calendar calendar(int days)
{
    int64_t end_us = utc_day(2026, 11, 23) * UTC_US_PER_DAY;

    return demo_calendar_make(1, end_us + 12 * UTC_US_PER_HOUR, days);
}

static void assert_from(enum demo_incident incident, enum demo_feature feature,
                        const char *from)
{
    struct demo_calendar c = calendar(90);
    struct demo_incident_row row = demo_incident_find(&c, incident);
    int64_t want_us = 0;

    assert_rc(utc_parse(str_from_cz(from), false, &want_us), RC_OK);
    assert_int_equal(row.feature, feature);
    assert_int_equal(row.from_us, want_us);
}

static void test_incidents_stand_where_the_story_says(void **state)
{
    (void)state;
    assert_from(DEMO_INCIDENT_LAUNCH, DEMO_FEATURE_SHOP_COPILOT,
                "2026-10-24T08:00:00Z");
    assert_from(DEMO_INCIDENT_SWITCH, DEMO_FEATURE_TICKET_SUMMARY,
                "2026-11-07T13:00:00Z");
    assert_from(DEMO_INCIDENT_GROWTH, DEMO_FEATURE_REPLY_DRAFT,
                "2026-11-15T09:00:00Z");
    assert_from(DEMO_INCIDENT_LOOP, DEMO_FEATURE_SUPPORT_AGENT,
                "2026-11-18T01:10:00Z");
}

static void test_only_the_loop_is_over(void **state)
{
    (void)state;
    struct demo_calendar c = calendar(90);

    for (int i = DEMO_INCIDENT_LAUNCH; i < DEMO_INCIDENT__COUNT; i++) {
        struct demo_incident_row row =
            demo_incident_find(&c, (enum demo_incident)i);

        if (i == DEMO_INCIDENT_LOOP) {
            assert_int_equal(row.to_us - row.from_us,
                             4 * UTC_US_PER_HOUR + 15 * UTC_US_PER_MINUTE);
        } else {
            assert_int_equal(row.to_us, c.end_us);
        }
    }
}

/* One cause at a time, or nothing could be told apart. */
static void test_no_release_hides_the_switch(void **state)
{
    (void)state;
    struct demo_calendar c = calendar(90);
    int64_t swap_us = demo_incident_find(&c, DEMO_INCIDENT_SWITCH).from_us;
    int64_t grown_us = demo_incident_find(&c, DEMO_INCIDENT_GROWTH).from_us;

    for (int r = 0; r < 12; r++) {
        int64_t apart_us = demo_release_us(&c, r) - swap_us;

        assert_true(apart_us > 12 * UTC_US_PER_HOUR ||
                    apart_us < -12 * UTC_US_PER_HOUR);
    }
    assert_int_equal(demo_release_us(&c, demo_release_at(&c, grown_us)),
                     grown_us);
}

static void test_a_short_history_moves_no_incident(void **state)
{
    (void)state;
    struct demo_calendar a = calendar(90);
    struct demo_calendar b = calendar(3);

    for (int i = DEMO_INCIDENT_LAUNCH; i < DEMO_INCIDENT__COUNT; i++) {
        assert_int_equal(demo_incident_find(&a, (enum demo_incident)i).from_us,
                         demo_incident_find(&b, (enum demo_incident)i).from_us);
    }
}

static void test_the_launch_takes_three_weeks(void **state)
{
    (void)state;
    struct demo_calendar c = calendar(90);
    int64_t from_us = demo_incident_find(&c, DEMO_INCIDENT_LAUNCH).from_us;
    double last = 0.0;

    assert_true(demo_launch_share(&c, from_us - 1) < 1e-12);
    assert_true(demo_launch_share(&c, from_us) < 1e-12);
    for (int day = 1; day <= 21; day++) {
        double share = demo_launch_share(&c, from_us + day * UTC_US_PER_DAY);

        assert_true(share > last);
        last = share;
    }
    assert_true(fabs(last - 1.0) < 1e-9);
    assert_true(fabs(demo_launch_share(&c, c.end_us) - 1.0) < 1e-9);
    assert_true(fabs(demo_launch_share(&c, from_us + 21 * UTC_US_PER_DAY / 2) -
                     0.5) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_incidents_stand_where_the_story_says),
        cmocka_unit_test(test_only_the_loop_is_over),
        cmocka_unit_test(test_no_release_hides_the_switch),
        cmocka_unit_test(test_a_short_history_moves_no_incident),
        cmocka_unit_test(test_the_launch_takes_three_weeks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
