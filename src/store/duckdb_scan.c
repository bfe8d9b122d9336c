/* What the store asks of itself. */
#include "store/duckdb_priv.h"

#include <inttypes.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/utc.h"
#include "store/schema.h"
#include "store/schema_record.h"

enum { SQL_MAX = 16 * 1024, PATH_TEXT_MAX = 8 * 1024 };

/* Times beyond that (146,000 years) are none to DuckDB. */
#define TIME_FAR (INT64_C(1) << 62)

static const char *column_of(enum store_time time)
{
    return time == STORE_TIME_ARRIVAL ? "arrival" : "ts";
}

static int64_t clamp(int64_t us)
{
    if (us > TIME_FAR) {
        return TIME_FAR;
    }
    return us < -TIME_FAR ? -TIME_FAR : us;
}

static void add_range(struct buf *sql, enum store_time time, int64_t from_us,
                      int64_t to_us)
{
    buf_fmt(sql,
            " WHERE %s >= make_timestamp(%" PRId64
            ") AND %s < make_timestamp(%" PRId64 ")",
            column_of(time), clamp(from_us), column_of(time), clamp(to_us));
}

static enum rc run_text(struct duck *d, duckdb_connection conn,
                        const struct buf *sql, store_row_fn *row, void *arg,
                        struct why *why)
{
    enum rc rc = buf_rc(sql, why);

    if (rc == RC_OK) {
        struct store_sql statement = {.text = buf_view(sql)};
        rc = duck_rows(d, conn, &statement, row, arg, why);
    }
    return rc;
}

/* ---- ids ---- */

struct ids {
    store_id_fn *each;
    void *arg;
};

static enum rc id_row(void *arg, const struct store_cell *cells, size_t n_cells,
                      struct why *why)
{
    const struct ids *ids = arg;

    (void)n_cells;
    if (cells[0].kind != STORE_CELL_STR) {
        return why_set(why, RC_CORRUPT, "a stored event has no id");
    }
    return ids->each(ids->arg, cells[0].str);
}

enum rc duck_ids(struct store_reader *r, enum store_time time, int64_t from_us,
                 int64_t to_us, store_id_fn *each, void *arg, struct why *why)
{
    struct duck *d = (struct duck *)r->store;
    struct ids ids = {.each = each, .arg = arg};
    duckdb_connection conn = NULL;
    struct buf sql;
    enum rc rc = duck_enter(d, &conn, why);
    if (rc != RC_OK) {
        return rc;
    }
    buf_init(&sql, SQL_MAX);
    buf_cz(&sql, "SELECT id FROM events");
    add_range(&sql, time, from_us, to_us);
    rc = run_text(d, conn, &sql, id_row, &ids, why);
    buf_fini(&sql);
    duck_leave(d, &conn, rc);
    return rc;
}

/* ---- scan ----
 *
 * Sorting millions of wide rows at once takes gigabytes beside the file.  So
 * the range is cut at minutes into windows of about SCAN_WINDOW_EVENTS, each
 * sorted in memory:
 *
 *   from |--- window ---|- window -|----- window -----| to
 *                       ^ cut      ^ cut
 *
 * Events are stored about as they were made, so a window reads few groups of
 * rows; and all in one transaction, so that the windows are of one moment. */
struct cuts {
    int64_t *at;
    size_t n;
    int64_t n_events; /* in the window at hand */
};

static enum rc minute_row(void *arg, const struct store_cell *cells,
                          size_t n_cells, struct why *why)
{
    struct cuts *cuts = arg;
    int64_t n = cells[1].i64;

    (void)n_cells;
    (void)why;
    if (cuts->n_events > 0 && cuts->n_events + n > LIMIT_SCAN_WINDOW_EVENTS) {
        cuts->at = mem_grow(cuts->at, cuts->n + 1, sizeof(*cuts->at));
        cuts->at[cuts->n++] = cells[0].i64 * UTC_US_PER_MINUTE;
        cuts->n_events = 0;
    }
    cuts->n_events += n;
    return RC_OK;
}

struct scan {
    struct duck *d;
    duckdb_connection conn;
    enum store_time time;
    store_event_fn *each;
    void *arg;
    struct arena arena; /* the tags of one event */
};

static enum rc event_row(void *arg, const struct store_cell *cells,
                         size_t n_cells, struct why *why)
{
    struct scan *scan = arg;
    struct event ev;

    (void)n_cells;
    arena_reset(&scan->arena);
    enum rc rc = schema_event_read(cells, &scan->arena, &ev, why);
    return rc == RC_OK ? scan->each(scan->arg, &ev, why) : rc;
}

static enum rc find_cuts(struct scan *scan, int64_t from_us, int64_t to_us,
                         struct cuts *cuts, struct why *why)
{
    struct buf sql;

    buf_init(&sql, SQL_MAX);
    buf_fmt(&sql,
            "SELECT epoch_us(%s) // %" PRId64 " AS minute, count(*) "
            "FROM event_rows",
            column_of(scan->time), UTC_US_PER_MINUTE);
    add_range(&sql, scan->time, from_us, to_us);
    buf_cz(&sql, " GROUP BY minute ORDER BY minute");
    enum rc rc = run_text(scan->d, scan->conn, &sql, minute_row, cuts, why);
    buf_fini(&sql);
    return rc;
}

