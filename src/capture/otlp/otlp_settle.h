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

#endif
