#include "insight/decide_quality.h"

#include "base/why.h"
#include "event/registry.h"
#include "insight/stat/compare.h"
#include "query/query_record.h"

#include <math.h>

enum {
    MOST_PERCENT = 80, /* of a variant's calls, to be its model */
    UNITS_MIN = 30     /* a variant */
};

#define MARGIN 0.05 /* of an outcome that may be lost and still hold */
#define ALPHA  0.05

/* Columns of the answer. */
enum { COL_FEATURE, COL_EXPERIMENT, COL_VARIANT, COL_MODEL, COL_REQUESTS };

enum rc decide_experiments(const struct insight_call *call, int64_t from_us,
                           int64_t to_us, struct answer **ret, struct why *why)
{
    const struct insight_question q = {.metrics = "requests",
                                       .by = "feature,experiment,variant,model",
                                       .where = "experiment:!",
                                       .from_us = from_us,
                                       .to_us = to_us};

    return insight_ask(call, &q, ret, why);
}

/* ---- variants ---- */

/* Does the variant of row `i` run on that row's model? */
static bool is_its_model(const struct answer *a, size_t i)
{
    num_i128 all = 0;

    for (size_t k = 0; k < a->n_rows; k++) {
        if (str_eq(answer_str(a, k, COL_FEATURE),
                   answer_str(a, i, COL_FEATURE)) &&
            str_eq(answer_str(a, k, COL_EXPERIMENT),
                   answer_str(a, i, COL_EXPERIMENT)) &&
            str_eq(answer_str(a, k, COL_VARIANT),
                   answer_str(a, i, COL_VARIANT))) {
            all += answer_count(a, k, COL_REQUESTS);
        }
    }
    return answer_count(a, i, COL_REQUESTS) * 100 >= all * MOST_PERCENT;
}

static bool is_variant_of(const struct answer *a, size_t i, struct str feature,
                          struct str model)
{
    return str_eq(answer_str(a, i, COL_FEATURE), feature) &&
           str_eq(answer_str(a, i, COL_MODEL), model) && is_its_model(a, i);
}

struct sides { /* of one experiment */
    struct str experiment, here, there;
};

static bool find_sides(const struct answer *a, const struct decide_pair *pair,
                       struct sides *ret)
{
    for (size_t i = 0; i < a->n_rows; i++) {
        if (!is_variant_of(a, i, pair->feature, pair->model)) {
            continue;
        }
        for (size_t k = 0; k < a->n_rows; k++) {
            if (is_variant_of(a, k, pair->feature, pair->to_model) &&
                str_eq(answer_str(a, i, COL_EXPERIMENT),
                       answer_str(a, k, COL_EXPERIMENT))) {
                *ret = (struct sides){answer_str(a, i, COL_EXPERIMENT),
                                      answer_str(a, i, COL_VARIANT),
                                      answer_str(a, k, COL_VARIANT)};
                return true;
            }
        }
    }
    return false;
}

/* ---- outcomes ---- */

struct outcomes {
    const struct sides *sides;
    struct compare_rule rule;
    struct tally here, there; /* y: values, x: outcomes */
    char name_text[LIMIT_DIM_MAX];
    struct str name; /* of the outcome under way */
    enum quality verdict;
    struct buf words;
};

static enum quality judge(const struct outcomes *o, const struct estimate *a,
                          const struct estimate *b, struct comparison *c)
{
    if (!compare_difference(a, b, &o->rule, c)) {
        *c = (struct comparison){.value = b->value - a->value,
                                 .lo = b->value - a->value,
                                 .hi = b->value - a->value};
    }
    if (c->hi < 0) {
        return QUALITY_WORSE;
    }
    return c->lo >= -MARGIN * fabs(a->value) ? QUALITY_HOLDS : QUALITY_UNSURE;
}

/* The worst of all outcomes is the verdict. */
static void end_outcome(struct outcomes *o)
{
    struct estimate a;
    struct estimate b;
    struct comparison c;

    if (o->here.n >= UNITS_MIN && o->there.n >= UNITS_MIN &&
        tally_ratio(&o->here, &a) && tally_ratio(&o->there, &b)) {
        enum quality own = judge(o, &a, &b, &c);
        o->verdict = own > o->verdict ? own : o->verdict;
        buf_fmt(&o->words, "%s%.*s %.4g there, %.4g here (%+.3g to %+.3g)",
                o->words.n > 0 ? "; " : "", STR_ARG(o->name), b.value, a.value,
                c.lo, c.hi);
    }
    o->here = (struct tally){.n = 0};
    o->there = (struct tally){.n = 0};
}

static enum rc take_unit(void *arg, const struct query_outcome_unit *unit,
                         struct why *why)
{
    struct outcomes *o = arg;

    (void)why;
    if (!str_eq(unit->name, o->name)) {
        end_outcome(o);
        o->name = str_sub(unit->name, 0, sizeof o->name_text);
        for (size_t i = 0; i < o->name.n; i++) {
            o->name_text[i] = o->name.p[i];
        }
        o->name.p = o->name_text;
    }
    if (unit->unit.n > 0 && str_eq(unit->variant, o->sides->here)) {
        tally_add(&o->here, unit->sum, (double)unit->n);
    } else if (unit->unit.n > 0 && str_eq(unit->variant, o->sides->there)) {
        tally_add(&o->there, unit->sum, (double)unit->n);
    }
    return RC_OK;
}

/* While an experiment runs one looks at any time; at its end once. */
static const struct experiment *registered(const struct insight_call *call,
                                           struct str name)
{
    return call->env->registry != NULL
               ? registry_find(call->env->registry, name)
               : NULL;
}

enum rc decide_quality(const struct insight_call *call,
                       const struct answer *experiments,
                       const struct decide_pair *pair,
                       struct decide_quality *ret, struct why *why)
{
    struct sides sides;

    *ret = (struct decide_quality){.verdict = QUALITY_UNKNOWN};
    if (str_eq(pair->model, pair->to_model) ||
        !find_sides(experiments, pair, &sides)) {
        return RC_OK;
    }
    const struct experiment *x = registered(call, sides.experiment);
    bool is_over = x != NULL && x->end_us <= call->env->now_us;
    struct query_outcomes q = {.from_us = experiments->from_us,
                               .to_us = call->env->now_us + 1};
    struct outcomes o = {.sides = &sides,
                         .rule = {is_over ? COMPARE_FIXED : COMPARE_SEQUENCE,
                                  ALPHA, COMPARE_PLANNED},
                         .verdict = QUALITY_UNKNOWN};

    q.dim[DIM_EXPERIMENT] = sides.experiment;
    buf_init(&o.words, 4096);
    enum rc rc = query_outcome_units(&q, x != NULL ? x->unit : DIM_USER,
                                     call->env->reader, take_unit, &o, why);
    if (rc == RC_OK) {
        end_outcome(&o);
        ret->verdict = o.verdict;
        ret->experiment = sides.experiment;
        rc = str_dup(call->arena, buf_view(&o.words), &ret->words);
    }
    buf_fini(&o.words);
    return rc;
}
