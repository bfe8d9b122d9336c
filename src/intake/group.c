/* Group commit: everything that was committed while the disk was busy goes to
 * it next, with one flush for all.
 *
 * A put that met an id claimed by another put must not be answered before
 * that one, and not as a success when that one fails.  If the other is still
 * open, the put is held back; if it failed, the put fails too (its caller
 * sends again, and then the id is its own); if both are committed, one group
 * holds both, so that they share their fate even when each waits for the
 * other. */
#include "intake/intake_priv.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utc.h"
#include "intake/journal.h"

#define US_PER_MS INT64_C(1000)

/* The journal thread's own. */
struct group {
    struct intake *in;
    struct put_list held;
    int64_t probe_mono_us; /* when to try a disk that failed; 0: it did not */
};

static void append_all(struct put_list *to, struct put_list *from)
{
    if (from->first != NULL) {
        if (to->first == NULL) {
            to->first = from->first;
        } else {
            to->last->next = from->first;
        }
        to->last = from->last;
    }
    *from = (struct put_list){0};
}

/* ---- who is written together ---- */

/* What a put can be at best, as the puts stand whose ids it met. */
static enum put_state best_of(const struct intake_put *put)
{
    enum put_state best = put->is_refused ? PUT_FAILED : PUT_CHOSEN;
    for (size_t i = 0; i < put->n_originals && best != PUT_FAILED; i++) {
        switch (put->originals[i]->state) {
        case PUT_FAILED:
            best = PUT_FAILED;
            break;
        case PUT_OPEN:
        case PUT_COMMITTED:
            best = PUT_COMMITTED;
            break;
        case PUT_CHOSEN:
        case PUT_DURABLE:
            break;
        }
    }
    return best;
}

static bool lower_states(const struct put_list *puts)
{
    bool has_changed = false;
    for (struct intake_put *put = puts->first; put != NULL; put = put->next) {
        enum put_state best = best_of(put);
        has_changed = has_changed || put->state != best;
        put->state = best;
    }
    return has_changed;
}

/* Decide on each put: under the lock.  All are taken for chosen; then who
 * cannot be is taken out, until nobody else must follow. */
static void decide(const struct put_list *puts)
{
    for (struct intake_put *put = puts->first; put != NULL; put = put->next) {
        put->state = PUT_CHOSEN;
    }
    while (lower_states(puts)) {
    }
}

/* ---- writing ---- */

static enum rc append_put(struct journal *j, const struct intake_put *put,
                          struct why *why)
{
    enum rc rc = RC_OK;
    for (const struct put_chunk *chunk = put->chunks;
         chunk != NULL && rc == RC_OK; chunk = chunk->next) {
        /* A chunk whose only event proved a duplicate is empty. */
        if (chunk->bytes.n > 0) {
            rc = journal_append(j, buf_view(&chunk->bytes), why);
        }
    }
    return rc;
}

/* *ret_is_used: the disk was, since not all were duplicates. */
static enum rc write_chosen(struct journal *j, const struct put_list *chosen,
                            bool *ret_is_used, struct why *why)
{
    enum rc rc = RC_OK;
    for (const struct intake_put *put = chosen->first;
         put != NULL && rc == RC_OK; put = put->next) {
        *ret_is_used = *ret_is_used || put->n_bytes > 0;
        rc = append_put(j, put, why);
    }
    uint64_t pos;
    return rc == RC_OK && *ret_is_used ? journal_sync(j, &pos, why) : rc;
}

/* What callers are told to do depends on these two only. */
static enum rc told_rc(enum rc rc)
{
    return rc == RC_OK || rc == RC_FULL ? rc : RC_IO;
}

static void note_journal(struct group *g, enum rc rc, const struct why *why)
{
    struct intake *in = g->in;
    mutex_lock(&in->lock);
    bool was_failing = in->journal_rc != RC_OK;
    in->journal_rc = told_rc(rc);
    if (rc != RC_OK) {
        in->journal_why = *why;
        in->counts.n_journal_failures++;
    }
    mutex_unlock(&in->lock);
    if (rc != RC_OK) {
        g->probe_mono_us = clock_mono_us() + LIMIT_JOURNAL_PROBE_MS * US_PER_MS;
        if (!was_failing) {
            log_error("intake", "%s; events are refused until it works",
                      why->text);
        }
    } else if (was_failing) {
        g->probe_mono_us = 0;
        log_info("intake", "the journal can be written again");
    }
}

/* ---- outcomes ---- */

static void tell_taken(const struct intake *in, const struct put_list *chosen)
{
    for (const struct intake_put *put = chosen->first;
         put != NULL && in->taken != NULL; put = put->next) {
        for (const struct put_chunk *chunk = put->chunks; chunk != NULL;
             chunk = chunk->next) {
            in->taken(in->taken_arg, buf_view(&chunk->bytes));
        }
    }
}

static void publish(struct group *g, const struct put_list *chosen)
{
    struct intake *in = g->in;
    mutex_lock(&in->publishing);
    tell_taken(in, chosen);
    mutex_lock(&in->lock);
    in->durable = journal_end(in->journal);
    for (struct intake_put *put = chosen->first; put != NULL; put = put->next) {
        put->state = PUT_DURABLE;
        in->counts.n_accepted += put->n_events;
        in->counts.n_records += put->n_records;
        in->counts.n_duplicates += put->n_duplicates;
        in->counts.n_unpriced += put->n_unpriced;
        if (put->n_events > 0 && put->last_us > in->counts.last_event_us) {
            in->counts.last_event_us = put->last_us;
        }
    }
    cond_signal(&in->writer_wake);
    mutex_unlock(&in->lock);
    mutex_unlock(&in->publishing);
}

