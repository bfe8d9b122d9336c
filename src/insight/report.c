#include "insight/report.h"

#include "base/check.h"
#include "base/why.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

void report_init(struct report *r, size_t bytes_max)
{
    *r = (struct report){.n_filters = 0};
    arena_init(&r->arena, bytes_max);
    buf_init(&r->items, bytes_max);
    buf_init(&r->notes, bytes_max);
}

static struct report_item *item_at(const struct report *r, size_t i)
{
    return (struct report_item *)(void *)r->items.p + i;
}

size_t report_n_items(const struct report *r)
{
    return r->items.n / sizeof(struct report_item);
}

const struct report_item *report_item(const struct report *r, size_t i)
{
    CHECK(i < report_n_items(r));
    return item_at(r, i);
}

size_t report_n_notes(const struct report *r)
{
    return r->notes.n / sizeof(struct str);
}

struct str report_note_at(const struct report *r, size_t i)
{
    CHECK(i < report_n_notes(r));
    return ((const struct str *)(const void *)r->notes.p)[i];
}

void report_fini(struct report *r)
{
    for (size_t i = 0; i < report_n_items(r); i++) {
        if (item_at(r, i)->table != NULL) {
            buf_fini(&item_at(r, i)->table->cells);
        }
    }
    buf_fini(&r->spare.cells);
    buf_fini(&r->items);
    buf_fini(&r->notes);
    arena_fini(&r->arena);
}

enum rc report_rc(const struct report *r, struct why *why)
{
    bool is_full = r->is_full || buf_rc(&r->items, NULL) != RC_OK ||
                   buf_rc(&r->notes, NULL) != RC_OK;

    for (size_t i = 0; i < report_n_items(r) && !is_full; i++) {
        const struct report_table *t = item_at(r, i)->table;
        is_full = t != NULL && buf_rc(&t->cells, NULL) != RC_OK;
    }
    return is_full ? why_set(why, RC_LIMIT,
                             "the answer does not fit in memory; narrow it "
                             "with where, or ask for fewer rows")
                   : RC_OK;
}

static struct str keep(struct report *r, struct str s)
{
    struct str copy = STR_EMPTY;

    if (str_dup(&r->arena, s, &copy) != RC_OK) {
        r->is_full = true;
    }
    return copy;
}

static struct str keep_fmt(struct report *r, const char *fmt, va_list ap)
{
    struct buf text;

    buf_init(&text, 64 * 1024);
    buf_vfmt(&text, fmt, ap);
    r->is_full = r->is_full || buf_rc(&text, NULL) != RC_OK;
    struct str kept = keep(r, buf_view(&text));
    buf_fini(&text);
    return kept;
}

void report_title(struct report *r, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    r->title = keep_fmt(r, fmt, ap);
    va_end(ap);
}

void report_sentence(struct report *r, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    r->sentence = keep_fmt(r, fmt, ap);
    va_end(ap);
}

void report_note(struct report *r, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    struct str note = keep_fmt(r, fmt, ap);
    va_end(ap);
    buf_add(&r->notes, &note, sizeof note);
}

static void add_item(struct report *r, const struct report_item *item)
{
    buf_add(&r->items, item, sizeof *item);
}

void report_heading(struct report *r, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    struct str text = keep_fmt(r, fmt, ap);
    va_end(ap);
    add_item(r, &(struct report_item){.kind = REPORT_HEADING, .text = text});
}

void report_text(struct report *r, const char *name, struct str text)
{
    add_item(r, &(struct report_item){.kind = REPORT_TEXT,
                                      .name = str_from_cz(name),
                                      .text = keep(r, text)});
}

void report_code(struct report *r, const char *name, struct str text)
{
    add_item(r, &(struct report_item){.kind = REPORT_CODE,
                                      .name = str_from_cz(name),
                                      .text = keep(r, text)});
}

void report_range(struct report *r, const struct answer *a)
{
    r->from = keep(r, a->from);
    r->to = keep(r, a->to);
    r->timezone = keep(r, a->timezone);
    r->n_filters = a->n_filters;
    r->filter = arena_array(&r->arena, a->n_filters, sizeof *r->filter);
    if (r->filter == NULL) {
        r->is_full = true;
        r->n_filters = 0;
    }
    for (size_t i = 0; i < r->n_filters; i++) {
        r->filter[i] = keep(r, a->filter[i]);
    }
}

