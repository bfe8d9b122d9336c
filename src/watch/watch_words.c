#include "watch/watch_words.h"

#include "base/buf.h"

#include <math.h>

static void add_number(struct buf *b, double x)
{
    if (x >= 1000) {
        long long n = llround(x);
        if (n >= 1000000) {
            buf_fmt(b, "%lld,%03lld,%03lld", n / 1000000, n / 1000 % 1000,
                    n % 1000);
        } else {
            buf_fmt(b, "%lld,%03lld", n / 1000, n % 1000);
        }
    } else if (x >= 10) {
        buf_fmt(b, "%.1f", x);
    } else {
        buf_fmt(b, "%.3g", x);
    }
}

static void add_usd(struct buf *b, double usd)
{
    buf_char(b, '$');
    if (usd >= 1000) {
        add_number(b, usd);
    } else {
        buf_fmt(b, usd < 0.1 ? "%.4f" : "%.2f", usd);
    }
}

static void add_scope(struct buf *b, const struct watch_alert *a)
{
    if (a->feature.p != NULL) {
        buf_str(b, a->feature.n > 0 ? a->feature : STR("calls of no feature"));
    } else if (a->customer.p != NULL) {
        buf_fmt(b, "customer %.*s", STR_ARG(a->customer));
    } else if (a->model.p != NULL) {
        buf_str(b, a->model);
    } else {
        buf_str(b, a->provider);
    }
}

static void add_change(struct buf *b, const struct watch_alert *a)
{
    if (a->cause == WATCH_CACHE) {
        buf_fmt(b, "%.0f %% to %.0f %%", 100 * a->before, 100 * a->after);
        return;
    }
    add_number(b, a->before);
    buf_cz(b, " to ");
    add_number(b, a->after);
    if (a->before > 0) {
        buf_fmt(b, " (+%.0f %%)", 100 * (a->after / a->before - 1));
    }
}

static void add_loop(struct buf *b, const struct watch_alert *a)
{
    buf_fmt(b, "A run of ");
    add_scope(b, a);
    if (a->customer.n > 0) {
        buf_fmt(b, " for %.*s", STR_ARG(a->customer));
    }
    buf_fmt(b, " goes in circles: %.0f calls, where %.0f are usual", a->after,
            a->before);
}

static bool is_traffic(enum watch_cause cause)
{
    return cause == WATCH_TRAFFIC || cause == WATCH_USERS ||
           cause == WATCH_REQUESTS_PER_USER;
}

void watch_words(struct buf *b, const struct watch_alert *a)
{
    if (a->cause == WATCH_NEW_FEATURE || a->cause == WATCH_NEW_CUSTOMER) {
        buf_cz(b, "New: ");
        add_scope(b, a);
    } else if (a->run.n > 0) {
        add_loop(b, a);
    } else {
        add_scope(b, a);
        buf_fmt(b, ": %s went from ", a->unit);
        add_change(b, a);
        if (a->cause == WATCH_MODEL_MIX && a->model.p != NULL) {
            buf_fmt(b, ", more of %.*s", STR_ARG(a->model));
        }
        if (is_traffic(a->cause)) {
            buf_cz(b, a->cause == WATCH_USERS
                          ? ", healthy: more users, each as dear as before"
                      : a->cause == WATCH_REQUESTS_PER_USER
                          ? ", each user asks more, a request is as dear as "
                            "before"
                          : ", a request is as dear as before");
        }
    }
    buf_cz(b, "; ");
    add_usd(b, a->usd_per_day);
    buf_cz(b, " a day");
    buf_cz(b, a->cause == WATCH_NEW_FEATURE || a->cause == WATCH_NEW_CUSTOMER
                  ? "."
                  : " more.");
}