static void settle(struct intake_put *put)
{
    int64_t day = put->last_us / UTC_US_PER_DAY;
    for (size_t i = 0; i < put->n_claims; i++) {
        dedupe_settle(put->in->dedupe, put->claims[i], day);
    }
}

/* The put's way ends: tell its caller, and let it go. */
static void end(struct group *g, struct intake_put *put, enum rc rc,
                const struct why *why)
{
    struct intake *in = g->in;
    put->done(put->done_arg, rc, rc == RC_OK ? NULL : why);
    put_drop_originals(put);
    mutex_lock(&in->lock);
    in->queue_bytes -= put->n_bytes;
    cond_broadcast(&in->has_room);
    mutex_unlock(&in->lock);
    put_unref(put);
}

static void fail(struct group *g, struct intake_put *put, enum rc rc,
                 const struct why *why)
{
    put_release_claims(put);
    mutex_lock(&g->in->lock);
    put->state = PUT_FAILED;
    g->in->has_changed = true; /* whoever is held back by it */
    mutex_unlock(&g->in->lock);
    end(g, put, rc, why);
}

static void fail_for_itself(struct group *g, struct intake_put *put)
{
    struct why why;
    enum rc rc;
    if (put->is_refused) {
        rc = why_set(&why, RC_FULL,
                     "%d bytes wait for the disk already; send again later",
                     LIMIT_JOURNAL_QUEUE_BYTES);
    } else {
        rc = why_set(&why, RC_UNAVAILABLE,
                     "another request with some of these ids was under way, "
                     "and failed; send again");
    }
    fail(g, put, rc, &why);
}

static void end_chosen(struct group *g, struct put_list *chosen, enum rc rc,
                       const struct why *why)
{
    struct intake_put *next;
    for (struct intake_put *put = chosen->first; put != NULL; put = next) {
        next = put->next;
        if (rc == RC_OK) {
            settle(put);
            end(g, put, RC_OK, NULL);
        } else {
            fail(g, put, told_rc(rc), why);
        }
    }
}

/* ---- the thread ---- */

static void write_group(struct group *g, struct put_list *chosen)
{
    struct why why;
    bool is_used = false;
    enum rc rc = write_chosen(g->in->journal, chosen, &is_used, &why);
    if (is_used) {
        note_journal(g, rc, &why);
    }
    if (rc == RC_OK) {
        publish(g, chosen);
    }
    end_chosen(g, chosen, rc, &why);
}

static void probe(struct group *g)
{
    struct why why;
    note_journal(g, journal_probe(g->in->journal, &why), &why);
}

/* The writer passes the new segment's beginning and removes what is before. */
static void rest(struct group *g)
{
    struct intake *in = g->in;
    struct why why;
    enum rc rc = journal_rest(in->journal, &why);
    note_journal(g, rc, &why);
    mutex_lock(&in->lock);
    in->durable = journal_end(in->journal);
    cond_signal(&in->writer_wake);
    mutex_unlock(&in->lock);
}

/* Without the lock meanwhile, what is due beside puts. */
static void do_beside(struct group *g, void (*work)(struct group *g))
{
    mutex_unlock(&g->in->lock);
    work(g);
    mutex_lock(&g->in->lock);
}

/* Wait for puts to decide on: those committed since and those held back.
 * False when none are left and none will follow. */
static bool take(struct group *g, struct put_list *ret_puts)
{
    struct intake *in = g->in;
    mutex_lock(&in->lock);
    while (!in->has_changed && !in->is_closing) {
        if (in->wants_rest) {
            in->wants_rest = false;
            do_beside(g, rest);
        } else if (g->probe_mono_us == 0) {
            cond_wait(&in->group_wake, &in->lock);
        } else if (!cond_wait_until(&in->group_wake, &in->lock,
                                    g->probe_mono_us)) {
            do_beside(g, probe);
        }
    }
    in->has_changed = false;
    *ret_puts = g->held;
    g->held = (struct put_list){0};
    append_all(ret_puts, &in->queue);
    decide(ret_puts);
    bool goes_on = ret_puts->first != NULL || !in->is_closing;
    mutex_unlock(&in->lock);
    return goes_on;
}

static void handle(struct group *g, const struct put_list *puts)
{
    struct put_list chosen = {0};
    struct intake_put *next;
    for (struct intake_put *put = puts->first; put != NULL; put = next) {
        next = put->next;
        if (put->state == PUT_CHOSEN) {
            put_append(&chosen, put);
        } else if (put->state == PUT_FAILED) {
            fail_for_itself(g, put);
        } else {
            put_append(&g->held, put);
        }
    }
    if (chosen.first != NULL) {
        write_group(g, &chosen);
    }
}

void *group_main(void *arg)
{
    struct group g = {.in = arg};
    struct put_list puts;
    while (take(&g, &puts)) {
        handle(&g, &puts);
    }
    mutex_lock(&g.in->lock);
    g.in->is_drained = true;
    cond_signal(&g.in->writer_wake);
    mutex_unlock(&g.in->lock);
    return NULL;
}
