#include "query_rig.h"

#include "base/buf.h"
#include "query/answer.h"

#define WHERE                                                            \
    " FROM events WHERE \"ts\" >= make_timestamp(1793491200000000) AND " \
    "\"ts\" < make_timestamp(1793664000000000)"
#define HOURLY_WHERE                                                     \
    " FROM hourly WHERE \"ts\" >= make_timestamp(1793491200000000) AND " \
    "\"ts\" < make_timestamp(1793664000000000)"
#define COST_OF_SUMS "(sum(\"cost\") + 1099511627776 * sum(\"cost_hi\"))"
#define PRODUCTION   " AND \"environment\" = 'production'"

static struct answer *run(struct rig *r)
{
    struct answer *a = NULL;

    assert_ok(query_run(&r->q, r->reader, &r->arena, &a, &r->why), &r->why);
    return a;
}

/* ---- what is asked ---- */

static void asks_for_groups_in_order(void **state)
{
    struct rig *r = *state;

    rig_ask(r, "by=feature");
    rig_rows(r, 3, RIG_TEXT("search"), RIG_N(2), RIG_N(5));
    run(r);
    rig_assert_sql(
        r, "SELECT \"feature\", count(*), sum(\"cost\")" WHERE PRODUCTION
           " GROUP BY 1 ORDER BY sum(\"cost\") DESC NULLS LAST, 1 "
           "LIMIT 1001");
    assert_int_equal(store_fake_n_params(r->store), 0);
}

static void asks_for_no_groups_when_there_are_none(void **state)
{
    struct rig *r = *state;

    rig_ask(r, "metrics=requests,errors&where=environment:*");
    rig_rows(r, 2, RIG_N(2), RIG_N(1));
    run(r);
    rig_assert_sql(r, "SELECT count(*), count(CASE WHEN \"status\" = 'error' "
                      "THEN 1 END)" WHERE);
}

static void binds_all_text_from_outside(void **state)
{
    struct rig *r = *state;

    rig_ask(r, "metrics=requests&by=tag.a/b~\"'c&where=feature:x'y|--&"
               "where=user:!;&where=tag.t:&where=status:!error|ok");
    rig_rows(r, 2, RIG_TEXT(""), RIG_N(1));
    run(r);
    rig_assert_sql(
        r, "SELECT CASE WHEN \"tags\" = '' THEN '' ELSE "
           "coalesce(json_extract_string(\"tags\", $1), '') END, "
           "count(*)" WHERE " AND \"feature\" IN ($2, $3) AND \"user\" <> $4 "
           "AND CASE WHEN \"tags\" = '' THEN '' ELSE "
           "coalesce(json_extract_string(\"tags\", $5), '') END = $6 AND "
           "\"status\" NOT IN ('error', 'ok')" PRODUCTION
           " GROUP BY 1 ORDER BY count(*) DESC NULLS LAST, 1 LIMIT 1001");
    assert_int_equal(store_fake_n_params(r->store), 6);
    assert_str(store_fake_param(r->store, 0), "/a~1b~0\"'c");
    assert_str(store_fake_param(r->store, 1), "x'y");
    assert_str(store_fake_param(r->store, 2), "--");
    assert_str(store_fake_param(r->store, 3), ";");
    assert_str(store_fake_param(r->store, 4), "/t");
    assert_str(store_fake_param(r->store, 5), "");
}

static void orders_closed_sets_as_words(void **state)
{
    struct rig *r = *state;

    rig_ask(r, "metrics=cost_per_request&by=status&interval=day&"
               "order=cost_per_request");
    rig_rows(r, 4, RIG_N(20758), RIG_TEXT("ok"), RIG_N(2), RIG_N(5));
    run(r);
    rig_assert_sql(
        r,
        "SELECT (epoch_us(\"ts\") + 0) // 86400000000, \"status\", count(*), "
        "sum(\"cost\")" WHERE PRODUCTION " GROUP BY 1, 2 ORDER BY "
        "sum(\"cost\") // nullif(count(*), 0) + CASE WHEN 2 * (sum(\"cost\") "
        "% nullif(count(*), 0)) + (sum(\"cost\") // nullif(count(*), 0)) % 2 > "
        "count(*) THEN 1 ELSE 0 END ASC NULLS LAST, 1, CAST(\"status\" AS "
        "VARCHAR) LIMIT 1001");
}

