#include "store/duckdb_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "store/kept.h"

enum {
    PATH_MAX_BYTES = 4096,
    /* A database file begins with three headers of this size. */
    HEADER_BYTES = 4096,
    MAGIC_AT = 8, /* behind a checksum */
    NAP_MIN_NS = 50 * 1000,
    NAP_MAX_NS = 1000 * 1000
};

static const char MAGIC[] = {'D', 'U', 'C', 'K'};

/* ---- statements ---- */

/* Left to itself DuckDB waits for the thread that does the work by asking
 * again and again, which takes a second core for nothing.  Naps grow, so that
 * a short wait ends soon and a long one costs little. */
static void nap(long *ns)
{
    const struct timespec time = {.tv_nsec = *ns};

    (void)nanosleep(&time, NULL);
    *ns = *ns < NAP_MAX_NS / 2 ? *ns * 2 : NAP_MAX_NS;
}

enum rc duck_await(duckdb_prepared_statement statement, bool is_streamed,
                   duckdb_result *ret_result, struct why *why)
{
    duckdb_pending_result pending = NULL;
    duckdb_state state =
        is_streamed ? duckdb_pending_prepared_streaming(statement, &pending)
                    : duckdb_pending_prepared(statement, &pending);
    duckdb_pending_state progress = DUCKDB_PENDING_RESULT_NOT_READY;
    long nap_ns = NAP_MIN_NS;
    enum rc rc = RC_OK;

    while (state == DuckDBSuccess && progress != DUCKDB_PENDING_RESULT_READY) {
        progress = duckdb_pending_execute_task(pending);
        if (progress == DUCKDB_PENDING_NO_TASKS_AVAILABLE) {
            nap(&nap_ns);
        } else if (progress == DUCKDB_PENDING_ERROR) {
            state = DuckDBError;
        }
    }
    if (state != DuckDBSuccess) {
        rc = duck_error(duckdb_pending_error(pending), why);
    } else if (duckdb_execute_pending(pending, ret_result) != DuckDBSuccess) {
        rc = duck_error(duckdb_result_error(ret_result), why);
    }
    duckdb_destroy_pending(&pending);
    return rc;
}

enum rc duck_run(duckdb_connection conn, const char *sql, struct why *why)
{
    duckdb_prepared_statement statement = NULL;
    duckdb_result result = {.internal_data = NULL};
    enum rc rc = RC_OK;

    if (duckdb_prepare(conn, sql, &statement) != DuckDBSuccess) {
        rc = duck_error(duckdb_prepare_error(statement), why);
    } else {
        rc = duck_await(statement, false, &result, why);
    }
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
    return rc;
}

void duck_undo(duckdb_connection conn)
{
    duckdb_result result;

    /* A transaction that failed may be gone already: that is no failure. */
    (void)duckdb_query(conn, "ROLLBACK", &result);
    duckdb_destroy_result(&result);
}

/* ---- opening ---- */

/* The process that made the file was killed before it had written the file's
 * headers, so nothing can be in it; DuckDB would refuse it for ever. */
static bool is_unborn(int fd)
{
    char head[MAGIC_AT + sizeof(MAGIC)];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    off_t size = lseek(fd, 0, SEEK_END);

    if (fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type != F_UNLCK) {
        return false; /* somebody is about to write them */
    }
    if (size == 0) {
        return true;
    }
    return size > 0 && size < (off_t)3 * HEADER_BYTES &&
           pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
           memcmp(head + MAGIC_AT, MAGIC, sizeof(MAGIC)) == 0;
}

static enum rc discard_unborn(const char *path, struct why *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum rc rc = RC_OK;

    if (fd < 0) {
        return RC_OK; /* new, or DuckDB will say what is wrong with it */
    }
    if (is_unborn(fd) && unlink(path) != 0) {
        rc = why_errno(why, errno,
                       "removing %s, which was begun and never written", path);
    }
    (void)close(fd);
    return rc;
}

static void set(duckdb_config config, const char *name, const char *value)
{
    /* Names and values are ours; one that this DuckDB does not know is a
     * mistake of the build. */
    CHECK(duckdb_set_config(config, name, value) == DuckDBSuccess);
}

