/* experiment: what one variant costs beside another, how sure that is, and
 * what it would cost if all had it. */
#include "insight/experiment_priv.h"

#include "base/near.h"
#include "base/why.h"
#include "event/registry.h"
#include "query/query_field.h"

/* ---- one experiment ---- */

/* What is registered; the call's parameters stand in for it. */
static void plan_of(const struct insight_call *call, struct trial *t)
{
    static const struct experiment nothing = {
        .start_us = EXPERIMENT_ALWAYS_US,
        .end_us = EXPERIMENT_NEVER_US,
        .rollout_us = EXPERIMENT_NEVER_US,
    };
    const struct experiment *x = registry_find(call->env->registry, t->name);
    struct trial_plan *p = &t->plan;
    struct str control = insight_value(call, "control");
    struct str unit = insight_value(call, "unit");

    p->is_registered = x != NULL;
    p->x = x != NULL ? *x : nothing;
    p->control = control.n > 0 ? control : p->x.control;
    p->split = insight_value(call, "split");
    p->unit = unit;
    if (unit.n == 0 && x != NULL) {
        p->unit = p->x.unit == DIM_CUSTOMER ? STR("customer")
                  : p->x.unit == DIM_RUN    ? STR("run")
                                            : STR_EMPTY;
    }
}

static enum rc check_params(const struct insight_call *call,
                            const struct trial *t, struct why *why)
{
    const struct trial_plan *p = &t->plan;
    struct near near;

    if (p->unit.n > 0 && trial_unit_from(p->unit) == NULL) {
        return why_set(why, RC_INVALID,
                       "unit must be user, customer or run, not '%.*s'",
                       STR_ARG(p->unit));
    }
    if (insight_value(call, "control").n == 0) {
        return RC_OK;
    }
    near_init(&near, p->control);
    for (size_t i = 0; i < t->n; i++) {
        if (str_eq(t->variant[i].name, p->control)) {
            return RC_OK;
        }
        near_offer(&near, t->variant[i].name);
    }
    return near_unknown(&near, "variant", "control must be one that has calls",
                        why);
}

struct names {
    struct buf text;
    size_t n;
};

static enum rc take_name(void *arg, const struct str *key,
                         const struct query_extent *extent, struct why *why)
{
    struct names *n = arg;

    (void)extent;
    (void)why;
    if (key[0].n > 0) {
        buf_fmt(&n->text, "%s%.*s", n->n > 0 ? ", " : "", STR_ARG(key[0]));
        n->n++;
    }
    return RC_OK;
}

static enum rc each_name(const struct insight_call *call, const char *by,
                         query_extent_fn *take, void *arg, struct why *why)
{
    struct insight_question ask = {
        .metrics = "requests", .by = by, .where = "experiment:!"};
    struct query q;
    enum rc rc = insight_range(call, "all", &ask.from_us, &ask.to_us, why);

    if (rc == RC_OK) {
        rc = insight_parse(call, &ask, &q, why);
    }
    return rc == RC_OK ? query_extent(&q, call->env->reader, take, arg, why)
                       : rc;
}

#define HOW_TO_BEGIN                                                        \
    "a call names its experiment and variant by the fields experiment and " \
    "variant, or the headers X-Toll-Experiment and X-Toll-Variant"

static enum rc tell_unknown(const struct insight_call *call,
                            const struct trial *t, struct why *why)
{
    struct names n = {.n = 0};

    buf_init(&n.text, 160);
    enum rc rc = each_name(call, "experiment", take_name, &n, why);
    if (rc == RC_OK && n.n == 0) {
        rc = why_set(
            why, RC_NOT_FOUND,
            "no call of this range belongs to an experiment; " HOW_TO_BEGIN);
    } else if (rc == RC_OK) {
        rc = why_set(why, RC_NOT_FOUND,
                     "there is no experiment '%.*s' in this range; there %s "
                     "%.*s%s",
                     STR_ARG(str_utf8_cut(t->name, 60)),
                     n.n == 1 ? "is" : "are", STR_ARG(buf_view(&n.text)),
                     buf_rc(&n.text, NULL) == RC_OK ? "" : "...");
    }
    buf_fini(&n.text);
    return rc;
}

/* Calls that live with the rollout: those of its feature where one is
 * registered, else those that still bear its name. */
