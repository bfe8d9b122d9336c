#include "test.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/utc.h"
#include "query/period.h"
#include "watch/schedule.h"

static int64_t at(const char *text)
{
    int64_t us = 0;

    assert_rc(utc_parse(str_from_cz(text), false, &us), RC_OK);
    return us;
}

static void is_due_at_local_time(void **state)
{
    static const struct {
        const char *zone;
        int weekday;
        const char *time;
        const char *now;
        const char *due;
        const char *next;
        const char *week;
    } cases[] = {
        /* On the minute, a moment before, and in the middle of the week. */
        {"UTC", 0, "09:00", "2026-11-23T09:00:00Z", "2026-11-23T09:00:00Z",
         "2026-11-30T09:00:00Z", "2026-W47"},
        {"UTC", 0, "09:00", "2026-11-23T08:59:59.999999Z",
         "2026-11-16T09:00:00Z", "2026-11-23T09:00:00Z", "2026-W46"},
        {"UTC", 0, "09:00:30", "2026-11-26T00:00:00Z", "2026-11-23T09:00:30Z",
         "2026-11-30T09:00:30Z", "2026-W47"},
        /* Friday's tells of the last week that was complete. */
        {"UTC", 4, "17:00", "2026-11-27T18:00:00Z", "2026-11-27T17:00:00Z",
         "2026-12-04T17:00:00Z", "2026-W47"},
        {"UTC", 6, "23:59", "2026-11-29T23:59:00Z", "2026-11-29T23:59:00Z",
         "2026-12-06T23:59:00Z", "2026-W47"},
        {"Europe/Berlin", 0, "09:00", "2026-11-23T08:00:00Z",
         "2026-11-23T08:00:00Z", "2026-11-30T08:00:00Z", "2026-W47"},
        /* Monday there is Sunday here. */
        {"Pacific/Auckland", 0, "00:00", "2026-11-22T11:30:00Z",
         "2026-11-22T11:00:00Z", "2026-11-29T11:00:00Z", "2026-W47"},
        /* The clocks change: back on October 25, forward on March 29. */
        {"Europe/Berlin", 6, "09:00", "2026-10-25T08:00:00Z",
         "2026-10-25T08:00:00Z", "2026-11-01T08:00:00Z", "2026-W42"},
        {"Europe/Berlin", 6, "02:30", "2026-10-25T00:30:00Z",
         "2026-10-25T00:30:00Z", "2026-11-01T01:30:00Z", "2026-W42"},
        {"Europe/Berlin", 6, "09:00", "2026-03-29T07:00:00Z",
         "2026-03-29T07:00:00Z", "2026-04-05T07:00:00Z", "2026-W12"},
        {"Europe/Berlin", 6, "02:30", "2026-03-29T01:30:00Z",
         "2026-03-29T01:30:00Z", "2026-04-05T00:30:00Z", "2026-W12"},
        /* The turn of the year. */
        {"UTC", 0, "09:00", "2027-01-04T09:00:00Z", "2027-01-04T09:00:00Z",
         "2027-01-11T09:00:00Z", "2026-W53"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct period_zone *zone = NULL;
        struct schedule_due due;
        struct why why;
        struct buf week;
        const struct schedule_plan plan = {
            .weekday = cases[i].weekday,
            .second = schedule_time(str_from_cz(cases[i].time))};

        assert_ok(period_zone_open(str_from_cz(cases[i].zone), &zone, &why),
                  &why);
        schedule_when(&plan, zone, at(cases[i].now), &due);
        assert_int_equal(due.due_us, at(cases[i].due));
        assert_int_equal(due.next_us, at(cases[i].next));
        assert_int_equal(due.to_day - due.from_day, 7);
        buf_init(&week, 64);
        schedule_add_week(&week, due.from_day);
        assert_true(str_eq(buf_view(&week), str_from_cz(cases[i].week)));
        buf_fini(&week);
        period_zone_close(&zone);
    }
}

static void reads_days_and_times(void **state)
{
    static const struct {
        struct str text;
        int second;
    } times[] = {
        {STR_INIT("00:00"), 0},        {STR_INIT("09:00"), 32400},
        {STR_INIT("23:59:59"), 86399}, {STR_INIT("24:00"), -1},
        {STR_INIT("9:00"), -1},        {STR_INIT("09"), -1},
        {STR_INIT("09:60"), -1},       {STR_INIT("09:00:00:00"), -1},
        {STR_INIT("09:00:"), -1},      {STR_INIT(""), -1},
        {STR_INIT("+9:00"), -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(times); i++) {
        assert_int_equal(schedule_time(times[i].text), times[i].second);
    }
    assert_int_equal(schedule_weekday(STR("monday")), 0);
    assert_int_equal(schedule_weekday(STR("Sunday")), 6);
    assert_int_equal(schedule_weekday(STR("mon")), -1);
}

static void keeps_what_is_added(void **state)
{
    struct schedule *r = schedule_new();
    struct schedule *also = schedule_ref(r);
    struct why why;
    char name[] = "ops";
    const struct str notify = {.p = name, .n = 3};
    const struct schedule_plan plan = {
        .weekday = 3, .second = 7, .notify = &notify, .n_notify = 1};

    (void)state;
    for (int i = 0; i < LIMIT_REVIEWS_MAX; i++) {
        assert_ok(schedule_add(r, &plan, &why), &why);
    }
    assert_rc(schedule_add(r, &plan, &why), RC_LIMIT);
    name[0] = 'x';
    schedule_unref(&r);
    assert_null(r);
    assert_int_equal(schedule_n(also), LIMIT_REVIEWS_MAX);
    assert_int_equal(schedule_at(also, 1)->weekday, 3);
    assert_str(schedule_at(also, 1)->notify[0], "ops");
    schedule_unref(&also);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_due_at_local_time),
        cmocka_unit_test(reads_days_and_times),
        cmocka_unit_test(keeps_what_is_added),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
