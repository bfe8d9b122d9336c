/* The rollups of the DuckDB store: at any moment, whatever was folded, merged
 * or rebuilt, their sums are those of the events. */
#include "scratch.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/rand.h"
#include "base/thread.h"
#include "base/utc.h"
#include "store/duckdb_priv.h"
#include "store/schema.h"

struct world {
    struct scratch scratch;
    struct store *store;
    struct store_reader *reader;
    struct rand rand;
    uint64_t n;
    struct why why;
};

static void open_store(struct world *w)
{
    const struct store_duckdb_options opt = {.path = w->scratch.path,
                                             .threads = 2};

    assert_ok(store_open_duckdb(&opt, &w->store, &w->why), &w->why);
    assert_ok(store_reader_open(w->store, &w->reader, &w->why), &w->why);
}

static void close_store(struct world *w)
{
    store_reader_close(&w->reader);
    store_close(&w->store);
}

static int setup(void **state)
{
    static struct world w;

    memset(&w, 0, sizeof(w));
    rand_init(&w.rand, 20261129);
    scratch_make(&w.scratch);
    open_store(&w);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    close_store(w);
    scratch_remove(&w->scratch);
    return 0;
}

/* ---- words ---- */

static const char *const WORDS[] = {"", "a", "b"};

/* Few kinds of events, so that many are alike; at any time of three days, so
 * that half are late; some with the largest amounts there are. */
static void random_event(struct world *w, struct scratch_event *e)
{
    struct rand *r = &w->rand;
    struct event *ev = &e->ev;

    scratch_event_make(e, w->n++);
    ev->ts_us = SCRATCH_TS_US + (int64_t)rand_below(r, 3 * UTC_US_PER_DAY);
    if (rand_below(r, 10) == 0) {
        ev->ts_us = ev->ts_us / UTC_US_PER_HOUR * UTC_US_PER_HOUR;
    }
    ev->environment =
        (enum environment)(1 + rand_below(r, ENVIRONMENT__COUNT - 1));
    ev->status = (enum event_status)(1 + rand_below(r, 2));
    ev->attempt = 1 + (uint32_t)rand_below(r, 2);
    ev->dim[DIM_FEATURE] = str_from_cz(WORDS[rand_below(r, 3)]);
    ev->dim[DIM_CUSTOMER] = str_from_cz(WORDS[rand_below(r, 3)]);
    ev->dim[DIM_RELEASE] = str_from_cz(WORDS[rand_below(r, 2)]);
    ev->dim[DIM_USER] = str_from_cz(WORDS[rand_below(r, 3)]);
    for (int k = 0; k < TOKEN__COUNT; k++) {
        ev->token[k] = (int64_t)rand_below(r, UINT64_C(1) << LIMIT_COUNT_BITS);
    }
    ev->web_searches = (int64_t)rand_below(r, 4);
    ev->latency_ms = (int64_t)rand_below(r, 9) - 1;
    ev->cost.priced = rand_below(r, 2) == 0;
    ev->cost.input.pico = (int64_t)rand_below(r, INT64_MAX / 4);
    ev->cost.cache.pico = (int64_t)rand_below(r, INT64_MAX / 4);
    ev->cost.output.pico = (int64_t)rand_below(r, INT64_MAX / 4);
    ev->cost.tools.pico = (int64_t)rand_below(r, INT64_MAX / 4);
    ev->has_reported_cost = rand_below(r, 4) == 0;
    ev->reported_cost.pico = (int64_t)rand_below(r, INT64_MAX);
}

static void put(struct world *w, uint64_t n)
{
    assert_ok(store_begin(w->store, &w->why), &w->why);
    for (uint64_t i = 0; i < n; i++) {
        struct scratch_event e;
        random_event(w, &e);
        assert_ok(store_add(w->store, &e.ev, 1, &w->why), &w->why);
    }
    assert_ok(store_commit(w->store, w->n, &w->why), &w->why);
}

static void fold(struct world *w)
{
    assert_ok(store_fold(w->store, &w->why), &w->why);
}

