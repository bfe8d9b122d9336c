/* What a span or a log record says about a call, in toll's words.  The
 * conventions (otlp_conv_*.c) are tables from attribute names to fields; this
 * reads them, makes the classes disjoint and fills an event.  What only the
 * neighbours in a trace can tell is left open (otlp_tree.h).  Pure, any
 * thread.  Source: docs/otlp.md. */
#ifndef CAPTURE_OTLP_MAP_H
#define CAPTURE_OTLP_MAP_H

#include "base/attr.h"
#include "base/rc.h"
#include "capture/otlp/otlp_form.h"
#include "event/event.h"

struct arena;
struct why;

enum otlp_role {
    OTLP_ROLE_NONE = 1, /* no usage: it only links, and hands down */
    OTLP_ROLE_CALL,     /* one call of a provider, if nothing below is */
    OTLP_ROLE_SUM       /* repeats what is below it, and perhaps more */
};

struct otlp_note {
    unsigned char trace_id[OTLP_TRACE_BYTES];
    unsigned char span_id[OTLP_SPAN_BYTES];
    unsigned char parent_id[OTLP_SPAN_BYTES]; /* zeros: a root */
    enum otlp_role role;
    bool has_environment;
    uint32_t weak_dims; /* bit a dimension: of the resource, so that what an
                           ancestor says itself is stronger */
    /* Not settled; its id is the provider's, or the sender's, or empty; a
     * time of 0 was not stated. */
    struct event ev;
};

/* otlp_map_span: text of the note borrows from the span and `arena`.
 * RC_NOT_FOUND for a record that is no span of its own (Logfire's pending
 * copies): pass it over.  RC_INVALID or RC_RANGE with the attribute named in
 * `why` when the span is refused. */
enum rc otlp_map_span(const struct otlp_span *span, int64_t now_us,
                      struct arena *arena, struct otlp_note *ret_note,
                      struct why *why) MUST_CHECK;

/* otlp_map_log: RC_NOT_FOUND for a record that states no usage, or one that
 * repeats another's.  Else as otlp_map_span; the event has an id. */
enum rc otlp_map_log(const struct otlp_log *log, int64_t now_us,
                     struct arena *arena, struct otlp_note *ret_note,
                     struct why *why) MUST_CHECK;

/* otlp_span_event_id: "otlp:<trace>:<span>" in hex, in `arena`; empty at its
 * cap. */
struct str otlp_span_event_id(const unsigned char trace_id[OTLP_TRACE_BYTES],
                              const unsigned char span_id[OTLP_SPAN_BYTES],
                              struct arena *arena);

#endif
