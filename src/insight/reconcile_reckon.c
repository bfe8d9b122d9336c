/* One provider's bill beside toll's sums of the days that it covers, and the
 * difference in parts that add up to it (docs/reconcile.md, "Causes").  Both
 * sides' names of a model are brought together by the row of the price book
 * that prices them. */
#include "insight/reconcile_priv.h"

#include "base/limits.h"
#include "base/usd.h"
#include "base/utc.h"
#include "base/why.h"
#include "event/event.h"
#include "price/explain.h"
#include "query/query.h"

#define PPM INT64_C(1000000)

/* ---- models ---- */

/* A call of that model at the month's end, explained into the scratch. */
static enum rc look_up(struct reconcile *in, const struct bill *b,
                       struct str model, struct cost_explanation *ret,
                       struct why *why)
{
    struct event ev;

    event_init(&ev);
    ev.dim[DIM_PROVIDER] = b->provider;
    ev.dim[DIM_MODEL] = model;
    ev.ts_us = (in->first_day + in->n_days) * UTC_US_PER_DAY - 1;
    ev.token[TOKEN_INPUT] = 1;
    ev.token[TOKEN_OUTPUT] = 1;
    arena_reset(&in->scratch);
    return cost_explain(in->call->env->book, &ev, &in->scratch, ret, why);
}

static enum rc find_model(struct reconcile *in, struct bill *b, struct str name,
                          struct bill_model **ret, struct why *why)
{
    struct cost_explanation x;
    enum rc rc = look_up(in, b, name, &x, why);

    if (rc != RC_OK) {
        return rc;
    }
    struct str own = x.cost.priced && x.row.model.n > 0 ? x.row.model : name;
    for (size_t i = 0; i < bill_n_models(b); i++) {
        if (str_eq_nocase(bill_model_at(b, i)->name, own)) {
            *ret = bill_model_at(b, i);
            return RC_OK;
        }
    }
    struct bill_model m = {.name = own};
    rc = str_dup(in->call->arena, own, &m.name);
    buf_add(&b->models, &m, sizeof m);
    if (rc != RC_OK || b->models.overflown) {
        return why_set(why, RC_LIMIT, "more models than fit an answer");
    }
    *ret = bill_model_at(b, bill_n_models(b) - 1);
    return RC_OK;
}

/* ---- the invoice ---- */

static int day_of(const struct reconcile *in, int64_t us)
{
    return (int)(num_floor_div(us, UTC_US_PER_DAY) - in->first_day);
}

static enum rc add_line(struct reconcile *in, struct bill *b,
                        const struct bill_line *line, struct why *why)
{
    int first = day_of(in, line->from_us);
    int last = day_of(in, line->to_us - 1);
    struct bill_model *m = NULL;

    b->n_of_kind[line->kind]++;
    if (line->kind == LINE_DOUBLE) {
        return RC_OK;
    }
    b->invoice += line->pico;
    b->of_kind[line->kind] += line->pico;
    b->n_open += line->is_open ? 1 : 0;
    b->has_days = b->has_days && first == last;
    b->day[first].invoice += line->pico;
    for (int d = first; d <= last; d++) {
        b->n_covered += b->day[d].is_covered ? 0 : 1;
        b->day[d].is_covered = true;
    }
    if (line->kind != LINE_MODEL) {
        return RC_OK;
    }
    enum rc rc = find_model(in, b, line->model, &m, why);
    if (rc == RC_OK) {
        m->invoice += line->pico;
        m->has_lines = true;
    }
    return rc;
}

/* ---- toll's side ---- */

static enum rc ask(const struct reconcile *in, const struct bill *b,
                   const struct insight_question *q, struct str zone,
                   struct answer **ret, struct why *why)
{
    struct query query;
    enum rc rc = insight_parse(in->call, q, &query, why);

