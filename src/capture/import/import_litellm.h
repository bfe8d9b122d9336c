/* One call as LiteLLM's proxy tells it, whose two exports say nearly the same
 * under other names: rows of its spend log, and what it posts to a logging
 * endpoint.  The prompt's tokens include those read from and written to a
 * cache, with every provider; the completion's include reasoning. */
#ifndef CAPTURE_IMPORT_LITELLM_H
#define CAPTURE_IMPORT_LITELLM_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

struct import_job;
struct why;

enum litellm_member {
    LITELLM_ID,
    LITELLM_CALL_TYPE,
    LITELLM_STATUS,
    LITELLM_CACHE_HIT, /* answered by the proxy: no provider was called */
    LITELLM_PROVIDER,
    LITELLM_MODEL,
    LITELLM_MODEL_GROUP, /* what the client asked for */
    LITELLM_PROMPT,
    LITELLM_COMPLETION,
    LITELLM_COST,
    LITELLM_COST_FAILURE, /* set: the cost means nothing */
    LITELLM_START,
    LITELLM_END,
    LITELLM_FIRST_TOKEN,
    LITELLM_USER,
    LITELLM_END_USER,
    LITELLM_SESSION,
    LITELLM_TEAM,
    LITELLM_KEY_HASH,
    LITELLM_TAGS,
    LITELLM_METADATA,
    LITELLM_RESPONSE,
    LITELLM__COUNT
};

/* litellm_put: the call that `obj` tells, to the job; calls that no provider
 * was asked for count as skipped.
 *   names  of its members in this export; empty where it has none */
enum rc litellm_put(struct import_job *job, struct str obj,
                    const struct str names[LITELLM__COUNT],
                    struct why *why) MUST_CHECK;

#endif
