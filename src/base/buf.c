/* Behind p[cap] there is always one byte more than cap says: vsnprintf wants
 * to end its text with a NUL, and a text may fill the buf to its ceiling. */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/why.h"

#define CAP_MIN ((size_t)64)

void buf_init(struct buf *b, size_t max_bytes)
{
    /* Half the address space stands for "no ceiling", so that doubling and
     * the byte behind cannot wrap. */
    size_t max = max_bytes < SIZE_MAX / 2 ? max_bytes : SIZE_MAX / 2;

    *b = (struct buf){.p = NULL, .max = max};
}

void buf_fini(struct buf *b)
{
    if (!b) {
        return;
    }
    free(b->p);
    b->p = NULL;
    b->n = 0;
    b->cap = 0;
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    b->overflown = false;
}

static bool grow(struct buf *b, size_t least)
{
    size_t cap = b->cap > CAP_MIN / 2 ? b->cap * 2 : CAP_MIN;
    char *p;

    cap = cap > least ? cap : least;
    cap = cap < b->max ? cap : b->max;
    p = realloc(b->p, cap + 1);
    if (!p) {
        return false;
    }
    b->p = p;
    b->cap = cap;
    return true;
}

char *buf_space(struct buf *b, size_t n)
{
    if (b->overflown) {
        return NULL;
    }
    /* No memory is told as overflow: what is that large came from outside. */
    if (n > b->max - b->n ||
        ((!b->p || n > b->cap - b->n) && !grow(b, b->n + n))) {
        b->overflown = true;
        return NULL;
    }
    return b->p + b->n;
}

void buf_used(struct buf *b, size_t n)
{
    CHECK(n <= b->cap - b->n);
    b->n += n;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
    char *space = buf_space(b, n);

    if (space && n > 0) {
        memcpy(space, p, n);
        b->n += n;
    }
}

void buf_str(struct buf *b, struct str s)
{
    buf_add(b, s.p, s.n);
}

void buf_cz(struct buf *b, const char *cz)
{
    buf_add(b, cz, strlen(cz));
}

void buf_char(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_u64(struct buf *b, uint64_t n)
{
    char text[20];
    size_t at = sizeof(text);

    do {
        text[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    buf_add(b, text + at, sizeof(text) - at);
}

void buf_i64(struct buf *b, int64_t n)
{
    /* Sign and digits are one append: half a number must not be kept. */
    char text[21];
    size_t at = sizeof(text);
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (n < 0) {
        text[--at] = '-';
    }
    buf_add(b, text + at, sizeof(text) - at);
}

void buf_i128(struct buf *b, num_i128 n)
{
    char text[40];
    size_t at = sizeof(text);
    num_i128 rest = n;

    do {
        int digit = (int)(rest % 10); /* of n's sign */
        text[--at] = (char)('0' + (digit < 0 ? -digit : digit));
        rest /= 10;
    } while (rest != 0);
    if (n < 0) {
        text[--at] = '-';
    }
    buf_add(b, text + at, sizeof(text) - at);
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    buf_vfmt(b, fmt, ap);
    va_end(ap);
}

void buf_vfmt(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    char *space = buf_space(b, 0);
    size_t room;
    int n;

    if (!space) {
        return;
    }
    va_copy(again, ap);
    room = b->cap - b->n;
    n = vsnprintf(space, room + 1, fmt, ap);
    if (n < 0) { /* over INT_MAX bytes */
        b->overflown = true;
        goto out;
    }
    space = buf_space(b, (size_t)n);
    if (!space) {
        goto out;
    }
    if ((size_t)n > room) {
        n = vsnprintf(space, (size_t)n + 1, fmt, again);
    }
    buf_used(b, (size_t)n);
out:
    va_end(again);
}

void buf_drop_front(struct buf *b, size_t n)
{
    CHECK(n <= b->n);
    if (n > 0 && n < b->n) {
        memmove(b->p, b->p + n, b->n - n);
    }
    b->n -= n;
}

enum rc buf_rc(const struct buf *b, struct why *why)
{
    if (b->overflown) {
        return why_set(why, RC_LIMIT, "larger than the limit of %zu bytes",
                       b->max);
    }
    return RC_OK;
}

struct str buf_view(const struct buf *b)
{
    return (struct str){.p = b->p, .n = b->n};
}
