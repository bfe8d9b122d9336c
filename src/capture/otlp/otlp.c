/* The ticking thread.  Each step is in the spool before it has an effect:
 *
 *   spans come    -> spans record, flushed -> answered, added to their traces
 *   a trace is due -> settle record, flushed -> its events go to intake
 *   a trace is old -> fold record, flushed -> only its sums remain
 *   they are old -> forget record, flushed -> segments that nobody needs are
 *                                            removed
 *
 * So whatever moment the process ends at, reading the spool again makes the
 * same events with the same ids, and intake drops those it has.  What was
 * forgotten is passed over: its beginning may be gone (otlp_over.h). */
#include "capture/otlp/otlp_priv.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "capture/otlp/otlp_over.h"
#include "capture/otlp/otlp_record.h"
#include "capture/otlp/otlp_trace.h"
#include "event/event_bin.h"
#include "intake/intake.h"
#include "intake/journal.h"
#include "intake/reject.h"

#include <inttypes.h>
#include <string.h>

#define TICK_US (LIMIT_OTLP_TICK_MS * INT64_C(1000))

enum {
    PENDING_BYTES = 1024 * 1024, /* then intake has to take some */
    EVENT_BYTES_MAX = 32 * 1024, /* one of them, by the limits of its text */
    TRIM_BYTES = LIMIT_JOURNAL_SEGMENT_BYTES / 2
};

/* ---- events to intake ---- */

/* What the rules refuse goes to the reject log, and the rest on. */
static enum rc put_all(struct otlp *o, struct otlp_putting *p, struct why *why)
{
    struct str rest = buf_view(&o->pending);

    while (rest.n > 0) {
        struct event ev;
        bool has_environment = rest.p[0] != 0;
        rest = str_sub(rest, 1, SIZE_MAX);
        enum rc rc = event_bin_read(&rest, &ev, why);
        CHECK(rc == RC_OK); /* written by keep_event */
        rc = otlp_put(p, &ev, has_environment, why);
        if (otlp_is_trouble(rc)) {
            return rc;
        }
        if (rc != RC_OK) {
            reject_add(o->rejects, o->now_us, STR("otlp"), ev.id,
                       str_from_cz(why->text), STR_EMPTY);
            atomic_fetch_add(&o->n_spans_rejected, 1);
        }
    }
    return RC_OK;
}

/* What intake does not take now stays for the next tick. */
static enum rc put_pending(struct otlp *o, struct why *why)
{
    if (o->pending.n == 0) {
        return RC_OK;
    }
    struct otlp_putting p = {.put = intake_begin(o->intake, EVENT_SOURCE_OTLP),
                             .now_us = o->now_us};
    enum rc rc = put_all(o, &p, why);
    if (rc == RC_OK) {
        rc = intake_commit_wait(&p.put, why);
    } else {
        intake_abort(&p.put);
    }
    if (rc != RC_OK) {
        o->put_from = o->pending.n + PENDING_BYTES;
        return rc;
    }
    atomic_fetch_add(&o->n_events, p.n_accepted);
    buf_clear(&o->pending);
    o->put_from = PENDING_BYTES;
    return RC_OK;
}

static void keep_event(void *arg, struct event *ev, bool has_environment)
{
    struct otlp *o = arg;
    struct why why;

    if (o->pending.n > o->put_from) {
        enum rc rc = put_pending(o, &why);
        (void)rc; /* told by whoever ends this settling, who tries again */
    }
    if (o->pending.n + EVENT_BYTES_MAX > LIMIT_OTLP_PENDING_BYTES) {
        o->is_overrun = true;
        return;
    }
    buf_char(&o->pending, has_environment ? 1 : 0);
    event_bin_add(&o->pending, ev);
}

/* ---- beginning: the spool again ---- */

static void add_span(struct otlp *o, const struct otlp_note *note, uint64_t pos,
                     int64_t mono_us)
{
    if (!otlp_traces_add(o->traces, note, pos, mono_us)) {
        atomic_fetch_add(&o->n_spans_repeated, 1);
    }
}

