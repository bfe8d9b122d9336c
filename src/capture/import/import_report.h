/* Reports of usage and costs that providers give out, as their HTTP interfaces
 * answer them: pages of buckets of time, each with a row for every group of
 * calls.
 *
 * toll's ledger is one of calls.  A row of such a report is the sum of many,
 * and counted beside the calls themselves it would count them twice; so
 * reports are known by their content, and taken only when --format asks for
 * it.  Its events are sums (event_sum.h): from ts to the tag bucket_end.
 *
 * Their ids are made of the bucket and all that names the group, not of what
 * was counted, so that a bucket which is read again is the one that is there.
 * Therefore a bucket is left to a later import until its counts have settled.
 */
#ifndef CAPTURE_IMPORT_REPORT_H
#define CAPTURE_IMPORT_REPORT_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "capture/import/import_format.h"

struct event;
struct json;
struct why;

struct import_report {
    const char *format; /* its row's name */
    struct str start;   /* the bucket's members */
    struct str end;
    struct str telling; /* a member that every row of this report has */
    /* One row, to an event that has its times; NULL for a report of money
     * alone. */
    enum rc (*row)(const struct json *row, struct event *ev, struct why *why);
};

/* import_report_match: is this a bucket of the report?  One without rows may
 * be, if the report is of usage. */
enum import_match import_report_match(const struct import_report *report,
                                      struct str bucket);

/* import_report_read: an import_read_fn's work, refused unless --format asked
 * for it, and always when the report is of money: told is what it is for. */
enum rc import_report_read(const struct import_report *report,
                           struct import_job *job, struct import_reader *r,
                           import_object_fn *bucket,
                           struct why *why) MUST_CHECK;

/* import_report_put: every row of one bucket to the job; each that is refused
 * is told by itself. */
enum rc import_report_put(const struct import_report *report,
                          struct import_job *job, struct str bucket,
                          struct why *why) MUST_CHECK;

/* import_report_tier: the tier that served, in the provider's word; where that
 * is not toll's it is the tag provider_tier as well. */
void import_report_tier(struct event *ev, struct str word);

#endif
