/* What the client's files share.  An exchange is carried by libcurl
 * (http_curl.c) or, over plain HTTP to a numeric address, by connections of
 * our own (http_plain.c); http_upstream.c holds what is common to both. */
#ifndef NET_HTTP_UPSTREAM_PRIV_H
#define NET_HTTP_UPSTREAM_PRIV_H

#include "base/arena.h"
#include "base/buf.h"
#include "net/http_head.h"
#include "net/http_parse.h"
#include "net/http_upstream.h"

#include <curl/curl.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct plain_conn;
struct plain_pool;
struct watched;

struct http_upstream {
    struct loop *loop;
    struct http_exchange *first; /* under way */
    /* libcurl's. */
    CURLM *multi;
    struct event *timer;
    struct watched **watched; /* by descriptor */
    size_t n_watched;
    CURL **spare; /* handles that may be used again */
    int n_spare;
    /* Our own. */
    struct plain_pool *pool;
    struct http_fields fields; /* of the answer at hand */
    char *space;               /* what is being received */
};

struct http_exchange {
    struct http_upstream *up;
    struct http_exchange *next;
    struct http_exchange **at; /* what points here */
    struct event idle;
    struct http_exchange_watch watch;
    const struct http_origin *origin;
    struct buf body; /* of the request */
    struct buf head; /* the answer's lines until they are handed on */
    int64_t start_us;
    int64_t last_us; /* something was received or sent */
    int64_t deadline_us;
    int status;
    bool is_sent;
    bool is_begun;
    bool is_refused; /* by the watcher, or over a limit */
    bool is_paused;
    bool is_connecting; /* our own connection */
    /* libcurl's. */
    CURL *easy;
    struct arena arena; /* the request's text */
    char *error;
    /* Our own. */
    struct plain_conn *conn;
    struct plain_pool *pool;
    struct buf ask; /* the request's head */
    size_t n_sent;  /* of head and body */
    enum http_method method;
    struct http_parse *parse; /* of the answer; NULL: none yet */
    bool may_keep;
    bool is_again; /* begun anew, since a kept connection was gone */
};

/* ---- http_upstream.c ---- */

const char *http_method_name(enum http_method method) RETURNS_NONNULL;
/* exchange_finish: tells the watcher, frees the exchange. */
void exchange_finish(struct http_exchange *x, enum rc rc,
                     const struct why *why);
/* exchange_wait: its time runs anew from last_us. */
void exchange_wait(struct http_exchange *x);
/* exchange_hand_on: a piece; false when it was refused. */
bool exchange_hand_on(struct http_exchange *x, struct str bytes);

/* ---- http_curl.c ---- */

void curl_open(struct http_upstream *up);
void curl_close(struct http_upstream *up);
void curl_start(struct http_exchange *x, const struct http_ask *ask);
void curl_let_go(struct http_exchange *x);
void curl_hold(struct http_exchange *x, bool is_held);

/* ---- http_plain.c ---- */

void plain_open(struct http_upstream *up);
void plain_close(struct http_upstream *up);
/* plain_pool_of: where connections to that origin are; NULL when it is not
 * one for our own: TLS, a proxy, a name to be looked up. */
struct plain_pool *plain_pool_of(struct http_upstream *up,
                                 const struct http_origin *origin);
void plain_start(struct http_exchange *x, const struct http_ask *ask);
/* plain_let_go: of the exchange's connection; kept when it can be. */
void plain_let_go(struct http_exchange *x);
void plain_hold(struct http_exchange *x, bool is_held);

#endif
