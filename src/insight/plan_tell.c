#include "insight/plan_priv.h"

#include "insight/decide.h"

#define PPM INT64_C(1000000)

/* Days of a month, times 1,200: 30.4375. */
#define MONTH_DAYS_1200 36525

static num_i128 per_call(const struct plan_model *m)
{
    return num_div_even(m->pico, m->n);
}

/* What a user costs in a month who makes so many requests a day. */
static num_i128 per_user(const struct plan_model *m, int64_t rate_micro)
{
    num_i128 requests_micro =
        num_div_even((num_i128)rate_micro * MONTH_DAYS_1200, 1200);

    return num_div_even(m->pico * requests_micro, m->n * PPM);
}

static const struct plan_model *cheapest(const struct plan *p)
{
    const struct plan_model *best = &p->model[0];

    for (size_t i = 1; i < p->n_models; i++) {
        if (p->model[i].month[PLAN_EXPECTED] < best->month[PLAN_EXPECTED]) {
            best = &p->model[i];
        }
    }
    return best;
}

static int64_t adopters(const struct plan *p, enum plan_case k)
{
    return (int64_t)num_div_even((num_i128)p->users * p->adoption_ppm[k], PPM);
}

/* ---- tables ---- */

static const struct report_column model_columns[] = {
    {"model", ANSWER_TEXT, false},
    {"provider", ANSWER_TEXT, false},
    {"cost_per_request", ANSWER_USD, false},
    {"low", ANSWER_USD, false},
    {"expected", ANSWER_USD, false},
    {"high", ANSWER_USD, false},
    {"cost_per_user_month", ANSWER_USD, false},
};

static void tell_models(const struct plan *p, struct report *out)
{
    struct report_table *t =
        report_table(out, "models", "Cost a month, by model", model_columns,
                     ARRAY_N(model_columns));

    for (size_t i = 0; i < p->n_models; i++) {
        const struct plan_model *m = &p->model[i];
        report_row(t, (struct answer_cell[]){
                          report_str(m->name),
                          report_str(m->provider),
                          report_usd(per_call(m)),
                          report_usd(m->month[PLAN_LOW]),
                          report_usd(m->month[PLAN_EXPECTED]),
                          report_usd(m->month[PLAN_HIGH]),
                          report_usd(per_user(m, p->rate_micro[PLAN_EXPECTED])),
                      });
    }
}

static const struct report_column case_columns[] = {
    {"case", ANSWER_TEXT, false},
    {"users", ANSWER_COUNT, false},
    {"requests_per_user_day", ANSWER_TEXT, false},
    {"requests_per_month", ANSWER_COUNT, false},
};

static void tell_cases(const struct plan *p, struct report *out)
{
    static const char *const names[PLAN__COUNT] = {"low", "expected", "high"};
    struct report_table *t = report_table(out, "cases", "What is assumed",
                                          case_columns, ARRAY_N(case_columns));

    for (int k = 0; k < PLAN__COUNT; k++) {
        report_row(
            t, (struct answer_cell[]){
                   report_str(str_from_cz(names[k])),
                   report_count(adopters(p, (enum plan_case)k)),
                   report_str(str_fmt(p->call->arena, "%.3f",
                                      (double)p->rate_micro[k] / (double)PPM)),
                   report_count(p->requests[k]),
               });
    }
}

/* ---- against the price ---- */

static const struct report_column margin_columns[] = {
    {"model", ANSWER_TEXT, false},
    {"margin_low", ANSWER_RATIO, false},
    {"margin_expected", ANSWER_RATIO, false},
    {"margin_high", ANSWER_RATIO, false},
    {"break_even_requests_per_user_day", ANSWER_AVERAGE, false},
    {"users_above_the_price", ANSWER_RATIO, false},
};

static double margin(const struct plan *p, const struct plan_model *m,
                     enum plan_case k)
{
    return 1 - (double)per_user(m, p->rate_micro[k]) / (double)p->price.pico;
}

