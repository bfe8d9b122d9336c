/* One SELECT gives the rows, in order and one more than the limit.  When all
 * rows are there and every part is a sum, the totals are summed from them:
 * that saves the second scan, and holds the totals to the rows even while
 * events come in.  Otherwise a second SELECT without groups gives the rest. */
#include "query/query.h"

#include "base/check.h"
#include "base/why.h"
#include "query/period.h"
#include "query/query_field.h"
#include "query/query_metric.h"
#include "query/sql_priv.h"
#include "store/store.h"

enum { SCRATCH_BYTES_MAX = 256 * 1024 };

struct run {
    const struct query *q;
    struct store_reader *reader;
    struct arena *out; /* what texts of cells are copied to */
    struct arena scratch;
    query_row_fn *each; /* takes the rows in place of `cells`; or NULL */
    void *arg;
    struct period_zone *zone;
    struct period_span *spans; /* of the range, when there is an interval */
    size_t n_spans;
    size_t n_keys;
    size_t n_columns;

    enum part part[PART__COUNT]; /* those selected, in this order */
    size_t n_parts;
    struct query_plan plan;

    struct buf cells; /* struct answer_cell, row by row */
    size_t n_rows;
    bool truncated;
    struct part_value total[PART__COUNT];
    bool has_totals;

    int64_t bucket; /* of the row before, and its text */
    struct str bucket_text;
};

static enum rc no_room(struct why *why)
{
    return why_set(why, RC_LIMIT,
                   "the answer does not fit in memory; ask for fewer rows "
                   "(limit) or columns");
}

/* ---- what to ask ---- */

static void want(struct run *r, enum part part)
{
    for (size_t i = 0; i < r->n_parts; i++) {
        if (r->part[i] == part) {
            return;
        }
    }
    if (part != PART_NONE) {
        r->part[r->n_parts++] = part;
    }
}

static void plan_parts(struct run *r)
{
    want(r, PART_REQUESTS); /* tells nothing from nothing known */
    for (size_t i = 0; i < r->q->n_metrics; i++) {
        want(r, r->q->metric[i]->part);
        want(r, r->q->metric[i]->per);
    }
}

/* The metric by which rows are ordered when nothing else is said. */
static const struct metric *main_metric(const struct query *q)
{
    for (size_t i = 0; i < q->n_metrics; i++) {
        if (q->metric[i]->part == PART_COST && q->metric[i]->per == PART_NONE) {
            return q->metric[i];
        }
    }
    return q->metric[0];
}

/* A key as rows are ordered by it.  The members of closed sets have an order
 * of their own in the store; here they are words like all others. */
static void add_key_rank(struct run *r, struct sql *s, size_t key)
{
    size_t n_times = r->n_keys - r->q->n_by;

    if (key >= n_times && query_field_is_closed(&r->q->by[key - n_times])) {
        buf_cz(&s->text, "CAST(");
        sql_add_field(s, &r->q->by[key - n_times]);
        buf_cz(&s->text, " AS VARCHAR)");
    } else {
        buf_fmt(&s->text, "%zu", key + 1);
    }
}

static void add_order(struct run *r, struct sql *s)
{
    const struct query *q = r->q;
    const struct query_order *order = &q->order;
    bool has_time = q->interval != INTERVAL_NONE;

    buf_cz(&s->text, " ORDER BY ");
    if (!order->by_column) {
        buf_cz(&s->text, has_time ? "1, " : "");
        sql_add_rank(s, main_metric(q), &r->plan);
        buf_cz(&s->text, " DESC NULLS LAST");
    } else {
        if (order->column < r->n_keys) {
            add_key_rank(r, s, order->column);
        } else {
            sql_add_rank(s, q->metric[order->column - r->n_keys], &r->plan);
        }
        buf_cz(&s->text,
               order->descending ? " DESC NULLS LAST" : " ASC NULLS LAST");
    }
    for (size_t i = 0; i < r->n_keys; i++) {
        buf_cz(&s->text, ", ");
        add_key_rank(r, s, i);
    }
}

static void add_parts(struct run *r, struct sql *s)
{
    for (size_t i = 0; i < r->n_parts; i++) {
        buf_cz(&s->text, i > 0 ? ", " : "");
        buf_str(&s->text, part_sql(r->part[i], r->plan.rollup != NULL));
    }
    sql_add_from(s, r->q, &r->plan);
    sql_add_where(s, r->q);
}

