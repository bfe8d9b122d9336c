/* An asynchronous HTTP client for one loop: many exchanges at a time, on
 * connections that are kept, over HTTP/1.1, or HTTP/2 where TLS agrees on it.
 *
 * What is asked is sent as it is given and what is answered is handed on as it
 * comes: no redirect is followed, nothing is decompressed, no header is made
 * up but Host and Content-Length.  A name is looked up by libcurl, on a thread
 * of its own for the time of the look-up.
 *
 * All functions and callbacks on the loop's own thread. */
#ifndef NET_HTTP_UPSTREAM_H
#define NET_HTTP_UPSTREAM_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"
#include "net/http_server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_exchange; /* one request and its answer */
struct http_upstream; /* a loop's client */
struct loop;
struct why;

/* Where to: NUL-ended, borrowed until the exchange has ended. */
struct http_origin {
    const char *url;     /* "https://api.example.com", scheme to port */
    const char *proxy;   /* NULL: none, whatever the environment says */
    const char *ca_file; /* certificates trusted; NULL: the system's */
    int64_t connect_ms;  /* until connected, TLS included */
    int64_t idle_ms;     /* nothing was received for so long */
};

struct http_ask {
    const struct http_origin *origin;
    enum http_method method;
    struct str target;              /* path and query, as they are sent */
    const struct http_field *field; /* hop-by-hop ones and Host left out */
    size_t n_fields;
    struct buf *own_body; /* moved out of it; NULL: a request without */
};

struct http_answer_head {
    int status;
    struct str reason;
    const struct http_field *field; /* all, in their order, until it returns */
    size_t n_fields;
};

struct http_exchange_end {
    enum rc rc; /* RC_OK: the answer is whole */
    const struct why *why;
    bool is_sent;    /* the request, or part of it */
    bool is_begun;   /* the head was handed on */
    struct str body; /* of the request, borrowed for the call */
    int64_t end_us;  /* since the start */
};

/* How an exchange is told about.  Head, then any number of pieces, then the
 * end, once: nothing comes after it.
 *   head   the final status; headers of 1xx and trailers are passed over
 *   piece  bytes of the body as they arrive, `at_us` since the start; false
 *          ends the exchange, with RC_LIMIT
 *   end    RC_UNAVAILABLE: not reached, or the client is closed; RC_TIMEOUT;
 *          RC_LIMIT: headers too large, or a piece was refused; RC_DENIED: its
 *          certificate; RC_INVALID: the origin's url; RC_IO: it broke off or
 *          was no HTTP */
typedef void http_head_fn(void *arg, const struct http_answer_head *head);
typedef bool http_piece_fn(void *arg, struct str bytes, int64_t at_us);
typedef void http_end_fn(void *arg, const struct http_exchange_end *end);

struct http_exchange_watch {
    http_head_fn *head;
    http_piece_fn *piece;
    http_end_fn *end;
    void *arg;
};

struct http_upstream *http_upstream_new(struct loop *loop) RETURNS_NONNULL;
/* http_upstream_free: ends what is under way, with RC_UNAVAILABLE.  Accepts
 * NULL. */
void http_upstream_free(struct http_upstream **up);

/* http_upstream_start: begins an exchange, which is told about through
 * `watch`, never before this returns.  Everything in `ask` but the origin is
 * copied or taken over. */
struct http_exchange *http_upstream_start(
    struct http_upstream *up, const struct http_ask *ask,
    const struct http_exchange_watch *watch) RETURNS_NONNULL;

/* http_exchange_pause, http_exchange_resume: stop and go on reading, so that
 * the other side is held back.  While paused no time counts as idle.  Resuming
 * may hand on a piece before it returns. */
void http_exchange_pause(struct http_exchange *x);
void http_exchange_resume(struct http_exchange *x);

/* http_exchange_limit: ends it with RC_TIMEOUT in `ms` from now, whatever is
 * received until then. */
void http_exchange_limit(struct http_exchange *x, int64_t ms);

#endif