static enum rc read_since(const struct insight_call *call, struct trial *t,
                          struct why *why)
{
    struct insight_question ask = {.metrics = "requests,cost",
                                   .from_us = t->rollout_us,
                                   .to_us = call->env->now_us};
    struct query q;

    if (!t->is_rolled_out || t->rollout_us >= ask.to_us) {
        return RC_OK;
    }
    enum rc rc = t->plan.x.feature.n > 0 ? insight_parse(call, &ask, &q, why)
                                         : trial_query(call, t, &ask, &q, why);
    if (rc == RC_OK && t->plan.x.feature.n > 0) {
        if (q.n_where == LIMIT_QUERY_FILTERS_MAX) {
            return why_set(why, RC_LIMIT, "too many filters");
        }
        struct query_filter *f = &q.where[q.n_where++];
        *f = (struct query_filter){.value = &t->plan.x.feature, .n_values = 1};
        rc = query_field_from(STR("feature"), call->arena, &f->field, why);
    }
    return rc == RC_OK
               ? query_run(&q, call->env->reader, call->arena, &t->since, why)
               : rc;
}

static void say_registered(const struct trial *t, struct report *out)
{
    report_title(out, "Experiment %.*s", STR_ARG(t->name));
    report_sentence(out,
                    "%.*s is registered, but no call of this range names "
                    "it: %s.",
                    STR_ARG(t->name), HOW_TO_BEGIN);
    report_fact(out, "experiment", ANSWER_TEXT, report_str(t->name));
    report_fact(out, "feature", ANSWER_TEXT, report_str(t->plan.x.feature));
    report_fact(out, "status", ANSWER_TEXT, report_str(STR("registered")));
}

static enum rc run_one(const struct insight_call *call, struct report *out,
                       bool is_brief, struct why *why)
{
    struct trial t = {.name = call->subject, .is_brief = is_brief};

    plan_of(call, &t);
    enum rc rc = trial_find(call, &t, why);
    if (rc == RC_OK && t.n == 0 && t.n_without_variant == 0) {
        if (t.plan.is_registered) {
            say_registered(&t, out);
            return RC_OK;
        }
        return tell_unknown(call, &t, why);
    }
    if (rc == RC_OK && t.n == 0) {
        return why_set(
            why, RC_NOT_FOUND,
            "the calls of this experiment name no variant; " HOW_TO_BEGIN);
    }
    if (rc == RC_OK) {
        rc = check_params(call, &t, why);
    }
    if (rc == RC_OK) {
        rc = trial_shares(&t, why);
    }
    if (rc == RC_OK) {
        trial_settle(&t, call->env->now_us);
        rc = trial_read(call, &t, why);
    }
    if (rc == RC_OK) {
        rc = read_since(call, &t, why);
    }
    if (rc == RC_OK) {
        trial_judge(&t);
        trial_say(call, &t, out);
    }
    trial_outcomes_free(&t.outcomes);
    trial_before_free(&t.before);
    return rc;
}

/* ---- all of them ---- */

static const struct report_column list_columns[] = {
    {"experiment", ANSWER_TEXT, false}, {"status", ANSWER_TEXT, false},
    {"variants", ANSWER_COUNT, false},  {"users", ANSWER_COUNT, false},
    {"requests", ANSWER_COUNT, false},  {"cost", ANSWER_USD, false},
    {"first", ANSWER_TIME, false},      {"last", ANSWER_TIME, false},
};

struct list {
    const struct insight_call *call;
    struct answer *sums; /* by experiment: requests, users, cost */
    struct report_table *table;
    struct trial t; /* the one whose variants come */
    size_t n;
};

static void end_one(struct list *l)
{
    struct trial *t = &l->t;
    struct answer_cell cost = report_null();
    num_i128 users = 0;

    if (t->name.n == 0 || l->n == LIMIT_EXPERIMENT_LIST_MAX) {
        return;
    }
    for (size_t i = 0; i < l->sums->n_rows; i++) {
        if (str_eq(answer_str(l->sums, i, 0), t->name)) {
            users = answer_count(l->sums, i, 2);
            cost = l->sums->cell[i * l->sums->n_columns + 3];
        }
    }
    trial_settle(t, l->call->env->now_us);
    report_row(l->table,
               (struct answer_cell[]){
                   report_str(t->name),
                   report_str(trial_status(t, l->call->env->now_us)),
                   report_count((num_i128)t->n),
                   report_count(users),
                   report_count(t->extent.n),
                   cost,
                   report_str(trial_date(l->call, t->extent.first_us)),
                   report_str(trial_date(l->call, t->extent.last_us)),
               });
    l->n++;
}

