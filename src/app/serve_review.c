#include "app/serve_review.h"

#include "app/ledger.h"
#include "app/postbox.h"
#include "app/review_request.h"
#include "app/serve_notify.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/thread.h"
#include "base/utc.h"
#include "base/why.h"
#include "face/api/api.h"
#include "face/notify/notify.h"
#include "insight/insight.h"
#include "net/http_error.h"
#include "net/http_server.h"
#include "query/period.h"
#include "store/store.h"
#include "watch/message.h"
#include "watch/schedule.h"

#include <inttypes.h>
#include <string.h>

/* The insight that is the review. */
#define REVIEW_INSIGHT "/api/review"

/* The wall clock may be set, so that no wait is longer; and after a failure. */
#define LOOK_US (30 * UTC_US_PER_SECOND)

struct asked;

struct serve_review {
    struct ledger *ledger;
    const struct api_env *api;
    struct postbox *postbox;
    struct period_zone *zone;
    struct thread thread;
    struct mutex lock; /* guards all below */
    struct cond changed;
    struct channels *channels; /* NULL before the first use */
    struct schedule *reviews;
    struct asked *asked[LIMIT_REVIEWS_ASKED_MAX];
    size_t n_asked;
    bool is_ended;
};

/* A review that somebody asked to be sent, until it is answered. */
struct asked {
    struct http_call *call;
    struct str query;
    struct str body;
    char text[]; /* of both */
};

/* One week's review, made when it is first needed. */
struct task {
    struct serve_review *review;
    struct channels *channels;
    struct str week; /* "2026-W47" */
    const struct query_param *param;
    size_t n_params;
    struct str subject;
    struct arena arena;
    struct report report;
    bool is_made; /* the report is there */
};

static void task_init(struct task *t, struct serve_review *s,
                      struct channels *channels)
{
    *t = (struct task){.review = s, .channels = channels};
    arena_init(&t->arena, LIMIT_ANSWER_BYTES_MAX);
}

static void task_fini(struct task *t)
{
    report_fini(&t->report);
    arena_fini(&t->arena);
}

/* ---- making ---- */

static enum rc make(struct task *t, struct why *why)
{
    struct serve_review *s = t->review;
    struct str subject;
    struct store_reader *reader = NULL;
    enum rc rc = store_reader_open(s->ledger->store, &reader, why);

    if (rc == RC_OK) {
        rc = api_report(s->api, reader,
                        &(struct api_insight){
                            .row = insight_of(STR(REVIEW_INSIGHT), &subject),
                            .param = t->param,
                            .n_params = t->n_params,
                            .now_us = clock_now_us(),
                            .arena = &t->arena,
                        },
                        &t->report, why);
        t->is_made = true;
    }
    store_reader_close(&reader);
    return rc;
}

static enum rc put(struct task *t, const struct channel *channel,
                   struct str key, struct str note, struct why *why)
{
    struct buf title;
    enum rc rc = t->is_made ? RC_OK : make(t, why);

    if (rc != RC_OK) {
        return rc;
    }
    buf_init(&title, 64 * 1024);
    buf_fmt(&title, "LLM spending, week %.*s", STR_ARG(t->week));
    const struct message message = {
        .key = key,
        .subject = t->subject,
        .severity = MESSAGE_INFO,
        .phase = MESSAGE_NOTE,
        .title = buf_view(&title),
        .text = t->report.sentence,
        .note = note,
        .report = &t->report,
        .at_us = clock_now_us(),
    };
    rc = notify_put(t->review->postbox, channel, &message, why);
    buf_fini(&title);
    return rc;
}

/* ---- those that are due ---- */

/* To one channel, unless it had that week's. */
static enum rc bring(struct task *t, struct str name, struct why *why)
{
    const struct channel *channel = NULL;
    struct buf key;

    buf_init(&key, 4096);
    buf_fmt(&key, "review/%.*s/%.*s", STR_ARG(t->week), STR_ARG(name));
    enum rc rc = RC_OK;
    if (!postbox_has(t->review->postbox, name, buf_view(&key))) {
        rc = channels_find(t->channels, name, &channel, why);
        if (rc == RC_OK) {
            rc = put(t, channel, buf_view(&key), STR_EMPTY, why);
        }
    }
    buf_fini(&key);
    return rc;
}

static struct review_asked asked_now(const struct serve_review *s)
{
    return (struct review_asked){.timezone = s->api->timezone,
                                 .zone = s->zone,
                                 .now_us = clock_now_us()};
}

/* The first channel that it cannot be put for ends it: the next look tries
 * again. */
