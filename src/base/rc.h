/* Result codes: one table for the whole program.  A function that can fail
 * because of the world returns one and is MUST_CHECK; results leave through
 * `ret_x` pointers, which are untouched on failure.  Pure, any thread. */
#ifndef BASE_RC_H
#define BASE_RC_H

#include "base/attr.h"

enum rc {
#define X(code, name) code,
#include "base/rc.def"
#undef X
    RC__COUNT
};

/* rc_name: the code's short name ("not_found"), for logs and JSON. */
const char *rc_name(enum rc rc) RETURNS_NONNULL;

#endif
