#include "query/query_record.h"

#include "base/check.h"
#include "base/why.h"
#include "query/sql_priv.h"
#include "store/schema_record.h"
#include "store/store.h"

struct ask {
    struct sql sql;
    enum record_kind kind;
    struct store_reader *reader;
    query_record_fn *each;
    query_outcome_unit_fn *each_unit;
    guardrail_sum_fn *each_sum;
    void *arg;
};

static enum rc take_record(void *arg, const struct store_cell *cells,
                           size_t n_cells, struct why *why)
{
    const struct ask *ask = arg;
    struct record rec;
    enum rc rc = schema_record_read(ask->kind, cells, n_cells, &rec, why);

    return rc == RC_OK ? ask->each(ask->arg, &rec, why) : rc;
}

/* Ends the statement, runs it, and lets it go. */
static enum rc run(struct ask *ask, store_row_fn *row, struct why *why)
{
    struct store_sql sql;
    enum rc rc = sql_end(&ask->sql, &sql, why);

    if (rc == RC_OK) {
        rc = store_select(ask->reader, &sql, row, ask, why);
    }
    sql_fini(&ask->sql);
    return rc;
}

static void begin(struct ask *ask)
{
    struct buf *text;

    sql_init(&ask->sql);
    text = &ask->sql.text;
    buf_cz(text, "SELECT ");
    schema_record_add_columns(text, ask->kind);
    buf_fmt(text, " FROM %.*s", STR_ARG(record_kind_name(ask->kind)));
}

static void add_range(struct sql *s, int64_t from_us, int64_t to_us)
{
    buf_cz(&s->text, " WHERE ts >= ");
    sql_add_instant(s, from_us);
    buf_cz(&s->text, " AND ts < ");
    sql_add_instant(s, to_us);
    sql_reads(s, from_us, to_us);
}

static void add_order(struct ask *ask, size_t limit)
{
    struct buf *text = &ask->sql.text;

    buf_cz(text, " ORDER BY ts, ");
    schema_record_add_order(text, ask->kind);
    if (limit > 0) {
        buf_fmt(text, " LIMIT %zu", limit);
    }
}

/* ---- outcomes ---- */

static void add_outcome_conditions(struct sql *s,
                                   const struct query_outcomes *q)
{
    add_range(s, q->from_us, q->to_us);
    if (q->name.n > 0) {
        buf_cz(&s->text, " AND name = ");
        sql_add_param(s, q->name);
    }
    for (int d = 0; d < DIM__COUNT; d++) {
        if (q->dim[d].n > 0) {
            CHECK(record_has_dim(RECORD_OUTCOME, (enum dim)d));
            buf_fmt(&s->text,
                    " AND \"%.*s\" = ", STR_ARG(dim_name((enum dim)d)));
            sql_add_param(s, q->dim[d]);
        }
    }
}

enum rc query_outcomes(const struct query_outcomes *q,
                       struct store_reader *reader, query_record_fn *each,
                       void *arg, struct why *why)
{
    struct ask ask = {
        .kind = RECORD_OUTCOME, .reader = reader, .each = each, .arg = arg};

    begin(&ask);
    add_outcome_conditions(&ask.sql, q);
    add_order(&ask, q->limit);
    return run(&ask, take_record, why);
}

static enum rc take_unit(void *arg, const struct store_cell *cells,
                         size_t n_cells, struct why *why)
{
    const struct ask *ask = arg;
    bool fits = n_cells == 7 && cells[4].kind == STORE_CELL_I64 &&
                cells[5].kind == STORE_CELL_F64 &&
                cells[6].kind == STORE_CELL_F64;

    for (size_t i = 0; i < 4 && fits; i++) {
        fits = cells[i].kind == STORE_CELL_STR;
    }
    if (!fits) {
        return why_set(why, RC_CORRUPT, "the store cannot sum its outcomes");
    }
    const struct query_outcome_unit unit = {
        .name = cells[0].str,
        .experiment = cells[1].str,
        .variant = cells[2].str,
        .unit = cells[3].str,
        .n = cells[4].i64,
        .sum = cells[5].f64,
        .sum_squares = cells[6].f64,
    };
    return ask->each_unit(ask->arg, &unit, why);
}

