/* What toll has to say to people by itself: an alert, a review.  Whoever
 * decides to speak fills one; a face renders it for a channel.  A value, its
 * text borrowed. */
#ifndef WATCH_MESSAGE_H
#define WATCH_MESSAGE_H

#include "base/str.h"

#include <stdint.h>

struct report;

enum message_severity { MESSAGE_INFO = 1, MESSAGE_WARN, MESSAGE_PAGE };

enum message_phase {
    MESSAGE_NOTE = 1, /* stands by itself */
    MESSAGE_OPENED,   /* of an incident */
    MESSAGE_UPDATED,
    MESSAGE_CLOSED
};

struct message {
    struct str key;      /* the same key reaches a channel once, ever */
    struct str incident; /* what its messages share; empty of a note */
    struct str subject;  /* as in watch/outbox.h; may be empty */
    enum message_severity severity;
    enum message_phase phase;
    struct str title;
    struct str text;             /* one line */
    struct str note;             /* of who sends it on; may be empty */
    struct str link;             /* may be empty */
    const struct report *report; /* may be NULL */
    int64_t at_us;
};

/* message_severity_name: "info", "warn", "page"; message_phase_name: "note",
 * "opened", "updated", "closed". */
const char *message_severity_name(enum message_severity severity);
const char *message_phase_name(enum message_phase phase);

#endif
