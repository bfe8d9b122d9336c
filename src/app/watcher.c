#include "app/watcher.h"

#include "app/incident_box.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/why.h"
#include "watch/incident.h"
#include "watch/live.h"
#include "watch/watch_words.h"

#include <stdatomic.h>

#define WORDS_BYTES (LIMIT_WATCH_ALERTS_MAX * (size_t)1024)

struct watcher {
    struct incident_box *box;
    struct live *live;
    atomic_int_fast64_t from_us;
};

enum rc watcher_open(const struct watcher_options *opt, struct watcher **ret,
                     struct why *why)
{
    struct watcher *w = mem_alloc(sizeof *w);
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

void watcher_use(struct watcher *w, double minimum_usd_per_day)
{
    live_minimum(w->live, minimum_usd_per_day);
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

static enum rc take_news(struct watcher *w, bool is_whole, int64_t now_us,
                         struct why *why)
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
        const struct watch_alert *alert = live_at(w->live, i);
        struct str words;
        rc = words_of(alert, &arena, &words, why);
        if (rc == RC_OK) {
            incident_news_of(alert, words, &news[i]);
        }
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

enum rc watcher_look(struct watcher *w, struct store_reader *reader,
                     int64_t now_us, struct why *why)
{
    struct why heard_why;
    bool is_whole = false;

    enum rc heard = live_hear(w->live, reader, now_us, &is_whole, &heard_why);
    enum rc rc = take_news(w, is_whole, now_us, why);
    if (rc != RC_OK) {
        live_again(w->live); /* what could not be written comes again */
    }
    if (rc == RC_OK && heard == RC_OK) {
        atomic_store(&w->from_us, live_from_us(w->live));
    }
    if (rc == RC_OK && heard != RC_OK) {
        rc = why_set(why, heard, "%s", heard_why.text);
    }
    return rc;
}