struct replay {
    struct otlp *o;
    struct otlp_over over;
    int64_t mono_us;
};

/* One record; an rc but RC_OK and RC_CORRUPT ends the reading. */
typedef enum rc record_fn(struct replay *r, struct str record, uint64_t pos,
                          struct why *why);

static enum rc find_over(struct replay *r, struct str record, uint64_t pos,
                         struct why *why)
{
    enum otlp_record_kind kind;
    unsigned char id[OTLP_TRACE_BYTES];
    enum rc rc = otlp_record_kind(&record, &kind, why);

    while (rc == RC_OK && kind == OTLP_RECORD_FORGET &&
           otlp_record_trace(&record, id, NULL) == RC_OK) {
        otlp_over_add(&r->over, id, pos);
    }
    return rc;
}

static void replay_spans(struct replay *r, struct str record, uint64_t pos)
{
    struct otlp_note note;

    while (otlp_record_note(&record, &note, NULL) == RC_OK) {
        if (!otlp_over_has(&r->over, note.trace_id, pos)) {
            add_span(r->o, &note, pos, r->mono_us);
        }
    }
}

static enum rc replay_record(struct replay *r, struct str record, uint64_t pos,
                             struct why *why)
{
    struct otlp *o = r->o;
    enum otlp_record_kind kind;
    unsigned char id[OTLP_TRACE_BYTES];
    enum rc rc = otlp_record_kind(&record, &kind, why);

    if (rc == RC_OK && kind == OTLP_RECORD_SPANS) {
        replay_spans(r, record, pos);
    }
    while (rc == RC_OK &&
           (kind == OTLP_RECORD_SETTLE || kind == OTLP_RECORD_FOLD) &&
           otlp_record_trace(&record, id, NULL) == RC_OK) {
        if (otlp_over_has(&r->over, id, pos)) {
            continue;
        }
        if (kind == OTLP_RECORD_FOLD) {
            otlp_traces_fold(o->traces, id);
            continue;
        }
        otlp_traces_settle(o->traces, id, keep_event, o);
        if (o->pending.n > PENDING_BYTES) {
            rc = put_pending(o, why);
        }
    }
    return rc;
}

/* Before the first segment stands what was removed. */
static void tell_damage(struct journal_reader *reader, uint64_t pos,
                        const struct why *damage)
{
    struct why why;

    if (pos == 0) {
        return;
    }
    log_error("capture", "%s", damage->text);
    if (journal_reader_keep(reader, &why) != RC_OK) {
        log_error("capture", "%s", why.text);
    }
}

/* All records, from the first; damage is told in the last reading only. */
static enum rc read_spool(struct replay *r, record_fn *fn, bool is_last,
                          struct why *why)
{
    struct journal_reader *reader = NULL;
    uint64_t end = journal_end(r->o->journal);
    enum rc rc = journal_reader_open(r->o->spool_dir, 0, &reader, why);

    while (rc == RC_OK) {
        struct str record;
        uint64_t pos = journal_reader_pos(reader);
        rc = journal_read(reader, end, &record, why);
        if (rc == RC_OK) {
            rc = fn(r, record, pos, why);
        }
        if (rc == RC_CORRUPT && is_last) {
            tell_damage(reader, pos, why);
        }
        rc = rc == RC_CORRUPT ? RC_OK : rc;
    }
    journal_reader_close(&reader);
    return rc == RC_END ? RC_OK : rc;
}

static enum rc replay(struct otlp *o, int64_t mono_us, struct why *why)
{
    struct replay r = {.o = o, .mono_us = mono_us};
    enum rc rc = read_spool(&r, find_over, false, why);

    if (rc == RC_OK) {
        otlp_over_sort(&r.over);
        rc = read_spool(&r, replay_record, true, why);
    }
    otlp_over_fini(&r.over);
    return rc == RC_OK ? put_pending(o, why) : rc;
}

