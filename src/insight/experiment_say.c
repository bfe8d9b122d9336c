/* The trial as a report. */
#include "insight/experiment_priv.h"

#include <math.h>

#include "base/check.h"
#include "base/utc.h"
#include "insight/say.h"
#include "query/period.h"

enum { MODELS_SHOWN = 40 };

/* ---- small words ---- */

struct str trial_date(const struct insight_call *call, int64_t us)
{
    struct period_zone *zone = NULL;
    struct str text = STR_EMPTY;
    struct buf b;

    if (period_zone_open(call->env->timezone, &zone, NULL) != RC_OK) {
        return text;
    }
    buf_init(&b, 64);
    period_add_text(zone, INTERVAL_DAY, us, &b);
    if (str_dup(call->arena, buf_view(&b), &text) != RC_OK) {
        text = STR_EMPTY;
    }
    buf_fini(&b);
    period_zone_close(&zone);
    return text;
}

/* Without a registered end an experiment has ended when it has been silent
 * for a week. */
struct str trial_status(const struct trial *t, int64_t now_us)
{
    if (t->is_rolled_out) {
        return STR("rolled out");
    }
    if (t->n < 2) {
        return STR("one variant");
    }
    return t->is_over || now_us - t->extent.last_us > 7 * UTC_US_PER_DAY
               ? STR("ended")
               : STR("running");
}

static struct answer_cell dollars(double usd)
{
    return isfinite(usd) && fabs(usd) < 1e15
               ? report_usd((num_i128)(usd * (double)USD_PICO_PER_DOLLAR))
               : report_null();
}

/* The words for units where there are none. */
static const struct trial_unit *words(const struct trial *t)
{
    return t->unit != NULL ? t->unit : trial_unit_from(STR("user"));
}

static const char *measure_name(const struct trial *t, enum trial_measure m)
{
    switch (m) {
    case TRIAL_NONE:
    case TRIAL_MEASURE__COUNT:
        break;
    case TRIAL_PER_UNIT:
        return words(t)->cost_per;
    case TRIAL_PER_REQUEST:
        return "cost_per_request";
    case TRIAL_PER_RUN:
        return "cost_per_run";
    case TRIAL_REQUESTS_PER_UNIT:
        return words(t)->requests_per;
    case TRIAL_PER_UNIT_CUT:
        return words(t)->cut;
    case TRIAL_PER_UNIT_ADJUSTED:
        return words(t)->adjusted;
    }
    CHECK(false);
}

/* ---- variants side by side ---- */

static struct answer_cell cell_of(const struct answer *a,
                                  const struct trial_variant *v, size_t column)
{
    for (size_t i = 0; i < a->n_rows; i++) {
        if (str_eq(answer_str(a, i, 0), v->name)) {
            return a->cell[i * a->n_columns + column];
        }
    }
    return report_null();
}

static struct answer_cell sum(const struct trial *t,
                              const struct trial_variant *v,
                              enum trial_sum column)
{
    return cell_of(t->sums, v, column);
}

static struct answer_cell crowd(const struct trial *t,
                                const struct trial_variant *v,
                                enum trial_crowd column)
{
    return cell_of(t->crowds, v, column);
}

static void say_variants(const struct trial *t, struct report *out)
{
    const struct report_column columns[] = {
        {"variant", ANSWER_TEXT, false},
        {words(t)->count, ANSWER_COUNT, false},
        {"requests", ANSWER_COUNT, false},
        {"runs", ANSWER_COUNT, false},
        {"cost", ANSWER_USD, false},
        {measure_name(t, TRIAL_PER_UNIT), ANSWER_USD_RATIO, false},
        {"cost_per_request", ANSWER_USD_RATIO, false},
        {"cost_per_run", ANSWER_USD_RATIO, false},
        {"input_per_request", ANSWER_AVERAGE, false},
        {"output_per_request", ANSWER_AVERAGE, false},
        {"cache_hit_share", ANSWER_RATIO, false},
        {"error_share", ANSWER_RATIO, false},
        {"top5_share_of_cost", ANSWER_RATIO, false},
    };
    struct report_table *table = report_table(
        out, "variants", "Variants side by side", columns, ARRAY_N(columns));

    for (size_t i = 0; i < t->n; i++) {
        const struct trial_variant *v = &t->variant[i];
        report_row(table, (struct answer_cell[]){
                              report_str(v->name),
                              report_count(v->requests.n),
                              sum(t, v, TRIAL_SUM_REQUESTS),
                              crowd(t, v, TRIAL_CROWD_RUNS),
                              sum(t, v, TRIAL_SUM_COST),
                              v->is_known[TRIAL_PER_UNIT] && t->has_cost
                                  ? dollars(v->estimate[TRIAL_PER_UNIT].value)
                                  : report_null(),
                              sum(t, v, TRIAL_SUM_PER_REQUEST),
                              crowd(t, v, TRIAL_CROWD_PER_RUN),
                              sum(t, v, TRIAL_SUM_INPUT),
                              sum(t, v, TRIAL_SUM_OUTPUT),
                              sum(t, v, TRIAL_SUM_CACHE),
                              sum(t, v, TRIAL_SUM_ERRORS),
                              report_real(v->top_usd / v->requests.y),
                          });
    }
}

