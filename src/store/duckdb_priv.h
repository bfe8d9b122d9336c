/* What the files of the DuckDB store share; only they include duckdb.h.
 *
 *   duckdb.c          open, close, transactions, upkeep, recovery
 *   duckdb_append.c   events to vectors
 *   duckdb_record.c   records to rows
 *   duckdb_read.c     a statement's rows as cells
 *   duckdb_rollup.c   folding, merging and rebuilding the rollups
 *   duckdb_scan.c     scan, ids, stats
 *   duckdb_schema.c   creating and migrating the tables
 *   duckdb_error.c    what DuckDB says, in a line and a code */
#ifndef STORE_DUCKDB_PRIV_H
#define STORE_DUCKDB_PRIV_H

#include <duckdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/thread.h"
#include "base/why.h"
#include "store/store.h"

struct duck_batch;
struct duck_records;
struct kept;

/* After a failure in the middle of its own upkeep, such as a disk that fills
 * up during a checkpoint, DuckDB refuses everything until the database has
 * been closed and opened anew.  That needs every connection to be gone.  So
 * nobody keeps one: whoever uses the database enters, gets a connection (7
 * microseconds), and leaves; and the first to enter a broken database that
 * nobody is in opens it anew. */
struct duck {
    struct store base;
    struct buf path; /* ends with a NUL; empty: in memory */
    int threads;
    int64_t memory_bytes;
    bool brief;
    struct kept *kept; /* answers; has a lock of its own */

    struct mutex lock;  /* guards what follows */
    duckdb_database db; /* NULL when opening it anew failed */
    bool is_broken;
    struct why trouble; /* what broke it */
    uint32_t n_inside;
    bool is_used;      /* since it was last compacted */
    uint64_t position; /* of the last commit */
    uint32_t folded;   /* folds that the rollups hold; events go to the next */
    uint64_t n_tail;   /* events of the next */

    /* The writer thread's own. */
    duckdb_connection writer; /* NULL: no open transaction */
    struct duck_batch *batch;
    struct duck_records *records; /* NULL: none in the transaction */
    uint64_t n_added;
    uint64_t n_fold_at; /* events of a tail that is due, idle or not */
    bool is_unmerged;   /* there have been folds since rows were merged */
    bool has_grown;     /* since it was opened */
    enum rc batch_rc;   /* a failed add dooms the transaction */
    struct why batch_why;
};

/* duck_enter: a connection to work with until duck_leave.  RC_UNAVAILABLE
 * while a broken database waits for others to leave, or what opening it anew
 * failed with. */
enum rc duck_enter(struct duck *d, duckdb_connection *ret_conn,
                   struct why *why) MUST_CHECK;
/* duck_leave: `rc` is how the work ended; after a failure it is looked into
 * whether the database is broken. */
void duck_leave(struct duck *d, duckdb_connection *conn, enum rc rc);
/* duck_is_broken: somebody found the database broken, so do not go on. */
bool duck_is_broken(struct duck *d);

/* duck_run: one statement whose answer does not matter. */
enum rc duck_run(duckdb_connection conn, const char *sql,
                 struct why *why) MUST_CHECK;
/* duck_await: run a prepared statement.
 *   is_streamed  the rows are made while they are fetched */
enum rc duck_await(duckdb_prepared_statement statement, bool is_streamed,
                   duckdb_result *ret_result, struct why *why) MUST_CHECK;

/* duck_undo: rolls back whatever transaction is open. */
void duck_undo(duckdb_connection conn);

/* duck_error: a message of DuckDB's as a code and a line; NULL is taken for
 * a failure without one. */
enum rc duck_error(const char *message, struct why *why);

/* Made at build from schema/N.sql. */
extern const struct str schema_sql_1;
extern const struct str schema_sql_2;
extern const struct str schema_sql_3;
extern const struct str schema_sql_4;
extern const struct str schema_sql_5;
extern const struct str schema_sql_6;

