#include "provider/provider_mend_priv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/code.h"

enum { ESCAPE_BYTES = 6 }; /* \uXXXX */

/* The code unit of the escape at p, -1 when none stands there whole. */
static int32_t unit_at(struct str s, size_t at)
{
    int32_t unit = 0;
    if (at > s.n || s.n - at < ESCAPE_BYTES || s.p[at] != '\\' ||
        s.p[at + 1] != 'u') {
        return -1;
    }
    for (size_t i = 2; i < ESCAPE_BYTES; i++) {
        int digit = code_hex_digit(s.p[at + i]);
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool is_high(int32_t unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(int32_t unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* mend_escape: the escape at `at`; returns the bytes that it takes. */
static size_t mend_escape(struct buf *b, size_t at)
{
    struct str s = buf_view(b);
    int32_t unit = unit_at(s, at);
    if (unit < 0) {
        return 2;
    }
    if (is_high(unit) && is_low(unit_at(s, at + ESCAPE_BYTES))) {
        return (size_t)2 * ESCAPE_BYTES;
    }
    if (unit == 0 || is_high(unit) || is_low(unit)) {
        memcpy(b->p + at + 2, "FFFD", 4);
    }
    return ESCAPE_BYTES;
}

/* The bytes of the valid character at `at`, 0 when none stands there. */
static size_t utf8_at(struct str s, size_t at)
{
    for (size_t n = 1; n <= 4 && n <= s.n - at; n++) {
        if (str_utf8_ok(str_sub(s, at, n))) {
            return n;
        }
    }
    return 0;
}

static void mend(struct buf *b)
{
    size_t at = 0;
    while (at < b->n) {
        if (b->p[at] == '\\') {
            at += mend_escape(b, at);
            continue;
        }
        size_t n =
            (unsigned char)b->p[at] < 0x80 ? 1 : utf8_at(buf_view(b), at);
        if (n == 0) {
            b->p[at] = '?';
            n = 1;
        }
        at += n;
    }
}

enum rc provider_parse(struct str text, struct json **ret_json)
{
    struct buf mended;
    enum rc rc = json_parse(text, ret_json, NULL);
    if (rc != RC_PARSE) {
        return rc;
    }
    buf_init(&mended, text.n);
    buf_str(&mended, text);
    mend(&mended);
    rc = json_parse(buf_view(&mended), ret_json, NULL);
    buf_fini(&mended);
    return rc;
}
