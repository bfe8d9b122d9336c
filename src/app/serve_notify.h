/* Messages of the running server: the postbox, the threads that send from it,
 * those that write reviews when they are due and look for alerts, and their
 * routes and lines in /metrics.  Opened before the first request, closed behind
 * the last. */
#ifndef APP_SERVE_NOTIFY_H
#define APP_SERVE_NOTIFY_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "face/api/api.h"

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct channel;
struct channels;
struct http_call;
struct http_request;
struct ledger;
struct message;
struct postbox;
struct schedule;
struct serve_notify;
struct watch_settings;
struct why;

/* serve_notify_open: reads the postbox; nothing is sent before
 * serve_notify_use.
 *   api  what reviews ask; borrowed until serve_notify_close */
enum rc serve_notify_open(struct ledger *ledger, const struct api_env *api,
                          struct serve_notify **ret,
                          struct why *why) MUST_CHECK;
/* serve_notify_use: from now on these, at the start and at each reload.  Alerts
 * are looked for from the first time on; the first time that there is a channel
 * the threads that send start. */
struct serve_notify_settings {
    struct channels *channels;
    struct schedule *reviews;
    struct watch_settings *watch;
};
enum rc serve_notify_use(struct serve_notify *s,
                         const struct serve_notify_settings *settings,
                         struct why *why) MUST_CHECK;
/* serve_notify_say: puts a message in the outbox for channels, or for all when
 * none is named; who had its key gets nothing.  What cannot be put is logged.
 * Waits for the disk. */
void serve_notify_say(struct serve_notify *s, const struct str *channel,
                      size_t n_channels, const struct message *message);
/* notify_put: one message to one channel; that it had its key is as well. */
enum rc notify_put(struct postbox *postbox, const struct channel *channel,
                   const struct message *message, struct why *why) MUST_CHECK;
/* serve_notify_end: what is under way has LIMIT_OUTBOX_GRACE_MS to be
 * answered.  serve_notify_close: after it; accepts NULL. */
void serve_notify_end(struct serve_notify *s);
void serve_notify_close(struct serve_notify **s);

/* serve_notify_take: true when the request's path is one of these:
 *   GET  /api/channels, /api/messages, /api/messages/{id}
 *   POST /api/review/send
 *   POST /api/alerts/test             {"channel": NAME}; answers when sent
 *   POST /api/alerts/{id}/ack, /snooze */
bool serve_notify_take(struct serve_notify *s, struct http_call *call,
                       const struct http_request *req);

/* serve_notify_incidents: for the API; any thread. */
enum rc serve_notify_incidents(struct serve_notify *s,
                               api_incidents_use_fn *use, void *use_arg,
                               struct why *why) MUST_CHECK;

void serve_notify_metrics(struct serve_notify *s, struct buf *out);

/* notify_test: a test message to a channel, now, without the postbox.
 *   is_ended  as in net/deliver.h; NULL: never
 * RC_NOT_FOUND without such a channel; RC_UNAVAILABLE with its own words. */
typedef bool notify_ended_fn(void *arg, bool is_out);
enum rc notify_test(struct channels *channels, struct str name,
                    notify_ended_fn *is_ended, void *arg,
                    struct why *why) MUST_CHECK;
/* notify_warn: logs every channel whose variable is not set. */
void notify_warn(const struct channels *channels);

#endif
