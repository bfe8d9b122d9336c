#include "insight/month_priv.h"

#include <math.h>

#include "base/buf.h"
#include "base/utc.h"
#include "insight/say.h"
#include "query/period.h"

enum { WORD_BYTES = 128, OPEN_BYTES = 4096, OPEN_SPOKEN_MAX = 3 };

static struct str day_text(const struct month *m, int64_t day)
{
    struct buf b;

    buf_init(&b, WORD_BYTES);
    utc_add_date(&b, day);
    struct str text = str_fmt(m->call->arena, "%.*s", STR_ARG(buf_view(&b)));
    buf_fini(&b);
    return text;
}

static struct str month_text(const struct month *m)
{
    return str_sub(day_text(m, m->first), 0, 7);
}

static struct str usd_text(const struct month *m, num_i128 pico)
{
    struct buf b;

    buf_init(&b, WORD_BYTES);
    say_usd(&b, pico);
    struct str text = str_fmt(m->call->arena, "%.*s", STR_ARG(buf_view(&b)));
    buf_fini(&b);
    return text;
}

static void tell_range(const struct month *m, struct report *out)
{
    struct answer a = *m->asked;

    a.from = day_text(m, m->first);
    a.to = day_text(m, m->end);
    report_range(out, &a);
}

/* ---- what is lacking ---- */

bool month_tell_lack(const struct month *m, struct report *out)
{
    report_title(out, "Forecast of %.*s", STR_ARG(month_text(m)));
    tell_range(m, out);
    if (m->n_requests == 0) {
        report_sentence(out,
                        "There are no calls in the year before this day: "
                        "a forecast needs at least one whole day of them.");
        return true;
    }
    if (m->n_unpriced >= m->n_requests) {
        report_sentence(out,
                        "None of the %s calls has a price, so there is no "
                        "spending to forecast; toll quality names the models.",
                        say_counted(m->n_requests).cz);
        return true;
    }
    if (m->end > m->today && m->start >= m->today) {
        report_fact(out, "so_far", ANSWER_USD, report_usd(m->total.so_far));
        report_sentence(out,
                        "All calls are of today (%.*s so far): a forecast "
                        "needs at least one whole day of them.",
                        STR_ARG(usd_text(m, m->total.so_far)));
        return true;
    }
    if (m->end > m->today && !(month_series(m, &m->total).n > 0)) {
        report_fact(out, "so_far", ANSWER_USD, report_usd(m->total.so_far));
        report_sentence(out, "No call before today cost anything: a forecast "
                             "needs at least one whole day of spending.");
        return true;
    }
    if (m->end <= m->start) {
        report_sentence(out,
                        "There are no calls of %.*s; the first are of "
                        "%.*s.",
                        STR_ARG(month_text(m)), STR_ARG(day_text(m, m->start)));
        return true;
    }
    return false;
}

static void tell_notes(const struct month *m, struct report *out)
{
    const struct forecast *f = &m->total.forecast;
    size_t n_days = month_series(m, &m->total).n;

    if (m->n_unpriced > 0) {
        report_note(out, "%s of %s calls in the days read %s.",
                    say_counted(m->n_unpriced).cz,
                    say_counted(m->n_requests).cz,
                    m->n_unpriced == 1 ? "has no price and counts as nothing"
                                       : "have no price and count as nothing");
    }
    if (m->n_outages > 0) {
        report_note(out,
                    "%zu day%s without any call amid days with many %s in the "
                    "record and left out.",
                    m->n_outages, m->n_outages == 1 ? "" : "s",
                    m->n_outages == 1 ? "is taken for a gap"
                                      : "are taken for gaps");
    }
    if (n_days < 28) {
        report_note(out,
                    "Only %zu whole day%s known: growth is not told from "
                    "noise%s, and the interval rests on what is usual.",
                    n_days, n_days == 1 ? " is" : "s are",
                    n_days < 14 ? ", nor one weekday from another" : "");
    } else if (f->n_errors == 0) {
        report_note(out, "No past forecast of this ledger can be held against "
                         "what came; the interval rests on what is usual.");
    }
    if (m->has_more_scopes) {
        report_note(out,
                    "Only the %d that cost most in the last weeks are "
                    "forecast apart.",
                    MONTH_SCOPES_MAX);
    }
}

