#include "watch/replay.h"

#include "base/limits.h"
#include "base/utc.h"
#include "base/why.h"
#include "query/query_hours.h"
#include "watch/hearing.h"

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
    struct hearing h;
    const struct watch_options watch = {.minimum_usd_per_day =
                                            opt->minimum_usd_per_day,
                                        .tell = take_alert,
                                        .arg = ret};
    struct query q = *opt->q;

    *ret = (struct replay){.from_us = q.from_us, .to_us = q.to_us};
    arena_init(&ret->arena, LIMIT_ARENA_MAX * 16);
    buf_init(&ret->alerts,
             LIMIT_WATCH_ALERTS_MAX * sizeof(struct replay_alert));
    ret->watch = watch_new(&watch);
    hearing_init(&h, ret->watch);
    const struct usage_hours_sink sink = hearing_sink(&h);
    q.from_us -= LIMIT_WATCH_BEFORE_DAYS * UTC_US_PER_DAY;
    if (q.from_us < 0) {
        q.from_us = 0;
    }
    enum rc rc = query_hours(&q, reader, &sink, why);
    if (rc == RC_OK) {
        rc = buf_rc(&ret->alerts, why);
    }
    ret->n_left_out = watch_n_left_out(ret->watch);
    hearing_fini(&h);
    return rc;
}

void replay_fini(struct replay *r)
{
    watch_free(&r->watch);
    buf_fini(&r->alerts);
    arena_fini(&r->arena);
}