static void cuts_time_as_local_clocks_do(void **state)
{
    struct rig *r = *state;
    static const struct {
        const char *ask;
        const char *key;
    } rows[] = {
        {"interval=week", "(epoch_us(\"ts\") + 0 + 259200000000) // "
                          "604800000000"},
        {"interval=hour", "epoch_us(\"ts\") - (epoch_us(\"ts\") + 0) % "
                          "3600000000"},
        {"interval=hour&timezone=Asia/Kolkata",
         "epoch_us(\"ts\") - (epoch_us(\"ts\") + 1800000000) % 3600000000"},
        {"interval=day&timezone=Asia/Kolkata",
         "(epoch_us(\"ts\") + 19800000000) // 86400000000"},
        /* Summer time, then winter time. */
        {"interval=day&timezone=Europe/Berlin&from=2026-10-24&to=2026-10-27",
         "(epoch_us(\"ts\") + CASE WHEN \"ts\" >= "
         "make_timestamp(1792890000000000) THEN 3600000000 ELSE 7200000000 "
         "END) // 86400000000"},
        {"interval=hour&timezone=Europe/Berlin&from=2026-10-24&to=2026-10-27",
         "epoch_us(\"ts\") - (epoch_us(\"ts\") + 0) % 3600000000"},
        /* Half an hour: the hours themselves move. */
        {"interval=hour&timezone=Australia/Lord_Howe&from=2026-10-01&"
         "to=2026-10-09",
         "CASE WHEN \"ts\" >= make_timestamp(1791041400000000) THEN "
         "greatest(1791041400000000, epoch_us(\"ts\") - (epoch_us(\"ts\") + 0) "
         "% 3600000000) ELSE epoch_us(\"ts\") - (epoch_us(\"ts\") + "
         "1800000000) % 3600000000 END"},
        {"interval=month&from=2026-10-30&to=2026-12-01T00:00:00.000001Z",
         "CASE WHEN \"ts\" >= make_timestamp(1796083200000000) THEN "
         "1796083200000000 WHEN \"ts\" >= make_timestamp(1793491200000000) "
         "THEN 1793491200000000 WHEN true THEN 1790812800000000 END"},
    };

    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        rig_ask(r, rows[i].ask);
        bool is_number = strstr(rows[i].key, "//") != NULL;
        rig_rows(r, 3, RIG_N(is_number ? 2000 : INT64_C(1793491200000000)),
                 RIG_N(1), RIG_N(1));
        run(r);
        struct str sql = store_fake_sql(r->store);
        sql = str_sub(sql, 7, str_find(sql, STR(", count(*)"), 0) - 7);
        if (!str_eq(sql, str_from_cz(rows[i].key))) {
            print_error("got  %.*s\nwant %s\n", STR_ARG(sql), rows[i].key);
            fail();
        }
    }
}

/* ---- what is answered ---- */

static void sums_the_totals_of_sums(void **state)
{
    struct rig *r = *state;

    rig_ask(r, "metrics=cost,error_share,unpriced_requests&by=model");
    /* No second answer is queued: a second SELECT would fail. */
    rig_rows(r, 5, RIG_TEXT("a"), RIG_N(3), RIG_N(10), RIG_N(1), RIG_N(0),
             RIG_TEXT("b"), RIG_N(1), RIG_NULL, RIG_N(1), RIG_N(1));
    struct answer *a = run(r);
    assert_int_equal(a->n_rows, 2);
    assert_int_equal(a->n_columns, 4);
    assert_true(a->cell[4 + 1].is_null);
    assert_true(a->total[0].is_null);
    assert_true(a->total[1].usd.pico == 10);
    assert_float_equal((float)a->total[2].real, 0.5F, 0);
    assert_true(a->total[3].count == 1);
}

static void asks_again_for_totals_of_counts(void **state)
{
    struct rig *r = *state;

    rig_ask(r, "metrics=users,cost&by=model&limit=5");
    rig_rows(r, 4, RIG_TEXT("a"), RIG_N(3), RIG_N(2), RIG_N(10), RIG_TEXT("b"),
             RIG_N(1), RIG_N(1), RIG_N(10));
    /* An event came in between: of sums, the rows are what counts. */
    rig_rows(r, 3, RIG_N(5), RIG_N(2), RIG_N(99));
    struct answer *a = run(r);
    rig_assert_sql(r, "SELECT count(*), count(DISTINCT nullif(\"user\", '')), "
                      "sum(\"cost\")" WHERE PRODUCTION);
    assert_true(a->total[1].count == 2);
    assert_true(a->total[2].usd.pico == 20);
}

static void asks_once_when_totals_do_not_matter(void **state)
{
    struct rig *r = *state;

    rig_ask(r, "metrics=users,cost&by=model&limit=5");
    r->q.lacks_totals = true;
    rig_rows(r, 4, RIG_TEXT("a"), RIG_N(3), RIG_N(2), RIG_N(10), RIG_TEXT("b"),
             RIG_N(1), RIG_N(1), RIG_N(10));
    struct answer *a = run(r);
    assert_int_equal(a->n_rows, 2);
    assert_true(a->total[1].is_null && a->total[2].is_null);
    /* Where the rows make them, they are there. */
    rig_ask(r, "metrics=cost&by=model&limit=5");
    r->q.lacks_totals = true;
    rig_rows(r, 3, RIG_TEXT("a"), RIG_N(3), RIG_N(10));
    assert_true(run(r)->total[1].usd.pico == 10);
}