    if (rc == RC_OK) {
        rc = insight_narrow(in->call, &query, DIM_PROVIDER, b->provider, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    query.timezone = zone;
    return query_run(&query, in->call->env->reader, in->call->arena, ret, why);
}

/* The day of an answer's row, counted from the month's first; -1 for one that
 * is none of its. */
static int row_day(const struct reconcile *in, const struct answer *a,
                   size_t row)
{
    int64_t day = 0;

    if (utc_parse_date(answer_str(a, row, 0), &day) != RC_OK ||
        day < in->first_day || day >= in->first_day + in->n_days) {
        return -1;
    }
    return (int)(day - in->first_day);
}

static enum rc add_calls(struct reconcile *in, struct bill *b, struct why *why)
{
    const struct insight_question q = {
        .metrics = "cost,requests,unpriced_requests,tools_cost",
        .by = "model",
        .interval = "day",
        .from_us = in->first_day * UTC_US_PER_DAY,
        .to_us = (in->first_day + in->n_days) * UTC_US_PER_DAY,
        .all_environments = true,
        .lacks_totals = true,
    };
    struct answer *a = NULL;
    enum rc rc = ask(in, b, &q, STR("UTC"), &a, why);

    for (size_t i = 0; rc == RC_OK && i < a->n_rows; i++) {
        int d = row_day(in, a, i);
        num_i128 cost = answer_pico(a, i, 2);
        struct bill_model *m = NULL;

        if (d < 0 || !b->day[d].is_covered) {
            b->toll_beside += cost;
            continue;
        }
        rc = find_model(in, b, answer_str(a, i, 1), &m, why);
        if (rc == RC_OK) {
            m->toll += cost - answer_pico(a, i, 5);
            m->n += answer_count(a, i, 3);
            m->n_unpriced += answer_count(a, i, 4);
            b->day[d].toll += cost;
            b->toll_utc += cost;
            b->tools += answer_pico(a, i, 5);
        }
    }
    return rc;
}

static enum rc add_estimated(struct reconcile *in, struct bill *b,
                             struct why *why)
{
    const struct insight_question q = {
        .metrics = "cost",
        .by = "model",
        .interval = "day",
        .from_us = in->first_day * UTC_US_PER_DAY,
        .to_us = (in->first_day + in->n_days) * UTC_US_PER_DAY,
        .where = "tag.estimated:true",
        .all_environments = true,
        .lacks_totals = true,
    };
    struct answer *a = NULL;
    enum rc rc = ask(in, b, &q, STR("UTC"), &a, why);

    for (size_t i = 0; rc == RC_OK && i < a->n_rows; i++) {
        int d = row_day(in, a, i);
        struct bill_model *m = NULL;

        if (d >= 0 && b->day[d].is_covered) {
            rc = find_model(in, b, answer_str(a, i, 1), &m, why);
        }
        if (rc == RC_OK && m != NULL) {
            m->estimated += answer_pico(a, i, 2);
        }
    }
    return rc;
}

/* The same days by the reporting zone's clock. */
static enum rc add_local(struct reconcile *in, struct bill *b, struct why *why)
{
    const struct insight_question q = {
        .metrics = "cost",
        .interval = "day",
        .from_us = (in->first_day - 1) * UTC_US_PER_DAY,
        .to_us = (in->first_day + in->n_days + 1) * UTC_US_PER_DAY,
        .all_environments = true,
        .lacks_totals = true,
    };
    struct answer *a = NULL;
    enum rc rc = ask(in, b, &q, in->call->env->timezone, &a, why);

    for (size_t i = 0; rc == RC_OK && i < a->n_rows; i++) {
        int d = row_day(in, a, i);
        b->toll += d >= 0 && b->day[d].is_covered ? answer_pico(a, i, 1) : 0;
    }
    return rc;
}

/* ---- causes ---- */

static num_i128 least(num_i128 a, num_i128 b)
{
    return a < b ? a : b;
}

/* What a discount that toll took off comes to, if the bill did not. */
static enum rc discount_of(struct reconcile *in, const struct bill *b,
                           const struct bill_model *m, num_i128 *ret,
                           struct why *why)
{
    struct cost_explanation x;
    struct usd ppm = {0};
    enum rc rc = look_up(in, b, m->name, &x, why);

    *ret = 0;
    if (rc == RC_OK && x.discount_percent.n > 0 &&
        usd_parse_scaled(x.discount_percent, 4, &ppm) == RC_OK &&
        ppm.pico < PPM) {
        *ret = m->toll * ppm.pico / (PPM - ppm.pico);
    }
    return rc;
}

static void say_cause(struct bill *b, enum bill_cause cause, num_i128 pico,
                      bool is_bound)
{
    b->cause[cause] += pico;
    b->is_bound[cause] = b->is_bound[cause] || (is_bound && pico != 0);
}

/* Calls and lines that are for the same: what they differ by. */
static void settle(struct bill *b, const struct bill_model *m,
                   num_i128 discount)
{
    num_i128 rest = m->invoice - m->toll;

    if (m->n == 0) {
        say_cause(b, BILL_UNSEEN, rest, false);
        return;
    }
    if (m->n == m->n_unpriced) {
        say_cause(b, BILL_UNPRICED, rest, false);
        return;
    }
    num_i128 part = rest > 0 ? least(rest, discount) : 0;
    say_cause(b, BILL_DISCOUNTS, part, true);
    rest -= part;
    part = rest > 0 ? least(rest, m->estimated) : -least(-rest, m->estimated);
    say_cause(b, BILL_ESTIMATED, part, true);
    rest -= part;
    if (rest > 0 && m->n_unpriced > 0) {
        say_cause(b, BILL_UNPRICED, rest, true);
        rest = 0;
    }
    say_cause(b, BILL_UNEXPLAINED, rest, false);
}

/* Model by model where the bill names it; what is left of both sides is held
 * together as a whole. */
static enum rc find_causes(struct reconcile *in, struct bill *b,
                           struct why *why)
{
    bool has_searches = b->n_of_kind[LINE_SEARCH] > 0;
    struct bill_model rest = {
        .invoice = b->of_kind[LINE_TOTAL],
        .toll = has_searches ? 0 : b->tools,
    };
    num_i128 discounts = 0;
    enum rc rc = RC_OK;

    say_cause(b, BILL_TIME_ZONE, b->toll_utc - b->toll, false);
    say_cause(b, BILL_CREDITS, b->of_kind[LINE_CREDIT], false);
    say_cause(b, BILL_FEES, b->of_kind[LINE_FEE], false);
    if (has_searches) {
        say_cause(b, BILL_SEARCHES, b->of_kind[LINE_SEARCH] - b->tools, false);
    }
    for (size_t i = 0; rc == RC_OK && i < bill_n_models(b); i++) {
        const struct bill_model *m = bill_model_at(b, i);
        num_i128 discount = 0;

        rc = discount_of(in, b, m, &discount, why);
        if (m->has_lines) {
            settle(b, m, discount);
            continue;
        }
        discounts += discount;
        rest.toll += m->toll;
        rest.estimated += m->estimated;
        rest.n += m->n;
        rest.n_unpriced += m->n_unpriced;
    }
    if (b->n_of_kind[LINE_TOTAL] > 0) {
        settle(b, &rest, discounts);
    } else {
        say_cause(b, BILL_UNBILLED, -rest.toll, false);
    }
    return rc;
}

enum rc reconcile_reckon(struct reconcile *in, size_t from, size_t to,
                         struct bill *ret, struct why *why)
{
    enum rc rc = RC_OK;

    *ret = (struct bill){.provider = bill_line_at(in, from)->provider,
                         .has_days = true};
    buf_init(&ret->models, LIMIT_ANSWER_BYTES_MAX);
    for (size_t i = from; i < to && rc == RC_OK; i++) {
        rc = add_line(in, ret, bill_line_at(in, i), why);
    }
    ret->is_mixed =
        ret->n_of_kind[LINE_TOTAL] > 0 && ret->n_of_kind[LINE_MODEL] > 0;
    rc = rc == RC_OK ? add_calls(in, ret, why) : rc;
    rc = rc == RC_OK ? add_estimated(in, ret, why) : rc;
    rc = rc == RC_OK ? add_local(in, ret, why) : rc;
    return rc == RC_OK ? find_causes(in, ret, why) : rc;
}
