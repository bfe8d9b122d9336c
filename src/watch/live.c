#include "watch/live.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/utc.h"
#include "base/why.h"
#include "query/query.h"
#include "query/query_hours.h"
#include "watch/hearing.h"

#define GRACE_US    (LIMIT_WATCH_GRACE_S * UTC_US_PER_SECOND)
#define PIECE_US    (5 * UTC_US_PER_MINUTE)
#define LATE_US     (5 * UTC_US_PER_MINUTE) /* from one count to the next */
#define LATE_SHARE  100 /* of a day's calls: one in so many is many */
#define OVERLAP_US  (10 * UTC_US_PER_MINUTE)
#define NEWS_MAX    LIMIT_WATCH_ALERTS_MAX
#define RUN_BYTES   (NEWS_MAX * (size_t)LIMIT_DIM_MAX)
#define QUERY_BYTES 4096

struct ear { /* a watch and what goes to it */
    struct watch *watch;
    struct hearing hearing;
    int64_t from_us;    /* heard from there on */
    int64_t built_us;   /* when */
    int64_t pieces_us;  /* of the hour that goes on, heard up to there */
    int64_t counted_us; /* late calls were */
    int64_t n_late;     /* of them were known before it was built */
};

struct live {
    struct live_options opt;
    double minimum_usd_per_day;
    struct ear *ear; /* NULL until history was heard */
    struct arena query_arena;
    struct query q; /* its filters; parsed at the first hearing */
    bool is_parsed;
    uint64_t n_heard;  /* times that all was */
    bool is_lacking;   /* all is to be heard anew */
    int64_t now_us;    /* of this hearing */
    struct arena runs; /* text of the news that lives less than the watch */
    struct buf news;   /* struct watch_alert */
};

struct live *live_new(const struct live_options *opt)
{
    struct live *l = mem_alloc(sizeof *l);

    l->opt = *opt;
    arena_init(&l->query_arena, LIMIT_ARENA_MAX);
    arena_init(&l->runs, RUN_BYTES);
    buf_init(&l->news, NEWS_MAX * sizeof(struct watch_alert));
    return l;
}

static void ear_free(struct ear **ear)
{
    if (*ear != NULL) {
        hearing_fini(&(*ear)->hearing);
        watch_free(&(*ear)->watch);
        mem_free(*ear);
        *ear = NULL;
    }
}

void live_free(struct live **l)
{
    if (l == NULL || *l == NULL) {
        return;
    }
    ear_free(&(*l)->ear);
    arena_fini(&(*l)->query_arena);
    arena_fini(&(*l)->runs);
    buf_fini(&(*l)->news);
    mem_free(*l);
    *l = NULL;
}

size_t live_n(const struct live *l)
{
    return l->news.n / sizeof(struct watch_alert);
}

const struct watch_alert *live_at(const struct live *l, size_t i)
{
    return &((const struct watch_alert *)(const void *)l->news.p)[i];
}

int64_t live_from_us(const struct live *l)
{
    return l->ear != NULL ? l->ear->from_us : 0;
}

int64_t live_silence(const struct live *l)
{
    int hours = l->ear != NULL ? watch_silent_hours(l->ear->watch) : 0;

    return hours > 0 ? (l->ear->hearing.next_hour - hours) * UTC_US_PER_HOUR
                     : 0;
}

uint64_t live_n_heard(const struct live *l)
{
    return l->n_heard;
}

uint64_t live_n_left_out(const struct live *l)
{
    return l->ear != NULL ? watch_n_left_out(l->ear->watch) : 0;
}

/* ---- the news ---- */

static void take_news(void *arg, const struct watch_alert *from)
{
    struct live *l = arg;
    struct watch_alert alert = *from;

    if (str_dup(&l->runs, from->run, &alert.run) != RC_OK) {
        alert.run = STR_EMPTY;
    }
    /* What is found in five minutes that are going on bears their end. */
    alert.time_us = alert.time_us < l->now_us ? alert.time_us : l->now_us;
    buf_add(&l->news, &alert, sizeof alert);
}

static void drop_news(struct live *l)
{
    buf_clear(&l->news);
    arena_reset(&l->runs);
}

/* ---- hearing ---- */

/* All hours before it have ended, and what came a little late is there. */
static int64_t hour_due(int64_t now_us)
{
    return num_floor_div(now_us - GRACE_US, UTC_US_PER_HOUR);
}

static enum rc parse(struct live *l, struct why *why)
{
    enum rc rc = RC_OK;

    if (!l->is_parsed) {
        rc = query_parse(NULL, 0, l->now_us, STR("UTC"), &l->query_arena, &l->q,
                         why);
        l->is_parsed = rc == RC_OK;
    }
    return rc;
}

/* Hours that have ended, up to `hour`. */
static enum rc hear_hours(struct live *l, struct ear *ear,
                          struct store_reader *reader, int64_t from_us,
                          int64_t hour, struct why *why)
{
    const struct usage_hours_sink sink = hearing_sink(&ear->hearing);
    struct query q = l->q;

    q.from_us = from_us;
    q.to_us = hour * UTC_US_PER_HOUR;
    if (q.from_us >= q.to_us) {
        return RC_OK;
    }
    enum rc rc = query_hours(&q, reader, &sink, why);
    if (rc == RC_OK) {
        hearing_silence(&ear->hearing, hour);
    } else {
        hearing_drop(&ear->hearing);
    }
    return rc;
}

/* ---- all of it ---- */

static struct ear *ear_new(struct live *l)
{
    const struct watch_options opt = {.minimum_usd_per_day =
                                          l->minimum_usd_per_day,
                                      .tell = take_news,
                                      .arg = l};
    struct ear *ear = mem_alloc(sizeof *ear);
    int64_t from_us = l->now_us - LIMIT_WATCH_BEFORE_DAYS * UTC_US_PER_DAY;

