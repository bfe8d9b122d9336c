/* What each unit cost before the trial began.  Users differ far more from each
 * other than a variant makes them, and last month's heavy user is this
 * month's; taking that out of the comparison (CUPED, Deng et al. 2013) tells
 * differences with a fraction of the units.
 *
 * Only calls of the features that the trial is about count, in the 14 days
 * before its first call.  A unit that had none cost nothing then. */
#include "insight/experiment_priv.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/utc.h"
#include "base/why.h"
#include "query/query_field.h"

#define BEFORE_US (14 * UTC_US_PER_DAY)

struct trial_before {
    struct arena arena;
    struct map usd; /* unit to double */
};

void trial_before_free(struct trial_before **before)
{
    struct trial_before *b = *before;

    if (b != NULL) {
        map_fini(&b->usd);
        arena_fini(&b->arena);
        mem_free(b);
        *before = NULL;
    }
}

/* Columns: unit, cost. */
static enum rc take_unit(void *arg, const struct answer_cell *cell,
                         struct why *why)
{
    struct trial_before *b = arg;
    struct str unit;

    if (cell[0].text.n == 0 || cell[1].is_null) {
        return RC_OK;
    }
    double *usd = arena_alloc(&b->arena, sizeof(*usd));
    if (usd == NULL || str_dup(&b->arena, cell[0].text, &unit) != RC_OK) {
        return why_set(why, RC_LIMIT, "too many %s", "units");
    }
    *usd = usd_to_f64(cell[1].usd);
    map_put(&b->usd, unit, usd);
    return RC_OK;
}

/* The features of the trial's calls, as one filter. */
static enum rc add_features(const struct insight_call *call,
                            const struct answer *features, struct query *q,
                            struct why *why)
{
    struct query_filter *f = &q->where[q->n_where];
    size_t n = features->n_rows;

    n = n < LIMIT_QUERY_VALUES_MAX ? n : LIMIT_QUERY_VALUES_MAX;
    struct str *value = arena_array(call->arena, n, sizeof(*value));
    if (value == NULL || q->n_where == LIMIT_QUERY_FILTERS_MAX) {
        return why_set(why, RC_LIMIT, "the experiment does not fit in memory");
    }
    for (size_t i = 0; i < n; i++) {
        value[i] = answer_str(features, i, 0);
    }
    q->n_where++;
    *f = (struct query_filter){.value = value, .n_values = n};
    return query_field_from(STR("feature"), call->arena, &f->field, why);
}

bool trial_has_before(const struct trial *t)
{
    return t->from_us <= t->extent.first_us && t->unit->dim != DIM_RUN;
}

enum rc trial_read_before(const struct insight_call *call, struct trial *t,
                          const struct answer *features, struct why *why)
{
    struct insight_question question = {.metrics = "cost",
                                        .by = t->unit->name.p, /* a literal */
                                        .from_us = t->from_us - BEFORE_US,
                                        .to_us = t->from_us,
                                        .ignores_where = true};
    struct query q;

    enum rc rc = insight_parse(call, &question, &q, why);
    if (rc == RC_OK) {
        rc = add_features(call, features, &q, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    t->before = mem_alloc(sizeof(*t->before));
    arena_init(&t->before->arena, LIMIT_EXPERIMENT_OUTCOME_BYTES);
    map_init(&t->before->usd);
    rc = query_each(&q, call->env->reader, take_unit, t->before, why);
    if (rc == RC_LIMIT) { /* do without */
        trial_before_free(&t->before);
        rc = RC_OK;
    }
    return rc;
}

double trial_before_usd(const struct trial *t, struct str unit)
{
    const double *usd =
        t->before != NULL ? map_get(&t->before->usd, unit) : NULL;

    return usd != NULL ? *usd : 0;
}
