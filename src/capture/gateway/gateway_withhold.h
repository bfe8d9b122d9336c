/* Takes out of a stream of server-sent events what is in it only because toll
 * asked for the usage: the one event that carries it, and the member
 * "usage":null that announces it in all others.  Everything else passes as it
 * came, and at once: bytes wait only while they may still turn out to be that
 * event or that member.  Pure, one thread. */
#ifndef CAPTURE_GATEWAY_WITHHOLD_H
#define CAPTURE_GATEWAY_WITHHOLD_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* Takes bytes that pass; they live for the call. */
typedef void withhold_sink_fn(void *arg, struct str bytes);

struct withhold {
    withhold_sink_fn *sink;
    void *arg;
    struct buf held;   /* the event at hand, from its first byte */
    struct buf member; /* what may be the beginning of the member */
    bool is_passing;   /* the event at hand is another */
    size_t line_n;     /* bytes of the line at hand */
    unsigned n_withheld;
};

void withhold_init(struct withhold *w, withhold_sink_fn *sink, void *arg);
void withhold_fini(struct withhold *w);

void withhold_feed(struct withhold *w, struct str bytes);
/* withhold_end: the stream ended; what still waited passes. */
void withhold_end(struct withhold *w);

#endif
