#include "base/buf.h"
#include "base/csv.h"
#include "base/json.h"
#include "face/answer_json.h"
#include "face/report/report_draw.h"
#include "insight/report.h"

static void add_cell(struct buf *b, enum answer_kind kind,
                     const struct answer_cell *cell)
{
    struct json_writer w;

    if (cell->is_null) {
        return;
    }
    switch (kind) {
    case ANSWER_TEXT:
    case ANSWER_TIME:
        csv_add_cell(b, cell->text, ',', true);
        return;
    case ANSWER_USD:
    case ANSWER_USD_RATIO:
        usd_add_text(b, cell->usd);
        return;
    case ANSWER_COUNT:
    case ANSWER_TOKENS:
    case ANSWER_RATIO:
    case ANSWER_AVERAGE:
    case ANSWER_DURATION:
        json_w_init(&w, b);
        answer_json_cell(&w, kind, cell);
        return;
    }
}

static void add_table(struct buf *b, const struct report_table *t)
{
    for (size_t c = 0; c < t->n_columns; c++) {
        buf_fmt(b, "%s%s", c > 0 ? "," : "", t->column[c].name);
    }
    buf_cz(b, "\r\n");
    for (size_t r = 0; r < t->n_rows; r++) {
        for (size_t c = 0; c < t->n_columns; c++) {
            buf_cz(b, c > 0 ? "," : "");
            add_cell(b, t->column[c].kind, report_cell(t, r, c));
        }
        buf_cz(b, "\r\n");
    }
}

void report_csv_add(struct buf *b, const struct report *r, size_t width)
{
    (void)width;
    for (size_t i = 0; i < report_n_items(r); i++) {
        if (report_item(r, i)->kind == REPORT_TABLE) {
            add_table(b, report_item(r, i)->table);
            return;
        }
    }
}
