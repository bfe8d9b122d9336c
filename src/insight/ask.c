/* What insights share: reading their parameters, asking the query room. */
#include "insight/insight.h"

#include "base/check.h"
#include "base/num.h"
#include "base/usd.h"
#include "base/utc.h"
#include "base/why.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- parameters ---- */

struct str insight_value(const struct insight_call *call, const char *name)
{
    struct str value = STR_EMPTY;

    for (size_t i = 0; i < call->n_params; i++) {
        if (str_eq(call->param[i].name, str_from_cz(name))) {
            value = call->param[i].value;
        }
    }
    return value;
}

bool insight_has(const struct insight_call *call, const char *name)
{
    struct str value = insight_value(call, name);

    return value.p != NULL && !str_eq(value, STR("0")) &&
           !str_eq(value, STR("false"));
}

enum rc insight_i64(const struct insight_call *call, const char *name,
                    struct insight_bounds_i64 bounds, int64_t *ret,
                    struct why *why)
{
    struct str value = insight_value(call, name);

    *ret = bounds.otherwise;
    if (value.n == 0) {
        return RC_OK;
    }
    if (str_to_i64(value, ret) != RC_OK || *ret < bounds.min ||
        *ret > bounds.max) {
        return why_set(why, RC_INVALID,
                       "%s must be a whole number from %" PRId64 " to %" PRId64
                       ", not '%.*s'",
                       name, bounds.min, bounds.max, STR_ARG(value));
    }
    return RC_OK;
}

enum rc insight_f64(const struct insight_call *call, const char *name,
                    struct insight_bounds_f64 bounds, double *ret,
                    struct why *why)
{
    struct str value = insight_value(call, name);

    *ret = bounds.otherwise;
    if (value.n == 0) {
        return RC_OK;
    }
    if (str_to_f64(value, ret) != RC_OK ||
        !(*ret >= bounds.min && *ret <= bounds.max)) {
        return why_set(why, RC_INVALID,
                       "%s must be a number from %g to %g, not '%.*s'", name,
                       bounds.min, bounds.max, STR_ARG(value));
    }
    return RC_OK;
}

enum rc insight_usd(const struct insight_call *call, const char *name,
                    struct usd otherwise, struct usd *ret, struct why *why)
{
    struct str value = insight_value(call, name);

    *ret = otherwise;
    if (value.n == 0) {
        return RC_OK;
    }
    if (usd_parse(value, ret) != RC_OK || ret->pico < 0) {
        return why_set(why, RC_INVALID,
                       "%s must be an amount in dollars, not '%.*s'", name,
                       STR_ARG(value));
    }
    return RC_OK;
}

/* ---- asking ---- */

static bool is_range_name(struct str name)
{
    return str_eq(name, STR("from")) || str_eq(name, STR("to")) ||
           str_eq(name, STR("range"));
}

/* What a question is made of: its own parameters, and which of the call's. */
struct asked {
    struct query_param own[6];
    size_t n_own;
    bool with_range;
    bool with_where;
};

static void add_own(struct asked *asked, const char *name, const char *value)
{
    CHECK(asked->n_own < ARRAY_N(asked->own));
    if (value != NULL) {
        asked->own[asked->n_own++] =
            (struct query_param){str_from_cz(name), str_from_cz(value)};
    }
}

static enum rc parse(const struct insight_call *call, const struct asked *asked,
                     struct query *ret, struct why *why)
{
    struct query_param param[LIMIT_API_PARAMS_MAX + ARRAY_N(asked->own)];
    size_t n = 0;

    CHECK(call->n_params <= LIMIT_API_PARAMS_MAX);
    for (size_t i = 0; i < asked->n_own; i++) {
        param[n++] = asked->own[i];
    }
    for (size_t i = 0; i < call->n_params; i++) {
        struct str name = call->param[i].name;

        if ((asked->with_range && is_range_name(name)) ||
            (asked->with_where && str_eq(name, STR("where")))) {
            param[n++] = call->param[i];
        }
    }
    return query_parse(param, n, call->env->now_us, call->env->timezone,
                       call->arena, ret, why);
}

