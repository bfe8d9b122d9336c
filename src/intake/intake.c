#include "intake/intake.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/utc.h"
#include "event/event_bin.h"
#include "intake/attribution.h"
#include "intake/history.h"
#include "intake/intake_priv.h"
#include "intake/journal.h"
#include "price/book.h"
#include "price/memo.h"
#include "store/store.h"

/* ---- what was seen ---- */

struct recall {
    struct dedupe *dedupe;
    int64_t day;
};

static enum rc recall_id(void *arg, struct str id)
{
    const struct recall *recall = arg;
    dedupe_settle(recall->dedupe, dedupe_hash(recall->dedupe, id), recall->day);
    return RC_OK;
}

/* The ids of the window's days, from the store.  Today first: a set that
 * hears of a newer day looks at all it holds. */
static enum rc recall_stored(struct intake *in, int64_t today, struct why *why)
{
    struct store_reader *reader = NULL;
    struct store_stats stats;
    enum rc rc = store_reader_open(in->store, &reader, why);
    if (rc != RC_OK) {
        return rc;
    }
    rc = store_stats(reader, &stats, why);
    struct recall recall = {.dedupe = in->dedupe, .day = today};
    int64_t to_us = INT64_MAX; /* also what a clock put into the future */
    int64_t first = dedupe_first_day(in->dedupe, today);
    for (; rc == RC_OK && stats.n_events > 0 && recall.day >= first;
         recall.day--) {
        int64_t from_us = recall.day * UTC_US_PER_DAY;
        rc = store_ids(reader, STORE_TIME_ARRIVAL, from_us, to_us, recall_id,
                       &recall, why);
        to_us = from_us;
    }
    store_reader_close(&reader);
    return rc;
}

static void recall(struct intake *in, struct str id, int64_t arrival_us)
{
    struct recall recall = {
        .dedupe = in->dedupe,
        .day = arrival_us / UTC_US_PER_DAY,
    };
    enum rc rc = recall_id(&recall, id);
    CHECK(rc == RC_OK);
}

static void recall_key(struct intake *in, const struct record *rec)
{
    struct buf key;
    buf_init(&key, RECORD_KEY_MAX);
    record_add_key(&key, rec);
    if (key.n > 0) {
        recall(in, buf_view(&key), rec->arrival_us);
    }
    buf_fini(&key);
}

static enum rc recall_stored_record(void *arg, const struct record *rec,
                                    struct why *why)
{
    (void)why;
    recall_key(arg, rec);
    return RC_OK;
}

/* Likewise the keys of records, behind the ids: whose newest day is today. */
static enum rc recall_stored_records(struct intake *in, int64_t today,
                                     struct why *why)
{
    struct store_records of = {
        .time = STORE_TIME_ARRIVAL,
        .from_us = dedupe_first_day(in->dedupe, today) * UTC_US_PER_DAY,
        .to_us = INT64_MAX,
    };
    struct store_reader *reader = NULL;
    enum rc rc = store_reader_open(in->store, &reader, why);
    if (rc != RC_OK) {
        return rc;
    }
    of.kind = RECORD_OUTCOME;
    rc = store_records(reader, &of, recall_stored_record, in, why);
    if (rc == RC_OK) {
        of.kind = RECORD_RELEASE;
        rc = store_records(reader, &of, recall_stored_record, in, why);
    }
    store_reader_close(&reader);
    return rc;
}

/* The ids of a record that the store does not hold yet. */
static void recall_record(struct intake *in, struct str record)
{
    while (record.n > 0) {
        struct record rec;
        struct event ev;
        struct why why;
        bool is_event = !record_bin_is(record);
        enum rc rc = is_event ? event_bin_read(&record, &ev, &why)
                              : record_bin_read(&record, &rec, &why);
        if (rc != RC_OK) {
            return; /* the writer meets it too, and tells */
        }
        if (is_event) {
            recall(in, ev.id, ev.arrival_us);
        } else {
            recall_key(in, &rec);
        }
    }
}

static enum rc recall_journal(struct intake *in, struct why *why)
{
    struct journal_reader *r = NULL;
    enum rc rc = journal_reader_open(in->journal_dir, in->stored, &r, why);
    if (rc != RC_OK) {
        return rc;
    }
    do {
        struct str record;
        rc = journal_read(r, in->durable, &record, why);
        if (rc == RC_OK) {
            recall_record(in, record);
        }
    } while (rc == RC_OK || rc == RC_CORRUPT); /* the writer tells of that */
    journal_reader_close(&r);
    return rc == RC_END ? RC_OK : rc;
}

