/* What the routes that take usage share: one request between its parsing and
 * its answer. */
#ifndef CAPTURE_INGEST_PRIV_H
#define CAPTURE_INGEST_PRIV_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/rc.h"
#include "base/str.h"
#include "capture/ingest/ingest.h"
#include "event/event.h"

#include <stdbool.h>
#include <stdint.h>

struct http_request;
struct intake_put;
struct record;
struct why;

struct post {
    const struct ingest *in;
    struct http_call *call;
    struct intake_put *put;
    struct arena arena; /* of the event at hand */
    int64_t now_us;
    uint64_t n_seen;
    uint64_t n_accepted;
    uint64_t n_duplicates;
    uint64_t n_rejected;
    struct buf rejected; /* elements of the JSON array */
    struct json_writer rejected_w;
};

/* post_new: `arena_max` is the ceiling of the post's arena. */
struct post *post_new(const struct ingest *in, struct http_call *call,
                      enum event_source source, size_t arena_max,
                      int64_t now_us) RETURNS_NONNULL;

/* post_add: one event that was checked.  Any rc refuses it, but for those
 * that post_is_over tells: they end the whole request. */
enum rc post_add(struct post *p, struct event *ev, bool has_environment,
                 struct why *why) MUST_CHECK;
bool post_is_over(enum rc rc);

enum rc post_add_record(struct post *p, struct record *rec,
                        struct why *why) MUST_CHECK;

/* post_refuse: counts the event at hand as refused and tells it; `kept` goes
 * to the reject log. */
void post_refuse(struct post *p, struct str kept, const struct why *why);

/* post_end: hands over what was taken when `rc` is RC_OK, and answers once it
 * is durable; else answers with the error, and nothing was taken.  Frees the
 * post, now or later. */
void post_end(struct post *p, enum rc rc, const struct why *why,
              struct str hint);

/* post_body: the body as text: inflated when its first bytes are gzip's,
 * whatever the header says; a header that says something else again is
 * RC_UNSUPPORTED. */
enum rc post_body(const struct http_request *req, struct buf *inflated,
                  struct str *ret_body, struct why *why) MUST_CHECK;

/* ingest_trim: without white space around it and a byte order mark.
 * ingest_items: the text of each thing in the body, which is one JSON object,
 * an array or NDJSON; what `take` answers with, but RC_OK, ends it.  RC_PARSE
 * when the body is none of these.
 *   json  for a look at a single object */
typedef enum rc ingest_item_fn(void *arg, struct str text, struct why *why);
struct str ingest_trim(struct str body);
enum rc ingest_items(struct str body, struct json_parser *json,
                     ingest_item_fn *take, void *arg,
                     struct why *why) MUST_CHECK;

#endif
