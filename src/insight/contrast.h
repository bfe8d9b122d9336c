/* Two sides of spending compared: what each scope (a feature, ...) and model
 * in it did on either, and the causes of the change (insight/change.h).  All
 * memory is the call's arena.  One thread. */
#ifndef INSIGHT_CONTRAST_H
#define INSIGHT_CONTRAST_H

#include "insight/change.h"
#include "insight/insight.h"
#include "insight/sides.h"

struct contrast_scope {
    struct str name;                /* may be empty: untagged */
    num_i128 part[CHANGE__COUNT];   /* of its cells; [CHANGE_NONE] is all */
    num_i128 cost[CHANGE_SIDES];    /* pico-dollars */
    int64_t unpriced[CHANGE_SIDES]; /* calls without a price */
};

struct contrast_cell { /* beside change_cell of the same index */
    struct str model;
    struct str provider; /* of most of its calls, to look prices up */
    int64_t provider_n;
};

struct contrast {
    struct sides sides;
    struct str by;
    struct answer *answer[CHANGE_SIDES]; /* range and filters of each side */

    struct change_cell *change;
    struct contrast_cell *cell;
    size_t n_cells;
    struct change_scope *change_scope;
    struct contrast_scope *scope;
    size_t n_scopes;

    /* Of more than can be told apart, the dearest have a scope each and the
     * others this one, named "(all others)". */
    bool has_rest;
    size_t rest;

    struct contrast_scope all;             /* of all scopes; no name */
    struct change_count sum[CHANGE_SIDES]; /* likewise */
    bool knows_users;                      /* somewhere, on both sides */
};

/* contrast_run: asks the store and splits.  `by` defaults to feature.
 * RC_INVALID for wrong parameters, RC_LIMIT at the arena's cap, what the store
 * failed with. */
enum rc contrast_run(const struct insight_call *call, struct contrast *ret,
                     struct why *why) MUST_CHECK;

/* contrast_filter: what only those scopes pass, as a `where`; the untagged one
 * and that of all others are left out, and the filter empty if there is no
 * other. */
enum rc contrast_filter(const struct contrast *c, const size_t *scope,
                        size_t n_scopes, struct arena *arena, struct str *ret,
                        struct why *why) MUST_CHECK;

/* One place that brings about a part of a cause's line. */
struct contrast_pick {
    enum change_cause cause;
    size_t scope;
    size_t cell; /* its model; n_cells: the whole scope, or CHANGE_MODEL_MIX's
                    model that gained most */
    size_t lost; /* the model that lost most; n_cells: none */
    num_i128 pico;
    double before, after; /* change_measure; NaN when it has none */
};

enum { CONTRAST_PICKS_MAX = 5 };

/* contrast_picks: the fewest that bring about 80 % of the cause's line, the
 * largest first; how many. */
size_t contrast_picks(const struct contrast *c, enum change_cause cause,
                      struct contrast_pick ret[CONTRAST_PICKS_MAX]);
/* contrast_pick_scope: a scope's whole part in a cause, and where in it. */
struct contrast_pick contrast_pick_scope(const struct contrast *c, size_t scope,
                                         enum change_cause cause);

/* contrast_is_measured: whether the cause has a line at all; there is none of
 * retries without a failed call, of users without a known one, of what has no
 * part in the change unless it is always told. */
bool contrast_is_measured(const struct contrast *c, enum change_cause cause);

/* contrast_order: causes of a scope (n_scopes: of all) by size, as many as
 * have a part; returns how many. */
size_t contrast_order(const struct contrast_scope *s,
                      enum change_cause ret[CHANGE__COUNT]);

/* ---- what explain and movers both say ---- */

/* contrast_say_sides: the range, both periods, before, after, delta. */
void contrast_say_sides(struct report *out, const struct contrast *c);
/* contrast_say_notes: what to know before believing it. */
void contrast_say_notes(struct report *out, const struct contrast *c);
/* contrast_say_lack: when there is nothing to split, the sentence that tells
 * why, and true.  `why` and *ret_rc as of a question. */
bool contrast_say_lack(const struct insight_call *call, struct report *out,
                       const struct contrast *c, enum rc *ret_rc,
                       struct why *why);

#endif
