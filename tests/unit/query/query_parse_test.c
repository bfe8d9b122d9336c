#include "test.h"

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/utc.h"
#include "query/period.h"
#include "query/query.h"
#include "query/query_metric.h"

/* 2026-11-22T20:31:11Z */
#define NOW_US (INT64_C(20779) * UTC_US_PER_DAY + INT64_C(73871000000))

static struct why why;
static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 256 * 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

/* "metrics=cost&where=a:b": the values stand as they are, & and all. */
static enum rc parse(const char *text, struct query *ret)
{
    struct query_param param[64];
    struct str rest = str_from_cz(text);
    struct str value;
    size_t n = 0;

    while (str_cut(&rest, '&', &value)) {
        assert_true(n < ARRAY_N(param));
        assert_true(str_cut(&value, '=', &param[n].name));
        param[n++].value = value;
    }
    return query_parse(param, n, NOW_US, STR("Europe/Berlin"), &arena, ret,
                       &why);
}

static struct query parsed(const char *text)
{
    struct query q;

    assert_ok(parse(text, &q), &why);
    return q;
}

static void assert_refused(const char *text, const char *want)
{
    struct query q = {.limit = 77};
    enum rc rc = parse(text, &q);

    if (rc == RC_OK || (want != NULL && strcmp(why.text, want) != 0)) {
        print_error("%s: %s\n%s\n", text, rc_name(rc), why.text);
        fail();
    }
    assert_int_equal(q.limit, 77);
}

static void assert_filter(const struct query *q, size_t i, const char *want)
{
    struct buf b;

    buf_init(&b, 4096);
    query_add_filter(&b, &q->where[i]);
    if (!str_eq(buf_view(&b), str_from_cz(want))) {
        print_error("got %.*s, want %s\n", STR_ARG(buf_view(&b)), want);
        fail();
    }
    buf_fini(&b);
}

static void has_defaults(void **state)
{
    (void)state;
    struct query q;

    assert_ok(query_parse(NULL, 0, NOW_US, STR("UTC"), &arena, &q, &why), &why);
    assert_int_equal(q.n_metrics, 2);
    assert_str(q.metric[0]->name, "cost");
    assert_str(q.metric[1]->name, "requests");
    assert_int_equal(q.n_by, 0);
    assert_int_equal(q.interval, INTERVAL_NONE);
    assert_int_equal(q.limit, 1000);
    assert_false(q.order.by_column);
    assert_str(q.timezone, "UTC");
    assert_int_equal(q.from_us, INT64_C(20750) * UTC_US_PER_DAY);
    assert_int_equal(q.to_us, INT64_C(20780) * UTC_US_PER_DAY);
    assert_int_equal(q.n_where, 1);
    assert_filter(&q, 0, "environment:production");
    assert_int_equal(query_n_keys(&q), 0);
    assert_int_equal(query_n_columns(&q), 2);
}

static void empty_values_are_as_none(void **state)
{
    (void)state;
    struct query q = parsed("metrics=&by=&interval=&from=&to=&range=&where="
                            "&order=&limit=&timezone= ");

    assert_int_equal(q.n_metrics, 2);
    assert_int_equal(q.limit, 1000);
    assert_str(q.timezone, "Europe/Berlin");
}

static void reads_everything(void **state)
{
    (void)state;
    struct query q =
        parsed("metrics=cost, error_share&by=feature,tag.team , status"
               "&interval=day&from=2026-11-01&to=2026-11-08"
               "&where=environment:production&where=feature:search|chat"
               "&order=-error_share&limit=20&timezone=Asia/Kolkata");

    assert_int_equal(q.n_metrics, 2);
    assert_str(q.metric[1]->name, "error_share");
    assert_int_equal(q.n_by, 3);
    assert_str(q.by[1].tag, "team");
    assert_int_equal(q.by[2].kind, QUERY_FIELD_STATUS);
    assert_int_equal(q.interval, INTERVAL_DAY);
    assert_int_equal(q.to_us - q.from_us, 7 * UTC_US_PER_DAY);
    assert_int_equal(q.from_us % UTC_US_PER_DAY,
                     UTC_US_PER_DAY - 11 * UTC_US_PER_HOUR / 2);
    assert_int_equal(q.n_where, 2);
    assert_filter(&q, 1, "feature:search|chat");
    assert_true(q.order.by_column && q.order.descending);
    assert_int_equal(q.order.column, 5);
    assert_int_equal(q.limit, 20);
    assert_str(q.timezone, "Asia/Kolkata");
    assert_int_equal(query_n_keys(&q), 4);
    assert_int_equal(query_n_columns(&q), 6);
}

