/* Server-sent events as their bytes arrive, split anywhere: what stands in
 * the data lines of each event, joined by line ends.  Lines end LF, CRLF or
 * CR; a byte order mark in front, comments and other fields are passed over.
 * An event larger than its ceiling is passed over and counted.
 *
 * Owns its buffers.  One thread. */
#ifndef PROVIDER_SSE_H
#define PROVIDER_SSE_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* data is borrowed for the call. */
typedef void sse_fn(void *arg, struct str data);

struct sse {
    struct buf line; /* one that a feed left without its end */
    struct buf data; /* of the event so far */
    sse_fn *fn;
    void *arg;
    uint64_t n_too_large;
    bool has_data;
    bool is_too_large; /* this event is passed over */
    bool was_cr;       /* a line feed that follows is no line of its own */
    bool has_begun;    /* the place of a byte order mark is past */
};

void sse_init(struct sse *s, size_t event_max_bytes, sse_fn *fn, void *arg);
void sse_fini(struct sse *s);
void sse_feed(struct sse *s, struct str bytes);

/* sse_end: hand on what stands there without an empty line behind it, since
 * a stream cut there may have said all. */
void sse_end(struct sse *s);

#endif
