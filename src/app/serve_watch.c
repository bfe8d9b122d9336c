#include "app/serve_watch.h"

#include "app/alert_change.h"
#include "app/incident_box.h"
#include "app/ledger.h"
#include "app/postbox.h"
#include "app/serve_metrics.h"
#include "app/serve_notify.h"
#include "app/watcher.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/utc.h"
#include "base/why.h"
#include "face/notify/notify.h"
#include "intake/intake.h"
#include "net/http_error.h"
#include "net/http_server.h"
#include "query/period.h"
#include "store/store.h"
#include "watch/describe.h"
#include "watch/incident.h"
#include "watch/message.h"
#include "watch/watch_settings.h"

#include <stdatomic.h>
#include <stdlib.h>

#define TICK_US   UTC_US_PER_MINUTE
#define STORED_US (2 * UTC_US_PER_SECOND) /* for what is durable */
#define US_PER_MS INT64_C(1000)
#define ROUTE     STR("/api/alerts/")

struct serve_watch {
    struct ledger *ledger;
    const struct api_env *api;
    struct postbox *postbox;
    struct period_zone *zone;
    struct watcher *watcher;
    struct store_reader *reader; /* the thread's */
    int64_t tick_us, ahead_us;
    bool is_failing; /* told once */
    struct thread thread;
    atomic_bool is_ended;
    atomic_uint_fast64_t n_looks;
    struct mutex lock; /* guards all below */
    struct cond changed;
    struct channels *channels;
    struct watch_settings *settings;
};

/* ---- telling ---- */

/* One message that is due. */
struct due {
    struct serve_watch *watch;
    struct channels *channels;
    const struct watch_settings *settings;
    int64_t now_us;
    bool is_quiet;
    size_t at; /* of the incidents: looked at before */
    struct arena arena;
    struct incident x;
    enum message_phase phase; /* 0: none is due */
    enum rc rc;
};

/* The next that has something to be told, copied. */
static void find_due(void *arg, const struct incidents *all)
{
    struct due *d = arg;

    d->phase = (enum message_phase)0;
    for (; d->at < incidents_n(all); d->at++) {
        const struct incident *x = incidents_at(all, d->at);
        d->phase = incident_due(x, d->is_quiet, d->now_us);
        if ((int)d->phase != 0) {
            d->rc = incident_copy(x, &d->arena, &d->x);
            return;
        }
    }
}

static bool mark_told(void *arg, const struct incidents *all,
                      struct arena *arena, struct incident *ret)
{
    const struct due *d = arg;
    const struct incident *x = incidents_of(all, d->x.id);

    (void)arena;
    if (x == NULL) {
        return false;
    }
    incident_told(x, d->phase, ret);
    return true;
}

/* To every channel, then it is noted; a crash in between finds the keys of
 * those that had it. */
static enum rc put_all(struct due *d, const struct message *message,
                       struct why *why)
{
    bool is_changed = false;
    enum rc rc = RC_OK;
    size_t n = 0;
    const struct str *name = watch_settings_told(d->settings, d->x.rule, &n);

    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        const struct channel *channel = NULL;
        rc = channels_find(d->channels, name[i], &channel, why);
        if (rc == RC_OK) {
            rc = notify_put(d->watch->postbox, channel, message, why);
        }
    }
    return rc == RC_OK ? incident_box_change(watcher_box(d->watch->watcher),
                                             mark_told, d, &is_changed, why)
                       : rc;
}

static struct str link_of(struct due *d)
{
    struct str url = watch_settings_url(d->settings);

    return url.n > 0 ? str_fmt(&d->arena, "%.*s/#/alerts/%.*s", STR_ARG(url),
                               STR_ARG(d->x.id))
                     : STR_EMPTY;
}

static enum rc tell(struct due *d, struct why *why)
{
    struct message message = {.severity = d->x.severity,
                              .phase = d->phase,
                              .text = d->x.sentence,
                              .link = link_of(d),
                              .at_us = d->now_us};
    struct api_insight_use use;
    struct report report = {.title = STR_EMPTY};
    struct buf key;
    enum rc rc = d->rc;

    if (rc != RC_OK) {
        return why_set(why, rc, "an alert is too large to be told");
    }
    buf_init(&key, 1024);
    incident_add_key(&key, &d->x, d->phase);
    message.key = buf_view(&key);
    if (d->phase != MESSAGE_NOTE) {
        message.incident = str_fmt(&d->arena, "alert/%.*s", STR_ARG(d->x.id));
    }
    api_insight_begin(d->watch->api, d->watch->reader, d->now_us, &use);
    rc = describe_report(&(struct describe_message){&d->x, d->phase}, &use.env,
                         &d->arena, &report, why);
    api_insight_end(&use);
    if (rc == RC_OK) {
        message.title = report.title;
        message.report = &report;
        rc = put_all(d, &message, why);
    }
    report_fini(&report);
    buf_fini(&key);
    return rc;
}

