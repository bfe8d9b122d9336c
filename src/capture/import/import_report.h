/* Reports of usage and costs that providers give out, as their HTTP interfaces
 * answer them: pages of buckets of time, each with a row for every group of
 * calls.  Rows of money become lines of invoices (import_costs.h).
 *
 * toll's ledger is one of calls.  A row of usage is the sum of many,
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

#include <stdint.h>

struct arena;
struct event;
struct json;
struct json_parser;
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

/* import_report_each: every row of one bucket.  RC_INVALID or RC_PARSE when it
 * is none, RC_LIMIT when the arena is full, or what `each` said but RC_OK.
 *   json   takes the bucket; whoever reads rows may use it too
 *   arena  takes the rows' texts */
struct import_report_row {
    struct str text;
    struct str alone; /* the row as a bucket of its own: kept when it is
                         refused, it can be mended and comes back */
    int64_t start_us, end_us;
    uint64_t number; /* in its bucket, from 1 */
};
typedef enum rc import_report_row_fn(void *arg,
                                     const struct import_report_row *row,
                                     struct why *why);
struct import_report_walk {
    const struct import_report *report;
    struct json_parser *json;
    struct arena *arena;
    import_report_row_fn *each;
    void *arg;
};
enum rc import_report_each(const struct import_report_walk *walk,
                           struct str bucket, struct why *why) MUST_CHECK;

/* import_report_refuse: the row at hand, told with its bucket. */
void import_report_refuse(struct import_job *job,
                          const struct import_report_row *row,
                          const struct why *why);

/* import_report_read: an import_read_fn's work for a report of usage, refused
 * unless --format asked for it. */
enum rc import_report_read(const struct import_report *report,
                           struct import_job *job, struct import_reader *r,
                           import_object_fn *bucket,
                           struct why *why) MUST_CHECK;

/* import_report_put: every row of one bucket of usage to the job; each that is
 * refused is told by itself. */
enum rc import_report_put(const struct import_report *report,
                          struct import_job *job, struct str bucket,
                          struct why *why) MUST_CHECK;

/* import_report_tier: the tier that served, in the provider's word; where that
 * is not toll's it is the tag provider_tier as well. */
void import_report_tier(struct event *ev, struct str word);

#endif