/* Rows come by experiment, then variant. */
static enum rc take_listed(void *arg, const struct str *key,
                           const struct query_extent *extent, struct why *why)
{
    struct list *l = arg;
    struct trial *t = &l->t;

    if (!str_eq(t->name, key[0])) {
        struct trial_variant *variant = t->variant;
        end_one(l);
        *t = (struct trial){.variant = variant};
        if (str_dup(l->call->arena, key[0], &t->name) != RC_OK) {
            return why_set(why, RC_LIMIT, "too many experiments to list");
        }
        plan_of(l->call, t);
    }
    if (key[1].n > 0 && t->n < LIMIT_EXPERIMENT_VARIANTS_MAX) {
        t->variant[t->n++] = (struct trial_variant){.extent = *extent};
    }
    trial_widen(&t->extent, extent);
    return RC_OK;
}

/* Those that no call names. */
static void list_registered(struct list *l)
{
    const struct registry *r = l->call->env->registry;

    for (size_t i = 0; i < registry_n_experiments(r); i++) {
        const struct experiment *x = registry_experiment(r, i);
        bool has_calls = false;
        for (size_t k = 0; k < l->sums->n_rows; k++) {
            has_calls = has_calls || str_eq(answer_str(l->sums, k, 0), x->name);
        }
        if (!has_calls) {
            report_row(l->table,
                       (struct answer_cell[]){
                           report_str(x->name), report_str(STR("registered")),
                           report_count((num_i128)x->n_split), report_count(0),
                           report_count(0), report_null(), report_null(),
                           report_null()});
            l->n++;
        }
    }
}

static enum rc run_list(const struct insight_call *call, struct report *out,
                        struct why *why)
{
    struct insight_question ask = {.metrics = "requests,users,cost",
                                   .by = "experiment",
                                   .where = "experiment:!",
                                   .lacks_totals = true};
    struct list l = {.call = call};
    enum rc rc = insight_range(call, "all", &ask.from_us, &ask.to_us, why);

    if (rc == RC_OK) {
        rc = insight_ask(call, &ask, &l.sums, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    report_title(out, "Experiments");
    report_range(out, l.sums);
    l.table = report_table(out, "experiments", "", list_columns,
                           ARRAY_N(list_columns));
    l.t.variant = arena_array(call->arena, LIMIT_EXPERIMENT_VARIANTS_MAX,
                              sizeof(*l.t.variant));
    if (l.t.variant == NULL) {
        return why_set(why, RC_LIMIT, "too many experiments to list");
    }
    rc = each_name(call, "experiment,variant", take_listed, &l, why);
    if (rc == RC_OK) {
        end_one(&l);
        list_registered(&l);
    }
    if (rc == RC_OK && l.n == 0) {
        report_sentence(out, "There are no experiments: %s.", HOW_TO_BEGIN);
    } else if (rc == RC_OK) {
        report_sentence(out,
                        "%zu experiment%s; toll experiment NAME compares "
                        "the variants of one.",
                        l.n, l.n == 1 ? "" : "s");
    }
    return rc;
}

static enum rc run(const struct insight_call *call, struct report *out,
                   struct why *why)
{
    return call->subject.n > 0 ? run_one(call, out, false, why)
                               : run_list(call, out, why);
}

enum rc experiment_brief(const struct insight_call *call, struct report *out,
                         struct why *why)
{
    return run_one(call, out, true, why);
}

static const struct insight_param params[] = {
    INSIGHT_RANGE_PARAMS,
    {"control", "VARIANT", "the variant that the others are held against",
     false},
    {"split", "SHARES", "how units were to be split: control:70,treatment:30",
     false},
    {"unit", "UNIT", "what was split: user, customer or run", false},
};

const struct insight insight_experiment = {
    .name = "experiment",
    .path = "/api/experiments",
    .subject = "NAME",
    .summary = "compare the variants of an experiment, and how sure that is",
    .details = "  toll experiment summary-v2\n"
               "  toll experiment summary-v2 --split control:70,treatment:30\n"
               "\n"
               "Without NAME it lists those there are.",
    .param = params,
    .n_params = ARRAY_N(params),
    .run = run,
};