static enum rc bring_all(struct task *t, const struct schedule_plan *plan,
                         struct why *why)
{
    const struct query_param param = {.name = STR("week"), .value = t->week};
    const struct review_of of = {.week = t->week};
    struct review_asked now = asked_now(t->review);
    enum rc rc = review_subject(&of, &now, &t->arena, &t->subject, why);

    t->param = &param;
    t->n_params = 1;
    for (size_t i = 0; rc == RC_OK && i < plan->n_notify; i++) {
        rc = bring(t, plan->notify[i], why);
        if (rc != RC_OK) {
            (void)why_prefix(why, rc, "for channel %.*s",
                             STR_ARG(plan->notify[i]));
        }
    }
    t->param = NULL;
    t->n_params = 0;
    return rc;
}

static void run_plan(struct serve_review *s, struct channels *channels,
                     const struct schedule_plan *plan, int64_t from_day)
{
    struct buf week;
    struct task t;
    struct why why;

    buf_init(&week, 32);
    schedule_add_week(&week, from_day);
    task_init(&t, s, channels);
    t.week = buf_view(&week);
    if (bring_all(&t, plan, &why) != RC_OK) {
        log_error("app", "the review of %.*s %s", STR_ARG(t.week), why.text);
    }
    task_fini(&t);
    buf_fini(&week);
}

/* ---- those that are asked for ---- */

/* What the outbox says of a request, while it holds still. */
struct judging {
    const struct review_request *request;
    const struct review_asked *asked;
    struct buf *message; /* JSON of the one that it has; empty: none */
    uint64_t id;
    enum rc rc;
    struct why *why;
};

static void write_message(struct judging *j, const struct outbox_item *item)
{
    struct json_writer w;

    json_w_init(&w, j->message);
    postbox_write(&w, item);
    j->id = item->id;
}

static void judge(void *arg, const struct outbox *all)
{
    struct judging *j = arg;
    const struct outbox_item *had = NULL;

    j->rc = review_request_judge(j->request, j->asked, all, &had, j->why);
    if (j->rc == RC_OK && had != NULL) {
        write_message(j, had);
    }
}

static enum rc find_channel(struct channels *channels, struct str name,
                            const struct channel **ret, struct why *why)
{
    if (channels_n(channels) == 0) {
        return why_set(why, RC_NOT_FOUND,
                       "no channel is configured to send a review to");
    }
    enum rc rc = channels_find(channels, name, ret, why);
    if (rc == RC_OK && (*ret)->missing_env.n > 0) {
        rc = why_set(why, RC_UNAVAILABLE,
                     "channel %.*s: the environment variable %.*s is not set "
                     "where the server runs; set it and start the server "
                     "again",
                     STR_ARG(name), STR_ARG((*ret)->missing_env));
    }
    return rc;
}

/* Puts it unless it was put before. */
static enum rc take(struct task *t, struct judging *j, bool *ret_is_new,
                    struct why *why)
{
    const struct review_request *r = j->request;
    struct postbox *postbox = t->review->postbox;
    const struct channel *channel = NULL;
    enum rc rc = find_channel(t->channels, r->channel, &channel, why);

    if (rc == RC_OK) {
        postbox_read(postbox, judge, j);
        rc = j->rc;
    }
    *ret_is_new = rc == RC_OK && j->message->n == 0;
    if (!*ret_is_new) {
        return rc;
    }
    rc = put(t, channel, r->key, r->note, why);
    if (rc == RC_OK) {
        postbox_read(postbox, judge, j);
        rc = j->rc;
    }
    return rc;
}

static void answer_taken(struct http_call *call, const struct task *t,
                         const struct judging *j, bool is_new)
{
    const struct http_header header = {"Cache-Control", STR("no-store")};
    struct json_writer w;
    struct buf see;
    struct buf body;

    buf_init(&see, 64);
    buf_init(&body, 64 * 1024);
    buf_fmt(&see, "/api/messages/%" PRIu64, j->id);
    json_w_init(&w, &body);
    json_w_obj(&w);
    json_w_key(&w, STR("queued"));
    json_w_bool(&w, is_new);
    json_w_key(&w, STR("review"));
    json_w_str(&w, t->week);
    json_w_key(&w, STR("message"));
    json_w_raw(&w, buf_view(j->message));
    json_w_key(&w, STR("see"));
    json_w_str(&w, buf_view(&see));
    json_w_obj_end(&w);
    buf_char(&body, '\n');
    http_answer(call,
                &(struct http_reply){.status = 200,
                                     .content_type = STR("application/json"),
                                     .body = buf_view(&body),
                                     .header = &header,
                                     .n_headers = 1});
    buf_fini(&see);
    buf_fini(&body);
}

