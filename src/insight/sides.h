/* The two sides of a comparison, from an insight's parameters: a period and
 * the one before it or another, before and after a moment, or two variants,
 * releases, ... of one period.  Pure, any thread. */
#ifndef INSIGHT_SIDES_H
#define INSIGHT_SIDES_H

#include "insight/change.h"
#include "insight/insight.h"

#include <stdbool.h>
#include <stdint.h>

struct side {
    int64_t from_us, to_us;
    double days;              /* by the local clock */
    struct insight_call call; /* with this side's filters, to ask with */
};

struct sides {
    struct side side[CHANGE_SIDES];
    struct str against;  /* the filter told apart by; empty: by time */
    bool is_until_now;   /* the period is not over: both were cut */
    bool is_last_7_days; /* nothing was asked for */
};

/* The parameters, for the rows that take them. */
#define SIDES_PARAMS                                                      \
    INSIGHT_RANGE_PARAMS,                                                 \
        {"vs", "PERIOD",                                                  \
         "compared with: previous (the default), FROM..TO, or a word as " \
         "of --range",                                                    \
         false},                                                          \
        {"at", "TIME", "compares what was before that moment with after", \
         false},                                                          \
    {                                                                     \
        "against", "FILTER",                                              \
            "compares with other calls of the same period: "              \
            "variant:control, release:2026.11.2",                         \
            false                                                         \
    }

/* sides_parse: reads them.  Without any: the last seven whole days and the
 * seven before.  A period that is not over is cut now, and the previous one
 * at the same place.  RC_INVALID for what cannot be understood or does not
 * go together, RC_LIMIT at the arena's cap. */
enum rc sides_parse(const struct insight_call *call, struct sides *ret,
                    struct why *why) MUST_CHECK;

#endif