static void set_number(duckdb_config config, const char *name, int64_t n,
                       const char *unit)
{
    struct buf text;

    buf_init(&text, 64);
    buf_i64(&text, n);
    buf_cz(&text, unit);
    buf_char(&text, '\0');
    set(config, name, text.p);
    buf_fini(&text);
}

static duckdb_config make_config(const struct duck *d)
{
    duckdb_config config;

    CHECK(duckdb_create_config(&config) == DuckDBSuccess);
    /* Else files are written for versions before the better compression. */
    set(config, "storage_compatibility_version", "latest");
    /* Where there is a file, what does not fit into memory goes beside it. */
    if (d->path.n == 0) {
        set(config, "temp_directory", "");
    }
    /* Nothing is ever fetched, and no statement reaches beyond the file. */
    set(config, "autoinstall_known_extensions", "false");
    set(config, "autoload_known_extensions", "false");
    set(config, "enable_external_access", "false");
    /* Large commits take the memory of one group of rows, not of five. */
    set(config, "write_buffer_row_group_count", "1");
    /* A checkpoint would merge the smaller groups of rows that commits leave
     * behind with their full neighbours: it writes the whole file anew, which
     * takes minutes and leaves it twice as large.  There is at most one such
     * group a commit of STORE_BATCH_EVENTS. */
    set(config, "max_vacuum_tasks", "0");
    set_number(config, "memory_limit", d->memory_bytes, "B");
    set_number(config, "checkpoint_threshold",
               d->brief ? LIMIT_STORE_LOG_BRIEF_BYTES : LIMIT_STORE_LOG_BYTES,
               "B");
    if (d->threads > 0) {
        set_number(config, "threads", d->threads, "");
    }
    return config;
}

static enum rc open_file(struct duck *d, struct why *why)
{
    duckdb_config config = make_config(d);
    char *error = NULL;
    enum rc rc = RC_OK;

    if (duckdb_open_ext(d->path.p, &d->db, config, &error) != DuckDBSuccess) {
        d->db = NULL;
        rc = duck_error(error, why);
        duckdb_free(error);
    }
    duckdb_destroy_config(&config);
    return rc;
}

static enum rc settle(struct duck *d, bool is_new, struct why *why)
{
    duckdb_connection conn = NULL;

    if (duckdb_connect(d->db, &conn) != DuckDBSuccess) {
        return why_set(why, RC_UNAVAILABLE, "the database takes no connection");
    }
    enum rc rc = duck_migrate(conn, is_new, &d->position, why);
    if (rc == RC_OK) {
        rc = duck_read_tail(conn, &d->folded, &d->n_tail, why);
    }
    if (rc == RC_OK) {
        rc = duck_batch_register(d, conn, why);
    }
    duckdb_disconnect(&conn);
    return rc;
}

static enum rc open_database(struct duck *d, struct why *why)
{
    bool is_file = d->path.n > 0;
    enum rc rc = is_file ? discard_unborn(d->path.p, why) : RC_OK;
    if (rc != RC_OK) {
        return rc;
    }
    bool is_new = !is_file || access(d->path.p, F_OK) != 0;
    rc = open_file(d, why);
    if (rc == RC_OK) {
        rc = settle(d, is_new, why);
        if (rc != RC_OK) {
            duckdb_close(&d->db);
        }
    }
    if (rc != RC_OK && is_file) {
        rc = why_prefix(why, rc, "%s", d->path.p);
    }
    return rc;
}

/* ---- entering and leaving ---- */

/* What was only in memory is gone with a database that broke, so that one
 * stays broken. */
static enum rc mend(struct duck *d, struct why *why)
{
    if (d->path.n == 0) {
        return why_set(why, RC_UNAVAILABLE, "%s", d->trouble.text);
    }
    duckdb_close(&d->db);
    enum rc rc = open_database(d, why);
    d->is_broken = rc != RC_OK;
    kept_change_all(d->kept); /* its log may hold what seemed to have failed */
    return rc;
}

