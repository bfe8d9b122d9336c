/* OTLP bodies, decoded one span or record at a time, in the two encodings that
 * OTLP/HTTP has; and its answers, in the same encoding.  Whatever is wrong
 * with one span (an id of the wrong length) is told as its `fault`; whatever
 * is wrong with the body ends the decoding.
 *
 * otlp_pb.c is protobuf-c's only door; otlp_json.c stands on base/json.
 * Pure, any thread. */
#ifndef CAPTURE_OTLP_DECODE_H
#define CAPTURE_OTLP_DECODE_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "capture/otlp/otlp_form.h"

#include <stdint.h>

struct buf;
struct why;

/* One body: RC_PARSE when it cannot be decoded, RC_LIMIT when it nests too
 * deep or is too large for memory, else what `fn` returned. */
enum rc otlp_pb_spans(struct str body, otlp_span_fn *fn, void *arg,
                      struct why *why) MUST_CHECK;
enum rc otlp_pb_logs(struct str body, otlp_log_fn *fn, void *arg,
                     struct why *why) MUST_CHECK;
enum rc otlp_json_spans(struct str body, otlp_span_fn *fn, void *arg,
                        struct why *why) MUST_CHECK;
enum rc otlp_json_logs(struct str body, otlp_log_fn *fn, void *arg,
                       struct why *why) MUST_CHECK;

/* otlp_pb_metrics: how many metrics the body holds.  RC_PARSE as above. */
enum rc otlp_pb_metrics(struct str body, uint64_t *ret_n,
                        struct why *why) MUST_CHECK;
enum rc otlp_json_metrics(struct str body, uint64_t *ret_n,
                          struct why *why) MUST_CHECK;

/* An answer in which `n_rejected` were refused; with none and no message it
 * is the empty one.
 *   rejected_name  "rejectedSpans", "rejectedLogRecords": JSON names it */
void otlp_pb_add_answer(struct buf *out, int64_t n_rejected,
                        struct str message);
void otlp_json_add_answer(struct buf *out, const char *rejected_name,
                          int64_t n_rejected, struct str message);

/* The body of a failure, google.rpc.Status.
 *   code  google.rpc.Code: 3 invalid argument, 14 unavailable, ... */
void otlp_pb_add_failure(struct buf *out, int32_t code, struct str message);
void otlp_json_add_failure(struct buf *out, int32_t code, struct str message);

#endif