static void say_models(const struct trial *t, struct report *out)
{
    static const struct report_column columns[] = {
        {"variant", ANSWER_TEXT, false},
        {"model", ANSWER_TEXT, false},
        {"requests", ANSWER_COUNT, false},
        {"share_of_requests", ANSWER_RATIO, false},
        {"cost", ANSWER_USD, false},
    };
    struct report_table *table = report_table(
        out, "models", "Which models they chose", columns, ARRAY_N(columns));

    for (size_t i = 0; i < t->models->n_rows && i < MODELS_SHOWN; i++) {
        struct str variant = answer_str(t->models, i, 0);
        double all = 0;
        for (size_t k = 0; k < t->sums->n_rows; k++) {
            if (str_eq(answer_str(t->sums, k, 0), variant)) {
                all = (double)answer_count(t->sums, k, TRIAL_SUM_REQUESTS);
            }
        }
        const struct answer_cell *row =
            &t->models->cell[i * t->models->n_columns];
        report_row(table, (struct answer_cell[]){
                              row[0], row[1], row[2],
                              report_real((double)row[2].count / all), row[3]});
    }
}

/* ---- compared ---- */

static struct str word_of(const struct trial *t, const struct trial_result *r,
                          enum trial_verdict verdict)
{
    if (!trial_is_judged(verdict)) {
        return STR("no verdict");
    }
    if (!r->stands) {
        return STR("cannot tell");
    }
    return trial_decisive(t, r)->value < 1 ? STR("less") : STR("more");
}

static void say_ratios(const struct trial *t, struct report *out)
{
    static const struct report_column columns[] = {
        {"variant", ANSWER_TEXT, false},
        {"measure", ANSWER_TEXT, false},
        {"change", ANSWER_RATIO, true},
        {"low", ANSWER_RATIO, true},
        {"high", ANSWER_RATIO, true},
        {"anytime_low", ANSWER_RATIO, true},
        {"anytime_high", ANSWER_RATIO, true},
        {"p_value", ANSWER_RATIO, false},
        {"verdict", ANSWER_TEXT, false},
    };
    struct report_table *table = report_table(
        out, "comparisons", "Against the control, with intervals of 95 %",
        columns, ARRAY_N(columns));

    for (size_t i = 0; i < t->n; i++) {
        const struct trial_variant *v = &t->variant[i];
        for (enum trial_measure m = TRIAL_PER_UNIT; m < TRIAL_MEASURE__COUNT;
             m++) {
            const struct trial_result *r = &v->result[m];
            if (!r->is_known) {
                continue;
            }
            report_row(table, (struct answer_cell[]){
                                  report_str(v->name),
                                  report_str(str_from_cz(measure_name(t, m))),
                                  report_real(r->once.value - 1),
                                  report_real(r->once.lo - 1),
                                  report_real(r->once.hi - 1),
                                  report_real(r->ever.lo - 1),
                                  report_real(r->ever.hi - 1),
                                  report_real(trial_decisive(t, r)->p),
                                  report_str(word_of(t, r, trial_verdict(t))),
                              });
        }
    }
}

static void say_differences(const struct trial *t, struct report *out)
{
    static const struct report_column columns[] = {
        {"variant", ANSWER_TEXT, false},
        {"measure", ANSWER_TEXT, false},
        {"control", ANSWER_USD_RATIO, false},
        {"value", ANSWER_USD_RATIO, false},
        {"difference", ANSWER_USD_RATIO, true},
        {"low", ANSWER_USD_RATIO, true},
        {"high", ANSWER_USD_RATIO, true},
    };
    struct report_table *table = report_table(
        out, "differences", "The same in dollars", columns, ARRAY_N(columns));

    for (size_t i = 0; i < t->n; i++) {
        const struct trial_variant *v = &t->variant[i];
        for (enum trial_measure m = TRIAL_PER_UNIT; m < TRIAL_MEASURE__COUNT;
             m++) {
            const struct trial_result *r = &v->result[m];
            if (!r->has_difference) {
                continue;
            }
            report_row(table,
                       (struct answer_cell[]){
                           report_str(v->name),
                           report_str(str_from_cz(measure_name(t, m))),
                           dollars(t->variant[t->control].estimate[m].value),
                           dollars(v->estimate[m].value),
                           dollars(r->difference.value),
                           dollars(r->difference.lo),
                           dollars(r->difference.hi),
                       });
        }
    }
}

