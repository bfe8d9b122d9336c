/* The verdict in one sentence, and why there is none. */
#include "insight/experiment_priv.h"

#include <math.h>

#include "base/check.h"
#include "insight/say.h"

struct str trial_verdict_name(enum trial_verdict v)
{
    static const struct str names[] = {
        [TRIAL_VERDICT_ONE_VARIANT] = STR_INIT("one_variant"),
        [TRIAL_VERDICT_APART] = STR_INIT("never_together"),
        [TRIAL_VERDICT_NO_UNIT] = STR_INIT("no_units"),
        [TRIAL_VERDICT_NO_COST] = STR_INIT("no_cost"),
        [TRIAL_VERDICT_TOO_FEW] = STR_INIT("too_few_units"),
        [TRIAL_VERDICT_SPLIT] = STR_INIT("sample_ratio_mismatch"),
        [TRIAL_VERDICT_TOO_EARLY] = STR_INIT("too_early"),
        [TRIAL_VERDICT_ALIKE] = STR_INIT("no_difference_told"),
        [TRIAL_VERDICT_REQUESTS_DIFFER] = STR_INIT("differs_per_request"),
        [TRIAL_VERDICT_DIFFERS] = STR_INIT("differs"),
    };

    CHECK(v != TRIAL_VERDICT_NONE);
    return names[v];
}

static size_t n_with_units(const struct trial *t, int64_t least)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++) {
        n += t->variant[i].requests.n >= least ? 1 : 0;
    }
    return n;
}

static bool any_stands(const struct trial *t, enum trial_measure m)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->variant[i].result[m].stands) {
            return true;
        }
    }
    return false;
}

enum trial_verdict trial_verdict(const struct trial *t)
{
    if (t->n < 2) {
        return TRIAL_VERDICT_ONE_VARIANT;
    }
    if (t->to_us <= t->from_us || t->sums->n_rows < 2) {
        return TRIAL_VERDICT_APART;
    }
    if (!t->has_cost) {
        return TRIAL_VERDICT_NO_COST;
    }
    if (t->unit == NULL || n_with_units(t, 1) == 0) {
        return TRIAL_VERDICT_NO_UNIT;
    }
    if (t->split == TRIAL_SPLIT_BROKEN) {
        return TRIAL_VERDICT_SPLIT;
    }
    if (t->variant[t->control].requests.n < TRIAL_UNITS_MIN ||
        n_with_units(t, TRIAL_UNITS_MIN) < 2) {
        return TRIAL_VERDICT_TOO_FEW;
    }
    if (trial_days(t) < TRIAL_DAYS_MIN) {
        return TRIAL_VERDICT_TOO_EARLY;
    }
    return any_stands(t, t->primary)          ? TRIAL_VERDICT_DIFFERS
           : any_stands(t, TRIAL_PER_REQUEST) ? TRIAL_VERDICT_REQUESTS_DIFFER
                                              : TRIAL_VERDICT_ALIKE;
}

/* ---- words ---- */

static void add_percent(struct buf *b, double share)
{
    double percent = 100 * fabs(share);

    buf_fmt(b, percent < 9.95 ? "%.1f %%" : "%.0f %%", percent);
}

/* "12 % to 31 % less", or "somewhere between 9.0 % less and 44 % more". */
static void add_interval(struct buf *b, const struct comparison *c)
{
    double near = c->hi < 1 ? 1 - c->hi : c->lo - 1;
    double far = c->hi < 1 ? 1 - c->lo : c->hi - 1;

    if (c->hi < 1 || c->lo > 1) {
        buf_cz(b, isfinite(far) ? "" : "at least ");
        add_percent(b, near);
        if (isfinite(far)) {
            buf_cz(b, " to ");
            add_percent(b, far);
        }
        buf_cz(b, c->hi < 1 ? " less" : " more");
        return;
    }
    buf_cz(b, "somewhere between ");
    add_percent(b, 1 - c->lo);
    buf_cz(b, " less and ");
    if (isfinite(c->hi)) {
        add_percent(b, c->hi - 1);
    } else {
        buf_cz(b, "any amount");
    }
    buf_cz(b, " more");
}