static void add_rows_select(struct run *r, struct sql *s)
{
    const struct query *q = r->q;

    buf_cz(&s->text, "SELECT ");
    if (q->interval != INTERVAL_NONE) {
        sql_add_bucket(s, q, r->zone, r->spans, r->n_spans);
        buf_cz(&s->text, ", ");
    }
    for (size_t i = 0; i < q->n_by; i++) {
        sql_add_field(s, &q->by[i]);
        buf_cz(&s->text, ", ");
    }
    add_parts(r, s);
    if (r->n_keys == 0) {
        return;
    }
    for (size_t i = 0; i < r->n_keys; i++) {
        buf_fmt(&s->text, i > 0 ? ", %zu" : " GROUP BY %zu", i + 1);
    }
    add_order(r, s);
    if (r->each == NULL) {
        buf_fmt(&s->text, " LIMIT %zu", q->limit + 1);
    }
}

/* ---- what comes back ---- */

static enum rc read_part(enum part part, const struct store_cell *cell,
                         struct part_value *ret, struct why *why)
{
    bool is_real = part_table[part].kind == PART_KIND_QUANTILE;

    *ret = (struct part_value){.is_null = false};
    switch (cell->kind) {
    case STORE_CELL_NULL:
        ret->is_null = true;
        return RC_OK;
    case STORE_CELL_I64:
        ret->n = cell->i64;
        break;
    case STORE_CELL_I128:
        ret->n = cell->i128;
        break;
    case STORE_CELL_F64:
        ret->real = cell->f64;
        break;
    case STORE_CELL_STR:
        break;
    }
    if (is_real != (cell->kind == STORE_CELL_F64) ||
        cell->kind == STORE_CELL_STR) {
        return why_set(why, RC_CORRUPT,
                       "the store answers a sum with something else");
    }
    return RC_OK;
}

static enum rc read_parts(const struct run *r, const struct store_cell *cells,
                          struct part_value part[PART__COUNT], struct why *why)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < r->n_parts && rc == RC_OK; i++) {
        rc = read_part(r->part[i], &cells[i], &part[r->part[i]], why);
    }
    return rc;
}

/* Rows of one interval come one after another. */
static enum rc time_cell(struct run *r, const struct store_cell *cell,
                         struct answer_cell *ret, struct why *why)
{
    struct buf text;
    enum rc rc = RC_OK;

    if (cell->kind != STORE_CELL_I64) {
        return why_set(why, RC_CORRUPT,
                       "the store answers a time with something else");
    }
    if (r->bucket_text.n == 0 || r->bucket != cell->i64) {
        int64_t us = sql_bucket_start(r->q, r->zone, cell->i64);
        buf_init(&text, 64);
        period_add_text(r->zone, r->q->interval, us, &text);
        if (r->each != NULL) {
            arena_reset(r->out); /* the row before is gone */
        }
        rc = str_dup(r->out, buf_view(&text), &r->bucket_text);
        r->bucket = cell->i64;
        buf_fini(&text);
    }
    ret->text = r->bucket_text;
    return rc == RC_OK ? rc : no_room(why);
}

static enum rc key_cell(struct run *r, size_t key,
                        const struct store_cell *cell, struct answer_cell *ret,
                        struct why *why)
{
    if (key == 0 && r->q->interval != INTERVAL_NONE) {
        return time_cell(r, cell, ret, why);
    }
    if (cell->kind != STORE_CELL_STR) {
        return why_set(why, RC_CORRUPT,
                       "the store answers a text with something else");
    }
    if (r->each != NULL) {
        ret->text = cell->str;
        return RC_OK;
    }
    return str_dup(r->out, cell->str, &ret->text) == RC_OK ? RC_OK
                                                           : no_room(why);
}

static enum rc stream_row(void *arg, const struct store_cell *cells,
                          size_t n_cells, struct why *why)
{
    struct run *r = arg;
    struct part_value part[PART__COUNT] = {{.is_null = false}};
    struct answer_cell cell[LIMIT_QUERY_DIMS_MAX + LIMIT_QUERY_METRICS_MAX + 1];
    enum rc rc = RC_OK;

    CHECK(n_cells == r->n_keys + r->n_parts);
    rc = read_parts(r, cells + r->n_keys, part, why);
    for (size_t i = 0; i < r->n_columns && rc == RC_OK; i++) {
        cell[i] = (struct answer_cell){.is_null = false};
        if (i < r->n_keys) {
            rc = key_cell(r, i, &cells[i], &cell[i], why);
        } else {
            cell[i] = metric_cell(r->q->metric[i - r->n_keys], part);
        }
    }
    return rc == RC_OK ? r->each(r->arg, cell, why) : rc;
}

