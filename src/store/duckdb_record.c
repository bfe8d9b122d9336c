/* Records on their way in.  DuckDB's appender gathers them, and its query
 * takes them into their table: what is there already stays, or is replaced
 * (record_is_replaced); of two alike in one batch the first counts, or then
 * the last.  They are few beside events, so that an appender, which
 * would be too slow there, does here. */
#include "store/duckdb_priv.h"

#include "base/attr.h"
#include "base/check.h"
#include "base/mem.h"
#include "event/record_field.h"
#include "store/schema_record.h"

#define SEQ "seq" /* a batch's column beside those of the table */

enum { SQL_MAX = 4096, COLUMNS_MAX = 16 };

struct duck_records {
    duckdb_connection conn;                       /* borrowed */
    duckdb_appender appender[RECORD_KIND__COUNT]; /* NULL: none of the kind */
    int64_t n;
};

/* ---- the statements ---- */

static void add_insert(struct buf *sql, enum record_kind kind, const char *key)
{
    struct str table = record_kind_name(kind);

    buf_fmt(sql, "INSERT INTO %.*s SELECT ", STR_ARG(table));
    schema_record_add_columns(sql, kind);
    buf_fmt(sql,
            " FROM batch WHERE NOT EXISTS (SELECT 1 FROM %.*s AS old WHERE %s)"
            " QUALIFY row_number() OVER (PARTITION BY ",
            STR_ARG(table), key);
    schema_record_add_order(sql, kind);
    buf_cz(sql, " ORDER BY " SEQ ") = 1");
}

/* What tells rows apart beside their ts. */
static bool is_key(const struct record_field *f)
{
    return f->kind == RECORD_CUSTOMER
               ? f->how == RECORD_FIELD_DIM && f->which == DIM_CUSTOMER
               : f->how != RECORD_FIELD_AMOUNT;
}

/* Appends `before` and the name, then `between` and the name again unless that
 * is NULL, for each column that is a key, or is none. */
static void add_each(struct buf *sql, enum record_kind kind, bool keys,
                     const char *before, const char *between)
{
    for (size_t i = 0; i < RECORD_FIELD__COUNT; i++) {
        const struct record_field *f = &record_field_table[i];

        if (!schema_record_has_column(kind, f) || is_key(f) != keys) {
            continue;
        }
        buf_fmt(sql, "%s\"%.*s\"", before, STR_ARG(f->name));
        if (between != NULL) {
            buf_fmt(sql, "%s\"%.*s\"", between, STR_ARG(f->name));
        }
    }
}

static void add_upsert(struct buf *sql, enum record_kind kind)
{
    buf_fmt(sql, "MERGE INTO %.*s AS old USING (SELECT ",
            STR_ARG(record_kind_name(kind)));
    schema_record_add_columns(sql, kind);
    buf_cz(sql, " FROM batch QUALIFY row_number() OVER (PARTITION BY ts");
    add_each(sql, kind, true, ", ", NULL);
    buf_cz(sql, " ORDER BY " SEQ " DESC) = 1) AS new ON old.ts = new.ts");
    add_each(sql, kind, true, " AND old.", " = new.");
    buf_cz(sql, " WHEN MATCHED THEN UPDATE SET arrival = new.arrival");
    add_each(sql, kind, false, ", ", " = new.");
    buf_cz(sql, " WHEN NOT MATCHED THEN INSERT (");
    schema_record_add_columns(sql, kind);
    buf_cz(sql, ") VALUES (new.ts, new.arrival");
    for (size_t i = 0; i < RECORD_FIELD__COUNT; i++) {
        const struct record_field *f = &record_field_table[i];

        if (schema_record_has_column(kind, f)) {
            buf_fmt(sql, ", new.\"%.*s\"", STR_ARG(f->name));
        }
    }
    buf_char(sql, ')');
}

static void add_statement(struct buf *sql, enum record_kind kind)
{
    switch (kind) {
    case RECORD_OUTCOME:
    case RECORD_GUARDRAIL:
        add_insert(sql, kind, "old.id = batch.id");
        break;
    case RECORD_RELEASE:
        add_insert(sql, kind,
                   "old.\"release\" = batch.\"release\" AND old.feature = "
                   "batch.feature");
        break;
    case RECORD_CUSTOMER:
    case RECORD_INVOICE:
        add_upsert(sql, kind);
        break;
    case RECORD_KIND__COUNT:
        break;
    }
    buf_char(sql, '\0');
}

/* ---- appending ---- */

/* A batch's columns: SEQ, then those of the table. */
struct columns {
    struct buf names; /* each ends with a NUL */
    const char *name[COLUMNS_MAX];
    size_t offset[COLUMNS_MAX]; /* of a name, while names may move */
    duckdb_logical_type type[COLUMNS_MAX];
    idx_t n;
};

static void add_column(struct columns *c, struct str name, duckdb_type type)
{
    CHECK(c->n < COLUMNS_MAX);
    c->offset[c->n] = c->names.n;
    buf_str(&c->names, name);
    buf_char(&c->names, '\0');
    c->type[c->n++] = duckdb_create_logical_type(type);
}