enum rc otlp_open(const struct otlp_options *opt, int64_t now_us,
                  int64_t mono_us, struct otlp **ret, struct why *why)
{
    static const char folder[] = "/otlp";
    struct otlp *o = mem_alloc(sizeof *o);
    size_t n_dir = strlen(opt->dir);

    o->now_us = now_us;
    o->put_from = PENDING_BYTES;
    o->intake = opt->intake;
    o->rejects = opt->rejects;
    o->spool_dir = mem_alloc(n_dir + sizeof folder);
    memcpy(o->spool_dir, opt->dir, n_dir);
    memcpy(o->spool_dir + n_dir, folder, sizeof folder);
    o->traces = otlp_traces_new();
    buf_init(&o->pending, LIMIT_OTLP_PENDING_BYTES);
    buf_init(&o->decided, LIMIT_JOURNAL_RECORD_MAX);
    mutex_init(&o->lock);
    cond_init(&o->wake);
    enum rc rc = journal_open(o->spool_dir, 0, &o->journal, why);
    if (rc == RC_OK) {
        rc = replay(o, mono_us, why);
    }
    if (rc != RC_OK) {
        otlp_close(&o);
        return why_prefix(why, rc, "the OTLP spool");
    }
    *ret = o;
    return RC_OK;
}

void otlp_close(struct otlp **otlp)
{
    if (otlp == NULL || *otlp == NULL) {
        return;
    }
    struct otlp *o = *otlp;

    journal_close(&o->journal);
    otlp_traces_free(&o->traces);
    buf_fini(&o->pending);
    buf_fini(&o->decided);
    cond_fini(&o->wake);
    mutex_fini(&o->lock);
    mem_free(o->spool_dir);
    mem_free(o);
    *otlp = NULL;
}

/* ---- spans come ---- */

static void add_spans(struct otlp *o, struct str record, uint64_t pos,
                      int64_t mono_us)
{
    struct otlp_note note;

    while (otlp_record_note(&record, &note, NULL) == RC_OK) {
        add_span(o, &note, pos, mono_us);
    }
}

bool otlp_wait(struct otlp *o, int64_t deadline_mono_us)
{
    bool in_time = true;

    mutex_lock(&o->lock);
    while (o->queue_first == NULL && !o->is_ending && in_time) {
        in_time = cond_wait_until(&o->wake, &o->lock, deadline_mono_us);
    }
    bool goes_on = o->queue_first != NULL || !o->is_ending;
    mutex_unlock(&o->lock);
    return goes_on;
}

void otlp_end(struct otlp *o)
{
    mutex_lock(&o->lock);
    o->is_ending = true;
    cond_broadcast(&o->wake);
    mutex_unlock(&o->lock);
}

/* As much of it as is looked at together. */
static struct otlp_post *take_queue(struct otlp *o)
{
    uint64_t n_spans = 0;

    mutex_lock(&o->lock);
    struct otlp_post *posts = o->queue_first;
    struct otlp_post *last = NULL;
    for (struct otlp_post *post = posts;
         post != NULL && n_spans < LIMIT_OTLP_SPANS_PER_BODY;
         post = post->next) {
        n_spans += post->n_spans;
        o->queue_bytes -= post->n_bytes;
        last = post;
    }
    if (last != NULL) {
        o->queue_first = last->next;
        o->queue_last = last->next != NULL ? o->queue_last : NULL;
        last->next = NULL;
    }
    mutex_unlock(&o->lock);
    if (n_spans >= LIMIT_OTLP_SPANS_PER_BODY) {
        o->looked_mono_us = INT64_MIN / 2; /* before more comes */
    }
    return posts;
}

/* Told once an outage. */
static void tell_failure(struct otlp *o, const struct why *why)
{
    atomic_fetch_add(&o->n_spool_failures, 1);
    if (!o->is_failing) {
        log_error("capture", "OTLP: %s", why->text);
    }
    o->is_failing = true;
}

static enum rc spool(struct otlp *o, const struct otlp_post *post,
                     struct why *why)
{
    enum rc rc = RC_OK;

