/* The gateway: ANY /{upstream}/...  A call is passed on to a provider and its
 * answer back, byte for byte as far as the protocol allows, while a copy of
 * the bytes is read for what the call used; then it is one event of the
 * ledger.  Trouble in accounting never fails or delays a call, and whatever a
 * call comes to - answered, refused, timed out, broken off, abandoned - is
 * one event too.  docs/gateway.md is the user's side of it.
 *
 * Any loop's thread; a call stays on the loop of its connection. */
#ifndef CAPTURE_GATEWAY_H
#define CAPTURE_GATEWAY_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct budget_meter;
struct gateway;
struct gateway_lane;
struct http_call;
struct http_request;
struct intake;
struct loop;
struct reject_log;
struct upstreams;

struct gateway_options {
    struct intake *intake;        /* borrowed until gateway_free */
    struct reject_log *rejects;   /* likewise */
    struct upstreams *upstreams;  /* a reference is taken */
    struct budget_meter *budgets; /* borrowed likewise; NULL: none are held */
};

struct gateway_counts { /* since the start; for /metrics */
    uint64_t n_calls;
    uint64_t n_open;       /* under way now */
    uint64_t n_failed;     /* not answered, or broken off, by the upstream */
    uint64_t n_abandoned;  /* the client went away */
    uint64_t n_estimated;  /* recorded without the provider's own counts */
    uint64_t n_unrecorded; /* lost to the ledger */
    uint64_t n_refused;    /* by a budget */
    uint64_t n_fallback;   /* to another model, for a budget */
    uint64_t n_unfallen;   /* would have, and could not */
    uint64_t n_delayed;    /* for a budget */
};

struct gateway *gateway_new(const struct gateway_options *opt) RETURNS_NONNULL;
/* gateway_free: after the last call has ended; waits until the journal has
 * answered for what was recorded.  Accepts NULL. */
void gateway_free(struct gateway **g);

/* gateway_use: other upstreams for the calls from now on. */
void gateway_use(struct gateway *g, struct upstreams *upstreams);

void gateway_count(struct gateway *g, struct gateway_counts *ret);

/* What the gateway keeps for each loop: its connections to providers, and the
 * calls that have ended and are not yet with intake, which gets those of
 * LIMIT_GATEWAY_GATHER_MS at a time: at 2,000 calls a second one flush of the
 * journal's disk a call would cost more than the call.  gateway_lane_free ends
 * what is under way; before gateway_free. */
struct gateway_lane *gateway_lane_new(struct gateway *g,
                                      struct loop *loop) RETURNS_NONNULL;
void gateway_lane_free(struct gateway_lane **lane);

/* gateway_take: takes the request over when its path begins with an upstream;
 * false, and nothing is done, when it does not.  http_call_local of its loop
 * is a struct gateway_lane.
 *   is_local  it came in where only this machine can reach
 *   now_us    when it came */
bool gateway_take(struct gateway *g, struct http_call *call,
                  const struct http_request *req, bool is_local,
                  int64_t now_us);

#endif
