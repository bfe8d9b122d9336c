#include "insight/experiment_priv.h"

#include "base/check.h"
#include "base/why.h"
#include "query/query_field.h"

enum { TOP_SHOWN = 5, CUT_ONE_IN = 1000 };

#define SUMS_METRICS                                    \
    "requests,cost,unpriced_requests,cost_per_request," \
    "input_per_request,output_per_request,cache_hit_share,error_share"

static enum rc no_room(struct why *why)
{
    return why_set(why, RC_LIMIT, "the experiment does not fit in memory");
}

/* Bound as it is: a name may have the signs that filters have. */
static enum rc add_filter(const struct insight_call *call, struct query *q,
                          struct str field, const struct str *value,
                          struct why *why)
{
    if (q->n_where == LIMIT_QUERY_FILTERS_MAX) {
        return why_set(why, RC_LIMIT, "too many filters");
    }
    struct query_filter *f = &q->where[q->n_where++];
    *f = (struct query_filter){.value = value, .n_values = 1};
    return query_field_from(field, call->arena, &f->field, why);
}

enum rc trial_query(const struct insight_call *call, const struct trial *t,
                    const struct insight_question *ask, struct query *ret,
                    struct why *why)
{
    enum rc rc = insight_parse(call, ask, ret, why);

    return rc == RC_OK ? add_filter(call, ret, STR("experiment"), &t->name, why)
                       : rc;
}

/* Calls of the trial's time that name a variant. */
static enum rc make_query(const struct insight_call *call,
                          const struct trial *t, const char *metrics,
                          const char *by, struct query *ret, struct why *why)
{
    static const struct str none = STR_INIT("");
    struct insight_question question = {
        .metrics = metrics, .by = by, .from_us = t->from_us, .to_us = t->to_us};
    enum rc rc = trial_query(call, t, &question, ret, why);

    if (rc == RC_OK) {
        rc = add_filter(call, ret, STR("variant"), &none, why);
    }
    if (rc == RC_OK) {
        ret->where[ret->n_where - 1].negated = true;
    }
    return rc;
}

static enum rc ask(const struct insight_call *call, const struct trial *t,
                   const char *metrics, const char *by, struct answer **ret,
                   struct why *why)
{
    struct query q;
    enum rc rc = make_query(call, t, metrics, by, &q, why);

    return rc == RC_OK ? query_run(&q, call->env->reader, call->arena, ret, why)
                       : rc;
}

/* ---- which variants there are ---- */

struct finding {
    struct trial *t;
    struct arena *arena;
};

void trial_widen(struct query_extent *e, const struct query_extent *by)
{
    if (e->n == 0 || by->first_us < e->first_us) {
        e->first_us = by->first_us;
    }
    if (e->n == 0 || by->last_us > e->last_us) {
        e->last_us = by->last_us;
    }
    e->n += by->n;
}

enum rc trial_add_variant(struct trial *t, struct str name,
                          const struct query_extent *extent,
                          struct arena *arena, struct why *why)
{
    if (name.n == 0) {
        t->n_without_variant = extent->n;
        return RC_OK;
    }
    if (t->n == LIMIT_EXPERIMENT_VARIANTS_MAX) {
        t->has_more_variants = true;
        return RC_OK;
    }
    struct trial_variant *v = &t->variant[t->n++];
    *v = (struct trial_variant){.extent = *extent};
    trial_widen(&t->extent, extent);
    return str_dup(arena, name, &v->name) == RC_OK ? RC_OK : no_room(why);
}

static enum rc take_variant(void *arg, const struct str *key,
                            const struct query_extent *extent, struct why *why)
{
    const struct finding *f = arg;

    return trial_add_variant(f->t, key[0], extent, f->arena, why);
}

enum rc trial_find(const struct insight_call *call, struct trial *t,
                   struct why *why)
{
    struct insight_question question = {.metrics = "requests", .by = "variant"};
    struct finding f = {.t = t, .arena = call->arena};
    struct query q;

    t->variant = arena_array(call->arena, LIMIT_EXPERIMENT_VARIANTS_MAX,
                             sizeof(*t->variant));
    if (t->variant == NULL) {
        return no_room(why);
    }
    enum rc rc =
        insight_range(call, "all", &question.from_us, &question.to_us, why);
    if (rc == RC_OK) {
        rc = trial_query(call, t, &question, &q, why);
    }
    if (rc == RC_OK) {
        rc = query_extent(&q, call->env->reader, take_variant, &f, why);
    }
    trial_settle(t, call->env->now_us);
    return rc;
}

