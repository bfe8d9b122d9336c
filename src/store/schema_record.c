#include "store/schema_record.h"

#include "base/buf.h"
#include "base/why.h"
#include "event/record_field.h"
#include "store/store.h"

static const char *const ORDER[RECORD_KIND__COUNT] = {
    [RECORD_OUTCOME] = "\"id\"",
    [RECORD_RELEASE] = "\"release\", \"feature\"",
    [RECORD_CUSTOMER] = "\"customer\"",
    [RECORD_INVOICE] = "provider, \"to\", account, model, line, charge",
    [RECORD_GUARDRAIL] = "\"id\"",
};

bool schema_record_has_column(enum record_kind kind,
                              const struct record_field *f)
{
    return f->kind == kind && f->how != RECORD_FIELD_TS &&
           f->how != RECORD_FIELD_MONTH && f->how != RECORD_FIELD_BEGIN &&
           f->how != RECORD_FIELD_CURRENCY;
}

void schema_record_add_columns(struct buf *sql, enum record_kind kind)
{
    buf_cz(sql, "ts, arrival");
    for (size_t i = 0; i < RECORD_FIELD__COUNT; i++) {
        const struct record_field *f = &record_field_table[i];

        if (schema_record_has_column(kind, f)) {
            buf_fmt(sql, ", \"%.*s\"", STR_ARG(f->name));
        }
    }
}

void schema_record_add_order(struct buf *sql, enum record_kind kind)
{
    buf_cz(sql, ORDER[kind]);
}

static bool read_cell(struct record *rec, const struct record_field *f,
                      const struct store_cell *cell)
{
    int max_bytes;

    if (f->how == RECORD_FIELD_VALUE) {
        rec->value = cell->f64;
        return cell->kind == STORE_CELL_F64;
    }
    if (f->how == RECORD_FIELD_REVENUE) {
        rec->revenue.pico = cell->i64;
        return cell->kind == STORE_CELL_I64;
    }
    if (f->how == RECORD_FIELD_END) {
        rec->to_us = cell->i64;
        return cell->kind == STORE_CELL_I64;
    }
    if (f->how == RECORD_FIELD_AMOUNT) {
        rec->amount.pico = cell->i64;
        return cell->kind == STORE_CELL_I64;
    }
    if (!record_is_text(f, &max_bytes) || cell->kind != STORE_CELL_STR) {
        return false;
    }
    record_set_text(rec, f, cell->str);
    return true;
}

enum rc schema_record_read(enum record_kind kind,
                           const struct store_cell *cells, size_t n_cells,
                           struct record *ret_rec, struct why *why)
{
    struct record rec = {.kind = kind};
    bool fits = n_cells >= 2 && cells[0].kind == STORE_CELL_I64 &&
                cells[1].kind == STORE_CELL_I64;
    size_t n = 2;

    for (size_t i = 0; i < RECORD_FIELD__COUNT && fits; i++) {
        const struct record_field *f = &record_field_table[i];

        if (schema_record_has_column(kind, f)) {
            fits = n < n_cells && read_cell(&rec, f, &cells[n]);
            n++;
        }
    }
    if (!fits || n != n_cells) {
        return why_set(why, RC_CORRUPT,
                       "a row of %.*s has cells of another "
                       "kind",
                       STR_ARG(record_kind_name(kind)));
    }
    rec.ts_us = cells[0].i64;
    rec.arrival_us = cells[1].i64;
    *ret_rec = rec;
    return RC_OK;
}
