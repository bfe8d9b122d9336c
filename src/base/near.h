/* "Did you mean": the known name nearest to a word that is none; one idea of
 * nearness for options, keys, metrics and zones.  One thread. */
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include "base/attr.h"
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

/* near_init: `word` is none of the names to come. */
void near_init(struct near *n, struct str word);

/* near_offer: `name` may be meant.  Compared without regard to case, and to
 * whether words are parted by a blank, '-' or '_'. */
void near_offer(struct near *n, struct str name);
/* near_offer_part: likewise when `part` of the name is nearer. */
void near_offer_part(struct near *n, struct str part, struct str name);

/* near_best: the nearest offered, empty when none is near; borrows from `n`. */
struct str near_best(const struct near *n);

/* near_unknown: "there is no KIND WORD; did you mean BEST?", or with `hint`
 * in the place of the question when nothing is near.  Returns RC_INVALID. */
enum rc near_unknown(const struct near *n, const char *kind, const char *hint,
                     struct why *why);

#endif
