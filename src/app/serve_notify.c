#include "app/serve_notify.h"

#include "app/ledger.h"
#include "app/postbox.h"
#include "app/serve_messages.h"
#include "app/serve_metrics.h"
#include "app/serve_review.h"
#include "app/serve_watch.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/why.h"
#include "face/notify/notify.h"
#include "net/http_error.h"
#include "net/http_server.h"
#include "watch/message.h"
#include "watch/schedule.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define TEST_PATH STR("/api/alerts/test")
#define TEST_MS   (30 * INT64_C(1000))
#define US_PER_MS INT64_C(1000)

struct serve_notify {
    struct postbox *postbox;
    struct serve_review *review;
    struct serve_watch *watch;
    struct mutex lock; /* guards channels, tester, is_testing */
    struct channels *channels;
    struct thread sender[LIMIT_OUTBOX_SENDERS];
    bool is_started;
    struct thread tester; /* one test at a time */
    bool is_testing;
    atomic_bool is_ended;
    atomic_int_fast64_t end_mono_us; /* then answers are waited for no more */
};

struct test_job {
    struct serve_notify *notify;
    struct http_call *call;
    struct str channel;
    char text[]; /* of it */
};

static struct channels *channels_of(struct serve_notify *s)
{
    mutex_lock(&s->lock);
    struct channels *channels = channels_ref(s->channels);
    mutex_unlock(&s->lock);
    return channels;
}

/* ---- sending ---- */

/* One message under way. */
struct sending {
    struct serve_notify *notify;
    const struct outbox_item *item;
};

static bool on_commit(void *arg)
{
    const struct sending *sending = arg;

    return postbox_sending(sending->notify->postbox, sending->item);
}

/* What has not left yet is broken off at once, an answer gets its time. */
static bool is_over(void *arg, bool is_out)
{
    const struct serve_notify *s = arg;

    return atomic_load(&s->is_ended) &&
           (!is_out || clock_mono_us() >= atomic_load(&s->end_mono_us));
}

static bool is_sending_over(void *arg, bool is_out)
{
    const struct sending *sending = arg;

    return is_over(sending->notify, is_out);
}

static void send_item(struct serve_notify *s, const struct outbox_item *item)
{
    struct channels *channels = channels_of(s);
    struct sending sending = {.notify = s, .item = item};
    const struct channel *channel = NULL;
    struct outbox_result result = {.verdict = OUTBOX_LATER};
    struct why why = {.text = ""};
    bool is_unsure = false;

    if (channels_find(channels, item->channel, &channel, &why) != RC_OK) {
        (void)snprintf(result.error, sizeof result.error, "%s", why.text);
    } else if (!str_eq(item->kind,
                       str_from_cz(notify_kind_name(channel->kind)))) {
        result.verdict = OUTBOX_NEVER;
        (void)why_set(&why, RC_INVALID,
                      "the channel has become one of %s since it was written",
                      notify_kind_name(channel->kind));
        (void)snprintf(result.error, sizeof result.error, "%s", why.text);
    } else {
        notify_send(channel,
                    &(struct notify_letter){
                        .key = item->key,
                        .payload = item->payload,
                        .now_us = clock_now_us(),
                        .timeout_ms = LIMIT_OUTBOX_ANSWER_MS,
                        .commit = on_commit,
                        .is_ended = is_sending_over,
                        .arg = &sending,
                    },
                    &result, &is_unsure);
    }
    /* Broken off between the last byte and its answer: the next start
     * decides, as after a crash. */
    bool is_open = is_unsure && atomic_load(&s->is_ended);
    postbox_done(s->postbox, item, is_open ? NULL : &result);
    channels_unref(&channels);
}

static void *sender_main(void *arg)
{
    struct serve_notify *s = arg;
    const struct outbox_item *item = NULL;

    while (postbox_take(s->postbox, &item)) {
        send_item(s, item);
    }
    return NULL;
}

/* ---- life ---- */

enum rc serve_notify_open(struct ledger *ledger, const struct api_env *api,
                          struct serve_notify **ret, struct why *why)
{
    struct serve_notify *s = mem_alloc(sizeof *s);

    mutex_init(&s->lock);
    s->channels = channels_new();
    enum rc rc = postbox_open(ledger->dir, notify_can_repeat, &s->postbox, why);
    if (rc == RC_OK) {
        rc = serve_review_open(ledger, api, s->postbox, &s->review, why);
    }
    if (rc == RC_OK) {
        rc = serve_watch_open(ledger, api, s->postbox, &s->watch, why);
    }
    if (rc != RC_OK) {
        serve_notify_close(&s);
        return rc;
    }
    *ret = s;
    return RC_OK;
}

enum rc serve_notify_use(struct serve_notify *s,
                         const struct serve_notify_settings *settings,
                         struct why *why)
{
    struct channels *channels = settings->channels;
    enum rc rc = RC_OK;

