/* plan: what a launch would cost, from adoption, the calls of a feature like
 * it and price lists.  The method is told in docs/methods.md. */
#include "insight/insight.h"

#include <math.h>
#include <stdlib.h>

#include "base/utc.h"
#include "base/why.h"
#include "insight/decide.h"
#include "insight/plan_priv.h"
#include "price/cost.h"
#include "price/memo.h"
#include "query/query_usage.h"

#define PPM           INT64_C(1000000)
#define USERS_MAX     1000000000
#define RATE_MAX      100000.0
#define TOKENS_MAX    1000000000
#define RUNAWAY_TIMES 10 /* the next dearest run */

/* ---- parameters ---- */

static enum rc read_adoption(struct plan *p, struct why *why)
{
    struct str text = insight_value(p->call, "adoption");
    size_t dots = str_find(text, STR(".."), 0);
    struct str low = dots == SIZE_MAX ? text : str_sub(text, 0, dots);
    struct str high =
        dots == SIZE_MAX ? text : str_sub(text, dots + 2, text.n - dots - 2);
    double from = 0;
    double to = 0;

    if (str_to_f64(low, &from) != RC_OK || str_to_f64(high, &to) != RC_OK ||
        !(from > 0) || !(from <= to) || !(to <= 100)) {
        return why_set(why, RC_INVALID,
                       "adoption must be a percentage or two, as 25 or 10..30, "
                       "above 0 and up to 100, not '%.*s'",
                       STR_ARG(text));
    }
    p->adoption_ppm[PLAN_LOW] = llround(from * 10000);
    p->adoption_ppm[PLAN_HIGH] = llround(to * 10000);
    p->adoption_ppm[PLAN_EXPECTED] = llround((from + to) * 5000);
    return RC_OK;
}

static enum rc read_tokens(struct plan *p, struct why *why)
{
    const struct insight_bounds_i64 bounds = {0, 0, TOKENS_MAX};
    int64_t input = 0;
    int64_t output = 0;
    double share = 0;
    enum rc rc = insight_i64(p->call, "input_tokens", bounds, &input, why);

    if (rc == RC_OK) {
        rc = insight_i64(p->call, "output_tokens", bounds, &output, why);
    }
    if (rc == RC_OK) {
        rc = insight_f64(p->call, "cache_share",
                         (struct insight_bounds_f64){0, 0, 100}, &share, why);
    }
    event_init(&p->stated);
    p->stated.ts_us = p->call->env->now_us;
    p->stated.token[TOKEN_CACHE_READ] = llround((double)input * share / 100);
    p->stated.token[TOKEN_INPUT] = input - p->stated.token[TOKEN_CACHE_READ];
    p->stated.token[TOKEN_OUTPUT] = output;
    if (rc == RC_OK && p->like.n == 0 && input + output == 0) {
        rc = why_set(why, RC_INVALID,
                     "say what a call is like: like=FEATURE, or input_tokens "
                     "and output_tokens");
    }
    if (rc == RC_OK && p->like.n > 0 && input + output > 0) {
        rc = why_set(why, RC_INVALID,
                     "like=%.*s tells the tokens of a call; leave out "
                     "input_tokens and output_tokens",
                     STR_ARG(p->like));
    }
    return rc;
}

static enum rc read_numbers(struct plan *p, struct why *why)
{
    const struct insight_call *call = p->call;
    double rate = 0;
    enum rc rc =
        insight_i64(call, "users", (struct insight_bounds_i64){0, 1, USERS_MAX},
                    &p->users, why);

    if (rc == RC_OK && p->users == 0) {
        rc = why_set(why, RC_INVALID,
                     "say how many users could use it: users=N");
    }
    if (rc == RC_OK) {
        rc = read_adoption(p, why);
    }
    if (rc == RC_OK) {
        rc = insight_f64(call, "requests_per_user_day",
                         (struct insight_bounds_f64){0, 0.000001, RATE_MAX},
                         &rate, why);
    }
    if (rc == RC_OK && p->like.n == 0 && !(rate > 0)) {
        rc = why_set(why, RC_INVALID,
                     "say how many requests a user makes in a day: "
                     "requests_per_user_day=X");
    }
    p->stated_rate_micro = llround(rate * (double)PPM);
    return rc == RC_OK ? insight_usd(call, "price_per_user_month",
                                     (struct usd){0}, &p->price, why)
                       : rc;
}

