#include "face/report/report_draw.h"

#include "base/near.h"
#include "face/report/report_draw_priv.h"
#include "face/table.h"
#include "insight/say.h"

#define CELL_BYTES_MAX (64 * 1024)

static const struct report_form forms[] = {
    {"json", "application/json", report_json_add},
    {"text", "text/plain; charset=utf-8", report_text_add},
    {"markdown", "text/markdown; charset=utf-8", report_markdown_add},
    {"html", "text/html; charset=utf-8", report_html_add},
    {"slack", "application/json", report_slack_add},
    {"csv", "text/csv; charset=utf-8", report_csv_add},
};

enum rc report_form_from(struct str name, const struct report_form **ret,
                         struct why *why)
{
    struct near near;

    if (name.n == 0) {
        *ret = &forms[0];
        return RC_OK;
    }
    near_init(&near, name);
    for (size_t i = 0; i < ARRAY_N(forms); i++) {
        if (str_eq(name, str_from_cz(forms[i].name))) {
            *ret = &forms[i];
            return RC_OK;
        }
        near_offer(&near, str_from_cz(forms[i].name));
    }
    return near_unknown(&near, "format",
                        "json, text, markdown, html, slack or csv", why);
}

bool report_is_number(enum answer_kind kind)
{
    return kind != ANSWER_TEXT && kind != ANSWER_TIME;
}

void report_add_value(struct buf *b, enum answer_kind kind, bool is_change,
                      const struct answer_cell *cell, report_escape_fn *escape)
{
    struct buf text;

    buf_init(&text, CELL_BYTES_MAX);
    say_cell(&text, kind, is_change, cell);
    escape(b, buf_view(&text));
    buf_fini(&text);
}

static void say_table_cell(struct buf *b, const struct report_table *t,
                           size_t row, size_t column)
{
    const struct report_column *c = &t->column[column];
    const struct answer_cell *cell = report_cell(t, row, column);

    if (c->kind == ANSWER_USD && !cell->is_null) {
        say_usd_among(b, c->is_change, cell->usd.pico, t->largest[column]);
    } else {
        say_cell(b, c->kind, c->is_change, cell);
    }
}

void report_add_cell(struct buf *b, const struct report_table *t, size_t row,
                     size_t column, report_escape_fn *escape)
{
    struct buf text;

    buf_init(&text, CELL_BYTES_MAX);
    say_table_cell(&text, t, row, column);
    escape(b, buf_view(&text));
    buf_fini(&text);
}

void report_add_caption(struct buf *b, const struct report *r,
                        report_escape_fn *escape)
{
    if (r->from.n == 0) {
        return;
    }
    buf_fmt(b, "%.*s to %.*s, ", STR_ARG(r->from), STR_ARG(r->to));
    escape(b, r->timezone);
    for (size_t i = 0; i < r->n_filters; i++) {
        buf_cz(b, ", ");
        escape(b, r->filter[i]);
    }
}

void report_add_lines(struct buf *b, const struct report_table *from,
                      size_t n_rows, size_t width)
{
    struct table t;
    struct buf text;

    table_init(&t, from->n_columns, n_rows);
    buf_init(&text, CELL_BYTES_MAX);
    for (size_t c = 0; c < from->n_columns; c++) {
        buf_clear(&text);
        say_name(&text, str_from_cz(from->column[c].name));
        table_head(&t, buf_view(&text), report_is_number(from->column[c].kind));
    }
    for (size_t r = 0; r < n_rows; r++) {
        for (size_t c = 0; c < from->n_columns; c++) {
            buf_clear(&text);
            say_table_cell(&text, from, r, c);
            table_add(&t, buf_view(&text));
        }
    }
    table_draw(&t, width, false, false, b);
    buf_fini(&text);
    table_fini(&t);
}

static bool is_fact(const struct report *r, size_t i)
{
    return i < report_n_items(r) && report_item(r, i)->kind == REPORT_FACT;
}

bool report_begins_facts(const struct report *r, size_t i)
{
    return is_fact(r, i) && (i == 0 || !is_fact(r, i - 1));
}

bool report_ends_facts(const struct report *r, size_t i)
{
    return is_fact(r, i) && !is_fact(r, i + 1);
}
