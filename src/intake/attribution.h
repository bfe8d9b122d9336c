/* Rules from the configuration that fill and normalise what arrives: aliases
 * ("Ticket Summary" is ticket-summary), rules (when these values, set those),
 * and each feature's registered owner.  Immutable once built; shared between
 * threads by reference count.
 *
 * Order: aliases on what the event said; then rules from first to last, each
 * filling only what is still empty (the sender is stronger than the
 * configuration), later rules seeing what earlier ones set; then owner from
 * the feature.  Aliases are not applied to what rules set. */
#ifndef INTAKE_ATTRIBUTION_H
#define INTAKE_ATTRIBUTION_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"
#include "event/event_key.h"

#include <stdbool.h>
#include <stddef.h>

struct attribution;
struct why;

struct attribution *attribution_new(void);
struct attribution *attribution_ref(struct attribution *a);
void attribution_unref(struct attribution **a); /* accepts NULL */

/* Building, before the first reference is handed on; text is copied.  Each:
 * RC_INVALID for a value that its dimension cannot hold, or one that would
 * never match; RC_LIMIT over LIMIT_ATTRIBUTION_BYTES_MAX. */

/* attribution_add_alias: the last of two for one text holds. */
enum rc attribution_add_alias(struct attribution *a,
                              const struct event_key *key, struct str from,
                              struct str to, struct why *why) MUST_CHECK;
/* One rule: all `when` must hold; none at all always holds.  There a value
 * is exact text, or a pattern in which * is any run of bytes, also none; ""
 * matches what is empty.  In `set` it is plain text. */
struct attribution_pair {
    struct event_key key;
    struct str value;
};
enum rc attribution_add_rule(struct attribution *a,
                             const struct attribution_pair *when, size_t n_when,
                             const struct attribution_pair *set, size_t n_set,
                             struct why *why) MUST_CHECK;
enum rc attribution_add_owner(struct attribution *a, struct str feature,
                              struct str owner, struct why *why) MUST_CHECK;

/* attribution_apply_aliases: the aliases alone, on dimensions that are not an
 * event's; slices as below. */
void attribution_apply_aliases(const struct attribution *a,
                               struct str dim[DIM__COUNT]);
/* attribution_apply: fills the event's texts with slices that live as long
 * as `a`.  has_environment: the sender named one, so rules may not set it;
 * its default still answers to `when`.  A tag that finds no place among the
 * LIMIT_TAGS_MAX is not set.  Pure, any thread. */
void attribution_apply(const struct attribution *a, bool has_environment,
                       struct event *ev);

#endif
