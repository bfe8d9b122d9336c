/* Whose predecessor came within five minutes.  A look at every call in order
 * would be a sort of all, so it is only done where there are few, as one list
 * a group.  Of many, calls are summed by five minutes of the clock: of those
 * in one such piece all but the first have one within five minutes; the first
 * has when the piece before ends near enough.  So the counts are exact either
 * way, and there are as many rows as groups or pieces with calls. */
#include "query/query_usage.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/utc.h"
#include "base/why.h"
#include "query/query_usage_priv.h"
#include "query/sql_priv.h"

enum {
    KEYS_BYTES_MAX = 64 * 1024,
    /* Of 90,000 calls, lists take half as long as pieces; of three million
     * half as long again, and 400 MB. */
    LISTED_CALLS_MAX = 300 * 1000
};

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
    row.n_cold = usage_take_i64(&c); /* but the first */
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
    g->row.n_cold += row.n_cold + (is_cold ? 1 : 0);
    g->row.input += row.input;
    g->row.cache_read += row.cache_read;
    g->last_us = last_us;
    return rc;
}

static void ask_pieces(struct sql *s, const struct query *q, int64_t input_min)
{
    buf_fmt(&s->text,
            "SELECT \"feature\", \"workflow\", \"provider\", \"model\", "
            "\"release\", epoch_us(\"ts\") // %" PRId64
            ", count(*), 0, epoch_us(min(\"ts\")), epoch_us(max(\"ts\")), "
            "sum(%s), sum(\"tok_cache_read\") FROM events",
            TTL_US, USAGE_INPUT);
    sql_add_where(s, q);
    buf_fmt(&s->text,
            " AND %s >= %" PRId64
            " GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6",
            USAGE_INPUT, input_min);
}

static void ask_lists(struct sql *s, const struct query *q, int64_t input_min)
{
    buf_fmt(&s->text,
            "SELECT feature, workflow, provider, model, release, 0, n, "
            "len(list_filter(list_zip(us[2:], us[:-2]), lambda x: x[1] - x[2] "
            "> %" PRId64 ")), us[1], us[-1], input, cache_read FROM (SELECT "
            "\"feature\" AS feature, \"workflow\" AS workflow, "
            "\"provider\" AS provider, \"model\" AS model, "
            "\"release\" AS release, count(*) AS n, "
            "list_sort(list(epoch_us(\"ts\"))) AS us, sum(%s) AS input, "
            "sum(\"tok_cache_read\") AS cache_read FROM events",
            TTL_US, USAGE_INPUT);
    sql_add_where(s, q);
    buf_fmt(&s->text,
            " AND %s >= %" PRId64
            " GROUP BY 1, 2, 3, 4, 5) AS groups ORDER BY 1, 2, 3, 4, 5",
            USAGE_INPUT, input_min);
}

enum rc query_gaps(const struct query *q, const struct usage_gaps_of *of,
                   struct store_reader *reader, usage_gap_fn *each, void *arg,
                   struct why *why)
{
    struct gaps g = {.each = each, .arg = arg};
    struct sql s;

    sql_init(&s);
    arena_init(&g.arena, KEYS_BYTES_MAX);
    if (of->n_calls <= LISTED_CALLS_MAX) {
        ask_lists(&s, q, of->input_min);
    } else {
        ask_pieces(&s, q, of->input_min);
    }
    enum rc rc = usage_select(&s, reader, take_piece, &g, why);
    if (rc == RC_OK) {
        rc = give(&g, why);
    }
    arena_fini(&g.arena);
    sql_fini(&s);
    return rc;
}