static enum rc take_row(void *arg, const struct store_cell *cells,
                        size_t n_cells, struct why *why)
{
    struct run *r = arg;
    struct part_value part[PART__COUNT] = {{.is_null = false}};
    struct answer_cell cell;
    enum rc rc = RC_OK;

    CHECK(n_cells == r->n_keys + r->n_parts);
    if (r->n_rows == r->q->limit) {
        r->truncated = true; /* this is the one more */
        return RC_OK;
    }
    rc = read_parts(r, cells + r->n_keys, part, why);
    for (size_t i = 0; i < r->n_columns && rc == RC_OK; i++) {
        cell = (struct answer_cell){.is_null = false};
        if (i < r->n_keys) {
            rc = key_cell(r, i, &cells[i], &cell, why);
        } else {
            cell = metric_cell(r->q->metric[i - r->n_keys], part);
        }
        buf_add(&r->cells, &cell, sizeof(cell));
    }
    for (size_t i = 0; i < r->n_parts && rc == RC_OK; i++) {
        struct part_value *total = &r->total[r->part[i]];
        const struct part_value *one = &part[r->part[i]];
        total->n += one->n;
        total->real = one->real; /* of use only where it is the one row */
        total->is_null = total->is_null && one->is_null;
    }
    r->n_rows++;
    return rc;
}

/* ---- totals ---- */

static enum rc take_total(void *arg, const struct store_cell *cells,
                          size_t n_cells, struct why *why)
{
    struct run *r = arg;
    struct part_value part[PART__COUNT];
    enum rc rc;

    CHECK(n_cells == r->n_parts);
    rc = read_parts(r, cells, part, why);
    for (size_t i = 0; i < r->n_parts && rc == RC_OK; i++) {
        enum part p = r->part[i];
        if (r->truncated || part_table[p].kind != PART_KIND_SUM) {
            r->total[p] = part[p];
        }
    }
    return rc;
}

static bool rows_make_totals(const struct run *r)
{
    if (r->n_keys == 0) {
        return true;
    }
    for (size_t i = 0; i < r->n_parts; i++) {
        if (part_table[r->part[i]].kind != PART_KIND_SUM) {
            return false;
        }
    }
    return !r->truncated;
}

static enum rc ask(struct run *r, bool is_total, struct why *why)
{
    struct sql s;
    struct store_sql sql;
    enum rc rc;

    sql_init(&s);
    if (is_total) {
        buf_cz(&s.text, "SELECT ");
        add_parts(r, &s);
    } else {
        add_rows_select(r, &s);
    }
    rc = sql_end(&s, &sql, why);
    if (rc == RC_OK) {
        store_row_fn *take = r->each != NULL ? stream_row : take_row;
        rc =
            store_select(r->reader, &sql, is_total ? take_total : take, r, why);
    }
    sql_fini(&s);
    return rc;
}

/* What is read from where, and what the bounds of intervals need. */
static enum rc prepare(struct run *r, struct why *why)
{
    enum rc rc = period_zone_open(r->q->timezone, &r->zone, why);

    plan_parts(r);
    if (rc == RC_OK && r->q->interval != INTERVAL_NONE) {
        rc = period_spans(r->zone, r->q->from_us, r->q->to_us, &r->scratch,
                          &r->spans, &r->n_spans, why);
    }
    if (rc == RC_OK) {
        r->plan =
            query_plan_make(r->q, r->part, r->n_parts, r->spans, r->n_spans);
    }
    return rc;
}

/* ---- the answer ---- */

static enum answer_kind column_kind(const struct run *r, size_t i)
{
    if (i >= r->n_keys) {
        return r->q->metric[i - r->n_keys]->kind;
    }
    return i == 0 && r->q->interval != INTERVAL_NONE ? ANSWER_TIME
                                                     : ANSWER_TEXT;
}

static struct str column_name(const struct run *r, size_t i)
{
    if (i >= r->n_keys) {
        return r->q->metric[i - r->n_keys]->name;
    }
    return column_kind(r, i) == ANSWER_TIME
               ? STR("time")
               : r->q->by[i - (r->n_keys - r->q->n_by)].name;
}

static bool add_time(const struct run *r, int64_t us, struct str *ret)
{
    struct buf text;
    bool ok;

    buf_init(&text, 64);
    period_add_time(r->zone, us, &text);
    ok = str_dup(r->out, buf_view(&text), ret) == RC_OK;
    buf_fini(&text);
    return ok;
}

