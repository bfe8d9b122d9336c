/* What the files of intake share: puts on their way, and the state that the
 * front threads, the journal thread and the writer thread meet in.
 *
 *   put.c      a put, until it is committed       front threads
 *   group.c    from the queue to the disk         journal thread
 *   writer.c   from the disk to the store         writer thread
 *   intake.c   beginning, end, what others ask */
#ifndef INTAKE_INTAKE_PRIV_H
#define INTAKE_INTAKE_PRIV_H

#include "base/buf.h"
#include "base/thread.h"
#include "base/why.h"
#include "intake/dedupe.h"
#include "intake/intake.h"

#include <stdatomic.h>

struct history;
struct journal;
struct price_memo;

/* A put's way.  Changed under the lock: from OPEN by its own thread, then by
 * the journal thread. */
enum put_state {
    PUT_OPEN = 1,
    PUT_COMMITTED, /* in the queue, or held back */
    PUT_CHOSEN,    /* in the group that is being written */
    PUT_DURABLE,
    PUT_FAILED
};

struct put_chunk { /* one record of the journal */
    struct put_chunk *next;
    struct buf bytes;
};

/* What a put works with while it is open. */
struct put_tools {
    struct price_book *book;         /* reference */
    struct attribution *attribution; /* reference, or NULL */
    struct price_memo *memo;         /* lent by the intake */
};

struct intake_put {
    struct dedupe_owner owner; /* first; counts who looks at `state` */
    struct intake *in;
    enum event_source source;
    struct put_tools tools;

    struct put_chunk *chunks;
    struct put_chunk *last_chunk;
    uint64_t *claims; /* hashes of the ids accepted */
    size_t n_claims;
    size_t claims_cap;
    /* Puts that hold ids which are duplicates here; references. */
    struct intake_put **originals;
    size_t n_originals;
    int64_t last_us;   /* arrival of the newest event */
    uint64_t n_events; /* accepted */
    uint64_t n_records;
    uint64_t n_duplicates; /* of events */
    uint64_t n_unpriced;
    size_t n_bytes;
    char id[32]; /* made for the event or outcome added last */

    enum put_state state;
    bool is_refused; /* the queue was full */
    intake_done_fn *done;
    void *done_arg;
    struct intake_put *next; /* in the queue, or what was taken from it */
};

struct put_list {
    struct intake_put *first;
    struct intake_put *last;
};

enum { INTAKE_MEMOS_MAX = 16, INTAKE_MARK_CHARS = 4 };

struct intake {
    struct store *store;
    bool only_carries;
    char *journal_dir;
    struct dedupe *dedupe;
    struct history *history;
    atomic_llong last_id_us;      /* number of the id made last */
    char mark[INTAKE_MARK_CHARS]; /* in every id made since open */

    struct mutex publishing; /* around what is told of a group; taken before
                                lock; over these two */
    intake_taken_fn *taken;  /* may be NULL */
    void *taken_arg;
    struct mutex lock; /* over all down to the threads' own */
    struct price_book *book;
    struct attribution *attribution;
    struct price_memo *memos[INTAKE_MEMOS_MAX]; /* not lent */
    size_t n_memos;
    size_t n_open; /* puts */
    struct put_list queue;
    size_t queue_bytes; /* of all puts committed and not resolved */
    struct cond has_room;
    struct cond group_wake;
    bool has_changed; /* something that may let the journal thread go on */
    bool wants_rest;  /* all is stored: the journal may begin anew */
    bool is_closing;  /* no put will follow */
    bool is_drained;  /* no record will follow */
    enum rc journal_rc;
    struct why journal_why;
    uint64_t durable; /* positions */
    uint64_t stored;
    struct cond writer_wake;
    struct cond stored_more;
    int n_flushing; /* who waits for stored_more */
    enum rc store_rc;
    struct why store_why;
    struct intake_counts counts;

    struct journal *journal; /* the journal thread's */
    struct thread group;
    struct thread writer;
};

thread_main_fn group_main;  /* arg: the intake */
thread_main_fn writer_main; /* likewise */

/* put_append: to the end of a list. */
void put_append(struct put_list *list, struct intake_put *put);
/* put_release_claims: the ids are unknown again. */
void put_release_claims(struct intake_put *put);
/* put_drop_originals: its outcome is known, or does not matter. */
void put_drop_originals(struct intake_put *put);
/* put_unref: one who looked at it less; the last one frees. */
void put_unref(struct intake_put *put);

#endif
