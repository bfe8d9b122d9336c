/* Splits a JSON array or object into what it holds, as text: for bodies and
 * files of many events, of which a broken one must not take the others with
 * it, and for the beginning of a file, whose end is missing.  A parser sees
 * only the whole.
 *
 * On valid JSON the slices are exactly those of the values.  What is inside
 * them is not checked: whoever reads one parses it.  Nothing outside the text
 * is ever read; all slices borrow from it.  Pure, any thread. */
#ifndef CAPTURE_JSON_SPLIT_H
#define CAPTURE_JSON_SPLIT_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>

struct json_split {
    const char *at; /* behind the last value */
    const char *end;
    char close; /* the bracket that ends it; NUL behind it */
    bool is_first;
};

/* json_split_arr, json_split_obj: stand before the first element or member;
 * false when `text`, white space aside, does not begin one. */
bool json_split_arr(struct str text, struct json_split *ret_it) MUST_CHECK;
bool json_split_obj(struct str text, struct json_split *ret_it) MUST_CHECK;

/* json_split_next: the next element or member.
 *   ret_key  between its quotes, escapes as they stand; empty in an array
 *   ret_raw  the value from its first byte to its last
 * RC_END behind the last when only white space follows; RC_PARSE, and from
 * then on always. */
enum rc json_split_next(struct json_split *it, struct str *ret_key,
                        struct str *ret_raw) MUST_CHECK;

#endif
