/* "Did you mean": the known name nearest to a word that is none.  One
 * thread. */
#ifndef QUERY_NEAR_PRIV_H
#define QUERY_NEAR_PRIV_H

#include "base/rc.h"
#include "base/str.h"

#include <stddef.h>

struct why;

struct near {
    struct str word; /* borrowed */
    size_t distance; /* of the best so far */
    char best[64];
    size_t best_n; /* 0: none near enough yet */
};

void near_init(struct near *n, struct str word);

/* near_offer: `name` may be meant.  Compared without regard to case, and to
 * whether words are parted by a blank, '-' or '_'. */
void near_offer(struct near *n, struct str name);
/* near_offer_part: likewise when `part` of the name is nearer. */
void near_offer_part(struct near *n, struct str part, struct str name);

/* near_unknown: "there is no KIND WORD; did you mean BEST?", or with `hint`
 * in the place of the question when nothing is near.  Returns RC_INVALID. */
enum rc near_unknown(const struct near *n, const char *kind, const char *hint,
                     struct why *why);

#endif
