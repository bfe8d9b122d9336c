/* The rules that hold for every event whatever door it came through.  The
 * JSON reader applies both functions; importers that build events directly
 * call event_settle, then event_check.  Pure, any thread. */
#ifndef EVENT_EVENT_CHECK_H
#define EVENT_EVENT_CHECK_H

#include "base/rc.h"
#include "event/event.h"

struct arena;
struct why;

#define EVENT_TS_MIN_US INT64_C(1577836800000000) /* 2020-01-01 */
#define EVENT_COUNT_MAX (INT64_C(1) << LIMIT_COUNT_BITS)

/* event_settle: what follows from the event itself.  The provider gets its
 * one spelling, or is found from the model where that is certain; an absent
 * requested_model is the model.  Text of a provider never met before goes to
 * `arena` in lower case.  RC_INVALID when the model is missing or the
 * provider cannot be told; RC_LIMIT at the arena's cap. */
enum rc event_settle(struct event *ev, struct arena *arena,
                     struct why *why) MUST_CHECK;

/* event_check: texts within their limits, valid UTF-8 and without NUL bytes,
 * tags sorted and named once, counts and their totals in 0..2^40, attempt >=
 * 1, closed sets set, provider and model present, ts within 2020..now + 1
 * hour.  An empty id is allowed, since intake makes one.  RC_INVALID or
 * RC_RANGE with the field named in `why`. */
enum rc event_check(const struct event *ev, int64_t now_us,
                    struct why *why) MUST_CHECK;

#endif
