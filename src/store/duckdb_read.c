#include "store/duckdb_priv.h"

#include <string.h>

#include "base/mem.h"
#include "store/kept.h"

/* ---- cells ---- */

struct name {
    char *p; /* DuckDB's to free */
    size_t n;
};

/* A column of the answer; data and validity are those of the chunk at hand. */
struct column {
    duckdb_type type;
    duckdb_type stored_as; /* of a closed set: the width of its numbers */
    struct name *names;    /* of a closed set, by number */
    uint32_t n_names;
    const void *data;
    uint64_t *valid;      /* NULL: every row is */
    const int64_t *plain; /* the data, where that is all; else NULL */
};

struct answer_of {
    struct column *column;
    struct store_cell *cell; /* one row */
    idx_t n;
};

static bool is_known(duckdb_type type)
{
    switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_ENUM:
    case DUCKDB_TYPE_SQLNULL:
        return true;
    default: /* DuckDB's enum, not ours */
        return false;
    }
}

static void read_names(struct column *c, duckdb_logical_type type)
{
    c->stored_as = duckdb_enum_internal_type(type);
    c->n_names = duckdb_enum_dictionary_size(type);
    c->names = mem_array(c->n_names, sizeof(*c->names));
    for (uint32_t i = 0; i < c->n_names; i++) {
        c->names[i].p = duckdb_enum_dictionary_value(type, i);
        c->names[i].n = strlen(c->names[i].p);
    }
}

static void free_names(struct column *c)
{
    for (uint32_t i = 0; i < c->n_names; i++) {
        duckdb_free(c->names[i].p);
    }
    mem_free(c->names);
}

static void answer_fini(struct answer_of *a)
{
    for (idx_t i = 0; i < a->n; i++) {
        free_names(&a->column[i]);
    }
    mem_free(a->column);
    mem_free(a->cell);
}

static enum rc answer_init(struct answer_of *a, duckdb_result *result,
                           struct why *why)
{
    a->n = duckdb_column_count(result);
    a->column = mem_array(a->n, sizeof(*a->column));
    a->cell = mem_array(a->n, sizeof(*a->cell));
    for (idx_t i = 0; i < a->n; i++) {
        struct column *c = &a->column[i];

        c->type = duckdb_column_type(result, i);
        if (!is_known(c->type)) {
            return why_set(why, RC_UNSUPPORTED,
                           "column %s of an answer has a type (%d) that no "
                           "cell can hold",
                           duckdb_column_name(result, i), (int)c->type);
        }
        if (c->type == DUCKDB_TYPE_ENUM) {
            duckdb_logical_type type = duckdb_column_logical_type(result, i);
            read_names(c, type);
            duckdb_destroy_logical_type(&type);
        }
    }
    return RC_OK;
}

/* Most columns of long answers are whole numbers that are all there: their
 * cells need nothing but the number. */
static void aim(struct answer_of *a, duckdb_data_chunk chunk)
{
    for (idx_t i = 0; i < a->n; i++) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
        struct column *c = &a->column[i];

        c->data = duckdb_vector_get_data(vector);
        c->valid = duckdb_vector_get_validity(vector);
        c->plain =
            c->type == DUCKDB_TYPE_BIGINT && c->valid == NULL ? c->data : NULL;
        a->cell[i] = (struct store_cell){.kind = STORE_CELL_I64};
    }
}

static struct store_cell cell_i64(int64_t n)
{
    return (struct store_cell){.kind = STORE_CELL_I64, .i64 = n};
}

static struct store_cell cell_i128(num_i128 n)
{
    return (struct store_cell){.kind = STORE_CELL_I128, .i128 = n};
}

static struct store_cell cell_str(const char *p, size_t n)
{
    return (struct store_cell){.kind = STORE_CELL_STR, .str = {.p = p, .n = n}};
}

/* Short text stands in the cell itself, longer text elsewhere. */
static struct store_cell cell_text(const duckdb_string_t *s)
{
    size_t n = s->value.inlined.length;

    return cell_str(n <= sizeof(s->value.inlined.inlined)
                        ? s->value.inlined.inlined
                        : s->value.pointer.ptr,
                    n);
}

static int64_t integer_at(duckdb_type type, const void *data, idx_t row)
{
    switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
        return ((const bool *)data)[row];
    case DUCKDB_TYPE_TINYINT:
        return ((const int8_t *)data)[row];
    case DUCKDB_TYPE_SMALLINT:
        return ((const int16_t *)data)[row];
    case DUCKDB_TYPE_INTEGER:
        return ((const int32_t *)data)[row];
    case DUCKDB_TYPE_UTINYINT:
        return ((const uint8_t *)data)[row];
    case DUCKDB_TYPE_USMALLINT:
        return ((const uint16_t *)data)[row];
    case DUCKDB_TYPE_UINTEGER:
        return ((const uint32_t *)data)[row];
    default: /* BIGINT, and timestamps in microseconds */
        return ((const int64_t *)data)[row];
    }
}

