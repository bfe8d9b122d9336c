/* A borrowed slice of bytes, passed by value; no NUL is promised after it.
 * It owns nothing: whoever holds the bytes says until when they live.
 * Text is UTF-8.  Pure, any thread. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/attr.h"
#include "base/rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct why;

struct str {
    const char *p; /* may be NULL only when n == 0 */
    size_t n;      /* bytes */
};

#define STR(lit) ((struct str){.p = "" lit, .n = sizeof(lit) - 1})
/* For const tables, where a compound literal is no constant expression. */
#define STR_INIT(lit)                     \
    {                                     \
        .p = "" lit, .n = sizeof(lit) - 1 \
    }
#define STR_EMPTY ((struct str){.p = NULL, .n = 0})
/* For printf: "%.*s", STR_ARG(s).  Cuts at INT_MAX. */
#define STR_ARG(s) (int)(s).n, (s).p

struct str str_from_cz(const char *cz); /* NULL gives the empty slice */
struct str str_sub(struct str s, size_t from, size_t n); /* clamped to s */

bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b); /* ASCII case only */
int str_cmp(struct str a, struct str b);        /* bytewise; <0, 0, >0 */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_starts_nocase(struct str s, struct str prefix);

/* str_find: offset of the first `needle` at or after `from`, SIZE_MAX when
 * there is none.  str_find_char likewise. */
size_t str_find(struct str s, struct str needle, size_t from);
size_t str_find_char(struct str s, char c, size_t from);

struct str str_trim(struct str s); /* ASCII white space at both ends */

/* str_cut: split off what stands before the first `sep` of *rest into
 * *ret_head; *rest is what follows.  Without a `sep` the head is all and the
 * rest is empty (p == NULL).  False when *rest was already spent. */
bool str_cut(struct str *rest, char sep, struct str *ret_head);

/* str_utf8_ok: whole text is valid UTF-8 (RFC 3629: no surrogates, no
 * overlong forms, at most U+10FFFF). */
bool str_utf8_ok(struct str s);
/* str_utf8_cut: the longest prefix of at most n bytes that ends between
 * code points. */
struct str str_utf8_cut(struct str s, size_t n);

/* str_to_i64 / u64: the whole slice is one decimal number, optional sign for
 * i64.  RC_PARSE otherwise, RC_RANGE when it does not fit. */
enum rc str_to_i64(struct str s, int64_t *ret_n) MUST_CHECK;
enum rc str_to_u64(struct str s, uint64_t *ret_n) MUST_CHECK;
/* str_to_f64: decimal or scientific notation; no hex, inf or nan.  RC_RANGE
 * when it is larger than any double or longer than 1,024 bytes. */
enum rc str_to_f64(struct str s, double *ret_x) MUST_CHECK;

/* str_edit_distance: Damerau-Levenshtein over bytes, for "did you mean";
 * slices over 64 bytes count as unrelated (SIZE_MAX). */
size_t str_edit_distance(struct str a, struct str b);

/* str_cz: NUL-ended copy in `arena`, for libc's door; NULL when the arena is
 * at its cap. */
char *str_cz(struct arena *arena, struct str s);
/* str_dup: copy in `arena`.  RC_LIMIT at its cap. */
enum rc str_dup(struct arena *arena, struct str s,
                struct str *ret_s) MUST_CHECK;
/* str_fmt: formatted text in `arena`; empty slice with p NULL at its cap. */
struct str str_fmt(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
