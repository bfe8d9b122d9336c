#include "test.h"

#include "base/arena.h"
#include "base/attr.h"
#include "base/utc.h"
#include "insight/sides.h"

static struct arena arena;
static struct why why;

/* 2026-11-18T12:00:00Z, a Wednesday. */
#define NOW_US (INT64_C(20775) * UTC_US_PER_DAY + 12 * UTC_US_PER_HOUR)

static int64_t now_us = NOW_US;

/* "range=7d&vs=previous", in that zone. */
static enum rc parse(const char *text, const char *timezone, struct sides *ret)
{
    static struct insight_env env;
    static struct query_param param[8];
    struct insight_call call = {.env = &env, .param = param, .arena = &arena};
    struct str rest = str_from_cz(text);
    struct str value;

    env = (struct insight_env){.timezone = str_from_cz(timezone),
                               .now_us = now_us};
    while (rest.n > 0 && str_cut(&rest, '&', &value)) {
        assert_true(call.n_params < ARRAY_N(param));
        assert_true(str_cut(&value, '=', &param[call.n_params].name));
        param[call.n_params++].value = value;
    }
    return sides_parse(&call, ret, &why);
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 1024 * 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static int64_t hour(int64_t day, int64_t hours)
{
    return day * UTC_US_PER_DAY + hours * UTC_US_PER_HOUR;
}

/* Days since 1970, and hours. */
static void assert_spans(const char *text, const char *timezone,
                         const int64_t want_us[4])
{
    struct sides s;

    assert_ok(parse(text, timezone, &s), &why);
    assert_int_equal(s.side[CHANGE_BEFORE].from_us, want_us[0]);
    assert_int_equal(s.side[CHANGE_BEFORE].to_us, want_us[1]);
    assert_int_equal(s.side[CHANGE_AFTER].from_us, want_us[2]);
    assert_int_equal(s.side[CHANGE_AFTER].to_us, want_us[3]);
}

enum { TODAY = 20775, OCT_1 = 20727, NOV_1 = 20758 };

static void defaults_to_two_whole_weeks(void **state)
{
    (void)state;
    struct sides s;

    assert_spans("", "UTC",
                 (int64_t[]){hour(TODAY - 14, 0), hour(TODAY - 7, 0),
                             hour(TODAY - 7, 0), hour(TODAY, 0)});
    assert_ok(parse("", "UTC", &s), &why);
    assert_true(s.is_last_7_days);
    assert_false(s.is_until_now);
}

static void months_come_before_months(void **state)
{
    (void)state;
    assert_spans("from=2026-10-01&to=2026-11-01", "UTC",
                 (int64_t[]){hour(OCT_1 - 30, 0), hour(OCT_1, 0),
                             hour(OCT_1, 0), hour(NOV_1, 0)});
    /* A quarter before a quarter. */
    assert_spans("from=2026-07-01&to=2026-10-01", "UTC",
                 (int64_t[]){hour(OCT_1 - 92 - 91, 0), hour(OCT_1 - 92, 0),
                             hour(OCT_1 - 92, 0), hour(OCT_1, 0)});
}

static void other_periods_have_the_same_length_before(void **state)
{
    (void)state;
    assert_spans("from=2026-11-09&to=2026-11-12&vs=previous", "UTC",
                 (int64_t[]){hour(TODAY - 12, 0), hour(TODAY - 9, 0),
                             hour(TODAY - 9, 0), hour(TODAY - 6, 0)});
}

static void what_is_not_over_is_cut_on_both_sides(void **state)
{
    (void)state;
    struct sides s;

    assert_spans("range=this-week", "UTC",
                 (int64_t[]){hour(TODAY - 9, 0), hour(TODAY - 7, 12),
                             hour(TODAY - 2, 0), NOW_US});
    assert_spans("range=this-month", "UTC",
                 (int64_t[]){hour(OCT_1, 0), hour(OCT_1 + 17, 12),
                             hour(NOV_1, 0), NOW_US});
    assert_ok(parse("range=this-week", "UTC", &s), &why);
    assert_true(s.is_until_now);
    /* What was asked for by date stays whole. */
    assert_spans("range=this-week&vs=2026-11-01..2026-11-08", "UTC",
                 (int64_t[]){hour(NOV_1, 0), hour(NOV_1 + 7, 0),
                             hour(TODAY - 2, 0), hour(TODAY + 5, 0)});
}

static void who_asks_within_a_minute_asks_the_same(void **state)
{
    const int64_t minute_us = UTC_US_PER_MINUTE;
    const int64_t day_us = UTC_US_PER_DAY;

    (void)state;
    for (int64_t us = 1; us <= minute_us; us += minute_us - 1) {
        now_us = NOW_US + us;
        assert_spans("range=this-week", "UTC",
                     (int64_t[]){hour(TODAY - 9, 0),
                                 NOW_US - 7 * day_us + minute_us,
                                 hour(TODAY - 2, 0), NOW_US + minute_us});
    }
    now_us = hour(TODAY, 12) + 1; /* the range ends before the minute does */
    assert_spans("from=2026-11-18T11:00:00Z&to=2026-11-18T12:00:30Z", "UTC",
                 (int64_t[]){hour(TODAY, 11) - 3630 * UTC_US_PER_SECOND,
                             hour(TODAY, 11), hour(TODAY, 11),
                             hour(TODAY, 12) + 30 * UTC_US_PER_SECOND});
    now_us = NOW_US;
}

static void takes_words_and_dates_to_compare_with(void **state)
{
    (void)state;
    assert_spans("from=2026-11-09&to=2026-11-16&vs=last-month", "UTC",
                 (int64_t[]){hour(OCT_1, 0), hour(NOV_1, 0), hour(TODAY - 9, 0),
                             hour(TODAY - 2, 0)});
}

static void days_are_those_of_the_clock(void **state)
{
    (void)state;
    struct sides s;

    /* Berlin's clocks went back on 2026-10-25: 169 hours, and 168 before. */
    assert_spans("from=2026-10-19&to=2026-10-26", "Europe/Berlin",
                 (int64_t[]){hour(OCT_1 + 10, 22), hour(OCT_1 + 17, 22),
                             hour(OCT_1 + 17, 22), hour(OCT_1 + 24, 23)});
    assert_ok(parse("from=2026-10-19&to=2026-10-26", "Europe/Berlin", &s),
              &why);
    assert_memory_equal(&s.side[0].days, &s.side[1].days, sizeof(double));
    assert_ok(parse("from=2026-10-01&to=2026-11-01", "UTC", &s), &why);
    assert_true(s.side[0].days > 29.9 && s.side[0].days < 30.1);
    assert_true(s.side[1].days > 30.9 && s.side[1].days < 31.1);
}

static void splits_at_a_moment(void **state)
{
    (void)state;
    assert_spans("at=2026-11-08T09:00:00Z", "UTC",
                 (int64_t[]){hour(TODAY - 17, 9), hour(TODAY - 10, 9),
                             hour(TODAY - 10, 9), hour(TODAY - 3, 9)});
    /* As far as now, and as much before. */
    assert_spans("at=2026-11-17", "UTC",
                 (int64_t[]){hour(TODAY - 3, 12), hour(TODAY - 1, 0),
                             hour(TODAY - 1, 0), NOW_US});
    assert_spans("at=2026-11-03&from=2026-11-01&to=2026-11-09", "UTC",
                 (int64_t[]){hour(NOV_1, 0), hour(NOV_1 + 2, 0),
                             hour(NOV_1 + 2, 0), hour(NOV_1 + 8, 0)});
}

static void assert_where(const struct side *s, const char *const *want,
                         size_t n)
{
    assert_int_equal(s->call.n_params, n);
    for (size_t i = 0; i < n; i++) {
        assert_str(s->call.param[i].name, "where");
        assert_true(str_eq(s->call.param[i].value, str_from_cz(want[i])));
    }
}

static void splits_by_a_filter(void **state)
{
    (void)state;
    struct sides s;
    static const char *const before[] = {"feature:a", "variant:control"};
    static const char *const after[] = {"feature:a", "variant:treatment"};
    static const char *const rest[] = {"feature:a", "variant:!control"};

    assert_ok(parse("range=7d&where=feature:a&where=variant:treatment"
                    "&against=variant:control",
                    "UTC", &s),
              &why);
    assert_where(&s.side[CHANGE_BEFORE], before, 2);
    assert_where(&s.side[CHANGE_AFTER], after, 2);
    assert_int_equal(s.side[0].from_us, s.side[1].from_us);
    assert_int_equal(s.side[0].to_us, s.side[1].to_us);
    assert_ok(parse("where=feature:a&against=variant:control", "UTC", &s),
              &why);
    assert_where(&s.side[CHANGE_BEFORE], before, 2);
    assert_where(&s.side[CHANGE_AFTER], rest, 2);
}

static void refuses(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "vs=2026-11-02..2026-11-02",
        "vs=2026-11-02..",
        "vs=yesteryear",
        "vs=previous&at=2026-11-02",
        "at=2026-11-02&against=variant:a",
        "at=2026-11-18T12:00:00Z",
        "at=2026-12-01",
        "at=2026-11-01&from=2026-11-01&to=2026-11-03",
        "against=nothing",
        "against=colour:red",
        "from=2026-11-03&to=2026-11-01",
        "where=feature:a&where=colour:red&against=variant:a",
    };
    struct sides s;

    for (size_t i = 0; i < ARRAY_N(wrong); i++) {
        assert_rc(parse(wrong[i], "UTC", &s), RC_INVALID);
        assert_true(strlen(why.text) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_to_two_whole_weeks),
        cmocka_unit_test(months_come_before_months),
        cmocka_unit_test(other_periods_have_the_same_length_before),
        cmocka_unit_test(what_is_not_over_is_cut_on_both_sides),
        cmocka_unit_test(who_asks_within_a_minute_asks_the_same),
        cmocka_unit_test(takes_words_and_dates_to_compare_with),
        cmocka_unit_test(days_are_those_of_the_clock),
        cmocka_unit_test(splits_at_a_moment),
        cmocka_unit_test(splits_by_a_filter),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests_name("insight/sides", tests, set_up,
                                       tear_down);
}
