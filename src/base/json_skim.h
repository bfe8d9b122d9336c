/* Finds members of a JSON object without building a tree: for log files of
 * hundreds of megabytes of which a few small members a line matter.  Strings
 * are passed at memchr's speed, nested values by counting brackets.
 *
 * On valid JSON the slices are exactly those of the values.  Text that is
 * passed over is not checked, so on other text the answer is RC_PARSE or
 * some slices of it; nothing outside the text is ever read.  The json_skim_x
 * that read a slice check all of it.  All slices borrow from the text.
 * Pure, any thread. */
#ifndef BASE_JSON_SKIM_H
#define BASE_JSON_SKIM_H

#include "base/attr.h"
#include "base/json.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct json_skim {
    const char *at; /* behind the last member, or before its value */
    const char *end;
    char close; /* the bracket that ends it */
    bool is_first;
    bool is_done;
    bool is_inner; /* text may follow its end: json_skim_enter */
};

/* json_skim_obj, json_skim_arr: stand before the first member or element;
 * false when `text` is not one object or array, white space aside. */
bool json_skim_obj(struct str text, struct json_skim *ret_it) MUST_CHECK;
bool json_skim_arr(struct str text, struct json_skim *ret_it) MUST_CHECK;

/* json_skim_next: the next member or element.
 *   ret_key  between its quotes, escapes as they stand; empty in an array
 *   ret_raw  the value from its first byte to its last, quotes included
 * RC_END behind the last when only white space follows; RC_PARSE, and from
 * then on always. */
enum rc json_skim_next(struct json_skim *it, struct str *ret_key,
                       struct str *ret_raw) MUST_CHECK;

/* json_skim_key, then one of json_skim_value and json_skim_enter: the same in
 * two steps, for a value that need not be passed over twice.
 *   json_skim_key    the next key, empty in an array; as json_skim_next
 *   json_skim_value  its value
 *   json_skim_enter  stands inside its value, which shares the end of the
 *                    text; false when it is no object and no array
 *   json_skim_leave  passes over what is left of that value, so that
 *                    json_skim_key goes on behind it */
enum rc json_skim_key(struct json_skim *it, struct str *ret_key) MUST_CHECK;
enum rc json_skim_value(struct json_skim *it, struct str *ret_raw) MUST_CHECK;
bool json_skim_enter(const struct json_skim *it,
                     struct json_skim *ret_inner) MUST_CHECK;
enum rc json_skim_leave(struct json_skim *it,
                        struct json_skim *inner) MUST_CHECK;

/* json_skim_pick: the first member of each name, in one pass that ends when
 * all are found.  ret_raws[i] is empty when keys[i] is absent; all are when
 * RC_PARSE is met before. */
enum rc json_skim_pick(struct str obj, const struct str *keys, size_t n,
                       struct str *ret_raws) MUST_CHECK;
/* json_skim_get: the first member of one name; RC_NOT_FOUND, RC_PARSE. */
enum rc json_skim_get(struct str obj, struct str key,
                      struct str *ret_raw) MUST_CHECK;

/* json_skim_key_is: a raw key, its escapes read, is `name`. */
bool json_skim_key_is(struct str raw_key, struct str name);

/* json_skim_kind: of a raw value, by its first byte; false for text that
 * begins no value. */
bool json_skim_kind(struct str raw, enum json_kind *ret_kind) MUST_CHECK;

/* json_skim_str: the text of a raw string, borrowed when it has no escape,
 * else in `arena`.  RC_INVALID when it is of another kind; RC_PARSE for what
 * json_parse refuses in a string; RC_LIMIT at the arena's cap. */
enum rc json_skim_str(struct str raw, struct arena *arena,
                      struct str *ret_s) MUST_CHECK;

/* json_skim_i64: a raw number that is whole and within +-2^53.  RC_INVALID
 * when it is of another kind or has a fraction, RC_PARSE when misspelt,
 * RC_RANGE when larger. */
enum rc json_skim_i64(struct str raw, int64_t *ret_n) MUST_CHECK;

/* json_skim_num_n: bytes of the number at the front of `text` as RFC 8259
 * spells numbers, 0 when there is none. */
size_t json_skim_num_n(struct str text);

#endif