static void compact(struct world *w)
{
    assert_ok(store_compact(w->store, &w->why), &w->why);
}

static enum rc take_number(void *arg, const struct store_cell *cells,
                           size_t n_cells, struct why *why)
{
    (void)why;
    assert_int_equal(n_cells, 1);
    assert_int_equal(cells[0].kind, STORE_CELL_I64);
    *(int64_t *)arg = cells[0].i64;
    return RC_OK;
}

static int64_t number(struct store_reader *reader, struct str sql)
{
    const struct store_sql statement = {.text = sql};
    struct why why;
    int64_t n = -1;

    assert_ok(store_select(reader, &statement, take_number, &n, &why), &why);
    return n;
}
#define NUMBER(w, sql) number((w)->reader, STR(sql))

/* A statement past the store, as nobody else may. */
static void force(struct world *w, const char *sql)
{
    duckdb_connection conn;

    assert_ok(duck_enter((struct duck *)w->store, &conn, &w->why), &w->why);
    assert_ok(duck_run(conn, sql, &w->why), &w->why);
    duck_leave((struct duck *)w->store, &conn, RC_OK);
}

static void add_groups(struct buf *sql, const struct rollup *r,
                       const char *source)
{
    struct str rest = r->sums;
    struct str column;

    buf_fmt(sql, "SELECT epoch_us(ts) // %" PRId64 ", %.*s", r->bucket_us,
            STR_ARG(r->keys));
    while (str_cut(&rest, ',', &column)) {
        buf_fmt(sql, ", sum(%.*s)", STR_ARG(column));
    }
    buf_fmt(sql, " FROM %s GROUP BY ALL", source);
}

/* No group of a rollup differs from the group of the events, nor is there one
 * more on either side. */
static void expect_same_sums(struct world *w)
{
    for (size_t i = 0; i < rollup_table_n; i++) {
        const struct rollup *r = &rollup_table[i];
        struct buf sql;
        buf_init(&sql, 65536);
        for (int side = 0; side < 2; side++) {
            buf_clear(&sql);
            buf_cz(&sql, "SELECT count(*) FROM (");
            add_groups(&sql, r, side == 0 ? "event_sums" : r->name.p);
            buf_cz(&sql, " EXCEPT ");
            add_groups(&sql, r, side == 0 ? r->name.p : "event_sums");
            buf_cz(&sql, ") AS x");
            assert_int_equal(number(w->reader, buf_view(&sql)), 0);
        }
        buf_fini(&sql);
    }
}

/* ---- tests ---- */

static void sums_are_the_same_at_any_moment(void **state)
{
    struct world *w = *state;

    expect_same_sums(w);
    fold(w);
    for (int i = 0; i < 4; i++) {
        put(w, 2000);
        expect_same_sums(w);
        fold(w);
        expect_same_sums(w);
        put(w, 1);
    }
    compact(w);
    expect_same_sums(w);
    assert_int_equal(NUMBER(w, "SELECT count(*) FROM event_tail"), 1);
    assert_int_equal(NUMBER(w, "SELECT count(*) FROM events"), 8004);
}

static void reads_what_was_folded_from_the_rollup(void **state)
{
    struct world *w = *state;

    put(w, 500);
    assert_int_equal(NUMBER(w, "SELECT count(*) FROM hourly_rows"), 0);
    fold(w);
    /* So the sums must come from elsewhere. */
    force(w, "DELETE FROM event_rows");
    assert_int_equal(
        NUMBER(w, "SELECT CAST(sum(requests) AS BIGINT) FROM hourly"), 500);
    assert_int_equal(
        NUMBER(w, "SELECT CAST(sum(requests) AS BIGINT) FROM customer_day"),
        500);
}

