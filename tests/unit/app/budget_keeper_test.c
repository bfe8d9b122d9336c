/* Periods of budgets are those of the reporting time zone, also where its
 * clocks change. */
#include "app/budget_keeper.h"
#include "base/utc.h"
#include "query/period.h"
#include "test.h"

static int64_t at(const char *text)
{
    int64_t us = 0;

    assert_rc(utc_parse(str_from_cz(text), true, &us), RC_OK);
    return us;
}

static void test_periods_follow_the_clocks(void **state)
{
    static const struct {
        const char *zone;
        enum budget_period period;
        const char *now;
        const char *from;
        const char *to;
    } cases[] = {
        {"Europe/Berlin", BUDGET_DAY, "2026-10-25T12:00:00Z",
         "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"}, /* 25 hours */
        {"Europe/Berlin", BUDGET_DAY, "2026-03-29T12:00:00Z",
         "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"}, /* 23 hours */
        {"Europe/Berlin", BUDGET_MONTH, "2026-10-31T22:59:59Z",
         "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"},
        {"America/Los_Angeles", BUDGET_WEEK, "2026-11-02T07:59:59Z",
         "2026-10-26T07:00:00Z", "2026-11-02T08:00:00Z"},
        {"Asia/Kolkata", BUDGET_HOUR, "2026-11-02T08:10:00Z",
         "2026-11-02T07:30:00Z", "2026-11-02T08:30:00Z"},
        {"UTC", BUDGET_MONTH, "2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z",
         "2027-01-01T00:00:00Z"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct period_zone *zone = NULL;
        int64_t from_us;
        int64_t to_us;
        struct why why;

        assert_ok(period_zone_open(str_from_cz(cases[i].zone), &zone, &why),
                  &why);
        budget_keeper_span(zone, cases[i].period, at(cases[i].now), &from_us,
                           &to_us);
        assert_int_equal(from_us, at(cases[i].from));
        assert_int_equal(to_us, at(cases[i].to));
        period_zone_close(&zone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_periods_follow_the_clocks),
    };

    return cmocka_run_group_tests_name("budget_keeper", tests, NULL, NULL);
}
