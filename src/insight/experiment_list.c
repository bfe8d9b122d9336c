/* All experiments there are: as a list, and each in a sentence. */
#include "insight/experiment_priv.h"

#include "base/why.h"

static enum rc no_room(struct why *why)
{
    return why_set(why, RC_LIMIT, "too many experiments to list");
}

enum rc trial_each_name(const struct insight_call *call, const char *by,
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

/* ---- one after another, by name ---- */

/* With its plan, its variants and their extents, settled.
 *   all  of all its calls, those without a variant too */
typedef enum rc listed_fn(void *arg, struct trial *t,
                          const struct query_extent *all, struct why *why);

struct walk {
    const struct insight_call *call;
    listed_fn *each;
    void *arg;
    struct trial t; /* the one whose variants come */
    struct query_extent all;
};

static enum rc end_one(struct walk *w, struct why *why)
{
    if (w->t.name.n == 0) {
        return RC_OK;
    }
    trial_settle(&w->t, w->call->env->now_us);
    return w->each(w->arg, &w->t, &w->all, why);
}

/* Rows come by experiment, then variant. */
static enum rc take_variant(void *arg, const struct str *key,
                            const struct query_extent *extent, struct why *why)
{
    struct walk *w = arg;
    enum rc rc = RC_OK;

    if (!str_eq(w->t.name, key[0])) {
        struct trial_variant *variant = w->t.variant;
        rc = end_one(w, why);
        w->t = (struct trial){.variant = variant};
        w->all = (struct query_extent){.n = 0};
        if (rc == RC_OK &&
            str_dup(w->call->arena, key[0], &w->t.name) != RC_OK) {
            rc = no_room(why);
        }
        trial_plan(w->call, &w->t);
    }
    trial_widen(&w->all, extent);
    return rc == RC_OK
               ? trial_add_variant(&w->t, key[1], extent, w->call->arena, why)
               : rc;
}

static enum rc walk(const struct insight_call *call, listed_fn *each, void *arg,
                    struct why *why)
{
    struct walk w = {.call = call, .each = each, .arg = arg};

    w.t.variant = arena_array(call->arena, LIMIT_EXPERIMENT_VARIANTS_MAX,
                              sizeof(*w.t.variant));
    if (w.t.variant == NULL) {
        return no_room(why);
    }
    enum rc rc =
        trial_each_name(call, "experiment,variant", take_variant, &w, why);
    return rc == RC_OK ? end_one(&w, why) : rc;
}

/* Those that no call names. */
typedef void registered_fn(void *arg, const struct experiment *x);

static void each_silent(const struct insight_call *call,
                        const struct answer *sums, registered_fn *each,
                        void *arg)
{
    const struct registry *r = call->env->registry;

    for (size_t i = 0; i < registry_n_experiments(r); i++) {
        const struct experiment *x = registry_experiment(r, i);
        bool has_calls = false;
        for (size_t k = 0; k < sums->n_rows; k++) {
            has_calls = has_calls || str_eq(answer_str(sums, k, 0), x->name);
        }
        if (!has_calls) {
            each(arg, x);
        }
    }
}

static const struct answer_cell *sums_of(const struct answer *sums,
                                         struct str name)
{
    for (size_t i = 0; i < sums->n_rows; i++) {
        if (str_eq(answer_str(sums, i, 0), name)) {
            return &sums->cell[i * sums->n_columns];
        }
    }
    return NULL;
}

static enum rc ask_sums(const struct insight_call *call, const char *metrics,
                        struct answer **ret, struct why *why)
{
    struct insight_question ask = {.metrics = metrics,
                                   .by = "experiment",
                                   .where = "experiment:!",
                                   .lacks_totals = true};
    enum rc rc = insight_range(call, "all", &ask.from_us, &ask.to_us, why);

    return rc == RC_OK ? insight_ask(call, &ask, ret, why) : rc;
}

/* ---- the list ---- */

static const struct report_column columns[] = {
    {"experiment", ANSWER_TEXT, false}, {"status", ANSWER_TEXT, false},
    {"variants", ANSWER_COUNT, false},  {"users", ANSWER_COUNT, false},
    {"requests", ANSWER_COUNT, false},  {"cost", ANSWER_USD, false},
    {"first", ANSWER_TIME, false},      {"last", ANSWER_TIME, false},
};

struct list {
    const struct insight_call *call;
    struct answer *sums; /* by experiment: cost, users */
    struct report_table *table;
    size_t n, n_running;
};

static enum rc list_one(void *arg, struct trial *t,
                        const struct query_extent *all, struct why *why)
{
    struct list *l = arg;
    const struct answer_cell *sums = sums_of(l->sums, t->name);

    (void)why;
    if (l->n == LIMIT_EXPERIMENT_LIST_MAX) {
        return RC_OK;
    }
    struct str status = trial_status(t, l->call->env->now_us);
    l->n_running += str_eq(status, STR("running")) ? 1 : 0;
    report_row(l->table, (struct answer_cell[]){
                             report_str(t->name),
                             report_str(status),
                             report_count((num_i128)t->n),
                             sums != NULL ? sums[2] : report_count(0),
                             report_count(all->n),
                             sums != NULL ? sums[1] : report_null(),
                             report_str(trial_date(l->call, all->first_us)),
                             report_str(trial_date(l->call, all->last_us)),
                         });
    l->n++;
    return RC_OK;
}

static void list_silent(void *arg, const struct experiment *x)
{
    struct list *l = arg;

    report_row(l->table, (struct answer_cell[]){
                             report_str(x->name), report_str(TRIAL_REGISTERED),
                             report_count((num_i128)x->n_split),
                             report_count(0), report_count(0), report_null(),
                             report_null(), report_null()});
    l->n++;
}

enum rc experiment_list(const struct insight_call *call, struct report *out,
                        struct why *why)
{
    struct list l = {.call = call};
    enum rc rc = ask_sums(call, "cost,users", &l.sums, why);

    if (rc != RC_OK) {
        return rc;
    }
    report_title(out, "Experiments");
    report_range(out, l.sums);
    l.table = report_table(out, "experiments", "", columns, ARRAY_N(columns));
    rc = walk(call, list_one, &l, why);
    if (rc != RC_OK) {
        return rc;
    }
    each_silent(call, l.sums, list_silent, &l);
    if (l.n == 0) {
        report_sentence(out, "There are no experiments: %s.",
                        TRIAL_HOW_TO_BEGIN);
    } else if (l.n == 1) {
        report_sentence(out, "One experiment, which %s.",
                        l.n_running == 1 ? "is running" : "is not running");
    } else {
        report_sentence(out, "%zu experiments, %zu of them running.", l.n,
                        l.n_running);
    }
    return rc;
}

/* ---- each in a sentence ---- */

/* Their calls are looked at when all have been named: one question at a
 * time. */
struct briefs {
    const struct insight_call *call;
    struct answer *sums; /* by experiment: cost */
    struct trial *trial;
    size_t n, max;
};

static enum rc keep(void *arg, struct trial *t, const struct query_extent *all,
                    struct why *why)
{
    struct briefs *b = arg;

    (void)all;
    if (b->n == b->max) {
        return RC_OK;
    }
    struct trial_variant *variant = arena_array(
        b->call->arena, LIMIT_EXPERIMENT_VARIANTS_MAX, sizeof(*variant));
    if (variant == NULL) {
        return no_room(why);
    }
    for (size_t i = 0; i < t->n; i++) {
        variant[i] = t->variant[i];
    }
    b->trial[b->n] = *t;
    b->trial[b->n++].variant = variant;
    return RC_OK;
}

static void keep_silent(void *arg, const struct experiment *x)
{
    struct briefs *b = arg;

    if (b->n < b->max) {
        struct trial *t = &b->trial[b->n++];
        *t = (struct trial){.name = x->name};
        trial_plan(b->call, t);
    }
}

static enum rc tell(const struct briefs *b, struct trial *t,
                    struct trial_brief *ret, struct why *why)
{
    const struct answer_cell *sums = sums_of(b->sums, t->name);
    struct report out;
    enum rc rc;

    report_init(&out, LIMIT_ANSWER_BYTES_MAX);
    t->is_brief = true;
    rc = trial_tell(b->call, t, &out, why);
    rc = rc == RC_OK ? report_rc(&out, why) : rc;
    *ret = (struct trial_brief){
        .name = t->name,
        .status = sums != NULL ? trial_status(t, b->call->env->now_us)
                               : TRIAL_REGISTERED,
        .cost = sums != NULL ? sums[1] : report_null(),
    };
    if (rc == RC_OK &&
        str_dup(b->call->arena, out.sentence, &ret->sentence) != RC_OK) {
        rc = no_room(why);
    }
    report_fini(&out);
    return rc;
}

enum rc experiment_briefs(const struct insight_call *call, size_t max,
                          struct trial_brief *brief, size_t *ret_n,
                          struct why *why)
{
    struct briefs b = {.call = call, .max = max};
    enum rc rc = ask_sums(call, "cost", &b.sums, why);

    b.trial = arena_array(call->arena, max, sizeof(*b.trial));
    if (rc == RC_OK && b.trial == NULL) {
        rc = no_room(why);
    }
    rc = rc == RC_OK ? walk(call, keep, &b, why) : rc;
    if (rc == RC_OK) {
        each_silent(call, b.sums, keep_silent, &b);
    }
    for (size_t i = 0; i < b.n && rc == RC_OK; i++) {
        rc = tell(&b, &b.trial[i], &brief[i], why);
    }
    *ret_n = b.n;
    return rc;
}
