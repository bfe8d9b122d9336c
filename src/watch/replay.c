#include "watch/replay.h"

#include "base/limits.h"
#include "base/utc.h"
#include "base/why.h"
#include "query/query_hours.h"

enum {
    SPAN_BYTES = 512 * 1024 * 1024, /* a span's rows, each kind */
    BEFORE_DAYS = 70                /* heard before what is told */
};

struct hearing {
    struct replay *replay;
    struct arena arena; /* the span's text */
    struct buf hour, crowd, payer, piece;
};

static enum rc keep(struct hearing *h, struct str *const *text, size_t n,
                    struct why *why)
{
    for (size_t i = 0; i < n; i++) {
        if (str_dup(&h->arena, *text[i], text[i]) != RC_OK) {
            return why_set(why, RC_LIMIT,
                           "the names of a few hours' calls "
                           "are too long to be replayed");
        }
    }
    return RC_OK;
}

static enum rc hear_hour(void *arg, const struct usage_hour *from,
                         struct why *why)
{
    struct hearing *h = arg;
    struct usage_hour row = *from;
    struct str *const text[] = {&row.feature, &row.provider, &row.model};
    enum rc rc = keep(h, text, ARRAY_N(text), why);

    buf_add(&h->hour, &row, sizeof row);
    return rc;
}

static enum rc hear_crowd(void *arg, const struct usage_crowd *from,
                          struct why *why)
{
    struct hearing *h = arg;
    struct usage_crowd row = *from;
    struct str *const text[] = {&row.feature};
    enum rc rc = keep(h, text, ARRAY_N(text), why);

    buf_add(&h->crowd, &row, sizeof row);
    return rc;
}

static enum rc hear_payer(void *arg, const struct usage_payer *from,
                          struct why *why)
{
    struct hearing *h = arg;
    struct usage_payer row = *from;
    struct str *const text[] = {&row.customer, &row.feature};
    enum rc rc = keep(h, text, ARRAY_N(text), why);

    buf_add(&h->payer, &row, sizeof row);
    return rc;
}

static enum rc hear_piece(void *arg, const struct usage_piece *from,
                          struct why *why)
{
    struct hearing *h = arg;
    struct usage_piece row = *from;
    struct str *const text[] = {&row.feature, &row.workflow, &row.run,
                                &row.customer};
    enum rc rc = keep(h, text, ARRAY_N(text), why);

    buf_add(&h->piece, &row, sizeof row);
    return rc;
}

#define ROW(b, type, i) (&((const type *)(const void *)(b).p)[i])
#define ROWS(b, type)   ((b).n / sizeof(type))

/* The span hour by hour, as it would have been heard live. */
static enum rc hear_span(void *arg, int64_t from_hour, int64_t to_hour,
                         struct why *why)
{
    struct hearing *h = arg;
    struct watch *w = h->replay->watch;
    const int64_t pieces = 12;
    size_t at[4] = {0};

    for (int64_t hour = from_hour; hour < to_hour; hour++) {
        for (; at[0] < ROWS(h->hour, struct usage_hour) &&
               ROW(h->hour, struct usage_hour, at[0])->hour == hour;
             at[0]++) {
            watch_hour(w, ROW(h->hour, struct usage_hour, at[0]));
        }
        for (; at[1] < ROWS(h->crowd, struct usage_crowd) &&
               ROW(h->crowd, struct usage_crowd, at[1])->hour == hour;
             at[1]++) {
            watch_crowd(w, ROW(h->crowd, struct usage_crowd, at[1]));
        }
        for (; at[2] < ROWS(h->payer, struct usage_payer) &&
               ROW(h->payer, struct usage_payer, at[2])->hour == hour;
             at[2]++) {
            watch_payer(w, ROW(h->payer, struct usage_payer, at[2]));
        }
        for (; at[3] < ROWS(h->piece, struct usage_piece) &&
               ROW(h->piece, struct usage_piece, at[3])->piece / pieces == hour;
             at[3]++) {
            watch_piece(w, ROW(h->piece, struct usage_piece, at[3]));
        }
        watch_tick(w, hour);
    }
    struct buf *const kinds[] = {&h->hour, &h->crowd, &h->payer, &h->piece};
    for (size_t i = 0; i < ARRAY_N(kinds); i++) {
        enum rc rc = buf_rc(kinds[i], why);
        if (rc != RC_OK) {
            return rc;
        }
        buf_clear(kinds[i]);
    }
    arena_reset(&h->arena);
    return RC_OK;
}

size_t replay_n(const struct replay *r)
{
    return r->alerts.n / sizeof(struct replay_alert);
}

static struct replay_alert *alert_at(const struct replay *r, size_t i)
{
    return &((struct replay_alert *)(void *)r->alerts.p)[i];
}

const struct replay_alert *replay_at(const struct replay *r, size_t i)
{
    return alert_at(r, i);
}

static void take_alert(void *arg, const struct watch_alert *alert)
{
    struct replay *r = arg;
    struct replay_alert kept = {.alert = *alert};

    if (alert->news == WATCH_CLOSED) {
        for (size_t i = replay_n(r); i-- > 0;) {
            struct replay_alert *a = alert_at(r, i);
            if (a->alert.number == alert->number) {
                a->closed_us = alert->time_us;
            }
        }
        return;
    }
    if (alert->time_us < r->from_us || alert->time_us > r->to_us) {
        return;
    }
    kept.alert.run = STR_EMPTY;
    if (alert->run.n > 0 &&
        str_dup(&r->arena, alert->run, &kept.alert.run) != RC_OK) {
        kept.alert.run = STR_EMPTY;
    }
    buf_add(&r->alerts, &kept, sizeof kept);
}

enum rc replay_run(const struct replay_options *opt,
                   struct store_reader *reader, struct replay *ret,
                   struct why *why)
{
    struct hearing h = {.replay = ret};
    const struct usage_hours_sink sink = {.hour = hear_hour,
                                          .crowd = hear_crowd,
                                          .payer = hear_payer,
                                          .piece = hear_piece,
                                          .span = hear_span,
                                          .arg = &h};
    const struct watch_options watch = {.minimum_usd_per_day =
                                            opt->minimum_usd_per_day,
                                        .tell = take_alert,
                                        .arg = ret};
    struct query q = *opt->q;

    *ret = (struct replay){.from_us = q.from_us, .to_us = q.to_us};
    arena_init(&ret->arena, LIMIT_ARENA_MAX * 16);
    buf_init(&ret->alerts,
             LIMIT_WATCH_ALERTS_MAX * sizeof(struct replay_alert));
    arena_init(&h.arena, SPAN_BYTES);
    buf_init(&h.hour, SPAN_BYTES);
    buf_init(&h.crowd, SPAN_BYTES);
    buf_init(&h.payer, SPAN_BYTES);
    buf_init(&h.piece, SPAN_BYTES);
    ret->watch = watch_new(&watch);
    q.from_us -= BEFORE_DAYS * UTC_US_PER_DAY;
    if (q.from_us < 0) {
        q.from_us = 0;
    }
    enum rc rc = query_hours(&q, reader, &sink, why);
    if (rc == RC_OK) {
        rc = buf_rc(&ret->alerts, why);
    }
    ret->n_left_out = watch_n_left_out(ret->watch);
    buf_fini(&h.hour);
    buf_fini(&h.crowd);
    buf_fini(&h.payer);
    buf_fini(&h.piece);
    arena_fini(&h.arena);
    return rc;
}

void replay_fini(struct replay *r)
{
    watch_free(&r->watch);
    buf_fini(&r->alerts);
    arena_fini(&r->arena);
}
