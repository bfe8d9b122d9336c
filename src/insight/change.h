/* The change of spending between two sides (periods, variants), split exactly
 * into its causes: Shapley's division of the product that a call's cost is
 * (docs/methods.md, "explain").  It has no residual, favours no order of the
 * causes, and turns its sign when the sides are swapped.
 *
 * Doubles are used inside; what comes out is whole pico-dollars that add up,
 * cell by cell, to after - before.  Pure, any thread. */
#ifndef INSIGHT_CHANGE_H
#define INSIGHT_CHANGE_H

#include "base/num.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum change_cause {
    CHANGE_NONE,
    CHANGE_USERS,
    CHANGE_REQUESTS_PER_USER,
    CHANGE_MODEL_MIX,
    CHANGE_INPUT_TOKENS,
    CHANGE_CACHE,
    CHANGE_OUTPUT_TOKENS,
    CHANGE_RETRIES,
    CHANGE_PRICE,
    CHANGE_NEW,     /* scopes without calls before */
    CHANGE_REMOVED, /* scopes without calls after */
    CHANGE_DAYS,    /* one side is longer */
    CHANGE_OTHER,   /* fees for tools, and cost without tokens to bear it */
    CHANGE__COUNT
};

/* change_cause_name: "requests_per_user", "new_features": as answers spell
 * it. */
struct str change_cause_name(enum change_cause cause);

enum change_side { CHANGE_BEFORE, CHANGE_AFTER, CHANGE_SIDES };

/* What one model did in one scope on one side.  Counts are 0..2^53; parts are
 * not above their totals. */
struct change_count {
    int64_t attempts; /* all calls */
    int64_t ok;       /* those that went well: requests */
    int64_t in_ok, out_ok;
    int64_t in_all, out_all;      /* cached parts included */
    int64_t read_all, write_all;  /* cached parts of in_all */
    int64_t long_all;             /* part of write_all: the dearer lifetime */
    num_i128 cost_in, cost_cache; /* pico-dollars; in is what is not cached */
    num_i128 cost_out, cost_tools;
};

/* What the price list has for a token read from a cache and one written to it
 * for a short or a long time, in any unit: the cost of all comes in one sum,
 * which is parted so. */
struct change_list {
    bool is_known;
    double read, write, write_long;
};

struct change_cell { /* one scope and model */
    size_t scope;
    struct change_count count[CHANGE_SIDES];
    struct change_list list[CHANGE_SIDES];
    num_i128 part[CHANGE__COUNT]; /* out: adds up to after - before */
};

/* Requests and tokens without waste, every ratio of which is defined: where
 * nothing went well, or without a token, all calls count and none is waste. */
struct change_useful {
    int64_t n;
    int64_t in, out;
};

struct change_scope { /* a feature, or whatever the change is told by */
    double users[CHANGE_SIDES];                /* 0: unknown */
    struct change_count sum[CHANGE_SIDES];     /* out: of its cells */
    struct change_useful useful[CHANGE_SIDES]; /* out: likewise */
};

/* change_split: fills what is out in cells and scopes; parts of
 * cells may be added up in any order.
 *   days  the length of each side, > 0; equal where lengths do not count
 * The order of cells and scopes changes nothing.  Swapping the sides turns
 * the sign of every part, CHANGE_NEW becoming CHANGE_REMOVED. */
void change_split(struct change_cell *cell, size_t n_cells,
                  struct change_scope *scope, size_t n_scopes,
                  const double days[CHANGE_SIDES]);

/* change_count_cost: all cost of a count.  change_count_add: sums. */
num_i128 change_count_cost(const struct change_count *c);
void change_count_add(struct change_count *sum, const struct change_count *c);
struct change_useful change_useful(const struct change_count *c);

/* change_measure: what a cause is measured by, of a count: requests per user,
 * input tokens per request, the share of input read from a cache, billed
 * tokens over useful ones, dollars a million tokens of input, ...  NaN when
 * there is none.
 *   share  of its scope's requests, for CHANGE_MODEL_MIX */
double change_measure(enum change_cause cause, const struct change_count *c,
                      const struct change_useful *u, double users,
                      double share);

/* change_apportion: whole numbers next to x[i] that add up to `sum`, by the
 * largest remainders.  Where x is 0 so is the number; what is left when all
 * others were rounded up goes to the largest, or the last if all x are 0.
 *   n  1..CHANGE__COUNT
 * Turning the sign of all x and of `sum` turns that of the numbers. */
void change_apportion(const double *x, size_t n, num_i128 sum, num_i128 *ret);

/* change_product: of the product of n factors that go from a[i] to b[i], the
 * part of its change that is factor i's: Shapley's value.
 *   n  1..CHANGE_FACTORS_MAX */
enum { CHANGE_FACTORS_MAX = 8 };
void change_product(const double *a, const double *b, size_t n, double *ret);

#endif