/* ---- units ---- */

/* The last is only taken when it was said to be. */
static const struct trial_unit units[] = {
    {STR_INIT("user"), DIM_USER, "variant,user", TRIAL_CROWD_USERS, "users",
     "cost_per_user", "requests_per_user", "cost_per_user_winsorised",
     "cost_per_user_adjusted", "users_in_several"},
    {STR_INIT("customer"), DIM_CUSTOMER, "variant,customer",
     TRIAL_CROWD_CUSTOMERS, "customers", "cost_per_customer",
     "requests_per_customer", "cost_per_customer_winsorised",
     "cost_per_customer_adjusted", "customers_in_several"},
    {STR_INIT("run"), DIM_RUN, "variant,run", TRIAL_CROWD_RUNS, "units",
     "cost_per_unit", "requests_per_unit", "cost_per_unit_winsorised",
     "cost_per_unit_adjusted", "units_in_several"},
};

const struct trial_unit *trial_unit_from(struct str word)
{
    for (size_t i = 0; i < ARRAY_N(units); i++) {
        if (str_eq(units[i].name, word)) {
            return &units[i];
        }
    }
    return NULL;
}

struct top { /* a unit among the dearest */
    struct trial_variant *variant;
    double usd, requests;
};

struct reading {
    struct trial *t;
    struct top *top; /* as they come: the dearest first */
    size_t n_top;
    int64_t n_rows;
};

static struct trial_variant *variant_of(struct trial *t, struct str name)
{
    for (size_t i = 0; i < t->n; i++) {
        if (str_eq(t->variant[i].name, name)) {
            return &t->variant[i];
        }
    }
    return NULL;
}

/* Columns: variant, unit, cost, requests, and unless brief runs.  A unit
 * without a priced call has cost nothing that is known of. */
static enum rc take_unit(void *arg, const struct answer_cell *cell,
                         struct why *why)
{
    struct reading *r = arg;
    struct trial_variant *v = variant_of(r->t, cell[0].text);
    double usd = cell[2].is_null ? 0 : usd_to_f64(cell[2].usd);
    double requests = (double)cell[3].count;

    (void)why;
    if (v == NULL) {
        return RC_OK;
    }
    if (cell[1].text.n == 0) {
        r->t->n_without_unit += (int64_t)cell[3].count;
        return RC_OK;
    }
    tally_add(&v->requests, usd, requests);
    double before = trial_before_usd(r->t, cell[1].text);
    tally_add(&v->before, usd, before);
    r->t->n_with_before += before > 0 ? 1 : 0;
    if (!r->t->is_brief) {
        tally_add(&v->runs, usd, (double)cell[4].count);
        trial_take_outcomes(r->t, (size_t)(v - r->t->variant), cell[1].text,
                            usd);
    }
    if (v->n_top < TOP_SHOWN) {
        v->top_usd += usd;
        v->n_top++;
    }
    if (r->n_top < LIMIT_EXPERIMENT_TOP_UNITS) {
        r->top[r->n_top++] = (struct top){v, usd, requests};
    }
    r->n_rows++;
    return RC_OK;
}

/* The dearest unit in a thousand, of all variants together, counts as the
 * dearest of the rest. */
static void cut_down(struct reading *r)
{
    int64_t n = r->n_rows / CUT_ONE_IN;

    for (size_t i = 0; i < r->t->n; i++) {
        r->t->variant[i].cut = (struct tally){.n = 0};
    }
    if (n == 0 || n >= (int64_t)r->n_top) {
        return;
    }
    for (size_t i = 0; i < r->t->n; i++) {
        r->t->variant[i].cut = r->t->variant[i].requests;
    }
    for (int64_t i = 0; i < n; i++) {
        tally_replace_y(&r->top[i].variant->cut, r->top[i].usd,
                        r->top[i].requests, r->top[n].usd);
    }
}

static enum rc read_units(const struct insight_call *call, struct trial *t,
                          struct why *why)
{
    struct reading r = {.t = t};
    struct query q;
    enum rc rc = make_query(
        call, t, t->is_brief ? "cost,requests" : "cost,requests,runs",
        t->unit->by, &q, why);