/* ---- the month ---- */

static const char *shape_text(enum forecast_shape shape)
{
    switch (shape) {
    case FORECAST_FLAT:
        return "level";
    case FORECAST_STEP:
        return "a new level";
    case FORECAST_GROWTH:
        return "growth or decline";
    case FORECAST_SPARSE:
        return "now and then";
    case FORECAST_NOTHING:
        break;
    }
    return "nothing";
}

static double tail_of(const struct month *m)
{
    return (1 - m->level) / 2;
}

static void tell_facts(const struct month *m, struct report *out)
{
    const struct month_scope *all = &m->total;
    const struct forecast *f = &all->forecast;
    num_i128 expected = month_expected(all);

    report_fact(out, "month", ANSWER_TEXT, report_str(month_text(m)));
    report_fact(out, "today", ANSWER_TEXT, report_str(day_text(m, m->today)));
    report_fact(out, "expected", ANSWER_USD, report_usd(expected));
    report_fact(out, "low", ANSWER_USD,
                report_usd(month_quantile(all, tail_of(m))));
    report_fact(out, "high", ANSWER_USD,
                report_usd(month_quantile(all, 1 - tail_of(m))));
    report_fact(out, "level", ANSWER_RATIO, report_real(m->level));
    report_fact(out, "so_far", ANSWER_USD, report_usd(all->so_far));
    report_fact(out, "to_come", ANSWER_USD, report_usd(expected - all->so_far));
    report_fact(out, "days_left", ANSWER_AVERAGE,
                report_real((double)(m->end - m->today - 1) + m->day_share));
    report_fact(out, "run_rate", ANSWER_USD,
                isnan(all->run_rate) ? report_null()
                                     : report_usd((num_i128)all->run_rate));
    report_fact(out, "shape", ANSWER_TEXT,
                report_str(str_from_cz(shape_text(f->parts.shape))));
    report_fact_change(out, "growth_per_week", ANSWER_RATIO,
                       report_real(expm1(f->parts.growth)));
    report_fact(out, "noise_per_day", ANSWER_RATIO,
                report_real(f->parts.sigma));
    report_fact(out, "days_of_history", ANSWER_COUNT,
                report_count((num_i128)month_series(m, all).n));
}

static void tell_sentence(const struct month *m, struct report *out)
{
    const struct month_scope *all = &m->total;
    num_i128 expected = month_expected(all);

    report_sentence(
        out,
        "%.*s will come to about %.*s (%.0f %%: %.*s to %.*s): %.*s so far, "
        "%.*s to come.",
        STR_ARG(month_text(m)), STR_ARG(usd_text(m, expected)), 100 * m->level,
        STR_ARG(usd_text(m, month_quantile(all, tail_of(m)))),
        STR_ARG(usd_text(m, month_quantile(all, 1 - tail_of(m)))),
        STR_ARG(usd_text(m, all->so_far)),
        STR_ARG(usd_text(m, expected - all->so_far)));
}

/* ---- if it were undone ---- */

static const struct report_column open_columns[] = {
    {"feature", ANSWER_TEXT, false},
    {"since", ANSWER_TIME, false},
    {"cost_per_request_before", ANSWER_USD_RATIO, false},
    {"cost_per_request", ANSWER_USD_RATIO, false},
    {"to_come", ANSWER_USD, false},
};

/* Features in words: "reply-draft since 2026-11-14, search since ...". */
static void add_open(struct buf *b, const struct month *m)
{
    for (size_t i = 0; i < m->n_open && i < OPEN_SPOKEN_MAX; i++) {
        struct str feature = m->open[i].feature;
        buf_fmt(b, "%s%.*s since %.*s", i > 0 ? ", " : "",
                STR_ARG(feature.n > 0 ? feature : STR("(untagged)")),
                STR_ARG(day_text(m, m->open[i].since)));
    }
    if (m->n_open > OPEN_SPOKEN_MAX) {
        buf_cz(b, " and others");
    }
}