/* All units with that variant, at the pace of the experiment's days. */
static void say_months(const struct trial *t, struct report *out)
{
    static const struct report_column columns[] = {
        {"variant", ANSWER_TEXT, false},  {"cost_per_month", ANSWER_USD, false},
        {"difference", ANSWER_USD, true}, {"low", ANSWER_USD, true},
        {"high", ANSWER_USD, true},
    };
    double months = trial_days(t) / TRIAL_DAYS_PER_MONTH;
    double factor = (double)t->n_units / months;
    struct report_table *table =
        report_table(out, "per_month", "A month, if all had that variant",
                     columns, ARRAY_N(columns));

    for (size_t i = 0; i < t->n; i++) {
        const struct trial_variant *v = &t->variant[i];
        const struct trial_result *r = &v->result[t->primary];
        bool has = r->has_difference;
        if (!v->is_known[TRIAL_PER_UNIT]) {
            continue;
        }
        report_row(
            table,
            (struct answer_cell[]){
                report_str(v->name),
                dollars(factor * v->estimate[TRIAL_PER_UNIT].value),
                has ? dollars(factor * r->difference.value) : report_null(),
                has ? dollars(factor * r->difference.lo) : report_null(),
                has ? dollars(factor * r->difference.hi) : report_null(),
            });
    }
}

static void say_split(const struct insight_call *call, const struct trial *t,
                      struct report *out)
{
    const struct report_column columns[] = {
        {"variant", ANSWER_TEXT, false},
        {words(t)->count, ANSWER_COUNT, false},
        {"share", ANSWER_RATIO, false},
        {"planned_share", ANSWER_RATIO, false},
    };
    static const struct str states[] = {
        [TRIAL_SPLIT_NONE] = STR_INIT("nothing to check"),
        [TRIAL_SPLIT_OK] = STR_INIT("ok"),
        [TRIAL_SPLIT_DOUBT] = STR_INIT("doubtful"),
        [TRIAL_SPLIT_BROKEN] = STR_INIT("mismatch"),
        [TRIAL_SPLIT_UNCHECKED] = STR_INIT("not checked"),
    };
    struct report_table *table = report_table(
        out, "split", "How they were split", columns, ARRAY_N(columns));
    int64_t all = 0;

    for (size_t i = 0; i < t->n; i++) {
        all += t->variant[i].requests.n;
    }
    for (size_t i = 0; i < t->n; i++) {
        const struct trial_variant *v = &t->variant[i];
        report_row(table, (struct answer_cell[]){
                              report_str(v->name), report_count(v->requests.n),
                              report_real((double)v->requests.n / (double)all),
                              report_real(v->share)});
    }
    report_fact(out, "sample_ratio", ANSWER_TEXT, report_str(states[t->split]));
    report_fact(out, "sample_ratio_p", ANSWER_RATIO,
                t->split == TRIAL_SPLIT_NONE ||
                        t->split == TRIAL_SPLIT_UNCHECKED
                    ? report_null()
                    : report_real(t->split_p));
    report_fact(out, words(t)->in_several, ANSWER_COUNT,
                report_count(t->n_crossed));
    report_fact(out, "split_over_time", ANSWER_TEXT,
                !t->drift.is_known     ? report_null()
                : trial_has_drifted(t) ? report_str(STR("changed"))
                                       : report_str(STR("steady")));
    if (trial_has_drifted(t)) {
        report_fact(out, "split_changed_on", ANSWER_TIME,
                    report_str(trial_date(call, t->drift.cut_us)));
    }
}

/* ---- notes ---- */

static void note_split(const struct trial *t, struct report *out)
{
    if (t->split == TRIAL_SPLIT_DOUBT) {
        report_note(out,
                    "The split looks off (p = %.4f): look for what loses or "
                    "moves %.*ss.",
                    t->split_p, STR_ARG(t->unit->name));
    }
    if (t->is_split_partial) {
        report_note(out, "Variants have calls that the registered split does "
                         "not name; so the split is not checked.");
    } else if (t->split == TRIAL_SPLIT_UNCHECKED) {
        report_note(out, "The split is far from equal and none was stated; "
                         "state it (split=control:70,treatment:30) to have "
                         "it checked.");
    }
    if ((double)t->n_crossed > TRIAL_CROSSED_MAX * (double)t->n_units) {
        report_note(out,
                    "%.1f %% of %.*ss had more than one variant; they pull "
                    "the variants' costs together.",
                    100 * (double)t->n_crossed / (double)t->n_units,
                    STR_ARG(t->unit->name));
    }
}

