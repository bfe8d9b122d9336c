/* Rules: what people want to be told of besides what the watch finds by
 * itself - a metric over a number, or away from yesterday, the same weekday or
 * the usual.  A rule is a value, asked of the ledger now and then.  One thread
 * a reader. */
#ifndef WATCH_RULE_H
#define WATCH_RULE_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "insight/insight.h"
#include "watch/incident.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct why;

enum rule_than {
    RULE_NUMBER = 1,
    RULE_YESTERDAY,
    RULE_SAME_WEEKDAY,
    RULE_BASELINE /* the median of the last 28 days: of the same hour, or of the
                     same weekdays */
};
enum rule_window {
    RULE_DAY = 1, /* today so far, against the same part of other days */
    RULE_HOUR     /* the last whole hour */
};

struct rule {
    struct str name;
    struct str cause;  /* "rule", or that of a built-in one */
    struct str metric; /* of the query's, or untagged_share, unpriced_share */
    struct str by;     /* a dimension; empty: the whole */
    const struct str *where;
    size_t n_where;
    enum rule_than than;
    double number;  /* of RULE_NUMBER: above it */
    double percent; /* of the others: the change needed; below 0: a fall */
    double points;  /* and at least so much, in the metric's own unit */
    double minimum; /* dollars that the change makes up, in the window */
    enum rule_window window;
    const struct str *notify; /* none: who is told of the watch */
    size_t n_notify;
};

/* rule_than_of, rule_window_of: 0 for no such word. */
enum rule_than rule_than_of(struct str word);
enum rule_window rule_window_of(struct str word);

/* rule_check: that its metric, dimension and filters can be asked.  RC_INVALID
 * with the nearest right word. */
enum rc rule_check(const struct rule *rule, struct why *why) MUST_CHECK;

/* Those that need no configuration: shares of untagged and unpriced calls that
 * rise. */
extern const struct rule rule_built_in[];
extern const size_t rule_built_in_n;

/* rule_ask: what the rule finds now, as news that something is raised, of
 * every value of its dimension.
 *   ret_news      in the arena, as is their text
 *   ret_begin_us  of the window that was asked about */
struct rule_found {
    struct incident_news *news;
    size_t n;
    int64_t begin_us;
};
enum rc rule_ask(const struct rule *rule, const struct insight_env *env,
                 struct arena *arena, struct rule_found *ret,
                 struct why *why) MUST_CHECK;

#endif
