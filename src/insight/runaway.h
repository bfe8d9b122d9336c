/* A run that goes in circles: when a scope's requests grew, whether one run
 * of the workflow made much of that alone.  One thread. */
#ifndef INSIGHT_RUNAWAY_H
#define INSIGHT_RUNAWAY_H

#include "insight/contrast.h"

#include <stdbool.h>

struct runaway {
    bool is_found;
    struct str run, customer; /* customer may be empty */
    num_i128 requests;
    num_i128 pico;
};

/* runaway_ask: of the pick's scope; only of more requests a user, between
 * periods, where three in ten of the added ones are one run's. */
enum rc runaway_ask(const struct insight_call *call, const struct contrast *c,
                    const struct contrast_pick *p, struct runaway *ret,
                    struct why *why) MUST_CHECK;

/* runaway_say: " One run of bergamot-retail alone made 3,600 calls ($308.12).";
 * nothing when there is none. */
void runaway_say(struct buf *b, const struct runaway *r);

#endif
