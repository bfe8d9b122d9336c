/* What stands in the spool (journal records of <data>/otlp): what was
 * acknowledged, and what was decided about it, in order.  Reading them again
 * from the first gives the same traces in the same state, since nothing else
 * changes them.
 *
 *   spans   | 1 | note ... |            of one request, or part of one
 *   settle  | 2 | trace id | ...        what was there then is counted
 *   forget  | 3 | trace id | ...        it is over
 *   fold    | 4 | trace id | ...        only its sums remain
 *
 *   note    | role | flags | weak dims u32 | trace id | span id | parent id |
 *           | event, event_bin.h |
 *
 * Pure, any thread. */
#ifndef CAPTURE_OTLP_RECORD_H
#define CAPTURE_OTLP_RECORD_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "capture/otlp/otlp_map.h"

struct buf;
struct why;

enum otlp_record_kind {
    OTLP_RECORD_SPANS = 1,
    OTLP_RECORD_SETTLE,
    OTLP_RECORD_FORGET,
    OTLP_RECORD_FOLD
};

void otlp_record_begin(struct buf *b, enum otlp_record_kind kind);
void otlp_record_add_note(struct buf *b, const struct otlp_note *note);
void otlp_record_add_trace(struct buf *b,
                           const unsigned char trace_id[OTLP_TRACE_BYTES]);

/* otlp_record_kind: takes the kind off the front of *rest; RC_CORRUPT for
 * one that no version of toll writes.  The other two take what follows;
 * RC_END when nothing does.  Text of a note borrows from the record. */
enum rc otlp_record_kind(struct str *rest, enum otlp_record_kind *ret_kind,
                         struct why *why) MUST_CHECK;
enum rc otlp_record_note(struct str *rest, struct otlp_note *ret_note,
                         struct why *why) MUST_CHECK;
enum rc otlp_record_trace(struct str *rest,
                          unsigned char ret_trace_id[OTLP_TRACE_BYTES],
                          struct why *why) MUST_CHECK;

#endif
