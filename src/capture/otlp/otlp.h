/* OTLP over HTTP: POST /v1/traces, /v1/logs and /v1/metrics, protobuf and JSON,
 * gzip; answers in the request's own encoding.
 *
 *   spans    are mapped on the HTTP thread and handed to the tick, which puts
 *            them into the spool (<data>/otlp, a journal) and answers; their
 *            trace is counted when it has settled (otlp_trace.h)
 *   logs     need no trace: they go straight through intake
 *   metrics  repeat what spans and logs tell: taken, and counted as ignored
 *
 * 200 with partial_success when some spans were refused; 400 for a body that
 * cannot be decoded, 413, 415, and 503 with Retry-After when the disk refuses,
 * the one failure after which an exporter sends again.
 *
 * otlp_post_*: any HTTP thread.  otlp_wait and otlp_tick: one thread, which
 * whoever opened this runs. */
#ifndef CAPTURE_OTLP_H
#define CAPTURE_OTLP_H

#include "base/attr.h"
#include "base/rc.h"

#include <stdbool.h>
#include <stdint.h>

struct http_call;
struct http_request;
struct intake;
struct otlp;
struct reject_log;
struct why;

struct otlp_options {
    const char *dir;            /* data directory; the spool is <dir>/otlp */
    struct intake *intake;      /* borrowed */
    struct reject_log *rejects; /* borrowed */
};

/* otlp_open: reads the spool again: what was acknowledged and is not counted
 * waits as before, what was counted is offered to intake again, which knows
 * it.  As the spool's disk or intake fails. */
enum rc otlp_open(const struct otlp_options *opt, int64_t now_us,
                  int64_t mono_us, struct otlp **ret,
                  struct why *why) MUST_CHECK;
void otlp_close(struct otlp **otlp); /* accepts NULL */

/* Take the request over; answer now or later. */
void otlp_post_traces(struct otlp *o, struct http_call *call,
                      const struct http_request *req, int64_t now_us);
void otlp_post_logs(struct otlp *o, struct http_call *call,
                    const struct http_request *req, int64_t now_us);
void otlp_post_metrics(struct otlp *o, struct http_call *call,
                       const struct http_request *req, int64_t now_us);

/* otlp_wait: until spans wait for the spool, or the deadline; false when
 * otlp_end was called and none wait.  otlp_tick: spools and answers, counts
 * what has settled, forgets what is over.
 *   is_last  traces whose root is there are counted now; what is open beyond
 *            that stays in the spool */
bool otlp_wait(struct otlp *o, int64_t deadline_mono_us);
void otlp_tick(struct otlp *o, int64_t now_us, int64_t mono_us, bool is_last);
void otlp_end(struct otlp *o); /* no request will follow; any thread */

struct otlp_counts_told {      /* since open; for /metrics */
    uint64_t n_spans;          /* taken */
    uint64_t n_spans_rejected; /* refused, one by one */
    uint64_t n_spans_repeated; /* sent again */
    uint64_t n_logs;           /* with usage */
    uint64_t n_logs_ignored;   /* without, or repeating another's */
    uint64_t n_logs_rejected;
    uint64_t n_metrics_ignored;
    uint64_t n_events; /* counted from spans and logs */
    uint64_t n_open;   /* traces not settled; gauge */
    uint64_t n_kept;   /* settled, kept for late spans; gauge */
    uint64_t n_bytes;  /* memory of both; gauge */
    uint64_t n_spool_failures;
};
void otlp_count_told(struct otlp *o, struct otlp_counts_told *ret);

#endif
