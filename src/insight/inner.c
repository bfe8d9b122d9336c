#include "insight/inner.h"

#include "base/check.h"
#include "base/why.h"

#include <string.h>

static const struct insight *row_of(const char *name)
{
    for (size_t i = 0; i < insight_table_n; i++) {
        if (strcmp(insight_table[i]->name, name) == 0) {
            return insight_table[i];
        }
    }
    CHECK(false); /* a constant of ours */
}

static bool takes(const struct insight *row, const char *name)
{
    for (size_t i = 0; i < row->n_params; i++) {
        if (strcmp(row->param[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

enum rc inner_ask(const struct insight_call *call,
                  const struct inner_question *q, struct report *ret,
                  struct why *why)
{
    const struct insight *row = row_of(q->name);
    struct query_param param[LIMIT_API_PARAMS_MAX];
    struct insight_env env = *call->env;
    size_t n = 0;

    env.now_us = q->now_us;
    for (size_t i = 0; i < q->n_params; i++) {
        param[n++] = q->param[i];
    }
    for (size_t i = 0; i < call->n_params && takes(row, "where"); i++) {
        if (str_eq(call->param[i].name, STR("where")) && n < ARRAY_N(param)) {
            param[n++] = call->param[i];
        }
    }
    report_init(ret, LIMIT_ANSWER_BYTES_MAX);
    const struct insight_call inner = {
        .env = &env,
        .param = param,
        .n_params = n,
        .subject = q->subject,
        .arena = call->arena,
    };
    enum rc rc = row->run(&inner, ret, why);
    return rc == RC_OK ? report_rc(ret, why) : rc;
}

const struct report_table *inner_table(const struct report *r, const char *name)
{
    for (size_t i = 0; i < report_n_items(r); i++) {
        const struct report_item *item = report_item(r, i);
        if (item->kind == REPORT_TABLE &&
            str_eq(item->name, str_from_cz(name))) {
            return item->table;
        }
    }
    return NULL;
}

static const struct answer_cell *cell_of(const struct report_table *t,
                                         size_t row, const char *column)
{
    size_t c = 0;

    while (c < t->n_columns && strcmp(t->column[c].name, column) != 0) {
        c++;
    }
    CHECK(c < t->n_columns); /* a constant of ours */
    return report_cell(t, row, c);
}

struct str inner_str(const struct report_table *t, size_t row,
                     const char *column)
{
    const struct answer_cell *cell = cell_of(t, row, column);

    return cell->is_null ? STR_EMPTY : cell->text;
}

num_i128 inner_pico(const struct report_table *t, size_t row,
                    const char *column)
{
    const struct answer_cell *cell = cell_of(t, row, column);

    return cell->is_null ? 0 : cell->usd.pico;
}
