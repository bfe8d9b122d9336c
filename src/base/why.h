/* The cause of a failure in words that a user can act on.  Lives on the
 * caller's stack, is filled where the cause is known and prefixed on the way
 * up; telling an error never allocates.  Keys, prompts and replies never
 * appear in it.  One thread. */
#ifndef BASE_WHY_H
#define BASE_WHY_H

#include "base/attr.h"
#include "base/rc.h"

struct why {
    char text[240];
};

/* why_set: write the cause and hand back `rc`, so that a failing function
 * can end with `return why_set(why, RC_PARSE, "...")`.  Text that does not
 * fit is cut at a UTF-8 boundary.  `why` may be NULL. */
enum rc why_set(struct why *why, enum rc rc, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

#ifdef __clang_analyzer__
/* The analyzer sees one file at a time, and must know that it hands back. */
#define why_set(why, rc, ...) ((void)why_set(why, rc, __VA_ARGS__), (rc))
#endif

/* why_prefix: put "..." and ": " before what stands there; returns `rc`. */
enum rc why_prefix(struct why *why, enum rc rc, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* why_errno: the cause is errno `err` met while doing `what`; ENOSPC and
 * EDQUOT give RC_FULL, ENOENT RC_NOT_FOUND, EACCES and EPERM RC_DENIED,
 * anything else RC_IO. */
enum rc why_errno(struct why *why, int err, const char *what, ...)
    PRINTF_LIKE(3, 4);

#endif
