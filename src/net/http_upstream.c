#include "net/http_upstream.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/why.h"
#include "net/http_upstream_priv.h"
#include "net/loop.h"
#include "net/loop_priv.h"

#include <event2/event.h>

static const char *const method_name[] = {
    [HTTP_GET] = "GET",       [HTTP_HEAD] = "HEAD",
    [HTTP_POST] = "POST",     [HTTP_PUT] = "PUT",
    [HTTP_DELETE] = "DELETE", [HTTP_OPTIONS] = "OPTIONS",
    [HTTP_PATCH] = "PATCH",   [HTTP_OTHER] = "GET",
};

const char *http_method_name(enum http_method method)
{
    return method_name[method];
}

/* ---- the answer ---- */

bool exchange_hand_on(struct http_exchange *x, struct str bytes)
{
    x->last_us = clock_mono_us();
    if (!x->watch.piece(x->watch.arg, bytes, x->last_us - x->start_us)) {
        x->is_refused = true;
        return false;
    }
    return true;
}

void exchange_finish(struct http_exchange *x, enum rc rc, const struct why *why)
{
    (void)event_del(&x->idle);
    if (x->easy != NULL) {
        curl_let_go(x);
    } else {
        plain_let_go(x);
    }
    *x->at = x->next;
    if (x->next != NULL) {
        x->next->at = x->at;
    }
    x->watch.end(x->watch.arg, &(struct http_exchange_end){
                                   .rc = rc,
                                   .why = why,
                                   .is_sent = x->is_sent,
                                   .is_begun = x->is_begun,
                                   .body = buf_view(&x->body),
                                   .end_us = clock_mono_us() - x->start_us,
                               });
    buf_fini(&x->body);
    buf_fini(&x->head);
    buf_fini(&x->ask);
    http_parse_free(&x->parse);
    mem_free(x);
}

/* ---- idle ones ---- */

static int64_t patience_ms(const struct http_exchange *x)
{
    return x->is_connecting ? x->origin->connect_ms : x->origin->idle_ms;
}

void exchange_wait(struct http_exchange *x)
{
    int64_t us = x->last_us + patience_ms(x) * 1000;

    if (x->deadline_us > 0 && x->deadline_us < us) {
        us = x->deadline_us;
    }
    us -= clock_mono_us();
    us = us > 0 ? us : 0;
    const struct timeval in = {.tv_sec = us / 1000000, .tv_usec = us % 1000000};
    CHECK(event_add(&x->idle, &in) == 0);
}

static void on_idle(evutil_socket_t fd, short what, void *arg)
{
    struct http_exchange *x = arg;
    int64_t now_us = clock_mono_us();
    struct why why;

    (void)fd;
    (void)what;
    if (x->deadline_us > 0 && now_us >= x->deadline_us) {
        exchange_finish(x, why_set(&why, RC_TIMEOUT, "it did not end in time"),
                        &why);
        return;
    }
    if (x->is_paused) {
        x->last_us = now_us;
    }
    if (now_us - x->last_us >= patience_ms(x) * 1000) {
        exchange_finish(x,
                        why_set(&why, RC_TIMEOUT,
                                "nothing was received for %lld ms",
                                (long long)x->origin->idle_ms),
                        &why);
        return;
    }
    exchange_wait(x);
}

/* ---- the request ---- */

struct http_exchange *http_upstream_start(
    struct http_upstream *up, const struct http_ask *ask,
    const struct http_exchange_watch *watch)
{
    struct http_exchange *x = mem_alloc(sizeof *x);

    x->up = up;
    x->watch = *watch;
    x->origin = ask->origin;
    x->method = ask->method;
    x->start_us = clock_mono_us();
    x->last_us = x->start_us;
    buf_init(&x->head, LIMIT_UPSTREAM_HEAD_BYTES);
    buf_init(&x->ask, SIZE_MAX); /* the server bounds what is in it */
    buf_init(&x->body, LIMIT_BODY_MAX);
    if (ask->own_body != NULL) {
        x->body = *ask->own_body;
        buf_init(ask->own_body, ask->own_body->max);
    }
    CHECK(evtimer_assign(&x->idle, loop_base(up->loop), on_idle, x) == 0);
    x->next = up->first;
    x->at = &up->first;
    if (x->next != NULL) {
        x->next->at = &x->next;
    }
    up->first = x;
    x->pool = plain_pool_of(up, ask->origin);
    if (x->pool != NULL) {
        plain_start(x, ask);
    } else {
        curl_start(x, ask);
        exchange_wait(x);
    }
    return x;
}

static void hold(struct http_exchange *x, bool is_held)
{
    if (x->is_paused == is_held) {
        return;
    }
    x->is_paused = is_held;
    x->last_us = clock_mono_us();
    if (x->easy != NULL) {
        curl_hold(x, is_held);
    } else {
        plain_hold(x, is_held);
    }
}

void http_exchange_pause(struct http_exchange *x)
{
    hold(x, true);
}

void http_exchange_resume(struct http_exchange *x)
{
    hold(x, false);
}

void http_exchange_limit(struct http_exchange *x, int64_t ms)
{
    int64_t now_us = clock_mono_us();

    x->deadline_us = now_us + ms * 1000;
    exchange_wait(x);
}

/* ---- life ---- */

struct http_upstream *http_upstream_new(struct loop *loop)
{
    struct http_upstream *up = mem_alloc(sizeof *up);

    up->loop = loop;
    curl_open(up);
    plain_open(up);
    return up;
}

void http_upstream_free(struct http_upstream **upstream)
{
    struct http_upstream *up = *upstream;
    struct why why;

    if (up == NULL) {
        return;
    }
    while (up->first != NULL) {
        exchange_finish(up->first,
                        why_set(&why, RC_UNAVAILABLE, "toll is ending"), &why);
    }
    plain_close(up);
    curl_close(up);
    mem_free(up);
    *upstream = NULL;
}
