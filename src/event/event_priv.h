/* What the files of this room share: the closed sets of an event as one table
 * (event.c), for those who read, write or check any of them by number; and
 * the part of the checks that text from the JSON parser still needs. */
#ifndef EVENT_EVENT_PRIV_H
#define EVENT_EVENT_PRIV_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"

#include <stdint.h>

struct why;

enum choice { /* a member of struct event that holds one of a closed set */
              CHOICE_OPERATION = 1,
              CHOICE_SERVICE_TIER,
              CHOICE_ENVIRONMENT,
              CHOICE_STATUS,
              CHOICE_SOURCE,
              CHOICE__COUNT
};

struct choice_set {
    struct str field;        /* its public name */
    const struct str *names; /* by value; names[0] is empty */
    uint32_t n;              /* values are 1..n-1 */
    uint32_t absent;         /* the value that absence means */
};

extern const struct choice_set choice_table[CHOICE__COUNT];

uint32_t choice_get(const struct event *ev, enum choice c);
void choice_set(struct event *ev, enum choice c, uint32_t value);

/* choice_from: the value of that name, 0 when unknown. */
uint32_t choice_from(enum choice c, struct str name);

/* event_check_values (event_check.c): event_check but for the encoding of
 * text, which the JSON parser has seen to. */
enum rc event_check_values(const struct event *ev, int64_t now_us,
                           struct why *why) MUST_CHECK;

/* Rules that hold for records too (record.h), with the words that tell them:
 * a time within 2020..now + 1 hour, valid UTF-8 without NUL bytes, and what to
 * say of a text over `max_bytes`. */
enum rc event_check_ts(int64_t ts_us, int64_t now_us,
                       struct why *why) MUST_CHECK;
enum rc event_check_encoding(struct str field, struct str text,
                             struct why *why) MUST_CHECK;
enum rc event_too_long(struct str field, struct str text, int max_bytes,
                       struct why *why);

#endif
