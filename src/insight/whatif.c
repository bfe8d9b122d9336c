/* whatif: the real calls of some weeks at the prices of another model or tier,
 * call by call.  The method is told in docs/methods.md. */
#include "insight/insight.h"

#include <math.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/utc.h"
#include "base/why.h"
#include "insight/decide.h"
#include "insight/decide_quality.h"
#include "price/cost.h"
#include "price/memo.h"
#include "query/query_usage.h"

enum {
    RATIOS_MAX = 64,
    RATIO_CALLS_MIN = 50, /* of a feature on either model, to be compared */
    RATIO_DAYS = 90,
    PARTS = 4 /* input, cache, output, tools */
};

#define PPM        INT64_C(1000000)
#define UNSURE_LOW 0.85 /* tokens there for one here, when nothing tells */
#define UNSURE_TOP 1.15

enum whatif_case { CASE_LOW, CASE_EXPECTED, CASE_HIGH, CASE__COUNT };

/* How many tokens the other model takes for one of these. */
struct ratios {
    double input[CASE__COUNT];
    double output[CASE__COUNT];
    size_t n_features; /* that ran on both; 0: nothing is known */
};

struct whatif {
    const struct insight_call *call;
    struct str feature;
    struct str to_provider, to_model; /* empty: each call's own */
    enum service_tier tier;           /* 0: each call's own */
    int64_t share_ppm;
    bool quality_holds; /* as the caller says */
    struct decide_quality quality;
    int64_t from_us, to_us, length_us;
    int64_t first_us; /* of the calls */

    struct str provider, model; /* what serves most of the cost now */
    int64_t cache_min;
    struct ratios ratios;
    struct price_memo *memo;

    int64_t n; /* compared: priced here and there */
    int64_t n_unpriced_here, n_unpriced_there, n_below_cache;
    num_i128 here[PARTS], there[PARTS]; /* of those compared */
    num_i128 unpriced_there_pico; /* what those unpriced here cost there */
    num_i128 cost[CASE__COUNT];
};

/* ---- pricing ---- */

static bool is_moved(const struct whatif *w, const struct event *ev)
{
    bool is_there =
        w->to_model.n == 0 || (str_eq(ev->dim[DIM_PROVIDER], w->to_provider) &&
                               str_eq(ev->dim[DIM_MODEL], w->to_model));

    return !is_there;
}

static struct event moved(const struct whatif *w, const struct event *ev)
{
    struct event to = *ev;

    if (w->to_model.n > 0) {
        to.dim[DIM_PROVIDER] = w->to_provider;
        to.dim[DIM_MODEL] = w->to_model;
    }
    if ((int)w->tier != 0) {
        to.service_tier = w->tier;
    }
    return to;
}

/* A prompt too short for the other model's cache is all plain input. */
static bool uncache(const struct whatif *w, struct event *ev)
{
    int64_t cached = ev->token[TOKEN_CACHE_READ] + event_cache_write_tokens(ev);

    if (cached == 0 || cached >= w->cache_min) {
        return false;
    }
    ev->token[TOKEN_INPUT] += cached;
    ev->token[TOKEN_CACHE_READ] = 0;
    ev->token[TOKEN_CACHE_WRITE_5M] = 0;
    ev->token[TOKEN_CACHE_WRITE_1H] = 0;
    return true;
}

static int64_t scaled(int64_t tokens, double ratio)
{
    return (int64_t)llround((double)tokens * ratio);
}

static enum rc add_cases(struct whatif *w, const struct event *to,
                         const struct event_cost *same, bool is_other,
                         struct why *why)
{
    num_i128 pico = (num_i128)same->input.pico + same->cache.pico +
                    same->output.pico + same->tools.pico;
    enum rc rc = RC_OK;

