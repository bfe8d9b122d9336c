#include "base/str.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define EDIT_MAX 64 /* bytes; also bounds the table on the stack */
#define F64_TEXT_MAX                                        \
    1024 /* bytes; the longest double has 1,077 digits, but \
            nobody writes one */

struct str str_from_cz(const char *cz)
{
    return cz ? (struct str){.p = cz, .n = strlen(cz)} : STR_EMPTY;
}

struct str str_sub(struct str s, size_t from, size_t n)
{
    from = from < s.n ? from : s.n;
    n = n < s.n - from ? n : s.n - from;
    return (struct str){.p = s.p ? s.p + from : NULL, .n = n};
}

static unsigned char lower(char c)
{
    unsigned char u = (unsigned char)c;

    return u >= 'A' && u <= 'Z' ? (unsigned char)(u + ('a' - 'A')) : u;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_eq_nocase(struct str a, struct str b)
{
    return a.n == b.n && str_starts_nocase(a, b);
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

    if (order != 0) {
        return order;
    }
    return (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n &&
           (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool str_ends(struct str s, struct str suffix)
{
    size_t from = s.n - suffix.n;

    return s.n >= suffix.n &&
           (suffix.n == 0 || memcmp(s.p + from, suffix.p, suffix.n) == 0);
}

bool str_starts_nocase(struct str s, struct str prefix)
{
    if (s.n < prefix.n) {
        return false;
    }
    for (size_t i = 0; i < prefix.n; i++) {
        if (lower(s.p[i]) != lower(prefix.p[i])) {
            return false;
        }
    }
    return true;
}

size_t str_find(struct str s, struct str needle, size_t from)
{
    if (from > s.n || needle.n > s.n - from) {
        return SIZE_MAX;
    }
    if (needle.n == 0) {
        return from;
    }
    const char *hit = memmem(s.p + from, s.n - from, needle.p, needle.n);

    return hit ? (size_t)(hit - s.p) : SIZE_MAX;
}

size_t str_find_char(struct str s, char c, size_t from)
{
    if (from >= s.n) {
        return SIZE_MAX;
    }
    const char *hit = memchr(s.p + from, (unsigned char)c, s.n - from);

    return hit ? (size_t)(hit - s.p) : SIZE_MAX;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    while (s.n > 0 && is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && is_space(s.p[s.n - 1])) {
        s.n--;
    }
    return s;
}

bool str_cut(struct str *rest, char sep, struct str *ret_head)
{
    size_t at = str_find_char(*rest, sep, 0);

    if (!rest->p) {
        return false;
    }
    if (at == SIZE_MAX) {
        *ret_head = *rest;
        *rest = STR_EMPTY;
    } else {
        *ret_head = str_sub(*rest, 0, at);
        *rest = str_sub(*rest, at + 1, SIZE_MAX);
    }
    return true;
}

static bool is_tail(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* code_point_n: bytes of the valid code point at the front of p[0..n), 0 when
 * there is none.  Only the second byte's range depends on the first (RFC
 * 3629, section 4). */
static size_t code_point_n(const unsigned char *p, size_t n)
{
    unsigned char c = p[0];
    unsigned char least = 0x80;
    unsigned char most = 0xBF;
    size_t len;

    if (c < 0x80) {
        return 1;
    }
    if (c >= 0xC2 && c <= 0xDF) {
        len = 2;
    } else if (c >= 0xE0 && c <= 0xEF) {
        len = 3;
        least = c == 0xE0 ? 0xA0 : 0x80; /* below: overlong */
        most = c == 0xED ? 0x9F : 0xBF;  /* above: surrogates */
    } else if (c >= 0xF0 && c <= 0xF4) {
        len = 4;
        least = c == 0xF0 ? 0x90 : 0x80; /* below: overlong */
        most = c == 0xF4 ? 0x8F : 0xBF;  /* above: over U+10FFFF */
    } else {
        return 0;
    }
    if (n < len || p[1] < least || p[1] > most) {
        return 0;
    }
    if ((len > 2 && !is_tail(p[2])) || (len > 3 && !is_tail(p[3]))) {
        return 0;
    }
    return len;
}

/* skip_ascii: nearly all text is ASCII, so eight bytes at a time. */
static size_t skip_ascii(const unsigned char *p, size_t at, size_t n)
{
    uint64_t eight;

    for (; n - at >= sizeof(eight); at += sizeof(eight)) {
        memcpy(&eight, p + at, sizeof(eight));
        if ((eight & UINT64_C(0x8080808080808080)) != 0) {
            break;
        }
    }
    return at;
}

bool str_utf8_ok(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    size_t at = skip_ascii(p, 0, s.n);

    while (at < s.n) {
        size_t len = code_point_n(p + at, s.n - at);

        if (len == 0) {
            return false;
        }
        at = skip_ascii(p, at + len, s.n);
    }
    return true;
}

struct str str_utf8_cut(struct str s, size_t n)
{
    if (n >= s.n) {
        return s;
    }
    /* At most three bytes back, so that what is not UTF-8 loses no more. */
    for (size_t back = 0; back <= 3 && back <= n; back++) {
        if (!is_tail((unsigned char)s.p[n - back])) {
            return str_sub(s, 0, n - back);
        }
    }
    return str_sub(s, 0, n);
}

enum rc str_to_u64(struct str s, uint64_t *ret_n)
{
    uint64_t n = 0;
    bool fits = true;

    if (s.n == 0) {
        return RC_PARSE;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (!is_digit(s.p[i])) {
            return RC_PARSE;
        }
        uint64_t digit = (uint64_t)(s.p[i] - '0');
        fits = fits && n <= (UINT64_MAX - digit) / 10;
        n = fits ? n * 10 + digit : 0;
    }
    if (!fits) {
        return RC_RANGE;
    }
    *ret_n = n;
    return RC_OK;
}

enum rc str_to_i64(struct str s, int64_t *ret_n)
{
    bool negative = s.n > 0 && s.p[0] == '-';
    bool is_signed = negative || (s.n > 0 && s.p[0] == '+');
    uint64_t most = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    uint64_t n;
    enum rc rc = str_to_u64(is_signed ? str_sub(s, 1, SIZE_MAX) : s, &n);

    if (rc != RC_OK) {
        return rc;
    }
    if (n > most) {
        return RC_RANGE;
    }
    /* -(n-1)-1 reaches INT64_MIN without passing +2^63. */
    *ret_n = negative && n > 0 ? -(int64_t)(n - 1) - 1 : (int64_t)n;
    return RC_OK;
}

static size_t skip_digits(struct str s, size_t at)
{
    while (at < s.n && is_digit(s.p[at])) {
        at++;
    }
    return at;
}

static size_t skip_sign(struct str s, size_t at)
{
    return at < s.n && (s.p[at] == '-' || s.p[at] == '+') ? at + 1 : at;
}

/* is_decimal: sign, digits with a point anywhere among them, exponent. */
static bool is_decimal(struct str s)
{
    size_t whole = skip_sign(s, 0);
    size_t at = skip_digits(s, whole);
    size_t n_digits = at - whole;

    if (at < s.n && s.p[at] == '.') {
        size_t fraction = at + 1;

        at = skip_digits(s, fraction);
        n_digits += at - fraction;
    }
    if (n_digits == 0) {
        return false;
    }
    if (at < s.n && lower(s.p[at]) == 'e') {
        size_t exponent = skip_sign(s, at + 1);

        at = skip_digits(s, exponent);
        if (at == exponent) {
            return false;
        }
    }
    return at == s.n;
}

enum rc str_to_f64(struct str s, double *ret_x)
{
    char text[F64_TEXT_MAX + 1];
    double x;

    if (!is_decimal(s)) {
        return RC_PARSE;
    }
    if (s.n > F64_TEXT_MAX) {
        return RC_RANGE;
    }
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    x = strtod(text, NULL);
    if (!isfinite(x)) {
        return RC_RANGE;
    }
    *ret_x = x;
    return RC_OK;
}

static uint8_t min_u8(int a, int b)
{
    return (uint8_t)(a < b ? a : b);
}

/* Lowrance and Wagner, "An Extension of the String-to-String Correction
 * Problem" (1975), with unit costs: d[i + 1][j + 1] is the distance of a's
 * first i bytes from b's first j; the outermost row and column hold a number
 * larger than any distance. */
size_t str_edit_distance(struct str a, struct str b)
{
    uint8_t d[EDIT_MAX + 2][EDIT_MAX + 2];
    uint8_t last_row[256] = {0}; /* of a byte in a, 1-based, so far */

    if (a.n > EDIT_MAX || b.n > EDIT_MAX) {
        return SIZE_MAX;
    }
    d[0][0] = 2 * EDIT_MAX;
    for (size_t i = 0; i <= a.n; i++) {
        d[i + 1][0] = 2 * EDIT_MAX;
        d[i + 1][1] = (uint8_t)i;
    }
    for (size_t j = 0; j <= b.n; j++) {
        d[0][j + 1] = 2 * EDIT_MAX;
        d[1][j + 1] = (uint8_t)j;
    }
    for (size_t i = 1; i <= a.n; i++) {
        size_t last_col = 0; /* where b met a's byte i in this row, 1-based */

        for (size_t j = 1; j <= b.n; j++) {
            size_t row = last_row[(unsigned char)b.p[j - 1]];
            size_t col = last_col;
            bool same = a.p[i - 1] == b.p[j - 1];
            uint8_t edit = min_u8(d[i][j + 1] + 1, d[i + 1][j] + 1);
            int swap = d[row][col] + (int)(i - row) + (int)(j - col) - 1;

            edit = min_u8(edit, d[i][j] + (same ? 0 : 1));
            d[i + 1][j + 1] = min_u8(edit, swap);
            last_col = same ? j : last_col;
        }
        last_row[(unsigned char)a.p[i - 1]] = (uint8_t)i;
    }
    return d[a.n + 1][b.n + 1];
}

char *str_cz(struct arena *arena, struct str s)
{
    char *cz = s.n < SIZE_MAX ? arena_alloc(arena, s.n + 1) : NULL;

    if (cz && s.n > 0) {
        memcpy(cz, s.p, s.n);
    }
    return cz;
}

enum rc str_dup(struct arena *arena, struct str s, struct str *ret_s)
{
    char *copy = arena_copy(arena, s.p, s.n);

    if (!copy) {
        return RC_LIMIT;
    }
    *ret_s = (struct str){.p = copy, .n = s.n};
    return RC_OK;
}

struct str str_fmt(struct arena *arena, const char *fmt, ...)
{
    va_list ap;
    va_list again;
    char *text = NULL;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    if (n >= 0) {
        text = arena_alloc(arena, (size_t)n + 1);
    }
    if (text) {
        n = vsnprintf(text, (size_t)n + 1, fmt, again);
    }
    va_end(again);
    va_end(ap);
    return text ? (struct str){.p = text, .n = (size_t)n} : STR_EMPTY;
}
