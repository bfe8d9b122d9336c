/* Values of other programs' records to what an event holds.  Lenient where
 * those programs differ among themselves (whole numbers as doubles or text,
 * times with or without a zone), strict where a wrong number would be counted.
 * Pure, any thread. */
#ifndef CAPTURE_IMPORT_VALUE_H
#define CAPTURE_IMPORT_VALUE_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/usd.h"
#include "event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;
struct json_parser;
struct why;

/* import_value_record: a record's text, which has to be one object.  The tree
 * borrows from it (json_parser_skim). */
enum rc import_value_record(struct json_parser *p, struct str text,
                            const struct json **ret_record,
                            struct why *why) MUST_CHECK;

/* import_value_is_set: there, and not null. */
bool import_value_is_set(const struct json *j);

/* import_value_text: a string's text, or a number as it stands; empty for
 * all else.  As long as the tree. */
struct str import_value_text(const struct json *j);

/* import_value_count: a whole number from 0 to 2^53, as a number or as text.
 * RC_NOT_FOUND when absent or null; RC_INVALID, RC_RANGE. */
enum rc import_value_count(const struct json *j, int64_t *ret_n) MUST_CHECK;
/* import_value_count_text: the same for what is no JSON. */
enum rc import_value_count_text(struct str text, int64_t *ret_n) MUST_CHECK;

/* import_value_ts: RFC 3339, UTC where no zone is told, or epoch seconds or
 * milliseconds.  RC_NOT_FOUND, RC_INVALID, RC_RANGE. */
enum rc import_value_ts(const struct json *j, int64_t *ret_us) MUST_CHECK;
/* import_value_ts_text: the same for what is no JSON; also a date alone,
 * which is its midnight. */
enum rc import_value_ts_text(struct str text, int64_t *ret_us) MUST_CHECK;

/* import_value_usd: dollars as a number or text.  RC_NOT_FOUND, RC_INVALID,
 * RC_RANGE. */
enum rc import_value_usd(const struct json *j, struct usd *ret_usd) MUST_CHECK;
/* import_value_usd_text: the same for what is no JSON. */
enum rc import_value_usd_text(struct str text, struct usd *ret_usd) MUST_CHECK;

/* The same for members of a record, whose `name` the refusal tells.
 *   count  absent: *ret_n stays as it was
 *   when   the call's time, which must be there
 *   cost   what the source says that it cost; absent: none */
enum rc import_value_read_count(const struct json *j, struct str name,
                                int64_t *ret_n, struct why *why) MUST_CHECK;
enum rc import_value_read_when(const struct json *j, struct str name,
                               struct event *ev, struct why *why) MUST_CHECK;
enum rc import_value_read_cost(const struct json *j, struct str name,
                               struct event *ev, struct why *why) MUST_CHECK;

/* import_value_latencies: of a call whose time is known, by when its answer
 * ended and began.  What cannot be is left out. */
void import_value_latencies(struct event *ev, const struct json *end,
                            const struct json *first_token);

/* import_value_is_true: true, or text that says so in any case. */
bool import_value_is_true(const struct json *j);

/* import_value_nested: an object or array, also one that was written as text
 * into a string, which `p` then reads; NULL for all else. */
const struct json *import_value_nested(const struct json *j,
                                       struct json_parser *p);

/* import_value_members: which of the names the object has, a bit each; what
 * is missing of its end is as absent.  n <= 64. */
uint64_t import_value_members(struct str obj, const struct str *names,
                              size_t n);

/* import_value_tag, import_value_dim: text of another program's, cut to what
 * an event may hold; nothing for an empty text, nor for a tag too many. */
void import_value_tag(struct event *ev, const char *key, struct str text);
struct str import_value_dim(struct str text);

/* import_value_take: a part out of what is left of its whole; at most all of
 * that, and then *is_clamped is set. */
int64_t import_value_take(int64_t *left, int64_t part, bool *is_clamped);

/* import_value_own_tag: under a name of the other program's; nothing where an
 * event can hold no such tag. */
void import_value_own_tag(struct event *ev, struct str key, struct str value);

/* import_value_own: the client's own words, an object: those that are
 * dimensions here become such, if nothing better is known; the others are
 * tags. */
void import_value_own(struct event *ev, const struct json *own);

/* import_value_environment: as the other program calls it; true when it is
 * one of toll's, else the name is a tag. */
bool import_value_environment(struct event *ev, struct str text);

/* import_value_operation: what kind of call a route, or a program's word for
 * one, means. */
enum operation import_value_operation(struct str route);

#endif
