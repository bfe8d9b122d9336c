/* The one way in: every captured call of every front door goes through here,
 * and every record beside the calls.
 * Attribution rules, de-duplication by id, price, journal; then it is
 * durable and acknowledged, and the writer thread carries it to the store.
 *
 *   capture --- intake_add ---> record --- journal thread ---> disk: ack
 *                                                |
 *                 store <--- writer thread <-----+   (reads the journal)
 *
 * The writer reads the journal files and nothing else, so catching up after a
 * crash and running normally are the same path; the store records the
 * journal position in the same transaction, so nothing counts twice.  A store
 * that is down or slow delays the writer, never the caller.
 *
 * Owns the journal files, the ids seen, two threads.  Borrows the store. */
#ifndef INTAKE_INTAKE_H
#define INTAKE_INTAKE_H

#include "base/attr.h"
#include "base/rc.h"
#include "event/event.h"
#include "event/record.h"

#include <stdbool.h>
#include <stdint.h>

struct attribution;
struct intake;
struct intake_put;
struct price_book;
struct store;
struct why;

struct intake_options {
    const char *dir;         /* data directory; the journal is <dir>/journal */
    struct store *store;     /* borrowed until intake_close */
    struct price_book *book; /* a reference is taken */
    struct attribution *attribution; /* a reference is taken; may be NULL */
    int64_t dedupe_days;             /* 0: LIMIT_DEDUPE_DAYS */
    /* No put will be begun, so no ids are read: of millions that takes
     * seconds.  What the journal holds is still carried to the store. */
    bool only_carries;
};

enum intake_verdict { INTAKE_ACCEPTED = 1, INTAKE_DUPLICATE };

/* Called once, on the journal thread, when all accepted events of a put are
 * on disk (RC_OK), or none of them is and their ids are forgotten: the caller
 * is told to try again.  RC_FULL: no room on the disk, or too much waits for
 * it; RC_IO: it fails; RC_UNAVAILABLE: another put that held one of the ids
 * failed or was aborted, so this id is in nobody's hands.  It must be quick,
 * since all other puts wait meanwhile. */
typedef void intake_done_fn(void *arg, enum rc rc, const struct why *why);

struct intake_counts { /* since open; for /metrics */
    uint64_t n_accepted;
    uint64_t n_duplicates;
    uint64_t n_unpriced;
    uint64_t n_journal_failures;
    uint64_t n_store_failures;
    uint64_t n_records;    /* accepted; the others here are of events */
    uint64_t n_stored;     /* events and records carried to the store */
    uint64_t journal_pos;  /* durable up to here */
    uint64_t store_pos;    /* in the store up to here */
    uint64_t n_ids;        /* remembered */
    uint64_t id_bytes;     /* memory they take */
    int64_t last_event_us; /* arrival of the newest, 0 for none */
};

/* intake_open: replays nothing by itself: it reads the ids of the last days,
 * opens the journal behind its last whole record (a torn tail is cut), and
 * starts both threads.  RC_RANGE for dedupe_days over LIMIT_DEDUPE_DAYS_MAX;
 * else as the journal's disk or the store fails. */
enum rc intake_open(const struct intake_options *opt,
                    struct intake **ret_intake, struct why *why) MUST_CHECK;
/* intake_close: flushes, ends the threads.  All puts were committed or
 * aborted.  A store that fails is tried once; what it does not take stays in
 * the journal.  Accepts NULL. */
void intake_close(struct intake **in);

/* intake_begin: starts one put (one request, one part of a file): what stands
 * or falls together, so it is kept in memory until committed.  Any thread; the
 * put belongs to that thread until intake_commit. */
struct intake_put *intake_begin(struct intake *in, enum event_source source);

/* intake_add: one event that passed event_check.  Fills what it lacks (id,
 * arrival, source, attribution, price), drops a duplicate, encodes the rest.
 * `now_us` is the time of arrival.  Text is not borrowed after the call; `ev`
 * is changed in place and stays readable until the next call.
 *
 * An event made before the window of remembered ids is looked up in the
 * store; the first of its time waits for a query.
 * RC_LIMIT when one event does not fit a journal record, RC_RANGE when its
 * cost does not fit: the event is refused, the put goes on.  RC_UNAVAILABLE
 * when the store cannot be asked about an old event: abort the put, try again
 * later. */
enum rc intake_add(struct intake_put *put, struct event *ev,
                   bool has_environment, int64_t now_us,
                   enum intake_verdict *ret_verdict,
                   struct why *why) MUST_CHECK;

/* intake_add_record: likewise one record that passed record_check.  Fills what
 * it lacks (an outcome's id, arrival) and applies the aliases of its
 * dimensions.  An outcome whose id was seen within the window, or a release
 * seen with its feature, is a duplicate; of older ones the store keeps the
 * first all the same.  A customer's row is always new. */
enum rc intake_add_record(struct intake_put *put, struct record *rec,
                          int64_t now_us, enum intake_verdict *ret_verdict,
                          struct why *why) MUST_CHECK;

/* intake_commit: hands the put over; it is gone.  `done` is called exactly
 * once, also when nothing was accepted: then after the journal reached the
 * point at which its duplicates are durable. */
void intake_commit(struct intake_put **put, intake_done_fn *done, void *arg);
/* intake_abort: as if it never was; ids are forgotten. */
void intake_abort(struct intake_put **put);
/* intake_commit_wait: commit and wait for the outcome, and before that for
 * room in the queue.  The thread must hold no other open put: one that waits
 * for it by an id they share would never be answered. */
enum rc intake_commit_wait(struct intake_put **put, struct why *why) MUST_CHECK;

/* intake_flush: waits until the store holds all that was durable when it was
 * called.  RC_UNAVAILABLE with the store's trouble when it does not get
 * there by `deadline_mono_us`. */
enum rc intake_flush(struct intake *in, int64_t deadline_mono_us,
                     struct why *why) MUST_CHECK;

/* intake_tell: from now on `taken` is told, on the journal thread, of each run
 * of events and records in their binary form (event_bin.h, record.h) that are
 * durable and were new: before their put is answered, and before the store can
 * have them.  Quick; NULL ends it. */
typedef void intake_taken_fn(void *arg, struct str run);
void intake_tell(struct intake *in, intake_taken_fn *taken, void *arg);

/* intake_hold: until intake_go nothing is told as taken, answered or carried
 * on; so after an intake_flush the store holds exactly what was told.  For
 * moments: every caller waits meanwhile.  One thread at a time. */
void intake_hold(struct intake *in);
void intake_go(struct intake *in);

/* intake_attribution: the rules in force, with a reference; NULL: none. */
struct attribution *intake_attribution(struct intake *in);

/* intake_use: new rules and prices from now on (a reload). */
void intake_use(struct intake *in, struct price_book *book,
                struct attribution *attribution);

void intake_count(struct intake *in, struct intake_counts *ret_counts);

/* intake_ready: RC_OK when events can be taken; else why not. */
enum rc intake_ready(struct intake *in, struct why *why) MUST_CHECK;

#endif