enum rc query_outcome_units(const struct query_outcomes *q, enum dim unit,
                            struct store_reader *reader,
                            query_outcome_unit_fn *each, void *arg,
                            struct why *why)
{
    struct ask ask = {.reader = reader, .each_unit = each, .arg = arg};

    CHECK(record_has_dim(RECORD_OUTCOME, unit));
    sql_init(&ask.sql);
    buf_fmt(&ask.sql.text,
            "SELECT name, experiment, variant, \"%.*s\", count(*), sum(value), "
            "sum(value * value) FROM outcomes",
            STR_ARG(dim_name(unit)));
    add_outcome_conditions(&ask.sql, q);
    buf_cz(&ask.sql.text, " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4");
    if (q->limit > 0) {
        buf_fmt(&ask.sql.text, " LIMIT %zu", q->limit);
    }
    return run(&ask, take_unit, why);
}

/* The runs of those calls that outcomes without an experiment name, and of the
 * others nothing: which mostly is no run at all, and then no call is read. */
static void add_runs(struct sql *s, const struct query_outcomes *q,
                     const struct query *calls, struct str unit)
{
    buf_fmt(&s->text,
            "(SELECT \"run\" AS run, min(\"variant\") AS variant, "
            "min(\"%.*s\") AS unit FROM events",
            STR_ARG(unit));
    sql_add_where(s, calls);
    buf_cz(&s->text, " AND \"run\" IN (SELECT run FROM outcomes");
    add_range(s, q->from_us, q->to_us);
    buf_fmt(&s->text,
            " AND experiment = '' AND run <> '') GROUP BY 1 HAVING "
            "min(\"variant\") = max(\"variant\") AND min(\"%.*s\") = "
            "max(\"%.*s\")) AS runs",
            STR_ARG(unit), STR_ARG(unit));
}

enum rc query_outcome_runs(const struct query_outcomes *q,
                           const struct query_outcome_runs_of *of,
                           struct store_reader *reader,
                           query_outcome_unit_fn *each, void *arg,
                           struct why *why)
{
    struct ask ask = {.reader = reader, .each_unit = each, .arg = arg};
    struct sql *s = &ask.sql;
    struct str name = dim_name(of->unit);

    CHECK(record_has_dim(RECORD_OUTCOME, of->unit));
    sql_init(s);
    buf_fmt(&s->text,
            "SELECT name, '', coalesce(runs.variant, o.variant), CASE WHEN "
            "o.\"%.*s\" <> '' THEN o.\"%.*s\" ELSE coalesce(runs.unit, '') "
            "END, count(*), sum(value), sum(value * value) FROM (SELECT * FROM "
            "outcomes",
            STR_ARG(name), STR_ARG(name));
    add_range(s, q->from_us, q->to_us);
    buf_cz(&s->text, " AND experiment = '') AS o LEFT JOIN ");
    add_runs(s, q, of->calls, name);
    buf_cz(&s->text, " ON o.run = runs.run WHERE (runs.run IS NOT NULL");
    if (q->dim[DIM_FEATURE].n > 0) {
        buf_cz(&s->text, " OR o.feature = ");
        sql_add_param(s, q->dim[DIM_FEATURE]);
    }
    buf_char(&s->text, ')');
    if (q->name.n > 0) {
        buf_cz(&s->text, " AND name = ");
        sql_add_param(s, q->name);
    }
    buf_cz(&s->text, " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4");
    return run(&ask, take_unit, why);
}

/* ---- releases, customers, invoices ---- */

enum rc query_releases(const struct query_releases *q,
                       struct store_reader *reader, query_record_fn *each,
                       void *arg, struct why *why)
{
    struct ask ask = {
        .kind = RECORD_RELEASE, .reader = reader, .each = each, .arg = arg};

    begin(&ask);
    add_range(&ask.sql, q->from_us, q->to_us);
    if (q->feature.n > 0) {
        buf_cz(&ask.sql.text, " AND (feature = '' OR feature = ");
        sql_add_param(&ask.sql, q->feature);
        buf_char(&ask.sql.text, ')');
    }
    add_order(&ask, q->limit);
    return run(&ask, take_record, why);
}

