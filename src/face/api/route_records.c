/* What stands beside the calls, as it was sent: for who wants to see that it
 * arrived, and for release markers in a chart. */
#include "base/json.h"
#include "base/limits.h"
#include "base/utc.h"
#include "base/why.h"
#include "event/event_provider.h"
#include "event/record.h"
#include "face/api/api_route.h"
#include "query/query_record.h"

#define LIMIT_DEFAULT 1000

struct listing {
    struct buf *out;
    size_t n;
    size_t limit;
    bool is_cut;
};

/* One more than the limit is asked for, so that a cut shows. */
static enum rc each(void *arg, const struct record *rec, struct why *why)
{
    struct listing *l = arg;

    if (l->n == l->limit) {
        l->is_cut = true;
        return RC_OK;
    }
    buf_cz(l->out, l->n > 0 ? ",\n" : "");
    record_add_json(l->out, rec);
    l->n++;
    return buf_rc(l->out, why);
}

/* from, to and range are read as any question's. */
static enum rc read_range(struct api_call *call, struct query *ret,
                          struct why *why)
{
    static const char *const names[] = {"from", "to", "range", "timezone"};
    struct query_param param[ARRAY_N(names)];
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_N(names); i++) {
        struct str value = api_param_value(call, names[i]);

        if (value.n > 0) {
            param[n++] = (struct query_param){str_from_cz(names[i]), value};
        }
    }
    return api_parse_query(call, param, n, ret, why);
}

static enum rc list_outcomes(struct api_call *call, struct listing *l,
                             struct why *why)
{
    static const enum dim dims[] = {DIM_FEATURE,  DIM_EXPERIMENT, DIM_VARIANT,
                                    DIM_CUSTOMER, DIM_USER,       DIM_RUN};
    struct query range;
    enum rc rc = read_range(call, &range, why);

    if (rc != RC_OK) {
        return rc;
    }
    struct query_outcomes q = {.from_us = range.from_us,
                               .to_us = range.to_us,
                               .name = api_param_value(call, "name"),
                               .limit = l->limit + 1};
    for (size_t i = 0; i < ARRAY_N(dims); i++) {
        /* dim_name gives literals: NUL-ended. */
        q.dim[dims[i]] = api_param_value(call, dim_name(dims[i]).p);
    }
    return query_outcomes(&q, call->reader, each, l, why);
}

static enum rc list_releases(struct api_call *call, struct listing *l,
                             struct why *why)
{
    struct query range;
    enum rc rc = read_range(call, &range, why);

    if (rc != RC_OK) {
        return rc;
    }
    const struct query_releases q = {.from_us = range.from_us,
                                     .to_us = range.to_us,
                                     .feature =
                                         api_param_value(call, "feature"),
                                     .limit = l->limit + 1};
    return query_releases(&q, call->reader, each, l, why);
}

static enum rc list_customers(struct api_call *call, struct listing *l,
                              struct why *why)
{
    struct str month = api_param_value(call, "month");
    struct buf date;
    int64_t day = call->now_us / UTC_US_PER_DAY;
    enum rc rc = RC_OK;

    if (month.n > 0) {
        buf_init(&date, 64);
        buf_fmt(&date, "%.*s-01", STR_ARG(str_sub(month, 0, 32)));
        rc = utc_parse_date(buf_view(&date), &day);
        buf_fini(&date);
    }
    if (rc != RC_OK) {
        return why_set(why, RC_INVALID,
                       "month '%.*s' is none; write it as 2026-10",
                       STR_ARG(month));
    }
    return query_customers(day * UTC_US_PER_DAY, l->limit + 1, call->reader,
                           each, l, why);
}

static enum rc list_invoices(struct api_call *call, struct listing *l,
                             struct why *why)
{
    struct query range;
    enum rc rc = read_range(call, &range, why);

    if (rc != RC_OK) {
        return rc;
    }
    const struct query_invoices q = {
        .from_us = range.from_us,
        .to_us = range.to_us,
        .provider = provider_fold(api_param_value(call, "provider")),
        .limit = l->limit + 1};
    return query_invoices(&q, call->reader, each, l, why);
}

static enum rc list_guardrails(struct api_call *call, struct listing *l,
                               struct why *why)
{
    struct query range;
    enum rc rc = read_range(call, &range, why);

    if (rc != RC_OK) {
        return rc;
    }
    const struct query_guardrails q = {.from_us = range.from_us,
                                       .to_us = range.to_us,
                                       .budget = api_param_value(call, "name"),
                                       .limit = l->limit + 1};
    return query_guardrails(&q, call->reader, each, l, why);
}

static enum rc list(struct api_call *call, struct listing *l, struct why *why)
{
    struct str name = api_param_value(call, "kind");

    switch (record_kind_from(name)) {
    case RECORD_OUTCOME:
        return list_outcomes(call, l, why);
    case RECORD_RELEASE:
        return list_releases(call, l, why);
    case RECORD_CUSTOMER:
        return list_customers(call, l, why);
    case RECORD_INVOICE:
        return list_invoices(call, l, why);
    case RECORD_GUARDRAIL:
        return list_guardrails(call, l, why);
    case RECORD_KIND__COUNT:
        break;
    }
    return why_set(why, RC_INVALID,
                   "kind '%.*s' is unknown; outcomes, releases, customers, "
                   "invoices or guardrails",
                   STR_ARG(name));
}

static enum rc answer(struct api_call *call, struct why *why)
{
    struct listing l = {.out = &call->response->body};
    enum rc rc = api_page_limit(call, LIMIT_DEFAULT, &l.limit, why);

    if (rc != RC_OK) {
        return rc;
    }
    buf_cz(l.out, "{\"records\":[");
    rc = list(call, &l, why);
    buf_fmt(l.out, "],\"truncated\":%s}\n", l.is_cut ? "true" : "false");
    return rc;
}

static const struct api_param params[] = {
    {"kind", "outcomes, releases, customers, invoices or guardrails"},
    {"from", "first instant, a date or RFC 3339"},
    {"to", "behind the last instant"},
    {"range", "instead of from and to: today, 7d, last-month, all, ..."},
    {"timezone", "what dates are read in"},
    {"month", "of customers: what holds then, as 2026-10; now unless said"},
    {"name", "of outcomes; of guardrails the budget"},
    {"feature", "of outcomes; of releases also those of no feature"},
    {"experiment", "of outcomes"},
    {"variant", "of outcomes"},
    {"customer", "of outcomes"},
    {"user", "of outcomes"},
    {"run", "of outcomes"},
    {"provider", "of invoices"},
    {"limit", "records, the oldest first; 1000 unless said, at most 50000"},
};

const struct api_route api_route_records = {
    .path = "/api/records",
    .needs_store = true,
    .doc = "outcomes, releases, customers and invoices, as they were sent; "
           "what budgets did",
    .hint = "docs/records.md describes them",
    .param = params,
    .n_params = ARRAY_N(params),
    .answer = answer,
};
