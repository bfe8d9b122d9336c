/* The machine's time zone database (tzdata, /usr/share/zoneinfo): a zone as
 * the stretches of time in which its clocks kept one offset from UTC.
 *
 * Read here and not asked of ICU, whose copy in Debian 12 is of 2022 and gives
 * Mexico, Egypt or Kazakhstan clocks that they no longer keep; tzdata is
 * brought up to date by the system.  Not asked of libc either, whose TZ is
 * global to the process.
 *
 * A zone is immutable once open: any thread. */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include "base/rc.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

struct why;
struct zone;

#define ZONE_YEAR_MAX 2200 /* rules are followed up to its end */

struct zone_span {
    int64_t from_us;   /* UTC; INT64_MIN for the first */
    int64_t offset_us; /* local minus UTC; differs from the span before */
};

/* zone_open: the zone of an IANA name.  "UTC" needs no file.  RC_NOT_FOUND
 * when the database has none of that name, RC_UNAVAILABLE when there is no
 * database on this machine, RC_CORRUPT for a file that does not read. */
enum rc zone_open(struct str name, struct zone **ret_zone,
                  struct why *why) MUST_CHECK;
void zone_close(struct zone **zone); /* accepts NULL */

/* zone_parse: the same from the bytes of a TZif file (RFC 9636, version 2 and
 * later, without leap seconds). */
enum rc zone_parse(struct str tzif, struct zone **ret_zone,
                   struct why *why) MUST_CHECK;

/* zone_spans: in order of time, at least one; zone_span_at: the index of the
 * one that holds `us`. */
const struct zone_span *zone_spans(const struct zone *zone, size_t *ret_n);
size_t zone_span_at(const struct zone *zone, int64_t us);

/* zone_each_name: every name of the database, in no order; nothing when it
 * lists none. */
typedef void zone_name_fn(void *arg, struct str name);
void zone_each_name(zone_name_fn *each, void *arg);

#endif
