/* What came of it: the outcomes of each unit beside what it cost.
 *
 * An outcome belongs to the trial when it names the experiment, or names none
 * and is of the registered feature or of a run with calls of the trial.  It
 * goes to the unit that it names, or that its run does, and with that to the
 * unit's variant; where it or its run names a variant too, only to the unit's
 * calls of that. */
#include "insight/experiment_priv.h"

#include <math.h>

#include "base/check.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/why.h"
#include "insight/say.h"
#include "query/query_record.h"

enum { KEY_BYTES_MAX = 2 * LIMIT_DIM_MAX + 1 };

struct yield { /* of one unit, by kind of outcome */
    double sum[LIMIT_EXPERIMENT_OUTCOMES_MAX];
};

struct kind {
    struct str name;
    int64_t n[LIMIT_EXPERIMENT_VARIANTS_MAX];          /* units that have it */
    struct tally tally[LIMIT_EXPERIMENT_VARIANTS_MAX]; /* dollars, values */
};

struct trial_outcomes {
    struct arena arena;
    struct map yields; /* "variant NUL unit" to struct yield */
    struct kind kind[LIMIT_EXPERIMENT_OUTCOMES_MAX];
    size_t n_kinds;
    int64_t n_without_unit; /* outcomes */
    int64_t n_left_out;     /* outcomes of further kinds */
};

void trial_outcomes_free(struct trial_outcomes **outcomes)
{
    struct trial_outcomes *o = *outcomes;

    if (o != NULL) {
        map_fini(&o->yields);
        arena_fini(&o->arena);
        mem_free(o);
        *outcomes = NULL;
    }
}

/* ---- read ---- */

static size_t kind_of(struct trial_outcomes *o, struct str name)
{
    size_t i = 0;

    while (i < o->n_kinds && !str_eq(o->kind[i].name, name)) {
        i++;
    }
    if (i == o->n_kinds && i < LIMIT_EXPERIMENT_OUTCOMES_MAX &&
        str_dup(&o->arena, name, &o->kind[i].name) == RC_OK) {
        o->n_kinds++;
    }
    return i;
}

static void add_key(struct buf *b, struct str variant, struct str unit)
{
    buf_str(b, variant);
    buf_char(b, '\0');
    buf_str(b, unit);
}

static struct yield *yield_of(struct trial_outcomes *o, struct str variant,
                              struct str unit)
{
    struct buf key;
    struct str kept;

    buf_init(&key, KEY_BYTES_MAX);
    add_key(&key, variant, unit);
    struct yield *y = map_get(&o->yields, buf_view(&key));
    if (y == NULL) {
        y = arena_alloc(&o->arena, sizeof(*y));
        if (y != NULL && str_dup(&o->arena, buf_view(&key), &kept) == RC_OK) {
            map_put(&o->yields, kept, y);
        } else {
            y = NULL;
        }
    }
    buf_fini(&key);
    return y;
}

static enum rc take_outcome(void *arg, const struct query_outcome_unit *u,
                            struct why *why)
{
    struct trial_outcomes *o = arg;

    if (u->unit.n == 0) {
        o->n_without_unit += u->n;
        return RC_OK;
    }
    size_t k = kind_of(o, u->name);
    if (k >= o->n_kinds) {
        o->n_left_out += u->n;
        return RC_OK;
    }
    struct yield *y = yield_of(o, u->variant, u->unit);
    if (y == NULL) {
        return why_set(why, RC_LIMIT,
                       "the outcomes do not fit in memory; narrow the range");
    }
    y->sum[k] += u->sum;
    return RC_OK;
}

enum rc trial_read_outcomes(const struct insight_call *call, struct trial *t,
                            struct why *why)
{
    const struct insight_question calls_of = {
        .metrics = "requests", .from_us = t->from_us, .to_us = t->to_us};
    struct query_outcomes q = {.from_us = t->from_us, .to_us = t->to_us};
    struct query calls;
    struct trial_outcomes *o = mem_alloc(sizeof(*o));

