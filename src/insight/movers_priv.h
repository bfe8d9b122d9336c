/* What movers.c does for the review, which has the comparison at hand. */
#ifndef INSIGHT_MOVERS_PRIV_H
#define INSIGHT_MOVERS_PRIV_H

#include "insight/contrast.h"

/* movers_tell: the report of movers on a comparison, with the `limit` scopes
 * that changed most.  `call` is the one it was run with. */
enum rc movers_tell(const struct insight_call *call, struct report *out,
                    const struct contrast *c, size_t limit,
                    struct why *why) MUST_CHECK;

#endif
