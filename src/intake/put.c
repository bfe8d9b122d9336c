/* An id is looked up before the work that a duplicate would waste, and
 * claimed behind it: so whoever meets a claim knows that its event is whole
 * and waits for the journal only. */
#include "intake/intake.h"

#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/utc.h"
#include "event/event_bin.h"
#include "intake/attribution.h"
#include "intake/history.h"
#include "intake/intake_priv.h"
#include "price/book.h"
#include "price/cost.h"
#include "price/memo.h"

#define ID_PREFIX "toll-"

enum {
    ID_TIME_CHARS = 11, /* 55 bits of microseconds: to the year 3111 */
    CLAIMS_MIN = 16
};

/* A call may bear a time up to this much ahead of its arrival. */
#define AHEAD_US UTC_US_PER_HOUR

/* ---- life ---- */

struct intake_put *intake_begin(struct intake *in, enum event_source source)
{
    CHECK(!in->only_carries); /* it could not tell a duplicate */
    struct intake_put *put = mem_alloc(sizeof(*put));
    struct put_tools *tools = &put->tools;
    atomic_init(&put->owner.n_refs, 1);
    put->in = in;
    put->source = source;
    put->state = PUT_OPEN;
    mutex_lock(&in->lock);
    in->n_open++;
    tools->book = book_ref(in->book);
    if (in->attribution != NULL) {
        tools->attribution = attribution_ref(in->attribution);
    }
    if (in->n_memos > 0) {
        tools->memo = in->memos[--in->n_memos];
    }
    mutex_unlock(&in->lock);
    if (tools->memo == NULL) {
        tools->memo = memo_new();
    }
    return put;
}

static void free_chunks(struct intake_put *put)
{
    while (put->chunks != NULL) {
        struct put_chunk *chunk = put->chunks;
        put->chunks = chunk->next;
        buf_fini(&chunk->bytes);
        mem_free(chunk);
    }
    put->last_chunk = NULL;
}

void put_unref(struct intake_put *put)
{
    if (atomic_fetch_sub(&put->owner.n_refs, 1) != 1) {
        return;
    }
    free_chunks(put);
    mem_free(put->claims);
    mem_free(put->originals);
    mem_free(put);
}

void put_append(struct put_list *list, struct intake_put *put)
{
    put->next = NULL;
    if (list->first == NULL) {
        list->first = put;
    } else {
        list->last->next = put;
    }
    list->last = put;
}

void put_release_claims(struct intake_put *put)
{
    for (size_t i = 0; i < put->n_claims; i++) {
        dedupe_release(put->in->dedupe, put->claims[i]);
    }
    put->n_claims = 0;
}

/* ---- one event ---- */

static void add_base32(char *p, int n_chars, uint64_t x)
{
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
    for (int i = n_chars; i-- > 0; x >>= 5) {
        p[i] = digits[x & 31];
    }
}

/* "toll-01jd3v9k7x2q8hm": the time in microseconds, or one more than the id
 * made before when that is later, and the mark of this run: they sort as they
 * were made, and share beginnings, which stores compress well. */
static struct str make_id(struct intake_put *put, int64_t now_us)
{
    struct intake *in = put->in;
    long long last = atomic_load(&in->last_id_us);
    long long next;
    do {
        next = now_us > last ? now_us : last + 1;
    } while (!atomic_compare_exchange_weak(&in->last_id_us, &last, next));
    size_t n_prefix = sizeof(ID_PREFIX) - 1;
    memcpy(put->id, ID_PREFIX, n_prefix);
    add_base32(put->id + n_prefix, ID_TIME_CHARS, (uint64_t)next);
    memcpy(put->id + n_prefix + ID_TIME_CHARS, in->mark, INTAKE_MARK_CHARS);
    return (struct str){
        .p = put->id,
        .n = n_prefix + ID_TIME_CHARS + INTAKE_MARK_CHARS,
    };
}

void put_drop_originals(struct intake_put *put)
{
    for (size_t i = 0; i < put->n_originals; i++) {
        put_unref(put->originals[i]);
    }
    put->n_originals = 0;
}

