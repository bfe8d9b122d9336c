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

/* A stream that is inflated as it comes in, gzip or zlib ("deflate"), told by
 * its first bytes.  One thread a stream. */
struct gz_stream;
typedef void gz_sink_fn(void *arg, struct str bytes); /* for the call */

struct gz_stream *gz_stream_new(void) RETURNS_NONNULL;
void gz_stream_free(struct gz_stream **s); /* accepts NULL */
/* gz_stream_feed: the next bytes, split anywhere; what they inflate to goes
 * to `sink` in pieces, at most `max_bytes` over the stream's life.  RC_PARSE
 * for damage, RC_LIMIT beyond the ceiling; from then on always. */
enum rc gz_stream_feed(struct gz_stream *s, struct str bytes, size_t max_bytes,
                       gz_sink_fn *sink, void *arg) MUST_CHECK;

#endif
