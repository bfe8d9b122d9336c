/* The providers that the gateway may reach, by the name that stands first in
 * a request's path: an immutable snapshot, replaced as a whole at a reload.
 * Those of upstreams_add that name no url are built in; nothing but what
 * stands here is ever called.  Owns all its text, keys are wiped at the end.
 * Built by one thread, then read by any. */
#ifndef CAPTURE_UPSTREAMS_H
#define CAPTURE_UPSTREAMS_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "net/http_upstream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct upstreams;
struct why;

/* As configured; empty text and negative times mean the default. */
struct upstream_spec {
    struct str name;
    struct str url;      /* scheme, host, port, maybe a path before all */
    struct str dialect;  /* whose words it speaks: "openai" */
    struct str provider; /* recorded as; default: the dialect */
    struct str key_env;  /* the variable's name; empty: callers' own keys */
    struct str key;      /* its value; empty when it is not set */
    struct str proxy;
    struct str ca_file;
    bool never_ask; /* for stream usage: it refuses what it does not know */
    int64_t connect_ms;
    int64_t idle_ms;
};

struct upstream {
    struct str name;
    struct str dialect;
    struct str provider;
    struct http_origin origin;
    struct str base_path; /* of its url, without a slash at the end */
    struct str key_env;
    struct str key;
    bool may_ask;
};

struct upstreams *upstreams_new(void) RETURNS_NONNULL; /* the built-in ones */
struct upstreams *upstreams_ref(struct upstreams *u);
void upstreams_unref(struct upstreams **u); /* accepts NULL; sets it NULL */

/* upstreams_add: a new one, or changes to a built-in one or to what was added
 * before.  RC_INVALID: no url, or not one of http or https, a name that is
 * taken by toll itself or holds more than a-z, 0-9, '-', '_' and '.'; RC_LIMIT
 * for too many. */
enum rc upstreams_add(struct upstreams *u, const struct upstream_spec *spec,
                      struct why *why) MUST_CHECK;

/* In the order in which they were added, the built-in ones first. */
size_t upstreams_n(const struct upstreams *u);
const struct upstream *upstreams_at(const struct upstreams *u, size_t i);

/* upstreams_find: the one that `path` begins with ("/openai/v1/x"), and what
 * stands behind its name ("/v1/x", never empty); NULL when there is none. */
const struct upstream *upstreams_find(const struct upstreams *u,
                                      struct str path, struct str *ret_rest);

#endif
