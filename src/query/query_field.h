/* What calls can be grouped by and filtered on: the free-text dimensions, the
 * closed sets and tags.  Pure, any thread. */
#ifndef QUERY_QUERY_FIELD_H
#define QUERY_QUERY_FIELD_H

#include "base/rc.h"
#include "base/str.h"
#include "query/query.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct why;

/* query_field_from: "feature", "status", "tag.team"; the text of a tag's name
 * is copied to `out`.  RC_INVALID, with the nearest name, when there is none;
 * RC_LIMIT at the arena's cap. */
enum rc query_field_from(struct str name, struct arena *out,
                         struct query_field *ret_field,
                         struct why *why) MUST_CHECK;

/* query_field_is_closed: its values are a closed set.  query_field_check:
 * RC_INVALID when no call can have that value. */
bool query_field_is_closed(const struct query_field *f);
enum rc query_field_check(const struct query_field *f, struct str value,
                          struct why *why) MUST_CHECK;

/* query_field_name: the i-th name of all but tags, for help and completion;
 * empty behind the last. */
struct str query_field_name(size_t i);

#endif