    ear->watch = watch_new(&opt);
    hearing_init(&ear->hearing, ear->watch);
    ear->hearing.is_ended = l->opt.is_ended;
    ear->hearing.arg = l->opt.arg;
    ear->from_us = from_us > 0 ? from_us - from_us % UTC_US_PER_HOUR : 0;
    ear->built_us = l->now_us;
    ear->counted_us = l->now_us;
    return ear;
}

/* Calls that came after their hour was due to be heard, since the ear was built
 * or some minutes before: what was taken in then may have been stored behind
 * that. */
static enum rc ask_late(struct live *l, const struct ear *ear, int64_t hour,
                        struct store_reader *reader, int64_t *ret_n,
                        struct why *why)
{
    struct query q = l->q;

    q.from_us = ear->from_us;
    q.to_us = hour * UTC_US_PER_HOUR;
    return query_late(&q, ear->built_us - OVERLAP_US, GRACE_US, reader, ret_n,
                      why);
}

static enum rc build(struct live *l, struct store_reader *reader,
                     struct why *why)
{
    struct ear *ear = ear_new(l);
    int64_t hour = hour_due(l->now_us);
    enum rc rc = ask_late(l, ear, hour, reader, &ear->n_late, why);

    if (rc == RC_OK) {
        rc = hear_hours(l, ear, reader, ear->from_us, hour, why);
    }
    if (rc != RC_OK) {
        ear_free(&ear);
        drop_news(l);
        return rc;
    }
    ear->pieces_us = hour * UTC_US_PER_HOUR;
    ear_free(&l->ear);
    l->ear = ear;
    l->is_lacking = false;
    l->n_heard++;
    return RC_OK;
}

/* Whether so much came late that all must be heard anew. */
static enum rc count_late(struct live *l, struct store_reader *reader,
                          bool *ret_is_much, struct why *why)
{
    struct ear *ear = l->ear;
    int64_t n = 0;
    int64_t days = (l->now_us - ear->from_us) / UTC_US_PER_DAY + 1;

    *ret_is_much = false;
    if (l->now_us - ear->counted_us <
            (LATE_US < l->opt.rebuild_us ? LATE_US : l->opt.rebuild_us) ||
        l->now_us - ear->built_us < l->opt.rebuild_us) {
        return RC_OK;
    }
    enum rc rc = ask_late(l, ear, ear->hearing.next_hour, reader, &n, why);
    if (rc == RC_OK) {
        ear->counted_us = l->now_us;
        *ret_is_much =
            (n - ear->n_late) * LATE_SHARE * days > ear->hearing.n_calls;
    }
    return rc;
}

static enum rc is_stale(struct live *l, struct store_reader *reader, bool *ret,
                        struct why *why)
{
    const struct ear *ear = l->ear;

    /* Without a call there was nothing to hear; with a clock that was set
     * back, hours were heard that have not been. */
    *ret = l->is_lacking || ear == NULL ||
           ear->hearing.next_hour == INT64_MIN ||
           ear->hearing.next_hour > hour_due(l->now_us) + 1;
    return *ret ? RC_OK : count_late(l, reader, ret, why);
}

/* ---- what is new ---- */

/* What came up to now in the hour that is next; what was heard of it before
 * overlaps a little, for calls that come some minutes late. */
static enum rc hear_pieces(struct live *l, struct store_reader *reader,
                           struct why *why)
{
    struct ear *ear = l->ear;
    int64_t begin_us = ear->hearing.next_hour * UTC_US_PER_HOUR;
    int64_t piece = num_floor_div(l->now_us, PIECE_US);
    struct query q = l->q;

    q.from_us = ear->pieces_us - OVERLAP_US;
    q.from_us -= q.from_us % PIECE_US;
    q.from_us = q.from_us > begin_us ? q.from_us : begin_us;
    q.to_us = (piece + 1) * PIECE_US;
    if (q.to_us > begin_us + UTC_US_PER_HOUR) {
        q.to_us = begin_us + UTC_US_PER_HOUR;
    }
    enum rc rc = q.from_us < q.to_us
                     ? query_pieces(&q, reader, hearing_now, &ear->hearing, why)
                     : RC_OK;
    if (rc == RC_OK) {
        ear->pieces_us = l->now_us;
        watch_now(ear->watch, piece);
    }
    return rc;
}

void live_minimum(struct live *l, double usd_per_day)
{
    bool is_same = !(usd_per_day < l->minimum_usd_per_day) &&
                   !(usd_per_day > l->minimum_usd_per_day);

    l->is_lacking = l->is_lacking || !is_same;
    l->minimum_usd_per_day = usd_per_day;
}

void live_again(struct live *l)
{
    l->is_lacking = true;
}

enum rc live_hear(struct live *l, struct store_reader *reader, int64_t now_us,
                  bool *ret_is_whole, struct why *why)
{
    l->now_us = now_us;
    *ret_is_whole = false;
    drop_news(l);
    enum rc rc = parse(l, why);
    if (rc == RC_OK) {
        rc = is_stale(l, reader, ret_is_whole, why);
    }
    if (rc == RC_OK && *ret_is_whole) {
        rc = build(l, reader, why);
        *ret_is_whole = rc == RC_OK;
    } else if (rc == RC_OK) {
        rc = hear_hours(l, l->ear, reader,
                        l->ear->hearing.next_hour * UTC_US_PER_HOUR,
                        hour_due(now_us), why);
    }
    if (rc == RC_OK && l->ear->hearing.next_hour != INT64_MIN) {
        rc = hear_pieces(l, reader, why);
    }
    return rc == RC_OK ? buf_rc(&l->news, why) : rc;
}
