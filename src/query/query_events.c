#include "query/query.h"

#include "base/check.h"
#include "base/why.h"
#include "query/sql_priv.h"
#include "store/schema.h"
#include "store/store.h"

enum {
    TAGS_BYTES_MAX = 64 * 1024,
    /* Events of one SELECT when all are asked for: sorted in memory by the
     * store, some 50 MB. */
    SLICE_EVENTS = 100000
};

struct events {
    struct query q; /* its range is that of one slice */
    bool newest_first;
    size_t limit;
    const struct query_cursor *after;
    struct store_reader *reader;
    struct arena arena;
    query_event_fn *each;
    void *arg;
};

/* What is there, to cut it in slices. */
struct extent {
    int64_t n;
    int64_t min_us;
    int64_t max_us;
};

static enum rc take_event(void *arg, const struct store_cell *cells,
                          size_t n_cells, struct why *why)
{
    struct events *e = arg;
    struct event ev;
    enum rc rc;

    CHECK(n_cells == schema_event_n_columns());
    arena_reset(&e->arena);
    rc = schema_event_read(cells, &e->arena, &ev, why);
    return rc == RC_OK ? e->each(e->arg, &ev, why) : rc;
}

static enum rc take_extent(void *arg, const struct store_cell *cells,
                           size_t n_cells, struct why *why)
{
    struct extent *extent = arg;

    CHECK(n_cells == 3);
    if (cells[0].kind != STORE_CELL_I64) {
        return why_set(why, RC_CORRUPT, "the store cannot count its events");
    }
    extent->n = cells[0].i64;
    if (extent->n > 0) {
        extent->min_us = cells[1].i64;
        extent->max_us = cells[2].i64;
    }
    return RC_OK;
}

/* The range up to the page before; what it ended with needs a look at the
 * ids, which is dear, so it is asked of that one instant only. */
static void add_after(struct events *e, struct sql *s)
{
    const char *sign = e->newest_first ? "<" : ">";

    if (e->after == NULL) {
        return;
    }
    buf_fmt(&s->text, " AND \"ts\" %s= ", sign);
    sql_add_instant(s, e->after->ts_us);
    buf_fmt(&s->text, " AND (\"ts\" %s ", sign);
    sql_add_instant(s, e->after->ts_us);
    buf_fmt(&s->text, " OR id %s ", sign);
    sql_add_param(s, e->after->id);
    buf_char(&s->text, ')');
}

static void add_conditions(struct events *e, struct sql *s)
{
    buf_cz(&s->text, " FROM events");
    sql_add_where(s, &e->q);
    add_after(e, s);
}

static enum rc run(struct events *e, struct sql *s, store_row_fn *row,
                   void *arg, struct why *why)
{
    struct store_sql sql;
    enum rc rc = sql_end(s, &sql, why);

    return rc == RC_OK ? store_select(e->reader, &sql, row, arg, why) : rc;
}

static enum rc select_events(struct events *e, struct why *why)
{
    const char *way = e->newest_first ? "DESC" : "ASC";
    struct sql s;
    enum rc rc;

    sql_init(&s);
    buf_cz(&s.text, "SELECT ");
    buf_str(&s.text, schema_event_columns());
    add_conditions(e, &s);
    buf_fmt(&s.text, " ORDER BY \"ts\" %s, id %s", way, way);
    if (e->limit > 0) {
        buf_fmt(&s.text, " LIMIT %zu", e->limit);
    }
    rc = run(e, &s, take_event, e, why);
    sql_fini(&s);
    return rc;
}

static enum rc select_extent(struct events *e, struct extent *ret,
                             struct why *why)
{
    struct sql s;
    enum rc rc;

    sql_init(&s);
    buf_cz(&s.text, "SELECT count(*), min(\"ts\"), max(\"ts\")");
    add_conditions(e, &s);
    rc = run(e, &s, take_extent, ret, why);
    sql_fini(&s);
    return rc;
}

/* A sort of everything would fill memory, then the disk, before the first
 * event came out; so time is cut in slices of about as many events each. */
static enum rc select_slices(struct events *e, struct why *why)
{
    struct extent extent = {.n = 0};
    enum rc rc = select_extent(e, &extent, why);

    if (rc != RC_OK || extent.n == 0) {
        return rc;
    }
    int64_t length_us = extent.max_us - extent.min_us + 1;
    int64_t n = extent.n / SLICE_EVENTS + 1;
    if (n > length_us) {
        n = length_us;
    }
    int64_t slice_us = (length_us + n - 1) / n;
    for (int64_t i = 0; i < n && rc == RC_OK; i++) {
        int64_t k = e->newest_first ? n - 1 - i : i;
        e->q.from_us = extent.min_us + k * slice_us;
        e->q.to_us = e->q.from_us + slice_us;
        if (e->q.to_us > extent.max_us + 1) {
            e->q.to_us = extent.max_us + 1;
        }
        rc = select_events(e, why);
    }
    return rc;
}

enum rc query_events(const struct query *q, bool newest_first, size_t limit,
                     const struct query_cursor *after,
                     struct store_reader *reader, query_event_fn *each,
                     void *arg, struct why *why)
{
    struct events e = {.q = *q,
                       .newest_first = newest_first,
                       .limit = limit,
                       .after = after,
                       .reader = reader,
                       .each = each,
                       .arg = arg};
    enum rc rc;

    arena_init(&e.arena, TAGS_BYTES_MAX);
    rc = limit > 0 ? select_events(&e, why) : select_slices(&e, why);
    arena_fini(&e.arena);
    return rc;
}
