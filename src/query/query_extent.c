#include "query/query.h"

#include "base/check.h"
#include "base/why.h"
#include "query/sql_priv.h"
#include "store/store.h"

struct extents {
    const struct query *q;
    query_extent_fn *each;
    void *arg;
};

static enum rc take_row(void *arg, const struct store_cell *cells,
                        size_t n_cells, struct why *why)
{
    struct extents *e = arg;
    struct str key[LIMIT_QUERY_DIMS_MAX];
    const struct store_cell *extent = cells + e->q->n_by;

    CHECK(n_cells == e->q->n_by + 3);
    for (size_t i = 0; i < e->q->n_by; i++) {
        if (cells[i].kind != STORE_CELL_STR) {
            return why_set(why, RC_CORRUPT,
                           "the store answers a text with something else");
        }
        key[i] = cells[i].str;
    }
    for (size_t i = 0; i < 3; i++) {
        if (extent[i].kind != STORE_CELL_I64) {
            return why_set(why, RC_CORRUPT,
                           "the store answers a time with something else");
        }
    }
    return e->each(e->arg, key,
                   &(struct query_extent){.first_us = extent[0].i64,
                                          .last_us = extent[1].i64,
                                          .n = extent[2].i64},
                   why);
}

enum rc query_extent(const struct query *q, struct store_reader *reader,
                     query_extent_fn *each, void *arg, struct why *why)
{
    struct extents e = {.q = q, .each = each, .arg = arg};
    struct sql s;
    struct store_sql sql;
    enum rc rc;

    CHECK(q->n_by > 0);
    sql_init(&s);
    buf_cz(&s.text, "SELECT ");
    for (size_t i = 0; i < q->n_by; i++) {
        sql_add_field(&s, &q->by[i]);
        buf_cz(&s.text, ", ");
    }
    buf_cz(&s.text, "min(\"ts\"), max(\"ts\"), count(*) FROM events");
    sql_add_where(&s, q);
    for (size_t i = 0; i < q->n_by; i++) {
        buf_fmt(&s.text, i > 0 ? ", %zu" : " GROUP BY %zu", i + 1);
    }
    for (size_t i = 0; i < q->n_by; i++) {
        buf_fmt(&s.text, i > 0 ? ", %zu" : " ORDER BY %zu", i + 1);
    }
    rc = sql_end(&s, &sql, why);
    if (rc == RC_OK) {
        rc = store_select(reader, &sql, take_row, &e, why);
    }
    sql_fini(&s);
    return rc;
}
