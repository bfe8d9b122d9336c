#include "watch/incident_words.h"

#include "base/attr.h"
#include "watch/watch.h"

static const struct str next_of[WATCH_CAUSE__COUNT] = {
    [WATCH_INPUT_TOKENS] = STR_INIT(
        "Compare the prompt with the one before: a template, retrieved "
        "passages or history that grew. Cut it, or let a cache hold the part "
        "that is always the same."),
    [WATCH_OUTPUT_TOKENS] = STR_INIT(
        "Look at what is answered now: a limit on output that went missing, "
        "or instructions that ask for more. Set max_tokens."),
    [WATCH_CACHE] = STR_INIT(
        "Find what changed at the beginning of the prompt: a timestamp, an id "
        "or another order there makes every call miss the cache. Put what "
        "varies behind what is always the same."),
    [WATCH_MODEL_MIX] = STR_INIT(
        "Find out whether the dearer model is wanted: a default, a fallback or "
        "an alias may have changed. If it is not, set the model back."),
    [WATCH_RETRIES] = STR_INIT(
        "Look at the errors of these calls and at the provider's status. Make "
        "retries wait longer each time and give up earlier."),
    [WATCH_REQUESTS_PER_WORKFLOW] =
        STR_INIT("Stop the run, then give the workflow a limit of steps."),
    [WATCH_TRAFFIC] =
        STR_INIT("Healthy unless nobody expects it: a request costs what it "
                 "did. Ask the owner; plan for more if it stays."),
    [WATCH_USERS] = STR_INIT("Healthy: more users, each as dear as before. "
                             "Plan for more if it stays."),
    [WATCH_REQUESTS_PER_USER] =
        STR_INIT("Find out what makes users ask more often: a screen that asks "
                 "by itself, or a feature that is liked."),
    [WATCH_PRICE] = STR_INIT("Check the price with `toll price MODEL`; compare "
                             "other models with `toll whatif`."),
    [WATCH_NEW_FEATURE] = STR_INIT("Register its owner in toll.yaml, and plan "
                                   "with `toll plan`."),
    [WATCH_NEW_CUSTOMER] = STR_INIT("Hold its cost against what it pays: `toll "
                                    "customers`."),
};

static const struct {
    struct str cause, next;
} rule_next[] = {
    {STR_INIT("untagged"),
     STR_INIT("See who sends calls without a feature: `toll top --by key "
              "--where feature:`; tag them, or add a rule under attribution.")},
    {STR_INIT("unpriced"),
     STR_INIT("See which model has no price: `toll query --metrics "
              "unpriced_requests --by provider,model`; state one under "
              "prices.overrides.")},
    {STR_INIT("no_data"),
     STR_INIT("Look whether calls are made and reach toll: `toll doctor`, the "
              "senders' logs, a gateway or collector that stands still.")},
};

struct str incident_next(const struct incident *x)
{
    for (size_t i = 0; i < ARRAY_N(rule_next); i++) {
        if (str_eq(x->cause, rule_next[i].cause)) {
            return rule_next[i].next;
        }
    }
    for (int cause = 1; cause < WATCH_CAUSE__COUNT; cause++) {
        if (str_eq(x->cause, watch_cause_name((enum watch_cause)cause))) {
            return next_of[cause];
        }
    }
    return STR("See what it is made of, and whether the rule's limit still "
               "fits.");
}
