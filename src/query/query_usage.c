#include "query/query_usage_priv.h"

#include "base/check.h"
#include "base/why.h"
#include "query/query_usage.h"
#include "query/sql_priv.h"

const char USAGE_INPUT[] =
    "(\"tok_input\" + \"tok_cache_read\" + \"tok_cache_write_5m\" + "
    "\"tok_cache_write_1h\" + \"tok_input_audio\" + \"tok_input_image\")";

static const struct store_cell *take(struct usage_cells *c)
{
    CHECK(c->n_taken < c->n);
    return &c->cell[c->n_taken++];
}

struct str usage_take_str(struct usage_cells *c)
{
    const struct store_cell *cell = take(c);

    c->is_misfit = c->is_misfit || cell->kind != STORE_CELL_STR;
    return cell->kind == STORE_CELL_STR ? cell->str : STR_EMPTY;
}

num_i128 usage_take_sum(struct usage_cells *c)
{
    const struct store_cell *cell = take(c);

    switch (cell->kind) {
    case STORE_CELL_NULL:
        return 0;
    case STORE_CELL_I64:
        return cell->i64;
    case STORE_CELL_I128:
        return cell->i128;
    case STORE_CELL_F64:
    case STORE_CELL_STR:
        break;
    }
    c->is_misfit = true;
    return 0;
}

int64_t usage_take_i64(struct usage_cells *c)
{
    if (c->n_taken < c->n && c->cell[c->n_taken].kind == STORE_CELL_I64) {
        return c->cell[c->n_taken++].i64; /* most are */
    }
    num_i128 wide = usage_take_sum(c);
    int64_t n = 0;

    c->is_misfit = c->is_misfit || num_to_i64(wide, &n) != RC_OK;
    return n;
}

double usage_take_real(struct usage_cells *c)
{
    const struct store_cell *cell = take(c);

    c->is_misfit = c->is_misfit || cell->kind != STORE_CELL_F64;
    return cell->kind == STORE_CELL_F64 ? cell->f64 : 0;
}

enum rc usage_taken(const struct usage_cells *c, struct why *why)
{
    CHECK(c->n_taken == c->n);
    return c->is_misfit ? why_set(why, RC_CORRUPT,
                                  "the store answers with cells that do not "
                                  "fit the question")
                        : RC_OK;
}

enum rc usage_select(struct sql *s, struct store_reader *reader,
                     store_row_fn *row, void *arg, struct why *why)
{
    struct store_sql sql;
    enum rc rc = sql_end(s, &sql, why);

    return rc == RC_OK ? store_select(reader, &sql, row, arg, why) : rc;
}
