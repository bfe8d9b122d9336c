#include "app/watcher.h"

#include "app/incident_box.h"
#include "app/watch_rules.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/why.h"
#include "face/api/api.h"
#include "watch/describe.h"
#include "watch/incident.h"
#include "watch/live.h"
#include "watch/watch_settings.h"
#include "watch/watch_words.h"

#include <stdatomic.h>

#define WORDS_BYTES (LIMIT_WATCH_ALERTS_MAX * (size_t)1024)

struct watcher {
    struct incident_box *box;
    const struct api_env *api;
    bool is_live;
    int64_t rules_every_us;
    int64_t rules_us; /* asked last */
    struct live *live;
    atomic_int_fast64_t from_us;
    atomic_uint_fast64_t n_histories, n_left_out;
};

enum rc watcher_open(const struct watcher_options *opt, struct watcher **ret,
                     struct why *why)
{
    struct watcher *w = mem_alloc(sizeof *w);
    w->api = opt->api;
    w->is_live = opt->is_live;
    w->rules_every_us = opt->rules_us;
    enum rc rc = incident_box_open(opt->data_dir, &w->box, why);

    if (rc != RC_OK) {
        watcher_close(&w);
        return rc;
    }
    w->live = live_new(&(struct live_options){.rebuild_us = opt->rebuild_us,
                                              .is_ended = opt->is_ended,
                                              .arg = opt->arg});
    *ret = w;
    return RC_OK;
}

void watcher_close(struct watcher **w)
{
    if (w == NULL || *w == NULL) {
        return;
    }
    live_free(&(*w)->live);
    incident_box_close(&(*w)->box);
    mem_free(*w);
    *w = NULL;
}

struct incident_box *watcher_box(struct watcher *w)
{
    return w->box;
}

int64_t watcher_from_us(struct watcher *w)
{
    return atomic_load(&w->from_us);
}

void watcher_count(struct watcher *w, struct watcher_counts *ret)
{
    *ret = (struct watcher_counts){
        .n_histories = atomic_load(&w->n_histories),
        .n_left_out = atomic_load(&w->n_left_out),
    };
}

/* ---- looking ---- */

static enum rc words_of(const struct watch_alert *alert, struct arena *arena,
                        struct str *ret, struct why *why)
{
    struct buf words;

    buf_init(&words, LIMIT_ARENA_MAX);
    watch_words(&words, alert);
    enum rc rc = str_dup(arena, buf_view(&words), ret);
    buf_fini(&words);
    return rc == RC_OK ? rc : why_set(why, rc, "too many alerts at once");
}

/* A release tells alerts of one cause from those that only came together. */
static enum rc read_news(const struct watch_alert *alert,
                         struct store_reader *reader, struct arena *arena,
                         struct incident_news *ret, struct why *why)
{
    struct str words;
    enum rc rc = words_of(alert, arena, &words, why);

    if (rc != RC_OK) {
        return rc;
    }
    incident_news_of(alert, words, ret);
    return alert->news == WATCH_RAISED
               ? describe_release(reader, alert->feature, alert->since_us,
                                  arena, &ret->release, why)
               : RC_OK;
}

static enum rc take_news(struct watcher *w, struct store_reader *reader,
                         bool is_whole, int64_t now_us, struct why *why)
{
    size_t n = live_n(w->live);
    struct arena arena;
    enum rc rc = RC_OK;

    arena_init(&arena, WORDS_BYTES);
    struct incident_news *news = arena_array(&arena, n, sizeof *news);
    if (news == NULL) {
        rc = why_set(why, RC_LIMIT, "too many alerts at once");
    }
    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        rc = read_news(live_at(w->live, i), reader, &arena, &news[i], why);
    }
    if (rc == RC_OK) {
        rc = incident_box_hear(w->box,
                               &(struct incident_hearing){.news = news,
                                                          .n_news = n,
                                                          .is_whole = is_whole,
                                                          .now_us = now_us},
                               why);
    }
    arena_fini(&arena);
    return rc;
}

/* ---- what there is to know of them ---- */

struct describing {
    size_t at; /* of the incidents: looked at before */
    bool wants_open;
    struct arena arena;
    struct incident x;
    enum rc rc;
    bool is_found;
};

static void find_plain(void *arg, const struct incidents *all)
{
    struct describing *d = arg;

    d->is_found = false;
    for (; d->at < incidents_n(all) && !d->is_found; d->at++) {
        const struct incident *x = incidents_at(all, d->at);
        if (!x->is_described && (x->closed_us == 0) == d->wants_open) {
            d->rc = incident_copy(x, &d->arena, &d->x);
            d->is_found = true;
        }
    }
}

