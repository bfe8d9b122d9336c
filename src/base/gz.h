/* gzip, and its checksum, through zlib.  One thread a call. */
#ifndef BASE_GZ_H
#define BASE_GZ_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct why;

bool gz_is(struct str bytes); /* begins with the gzip magic */

/* gz_inflate: all members of a gzip stream, appended to `out`.  RC_PARSE for
 * damage or an early end, RC_LIMIT at the buf's ceiling (so a small bomb
 * cannot become large). */
enum rc gz_inflate(struct str bytes, struct buf *out,
                   struct why *why) MUST_CHECK;

/* gz_crc32: CRC-32 as gzip and many others use it (IEEE 802.3), continuing
 * from `crc`; start with 0. */
uint32_t gz_crc32(uint32_t crc, const void *p, size_t n);

#endif
