/* The one rule against counting twice: within a trace, a span's usage counts
 * only for the part that its descendants do not carry.
 *
 * Input, output, searches and reported costs are compared as sums, since a
 * wrapper often knows less of the classes than what it wraps:
 *
 *   carried(v) = max(own(v), sum of carried(children))
 *   due(v)     = own(v) - what the children carry, at least 0
 *
 * so that the dues of a tree add up to what its top carries.  Which classes a
 * due has is told by those of the span that the children have fewer of.
 *
 * A trace may be settled before all of it is there.  A late span then counts
 * only what exceeds that which an ancestor was counted for in its place: the
 * ancestor's due has become smaller, and the difference is handed down
 * (tree_settle moves it, so that it is handed down once).
 *
 * Pure, any thread. */
#ifndef CAPTURE_OTLP_TREE_H
#define CAPTURE_OTLP_TREE_H

#include "capture/otlp/otlp_map.h"
#include "event/event.h"

#include <stddef.h>

enum otlp_group { /* what is compared */
                  OTLP_GROUP_INPUT,
                  OTLP_GROUP_OUTPUT,
                  OTLP_GROUP_SEARCHES,
                  OTLP_GROUP_COST, /* as reported, pico-dollars */
                  OTLP_GROUP__COUNT
};

struct otlp_node {
    /* Set by the caller. */
    size_t parent; /* index, or SIZE_MAX: none is known */
    enum otlp_role role;
    int64_t token[TOKEN__COUNT]; /* its own, disjoint */
    int64_t web_searches;
    int64_t reported_pico;              /* 0: none */
    bool is_counted;                    /* by an earlier settling */
    int64_t counted[OTLP_GROUP__COUNT]; /* then this much; updated */

    /* Set by otlp_tree_settle. */
    int64_t due[TOKEN__COUNT]; /* what is to be counted now */
    int64_t due_searches;
    int64_t due_pico;
    bool is_event; /* not counted before, and something is due, or it is a
                      call with none below */
    bool is_whole; /* nothing below carries any of it */

    /* Its own. */
    size_t n_open;                      /* children not done yet */
    size_t n_calls;                     /* below it */
    bool is_done;                       /* its subtree is summed */
    int64_t carried[OTLP_GROUP__COUNT]; /* by its subtree */
    int64_t below[OTLP_GROUP__COUNT];   /* by its children's */
    int64_t below_token[TOKEN__COUNT];
};

/* otlp_tree_settle: decides for all n nodes.  A chain of parents that leads
 * back to itself is cut somewhere. */
void otlp_tree_settle(struct otlp_node *node, size_t n);

#endif
