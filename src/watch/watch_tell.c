/* When to speak: one incident is one alert. */
#include "base/utc.h"
#include "watch/watch_priv.h"

#include <math.h>

enum {
    HOLD_HOURS = 12,    /* beside a larger alert of the same feature */
    SETTLE_HOURS = 48,  /* an alert's level may still rise */
    RECOVER_HOURS = 24, /* below, in a row */
    TOGETHER_HOURS = 3,
    SETTLED_HOURS = 24 * WATCH_DAY /* then every window has taken it in */
};
#define PAGE_SHARE    0.10
#define HELD_UNLESS   1.5 /* times the other's dollars */
#define BESIDE_BELOW  0.6 /* of the other's dollars: its side effect */
#define WORSE_MIN     0.35
#define WORSE_SHARE   0.6
#define RECOVERED     0.5 /* of the rise */
#define TAKEN_IN      0.35
#define SETTLED_SHARE 0.6

static const char *const cause_names[WATCH_CAUSE__COUNT] = {
    [WATCH_INPUT_TOKENS] = "input_tokens",
    [WATCH_OUTPUT_TOKENS] = "output_tokens",
    [WATCH_CACHE] = "cache",
    [WATCH_MODEL_MIX] = "model_mix",
    [WATCH_RETRIES] = "retries",
    [WATCH_REQUESTS_PER_WORKFLOW] = "requests_per_workflow",
    [WATCH_TRAFFIC] = "traffic",
    [WATCH_USERS] = "users",
    [WATCH_REQUESTS_PER_USER] = "requests_per_user",
    [WATCH_PRICE] = "price",
    [WATCH_NEW_FEATURE] = "new_feature",
    [WATCH_NEW_CUSTOMER] = "new_customer",
};

struct str watch_cause_name(enum watch_cause cause)
{
    return str_from_cz(cause_names[cause]);
}

struct str watch_severity_name(enum watch_severity severity)
{
    return severity == WATCH_PAGE   ? STR("page")
           : severity == WATCH_WARN ? STR("warn")
                                    : STR("info");
}

void watch_say(struct watch *w, struct watch_alert *alert)
{
    if (alert->news == WATCH_RAISED) {
        alert->number = ++w->n_alerts;
    }
    if (alert->time_us == 0) {
        alert->time_us = w->now_us;
    }
    alert->daily_usd = w->daily_usd;
    if ((int)alert->severity == 0) {
        alert->severity = alert->usd_per_day >= PAGE_SHARE * w->daily_usd
                              ? WATCH_PAGE
                              : WATCH_WARN;
    }
    w->opt.tell(w->opt.arg, alert);
}

static void open_key(struct watch *w, struct watch_key *key,
                     const struct watch_rise *rise)
{
    key->is_open = true;
    key->is_beside = false;
    key->opened = w->hour;
    key->hours_below = 0;
    key->x = rise->x;
    key->r = rise->x - rise->centre;
    key->creep = 0;
}

/* By the level of a day: it opened at such a one, or grew to it since. */
static bool is_worse(const struct watch *w, const struct watch_key *key,
                     const struct watch_rise *rise)
{
    double x = isfinite(rise->day_x) ? fmin(rise->x, rise->day_x) : key->x;

    return !key->is_beside && w->hour - key->opened >= SETTLE_HOURS &&
           x >= key->x + fmax(WORSE_MIN, WORSE_SHARE * key->r);
}

static void tell_rise(struct watch *w, struct watch_key *key,
                      const struct watch_rise *rise, struct watch_alert *alert)
{
    alert->since_us = rise->since * UTC_US_PER_HOUR;
    alert->before = rise->before;
    alert->after = rise->after;
    alert->usd_per_day = rise->usd;
    alert->z = rise->z;
    alert->window_hours = rise->window;
    alert->n = rise->n;
    watch_say(w, alert);
    key->alert = *alert;
}

/* Most of the rise is what an alert told long ago and stayed: windows learn it
 * one after the other. */
static bool is_settled(const struct watch *w, const struct watch_key *key,
                       const struct watch_rise *rise)
{
    return w->hour < key->settled_until &&
           rise->x - key->x < SETTLED_SHARE * (rise->x - rise->centre);
}

/* A smaller rise that came with a larger one of the same feature belongs to
 * it; one that comes later waits, as it may be the other's echo. */
static bool is_held(struct watch *w, struct watch_scope *s,
                    struct watch_key *key, const struct watch_rise *rise)
{
    int64_t ago = w->hour - s->told_at;

    if (w->hour < key->held_until || w->hour < s->muted_until ||
        is_settled(w, key, rise)) {
        return true;
    }
    if (s->told_usd <= 0 || ago >= HOLD_HOURS ||
        rise->usd >= HELD_UNLESS * s->told_usd) {
        return false;
    }
    if (ago <= TOGETHER_HOURS && rise->usd < BESIDE_BELOW * s->told_usd) {
        open_key(w, key, rise);
        key->is_beside = true;
    }
    return true;
}

bool watch_raise(struct watch *w, struct watch_scope *s,
                 const struct watch_rise *rise, struct watch_alert *alert)
{
    struct watch_key *key = &s->key[rise->factor];

    alert->news = WATCH_RAISED;
    if (key->is_open) {
        if (!is_worse(w, key, rise) || w->hour < s->muted_until) {
            return false;
        }
        alert->news = WATCH_WORSE;
        alert->number = key->alert.number;
        key->x = rise->x;
        key->opened = w->hour;
        tell_rise(w, key, rise, alert);
        return true;
    }
    if (is_held(w, s, key, rise)) {
        return false;
    }
    open_key(w, key, rise);
    tell_rise(w, key, rise, alert);
    s->told_at = w->hour;
    s->told_usd = rise->usd;
    return true;
}

static void close_key(struct watch *w, struct watch_key *key)
{
    struct watch_alert alert = key->alert;

    key->is_open = false;
    if (key->is_beside) {
        return;
    }
    alert.news = WATCH_CLOSED;
    alert.severity = WATCH_INFO;
    alert.time_us = 0;
    watch_say(w, &alert);
}

/* Whether the level is back where it was, long enough. */
static bool is_back(struct watch_key *key, bool is_below)
{
    key->hours_below = is_below ? key->hours_below + 1 : 0;
    return key->hours_below >= RECOVER_HOURS;
}

void watch_follow(struct watch *w, struct watch_key *key, double x, double r)
{
    bool is_low = !isfinite(x) || x < key->x - RECOVERED * key->r;

    if (!key->is_open) {
        if (w->hour < key->settled_until && is_back(key, is_low)) {
            key->settled_until = 0;
        }
        return;
    }
    if (w->hour - key->opened < SETTLE_HOURS && isfinite(x) && x > key->x) {
        key->x = x;
        key->r = fmax(key->r, r);
    }
    /* What opened it in an hour shows in a day's mean only by and by. */
    if (w->hour - key->opened < RECOVER_HOURS) {
        return;
    }
    if (is_back(key, is_low || r < TAKEN_IN * key->r)) {
        key->hours_below = 0;
        key->settled_until = is_low ? 0 : w->hour + SETTLED_HOURS;
        close_key(w, key);
    }
}
