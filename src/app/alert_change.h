/* What somebody does about an alert, as the routes' JSON says it; the server
 * and a command without one do the same. */
#ifndef APP_ALERT_CHANGE_H
#define APP_ALERT_CHANGE_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdint.h>

struct incident_box;
struct period_zone;
struct why;

struct alert_change {
    struct str id;
    struct str verb; /* "ack", "snooze" */
    struct str body; /* JSON: {"by", "note"}; {"until"} or {"for"} */
    const struct period_zone *zone;
    int64_t now_us;
};

/* alert_change: durable when RC_OK.  RC_INVALID for what is asked wrongly, or
 * of an alert that is over; RC_NOT_FOUND without such an alert or verb. */
enum rc alert_change(struct incident_box *box,
                     const struct alert_change *change,
                     struct why *why) MUST_CHECK;

#endif
