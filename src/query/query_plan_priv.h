/* What a question is read from: the first rollup (store/schema.h) that holds
 * all it asks for, or the events.  A rollup covers a question when it has
 * every dimension asked for or filtered on, every part can be made of its
 * sums, and no interval begins within a bucket.  What of the range is not
 * whole buckets is read from the events.  Pure, any thread. */
#ifndef QUERY_QUERY_PLAN_PRIV_H
#define QUERY_QUERY_PLAN_PRIV_H

#include "base/str.h"
#include "query/period.h"
#include "query/query.h"
#include "query/query_metric.h"
#include "store/schema.h"

#include <stddef.h>
#include <stdint.h>

struct query_plan {
    const struct rollup *rollup; /* NULL: the events */
    int64_t from_us, to_us;      /* the whole buckets of the range */
};

/* query_plan_make:
 *   part   what is to be summed, counted or sorted
 *   spans  of the range, when there is an interval */
struct query_plan query_plan_make(const struct query *q, const enum part *part,
                                  size_t n_parts,
                                  const struct period_span *spans,
                                  size_t n_spans);

/* query_plan_source: as answers call it. */
struct str query_plan_source(const struct query_plan *p);

#endif