static uint64_t hash_id(const void *arg, struct str id)
{
    return dedupe_hash(arg, id);
}

static enum rc recall_all(struct intake *in, int64_t n_days, struct why *why)
{
    uint64_t seed;
    int64_t days = n_days == 0 ? LIMIT_DEDUPE_DAYS : n_days;
    if (days < 1 || days > LIMIT_DEDUPE_DAYS_MAX) {
        return why_set(why, RC_RANGE,
                       "ids are remembered for 1 to %d days, not %" PRId64,
                       LIMIT_DEDUPE_DAYS_MAX, days);
    }
    enum rc rc = rand_secret(&seed, sizeof(seed), why);
    if (rc != RC_OK) {
        return rc;
    }
    in->dedupe = dedupe_new(seed, days);
    rc = history_new(in->store, hash_id, in->dedupe, &in->history, why);
    if (rc != RC_OK || in->only_carries) {
        return rc;
    }
    int64_t today = clock_now_us() / UTC_US_PER_DAY;
    rc = recall_stored(in, today, why);
    if (rc == RC_OK) {
        rc = recall_stored_records(in, today, why);
    }
    return rc == RC_OK ? recall_journal(in, why) : rc;
}

/* ---- beginning and end ---- */

static enum rc open_journal(struct intake *in, const char *dir, struct why *why)
{
    static const char name[] = "/journal";
    size_t n = strlen(dir);
    in->journal_dir = mem_alloc(n + sizeof(name));
    memcpy(in->journal_dir, dir, n);
    memcpy(in->journal_dir + n, name, sizeof(name));
    enum rc rc = store_position(in->store, &in->stored, why);
    if (rc == RC_OK) {
        rc = journal_open(in->journal_dir, in->stored, &in->journal, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    in->durable = journal_end(in->journal);
    if (journal_cut_bytes(in->journal) > 0) {
        log_warn("intake",
                 "%" PRIu64 " bytes at the journal's end were not written "
                 "whole, and never acknowledged; they are cut off",
                 journal_cut_bytes(in->journal));
    }
    return RC_OK;
}

/* Four characters that no other run is likely to have. */
static enum rc make_mark(struct intake *in, struct why *why)
{
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
    unsigned char random[INTAKE_MARK_CHARS];
    enum rc rc = rand_secret(random, sizeof(random), why);
    for (int i = 0; rc == RC_OK && i < INTAKE_MARK_CHARS; i++) {
        in->mark[i] = digits[random[i] & 31];
    }
    return rc;
}

static enum rc start_threads(struct intake *in, struct why *why)
{
    enum rc rc = thread_start(&in->writer, "toll-writer", writer_main, in, why);
    if (rc == RC_OK) {
        rc = thread_start(&in->group, "toll-journal", group_main, in, why);
    }
    return rc;
}

/* End both threads, whichever run: first who brings records to the disk, then
 * who carries them on. */
static void end_threads(struct intake *in)
{
    mutex_lock(&in->lock);
    CHECK(in->n_open == 0);
    in->is_closing = true;
    cond_signal(&in->group_wake);
    mutex_unlock(&in->lock);
    thread_join(&in->group);
    mutex_lock(&in->lock);
    in->is_drained = true; /* as the journal thread says, when it ran */
    cond_signal(&in->writer_wake);
    mutex_unlock(&in->lock);
    thread_join(&in->writer);
}

void intake_close(struct intake **in)
{
    struct intake *own = *in;
    *in = NULL;
    if (own == NULL) {
        return;
    }
    end_threads(own);
    if (own->stored < own->durable) {
        log_warn("intake",
                 "%" PRIu64 " bytes of the journal are not in the store yet; "
                 "the next start carries them there",
                 own->durable - own->stored);
    }
    journal_close(&own->journal);
    history_free(&own->history);
    dedupe_free(&own->dedupe);
    for (size_t i = 0; i < own->n_memos; i++) {
        memo_free(&own->memos[i]);
    }
    book_unref(&own->book);
    attribution_unref(&own->attribution);
    cond_fini(&own->has_room);
    cond_fini(&own->group_wake);
    cond_fini(&own->writer_wake);
    cond_fini(&own->stored_more);
    mutex_fini(&own->lock);
    mutex_fini(&own->publishing);
    mem_free(own->journal_dir);
    mem_free(own);
}

enum rc intake_open(const struct intake_options *opt,
                    struct intake **ret_intake, struct why *why)
{
    struct intake *in = mem_alloc(sizeof(*in));
    in->store = opt->store;
    in->only_carries = opt->only_carries;
    in->book = book_ref(opt->book);
    if (opt->attribution != NULL) {
        in->attribution = attribution_ref(opt->attribution);
    }
    atomic_init(&in->last_id_us, 0);
    mutex_init(&in->publishing);
    mutex_init(&in->lock);
    cond_init(&in->has_room);
    cond_init(&in->group_wake);
    cond_init(&in->writer_wake);
    cond_init(&in->stored_more);
    enum rc rc = make_mark(in, why);
    if (rc == RC_OK) {
        rc = open_journal(in, opt->dir, why);
    }
    if (rc == RC_OK) {
        rc = recall_all(in, opt->dedupe_days, why);
    }
    if (rc == RC_OK) {
        rc = start_threads(in, why);
    }
    if (rc != RC_OK) {
        intake_close(&in);
        return rc;
    }
    *ret_intake = in;
    return RC_OK;
}

/* ---- what others ask ---- */

enum rc intake_flush(struct intake *in, int64_t deadline_mono_us,
                     struct why *why)
{
    mutex_lock(&in->lock);
    uint64_t target = in->durable;
    bool in_time = true;
    in->n_flushing++;
    cond_signal(&in->writer_wake);
    while (in->stored < target && in_time) {
        in_time =
            cond_wait_until(&in->stored_more, &in->lock, deadline_mono_us);
    }
    in->n_flushing--;
    enum rc rc = RC_OK;
    if (in->stored < target && in->store_rc != RC_OK) {
        rc = why_set(why, RC_UNAVAILABLE,
                     "the store takes no events, they wait in the journal: %s",
                     in->store_why.text);
    } else if (in->stored < target) {
        rc = why_set(why, RC_UNAVAILABLE,
                     "%" PRIu64 " bytes still wait in the journal for the "
                     "store",
                     target - in->stored);
    }
    mutex_unlock(&in->lock);
    return rc;
}

void intake_tell(struct intake *in, intake_taken_fn *taken, void *arg)
{
    mutex_lock(&in->publishing);
    in->taken = taken;
    in->taken_arg = arg;
    mutex_unlock(&in->publishing);
}

void intake_hold(struct intake *in)
{
    mutex_lock(&in->publishing);
}

void intake_go(struct intake *in)
{
    mutex_unlock(&in->publishing);
}

struct attribution *intake_attribution(struct intake *in)
{
    mutex_lock(&in->lock);
    struct attribution *a =
        in->attribution != NULL ? attribution_ref(in->attribution) : NULL;
    mutex_unlock(&in->lock);
    return a;
}

void intake_use(struct intake *in, struct price_book *book,
                struct attribution *attribution)
{
    struct price_book *new_book = book_ref(book);
    struct attribution *new_attribution =
        attribution != NULL ? attribution_ref(attribution) : NULL;
    mutex_lock(&in->lock);
    struct price_book *old_book = in->book;
    struct attribution *old_attribution = in->attribution;
    in->book = new_book;
    in->attribution = new_attribution;
    mutex_unlock(&in->lock);
    book_unref(&old_book);
    attribution_unref(&old_attribution);
}

void intake_count(struct intake *in, struct intake_counts *ret_counts)
{
    uint64_t n_recent;
    uint64_t recent_bytes;
    uint64_t n_old;
    uint64_t old_bytes;
    dedupe_count(in->dedupe, &n_recent, &recent_bytes);
    history_count(in->history, &n_old, &old_bytes);
    mutex_lock(&in->lock);
    *ret_counts = in->counts;
    ret_counts->journal_pos = in->durable;
    ret_counts->store_pos = in->stored;
    mutex_unlock(&in->lock);
    ret_counts->n_ids = n_recent + n_old;
    ret_counts->id_bytes = recent_bytes + old_bytes;
}

enum rc intake_ready(struct intake *in, struct why *why)
{
    mutex_lock(&in->lock);
    enum rc rc = in->journal_rc;
    if (rc != RC_OK) {
        rc = why_set(why, rc, "%s", in->journal_why.text);
    }
    mutex_unlock(&in->lock);
    return rc;
}