static enum rc tell_all(struct serve_watch *s, struct channels *channels,
                        const struct watch_settings *settings, int64_t now_us,
                        struct why *why)
{
    struct due d = {
        .watch = s,
        .channels = channels,
        .settings = settings,
        .now_us = now_us,
        .is_quiet = watch_settings_is_quiet(settings, s->zone, now_us),
    };
    enum rc rc = RC_OK;

    arena_init(&d.arena, LIMIT_ANSWER_BYTES_MAX);
    while (rc == RC_OK) {
        arena_reset(&d.arena);
        incident_box_read(watcher_box(s->watcher), find_due, &d);
        if ((int)d.phase == 0) {
            break;
        }
        rc = tell(&d, why);
    }
    arena_fini(&d.arena);
    return rc;
}

/* ---- looking ---- */

static bool is_ended(void *arg)
{
    const struct serve_watch *s = arg;

    return atomic_load(&s->is_ended);
}

static enum rc look(struct serve_watch *s, struct channels *channels,
                    const struct watch_settings *settings, struct why *why)
{
    int64_t now_us = clock_now_us() + s->ahead_us;
    /* An hour of which a part waits for the store would look like a lull. */
    enum rc rc =
        intake_flush(s->ledger->intake, clock_mono_us() + STORED_US, why);

    if (rc == RC_OK && s->reader == NULL) {
        rc = store_reader_open(s->ledger->store, &s->reader, why);
    }
    if (rc == RC_OK) {
        rc = watcher_look(s->watcher, settings, s->reader, now_us, why);
    }
    if (rc != RC_OK) {
        store_reader_close(&s->reader);
        return rc;
    }
    return tell_all(s, channels, settings, now_us, why);
}

/* Told when it begins to fail, and when it goes on. */
static void note(struct serve_watch *s, enum rc rc, const struct why *why)
{
    if (rc == RC_OK && s->is_failing) {
        log_info("app", "alerts go on");
    } else if (rc != RC_OK && !s->is_failing && !is_ended(s)) {
        log_warn("app", "alerts wait: %s", why->text);
    }
    s->is_failing = rc != RC_OK;
}

static void *watch_main(void *arg)
{
    struct serve_watch *s = arg;

    mutex_lock(&s->lock);
    while (!is_ended(s)) {
        struct channels *channels = channels_ref(s->channels);
        struct watch_settings *settings = watch_settings_ref(s->settings);
        struct why why = {.text = ""};

        mutex_unlock(&s->lock);
        int64_t next_mono_us = clock_mono_us() + s->tick_us;
        enum rc rc = look(s, channels, settings, &why);
        note(s, rc, &why);
        atomic_fetch_add(&s->n_looks, 1);
        mutex_lock(&s->lock);
        bool is_same = channels == s->channels && settings == s->settings;
        if (is_same && !is_ended(s)) {
            (void)cond_wait_until(&s->changed, &s->lock, next_mono_us);
        }
        channels_unref(&channels);
        watch_settings_unref(&settings);
    }
    mutex_unlock(&s->lock);
    return NULL;
}

/* ---- life ---- */

/* A whole number of the environment, for tests. */
static int64_t number_of_env(const char *name, int64_t otherwise)
{
    int64_t n = otherwise;

    return str_to_i64(str_from_cz(getenv(name)), &n) == RC_OK ? n : otherwise;
}

/* What is done at every so many looks is done at each when they come fast. */
static int64_t pause_us(const struct serve_watch *s, int64_t seconds)
{
    return s->tick_us < TICK_US ? s->tick_us : seconds * UTC_US_PER_SECOND;
}

enum rc serve_watch_open(struct ledger *ledger, const struct api_env *api,
                         struct postbox *postbox, struct serve_watch **ret,
                         struct why *why)
{
    struct serve_watch *s = mem_alloc(sizeof *s);

    s->ledger = ledger;
    s->api = api;
    s->postbox = postbox;
    s->tick_us =
        number_of_env("TOLL_WATCH_TICK_MS", TICK_US / US_PER_MS) * US_PER_MS;
    s->ahead_us = number_of_env("TOLL_WATCH_AHEAD_S", 0) * UTC_US_PER_SECOND;
    mutex_init(&s->lock);
    cond_init(&s->changed);
    s->channels = channels_new();
    s->settings = watch_settings_new();
    enum rc rc = period_zone_open(api->timezone, &s->zone, why);
    if (rc == RC_OK) {
        rc = watcher_open(
            &(struct watcher_options){
                .data_dir = ledger->dir,
                .api = api,
                .is_live = true,
                .rebuild_us = pause_us(s, LIMIT_WATCH_REBUILD_S),
                .rules_us = pause_us(s, LIMIT_RULE_EVERY_S),
                .is_ended = is_ended,
                .arg = s},
            &s->watcher, why);
    }
    if (rc != RC_OK) {
        serve_watch_close(&s);
        return rc;
    }
    *ret = s;
    return RC_OK;
}

