/* What the files of the weekly review share.
 *
 *   review.c           which week, what it cost, who moved
 *   review_alerts.c    what was told of by itself
 *   review_actions.c   what to do next, and what became of it */
#ifndef INSIGHT_REVIEW_PRIV_H
#define INSIGHT_REVIEW_PRIV_H

#include "insight/contrast.h"
#include "insight/insight.h"

struct review {
    const struct insight_call *call;
    struct report *out;
    int64_t from_us, to_us;          /* the week, up to now */
    int64_t before_us, before_to_us; /* the same part of the week before */
    bool is_running;                 /* the week is not over */
    struct str from, to;             /* as parameters have times */
    struct str vs;                   /* the week before, FROM..TO */
    struct contrast *contrast;       /* of both weeks, by feature */
    struct answer *owners;           /* by feature and owner, dearest first */
};

/* review_owner: who answers for a feature: registered, else empty. */
struct str review_owner(const struct review *r, struct str feature);

/* review_alerts: those of the week; nothing when there were none, or nobody
 * watches. */
enum rc review_alerts(const struct review *r, struct why *why) MUST_CHECK;

/* review_actions: up to three savings with owner and expected dollars, and
 * what became of those of the week before. */
enum rc review_actions(const struct review *r, struct why *why) MUST_CHECK;

#endif
