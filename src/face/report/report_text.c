/* For a terminal: the answer first, then what it rests on. */
#include "face/report/report_draw.h"
#include "face/report/report_draw_priv.h"
#include "face/table.h"
#include "insight/say.h"

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
    if (item->is_data) {
        return;
    }
    buf_char(b, '\n');
    if (item->text.n > 0) {
        table_safe(b, item->text);
        buf_char(b, '\n');
    }
    if (item->table->n_rows == 0) {
        buf_cz(b, "  (none)\n");
    } else {
        report_add_lines(b, item->table, item->table->n_rows, width);
    }
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
    buf_cz(b, "  ");
    say_name(b, item->name);
    for (size_t i = item->name.n; i < widest + 2; i++) {
        buf_char(b, ' ');
    }
    report_add_value(b, item->value_kind, item->is_change, &item->cell,
                     table_safe);
    buf_char(b, '\n');
}

static void add_item(struct buf *b, const struct report *r, size_t i,
                     size_t widest, size_t width)
{
    const struct report_item *item = report_item(r, i);
    struct str text = item->text;
    struct str line;

    switch (item->kind) {
    case REPORT_HEADING:
        buf_cz(b, "\n## ");
        table_safe(b, item->text);
        buf_char(b, '\n');
        return;
    case REPORT_TEXT:
        buf_char(b, '\n');
        while (str_cut(&text, '\n', &line)) {
            add_wrapped(b, line, width);
        }
        return;
    case REPORT_CODE:
        add_code(b, item->text);
        return;
    case REPORT_FACT:
        buf_cz(b, report_begins_facts(r, i) ? "\n" : "");
        add_fact(b, item, widest);
        return;
    case REPORT_TABLE:
        add_table(b, item, width);
        return;
    }
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
    if (r->from.n > 0) {
        buf_char(b, '\n');
        report_add_caption(b, r, table_safe);
        buf_char(b, '\n');
    }
}