static duckdb_type type_of(const struct record_field *f)
{
    switch (f->how) {
    case RECORD_FIELD_VALUE:
        return DUCKDB_TYPE_DOUBLE;
    case RECORD_FIELD_REVENUE:
    case RECORD_FIELD_AMOUNT:
        return DUCKDB_TYPE_BIGINT;
    case RECORD_FIELD_END:
        return DUCKDB_TYPE_TIMESTAMP;
    case RECORD_FIELD_ID:
    case RECORD_FIELD_TS:
    case RECORD_FIELD_NAME:
    case RECORD_FIELD_DIM:
    case RECORD_FIELD_NOTE:
    case RECORD_FIELD_TIER:
    case RECORD_FIELD_ACTION:
    case RECORD_FIELD_MONTH:
    case RECORD_FIELD_BEGIN:
    case RECORD_FIELD_ACCOUNT:
    case RECORD_FIELD_LINE:
    case RECORD_FIELD_CHARGE:
    case RECORD_FIELD_CURRENCY:
        break;
    }
    return DUCKDB_TYPE_VARCHAR;
}

static void list_columns(struct columns *c, enum record_kind kind)
{
    buf_init(&c->names, SQL_MAX);
    add_column(c, STR(SEQ), DUCKDB_TYPE_BIGINT);
    add_column(c, STR("ts"), DUCKDB_TYPE_TIMESTAMP);
    add_column(c, STR("arrival"), DUCKDB_TYPE_TIMESTAMP);
    for (size_t i = 0; i < RECORD_FIELD__COUNT; i++) {
        const struct record_field *f = &record_field_table[i];

        if (schema_record_has_column(kind, f)) {
            add_column(c, f->name, type_of(f));
        }
    }
    for (idx_t i = 0; i < c->n; i++) {
        c->name[i] = c->names.p + c->offset[i];
    }
}

static void forget_columns(struct columns *c)
{
    for (idx_t i = 0; i < c->n; i++) {
        duckdb_destroy_logical_type(&c->type[i]);
    }
    buf_fini(&c->names);
}

static enum rc appender_trouble(duckdb_appender appender, struct why *why)
{
    duckdb_error_data error = duckdb_appender_error_data(appender);
    enum rc rc = duck_error(duckdb_error_data_message(error), why);

    duckdb_destroy_error_data(&error);
    return rc;
}

static enum rc open_appender(struct duck_records *r, enum record_kind kind,
                             struct why *why)
{
    struct columns c = {.n = 0};
    struct buf sql;
    enum rc rc;

    buf_init(&sql, SQL_MAX);
    add_statement(&sql, kind);
    list_columns(&c, kind);
    rc = buf_rc(&sql, why);
    if (rc == RC_OK && duckdb_appender_create_query(
                           r->conn, sql.p, c.n, c.type, "batch", c.name,
                           &r->appender[kind]) != DuckDBSuccess) {
        rc = appender_trouble(r->appender[kind], why);
    }
    forget_columns(&c);
    buf_fini(&sql);
    return rc;
}

static duckdb_state append_text(duckdb_appender a, struct str s)
{
    return duckdb_append_varchar_length(a, s.n > 0 ? s.p : "", s.n);
}

static duckdb_state append_member(duckdb_appender a, const struct record *rec,
                                  const struct record_field *f)
{
    if (f->how == RECORD_FIELD_VALUE) {
        return duckdb_append_double(a, rec->value);
    }
    if (f->how == RECORD_FIELD_REVENUE) {
        return duckdb_append_int64(a, rec->revenue.pico);
    }
    if (f->how == RECORD_FIELD_AMOUNT) {
        return duckdb_append_int64(a, rec->amount.pico);
    }
    if (f->how == RECORD_FIELD_END) {
        return duckdb_append_timestamp(a, (duckdb_timestamp){rec->to_us});
    }
    return append_text(a, record_text(rec, f));
}

static enum rc append(struct duck_records *r, const struct record *rec,
                      struct why *why)
{
    duckdb_appender a = r->appender[rec->kind];
    bool failed = duckdb_append_int64(a, r->n++) != DuckDBSuccess ||
                  duckdb_append_timestamp(a, (duckdb_timestamp){rec->ts_us}) !=
                      DuckDBSuccess ||
                  duckdb_append_timestamp(
                      a, (duckdb_timestamp){rec->arrival_us}) != DuckDBSuccess;

    for (size_t i = 0; i < RECORD_FIELD__COUNT && !failed; i++) {
        const struct record_field *f = &record_field_table[i];

        if (schema_record_has_column(rec->kind, f)) {
            failed = append_member(a, rec, f) != DuckDBSuccess;
        }
    }
    failed = failed || duckdb_appender_end_row(a) != DuckDBSuccess;
    return failed ? appender_trouble(a, why) : RC_OK;
}

/* ---- a transaction's records ---- */

enum rc duck_records_add(struct duck *d, const struct record *rec, size_t n,
                         struct why *why)
{
    enum rc rc = RC_OK;

    if (d->records == NULL) {
        d->records = mem_alloc(sizeof(*d->records));
        d->records->conn = d->writer;
    }
    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        if (d->records->appender[rec[i].kind] == NULL) {
            rc = open_appender(d->records, rec[i].kind, why);
        }
        if (rc == RC_OK) {
            rc = append(d->records, &rec[i], why);
        }
    }
    return rc;
}

enum rc duck_records_flush(struct duck *d, struct why *why)
{
    for (int k = 1; d->records != NULL && k < RECORD_KIND__COUNT; k++) {
        duckdb_appender a = d->records->appender[k];

        if (a != NULL && duckdb_appender_flush(a) != DuckDBSuccess) {
            return appender_trouble(a, why);
        }
    }
    return RC_OK;
}

void duck_records_close(struct duck *d)
{
    if (d->records == NULL) {
        return;
    }
    for (int k = 1; k < RECORD_KIND__COUNT; k++) {
        /* What was not flushed is now, into what is rolled back. */
        (void)duckdb_appender_destroy(&d->records->appender[k]);
    }
    mem_free(d->records);
    d->records = NULL;
}
