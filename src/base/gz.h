/* gzip, through zlib.  One thread a call. */
#ifndef BASE_GZ_H
#define BASE_GZ_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>

struct why;

bool gz_is(struct str bytes); /* begins with the gzip magic */

/* gz_inflate: all members of a gzip stream, appended to `out`.  RC_PARSE for
 * damage or an early end, RC_LIMIT at the buf's ceiling (so a small bomb
 * cannot become large). */
enum rc gz_inflate(struct str bytes, struct buf *out,
                   struct why *why) MUST_CHECK;

#endif
