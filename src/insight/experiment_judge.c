/* From tallies to verdicts.  Pure. */
#include "insight/experiment_priv.h"

#include <math.h>

#include "base/check.h"
#include "base/utc.h"
#include "base/why.h"

/* ---- which time is compared ---- */

/* Silent for longer than this, and than twenty of its usual pauses, a variant
 * has ended (or had not begun). */
#define PAUSE_MIN_US (2 * UTC_US_PER_DAY)
#define PAUSES       20.0

static bool is_pause(const struct query_extent *e, int64_t us)
{
    double usual = (double)(e->last_us - e->first_us) / (double)e->n;

    return us > PAUSE_MIN_US && (double)us > PAUSES * usual;
}

static bool is_control_name(struct str name)
{
    static const char *const names[] = {"control", "baseline", "base", "off",
                                        "old",     "current",  "a",    "A"};

    for (size_t i = 0; i < ARRAY_N(names); i++) {
        if (str_eq(name, str_from_cz(names[i]))) {
            return true;
        }
    }
    return false;
}

static void find_control(struct trial *t)
{
    t->control = 0;
    for (size_t i = 0; i < t->n; i++) {
        if (is_control_name(t->variant[i].name)) {
            t->control = i;
            break;
        }
    }
    for (size_t i = 0; i < t->n; i++) {
        if (str_eq(t->variant[i].name, t->plan.control)) {
            t->control = i;
        }
    }
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* What was not registered shows in the calls: one variant goes on alone when
 * all others have ended. */
static void find_rollout(struct trial *t)
{
    const struct trial_variant *on = NULL; /* the one that goes on */
    int64_t last_us = INT64_MIN;
    size_t n_ended = 0;

    for (size_t i = 0; i < t->n; i++) {
        const struct trial_variant *v = &t->variant[i];
        if (is_pause(&v->extent, t->extent.last_us - v->extent.last_us)) {
            n_ended++;
            last_us = v->extent.last_us > last_us ? v->extent.last_us : last_us;
        } else {
            on = v;
        }
    }
    if (t->plan.x.rolled_out.n > 0) {
        t->is_rolled_out = true;
        t->rolled_out = t->plan.x.rolled_out;
        t->rollout_us = earlier(t->plan.x.rollout_us, t->plan.x.end_us);
    }
    if (t->n > 1 && n_ended == t->n - 1 && on != NULL) {
        if (!t->is_rolled_out || t->rollout_us == INT64_MAX) {
            t->is_rolled_out = true;
            t->rolled_out = on->name;
            t->rollout_us = last_us + 1;
        }
    }
}

void trial_settle(struct trial *t, int64_t now_us)
{
    int64_t to_us = t->extent.last_us + 1;

    find_control(t);
    find_rollout(t);
    t->from_us = later(t->extent.first_us, t->plan.x.start_us);
    for (size_t i = 0; i < t->n; i++) {
        const struct query_extent *e = &t->variant[i].extent;
        if (is_pause(e, e->first_us - t->from_us)) {
            t->from_us = e->first_us; /* together only since then */
        }
    }
    t->is_known_end = t->plan.x.end_us < INT64_MAX;
    t->is_over = t->is_known_end && t->plan.x.end_us <= now_us;
    to_us = earlier(to_us, t->plan.x.end_us);
    if (t->is_rolled_out) {
        to_us = earlier(to_us, t->rollout_us);
    }
    t->to_us = later(to_us, t->from_us);
}

/* ---- the split ---- */

static enum rc bad_split(struct str part, struct why *why)
{
    return why_set(why, RC_INVALID,
                   "split must be like control:50,treatment:50, with every "
                   "variant, not '%.*s'",
                   STR_ARG(part));
}

static struct trial_variant *variant_of(struct trial *t, struct str name)
{
    for (size_t i = 0; i < t->n; i++) {
        if (str_eq(t->variant[i].name, name)) {
            return &t->variant[i];
        }
    }
    return NULL;
}

static enum rc read_split(struct trial *t, struct why *why)
{
    struct str rest = t->plan.split;
    struct str part;

    while (rest.n > 0 && str_cut(&rest, ',', &part)) {
        struct str weight = part;
        struct str name;
        double share = 0;
        (void)str_cut(&weight, ':', &name);
        struct trial_variant *v = variant_of(t, str_trim(name));
        if (v == NULL || str_to_f64(str_trim(weight), &share) != RC_OK ||
            !(share > 0)) {
            return bad_split(part, why);
        }
        v->share = share;
    }
    for (size_t i = 0; i < t->n; i++) {
        if (!(t->variant[i].share > 0)) {
            return bad_split(t->plan.split, why);
        }
    }
    return RC_OK;
}

/* Variants may have calls and not be in the registered split; then nothing
 * can be checked. */
static void take_split(struct trial *t)
{
    for (size_t i = 0; i < t->plan.x.n_split; i++) {
        const struct experiment_share *s = &t->plan.x.split[i];
        struct trial_variant *v = variant_of(t, s->variant);
        if (v != NULL) {
            v->share = s->weight;
        }
    }
    for (size_t i = 0; i < t->n; i++) {
        t->is_split_partial = t->is_split_partial || !(t->variant[i].share > 0);
    }
}

enum rc trial_shares(struct trial *t, struct why *why)
{
    double sum = 0;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < t->n; i++) {
        t->variant[i].share = 0;
    }
    if (t->plan.split.n > 0) {
        rc = read_split(t, why);
    } else if (t->plan.x.n_split > 0) {
        take_split(t);
    }
    if (rc != RC_OK) {
        return rc;
    }
    t->was_split_stated =
        !t->is_split_partial && (t->plan.split.n > 0 || t->plan.x.n_split > 0);
    for (size_t i = 0; i < t->n; i++) {
        if (!t->was_split_stated) {
            t->variant[i].share = 1;
        }
        sum += t->variant[i].share;
    }
    for (size_t i = 0; i < t->n; i++) {
        t->variant[i].share /= sum;
    }
    return RC_OK;
}

