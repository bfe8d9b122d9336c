/* The rule at the end of a TZif file, by which a zone goes on after its last
 * listed change: POSIX's TZ, as in "CET-1CEST,M3.5.0,M10.5.0/3".  Pure. */
#ifndef BASE_ZONE_RULE_PRIV_H
#define BASE_ZONE_RULE_PRIV_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum zone_day_kind {
    ZONE_DAY_WEEKDAY = 1, /* Mm.w.d: the w-th (5: last) weekday d of m */
    ZONE_DAY_JULIAN,      /* Jn: 1..365, the 29th of February not counted */
    ZONE_DAY_OF_YEAR      /* n: 0..365 */
};

struct zone_change { /* when clocks change, in the local time before */
    enum zone_day_kind kind;
    int month;
    int week;
    int day;
    int64_t time_us; /* after that day's midnight; may be negative */
};

struct zone_rule {
    int64_t offset_us;
    bool has_dst;
    int64_t dst_offset_us;
    struct zone_change dst_begins;
    struct zone_change dst_ends;
};

/* zone_rule_parse: false when the text is no rule. */
bool zone_rule_parse(struct str text, struct zone_rule *ret_rule);

/* zone_rule_year: the two instants of that year; the rule has DST. */
void zone_rule_year(const struct zone_rule *rule, int year,
                    int64_t *ret_begins_us, int64_t *ret_ends_us);

#endif
