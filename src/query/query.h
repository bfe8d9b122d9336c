/* A question as data: metrics by dimensions, over a range, in intervals,
 * filtered (docs/query.md; interfaces 3).  It can be read from name=value
 * pairs, whatever face they came from, and run against a store's reader.
 *
 * Totals are of everything that was asked about, under a row limit too
 * (`truncated` then says that rows are missing).  Where all rows are there,
 * the totals of sums are the sums of the rows, to the last pico-dollar; those
 * of distinct counts, quantiles and ratios are those of the whole. */
#ifndef QUERY_QUERY_H
#define QUERY_QUERY_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"
#include "query/answer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct metric; /* a row of the metric table, query_metric.h */
struct store_reader;
struct why;

enum interval {
    INTERVAL_NONE = 1,
    INTERVAL_HOUR,
    INTERVAL_DAY,
    INTERVAL_WEEK, /* from Monday */
    INTERVAL_MONTH
};

/* What can be grouped by and filtered: the free-text dimensions, the closed
 * sets, and tags. */
enum query_field_kind {
    QUERY_FIELD_DIM = 1, /* .dim */
    QUERY_FIELD_OPERATION,
    QUERY_FIELD_SERVICE_TIER,
    QUERY_FIELD_ENVIRONMENT,
    QUERY_FIELD_STATUS,
    QUERY_FIELD_SOURCE,
    QUERY_FIELD_TAG /* .tag */
};
struct query_field {
    enum query_field_kind kind;
    enum dim dim;
    struct str tag;  /* name without "tag." */
    struct str name; /* as it is written: "feature", "tag.team" */
};

struct query_filter { /* alternatives of one `where` */
    struct query_field field;
    bool negated; /* true: none of the values */
    bool any;     /* "*": no filter at all, only lifts a default */
    const struct str *value;
    size_t n_values;
};

struct query_order {
    bool by_column; /* else the default: time, then cost, or else the first
                       metric, descending */
    size_t column;  /* of the answer; rows alike in it: time, then keys */
    bool descending;
};

struct query {
    const struct metric *metric[LIMIT_QUERY_METRICS_MAX];
    size_t n_metrics;
    struct query_field by[LIMIT_QUERY_DIMS_MAX];
    size_t n_by;
    struct query_filter where[LIMIT_QUERY_FILTERS_MAX];
    size_t n_where; /* the default environment:production included */
    enum interval interval;
    int64_t from_us, to_us; /* [from, to) */
    struct str timezone;    /* IANA name, checked */
    struct query_order order;
    size_t limit;      /* rows; 1..LIMIT_QUERY_ROWS_MAX */
    bool only_events;  /* read no rollup; the answer is the same, and slower */
    bool lacks_totals; /* those that take another question are left absent */
};

struct query_param {
    struct str name; /* metrics, by, interval, from, to, range, where (may
                        come several times), order, limit, timezone,
                        rollups (yes or no) */
    struct str value;
};

/* query_parse: unknown names, metrics, dimensions, time zones and malformed
 * dates are RC_INVALID with the nearest right word; an empty value is as none.
 *   param     in any order, decoded; borrowed for the call
 *   now_us    what "today" and "7d" are counted from
 *   timezone  the configured reporting zone, unless a param names one
 *   out       takes the question's text
 * Defaults: metrics cost,requests; range 30d; interval none; limit 1000;
 * environment:production unless a `where` names the environment.  RC_RANGE
 * for times outside 1970 to 2199, RC_LIMIT for too many of anything. */
enum rc query_parse(const struct query_param *param, size_t n_params,
                    int64_t now_us, struct str timezone, struct arena *out,
                    struct query *ret_query, struct why *why) MUST_CHECK;

/* query_add_filter: append the filter as a `where` writes it; parsing that
 * gives the filter again. */
void query_add_filter(struct buf *b, const struct query_filter *f);

/* query_n_columns, query_n_keys: of the answer; its columns are the time (if
 * there is an interval), the dimensions, the metrics. */
size_t query_n_keys(const struct query *q);
size_t query_n_columns(const struct query *q);

/* query_run: ask the store.  The answer and its text live in `out`, RC_LIMIT
 * at its cap.  Only what happened has a row: intervals and combinations
 * without calls are not invented.  Without interval and dimensions there is
 * one row, calls or none. */
enum rc query_run(const struct query *q, struct store_reader *reader,
                  struct arena *out, struct answer **ret_answer,
                  struct why *why) MUST_CHECK;

/* query_each: the same rows, streamed: for reckoning with more of them than an
 * answer can hold.  The row limit and the totals are not looked at; cells are
 * those of the answer's columns, their text borrowed until `each` returns. */
typedef enum rc query_row_fn(void *arg, const struct answer_cell *cell,
                             struct why *why);
enum rc query_each(const struct query *q, struct store_reader *reader,
                   query_row_fn *each, void *arg, struct why *why) MUST_CHECK;

/* query_extent: of each combination of the question's dimensions, at least
 * one, when its first and its last call were, in the order of the keys;
 * metrics, interval, order and limit are not looked at.
 *   key  one a dimension; borrowed until `each` returns */
struct query_extent {
    int64_t first_us, last_us;
    int64_t n; /* calls */
};
typedef enum rc query_extent_fn(void *arg, const struct str *key,
                                const struct query_extent *extent,
                                struct why *why);
enum rc query_extent(const struct query *q, struct store_reader *reader,
                     query_extent_fn *each, void *arg,
                     struct why *why) MUST_CHECK;

/* query_events: the single events behind a question, by time then id, at most
 * `limit` of them (0: all), streamed; metrics, by, interval, order and limit
 * of the question are not looked at.  `after` (may be NULL) is the last event
 * of the page before: reading goes on behind it. */
struct query_cursor {
    int64_t ts_us;
    struct str id;
};
typedef enum rc query_event_fn(void *arg, const struct event *ev,
                               struct why *why);
enum rc query_events(const struct query *q, bool newest_first, size_t limit,
                     const struct query_cursor *after,
                     struct store_reader *reader, query_event_fn *each,
                     void *arg, struct why *why) MUST_CHECK;

#endif
