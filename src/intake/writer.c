/* From the journal to the store.  The reader stands where the next batch
 * begins; after a failure it is set back to what the store holds:
 *
 *   |--- stored ---|--- being carried ---|--- durable ---|
 *                  ^ back to here        ^ reader
 *
 * The store commits a batch together with the position behind it, so whatever
 * happens between two commits happens as if it had not. */
#include "intake/intake_priv.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "event/event_bin.h"
#include "intake/history.h"
#include "intake/journal.h"
#include "store/store.h"

#define US_PER_MS INT64_C(1000)

enum { BLOCK_EVENTS = 128, BLOCK_RECORDS = 128 };

/* The writer thread's own. */
struct writer {
    struct intake *in;
    struct journal_reader *reader; /* NULL after a failure */
    uint64_t stored;
    bool has_begun;        /* a transaction */
    bool is_behind;        /* the last batch was full: more waits */
    uint64_t told_pos;     /* damage before that was logged */
    uint64_t kept_segment; /* segments before that one are removed */
    int64_t pause_us;      /* 0: the store works */
    int64_t down_mono_us;  /* since when it does not */
    uint64_t n_uncompacted;
    int64_t compacted_mono_us;
    int64_t carried_mono_us;
    size_t n_block;
    struct event block[BLOCK_EVENTS];
    size_t n_records;
    struct record records[BLOCK_RECORDS];
};

/* ---- one batch ---- */

static enum rc begin(struct writer *w, struct why *why)
{
    enum rc rc = w->has_begun ? RC_OK : store_begin(w->in->store, why);
    w->has_begun = rc == RC_OK;
    return rc;
}

static enum rc add_block(struct writer *w, struct why *why)
{
    size_t n = w->n_block;
    size_t n_records = w->n_records;
    w->n_block = 0;
    w->n_records = 0;
    if (n == 0 && n_records == 0) {
        return RC_OK;
    }
    enum rc rc = begin(w, why);
    if (rc == RC_OK && n > 0) {
        rc = store_add(w->in->store, w->block, n, why);
    }
    if (rc == RC_OK && n_records > 0) {
        rc = store_add_records(w->in->store, w->records, n_records, why);
    }
    return rc;
}

/* Damage is told once, though a batch may be tried many times. */
static void tell_damage(struct writer *w, const char *text)
{
    uint64_t pos = journal_reader_pos(w->reader);
    if (pos <= w->told_pos) {
        return;
    }
    w->told_pos = pos;
    log_error("intake", "%s; the file is kept beside it as *.damaged", text);
    struct why why;
    if (journal_reader_keep(w->reader, &why) != RC_OK) {
        log_error("intake", "%s", why.text);
    }
}

static void tell_nonsense(struct writer *w, size_t n_left, struct why *damage)
{
    enum rc rc = why_prefix(damage, RC_CORRUPT,
                            "the journal record that ends at %" PRIu64
                            " makes no sense from byte %zu before its end on",
                            journal_reader_pos(w->reader), n_left);
    (void)rc;
    tell_damage(w, damage->text);
}

/* What stands at the front of a record to its block. */
static enum rc read_one(struct writer *w, struct str *rest, struct why *damage)
{
    enum rc rc;
    if (record_bin_is(*rest)) {
        rc = record_bin_read(rest, &w->records[w->n_records], damage);
        w->n_records += rc == RC_OK ? 1 : 0;
    } else {
        rc = event_bin_read(rest, &w->block[w->n_block], damage);
        w->n_block += rc == RC_OK ? 1 : 0;
    }
    return rc;
}

/* All that a record of the journal bears; its bytes must not move
 * meanwhile. */
static enum rc add_record(struct writer *w, struct str record, uint64_t *n,
                          struct why *why)
{
    enum rc rc = RC_OK;
    while (record.n > 0 && rc == RC_OK) {
        struct why damage;
        if (read_one(w, &record, &damage) != RC_OK) {
            tell_nonsense(w, record.n, &damage);
            break;
        }
        (*n)++;
        bool is_full =
            w->n_block == BLOCK_EVENTS || w->n_records == BLOCK_RECORDS;
        rc = is_full ? add_block(w, why) : RC_OK;
    }
    return rc == RC_OK ? add_block(w, why) : rc;
}

