/* An answer in pieces, as they come: for what is passed on from elsewhere.
 *
 * The handler says http_stream_watch and returns; then, on the call's loop,
 * http_stream_begin, http_stream_add as often as there is something, and
 * http_stream_end or http_stream_cut, exactly once, also when the client is
 * gone: what is said to nobody is dropped here.  After http_stream_watch
 * http_answer is still possible instead, until http_stream_begin.
 *
 * All functions on the call's loop only. */
#ifndef NET_HTTP_STREAM_H
#define NET_HTTP_STREAM_H

#include "base/str.h"
#include "net/http_server.h"

#include <stdbool.h>
#include <stddef.h>

/* Both are called at most from the loop, never from within a function of this
 * header. */
typedef void http_gone_fn(void *arg);
typedef void http_drained_fn(void *arg);

/* A client that only sends no more (it half-closed) and one that has left look
 * alike until something is written to it: both are told as `left`; if it has
 * left, `gone` follows the next write. */
struct http_stream_watch {
    http_gone_fn *left;       /* it may be gone; said at most once; or NULL */
    http_gone_fn *gone;       /* nobody listens any more; said once */
    http_drained_fn *drained; /* the kernel has all that was added */
    void *arg;
};

struct http_stream_head {
    int status;
    struct str reason;              /* empty: the status's usual words */
    const struct http_field *field; /* sent as they are, in this order */
    size_t n_fields;
};

/* http_stream_watch: `call` will be answered in pieces. */
void http_stream_watch(struct http_call *call,
                       const struct http_stream_watch *watch);

/* http_stream_begin: status and headers.  Without a Content-Length among them
 * the body is sent in chunks, to clients of HTTP/1.0 up to the connection's
 * end.  Headers of the connection itself (Transfer-Encoding, Connection) are
 * the server's own business.  Everything is copied. */
void http_stream_begin(struct http_call *call,
                       const struct http_stream_head *head);

/* http_stream_add: the next bytes, copied.  Gives how many bytes wait for the
 * client: the caller holds back what makes more of them and goes on when
 * told `drained`.  No body is sent where the protocol has none (HEAD, 204,
 * 304). */
size_t http_stream_add(struct http_call *call, struct str bytes);

/* http_stream_end: the answer is whole; `call` is gone. */
void http_stream_end(struct http_call *call);

/* http_stream_cut: the answer broke off: what was added is still sent, then
 * the connection ends without the body's end, so that the client sees that
 * something is missing.  `call` is gone. */
void http_stream_cut(struct http_call *call);

#endif