/* An id of this put is claimed by `owner`: unless that is this put itself,
 * its outcome decides on ours.  Takes the reference. */
static void wait_for_owner(struct intake_put *put, struct dedupe_owner *owner)
{
    struct intake_put *original = (void *)owner; /* its first member */
    bool is_known = original == put;
    for (size_t i = 0; i < put->n_originals; i++) {
        is_known = is_known || put->originals[i] == original;
    }
    if (is_known) {
        put_unref(original);
        return;
    }
    put->originals = mem_grow(put->originals, put->n_originals + 1,
                              sizeof(struct intake_put *));
    put->originals[put->n_originals++] = original;
}

/* Whether the id was seen, as far as can be said without claiming it. */
static enum rc look_up(struct intake_put *put, const struct event *ev,
                       uint64_t hash, bool *ret_seen, struct why *why)
{
    struct intake *in = put->in;
    int64_t day = ev->arrival_us / UTC_US_PER_DAY;
    struct dedupe_owner *owner = NULL;
    enum dedupe_state state = dedupe_look(in->dedupe, hash, day, &owner);
    *ret_seen = state != DEDUPE_UNKNOWN;
    if (state == DEDUPE_CLAIMED) {
        wait_for_owner(put, owner);
    }
    /* What arrived within the window is remembered; so an event can only
     * have arrived before if it was also made before. */
    struct history_question q = {
        .hash = hash,
        .ts_us = ev->ts_us,
        .first_us =
            dedupe_first_day(in->dedupe, day) * UTC_US_PER_DAY + AHEAD_US,
        .day = day,
    };
    if (*ret_seen || q.ts_us >= q.first_us) {
        return RC_OK;
    }
    return history_has(in->history, &q, ret_seen, why);
}

static bool claim(struct intake_put *put, uint64_t hash, int64_t day)
{
    struct dedupe_owner *owner = NULL;
    enum dedupe_state state =
        dedupe_claim(put->in->dedupe, hash, day, &put->owner, &owner);
    if (state == DEDUPE_CLAIMED) {
        wait_for_owner(put, owner);
    }
    if (state != DEDUPE_UNKNOWN) {
        return false;
    }
    if (put->n_claims == put->claims_cap) {
        put->claims_cap =
            put->claims_cap == 0 ? CLAIMS_MIN : 2 * put->claims_cap;
        put->claims =
            mem_grow(put->claims, put->claims_cap, sizeof(*put->claims));
    }
    put->claims[put->n_claims++] = hash;
    return true;
}

static struct put_chunk *add_chunk(struct intake_put *put)
{
    struct put_chunk *chunk = mem_alloc(sizeof(*chunk));
    buf_init(&chunk->bytes, LIMIT_JOURNAL_RECORD_MAX);
    if (put->last_chunk != NULL) {
        put->last_chunk->next = chunk;
    } else {
        put->chunks = chunk;
    }
    put->last_chunk = chunk;
    return chunk;
}

/* Make the chunk as it was when it held n bytes. */
static void cut_chunk(struct put_chunk *chunk, size_t n)
{
    chunk->bytes.n = n;
    chunk->bytes.overflown = false;
}

/* An event or a record, in its binary form. */
struct item {
    const struct event *ev;
    const struct record *rec; /* when there is no event */
};

static void add_item(struct buf *b, const struct item *item)
{
    if (item->ev != NULL) {
        event_bin_add(b, item->ev);
    } else {
        record_bin_add(b, item->rec);
    }
}

/* The item to the end of the last chunk, or of a new one when that is full;
 * *ret_n is what that chunk held before. */