/* Where no split was stated, equal shares are taken for meant, unless a
 * variant has less than two thirds of its share: what goes astray is some
 * units in a hundred, and 70 to 30 was meant. */
#define MEANT_SHARE (2.0 / 3.0)

static void judge_split(struct trial *t)
{
    int64_t units[LIMIT_EXPERIMENT_VARIANTS_MAX];
    double share[LIMIT_EXPERIMENT_VARIANTS_MAX];
    double all = 0;
    double least = INFINITY;

    t->split = TRIAL_SPLIT_NONE;
    for (size_t i = 0; i < t->n; i++) {
        units[i] = t->variant[i].requests.n;
        share[i] = t->variant[i].share;
        all += (double)units[i];
        least = (double)units[i] < least ? (double)units[i] : least;
    }
    if (t->n < 2 || !(all > 0)) {
        return;
    }
    t->split_p = compare_split(units, share, t->n);
    t->split = t->split_p < TRIAL_SPLIT_P         ? TRIAL_SPLIT_BROKEN
               : t->split_p < TRIAL_SPLIT_DOUBT_P ? TRIAL_SPLIT_DOUBT
                                                  : TRIAL_SPLIT_OK;
    if (t->is_split_partial ||
        (!t->was_split_stated && t->split != TRIAL_SPLIT_OK &&
         least < MEANT_SHARE * all / (double)t->n)) {
        t->split = TRIAL_SPLIT_UNCHECKED;
    }
}

/* ---- variants ---- */

static void estimate(struct trial_variant *v)
{
    bool *known = v->is_known;
    struct estimate *e = v->estimate;

    known[TRIAL_PER_UNIT] = tally_mean_y(&v->requests, &e[TRIAL_PER_UNIT]);
    known[TRIAL_PER_REQUEST] = tally_ratio(&v->requests, &e[TRIAL_PER_REQUEST]);
    known[TRIAL_PER_RUN] = tally_ratio(&v->runs, &e[TRIAL_PER_RUN]);
    known[TRIAL_REQUESTS_PER_UNIT] =
        tally_mean_x(&v->requests, &e[TRIAL_REQUESTS_PER_UNIT]);
    known[TRIAL_PER_UNIT_CUT] = tally_mean_y(&v->cut, &e[TRIAL_PER_UNIT_CUT]);
}

