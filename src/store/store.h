/* Where events are kept: append in transactions, read by SQL or by scan.
 *
 * Stores are peers behind this header (DuckDB; an in-memory one for tests;
 * ClickHouse later): a struct of function pointers, each with its contract
 * here, all held to one contract suite (tests/contract).  No handle of any
 * database leaves this room.  Schema and inserts are written here, selects
 * in the query room.
 *
 * Threads: begin, add, commit, rollback, compact, fold, rebuild by one writer
 * thread.  Each reader belongs to one thread at a time; readers and the writer
 * run together, and a reader sees whole commits only. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/attr.h"
#include "base/num.h"
#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"
#include "event/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct store;
struct store_reader;
struct why;

enum store_cell_kind {
    STORE_CELL_NULL = 1,
    STORE_CELL_I64,  /* every integer and boolean; timestamps as UTC us */
    STORE_CELL_I128, /* sums of integers */
    STORE_CELL_F64,
    STORE_CELL_STR
};

struct store_cell {
    enum store_cell_kind kind;
    union {
        int64_t i64;
        num_i128 i128;
        double f64;
        struct str str; /* until the row function returns */
    };
};

/* A SELECT with $1.. placeholders for text; only text is ever bound, so that
 * no name or value from outside stands in the SQL.
 *
 * Who states from which stretch of time all rows are that can have a part in
 * the answer, events and records by their ts, gets it from memory when it has
 * been given before and nothing of that stretch was committed since. */
struct store_sql {
    struct str text;
    const struct str *params;
    size_t n_params;
    int64_t from_us, to_us; /* from <= ts < to; both 0: not stated */
};

/* Called per row; any rc but RC_OK ends the select, which returns it. */
typedef enum rc store_row_fn(void *arg, const struct store_cell *cells,
                             size_t n_cells, struct why *why);
/* Called per event; text lives until it returns. */
typedef enum rc store_event_fn(void *arg, const struct event *ev,
                               struct why *why);
/* Called per record; text lives until it returns. */
typedef enum rc store_record_fn(void *arg, const struct record *rec,
                                struct why *why);
/* Called per id. */
typedef enum rc store_id_fn(void *arg, struct str id);

enum store_time { STORE_TIME_CALL = 1, STORE_TIME_ARRIVAL };

struct store_records { /* all of the kind with from <= time < to */
    enum record_kind kind;
    enum store_time time;
    int64_t from_us;
    int64_t to_us;
};

struct store_stats {
    int64_t n_events;
    int64_t bytes;     /* on disk; 0 when not kept on one */
    int64_t min_ts_us; /* INT64_MAX when empty */
    int64_t max_ts_us; /* INT64_MIN when empty */
};

struct store_ops {
    const char *name;
    /* begin: opens the one write transaction. */
    enum rc (*begin)(struct store *s, struct why *why);
    /* add: n events to the open transaction; copied.  Events have passed
     * event_check.  After a failure only rollback is left. */
    enum rc (*add)(struct store *s, const struct event *ev, size_t n,
                   struct why *why);
    /* add_records: likewise n records, which have passed record_check.  Each
     * thing is kept once, whether it came before or comes twice here: of
     * outcomes with one id and releases of one release and feature the first
     * stays; of what record_is_replaced the last. */
    enum rc (*add_records)(struct store *s, const struct record *rec, size_t n,
                           struct why *why);
    /* commit: makes the transaction and the journal position durable
     * together.  After a failure the transaction is over; begin may be tried
     * again, but position tells what to begin with: a disk that fills up at
     * the last moment can leave a whole commit behind.  RC_FULL when the disk
     * is. */
    enum rc (*commit)(struct store *s, uint64_t journal_pos, struct why *why);
    void (*rollback)(struct store *s);
    /* position: the journal position of the last commit, 0 for none.  Writer
     * thread, no open transaction. */
    enum rc (*position)(struct store *s, uint64_t *ret_pos, struct why *why);

