/* The replay: goes through history with the clock at event time, and keeps
 * what the watch would have said: a look after every quarter of an hour, a tick
 * after every hour.  One thread. */
#ifndef WATCH_REPLAY_H
#define WATCH_REPLAY_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/rc.h"
#include "query/query.h"
#include "watch/watch.h"

#include <stddef.h>
#include <stdint.h>

struct store_reader;
struct watch;
struct why;

struct replay_alert {
    struct watch_alert alert; /* as it was when it was raised */
    int64_t closed_us;        /* 0: still open at the end */
};

struct replay {
    struct watch *watch; /* owns the alerts' text */
    struct arena arena;
    struct buf alerts;      /* struct replay_alert, in order of time */
    int64_t from_us, to_us; /* told */
    uint64_t n_left_out;
};

struct replay_options {
    const struct query *q;      /* range and filters */
    double minimum_usd_per_day; /* 0: the share of spend alone decides */
};

/* replay_run: alerts with q's from <= time < to; history before `from` is
 * heard without a word, as it is what is usual.
 *   ret  replay_fini in any case
 * RC_LIMIT with more than LIMIT_WATCH_ALERTS_MAX of them. */
enum rc replay_run(const struct replay_options *opt,
                   struct store_reader *reader, struct replay *ret,
                   struct why *why) MUST_CHECK;
void replay_fini(struct replay *r);
size_t replay_n(const struct replay *r);
const struct replay_alert *replay_at(const struct replay *r, size_t i);

#endif
