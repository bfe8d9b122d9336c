/* Providers' reports of costs: money by the day, without calls or tokens, to
 * lines of invoices (event/record.h).  For files, and for what is posted.  One
 * thread. */
#ifndef CAPTURE_IMPORT_COSTS_H
#define CAPTURE_IMPORT_COSTS_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct json_parser;
struct record;
struct why;

/* One row that was read: a record that was checked, or the rc with which it
 * was not.  `alone` is the row as text that can be mended and comes back.  What
 * it answers but RC_OK ends the walk. */
typedef enum rc import_costs_fn(void *arg, enum rc rc, struct record *rec,
                                struct str alone, struct why *why);

/* import_costs_is: is this a page or a bucket of such a report?  Of one of
 * usage too, whose rows are then refused for having no amount. */
bool import_costs_is(struct str obj);

/* import_costs_each: every row of it.
 *   obj    JSON_PADDING readable bytes stand behind it
 *   arena  takes the rows' texts, emptied between buckets
 * RC_INVALID or RC_PARSE when it is broken, RC_LIMIT when a bucket does not
 * fit, or what `each` said. */
struct import_costs_walk {
    struct json_parser *json;
    struct arena *arena;
    int64_t now_us;
    import_costs_fn *each;
    void *arg;
};
enum rc import_costs_each(const struct import_costs_walk *walk, struct str obj,
                          struct why *why) MUST_CHECK;

#endif