static void keeps_no_pointer_into_the_params(void **state)
{
    (void)state;
    char name[] = "where";
    char value[] = "tag.team:red|blue";
    char zone[] = "Europe/Berlin";
    struct query_param param = {str_from_cz(name), str_from_cz(value)};
    struct query q;

    assert_ok(
        query_parse(&param, 1, NOW_US, str_from_cz(zone), &arena, &q, &why),
        &why);
    memset(name, 'x', sizeof(name));
    memset(value, 'x', sizeof(value));
    memset(zone, 'x', sizeof(zone));
    assert_filter(&q, 0, "tag.team:red|blue");
    assert_str(q.timezone, "Europe/Berlin");
}

static void only_production_counts_unless_told(void **state)
{
    (void)state;
    struct query q = parsed("where=feature:search");

    assert_int_equal(q.n_where, 2);
    assert_filter(&q, 1, "environment:production");
    q = parsed("where=environment:*");
    assert_int_equal(q.n_where, 1);
    assert_true(q.where[0].any);
    assert_filter(&q, 0, "environment:*");
    q = parsed("where=feature:a&where=environment:!test");
    assert_int_equal(q.n_where, 2);
    assert_filter(&q, 1, "environment:!test");
    q = parsed("where=tag.environment:test");
    assert_int_equal(q.n_where, 2);
}

static void reads_filters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool negated;
        size_t n;
        const char *last;
        const char *again; /* NULL: as it was */
    } rows[] = {
        {"feature:search", false, 1, "search", NULL},
        {"feature:a|b", false, 2, "b", NULL},
        {"feature:!a", true, 1, "a", NULL},
        {"feature:!a|b|c", true, 3, "c", NULL},
        {"feature:", false, 1, "", NULL},
        {"feature:!", true, 1, "", NULL},
        {"feature:a|", false, 2, "", NULL},
        {"feature:|a", false, 2, "a", NULL},
        {" feature :a", false, 1, "a", "feature:a"},
        {"feature:a b", false, 1, "a b", NULL},
        {"feature:http://x", false, 1, "http://x", NULL},
        {"feature:a\\|b", false, 1, "a|b", NULL},
        {"feature:\\!a", false, 1, "!a", NULL},
        {"feature:\\*", false, 1, "*", NULL},
        {"feature:a\\\\", false, 1, "a\\", NULL},
        {"feature:C:\\temp", false, 1, "C:\\temp", "feature:C:\\\\temp"},
        {"feature:a\\", false, 1, "a\\", "feature:a\\\\"},
        {"feature:a*", false, 1, "a*", "feature:a\\*"},
        {"feature:a!|b", false, 2, "b", "feature:a\\!|b"},
        {"tag.a\\:b:c", false, 1, "c", NULL},
        {"tag.a\\\\b:c", false, 1, "c", NULL},
        {"status:error|cancelled", false, 2, "cancelled", NULL},
    };

    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct query_param param = {STR("where"), str_from_cz(rows[i].text)};
        struct query q;
        assert_ok(query_parse(&param, 1, NOW_US, STR("UTC"), &arena, &q, &why),
                  &why);
        const struct query_filter *f = &q.where[0];
        if (f->negated != rows[i].negated || f->n_values != rows[i].n ||
            !str_eq(f->value[f->n_values - 1], str_from_cz(rows[i].last))) {
            print_error("%s\n", rows[i].text);
            fail();
        }
        assert_false(f->any);
        assert_filter(&q, 0,
                      rows[i].again != NULL ? rows[i].again : rows[i].text);
    }
}