static enum rc scan_window(struct scan *scan, int64_t from_us, int64_t to_us,
                           struct why *why)
{
    struct buf sql;

    buf_init(&sql, SQL_MAX);
    buf_cz(&sql, "SELECT ");
    buf_str(&sql, schema_event_columns());
    buf_cz(&sql, " FROM events");
    add_range(&sql, scan->time, from_us, to_us);
    buf_fmt(&sql, " ORDER BY %s, id", column_of(scan->time));
    enum rc rc = run_text(scan->d, scan->conn, &sql, event_row, scan, why);
    buf_fini(&sql);
    return rc;
}

static enum rc scan_windows(struct scan *scan, int64_t from_us, int64_t to_us,
                            struct why *why)
{
    struct cuts cuts = {.at = NULL};
    enum rc rc = duck_run(scan->conn, "BEGIN TRANSACTION", why);

    if (rc == RC_OK) {
        rc = find_cuts(scan, from_us, to_us, &cuts, why);
    }
    for (size_t i = 0; i <= cuts.n && rc == RC_OK; i++) {
        rc = scan_window(scan, i == 0 ? from_us : cuts.at[i - 1],
                         i == cuts.n ? to_us : cuts.at[i], why);
    }
    duck_undo(scan->conn);
    mem_free(cuts.at);
    return rc;
}

enum rc duck_scan(struct store_reader *r, enum store_time time, int64_t from_us,
                  int64_t to_us, store_event_fn *each, void *arg,
                  struct why *why)
{
    struct scan scan = {
        .d = (struct duck *)r->store, .time = time, .each = each, .arg = arg};
    enum rc rc = duck_enter(scan.d, &scan.conn, why);
    if (rc != RC_OK) {
        return rc;
    }
    arena_init(&scan.arena, LIMIT_ARENA_MAX);
    rc = scan_windows(&scan, from_us, to_us, why);
    arena_fini(&scan.arena);
    duck_leave(scan.d, &scan.conn, rc);
    return rc;
}

/* ---- records ---- */

struct records {
    enum record_kind kind;
    store_record_fn *each;
    void *arg;
};

static enum rc record_row(void *arg, const struct store_cell *cells,
                          size_t n_cells, struct why *why)
{
    const struct records *records = arg;
    struct record rec;
    enum rc rc = schema_record_read(records->kind, cells, n_cells, &rec, why);

    return rc == RC_OK ? records->each(records->arg, &rec, why) : rc;
}

enum rc duck_records(struct store_reader *r, const struct store_records *of,
                     store_record_fn *each, void *arg, struct why *why)
{
    struct duck *d = (struct duck *)r->store;
    struct records records = {.kind = of->kind, .each = each, .arg = arg};
    duckdb_connection conn = NULL;
    struct buf sql;
    enum rc rc = duck_enter(d, &conn, why);
    if (rc != RC_OK) {
        return rc;
    }
    buf_init(&sql, SQL_MAX);
    buf_cz(&sql, "SELECT ");
    schema_record_add_columns(&sql, of->kind);
    buf_fmt(&sql, " FROM %.*s", STR_ARG(record_kind_name(of->kind)));
    add_range(&sql, of->time, of->from_us, of->to_us);
    buf_fmt(&sql, " ORDER BY %s, ", column_of(of->time));
    schema_record_add_order(&sql, of->kind);
    rc = run_text(d, conn, &sql, record_row, &records, why);
    buf_fini(&sql);
    duck_leave(d, &conn, rc);
    return rc;
}

/* ---- stats ---- */

static enum rc stats_row(void *arg, const struct store_cell *cells,
                         size_t n_cells, struct why *why)
{
    struct store_stats *stats = arg;

    (void)n_cells;
    (void)why;
    stats->n_events = cells[0].i64;
    if (stats->n_events > 0) {
        stats->min_ts_us = cells[1].i64;
        stats->max_ts_us = cells[2].i64;
    }
    return RC_OK;
}

static int64_t bytes_of(const struct buf *path, const char *suffix)
{
    struct stat st = {.st_size = 0};
    struct buf whole;
    int64_t bytes = 0;

    buf_init(&whole, PATH_TEXT_MAX);
    buf_cz(&whole, path->p);
    buf_cz(&whole, suffix);
    buf_char(&whole, '\0');
    if (!whole.overflown && stat(whole.p, &st) == 0) {
        bytes = st.st_size;
    }
    buf_fini(&whole);
    return bytes;
}

enum rc duck_stats(struct store_reader *r, struct store_stats *ret,
                   struct why *why)
{
    struct duck *d = (struct duck *)r->store;
    struct store_stats stats = {.min_ts_us = INT64_MAX, .max_ts_us = INT64_MIN};
    struct store_sql sql = {
        .text = STR("SELECT count(*), min(ts), max(ts) FROM event_rows")};
    enum rc rc = duck_select(r, &sql, stats_row, &stats, why);
    if (rc != RC_OK) {
        return rc;
    }
    if (d->path.n > 0) {
        stats.bytes = bytes_of(&d->path, "") + bytes_of(&d->path, ".wal");
    }
    *ret = stats;
    return RC_OK;
}
