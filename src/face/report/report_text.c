/* For a terminal: the answer first, then what it rests on. */
#include "base/buf.h"
#include "face/report/report_draw.h"
#include "face/table.h"
#include "insight/report.h"
#include "insight/say.h"

#define CELL_BYTES_MAX (64 * 1024)

/* "share_of_cost" as "share of cost". */
static void add_name(struct buf *b, struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        buf_char(b, (char)(c == '_' ? ' ' : c));
    }
}

/* Text at the width of a terminal, broken between words. */
static void add_wrapped(struct buf *b, struct str text, size_t width)
{
    size_t used = 0;
    struct str word;

    while (str_cut(&text, ' ', &word)) {
        if (width > 0 && used > 0 && used + 1 + word.n > width) {
            buf_char(b, '\n');
            used = 0;
        }
        buf_cz(b, used > 0 ? " " : "");
        table_safe(b, word);
        used += word.n + (used > 0 ? 1 : 0);
    }
    buf_char(b, '\n');
}

static void add_table(struct buf *b, const struct report_item *item,
                      size_t width)
{
    const struct report_table *from = item->table;
    struct table t;
    struct buf text;

    buf_char(b, '\n');
    if (item->text.n > 0) {
        table_safe(b, item->text);
        buf_char(b, '\n');
    }
    if (from->n_rows == 0) {
        buf_cz(b, "  (none)\n");
        return;
    }
    table_init(&t, from->n_columns, from->n_rows);
    buf_init(&text, CELL_BYTES_MAX);
    for (size_t c = 0; c < from->n_columns; c++) {
        enum answer_kind kind = from->column[c].kind;
        buf_clear(&text);
        add_name(&text, str_from_cz(from->column[c].name));
        table_head(&t, buf_view(&text),
                   kind != ANSWER_TEXT && kind != ANSWER_TIME);
    }
    for (size_t r = 0; r < from->n_rows; r++) {
        for (size_t c = 0; c < from->n_columns; c++) {
            buf_clear(&text);
            say_cell(&text, from->column[c].kind, from->column[c].is_change,
                     report_cell(from, r, c));
            table_add(&t, buf_view(&text));
        }
    }
    table_draw(&t, width, false, false, b);
    buf_fini(&text);
    table_fini(&t);
}

/* Code as it is, but no control character. */
static void add_code(struct buf *b, struct str text)
{
    struct str line;

    buf_char(b, '\n');
    while (str_cut(&text, '\n', &line)) {
        buf_cz(b, line.n > 0 ? "  " : "");
        table_safe(b, line);
        buf_char(b, '\n');
    }
}

static size_t widest_fact(const struct report *r)
{
    size_t widest = 0;

    for (size_t i = 0; i < report_n_items(r); i++) {
        const struct report_item *item = report_item(r, i);
        if (item->kind == REPORT_FACT && item->name.n > widest) {
            widest = item->name.n;
        }
    }
    return widest;
}

static void add_fact(struct buf *b, const struct report_item *item,
                     size_t widest)
{
    struct buf text;

    buf_init(&text, CELL_BYTES_MAX);
    say_cell(&text, item->value_kind, item->is_change, &item->cell);
    buf_cz(b, "  ");
    add_name(b, item->name);
    for (size_t i = item->name.n; i < widest + 2; i++) {
        buf_char(b, ' ');
    }
    bool is_usd = !item->cell.is_null && (item->value_kind == ANSWER_USD ||
                                          item->value_kind == ANSWER_USD_RATIO);
    buf_cz(b, is_usd ? "$" : "");
    table_safe(b, buf_view(&text));
    buf_char(b, '\n');
    buf_fini(&text);
}

static void add_item(struct buf *b, const struct report *r, size_t i,
                     size_t widest, size_t width)
{
    const struct report_item *item = report_item(r, i);

    switch (item->kind) {
    case REPORT_HEADING:
        buf_cz(b, "\n## ");
        table_safe(b, item->text);
        buf_char(b, '\n');
        return;
    case REPORT_TEXT:
        buf_char(b, '\n');
        add_wrapped(b, item->text, width);
        return;
    case REPORT_CODE:
        add_code(b, item->text);
        return;
    case REPORT_FACT:
        if (i == 0 || report_item(r, i - 1)->kind != REPORT_FACT) {
            buf_char(b, '\n');
        }
        add_fact(b, item, widest);
        return;
    case REPORT_TABLE:
        add_table(b, item, width);
        return;
    }
}

static void add_caption(struct buf *b, const struct report *r)
{
    if (r->from.n == 0) {
        return;
    }
    buf_fmt(b, "\n%.*s to %.*s, %.*s", STR_ARG(r->from), STR_ARG(r->to),
            STR_ARG(r->timezone));
    for (size_t i = 0; i < r->n_filters; i++) {
        buf_cz(b, ", ");
        table_safe(b, r->filter[i]);
    }
    buf_char(b, '\n');
}

void report_text_add(struct buf *b, const struct report *r, size_t width)
{
    size_t widest = widest_fact(r);

    add_wrapped(b, r->sentence, width);
    for (size_t i = 0; i < report_n_items(r); i++) {
        add_item(b, r, i, widest, width);
    }
    for (size_t i = 0; i < report_n_notes(r); i++) {
        buf_cz(b, i == 0 ? "\n" : "");
        buf_cz(b, "Note: ");
        add_wrapped(b, report_note_at(r, i), width);
    }
    add_caption(b, r);
}