static void rows_alike_are_merged_where_it_is_worth_it(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 3; i++) {
        put(w, 5000);
        fold(w);
    }
    int64_t n_before = NUMBER(w, "SELECT count(*) FROM customer_day_rows");
    compact(w);
    int64_t n_after = NUMBER(w, "SELECT count(*) FROM customer_day_rows");
    assert_true(n_after * 2 < n_before);
    assert_int_equal(NUMBER(w, "SELECT count(*) FROM (SELECT 1 FROM "
                               "customer_day GROUP BY ts, environment, status, "
                               "feature, customer)"),
                     n_after);
    expect_same_sums(w);
    /* One more row is not worth it. */
    put(w, 1);
    fold(w);
    compact(w);
    assert_int_equal(NUMBER(w, "SELECT count(*) FROM customer_day_rows"),
                     n_after + 1);
    expect_same_sums(w);
}

/* Hours in a row have no rows alike: nothing is written anew. */
static void rows_that_differ_stay_where_they_are(void **state)
{
    struct world *w = *state;

    for (uint64_t i = 0; i < 2; i++) {
        assert_ok(store_begin(w->store, &w->why), &w->why);
        scratch_add(w->store, i * 36000, 36000);
        assert_ok(store_commit(w->store, i, &w->why), &w->why);
        fold(w);
    }
    int64_t oid = NUMBER(w, "SELECT table_oid FROM duckdb_tables() WHERE "
                            "table_name = 'hourly_rows'");
    compact(w);
    assert_int_equal(NUMBER(w, "SELECT table_oid FROM duckdb_tables() WHERE "
                               "table_name = 'hourly_rows'"),
                     oid);
    assert_int_equal(NUMBER(w, "SELECT CAST(max(fold) AS BIGINT) FROM "
                               "hourly_rows"),
                     0);
    expect_same_sums(w);
}

static void many_events_are_folded_when_idle(void **state)
{
    struct world *w = *state;

    put(w, LIMIT_STORE_FOLD_IDLE_EVENTS - 1);
    compact(w);
    assert_int_equal(NUMBER(w, "SELECT count(*) FROM hourly_rows"), 0);
    put(w, 1);
    assert_int_equal(NUMBER(w, "SELECT count(*) FROM hourly_rows"), 0);
    compact(w);
    assert_true(NUMBER(w, "SELECT count(*) FROM hourly_rows") > 0);
    assert_int_equal(NUMBER(w, "SELECT count(*) FROM event_tail"), 0);
    expect_same_sums(w);
}

static void very_many_are_folded_by_the_commit(void **state)
{
    struct world *w = *state;

    for (uint64_t i = 0; i < 8; i++) {
        assert_int_equal(NUMBER(w, "SELECT count(*) FROM hourly_rows"), 0);
        assert_ok(store_begin(w->store, &w->why), &w->why);
        scratch_add(w->store, i * 125000, 125000);
        assert_ok(store_commit(w->store, i, &w->why), &w->why);
    }
    assert_true(NUMBER(w, "SELECT count(*) FROM hourly_rows") > 0);
    assert_int_equal(NUMBER(w, "SELECT count(*) FROM event_tail"), 0);
    put(w, 10);
    expect_same_sums(w);
}

static void outlive_the_process(void **state)
{
    struct world *w = *state;
    int status;

    close_store(w);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        open_store(w);
        put(w, 3000);
        fold(w);
        put(w, 100);
        _exit(0); /* it is all in the log */
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    open_store(w);
    w->n = 3100;
    assert_int_equal(NUMBER(w, "SELECT count(*) FROM event_tail"), 100);
    expect_same_sums(w);
    put(w, 50);
    assert_int_equal(NUMBER(w, "SELECT count(*) FROM event_tail"), 150);
    compact(w);
    close_store(w);
    open_store(w);
    fold(w);
    assert_int_equal(NUMBER(w, "SELECT count(*) FROM event_tail"), 0);
    assert_int_equal(NUMBER(w, "SELECT count(*) FROM events"), 3150);
    expect_same_sums(w);
}