static void asks_again_when_rows_are_cut(void **state)
{
    struct rig *r = *state;

    rig_ask(r, "by=model&limit=1");
    rig_rows(r, 3, RIG_TEXT("a"), RIG_N(3), RIG_N(10), RIG_TEXT("b"), RIG_N(1),
             RIG_N(9));
    rig_rows(r, 2, RIG_N(5), RIG_N(99));
    struct answer *a = run(r);
    assert_true(a->truncated);
    assert_int_equal(a->n_rows, 1);
    assert_str(a->cell[0].text, "a");
    assert_true(a->total[1].usd.pico == 99);
    assert_true(a->total[2].count == 5);
}

static void one_row_is_its_own_total(void **state)
{
    struct rig *r = *state;

    rig_ask(r, "metrics=users,latency_p50");
    rig_rows(r, 3, RIG_N(3), RIG_N(2), RIG_REAL(1.5));
    struct answer *a = run(r);
    assert_int_equal(a->n_rows, 1);
    assert_true(a->total[0].count == 2);
    assert_float_equal((float)a->total[1].real, 1.5F, 0);
    assert_float_equal((float)a->cell[1].real, 1.5F, 0);
}

static void names_time_in_the_zone(void **state)
{
    struct rig *r = *state;

    rig_ask(r, "metrics=requests&interval=day&timezone=Europe/Berlin");
    rig_rows(r, 2, RIG_N(20758), RIG_N(1), RIG_N(20759), RIG_N(1));
    struct answer *a = run(r);
    assert_str(a->cell[0].text, "2026-11-01");
    assert_str(a->cell[2].text, "2026-11-02");
    assert_str(a->from, "2026-11-01T00:00:00+01:00");
    rig_ask(r, "metrics=requests&interval=hour&from=2026-11-01T00:45:00Z");
    rig_rows(r, 2, RIG_N(1793491200000000), RIG_N(1));
    assert_str(run(r)->cell[0].text, "2026-11-01T00:00:00Z");
}

/* ---- what goes wrong ---- */

static void passes_the_store_s_failure_on(void **state)
{
    struct rig *r = *state;
    struct answer *a = NULL;

    rig_ask(r, "by=model&limit=1");
    store_fake_fail(r->store, STORE_FAKE_READ, 0, 1, RC_IO);
    assert_rc(query_run(&r->q, r->reader, &r->arena, &a, &r->why), RC_IO);
    store_fake_fail(r->store, STORE_FAKE_READ, 1, 1, RC_UNAVAILABLE);
    rig_rows(r, 3, RIG_TEXT("a"), RIG_N(3), RIG_N(10), RIG_TEXT("b"), RIG_N(1),
             RIG_N(9));
    assert_rc(query_run(&r->q, r->reader, &r->arena, &a, &r->why),
              RC_UNAVAILABLE);
    assert_null(a);
}

static void refuses_cells_of_other_kinds(void **state)
{
    struct rig *r = *state;
    struct answer *a = NULL;
    const struct store_cell rows[][4] = {
        {RIG_TEXT("x"), RIG_TEXT("a"), RIG_N(1), RIG_REAL(1)},
        {RIG_N(20758), RIG_N(3), RIG_N(1), RIG_REAL(1)},
        {RIG_N(20758), RIG_NULL, RIG_N(1), RIG_REAL(1)},
        {RIG_N(20758), RIG_TEXT("a"), RIG_REAL(1), RIG_REAL(1)},
        {RIG_N(20758), RIG_TEXT("a"), RIG_TEXT("1"), RIG_REAL(1)},
        {RIG_N(20758), RIG_TEXT("a"), RIG_N(1), RIG_N(1)},
    };

    rig_ask(r, "metrics=latency_p95&by=model&interval=day");
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        store_fake_rows(r->store, rows[i], 1, 4);
        assert_rc(query_run(&r->q, r->reader, &r->arena, &a, &r->why),
                  RC_CORRUPT);
    }
    assert_null(a);
}