/* What was found, unless it changed meanwhile. */
static bool put_described(void *arg, const struct incidents *all,
                          struct arena *arena, struct incident *ret)
{
    const struct describing *d = arg;
    const struct incident *x = incidents_of(all, d->x.id);

    (void)arena;
    if (x == NULL || x->updated_us != d->x.updated_us) {
        return false;
    }
    *ret = *x;
    ret->owner = d->x.owner;
    ret->release = d->x.release;
    ret->reason = d->x.reason;
    ret->unmoved = d->x.unmoved;
    ret->sentence = d->x.sentence;
    ret->usd_per_day = d->x.usd_per_day;
    ret->part = d->x.part;
    ret->is_described = true;
    return true;
}

static enum rc describe_some(struct watcher *w, const struct insight_env *env,
                             bool wants_open, size_t *n, struct why *why)
{
    struct describing d = {.wants_open = wants_open, .rc = RC_OK};
    bool is_changed = false;
    enum rc rc = RC_OK;

    arena_init(&d.arena, LIMIT_ANSWER_BYTES_MAX);
    for (; *n > 0 && rc == RC_OK; (*n)--) {
        arena_reset(&d.arena);
        incident_box_read(w->box, find_plain, &d);
        if (!d.is_found) {
            break;
        }
        rc = d.rc == RC_OK ? describe_incident(&d.x, env, &d.arena, &d.x, why)
                           : why_set(why, d.rc, "an alert is too large");
        if (rc == RC_OK) {
            rc = incident_box_change(w->box, put_described, &d, &is_changed,
                                     why);
        }
    }
    arena_fini(&d.arena);
    return rc;
}

/* A few at a time, those that are open first. */
static enum rc describe(struct watcher *w, struct store_reader *reader,
                        int64_t now_us, struct why *why)
{
    struct api_insight_use use;
    size_t n = LIMIT_INCIDENT_DESCRIBED_AT_ONCE;

    api_insight_begin(w->api, reader, now_us, &use);
    enum rc rc = describe_some(w, &use.env, true, &n, why);
    if (rc == RC_OK) {
        rc = describe_some(w, &use.env, false, &n, why);
    }
    api_insight_end(&use);
    return rc;
}

/* ---- rules ---- */

/* The clock may be set back. */
static bool are_rules_due(const struct watcher *w, int64_t now_us)
{
    return now_us - w->rules_us >= w->rules_every_us || now_us < w->rules_us;
}

static enum rc ask_rules(struct watcher *w,
                         const struct watch_settings *settings,
                         struct store_reader *reader, int64_t now_us,
                         struct why *why)
{
    struct api_insight_use use;

    api_insight_begin(w->api, reader, now_us, &use);
    enum rc rc = watch_rules_ask(
        &(struct watch_rules){.box = w->box,
                              .settings = settings,
                              .env = &use.env,
                              .is_live = w->is_live,
                              .silence_us = live_silence(w->live)},
        why);
    api_insight_end(&use);
    w->rules_us = rc == RC_OK ? now_us : w->rules_us;
    return rc;
}

enum rc watcher_look(struct watcher *w, const struct watch_settings *settings,
                     struct store_reader *reader, int64_t now_us,
                     struct why *why)
{
    struct why heard_why;
    bool is_whole = false;

    live_minimum(w->live, watch_settings_usd_per_day(settings));
    enum rc heard = live_hear(w->live, reader, now_us, &is_whole, &heard_why);
    enum rc rc = take_news(w, reader, is_whole, now_us, why);
    if (rc != RC_OK) {
        live_again(w->live); /* what could not be written comes again */
    }
    if (rc == RC_OK && heard == RC_OK) {
        atomic_store(&w->from_us, live_from_us(w->live));
    }
    atomic_store(&w->n_histories, live_n_heard(w->live));
    atomic_store(&w->n_left_out, live_n_left_out(w->live));
    if (rc == RC_OK && heard != RC_OK) {
        rc = why_set(why, heard, "%s", heard_why.text);
    }
    if (rc == RC_OK && are_rules_due(w, now_us)) {
        rc = ask_rules(w, settings, reader, now_us, why);
    }
    if (rc == RC_OK) {
        rc = describe(w, reader, now_us, why);
    }
    return rc;
}