    for (int k = 0; k < CASE__COUNT && rc == RC_OK; k++) {
        struct event ev = *to;
        struct event_cost cost = {.priced = false};

        if (!is_other) {
            w->cost[k] += pico;
            continue;
        }
        for (unsigned c = 0; c < TOKEN__COUNT; c++) {
            ev.token[c] =
                scaled(ev.token[c], c < TOKEN_OUTPUT ? w->ratios.input[k]
                                                     : w->ratios.output[k]);
        }
        if (k != CASE_LOW && uncache(w, &ev)) {
            w->n_below_cache += k == CASE_EXPECTED ? 1 : 0;
        }
        rc = cost_of_event(w->call->env->book, w->memo, &ev, &cost, why);
        ev.cost = cost;
        w->cost[k] += cost.priced ? event_total_cost(&ev).pico : pico;
    }
    return rc;
}

static void add_parts(num_i128 part[PARTS], const struct event_cost *cost)
{
    part[0] += cost->input.pico;
    part[1] += cost->cache.pico;
    part[2] += cost->output.pico;
    part[3] += cost->tools.pico;
}

static enum rc take_call(void *arg, const struct event *ev, struct why *why)
{
    struct whatif *w = arg;
    struct event to = moved(w, ev);
    struct event_cost cost = {.priced = false};
    enum rc rc = cost_of_event(w->call->env->book, w->memo, &to, &cost, why);

    if (rc != RC_OK) {
        return rc;
    }
    w->first_us = ev->ts_us < w->first_us ? ev->ts_us : w->first_us;
    if (!cost.priced) {
        w->n_unpriced_there++;
        return RC_OK;
    }
    if (!ev->cost.priced) {
        w->n_unpriced_here++;
        to.cost = cost;
        w->unpriced_there_pico += event_total_cost(&to).pico;
        return RC_OK;
    }
    w->n++;
    add_parts(w->here, &ev->cost);
    add_parts(w->there, &cost);
    return add_cases(w, &to, &cost, is_moved(w, ev), why);
}

static enum rc price_calls(struct whatif *w, const struct insight_question *q,
                           struct why *why)
{
    struct query query;
    bool is_all = str_eq(insight_value(w->call, "range"), STR("all"));
    enum rc rc = insight_parse(w->call, q, &query, why);

    if (rc == RC_OK) {
        rc = decide_only(w->call, w->feature, &query, why);
    }
    if (rc == RC_OK) {
        w->first_us = w->to_us;
        w->memo = memo_new();
        rc = query_calls(&query, w->call->env->reader, take_call, w, why);
        memo_free(&w->memo);
    }
    w->length_us = decide_length_us(is_all ? w->first_us : w->from_us, w->to_us,
                                    w->call->env->now_us);
    return rc;
}

/* Only a part of the calls goes there. */
static void apply_share(struct whatif *w)
{
    num_i128 all = w->here[0] + w->here[1] + w->here[2] + w->here[3];

    for (int k = 0; k < PARTS; k++) {
        w->there[k] =
            w->here[k] +
            num_div_even((w->there[k] - w->here[k]) * w->share_ppm, PPM);
    }
    for (int k = 0; k < CASE__COUNT; k++) {
        w->cost[k] = all + num_div_even((w->cost[k] - all) * w->share_ppm, PPM);
    }
}

/* ---- ratios ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static void set_ratio(double ret[CASE__COUNT], double *ratio, size_t n)
{
    if (n == 0) {
        ret[CASE_LOW] = UNSURE_LOW;
        ret[CASE_EXPECTED] = 1;
        ret[CASE_HIGH] = UNSURE_TOP;
        return;
    }
    qsort(ratio, n, sizeof *ratio, by_size);
    double middle = (ratio[(n - 1) / 2] + ratio[n / 2]) / 2;
    double off = middle * (UNSURE_TOP - 1) / 3; /* one feature tells little */
    ret[CASE_EXPECTED] = middle;
    ret[CASE_LOW] = n > 1 ? ratio[0] : middle - off;
    ret[CASE_HIGH] = n > 1 ? ratio[n - 1] : middle + off;
}

/* Columns of the answer below: feature, provider, model, requests, input,
 * output. */
static bool is_row_of(const struct answer *a, size_t i, struct str provider,
                      struct str model)
{
    return str_eq(answer_str(a, i, 1), provider) &&
           str_eq(answer_str(a, i, 2), model) &&
           answer_count(a, i, 3) >= RATIO_CALLS_MIN &&
           answer_count(a, i, 4) > 0;
}