/* Told of the variant whose share changed most. */
static void note_drift(const struct insight_call *call, const struct trial *t,
                       struct report *out)
{
    const struct trial_drift *d = &t->drift;
    size_t most = 0;

    if (!trial_has_drifted(t)) {
        return;
    }
    for (size_t i = 1; i < t->n; i++) {
        if (fabs(d->after[i] - d->before[i]) >
            fabs(d->after[most] - d->before[most])) {
            most = i;
        }
    }
    report_note(out,
                "The split changed: of the %.*ss that came until %.*s %.0f %% "
                "had %.*s, of those since then %.0f %%. What differs may be "
                "the time; compare the times apart (from, to).",
                STR_ARG(t->unit->name), STR_ARG(trial_date(call, d->cut_us)),
                100 * d->before[most], STR_ARG(t->variant[most].name),
                100 * d->after[most]);
}

/* Of the variants that need more units than they have, the one that lacks
 * most. */
static void note_skewness(const struct trial *t, struct report *out)
{
    const struct trial_variant *worst = NULL;
    double lack = 1;

    for (size_t i = 0; i < t->n; i++) {
        const struct trial_variant *v = &t->variant[i];
        const struct estimate *e = &v->estimate[TRIAL_PER_UNIT];
        double need = v->is_known[TRIAL_PER_UNIT]
                          ? compare_skewness_units(e) / (double)e->n
                          : 0;
        if (need > lack) {
            lack = need;
            worst = v;
        }
    }
    if (worst != NULL) {
        const struct estimate *e = &worst->estimate[TRIAL_PER_UNIT];
        report_note(out,
                    "Few large %.*ss decide the cost per %.*s: the five "
                    "dearest of %.*s make %.0f %% of its cost, and the usual "
                    "rule asks for %s %.*ss (skewness %.1f); the intervals "
                    "allow for that.",
                    STR_ARG(t->unit->name), STR_ARG(t->unit->name),
                    STR_ARG(worst->name),
                    100 * worst->top_usd / worst->requests.y,
                    say_counted((num_i128)(compare_skewness_units(e) + 0.5)).cz,
                    STR_ARG(t->unit->name), e->skewness);
    }
}