/* Half of the units at least must have a past, else it tells too little. */
#define BEFORE_SHARE_MIN 0.5

static void adjust(struct trial *t)
{
    struct tally before[LIMIT_EXPERIMENT_VARIANTS_MAX];
    double x = 0;
    double n = 0;

    t->primary = TRIAL_PER_UNIT;
    for (size_t i = 0; i < t->n; i++) {
        before[i] = t->variant[i].before;
        x += before[i].x;
        n += (double)before[i].n;
    }
    if (t->before == NULL ||
        !((double)t->n_with_before >= BEFORE_SHARE_MIN * n && n > 0)) {
        return;
    }
    double slope = tally_slope(before, t->n);
    bool is_known = true;
    for (size_t i = 0; i < t->n; i++) {
        struct estimate *e = &t->variant[i].estimate[TRIAL_PER_UNIT_ADJUSTED];
        is_known = is_known && tally_adjusted(&before[i], slope, x / n, e) &&
                   e->value > 0;
    }
    for (size_t i = 0; i < t->n && is_known; i++) {
        t->variant[i].is_known[TRIAL_PER_UNIT_ADJUSTED] = true;
        t->primary = TRIAL_PER_UNIT_ADJUSTED;
    }
}

static void compare(const struct trial_variant *control,
                    struct trial_variant *v, enum trial_measure m, double alpha)
{
    struct compare_rule rule = {
        .when = COMPARE_FIXED, .alpha = alpha, .planned = COMPARE_PLANNED};
    struct trial_result *r = &v->result[m];
    const struct estimate *a = &control->estimate[m];
    const struct estimate *b = &v->estimate[m];

    *r = (struct trial_result){.is_known = false};
    if (!control->is_known[m] || !v->is_known[m] || a->n < TRIAL_UNITS_MIN ||
        b->n < TRIAL_UNITS_MIN) {
        return;
    }
    r->has_difference = m != TRIAL_REQUESTS_PER_UNIT &&
                        compare_difference(a, b, &rule, &r->difference);
    r->is_known = compare_ratio(a, b, &rule, &r->once);
    rule.when = COMPARE_SEQUENCE;
    r->is_known = r->is_known && compare_ratio(a, b, &rule, &r->ever);
}

const struct comparison *trial_decisive(const struct trial *t,
                                        const struct trial_result *r)
{
    return t->is_over ? &r->once : &r->ever;
}

/* Every variant against the control; read together by Holm's rule. */
static void judge_measure(struct trial *t, enum trial_measure m)
{
    size_t n_pairs = t->n - 1;
    double p[LIMIT_EXPERIMENT_VARIANTS_MAX];
    bool stands[LIMIT_EXPERIMENT_VARIANTS_MAX];
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++) {
        struct trial_variant *v = &t->variant[i];
        if (i != t->control) {
            compare(&t->variant[t->control], v, m,
                    TRIAL_ALPHA / (double)n_pairs);
            p[n++] = v->result[m].is_known ? trial_decisive(t, &v->result[m])->p
                                           : 1.0;
        }
    }
    compare_holm(p, n, TRIAL_ALPHA, stands);
    n = 0;
    for (size_t i = 0; i < t->n; i++) {
        if (i != t->control) {
            t->variant[i].result[m].stands =
                t->variant[i].result[m].is_known && stands[n];
            n++;
        }
    }
}

void trial_judge(struct trial *t)
{
    judge_split(t);
    for (size_t i = 0; i < t->n; i++) {
        estimate(&t->variant[i]);
    }
    adjust(t);
    for (enum trial_measure m = TRIAL_PER_UNIT;
         t->n > 1 && m < TRIAL_MEASURE__COUNT; m++) {
        judge_measure(t, m);
    }
}