#define HINT_WRONG                                                      \
    "expected {\"channel\": NAME}, and \"note\", \"id\" or \"again\" "  \
    "with it; week and where are parameters, as GET /api/review takes " \
    "them"

static const struct {
    enum rc rc;
    struct str hint;
} hints[] = {
    {RC_INVALID, STR_INIT(HINT_WRONG)},
    {RC_PARSE, STR_INIT(HINT_WRONG)},
    {RC_RANGE, STR_INIT(HINT_WRONG)},
    {RC_NOT_FOUND,
     STR_INIT("toll.yaml lists channels under channels:, as docs/alerts.md "
              "tells; SIGHUP has the server read it again")},
    {RC_EXISTS,
     STR_INIT("\"again\": true (toll review --again) sends it once more")},
    {RC_FULL,
     STR_INIT("GET /api/messages tells which channel takes none and why; mend "
              "it, or make room on the disk, and send again")},
};

static struct str hint_of(enum rc rc)
{
    for (size_t i = 0; i < ARRAY_N(hints); i++) {
        if (hints[i].rc == rc) {
            return hints[i].hint;
        }
    }
    return STR_EMPTY;
}

static void refuse(struct http_call *call, enum rc rc, const struct why *why)
{
    http_answer_error(
        call, rc == RC_INVALID || rc == RC_RANGE ? 400 : http_status_of(rc),
        str_from_cz(rc_name(rc)), str_from_cz(why->text), hint_of(rc));
}

static void refuse_end(struct http_call *call)
{
    http_answer_error(call, 503, STR("unavailable"),
                      STR("the server is ending; nothing was sent"),
                      STR("ask again when it runs"));
}

/* Answers, and lets go of what was asked. */
static void run_asked(struct serve_review *s, struct channels *channels,
                      struct asked *asked)
{
    struct review_asked as = asked_now(s);
    struct review_request request;
    struct buf message;
    struct task t;
    struct why why;
    bool is_new = false;

    as.query = asked->query;
    as.body = asked->body;
    buf_init(&message, 32 * 1024);
    task_init(&t, s, channels);
    enum rc rc = rand_secret(&as.chance, sizeof as.chance, &why);
    if (rc == RC_OK) {
        rc = review_request_read(&as, &t.arena, &request, &why);
    }
    struct judging j = {
        .request = &request, .asked = &as, .message = &message, .why = &why};
    if (rc == RC_OK) {
        t.week = request.week;
        t.subject = request.subject;
        t.param = request.param;
        t.n_params = request.n_params;
        rc = take(&t, &j, &is_new, &why);
    }
    if (rc == RC_OK) {
        answer_taken(asked->call, &t, &j, is_new);
    } else {
        refuse(asked->call, rc, &why);
    }
    task_fini(&t);
    buf_fini(&message);
    mem_free(asked);
}

/* ---- waiting ---- */

/* Brings what is due; when to look again. */
static int64_t look(struct serve_review *s, struct channels *channels,
                    struct schedule *reviews)
{
    int64_t now_us = clock_now_us();
    int64_t next_us = now_us + LOOK_US;

    for (size_t i = 0; i < schedule_n(reviews); i++) {
        const struct schedule_plan *plan = schedule_at(reviews, i);
        struct schedule_due due;

        schedule_when(plan, s->zone, now_us, &due);
        if (now_us - due.due_us <= LIMIT_REVIEW_LATE_S * UTC_US_PER_SECOND) {
            run_plan(s, channels, plan, due.from_day);
        }
        next_us = due.next_us < next_us ? due.next_us : next_us;
    }
    return next_us - now_us;
}

/* Under the lock: the one that waits longest; NULL: none. */
static struct asked *next_asked(struct serve_review *s)
{
    struct asked *first = s->n_asked > 0 ? s->asked[0] : NULL;

    if (first != NULL) {
        s->n_asked--;
        memmove(s->asked, s->asked + 1, s->n_asked * sizeof(struct asked *));
    }
    return first;
}

static void refuse_all(struct serve_review *s)
{
    for (struct asked *a = next_asked(s); a != NULL; a = next_asked(s)) {
        refuse_end(a->call);
        mem_free(a);
    }
}

static void *review_main(void *arg)
{
    struct serve_review *s = arg;

    mutex_lock(&s->lock);
    while (!s->is_ended) {
        struct channels *channels = channels_ref(s->channels);
        struct schedule *reviews = schedule_ref(s->reviews);
        struct asked *asked = next_asked(s);
        int64_t wait_us = 0;

        mutex_unlock(&s->lock);
        if (asked != NULL) {
            run_asked(s, channels, asked);
        } else {
            wait_us = look(s, channels, reviews);
        }
        mutex_lock(&s->lock);
        bool is_same = channels == s->channels && reviews == s->reviews;
        if (asked == NULL && s->n_asked == 0 && is_same && !s->is_ended) {
            (void)cond_wait_until(&s->changed, &s->lock,
                                  clock_mono_us() + wait_us);
        }
        channels_unref(&channels);
        schedule_unref(&reviews);
    }
    refuse_all(s);
    mutex_unlock(&s->lock);
    return NULL;
}

