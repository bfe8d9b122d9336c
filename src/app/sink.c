#include "app/sink.h"

#include "app/ledger.h"
#include "app/session.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/why.h"
#include "event/event_json.h"
#include "intake/intake.h"
#include "net/http_client.h"

#include <stdio.h>
#include <unistd.h>

/* One put, or one body: enough to make its flush cheap, little enough to
 * show progress.  Puts that wait for a slow disk are held to a number: the
 * journal refuses what passes its queue. */
#define PUT_EVENTS     5000
#define PUTS_WAITING   16
#define BODY_EVENTS    1000
#define STORED_WAIT_US (120 * INT64_C(1000000))

struct batch { /* what one request will bear */
    struct buf body;
    uint64_t n;
};

enum { BATCH_EVENTS = 0 };

struct sink {
    struct session *session;
    enum event_source source;
    struct sink_counts counts;
    /* In process. */
    struct intake_put *put;
    uint64_t n_in_put;
    struct mutex lock; /* guards the three below: done runs elsewhere */
    struct cond change;
    uint64_t n_under_way;
    enum rc failure;
    struct why failure_why;
    /* Through the server: events at 0, else by the kind of record. */
    struct batch batch[RECORD_KIND__COUNT];
};

struct sink *sink_new(struct session *session, enum event_source source)
{
    struct sink *s = mem_alloc(sizeof *s);

    s->session = session;
    s->source = source;
    mutex_init(&s->lock);
    cond_init(&s->change);
    for (int i = 0; i < RECORD_KIND__COUNT; i++) {
        buf_init(&s->batch[i].body, LIMIT_BODY_MAX);
    }
    return s;
}

/* ---- in process ---- */

static void on_durable(void *arg, enum rc rc, const struct why *why)
{
    struct sink *s = arg;

    mutex_lock(&s->lock);
    if (rc != RC_OK && s->failure == RC_OK) {
        s->failure = rc;
        s->failure_why = *why;
    }
    s->n_under_way--;
    cond_signal(&s->change);
    mutex_unlock(&s->lock);
}

static enum rc failure_of(struct sink *s, struct why *why)
{
    mutex_lock(&s->lock);
    enum rc rc = s->failure;
    if (rc != RC_OK) {
        *why = s->failure_why;
    }
    mutex_unlock(&s->lock);
    return rc;
}

/* Waits until no more than so many puts are under way. */
static void wait_for_puts(struct sink *s, uint64_t n)
{
    mutex_lock(&s->lock);
    while (s->n_under_way > n) {
        cond_wait(&s->change, &s->lock);
    }
    mutex_unlock(&s->lock);
}

static void commit_put(struct sink *s)
{
    wait_for_puts(s, PUTS_WAITING - 1);
    mutex_lock(&s->lock);
    s->n_under_way++;
    mutex_unlock(&s->lock);
    intake_commit(&s->put, on_durable, s);
    s->n_in_put = 0;
}

static enum rc begin_put(struct sink *s, struct why *why)
{
    if (s->put != NULL) {
        return RC_OK;
    }
    enum rc rc = failure_of(s, why);
    if (rc == RC_OK) {
        s->put = intake_begin(s->session->ledger->intake, s->source);
    }
    return rc;
}

static void end_one(struct sink *s)
{
    if (++s->n_in_put == PUT_EVENTS) {
        commit_put(s);
    }
}

static enum rc put_here(struct sink *s, struct event *ev, bool has_environment,
                        struct why *why)
{
    enum intake_verdict verdict = INTAKE_ACCEPTED;
    enum rc rc = begin_put(s, why);