    t->outcomes = o;
    arena_init(&o->arena, LIMIT_EXPERIMENT_OUTCOME_BYTES);
    map_init(&o->yields);
    q.dim[DIM_EXPERIMENT] = t->name;
    enum rc rc = query_outcome_units(&q, t->unit->dim, call->env->reader,
                                     take_outcome, o, why);
    if (rc == RC_OK) {
        q.dim[DIM_EXPERIMENT] = STR_EMPTY;
        q.dim[DIM_FEATURE] = t->plan.x.feature;
        rc = trial_query(call, t, &calls_of, &calls, why);
    }
    const struct query_outcome_runs_of of = {&calls, t->unit->dim};
    return rc == RC_OK ? query_outcome_runs(&q, &of, call->env->reader,
                                            take_outcome, o, why)
                       : rc;
}

void trial_take_outcomes(struct trial *t, size_t variant, struct str unit,
                         double usd)
{
    struct trial_outcomes *o = t->outcomes;
    const struct str variants[] = {t->variant[variant].name, STR_EMPTY};
    struct yield all = {{0}};
    struct buf key;

    if (o->n_kinds == 0) {
        return;
    }
    buf_init(&key, KEY_BYTES_MAX);
    for (size_t i = 0; i < ARRAY_N(variants); i++) {
        buf_clear(&key);
        add_key(&key, variants[i], unit);
        const struct yield *y = map_get(&o->yields, buf_view(&key));
        for (size_t k = 0; y != NULL && k < o->n_kinds; k++) {
            all.sum[k] += y->sum[k];
        }
    }
    buf_fini(&key);
    for (size_t k = 0; k < o->n_kinds; k++) {
        o->kind[k].n[variant] += fabs(all.sum[k]) > 0 ? 1 : 0;
        tally_add(&o->kind[k].tally[variant], usd, all.sum[k]);
    }
}

/* ---- said ---- */

static struct answer_cell dollars(bool is_known, double usd)
{
    return is_known && isfinite(usd) && fabs(usd) < 1e15
               ? report_usd((num_i128)(usd * (double)USD_PICO_PER_DOLLAR))
               : report_null();
}

static void say_kind(const struct trial *t, const struct kind *kind,
                     struct report_table *table)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct tally *tally = &kind->tally[i];
        struct estimate each;
        bool has_cost = tally_ratio(tally, &each) && t->has_cost;
        report_row(table, (struct answer_cell[]){
                              report_str(t->variant[i].name),
                              report_str(kind->name),
                              report_count(kind->n[i]),
                              report_real(tally->x),
                              report_real(tally->x / (double)tally->n),
                              dollars(has_cost, has_cost ? each.value : 0),
                          });
    }
}

/* Against the control: dearer or cheaper, more or fewer. */
static const char *plane(const struct trial_result *cost, bool is_told,
                         double difference)
{
    if (!cost->stands || !is_told) {
        return "cannot tell";
    }
    if (cost->once.value < 1) {
        return difference > 0 ? "dominates" : "trade-off";
    }
    return difference > 0 ? "trade-off" : "dominated";
}

static void say_against(const struct trial *t, const struct kind *kind,
                        size_t v, struct report_table *table)
{
    const struct compare_rule rule = {.when = t->is_over ? COMPARE_FIXED
                                                         : COMPARE_SEQUENCE,
                                      .alpha = TRIAL_ALPHA / (double)(t->n - 1),
                                      .planned = COMPARE_PLANNED};
    const struct tally *a = &kind->tally[t->control];
    const struct tally *b = &kind->tally[v];
    struct estimate ea, eb;
    struct comparison cost = {.p = 1};
    struct comparison rate = {.p = 1};
    struct comparison extra = {.p = 1};
    bool is_enough = a->n >= TRIAL_UNITS_MIN && b->n >= TRIAL_UNITS_MIN;
    bool has_cost = is_enough && t->has_cost && tally_ratio(a, &ea) &&
                    tally_ratio(b, &eb) &&
                    compare_ratio(&ea, &eb, &rule, &cost);
    bool has_rate = is_enough && tally_mean_x(a, &ea) && tally_mean_x(b, &eb) &&
                    compare_difference(&ea, &eb, &rule, &rate);
    bool has_extra = has_rate && t->has_cost && rate.value > 0 &&
                     b->y / (double)b->n > a->y / (double)a->n &&
                     compare_extra(a, b, rule.alpha, &extra);
    bool is_bounded = has_extra && extra.lo <= extra.hi;

    report_row(table,
               (struct answer_cell[]){
                   report_str(t->variant[v].name),
                   report_str(kind->name),
                   has_cost ? report_real(cost.value - 1) : report_null(),
                   has_cost ? report_real(cost.lo - 1) : report_null(),
                   has_cost ? report_real(cost.hi - 1) : report_null(),
                   has_rate ? report_real(rate.value) : report_null(),
                   has_rate ? report_real(rate.lo) : report_null(),
                   has_rate ? report_real(rate.hi) : report_null(),
                   dollars(has_extra, extra.value),
                   dollars(is_bounded, extra.lo),
                   dollars(is_bounded, extra.hi),
                   report_str(str_from_cz(
                       trial_is_judged(trial_verdict(t))
                           ? plane(&t->variant[v].result[t->primary],
                                   has_rate && rate.p < rule.alpha, rate.value)
                           : "no verdict")),
               });
}

