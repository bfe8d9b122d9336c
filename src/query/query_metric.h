/* What can be measured: the table of metrics, and the parts that a store is
 * asked for.  A metric is a part or the ratio of two; ratios are made here, of
 * exact numbers, so that a store only ever sums, counts and sorts.  Pure, any
 * thread. */
#ifndef QUERY_QUERY_METRIC_H
#define QUERY_QUERY_METRIC_H

#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"
#include "query/answer.h"

#include <stdbool.h>
#include <stddef.h>

struct why;

enum part { /* one aggregate each */
            PART_NONE,
            PART_REQUESTS,
            PART_COST,
            PART_ERRORS,
            PART_RETRIES,
            PART_INPUT,
            PART_UNCACHED_INPUT,
            PART_CACHE_READ,
            PART_CACHE_WRITE,
            PART_OUTPUT,
            PART_REASONING,
            PART_WEB_SEARCHES,
            PART_USERS,
            PART_RUNS,
            PART_CUSTOMERS,
            PART_UNPRICED,
            PART_LATE,
            PART_REPORTED_COST,
            PART_LATENCY_SUM,
            PART_LATENCY_N,
            PART_LATENCY_P50,
            PART_LATENCY_P95,
            PART_CACHE_WRITE_1H,
            PART_INPUT_COST,
            PART_CACHE_COST,
            PART_OUTPUT_COST,
            PART_TOOLS_COST,
            PART_OK_REQUESTS,
            PART_OK_INPUT,
            PART_OK_OUTPUT,
            PART_OK_COST,
            PART_ERROR_COST,
            PART__COUNT
};

enum part_kind {
    PART_KIND_SUM = 1,  /* of whole numbers: the whole is the sum of groups */
    PART_KIND_DISTINCT, /* whole number, of every group by itself */
    PART_KIND_QUANTILE  /* real, of every group by itself */
};

struct part_row {
    struct str sql;
    struct str of_sums; /* of a rollup's rows; empty: as sql */
    enum part_kind kind;
};
extern const struct part_row part_table[PART__COUNT];

/* part_sql: over events, or over a rollup's rows. */
struct str part_sql(enum part part, bool is_rollup);

struct metric {
    struct str name;
    enum answer_kind kind;
    enum part part;
    enum part per; /* PART_NONE: no ratio */
    struct str doc;
};

/* In the order in which they are told to people. */
extern const struct metric metric_table[];
extern const size_t metric_table_n;

/* metric_from: RC_INVALID, with the nearest name, when there is none. */
enum rc metric_from(struct str name, const struct metric **ret_metric,
                    struct why *why) MUST_CHECK;

/* A part's value; what was summed, counted or sorted may have been nothing. */
struct part_value {
    num_i128 n;  /* sum, distinct */
    double real; /* quantile */
    bool is_null;
};

/* metric_cell: the metric's cell out of all parts of one group.  A sum of
 * nothing is 0 where there were no calls, and absent where there were calls
 * but none had the value; a ratio per nothing is absent. */
struct answer_cell metric_cell(const struct metric *m,
                               const struct part_value part[PART__COUNT]);

#endif