static void add_one(struct buf *b, const struct trial *t,
                    const struct trial_variant *v)
{
    const struct trial_result *unit = &v->result[t->primary];
    const struct trial_result *request = &v->result[TRIAL_PER_REQUEST];
    const char *yet = t->is_over || t->is_rolled_out ? "" : " yet";

    if (!unit->is_known && v->requests.n >= TRIAL_UNITS_MIN) {
        buf_fmt(b,
                "%.*s cannot be compared: %.*ss cost nothing, or all the "
                "same",
                STR_ARG(v->name), STR_ARG(t->unit->name));
        return;
    }
    if (!unit->is_known) {
        buf_fmt(b, "%.*s has too few %.*ss to compare", STR_ARG(v->name),
                STR_ARG(t->unit->name));
        return;
    }
    if (unit->stands) {
        buf_fmt(b, "%.*s costs ", STR_ARG(v->name));
        add_interval(b, trial_decisive(t, unit));
        buf_fmt(b, " per %.*s than %.*s", STR_ARG(t->unit->name),
                STR_ARG(t->variant[t->control].name));
    } else {
        buf_fmt(b, "no difference in cost per %.*s can be told%s: %.*s costs ",
                STR_ARG(t->unit->name), yet, STR_ARG(v->name));
        add_interval(b, trial_decisive(t, unit));
        buf_fmt(b, " than %.*s", STR_ARG(t->variant[t->control].name));
    }
    if (t->primary == TRIAL_PER_UNIT_ADJUSTED) {
        buf_fmt(b, ", allowing for what each %.*s cost before",
                STR_ARG(t->unit->name));
    }
    if (request->stands) {
        buf_cz(b, unit->stands ? ", and " : "; but a request costs ");
        add_interval(b, trial_decisive(t, request));
        buf_cz(b, unit->stands ? " per request" : "");
    }
}

static void add_compared(struct buf *b, const struct trial *t)
{
    bool is_first = true;

    for (size_t i = 0; i < t->n; i++) {
        if (i != t->control) {
            buf_cz(b, is_first ? "" : "; ");
            add_one(b, t, &t->variant[i]);
            is_first = false;
        }
    }
    buf_char(b, '.');
}

static void add_split(struct buf *b, const struct trial *t)
{
    int64_t all = 0;

    buf_fmt(b, "No winner can be named: %.*ss went ", STR_ARG(t->unit->name));
    for (size_t i = 0; i < t->n; i++) {
        all += t->variant[i].requests.n;
    }
    for (size_t i = 0; i < t->n; i++) {
        const struct trial_variant *v = &t->variant[i];
        buf_cz(b, i == 0 ? "" : i + 1 < t->n ? ", " : " and ");
        say_count(b, v->requests.n);
        buf_fmt(b, " to %.*s (%.1f %% of them, not %.1f %%)", STR_ARG(v->name),
                100 * (double)v->requests.n / (double)all, 100 * v->share);
    }
    if (t->split_p < 1e-6) {
        buf_cz(b, ", which chance does less than once in a million times");
    } else {
        buf_cz(b, ", which chance does once in ");
        say_count(b, (num_i128)(1 / t->split_p));
        buf_cz(b, " times");
    }
    buf_cz(b, "; find what loses or moves them first.");
}

/* What there is to say is the sentence's end; what follows is a caveat. */
void trial_add_sentence(struct buf *b, const struct trial *t)
{
    struct str unit = t->unit != NULL ? t->unit->name : STR_EMPTY;

    switch (trial_verdict(t)) {
    case TRIAL_VERDICT_NONE:
        CHECK(false);
    case TRIAL_VERDICT_ONE_VARIANT:
        buf_fmt(b,
                "There is nothing to compare: all calls have the variant "
                "%.*s.",
                STR_ARG(t->variant[0].name));
        return;
    case TRIAL_VERDICT_APART:
        buf_cz(b, "The variants never ran at the same time, so what differs "
                  "may be the time.");
        return;
    case TRIAL_VERDICT_NO_UNIT:
        buf_cz(b, "No call names a user or a customer; without them nobody "
                  "can tell how sure a difference is.");
        return;
    case TRIAL_VERDICT_NO_COST:
        buf_cz(b, t->sums->total[TRIAL_SUM_COST].is_null
                      ? "No call of this experiment has a price, so costs "
                        "cannot be compared; toll price MODEL tells why."
                      : "No call of this experiment costs anything, so there "
                        "is nothing to compare.");
        return;
    case TRIAL_VERDICT_TOO_FEW:
        buf_fmt(b, "Too few %.*ss to compare: each variant needs %d at least.",
                STR_ARG(unit), TRIAL_UNITS_MIN);
        return;
    case TRIAL_VERDICT_SPLIT:
        add_split(b, t);
        return;
    case TRIAL_VERDICT_TOO_EARLY:
        buf_fmt(b,
                "Too early for a verdict: %.1f of %.0f days have gone by, "
                "and the days of a week differ.",
                trial_days(t), TRIAL_DAYS_MIN);
        return;
    case TRIAL_VERDICT_ALIKE:
    case TRIAL_VERDICT_REQUESTS_DIFFER:
    case TRIAL_VERDICT_DIFFERS:
        add_compared(b, t);
        return;
    }
}
