/* Local time: which instants a reporting time zone's days, weeks and months
 * begin at.  The one door to the time zone database.  Days may have 23 or 25
 * hours, offsets need not be whole hours, weeks begin on Monday.  Instants
 * are UTC microseconds within PERIOD_MIN_US and PERIOD_MAX_US.  A zone is
 * immutable once open: any thread. */
#ifndef QUERY_PERIOD_H
#define QUERY_PERIOD_H

#include "base/rc.h"
#include "base/str.h"
#include "query/query.h"

#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct period_zone;
struct why;

#define PERIOD_MIN_US INT64_C(0)
#define PERIOD_MAX_US INT64_C(7258118400000000) /* 2200-01-01 */

/* period_zone_open: RC_INVALID for a name that is no IANA zone (a near one is
 * suggested), RC_UNAVAILABLE when this machine has no time zone database. */
enum rc period_zone_open(struct str name, struct period_zone **ret_zone,
                         struct why *why) MUST_CHECK;
void period_zone_close(struct period_zone **zone); /* accepts NULL */

/* period_offset_us: local minus UTC at that instant. */
int64_t period_offset_us(const struct period_zone *zone, int64_t us);

/* period_start: the beginning of the interval that holds `us`; period_next:
 * the beginning of the one after, always later than `us`.  Hours are those of
 * the local clock, and a change of the clocks begins a new one; so all
 * intervals of a kind follow upon each other without gap or overlap.  Not for
 * INTERVAL_NONE. */
int64_t period_start(const struct period_zone *zone, enum interval interval,
                     int64_t us);
int64_t period_next(const struct period_zone *zone, enum interval interval,
                    int64_t us);

/* period_of_date: the instant at which a local day (since 1970-01-01) begins;
 * where midnight does not exist, the first instant after it that does. */
int64_t period_of_date(const struct period_zone *zone, int64_t day);

/* period_spans: the stretches of [from, to) with one offset each.  RC_LIMIT
 * at the arena's cap. */
struct period_span {
    int64_t from_us; /* up to the next span's from_us, or `to` */
    int64_t offset_us;
};
enum rc period_spans(const struct period_zone *zone, int64_t from_us,
                     int64_t to_us, struct arena *out,
                     struct period_span **ret_spans, size_t *ret_n,
                     struct why *why) MUST_CHECK;

/* period_parse_time: a date (local midnight) or RFC 3339.  RC_INVALID for
 * anything else, RC_RANGE before 1970 or after 2199. */
enum rc period_parse_time(const struct period_zone *zone, struct str text,
                          int64_t *ret_us, struct why *why) MUST_CHECK;

/* period_parse_range: today, yesterday, this-week, last-week, this-month,
 * last-month, Nd (the last N local days, today included), Nh (the last N
 * hours, this one included), all: [from, to) in whole periods. */
enum rc period_parse_range(const struct period_zone *zone, struct str text,
                           int64_t now_us, int64_t *ret_from_us,
                           int64_t *ret_to_us, struct why *why) MUST_CHECK;

/* period_add_text: "2026-11-01" for day and longer, as period_add_time for
 * hour.  period_add_time: RFC 3339 with the local offset, Z when it is 0. */
void period_add_text(const struct period_zone *zone, enum interval interval,
                     int64_t us, struct buf *b);
void period_add_time(const struct period_zone *zone, int64_t us, struct buf *b);

#endif