static bool add_filters(const struct run *r, struct answer *a)
{
    struct buf text;
    bool ok = true;

    a->n_filters = r->q->n_where;
    a->filter = arena_array(r->out, a->n_filters, sizeof(*a->filter));
    if (a->filter == NULL) {
        return false;
    }
    buf_init(&text, SCRATCH_BYTES_MAX);
    for (size_t i = 0; i < a->n_filters && ok; i++) {
        buf_clear(&text);
        query_add_filter(&text, &r->q->where[i]);
        ok = buf_rc(&text, NULL) == RC_OK &&
             str_dup(r->out, buf_view(&text), &a->filter[i]) == RC_OK;
    }
    buf_fini(&text);
    return ok;
}

static enum rc make_answer(const struct run *r, struct answer **ret_answer,
                           struct why *why)
{
    struct answer *a = arena_alloc(r->out, sizeof(*a));

    if (a == NULL || buf_rc(&r->cells, NULL) != RC_OK) {
        return no_room(why);
    }
    *a = (struct answer){.n_columns = r->n_columns,
                         .n_keys = r->n_keys,
                         .n_rows = r->n_rows,
                         .from_us = r->q->from_us,
                         .to_us = r->q->to_us,
                         .source = query_plan_source(&r->plan),
                         .truncated = r->truncated};
    a->column = arena_array(r->out, a->n_columns, sizeof(*a->column));
    a->total = arena_array(r->out, a->n_columns, sizeof(*a->total));
    a->cell = arena_copy(r->out, r->cells.p, r->cells.n);
    if (a->column == NULL || a->total == NULL || a->cell == NULL ||
        !add_filters(r, a) || !add_time(r, a->from_us, &a->from) ||
        !add_time(r, a->to_us, &a->to) ||
        str_dup(r->out, r->q->timezone, &a->timezone) != RC_OK) {
        return no_room(why);
    }
    for (size_t i = 0; i < a->n_columns; i++) {
        a->column[i].kind = column_kind(r, i);
        if (str_dup(r->out, column_name(r, i), &a->column[i].name) != RC_OK) {
            return no_room(why);
        }
        a->total[i] = i < r->n_keys || !r->has_totals
                          ? (struct answer_cell){.is_null = true}
                          : metric_cell(r->q->metric[i - r->n_keys], r->total);
    }
    *ret_answer = a;
    return RC_OK;
}

static enum rc run_all(struct run *r, struct answer **ret_answer,
                       struct why *why)
{
    enum rc rc = prepare(r, why);

    if (rc == RC_OK) {
        rc = ask(r, false, why);
    }
    if (rc == RC_OK && buf_rc(&r->cells, NULL) != RC_OK) {
        rc = no_room(why);
    }
    r->has_totals = rows_make_totals(r) || !r->q->lacks_totals;
    if (rc == RC_OK && r->has_totals && !rows_make_totals(r)) {
        rc = ask(r, true, why);
    }
    return rc == RC_OK ? make_answer(r, ret_answer, why) : rc;
}

enum rc query_run(const struct query *q, struct store_reader *reader,
                  struct arena *out, struct answer **ret_answer,
                  struct why *why)
{
    struct run r = {.q = q,
                    .reader = reader,
                    .out = out,
                    .n_keys = query_n_keys(q),
                    .n_columns = query_n_columns(q)};
    enum rc rc;

    arena_init(&r.scratch, SCRATCH_BYTES_MAX);
    buf_init(&r.cells, q->limit * r.n_columns * sizeof(struct answer_cell));
    for (size_t i = 0; i < PART__COUNT; i++) {
        r.total[i].is_null = true;
    }
    rc = run_all(&r, ret_answer, why);
    period_zone_close(&r.zone);
    buf_fini(&r.cells);
    arena_fini(&r.scratch);
    return rc;
}

enum rc query_each(const struct query *q, struct store_reader *reader,
                   query_row_fn *each, void *arg, struct why *why)
{
    struct run r = {.q = q,
                    .reader = reader,
                    .each = each,
                    .arg = arg,
                    .n_keys = query_n_keys(q),
                    .n_columns = query_n_columns(q)};
    struct arena bucket; /* the text of one interval */
    enum rc rc;

    arena_init(&r.scratch, SCRATCH_BYTES_MAX);
    arena_init(&bucket, SCRATCH_BYTES_MAX);
    r.out = &bucket;
    rc = prepare(&r, why);
    if (rc == RC_OK) {
        rc = ask(&r, false, why);
    }
    period_zone_close(&r.zone);
    arena_fini(&bucket);
    arena_fini(&r.scratch);
    return rc;
}