    for (; rc == RC_OK && post != NULL; post = post->next) {
        for (const struct otlp_piece *piece = post->first;
             rc == RC_OK && piece != NULL; piece = piece->next) {
            rc = journal_append(o->journal, buf_view(&piece->bytes), why);
        }
    }
    uint64_t end;
    return rc == RC_OK ? journal_sync(o->journal, &end, why) : rc;
}

/* With a decision that is not done yet they are refused: it was about the
 * traces as they are now. */
static void take_posts(struct otlp *o, int64_t mono_us, enum rc rc,
                       struct why *why)
{
    struct otlp_post *post = take_queue(o);
    uint64_t pos = journal_end(o->journal);

    if (post == NULL) {
        return;
    }
    if (rc == RC_OK) {
        rc = spool(o, post, why);
        if (rc != RC_OK) {
            tell_failure(o, why);
        }
    }
    while (post != NULL) {
        struct otlp_post *next = post->next;
        if (rc == RC_OK) {
            otlp_answer(&post->reply);
            atomic_fetch_add(&o->n_spans, post->n_spans);
        } else {
            otlp_answer_failure(&post->reply, RC_UNAVAILABLE, why);
        }
        for (const struct otlp_piece *piece = post->first;
             rc == RC_OK && piece != NULL; piece = piece->next) {
            add_spans(o, str_sub(buf_view(&piece->bytes), 1, SIZE_MAX), pos,
                      mono_us);
        }
        otlp_post_free(post);
        post = next;
    }
}

/* ---- traces settle ---- */

/* A decision stands once it is flushed. */
static enum rc decide(struct otlp *o, const struct buf *record, struct why *why)
{
    uint64_t end;
    enum rc rc = journal_append(o->journal, buf_view(record), why);
    return rc == RC_OK ? journal_sync(o->journal, &end, why) : rc;
}

/* Does what was decided, as far as intake takes it. */
static enum rc settle_decided(struct otlp *o, struct why *why)
{
    struct str rest = buf_view(&o->decided);
    unsigned char id[OTLP_TRACE_BYTES];
    enum rc rc = put_pending(o, why);

    while (rc == RC_OK && otlp_record_trace(&rest, id, NULL) == RC_OK) {
        otlp_traces_settle(o->traces, id, keep_event, o);
        rc = o->pending.n > PENDING_BYTES ? put_pending(o, why) : RC_OK;
    }
    buf_drop_front(&o->decided, o->decided.n - rest.n);
    return rc == RC_OK ? put_pending(o, why) : rc;
}

/* Some of those that are due; *ret_n: how many. */
static enum rc settle_some(struct otlp *o, int64_t mono_us, bool is_last,
                           size_t *ret_n, struct why *why)
{
    struct buf record;
    unsigned char id[OTLP_TRACE_BYTES];
    size_t n = 0;

    buf_init(&record, LIMIT_JOURNAL_RECORD_MAX);
    otlp_record_begin(&record, OTLP_RECORD_SETTLE);
    otlp_traces_rewind(o->traces);
    while (n < LIMIT_OTLP_SETTLE_MAX &&
           otlp_traces_due(o->traces, mono_us, is_last, id)) {
        otlp_record_add_trace(&record, id);
        n++;
    }
    enum rc rc = n > 0 ? decide(o, &record, why) : RC_OK;
    if (rc == RC_OK && n > 0) {
        buf_str(&o->decided, str_sub(buf_view(&record), 1, SIZE_MAX));
        rc = settle_decided(o, why);
    }
    buf_fini(&record);
    *ret_n = n;
    return rc;
}

/* At the end all; else the rest with the next tick, since answers wait. */
static enum rc settle_due(struct otlp *o, int64_t mono_us, bool is_last,
                          struct why *why)
{
    size_t n = 0;
    enum rc rc = RC_OK;

    do {
        rc = settle_some(o, mono_us, is_last, &n, why);
    } while (rc == RC_OK && is_last && n == LIMIT_OTLP_SETTLE_MAX);
    return rc;
}

/* ---- traces end ---- */

