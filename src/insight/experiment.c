/* experiment: what one variant costs beside another, how sure that is, and
 * what it would cost if all had it. */
#include "insight/experiment_priv.h"

#include "base/near.h"
#include "base/why.h"
#include "event/registry.h"
#include "query/query_field.h"

/* ---- one experiment ---- */

void trial_plan(const struct insight_call *call, struct trial *t)
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

static enum rc tell_unknown(const struct insight_call *call,
                            const struct trial *t, struct why *why)
{
    struct names n = {.n = 0};

    buf_init(&n.text, 160);
    enum rc rc = trial_each_name(call, "experiment", take_name, &n, why);
    if (rc == RC_OK && n.n == 0) {
        rc = why_set(why, RC_NOT_FOUND,
                     "no call of this range belongs to an "
                     "experiment; " TRIAL_HOW_TO_BEGIN);
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
                    STR_ARG(t->name), TRIAL_HOW_TO_BEGIN);
    report_fact(out, "experiment", ANSWER_TEXT, report_str(t->name));
    report_fact(out, "feature", ANSWER_TEXT, report_str(t->plan.x.feature));
    report_fact(out, "status", ANSWER_TEXT, report_str(TRIAL_REGISTERED));
}

static enum rc measure(const struct insight_call *call, struct trial *t,
                       struct why *why)
{
    enum rc rc = trial_shares(t, why);

    rc = rc == RC_OK ? trial_read(call, t, why) : rc;
    if (rc == RC_OK && !t->is_brief) {
        rc = read_since(call, t, why);
    }
    if (rc == RC_OK) {
        trial_judge(t);
    }
    return rc;
}

enum rc trial_tell(const struct insight_call *call, struct trial *t,
                   struct report *out, struct why *why)
{
    if (t->n == 0 && t->n_without_variant == 0) {
        say_registered(t, out);
        return RC_OK;
    }
    if (t->n == 0) {
        report_sentence(out, "Its calls name no variant.");
        return RC_OK;
    }
    if (t->has_more_variants) {
        report_sentence(out,
                        "It has more than %d variants; toll experiment "
                        "%.*s --where 'variant:A|B' compares some.",
                        LIMIT_EXPERIMENT_VARIANTS_MAX, STR_ARG(t->name));
        return RC_OK;
    }
    enum rc rc = measure(call, t, why);
    if (rc == RC_OK) {
        trial_say(call, t, out);
    }
    trial_outcomes_free(&t->outcomes);
    trial_before_free(&t->before);
    return rc;
}

static enum rc run_one(const struct insight_call *call, struct report *out,
                       struct why *why)
{
    struct trial t = {.name = call->subject};

    trial_plan(call, &t);
    enum rc rc = trial_find(call, &t, why);
    if (rc != RC_OK) {
        return rc;
    }
    bool has_calls = t.n > 0 || t.n_without_variant > 0;
    if (!has_calls && !t.plan.is_registered) {
        return tell_unknown(call, &t, why);
    }
    if (has_calls && t.n == 0) {
        return why_set(why, RC_NOT_FOUND,
                       "the calls of this experiment name no "
                       "variant; " TRIAL_HOW_TO_BEGIN);
    }
    if (t.has_more_variants) {
        return why_set(why, RC_LIMIT,
                       "the experiment has more than %d variants; choose "
                       "some with where=variant:A|B",
                       LIMIT_EXPERIMENT_VARIANTS_MAX);
    }
    rc = has_calls ? check_params(call, &t, why) : RC_OK;
    return rc == RC_OK ? trial_tell(call, &t, out, why) : rc;
}

static enum rc run(const struct insight_call *call, struct report *out,
                   struct why *why)
{
    return call->subject.n > 0 ? run_one(call, out, why)
                               : experiment_list(call, out, why);
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
