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

enum rc inner_call(const struct insight_call *call,
                   const struct inner_question *q, struct insight_call *ret,
                   struct why *why)
{
    const struct insight *row = row_of(q->name);
    struct query_param *param =
        arena_array(call->arena, LIMIT_API_PARAMS_MAX, sizeof *param);
    struct insight_env *env = arena_alloc(call->arena, sizeof *env);
    size_t n = 0;

    if (param == NULL || env == NULL) {
        return why_set(why, RC_LIMIT, "there is no memory for the answer");
    }
    *env = *call->env;
    env->now_us = q->now_us;
    for (size_t i = 0; i < q->n_params; i++) {
        param[n++] = q->param[i];
    }
    for (size_t i = 0; i < call->n_params && takes(row, "where"); i++) {
        if (str_eq(call->param[i].name, STR("where")) &&
            n < LIMIT_API_PARAMS_MAX) {
            param[n++] = call->param[i];
        }
    }
    *ret = (struct insight_call){
        .env = env,
        .param = param,
        .n_params = n,
        .subject = q->subject,
        .arena = call->arena,
    };
    return RC_OK;
}

enum rc inner_ask(const struct insight_call *call,
                  const struct inner_question *q, struct report *ret,
                  struct why *why)
{
    struct insight_call inner;

    report_init(ret, LIMIT_ANSWER_BYTES_MAX);
    enum rc rc = inner_call(call, q, &inner, why);
    if (rc == RC_OK) {
        rc = row_of(q->name)->run(&inner, ret, why);
    }
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