static void fails_when_the_arena_is_full(void **state)
{
    struct rig *r = *state;
    size_t max = 1;

    rig_ask(r, "by=model&interval=day");
    for (;; max += 24) {
        struct answer *a = NULL;
        struct arena out;
        arena_init(&out, max);
        rig_rows(r, 4, RIG_N(20758), RIG_TEXT("a model of some name"), RIG_N(3),
                 RIG_N(10));
        enum rc rc = query_run(&r->q, r->reader, &out, &a, &r->why);
        arena_fini(&out);
        if (rc == RC_OK) {
            break;
        }
        assert_rc(rc, RC_LIMIT);
        assert_null(a);
        assert_true(max < 64 * 1024);
    }
    assert_true(max > 24);
}

/* ---- streamed ---- */

struct stream {
    int n;
    struct usd_sum sum;
    struct buf text;
    enum rc rc;
};

static enum rc take(void *arg, const struct answer_cell *cell, struct why *why)
{
    struct stream *s = arg;

    (void)why;
    buf_fmt(&s->text, "%.*s %.*s;", STR_ARG(cell[0].text),
            STR_ARG(cell[1].text));
    s->sum.pico += cell[2].is_null ? 1000 : cell[2].usd.pico;
    s->n++;
    return s->rc;
}

static void streams_rows_without_a_limit(void **state)
{
    struct rig *r = *state;
    struct stream s = {.n = 0};

    buf_init(&s.text, 1024);

    rig_ask(r, "by=feature&interval=day&limit=1&metrics=cost");
    rig_rows(r, 4, RIG_N(20758), RIG_TEXT("a"), RIG_N(1), RIG_N(5),
             RIG_N(20758), RIG_TEXT("b"), RIG_N(1), RIG_N(6), RIG_N(20759),
             RIG_TEXT("a"), RIG_N(1), RIG_NULL);
    assert_ok(query_each(&r->q, r->reader, take, &s, &r->why), &r->why);
    assert_int_equal(s.n, 3);
    assert_true(s.sum.pico == 1011);
    assert_str(buf_view(&s.text), "2026-11-01 a;2026-11-01 b;2026-11-02 a;");
    buf_fini(&s.text);
    rig_assert_sql(r, "SELECT (epoch_us(\"ts\") + 0) // 86400000000, "
                      "\"feature\", count(*), sum(\"cost\")" WHERE PRODUCTION
                      " GROUP BY 1, 2 ORDER BY 1, sum(\"cost\") DESC NULLS "
                      "LAST, 1, 2");
}

static void streams_from_a_rollup(void **state)
{
    struct rig *r = *state;
    struct stream s = {.n = 0};

    buf_init(&s.text, 1024);
    r->has_rollups = true;
    rig_ask(r, "by=feature,model&metrics=cost");
    rig_rows(r, 4, RIG_TEXT("a"), RIG_TEXT("m"), RIG_N(1), RIG_N(5));
    assert_ok(query_each(&r->q, r->reader, take, &s, &r->why), &r->why);
    assert_int_equal(s.n, 1);
    buf_fini(&s.text);
    rig_assert_sql(
        r,
        "SELECT \"feature\", \"model\", "
        "coalesce(sum(\"requests\"), 0), " COST_OF_SUMS HOURLY_WHERE PRODUCTION
        " GROUP BY 1, 2 ORDER BY " COST_OF_SUMS " DESC NULLS LAST, 1, 2");
}

static void ends_a_stream_when_told(void **state)
{
    struct rig *r = *state;
    struct stream s = {.rc = RC_LIMIT};

    buf_init(&s.text, 1024);

    rig_ask(r, "by=feature,model&metrics=cost");
    rig_rows(r, 4, RIG_TEXT("a"), RIG_TEXT("m"), RIG_N(1), RIG_N(5),
             RIG_TEXT("b"), RIG_TEXT("m"), RIG_N(1), RIG_N(6));
    assert_rc(query_each(&r->q, r->reader, take, &s, &r->why), RC_LIMIT);
    assert_int_equal(s.n, 1);
    buf_fini(&s.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(streams_rows_without_a_limit),
        RIG_TEST(streams_from_a_rollup),
        RIG_TEST(ends_a_stream_when_told),
        RIG_TEST(asks_for_groups_in_order),
        RIG_TEST(asks_for_no_groups_when_there_are_none),
        RIG_TEST(binds_all_text_from_outside),
        RIG_TEST(orders_closed_sets_as_words),
        RIG_TEST(cuts_time_as_local_clocks_do),
        RIG_TEST(sums_the_totals_of_sums),
        RIG_TEST(asks_again_for_totals_of_counts),
        RIG_TEST(asks_once_when_totals_do_not_matter),
        RIG_TEST(asks_again_when_rows_are_cut),
        RIG_TEST(one_row_is_its_own_total),
        RIG_TEST(names_time_in_the_zone),
        RIG_TEST(passes_the_store_s_failure_on),
        RIG_TEST(refuses_cells_of_other_kinds),
        RIG_TEST(fails_when_the_arena_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
