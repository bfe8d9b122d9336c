/* whatif: the real calls of some weeks at the prices of another model or tier,
 * call by call.  The method is told in docs/methods.md. */
#include "insight/whatif_priv.h"

#include "base/utc.h"
#include "base/why.h"
#include "insight/decide.h"

#include <math.h>

static enum rc read_tier(struct whatif *w, struct why *why)
{
    struct str tier = insight_value(w->call, "tier");

    w->tier = service_tier_from(tier);
    if (tier.n > 0 && (int)w->tier == 0) {
        return why_set(why, RC_INVALID,
                       "there is no tier %.*s; tiers are standard, batch, flex "
                       "and priority",
                       STR_ARG(tier));
    }
    if (tier.n == 0 && w->to_model.n == 0) {
        return why_set(why, RC_INVALID,
                       "say what to compare with: to_model, tier or both");
    }
    return RC_OK;
}

static enum rc read_params(struct whatif *w, struct why *why)
{
    const struct insight_call *call = w->call;
    double percent = 100;

    w->feature = insight_value(call, "feature");
    w->to_model = insight_value(call, "to_model");
    w->quality_holds = insight_has(call, "quality_holds");
    if (w->feature.n == 0) {
        return why_set(why, RC_INVALID, "say which feature: feature=NAME");
    }
    enum rc rc = read_tier(w, why);
    if (rc == RC_OK) {
        rc =
            insight_f64(call, "share", (struct insight_bounds_f64){100, 0, 100},
                        &percent, why);
    }
    w->share_ppm = llround(percent * 10000);
    bool has_range = insight_value(call, "range").n > 0 ||
                     insight_value(call, "from").n > 0 ||
                     insight_value(call, "to").n > 0;
    if (rc == RC_OK) {
        rc = has_range
                 ? insight_range(call, "28d", &w->from_us, &w->to_us, why)
                 : decide_last_days(call, 28, &w->from_us, &w->to_us, why);
    }
    return rc;
}

/* Whose calls they are now, and who would serve them. */
static enum rc find_target(struct whatif *w, const struct answer *now,
                           struct why *why)
{
    w->provider = answer_str(now, 0, 0);
    w->model = answer_str(now, 0, 1);
    for (int k = 0; k < WHATIF__COUNT; k++) {
        w->ratios.input[k] = 1;
        w->ratios.output[k] = 1;
    }
    if (w->call->env->book == NULL) {
        return why_set(why, RC_UNAVAILABLE, "there is no price book");
    }
    if (w->to_model.n == 0) {
        return RC_OK;
    }
    enum rc rc =
        decide_provider(w->call, insight_value(w->call, "to_provider"),
                        w->provider, w->to_model, &w->to_provider, why);
    w->cache_min = decide_cache_min(w->to_provider, w->to_model);
    return rc == RC_OK ? whatif_find_ratios(w, why) : rc;
}

static enum rc find_quality(struct whatif *w, struct why *why)
{
    const struct decide_pair pair = {w->feature, w->model, w->to_model};
    struct answer *experiments = NULL;

    w->quality.verdict = QUALITY_UNKNOWN;
    if (w->to_model.n == 0) {
        return RC_OK;
    }
    enum rc rc = decide_experiments(
        w->call, w->to_us - WHATIF_RATIO_DAYS * UTC_US_PER_DAY, w->to_us,
        &experiments, why);
    return rc == RC_OK
               ? decide_quality(w->call, experiments, &pair, &w->quality, why)
               : rc;
}

/* In a batch every step of a run waits for the one before. */
static enum rc tell_chains(const struct whatif *w, struct report *out,
                           struct why *why)
{
    struct insight_question q = {.metrics = "requests,runs",
                                 .where = "run:!",
                                 .from_us = w->from_us,
                                 .to_us = w->to_us};
    struct answer *a = NULL;

    if (w->tier != SERVICE_TIER_BATCH) {
        return RC_OK;
    }
    enum rc rc = decide_ask(w->call, &q, w->feature, &a, why);
    if (rc == RC_OK && answer_count(a, 0, 1) > 0 &&
        answer_count(a, 0, 0) > 2 * answer_count(a, 0, 1)) {
        report_note(out,
                    "A run has %.1f calls here, and in a batch each waits for "
                    "the one before: such chains hardly fit.",
                    (double)answer_count(a, 0, 0) /
                        (double)answer_count(a, 0, 1));
    }
    return rc;
}

static enum rc run(const struct insight_call *call, struct report *out,
                   struct why *why)
{
    struct whatif w = {.call = call};
    struct answer *now = NULL;
    enum rc rc = read_params(&w, why);
    struct insight_question q = {.metrics = "cost,requests",
                                 .by = "provider,model",
                                 .from_us = w.from_us,
                                 .to_us = w.to_us};

    if (rc == RC_OK) {
        rc = decide_ask(call, &q, w.feature, &now, why);
    }
    if (rc == RC_OK && now->n_rows == 0) {
        rc = decide_check_feature(call, &q, w.feature, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    report_title(out, "What if");
    report_range(out, now);
    if (now->n_rows == 0) {
        report_sentence(out,
                        "There are no calls of %.*s in this range, so there "
                        "is nothing to price again.",
                        STR_ARG(w.feature));
        return w.to_model.n > 0
                   ? decide_provider(call, insight_value(call, "to_provider"),
                                     STR_EMPTY, w.to_model, &w.to_provider, why)
                   : RC_OK;
    }
    rc = find_target(&w, now, why);
    if (rc == RC_OK) {
        rc = whatif_price_calls(&w, &q, why);
    }
    if (rc == RC_OK) {
        rc = find_quality(&w, why);
    }
    if (rc == RC_OK) {
        whatif_tell(&w, out);
        rc = tell_chains(&w, out, why);
    }
    return rc;
}

static const struct insight_param params[] = {
    {"feature", "NAME", "whose calls", false},
    {"to_model", "MODEL", "priced on this model", false},
    {"to_provider", "NAME", "of this provider, unless the name tells", false},
    {"tier", "TIER", "and in this tier: standard, batch, flex, priority",
     false},
    {"share", "PERCENT", "of the calls that move; 100 unless said", false},
    {"quality_holds", NULL, "you know that quality holds: call it a saving",
     false},
    INSIGHT_RANGE_PARAMS,
};

const struct insight insight_whatif = {
    .name = "whatif",
    .path = "/api/whatif",
    .summary = "what a feature's calls would cost on another model or tier",
    .details =
        "The range is the last 28 complete days unless said.\n"
        "  toll whatif --feature reply-draft --to-model claude-haiku-4-5\n"
        "  toll whatif --feature trend-report --tier batch --share 50",
    .param = params,
    .n_params = ARRAY_N(params),
    .run = run,
};
