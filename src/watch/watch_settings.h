/* What toll.yaml says of watching, as a snapshot: who is told, how much is too
 * little, when it is quiet.  Built by one thread, then read by any. */
#ifndef WATCH_WATCH_SETTINGS_H
#define WATCH_WATCH_SETTINGS_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct period_zone;
struct rule;
struct watch_settings;
struct why;

/* Seconds of the local day; from > to goes over midnight, from == to is
 * never. */
struct watch_quiet {
    int from_s, to_s;
    bool day[7]; /* quiet all day; 0 is Monday */
};

struct watch_settings *watch_settings_new(void) RETURNS_NONNULL;
struct watch_settings *watch_settings_ref(struct watch_settings *s);
void watch_settings_unref(struct watch_settings **s); /* accepts NULL */

/* Building; text is copied.  RC_LIMIT for too much of it. */
enum rc watch_settings_notify(struct watch_settings *s,
                              const struct str *channel, size_t n,
                              struct why *why) MUST_CHECK;
enum rc watch_settings_public_url(struct watch_settings *s, struct str url,
                                  struct why *why) MUST_CHECK;
void watch_settings_minimum(struct watch_settings *s, double usd_per_day);
void watch_settings_quiet(struct watch_settings *s,
                          const struct watch_quiet *quiet);

/* watch_settings_rule: RC_EXISTS for a second of that name, RC_LIMIT for too
 * many. */
enum rc watch_settings_rule(struct watch_settings *s, const struct rule *rule,
                            struct why *why) MUST_CHECK;

size_t watch_settings_n_rules(const struct watch_settings *s);
const struct rule *watch_settings_rule_at(const struct watch_settings *s,
                                          size_t i);
/* watch_settings_told: the channels that a rule is told to, "": of what needs
 * none; *ret_n of them. */
const struct str *watch_settings_told(const struct watch_settings *s,
                                      struct str rule, size_t *ret_n);
/* What is less a day is never told. */
double watch_settings_usd_per_day(const struct watch_settings *s);
/* The dashboard's address as people have it, without a / at its end; empty when
 * unknown. */
struct str watch_settings_url(const struct watch_settings *s);
bool watch_settings_is_quiet(const struct watch_settings *s,
                             const struct period_zone *zone, int64_t now_us);

#endif
