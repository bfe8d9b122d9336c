/* Prices that change: no statistics.  Of each class the least that a token
 * cost is the list's own price, hour after hour the same to the last digit,
 * until the list changes. */
#include "base/utc.h"
#include "watch/watch_priv.h"

#include <math.h>

enum {
    CALLS_FEW = 3,   /* in an hour tell nothing */
    CALLS_SURE = 20, /* that all show the new price */
    WATCH_DAYS = 8,  /* for which its weight is looked at */
    UNSTEADY_DAYS = 14
};
#define SAME 0.005

static bool is_same(double a, double b)
{
    return fabs(a - b) <= SAME * fmax(a, b);
}

/* True when any class differs; a class that is not seen does not. */
static bool differs(const double *seen, const double *from)
{
    for (size_t i = 0; i < HOUR_PRICES; i++) {
        if (seen[i] > 0 && from[i] > 0 && !is_same(seen[i], from[i])) {
            return true;
        }
    }
    return false;
}

static void take(double *to, const double *seen)
{
    for (size_t i = 0; i < HOUR_PRICES; i++) {
        to[i] = seen[i] > 0 ? seen[i] : to[i];
    }
}

static bool is_known(const struct watch_model *m)
{
    return m->price[HOUR_PRICE_IN] > 0 || m->price[HOUR_PRICE_OUT] > 0;
}

static void change(struct watch *w, struct watch_model *m)
{
    /* There and back: calls differ, not the list. */
    bool is_back = m->changed > w->hour - UNSTEADY_DAYS * WATCH_DAY &&
                   m->changed != INT64_MIN && !differs(m->waiting, m->before);

    for (size_t i = 0; i < HOUR_PRICES; i++) {
        m->before[i] = m->price[i];
    }
    take(m->price, m->waiting);
    if (is_back) {
        m->unsteady_until = w->hour + UNSTEADY_DAYS * WATCH_DAY;
    }
    m->changed = w->hour;
    m->is_told = w->hour < m->unsteady_until;
    for (size_t i = 0; i < HOUR_SUMS; i++) {
        m->recent[i] = m->now[i];
    }
}

static void see(struct watch *w, struct watch_model *m)
{
    const double *seen = m->now_price;

    if (m->now[HOUR_OK] < CALLS_FEW) {
        return;
    }
    if (!is_known(m) || !differs(seen, m->price)) {
        take(m->price, seen);
        m->n_waiting = 0;
        return;
    }
    if (m->n_waiting > 0 && differs(seen, m->waiting)) {
        m->n_waiting = 0;
    }
    if (m->n_waiting <= 0) {
        for (size_t i = 0; i < HOUR_PRICES; i++) {
            m->waiting[i] = 0;
        }
    }
    take(m->waiting, seen);
    m->n_waiting += m->now[HOUR_OK];
    if (m->n_waiting >= CALLS_SURE) {
        change(w, m);
        m->n_waiting = 0;
    }
}

/* Of the tokens of 24 hours, what they cost at each set of prices. */
static double day_usd(const struct watch_model *m, const double *price)
{
    double usd = 0;

    for (size_t h = 0; h < WATCH_DAY; h++) {
        for (size_t i = 0; i < HOUR_PRICES; i++) {
            /* A class without an own price before keeps the present one. */
            double p = price[i] > 0 ? price[i] : m->price[i];
            usd += (double)m->hour[h][i] * p;
        }
    }
    return usd;
}

static void weigh(struct watch *w, struct watch_model *m)
{
    if (m->is_told || m->changed == INT64_MIN ||
        w->hour - m->changed > WATCH_DAYS * WATCH_DAY) {
        return;
    }
    double after = day_usd(m, m->price);
    double before = day_usd(m, m->before);
    if (after - before < w->gate) {
        return;
    }
    size_t of = is_same(m->before[HOUR_PRICE_IN], m->price[HOUR_PRICE_IN])
                    ? HOUR_PRICE_OUT
                    : HOUR_PRICE_IN;
    struct watch_alert alert = {
        .news = WATCH_RAISED,
        .cause = WATCH_PRICE,
        .provider = w->provider_name.text[m->provider],
        .model = m->name,
        .unit = of == HOUR_PRICE_IN ? "dollars a million input tokens"
                                    : "dollars a million output tokens",
        .before = m->before[of] * 1e6,
        .after = m->price[of] * 1e6,
        .usd_per_day = after - before,
        .since_us = m->changed * UTC_US_PER_HOUR,
        .window_hours = WATCH_DAY,
    };
    watch_say(w, &alert);
    m->is_told = true;
}

void watch_prices(struct watch *w)
{
    for (size_t i = 0; i < w->model_name.n; i++) {
        struct watch_model *m = &w->model[i];
        see(w, m);
        weigh(w, m);
        for (size_t k = 0; k < HOUR_SUMS; k++) {
            m->now[k] = 0;
        }
        for (size_t k = 0; k < HOUR_PRICES; k++) {
            m->now_price[k] = 0;
        }
    }
}
