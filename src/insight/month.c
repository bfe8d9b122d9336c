/* forecast: what the month will come to.  The method is told in
 * docs/methods.md; this file gathers the days, adds what was to what will be,
 * and words it in month_tell.c. */
#include "insight/month_priv.h"

#include <math.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/utc.h"
#include "base/why.h"
#include "query/period.h"

enum {
    PROFILE_DAYS = 28, /* that tell how much of a day is still to come */
    OUTAGE_DAYS_MAX = 3,
    OUTAGE_CALLS_MIN = 10, /* on the same weekday, before and after */
    FIRST_DAY_MIN = 4      /* days, before the first is left out as a part */
};

#define DAY_SHARE_MIN 1e-3

/* ---- the days ---- */

static int64_t day_at(const struct month *m, int64_t us)
{
    return num_floor_div(us + period_offset_us(m->zone, us), UTC_US_PER_DAY);
}

/* The month asked for: "2026-11", else the one that holds now. */
static enum rc read_month(struct month *m, struct why *why)
{
    struct str text = insight_value(m->call, "month");
    int year = 0;
    int month = 0;

    m->today = day_at(m, m->now_us);
    int64_t day = m->today;
    if (text.n > 0) {
        struct str date = str_fmt(m->call->arena, "%.*s-01", STR_ARG(text));
        if (utc_parse_date(date, &day) != RC_OK) {
            return why_set(why, RC_INVALID,
                           "month must be one such as 2026-11, not '%.*s'",
                           STR_ARG(text));
        }
    }
    utc_civil(day, &year, &month, &(int){0});
    m->first = utc_day(year, month, 1);
    m->end = utc_day(year, month + 1, 1);
    if (m->end - m->today > FORECAST_HORIZON_MAX) {
        return why_set(why, RC_INVALID, "a forecast reaches %d days ahead",
                       FORECAST_HORIZON_MAX);
    }
    if (m->first < m->today - MONTH_DAYS_BACK) {
        return why_set(why, RC_INVALID,
                       "that month began over a year ago; toll query has it");
    }
    return RC_OK;
}

static enum rc read_params(struct month *m, struct why *why)
{
    struct str at = insight_value(m->call, "at");
    double percent = 0;

    m->now_us = m->call->env->now_us;
    enum rc rc = period_zone_open(m->call->env->timezone, &m->zone, why);
    if (rc == RC_OK && at.n > 0) {
        rc = period_parse_time(m->zone, at, &m->now_us, why);
    }
    if (rc == RC_OK && m->now_us > m->call->env->now_us) {
        rc = why_set(why, RC_INVALID, "at must not lie in the future");
    }
    if (rc == RC_OK) {
        rc = read_month(m, why);
    }
    if (rc == RC_OK) {
        rc = insight_f64(m->call, "level",
                         (struct insight_bounds_f64){80, 1, 99}, &percent, why);
        m->level = percent / 100;
    }
    if (rc == RC_OK) {
        rc = insight_usd(m->call, "budget", (struct usd){-1}, &m->budget, why);
    }
    m->from = m->today - MONTH_DAYS_BACK;
    return rc;
}

static void add_cost(struct month *m, struct month_scope *scope, int64_t day,
                     num_i128 pico)
{
    if (day < m->from || day > m->today) {
        return;
    }
    scope->value[day - m->from] += (double)pico / (double)USD_PICO_PER_DOLLAR;
    if (day >= m->first && day < m->end) {
        scope->so_far += pico;
    }
}

static enum rc gather_total(struct month *m, struct why *why)
{
    const struct insight_question q = {
        .metrics = "cost,requests,unpriced_requests",
        .interval = "day",
        .from_us = period_of_date(m->zone, m->from),
        .to_us = m->now_us + 1,
    };
    struct answer *a = NULL;
    enum rc rc = insight_ask(m->call, &q, &a, why);

    for (size_t i = 0; rc == RC_OK && i < a->n_rows; i++) {
        int64_t day = 0;
        int64_t n = (int64_t)answer_count(a, i, 2);
        if (utc_parse_date(answer_str(a, i, 0), &day) != RC_OK ||
            day < m->from || day > m->today) {
            continue;
        }
        m->start = m->n_requests == 0 ? day : m->start;
        m->n_requests += n;
        m->n_unpriced += (int64_t)answer_count(a, i, 3);
        m->requests[day - m->from] = n;
        m->pico[day - m->from] = answer_pico(a, i, 1);
        add_cost(m, &m->total, day, answer_pico(a, i, 1));
    }
    m->asked = a;
    return rc;
}

/* A day without calls in the middle of days with many is a day that was not
 * recorded, not one that cost nothing. */
