/* Since when: the hour or day at which a cause jumped, and what coincides
 * with it - a release that appeared, an experiment that began or was rolled
 * out, a model that came.  From the calls themselves, and from moments that
 * are known otherwise, as since_marker: release markers and the registry's
 * experiments.  All memory is the call's arena.  One thread. */
#ifndef INSIGHT_SINCE_H
#define INSIGHT_SINCE_H

#include "insight/contrast.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum since_kind {
    SINCE_NOTHING, /* nothing coincides */
    SINCE_RELEASE,
    SINCE_EXPERIMENT, /* its start */
    SINCE_ROLLOUT,    /* of an experiment: one variant is left */
    SINCE_MODEL
};

struct since_marker {
    enum since_kind kind;
    struct str name;
    int64_t at_us;
    struct str scope; /* the feature; empty: all */
};

struct since {
    bool is_known;
    struct str when; /* local, "2026-11-14 09:00" or "2026-11-14" */
    enum since_kind kind;
    struct str name; /* of what coincides */
};

struct since_row;
struct since_line { /* the calls of some scopes, by hour or day */
    const struct contrast *contrast;
    struct arena *arena;
    struct since_row *row; /* by time */
    size_t n_rows;
    int64_t step_us; /* of an hour or a day */
    const struct since_marker *marker;
    size_t n_markers;
};

/* since_ask: one question for all scopes to be told about.  Nothing is known
 * where sides are no periods, or rows are too many.
 *   scope  of c; the untagged one is left out */
enum rc since_ask(const struct insight_call *call, const struct contrast *c,
                  const size_t *scope, size_t n_scopes, struct since_line *ret,
                  struct why *why) MUST_CHECK;

/* since_find: when the pick's cause jumped; not known where it crept. */
struct since since_find(const struct since_line *line,
                        const struct contrast_pick *p);

#endif
