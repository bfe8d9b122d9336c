/* {"sentence": ..., facts, texts and tables by their names, "notes", "from",
 * "to", "timezone", "filters"}; money is a decimal string, exact. */
#include "base/buf.h"
#include "base/json.h"
#include "face/answer_json.h"
#include "face/report/report_draw.h"
#include "insight/report.h"

static void add_table(struct json_writer *w, const struct report_table *t)
{
    json_w_arr(w);
    for (size_t r = 0; r < t->n_rows; r++) {
        json_w_obj(w);
        for (size_t c = 0; c < t->n_columns; c++) {
            json_w_key(w, str_from_cz(t->column[c].name));
            answer_json_cell(w, t->column[c].kind, report_cell(t, r, c));
        }
        json_w_obj_end(w);
    }
    json_w_arr_end(w);
}

static void add_item(struct json_writer *w, const struct report_item *item)
{
    if (item->kind == REPORT_HEADING) {
        return; /* for people */
    }
    json_w_key(w, item->name);
    switch (item->kind) {
    case REPORT_HEADING:
        break;
    case REPORT_TEXT:
    case REPORT_CODE:
        json_w_str(w, item->text);
        break;
    case REPORT_FACT:
        answer_json_cell(w, item->value_kind, &item->cell);
        break;
    case REPORT_TABLE:
        add_table(w, item->table);
        break;
    }
}

static void add_text(struct json_writer *w, const char *name, struct str text)
{
    json_w_key(w, str_from_cz(name));
    json_w_str(w, text);
}

static void add_range(struct json_writer *w, const struct report *r)
{
    add_text(w, "from", r->from);
    add_text(w, "to", r->to);
    add_text(w, "timezone", r->timezone);
    json_w_key(w, STR("filters"));
    json_w_arr(w);
    for (size_t i = 0; i < r->n_filters; i++) {
        json_w_str(w, r->filter[i]);
    }
    json_w_arr_end(w);
}

void report_json_add(struct buf *b, const struct report *r, size_t width)
{
    struct json_writer w;

    (void)width;
    json_w_init(&w, b);
    json_w_obj(&w);
    add_text(&w, "title", r->title);
    add_text(&w, "sentence", r->sentence);
    for (size_t i = 0; i < report_n_items(r); i++) {
        add_item(&w, report_item(r, i));
    }
    json_w_key(&w, STR("notes"));
    json_w_arr(&w);
    for (size_t i = 0; i < report_n_notes(r); i++) {
        json_w_str(&w, report_note_at(r, i));
    }
    json_w_arr_end(&w);
    if (r->from.n > 0) {
        add_range(&w, r);
    }
    json_w_obj_end(&w);
    buf_char(b, '\n');
}