    mutex_lock(&s->lock);
    struct channels *old = s->channels;
    s->channels = channels_ref(channels);
    mutex_unlock(&s->lock);
    channels_unref(&old);
    notify_warn(channels);
    if (channels_n(channels) > 0 && !s->is_started) {
        s->is_started = true;
        for (size_t i = 0; rc == RC_OK && i < ARRAY_N(s->sender); i++) {
            rc = thread_start(&s->sender[i], "toll-send", sender_main, s, why);
        }
    }
    if (rc == RC_OK) {
        rc = serve_review_use(s->review, channels, settings->reviews, why);
    }
    return rc == RC_OK
               ? serve_watch_use(s->watch, channels, settings->watch, why)
               : rc;
}

void serve_notify_end(struct serve_notify *s)
{
    if (s == NULL) {
        return;
    }
    atomic_store(&s->end_mono_us,
                 clock_mono_us() + LIMIT_OUTBOX_GRACE_MS * US_PER_MS);
    atomic_store(&s->is_ended, true);
    if (s->postbox != NULL) {
        postbox_end(s->postbox);
    }
    serve_review_end(s->review);
    serve_watch_end(s->watch);
}

void serve_notify_close(struct serve_notify **s)
{
    if (s == NULL || *s == NULL) {
        return;
    }
    serve_notify_end(*s);
    thread_join(&(*s)->tester);
    serve_review_close(&(*s)->review);
    serve_watch_close(&(*s)->watch);
    for (size_t i = 0; i < ARRAY_N((*s)->sender); i++) {
        thread_join(&(*s)->sender[i]);
    }
    postbox_close(&(*s)->postbox);
    channels_unref(&(*s)->channels);
    mutex_fini(&(*s)->lock);
    mem_free(*s);
    *s = NULL;
}

/* ---- what others say ---- */

enum rc notify_put(struct postbox *postbox, const struct channel *channel,
                   const struct message *message, struct why *why)
{
    struct buf payload;

    buf_init(&payload, LIMIT_OUTBOX_PAYLOAD_BYTES);
    enum rc rc = notify_render(channel, message, &payload, why);
    if (rc == RC_OK) {
        rc = postbox_put(
            postbox,
            &(struct outbox_item){
                .channel = channel->name,
                .key = message->key,
                .incident = message->incident,
                .subject = message->subject,
                .kind = str_from_cz(notify_kind_name(channel->kind)),
                .title = message->title,
                .payload = buf_view(&payload)},
            why);
    }
    buf_fini(&payload);
    return rc == RC_EXISTS ? RC_OK : rc;
}

static void say_to(struct serve_notify *s, const struct channel *channel,
                   const struct message *message)
{
    struct why why;

    if (notify_put(s->postbox, channel, message, &why) != RC_OK) {
        log_error("app", "channel %.*s will not be told '%.*s': %s",
                  STR_ARG(channel->name), STR_ARG(message->title), why.text);
    }
}

static bool is_named(struct str name, const struct str *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(list[i], name)) {
            return true;
        }
    }
    return n == 0;
}

void serve_notify_say(struct serve_notify *s, const struct str *channel,
                      size_t n_channels, const struct message *message)
{
    struct channels *channels = channels_of(s);

    for (size_t i = 0; i < channels_n(channels); i++) {
        const struct channel *c = channels_at(channels, i);

        if (is_named(c->name, channel, n_channels)) {
            say_to(s, c, message);
        }
    }
    channels_unref(&channels);
}

/* ---- tests ---- */

enum rc notify_test(struct channels *channels, struct str name,
                    notify_ended_fn *is_ended, void *arg, struct why *why)
{
    const struct channel *channel = NULL;
    struct outbox_result result;
    struct buf payload;
    char key[64];
    bool is_unsure = false;
    int64_t now_us = clock_now_us();

    (void)snprintf(key, sizeof key, "test/%lld", (long long)now_us);
    const struct message message = {
        .key = str_from_cz(key),
        .severity = MESSAGE_INFO,
        .phase = MESSAGE_NOTE,
        .title = STR("toll: a test message"),
        .text = STR("This channel works. Nothing has happened, and there is "
                    "nothing to do."),
        .at_us = now_us,
    };
    enum rc rc = channels_find(channels, name, &channel, why);
    if (rc != RC_OK) {
        return rc;
    }
    buf_init(&payload, LIMIT_OUTBOX_PAYLOAD_BYTES);
    rc = notify_render(channel, &message, &payload, why);
    if (rc == RC_OK) {
        notify_send(channel,
                    &(struct notify_letter){.key = message.key,
                                            .payload = buf_view(&payload),
                                            .now_us = now_us,
                                            .timeout_ms = TEST_MS,
                                            .is_ended = is_ended,
                                            .arg = arg},
                    &result, &is_unsure);
        rc = result.verdict == OUTBOX_ARRIVED
                 ? RC_OK
                 : why_set(why, RC_UNAVAILABLE, "channel %.*s: %s",
                           STR_ARG(name), result.error);
    }
    buf_fini(&payload);
    return rc;
}