static enum rc end_old(struct otlp *o, int64_t mono_us,
                       enum otlp_record_kind kind, struct why *why)
{
    struct buf record;
    unsigned char id[OTLP_TRACE_BYTES];
    bool folds = kind == OTLP_RECORD_FOLD;

    buf_init(&record, LIMIT_JOURNAL_RECORD_MAX);
    otlp_record_begin(&record, kind);
    size_t n = (folds ? otlp_traces_add_old : otlp_traces_add_over)(
        o->traces, mono_us, LIMIT_OTLP_SETTLE_MAX, &record);
    enum rc rc = n > 0 ? decide(o, &record, why) : RC_OK;
    struct str rest = str_sub(buf_view(&record), 1, SIZE_MAX);
    while (rc == RC_OK && otlp_record_trace(&rest, id, NULL) == RC_OK) {
        (folds ? otlp_traces_fold : otlp_traces_forget)(o->traces, id);
    }
    buf_fini(&record);
    return rc;
}

static enum rc trim(struct otlp *o, struct why *why)
{
    uint64_t end = journal_end(o->journal);
    uint64_t pos = otlp_traces_least_pos(o->traces, end);

    if (pos < o->trimmed + TRIM_BYTES) {
        return RC_OK;
    }
    enum rc rc = journal_trim(o->spool_dir, pos, why);
    if (rc == RC_OK) {
        o->trimmed = pos;
    }
    return rc;
}

static void tell_state(struct otlp *o)
{
    struct otlp_traces_counts c = otlp_traces_count(o->traces);

    atomic_store(&o->n_open, c.n_open);
    atomic_store(&o->n_kept, c.n_settled);
    atomic_store(&o->n_bytes, c.n_bytes);
}

static enum rc look(struct otlp *o, int64_t mono_us, bool is_last,
                    struct why *why)
{
    enum rc rc = settle_due(o, mono_us, is_last, why);

    if (rc == RC_OK) {
        rc = end_old(o, mono_us, OTLP_RECORD_FOLD, why);
    }
    if (rc == RC_OK) {
        rc = end_old(o, mono_us, OTLP_RECORD_FORGET, why);
    }
    return rc == RC_OK ? trim(o, why) : rc;
}

void otlp_tick(struct otlp *o, int64_t now_us, int64_t mono_us, bool is_last)
{
    struct why why;

    o->now_us = now_us;
    enum rc rc = settle_decided(o, &why); /* left by the last tick */
    if (o->is_overrun) {
        rc = why_set(&why, RC_UNAVAILABLE,
                     "over %d bytes of events wait for intake; the next start "
                     "brings them back",
                     LIMIT_OTLP_PENDING_BYTES);
    }
    take_posts(o, mono_us, rc, &why);
    /* Requests may come faster than it is worth to look at all traces. */
    if (rc == RC_OK && (is_last || mono_us - o->looked_mono_us >= TICK_US)) {
        o->looked_mono_us = mono_us;
        rc = look(o, mono_us, is_last, &why);
    }
    if (rc != RC_OK) {
        tell_failure(o, &why);
    } else {
        o->is_failing = false;
    }
    tell_state(o);
}

void otlp_count_told(struct otlp *o, struct otlp_counts_told *ret)
{
    *ret = (struct otlp_counts_told){
        .n_spans = atomic_load(&o->n_spans),
        .n_spans_rejected = atomic_load(&o->n_spans_rejected),
        .n_spans_repeated = atomic_load(&o->n_spans_repeated),
        .n_logs = atomic_load(&o->n_logs),
        .n_logs_ignored = atomic_load(&o->n_logs_ignored),
        .n_logs_rejected = atomic_load(&o->n_logs_rejected),
        .n_metrics_ignored = atomic_load(&o->n_metrics_ignored),
        .n_events = atomic_load(&o->n_events),
        .n_open = atomic_load(&o->n_open),
        .n_kept = atomic_load(&o->n_kept),
        .n_bytes = atomic_load(&o->n_bytes),
        .n_spool_failures = atomic_load(&o->n_spool_failures),
    };
}
