/* The words of the binary forms that the journal keeps: varints, signed
 * numbers folded to small ones, length-prefixed text.  Each thing has exactly
 * one form, so that bytes compare as what they stand for does, and damage is
 * seen.  In a header, since an event is hundreds of such words. */
#ifndef EVENT_BIN_PRIV_H
#define EVENT_BIN_PRIV_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define BIN_VARINT_MAX 10 /* bytes of the longest varint */

/* ---- writing ---- */

static inline void bin_add_varint(struct buf *b, uint64_t n)
{
    char bytes[BIN_VARINT_MAX];
    size_t i = 0;
    while (n >= 0x80) {
        bytes[i++] = (char)(0x80 | (n & 0x7f));
        n >>= 7;
    }
    bytes[i++] = (char)n;
    buf_add(b, bytes, i);
}

/* Small amounts of either sign become small numbers: 0, -1, 1, -2, ... */
static inline void bin_add_zigzag(struct buf *b, int64_t n)
{
    uint64_t sign = n < 0 ? UINT64_MAX : 0;
    bin_add_varint(b, ((uint64_t)n << 1) ^ sign);
}

static inline void bin_add_text(struct buf *b, struct str s)
{
    bin_add_varint(b, s.n);
    buf_str(b, s);
}

/* ---- reading ---- */

/* A damaged record stops the reader at its first flaw; what was read by then
 * is worthless and stays inside. */
struct bin_reader {
    struct str rest;
    bool is_bad;
};

static inline uint64_t bin_read_byte(struct bin_reader *r)
{
    if (r->rest.n == 0) {
        r->is_bad = true;
        return 0;
    }
    unsigned char byte = (unsigned char)r->rest.p[0];
    r->rest.p++;
    r->rest.n--;
    return byte;
}

static inline uint64_t bin_read_varint(struct bin_reader *r)
{
    uint64_t n = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint64_t byte = bin_read_byte(r);
        n |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
            /* A last byte of 0 was not needed; the tenth has one bit. */
            r->is_bad |= (byte == 0 && shift > 0) || (shift == 63 && byte > 1);
            return n;
        }
    }
    r->is_bad = true;
    return 0;
}

static inline int64_t bin_read_zigzag(struct bin_reader *r)
{
    uint64_t n = bin_read_varint(r);
    return (int64_t)((n >> 1) ^ (0 - (n & 1)));
}

/* bin_read_count: a number that the writer had as int64 or uint32. */
static inline int64_t bin_read_count(struct bin_reader *r, uint64_t least,
                                     uint64_t most)
{
    uint64_t n = bin_read_varint(r);
    if (n < least || n > most) {
        r->is_bad = true;
        return 0;
    }
    return (int64_t)n;
}

static inline struct str bin_read_text(struct bin_reader *r, size_t least,
                                       size_t most)
{
    uint64_t n = bin_read_varint(r);
    if (r->is_bad || n < least || n > most || n > r->rest.n) {
        r->is_bad = true;
        return STR_EMPTY;
    }
    struct str s = {.p = r->rest.p, .n = n};
    r->rest.p += n;
    r->rest.n -= n;
    r->is_bad |= !str_utf8_ok(s);
    return s;
}

#endif
