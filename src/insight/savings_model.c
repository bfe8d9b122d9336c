/* The same calls on a cheaper model: one that was asked for and did not serve,
 * which is a saving; or another that runs in this ledger, which is a price
 * difference until quality is known. */
#include "insight/savings_priv.h"

#include "base/utc.h"
#include "base/why.h"
#include "insight/decide_quality.h"

enum {
    CALLS_MIN = 100, /* of a model, to be known here */
    LESS_PERCENT = 20
};

struct prices { /* of a row's tokens */
    num_i128 here, there;
    bool is_known;
};

static enum rc compare(const struct savings *s, const struct usage_sum *row,
                       struct str provider, struct str model,
                       struct prices *ret, struct why *why)
{
    const struct saving_target to = {.provider = provider, .model = model};
    static const struct saving_target same = {.model = {NULL, 0}};
    struct decide_rates here = {.is_known = false};
    struct decide_rates there = {.is_known = false};
    enum rc rc = saving_rates(s, row, &same, &here, why);

    if (rc == RC_OK) {
        rc = saving_rates(s, row, &to, &there, why);
    }
    *ret = (struct prices){.is_known = false};
    if (rc == RC_OK && here.is_known && there.is_known) {
        *ret = (struct prices){.here = saving_cost_at(row, &here),
                               .there = saving_cost_at(row, &there),
                               .is_known = true};
    }
    return rc;
}

/* What a row would save, from tokens that are `percent` as many there.  The
 * row's own cost is laid on the ratio where calls were priced by their own
 * length or day. */
static num_i128 saved(const struct usage_sum *row, const struct prices *p,
                      int percent)
{
    num_i128 there = num_div_even(p->there * percent, 100);

    if (p->here == row->cost || p->here <= 0) {
        return p->here - there;
    }
    double ratio = (double)(p->here - there) / (double)p->here;
    return num_div_even(row->cost * (int64_t)(ratio * 1000000), 1000000);
}

static num_i128 at_least_0(num_i128 x)
{
    return x > 0 ? x : 0;
}

/* ---- asked for ---- */

static enum rc find_asked(struct savings *s, const struct saving_sum *sum,
                          struct why *why)
{
    const struct usage_sum *row = &sum->row;
    const struct insight_call *call = s->call;
    struct prices p;

    if (row->requested_model.n == 0 || row->cost <= 0 ||
        str_eq(row->requested_model, row->model)) {
        return RC_OK;
    }
    enum rc rc = compare(s, row, row->provider, row->requested_model, &p, why);
    if (rc != RC_OK || !p.is_known || p.there >= p.here) {
        return rc;
    }
    num_i128 point = saving_month(s, saved(row, &p, 100));
    saving_add(
        s,
        &(struct saving){
            .kind = SAVING_ASKED_MODEL,
            .group = sum->group,
            .to = {.provider = row->provider, .model = row->requested_model},
            .low = at_least_0(saving_month(s, saved(row, &p, 115))),
            .point = point,
            .high = saving_month(s, saved(row, &p, 85)),
            .confidence = "measured",
            .arithmetic = str_fmt(
                call->arena,
                "%s calls asked for %.*s and were served by %.*s for %s in 28 "
                "days; at the price of what was asked for %s: %s a month, give "
                "or take 15 %% of tokens",
                decide_count(call, row->n), STR_ARG(row->requested_model),
                STR_ARG(row->model), decide_usd(call, row->cost),
                decide_usd(call, row->cost - saved(row, &p, 100)),
                decide_usd(call, point)),
            .check_first = "which router, alias or default maps the one to the "
                           "other, and since when",
            .falsified_by = "a switch that was wanted for its quality"});
    return RC_OK;
}

/* ---- another model of this ledger ---- */

struct best {
    const struct usage_sum *to;
    struct prices prices;
};

/* The models that run here, each by one of its rows: workflows share them, and
 * pricing a workflow's tokens on each again would be quadratic in workflows. */
struct models {
    const struct usage_sum **row;
    size_t n;
};

static bool has_model(const struct models *m, const struct usage_sum *row)
{
    for (size_t i = 0; i < m->n; i++) {
        if (str_eq(m->row[i]->model, row->model) &&
            str_eq(m->row[i]->provider, row->provider)) {
            return true;
        }
    }
    return false;
}

static enum rc find_models(const struct savings *s, struct models *ret,
                           struct why *why)
{
    ret->row = arena_array(s->call->arena, s->n_sums, sizeof(*ret->row));
    if (ret->row == NULL) {
        return why_set(why, RC_LIMIT, "there is no memory for the answer");
    }
    for (size_t i = 0; i < s->n_sums; i++) {
        const struct usage_sum *row = &s->sum[i].row;
        if (!s->group[s->sum[i].group].is_apart && row->n >= CALLS_MIN &&
            row->cost > 0 && row->token[TOKEN_OUTPUT] > 0 &&
            !has_model(ret, row)) {
            ret->row[ret->n++] = row;
        }
    }
    return RC_OK;
}

/* The cheapest that runs here; of the same provider if one is much cheaper,
 * since that is the smaller step. */
