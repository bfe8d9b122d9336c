/* Usage as the watch looks at it: sums of quarters by feature and model, the
 * people and runs behind them, customers' costs, and the calls of every run by
 * five minutes.  Everything comes in order of time, in spans of whole hours
 * that hold so few events that nothing grows with the history.
 *
 * Numbers are doubles: they are tested, never booked.  Text in a row lives
 * until the function returns.  One thread a reader. */
#ifndef QUERY_QUERY_HOURS_H
#define QUERY_QUERY_HOURS_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "query/query.h"

#include <stdint.h>

struct store_reader;
struct why;

/* Additive sums.  ok: calls that went well; all: those that failed too.
 * Cancelled calls count in costs and tokens of `all` only.  Dollars. */
enum hour_sum {
    HOUR_ATTEMPTS, /* well or failed */
    HOUR_OK,
    HOUR_IN_OK,
    HOUR_OUT_OK,
    HOUR_IN_ALL, /* all classes of input, cached ones too */
    HOUR_READ,   /* of that, read from a cache */
    HOUR_WRITE,  /* of that, written to one */
    HOUR_OUT_ALL,
    HOUR_COST,
    HOUR_COST_OK,
    HOUR_COST_IN,    /* input, cached too */
    HOUR_COST_CACHE, /* of that, reads and writes */
    HOUR_COST_OUT,
    HOUR_IN_LN, /* of calls that went well, of the logarithm of their tokens */
    HOUR_IN_LN_SQ, /* of its square */
    HOUR_OUT_LN,
    HOUR_OUT_LN_SQ,
    HOUR_SUMS
};

/* The least that a token cost in the hour, dollars; 0: no call tells.  The
 * least, since long contexts and other tiers bear higher or other prices. */
enum hour_price { HOUR_PRICE_IN, HOUR_PRICE_READ, HOUR_PRICE_OUT, HOUR_PRICES };

struct usage_hour { /* a quarter of an hour */
    int64_t hour;   /* since 1970, UTC */
    int quarter;    /* of it, 0 to 3 */
    struct str feature, provider, model;
    double sum[HOUR_SUMS];
    double price[HOUR_PRICES];
};
struct usage_crowd {
    int64_t hour;
    struct str feature;
    int64_t n_users, n_runs; /* distinct; without a name they do not count */
};
struct usage_payer { /* only calls with a customer */
    int64_t hour;
    struct str customer, feature;
    double cost;
};
struct usage_piece { /* only calls with a run */
    int64_t piece;   /* five minutes since 1970, UTC */
    struct str feature, workflow, run, customer;
    int64_t n;
    double cost;
};

struct usage_hours_sink {
    enum rc (*hour)(void *arg, const struct usage_hour *row, struct why *why);
    enum rc (*crowd)(void *arg, const struct usage_crowd *row, struct why *why);
    enum rc (*payer)(void *arg, const struct usage_payer *row, struct why *why);
    enum rc (*piece)(void *arg, const struct usage_piece *row, struct why *why);
    /* span: all rows with from_hour <= hour < to_hour have been given, each
     * kind in order of time. */
    enum rc (*span)(void *arg, int64_t from_hour, int64_t to_hour,
                    struct why *why);
    void *arg;
};

/* query_hours: of the question the range and the filters count; the range's
 * ends are taken as they are, so that a first or last hour may be part of one.
 * Nothing is given when there are no calls. */
enum rc query_hours(const struct query *q, struct store_reader *reader,
                    const struct usage_hours_sink *sink,
                    struct why *why) MUST_CHECK;

/* query_pieces: the calls of runs by five minutes alone, of a range that is
 * short. */
typedef enum rc usage_piece_fn(void *arg, const struct usage_piece *row,
                               struct why *why);
enum rc query_pieces(const struct query *q, struct store_reader *reader,
                     usage_piece_fn *each, void *arg,
                     struct why *why) MUST_CHECK;

/* query_late: how many calls of the question were taken in at or after
 * `since_us` and over `grace_us` behind the end of their hour. */
enum rc query_late(const struct query *q, int64_t since_us, int64_t grace_us,
                   struct store_reader *reader, int64_t *ret_n,
                   struct why *why) MUST_CHECK;

#endif
