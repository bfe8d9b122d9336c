/* The rollups: folding, merging, rebuilding (schema/3.sql has the tables).
 *
 *   event_rows   fold 1 | fold 2 | 3 3 3 3      the tail: fold > folded
 *                   |       |       |
 *                   v       v       |
 *   hourly_rows   fold 1 | fold 2   |
 *                    \      |      /
 *   hourly             UNION ALL
 *
 * The design refused was to add each batch's sums as it is stored: a commit
 * of few events, which is what most are, has hardly fewer sums than events,
 * and writes each of them into every rollup.  A fold sums a million events at
 * once, and until then they are read as they are. */
#include "store/duckdb_priv.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/attr.h"
#include "base/check.h"
#include "base/num.h"
#include "base/utc.h"
#include "store/kept.h"
#include "store/schema.h"

enum { SQL_MAX = 16 * 1024 };

/* Times beyond that are none to DuckDB, whole days. */
#define TIME_FAR_DAYS (INT64_C(1) << 25)

static enum rc run(duckdb_connection conn, struct buf *sql, struct why *why)
{
    buf_char(sql, '\0');
    CHECK(buf_rc(sql, NULL) == RC_OK);
    enum rc rc = duck_run(conn, sql->p, why);
    buf_clear(sql);
    return rc;
}

/* "SELECT KEYS, SUMS, fold FROM source": to be followed by a condition and
 * by add_groups.  Sums stay below 2^60, so that a question may add up eight of
 * a row; it takes a million events of an hour with 2^40 tokens each to get
 * there.  The fold then fails and the events are read as they are. */
static void add_select(struct buf *sql, const struct rollup *r, uint32_t fold,
                       const char *source)
{
    struct str rest = r->sums;
    struct str column = STR_EMPTY;

    buf_fmt(sql, "SELECT date_trunc('%s', ts) AS ts, %.*s",
            r->bucket_us == UTC_US_PER_DAY ? "day" : "hour", STR_ARG(r->keys));
    while (str_cut(&rest, ',', &column)) {
        column = str_trim(column);
        buf_fmt(sql, ", CAST(8 * sum(%.*s) AS BIGINT) // 8 AS %.*s",
                STR_ARG(column), STR_ARG(column));
    }
    buf_fmt(sql, ", CAST(%" PRIu32 " AS UINTEGER) AS fold FROM %s", fold,
            source);
}

/* In order, so that a range of time is a few groups of rows, and neighbours
 * are alike, which compresses well. */
static void add_groups(struct buf *sql, const struct rollup *r)
{
    buf_fmt(sql, " GROUP BY ALL ORDER BY 1, %.*s", STR_ARG(r->keys));
}

/* ---- a transaction ---- */

typedef enum rc work_fn(duckdb_connection conn, void *arg, struct buf *sql,
                        struct why *why);

static enum rc transact(struct duck *d, work_fn *work, void *arg,
                        struct why *why)
{
    duckdb_connection conn = NULL;
    struct buf sql;

    CHECK(!d->writer);
    enum rc rc = duck_enter(d, &conn, why);
    if (rc != RC_OK) {
        return rc;
    }
    buf_init(&sql, SQL_MAX);
    rc = duck_run(conn, "BEGIN TRANSACTION", why);
    if (rc == RC_OK) {
        rc = work(conn, arg, &sql, why);
        if (rc == RC_OK) {
            rc = duck_run(conn, "COMMIT", why);
        }
        if (rc != RC_OK) {
            duck_undo(conn);
        }
    }
    buf_fini(&sql);
    duck_leave(d, &conn, rc);
    return rc;
}

/* ---- fold ---- */

static enum rc fold_one(duckdb_connection conn, const struct rollup *r,
                        uint32_t fold, struct buf *sql, struct why *why)
{
    buf_fmt(sql, "INSERT INTO %.*s_rows BY NAME ", STR_ARG(r->name));
    add_select(sql, r, fold, "event_sums");
    buf_fmt(sql, " WHERE fold = %" PRIu32, fold);
    add_groups(sql, r);
    return run(conn, sql, why);
}