static bool has_variant(const struct trial *t, struct str name)
{
    for (size_t i = 0; i < t->n; i++) {
        if (str_eq(t->variant[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void say_notes(const struct insight_call *call, const struct trial *t,
                      struct report *out)
{
    enum trial_verdict verdict = trial_verdict(t);

    note_split(t, out);
    note_drift(call, t, out);
    if (trial_is_judged(verdict)) {
        note_skewness(t, out);
        if (t->is_over) {
            report_note(out, "The planned end has come: the verdict rests on "
                             "the narrow interval (low, high).");
        } else {
            report_note(out, "No planned end has come, so the verdict rests "
                             "on the wide interval (anytime_low, "
                             "anytime_high), which holds however often one "
                             "looks; the narrow one (low, high) holds for one "
                             "look at the end.");
        }
        report_note(out,
                    "Only %.*ss with a call count; those who had a variant "
                    "and no call are not known.",
                    STR_ARG(t->unit->name));
    }
    int64_t n_unpriced = (int64_t)t->sums->total[TRIAL_SUM_UNPRICED].count;
    if (n_unpriced > 0 && t->has_cost) {
        report_note(out, "%s call%s.", say_counted(n_unpriced).cz,
                    n_unpriced == 1 ? " has no price and counts as free"
                                    : "s have no price and count as free");
    }
    if (t->n_without_unit > 0) {
        bool is_one = t->n_without_unit == 1;
        report_note(out, "%s call%s no %.*s and %s left out of all intervals.",
                    say_counted(t->n_without_unit).cz,
                    is_one ? " names" : "s name", STR_ARG(t->unit->name),
                    is_one ? "is" : "are");
    }
    for (size_t i = 0; i < t->plan.x.n_split; i++) {
        if (!has_variant(t, t->plan.x.split[i].variant)) {
            report_note(out, "The variant %.*s is registered and has no call.",
                        STR_ARG(t->plan.x.split[i].variant));
        }
    }
    if (t->n_without_variant > 0) {
        bool is_one = t->n_without_variant == 1;
        report_note(out,
                    "%s call%s of the experiment %s no variant and %s left "
                    "out.",
                    say_counted(t->n_without_variant).cz, is_one ? "" : "s",
                    is_one ? "names" : "name", is_one ? "is" : "are");
    }
}

/* ---- all of it ---- */

static void say_rollout(const struct insight_call *call, const struct trial *t,
                        struct report *out)
{
    if (!t->is_rolled_out) {
        return;
    }
    report_fact(out, "rolled_out", ANSWER_TEXT, report_str(t->rolled_out));
    report_fact(out, "rolled_out_on", ANSWER_TIME,
                t->rollout_us < INT64_MAX
                    ? report_str(trial_date(call, t->rollout_us))
                    : report_null());
    if (t->since != NULL && t->since->n_rows > 0) {
        report_fact(out, "requests_since", ANSWER_COUNT, t->since->cell[0]);
        report_fact(out, "cost_since", ANSWER_USD, t->since->cell[1]);
    }
}

/* Who costs least for sure: of the variants that stand, or the control when
 * all that stand cost more. */
static struct str winner(const struct trial *t)
{
    const struct trial_variant *best = NULL;
    bool all_more = true;

    for (size_t i = 0; i < t->n; i++) {
        const struct trial_result *r = &t->variant[i].result[t->primary];
        if (i == t->control) {
            continue;
        }
        all_more = all_more && r->stands && r->once.value > 1;
        if (r->stands && r->once.value < 1 &&
            (best == NULL ||
             r->once.value < best->result[t->primary].once.value)) {
            best = &t->variant[i];
        }
    }
    return best != NULL ? best->name
           : all_more   ? t->variant[t->control].name
                        : STR_EMPTY;
}

static void say_facts(const struct insight_call *call, const struct trial *t,
                      struct report *out)
{
    enum trial_verdict verdict = trial_verdict(t);
    struct str best = verdict == TRIAL_VERDICT_DIFFERS ? winner(t) : STR_EMPTY;

    report_fact(out, "experiment", ANSWER_TEXT, report_str(t->name));
    report_fact(out, "feature", ANSWER_TEXT,
                t->plan.x.feature.n > 0 ? report_str(t->plan.x.feature)
                                        : report_null());
    report_fact(out, "status", ANSWER_TEXT,
                report_str(trial_status(t, call->env->now_us)));
    report_fact(out, "verdict", ANSWER_TEXT,
                report_str(trial_verdict_name(verdict)));
    report_fact(out, "cheapest", ANSWER_TEXT,
                best.n > 0 ? report_str(best) : report_null());
    report_fact(out, "control", ANSWER_TEXT,
                report_str(t->variant[t->control].name));
    report_fact(out, "unit", ANSWER_TEXT,
                t->unit != NULL ? report_str(t->unit->name) : report_null());
    report_fact(out, "days", ANSWER_AVERAGE, report_real(trial_days(t)));
    say_rollout(call, t, out);
}

static void say_sentence(const struct insight_call *call, const struct trial *t,
                         struct report *out)
{
    struct buf b;

    buf_init(&b, 4096);
    trial_add_sentence(&b, t);
    if (b.n > 0 && b.p[0] >= 'a' && b.p[0] <= 'z' &&
        str_starts(buf_view(&b), STR("no "))) {
        b.p[0] = 'N';
    }
    if (t->is_rolled_out && t->rollout_us < INT64_MAX) {
        struct str date = trial_date(call, t->rollout_us);
        report_sentence(out, "%.*s (%.*s was rolled out on %.*s.)",
                        STR_ARG(buf_view(&b)), STR_ARG(t->rolled_out),
                        STR_ARG(date));
    } else {
        report_sentence(out, "%.*s", STR_ARG(buf_view(&b)));
    }
    buf_fini(&b);
}

void trial_say(const struct insight_call *call, const struct trial *t,
               struct report *out)
{
    report_title(out, "Experiment %.*s", STR_ARG(t->name));
    report_range(out, t->sums);
    say_sentence(call, t, out);
    if (t->is_brief) {
        return;
    }
    say_facts(call, t, out);
    say_variants(t, out);
    if (t->n > 1 && t->unit != NULL) {
        if (t->has_cost) {
            say_ratios(t, out);
            say_differences(t, out);
            trial_say_causes(call, t, out);
        }
        trial_say_outcomes(t, out);
        if (t->has_cost) {
            say_months(t, out);
        }
        say_split(call, t, out);
    }
    say_models(t, out);
    say_notes(call, t, out);
}
