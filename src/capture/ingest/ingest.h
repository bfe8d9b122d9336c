/* Usage posted by whoever made the calls.
 *
 * POST /v1/events: one event, an array, or NDJSON; gzip accepted.  The answer
 * is sent when what was accepted is durable, so it comes from the journal's
 * thread; the loop's thread only parses.
 *
 *   200 {"accepted":n,"duplicates":n,"rejected":[{"index":i,"error":"..."}]}
 *   422 the same, when all were refused
 *   400 the body is not JSON; 413 over a limit; 415 an encoding other than
 *   gzip; 503 the disk refuses, nothing was taken: send it again
 *
 * One refused event never costs its neighbours theirs; it is kept in the
 * reject log. */
#ifndef CAPTURE_INGEST_H
#define CAPTURE_INGEST_H

#include "base/str.h"
#include "event/record.h"

#include <stdint.h>

struct http_call;
struct http_request;
struct intake;
struct reject_log;

struct ingest {
    struct intake *intake;      /* borrowed */
    struct reject_log *rejects; /* borrowed */
};

/* ingest_events: takes the request over; answers now or later. Any loop's
 * thread.  ?source=import or demo marks where the events come from (the
 * command line uses it), otherwise api. */
void ingest_events(const struct ingest *in, struct http_call *call,
                   const struct http_request *req, int64_t now_us);

/* ingest_usage: POST /v1/usage/{provider}: a response of that provider, as
 * JSON, as the whole text of its stream, or a batch's output; each call in it
 * is one event.  Attribution stands in headers (capture/caller.h); ?model=
 * names the model that a response does not, ?path= the route it came from,
 * ?ts= when.  Answers as ingest_events; 422 when it tells no usage.  What of it
 * is refused is kept as an event, never as the response, which bears what
 * people and models wrote. */
void ingest_usage(const struct ingest *in, struct http_call *call,
                  const struct http_request *req, struct str provider,
                  int64_t now_us);

/* ingest_records: POST /v1/outcomes, /v1/releases, /v1/invoices, PUT
 * /v1/customers: one object, an array, NDJSON, or a CSV whose first line names
 * the members; of invoices also a provider's report of costs.
 * Answers as ingest_events; 422 also when the columns are not those of the
 * kind. */
void ingest_records(const struct ingest *in, struct http_call *call,
                    const struct http_request *req, enum record_kind kind,
                    int64_t now_us);

#endif