enum rc duck_make_views(duckdb_connection conn, uint32_t folded,
                        struct buf *sql, struct why *why)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < rollup_table_n && rc == RC_OK; i++) {
        const struct rollup *r = &rollup_table[i];
        buf_fmt(sql,
                "CREATE OR REPLACE VIEW %.*s AS SELECT * EXCLUDE (fold) FROM "
                "%.*s_rows UNION ALL SELECT ts, %.*s, %.*s FROM event_sums "
                "WHERE fold > %" PRIu32,
                STR_ARG(r->name), STR_ARG(r->name), STR_ARG(r->keys),
                STR_ARG(r->sums), folded);
        rc = run(conn, sql, why);
    }
    if (rc == RC_OK) {
        buf_fmt(sql,
                "CREATE OR REPLACE VIEW event_tail AS SELECT ts FROM "
                "event_rows WHERE fold > %" PRIu32,
                folded);
        rc = run(conn, sql, why);
    }
    return rc;
}

static enum rc fold_all(duckdb_connection conn, void *arg, struct buf *sql,
                        struct why *why)
{
    uint32_t fold = *(const uint32_t *)arg;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < rollup_table_n && rc == RC_OK; i++) {
        rc = fold_one(conn, &rollup_table[i], fold, sql, why);
    }
    if (rc == RC_OK) {
        rc = duck_make_views(conn, fold, sql, why);
    }
    if (rc == RC_OK) {
        buf_fmt(sql, "UPDATE toll_meta SET folded = %" PRIu32, fold);
        rc = run(conn, sql, why);
    }
    return rc;
}

enum rc duck_fold(struct duck *d, struct why *why)
{
    mutex_lock(&d->lock);
    uint32_t fold = d->folded + 1;
    bool is_empty = d->n_tail == 0;
    mutex_unlock(&d->lock);
    if (is_empty) {
        return RC_OK;
    }
    enum rc rc = transact(d, fold_all, &fold, why);
    if (rc != RC_OK) {
        return why_prefix(why, rc, "summing events into the rollups");
    }
    mutex_lock(&d->lock);
    d->folded = fold;
    d->n_tail = 0;
    mutex_unlock(&d->lock);
    d->is_unmerged = true;
    return RC_OK;
}

/* ---- merge ---- */

enum merge { MERGE_NOT_YET = 1, MERGE_MARK, MERGE_REWRITE };

struct counts {
    int64_t n[4];
};

static enum rc take_counts(void *arg, const struct store_cell *cells,
                           size_t n_cells, struct why *why)
{
    struct counts *counts = arg;

    (void)why;
    CHECK(n_cells <= ARRAY_N(counts->n));
    for (size_t i = 0; i < n_cells; i++) {
        counts->n[i] = cells[i].kind == STORE_CELL_I64 ? cells[i].i64 : 0;
    }
    return RC_OK;
}

static enum rc count(struct duck *d, duckdb_connection conn,
                     const struct buf *sql, struct counts *ret, struct why *why)
{
    const struct store_sql statement = {.text = buf_view(sql)};

    return duck_rows(d, conn, &statement, take_counts, ret, why);
}

/* Events of one hour mostly come in one fold, late ones and imports do not.
 * It is looked at when no fewer rows are unmerged than merged, so not often;
 * and the rows are written anew only where that makes a quarter of them
 * unnecessary, since the file stays as large as both are together. */
static enum rc choose_merge(struct duck *d, duckdb_connection conn,
                            const struct rollup *r, enum merge *ret,
                            struct why *why)
{
    struct counts by_fold = {.n = {0}};
    struct counts alike = {.n = {0}};
    struct buf sql;

    *ret = MERGE_NOT_YET;
    buf_init(&sql, SQL_MAX);
    buf_fmt(&sql,
            "SELECT count(*) FILTER (fold = 0), count(*) FILTER (fold > 0), "
            "CAST(max(fold) - min(fold) AS BIGINT) FROM %.*s_rows",
            STR_ARG(r->name));
    enum rc rc = count(d, conn, &sql, &by_fold, why);
    if (rc == RC_OK && by_fold.n[2] > 0 && by_fold.n[1] >= by_fold.n[0]) {
        buf_clear(&sql);
        buf_fmt(&sql,
                "SELECT count(*) FROM (SELECT 1 FROM %.*s_rows GROUP BY ts, "
                "%.*s)",
                STR_ARG(r->name), STR_ARG(r->keys));
        rc = count(d, conn, &sql, &alike, why);
        bool saves = alike.n[0] * 4 <= (by_fold.n[0] + by_fold.n[1]) * 3;
        *ret = saves ? MERGE_REWRITE : MERGE_MARK;
    }
    buf_fini(&sql);
    return rc;
}

