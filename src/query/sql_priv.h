/* SELECTs over the table of events (store/schema.h), in the words that DuckDB
 * and ClickHouse share as far as they do: no CTE, no window, groups and order
 * by ordinal.  Names come from tables of ours, numbers are written out, text
 * from outside is only ever bound.  One thread. */
#ifndef QUERY_SQL_PRIV_H
#define QUERY_SQL_PRIV_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"
#include "query/period.h"
#include "query/query.h"
#include "query/query_metric.h"
#include "query/query_plan_priv.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct why;

struct sql {
    struct buf text;        /* code appends to it freely */
    struct buf params;      /* struct str each */
    struct arena arena;     /* what params borrow from, if not from the query */
    bool is_full;           /* something did not fit */
    bool is_asked_once;     /* so its answer need not be kept */
    int64_t from_us, to_us; /* of store_sql */
};

void sql_init(struct sql *s);
void sql_fini(struct sql *s);

/* sql_end: the statement, borrowed from `s`.  RC_LIMIT when it grew too
 * long. */
enum rc sql_end(struct sql *s, struct store_sql *ret_sql,
                struct why *why) MUST_CHECK;

void sql_add_param(struct sql *s, struct str text); /* "$3" */
void sql_add_instant(struct sql *s, int64_t us);    /* comparable with ts */

/* sql_add_field: the value of a field, a text that is '' when there is
 * none. */
void sql_add_field(struct sql *s, const struct query_field *f);

/* sql_reads: rows of that stretch of time have a part in the answer, and none
 * but those it was called for. */
void sql_reads(struct sql *s, int64_t from_us, int64_t to_us);

/* sql_add_where: " WHERE ..." for the question's range and filters. */
void sql_add_where(struct sql *s, const struct query *q);

/* sql_add_bucket: a whole number by which events of one interval are alike,
 * those of others greater when later.  sql_bucket_start: the interval's
 * beginning, from that number.
 *   spans  of the question's range */
void sql_add_bucket(struct sql *s, const struct query *q,
                    const struct period_zone *zone,
                    const struct period_span *spans, size_t n_spans);
int64_t sql_bucket_start(const struct query *q, const struct period_zone *zone,
                         int64_t number);

/* sql_add_from: " FROM ...", rows that hold those of the question's range. */
void sql_add_from(struct sql *s, const struct query *q,
                  const struct query_plan *p);

/* sql_add_rank: the metric's value, to order groups by. */
void sql_add_rank(struct sql *s, const struct metric *m,
                  const struct query_plan *p);

#endif