static struct store_cell cell_at(const struct column *c, idx_t row)
{
    if (c->type == DUCKDB_TYPE_SQLNULL ||
        (c->valid && !duckdb_validity_row_is_valid(c->valid, row))) {
        return (struct store_cell){.kind = STORE_CELL_NULL};
    }
    switch (c->type) {
    case DUCKDB_TYPE_VARCHAR:
        return cell_text(&((const duckdb_string_t *)c->data)[row]);
    case DUCKDB_TYPE_ENUM: {
        int64_t member = integer_at(c->stored_as, c->data, row);
        return cell_str(c->names[member].p, c->names[member].n);
    }
    case DUCKDB_TYPE_HUGEINT: {
        const duckdb_hugeint *n = &((const duckdb_hugeint *)c->data)[row];
        return cell_i128((num_i128)n->upper * ((num_i128)1 << 64) +
                         (num_i128)n->lower);
    }
    case DUCKDB_TYPE_UBIGINT:
        return cell_i128((num_i128)((const uint64_t *)c->data)[row]);
    case DUCKDB_TYPE_FLOAT:
        return (struct store_cell){.kind = STORE_CELL_F64,
                                   .f64 =
                                       (double)((const float *)c->data)[row]};
    case DUCKDB_TYPE_DOUBLE:
        return (struct store_cell){.kind = STORE_CELL_F64,
                                   .f64 = ((const double *)c->data)[row]};
    default:
        return cell_i64(integer_at(c->type, c->data, row));
    }
}

/* ---- running a statement ---- */

static enum rc bind(duckdb_prepared_statement statement,
                    const struct store_sql *sql, struct why *why)
{
    for (size_t i = 0; i < sql->n_params; i++) {
        struct str param = sql->params[i];

        if (duckdb_bind_varchar_length(statement, i + 1,
                                       param.n > 0 ? param.p : "",
                                       param.n) != DuckDBSuccess) {
            return duck_error(duckdb_prepare_error(statement), why);
        }
    }
    return RC_OK;
}

static enum rc hand_over(struct answer_of *a, idx_t n_rows, store_row_fn *row,
                         void *arg, struct why *why)
{
    for (idx_t r = 0; r < n_rows; r++) {
        for (idx_t i = 0; i < a->n; i++) {
            const struct column *c = &a->column[i];
            if (c->plain != NULL) {
                a->cell[i].i64 = c->plain[r];
            } else {
                a->cell[i] = cell_at(c, r);
            }
        }
        enum rc rc = row(arg, a->cell, a->n, why);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

/* Chunk by chunk as they are made, so that an answer of any length takes
 * little memory. */
static enum rc stream(struct duck *d, duckdb_result *result, store_row_fn *row,
                      void *arg, struct why *why)
{
    struct answer_of a = {.n = 0};
    enum rc rc = answer_init(&a, result, why);

    while (rc == RC_OK) {
        duckdb_data_chunk chunk = duckdb_fetch_chunk(*result);
        const char *error = duckdb_result_error(result);

        if (error) {
            rc = duck_error(error, why);
        } else if (!chunk) {
            break;
        } else if (duck_is_broken(d)) {
            rc = why_set(why, RC_UNAVAILABLE,
                         "the database recovers from a failure");
        } else {
            aim(&a, chunk);
            rc =
                hand_over(&a, duckdb_data_chunk_get_size(chunk), row, arg, why);
        }
        duckdb_destroy_data_chunk(&chunk);
    }
    answer_fini(&a);
    return rc;
}

enum rc duck_rows(struct duck *d, duckdb_connection conn,
                  const struct store_sql *sql, store_row_fn *row, void *arg,
                  struct why *why)
{
    duckdb_prepared_statement statement = NULL;
    duckdb_result result = {.internal_data = NULL};
    struct buf text; /* ends with a NUL */
    enum rc rc;

    buf_init(&text, sql->text.n + 1);
    buf_str(&text, sql->text);
    buf_char(&text, '\0');
    rc = buf_rc(&text, why);
    if (rc != RC_OK) {
        goto out;
    }
    if (duckdb_prepare(conn, text.p, &statement) != DuckDBSuccess) {
        rc = duck_error(duckdb_prepare_error(statement), why);
        goto out;
    }
    rc = bind(statement, sql, why);
    if (rc != RC_OK) {
        goto out;
    }
    rc = duck_await(statement, true, &result, why);
    if (rc != RC_OK) {
        goto out;
    }
    rc = stream(d, &result, row, arg, why);
out:
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
    buf_fini(&text);
    return rc;
}

/* A statement is planned before it runs, and what the plan leaves out, as no
 * row could match, stays out: in two transactions that would mix what was
 * committed between them with what was there before. */
enum rc duck_select_anew(void *base, const struct store_sql *sql,
                         store_row_fn *row, void *arg, struct why *why)
{
    struct duck *d = base;
    duckdb_connection conn = NULL;
    enum rc rc = duck_enter(d, &conn, why);
    if (rc != RC_OK) {
        return rc;
    }
    rc = duck_run(conn, "BEGIN TRANSACTION", why);
    if (rc == RC_OK) {
        rc = duck_rows(d, conn, sql, row, arg, why);
        duck_undo(conn);
    }
    duck_leave(d, &conn, rc);
    return rc;
}

enum rc duck_select(struct store_reader *r, const struct store_sql *sql,
                    store_row_fn *row, void *arg, struct why *why)
{
    struct duck *d = (struct duck *)r->store;

    return kept_select(d->kept, sql, row, arg, why);
}

enum rc duck_reader_open(struct store *s, struct store_reader **ret,
                         struct why *why)
{
    (void)why;
    struct store_reader *r = mem_alloc(sizeof(*r));
    r->store = s;
    *ret = r;
    return RC_OK;
}

void duck_reader_close(struct store_reader **r)
{
    mem_free(*r);
    *r = NULL;
}