static enum rc read_params(struct plan *p, struct why *why)
{
    const struct insight_call *call = p->call;
    bool has_range = insight_value(call, "range").n > 0 ||
                     insight_value(call, "from").n > 0 ||
                     insight_value(call, "to").n > 0;

    p->name = insight_value(call, "name");
    p->like = insight_value(call, "like");
    if (p->name.n == 0 || p->name.n > LIMIT_DIM_MAX) {
        return why_set(why, RC_INVALID,
                       "say what the feature will be called: name=NAME, at "
                       "most %d bytes",
                       LIMIT_DIM_MAX);
    }
    if (call->env->book == NULL) {
        return why_set(why, RC_UNAVAILABLE, "there is no price book");
    }
    enum rc rc = read_tokens(p, why);
    if (rc == RC_OK) {
        rc = read_numbers(p, why);
    }
    if (rc == RC_OK) {
        rc = has_range
                 ? insight_range(call, "28d", &p->from_us, &p->to_us, why)
                 : decide_last_days(call, 28, &p->from_us, &p->to_us, why);
    }
    p->length_us = decide_length_us(p->from_us, p->to_us, call->env->now_us);
    return rc;
}

/* ---- the feature like it ---- */

/* Cells: user, requests. */
static enum rc take_user(void *arg, const struct answer_cell *cell,
                         struct why *why)
{
    struct buf *counts = arg;
    double n = (double)cell[1].count;

    if (cell[0].is_null || cell[0].text.n == 0) {
        return RC_OK;
    }
    buf_add(counts, &n, sizeof n);
    return buf_rc(counts, why);
}

/* Users' requests a day: the spread of the like feature, laid on the rate.
 * Streamed, since an answer would keep the busiest only. */
static enum rc find_spread(struct plan *p, const struct query *users,
                           struct why *why)
{
    double days = (double)p->length_us / (double)UTC_US_PER_DAY;
    double sum = 0;
    struct buf counts;

    buf_init(&counts, LIMIT_ANSWER_BYTES_MAX);
    enum rc rc =
        query_each(users, p->call->env->reader, take_user, &counts, why);
    size_t n = counts.n / sizeof *p->rate;
    if (rc == RC_OK && n > 0) {
        p->rate = arena_copy(p->call->arena, counts.p, counts.n);
    }
    buf_fini(&counts);
    if (rc == RC_OK && n > 0 && p->rate == NULL) {
        rc = why_set(why, RC_LIMIT, "there are too many users to look at");
    }
    if (rc != RC_OK || n == 0) {
        return rc;
    }
    qsort(p->rate, n, sizeof *p->rate, num_f64_cmp);
    for (size_t i = 0; i < n; i++) { /* in order: one sum, however it came */
        p->rate[i] /= days;
        sum += p->rate[i];
    }
    p->n_rates = n;
    p->mean_rate = sum / (double)n;
    return RC_OK;
}

static void set_rates(struct plan *p)
{
    int64_t expected = p->stated_rate_micro > 0
                           ? p->stated_rate_micro
                           : llround(p->mean_rate * (double)PPM);
    double low = 1;
    double high = 1;

    if (p->n_rates > 0) {
        low = fmin(1, p->rate[(p->n_rates - 1) / 4] / p->mean_rate);
        high = fmax(1, p->rate[(p->n_rates - 1) * 3 / 4] / p->mean_rate);
    }
    p->rate_micro[PLAN_LOW] = llround((double)expected * low);
    p->rate_micro[PLAN_EXPECTED] = expected;
    p->rate_micro[PLAN_HIGH] = llround((double)expected * high);
}

static enum rc ask_like(struct plan *p, struct answer **ret_served,
                        struct why *why)
{
    struct insight_question q = {.metrics = "cost,requests",
                                 .by = "provider,model",
                                 .from_us = p->from_us,
                                 .to_us = p->to_us};
    struct query users;
    enum rc rc = decide_ask(p->call, &q, p->like, ret_served, why);