int64_t insight_until_us(const struct insight_call *call)
{
    const int64_t minute_us = UTC_US_PER_MINUTE;

    return num_floor_div(call->env->now_us + minute_us - 1, minute_us) *
           minute_us;
}

enum rc insight_range(const struct insight_call *call, const char *otherwise,
                      int64_t *ret_from_us, int64_t *ret_to_us, struct why *why)
{
    struct asked asked = {.with_range = true};
    bool is_given = false;
    struct query q;

    for (size_t i = 0; i < call->n_params; i++) {
        is_given = is_given || (is_range_name(call->param[i].name) &&
                                call->param[i].value.n > 0);
    }
    add_own(&asked, "range", is_given ? NULL : otherwise);
    enum rc rc = parse(call, &asked, &q, why);
    if (rc == RC_OK) {
        *ret_from_us = q.from_us;
        *ret_to_us = q.to_us;
    }
    return rc;
}

enum rc insight_parse(const struct insight_call *call,
                      const struct insight_question *q, struct query *ret,
                      struct why *why)
{
    struct asked asked = {.with_where = !q->ignores_where};

    add_own(&asked, "metrics", q->metrics);
    add_own(&asked, "by", q->by);
    add_own(&asked, "interval", q->interval);
    add_own(&asked, "order", q->order);
    add_own(&asked, "where", q->where);
    add_own(&asked, "where", q->all_environments ? "environment:*" : NULL);
    enum rc rc = parse(call, &asked, ret, why);
    if (rc == RC_OK) {
        ret->from_us = q->from_us;
        ret->to_us = q->to_us;
        ret->lacks_totals = q->lacks_totals;
        ret->limit = q->limit > 0 ? q->limit : LIMIT_QUERY_ROWS_MAX;
    }
    return rc;
}

enum rc insight_ask(const struct insight_call *call,
                    const struct insight_question *q, struct answer **ret,
                    struct why *why)
{
    struct query query;
    enum rc rc = insight_parse(call, q, &query, why);

    return rc == RC_OK
               ? query_run(&query, call->env->reader, call->arena, ret, why)
               : rc;
}

enum rc insight_narrow(const struct insight_call *call, struct query *q,
                       enum dim dim, struct str value, struct why *why)
{
    struct str *own = arena_array(call->arena, 1, sizeof *own);

    if (own == NULL || q->n_where == LIMIT_QUERY_FILTERS_MAX) {
        return why_set(why, RC_LIMIT, "too many filters");
    }
    *own = value;
    q->where[q->n_where++] = (struct query_filter){
        .field = {.kind = QUERY_FIELD_DIM, .dim = dim, .name = dim_name(dim)},
        .value = own,
        .n_values = 1,
    };
    return RC_OK;
}

/* ---- cells ---- */

static const struct answer_cell *cell_at(const struct answer *a, size_t row,
                                         size_t column)
{
    CHECK(row < a->n_rows && column < a->n_columns);
    return &a->cell[row * a->n_columns + column];
}

struct str answer_str(const struct answer *a, size_t row, size_t column)
{
    const struct answer_cell *c = cell_at(a, row, column);

    return c->is_null ? STR_EMPTY : c->text;
}

num_i128 answer_count(const struct answer *a, size_t row, size_t column)
{
    const struct answer_cell *c = cell_at(a, row, column);

    return c->is_null ? 0 : c->count;
}

num_i128 answer_pico(const struct answer *a, size_t row, size_t column)
{
    const struct answer_cell *c = cell_at(a, row, column);

    return c->is_null ? 0 : c->usd.pico;
}

double answer_real(const struct answer *a, size_t row, size_t column)
{
    const struct answer_cell *c = cell_at(a, row, column);

    return c->is_null ? 0 : c->real;
}
