#include "face/answer_json.h"

#include "base/buf.h"
#include "base/json.h"
#include "query/answer.h"

static void add_usd(struct json_writer *w, struct usd_sum usd)
{
    struct buf text;

    buf_init(&text, USD_TEXT_MAX);
    usd_add_text(&text, usd);
    json_w_str(w, buf_view(&text));
    buf_fini(&text);
}

void answer_json_cell(struct json_writer *w, enum answer_kind kind,
                      const struct answer_cell *cell)
{
    if (cell->is_null) {
        json_w_null(w);
        return;
    }
    switch (kind) {
    case ANSWER_TEXT:
    case ANSWER_TIME:
        json_w_str(w, cell->text);
        return;
    case ANSWER_COUNT:
    case ANSWER_TOKENS:
        /* JSON has no limit to its digits, whatever its readers make of
         * them. */
        json_w_i128(w, cell->count);
        return;
    case ANSWER_USD:
    case ANSWER_USD_RATIO:
        add_usd(w, cell->usd);
        return;
    case ANSWER_RATIO:
    case ANSWER_AVERAGE:
    case ANSWER_DURATION:
        json_w_f64(w, cell->real);
        return;
    }
}

static void add_totals(struct json_writer *w, const struct answer *a)
{
    json_w_key(w, STR("totals"));
    json_w_obj(w);
    for (size_t i = a->n_keys; i < a->n_columns; i++) {
        json_w_key(w, a->column[i].name);
        answer_json_cell(w, a->column[i].kind, &a->total[i]);
    }
    json_w_obj_end(w);
}

static void add_rows(struct json_writer *w, const struct answer *a)
{
    json_w_key(w, STR("rows"));
    json_w_arr(w);
    for (size_t r = 0; r < a->n_rows; r++) {
        json_w_arr(w);
        for (size_t c = 0; c < a->n_columns; c++) {
            answer_json_cell(w, a->column[c].kind,
                             &a->cell[r * a->n_columns + c]);
        }
        json_w_arr_end(w);
    }
    json_w_arr_end(w);
}

void answer_json_add(struct buf *b, const struct answer *a)
{
    struct json_writer w;

    json_w_init(&w, b);
    json_w_obj(&w);
    json_w_key(&w, STR("columns"));
    json_w_arr(&w);
    for (size_t i = 0; i < a->n_columns; i++) {
        json_w_str(&w, a->column[i].name);
    }
    json_w_arr_end(&w);
    add_rows(&w, a);
    add_totals(&w, a);
    json_w_key(&w, STR("from"));
    json_w_str(&w, a->from);
    json_w_key(&w, STR("to"));
    json_w_str(&w, a->to);
    json_w_key(&w, STR("timezone"));
    json_w_str(&w, a->timezone);
    json_w_key(&w, STR("filters"));
    json_w_arr(&w);
    for (size_t i = 0; i < a->n_filters; i++) {
        json_w_str(&w, a->filter[i]);
    }
    json_w_arr_end(&w);
    json_w_key(&w, STR("source"));
    json_w_str(&w, a->source);
    json_w_key(&w, STR("truncated"));
    json_w_bool(&w, a->truncated);
    json_w_obj_end(&w);
    buf_char(b, '\n');
}