static enum rc add_records(struct writer *w, uint64_t end, uint64_t *n,
                           struct why *why)
{
    enum rc rc = RC_OK;
    while (rc == RC_OK && *n < LIMIT_WRITER_BATCH_EVENTS) {
        struct str record;
        rc = journal_read(w->reader, end, &record, why);
        if (rc == RC_OK) {
            rc = add_record(w, record, n, why);
        } else if (rc == RC_CORRUPT) {
            tell_damage(w, why->text);
            rc = RC_OK;
        }
    }
    return rc == RC_END ? RC_OK : rc;
}

/* From where the store stands, asked and not remembered: a commit that failed
 * in its very last step may be there all the same. */
static enum rc resume(struct writer *w, struct why *why)
{
    enum rc rc = store_position(w->in->store, &w->stored, why);
    if (rc != RC_OK) {
        return rc;
    }
    return journal_reader_open(w->in->journal_dir, w->stored, &w->reader, why);
}

/* Up to where a transaction that stands at the reader may go now; waits until
 * that is further.  False when nothing need join it any more: it is `ripe`, or
 * somebody waits for it. */
static bool may_grow(struct writer *w, int64_t ripe_mono_us, uint64_t *ret_end)
{
    struct intake *in = w->in;
    uint64_t pos = journal_reader_pos(w->reader);
    bool is_ripe = w->is_behind;
    mutex_lock(&in->lock);
    while (!is_ripe && in->durable <= pos && !in->is_drained &&
           in->n_flushing == 0) {
        is_ripe = !cond_wait_until(&in->writer_wake, &in->lock, ripe_mono_us);
    }
    *ret_end = in->durable;
    bool grows = !is_ripe && !in->is_drained && in->n_flushing == 0;
    mutex_unlock(&in->lock);
    return grows;
}

/* What is durable, and what follows while the transaction gathers. */
static enum rc gather(struct writer *w, uint64_t *ret_end, uint64_t *n,
                      struct why *why)
{
    int64_t ripe = clock_mono_us() + LIMIT_WRITER_GATHER_MS * US_PER_MS;
    bool grows = true;
    enum rc rc = RC_OK;
    while (rc == RC_OK && grows && *n < LIMIT_WRITER_BATCH_EVENTS) {
        grows = may_grow(w, ripe, ret_end);
        rc = add_records(w, *ret_end, n, why);
    }
    return rc;
}

/* One transaction, of as much as one takes. */
static enum rc carry(struct writer *w, uint64_t *ret_n, struct why *why)
{
    uint64_t n = 0;
    uint64_t end = 0;
    enum rc rc = RC_OK;
    if (w->reader == NULL) {
        rc = resume(w, why);
    }
    if (rc == RC_OK) {
        rc = gather(w, &end, &n, why);
    }
    if (rc == RC_OK) {
        rc = begin(w, why); /* without records: for the position alone */
    }
    if (rc == RC_OK) {
        rc = store_commit(w->in->store, journal_reader_pos(w->reader), why);
    } else if (w->has_begun) {
        store_rollback(w->in->store);
    }
    w->has_begun = false;
    if (rc != RC_OK) {
        w->n_block = 0;
        w->n_records = 0;
        journal_reader_close(&w->reader);
        return rc;
    }
    w->stored = journal_reader_pos(w->reader);
    w->is_behind = w->stored < end;
    *ret_n = n;
    return RC_OK;
}

/* ---- what follows on it ---- */

static void trim(struct writer *w)
{
    uint64_t segment = journal_reader_segment(w->reader);
    struct why why;
    if (segment == w->kept_segment) {
        return;
    }
    w->kept_segment = segment;
    if (journal_trim(w->in->journal_dir, w->stored, &why) != RC_OK) {
        log_warn("intake", "%s", why.text);
    }
}

static void note_success(struct writer *w, uint64_t n)
{
    struct intake *in = w->in;
    mutex_lock(&in->lock);
    in->stored = w->stored;
    in->counts.n_stored += n;
    in->store_rc = RC_OK;
    cond_broadcast(&in->stored_more);
    mutex_unlock(&in->lock);
    w->carried_mono_us = clock_mono_us();
    w->n_uncompacted += n;
    if (w->pause_us > 0) {
        log_info("intake", "the store takes events again, after %" PRId64 " s",
                 (w->carried_mono_us - w->down_mono_us) / 1000000);
        w->pause_us = 0;
    }
    trim(w);
}