static void follow_what_was_changed(void **state)
{
    struct world *w = *state;
    const int64_t day = SCRATCH_TS_US + UTC_US_PER_DAY;
    struct buf sql;

    put(w, 4000);
    fold(w);
    put(w, 1000);
    compact(w);
    buf_init(&sql, 4096);
    buf_fmt(&sql,
            "UPDATE event_rows SET cost = 7, cost_cache = 1, cost_output = 2, "
            "cost_tools = 3 WHERE ts >= make_timestamp(%" PRId64
            ") AND ts < make_timestamp(%" PRId64 ")",
            day, day + 5 * UTC_US_PER_HOUR + 1);
    buf_char(&sql, '\0');
    force(w, sql.p);
    assert_ok(
        store_rebuild(w->store, day, day + 5 * UTC_US_PER_HOUR + 1, &w->why),
        &w->why);
    expect_same_sums(w);
    force(w, "DELETE FROM event_rows WHERE feature = 'a'");
    assert_ok(store_rebuild(w->store, INT64_MIN, INT64_MAX, &w->why), &w->why);
    expect_same_sums(w);
    fold(w);
    expect_same_sums(w);
    assert_int_equal(
        NUMBER(w, "SELECT count(*) FROM hourly WHERE feature = 'a'"), 0);
    buf_fini(&sql);
}

/* ---- an older database ---- */

static void run_old(struct world *w, const char *sql)
{
    duckdb_database db;
    duckdb_connection conn;
    duckdb_result result;

    assert_int_equal(duckdb_open(w->scratch.path, &db), DuckDBSuccess);
    assert_int_equal(duckdb_connect(db, &conn), DuckDBSuccess);
    assert_int_equal(duckdb_query(conn, sql, &result), DuckDBSuccess);
    duckdb_destroy_result(&result);
    duckdb_disconnect(&conn);
    duckdb_close(&db);
}

static void an_older_database_gets_rollups(void **state)
{
    struct world *w = *state;
    struct buf sql;

    close_store(w);
    assert_int_equal(remove(w->scratch.path), 0);
    buf_init(&sql, 65536);
    buf_str(&sql, schema_sql_1);
    buf_cz(&sql,
           ";UPDATE toll_meta SET journal_pos = 77;"
           "INSERT INTO event_rows SELECT uuid(), NULL, "
           "make_timestamp(1795000000000000 + i * 61000000), "
           "make_timestamp(1795000000000000), 'chat', 'standard', "
           "'production', CASE WHEN i % 7 = 0 THEN 'error' ELSE 'ok' END, "
           "'api', 'openai', 'gpt-4o', 'gpt-4o', 'f' || i % 3, '', 'r' || i, "
           "'', '', '', '', '', '', 'c' || i % 2, 'u' || i, '', '', '', '', "
           "1 + i % 2, 0, i, 0, 0, 0, 0, 0, 5, 0, 0, 0, i, NULL, NULL, "
           "CASE WHEN i % 5 > 0 THEN i * 1000 END, 0, 0, 0, '' "
           "FROM range(9000) AS t(i)");
    buf_char(&sql, '\0');
    run_old(w, sql.p);
    buf_fini(&sql);
    open_store(w);
    uint64_t pos = 0;
    assert_ok(store_position(w->store, &pos, &w->why), &w->why);
    assert_int_equal(pos, 77);
    assert_int_equal(NUMBER(w, "SELECT count(*) FROM events"), 9000);
    assert_int_equal(NUMBER(w, "SELECT schema_version FROM toll_meta"), 6);
    expect_same_sums(w);
    put(w, 10);
    fold(w);
    assert_true(NUMBER(w, "SELECT count(*) FROM hourly_rows") > 400);
    assert_int_equal(NUMBER(w, "SELECT count(*) FROM event_tail"), 0);
    expect_same_sums(w);
    close_store(w);
    open_store(w);
    expect_same_sums(w);
}

/* Version 6 brought the count of late calls: what was folded before has it,
 * too, and merging brings it together with the rest. */
