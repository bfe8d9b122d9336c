/* The server's OTLP door: the thread that ticks it, its routes, its lines in
 * /metrics.  Opened before the first request, closed behind the last. */
#ifndef APP_SERVE_OTLP_H
#define APP_SERVE_OTLP_H

#include "base/attr.h"
#include "base/rc.h"

#include <stdbool.h>

struct buf;
struct http_call;
struct http_request;
struct ledger;
struct serve_otlp;
struct why;

/* serve_otlp_open: reads the spool and starts the thread. */
enum rc serve_otlp_open(struct ledger *ledger, struct serve_otlp **ret,
                        struct why *why) MUST_CHECK;
/* serve_otlp_close: no request is under way.  What can be counted is, what
 * cannot yet stays in the spool.  Accepts NULL. */
void serve_otlp_close(struct serve_otlp **otlp);

/* serve_otlp_take: true when the request's path is one of OTLP's; it is then
 * taken over, whatever its method. */
bool serve_otlp_take(struct serve_otlp *s, struct http_call *call,
                     const struct http_request *req);

void serve_otlp_metrics(struct serve_otlp *s, struct buf *out);

#endif