    if (rc == RC_OK && (*ret_served)->n_rows == 0) {
        return decide_check_feature(p->call, &q, p->like, why);
    }
    q.metrics = "requests";
    q.by = "user";
    if (rc == RC_OK) {
        rc = insight_parse(p->call, &q, &users, why);
    }
    if (rc == RC_OK) {
        rc = decide_only(p->call, p->like, &users, why);
    }
    if (rc == RC_OK) {
        rc = find_spread(p, &users, why);
    }
    if (rc == RC_OK && p->n_rates == 0 && p->stated_rate_micro == 0) {
        rc = why_set(why, RC_INVALID,
                     "the calls of %.*s name no users; say "
                     "requests_per_user_day=X",
                     STR_ARG(p->like));
    }
    return rc;
}

/* A run that never ended is in the like feature's cost, and will hardly come
 * again. */
static enum rc note_runaway(const struct plan *p, struct report *out,
                            struct why *why)
{
    struct insight_question q = {.metrics = "cost,requests",
                                 .by = "run",
                                 .where = "run:!",
                                 .limit = 2,
                                 .from_us = p->from_us,
                                 .to_us = p->to_us};
    struct answer *a = NULL;
    enum rc rc = decide_ask(p->call, &q, p->like, &a, why);

    if (rc != RC_OK || a->n_rows < 2 ||
        answer_pico(a, 0, 1) < RUNAWAY_TIMES * answer_pico(a, 1, 1) ||
        answer_count(a, 0, 2) <= answer_count(a, 1, 2)) {
        return rc;
    }
    report_note(out,
                "One run of %.*s, %.*s, has %s calls for %s: leave it out by "
                "a where on run if that will not come again.",
                STR_ARG(p->like), STR_ARG(answer_str(a, 0, 0)),
                decide_count(p->call, answer_count(a, 0, 2)),
                decide_usd(p->call, answer_pico(a, 0, 1)));
    return RC_OK;
}

/* ---- models ---- */

static enum rc add_model(struct plan *p, struct str model, struct why *why)
{
    struct plan_model *m = &p->model[p->n_models];

    if (p->n_models == PLAN_MODELS_MAX) {
        return why_set(why, RC_INVALID, "compare at most %d models",
                       PLAN_MODELS_MAX);
    }
    *m = (struct plan_model){.name = model};
    enum rc rc = decide_provider(p->call, insight_value(p->call, "provider"),
                                 p->like_provider, model, &m->provider, why);
    p->n_models += rc == RC_OK ? 1 : 0;
    return rc;
}

static enum rc read_models(struct plan *p, struct why *why)
{
    struct str rest = insight_value(p->call, "model");
    struct str word;
    enum rc rc = RC_OK;

    if (str_trim(rest).n == 0) {
        rest = p->like_model;
    }
    if (rest.n == 0) {
        return why_set(why, RC_INVALID, "say on which models: model=A,B");
    }
    while (rc == RC_OK && str_cut(&rest, ',', &word)) {
        word = str_trim(word);
        if (word.n > 0) {
            rc = add_model(p, word, why);
        }
    }
    p->fallback = insight_value(p->call, "fallback");
    return rc == RC_OK && p->n_models == 0
               ? why_set(why, RC_INVALID, "say on which models: model=A,B")
               : rc;
}

static enum rc take_call(void *arg, const struct event *ev, struct why *why)
{
    struct plan *p = arg;
    enum rc rc = RC_OK;

    p->n_calls++;
    for (unsigned c = 0; c < TOKEN__COUNT; c++) {
        p->tokens[c] += ev->token[c];
    }
    for (size_t i = 0; i < p->n_models && rc == RC_OK; i++) {
        struct plan_model *m = &p->model[i];
        struct event there = *ev;

        there.dim[DIM_PROVIDER] = m->provider;
        there.dim[DIM_MODEL] = m->name;
        there.cost = (struct event_cost){.priced = false};
        rc = cost_of_event(p->call->env->book, p->memo, &there, &there.cost,
                           why);
        if (rc == RC_OK && there.cost.priced) {
            m->n++;
            m->pico += event_total_cost(&there).pico;
        }
    }
    return rc;
}

static enum rc price_models(struct plan *p, struct why *why)
{
    struct insight_question q = {
        .metrics = "requests", .from_us = p->from_us, .to_us = p->to_us};
    struct query query;
    enum rc rc;

