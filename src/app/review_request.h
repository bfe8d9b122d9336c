/* A review that somebody sends by hand: what is asked, read from the route's
 * parameters and JSON, and whether the outbox may take it.  A function of its
 * arguments; any thread. */
#ifndef APP_REVIEW_REQUEST_H
#define APP_REVIEW_REQUEST_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct outbox;
struct outbox_item;
struct period_zone;
struct query_param;
struct why;

/* As it arrives. */
struct review_asked {
    struct str query; /* the review's parameters, percent-encoded */
    struct str body;  /* {"channel", "note", "id", "again"} */
    struct str timezone;
    const struct period_zone *zone;
    int64_t now_us;
    uint64_t chance; /* makes an id for who gives none */
};

struct review_request {
    struct str channel;
    struct str note; /* may be empty */
    bool again;      /* also when the channel has just had it */
    const struct query_param *param;
    size_t n_params;
    struct str week; /* "2026-W47"; as it was asked for, not yet judged */
    /* The message's: the same id is the same key, and the same review, with
     * whatever note and id, the same subject. */
    struct str key;
    struct str subject;
};

/* review_request_read: RC_INVALID, RC_PARSE or RC_RANGE for what is asked
 * wrongly; what is read lives in `out`. */
enum rc review_request_read(const struct review_asked *asked, struct arena *out,
                            struct review_request *ret,
                            struct why *why) MUST_CHECK;

/* review_request_judge: whether the outbox takes it.
 *   ret_had  NULL: it is to be put; else the message that this request made
 *            before, and nothing is to be done
 * RC_EXISTS, with when and what became of it, when the channel has had the same
 * review within LIMIT_REVIEW_AGAIN_S and is not to have it again, or when the
 * id was another review's. */
enum rc review_request_judge(const struct review_request *r,
                             const struct review_asked *asked,
                             const struct outbox *all,
                             const struct outbox_item **ret_had,
                             struct why *why) MUST_CHECK;

/* review_subject: "review/2026-W47?environment:production", into `out`; of the
 * review's parameters only its filters count here. */
struct review_of {
    struct str week;
    const struct query_param *param;
    size_t n_params;
};
enum rc review_subject(const struct review_of *review,
                       const struct review_asked *asked, struct arena *out,
                       struct str *ret, struct why *why) MUST_CHECK;

#endif