static double per_call(const struct answer *a, size_t i, size_t column)
{
    return (double)answer_count(a, i, column) / (double)answer_count(a, i, 3);
}

/* The feature of a row; the untagged have one, too. */
static struct str feature_of(const struct answer *a, size_t i)
{
    struct str name = answer_str(a, i, 0);

    return name.n > 0 ? name : STR("");
}

/* The features that ran there, each with the first cell of its row. */
static void find_there(const struct whatif *w, const struct answer *a,
                       struct map *ret)
{
    for (size_t i = 0; i < a->n_rows; i++) {
        if (is_row_of(a, i, w->to_provider, w->to_model)) {
            map_put(ret, feature_of(a, i), &a->cell[i * a->n_columns]);
        }
    }
}

static void take_ratios(struct whatif *w, const struct answer *a,
                        const struct map *there)
{
    double input[RATIOS_MAX];
    double output[RATIOS_MAX];
    size_t n = 0;
    size_t n_output = 0;

    for (size_t i = 0; i < a->n_rows && n < RATIOS_MAX; i++) {
        const struct answer_cell *cell = is_row_of(a, i, w->provider, w->model)
                                             ? map_get(there, feature_of(a, i))
                                             : NULL;
        if (cell == NULL) {
            continue;
        }
        size_t k = (size_t)(cell - a->cell) / a->n_columns;
        input[n++] = per_call(a, k, 4) / per_call(a, i, 4);
        if (answer_count(a, i, 5) > 0 && answer_count(a, k, 5) > 0) {
            output[n_output++] = per_call(a, k, 5) / per_call(a, i, 5);
        }
    }
    w->ratios.n_features = n;
    set_ratio(w->ratios.input, input, n);
    set_ratio(w->ratios.output, output, n_output);
}

static enum rc find_ratios(struct whatif *w, struct why *why)
{
    struct insight_question q = {
        .metrics = "requests,input_tokens,output_tokens",
        .by = "feature,provider,model",
        .from_us = w->to_us - RATIO_DAYS * UTC_US_PER_DAY,
        .to_us = w->to_us};
    struct answer *a = NULL;
    struct map there;
    enum rc rc = insight_ask(w->call, &q, &a, why);

    if (rc == RC_OK) {
        map_init(&there);
        find_there(w, a, &there);
        take_ratios(w, a, &there);
        map_fini(&there);
    }
    return rc;
}

/* ---- the question ---- */

static enum rc read_tier(struct whatif *w, struct why *why)
{
    struct str tier = insight_value(w->call, "tier");

    w->tier = service_tier_from(tier);
    if (tier.n > 0 && (int)w->tier == 0) {
        return why_set(why, RC_INVALID,
                       "there is no tier %.*s; tiers are standard, batch, flex "
                       "and priority",
                       STR_ARG(tier));
    }
    if (tier.n == 0 && w->to_model.n == 0) {
        return why_set(why, RC_INVALID,
                       "say what to compare with: to_model, tier or both");
    }
    return RC_OK;
}

static enum rc read_params(struct whatif *w, struct why *why)
{
    const struct insight_call *call = w->call;
    double percent = 100;

    w->feature = insight_value(call, "feature");
    w->to_model = insight_value(call, "to_model");
    w->quality_holds = insight_has(call, "quality_holds");
    if (w->feature.n == 0) {
        return why_set(why, RC_INVALID, "say which feature: feature=NAME");
    }
    enum rc rc = read_tier(w, why);
    if (rc == RC_OK) {
        rc =
            insight_f64(call, "share", (struct insight_bounds_f64){100, 0, 100},
                        &percent, why);
    }
    w->share_ppm = llround(percent * 10000);
    bool has_range = insight_value(call, "range").n > 0 ||
                     insight_value(call, "from").n > 0 ||
                     insight_value(call, "to").n > 0;
    if (rc == RC_OK) {
        rc = has_range
                 ? insight_range(call, "28d", &w->from_us, &w->to_us, why)
                 : decide_last_days(call, 28, &w->from_us, &w->to_us, why);
    }
    return rc;
}

