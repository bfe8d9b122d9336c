/* A server under test, whose handler does what the path says. */
#ifndef TESTS_UNIT_NET_SITE_H
#define TESTS_UNIT_NET_SITE_H

#include "wire.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/queue.h"
#include "base/thread.h"
#include "net/http_server.h"

enum {
    SITE_BODY_MAX = 64 * 1024,
    SITE_BIG_BYTES = 16 * 1024 * 1024, /* more than the kernel's buffers */
    SITE_HELD_MAX = 1024
};

struct site {
    struct http_server *server;
    struct queue *held; /* calls that wait for an answer */
    struct thread answerer;
    char *big;
    atomic_int n_calls;
};

static inline void site_text(struct http_call *call, int status,
                             struct str text)
{
    http_answer(call, &(struct http_reply){.status = status,
                                           .content_type = STR("text/plain"),
                                           .body = text});
}

/* What the handler was told, as lines. */
static inline void site_echo(struct http_call *call,
                             const struct http_request *req)
{
    struct buf b;
    struct str cookie = http_header_of(call, "x-COOKIE");

    buf_init(&b, SIZE_MAX);
    buf_fmt(&b, "method=%d\npath=%.*s\nquery=%.*s\ntype=%.*s\n",
            (int)req->method, STR_ARG(req->path), STR_ARG(req->query),
            STR_ARG(req->content_type));
    buf_fmt(&b, "encoding=%.*s\naccept=%.*s\nmatch=%.*s\npeer=%.*s\n",
            STR_ARG(req->content_encoding), STR_ARG(req->accept_encoding),
            STR_ARG(req->if_none_match), STR_ARG(req->peer));
    buf_fmt(&b, "cookie=%.*s\nbytes=%zu\n", STR_ARG(cookie), req->body.n);
    buf_str(&b, req->body);
    site_text(call, 200, buf_view(&b));
    buf_fini(&b);
}

static inline void site_inject(struct http_call *call)
{
    const struct http_header header[] = {
        {"X-One", STR("a\r\nX-Evil: 1")},
        {"X-Two", STR("b\n\nX-Evil: 2")},
        {"X-Three", STR("c\rX-Evil: 3")},
    };

    http_answer(call, &(struct http_reply){.status = 200,
                                           .content_type =
                                               STR("text/plain\r\nX-Evil: 4"),
                                           .header = header,
                                           .n_headers = ARRAY_N(header)});
}

static inline void site_handler(void *arg, struct http_call *call,
                                const struct http_request *req)
{
    struct site *s = arg;

    atomic_fetch_add(&s->n_calls, 1);
    if (str_eq(req->path, STR("/hold"))) {
        CHECK(queue_put(s->held, call) == RC_OK);
    } else if (str_eq(req->path, STR("/inject"))) {
        site_inject(call);
    } else if (str_eq(req->path, STR("/big"))) {
        site_text(call, 200, (struct str){s->big, SITE_BIG_BYTES});
    } else if (str_eq(req->path, STR("/none"))) {
        site_text(call, 204, STR("not to be sent"));
    } else if (str_eq(req->path, STR("/same"))) {
        site_text(call, 304, STR("not to be sent"));
    } else if (str_eq(req->path, STR("/bare"))) {
        http_answer(call, &(struct http_reply){.status = 200});
    } else {
        site_echo(call, req);
    }
}

static inline void site_open_loops(struct site *s, int n_loops)
{
    struct why why;
    const struct http_server_options opt = {
        .address = "127.0.0.1",
        .n_loops = n_loops,
        .body_max = SITE_BODY_MAX,
        .handler = site_handler,
        .arg = s,
    };

    *s = (struct site){.held = queue_new(SITE_HELD_MAX)};
    s->big = test_malloc(SITE_BIG_BYTES);
    memset(s->big, '-', SITE_BIG_BYTES);
    for (size_t i = 0; i < SITE_BIG_BYTES; i += 1000) {
        s->big[i] = (char)('a' + i % 23);
    }
    assert_ok(http_server_open(&opt, &s->server, &why), &why);
    assert_true(http_server_port(s->server) > 0);
}

static inline void site_open(struct site *s)
{
    site_open_loops(s, 1);
}

static inline void *site_answer_all(void *arg)
{
    struct site *s = arg;
    void *call = NULL;

    while (queue_take(s->held, &call) == RC_OK) {
        site_text(call, 200, STR("later"));
    }
    return NULL;
}

/* From here on held calls are answered, on a thread of their own. */
static inline void site_answer_later(struct site *s)
{
    struct why why;

    assert_ok(thread_start(&s->answerer, "answerer", site_answer_all, s, &why),
              &why);
}

static inline struct http_call *site_held(struct site *s)
{
    void *call = NULL;

    assert_rc(queue_take(s->held, &call), RC_OK);
    return call;
}

static inline void site_close(struct site *s)
{
    http_server_close(&s->server, 0);
    assert_null(s->server);
    queue_close(s->held);
    thread_join(&s->answerer);
    queue_free(&s->held);
    test_free(s->big);
}

static inline void site_join(struct site *s, struct wire *w)
{
    wire_open(w, http_server_port(s->server));
}

/* Says `text` on a connection of its own and gives the answer's status. */
static inline int site_status(struct site *s, const char *text)
{
    struct wire w;
    struct wire_reply r = {.status = 0};

    site_join(s, &w);
    wire_say(&w, text);
    assert_true(wire_next(&w, false, &r));
    wire_close(&w);
    return r.status;
}

static inline void site_is_well(struct site *s)
{
    assert_int_equal(site_status(s, "GET /x HTTP/1.1\r\n\r\n"), 200);
}

#endif
