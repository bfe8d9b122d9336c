/* What the DuckDB store does beyond the contract all stores keep
 * (tests/contract/store_test.c): its SQL, and opening what is there. */
#include "scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/file.h"
#include "store/duckdb_priv.h"

struct world {
    struct scratch scratch;
    struct store *store;
    struct store_reader *reader;
    struct why why;
};

static enum rc try_open(struct world *w)
{
    const struct store_duckdb_options opt = {.path = w->scratch.path,
                                             .threads = 2};

    return store_open_duckdb(&opt, &w->store, &w->why);
}

static void open_store(struct world *w)
{
    assert_ok(try_open(w), &w->why);
    assert_ok(store_reader_open(w->store, &w->reader, &w->why), &w->why);
}

static void close_store(struct world *w)
{
    store_reader_close(&w->reader);
    store_close(&w->store);
}

static int setup_closed(void **state)
{
    static struct world w;

    memset(&w, 0, sizeof(w));
    scratch_make(&w.scratch);
    *state = &w;
    return 0;
}

static int setup(void **state)
{
    (void)setup_closed(state);
    open_store(*state);
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

static void put(struct world *w, uint64_t first, uint64_t n, uint64_t pos)
{
    assert_ok(store_begin(w->store, &w->why), &w->why);
    scratch_add(w->store, first, n);
    assert_ok(store_commit(w->store, pos, &w->why), &w->why);
}

static int64_t count(struct world *w)
{
    struct store_stats stats;

    assert_ok(store_stats(w->reader, &stats, &w->why), &w->why);
    return stats.n_events;
}

/* Rows as text: cells by a comma, rows by a semicolon. */
static enum rc print_row(void *arg, const struct store_cell *cells,
                         size_t n_cells, struct why *why)
{
    struct buf *b = arg;

    (void)why;
    for (size_t i = 0; i < n_cells; i++) {
        const struct store_cell *c = &cells[i];

        switch (c->kind) {
        case STORE_CELL_NULL:
            buf_cz(b, "null");
            break;
        case STORE_CELL_I64:
            buf_fmt(b, "i%" PRId64, c->i64);
            break;
        case STORE_CELL_I128:
            buf_fmt(b, "h%" PRId64 ":%016" PRIx64, (int64_t)(c->i128 >> 64),
                    (uint64_t)c->i128);
            break;
        case STORE_CELL_F64:
            buf_fmt(b, "f%g", c->f64);
            break;
        case STORE_CELL_STR:
            buf_char(b, '"');
            buf_str(b, c->str);
            buf_char(b, '"');
            break;
        }
        buf_char(b, i + 1 < n_cells ? ',' : ';');
    }
    return RC_OK;
}

static void expect_rows(struct world *w, struct str text,
                        const struct str *params, size_t n_params,
                        const char *want)
{
    const struct store_sql sql = {
        .text = text, .params = params, .n_params = n_params};
    struct buf b;

    buf_init(&b, 65536);
    assert_ok(store_select(w->reader, &sql, print_row, &b, &w->why), &w->why);
    buf_char(&b, '\0');
    assert_string_equal(b.p, want);
    buf_fini(&b);
}
#define EXPECT(w, sql, want) expect_rows((w), STR(sql), NULL, 0, (want))

static enum rc select_rc(struct world *w, struct str text)
{
    const struct store_sql sql = {.text = text};
    struct buf b;

    buf_init(&b, 1024 * 1024);
    enum rc rc = store_select(w->reader, &sql, print_row, &b, &w->why);
    buf_fini(&b);
    return rc;
}

/* A statement past the store, as nobody else may. */
static void force(struct world *w, const char *sql)
{
    duckdb_connection conn;

    assert_ok(duck_enter((struct duck *)w->store, &conn, &w->why), &w->why);
    assert_ok(duck_run(conn, sql, &w->why), &w->why);
    duck_leave((struct duck *)w->store, &conn, RC_OK);
}

static int64_t size_of(struct world *w, const char *suffix)
{
    char path[96];
    struct stat st;

    (void)snprintf(path, sizeof(path), "%s%s", w->scratch.path, suffix);
    return stat(path, &st) == 0 ? st.st_size : -1;
}

/* ---- select ---- */

static void every_kind_of_cell(void **state)
{
    struct world *w = *state;

    EXPECT(w,
           "SELECT true, false, (-128)::TINYINT, (-32768)::SMALLINT, "
           "(-2147483648)::INTEGER, (-9223372036854775807)::BIGINT, "
           "255::UTINYINT, 65535::USMALLINT, 4294967295::UINTEGER",
           "i1,i0,i-128,i-32768,i-2147483648,i-9223372036854775807,"
           "i255,i65535,i4294967295;");
    EXPECT(w,
           "SELECT 18446744073709551615::UBIGINT, (-1)::HUGEINT, "
           "170141183460469231731687303715884105727::HUGEINT, "
           "(-9223372036854775809)::HUGEINT",
           "h0:ffffffffffffffff,h-1:ffffffffffffffff,"
           "h9223372036854775807:ffffffffffffffff,h-1:7fffffffffffffff;");
    EXPECT(w, "SELECT 0.5::FLOAT, -1e300::DOUBLE", "f0.5,f-1e+300;");
    EXPECT(w, "SELECT '', 'twelve bytes', 'thirteen byte', 'it''s'",
           "\"\",\"twelve bytes\",\"thirteen byte\",\"it's\";");
    EXPECT(w, "SELECT make_timestamp(1795000000123456), make_timestamp(-1)",
           "i1795000000123456,i-1;");
    EXPECT(w, "SELECT NULL, NULL::BIGINT, NULL::VARCHAR", "null,null,null;");
    EXPECT(w, "SELECT 'staging'::environment, 'ok'::event_status",
           "\"staging\",\"ok\";");
}

static void what_no_cell_can_hold_is_told(void **state)
{
    struct world *w = *state;

    assert_rc(select_rc(w, STR("SELECT [1, 2] AS pair")), RC_UNSUPPORTED);
    assert_non_null(strstr(w->why.text, "pair"));
}

static void sums_pass_64_bits(void **state)
{
    struct world *w = *state;

    EXPECT(w,
           "SELECT sum(x) FROM (VALUES (9223372036854775807), "
           "(9223372036854775807)) t(x)",
           "h0:fffffffffffffffe;");
}

static void text_is_bound_not_pasted(void **state)
{
    const struct str odd[] = {STR("it's \"odd\"; DROP TABLE event_rows; --"),
                              STR(""), STR_EMPTY,
                              STR("\xe6\x97\xa5\xf0\x9f\x92\xb8")};
    const struct str names[] = {STR("production"), STR("search")};
    struct world *w = *state;

    put(w, 0, 5, 1);
    expect_rows(w, STR("SELECT $1, $2, $3, $4, $1 = $1"), odd, 4,
                "\"it's \"odd\"; DROP TABLE event_rows; --\",\"\",\"\","
                "\"\xe6\x97\xa5\xf0\x9f\x92\xb8\",i1;");
    expect_rows(w,
                STR("SELECT feature, count(*) FROM events WHERE environment "
                    "= $1 AND feature IN ($2) GROUP BY feature"),
                names, 2, "\"search\",i5;");
}

/* The events and outcomes of the first day, from memory where they are. */
static void expect_first_day(struct world *w, const char *want)
{
    const struct store_sql sql = {
        .text = STR("SELECT (SELECT count(*) FROM events WHERE ts < "
                    "make_timestamp(1795046400000000)), (SELECT count(*) FROM "
                    "outcomes WHERE ts < make_timestamp(1795046400000000))"),
        .from_us = SCRATCH_TS_US,
        .to_us = INT64_C(1795046400000000)};
    struct buf b;

    buf_init(&b, 256);
    assert_ok(store_select(w->reader, &sql, print_row, &b, &w->why), &w->why);
    buf_char(&b, '\0');
    assert_string_equal(b.p, want);
    buf_fini(&b);
}

static void what_is_kept_is_never_stale(void **state)
{
    const struct record outcome = {.kind = RECORD_OUTCOME,
                                   .ts_us = SCRATCH_TS_US + 5,
                                   .arrival_us = SCRATCH_TS_US + 5,
                                   .id = STR("o1"),
                                   .name = STR("solved")};
    struct world *w = *state;

    put(w, 0, 5, 1);
    expect_first_day(w, "i5,i0;");
    force(w, "DELETE FROM event_rows WHERE tok_input = 104"); /* unnoticed */
    expect_first_day(w, "i5,i0;");
    put(w, 86400, 1, 2); /* the next day's */
    expect_first_day(w, "i5,i0;");
    put(w, 10, 2, 3);
    expect_first_day(w, "i6,i0;");
    assert_ok(store_begin(w->store, &w->why), &w->why);
    scratch_add(w->store, 20, 1);
    store_rollback(w->store);
    expect_first_day(w, "i6,i0;");
    assert_ok(store_begin(w->store, &w->why), &w->why);
    assert_ok(store_add_records(w->store, &outcome, 1, &w->why), &w->why);
    assert_ok(store_commit(w->store, 4, &w->why), &w->why);
    expect_first_day(w, "i6,i1;");
    force(w, "DELETE FROM event_rows WHERE tok_input = 110");
    assert_ok(
        store_rebuild(w->store, SCRATCH_TS_US, SCRATCH_TS_US + 1, &w->why),
        &w->why);
    expect_first_day(w, "i5,i1;");
}

static void a_wrong_statement_is_told_in_a_line(void **state)
{
    struct world *w = *state;

    assert_rc(select_rc(w, STR("SELEC 1")), RC_IO);
    assert_rc(select_rc(w, STR("SELECT nothing FROM events")), RC_IO);
    assert_null(strchr(w->why.text, '\n'));
    assert_non_null(strstr(w->why.text, "nothing"));
    assert_rc(select_rc(w, STR("SELECT $1")), RC_IO);
    assert_rc(select_rc(w, STR("")), RC_IO);
}

static void a_failure_behind_many_rows_is_no_end(void **state)
{
    struct world *w = *state;

    assert_rc(select_rc(w, STR("SELECT CAST(CASE WHEN i < 30000 THEN '1' ELSE "
                               "'one' END AS INTEGER) FROM range(30001) "
                               "t(i)")),
              RC_IO);
    assert_non_null(strstr(w->why.text, "'one'"));
    EXPECT(w, "SELECT 1", "i1;");
}

static enum rc add_up(void *arg, const struct store_cell *cells, size_t n_cells,
                      struct why *why)
{
    (void)n_cells;
    (void)why;
    *(int64_t *)arg += cells[0].i64;
    return RC_OK;
}

static void a_long_answer_comes_whole(void **state)
{
    const struct store_sql sql = {.text = STR("SELECT i FROM range(1000000) "
                                              "t(i)")};
    struct world *w = *state;
    int64_t sum = 0;

    assert_ok(store_select(w->reader, &sql, add_up, &sum, &w->why), &w->why);
    assert_int_equal(sum, INT64_C(499999500000));
}

static void statements_do_not_reach_beyond_the_file(void **state)
{
    struct world *w = *state;

    assert_int_not_equal(
        select_rc(w, STR("SELECT * FROM read_csv('/etc/passwd')")), RC_OK);
    assert_int_not_equal(
        select_rc(w, STR("COPY event_rows TO 'store-test.csv'")), RC_OK);
    assert_int_not_equal(select_rc(w, STR("SELECT * FROM toll_batch()")),
                         RC_OK);
}

static void ids_that_are_uuids_are_kept_as_numbers(void **state)
{
    struct world *w = *state;
    struct scratch_event e;

    scratch_event_make(&e, 0);
    e.ev.id = STR("01234567-89ab-cdef-0123-456789abcdef");
    assert_ok(store_begin(w->store, &w->why), &w->why);
    assert_ok(store_add(w->store, &e.ev, 1, &w->why), &w->why);
    scratch_add(w->store, 1, 1);
    assert_ok(store_commit(w->store, 1, &w->why), &w->why);
    EXPECT(w,
           "SELECT id, id_uuid IS NULL, id_text IS NULL FROM (SELECT "
           "coalesce(id_uuid::VARCHAR, id_text) AS id, id_uuid, id_text FROM "
           "event_rows) ORDER BY id",
           "\"01234567-89ab-cdef-0123-456789abcdef\",i0,i1;"
           "\"event-00000001\",i1,i0;");
}

/* ---- opening ---- */

/* Another process has it open until its standard input ends. */
static void another_process_is_named(void **state)
{
    struct world *w = *state;
    int ready[2];
    int end[2];
    char byte;
    char pid_text[32];

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(end), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(end[1]);
        bool ok = try_open(w) == RC_OK && write(ready[1], "x", 1) == 1;
        (void)!read(end[0], &byte, 1);
        _exit(ok ? 0 : 1);
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    enum rc rc = try_open(w);
    (void)close(end[1]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_rc(rc, RC_BUSY);
    (void)snprintf(pid_text, sizeof(pid_text), "process %d ", (int)pid);
    assert_non_null(strstr(w->why.text, pid_text));
    assert_non_null(strstr(w->why.text, w->scratch.path));
    (void)close(ready[0]);
    (void)close(end[0]);
    open_store(w);
}

static void expect_refused(struct world *w, enum rc want, const char *told)
{
    enum rc rc = try_open(w);

    assert_rc(rc, want);
    assert_null(w->store);
    assert_non_null(strstr(w->why.text, told));
    assert_non_null(strstr(w->why.text, w->scratch.path));
}

static void write_file(struct world *w, struct str bytes)
{
    assert_ok(file_replace(w->scratch.path, bytes, &w->why), &w->why);
}

static void a_file_that_is_no_database_is_left_alone(void **state)
{
    static char junk[20000];
    struct world *w = *state;

    write_file(w, STR("hello"));
    expect_refused(w, RC_CORRUPT, "no database");
    assert_int_equal(size_of(w, ""), 5);
    for (size_t i = 0; i < sizeof(junk); i++) {
        junk[i] = (char)(i * 7);
    }
    write_file(w, (struct str){.p = junk, .n = sizeof(junk)});
    expect_refused(w, RC_CORRUPT, "no database");
    assert_int_equal(size_of(w, ""), sizeof(junk));
}

static void another_programs_database_is_refused(void **state)
{
    struct world *w = *state;
    duckdb_database db;
    duckdb_connection conn;

    assert_int_equal(duckdb_open(w->scratch.path, &db), DuckDBSuccess);
    assert_int_equal(duckdb_connect(db, &conn), DuckDBSuccess);
    assert_ok(duck_run(conn, "CREATE TABLE t (i INTEGER)", &w->why), &w->why);
    duckdb_disconnect(&conn);
    duckdb_close(&db);
    expect_refused(w, RC_CORRUPT, "another program");
}

static void an_empty_database_is_taken(void **state)
{
    struct world *w = *state;
    duckdb_database db;

    assert_int_equal(duckdb_open(w->scratch.path, &db), DuckDBSuccess);
    duckdb_close(&db);
    open_store(w);
    put(w, 0, 1, 1);
    assert_int_equal(count(w), 1);
}

static void a_newer_schema_is_refused(void **state)
{
    struct world *w = *state;

    open_store(w);
    put(w, 0, 1, 1);
    force(w, "UPDATE toll_meta SET schema_version = 99");
    close_store(w);
    expect_refused(w, RC_CORRUPT, "newer toll");
    assert_non_null(strstr(w->why.text, "99"));
}

static void a_database_without_its_description_is_refused(void **state)
{
    struct world *w = *state;

    open_store(w);
    force(w, "DELETE FROM toll_meta");
    close_store(w);
    expect_refused(w, RC_CORRUPT, "description");
}

static void a_folder_that_is_not_there_is_told(void **state)
{
    struct world *w = *state;

    (void)snprintf(w->scratch.path, sizeof(w->scratch.path), "%s/none/x",
                   w->scratch.dir);
    expect_refused(w, RC_NOT_FOUND, "No such file");
}

/* A process that is killed while it makes the file leaves any part of the
 * three headers. */
static void a_file_begun_and_never_written_is_begun_again(void **state)
{
    static const int64_t sizes[] = {0, 12, 100, 4096, 8192, 12287};
    struct world *w = *state;
    struct buf whole;

    open_store(w);
    close_store(w);
    buf_init(&whole, 1024 * 1024);
    assert_ok(file_read(w->scratch.path, false, &whole, &w->why), &w->why);
    for (size_t i = 0; i < ARRAY_N(sizes); i++) {
        write_file(w, str_sub(buf_view(&whole), 0, (size_t)sizes[i]));
        open_store(w);
        put(w, 0, 1, 1);
        assert_int_equal(count(w), 1);
        close_store(w);
    }
    /* What could hold something is not thrown away. */
    write_file(w, str_sub(buf_view(&whole), 0, 12289));
    assert_int_not_equal(try_open(w), RC_OK);
    assert_int_equal(size_of(w, ""), 12289);
    buf_fini(&whole);
}

static void a_damaged_log_is_told(void **state)
{
    struct world *w = *state;
    char path[96];
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        open_store(w);
        put(w, 0, 3000, 1);
        _exit(0); /* without folding its log into the file */
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_true(size_of(w, ".wal") > 20000);
    (void)snprintf(path, sizeof(path), "%s.wal", w->scratch.path);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    for (off_t at = 2000; at < 4000; at += 4) {
        assert_int_equal(pwrite(fd, "\xff\x00\xff\x00", 4, at), 4);
    }
    assert_int_equal(close(fd), 0);
    /* Either refused in words, or opened with what was whole before it. */
    enum rc rc = try_open(w);
    if (rc == RC_OK) {
        assert_ok(store_reader_open(w->store, &w->reader, &w->why), &w->why);
        assert_int_equal(count(w), 0);
    } else {
        assert_true(w->why.text[0] != '\0');
    }
}

/* ---- the log ---- */

static void a_small_commit_goes_to_the_log(void **state)
{
    struct world *w = *state;

    put(w, 0, 3000, 1);
    assert_true(size_of(w, ".wal") > 20000);
    assert_ok(store_compact(w->store, &w->why), &w->why);
    assert_true(size_of(w, ".wal") <= 0);
}

static void a_brief_command_leaves_no_log(void **state)
{
    struct world *w = *state;
    const struct store_duckdb_options opt = {.path = w->scratch.path,
                                             .brief = true};

    assert_ok(store_open_duckdb(&opt, &w->store, &w->why), &w->why);
    assert_ok(store_reader_open(w->store, &w->reader, &w->why), &w->why);
    put(w, 0, 5000, 1);
    assert_true(size_of(w, ".wal") <= 0);
    assert_int_equal(count(w), 5000);
}

static void a_store_in_memory_needs_no_file(void **state)
{
    struct world *w = *state;
    const struct store_duckdb_options opt = {.path = NULL};

    assert_ok(store_open_duckdb(&opt, &w->store, &w->why), &w->why);
    assert_ok(store_reader_open(w->store, &w->reader, &w->why), &w->why);
    put(w, 0, 5000, 1);
    assert_int_equal(count(w), 5000);
    assert_ok(store_compact(w->store, &w->why), &w->why);
    assert_int_equal(size_of(w, ""), -1);
}

/* The smaller groups of rows that commits leave behind are not merged with
 * full ones, which would write the whole file anew at each checkpoint. */
static void uneven_commits_do_not_bloat_the_file(void **state)
{
    /* Enough that the tables of the rollups, a megabyte each at least, do not
     * matter. */
    enum { N = STORE_BATCH_EVENTS + 3000, N_COMMITS = 7 };
    struct world *w = *state;
    int64_t before;

    for (uint64_t i = 0; i < N_COMMITS; i++) {
        put(w, i * N, N, i + 1);
    }
    before = size_of(w, "");
    assert_ok(store_compact(w->store, &w->why), &w->why);
    put(w, N_COMMITS * N, 10, N_COMMITS + 1);
    assert_ok(store_compact(w->store, &w->why), &w->why);
    assert_in_range(size_of(w, ""), before / 2, before * 5 / 4);
    assert_int_equal(count(w), N_COMMITS * N + 10);
}

/* ---- kill -9 ---- */

static void commit_for_ever(struct world *w, int tell)
{
    uint64_t n;

    open_store(w);
    assert_ok(store_position(w->store, &n, &w->why), &w->why);
    for (;;) {
        put(w, n, 700, n + 700);
        n += 700;
        if (n % 2100 == 0) {
            assert_ok(store_compact(w->store, &w->why), &w->why);
        }
        if (write(tell, &n, sizeof(n)) != (ssize_t)sizeof(n)) {
            _exit(0);
        }
    }
}

/* What was committed is there, whole commits only, wherever it was hit. */
static void killed_at_any_moment(void **state)
{
    struct world *w = *state;

    for (uint64_t round = 0; round < 8; round++) {
        int told[2];
        uint64_t n = 0;
        uint64_t pos;

        assert_int_equal(pipe(told), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            (void)close(told[0]);
            commit_for_ever(w, told[1]);
        }
        (void)close(told[1]);
        for (uint64_t i = 0; i <= round; i++) {
            assert_int_equal(read(told[0], &n, sizeof(n)), sizeof(n));
        }
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        while (read(told[0], &pos, sizeof(pos)) == (ssize_t)sizeof(pos)) {
            n = pos;
        }
        (void)close(told[0]);
        open_store(w);
        assert_ok(store_position(w->store, &pos, &w->why), &w->why);
        assert_true(pos == n || pos == n + 700);
        assert_int_equal(count(w), pos);
        close_store(w);
    }
    open_store(w);
}

int main(void)
{
#define TEST(f)  cmocka_unit_test_setup_teardown(f, setup, teardown)
#define FRESH(f) cmocka_unit_test_setup_teardown(f, setup_closed, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_kind_of_cell),
        TEST(what_no_cell_can_hold_is_told),
        TEST(sums_pass_64_bits),
        TEST(text_is_bound_not_pasted),
        TEST(what_is_kept_is_never_stale),
        TEST(a_wrong_statement_is_told_in_a_line),
        TEST(a_failure_behind_many_rows_is_no_end),
        TEST(a_long_answer_comes_whole),
        TEST(statements_do_not_reach_beyond_the_file),
        TEST(ids_that_are_uuids_are_kept_as_numbers),
        FRESH(another_process_is_named),
        FRESH(a_file_that_is_no_database_is_left_alone),
        FRESH(another_programs_database_is_refused),
        FRESH(an_empty_database_is_taken),
        FRESH(a_newer_schema_is_refused),
        FRESH(a_database_without_its_description_is_refused),
        FRESH(a_folder_that_is_not_there_is_told),
        FRESH(a_file_begun_and_never_written_is_begun_again),
        FRESH(a_damaged_log_is_told),
        TEST(a_small_commit_goes_to_the_log),
        FRESH(a_brief_command_leaves_no_log),
        FRESH(a_store_in_memory_needs_no_file),
        TEST(uneven_commits_do_not_bloat_the_file),
        FRESH(killed_at_any_moment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
