/* Rules (watch/rule.h) become incidents: what one finds is raised, what it does
 * not find any more is over, and so is what a rule found that is gone. */
#ifndef APP_WATCH_RULES_H
#define APP_WATCH_RULES_H

#include "base/attr.h"
#include "base/rc.h"

#include <stdbool.h>
#include <stdint.h>

struct incident_box;
struct insight_env;
struct watch_settings;
struct why;

struct watch_rules {
    struct incident_box *box;
    const struct watch_settings *settings;
    const struct insight_env *env;
    bool is_live;       /* else nobody wonders that there are no calls */
    int64_t silence_us; /* as live_silence tells it */
};

/* watch_rules_ask: all of them, the built-in ones too.  What the store or the
 * disk fails with. */
enum rc watch_rules_ask(const struct watch_rules *rules,
                        struct why *why) MUST_CHECK;

#endif
