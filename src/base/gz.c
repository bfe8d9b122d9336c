#include "base/gz.h"

#include <limits.h>
#include <string.h>

#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/why.h"

enum {
    CHUNK_BYTES = 64 * 1024,
    PIECE_BYTES = 8 * 1024,
    WINDOW_GZIP_ONLY = 15 + 16, /* zlib: largest window, gzip header */
    WINDOW_EITHER = 15 + 32     /* the same, gzip's header or zlib's own */
};

bool gz_is(struct str bytes)
{
    return bytes.n >= 2 && (unsigned char)bytes.p[0] == 0x1f &&
           (unsigned char)bytes.p[1] == 0x8b;
}

/* Hand zlib the next piece; it counts in 32 bits. */
static void feed(z_stream *z, struct str *rest)
{
    if (z->avail_in == 0 && rest->n > 0) {
        size_t n = rest->n < UINT_MAX ? rest->n : UINT_MAX;
        z->next_in = (const Bytef *)rest->p;
        z->avail_in = (uInt)n;
        *rest = str_sub(*rest, n, rest->n);
    }
}

/* Inflate into what room there is; zlib's answer in *ret_res.  At the ceiling
 * one byte of room is lent, so that a stream which ends exactly there is told
 * from a longer one. */
static enum rc step(z_stream *z, struct buf *out, int *ret_res, struct why *why)
{
    size_t room = out->n < out->max ? out->max - out->n : 0;
    size_t n = room < CHUNK_BYTES ? room : CHUNK_BYTES;
    char lent;
    char *p = n > 0 ? buf_space(out, n) : &lent;
    if (p == NULL) {
        return buf_rc(out, why);
    }
    uInt avail = n > 0 ? (uInt)n : 1;
    z->next_out = (Bytef *)p;
    z->avail_out = avail;
    *ret_res = inflate(z, Z_NO_FLUSH);
    uInt got = avail - z->avail_out;
    if (n == 0 && got > 0) {
        return why_set(why, RC_LIMIT, "gzip: inflates to over %zu bytes",
                       out->max);
    }
    buf_used(out, n > 0 ? got : 0);
    return RC_OK;
}

/* Make words of zlib's answer, Z_OK and Z_BUF_ERROR (no progress) meaning
 * that it may go on as long as there is input. */
static enum rc judge(const z_stream *z, int res, bool has_more, struct why *why)
{
    if (res == Z_OK || (res == Z_BUF_ERROR && has_more)) {
        return RC_OK;
    }
    if (res == Z_BUF_ERROR) {
        return why_set(why, RC_PARSE, "gzip: ends too early");
    }
    if (res == Z_MEM_ERROR) {
        return why_set(why, RC_LIMIT, "gzip: no memory to inflate");
    }
    return why_set(why, RC_PARSE, "gzip: %s",
                   z->msg != NULL ? z->msg : "damaged");
}

static enum rc inflate_all(z_stream *z, struct str rest, struct buf *out,
                           struct why *why)
{
    enum rc rc = RC_OK;
    while (rc == RC_OK) {
        int res = Z_OK;
        feed(z, &rest);
        rc = step(z, out, &res, why);
        if (rc != RC_OK) {
            break;
        }
        bool has_more = z->avail_in > 0 || rest.n > 0;
        bool is_end = res == Z_STREAM_END;
        if (is_end && !has_more) {
            break;
        }
        if (is_end) {
            /* What follows must be another member: zlib refuses it when it
             * has no gzip header. */
            res = inflateReset(z);
        }
        rc = judge(z, res, has_more, why);
    }
    return rc;
}

enum rc gz_inflate(struct str bytes, struct buf *out, struct why *why)
{
    z_stream z;
    memset(&z, 0, sizeof(z));
    if (inflateInit2(&z, WINDOW_GZIP_ONLY) != Z_OK) {
        return why_set(why, RC_LIMIT, "gzip: no memory to inflate");
    }
    size_t n_before = out->n;
    enum rc rc = inflate_all(&z, bytes, out, why);
    (void)inflateEnd(&z);
    if (rc != RC_OK) {
        out->n = n_before;
    }
    return rc;
}

uint32_t gz_crc32(uint32_t crc, const void *p, size_t n)
{
    return (uint32_t)crc32_z(crc, p, n);
}

/* ---- streams ---- */

struct gz_stream {
    z_stream z;
    size_t n_out;
    enum rc rc; /* of the stream as a whole */
};

struct gz_stream *gz_stream_new(void)
{
    struct gz_stream *s = mem_alloc(sizeof *s);

    CHECK(inflateInit2(&s->z, WINDOW_EITHER) == Z_OK);
    s->rc = RC_OK;
    return s;
}

void gz_stream_free(struct gz_stream **s)
{
    if (*s != NULL) {
        (void)inflateEnd(&(*s)->z);
        mem_free(*s);
        *s = NULL;
    }
}

enum rc gz_stream_feed(struct gz_stream *s, struct str bytes, size_t max_bytes,
                       gz_sink_fn *sink, void *arg)
{
    char piece[PIECE_BYTES];
    int res = Z_OK;

    s->z.avail_in = 0;
    feed(&s->z, &bytes);
    while (s->rc == RC_OK && (s->z.avail_in > 0 || s->z.avail_out == 0)) {
        if (res == Z_STREAM_END && inflateReset(&s->z) != Z_OK) {
            s->rc = RC_PARSE;
            break;
        }
        s->z.next_out = (Bytef *)piece;
        s->z.avail_out = sizeof piece;
        res = inflate(&s->z, Z_NO_FLUSH);
        size_t n = sizeof piece - s->z.avail_out;
        s->n_out += n;
        if (s->n_out > max_bytes) {
            s->rc = RC_LIMIT;
        } else if (res != Z_OK && res != Z_STREAM_END && res != Z_BUF_ERROR) {
            s->rc = RC_PARSE;
        } else {
            sink(arg, (struct str){.p = piece, .n = n});
        }
        feed(&s->z, &bytes);
        if (n == 0 && res == Z_BUF_ERROR) {
            break;
        }
    }
    return s->rc;
}
