/* Owned, growing bytes with a ceiling given at init.
 *
 * Appending never fails at the call: the first append that would pass the
 * ceiling marks the buf as overflown, drops that append and all later ones,
 * and buf_rc() tells once at the end.  So code that writes many small pieces
 * reads as what it writes.  One thread. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/attr.h"
#include "base/num.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct why;

struct buf {
    char *p;  /* NULL until the first append */
    size_t n; /* bytes used */
    size_t cap;
    size_t max; /* ceiling, bytes */
    bool overflown;
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_fini(struct buf *b);  /* accepts NULL and the never used */
void buf_clear(struct buf *b); /* empty, keeps memory, forgets overflow */

void buf_add(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, struct str s);
void buf_cz(struct buf *b, const char *cz);
void buf_char(struct buf *b, char c);
void buf_u64(struct buf *b, uint64_t n); /* decimal */
void buf_i64(struct buf *b, int64_t n);
void buf_i128(struct buf *b, num_i128 n);
void buf_fmt(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vfmt(struct buf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

/* buf_space: room for n more bytes to write into by hand, NULL when over the
 * ceiling (marks the overflow); buf_used then counts those written. */
char *buf_space(struct buf *b, size_t n);
void buf_used(struct buf *b, size_t n);

/* buf_drop_front: forget the first n bytes, moving the rest down. */
void buf_drop_front(struct buf *b, size_t n);

/* buf_rc: RC_OK, or RC_LIMIT with the ceiling named in `why`. */
enum rc buf_rc(const struct buf *b, struct why *why) MUST_CHECK;

struct str buf_view(const struct buf *b); /* until the next change */

#endif