static enum rc enter_locked(struct duck *d, duckdb_connection *ret_conn,
                            struct why *why)
{
    if (d->is_broken && d->n_inside > 0) {
        return why_set(why, RC_UNAVAILABLE, "%s", d->trouble.text);
    }
    if (d->is_broken) {
        enum rc rc = mend(d, why);
        if (rc != RC_OK) {
            return rc;
        }
    }
    if (duckdb_connect(d->db, ret_conn) != DuckDBSuccess) {
        return why_set(why, RC_UNAVAILABLE, "the database takes no connection");
    }
    d->n_inside++;
    d->is_used = true;
    return RC_OK;
}

enum rc duck_enter(struct duck *d, duckdb_connection *ret_conn, struct why *why)
{
    mutex_lock(&d->lock);
    enum rc rc = enter_locked(d, ret_conn, why);
    mutex_unlock(&d->lock);
    return rc;
}

/* A broken database refuses any statement; a whole one has no trouble with
 * this one, whatever went wrong before. */
static void look_after(struct duck *d)
{
    duckdb_connection conn = NULL;

    if (d->is_broken) {
        return;
    }
    if (duckdb_connect(d->db, &conn) != DuckDBSuccess) {
        d->is_broken = true;
        (void)duck_error(NULL, &d->trouble);
        return;
    }
    d->is_broken = duck_run(conn, "SELECT 1", &d->trouble) != RC_OK;
    duckdb_disconnect(&conn);
}

void duck_leave(struct duck *d, duckdb_connection *conn, enum rc rc)
{
    duckdb_disconnect(conn);
    mutex_lock(&d->lock);
    if (rc != RC_OK) {
        look_after(d);
    }
    d->n_inside--;
    mutex_unlock(&d->lock);
}

bool duck_is_broken(struct duck *d)
{
    mutex_lock(&d->lock);
    bool is_broken = d->is_broken;
    mutex_unlock(&d->lock);
    return is_broken;
}

/* ---- transactions ---- */

static struct duck *duck_of(struct store *s)
{
    return (struct duck *)s;
}

static uint32_t next_fold(struct duck *d)
{
    mutex_lock(&d->lock);
    uint32_t fold = d->folded + 1;
    mutex_unlock(&d->lock);
    return fold;
}

static uint64_t n_tail(struct duck *d)
{
    mutex_lock(&d->lock);
    uint64_t n = d->n_tail;
    mutex_unlock(&d->lock);
    return n;
}

static enum rc begin(struct store *s, struct why *why)
{
    struct duck *d = duck_of(s);

    CHECK(!d->writer);
    enum rc rc = duck_enter(d, &d->writer, why);
    if (rc != RC_OK) {
        return rc;
    }
    rc = duck_run(d->writer, "BEGIN TRANSACTION", why);
    if (rc == RC_OK) {
        rc = duck_batch_open(d->writer, next_fold(d), &d->batch, why);
    }
    d->n_added = 0;
    d->batch_rc = rc;
    if (rc != RC_OK) {
        duck_leave(d, &d->writer, rc);
        d->writer = NULL;
    }
    return rc;
}

static enum rc add(struct store *s, const struct event *ev, size_t n,
                   struct why *why)
{
    struct duck *d = duck_of(s);

    CHECK(d->writer);
    for (size_t i = 0; i < n && d->batch_rc == RC_OK; i++) {
        d->batch_rc = duck_batch_add(d->batch, &ev[i], &d->batch_why);
        kept_note(d->kept, ev[i].ts_us);
        d->n_added++;
    }
    if (d->batch_rc != RC_OK) {
        return why_set(why, d->batch_rc, "%s", d->batch_why.text);
    }
    return RC_OK;
}

static enum rc add_records(struct store *s, const struct record *rec, size_t n,
                           struct why *why)
{
    struct duck *d = duck_of(s);

    CHECK(d->writer);
    if (d->batch_rc == RC_OK) {
        d->batch_rc = duck_records_add(d, rec, n, &d->batch_why);
    }
    for (size_t i = 0; i < n; i++) {
        kept_note(d->kept, rec[i].ts_us);
    }
    if (d->batch_rc != RC_OK) {
        return why_set(why, d->batch_rc, "%s", d->batch_why.text);
    }
    return RC_OK;
}