/* duck_migrate: brings an open database, new or of an older toll, to the
 * current schema; *ret_pos is the journal position in it.  RC_CORRUPT when
 * it is somebody else's or newer.
 *   is_new  known to be empty */
enum rc duck_migrate(duckdb_connection conn, bool is_new, uint64_t *ret_pos,
                     struct why *why) MUST_CHECK;

/* duck_read_tail: the number of the last fold, and how many events are not in
 * it or one before. */
enum rc duck_read_tail(duckdb_connection conn, uint32_t *ret_folded,
                       uint64_t *ret_n_tail, struct why *why) MUST_CHECK;

/* The rollups.  Writer thread, no open transaction; each is one of its own.
 * duck_fold: the tail becomes rows of the rollups; nothing when there is
 * none.  duck_merge: rows alike become one, where it is worth it.
 * duck_rebuild: store_rebuild. */
enum rc duck_fold(struct duck *d, struct why *why) MUST_CHECK;
enum rc duck_merge(struct duck *d, struct why *why) MUST_CHECK;
enum rc duck_rebuild(struct store *s, int64_t from_us, int64_t to_us,
                     struct why *why);

/* duck_make_views: the rollups' views and that of the tail, for `folded` folds.
 *   sql  empty, and afterwards */
enum rc duck_make_views(duckdb_connection conn, uint32_t folded,
                        struct buf *sql, struct why *why) MUST_CHECK;

/* The rows of one transaction on their way in.  duck_batch_register makes an
 * opened database know d->batch, through which they go. */
enum rc duck_batch_register(struct duck *d, duckdb_connection conn,
                            struct why *why) MUST_CHECK;
/*   fold  the number its events bear */
enum rc duck_batch_open(duckdb_connection conn, uint32_t fold,
                        struct duck_batch **ret_batch,
                        struct why *why) MUST_CHECK;
enum rc duck_batch_add(struct duck_batch *b, const struct event *ev,
                       struct why *why) MUST_CHECK;
/* duck_batch_flush: all rows added so far are in the table after it. */
enum rc duck_batch_flush(struct duck_batch *b, struct why *why) MUST_CHECK;
void duck_batch_close(struct duck_batch **b); /* accepts NULL */

/* The records of one transaction on their way in.  duck_records_flush: all
 * added so far are in their tables after it.  duck_records_close: before the
 * transaction ends otherwise. */
enum rc duck_records_add(struct duck *d, const struct record *rec, size_t n,
                         struct why *why) MUST_CHECK;
enum rc duck_records_flush(struct duck *d, struct why *why) MUST_CHECK;
void duck_records_close(struct duck *d);

/* duck_rows: a statement's rows to a function, as store_select. */
enum rc duck_rows(struct duck *d, duckdb_connection conn,
                  const struct store_sql *sql, store_row_fn *row, void *arg,
                  struct why *why) MUST_CHECK;

/* duck_select_anew: likewise, in a transaction, on a connection of its own;
 * `base` is the struct duck (store/kept.h). */
enum rc duck_select_anew(void *base, const struct store_sql *sql,
                         store_row_fn *row, void *arg, struct why *why);

/* The readers' part of store_ops. */
enum rc duck_reader_open(struct store *s, struct store_reader **ret,
                         struct why *why);
void duck_reader_close(struct store_reader **r);
enum rc duck_select(struct store_reader *r, const struct store_sql *sql,
                    store_row_fn *row, void *arg, struct why *why);
enum rc duck_scan(struct store_reader *r, enum store_time time, int64_t from_us,
                  int64_t to_us, store_event_fn *each, void *arg,
                  struct why *why);
enum rc duck_ids(struct store_reader *r, enum store_time time, int64_t from_us,
                 int64_t to_us, store_id_fn *each, void *arg, struct why *why);
enum rc duck_records(struct store_reader *r, const struct store_records *of,
                     store_record_fn *each, void *arg, struct why *why);
enum rc duck_stats(struct store_reader *r, struct store_stats *ret,
                   struct why *why);

#endif