/* Like's users who would cost more than they pay. */
static struct answer_cell dear_users(const struct plan *p, double break_even)
{
    double scale = p->mean_rate > 0 ? (double)p->rate_micro[PLAN_EXPECTED] /
                                          (double)PPM / p->mean_rate
                                    : 0;
    size_t n = 0;

    if (p->n_rates == 0) {
        return report_null();
    }
    for (size_t i = 0; i < p->n_rates; i++) {
        n += p->rate[i] * scale > break_even ? 1 : 0;
    }
    return report_real((double)n / (double)p->n_rates);
}

static double break_even_rate(const struct plan *p, const struct plan_model *m)
{
    double per_day = (double)m->pico / (double)m->n * MONTH_DAYS_1200 / 1200;

    return (double)p->price.pico / per_day;
}

static void tell_margins(const struct plan *p, struct report *out)
{
    struct report_table *t = NULL;

    if (p->price.pico == 0) {
        return;
    }
    report_fact(out, "price_per_user_month", ANSWER_USD,
                report_usd(p->price.pico));
    t = report_table(out, "break_even", "Against the price", margin_columns,
                     ARRAY_N(margin_columns));
    for (size_t i = 0; i < p->n_models; i++) {
        const struct plan_model *m = &p->model[i];
        double rate = break_even_rate(p, m);
        report_row(t, (struct answer_cell[]){
                          report_str(m->name),
                          report_real(margin(p, m, PLAN_HIGH)),
                          report_real(margin(p, m, PLAN_EXPECTED)),
                          report_real(margin(p, m, PLAN_LOW)),
                          report_real(rate),
                          dear_users(p, rate),
                      });
    }
}

/* ---- the guardrail ---- */

/* YAML's double-quoted form, which can hold anything. */
static void add_quoted(struct buf *b, struct str s)
{
    buf_char(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c == 0x7f) {
            buf_fmt(b, "\\x%02X", c);
        } else {
            if (c == '"' || c == '\\') {
                buf_char(b, '\\');
            }
            buf_char(b, (char)c);
        }
    }
    buf_char(b, '"');
}

static struct str fallback_of(const struct plan *p)
{
    const struct plan_model *best = cheapest(p);

    if (p->fallback.n > 0) {
        return p->fallback;
    }
    return best->month[PLAN_EXPECTED] < p->model[0].month[PLAN_EXPECTED]
               ? best->name
               : STR_EMPTY;
}

static int64_t whole_dollars(num_i128 pico)
{
    num_i128 n = (pico + USD_PICO_PER_DOLLAR - 1) / USD_PICO_PER_DOLLAR;

    return n < 1 ? 1 : (int64_t)n;
}

static void tell_guardrail(const struct plan *p, struct report *out)
{
    struct str fallback = fallback_of(p);
    struct buf name;
    struct buf b;

    buf_init(&b, 16384);
    buf_init(&name, 1024);
    buf_fmt(&name, "%.*s-month", STR_ARG(p->name));
    buf_cz(&b, "budgets:\n  - name: ");
    add_quoted(&b, buf_view(&name));
    buf_cz(&b, "\n    where: {feature: ");
    add_quoted(&b, p->name);
    buf_cz(&b, "}\n    period: month\n    limit: ");
    buf_i64(&b, whole_dollars(p->model[0].month[PLAN_HIGH]));
    buf_cz(&b, "\n    at:\n      - {percent: 80, do: notify}\n");
    if (fallback.n > 0) {
        buf_cz(&b, "      - {percent: 100, do: fallback, model: ");
        add_quoted(&b, fallback);
        buf_cz(&b, "}\n");
    }
    buf_cz(&b, "      - {percent: 120, do: block}\n");
    report_heading(out, "Guardrail for toll.yaml");
    report_code(out, "guardrail", buf_view(&b));
    if (fallback.n == 0) {
        report_note(out, "%s",
                    "No cheaper model is among those compared, so the budget "
                    "has no fallback: name one with fallback, or in model.");
    }
    buf_fini(&name);
    buf_fini(&b);
}

/* ---- words ---- */

