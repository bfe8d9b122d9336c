#include "app/serve_review.h"

#include "app/ledger.h"
#include "app/postbox.h"
#include "app/serve_notify.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/utc.h"
#include "base/why.h"
#include "face/api/api.h"
#include "face/notify/notify.h"
#include "insight/insight.h"
#include "query/period.h"
#include "store/store.h"
#include "watch/message.h"
#include "watch/schedule.h"

/* The insight that is the review. */
#define REVIEW_INSIGHT "/api/review"

/* The wall clock may be set, so that no wait is longer; and after a failure. */
#define LOOK_US (30 * UTC_US_PER_SECOND)

struct serve_review {
    struct ledger *ledger;
    const struct api_env *api;
    struct postbox *postbox;
    struct period_zone *zone;
    struct thread thread;
    struct mutex lock; /* guards all below */
    struct cond changed;
    struct channels *channels;
    struct schedule *reviews;
    bool is_ended;
};

/* One review that is due. */
struct task {
    struct serve_review *review;
    struct channels *channels;
    const struct schedule_plan *plan;
    struct schedule_due due;
    struct buf week; /* "2026-W47" */
    struct report report;
    bool is_made; /* the report is there */
    bool is_failed;
};

/* ---- making ---- */

static bool has_param(const struct insight *row, const char *name)
{
    for (size_t i = 0; i < row->n_params; i++) {
        if (str_eq(str_from_cz(row->param[i].name), str_from_cz(name))) {
            return true;
        }
    }
    return false;
}

/* The week by its name, or as a range for an insight that knows no weeks. */
static enum rc make(struct task *t, struct arena *arena, struct why *why)
{
    struct serve_review *s = t->review;
    struct str subject;
    const struct insight *row = insight_of(STR(REVIEW_INSIGHT), &subject);
    struct store_reader *reader = NULL;
    struct buf from;
    struct buf to;

    if (row == NULL) {
        return why_set(why, RC_UNSUPPORTED,
                       "this version of toll writes no reviews");
    }
    buf_init(&from, 32);
    buf_init(&to, 32);
    utc_add_date(&from, t->due.from_day);
    utc_add_date(&to, t->due.to_day);
    const struct query_param by_week = {.name = STR("week"),
                                        .value = buf_view(&t->week)};
    const struct query_param by_range[] = {
        {.name = STR("from"), .value = buf_view(&from)},
        {.name = STR("to"), .value = buf_view(&to)},
    };
    bool knows_weeks = has_param(row, "week");
    enum rc rc = store_reader_open(s->ledger->store, &reader, why);
    if (rc == RC_OK) {
        rc = api_report(s->api, reader,
                        &(struct api_insight){
                            .row = row,
                            .param = knows_weeks ? &by_week : by_range,
                            .n_params = knows_weeks ? 1 : 2,
                            .now_us = clock_now_us(),
                            .arena = arena,
                        },
                        &t->report, why);
        t->is_made = true;
    }
    store_reader_close(&reader);
    buf_fini(&from);
    buf_fini(&to);
    return rc;
}

static enum rc put(struct task *t, const struct channel *channel,
                   struct str key, struct why *why)
{
    struct buf title;

    buf_init(&title, 64 * 1024);
    buf_fmt(&title, "LLM spending, week %.*s", STR_ARG(buf_view(&t->week)));
    const struct message message = {
        .key = key,
        .severity = MESSAGE_INFO,
        .phase = MESSAGE_NOTE,
        .title = buf_view(&title),
        .text = t->report.sentence,
        .report = &t->report,
        .at_us = clock_now_us(),
    };
    enum rc rc = notify_put(t->review->postbox, channel, &message, why);
    buf_fini(&title);
    return rc;
}

/* To one channel, unless it had that week's. */
static enum rc bring(struct task *t, struct str name, struct arena *arena,
                     struct why *why)
{
    const struct channel *channel = NULL;
    struct buf key;

    buf_init(&key, 4096);
    buf_fmt(&key, "review/%.*s/%.*s", STR_ARG(buf_view(&t->week)),
            STR_ARG(name));
    enum rc rc = RC_OK;
    if (!postbox_has(t->review->postbox, name, buf_view(&key))) {
        rc = channels_find(t->channels, name, &channel, why);
        if (rc == RC_OK && !t->is_made) {
            rc = make(t, arena, why);
        }
        if (rc == RC_OK) {
            rc = put(t, channel, buf_view(&key), why);
        }
    }
    buf_fini(&key);
    return rc;
}

static void run_task(struct task *t)
{
    struct arena arena;

    buf_init(&t->week, 32);
    schedule_add_week(&t->week, t->due.from_day);
    arena_init(&arena, LIMIT_ANSWER_BYTES_MAX);
    for (size_t i = 0; i < t->plan->n_notify && !t->is_failed; i++) {
        struct why why;

        if (bring(t, t->plan->notify[i], &arena, &why) != RC_OK) {
            log_error("app", "the review of %.*s for channel %.*s: %s",
                      STR_ARG(buf_view(&t->week)), STR_ARG(t->plan->notify[i]),
                      why.text);
            t->is_failed = true;
        }
    }
    report_fini(&t->report);
    arena_fini(&arena);
    buf_fini(&t->week);
}

/* ---- waiting ---- */

/* Brings what is due; when to look again. */
static int64_t look(struct serve_review *s, struct channels *channels,
                    struct schedule *reviews)
{
    int64_t now_us = clock_now_us();
    int64_t next_us = now_us + LOOK_US;

    for (size_t i = 0; i < schedule_n(reviews); i++) {
        struct task t = {
            .review = s, .channels = channels, .plan = schedule_at(reviews, i)};

        schedule_when(t.plan, s->zone, now_us, &t.due);
        if (now_us - t.due.due_us <= LIMIT_REVIEW_LATE_S * UTC_US_PER_SECOND) {
            run_task(&t);
        }
        next_us = t.due.next_us < next_us ? t.due.next_us : next_us;
    }
    return next_us - now_us;
}

static void *review_main(void *arg)
{
    struct serve_review *s = arg;

    mutex_lock(&s->lock);
    while (!s->is_ended) {
        struct channels *channels = channels_ref(s->channels);
        struct schedule *reviews = schedule_ref(s->reviews);

        mutex_unlock(&s->lock);
        int64_t wait_us = look(s, channels, reviews);
        mutex_lock(&s->lock);
        bool is_same = channels == s->channels && reviews == s->reviews;
        if (is_same && !s->is_ended) {
            (void)cond_wait_until(&s->changed, &s->lock,
                                  clock_mono_us() + wait_us);
        }
        channels_unref(&channels);
        schedule_unref(&reviews);
    }
    mutex_unlock(&s->lock);
    return NULL;
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
    cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
    channels_unref(&old_channels);
    schedule_unref(&old_reviews);
    return schedule_n(reviews) > 0 && !s->thread.started
               ? thread_start(&s->thread, "toll-review", review_main, s, why)
               : RC_OK;
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
