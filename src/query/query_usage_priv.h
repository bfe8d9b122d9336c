/* Cells one after another, for the files that read rows of a fixed shape.
 * What does not fit gives nothing and is told at the end. */
#ifndef QUERY_QUERY_USAGE_PRIV_H
#define QUERY_QUERY_USAGE_PRIV_H

#include "base/attr.h"
#include "base/num.h"
#include "base/rc.h"
#include "base/str.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sql;
struct why;

struct usage_cells {
    const struct store_cell *cell;
    size_t n;
    size_t n_taken;
    bool is_misfit;
};

struct str usage_take_str(struct usage_cells *c);
int64_t usage_take_i64(struct usage_cells *c);
num_i128 usage_take_sum(struct usage_cells *c); /* of nothing: 0 */
double usage_take_real(struct usage_cells *c);
/* usage_taken: all of them were there and fit, else RC_CORRUPT. */
enum rc usage_taken(const struct usage_cells *c, struct why *why) MUST_CHECK;

/* A call's input of all classes, as SQL. */
extern const char USAGE_INPUT[];

/* usage_select: run what was written.  RC_LIMIT when it grew too long. */
enum rc usage_select(struct sql *s, struct store_reader *reader,
                     store_row_fn *row, void *arg, struct why *why) MUST_CHECK;

#endif