static bool is_outage(const struct month *m, int64_t day)
{
    static const int64_t near[] = {-14, -7, 7, 14};
    size_t n = 0;

    if (m->requests[day - m->from] > 0) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_N(near); i++) {
        int64_t other = day + near[i];
        if (other < m->start || other >= m->today) {
            continue;
        }
        if (m->requests[other - m->from] < OUTAGE_CALLS_MIN) {
            return false;
        }
        n++;
    }
    return n >= 2;
}

static void find_outages(struct month *m)
{
    for (int64_t day = m->start; day < m->today;) {
        int64_t run = 0;
        while (day + run < m->today && is_outage(m, day + run)) {
            run++;
        }
        for (int64_t i = 0; i < run && run <= OUTAGE_DAYS_MAX; i++) {
            m->is_out[day + i - m->from] = true;
            m->n_outages++;
        }
        day += run + 1;
    }
    /* Recording rarely begins at midnight. */
    if (m->today - m->start >= FIRST_DAY_MIN && m->start > m->from) {
        m->is_out[m->start - m->from] = true;
    }
}

/* How much of a day's cost comes after this time of day, by the last weeks. */
static enum rc find_day_share(struct month *m, struct why *why)
{
    int64_t now = m->now_us + period_offset_us(m->zone, m->now_us) -
                  m->today * UTC_US_PER_DAY;
    const struct insight_question q = {
        .metrics = "cost",
        .interval = "hour",
        .from_us = period_of_date(m->zone, m->today - PROFILE_DAYS),
        .to_us = period_of_date(m->zone, m->today),
    };
    struct answer *a = NULL;
    double all = 0;
    double after = 0;
    enum rc rc = insight_ask(m->call, &q, &a, why);

    for (size_t i = 0; rc == RC_OK && i < a->n_rows; i++) {
        int64_t us = 0;
        if (utc_parse(answer_str(a, i, 0), false, &us) != RC_OK) {
            continue;
        }
        int64_t local = us + period_offset_us(m->zone, us);
        int64_t hour =
            local - num_floor_div(local, UTC_US_PER_DAY) * UTC_US_PER_DAY;
        double left =
            (double)(hour + UTC_US_PER_HOUR - now) / (double)UTC_US_PER_HOUR;
        double cost = (double)answer_pico(a, i, 1);
        all += cost;
        after += cost * fmin(fmax(left, 0), 1);
    }
    m->day_share =
        all > 0 ? after / all : 1 - (double)now / (double)UTC_US_PER_DAY;
    m->day_share = fmin(fmax(m->day_share, DAY_SHARE_MIN), 1);
    return rc;
}

/* ---- the forecast of one scope ---- */

struct forecast_series month_series(const struct month *m,
                                    const struct month_scope *scope)
{
    /* A scope's own beginning counts: before it was made, it was not zero. */
    int64_t start = m->start;
    while (start < m->today && !(scope->value[start - m->from] > 0)) {
        start++;
    }
    return (struct forecast_series){
        .value = scope->value + (start - m->from),
        .is_out = m->is_out + (start - m->from),
        .n = (size_t)(m->today - start),
        .weekday = (unsigned)((start + 3) % FORECAST_WEEK),
    };
}

void month_forecast(const struct month *m, struct month_scope *scope)
{
    const struct forecast_series s = month_series(m, scope);
    struct forecast *f = &scope->forecast;

    forecast_make(&s, (unsigned)(m->end - m->today), m->day_share, f);
    scope->part = 0;
    for (unsigned h = 0; h < f->horizon; h++) {
        if (m->today + (int64_t)h >= m->first) {
            scope->part += f->total > 0 ? f->point[h] / f->total : 0;
        }
    }
    int64_t from = period_of_date(m->zone, m->first);
    int64_t to = period_of_date(m->zone, m->end);
    scope->run_rate = m->now_us > from
                          ? (double)scope->so_far * ((double)(to - from) /
                                                     (double)(m->now_us - from))
                          : (double)NAN;
}

num_i128 month_pico(double dollars)
{
    /* Beyond it no sum of money is one. */
    return (num_i128)rint(fmin(fmax(dollars, -1e15), 1e15) *
                          (double)USD_PICO_PER_DOLLAR);
}

num_i128 month_quantile(const struct month_scope *scope, double p)
{
    return scope->so_far +
           month_pico(scope->part * forecast_quantile(&scope->forecast, p));
}

num_i128 month_expected(const struct month_scope *scope)
{
    return scope->so_far + month_pico(scope->part * scope->forecast.total);
}

/* ---- by a dimension ---- */

static struct month_scope *scope_of(struct month *m, struct str name)
{
    for (size_t i = 0; i < m->n_scopes; i++) {
        if (str_eq(m->scope[i].name, name)) {
            return &m->scope[i];
        }
    }
    return NULL;
}

