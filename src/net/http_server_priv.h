/* What the server's files share: its loops (http_server.c), their connections
 * (http_conn.c), and the calls between a request and the end of its answer
 * (http_stream.c).
 *
 * A connection belongs to its loop.  It is freed only in a callback of the
 * loop of its own (an event, its timer) or when its loop hangs up, never by
 * whoever reads or answers a call; what finds it broken elsewhere leaves a
 * mark and wakes it. */
#ifndef NET_HTTP_SERVER_PRIV_H
#define NET_HTTP_SERVER_PRIV_H

#include "base/buf.h"
#include "base/thread.h"
#include "net/http_head.h"
#include "net/http_parse.h"
#include "net/http_server.h"
#include "net/http_stream.h"

#include <event2/event_struct.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct http_conn;
struct http_server;
struct loop;

struct http_lane { /* one loop and its thread */
    struct http_server *server;
    struct loop *loop;
    struct event *listener;
    struct event *flush;       /* sends what the calls of this turn said */
    struct http_conn *conn;    /* all of them */
    struct http_conn *said;    /* those that have something to send */
    struct http_fields fields; /* of the request at hand */
    struct thread thread;
    void *local; /* its owner's, from lane_open */
    int fd;
    int64_t date_s; /* the second that `date` tells */
    char date[40];
};

struct http_server {
    struct http_server_options opt;
    struct http_lane *lane;
    int n_lanes;
    uint16_t port;
    atomic_bool is_closing;
    atomic_int n_open;  /* lanes that still read requests */
    atomic_int n_calls; /* under way: with a handler or being sent */
};

enum conn_state {
    CONN_READING = 1, /* a request, or for one to come */
    CONN_CALLED,      /* a call is under way */
    CONN_LINGERING    /* all is said; the client reads it and hangs up */
};

struct http_conn {
    struct http_lane *lane;
    struct http_conn *next;
    struct http_conn **at;       /* what points here */
    struct http_conn *next_said; /* on the lane's list */
    struct event event;
    struct event timer;
    int fd;
    short wanted; /* waited for */
    enum conn_state state;
    struct http_call *call; /* in CONN_CALLED */
    int64_t last_us;        /* something moved */

    struct buf in;            /* received and not yet taken */
    struct http_parse *parse; /* of the request at hand; NULL: none yet */
    size_t head_n;            /* bytes of its head; 0: not whole */
    uint64_t body_n;          /* its length, when it has one */
    struct buf body;          /* out of chunks */
    bool is_chunked;
    bool is_old;   /* HTTP/1.0 */
    bool may_keep; /* the connection, as the client has it */

    struct buf out;   /* to be sent */
    size_t out_from;  /* of it, sent */
    struct buf whole; /* a large answer, behind `out` */
    size_t whole_from;
    uint64_t n_passed_over; /* while lingering */
    bool is_said;           /* on the lane's list */
    bool is_broken;         /* nothing can be sent or received */
    bool is_pumping;
    char peer[INET6_ADDRSTRLEN];
};

struct http_call {
    struct http_lane *lane;
    struct http_conn *conn; /* NULL: the client is gone */
    struct reply_copy *reply;
    struct http_stream_watch watch; /* of a streamed answer */
    bool is_head;                   /* the request's method */
    bool has_body;   /* the answer's status and method allow one */
    bool is_chunked; /* the answer */
    bool closes;     /* the connection ends with it */
    bool is_sending; /* nobody holds it: it ends with its last byte */
};

/* ---- http_conn.c ---- */

/* conn_new: takes over the descriptor. */
void conn_new(struct http_lane *lane, int fd, const struct sockaddr *peer,
              socklen_t peer_n);
/* conn_free: hangs up; its call, if any, goes on with nobody. */
void conn_free(struct http_conn *c);

/* conn_say: more to send, at the end of this turn of the loop. */
void conn_say(struct http_conn *c, struct str bytes);
/* conn_say_whole: `own` moved, behind all that was said; nothing may follow. */
void conn_say_whole(struct http_conn *c, struct buf *own);
size_t conn_n_waiting(const struct http_conn *c);
/* conn_flush_all: sends what the lane's connections have to say. */
void conn_flush_all(struct http_lane *lane);
/* ---- http_server.c ---- */

/* http_call_end: frees it. */
void http_call_end(struct http_call *call);
/* http_call_head: the status line and headers, up to the empty line, which
 * `end` writes.  Without a length among the fields: chunks, or to the end of
 * the connection. */
void http_call_head(struct http_call *call, int status, struct str reason,
                    const struct http_field *field, size_t n_fields);

#endif
