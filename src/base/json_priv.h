/* What json.c and json_simd.cc share: the values of a tree, and the reading
 * of text by simdjson.  That is C++: json_simd.cc is the only file that is,
 * and no C++ leaves it.  One thread a parser. */
#ifndef BASE_JSON_PRIV_H
#define BASE_JSON_PRIV_H

#include "base/attr.h"
#include "base/json.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
    struct json *next; /* of the same parent */
    struct str key;
    struct str raw; /* as it stands in the text; empty until it is whole */
    union {
        bool truth;
        double num; /* +-infinity: larger than that; NaN: skimmed, no number */
        struct json *first; /* valid when n > 0 */
        const char *text;   /* escapes read, n bytes; NULL: see `raw` */
    } as;
    struct json_parser *parser;
    enum json_kind kind;
    uint32_t n; /* members or elements; bytes of text */
};

enum json_flaw {
    JSON_FLAW_GRAMMAR = 1,
    JSON_FLAW_NUMBER,
    JSON_FLAW_ESCAPE, /* in the string at `at` */
    JSON_FLAW_QUOTES, /* a string without end, or a control character in one */
    JSON_FLAW_UTF8,
    JSON_FLAW_DEPTH,
    JSON_FLAW_VALUES,
    JSON_FLAW_MEMORY
};

/* How a text is to be read. */
struct json_rules {
    size_t depth_max; /* levels, the outermost included */
    bool is_strict;   /* else escapes are left alone, and numbers may be none */
};

/* Why a text was refused. */
struct json_fault {
    enum json_flaw flaw;
    size_t at; /* SIZE_MAX: not known */
};

/* json_new: a value of this parser, all zero but for `parser`; NULL at the
 * limit of values. */
struct json *json_new(struct json_parser *p) MUST_CHECK;

/* json_decode: the string whose inside begins at `inside`, n bytes before its
 * closing quote and JSON_PADDING readable behind; in the parser's memory.
 * False when an escape may not stand there. */
bool json_decode(struct json_parser *p, const char *inside, size_t n,
                 struct str *ret_text) MUST_CHECK;

/* json_is_huge: a number as JSON writes it, but larger than any double. */
bool json_is_huge(struct str raw) MUST_CHECK;

struct json_simd; /* a parser of simdjson's */

struct json_simd *json_simd_new(void) MUST_CHECK; /* NULL: no memory */
void json_simd_free(struct json_simd *simd);      /* accepts NULL */

/* json_simd_read: all of `text`, one array or object, as the tree below
 * `root`, which json_new made.
 *   text  JSON_PADDING readable bytes behind
 * False with *ret_fault, and then with what was read so far. */
bool json_simd_read(struct json_simd *simd, struct str text,
                    const struct json_rules *rules, struct json *root,
                    struct json_fault *ret_fault) MUST_CHECK;

/* json_simd_unescape: the string whose inside begins at `inside`, up to its
 * closing quote, to `to`, which has room for it and JSON_PADDING more.  How
 * many bytes it has, SIZE_MAX for an escape that JSON does not know. */
size_t json_simd_unescape(const struct json_simd *simd, const char *inside,
                          char *to) MUST_CHECK;

#endif
