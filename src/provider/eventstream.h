/* AWS's binary event stream (application/vnd.amazon.eventstream) as its bytes
 * arrive, split anywhere.  A message is, all numbers big-endian:
 *
 *   u32 length of all | u32 of the headers | u32 CRC-32 of these eight bytes
 *   headers | payload | u32 CRC-32 of all before
 *
 * and a header: u8 length, name, u8 type, value.  A message whose own check
 * fails is passed over; when the lengths' check fails nobody can say where
 * the next message begins, and the rest is passed over.
 *
 * Owns its buffer.  One thread.
 * Source: AWS's description of the encoding in its documentation of streams,
 * as of autumn 2026. */
#ifndef PROVIDER_EVENTSTREAM_H
#define PROVIDER_EVENTSTREAM_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct eventstream_message {
    struct str type;    /* :event-type or :exception-type; may be empty */
    struct str payload; /* borrowed for the call */
    bool is_exception;  /* :message-type is exception or error */
};

typedef void eventstream_fn(void *arg, const struct eventstream_message *m);

struct eventstream {
    struct buf message; /* what there is of it */
    eventstream_fn *fn;
    void *arg;
    size_t message_max_bytes;
    size_t skip_bytes; /* of a message that is too large */
    bool is_lost;      /* nobody knows where the next message begins */
    bool is_damaged;   /* something was passed over */
};

void eventstream_init(struct eventstream *s, size_t message_max_bytes,
                      eventstream_fn *fn, void *arg);
void eventstream_fini(struct eventstream *s);
void eventstream_feed(struct eventstream *s, struct str bytes);

/* eventstream_end: false when something was passed over, or a message is
 * without its end. */
bool eventstream_end(const struct eventstream *s);

#endif