/* Ends the transaction, which went as `rc` says. */
static void finish(struct duck *d, enum rc rc)
{
    duck_records_close(d);
    duck_batch_close(&d->batch);
    if (rc != RC_OK) {
        duck_undo(d->writer);
    }
    duck_leave(d, &d->writer, rc);
    d->writer = NULL;
}

static void rollback(struct store *s)
{
    struct duck *d = duck_of(s);

    CHECK(d->writer);
    finish(d, d->batch_rc == RC_OK ? RC_END : d->batch_rc);
    kept_forget(d->kept);
}

static enum rc commit_inside(struct duck *d, uint64_t journal_pos,
                             struct why *why)
{
    struct buf sql;

    if (d->batch_rc != RC_OK) {
        return why_set(why, d->batch_rc, "%s", d->batch_why.text);
    }
    enum rc rc = duck_batch_flush(d->batch, why);
    if (rc == RC_OK) {
        rc = duck_records_flush(d, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    buf_init(&sql, 128);
    buf_fmt(&sql, "UPDATE toll_meta SET journal_pos = %" PRIu64, journal_pos);
    buf_char(&sql, '\0');
    rc = duck_run(d->writer, sql.p, why);
    buf_fini(&sql);
    return rc == RC_OK ? duck_run(d->writer, "COMMIT", why) : rc;
}

static enum rc position(struct store *s, uint64_t *ret_pos, struct why *why)
{
    struct duck *d = duck_of(s);
    duckdb_connection conn = NULL;
    enum rc rc = duck_enter(d, &conn, why);
    if (rc != RC_OK) {
        return rc;
    }
    mutex_lock(&d->lock);
    *ret_pos = d->position;
    mutex_unlock(&d->lock);
    duck_leave(d, &conn, RC_OK);
    return RC_OK;
}

/* A commit whose last step, folding the log into the file, failed breaks the
 * database although the log may hold it whole: then it did not fail. */
static bool is_there_after_all(struct duck *d, uint64_t journal_pos)
{
    uint64_t pos;

    return duck_is_broken(d) && position(&d->base, &pos, NULL) == RC_OK &&
           pos == journal_pos;
}

/* Events that keep coming leave no idle time to fold in.  A fold that fails
 * takes nothing back of what was committed; the next try is as far away as
 * the first was, or when idle, which tells. */
static void fold_when_due(struct duck *d)
{
    struct why ignored;

    if (n_tail(d) >= d->n_fold_at) {
        d->n_fold_at = duck_fold(d, &ignored) == RC_OK
                           ? LIMIT_STORE_FOLD_EVENTS
                           : n_tail(d) + LIMIT_STORE_FOLD_EVENTS;
    }
}

static enum rc commit(struct store *s, uint64_t journal_pos, struct why *why)
{
    struct duck *d = duck_of(s);

    CHECK(d->writer);
    enum rc rc = commit_inside(d, journal_pos, why);
    if (rc == RC_OK) {
        mutex_lock(&d->lock);
        d->position = journal_pos;
        d->n_tail += d->n_added;
        mutex_unlock(&d->lock);
        d->has_grown = true;
    }
    finish(d, rc);
    if (rc != RC_OK && is_there_after_all(d, journal_pos)) {
        rc = RC_OK;
    }
    if (rc == RC_OK) {
        kept_commit(d->kept);
        fold_when_due(d);
    } else {
        kept_forget(d->kept);
    }
    return rc;
}

/* ---- upkeep ---- */

/* DuckDB keeps blocks it has read until it needs the room.  Lowering its
 * ceiling for a moment makes it let go of them; the blocks stay in the
 * system's cache, so the next read is slower by little. */
static void give_memory_back(struct duck *d)
{
    duckdb_connection conn = NULL;
    struct buf sql;
    struct why ignored;

    if (duckdb_connect(d->db, &conn) != DuckDBSuccess) {
        return;
    }
    buf_init(&sql, 128);
    buf_fmt(&sql, "SET memory_limit = '%dB'", LIMIT_STORE_REST_BYTES);
    buf_char(&sql, '\0');
    if (duck_run(conn, sql.p, &ignored) == RC_OK) {
        buf_clear(&sql);
        buf_fmt(&sql, "SET memory_limit = '%" PRId64 "B'", d->memory_bytes);
        buf_char(&sql, '\0');
        CHECK(duck_run(conn, sql.p, &ignored) == RC_OK);
    }
    buf_fini(&sql);
    duckdb_disconnect(&conn);
    (void)malloc_trim(0);
}

static bool has_been_used(struct duck *d)
{
    mutex_lock(&d->lock);
    bool is_used = d->is_used;
    mutex_unlock(&d->lock);
    return is_used;
}

static enum rc fold(struct store *s, struct why *why)
{
    return duck_fold(duck_of(s), why);
}

static enum rc tidy_rollups(struct duck *d, struct why *why)
{
    enum rc rc = RC_OK;

    if (n_tail(d) >= LIMIT_STORE_FOLD_IDLE_EVENTS) {
        rc = duck_fold(d, why);
    }
    if (rc == RC_OK && d->is_unmerged) {
        rc = duck_merge(d, why);
    }
    return rc;
}

static enum rc compact(struct store *s, struct why *why)
{
    struct duck *d = duck_of(s);
    duckdb_connection conn = NULL;

    if (!has_been_used(d)) {
        return RC_OK;
    }
    enum rc rc = tidy_rollups(d, why);
    if (rc == RC_OK) {
        rc = duck_enter(d, &conn, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    rc = duck_run(conn, "CHECKPOINT", why);
    duck_leave(d, &conn, rc);
    mutex_lock(&d->lock);
    if (d->n_inside == 0 && !d->is_broken) {
        give_memory_back(d);
        d->is_used = rc != RC_OK;
    }
    mutex_unlock(&d->lock);
    return rc;
}

/* ---- the store ---- */

/* A command that has brought many events ends before it is ever idle, and
 * whoever asks next would read each of them. */
static void fold_at_end(struct duck *d)
{
    struct why ignored;

    if (d->brief && d->has_grown && n_tail(d) >= LIMIT_STORE_FOLD_IDLE_EVENTS &&
        duck_fold(d, &ignored) != RC_OK) {
        return; /* the next idle server tries again, and tells */
    }
}

static void duck_close(struct store **s)
{
    struct duck *d = duck_of(*s);

    if (d->writer) {
        rollback(*s);
    }
    CHECK(d->n_inside == 0);
    fold_at_end(d);
    duckdb_close(&d->db);
    kept_free(&d->kept);
    mutex_fini(&d->lock);
    buf_fini(&d->path);
    mem_free(d);
    *s = NULL;
}

static const struct store_ops DUCK_OPS = {
    .name = "duckdb",
    .begin = begin,
    .add = add,
    .add_records = add_records,
    .commit = commit,
    .rollback = rollback,
    .position = position,
    .reader_open = duck_reader_open,
    .reader_close = duck_reader_close,
    .select = duck_select,
    .scan = duck_scan,
    .ids = duck_ids,
    .records = duck_records,
    .stats = duck_stats,
    .compact = compact,
    .fold = fold,
    .rebuild = duck_rebuild,
    .close = duck_close,
};

enum rc store_open_duckdb(const struct store_duckdb_options *opt,
                          struct store **ret_store, struct why *why)
{
    struct duck *d = mem_alloc(sizeof(*d));

    d->base.ops = &DUCK_OPS;
    d->threads = opt->threads;
    d->memory_bytes =
        opt->memory_bytes > 0 ? opt->memory_bytes : LIMIT_STORE_MEMORY_BYTES;
    d->brief = opt->brief;
    d->kept = kept_new(LIMIT_STORE_KEPT_BYTES, duck_select_anew, d);
    d->n_fold_at = LIMIT_STORE_FOLD_EVENTS;
    d->is_unmerged = true;
    d->is_used = true; /* opening may have read a log */
    mutex_init(&d->lock);
    buf_init(&d->path, PATH_MAX_BYTES);
    if (opt->path) {
        buf_cz(&d->path, opt->path);
        buf_char(&d->path, '\0');
    }
    enum rc rc = buf_rc(&d->path, why);
    if (rc == RC_OK) {
        rc = open_database(d, why);
    }
    if (rc != RC_OK) {
        struct store *s = &d->base;
        duck_close(&s);
        return rc;
    }
    *ret_store = &d->base;
    return RC_OK;
}
