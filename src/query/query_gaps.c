/* Whose predecessor came within five minutes, without a look at every call in
 * order, which would be a sort of all: calls are summed by five minutes of the
 * clock.  Of those in one such piece all but the first have one within five
 * minutes; the first has when the piece before ends near enough.  So the
 * counts are exact, and rows are as many as there are pieces with calls. */
#include "query/query_usage.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/utc.h"
#include "base/why.h"
#include "query/query_usage_priv.h"
#include "query/sql_priv.h"

enum { KEYS_BYTES_MAX = 64 * 1024 };

#define TTL_US (5 * 60 * INT64_C(1000000))

struct gaps {
    usage_gap_fn *each;
    void *arg;
    struct arena arena; /* the texts of `row` and `release` */
    struct usage_gap row;
    struct str release;
    int64_t last_us; /* of the piece before, of that release */
    bool has_row;
};

static bool is_same(const struct usage_gap *a, const struct usage_gap *b)
{
    return str_eq(a->feature, b->feature) && str_eq(a->workflow, b->workflow) &&
           str_eq(a->provider, b->provider) && str_eq(a->model, b->model);
}

static enum rc give(struct gaps *g, struct why *why)
{
    enum rc rc = g->has_row ? g->each(g->arg, &g->row, why) : RC_OK;

    g->has_row = false;
    return rc;
}

static enum rc keep_keys(struct gaps *g, const struct usage_gap *row,
                         struct str release, struct why *why)
{
    struct str *to[] = {&g->row.feature, &g->row.workflow, &g->row.provider,
                        &g->row.model, &g->release};
    const struct str from[] = {row->feature, row->workflow, row->provider,
                               row->model, release};

    arena_reset(&g->arena);
    for (size_t i = 0; i < ARRAY_N(to); i++) {
        if (str_dup(&g->arena, from[i], to[i]) != RC_OK) {
            return why_set(why, RC_LIMIT, "the names of a group are too long");
        }
    }
    return RC_OK;
}

static enum rc take_piece(void *arg, const struct store_cell *cells, size_t n,
                          struct why *why)
{
    struct gaps *g = arg;
    struct usage_cells c = {.cell = cells, .n = n};
    struct usage_gap row = {.n = 0};

    row.feature = usage_take_str(&c);
    row.workflow = usage_take_str(&c);
    row.provider = usage_take_str(&c);
    row.model = usage_take_str(&c);
    struct str release = usage_take_str(&c);
    (void)usage_take_i64(&c); /* the piece */
    row.n = usage_take_i64(&c);
    const int64_t first_us = usage_take_i64(&c);
    const int64_t last_us = usage_take_i64(&c);
    row.input = usage_take_sum(&c);
    row.cache_read = usage_take_sum(&c);
    enum rc rc = usage_taken(&c, why);
    bool is_same_row = g->has_row && is_same(&g->row, &row);
    bool is_cold = !is_same_row || !str_eq(g->release, release) ||
                   first_us - g->last_us > TTL_US;
    if (rc == RC_OK && !is_same_row) {
        rc = give(g, why);
        g->row = (struct usage_gap){.n = 0};
    }
    if (rc == RC_OK && (!is_same_row || !str_eq(g->release, release))) {
        rc = keep_keys(g, &row, release, why);
    }
    g->has_row = true;
    g->row.n += row.n;
    g->row.n_cold += is_cold ? 1 : 0;
    g->row.input += row.input;
    g->row.cache_read += row.cache_read;
    g->last_us = last_us;
    return rc;
}

enum rc query_gaps(const struct query *q, int64_t input_min,
                   struct store_reader *reader, usage_gap_fn *each, void *arg,
                   struct why *why)
{
    struct gaps g = {.each = each, .arg = arg};
    struct sql s;

    sql_init(&s);
    arena_init(&g.arena, KEYS_BYTES_MAX);
    buf_fmt(&s.text,
            "SELECT \"feature\", \"workflow\", \"provider\", \"model\", "
            "\"release\", epoch_us(\"ts\") // %" PRId64
            ", count(*), epoch_us(min(\"ts\")), epoch_us(max(\"ts\")), "
            "sum(%s), sum(\"tok_cache_read\") FROM events",
            TTL_US, USAGE_INPUT);
    sql_add_where(&s, q);
    buf_fmt(&s.text,
            " AND %s >= %" PRId64
            " GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6",
            USAGE_INPUT, input_min);
    enum rc rc = usage_select(&s, reader, take_piece, &g, why);
    if (rc == RC_OK) {
        rc = give(&g, why);
    }
    arena_fini(&g.arena);
    sql_fini(&s);
    return rc;
}