    enum rc (*reader_open)(struct store *s, struct store_reader **ret,
                           struct why *why);
    void (*reader_close)(struct store_reader **r);
    /* select: rows in the order the SQL asks for, each select on what was
     * committed when it began.  RC_UNSUPPORTED from a store that has no SQL,
     * RC_LIMIT when it needs more memory than there is, RC_UNAVAILABLE while
     * the store recovers from a failure: trying again is all it takes. */
    enum rc (*select)(struct store_reader *r, const struct store_sql *sql,
                      store_row_fn *row, void *arg, struct why *why);
    /* scan: every event with from <= time < to, by time then id. */
    enum rc (*scan)(struct store_reader *r, enum store_time time,
                    int64_t from_us, int64_t to_us, store_event_fn *each,
                    void *arg, struct why *why);
    /* ids: likewise the ids only, in no order. */
    enum rc (*ids)(struct store_reader *r, enum store_time time,
                   int64_t from_us, int64_t to_us, store_id_fn *each, void *arg,
                   struct why *why);
    /* records: those asked for, by time, then id, or release and feature, or
     * customer, or an invoice's members in their order. */
    enum rc (*records)(struct store_reader *r, const struct store_records *of,
                       store_record_fn *each, void *arg, struct why *why);
    enum rc (*stats)(struct store_reader *r, struct store_stats *ret,
                     struct why *why);
    /* compact: folds the store's own log into its file and gives memory
     * that caches its content back; for when nothing has gone on for a
     * while, reads included.  Costs nothing when there is nothing to do.
     * RC_BUSY when a read that goes on prevents the former.  Writer thread,
     * no open transaction. */
    enum rc (*compact)(struct store *s, struct why *why);
    /* fold: sums what was committed so far into the rollups (schema.h).  No
     * answer changes by it but in how fast it comes; commits and compact do it
     * whenever there is enough to sum.  Writer thread, no open transaction. */
    enum rc (*fold)(struct store *s, struct why *why);
    /* rebuild: sums the events with from <= ts < to, and those in the same
     * buckets, into the rollups anew: for who has changed or removed some.
     * One transaction.  Writer thread, no open transaction. */
    enum rc (*rebuild)(struct store *s, int64_t from_us, int64_t to_us,
                       struct why *why);
    void (*close)(struct store **s);
};

/* Every store begins with this. */
struct store {
    const struct store_ops *ops;
};
struct store_reader {
    struct store *store;
};

struct store_duckdb_options {
    const char *path;     /* of the database file; NULL: in memory */
    int threads;          /* 0: one a core */
    int64_t memory_bytes; /* DuckDB's own ceiling; 0: a default */
    /* For a command that stores once and ends: a commit goes into the file
     * itself, not first to the log, which the next process would have to
     * read. */
    bool brief;
};

/* Commits of so many events or more are written once, compressed; smaller
 * ones go through the store's log and cost twice as much an event. */
enum { STORE_BATCH_EVENTS = 122880 };

/* store_open_duckdb: opens or creates, migrates the schema.  RC_BUSY when
 * another process has it open, RC_CORRUPT when the file is none of ours or
 * newer than this toll. */
enum rc store_open_duckdb(const struct store_duckdb_options *opt,
                          struct store **ret_store, struct why *why) MUST_CHECK;

/* store_open_fake: the in-memory peer.  Its select replays rows that a test
 * queued with store_fake_rows (store_fake.h) and answers RC_UNSUPPORTED when
 * none are queued. */
enum rc store_open_fake(struct store **ret_store, struct why *why) MUST_CHECK;

/* Short forms; each calls through ops. */
enum rc store_begin(struct store *s, struct why *why) MUST_CHECK;
enum rc store_add(struct store *s, const struct event *ev, size_t n,
                  struct why *why) MUST_CHECK;
enum rc store_add_records(struct store *s, const struct record *rec, size_t n,
                          struct why *why) MUST_CHECK;
enum rc store_commit(struct store *s, uint64_t journal_pos,
                     struct why *why) MUST_CHECK;
void store_rollback(struct store *s);
enum rc store_position(struct store *s, uint64_t *ret_pos,
                       struct why *why) MUST_CHECK;
enum rc store_compact(struct store *s, struct why *why) MUST_CHECK;
enum rc store_fold(struct store *s, struct why *why) MUST_CHECK;
enum rc store_rebuild(struct store *s, int64_t from_us, int64_t to_us,
                      struct why *why) MUST_CHECK;
void store_close(struct store **s); /* accepts NULL */
enum rc store_reader_open(struct store *s, struct store_reader **ret,
                          struct why *why) MUST_CHECK;
void store_reader_close(struct store_reader **r); /* accepts NULL */
enum rc store_select(struct store_reader *r, const struct store_sql *sql,
                     store_row_fn *row, void *arg, struct why *why) MUST_CHECK;
enum rc store_scan(struct store_reader *r, enum store_time time,
                   int64_t from_us, int64_t to_us, store_event_fn *each,
                   void *arg, struct why *why) MUST_CHECK;
enum rc store_ids(struct store_reader *r, enum store_time time, int64_t from_us,
                  int64_t to_us, store_id_fn *each, void *arg,
                  struct why *why) MUST_CHECK;
enum rc store_records(struct store_reader *r, const struct store_records *of,
                      store_record_fn *each, void *arg,
                      struct why *why) MUST_CHECK;
enum rc store_stats(struct store_reader *r, struct store_stats *ret,
                    struct why *why) MUST_CHECK;

#endif