    r.top =
        arena_array(call->arena, LIMIT_EXPERIMENT_TOP_UNITS, sizeof(*r.top));
    if (r.top == NULL) {
        return no_room(why);
    }
    if (rc == RC_OK) {
        rc = query_each(&q, call->env->reader, take_unit, &r, why);
    }
    if (rc == RC_OK) {
        cut_down(&r);
    }
    return rc;
}

/* What units of that kind cost, with all that is joined to them. */
static enum rc read_kind(const struct insight_call *call, struct trial *t,
                         const struct trial_unit *unit, struct why *why)
{
    struct answer *features = NULL;
    enum rc rc = RC_OK;

    t->unit = unit;
    if (!t->is_brief) {
        rc = trial_read_outcomes(call, t, why);
    }
    if (rc == RC_OK && trial_has_before(t)) {
        rc = ask(call, t, "requests", "feature", &features, why);
    }
    if (rc == RC_OK && trial_has_before(t)) {
        rc = trial_read_before(call, t, features, why);
    }
    return rc == RC_OK ? read_units(call, t, why) : rc;
}

static bool has_units(const struct trial *t)
{
    bool any = false;

    for (size_t i = 0; i < t->n; i++) {
        any = any || t->variant[i].requests.n > 0;
    }
    return any;
}

/* Users, unless no call names one or something else was said to be split.
 * Whether calls name one shows when they are read. */
static enum rc read_some_kind(const struct insight_call *call, struct trial *t,
                              struct why *why)
{
    const struct trial_unit *stated = trial_unit_from(t->plan.unit);
    enum rc rc = RC_OK;

    if (stated != NULL) {
        return read_kind(call, t, stated, why);
    }
    for (size_t i = 0; i < ARRAY_N(units) - 1 && rc == RC_OK; i++) {
        rc = read_kind(call, t, &units[i], why);
        if (rc != RC_OK || has_units(t)) {
            return rc;
        }
        trial_outcomes_free(&t->outcomes);
        trial_before_free(&t->before);
        t->n_without_unit = 0;
    }
    t->unit = NULL;
    return rc;
}

/* Only calls that name their unit, so that the parts are those of what units
 * cost. */
static enum rc read_counts(const struct insight_call *call, struct trial *t,
                           struct why *why)
{
    static const struct str none = STR_INIT("");
    struct query q;
    enum rc rc =
        make_query(call, t, trial_count_metrics, "variant,model", &q, why);

    if (rc == RC_OK && t->n_without_unit > 0) {
        rc = add_filter(call, &q, t->unit->name, &none, why);
        q.where[q.n_where - 1].negated = true;
    }
    return rc == RC_OK
               ? query_run(&q, call->env->reader, call->arena, &t->counts, why)
               : rc;
}

static void count_units(struct trial *t)
{
    int64_t n = 0;

    for (size_t i = 0; i < t->crowds->n_rows; i++) {
        n += (int64_t)answer_count(t->crowds, i, t->unit->crowd);
    }
    t->n_units = (int64_t)t->crowds->total[t->unit->crowd].count;
    t->n_crossed = n - t->n_units;
}

/* What the sentence does not need. */
static enum rc read_rest(const struct insight_call *call, struct trial *t,
                         struct why *why)
{
    enum rc rc = ask(call, t, "users,customers,runs,cost_per_run", "variant",
                     &t->crowds, why);

    if (rc == RC_OK) {
        rc = ask(call, t, "requests,cost", "variant,model", &t->models, why);
    }
    if (rc == RC_OK && t->unit != NULL) {
        count_units(t);
        rc = read_counts(call, t, why);
    }
    if (rc == RC_OK && t->unit != NULL) {
        rc = trial_read_drift(call, t, why);
    }
    return rc;
}

enum rc trial_read(const struct insight_call *call, struct trial *t,
                   struct why *why)
{
    enum rc rc = ask(call, t, t->is_brief ? "requests,cost" : SUMS_METRICS,
                     "variant", &t->sums, why);

    if (rc != RC_OK) {
        return rc;
    }
    t->has_cost = !t->sums->total[TRIAL_SUM_COST].is_null &&
                  t->sums->total[TRIAL_SUM_COST].usd.pico != 0;
    rc = read_some_kind(call, t, why);
    return rc == RC_OK && !t->is_brief ? read_rest(call, t, why) : rc;
}
