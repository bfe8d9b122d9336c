/* The answer: what every question becomes on the way out, whatever face draws
 * it: a small typed table with its range, its filters and its caveats.
 * Belongs to the arena it was made in; one thread. */
#ifndef QUERY_ANSWER_H
#define QUERY_ANSWER_H

#include "base/num.h"
#include "base/str.h"
#include "base/usd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum answer_kind { /* what a column holds; decides how it is drawn */
                   ANSWER_TEXT = 1,
                   ANSWER_TIME,   /* text already: local date, or RFC 3339 for
                                     hours */
                   ANSWER_COUNT,  /* whole number */
                   ANSWER_TOKENS, /* whole number */
                   ANSWER_USD,    /* exact sum */
                   ANSWER_USD_RATIO, /* dollars per something: exact to 10^-12,
                                        half even */
                   ANSWER_RATIO,     /* share, 0..1 or above */
                   ANSWER_AVERAGE,   /* mean count */
                   ANSWER_DURATION   /* milliseconds */
};

struct answer_column {
    struct str name;
    enum answer_kind kind;
};

struct answer_cell {
    bool is_null;
    union {
        struct str text;    /* TEXT, TIME */
        num_i128 count;     /* COUNT, TOKENS */
        struct usd_sum usd; /* USD, USD_RATIO */
        double real;        /* RATIO, AVERAGE, DURATION */
    };
};

struct answer {
    struct answer_column *column;
    size_t n_columns;
    size_t n_keys;            /* leading columns that are time and dimensions */
    struct answer_cell *cell; /* row-major, n_rows * n_columns */
    size_t n_rows;
    struct answer_cell *total; /* n_columns; keys are null */
    int64_t from_us, to_us;
    struct str from, to; /* as text in the time zone */
    struct str timezone; /* IANA name */
    struct str *filter;  /* "environment:production", ... */
    size_t n_filters;
    struct str source; /* what was read: "events", or a rollup's name */
    bool truncated;    /* rows were cut at the limit */
};

#endif
