#include "face/markup.h"
#include "face/report/report_draw.h"
#include "face/report/report_draw_priv.h"
#include "insight/say.h"

enum { NAME_MAX_BYTES = 28, WORDS_MAX_BYTES = 60 };

/* Colours have a contrast of at least 4.5 on both grounds. */
static const char head[] =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, "
    "initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<style>\n"
    ":root{--ink:#1c1e21;--soft:#5b6169;--line:#d9dce0;--ground:#fff;"
    "--lift:#f4f5f7;--mark:#1f5fbf}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a5abb3;"
    "--line:#3a3f46;--ground:#16181b;--lift:#202327;--mark:#82b1ff}}\n"
    "body{margin:0 auto;max-width:60rem;padding:1.5rem 1rem 3rem;"
    "background:var(--ground);color:var(--ink);"
    "font:16px/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.3rem;margin:0 0 .5rem;color:var(--soft);"
    "font-weight:600}\n"
    "h2{font-size:1.1rem;margin:2.2rem 0 .4rem;padding-top:1rem;"
    "border-top:1px solid var(--line)}\n"
    "h3{font-size:.95rem;margin:1.2rem 0 .3rem}\n"
    ".answer{font-size:1.25rem;line-height:1.4;margin:0 0 1rem}\n"
    "dl{display:flex;flex-wrap:wrap;gap:.5rem 2rem;margin:1rem 0}\n"
    "dt{font-size:.8rem;color:var(--soft)}\n"
    "dd{margin:0;font-size:1.1rem;font-variant-numeric:tabular-nums}\n"
    ".wide{overflow-x:auto}\n"
    "table{border-collapse:collapse;width:100%;font-size:.9rem}\n"
    "th,td{padding:.35rem .6rem;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--line)}\n"
    "th{color:var(--soft);font-weight:600;white-space:nowrap}\n"
    ".s{white-space:nowrap}.m{min-width:11rem}.l{min-width:18rem}\n"
    ".n{text-align:right;white-space:nowrap;"
    "font-variant-numeric:tabular-nums}\n"
    "pre{background:var(--lift);padding:.8rem;overflow-x:auto;"
    "font-size:.85rem}\n"
    "blockquote{border-left:3px solid var(--mark);margin:0 0 1.5rem;"
    "padding:.1rem .8rem}\n"
    ".note{border-left:3px solid var(--mark);padding:.1rem .8rem;"
    "color:var(--soft);font-size:.9rem}\n"
    "footer{margin-top:2rem;color:var(--soft);font-size:.8rem}\n"
    "@media print{body{max-width:none;padding:0;font-size:11pt}"
    "h2{break-after:avoid}tr,pre,dl{break-inside:avoid}"
    ".wide{overflow:visible}}\n"
    "</style>\n";

static void add_element(struct buf *b, const char *open, struct str text,
                        const char *close)
{
    buf_cz(b, open);
    markup_add_html(b, text);
    buf_cz(b, close);
}

static void add_heads(struct buf *b, const struct report_table *t)
{
    buf_cz(b, "<thead><tr>");
    for (size_t c = 0; c < t->n_columns; c++) {
        buf_cz(b, report_is_number(t->column[c].kind)
                      ? "<th scope=\"col\" class=\"n\">"
                      : "<th scope=\"col\">");
        say_name(b, str_from_cz(t->column[c].name));
        buf_cz(b, "</th>");
    }
    buf_cz(b, "</tr></thead>\n<tbody>\n");
}

/* Names stay on a line, sentences get room: a narrow page is scrolled sideways
 * rather than read a word a line. */
static const char *cell_tag(const struct report_table *t, size_t row,
                            size_t column)
{
    const struct answer_cell *cell = report_cell(t, row, column);

    if (report_is_number(t->column[column].kind)) {
        return "<td class=\"n\">";
    }
    if (cell->is_null || cell->text.n <= NAME_MAX_BYTES) {
        return "<td class=\"s\">";
    }
    return cell->text.n <= WORDS_MAX_BYTES ? "<td class=\"m\">"
                                           : "<td class=\"l\">";
}

static void add_table(struct buf *b, const struct report_item *item)
{
    const struct report_table *t = item->table;

    if (item->is_data) {
        return;
    }
    if (item->text.n > 0) {
        add_element(b, "<h3>", item->text, "</h3>\n");
    }
    if (t->n_rows == 0) {
        buf_cz(b, "<p>(none)</p>\n");
        return;
    }
    buf_cz(b, "<div class=\"wide\"><table>\n");
    add_heads(b, t);
    for (size_t r = 0; r < t->n_rows; r++) {
        buf_cz(b, "<tr>");
        for (size_t c = 0; c < t->n_columns; c++) {
            buf_cz(b, cell_tag(t, r, c));
            report_add_cell(b, t, r, c, markup_add_html);
            buf_cz(b, "</td>");
        }
        buf_cz(b, "</tr>\n");
    }
    buf_cz(b, "</tbody></table></div>\n");
}

static void add_fact(struct buf *b, const struct report_item *item)
{
    buf_cz(b, "<div><dt>");
    say_name(b, item->name);
    buf_cz(b, "</dt><dd>");
    report_add_value(b, item->value_kind, item->is_change, &item->cell,
                     markup_add_html);
    buf_cz(b, "</dd></div>\n");
}

static void add_item(struct buf *b, const struct report *r, size_t i)
{
    const struct report_item *item = report_item(r, i);
    struct str text = item->text;
    struct str line;

    switch (item->kind) {
    case REPORT_HEADING:
        add_element(b, "<h2>", item->text, "</h2>\n");
        return;
    case REPORT_TEXT:
        while (str_cut(&text, '\n', &line)) {
            add_element(b, "<p>", line, "</p>\n");
        }
        return;
    case REPORT_CODE:
        add_element(b, "<pre>", item->text, "</pre>\n");
        return;
    case REPORT_FACT:
        buf_cz(b, report_begins_facts(r, i) ? "<dl>\n" : "");
        add_fact(b, item);
        buf_cz(b, report_ends_facts(r, i) ? "</dl>\n" : "");
        return;
    case REPORT_TABLE:
        add_table(b, item);
        return;
    }
}

void report_html_add(struct buf *b, const struct report *r, size_t width)
{
    (void)width;
    report_html_add_message(b, r, STR_EMPTY);
}

static void add_note(struct buf *b, struct str note)
{
    struct str line;

    if (note.n == 0) {
        return;
    }
    buf_cz(b, "<blockquote>\n");
    while (str_cut(&note, '\n', &line)) {
        add_element(b, "<p>", line, "</p>\n");
    }
    buf_cz(b, "</blockquote>\n");
}

void report_html_add_message(struct buf *b, const struct report *r,
                             struct str note)
{
    buf_cz(b, head);
    add_element(b, "<title>", r->title, "</title>\n");
    buf_cz(b, "<body>\n");
    add_note(b, note);
    add_element(b, "<h1>", r->title, "</h1>\n");
    add_element(b, "<p class=\"answer\">", r->sentence, "</p>\n");
    for (size_t i = 0; i < report_n_items(r); i++) {
        add_item(b, r, i);
    }
    for (size_t i = 0; i < report_n_notes(r); i++) {
        add_element(b, "<p class=\"note\">", report_note_at(r, i), "</p>\n");
    }
    buf_cz(b, "<footer>");
    report_add_caption(b, r, markup_add_html);
    buf_cz(b, "</footer>\n</body>\n</html>\n");
}