static void an_older_rollup_gets_its_late_calls(void **state)
{
    const struct str old[] = {schema_sql_1, schema_sql_2, schema_sql_3,
                              schema_sql_4, schema_sql_5};
    struct world *w = *state;
    struct buf sql;

    close_store(w);
    assert_int_equal(remove(w->scratch.path), 0);
    buf_init(&sql, 65536);
    for (size_t i = 0; i < ARRAY_N(old); i++) {
        buf_str(&sql, old[i]);
        buf_char(&sql, ';');
    }
    buf_cz(&sql,
           "UPDATE toll_meta SET schema_version = 5;"
           "INSERT INTO event_rows SELECT uuid(), NULL, "
           "make_timestamp(1795000000000000 + i * 61000000), "
           "make_timestamp(1795000000000000 + i * 61000000) + "
           "(i % 3) * INTERVAL 13 HOUR, 'chat', 'standard', 'production', "
           "'ok', 'api', 'openai', 'gpt-4o', 'gpt-4o', 'f' || i % 5, '', '', "
           "'', '', '', '', '', '', 'c' || i % 2, '', '', '', '', '', 1, 0, i, "
           "0, 0, 0, 0, 0, 5, 0, 0, 0, i, NULL, NULL, i * 1000, 0, 0, 0, '', 1 "
           "FROM range(3000) AS t(i);"
           "INSERT INTO hourly_rows SELECT date_trunc('hour', ts), * EXCLUDE "
           "(ts, run, step, customer, \"user\", key) FROM event_sums;"
           "INSERT INTO customer_day_rows SELECT date_trunc('day', ts), "
           "operation, service_tier, environment, status, source, feature, "
           "workflow, segment, customer, owner, requests, cost, cost_hi, "
           "unpriced, fold FROM event_sums;"
           "UPDATE toll_meta SET folded = 1");
    buf_char(&sql, '\0');
    run_old(w, sql.p);
    buf_fini(&sql);
    open_store(w);
    assert_int_equal(NUMBER(w, "SELECT CAST(sum(late) AS BIGINT) FROM hourly"),
                     1000);
    expect_same_sums(w);
    put(w, 500);
    expect_same_sums(w);
    fold(w);
    expect_same_sums(w);
    compact(w);
    assert_int_equal(
        NUMBER(w, "SELECT count(*) FROM hourly_rows WHERE requests IS NULL"),
        0);
    expect_same_sums(w);
}

/* ---- readers beside the writer ---- */

struct race {
    struct store *store;
    atomic_bool is_over;
    int n_looks;
};

/* One statement sees the events and the sums of one moment, also while the
 * views are made anew and the tables replaced. */
static void *look(void *arg)
{
    struct race *race = arg;
    struct store_reader *reader;
    struct why why;

    assert_ok(store_reader_open(race->store, &reader, &why), &why);
    while (!atomic_load(&race->is_over)) {
        assert_int_equal(
            number(reader,
                   STR("SELECT CAST((SELECT coalesce(sum(requests), 0) FROM "
                       "hourly) - (SELECT count(*) FROM events) AS BIGINT)")),
            0);
        race->n_looks++;
        (void)poll(NULL, 0, 1);
    }
    store_reader_close(&reader);
    return NULL;
}

static void readers_see_one_moment(void **state)
{
    struct world *w = *state;
    struct race race = {.store = w->store};
    struct thread thread;

    assert_ok(thread_start(&thread, "look", look, &race, &w->why), &w->why);
    for (int i = 0; i < 60; i++) {
        put(w, 200);
        fold(w);
        if (i % 8 == 0) {
            enum rc rc = store_compact(w->store, &w->why);
            assert_true(rc == RC_OK || rc == RC_BUSY);
        }
    }
    atomic_store(&race.is_over, true);
    thread_join(&thread);
    assert_true(race.n_looks > 0);
    expect_same_sums(w);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(sums_are_the_same_at_any_moment),
        TEST(reads_what_was_folded_from_the_rollup),
        TEST(rows_alike_are_merged_where_it_is_worth_it),
        TEST(rows_that_differ_stay_where_they_are),
        TEST(many_events_are_folded_when_idle),
        TEST(very_many_are_folded_by_the_commit),
        TEST(outlive_the_process),
        TEST(follow_what_was_changed),
        TEST(an_older_database_gets_rollups),
        TEST(an_older_rollup_gets_its_late_calls),
        TEST(readers_see_one_moment),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