static enum rc find_best(const struct savings *s, const struct models *models,
                         const struct usage_sum *from, bool same_provider,
                         struct best *ret, struct why *why)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < models->n && rc == RC_OK; i++) {
        const struct usage_sum *row = models->row[i];
        struct prices p;
        if (str_eq(row->model, from->model) ||
            str_eq(row->model, from->requested_model) ||
            str_eq(row->provider, from->provider) != same_provider) {
            continue;
        }
        rc = compare(s, from, row->provider, row->model, &p, why);
        if (rc == RC_OK && p.is_known &&
            p.there * 100 <= p.here * (100 - LESS_PERCENT) &&
            (ret->to == NULL || p.there < ret->prices.there)) {
            *ret = (struct best){.to = row, .prices = p};
        }
    }
    return rc;
}

static const struct usage_sum *main_row(const struct savings *s, size_t group)
{
    for (size_t i = 0; i < s->n_sums; i++) { /* dearest first */
        const struct usage_sum *row = &s->sum[i].row;
        if (s->sum[i].group == group && row->cost > 0) {
            return row->token[TOKEN_OUTPUT] > 0 ? row : NULL;
        }
    }
    return NULL;
}

static struct str cheaper_words(const struct savings *s,
                                const struct usage_sum *from,
                                const struct best *best, num_i128 point)
{
    double drop = 1 - (double)best->prices.there / (double)best->prices.here;

    return str_fmt(
        s->call->arena,
        "%s calls on %.*s cost %s a month; the same tokens on %.*s, which runs "
        "here already, %s less (high: with 15 %% fewer tokens); it pays while "
        "less than %.1f %% of the outcomes are lost",
        decide_count(s->call, from->n), STR_ARG(from->model),
        decide_usd(s->call, saving_month(s, from->cost)),
        STR_ARG(best->to->model), decide_usd(s->call, point), drop * 100);
}

static void add_cheaper(struct savings *s, size_t group,
                        const struct usage_sum *from, const struct best *best,
                        const struct decide_quality *quality)
{
    static const char *const confidence[] = {
        [QUALITY_UNKNOWN] = "quality unknown",
        [QUALITY_HOLDS] = "quality held in an experiment",
        [QUALITY_UNSURE] = "quality unsure in an experiment",
        [QUALITY_WORSE] = "quality fell in an experiment"};
    num_i128 point = saving_month(s, saved(from, &best->prices, 100));
    bool holds = quality->verdict == QUALITY_HOLDS;
    struct str words = cheaper_words(s, from, best, point);

    if (quality->words.n > 0) {
        words = str_fmt(s->call->arena, "%.*s; experiment %.*s: %.*s",
                        STR_ARG(words), STR_ARG(quality->experiment),
                        STR_ARG(quality->words));
    }
    saving_add(
        s,
        &(struct saving){
            .kind = SAVING_CHEAPER_MODEL,
            .group = group,
            .to = {.provider = best->to->provider, .model = best->to->model},
            .low = holds ? at_least_0(
                               saving_month(s, saved(from, &best->prices, 115)))
                         : 0,
            .point = point,
            .high = saving_month(s, saved(from, &best->prices, 85)),
            .quality_holds = holds,
            .confidence = confidence[quality->verdict],
            .arithmetic = words,
            .check_first = "quality, by an experiment on a part of the calls; "
                           "toll whatif prices each call",
            .falsified_by =
                "outcomes that get worse, longer answers, retries"});
}

static enum rc find_cheaper(struct savings *s, const struct models *models,
                            size_t group, const struct answer *experiments,
                            struct why *why)
{
    struct decide_quality quality = {.verdict = QUALITY_UNKNOWN};
    const struct usage_sum *from = main_row(s, group);
    struct best best = {.to = NULL};
    enum rc rc = RC_OK;

    if (from == NULL || s->group[group].is_apart) {
        return RC_OK;
    }
    rc = find_best(s, models, from, true, &best, why);
    if (rc == RC_OK && best.to == NULL) {
        rc = find_best(s, models, from, false, &best, why);
    }
    if (rc == RC_OK && best.to != NULL) {
        const struct decide_pair pair = {s->group[group].feature, from->model,
                                         best.to->model};
        rc = decide_quality(s->call, experiments, &pair, &quality, why);
    }
    if (rc == RC_OK && best.to != NULL) {
        add_cheaper(s, group, from, &best, &quality);
    }
    return rc;
}

enum rc savings_find_model(struct savings *s, struct why *why)
{
    struct answer *experiments = NULL;
    struct models models = {.n = 0};
    enum rc rc = find_models(s, &models, why);

    if (rc == RC_OK) {
        rc = decide_experiments(s->call, s->history_from_us, s->to_us,
                                &experiments, why);
    }

    for (size_t i = 0; i < s->n_sums && rc == RC_OK; i++) {
        if (!s->group[s->sum[i].group].is_apart) {
            rc = find_asked(s, &s->sum[i], why);
        }
    }
    for (size_t i = 0; i < s->n_groups && rc == RC_OK; i++) {
        rc = find_cheaper(s, &models, i, experiments, why);
    }
    return rc;
}
