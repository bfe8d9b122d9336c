/* HTTP/1.1 server on libevent's loops: several loops on one port
 * (SO_REUSEPORT), whole request bodies, answers at once or later from any
 * thread.
 *
 * A request is known outside its loop's callback only by its handle; the
 * connection may be gone by the time of the answer, and then the answer is
 * dropped here. */
#ifndef NET_HTTP_SERVER_H
#define NET_HTTP_SERVER_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "net/http_head.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_server;
struct http_call; /* one request until it is answered */
struct loop;
struct why;

enum http_method {
    HTTP_GET = 1,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_PATCH,
    HTTP_OTHER
};

/* What a handler sees; slices live until it returns. */
struct http_request {
    enum http_method method;
    struct str path;  /* as sent, before "?", not percent-decoded */
    struct str query; /* after "?", may be empty */
    struct str body;
    struct str content_type;
    struct str content_encoding;
    struct str accept_encoding;
    struct str if_none_match;
    struct str peer; /* address, for logs */
};

struct http_header {
    const char *name;
    struct str value;
};

struct http_reply {
    int status;
    struct str content_type;
    struct str body; /* borrowed for the call of http_answer */
    const struct http_header *header;
    size_t n_headers;
};

/* Called on a loop's thread; answers now or keeps `call` and answers later. */
typedef void http_handler_fn(void *arg, struct http_call *call,
                             const struct http_request *req);

/* What the handler's owner keeps for each loop, such as its connections to
 * other servers: made before the loop runs, closed on its thread after the
 * last connection was hung up, when calls may still be under way. */
typedef void *http_lane_open_fn(void *arg, struct loop *loop);
typedef void http_lane_close_fn(void *arg, void *local);

struct http_server_options {
    const char *address; /* "127.0.0.1", "::1", "0.0.0.0" */
    uint16_t port;       /* 0: a free one */
    int n_loops;         /* threads; 0: one a core */
    size_t body_max;     /* larger ones are answered 413 */
    http_handler_fn *handler;
    http_lane_open_fn *lane_open;   /* NULL: nothing is kept for loops */
    http_lane_close_fn *lane_close; /* with lane_open only */
    void *arg;
};

/* http_server_open: binds and starts its threads.  RC_BUSY when the port is
 * taken (named). */
enum rc http_server_open(const struct http_server_options *opt,
                         struct http_server **ret, struct why *why) MUST_CHECK;
uint16_t http_server_port(const struct http_server *s);
/* http_server_close: stops accepting, lets calls under way be answered and
 * their answers be sent for at most `grace_ms`, hangs up, and ends the threads
 * once the last call is answered, if only to nobody: whoever answers must
 * still be there.  Accepts NULL. */
void http_server_close(struct http_server **s, int grace_ms);

/* http_header_of: a request header by name, case-insensitive; empty when
 * absent.  Inside the handler only, like the slices of its request. */
struct str http_header_of(const struct http_call *call, const char *name);

/* http_fields: all request headers, as sent and in their order; inside the
 * handler only. */
const struct http_field *http_fields(const struct http_call *call,
                                     size_t *ret_n);

/* http_call_local: what lane_open made for the call's loop. */
void *http_call_local(const struct http_call *call);

/* http_answer: once for every call, any thread; `call` is gone after.
 * Everything in `reply` is copied before it returns. */
void http_answer(struct http_call *call, const struct http_reply *reply);

/* http_percent_encode: append; what a parameter may hold as it is stays. */
struct buf;
void http_percent_encode(struct buf *b, struct str s);

/* http_percent_decode: "%2F" and "+" (when plus_is_space) into `arena`;
 * RC_PARSE for a broken escape. */
struct arena;
enum rc http_percent_decode(struct str s, bool plus_is_space,
                            struct arena *arena, struct str *ret_s) MUST_CHECK;

#endif
