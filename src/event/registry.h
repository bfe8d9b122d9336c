/* What the company registered beside its calls: its experiments, and who
 * answers for each feature.  A call says "experiment: summary-v2, variant:
 * treatment" while it runs; when it ran, how users were split and what became
 * of it is only known here.  An experiment keeps its identity after its
 * rollout, when calls bear its name no more.
 *
 * Owns all its text.  Immutable once built; shared between threads by
 * reference count. */
#ifndef EVENT_REGISTRY_H
#define EVENT_REGISTRY_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"

#include <stddef.h>
#include <stdint.h>

struct registry;
struct why;

/* One variant's share of the units, in proportion to the others'. */
struct experiment_share {
    struct str variant;
    double weight; /* above 0 */
};

/* Times that were not stated. */
#define EXPERIMENT_ALWAYS_US INT64_MIN /* start: as long as there are calls */
#define EXPERIMENT_NEVER_US  INT64_MAX /* end, rollout: not yet, or unknown */

struct experiment {
    struct str name; /* as calls have it in their experiment */
    struct str feature;
    int64_t start_us;      /* in */
    int64_t end_us;        /* out */
    int64_t rollout_us;    /* from there on rolled_out is what all have */
    struct str rolled_out; /* a variant; empty: none yet */
    struct str control;    /* the variant that others are held against */
    enum dim unit;         /* what was split: user, customer or run */
    const struct experiment_share *split; /* in the order stated */
    size_t n_split;                       /* 0: not stated */
};

struct registry *registry_new(void) RETURNS_NONNULL;
struct registry *registry_ref(struct registry *r) RETURNS_NONNULL;
void registry_unref(struct registry **r); /* accepts NULL */

/* Building, before the first reference is handed on; text is copied.
 *
 * registry_add_experiment: RC_INVALID with the member named when a text is
 * missing or no dimension can hold it, a time is before the one it follows, a
 * variant rolled out or held against is none of the split, or a rollout has no
 * variant; RC_EXISTS for a second of that name; RC_LIMIT over
 * LIMIT_REGISTRY_BYTES_MAX.
 * registry_add_owner: the last of two for one feature holds. */
enum rc registry_add_experiment(struct registry *r, const struct experiment *x,
                                struct why *why) MUST_CHECK;
enum rc registry_add_owner(struct registry *r, struct str feature,
                           struct str owner, struct why *why) MUST_CHECK;

/* experiment_unit_from: DIM__COUNT when the word is no unit. */
enum dim experiment_unit_from(struct str word);

/* Asking; what is handed back lives as long as the registry. */
size_t registry_n_experiments(const struct registry *r);
const struct experiment *registry_experiment(const struct registry *r,
                                             size_t i); /* as stated */
/* registry_find: NULL when there is none of that name. */
const struct experiment *registry_find(const struct registry *r,
                                       struct str name);
/* registry_rolled_out: the experiment whose rollout a feature's calls of that
 * time live with though they do not name it: of several the one rolled out
 * last.  NULL when there is none. */
const struct experiment *registry_rolled_out(const struct registry *r,
                                             struct str feature, int64_t ts_us);
/* registry_owner: empty when nobody is registered. */
struct str registry_owner(const struct registry *r, struct str feature);

#endif
