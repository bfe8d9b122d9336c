/* What a rule or a budget may look at in a call: a dimension, the environment
 * or a tag.  Plain data, any thread. */
#ifndef EVENT_EVENT_KEY_H
#define EVENT_EVENT_KEY_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"

#include <stdbool.h>

struct why;

/* dim is DIM__COUNT for a tag; environment is spelt as its own flag since it
 * is a closed set. */
struct event_key {
    enum dim dim;
    bool is_environment;
    struct str tag; /* name without "tag." */
};

/* event_key_parse: reads "feature", "environment" or "tag.NAME"; the tag's
 * name borrows from there.  RC_INVALID names the nearest right word. */
enum rc event_key_parse(struct str text, struct event_key *ret,
                        struct why *why) MUST_CHECK;

bool event_key_is_tag(const struct event_key *key);
/* event_key_name: the dimension's, or the tag's without "tag.". */
struct str event_key_name(const struct event_key *key);
bool event_key_same(const struct event_key *a, const struct event_key *b);

/* event_key_value: what the event says there, empty when untagged; borrows
 * from the event. */
struct str event_key_value(const struct event_key *key, const struct event *ev);

#endif
