#include "watch/watch_settings.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/utc.h"
#include "base/why.h"
#include "query/period.h"

#include <stdatomic.h>

enum { DAYS = 7, THURSDAY = 3 /* of 1970-01-01 */ };

struct watch_settings {
    atomic_uint refs;
    struct arena arena;
    const struct str *notify;
    size_t n_notify;
    struct str url;
    double usd_per_day;
    struct watch_quiet quiet;
};

struct watch_settings *watch_settings_new(void)
{
    struct watch_settings *s = mem_alloc(sizeof *s);

    atomic_init(&s->refs, 1);
    arena_init(&s->arena, LIMIT_CONFIG_BYTES_MAX);
    return s;
}

struct watch_settings *watch_settings_ref(struct watch_settings *s)
{
    atomic_fetch_add(&s->refs, 1);
    return s;
}

void watch_settings_unref(struct watch_settings **s)
{
    if (s == NULL || *s == NULL) {
        return;
    }
    if (atomic_fetch_sub(&(*s)->refs, 1) == 1) {
        arena_fini(&(*s)->arena);
        mem_free(*s);
    }
    *s = NULL;
}

/* ---- building ---- */

enum rc watch_settings_notify(struct watch_settings *s,
                              const struct str *channel, size_t n,
                              struct why *why)
{
    struct str *notify = arena_array(&s->arena, n, sizeof *notify);
    enum rc rc = notify != NULL ? RC_OK : RC_LIMIT;

    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        rc = str_dup(&s->arena, channel[i], &notify[i]);
    }
    if (rc != RC_OK) {
        return why_set(why, rc, "too large");
    }
    s->notify = notify;
    s->n_notify = n;
    return RC_OK;
}

enum rc watch_settings_public_url(struct watch_settings *s, struct str url,
                                  struct why *why)
{
    while (url.n > 0 && url.p[url.n - 1] == '/') {
        url.n--;
    }
    return str_dup(&s->arena, url, &s->url) == RC_OK
               ? RC_OK
               : why_set(why, RC_LIMIT, "too large");
}

void watch_settings_minimum(struct watch_settings *s, double usd_per_day)
{
    s->usd_per_day = usd_per_day;
}

void watch_settings_quiet(struct watch_settings *s,
                          const struct watch_quiet *quiet)
{
    s->quiet = *quiet;
}

/* ---- asking ---- */

size_t watch_settings_n_notify(const struct watch_settings *s)
{
    return s->n_notify;
}

struct str watch_settings_notify_at(const struct watch_settings *s, size_t i)
{
    return s->notify[i];
}

double watch_settings_usd_per_day(const struct watch_settings *s)
{
    return s->usd_per_day;
}

struct str watch_settings_url(const struct watch_settings *s)
{
    return s->url;
}

bool watch_settings_is_quiet(const struct watch_settings *s,
                             const struct period_zone *zone, int64_t now_us)
{
    const struct watch_quiet *q = &s->quiet;
    int64_t local_us = now_us + period_offset_us(zone, now_us);
    int64_t day = num_floor_div(local_us, UTC_US_PER_DAY);
    int64_t second = (local_us - day * UTC_US_PER_DAY) / UTC_US_PER_SECOND;
    bool is_late = second >= q->from_s;
    bool is_early = second < q->to_s;

    if (q->day[(day + THURSDAY) % DAYS]) {
        return true;
    }
    return q->from_s <= q->to_s ? is_late && is_early : is_late || is_early;
}
