/* JSON: trees of what simdjson reads, and a bounded writer.
 *
 * RFC 8259 to the letter.  Refused beyond the grammar: trailing text, nesting
 * over LIMIT_JSON_DEPTH_MAX, over LIMIT_JSON_VALUES_MAX values, invalid UTF-8,
 * half a surrogate pair, and the escape \u0000, which many of those to whom
 * text is handed on would take for its end.  A byte order mark in front is
 * passed over.  A tree belongs to whoever parsed it and to one thread; slices
 * and children live until json_free, or as long as their parser says; the
 * parsed text may end before. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct json; /* one value */
struct why;

enum json_kind {
    JSON_NULL = 1,
    JSON_BOOL,
    JSON_NUM,
    JSON_STR,
    JSON_ARR,
    JSON_OBJ
};

/* json_parse: one whole value.  RC_PARSE with "line L, column C: ..." or
 * RC_LIMIT when nested too deep or too large. */
enum rc json_parse(struct str text, struct json **ret_json,
                   struct why *why) MUST_CHECK;
void json_free(struct json **json); /* accepts NULL; sets NULL */

/* A parser for many texts: once warm it takes no memory from the system.
 * Its trees live until json_parser_clear or json_parser_free. */
struct json_parser;

struct json_parser *json_parser_new(void) RETURNS_NONNULL;
void json_parser_free(struct json_parser **p); /* accepts NULL; sets NULL */
void json_parser_clear(struct json_parser *p); /* keeps its memory */

/* json_parser_read: as json_parse. */
enum rc json_parser_read(struct json_parser *p, struct str text,
                         const struct json **ret_json,
                         struct why *why) MUST_CHECK;

/* How many bytes behind a text json_parser_skim may look at, whatever they
 * are. */
#define JSON_PADDING 64

/* json_parser_skim: one array or object of which only some values matter, as
 * in log files of hundreds of megabytes.  Escapes and numbers are looked at
 * where they are asked for: a string that json_parse would refuse then is
 * empty, such a number has no value, and the others are what they are.  The
 * tree borrows from `text`, which must have JSON_PADDING readable bytes
 * behind it.  RC_PARSE, RC_LIMIT. */
enum rc json_parser_skim(struct json_parser *p, struct str text,
                         const struct json **ret_json) MUST_CHECK;

enum json_kind json_kind(const struct json *j); /* NULL counts as null */
const char *json_kind_name(enum json_kind kind) RETURNS_NONNULL; /* "string" */

struct str json_raw(const struct json *j); /* as it stands in the text */
struct str json_str(const struct json *j); /* kind JSON_STR, else empty */
bool json_bool(const struct json *j);      /* true only for JSON true */
double json_f64(const struct json *j);     /* kind JSON_NUM, else 0 */
/* json_i64: a whole number within +-2^53.  RC_INVALID when it is no number
 * or has a fraction, RC_RANGE when larger. */
enum rc json_i64(const struct json *j, int64_t *ret_n) MUST_CHECK;
/* json_num_text: the shortest decimal that reads back as the same double,
 * in `b`; for numbers that stand for money. */
void json_num_text(const struct json *j, struct buf *b);

/* Members and elements, in the order of the text; NULL at the end.  Passing
 * NULL is allowed and gives NULL, so look-ups chain. */
const struct json *json_first(const struct json *j);
const struct json *json_next(const struct json *j);
struct str json_key(const struct json *member);
uint32_t json_n(const struct json *j);
/* json_get: first member of that name (case matters), NULL when absent. */
const struct json *json_get(const struct json *obj, const char *name);
/* json_pick: the first member of each of n names, in one pass; NULL where
 * there is none. */
void json_pick(const struct json *obj, const struct str *names, size_t n,
               const struct json **ret_members);

/* Writer: values go to a buf; commas and colons are its business.  Overflow
 * is the buf's (buf_rc). */
struct json_writer {
    struct buf *out;
    uint64_t has_member; /* bit a depth: a comma is due before the next */
    int depth;           /* 0..63 */
    bool after_key;
};

void json_w_init(struct json_writer *w, struct buf *out);
void json_w_obj(struct json_writer *w);
void json_w_obj_end(struct json_writer *w);
void json_w_arr(struct json_writer *w);
void json_w_arr_end(struct json_writer *w);
void json_w_key(struct json_writer *w, struct str key);
void json_w_str(struct json_writer *w, struct str s); /* escapes; bad UTF-8
                                                         becomes U+FFFD */
void json_w_i64(struct json_writer *w, int64_t n);
void json_w_i128(struct json_writer *w, num_i128 n); /* all its digits */
void json_w_f64(struct json_writer *w, double x);    /* nan and inf: null */
void json_w_bool(struct json_writer *w, bool b);
void json_w_null(struct json_writer *w);
void json_w_raw(struct json_writer *w, struct str json_text); /* one value */

#endif