static void say_left_out(const struct trial *t, struct report *out)
{
    const struct trial_outcomes *o = t->outcomes;

    if (o->n_without_unit > 0) {
        bool is_one = o->n_without_unit == 1;
        report_note(out, "%s outcome%s no %.*s and %s left out.",
                    say_counted(o->n_without_unit).cz,
                    is_one ? " names" : "s name", STR_ARG(t->unit->name),
                    is_one ? "is" : "are");
    }
    if (o->n_left_out > 0) {
        report_note(out, "Only %d kinds of outcome are told.",
                    LIMIT_EXPERIMENT_OUTCOMES_MAX);
    }
}

/* Up to one a unit, which is told in percent; scores and counts are not. */
static bool is_share(const struct trial *t, const struct trial_outcomes *o)
{
    for (size_t k = 0; k < o->n_kinds; k++) {
        for (size_t i = 0; i < t->n; i++) {
            const struct tally *tally = &o->kind[k].tally[i];
            if (tally->x < 0 || tally->x > (double)tally->n) {
                return false;
            }
        }
    }
    return true;
}

void trial_say_outcomes(const struct trial *t, struct report *out)
{
    const struct trial_outcomes *o = t->outcomes;
    enum answer_kind each =
        o == NULL || is_share(t, o) ? ANSWER_RATIO : ANSWER_AVERAGE;
    const struct report_column columns[] = {
        {"variant", ANSWER_TEXT, false},
        {"outcome", ANSWER_TEXT, false},
        {"with_it", ANSWER_COUNT, false},
        {"value", ANSWER_AVERAGE, false},
        {"value_each", each, false},
        {"cost_per_outcome", ANSWER_USD_RATIO, false},
    };
    const struct report_column against[] = {
        {"variant", ANSWER_TEXT, false},
        {"outcome", ANSWER_TEXT, false},
        {"cost_per_outcome", ANSWER_RATIO, true},
        {"low", ANSWER_RATIO, true},
        {"high", ANSWER_RATIO, true},
        {"value_each", each, true},
        {"value_low", each, true},
        {"value_high", each, true},
        {"cost_of_one_more", ANSWER_USD_RATIO, false},
        {"one_more_low", ANSWER_USD_RATIO, true},
        {"one_more_high", ANSWER_USD_RATIO, true},
        {"verdict", ANSWER_TEXT, false},
    };

    if (o == NULL) {
        return;
    }
    say_left_out(t, out);
    if (o->n_kinds == 0) {
        return;
    }
    struct report_table *table = report_table(
        out, "outcomes", "What came of it", columns, ARRAY_N(columns));
    for (size_t k = 0; k < o->n_kinds; k++) {
        say_kind(t, &o->kind[k], table);
    }
    table = report_table(out, "outcome_comparisons",
                         "What came of it, against the control", against,
                         ARRAY_N(against));
    for (size_t k = 0; k < o->n_kinds; k++) {
        for (size_t v = 0; v < t->n; v++) {
            if (v != t->control) {
                say_against(t, &o->kind[k], v, table);
            }
        }
    }
}