/* A cell whose text is the report's own. */
static struct answer_cell own(struct report *r, enum answer_kind kind,
                              struct answer_cell cell)
{
    if (!cell.is_null && (kind == ANSWER_TEXT || kind == ANSWER_TIME)) {
        cell.text = keep(r, cell.text);
    }
    return cell;
}

static void add_fact(struct report *r, const char *name, enum answer_kind kind,
                     bool is_change, struct answer_cell cell)
{
    add_item(r, &(struct report_item){.kind = REPORT_FACT,
                                      .name = str_from_cz(name),
                                      .value_kind = kind,
                                      .is_change = is_change,
                                      .cell = own(r, kind, cell)});
}

void report_fact(struct report *r, const char *name, enum answer_kind kind,
                 struct answer_cell cell)
{
    add_fact(r, name, kind, false, cell);
}

void report_fact_change(struct report *r, const char *name,
                        enum answer_kind kind, struct answer_cell cell)
{
    add_fact(r, name, kind, true, cell);
}

struct answer_cell report_null(void)
{
    return (struct answer_cell){.is_null = true};
}

struct answer_cell report_str(struct str s)
{
    return (struct answer_cell){.text = s};
}

struct answer_cell report_count(num_i128 n)
{
    return (struct answer_cell){.count = n};
}

struct answer_cell report_usd(num_i128 pico)
{
    return (struct answer_cell){.usd = {.pico = pico}};
}

struct answer_cell report_usd_if(bool is_known, num_i128 pico)
{
    return is_known ? report_usd(pico) : report_null();
}

struct answer_cell report_real(double x)
{
    bool is_finite = isfinite(x);

    return is_finite ? (struct answer_cell){.real = x} : report_null();
}

struct answer_cell report_share(num_i128 part, num_i128 whole)
{
    return whole > 0 ? report_real((double)part / (double)whole)
                     : report_null();
}

struct report_table *report_table(struct report *r, const char *name,
                                  const char *title,
                                  const struct report_column *column,
                                  size_t n_columns)
{
    struct report_table *t = arena_alloc(&r->arena, sizeof *t);

    CHECK(n_columns > 0 && n_columns <= REPORT_COLUMNS_MAX);
    if (t == NULL) {
        r->is_full = true;
        buf_fini(&r->spare.cells);
        t = &r->spare;
    }
    *t = (struct report_table){.report = r, .n_columns = n_columns};
    for (size_t i = 0; i < n_columns; i++) {
        t->column[i] = column[i];
    }
    buf_init(&t->cells, r->items.max);
    if (t != &r->spare) {
        add_item(r, &(struct report_item){.kind = REPORT_TABLE,
                                          .name = str_from_cz(name),
                                          .text = keep(r, str_from_cz(title)),
                                          .table = t,
                                          .is_data = title == NULL});
    }
    return t;
}

static void note_largest(struct report_table *t, size_t column,
                         const struct answer_cell *cell)
{
    if (t->column[column].kind == ANSWER_USD && !cell->is_null) {
        num_i128 pico = num_abs(cell->usd.pico);
        t->largest[column] =
            pico > t->largest[column] ? pico : t->largest[column];
    }
}

void report_row(struct report_table *t, const struct answer_cell *cell)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        note_largest(t, i, &cell[i]);
        struct answer_cell copy = own(t->report, t->column[i].kind, cell[i]);
        buf_add(&t->cells, &copy, sizeof copy);
    }
    t->n_rows++;
}

void report_table_copy(struct report *r, const struct report_table *from,
                       const char *name, const char *title)
{
    struct report_table *t =
        report_table(r, name, title, from->column, from->n_columns);

    for (size_t i = 0; i < from->n_rows; i++) {
        report_row(t, report_cell(from, i, 0));
    }
}

const struct answer_cell *report_cell(const struct report_table *t, size_t row,
                                      size_t column)
{
    CHECK(row < t->n_rows && column < t->n_columns);
    return (const struct answer_cell *)(const void *)t->cells.p +
           row * t->n_columns + column;
}