static enum rc merge_one(struct duck *d, duckdb_connection conn,
                         const struct rollup *r, struct buf *sql,
                         struct why *why)
{
    enum merge merge;
    enum rc rc = choose_merge(d, conn, r, &merge, why);

    if (rc != RC_OK || merge == MERGE_NOT_YET) {
        return rc;
    }
    if (merge == MERGE_MARK) {
        buf_fmt(sql, "UPDATE %.*s_rows SET fold = 0 WHERE fold > 0",
                STR_ARG(r->name));
    } else {
        buf_fmt(sql, "CREATE OR REPLACE TABLE %.*s_rows AS ", STR_ARG(r->name));
        add_select(sql, r, 0, "");
        buf_fmt(sql, "%.*s_rows", STR_ARG(r->name));
        add_groups(sql, r);
    }
    return run(conn, sql, why);
}

static enum rc merge_all(duckdb_connection conn, void *arg, struct buf *sql,
                         struct why *why)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < rollup_table_n && rc == RC_OK; i++) {
        rc = merge_one(arg, conn, &rollup_table[i], sql, why);
    }
    return rc;
}

enum rc duck_merge(struct duck *d, struct why *why)
{
    enum rc rc = transact(d, merge_all, d, why);
    if (rc != RC_OK) {
        return why_prefix(why, rc, "merging the rollups");
    }
    d->is_unmerged = false;
    return RC_OK;
}

/* ---- rebuild ---- */

struct range {
    int64_t from_us;
    int64_t to_us;
    uint32_t folded;
};

static int64_t clamp(int64_t us)
{
    const int64_t far_us = TIME_FAR_DAYS * UTC_US_PER_DAY;

    return us < -far_us ? -far_us : us > far_us ? far_us : us;
}

static enum rc rebuild_all(duckdb_connection conn, void *arg, struct buf *sql,
                           struct why *why)
{
    const struct range *range = arg;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < rollup_table_n && rc == RC_OK; i++) {
        const struct rollup *r = &rollup_table[i];
        int64_t from = num_floor_div(range->from_us, r->bucket_us);
        int64_t to = num_floor_div(range->to_us - 1, r->bucket_us) + 1;
        char where[128];
        snprintf(where, sizeof(where),
                 " WHERE ts >= make_timestamp(%" PRId64
                 ") AND ts < make_timestamp(%" PRId64 ")",
                 from * r->bucket_us, to * r->bucket_us);
        buf_fmt(sql, "DELETE FROM %.*s_rows%s", STR_ARG(r->name), where);
        rc = run(conn, sql, why);
        if (rc == RC_OK) {
            buf_fmt(sql, "INSERT INTO %.*s_rows BY NAME ", STR_ARG(r->name));
            add_select(sql, r, 0, "event_sums");
            buf_fmt(sql, "%s AND fold <= %" PRIu32, where, range->folded);
            add_groups(sql, r);
            rc = run(conn, sql, why);
        }
    }
    return rc;
}

enum rc duck_rebuild(struct store *s, int64_t from_us, int64_t to_us,
                     struct why *why)
{
    struct duck *d = (struct duck *)s;
    struct range range = {.from_us = clamp(from_us), .to_us = clamp(to_us)};

    if (range.from_us >= range.to_us) {
        return RC_OK;
    }
    mutex_lock(&d->lock);
    range.folded = d->folded;
    mutex_unlock(&d->lock);
    enum rc rc = transact(d, rebuild_all, &range, why);
    if (rc == RC_OK) {
        kept_change_all(d->kept); /* events were changed or removed */
    }
    return rc == RC_OK ? rc : why_prefix(why, rc, "rebuilding the rollups");
}