void notify_warn(const struct channels *channels)
{
    for (size_t i = 0; i < channels_n(channels); i++) {
        const struct channel *c = channels_at(channels, i);

        if (c->missing_env.n > 0) {
            log_warn("app",
                     "channel %.*s: the environment variable %.*s is not set; "
                     "its messages wait",
                     STR_ARG(c->name), STR_ARG(c->missing_env));
        }
    }
}

static void *test_main(void *arg)
{
    struct test_job *job = arg;
    struct serve_notify *s = job->notify;
    struct channels *channels = channels_of(s);
    struct why why;
    enum rc rc = notify_test(channels, job->channel, is_over, s, &why);

    if (rc == RC_OK) {
        http_answer(job->call, &(struct http_reply){
                                   .status = 200,
                                   .content_type = STR("application/json"),
                                   .body = STR("{\"sent\":true}\n")});
    } else {
        http_answer_error(job->call, rc == RC_NOT_FOUND ? 404 : 502,
                          str_from_cz(rc_name(rc)), str_from_cz(why.text),
                          STR_EMPTY);
    }
    channels_unref(&channels);
    mutex_lock(&s->lock);
    s->is_testing = false;
    mutex_unlock(&s->lock);
    mem_free(job);
    return NULL;
}

/* Takes the job over. */
static void begin_test(struct serve_notify *s, struct test_job *job)
{
    struct why why;

    mutex_lock(&s->lock);
    bool is_busy = s->is_testing || atomic_load(&s->is_ended);
    enum rc rc = RC_OK;
    if (!is_busy) {
        thread_join(&s->tester); /* it has ended, or is about to */
        s->tester = (struct thread){.started = false};
        rc = thread_start(&s->tester, "toll-test", test_main, job, &why);
        s->is_testing = rc == RC_OK;
    }
    mutex_unlock(&s->lock);
    if (is_busy || rc != RC_OK) {
        http_answer_error(job->call, 503, STR("busy"),
                          STR("another channel is being tested"),
                          STR("ask again in a moment"));
        mem_free(job);
    }
}

static void test_channel(struct serve_notify *s, struct http_call *call,
                         const struct http_request *req)
{
    struct json *json = NULL;
    struct why why;

    if (req->method != HTTP_POST) {
        http_answer_error(call, 405, STR("method"),
                          STR("this route does not take that method"),
                          STR("POST"));
        return;
    }
    /* Other pages in a browser may not send that type without asking. */
    if (!str_starts_nocase(req->content_type, STR("application/json"))) {
        http_answer_error(call, 415, STR("type"),
                          STR("this route takes application/json"), STR_EMPTY);
        return;
    }
    if (json_parse(req->body, &json, &why) != RC_OK ||
        json_str(json_get(json, "channel")).n == 0) {
        http_answer_error(call, 400, STR("invalid"),
                          STR("expected {\"channel\": NAME}"), STR_EMPTY);
    } else {
        struct str name = json_str(json_get(json, "channel"));
        struct test_job *job = mem_alloc(sizeof *job + name.n);

        job->notify = s;
        job->call = call;
        memcpy(job->text, name.p, name.n);
        job->channel = (struct str){.p = job->text, .n = name.n};
        begin_test(s, job);
    }
    json_free(&json);
}

/* ---- routes ---- */

bool serve_notify_take(struct serve_notify *s, struct http_call *call,
                       const struct http_request *req)
{
    if (str_eq(req->path, TEST_PATH)) {
        test_channel(s, call, req);
        return true;
    }
    if (serve_messages_knows(req->path)) {
        struct channels *channels = channels_of(s);
        serve_messages_answer(s->postbox, channels, call, req);
        channels_unref(&channels);
        return true;
    }
    return serve_review_take(s->review, call, req) ||
           serve_watch_take(s->watch, call, req);
}

/* ---- metrics ---- */

void serve_notify_metrics(struct serve_notify *s, struct buf *out)
{
    struct postbox_counts c;

    postbox_count(s->postbox, &c);
    serve_metrics_add(out, "toll_messages_sent_total",
                      "Messages that reached a channel.", "counter", c.n_sent);
    serve_metrics_add(out, "toll_messages_failed_total",
                      "Messages refused for good, or given up.", "counter",
                      c.n_failed);
    serve_metrics_add(out, "toll_messages_retried_total",
                      "Tries that failed and will be made again.", "counter",
                      c.n_retried);
    serve_metrics_add(out, "toll_messages_waiting",
                      "Messages waiting for their channel.", "gauge",
                      c.n_waiting);
    serve_watch_metrics(s->watch, out);
}

enum rc serve_notify_incidents(struct serve_notify *s,
                               api_incidents_use_fn *use, void *use_arg,
                               struct why *why)
{
    return serve_watch_incidents(s->watch, use, use_arg, why);
}