    if (rc == RC_OK) {
        rc = intake_add(s->put, ev, has_environment, clock_now_us(), &verdict,
                        why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    s->counts.n_accepted += verdict == INTAKE_ACCEPTED ? 1 : 0;
    s->counts.n_duplicates += verdict == INTAKE_DUPLICATE ? 1 : 0;
    end_one(s);
    return RC_OK;
}

static enum rc put_record_here(struct sink *s, struct record *rec,
                               struct why *why)
{
    enum intake_verdict verdict = INTAKE_ACCEPTED;
    enum rc rc = begin_put(s, why);

    if (rc == RC_OK) {
        rc = intake_add_record(s->put, rec, clock_now_us(), &verdict, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    s->counts.n_records += verdict == INTAKE_ACCEPTED ? 1 : 0;
    s->counts.n_record_duplicates += verdict == INTAKE_DUPLICATE ? 1 : 0;
    end_one(s);
    return RC_OK;
}

static enum rc finish_here(struct sink *s, struct why *why)
{
    if (s->put != NULL) {
        commit_put(s);
    }
    wait_for_puts(s, 0);
    enum rc rc = failure_of(s, why);
    if (rc != RC_OK) {
        return rc;
    }
    return intake_flush(s->session->ledger->intake,
                        clock_mono_us() + STORED_WAIT_US, why);
}

/* ---- through the server ---- */

static enum rc read_counts(struct sink *s, int kind, int status,
                           struct str text, struct why *why)
{
    struct json *json = NULL;
    int64_t accepted = 0;
    int64_t duplicates = 0;
    int64_t rejected = 0;
    enum rc rc = json_parse(text, &json, why);

    if (rc != RC_OK) {
        return why_prefix(why, rc, "the server's answer (status %d)", status);
    }
    if (status != 200 && status != 422) {
        struct str message =
            json_str(json_get(json_get(json, "error"), "message"));
        rc = why_set(why, status == 503 ? RC_UNAVAILABLE : RC_IO,
                     "the server answered status %d: %.*s", status,
                     STR_ARG(message));
        json_free(&json);
        return rc;
    }
    if (json_i64(json_get(json, "rejected_total"), &rejected) != RC_OK) {
        rejected = json_n(json_get(json, "rejected"));
    }
    if (json_i64(json_get(json, "accepted"), &accepted) != RC_OK ||
        json_i64(json_get(json, "duplicates"), &duplicates) != RC_OK) {
        rc = why_set(why, RC_IO, "the server's answer lacks its counts");
    } else if (kind == BATCH_EVENTS) {
        s->counts.n_accepted += (uint64_t)accepted;
        s->counts.n_duplicates += (uint64_t)duplicates;
        s->counts.n_rejected += (uint64_t)rejected;
    } else {
        s->counts.n_records += (uint64_t)accepted;
        s->counts.n_record_duplicates += (uint64_t)duplicates;
        s->counts.n_records_rejected += (uint64_t)rejected;
    }
    json_free(&json);
    return rc;
}

static void add_address(struct sink *s, int kind, struct buf *url)
{
    if (kind == BATCH_EVENTS) {
        buf_fmt(url, "%s/v1/events?source=%.*s", s->session->url,
                STR_ARG(event_source_name(s->source)));
    } else {
        buf_fmt(url, "%s/v1/%.*s", s->session->url,
                STR_ARG(record_kind_name((enum record_kind)kind)));
    }
    buf_char(url, '\0');
}

static enum rc post_body(struct sink *s, int kind, struct why *why)
{
    struct batch *batch = &s->batch[kind];
    struct buf url;
    struct buf answer;
    int status = 0;
    enum rc rc = buf_rc(&batch->body, why);

    if (rc != RC_OK || batch->n == 0) {
        return rc;
    }
    buf_init(&url, 1024);
    buf_init(&answer, LIMIT_BODY_MAX);
    add_address(s, kind, &url);
    rc = (kind == RECORD_CUSTOMER ? http_client_put : http_client_post)(
        s->session->client, url.p,
        &(struct http_content){.type = "application/x-ndjson",
                               .bytes = buf_view(&batch->body)},
        &status, &answer, why);
    if (rc == RC_OK) {
        rc = read_counts(s, kind, status, buf_view(&answer), why);
    }
    buf_fini(&answer);
    buf_fini(&url);
    buf_clear(&batch->body);
    batch->n = 0;
    return rc;
}

/* One more stands in the batch. */
static enum rc added(struct sink *s, int kind, struct why *why)
{
    buf_char(&s->batch[kind].body, '\n');
    return ++s->batch[kind].n < BODY_EVENTS ? RC_OK : post_body(s, kind, why);
}

static enum rc put_there(struct sink *s, const struct event *ev,
                         bool has_environment, struct why *why)
{
    event_add_json_as_sent(&s->batch[BATCH_EVENTS].body, ev, has_environment);
    return added(s, BATCH_EVENTS, why);
}

static enum rc put_record_there(struct sink *s, const struct record *rec,
                                struct why *why)
{
    record_add_json(&s->batch[rec->kind].body, rec);
    return added(s, (int)rec->kind, why);
}

/* One sample of the server's /metrics. */
static enum rc read_metric(struct sink *s, const char *name, uint64_t *ret,
                           struct why *why)
{
    struct buf text;
    int status = 0;
    struct str line;
    enum rc rc;

    buf_init(&text, LIMIT_BODY_MAX);
    rc = session_ask(s->session, STR("/metrics"), STR_EMPTY, &status, &text,
                     why);
    struct str rest = buf_view(&text);
    bool found = false;
    while (rc == RC_OK && !found && str_cut(&rest, '\n', &line)) {
        struct str head;
        found = str_cut(&line, ' ', &head) && str_eq(head, str_from_cz(name)) &&
                str_to_u64(str_trim(line), ret) == RC_OK;
    }
    buf_fini(&text);
    if (rc == RC_OK && !found) {
        return why_set(why, RC_IO, "the server's metrics lack %s", name);
    }
    return rc;
}

static enum rc finish_there(struct sink *s, struct why *why)
{
    int64_t deadline = clock_mono_us() + STORED_WAIT_US;
    uint64_t target = 0;
    uint64_t stored = 0;
    enum rc rc = RC_OK;

    for (int kind = 0; kind < RECORD_KIND__COUNT && rc == RC_OK; kind++) {
        rc = post_body(s, kind, why);
    }
    if (rc == RC_OK) {
        rc = read_metric(s, "toll_journal_position_bytes", &target, why);
    }
    while (rc == RC_OK) {
        rc = read_metric(s, "toll_store_position_bytes", &stored, why);
        if (rc == RC_OK && stored >= target) {
            return RC_OK;
        }
        if (clock_mono_us() > deadline) {
            return why_set(why, RC_TIMEOUT,
                           "the server has taken all events, but its store "
                           "is behind; its log says why");
        }
        (void)usleep(20 * 1000);
    }
    return rc;
}

/* ---- either ---- */

enum rc sink_put(void *arg, struct event *ev, bool has_environment,
                 struct why *why)
{
    struct sink *s = arg;
    enum rc rc = session_connect(s->session, why);

    if (rc != RC_OK) {
        return rc;
    }
    return s->session->ledger != NULL ? put_here(s, ev, has_environment, why)
                                      : put_there(s, ev, has_environment, why);
}

enum rc sink_put_record(void *arg, struct record *rec, struct why *why)
{
    struct sink *s = arg;
    enum rc rc = session_connect(s->session, why);

    if (rc != RC_OK) {
        return rc;
    }
    return s->session->ledger != NULL ? put_record_here(s, rec, why)
                                      : put_record_there(s, rec, why);
}

enum rc sink_finish(struct sink *s, struct sink_counts *ret_counts,
                    struct why *why)
{
    enum rc rc = session_connect(s->session, why);

    if (rc == RC_OK) {
        rc = s->session->ledger != NULL ? finish_here(s, why)
                                        : finish_there(s, why);
    }
    if (rc == RC_OK) {
        *ret_counts = s->counts;
    }
    return rc;
}

void sink_free(struct sink **sink)
{
    if (sink == NULL || *sink == NULL) {
        return;
    }
    struct sink *s = *sink;

    if (s->put != NULL) {
        intake_abort(&s->put);
    }
    wait_for_puts(s, 0);
    for (int i = 0; i < RECORD_KIND__COUNT; i++) {
        buf_fini(&s->batch[i].body);
    }
    cond_fini(&s->change);
    mutex_fini(&s->lock);
    mem_free(s);
    *sink = NULL;
}
