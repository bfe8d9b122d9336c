/* What the files of OTLP's front door share.
 *
 *   otlp_http.c   requests and answers   HTTP threads
 *   otlp_logs.c   log records            HTTP threads
 *   otlp.c        the spool and traces   the ticking thread */
#ifndef CAPTURE_OTLP_PRIV_H
#define CAPTURE_OTLP_PRIV_H

#include "base/buf.h"
#include "base/thread.h"
#include "base/why.h"
#include "capture/otlp/otlp.h"
#include "capture/otlp/otlp_map.h"

#include <stdatomic.h>

struct intake_put;
struct journal;
struct otlp_traces;

enum otlp_encoding { OTLP_PROTOBUF = 1, OTLP_JSON };

/* Who is answered, and how. */
struct otlp_reply {
    struct http_call *call;
    enum otlp_encoding encoding;
    const char *rejected_name; /* in JSON */
    int64_t n_rejected;
    struct why first; /* why the first was refused */
};

struct otlp_piece { /* one record of the spool */
    struct otlp_piece *next;
    struct buf bytes;
};

/* One request's spans on their way to the spool. */
struct otlp_post {
    struct otlp_post *next;
    struct otlp_reply reply;
    struct otlp_piece *first;
    struct otlp_piece *last;
    size_t n_bytes;
    uint64_t n_spans;
};

struct otlp {
    struct intake *intake;
    struct reject_log *rejects;
    char *spool_dir;

    struct mutex lock; /* over the queue */
    struct cond wake;
    struct otlp_post *queue_first;
    struct otlp_post *queue_last;
    size_t queue_bytes;
    bool is_ending;

    /* The ticking thread's. */
    struct journal *journal;
    struct otlp_traces *traces;
    struct buf decided;     /* ids of traces to settle, as the spool says */
    struct buf pending;     /* events that intake has not taken yet */
    size_t put_from;        /* so many bytes of them are worth the next try */
    uint64_t trimmed;       /* the spool begins here, or later */
    int64_t looked_mono_us; /* at all traces */
    int64_t now_us;         /* of this tick */
    /* Some events found no room in `pending`: they come back with the spool at
     * the next start, so until then nothing of it is let go. */
    bool is_overrun;
    bool is_failing; /* told already */

    atomic_uint_fast64_t n_spans;
    atomic_uint_fast64_t n_spans_rejected;
    atomic_uint_fast64_t n_spans_repeated;
    atomic_uint_fast64_t n_logs;
    atomic_uint_fast64_t n_logs_ignored;
    atomic_uint_fast64_t n_logs_rejected;
    atomic_uint_fast64_t n_metrics_ignored;
    atomic_uint_fast64_t n_events;
    atomic_uint_fast64_t n_open;
    atomic_uint_fast64_t n_kept;
    atomic_uint_fast64_t n_bytes;
    atomic_uint_fast64_t n_spool_failures;
};

void otlp_post_free(struct otlp_post *post);

/* otlp_body: the request's body as text; answers with 415, 400 or 413 and
 * returns false when it cannot be.  `inflated` was not initialised. */
bool otlp_body(struct otlp_reply *reply, const struct http_request *req,
               struct buf *inflated, struct str *ret_body);

/* otlp_answer: 200, with what was refused.  otlp_answer_failure: the status
 * that fits the code, 503 for what may go well later. */
void otlp_answer(const struct otlp_reply *reply);
void otlp_answer_failure(const struct otlp_reply *reply, enum rc rc,
                         const struct why *why);

/* otlp_refuse: one span or record of a request, kept in the reject log. */
void otlp_refuse(struct otlp *o, struct otlp_reply *reply, int64_t now_us,
                 struct str place, const struct why *why);

/* A put while it is filled. */
struct otlp_putting {
    struct intake_put *put;
    int64_t now_us;
    uint64_t n_accepted;
};

/* otlp_put: one event, checked here, into a put.  RC_INVALID, RC_RANGE or
 * RC_LIMIT when the rules refuse it; else, by otlp_is_trouble, it is the put's
 * trouble, which is aborted. */
enum rc otlp_put(struct otlp_putting *p, struct event *ev, bool has_environment,
                 struct why *why) MUST_CHECK;
bool otlp_is_trouble(enum rc rc);

#endif
