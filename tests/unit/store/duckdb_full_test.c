/* The DuckDB store on a disk that is full.  The ceiling on the size of files
 * (RLIMIT_FSIZE) stands in for it: a write past it fails like one to a full
 * disk, at the very byte we choose. */
#include "scratch.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "store/store.h"

struct world {
    struct scratch scratch;
    struct store *store;
    struct store_reader *reader;
    struct why why;
};

static void set_room(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void open_store(struct world *w, bool brief)
{
    const struct store_duckdb_options opt = {.path = w->scratch.path,
                                             .brief = brief};

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
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    scratch_make(&w.scratch);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    set_room(RLIM_INFINITY);
    close_store(w);
    scratch_remove(&w->scratch);
    return 0;
}

/* ---- words ---- */

static rlim_t size_of(struct world *w, const char *suffix)
{
    char path[96];
    struct stat st;

    (void)snprintf(path, sizeof(path), "%s%s", w->scratch.path, suffix);
    return stat(path, &st) == 0 ? (rlim_t)st.st_size : 0;
}

/* How it ended, wherever it did. */
static enum rc try_put(struct world *w, uint64_t first, uint64_t n,
                       uint64_t pos)
{
    enum rc rc = store_begin(w->store, &w->why);

    for (uint64_t i = first; i < first + n && rc == RC_OK; i++) {
        struct scratch_event e;

        scratch_event_make(&e, i);
        rc = store_add(w->store, &e.ev, 1, &w->why);
        if (rc != RC_OK) {
            store_rollback(w->store);
            return rc;
        }
    }
    return rc == RC_OK ? store_commit(w->store, pos, &w->why) : rc;
}

static void put(struct world *w, uint64_t first, uint64_t n, uint64_t pos)
{
    assert_ok(try_put(w, first, n, pos), &w->why);
}

static uint64_t position(struct world *w)
{
    uint64_t pos = 0;

    assert_ok(store_position(w->store, &pos, &w->why), &w->why);
    return pos;
}

/* Events 0..n-1, each once. */
struct seen {
    uint64_t n;
};

static enum rc see(void *arg, const struct event *ev, struct why *why)
{
    struct seen *seen = arg;
    struct scratch_event want;

    (void)why;
    scratch_event_make(&want, seen->n++);
    assert_true(str_eq(ev->id, want.ev.id));
    assert_int_equal(ev->cost.input.pico, want.ev.cost.input.pico);
    return RC_OK;
}

static enum rc try_expect(struct world *w, uint64_t n)
{
    struct seen seen = {.n = 0};
    enum rc rc = store_scan(w->reader, STORE_TIME_CALL, INT64_MIN, INT64_MAX,
                            see, &seen, &w->why);

    if (rc == RC_OK) {
        assert_int_equal(seen.n, n);
    }
    return rc;
}

static void expect(struct world *w, uint64_t n)
{
    assert_ok(try_expect(w, n), &w->why);
}

/* ---- commits ---- */

static void a_log_that_cannot_grow_fails_the_commit(void **state)
{
    struct world *w = *state;

    open_store(w, false);
    put(w, 0, 100, 100);
    set_room(size_of(w, ".wal") + 1000);
    assert_rc(try_put(w, 100, 2000, 2100), RC_FULL);
    assert_int_equal(position(w), 100);
    expect(w, 100);
    set_room(RLIM_INFINITY);
    put(w, 100, 2000, 2100);
    expect(w, 2100);
    close_store(w);
    open_store(w, false);
    expect(w, 2100);
}

static void a_file_that_cannot_grow_fails_the_commit(void **state)
{
    struct world *w = *state;

    open_store(w, true);
    put(w, 0, 3000, 3000);
    set_room(size_of(w, "") + 1000);
    assert_rc(try_put(w, 3000, 20000, 23000), RC_FULL);
    assert_int_equal(position(w), 3000);
    expect(w, 3000);
    set_room(RLIM_INFINITY);
    put(w, 3000, 20000, 23000);
    assert_int_equal(position(w), 23000);
    expect(w, 23000);
}

/* Commits large enough to be written while events are still added. */
static void a_large_commit_fails_too(void **state)
{
    struct world *w = *state;
    uint64_t n = STORE_BATCH_EVENTS + 5000;

    open_store(w, false);
    put(w, 0, 10, 10);
    set_room(size_of(w, "") + 1000000);
    assert_rc(try_put(w, 10, n, n + 10), RC_FULL);
    assert_int_equal(position(w), 10);
    expect(w, 10);
    set_room(RLIM_INFINITY);
    put(w, 10, n, n + 10);
    expect(w, n + 10);
}

/* Room for ever more bytes of the next commit, until it fits: whatever the
 * byte that did not, the position tells what is there, and all of it is. */
static void torture(struct world *w, bool brief)
{
    enum { N = 1500, STEP = 50000 };
    uint64_t n = 0;

    open_store(w, brief);
    for (int round = 0; round < 3; round++) {
        rlim_t room = size_of(w, brief ? "" : ".wal");
        int n_failed = 0;

        for (;;) {
            set_room(room);
            enum rc rc = try_put(w, n, N, n + N);
            set_room(RLIM_INFINITY);
            uint64_t pos = position(w);
            if (rc == RC_OK || pos == n + N) {
                assert_int_equal(pos, n + N);
                break;
            }
            assert_rc(rc, RC_FULL);
            assert_int_equal(pos, n);
            expect(w, n);
            room += STEP;
            n_failed++;
        }
        assert_true(n_failed > 1);
        n += N;
        expect(w, n);
        close_store(w);
        open_store(w, brief);
        expect(w, n);
        assert_int_equal(position(w), n);
    }
}

static void a_commit_to_the_log_fails_at_any_byte(void **state)
{
    torture(*state, false);
}

static void a_commit_to_the_file_fails_at_any_byte(void **state)
{
    torture(*state, true);
}

/* There is room for the log and none for folding it into the file: a commit
 * that is in the log did not fail, though the database broke behind it. */
static void a_commit_that_is_in_the_log_went_well(void **state)
{
    enum { N = 100, ROOM = 400000 };
    struct world *w = *state;
    uint64_t n = 0;
    enum rc rc = RC_OK;

    open_store(w, true);
    put(w, 0, 0, 0);
    assert_in_range(size_of(w, ""), 0, ROOM - 1);
    set_room(ROOM);
    while (rc == RC_OK) {
        rc = try_put(w, n, N, n + N);
        n += rc == RC_OK ? N : 0;
        assert_int_equal(position(w), n);
        expect(w, n);
    }
    assert_rc(rc, RC_FULL);
    assert_true(n > 0);
    set_room(RLIM_INFINITY);
    put(w, n, N, n + N);
    expect(w, n + N);
}

/* ---- what else writes ---- */

static void a_compaction_that_fails_loses_nothing(void **state)
{
    struct world *w = *state;

    open_store(w, false);
    put(w, 0, 5000, 5000);
    set_room(size_of(w, "") + 1000);
    assert_rc(store_compact(w->store, &w->why), RC_FULL);
    expect(w, 5000);
    assert_int_equal(position(w), 5000);
    set_room(RLIM_INFINITY);
    put(w, 5000, 5, 5005);
    assert_ok(store_compact(w->store, &w->why), &w->why);
    expect(w, 5005);
}

/* A read during which the database breaks. */
struct hold {
    struct world *w;
    uint64_t n;
    enum rc compact_rc;
    enum rc position_rc;
};

static enum rc break_it(void *arg, const struct store_cell *cells,
                        size_t n_cells, struct why *why)
{
    struct hold *hold = arg;
    uint64_t pos;

    (void)cells;
    (void)n_cells;
    (void)why;
    if (hold->n++ == 0) {
        set_room(size_of(hold->w, "") + 1000);
        hold->compact_rc = store_compact(hold->w->store, &hold->w->why);
        hold->position_rc = store_position(hold->w->store, &pos, &hold->w->why);
        set_room(RLIM_INFINITY);
    }
    return RC_OK;
}

static void a_reader_is_told_to_come_back(void **state)
{
    const struct store_sql sql = {.text = STR("SELECT id FROM events")};
    struct world *w = *state;
    struct hold hold = {.w = w};

    open_store(w, false);
    put(w, 0, 30000, 30000);
    assert_rc(store_select(w->reader, &sql, break_it, &hold, &w->why),
              RC_UNAVAILABLE);
    assert_rc(hold.compact_rc, RC_FULL);
    assert_rc(hold.position_rc, RC_UNAVAILABLE);
    assert_true(hold.n < 30000);
    expect(w, 30000);
    put(w, 30000, 1, 30001);
    expect(w, 30001);
}

/* A read that goes on while there are commits holds up the compaction, and
 * nothing else. */
static enum rc commit_and_compact(void *arg, const struct store_cell *cells,
                                  size_t n_cells, struct why *why)
{
    struct hold *hold = arg;

    (void)cells;
    (void)n_cells;
    (void)why;
    if (hold->n++ == 0) {
        put(hold->w, 30000, 1, 30001);
        hold->compact_rc = store_compact(hold->w->store, &hold->w->why);
    }
    return RC_OK;
}

static void a_long_read_holds_up_the_compaction(void **state)
{
    const struct store_sql sql = {.text = STR("SELECT id FROM events")};
    struct world *w = *state;
    struct hold hold = {.w = w};

    open_store(w, false);
    put(w, 0, 30000, 30000);
    assert_ok(store_select(w->reader, &sql, commit_and_compact, &hold, &w->why),
              &w->why);
    assert_rc(hold.compact_rc, RC_BUSY);
    assert_int_equal(hold.n, 30000);
    assert_ok(store_compact(w->store, &w->why), &w->why);
    expect(w, 30001);
}

static void a_full_disk_at_the_start_is_told(void **state)
{
    struct world *w = *state;
    const struct store_duckdb_options opt = {.path = w->scratch.path};

    set_room(5000);
    assert_rc(store_open_duckdb(&opt, &w->store, &w->why), RC_FULL);
    set_room(RLIM_INFINITY);
    open_store(w, false);
    put(w, 0, 1, 1);
    expect(w, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_log_that_cannot_grow_fails_the_commit),
        TEST(a_file_that_cannot_grow_fails_the_commit),
        TEST(a_large_commit_fails_too),
        TEST(a_commit_to_the_log_fails_at_any_byte),
        TEST(a_commit_to_the_file_fails_at_any_byte),
        TEST(a_commit_that_is_in_the_log_went_well),
        TEST(a_compaction_that_fails_loses_nothing),
        TEST(a_reader_is_told_to_come_back),
        TEST(a_long_read_holds_up_the_compaction),
        TEST(a_full_disk_at_the_start_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
