/* When the weekly review is due, and of which week it is: `reviews:` of
 * toll.yaml as a snapshot.  Built by one thread, then read by any. */
#ifndef WATCH_SCHEDULE_H
#define WATCH_SCHEDULE_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

struct buf;
struct period_zone;
struct schedule;
struct why;

struct schedule_plan {
    int weekday;              /* 0 is Monday */
    int second;               /* of the local day */
    const struct str *notify; /* channels */
    size_t n_notify;
};

struct schedule *schedule_new(void) RETURNS_NONNULL;
struct schedule *schedule_ref(struct schedule *r);
void schedule_unref(struct schedule **r); /* accepts NULL; sets it NULL */
/* schedule_add: copies.  RC_LIMIT for too many. */
enum rc schedule_add(struct schedule *r, const struct schedule_plan *plan,
                     struct why *why) MUST_CHECK;
size_t schedule_n(const struct schedule *r);
const struct schedule_plan *schedule_at(const struct schedule *r, size_t i);

/* schedule_weekday: 0..6 of "monday".."sunday", whatever their case; -1 when it
 * is none.  schedule_time: seconds of "09:00" or "09:00:30"; -1. */
int schedule_weekday(struct str name);
int schedule_time(struct str text);

struct schedule_due {
    int64_t due_us;   /* the last time it was due, at or before now */
    int64_t next_us;  /* the next */
    int64_t from_day; /* the last week complete then, Monday to Sunday: */
    int64_t to_day;   /* local days since 1970, `to` not included */
};
/* schedule_when: in the reporting time zone.  A time that the clocks leap over
 * is due as many minutes after the leap; one that comes twice, the first
 * time. */
void schedule_when(const struct schedule_plan *plan,
                   const struct period_zone *zone, int64_t now_us,
                   struct schedule_due *ret);

/* schedule_add_week: "2026-W47" of a day of that week (ISO 8601). */
void schedule_add_week(struct buf *b, int64_t day);

#endif
