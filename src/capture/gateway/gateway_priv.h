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
};

struct gateway_lane {
    struct gateway *g;
    struct http_upstream *up;
    struct intake_put *put;    /* of calls that ended; NULL: none did */
    struct loop_timer *commit; /* then the put is handed over */
    uint64_t n_put;            /* events in it */
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

/* gateway_record: the call as events, put with others of its lane.  Uses up
 * the reader. */
void gateway_record(struct gateway_call *c,
                    const struct http_exchange_end *end);
/* gateway_commit: the lane's put goes to intake. */
void gateway_commit(struct gateway_lane *lane);

#endif
