/* The one public JSON form of a usage event (docs/events.md): read here and
 * written here, nowhere else.  In the JSON all totals include their parts; in
 * struct event the classes are disjoint; this file converts.  Any thread. */
#ifndef EVENT_EVENT_JSON_H
#define EVENT_EVENT_JSON_H

#include "base/arena.h"
#include "base/rc.h"
#include "event/event.h"

struct buf;
struct json;
struct why;

struct event_json_notes {
    uint32_t n_ignored_fields; /* unknown, and no string: counted */
    bool has_ts;               /* else ts_us is `now_us` */
    bool has_id;               /* else id is empty */
    bool has_environment;      /* named by the sender: rules may not set it */
};

/* event_from_json: one object to one event, all rules of the public form but
 * those that need neighbours (id and price come later).
 *   obj        borrowed for the call
 *   now_us     stands in for an absent ts; a ts over an hour ahead of it or
 *              before 2020 is refused
 *   out        takes the event's text
 *   ret_notes  may be NULL
 * The event is settled and checked (event_check.h), its arrival is `now_us`,
 * its source the api's.  A null member is as absent; a member given twice is
 * refused, since either may be meant.  Unknown strings become tags where
 * there is room beside the event's own.  Members written by export ("cost",
 * "priced", "source", "arrival", ...) are known and skipped.  RC_INVALID or
 * RC_RANGE with the field named in `why`, RC_LIMIT at the arena's cap. */
enum rc event_from_json(const struct json *obj, int64_t now_us,
                        struct arena *out, struct event *ret_event,
                        struct event_json_notes *ret_notes,
                        struct why *why) MUST_CHECK;

/* event_add_json: append the event in public form, one line without a line
 * end: the fields of docs/events.md, fields at their default left out, then
 * cost and its parts as decimal strings (cost null and no parts when there
 * was no price), priced, price, source, arrival.  Reading it back gives the
 * same event, but for what toll itself adds. */
void event_add_json(struct buf *b, const struct event *ev);

/* event_add_json_as_sent: the same as a sender writes it: without what toll
 * adds, and with its environment only if the sender named one (notes), so
 * that rules may still choose it where this is read. */
void event_add_json_as_sent(struct buf *b, const struct event *ev,
                            bool has_environment);

#endif