/* Whose calls they are now, and who would serve them. */
static enum rc find_target(struct whatif *w, const struct answer *now,
                           struct why *why)
{
    w->provider = answer_str(now, 0, 0);
    w->model = answer_str(now, 0, 1);
    for (int k = 0; k < CASE__COUNT; k++) {
        w->ratios.input[k] = 1;
        w->ratios.output[k] = 1;
    }
    if (w->call->env->book == NULL) {
        return why_set(why, RC_UNAVAILABLE, "there is no price book");
    }
    if (w->to_model.n == 0) {
        return RC_OK;
    }
    enum rc rc =
        decide_provider(w->call, insight_value(w->call, "to_provider"),
                        w->provider, w->to_model, &w->to_provider, why);
    w->cache_min = decide_cache_min(w->to_provider, w->to_model);
    return rc == RC_OK ? find_ratios(w, why) : rc;
}

/* ---- words ---- */

static num_i128 sum_of(const num_i128 part[PARTS])
{
    return part[0] + part[1] + part[2] + part[3];
}

static const struct report_column class_columns[] = {
    {"class", ANSWER_TEXT, false},
    {"actual", ANSWER_USD, false},
    {"there", ANSWER_USD, false},
    {"difference", ANSWER_USD, true},
};

static void tell_classes(const struct whatif *w, struct report *out)
{
    static const char *const names[PARTS] = {"input", "cache", "output",
                                             "fees"};
    struct report_table *t =
        report_table(out, "classes", "What changes, by class of tokens",
                     class_columns, ARRAY_N(class_columns));

    for (int k = 0; k < PARTS; k++) {
        report_row(t, (struct answer_cell[]){
                          report_str(str_from_cz(names[k])),
                          report_usd(w->here[k]),
                          report_usd(w->there[k]),
                          report_usd(w->there[k] - w->here[k]),
                      });
    }
}

static const struct report_column case_columns[] = {
    {"case", ANSWER_TEXT, false},
    {"input_tokens_for_one", ANSWER_TEXT, false},
    {"output_tokens_for_one", ANSWER_TEXT, false},
    {"cost_there", ANSWER_USD, false},
    {"difference_per_month", ANSWER_USD, true},
};

static void tell_cases(const struct whatif *w, struct report *out)
{
    static const char *const names[CASE__COUNT] = {"low", "expected", "high"};
    num_i128 here = sum_of(w->here);
    struct report_table *t =
        report_table(out, "estimates",
                     "With what another tokenizer and another way to answer "
                     "may change",
                     case_columns, ARRAY_N(case_columns));

    for (int k = 0; k < CASE__COUNT; k++) {
        report_row(
            t,
            (struct answer_cell[]){
                report_str(str_from_cz(names[k])),
                report_str(str_fmt(w->call->arena, "%.3f", w->ratios.input[k])),
                report_str(
                    str_fmt(w->call->arena, "%.3f", w->ratios.output[k])),
                report_usd(w->cost[k]),
                report_usd(decide_per_month(w->cost[k] - here, w->length_us)),
            });
    }
}

static void tell_notes(const struct whatif *w, struct report *out)
{
    if (w->to_model.n > 0 && w->ratios.n_features == 0) {
        report_note(out,
                    "No feature ran on both models with %d calls on each in "
                    "the last %d days, so tokens and answers are taken to be "
                    "as long there, give or take 15 %%.",
                    RATIO_CALLS_MIN, RATIO_DAYS);
    } else if (w->to_model.n > 0) {
        report_note(out,
                    "Tokens there for one here are the median of %zu feature%s "
                    "that ran on both models.",
                    w->ratios.n_features, w->ratios.n_features > 1 ? "s" : "");
    }
    if (w->n_below_cache > 0) {
        report_note(out,
                    "%s call%s a cached part below the %s tokens that the "
                    "other model's cache takes; expected and high price it as "
                    "plain input.",
                    decide_count(w->call, w->n_below_cache),
                    w->n_below_cache == 1 ? " has" : "s have",
                    decide_count(w->call, w->cache_min));
    }
    if (w->tier == SERVICE_TIER_BATCH) {
        report_note(out, "%s",
                    "A batch may take a day, and hits of the prompt cache are "
                    "not sure in it.");
    }
    if (w->n_unpriced_here > 0) {
        report_note(out, "%s call%s left out; there %s would cost %s.",
                    decide_count(w->call, w->n_unpriced_here),
                    w->n_unpriced_here == 1 ? " has no price now and is"
                                            : "s have no price now and are",
                    w->n_unpriced_here == 1 ? "it" : "they",
                    decide_usd(w->call, w->unpriced_there_pico));
    }
    if (w->n_unpriced_there > 0) {
        report_note(out, "%s call%s left out.",
                    decide_count(w->call, w->n_unpriced_there),
                    w->n_unpriced_there == 1 ? " has no price there and is"
                                             : "s have no price there and are");
    }
}

