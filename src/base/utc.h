/* Instants as text and back: UTC microseconds since 1970, RFC 3339, calendar
 * days of the proleptic Gregorian calendar.  Reporting time zones are not
 * here (query/period.h).  Pure, any thread. */
#ifndef BASE_UTC_H
#define BASE_UTC_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct buf;

#define UTC_US_PER_SECOND INT64_C(1000000)
#define UTC_US_PER_MINUTE (60 * UTC_US_PER_SECOND)
#define UTC_US_PER_HOUR   (3600 * UTC_US_PER_SECOND)
#define UTC_US_PER_DAY    (24 * UTC_US_PER_HOUR)

/* utc_parse: RFC 3339 date and time with any offset or Z ("T" or a space
 * between, fraction to any length, cut at microseconds; leap second 60 reads
 * as the next minute's 0).  Without an offset it is UTC only when
 * `assume_utc`, else RC_PARSE. */
enum rc utc_parse(struct str text, bool assume_utc, int64_t *ret_us) MUST_CHECK;
/* utc_parse_date: "YYYY-MM-DD" to days since 1970-01-01. */
enum rc utc_parse_date(struct str text, int64_t *ret_day) MUST_CHECK;

/* utc_add_text: "2026-11-22T20:31:11Z"; milli- or microseconds are written
 * only when they are not zero. */
void utc_add_text(struct buf *b, int64_t us);
void utc_add_date(struct buf *b, int64_t day); /* "2026-11-22" */

int64_t utc_day(int year, int month, int day); /* month and day 1-based;
                                                  out-of-range months carry */
void utc_civil(int64_t day, int *ret_year, int *ret_month, int *ret_day);

#endif
