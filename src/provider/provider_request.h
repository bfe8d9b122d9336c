/* What a request to a provider says about itself, and the one change that
 * metering may make to it.  Pure, any thread. */
#ifndef PROVIDER_PROVIDER_REQUEST_H
#define PROVIDER_PROVIDER_REQUEST_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct buf;
struct why;

struct provider_request {
    struct str model;         /* of the body, else of the path; may be empty */
    enum operation operation; /* by the path; OPERATION_OTHER: bears no usage */
    bool is_stream;
    bool wants_usage; /* the client itself asked for the stream's usage, or
                         the dialect sends it always */
    bool needs_ask;   /* usage comes only when asked for: see below */
    bool is_billed;   /* false for routes that cost nothing (token counting,
                         lists of models) */
    bool is_begun; /* not billed itself, but what it begins, such as a batch */
    enum service_tier tier; /* that is asked for, as prices know it */
    int64_t output_max_tok; /* the request's own ceiling; -1: none stated */
    int64_t n_choices;      /* 1... */
    struct str user;        /* OpenAI's user or safety_identifier, Anthropic's
                               metadata.user_id; may be empty */
    struct event_tag metadata[LIMIT_TAGS_MAX]; /* OpenAI's metadata */
    uint32_t n_metadata;
};

/* provider_request_read: what is known of it; what cannot be read is left at
 * its default, since a request that toll does not understand is still
 * forwarded.  Text is in `out` or borrowed from the arguments.
 *   provider  canonical id of the upstream's dialect
 *   path      behind the upstream's name, "/v1/chat/completions"
 * RC_LIMIT at the arena's cap. */
enum rc provider_request_read(struct str provider, struct str path,
                              struct str query, struct str body,
                              struct arena *out, struct provider_request *ret,
                              struct why *why) MUST_CHECK;

/* provider_request_ask: the body with stream_options.include_usage asked for,
 * every other byte as it was where that can be, for a request that needs_ask.
 * RC_PARSE when the body is no JSON object: forward it as it is. */
enum rc provider_request_ask(struct str body, struct buf *out,
                             struct why *why) MUST_CHECK;

/* provider_request_remodel: the same request for another model of the same
 * dialect, every other byte as it was: its name is put where the request has
 * it, in the path or in the body.
 *   ret_path  the path to use; `path`, or in `out`
 *   ret_body  the body to use, when that changes; else it stays empty
 * RC_INVALID when the request names no model there; RC_LIMIT. */
struct provider_model {
    struct str path;
    struct str body;
    struct str model; /* to be put in */
};
enum rc provider_request_remodel(const struct provider_model *from,
                                 struct arena *out, struct str *ret_path,
                                 struct buf *ret_body,
                                 struct why *why) MUST_CHECK;

/* provider_withheld: is this event of a stream, from its first byte to the
 * empty line behind it, the one that was sent only because toll asked?  */
bool provider_withheld(struct str sse_event);

/* provider_error: a refusal in the provider's own error form.
 *   status  HTTP, 400...599 */
void provider_error(struct str provider, int status, struct str message,
                    struct buf *out);

#endif