enum rc serve_watch_use(struct serve_watch *s, struct channels *channels,
                        struct watch_settings *settings, struct why *why)
{
    mutex_lock(&s->lock);
    struct channels *old_channels = s->channels;
    struct watch_settings *old_settings = s->settings;
    s->channels = channels_ref(channels);
    s->settings = watch_settings_ref(settings);
    cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
    channels_unref(&old_channels);
    watch_settings_unref(&old_settings);
    return s->thread.started
               ? RC_OK
               : thread_start(&s->thread, "toll-watch", watch_main, s, why);
}

void serve_watch_end(struct serve_watch *s)
{
    if (s == NULL) {
        return;
    }
    mutex_lock(&s->lock);
    atomic_store(&s->is_ended, true);
    cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
}

void serve_watch_close(struct serve_watch **s)
{
    if (s == NULL || *s == NULL) {
        return;
    }
    serve_watch_end(*s);
    thread_join(&(*s)->thread);
    store_reader_close(&(*s)->reader);
    watcher_close(&(*s)->watcher);
    channels_unref(&(*s)->channels);
    watch_settings_unref(&(*s)->settings);
    period_zone_close(&(*s)->zone);
    cond_fini(&(*s)->changed);
    mutex_fini(&(*s)->lock);
    mem_free(*s);
    *s = NULL;
}

/* ---- routes ---- */

struct use {
    api_incidents_use_fn *use;
    void *arg;
    int64_t from_us;
};

static void hand_on(void *arg, const struct incidents *all)
{
    const struct use *u = arg;

    u->use(u->arg, all, u->from_us);
}

enum rc serve_watch_incidents(struct serve_watch *s, api_incidents_use_fn *use,
                              void *use_arg, struct why *why)
{
    struct use u = {use, use_arg, watcher_from_us(s->watcher)};

    (void)why;
    incident_box_read(watcher_box(s->watcher), hand_on, &u);
    return RC_OK;
}

static void answer(struct serve_watch *s, struct http_call *call,
                   const struct alert_change *change)
{
    struct api_response response;
    struct buf path;

    buf_init(&path, 4096);
    buf_fmt(&path, "/api/alerts/%.*s", STR_ARG(change->id));
    api_handle(s->api, NULL,
               &(struct api_request){.path = buf_view(&path),
                                     .now_us = change->now_us},
               &response);
    http_answer(call, &(struct http_reply){
                          .status = response.status,
                          .content_type = str_from_cz(response.content_type),
                          .body = buf_view(&response.body)});
    buf_fini(&response.body);
    buf_fini(&path);
}

bool serve_watch_take(struct serve_watch *s, struct http_call *call,
                      const struct http_request *req)
{
    struct str verb = str_starts(req->path, ROUTE)
                          ? str_sub(req->path, ROUTE.n, SIZE_MAX)
                          : STR_EMPTY;
    struct alert_change change = {
        .body = req->body, .zone = s->zone, .now_us = clock_now_us()};
    struct why why;

    (void)str_cut(&verb, '/', &change.id);
    change.verb = verb;
    if (verb.n == 0) {
        return false;
    }
    if (req->method != HTTP_POST) {
        http_answer_error(call, 405, STR("method"),
                          STR("this route does not take that method"),
                          STR("POST"));
        return true;
    }
    /* Other pages in a browser may not send that type without asking. */
    if (!str_starts_nocase(req->content_type, STR("application/json"))) {
        http_answer_error(call, 415, STR("type"),
                          STR("this route takes application/json"), STR_EMPTY);
        return true;
    }
    enum rc rc = alert_change(watcher_box(s->watcher), &change, &why);
    if (rc == RC_OK) {
        answer(s, call, &change);
    } else {
        http_answer_error(
            call, rc == RC_INVALID || rc == RC_RANGE ? 400 : http_status_of(rc),
            str_from_cz(rc_name(rc)), str_from_cz(why.text),
            STR("ack takes {\"by\", \"note\"}, snooze {\"until\": TIME} or "
                "{\"for\": \"4h\"}"));
    }
    return true;
}

/* ---- metrics ---- */

static void count_open(void *arg, const struct incidents *all)
{
    uint64_t *n = arg;

    for (size_t i = 0; i < incidents_n(all); i++) {
        *n += incidents_at(all, i)->closed_us == 0 ? 1 : 0;
    }
}

void serve_watch_metrics(struct serve_watch *s, struct buf *out)
{
    struct watcher_counts c;
    uint64_t n_open = 0;

    watcher_count(s->watcher, &c);
    incident_box_read(watcher_box(s->watcher), count_open, &n_open);
    const struct {
        const char *name, *help, *type;
        uint64_t value;
    } lines[] = {
        {"toll_alerts_open", "Alerts that are open.", "gauge", n_open},
        {"toll_watch_looks_total", "Looks at what is new.", "counter",
         atomic_load(&s->n_looks)},
        {"toll_watch_histories_total", "Times that all history was heard anew.",
         "counter", c.n_histories},
        {"toll_watch_left_out",
         "Calls not watched apart, for they pass limits.", "gauge",
         c.n_left_out},
    };
    for (size_t i = 0; i < ARRAY_N(lines); i++) {
        serve_metrics_add(out, lines[i].name, lines[i].help, lines[i].type,
                          lines[i].value);
    }
}
