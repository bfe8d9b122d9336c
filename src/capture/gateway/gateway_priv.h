/* What the gateway's files share: the gateway, and one call's life.
 *
 *   gateway_take      headers and body are read, the upstream is asked
 *   on_head, on_piece the answer is passed on, and metered (gateway_call.c)
 *   on_end            the answer ends; the call is recorded and freed
 *                     (gateway_record.c)
 *
 * The client may go at any time between (on_left, on_gone): the upstream is
 * then read on for a while, since only its last bytes tell what the call
 * used. */
#ifndef CAPTURE_GATEWAY_PRIV_H
#define CAPTURE_GATEWAY_PRIV_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/thread.h"
#include "capture/gateway/gateway.h"
#include "capture/gateway/gateway_text.h"
#include "capture/gateway/gateway_withhold.h"
#include "capture/gateway/upstreams.h"
#include "event/event.h"
#include "net/http_server.h"
#include "net/http_upstream.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct budget_desk;
struct record;
struct budget_hold;
struct gateway_wait;
struct gz_stream;
struct intake_put;
struct loop_timer;
struct provider_reader;

struct gateway {
    struct gateway_options opt;
    struct mutex lock; /* guards opt.upstreams and n_recording */
    struct cond recorded;
    uint64_t n_recording; /* puts with the journal */
    atomic_uint_fast64_t n_calls;
    atomic_uint_fast64_t n_open;
    atomic_uint_fast64_t n_failed;
    atomic_uint_fast64_t n_abandoned;
    atomic_uint_fast64_t n_estimated;
    atomic_uint_fast64_t n_unrecorded;
    atomic_uint_fast64_t n_refused;
    atomic_uint_fast64_t n_fallback;
    atomic_uint_fast64_t n_unfallen;
    atomic_uint_fast64_t n_delayed;
};

/* What is reserved for calls whose events are on their way to the disk. */
struct gateway_holds {
    struct budget_hold **at;
    size_t n;
    size_t cap;
};

struct gateway_lane {
    struct gateway *g;
    struct http_upstream *up;
    struct intake_put *put;    /* of calls that ended; NULL: none did */
    struct loop_timer *commit; /* then the put is handed over */
    uint64_t n_put;            /* events in it */
    int64_t now_us;            /* when the last of them came */
    struct loop *loop;
    struct budget_desk *desk; /* NULL: no budgets are held */
    struct gateway_holds holds;
};

/* A request, as far as it is passed on. */
struct gateway_request {
    enum http_method method;
    struct str query;
    struct str body;
    const struct http_field *field;
    size_t n_fields;
    bool needs_ask;
    bool may_cost; /* money: itself, or what it begins */
};

struct gateway_call {
    struct gateway *g;
    struct gateway_lane *lane;
    struct http_call *client;
    struct http_exchange *x;
    struct upstreams *upstreams; /* a reference: `to` is in it */
    const struct upstream *to;
    struct arena arena; /* what is kept of the request */
    struct event ev;    /* what the request says of it */
    struct str path;    /* behind the upstream's name */
    struct str id;      /* X-Toll-Id */
    bool has_environment;
    bool is_billed;
    bool is_stream; /* asked for */

    /* What budgets need (gateway_guard.c). */
    int64_t input_tok;  /* at most */
    int64_t output_tok; /* the request's own ceiling; -1: none */
    int64_t n_choices;
    struct budget_hold *hold;  /* reserved for it; NULL: nothing is */
    struct gateway_wait *wait; /* until it may go; NULL: it did not have to */
    struct buf remodelled;     /* its body for another model; else empty */
    bool cannot_fall;          /* to another model: it has, or it may not */

    int status; /* of the answer; 0: none yet */
    int64_t ttft_us;
    struct withhold *withhold; /* NULL: nothing is */
    struct buf passed;         /* what the filter lets through of a piece */
    struct provider_reader *reader;
    struct gz_stream *inflate;
    struct text_meter text;
    int64_t n_body;    /* bytes of the answer */
    int64_t n_drained; /* of those, after the client went */
    bool is_events;    /* the answer is a stream of events */
    bool is_unread;    /* in an encoding that the meter cannot read */
    bool is_held;      /* the client takes no more for now */
    bool has_left;     /* the client, as far as can be seen */
    bool is_gone;      /* the client, for certain */
};

/* gateway_call_free: and all it owns. */
void gateway_call_free(struct gateway_call *c);

/* gateway_refuse: answers in the provider's own error form. */
void gateway_refuse(struct http_call *client, const struct upstream *to,
                    int status, struct str message);
void gateway_refuse_with(struct http_call *client, const struct upstream *to,
                         int status, struct str message,
                         const struct http_header *header, size_t n_headers);

/* gateway_start: on to the upstream. */
void gateway_start(struct gateway_call *c, const struct gateway_request *req);

/* gateway_guard: what budgets say.  False: it was refused and the call is
 * gone, or it waits, and will start or be refused by itself. */
bool gateway_guard(struct gateway_call *c, const struct gateway_request *req);
void gateway_wait_free(struct gateway_wait **wait); /* accepts NULL */

/* gateway_record: the call as events, put with others of its lane.  Uses up
 * the reader. */
void gateway_record(struct gateway_call *c,
                    const struct http_exchange_end *end);
/* gateway_put: the lane's, begun now if there is none. */
struct intake_put *gateway_put(struct gateway_lane *lane, int64_t now_us);
/* gateway_record_brake: what a budget did. */
void gateway_record_brake(struct gateway_lane *lane, struct record *rec,
                          int64_t now_us);
/* gateway_commit: the lane's put goes to intake. */
void gateway_commit(struct gateway_lane *lane);

#endif