enum rc query_customers(int64_t month_us, size_t limit,
                        struct store_reader *reader, query_record_fn *each,
                        void *arg, struct why *why)
{
    struct ask ask = {
        .kind = RECORD_CUSTOMER, .reader = reader, .each = each, .arg = arg};
    struct buf *text;

    begin(&ask);
    text = &ask.sql.text;
    buf_cz(text, " WHERE (customer, ts) IN (SELECT customer, max(ts) FROM "
                 "customers WHERE ts <= ");
    sql_add_instant(&ask.sql, month_us);
    buf_cz(text, " GROUP BY customer) ORDER BY customer");
    if (limit > 0) {
        buf_fmt(text, " LIMIT %zu", limit);
    }
    return run(&ask, take_record, why);
}

enum rc query_invoices(const struct query_invoices *q,
                       struct store_reader *reader, query_record_fn *each,
                       void *arg, struct why *why)
{
    struct ask ask = {
        .kind = RECORD_INVOICE, .reader = reader, .each = each, .arg = arg};
    struct buf *text;

    begin(&ask);
    text = &ask.sql.text;
    buf_cz(text, " WHERE \"to\" > ");
    sql_add_instant(&ask.sql, q->from_us);
    buf_cz(text, " AND ts < ");
    sql_add_instant(&ask.sql, q->to_us);
    if (q->provider.n > 0) {
        buf_cz(text, " AND provider = ");
        sql_add_param(&ask.sql, q->provider);
    }
    add_order(&ask, q->limit);
    return run(&ask, take_record, why);
}

/* ---- guardrails ---- */

static void add_guardrail_conditions(struct sql *s,
                                     const struct query_guardrails *q)
{
    add_range(s, q->from_us, q->to_us);
    if (q->budget.n > 0) {
        buf_cz(&s->text, " AND budget = ");
        sql_add_param(s, q->budget);
    }
}

enum rc query_guardrails(const struct query_guardrails *q,
                         struct store_reader *reader, query_record_fn *each,
                         void *arg, struct why *why)
{
    struct ask ask = {
        .kind = RECORD_GUARDRAIL, .reader = reader, .each = each, .arg = arg};

    begin(&ask);
    add_guardrail_conditions(&ask.sql, q);
    add_order(&ask, q->limit);
    return run(&ask, take_record, why);
}

static enum rc take_sum(void *arg, const struct store_cell *cells,
                        size_t n_cells, struct why *why)
{
    const struct ask *ask = arg;
    bool fits = n_cells == 7 && cells[3].kind == STORE_CELL_F64 &&
                cells[5].kind == STORE_CELL_I64 &&
                cells[6].kind == STORE_CELL_I64;

    for (size_t i = 0; i < 3 && fits; i++) {
        fits = cells[i].kind == STORE_CELL_STR;
    }
    if (!fits ||
        (cells[4].kind != STORE_CELL_I128 && cells[4].kind != STORE_CELL_I64)) {
        return why_set(why, RC_CORRUPT, "the store cannot sum its guardrails");
    }
    const struct guardrail_sum sum = {
        .budget = cells[0].str,
        .action = cells[1].str,
        .value = cells[2].str,
        .n_calls = (int64_t)cells[3].f64,
        .saved =
            cells[4].kind == STORE_CELL_I128 ? cells[4].i128 : cells[4].i64,
        .first_us = cells[5].i64,
        .last_us = cells[6].i64,
    };
    return ask->each_sum(ask->arg, &sum, why);
}

enum rc query_guardrail_sums(const struct query_guardrails *q, enum dim by,
                             struct store_reader *reader,
                             guardrail_sum_fn *each, void *arg, struct why *why)
{
    struct ask ask = {.reader = reader, .each_sum = each, .arg = arg};

    CHECK(record_has_dim(RECORD_GUARDRAIL, by));
    sql_init(&ask.sql);
    buf_fmt(&ask.sql.text,
            "SELECT budget, action, \"%.*s\", sum(calls), sum(saved), min(ts), "
            "max(ts) FROM guardrails",
            STR_ARG(dim_name(by)));
    add_guardrail_conditions(&ask.sql, q);
    buf_cz(&ask.sql.text, " GROUP BY 1, 2, 3 ORDER BY 5 DESC, 4 DESC, 1, 2, 3");
    if (q->limit > 0) {
        buf_fmt(&ask.sql.text, " LIMIT %zu", q->limit);
    }
    return run(&ask, take_sum, why);
}