/* ---- the route ---- */

static struct asked *asked_new(struct http_call *call,
                               const struct http_request *req)
{
    struct asked *a = mem_alloc(sizeof *a + req->query.n + req->body.n);

    a->call = call;
    a->query = (struct str){.p = a->text, .n = req->query.n};
    a->body = (struct str){.p = a->text + req->query.n, .n = req->body.n};
    if (req->query.n > 0) {
        memcpy(a->text, req->query.p, req->query.n);
    }
    if (req->body.n > 0) {
        memcpy(a->text + req->query.n, req->body.p, req->body.n);
    }
    return a;
}

/* Under the lock.  The thread may be there for no reviews but these. */
static enum rc start(struct serve_review *s, struct why *why)
{
    return s->thread.started
               ? RC_OK
               : thread_start(&s->thread, "toll-review", review_main, s, why);
}

static void queue_asked(struct serve_review *s, struct http_call *call,
                        const struct http_request *req)
{
    struct why why = {.text = ""};
    enum rc rc = RC_OK;

    mutex_lock(&s->lock);
    bool is_ended = s->is_ended;
    if (!is_ended && s->n_asked == ARRAY_N(s->asked)) {
        rc = why_set(&why, RC_BUSY, "%zu reviews wait to be sent already",
                     s->n_asked);
    }
    if (!is_ended && rc == RC_OK) {
        rc = start(s, &why);
    }
    if (!is_ended && rc == RC_OK) {
        s->asked[s->n_asked++] = asked_new(call, req);
        cond_broadcast(&s->changed);
    }
    mutex_unlock(&s->lock);
    if (is_ended) {
        refuse_end(call);
    } else if (rc != RC_OK) {
        refuse(call, rc, &why);
    }
}

bool serve_review_take(struct serve_review *s, struct http_call *call,
                       const struct http_request *req)
{
    if (!str_eq(req->path, STR(REVIEW_INSIGHT "/send"))) {
        return false;
    }
    if (req->method != HTTP_POST) {
        http_answer_error(call, 405, STR("method"),
                          STR("this route does not take that method"),
                          STR("POST"));
    } else if (!str_starts_nocase(req->content_type, STR("application/json"))) {
        /* Other pages in a browser may not send that type without asking. */
        http_answer_error(call, 415, STR("type"),
                          STR("this route takes application/json"), STR_EMPTY);
    } else {
        queue_asked(s, call, req);
    }
    return true;
}

/* ---- life ---- */

enum rc serve_review_open(struct ledger *ledger, const struct api_env *api,
                          struct postbox *postbox, struct serve_review **ret,
                          struct why *why)
{
    struct serve_review *s = mem_alloc(sizeof *s);

    s->ledger = ledger;
    s->api = api;
    s->postbox = postbox;
    mutex_init(&s->lock);
    cond_init(&s->changed);
    enum rc rc = period_zone_open(api->timezone, &s->zone, why);
    if (rc != RC_OK) {
        serve_review_close(&s);
        return rc;
    }
    *ret = s;
    return RC_OK;
}

enum rc serve_review_use(struct serve_review *s, struct channels *channels,
                         struct schedule *reviews, struct why *why)
{
    mutex_lock(&s->lock);
    struct channels *old_channels = s->channels;
    struct schedule *old_reviews = s->reviews;
    s->channels = channels_ref(channels);
    s->reviews = schedule_ref(reviews);
    enum rc rc = schedule_n(reviews) > 0 ? start(s, why) : RC_OK;
    cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
    channels_unref(&old_channels);
    schedule_unref(&old_reviews);
    return rc;
}

void serve_review_end(struct serve_review *s)
{
    if (s == NULL) {
        return;
    }
    mutex_lock(&s->lock);
    s->is_ended = true;
    cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
}

void serve_review_close(struct serve_review **s)
{
    if (s == NULL || *s == NULL) {
        return;
    }
    serve_review_end(*s);
    thread_join(&(*s)->thread);
    channels_unref(&(*s)->channels);
    schedule_unref(&(*s)->reviews);
    period_zone_close(&(*s)->zone);
    cond_fini(&(*s)->changed);
    mutex_fini(&(*s)->lock);
    mem_free(*s);
    *s = NULL;
}
