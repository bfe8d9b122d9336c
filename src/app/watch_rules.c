#include "app/watch_rules.h"

#include "app/incident_box.h"
#include "base/arena.h"
#include "base/limits.h"
#include "base/utc.h"
#include "base/why.h"
#include "insight/insight.h"
#include "watch/incident.h"
#include "watch/rule.h"
#include "watch/watch_settings.h"

#include <stdio.h>

#define SILENCE STR("no calls")

/* ---- what is over ---- */

struct lapsing {
    struct incident_asked asked;
    const struct watch_settings *settings;
    struct str rule; /* p NULL: of none that there is */
    size_t at;
};

static bool has_rule(const struct watch_settings *settings, struct str name)
{
    for (size_t i = 0; i < watch_settings_n_rules(settings); i++) {
        if (str_eq(watch_settings_rule_at(settings, i)->name, name)) {
            return true;
        }
    }
    for (size_t i = 0; i < rule_built_in_n; i++) {
        if (str_eq(rule_built_in[i].name, name)) {
            return true;
        }
    }
    return str_eq(name, SILENCE);
}

static bool lapse(void *arg, const struct incidents *all, struct arena *arena,
                  struct incident *ret)
{
    struct lapsing *l = arg;

    while (l->at < incidents_n(all)) {
        const struct incident *x = incidents_at(all, l->at++);
        bool is_its = l->rule.p != NULL ? str_eq(x->rule, l->rule)
                                        : !has_rule(l->settings, x->rule);
        if (x->closed_us == 0 && x->rule.n > 0 && is_its &&
            incident_lapse(x, &l->asked, arena, ret)) {
            return true;
        }
    }
    return false;
}

static enum rc lapse_all(const struct watch_rules *r, struct lapsing *l,
                         struct why *why)
{
    bool is_changed = true;
    enum rc rc = RC_OK;

    while (rc == RC_OK && is_changed) {
        rc = incident_box_change(r->box, lapse, l, &is_changed, why);
    }
    return rc;
}

/* ---- what is found ---- */

static enum rc take(const struct watch_rules *r, struct str rule,
                    const struct rule_found *found, struct why *why)
{
    struct lapsing l = {.asked = {.found = found->news,
                                  .n = found->n,
                                  .begin_us = found->begin_us,
                                  .now_us = r->env->now_us},
                        .settings = r->settings,
                        .rule = rule};
    enum rc rc = incident_box_hear(
        r->box,
        &(struct incident_hearing){
            .news = found->news, .n_news = found->n, .now_us = r->env->now_us},
        why);

    return rc == RC_OK ? lapse_all(r, &l, why) : rc;
}

static enum rc ask(const struct watch_rules *r, const struct rule *rule,
                   struct why *why)
{
    struct rule_found found;
    struct arena arena;

    arena_init(&arena, LIMIT_ANSWER_BYTES_MAX);
    enum rc rc = rule_ask(rule, r->env, &arena, &found, why);
    if (rc == RC_OK) {
        rc = take(r, rule->name, &found, why);
    }
    arena_fini(&arena);
    return rc == RC_OK ? rc
                       : why_prefix(why, rc, "rule %.*s", STR_ARG(rule->name));
}

/* The demo company calls nobody after it was made. */
static enum rc is_demo(const struct watch_rules *r, bool *ret, struct why *why)
{
    const struct insight_question q = {.metrics = "requests",
                                       .from_us =
                                           r->silence_us - UTC_US_PER_DAY,
                                       .to_us = r->silence_us,
                                       .where = "source:demo"};
    struct answer *answer = NULL;
    struct arena arena;

    arena_init(&arena, LIMIT_ARENA_MAX);
    const struct insight_call call = {.env = r->env, .arena = &arena};
    enum rc rc = insight_ask(&call, &q, &answer, why);
    *ret = rc == RC_OK && answer_count(answer, 0, 0) > 0;
    arena_fini(&arena);
    return rc;
}

/* No calls at all is found by the watch, and over as soon as there are some. */
static enum rc ask_silence(const struct watch_rules *r, struct why *why)
{
    int64_t now_us = r->env->now_us;
    int64_t hours = (now_us - r->silence_us) / UTC_US_PER_HOUR;
    bool is_made_up = false;
    enum rc rc = r->silence_us != 0 ? is_demo(r, &is_made_up, why) : RC_OK;
    char sentence[128];
    struct incident_news news = {.news = WATCH_RAISED,
                                 .cause = STR("no_data"),
                                 .rule = SILENCE,
                                 .severity = MESSAGE_WARN,
                                 .time_us = now_us,
                                 .since_us = r->silence_us,
                                 .unit = STR("calls")};
    const struct rule_found found = {.news = &news,
                                     .n = r->silence_us != 0 && !is_made_up ? 1
                                                                            : 0,
                                     .begin_us = INT64_MAX};

    (void)snprintf(sentence, sizeof sentence,
                   "No calls for %lld hour%s, where there always are some at "
                   "that time.",
                   (long long)hours, hours == 1 ? "" : "s");
    news.sentence = str_from_cz(sentence);
    return rc == RC_OK ? take(r, SILENCE, &found, why) : rc;
}

enum rc watch_rules_ask(const struct watch_rules *rules, struct why *why)
{
    struct lapsing gone = {
        .asked = {.begin_us = INT64_MAX, .now_us = rules->env->now_us},
        .settings = rules->settings};
    size_t n = watch_settings_n_rules(rules->settings);
    enum rc rc = rules->is_live ? ask_silence(rules, why) : RC_OK;

    for (size_t i = 0; i < rule_built_in_n && rc == RC_OK; i++) {
        rc = ask(rules, &rule_built_in[i], why);
    }
    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        rc = ask(rules, watch_settings_rule_at(rules->settings, i), why);
    }
    return rc == RC_OK ? lapse_all(rules, &gone, why) : rc;
}
