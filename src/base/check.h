/* CHECK: what must not happen unless toll itself is wrong.  On in release
 * builds too: writes file, line and condition to standard error and aborts;
 * the journal replays after a restart.  Never on outside input. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include "base/attr.h"

/* An expression, so that a CHECK is one step and no branch to whoever reads
 * or counts. */
#define CHECK(cond) \
    (LIKELY(cond) ? (void)0 : check_failed(__FILE__, __LINE__, #cond))

NORETURN void check_failed(const char *file, int line, const char *cond);

#endif