static void names_the_nearest_right_word(void **state)
{
    (void)state;
    assert_refused("metric=cost",
                   "there is no parameter \"metric\"; did you mean metrics?");
    assert_refused("metrics=cost,reqests",
                   "there is no metric \"reqests\"; did you mean requests?");
    assert_refused("metrics=cost,",
                   "there is no metric \"\"; metrics are cost, requests, "
                   "input_tokens, users, error_share and others");
    assert_refused("by=modle",
                   "there is no dimension \"modle\"; did you mean model?");
    assert_refused("where=modle:x",
                   "there is no dimension \"modle\"; did you mean model?");
    assert_refused("interval=days",
                   "there is no interval \"days\"; did you mean day?");
    assert_refused("interval=quarter",
                   "there is no interval \"quarter\"; there are hour, day, "
                   "week, month, none");
    assert_refused("range=last_week",
                   "there is no range \"last_week\"; did you mean last-week?");
    assert_refused("rollups=perhaps",
                   "rollups is yes or no (read the events themselves), not "
                   "\"perhaps\"");
    assert_refused("timezone=Europe/Berln",
                   "there is no time zone \"Europe/Berln\"; did you mean "
                   "Europe/Berlin?");
    assert_refused("order=-csot",
                   "there is no column \"csot\"; did you mean cost?");
    assert_refused("order=users",
                   "there is no column \"users\"; rows are ordered by "
                   "something that is asked for");
    assert_refused("order=time", NULL); /* without an interval */
    assert_refused("where=environment:prod",
                   "environment is never \"prod\"; it is one of production, "
                   "staging, development, internal, test, evaluation");
}

static void refuses_what_makes_no_sense(void **state)
{
    (void)state;
    assert_refused("metrics=cost&metrics=users", "metrics is given twice");
    assert_refused("metrics=cost,users,cost", "cost is asked for twice");
    assert_refused("by=feature,feature", "by names feature twice");
    assert_refused("by=tag.a,tag.a", "by names tag.a twice");
    assert_refused("where=feature", "\"feature\" is no filter; one is written "
                                    "DIMENSION:VALUE, as in feature:search");
    assert_refused("where=feature:a|!b",
                   "* stands alone (feature:*) and ! before all values "
                   "(feature:!a|b); \\* and \\! are the plain signs");
    assert_refused("where=feature:a|*", NULL);
    assert_refused("where=feature:!*", NULL);
    assert_refused("where=:a", NULL);
    assert_refused("from=2026-11-01&range=7d",
                   "range and from exclude each other; give one of them");
    assert_refused("to=2026-11-01", "to is given without from");
    assert_refused("from=2026-11-08&to=2026-11-08",
                   "from (2026-11-08) is not before to (2026-11-08), which is "
                   "the first instant left out");
    assert_refused("from=2026-12-01", NULL);
    assert_refused("from=2026-13-01", NULL);
    assert_refused("from=2026-11-01&to=tomorrow", NULL);
    assert_refused("limit=0",
                   "limit is a whole number of rows from 1 to 100000, not "
                   "\"0\"");
    assert_refused("limit=100001", NULL);
    assert_refused("limit=-1", NULL);
    assert_refused("limit=1e3", NULL);
    assert_refused("limit=99999999999999999999", NULL);
    assert_refused("where=feature:\xff",
                   "the value of where is not UTF-8 text");
}

static void refuses_nul_bytes(void **state)
{
    (void)state;
    struct query_param param = {STR("where"), STR("feature:a\0b")};
    struct query q;

    assert_rc(query_parse(&param, 1, NOW_US, STR("UTC"), &arena, &q, &why),
              RC_INVALID);
}

static void from_alone_reaches_to_the_end_of_today(void **state)
{
    (void)state;
    struct query q = parsed("from=2026-11-22");

    assert_int_equal(q.to_us - q.from_us, UTC_US_PER_DAY);
}

static void orders_by_any_column(void **state)
{
    (void)state;
    struct query q = parsed("interval=day&by=feature&order=time");

    assert_true(q.order.by_column);
    assert_false(q.order.descending);
    assert_int_equal(q.order.column, 0);
    q = parsed("interval=day&by=feature&order=- requests");
    assert_true(q.order.descending);
    assert_int_equal(q.order.column, 3);
    q = parsed("by=feature&order=feature");
    assert_int_equal(q.order.column, 0);
}