static enum rc encode(struct intake_put *put, const struct item *item,
                      size_t *ret_n, struct why *why)
{
    struct put_chunk *chunk = put->last_chunk;
    if (chunk == NULL) {
        chunk = add_chunk(put);
    }
    size_t n = chunk->bytes.n;
    add_item(&chunk->bytes, item);
    if (chunk->bytes.overflown && n > 0) {
        cut_chunk(chunk, n);
        chunk = add_chunk(put);
        n = 0;
        add_item(&chunk->bytes, item);
    }
    enum rc rc = buf_rc(&chunk->bytes, why);
    if (rc != RC_OK) {
        cut_chunk(chunk, n);
        return why_prefix(why, rc, "it does not fit a journal record");
    }
    *ret_n = n;
    return RC_OK;
}

static void note_taken(struct intake_put *put, size_t n_before,
                       int64_t arrival_us)
{
    put->n_bytes += put->last_chunk->bytes.n - n_before;
    if (arrival_us > put->last_us) {
        put->last_us = arrival_us;
    }
}

/* An event that seems new: all that is missing, into the put.  *ret_is_new is
 * false when another put claimed its id meanwhile. */
static enum rc accept(struct intake_put *put, struct event *ev,
                      bool has_environment, uint64_t hash, bool *ret_is_new,
                      struct why *why)
{
    const struct put_tools *tools = &put->tools;
    size_t n_before = 0;
    if (tools->attribution != NULL) {
        attribution_apply(tools->attribution, has_environment, ev);
    }
    enum rc rc = cost_of_event(tools->book, tools->memo, ev, &ev->cost, why);
    if (rc == RC_OK) {
        rc = encode(put, &(struct item){.ev = ev}, &n_before, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    *ret_is_new = claim(put, hash, ev->arrival_us / UTC_US_PER_DAY);
    if (!*ret_is_new) {
        cut_chunk(put->last_chunk, n_before);
        return RC_OK;
    }
    note_taken(put, n_before, ev->arrival_us);
    put->n_events++;
    put->n_unpriced += ev->cost.priced ? 0 : 1;
    return RC_OK;
}

enum rc intake_add(struct intake_put *put, struct event *ev,
                   bool has_environment, int64_t now_us,
                   enum intake_verdict *ret_verdict, struct why *why)
{
    CHECK(put->state == PUT_OPEN);
    ev->source = put->source;
    ev->arrival_us = now_us;
    if (ev->id.n == 0) {
        ev->id = make_id(put, now_us);
    }
    uint64_t hash = dedupe_hash(put->in->dedupe, ev->id);
    bool is_seen;
    bool is_new = false;
    enum rc rc = look_up(put, ev, hash, &is_seen, why);
    if (rc == RC_OK && !is_seen) {
        rc = accept(put, ev, has_environment, hash, &is_new, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    put->n_duplicates += is_new ? 0 : 1;
    *ret_verdict = is_new ? INTAKE_ACCEPTED : INTAKE_DUPLICATE;
    return RC_OK;
}

/* ---- one record ---- */

/* Claims what makes the record one thing; *ret_is_new is false when it was
 * seen. */
static void claim_record(struct intake_put *put, const struct record *rec,
                         bool *ret_is_new)
{
    struct buf key;
    buf_init(&key, RECORD_KEY_MAX);
    record_add_key(&key, rec);
    CHECK(!key.overflown);
    *ret_is_new =
        key.n == 0 || claim(put, dedupe_hash(put->in->dedupe, buf_view(&key)),
                            rec->arrival_us / UTC_US_PER_DAY);
    buf_fini(&key);
}

enum rc intake_add_record(struct intake_put *put, struct record *rec,
                          int64_t now_us, enum intake_verdict *ret_verdict,
                          struct why *why)
{
    CHECK(put->state == PUT_OPEN);
    rec->arrival_us = now_us;
    if ((rec->kind == RECORD_OUTCOME || rec->kind == RECORD_GUARDRAIL) &&
        rec->id.n == 0) {
        rec->id = make_id(put, now_us);
    }
    if (put->tools.attribution != NULL) {
        attribution_apply_aliases(put->tools.attribution, rec->dim);
    }
    size_t n_before = 0;
    bool is_new;
    enum rc rc = encode(put, &(struct item){.rec = rec}, &n_before, why);
    if (rc != RC_OK) {
        return rc;
    }
    claim_record(put, rec, &is_new);
    if (is_new) {
        note_taken(put, n_before, rec->arrival_us);
        put->n_records++;
    } else {
        cut_chunk(put->last_chunk, n_before);
    }
    *ret_verdict = is_new ? INTAKE_ACCEPTED : INTAKE_DUPLICATE;
    return RC_OK;
}

/* ---- the end of a put ---- */

/* Under the lock: no event will be added any more.  What is handed back is
 * let go outside of it, since the last of a book takes a while to free. */
static struct put_tools end_adding(struct intake_put *put)
{
    struct intake *in = put->in;
    struct put_tools tools = put->tools;
    put->tools = (struct put_tools){0};
    in->n_open--;
    if (in->n_memos < INTAKE_MEMOS_MAX) {
        in->memos[in->n_memos++] = tools.memo;
        tools.memo = NULL;
    }
    in->has_changed = true;
    cond_signal(&in->group_wake);
    return tools;
}

static void let_go(struct put_tools *tools)
{
    book_unref(&tools->book);
    attribution_unref(&tools->attribution);
    memo_free(&tools->memo);
}

static bool has_room(const struct intake *in, const struct intake_put *put)
{
    return in->queue_bytes == 0 ||
           in->queue_bytes + put->n_bytes <= LIMIT_JOURNAL_QUEUE_BYTES;
}

static void commit(struct intake_put *put, bool may_wait, intake_done_fn *done,
                   void *arg)
{
    struct intake *in = put->in;
    CHECK(put->state == PUT_OPEN);
    put->done = done;
    put->done_arg = arg;
    mutex_lock(&in->lock);
    while (may_wait && !has_room(in, put)) {
        cond_wait(&in->has_room, &in->lock);
    }
    put->is_refused = !has_room(in, put);
    in->queue_bytes += put->n_bytes;
    put->state = PUT_COMMITTED;
    put_append(&in->queue, put);
    struct put_tools tools = end_adding(put);
    mutex_unlock(&in->lock);
    /* From here on the put belongs to the journal thread. */
    let_go(&tools);
}

void intake_commit(struct intake_put **put, intake_done_fn *done, void *arg)
{
    struct intake_put *own = *put;
    *put = NULL; /* before `done`, which may free its place */
    commit(own, false, done, arg);
}

void intake_abort(struct intake_put **put)
{
    struct intake_put *own = *put;
    struct intake *in = own->in;
    CHECK(own->state == PUT_OPEN);
    put_release_claims(own);
    mutex_lock(&in->lock);
    own->state = PUT_FAILED;
    struct put_tools tools = end_adding(own);
    mutex_unlock(&in->lock);
    let_go(&tools);
    put_drop_originals(own);
    put_unref(own);
    *put = NULL;
}

struct outcome {
    struct mutex lock;
    struct cond known;
    bool is_known;
    enum rc rc;
    struct why why;
};

static void tell_outcome(void *arg, enum rc rc, const struct why *why)
{
    struct outcome *outcome = arg;
    mutex_lock(&outcome->lock);
    outcome->is_known = true;
    outcome->rc = rc;
    if (rc != RC_OK) {
        outcome->why = *why;
    }
    /* Before unlocking: behind it the struct may be gone. */
    cond_signal(&outcome->known);
    mutex_unlock(&outcome->lock);
}

enum rc intake_commit_wait(struct intake_put **put, struct why *why)
{
    struct outcome outcome = {.is_known = false};
    mutex_init(&outcome.lock);
    cond_init(&outcome.known);
    commit(*put, true, tell_outcome, &outcome);
    *put = NULL;
    mutex_lock(&outcome.lock);
    while (!outcome.is_known) {
        cond_wait(&outcome.known, &outcome.lock);
    }
    mutex_unlock(&outcome.lock);
    cond_fini(&outcome.known);
    mutex_fini(&outcome.lock);
    if (outcome.rc != RC_OK) {
        return why_set(why, outcome.rc, "%s", outcome.why.text);
    }
    return RC_OK;
}
