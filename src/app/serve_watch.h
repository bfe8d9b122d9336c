/* Live alerts of the running server: a thread that hears the last weeks of the
 * ledger, then looks every minute, and puts what people are to be told into
 * the postbox; and the routes that change an alert.
 *
 * For tests: TOLL_WATCH_TICK_MS is the time from one look to the next,
 * TOLL_WATCH_AHEAD_S by how much the watch's clock goes ahead. */
#ifndef APP_SERVE_WATCH_H
#define APP_SERVE_WATCH_H

#include "base/attr.h"
#include "base/rc.h"
#include "face/api/api.h"

#include <stdbool.h>

struct buf;
struct channels;
struct http_call;
struct http_request;
struct ledger;
struct postbox;
struct serve_watch;
struct watch_settings;
struct why;

/* serve_watch_open: reads what incidents there are; nothing is looked at before
 * serve_watch_use.  All arguments are borrowed until serve_watch_close. */
enum rc serve_watch_open(struct ledger *ledger, const struct api_env *api,
                         struct postbox *postbox, struct serve_watch **ret,
                         struct why *why) MUST_CHECK;
/* serve_watch_use: from now on these, at the start and at each reload.  The
 * first time the thread starts. */
enum rc serve_watch_use(struct serve_watch *s, struct channels *channels,
                        struct watch_settings *settings,
                        struct why *why) MUST_CHECK;
void serve_watch_end(struct serve_watch *s);    /* accepts NULL */
void serve_watch_close(struct serve_watch **s); /* likewise */

/* serve_watch_take: true when the request is one of these:
 *   POST /api/alerts/{id}/ack      {"by": NAME, "note": TEXT}
 *   POST /api/alerts/{id}/snooze   {"until": TIME} or {"for": "4h"} */
bool serve_watch_take(struct serve_watch *s, struct http_call *call,
                      const struct http_request *req);

/* serve_watch_incidents: for the API; any thread. */
enum rc serve_watch_incidents(struct serve_watch *s, api_incidents_use_fn *use,
                              void *use_arg, struct why *why) MUST_CHECK;

void serve_watch_metrics(struct serve_watch *s, struct buf *out);

#endif
