/* whatif: the words and tables of it. */
#include "insight/whatif_priv.h"

#include "base/utc.h"
#include "insight/decide.h"

static num_i128 sum_of(const num_i128 part[WHATIF_PARTS])
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
    static const char *const names[WHATIF_PARTS] = {"input", "cache", "output",
                                                    "fees"};
    struct report_table *t =
        report_table(out, "classes", "What changes, by class of tokens",
                     class_columns, ARRAY_N(class_columns));

    for (int k = 0; k < WHATIF_PARTS; k++) {
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
    static const char *const names[WHATIF__COUNT] = {"low", "expected", "high"};
    num_i128 here = sum_of(w->here);
    struct report_table *t =
        report_table(out, "estimates",
                     "With what another tokenizer and another way to answer "
                     "may change",
                     case_columns, ARRAY_N(case_columns));

    for (int k = 0; k < WHATIF__COUNT; k++) {
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
                    WHATIF_RATIO_CALLS_MIN, WHATIF_RATIO_DAYS);
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

static void tell_nothing(const struct whatif *w, struct report *out)
{
    report_sentence(out,
                    "None of the calls of %.*s can be compared: %s have no "
                    "price now, %s have none there.",
                    STR_ARG(w->feature),
                    decide_count(w->call, w->n_unpriced_here),
                    decide_count(w->call, w->n_unpriced_there));
}

static void tell_difference(const struct whatif *w, struct report *out)
{
    num_i128 here = sum_of(w->here);
    num_i128 there = sum_of(w->there);

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
}

void whatif_tell(const struct whatif *w, struct report *out)
{
    if (w->n == 0) {
        tell_nothing(w, out);
    } else {
        tell_difference(w, out);
    }
    tell_notes(w, out);
    tell_quality(w, out);
}