static void add_target(const struct whatif *w, struct buf *b)
{
    struct str tier = service_tier_name(w->tier);

    if (w->to_model.n == 0) {
        buf_fmt(b, "In the %.*s tier", STR_ARG(tier));
        return;
    }
    buf_fmt(b, "On %.*s", STR_ARG(w->to_model));
    if ((int)w->tier != 0) {
        buf_fmt(b, " in the %.*s tier", STR_ARG(tier));
    }
}

enum whatif_verdict {
    VERDICT_COSTS_MORE,
    VERDICT_NO_DIFFERENCE,
    VERDICT_SAME_MODEL,
    VERDICT_QUALITY_HELD,
    VERDICT_QUALITY_FELL,
    VERDICT_QUALITY_STATED,
    VERDICT_QUALITY_UNKNOWN,
    VERDICT__COUNT
};

struct verdict_words {
    const char *name;
    const char *words;
    bool names_experiment; /* at their end */
};

static const struct verdict_words verdicts[VERDICT__COUNT] = {
    [VERDICT_COSTS_MORE] = {"costs_more", "It would cost more", false},
    [VERDICT_NO_DIFFERENCE] = {"no_difference", "It makes no difference",
                               false},
    [VERDICT_SAME_MODEL] = {"same_model", "A saving: the model stays the same",
                            false},
    [VERDICT_QUALITY_HELD] = {"quality_held",
                              "A saving: quality held in the experiment", true},
    [VERDICT_QUALITY_FELL] = {"quality_fell",
                              "Cheaper, but quality fell in the experiment",
                              true},
    [VERDICT_QUALITY_STATED] = {"quality_stated",
                                "A saving, if quality holds as you say", false},
    [VERDICT_QUALITY_UNKNOWN] = {"quality_unknown",
                                 "Price difference, quality unknown", false},
};

/* The same model answers the same; of another an experiment may tell, or the
 * caller. */
static enum whatif_verdict verdict_of(const struct whatif *w,
                                      num_i128 difference)
{
    bool is_same_model = w->to_model.n == 0 || str_eq(w->to_model, w->model);

    if (difference >= 0) {
        return difference > 0 ? VERDICT_COSTS_MORE : VERDICT_NO_DIFFERENCE;
    }
    if (is_same_model) {
        return VERDICT_SAME_MODEL;
    }
    if (w->quality.verdict == QUALITY_HOLDS) {
        return VERDICT_QUALITY_HELD;
    }
    if (w->quality.verdict == QUALITY_WORSE) {
        return VERDICT_QUALITY_FELL;
    }
    return w->quality_holds ? VERDICT_QUALITY_STATED : VERDICT_QUALITY_UNKNOWN;
}

static void add_verdict(const struct whatif *w, num_i128 difference,
                        struct buf *b)
{
    const struct verdict_words *v = &verdicts[verdict_of(w, difference)];

    buf_cz(b, v->words);
    if (v->names_experiment) {
        buf_fmt(b, " %.*s", STR_ARG(w->quality.experiment));
    }
    buf_char(b, '.');
}