/* ---- limits, each stood on and passed ---- */

static enum rc parse_many(const char *name, const char *first, const char *more,
                          size_t n)
{
    struct query_param param = {.name = str_from_cz(name)};
    struct query q;
    struct buf b;

    buf_init(&b, 1024 * 1024);
    buf_cz(&b, first);
    for (size_t i = 1; i < n; i++) {
        buf_fmt(&b, "%s%zu", more, i);
    }
    param.value = buf_view(&b);
    enum rc rc = query_parse(&param, 1, NOW_US, STR("UTC"), &arena, &q, &why);
    buf_fini(&b);
    return rc;
}

static void holds_limits_of_lists(void **state)
{
    (void)state;
    assert_rc(parse_many("by", "feature", ",tag.", LIMIT_QUERY_DIMS_MAX),
              RC_OK);
    assert_rc(parse_many("by", "feature", ",tag.", LIMIT_QUERY_DIMS_MAX + 1),
              RC_LIMIT);
    assert_string_equal(why.text, "by takes at most 8 dimensions");
    assert_rc(parse_many("where", "feature:a", "|", LIMIT_QUERY_VALUES_MAX),
              RC_OK);
    assert_rc(parse_many("where", "feature:a", "|", LIMIT_QUERY_VALUES_MAX + 1),
              RC_LIMIT);
    assert_string_equal(why.text, "one where takes at most 256 values");
}

static void holds_the_limit_of_filters(void **state)
{
    (void)state;
    struct query_param param[LIMIT_QUERY_FILTERS_MAX];
    struct query q;

    for (size_t i = 0; i < ARRAY_N(param); i++) {
        param[i] = (struct query_param){STR("where"), STR("feature:!a")};
    }
    assert_ok(query_parse(param, ARRAY_N(param) - 1, NOW_US, STR("UTC"), &arena,
                          &q, &why),
              &why);
    assert_int_equal(q.n_where, LIMIT_QUERY_FILTERS_MAX);
    assert_rc(query_parse(param, ARRAY_N(param), NOW_US, STR("UTC"), &arena, &q,
                          &why),
              RC_LIMIT);
}

static void holds_the_limit_of_intervals(void **state)
{
    (void)state;
    struct query q =
        parsed("interval=hour&from=2024-01-01&to=2026-04-13T07:00:00Z");

    assert_int_equal(q.to_us - q.from_us, 20000 * UTC_US_PER_HOUR);
    assert_rc(
        parse("interval=hour&from=2024-01-01&to=2026-04-13T08:00:00Z", &q),
        RC_LIMIT);
    assert_string_equal(why.text,
                        "the range has 20001 intervals of an hour, more than "
                        "20000; ask for a shorter range or longer intervals");
    parsed("interval=day&range=all");
    parsed("interval=month&from=1970-01-02&to=2199-12-31");
}

static void fails_when_the_arena_is_full(void **state)
{
    (void)state;
    static const char *const texts[] = {"timezone=Europe/Berlin", "by=tag.team",
                                        "where=feature:a", "where=tag.x:a|b|c"};

    for (size_t i = 0; i < ARRAY_N(texts); i++) {
        for (size_t max = 0; max < 200; max += 8) {
            struct query q = {.limit = 77};
            arena_fini(&arena);
            arena_init(&arena, max);
            enum rc rc = parse(texts[i], &q);
            assert_true(rc == RC_LIMIT || rc == RC_OK);
            assert_true(rc == RC_OK || q.limit == 77);
        }
        arena_fini(&arena);
        arena_init(&arena, 1);
        struct query q;
        assert_rc(parse(texts[i], &q), RC_LIMIT);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(has_defaults),
        T(empty_values_are_as_none),
        T(reads_everything),
        T(keeps_no_pointer_into_the_params),
        T(only_production_counts_unless_told),
        T(reads_filters),
        T(names_the_nearest_right_word),
        T(refuses_what_makes_no_sense),
        T(refuses_nul_bytes),
        T(from_alone_reaches_to_the_end_of_today),
        T(orders_by_any_column),
        T(holds_limits_of_lists),
        T(holds_the_limit_of_filters),
        T(holds_the_limit_of_intervals),
        T(fails_when_the_arena_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