    p->memo = memo_new();
    if (p->like.n == 0) {
        rc = take_call(p, &p->stated, why);
    } else {
        rc = insight_parse(p->call, &q, &query, why);
        if (rc == RC_OK) {
            rc = decide_only(p->call, p->like, &query, why);
        }
        if (rc == RC_OK) {
            rc = query_calls(&query, p->call->env->reader, take_call, p, why);
        }
    }
    memo_free(&p->memo);
    for (size_t i = 0; i < p->n_models && rc == RC_OK; i++) {
        if (p->model[i].n == 0) {
            rc = why_set(why, RC_INVALID,
                         "%.*s has no price for tokens as these calls use them",
                         STR_ARG(p->model[i].name));
        }
    }
    return rc;
}

/* ---- reckoning ---- */

/* Millionths of requests in a month. */
static num_i128 requests_micro(const struct plan *p, enum plan_case k)
{
    num_i128 n = (num_i128)p->users * p->adoption_ppm[k] * p->rate_micro[k];

    return num_div_even(n * 36525, 1200 * PPM);
}

static enum rc reckon(struct plan *p, struct why *why)
{
    for (size_t i = 0; i < p->n_models; i++) {
        struct plan_model *m = &p->model[i];

        for (int k = 0; k < PLAN__COUNT; k++) {
            num_i128 requests = requests_micro(p, (enum plan_case)k);
            if ((double)requests * (double)m->pico > 1e37) {
                return why_set(why, RC_RANGE,
                               "such a plan costs more than can be counted");
            }
            m->month[k] = num_div_even(m->pico * requests, m->n * PPM);
        }
    }
    for (int k = 0; k < PLAN__COUNT; k++) {
        p->requests[k] =
            num_div_even(requests_micro(p, (enum plan_case)k), PPM);
    }
    return RC_OK;
}

static enum rc run(const struct insight_call *call, struct report *out,
                   struct why *why)
{
    struct plan p = {.call = call};
    struct answer *served = NULL;
    enum rc rc = read_params(&p, why);

    if (rc == RC_OK && p.like.n > 0) {
        rc = ask_like(&p, &served, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    report_title(out, "Plan of %.*s", STR_ARG(p.name));
    if (served != NULL) {
        report_range(out, served);
        if (served->n_rows == 0) {
            report_sentence(out,
                            "There are no calls of %.*s in this range to plan "
                            "by; state input_tokens and output_tokens instead.",
                            STR_ARG(p.like));
            return RC_OK;
        }
        p.like_provider = answer_str(served, 0, 0);
        p.like_model = answer_str(served, 0, 1);
    }
    rc = read_models(&p, why);
    if (rc == RC_OK) {
        rc = price_models(&p, why);
    }
    if (rc == RC_OK) {
        set_rates(&p);
        rc = reckon(&p, why);
    }
    if (rc == RC_OK) {
        plan_tell(&p, out);
    }
    if (rc == RC_OK && p.like.n > 0) {
        rc = note_runaway(&p, out, why);
    }
    return rc;
}

static const struct insight_param params[] = {
    {"name", "NAME", "what the feature will be called", false},
    {"like", "FEATURE", "whose calls and users it will resemble", false},
    {"input_tokens", "N", "of a call, without like: all input", false},
    {"output_tokens", "N", "likewise: all output", false},
    {"cache_share", "PERCENT", "of that input, read from a cache", false},
    {"model", "M,M2", "to compare; the first is the one planned", false},
    {"provider", "NAME", "of the models, unless their names tell", false},
    {"users", "N", "who could use it", false},
    {"adoption", "PERCENT", "of them who will, or a range: 10..30", false},
    {"requests_per_user_day", "X", "of those; as in like unless said", false},
    {"price_per_user_month", "USD", "what each of them pays", false},
    {"fallback", "MODEL", "at the budget's limit; else the cheapest", false},
    INSIGHT_RANGE_PARAMS,
};

const struct insight insight_plan = {
    .name = "plan",
    .path = "/api/plan",
    .summary = "what a launch would cost, and the budget that holds it",
    .details =
        "  toll plan --name order-help --like support-agent --users 2000 \\\n"
        "    --adoption 10..30 --model claude-sonnet-4-5,gpt-5.1\n"
        "  toll plan --name order-help --input-tokens 3000 --output-tokens 400 \\\n"
        "    --model gpt-4o-mini --users 2000 --adoption 25 \\\n"
        "    --requests-per-user-day 3 --price-per-user-month 2",
    .param = params,
    .n_params = ARRAY_N(params),
    .run = run,
};
