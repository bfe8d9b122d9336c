/* reconcile: does the provider's bill agree with what toll counted, by how much
 * not, and why.  What is compared and how is told in docs/reconcile.md. */
#include "insight/reconcile_priv.h"

#include "base/limits.h"
#include "base/utc.h"
#include "base/why.h"
#include "event/event_provider.h"
#include "query/query.h"

/* "2026-10"; without one the month before this one, which is billed by now. */
static enum rc read_month(struct reconcile *in, struct why *why)
{
    struct str text = insight_value(in->call, "month");
    int64_t day = num_floor_div(in->call->env->now_us, UTC_US_PER_DAY);
    int year = 0;
    int month = 0;
    struct buf name;

    if (text.n > 0) {
        struct str date = str_fmt(in->call->arena, "%.*s-01", STR_ARG(text));
        if (text.n != 7 || utc_parse_date(date, &day) != RC_OK) {
            return why_set(why, RC_INVALID,
                           "month must be one such as 2026-10, not '%.*s'",
                           STR_ARG(text));
        }
    }
    utc_civil(day, &year, &month, &(int){0});
    month -= text.n > 0 ? 0 : 1;
    in->first_day = utc_day(year, month, 1);
    in->n_days = (int)(utc_day(year, month + 1, 1) - in->first_day);
    buf_init(&name, 32);
    utc_add_date(&name, in->first_day);
    enum rc rc =
        str_dup(in->call->arena, str_sub(buf_view(&name), 0, 7), &in->month);
    buf_fini(&name);
    return rc;
}

static enum rc reckon_all(struct reconcile *in, struct why *why)
{
    size_t n = bill_n_lines(in);
    size_t to = 0;
    enum rc rc = RC_OK;

    for (size_t from = 0; from < n && rc == RC_OK; from = to) {
        struct bill b;

        while (to < n && str_eq(bill_line_at(in, to)->provider,
                                bill_line_at(in, from)->provider)) {
            to++;
        }
        rc = reconcile_reckon(in, from, to, &b, why);
        buf_add(&in->bills, &b, sizeof b);
    }
    return rc;
}

/* The month's other providers, of which toll has calls and no lines. */
static enum rc find_none(struct reconcile *in, struct why *why)
{
    const struct insight_question q = {
        .metrics = "cost",
        .by = "provider",
        .from_us = in->first_day * UTC_US_PER_DAY,
        .to_us = (in->first_day + in->n_days) * UTC_US_PER_DAY,
        .order = "-cost",
        .all_environments = true,
        .lacks_totals = true,
    };
    struct answer *a = NULL;
    enum rc rc = insight_ask(in->call, &q, &a, why);

    for (size_t i = 0; rc == RC_OK && i < a->n_rows; i++) {
        struct bill_none none = {answer_str(a, i, 0), answer_pico(a, i, 1)};
        bool is_there =
            in->provider.n > 0 && !str_eq(none.provider, in->provider);

        for (size_t k = 0; k < bill_n(in) && !is_there; k++) {
            is_there = str_eq(bill_at(in, k)->provider, none.provider);
        }
        if (!is_there) {
            buf_add(&in->none, &none, sizeof none);
        }
    }
    return rc;
}

static void fini(struct reconcile *in)
{
    for (size_t i = 0; i < bill_n(in); i++) {
        buf_fini(&bill_at(in, i)->models);
    }
    buf_fini(&in->bills);
    buf_fini(&in->lines);
    buf_fini(&in->none);
    arena_fini(&in->scratch);
}

static enum rc run(const struct insight_call *call, struct report *out,
                   struct why *why)
{
    struct reconcile in = {
        .call = call,
        .out = out,
        .provider = provider_fold(insight_value(call, "provider")),
    };

    arena_init(&in.scratch, LIMIT_ARENA_MAX);
    buf_init(&in.lines, LIMIT_ANSWER_BYTES_MAX);
    buf_init(&in.bills, SIZE_MAX);
    buf_init(&in.none, SIZE_MAX);
    enum rc rc = read_month(&in, why);
    rc = rc == RC_OK ? reconcile_lines(&in, why) : rc;
    rc = rc == RC_OK ? reckon_all(&in, why) : rc;
    rc = rc == RC_OK ? find_none(&in, why) : rc;
    if (rc == RC_OK) {
        reconcile_tell(&in);
    }
    fini(&in);
    return rc;
}

static const struct insight_param params[] = {
    {"provider", "NAME", "only that one's; all unless said", false},
    {"month", "YYYY-MM", "of UTC, as providers bill; last month unless said",
     false},
};

const struct insight insight_reconcile = {
    .name = "reconcile",
    .path = "/api/reconcile",
    .summary = "the provider's bill against what toll counted, and why not",
    .details = "Lines come from reports of costs: toll import costs.json\n\n"
               "  toll reconcile\n"
               "  toll reconcile --provider openai --month 2026-10",
    .hint = "docs/reconcile.md tells what is compared, and how",
    .param = params,
    .n_params = ARRAY_N(params),
    .run = run,
};