static void tell_sentence(const struct whatif *w, struct report *out,
                          num_i128 here, num_i128 there)
{
    const struct insight_call *call = w->call;
    double change = here > 0 ? (double)(there - here) / (double)here * 100 : 0;
    struct buf b;

    buf_init(&b, 4096);
    add_target(w, &b);
    buf_fmt(&b, " the %s %s of %.*s", decide_count(call, w->n),
            w->n == 1 ? "call" : "calls", STR_ARG(w->feature));
    if (w->share_ppm < 100 * 10000) {
        buf_fmt(&b, ", %g %% of them moved,", (double)w->share_ppm / 10000);
    }
    buf_fmt(&b, " would have cost %s instead of %s: %s a month (%+.1f %%). ",
            decide_usd(call, there), decide_usd(call, here),
            decide_change(call, decide_per_month(there - here, w->length_us)),
            change);
    add_verdict(w, there - here, &b);
    report_sentence(out, "%.*s", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

static void tell_facts(const struct whatif *w, struct report *out,
                       num_i128 here, num_i128 there)
{
    report_fact(out, "feature", ANSWER_TEXT, report_str(w->feature));
    report_fact(out, "model", ANSWER_TEXT, report_str(w->model));
    report_fact(out, "to_provider", ANSWER_TEXT,
                w->to_model.n > 0 ? report_str(w->to_provider) : report_null());
    report_fact(out, "to_model", ANSWER_TEXT,
                w->to_model.n > 0 ? report_str(w->to_model) : report_null());
    report_fact(out, "to_tier", ANSWER_TEXT,
                (int)w->tier != 0 ? report_str(service_tier_name(w->tier))
                                  : report_null());
    report_fact(
        out, "verdict", ANSWER_TEXT,
        report_str(str_from_cz(verdicts[verdict_of(w, there - here)].name)));
    report_fact(out, "experiment", ANSWER_TEXT,
                w->quality.experiment.n > 0 ? report_str(w->quality.experiment)
                                            : report_null());
    report_fact(out, "days", ANSWER_AVERAGE,
                report_real((double)w->length_us / (double)UTC_US_PER_DAY));
    report_fact(out, "compared_requests", ANSWER_COUNT, report_count(w->n));
    report_fact(out, "actual_cost", ANSWER_USD, report_usd(here));
    report_fact(out, "cost_there", ANSWER_USD, report_usd(there));
    report_fact_change(out, "difference", ANSWER_USD, report_usd(there - here));
    report_fact(out, "actual_per_month", ANSWER_USD,
                report_usd(decide_per_month(here, w->length_us)));
    report_fact(out, "cost_there_per_month", ANSWER_USD,
                report_usd(decide_per_month(there, w->length_us)));
    report_fact_change(
        out, "difference_per_month", ANSWER_USD,
        report_usd(decide_per_month(there - here, w->length_us)));
    report_fact(out, "break_even_outcome_drop", ANSWER_RATIO,
                here > 0 && there < here
                    ? report_real(1 - (double)there / (double)here)
                    : report_null());
}

static void tell(struct whatif *w, struct report *out)
{
    apply_share(w);
    num_i128 here = sum_of(w->here);
    num_i128 there = sum_of(w->there);

    if (w->n == 0) {
        report_sentence(
            out,
            "None of the calls of %.*s can be compared: %s have no price "
            "now, %s have none there.",
            STR_ARG(w->feature), decide_count(w->call, w->n_unpriced_here),
            decide_count(w->call, w->n_unpriced_there));
        tell_notes(w, out);
        return;
    }
    tell_sentence(w, out, here, there);
    tell_facts(w, out, here, there);
    tell_classes(w, out);
    tell_cases(w, out);
    if (here > 0 && there < here) {
        report_text(
            out, "break_even",
            str_fmt(w->call->arena,
                    "Break-even: at the same cost per outcome, %.1f %% of the "
                    "outcomes may be lost before the change no longer pays.",
                    (1 - (double)there / (double)here) * 100));
    }
    tell_notes(w, out);
}

/* In a batch every step of a run waits for the one before. */
static enum rc tell_chains(const struct whatif *w, struct report *out,
                           struct why *why)
{
    struct insight_question q = {.metrics = "requests,runs",
                                 .where = "run:!",
                                 .from_us = w->from_us,
                                 .to_us = w->to_us};
    struct answer *a = NULL;

    if (w->tier != SERVICE_TIER_BATCH) {
        return RC_OK;
    }
    enum rc rc = decide_ask(w->call, &q, w->feature, &a, why);
    if (rc == RC_OK && answer_count(a, 0, 1) > 0 &&
        answer_count(a, 0, 0) > 2 * answer_count(a, 0, 1)) {
        report_note(out,
                    "A run has %.1f calls here, and in a batch each waits for "
                    "the one before: such chains hardly fit.",
                    (double)answer_count(a, 0, 0) /
                        (double)answer_count(a, 0, 1));
    }
    return rc;
}

static enum rc find_quality(struct whatif *w, struct why *why)
{
    const struct decide_pair pair = {w->feature, w->model, w->to_model};
    struct answer *experiments = NULL;

    w->quality.verdict = QUALITY_UNKNOWN;
    if (w->to_model.n == 0) {
        return RC_OK;
    }
    enum rc rc =
        decide_experiments(w->call, w->to_us - RATIO_DAYS * UTC_US_PER_DAY,
                           w->to_us, &experiments, why);
    return rc == RC_OK
               ? decide_quality(w->call, experiments, &pair, &w->quality, why)
               : rc;
}

static void tell_quality(const struct whatif *w, struct report *out)
{
    if (w->quality.words.n > 0) {
        report_note(out, "Outcomes of the experiment %.*s: %.*s.",
                    STR_ARG(w->quality.experiment), STR_ARG(w->quality.words));
    } else if (w->quality.experiment.n > 0) {
        report_note(out,
                    "The experiment %.*s ran both models, but too few outcomes "
                    "are recorded of it to tell whether quality holds.",
                    STR_ARG(w->quality.experiment));
    }
}

static enum rc run(const struct insight_call *call, struct report *out,
                   struct why *why)
{
    struct whatif w = {.call = call};
    struct answer *now = NULL;
    enum rc rc = read_params(&w, why);
    struct insight_question q = {.metrics = "cost,requests",
                                 .by = "provider,model",
                                 .from_us = w.from_us,
                                 .to_us = w.to_us};

    if (rc == RC_OK) {
        rc = decide_ask(call, &q, w.feature, &now, why);
    }
    if (rc == RC_OK && now->n_rows == 0) {
        rc = decide_check_feature(call, &q, w.feature, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    report_title(out, "What if");
    report_range(out, now);
    if (now->n_rows == 0) {
        report_sentence(out,
                        "There are no calls of %.*s in this range, so there "
                        "is nothing to price again.",
                        STR_ARG(w.feature));
        return w.to_model.n > 0
                   ? decide_provider(call, insight_value(call, "to_provider"),
                                     STR_EMPTY, w.to_model, &w.to_provider, why)
                   : RC_OK;
    }
    rc = find_target(&w, now, why);
    if (rc == RC_OK) {
        rc = price_calls(&w, &q, why);
    }
    if (rc == RC_OK) {
        rc = find_quality(&w, why);
    }
    if (rc == RC_OK) {
        tell(&w, out);
        tell_quality(&w, out);
    }
    if (rc == RC_OK) {
        rc = tell_chains(&w, out, why);
    }
    return rc;
}

static const struct insight_param params[] = {
    {"feature", "NAME", "whose calls", false},
    {"to_model", "MODEL", "priced on this model", false},
    {"to_provider", "NAME", "of this provider, unless the name tells", false},
    {"tier", "TIER", "and in this tier: standard, batch, flex, priority",
     false},
    {"share", "PERCENT", "of the calls that move; 100 unless said", false},
    {"quality_holds", NULL, "you know that quality holds: call it a saving",
     false},
    INSIGHT_RANGE_PARAMS,
};

const struct insight insight_whatif = {
    .name = "whatif",
    .path = "/api/whatif",
    .summary = "what a feature's calls would cost on another model or tier",
    .details =
        "The range is the last 28 complete days unless said.\n"
        "  toll whatif --feature reply-draft --to-model claude-haiku-4-5\n"
        "  toll whatif --feature trend-report --tier batch --share 50",
    .param = params,
    .n_params = ARRAY_N(params),
    .run = run,
};