static void tell_sentence(const struct plan *p, struct report *out)
{
    const struct insight_call *call = p->call;
    const struct plan_model *m = &p->model[0];
    const struct plan_model *best = cheapest(p);
    struct buf b;

    buf_init(&b, 4096);
    buf_fmt(&b, "On %.*s %.*s would cost %s a month", STR_ARG(m->name),
            STR_ARG(p->name), decide_usd(call, m->month[PLAN_EXPECTED]));
    if (m->month[PLAN_LOW] != m->month[PLAN_HIGH]) {
        buf_fmt(&b, " (%s to %s)", decide_usd(call, m->month[PLAN_LOW]),
                decide_usd(call, m->month[PLAN_HIGH]));
    }
    buf_fmt(&b, " with %s of %s users",
            decide_count(call, adopters(p, PLAN_EXPECTED)),
            decide_count(call, p->users));
    if (best != m) {
        buf_fmt(&b, "; the cheapest of those compared is %.*s at %s",
                STR_ARG(best->name),
                decide_usd(call, best->month[PLAN_EXPECTED]));
    }
    if (p->price.pico > 0) {
        double share = margin(p, m, PLAN_EXPECTED);
        buf_fmt(&b, "; at %s a user that %s %s of the price",
                decide_usd(call, p->price.pico),
                share >= 0 ? "leaves" : "loses",
                decide_percent(call, share >= 0 ? share : -share));
    }
    report_sentence(out, "%.*s.", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

static void tell_like(const struct plan *p, struct report *out)
{
    num_i128 input = 0;
    num_i128 output = 0;

    for (unsigned c = 0; c < TOKEN__COUNT; c++) {
        *(c < TOKEN_OUTPUT ? &input : &output) += p->tokens[c];
    }
    report_fact(out, "feature", ANSWER_TEXT, report_str(p->name));
    report_fact(out, "like", ANSWER_TEXT,
                p->like.n > 0 ? report_str(p->like) : report_null());
    report_fact(out, "like_requests", ANSWER_COUNT,
                p->like.n > 0 ? report_count(p->n_calls) : report_null());
    report_fact(out, "like_users", ANSWER_COUNT,
                p->like.n > 0 ? report_count((num_i128)p->n_rates)
                              : report_null());
    report_fact(out, "input_tokens_per_request", ANSWER_AVERAGE,
                report_real((double)input / (double)p->n_calls));
    report_fact(out, "cache_share", ANSWER_RATIO,
                input > 0 ? report_real((double)p->tokens[TOKEN_CACHE_READ] /
                                        (double)input)
                          : report_null());
    report_fact(out, "output_tokens_per_request", ANSWER_AVERAGE,
                report_real((double)output / (double)p->n_calls));
}

static void tell_notes(const struct plan *p, struct report *out)
{
    if (p->n_rates > 0) {
        report_note(out,
                    "Low and high take the rate of the quarter of %.*s's users "
                    "at the lower and at the upper end, with the lower and the "
                    "upper adoption.",
                    STR_ARG(p->like));
    } else {
        report_note(out, "%s",
                    "How much users differ is not known, so low and high come "
                    "from adoption alone.");
    }
    if (p->like.n > 0) {
        report_note(out, "%s",
                    "Calls are those of the like feature, retries included; "
                    "another model's tokenizer may need 15 % more or fewer "
                    "tokens for them.");
    }
    for (size_t i = 0; i < p->n_models; i++) {
        if (p->model[i].n < p->n_calls) {
            report_note(out,
                        "%s of %s calls have no price on %.*s and are taken "
                        "to cost as the others do.",
                        decide_count(p->call, p->n_calls - p->model[i].n),
                        decide_count(p->call, p->n_calls),
                        STR_ARG(p->model[i].name));
        }
    }
}

void plan_tell(const struct plan *p, struct report *out)
{
    tell_sentence(p, out);
    tell_like(p, out);
    tell_models(p, out);
    tell_cases(p, out);
    tell_margins(p, out);
    tell_guardrail(p, out);
    tell_notes(p, out);
}
