/* What one call to a provider used, read from the bytes of its response.
 *
 * Each vendor speaks a dialect of its own: where the counts stand, which of
 * them contain which, how a stream is framed and how it ends.  A dialect is
 * one file and one row; here its words become disjoint token classes, and
 * from here on no room knows vendors but by a dimension.
 *
 * Pure: no socket, file, thread, clock or log.  A reader belongs to one thread
 * at a time. */
#ifndef PROVIDER_PROVIDER_H
#define PROVIDER_PROVIDER_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/usd.h"
#include "event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct provider_reader;
struct why;

/* A response header by its lower-case name; empty when absent. */
typedef struct str provider_header_fn(void *arg, const char *name);

/* What is known of a call besides the bytes of its response.  All text is
 * borrowed until provider_reader_new has returned, the header function is
 * called only within it. */
struct provider_context {
    struct str provider;     /* canonical id of who was called, "openai"; may
                                be empty: found by path, then by content */
    struct str path;         /* of the request; a query is passed over; may be
                                empty */
    struct str host;         /* of the upstream, which may name a region; may be
                                empty */
    struct str model;        /* that was asked for; may be empty */
    struct str content_type; /* of the response, where its first byte does not
                                tell how it is framed; may be empty */
    int status;              /* HTTP, 0: unknown */
    provider_header_fn *header; /* NULL: no headers are known */
    void *header_arg;
};

/* What has no token class: seconds of audio, pages, searches of other kinds;
 * words that bear on the price, such as a region or a speed; and every numeric
 * member of a usage object that no dialect knows, under its dotted path
 * ("usage.new_thing_tokens"). */
struct provider_extra {
    struct str name;
    struct str text; /* a word; empty: the value is meant */
    double value;
    bool is_unknown; /* a member that no dialect knows */
};

/* One call that is paid for.  Text lives in the arena given to
 * provider_reader_end, or is static. */
struct provider_record {
    struct str provider;
    struct str model;           /* that served; else the one asked for; may be
                                   empty when neither is known */
    struct str requested_model; /* may be empty */
    struct str response_id;     /* of the body; may be empty */
    struct str request_id;      /* of the headers, or of a batch's line; may be
                                   empty */
    uint32_t part; /* 0: the call itself; 1...: other models that one response
                      reports beside it, under the same ids */
    enum operation operation;
    enum event_status status;    /* error: the body or the status says so */
    enum service_tier tier;      /* that served, as prices know it */
    struct str tier_word;        /* as the provider spelt it, but Google's
                                    traffic types: their tier; may be empty */
    int64_t token[TOKEN__COUNT]; /* each 0..2^LIMIT_COUNT_BITS */
    int64_t web_searches;
    bool is_complete;    /* the provider's final counts were seen */
    bool is_clamped;     /* a part was larger than its whole: counts were cut */
    bool has_unique_ids; /* ids of this provider never come twice */
    bool has_reported_cost;
    struct usd reported_cost;
    const struct provider_extra *extra;
    size_t n_extra;
};

/* provider_reader_new: for one response.  Never fails: a dialect that is not
 * known is looked for in the content. */
struct provider_reader *provider_reader_new(
    const struct provider_context *context) RETURNS_NONNULL;
void provider_reader_free(struct provider_reader **r); /* accepts NULL */

/* provider_reader_feed: the next bytes of the body as they arrive, split
 * anywhere.  Bytes of a content encoding must have been decoded.  What is
 * larger than LIMIT_PROVIDER_BODY_BYTES (a body) or LIMIT_PROVIDER_PART_BYTES
 * (one event of a stream) is passed over, and the record is then incomplete,
 * unless the final counts stand elsewhere.  Broken bytes never fail: they are
 * passed over likewise. */
void provider_reader_feed(struct provider_reader *r, struct str bytes);

/* provider_reader_end: what was used.  No record where nothing may be
 * counted: an error before generation, a body of another kind, an answer
 * that only says that it is still to come.
 *   was_cut  the stream ended before its end
 *   out      all text and the records: about half a KiB for each, so that the
 *            output of a large batch needs more than one request's arena
 * RC_LIMIT at the arena's cap.  The reader can only be freed afterwards. */
enum rc provider_reader_end(struct provider_reader *r, bool was_cut,
                            struct arena *out,
                            const struct provider_record **ret_records,
                            size_t *ret_n, struct why *why) MUST_CHECK;

/* provider_to_event: the record's part of an event, which event_init has
 * made: provider, models, operation, status, tokens, tier, reported cost, id
 * (the response's, where it is one of its kind; so a call that a trace tells
 * of as well counts once), and what has no field of its own as tags.  Text is
 * borrowed from the record, or is in `out`. */
enum rc provider_to_event(const struct provider_record *record,
                          struct arena *out, struct event *ev,
                          struct why *why) MUST_CHECK;

#endif