static void pause_after(struct writer *w)
{
    struct intake *in = w->in;
    int64_t until = clock_mono_us() + w->pause_us;
    mutex_lock(&in->lock);
    while (!in->is_drained &&
           cond_wait_until(&in->writer_wake, &in->lock, until)) {
    }
    mutex_unlock(&in->lock);
}

/* Each pause is longer than the one before. */
static void note_failure(struct writer *w, enum rc rc, const struct why *why)
{
    struct intake *in = w->in;
    mutex_lock(&in->lock);
    in->store_rc = rc;
    in->store_why = *why;
    in->counts.n_store_failures++;
    mutex_unlock(&in->lock);
    if (w->pause_us == 0) {
        w->down_mono_us = clock_mono_us();
        log_error("intake",
                  "the store takes no events, they wait in the journal: %s",
                  why->text);
        w->pause_us = LIMIT_WRITER_RETRY_MIN_MS * US_PER_MS;
    } else if (w->pause_us < LIMIT_WRITER_RETRY_MAX_MS * US_PER_MS / 2) {
        w->pause_us *= 2;
    } else {
        w->pause_us = LIMIT_WRITER_RETRY_MAX_MS * US_PER_MS;
    }
}

/* ---- between batches ---- */

/* Folding a few events into the file costs as much as folding many.  With
 * none there is only memory to give back, which readers may have taken. */
static bool is_compaction_due(const struct writer *w, int64_t now)
{
    return w->n_uncompacted == 0 ||
           w->n_uncompacted >= LIMIT_WRITER_COMPACT_EVENTS ||
           now - w->compacted_mono_us >= LIMIT_WRITER_COMPACT_MS * US_PER_MS;
}

/* What the store holds need not stay in the journal. */
static void ask_for_rest(struct writer *w)
{
    struct intake *in = w->in;
    mutex_lock(&in->lock);
    in->wants_rest = in->durable == w->stored;
    cond_signal(&in->group_wake);
    mutex_unlock(&in->lock);
}

/* When nothing has come for a while. */
static void upkeep(struct writer *w)
{
    int64_t now = clock_mono_us();
    ask_for_rest(w);
    (void)history_rest(w->in->history, now - LIMIT_HISTORY_IDLE_MS * US_PER_MS);
    if (!is_compaction_due(w, now)) {
        return;
    }
    struct why why;
    enum rc rc = store_compact(w->in->store, &why);
    if (rc == RC_BUSY) {
        return; /* somebody reads just now */
    }
    if (rc != RC_OK) {
        log_warn("intake", "the store could not be compacted: %s", why.text);
    }
    if (w->n_uncompacted > 0) {
        w->n_uncompacted = 0;
        w->compacted_mono_us = now;
    }
}

/* Wait until there are records to carry; false when all is carried and no more
 * will come. */
static bool wait_for_records(struct writer *w)
{
    struct intake *in = w->in;
    mutex_lock(&in->lock);
    while (in->durable <= w->stored && !in->is_drained) {
        int64_t tick = clock_mono_us() + LIMIT_WRITER_IDLE_MS * US_PER_MS;
        if (!cond_wait_until(&in->writer_wake, &in->lock, tick)) {
            mutex_unlock(&in->lock);
            upkeep(w);
            mutex_lock(&in->lock);
        }
    }
    bool goes_on = in->durable > w->stored;
    mutex_unlock(&in->lock);
    return goes_on;
}

static bool is_drained(struct intake *in)
{
    mutex_lock(&in->lock);
    bool drained = in->is_drained;
    mutex_unlock(&in->lock);
    return drained;
}

void *writer_main(void *arg)
{
    struct intake *in = arg;
    struct writer *w = mem_alloc(sizeof(*w));
    w->in = in;
    w->stored = in->stored;
    while (wait_for_records(w)) {
        struct why why;
        uint64_t n;
        enum rc rc = carry(w, &n, &why);
        if (rc == RC_OK) {
            note_success(w, n);
            continue;
        }
        note_failure(w, rc, &why);
        if (is_drained(in)) {
            break; /* what is left stays in the journal for the next start */
        }
        pause_after(w);
    }
    journal_reader_close(&w->reader);
    mem_free(w);
    return NULL;
}
