/* From the spans of one trace to events: the tree's rule, what parents hand
 * down, and ids.  Pure, any thread. */
#ifndef CAPTURE_OTLP_SETTLE_H
#define CAPTURE_OTLP_SETTLE_H

#include "capture/otlp/otlp_map.h"
#include "capture/otlp/otlp_trace.h"
#include "capture/otlp/otlp_tree.h"

#include <stddef.h>

/* otlp_settle: the n spans of one trace, of which node[i] says what was
 * counted before; emits what is due now, in the order of the spans.
 *   note  in the order of arrival; changed (they inherit) */
void otlp_settle(struct otlp_note *note, struct otlp_node *node, size_t n,
                 otlp_emit_fn *emit, void *arg);

/* otlp_fold: the n spans of a trace of which all is counted become at most
 * LIMIT_OTLP_FOLD_SPANS, in place; how many.  They are the root, if it is
 * there, and below it and below each parent that is missing one that carries
 * what stood there, and counts as counted.  So a parent that comes late counts
 * what it would have; a child that comes late of one that was folded stands
 * below the root.  Parents over the limit are as one that never comes.
 *   note  text borrows as before */
size_t otlp_fold(struct otlp_note *note, struct otlp_node *node, size_t n);

#endif
