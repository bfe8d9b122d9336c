#include "event/event_key.h"

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/why.h"

#define TAG_PREFIX STR("tag.")

enum { NEAR_MAX = 3 }; /* edits to a word worth proposing */

bool event_key_is_tag(const struct event_key *key)
{
    return !key->is_environment && key->dim == DIM__COUNT;
}

struct str event_key_name(const struct event_key *key)
{
    if (key->is_environment) {
        return STR("environment");
    }
    return event_key_is_tag(key) ? key->tag : dim_name(key->dim);
}

bool event_key_same(const struct event_key *a, const struct event_key *b)
{
    return a->is_environment == b->is_environment && a->dim == b->dim &&
           str_eq(a->tag, b->tag);
}

static void take_nearer(struct str text, struct str word, size_t *least,
                        struct str *nearest)
{
    size_t edits = str_edit_distance(text, word);
    if (edits < *least) {
        *least = edits;
        *nearest = word;
    }
}

static enum rc unknown_key(struct str text, struct why *why)
{
    struct str nearest = STR_EMPTY;
    size_t least = NEAR_MAX + 1;
    take_nearer(text, STR("environment"), &least, &nearest);
    for (uint32_t d = 0; d < DIM__COUNT; d++) {
        take_nearer(text, dim_name((enum dim)d), &least, &nearest);
    }
    if (nearest.n > 0) {
        return why_set(why, RC_INVALID,
                       "'%.*s' is no dimension; did you mean '%.*s'?",
                       STR_ARG(text), STR_ARG(nearest));
    }
    return why_set(why, RC_INVALID,
                   "'%.*s' is no dimension; for a tag write 'tag.%.*s'",
                   STR_ARG(text), STR_ARG(text));
}

enum rc event_key_parse(struct str text, struct event_key *ret, struct why *why)
{
    struct event_key key = {.dim = DIM__COUNT, .tag = STR_EMPTY};
    if (str_starts(text, TAG_PREFIX)) {
        key.tag = str_sub(text, TAG_PREFIX.n, text.n);
        if (key.tag.n == 0 || key.tag.n > LIMIT_TAG_KEY_MAX) {
            return why_set(why, RC_INVALID,
                           "'%.*s' names no tag: after 'tag.' come 1 to %d "
                           "bytes",
                           STR_ARG(text), LIMIT_TAG_KEY_MAX);
        }
    } else if (str_eq(text, STR("environment"))) {
        key.is_environment = true;
    } else {
        key.dim = dim_from(text);
        if (key.dim == DIM__COUNT) {
            return unknown_key(text, why);
        }
    }
    *ret = key;
    return RC_OK;
}

struct str event_key_value(const struct event_key *key, const struct event *ev)
{
    if (key->is_environment) {
        return environment_name(ev->environment);
    }
    if (!event_key_is_tag(key)) {
        return ev->dim[key->dim];
    }
    const struct event_tag *tag = event_tag_find(ev, key->tag);
    return tag != NULL ? tag->value : STR_EMPTY;
}