static void tell_open(const struct month *m, struct report *out)
{
    num_i128 expected = month_expected(&m->total);
    double to_come =
        (double)(expected - m->total.so_far) / (double)USD_PICO_PER_DOLLAR;
    num_i128 fixed = expected;
    struct buf b;

    if (m->n_open == 0) {
        return;
    }
    struct report_table *t =
        report_table(out, "open", "Calls that cost more since lately",
                     open_columns, ARRAY_N(open_columns));
    for (size_t i = 0; i < m->n_open; i++) {
        const struct month_open *o = &m->open[i];
        num_i128 more = month_pico(o->share * to_come);
        fixed -= more;
        report_row(t, (struct answer_cell[]){
                          report_str(o->feature),
                          report_str(day_text(m, o->since)),
                          report_usd(month_pico(o->before)),
                          report_usd(month_pico(o->after)),
                          report_usd(more),
                      });
    }
    report_fact(out, "expected_if_fixed", ANSWER_USD, report_usd(fixed));
    buf_init(&b, OPEN_BYTES);
    buf_fmt(&b,
            "If calls cost what they did before from today on, it would be "
            "about %.*s: those of ",
            STR_ARG(usd_text(m, fixed)));
    add_open(&b, m);
    buf_cz(&b, " cost more; toll explain tells why.");
    report_text(out, "if_fixed_said", buf_view(&b));
    buf_fini(&b);
}

/* The day on which the month's sum passes the budget, as expected; `end` when
 * it never does. */
static int64_t breach_day(const struct month *m)
{
    double budget = (double)m->budget.pico / (double)USD_PICO_PER_DOLLAR;
    double sum = 0;

    for (int64_t day = m->first; day < m->end; day++) {
        if (day <= m->today && day >= m->from) {
            sum += m->total.value[day - m->from];
        }
        if (day >= m->today) {
            sum += m->total.forecast.point[day - m->today];
        }
        if (sum > budget) {
            return day;
        }
    }
    return m->end;
}

static void tell_budget(const struct month *m, struct report *out)
{
    const struct month_scope *all = &m->total;
    int64_t day = breach_day(m);
    num_i128 left = (num_i128)m->budget.pico - all->so_far;
    double p = left < 0 ? 1 : 0;

    if (left >= 0 && all->part > 0) {
        p = forecast_above(&all->forecast, (double)left /
                                               (double)USD_PICO_PER_DOLLAR /
                                               all->part);
    }
    report_fact(out, "budget", ANSWER_USD, report_usd(m->budget.pico));
    report_fact(out, "breach_probability", ANSWER_RATIO, report_real(p));
    report_fact(out, "breach_date", ANSWER_TIME,
                day < m->end ? report_str(day_text(m, day)) : report_null());
    struct str budget = usd_text(m, m->budget.pico);
    if (left < 0) {
        report_text(out, "budget_said",
                    str_fmt(m->call->arena,
                            "The budget of %.*s was passed on %.*s.",
                            STR_ARG(budget), STR_ARG(day_text(m, day))));
    } else if (day < m->end) {
        report_text(out, "budget_said",
                    str_fmt(m->call->arena,
                            "The budget of %.*s will be passed on about %.*s "
                            "(probability %.0f %% by the month's end).",
                            STR_ARG(budget), STR_ARG(day_text(m, day)),
                            100 * p));
    } else {
        report_text(out, "budget_said",
                    str_fmt(m->call->arena,
                            "The budget of %.*s will hold (probability of "
                            "passing it: %.0f %%).",
                            STR_ARG(budget), 100 * p));
    }
}

/* ---- tables ---- */

static const struct report_column scope_columns[] = {
    {"name", ANSWER_TEXT, false},  {"expected", ANSWER_USD, false},
    {"low", ANSWER_USD, false},    {"high", ANSWER_USD, false},
    {"so_far", ANSWER_USD, false}, {"run_rate", ANSWER_USD, false},
    {"shape", ANSWER_TEXT, false}, {"growth_per_week", ANSWER_RATIO, true},
};

