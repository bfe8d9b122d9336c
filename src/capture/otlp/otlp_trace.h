/* Traces while their spans arrive, and for a while after they were counted.
 *
 *   open      something in it is not counted yet.  It is due when its root is
 *             there, no parent is missing and nothing came for OTLP_QUIET_MS;
 *             else when nothing came for OTLP_IDLE_MS, or it is OTLP_AGE_MS
 *             old, or memory is short
 *   settled   all is counted; kept OTLP_KEEP_MS for late spans, which open it
 *             again
 *   folded    too old, too long or in want of memory: its root and a sum of
 *             what its spans carried remain (otlp_fold), so that a parent
 *             that comes last does not count it again.  Late spans open it
 *             too.  Until OTLP_FOLDED_MS, in memory of its own
 *
 * What happens to a trace depends on nothing but the order of the calls below,
 * so that the spool, read again, brings back the same state.  Owns its memory,
 * up to OTLP_MEMORY_BYTES, OTLP_FOLDED_BYTES and what the spans of one request
 * take.  One thread; clock values are arguments. */
#ifndef CAPTURE_OTLP_TRACE_H
#define CAPTURE_OTLP_TRACE_H

#include "capture/otlp/otlp_map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct otlp_traces;

struct otlp_traces *otlp_traces_new(void);
void otlp_traces_free(struct otlp_traces **traces); /* accepts NULL */

/* otlp_traces_add: one span; false for one that is there already.
 *   pos  where the spool stood before its record */
bool otlp_traces_add(struct otlp_traces *t, const struct otlp_note *note,
                     uint64_t pos, int64_t mono_us);

/* otlp_traces_due: the next trace to settle, of those not picked since
 * otlp_traces_rewind; false when there is none.
 *   all_rooted  also those whose root is there, at once: the end is near */
void otlp_traces_rewind(struct otlp_traces *t);
bool otlp_traces_due(struct otlp_traces *t, int64_t mono_us, bool all_rooted,
                     unsigned char ret_trace_id[OTLP_TRACE_BYTES]);

/* Takes what is to be counted: attributed, settled and with its id, but not
 * checked.  Text lives for the call. */
typedef void otlp_emit_fn(void *arg, struct event *ev, bool has_environment);

/* otlp_traces_settle: counts what is there of the trace and is not counted
 * yet.  Nothing for a trace that is not known. */
void otlp_traces_settle(struct otlp_traces *t,
                        const unsigned char trace_id[OTLP_TRACE_BYTES],
                        otlp_emit_fn *emit, void *arg);

/* otlp_traces_add_old: appends the ids of settled traces to fold, at most
 * `n_most`; how many.  otlp_traces_fold: folds one, which is settled.
 * otlp_traces_add_over and otlp_traces_forget: the same for folded traces, of
 * which nothing remains then. */
size_t otlp_traces_add_old(const struct otlp_traces *t, int64_t mono_us,
                           size_t n_most, struct buf *record);
void otlp_traces_fold(struct otlp_traces *t,
                      const unsigned char trace_id[OTLP_TRACE_BYTES]);
size_t otlp_traces_add_over(const struct otlp_traces *t, int64_t mono_us,
                            size_t n_most, struct buf *record);
void otlp_traces_forget(struct otlp_traces *t,
                        const unsigned char trace_id[OTLP_TRACE_BYTES]);

/* otlp_traces_least_pos: of all that are kept, where the earliest begins in
 * the spool; `none` without any. */
uint64_t otlp_traces_least_pos(const struct otlp_traces *t, uint64_t none);

struct otlp_traces_counts {
    uint64_t n_open;
    uint64_t n_settled;
    uint64_t n_spans;
    uint64_t n_bytes;
};
struct otlp_traces_counts otlp_traces_count(const struct otlp_traces *t);

#endif
