#include "face/report/report_draw.h"
#include "face/report/report_draw_priv.h"
#include "insight/say.h"

/* Text from outside as text: nothing in it is markup, and no line ends. */
static void add_plain(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (str_find_char(STR("\\`*_[]<>|#~"), c, 0) != SIZE_MAX) {
            buf_char(b, '\\');
        }
        buf_char(b, (char)(c == '\n' || c == '\r' ? ' ' : c));
    }
}

static void add_table(struct buf *b, const struct report_item *item)
{
    const struct report_table *t = item->table;

    if (item->is_data) {
        return;
    }
    if (item->text.n > 0) {
        buf_cz(b, "\n**");
        add_plain(b, item->text);
        buf_cz(b, "**\n");
    }
    if (t->n_rows == 0) {
        buf_cz(b, "\n(none)\n");
        return;
    }
    buf_cz(b, "\n|");
    for (size_t c = 0; c < t->n_columns; c++) {
        buf_char(b, ' ');
        say_name(b, str_from_cz(t->column[c].name));
        buf_cz(b, " |");
    }
    buf_cz(b, "\n|");
    for (size_t c = 0; c < t->n_columns; c++) {
        buf_cz(b, report_is_number(t->column[c].kind) ? "---:|" : "---|");
    }
    buf_char(b, '\n');
    for (size_t r = 0; r < t->n_rows; r++) {
        buf_char(b, '|');
        for (size_t c = 0; c < t->n_columns; c++) {
            buf_char(b, ' ');
            report_add_cell(b, t, r, c, add_plain);
            buf_cz(b, " |");
        }
        buf_char(b, '\n');
    }
}

static void add_fact(struct buf *b, const struct report_item *item)
{
    buf_cz(b, "- ");
    say_name(b, item->name);
    buf_cz(b, ": **");
    report_add_value(b, item->value_kind, item->is_change, &item->cell,
                     add_plain);
    buf_cz(b, "**\n");
}

static void add_item(struct buf *b, const struct report *r, size_t i)
{
    const struct report_item *item = report_item(r, i);
    struct str text = item->text;
    struct str line;

    switch (item->kind) {
    case REPORT_HEADING:
        buf_cz(b, "\n## ");
        add_plain(b, item->text);
        buf_char(b, '\n');
        return;
    case REPORT_TEXT:
        while (str_cut(&text, '\n', &line)) {
            buf_char(b, '\n');
            add_plain(b, line);
            buf_char(b, '\n');
        }
        return;
    case REPORT_CODE:
        buf_cz(b, "\n```\n");
        buf_str(b, item->text);
        buf_cz(b, str_ends(item->text, STR("\n")) ? "```\n" : "\n```\n");
        return;
    case REPORT_FACT:
        buf_cz(b, report_begins_facts(r, i) ? "\n" : "");
        add_fact(b, item);
        return;
    case REPORT_TABLE:
        add_table(b, item);
        return;
    }
}

void report_markdown_add(struct buf *b, const struct report *r, size_t width)
{
    (void)width;
    buf_cz(b, "# ");
    add_plain(b, r->title);
    buf_cz(b, "\n\n");
    add_plain(b, r->sentence);
    buf_char(b, '\n');
    for (size_t i = 0; i < report_n_items(r); i++) {
        add_item(b, r, i);
    }
    for (size_t i = 0; i < report_n_notes(r); i++) {
        buf_cz(b, "\n> ");
        add_plain(b, report_note_at(r, i));
        buf_char(b, '\n');
    }
    if (r->from.n > 0) {
        buf_cz(b, "\n*");
        report_add_caption(b, r, add_plain);
        buf_cz(b, "*\n");
    }
}