/* Who spends now is forecast: the dearest of the last weeks. */
static enum rc choose_scopes(struct month *m, const char *by, struct why *why)
{
    int64_t from = m->today - PROFILE_DAYS;
    struct answer *a = NULL;
    const struct insight_question q = {
        .metrics = "cost",
        .by = by,
        .order = "-cost",
        .limit = MONTH_SCOPES_MAX,
        .from_us = period_of_date(m->zone, m->first < from ? m->first : from),
        .to_us = m->now_us + 1,
    };
    enum rc rc = insight_ask(m->call, &q, &a, why);

    for (size_t i = 0; rc == RC_OK && i < a->n_rows; i++) {
        m->scope[m->n_scopes++].name = answer_str(a, i, 0);
    }
    m->has_more_scopes = rc == RC_OK && a->truncated;
    return rc;
}

/* Cells: day, name, cost. */
static enum rc take_day(void *arg, const struct answer_cell *cell,
                        struct why *why)
{
    struct month *m = arg;
    struct month_scope *scope =
        scope_of(m, cell[1].is_null ? STR_EMPTY : cell[1].text);
    int64_t day = 0;

    (void)why;
    if (scope != NULL && !cell[2].is_null &&
        utc_parse_date(cell[0].text, &day) == RC_OK) {
        add_cost(m, scope, day, cell[2].usd.pico);
    }
    return RC_OK;
}

static int by_expected(const void *a, const void *b)
{
    num_i128 x = month_expected(a);
    num_i128 y = month_expected(b);

    return (x < y) - (x > y);
}

static enum rc gather_scopes(struct month *m, struct str by, struct why *why)
{
    const char *name = str_cz(m->call->arena, by);
    struct insight_question q = {
        .metrics = "cost",
        .interval = "day",
        .from_us = period_of_date(m->zone, m->from),
        .to_us = m->now_us + 1,
    };
    struct query query;

    m->scope = arena_array(m->call->arena, MONTH_SCOPES_MAX, sizeof *m->scope);
    if (name == NULL || m->scope == NULL) {
        return why_set(why, RC_LIMIT, "no room for the forecast");
    }
    if (str_find_char(by, ',', 0) != SIZE_MAX) {
        return why_set(why, RC_INVALID, "by takes one dimension");
    }
    enum rc rc = choose_scopes(m, name, why);
    if (rc == RC_OK) {
        q.by = name;
        rc = insight_parse(m->call, &q, &query, why);
    }
    if (rc == RC_OK) { /* more days and names than an answer holds */
        rc = query_each(&query, m->call->env->reader, take_day, m, why);
    }
    for (size_t i = 0; rc == RC_OK && i < m->n_scopes; i++) {
        month_forecast(m, &m->scope[i]);
    }
    if (rc == RC_OK) {
        qsort(m->scope, m->n_scopes, sizeof *m->scope, by_expected);
    }
    return rc;
}

/* ---- the question ---- */

static enum rc reckon(struct month *m, struct report *out, struct why *why)
{
    struct str by = insight_value(m->call, "by");
    enum rc rc = gather_total(m, why);

    if (rc != RC_OK) {
        return rc;
    }
    if (!month_tell_lack(m, out)) {
        find_outages(m);
        if (m->end > m->today) {
            rc = find_day_share(m, why);
            month_forecast(m, &m->total);
        }
        if (rc == RC_OK && m->end > m->today) {
            rc = month_find_open(m, why);
        }
        if (rc == RC_OK && by.n > 0 && m->end > m->today) {
            rc = gather_scopes(m, by, why);
        }
        if (rc == RC_OK) {
            month_tell(m, out);
        }
    }
    return rc;
}

static enum rc run(const struct insight_call *call, struct report *out,
                   struct why *why)
{
    struct month *m = arena_alloc(call->arena, sizeof *m);

    if (m == NULL) {
        return why_set(why, RC_LIMIT, "no room for the forecast");
    }
    m->call = call;
    enum rc rc = read_params(m, why);
    if (rc == RC_OK) {
        rc = reckon(m, out, why);
    }
    period_zone_close(&m->zone);
    return rc;
}

static const struct insight_param params[] = {
    {"by", "DIM", "each feature, model, ... forecast apart", false},
    {"month", "MONTH", "2026-11; the one that runs unless said", false},
    {"budget", "USD", "how likely, and when, the month passes it", false},
    {"level", "PERCENT", "of the interval; 80 unless said", false},
    {"backtest", NULL, "how far such forecasts missed on this ledger", false},
    {"at", "TIME", "as seen then, from what had come by then", false},
    {"where", "FILTER", "feature:a|b, feature:!a, feature: (untagged)", true},
};

const struct insight insight_forecast = {
    .name = "forecast",
    .path = "/api/forecast",
    .summary = "what the month will come to, and how sure that is",
    .details = "  toll forecast\n"
               "  toll forecast --by feature\n"
               "  toll forecast --budget 5000\n"
               "  toll forecast --backtest",
    .param = params,
    .n_params = ARRAY_N(params),
    .run = run,
};
