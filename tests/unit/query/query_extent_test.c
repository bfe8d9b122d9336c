#include "query_rig.h"

struct seen {
    struct arena *arena;
    int n;
    struct query_extent extent[4];
    struct str key[4][2];
    enum rc rc;
};

static enum rc see(void *arg, const struct str *key,
                   const struct query_extent *extent, struct why *why)
{
    struct seen *s = arg;

    (void)why;
    assert_true(s->n < 4);
    for (size_t i = 0; i < 2; i++) {
        assert_rc(str_dup(s->arena, key[i], &s->key[s->n][i]), RC_OK);
    }
    s->extent[s->n++] = *extent;
    return s->rc;
}

static void asks_for_first_and_last(void **state)
{
    struct rig *r = *state;
    struct seen s = {.arena = &r->arena};

    rig_ask(r, "by=experiment,variant&where=experiment:a|b");
    rig_rows(r, 5, RIG_TEXT("a"), RIG_TEXT("x"), RIG_N(5), RIG_N(9), RIG_N(3),
             RIG_TEXT("a"), RIG_TEXT("y"), RIG_N(6), RIG_N(7), RIG_N(1));
    assert_ok(query_extent(&r->q, r->reader, see, &s, &r->why), &r->why);
    rig_assert_sql(
        r, "SELECT \"experiment\", \"variant\", min(\"ts\"), max(\"ts\"), "
           "count(*) FROM events WHERE \"ts\" >= "
           "make_timestamp(1793491200000000) AND \"ts\" < "
           "make_timestamp(1793664000000000) AND \"experiment\" IN ($1, $2) "
           "AND \"environment\" = 'production' GROUP BY 1, 2 ORDER BY 1, 2");
    assert_int_equal(s.n, 2);
    assert_str(s.key[0][0], "a");
    assert_str(s.key[1][1], "y");
    assert_int_equal(s.extent[0].first_us, 5);
    assert_int_equal(s.extent[0].last_us, 9);
    assert_int_equal(s.extent[1].n, 1);
}

static void ends_with_who_takes_the_rows(void **state)
{
    struct rig *r = *state;
    struct seen s = {.arena = &r->arena, .rc = RC_LIMIT};

    rig_ask(r, "by=experiment,variant");
    rig_rows(r, 5, RIG_TEXT("a"), RIG_TEXT("x"), RIG_N(5), RIG_N(9), RIG_N(3),
             RIG_TEXT("a"), RIG_TEXT("y"), RIG_N(6), RIG_N(7), RIG_N(1));
    assert_rc(query_extent(&r->q, r->reader, see, &s, &r->why), RC_LIMIT);
    assert_int_equal(s.n, 1);
}

static void refuses_what_is_no_time(void **state)
{
    struct rig *r = *state;
    struct seen s = {.arena = &r->arena};

    rig_ask(r, "by=experiment,variant");
    rig_rows(r, 5, RIG_TEXT("a"), RIG_TEXT("x"), RIG_TEXT("5"), RIG_N(9),
             RIG_N(3));
    assert_rc(query_extent(&r->q, r->reader, see, &s, &r->why), RC_CORRUPT);
    rig_rows(r, 5, RIG_N(1), RIG_TEXT("x"), RIG_N(5), RIG_N(9), RIG_N(3));
    assert_rc(query_extent(&r->q, r->reader, see, &s, &r->why), RC_CORRUPT);
    assert_int_equal(s.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(asks_for_first_and_last),
        RIG_TEST(ends_with_who_takes_the_rows),
        RIG_TEST(refuses_what_is_no_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