static void tell_scopes(const struct month *m, struct report *out)
{
    struct report_table *t =
        report_table(out, "scopes", "Each forecast apart", scope_columns,
                     ARRAY_N(scope_columns));
    num_i128 sum = 0;

    for (size_t i = 0; i < m->n_scopes; i++) {
        const struct month_scope *s = &m->scope[i];
        const struct forecast_parts *parts = &s->forecast.parts;
        report_row(t,
                   (struct answer_cell[]){
                       report_str(s->name),
                       report_usd(month_expected(s)),
                       report_usd(month_quantile(s, tail_of(m))),
                       report_usd(month_quantile(s, 1 - tail_of(m))),
                       report_usd(s->so_far),
                       isnan(s->run_rate) ? report_null()
                                          : report_usd((num_i128)s->run_rate),
                       report_str(str_from_cz(shape_text(parts->shape))),
                       report_real(expm1(parts->growth)),
                   });
        sum += month_expected(s);
    }
    report_fact(out, "sum_of_scopes", ANSWER_USD, report_usd(sum));
    report_note(out,
                "The total is forecast on its own series, not as the sum of "
                "its parts, which is %.*s.",
                STR_ARG(usd_text(m, sum)));
}

static const struct report_column day_columns[] = {
    {"date", ANSWER_TIME, false},
    {"actual", ANSWER_USD, false},
    {"forecast", ANSWER_USD, false},
    {"month_so_far", ANSWER_USD, false},
};

static void tell_days(const struct month *m, struct report *out)
{
    struct report_table *t = report_table(out, "days", "The days of the month",
                                          day_columns, ARRAY_N(day_columns));
    num_i128 sum = 0;

    for (int64_t day = m->first; day < m->end; day++) {
        bool was = day <= m->today && day >= m->from;
        bool will = day >= m->today;
        num_i128 actual = was ? m->pico[day - m->from] : 0;
        num_i128 point =
            will ? month_pico(m->total.forecast.point[day - m->today]) : 0;

        sum += actual + point;
        report_row(t, (struct answer_cell[]){
                          report_str(day_text(m, day)),
                          was ? report_usd(actual) : report_null(),
                          will ? report_usd(point) : report_null(),
                          report_usd(sum),
                      });
    }
}

static const struct report_column trial_columns[] = {
    {"day", ANSWER_COUNT, false},
    {"blocks", ANSWER_COUNT, false},
    {"error", ANSWER_RATIO, false},
    {"run_rate_error", ANSWER_RATIO, false},
    {"bias", ANSWER_RATIO, true},
    {"interval_held", ANSWER_RATIO, false},
    {"interval_width", ANSWER_RATIO, false},
};

static void tell_back_test(const struct month *m, struct report *out)
{
    const struct forecast_series s = month_series(m, &m->total);
    struct forecast_trial trial[FORECAST_TRIALS];
    struct report_table *t = report_table(
        out, "backtest",
        "What such forecasts of thirty days would have said on this ledger",
        trial_columns, ARRAY_N(trial_columns));

    forecast_back_test(&s, trial);
    for (size_t k = 0; k < FORECAST_TRIALS; k++) {
        if (trial[k].n > 0) {
            report_row(t, (struct answer_cell[]){
                              report_count(trial[k].day),
                              report_count((num_i128)trial[k].n),
                              report_real(trial[k].error),
                              report_real(trial[k].run_rate),
                              report_real(trial[k].bias),
                              report_real(trial[k].covered),
                              report_real(trial[k].width),
                          });
        }
    }
    if (t->n_rows == 0) {
        report_note(out,
                    "A back-test needs 60 whole days of history; there are "
                    "%zu.",
                    s.n);
    } else {
        report_note(out,
                    "Back-test: every tenth day a block of thirty days begins; "
                    "its total is forecast so many days into it from what was "
                    "known then. The interval is the 80 %% one.");
    }
}

static void tell_past(const struct month *m, struct report *out)
{
    report_fact(out, "month", ANSWER_TEXT, report_str(month_text(m)));
    report_fact(out, "so_far", ANSWER_USD, report_usd(m->total.so_far));
    report_sentence(out, "%.*s is over: it came to %.*s.",
                    STR_ARG(month_text(m)),
                    STR_ARG(usd_text(m, m->total.so_far)));
}

void month_tell(const struct month *m, struct report *out)
{
    if (m->end <= m->today) {
        tell_past(m, out);
    } else {
        tell_sentence(m, out);
        tell_facts(m, out);
        tell_open(m, out);
        if (m->budget.pico >= 0) {
            tell_budget(m, out);
        }
        if (m->n_scopes > 0) {
            tell_scopes(m, out);
        }
        tell_days(m, out);
    }
    if (insight_has(m->call, "backtest")) {
        tell_back_test(m, out);
    }
    tell_notes(m, out);
}
