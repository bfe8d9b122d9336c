/* The compact binary form of an event, as the journal keeps it: a version
 * byte, varints, length-prefixed text.  Exact: what is read back equals what
 * was written, cost included.  Any thread. */
#ifndef EVENT_EVENT_BIN_H
#define EVENT_EVENT_BIN_H

#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"

struct buf;
struct why;

void event_bin_add(struct buf *b, const struct event *ev);

/* event_bin_read: the event at the front of *rest; its text borrows from
 * there.  *rest then begins behind it.  RC_CORRUPT for bytes no version of
 * toll writes. */
enum rc event_bin_read(struct str *rest, struct event *ret_event,
                       struct why *why) MUST_CHECK;

#endif
