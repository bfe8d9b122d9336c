/* The weekly review on its way to people: a thread that waits until one is
 * due, or is asked for, asks the insight for that week, and puts it into the
 * postbox: one that is due once a week and channel however often the server
 * starts, one that is asked for once a request. */
#ifndef APP_SERVE_REVIEW_H
#define APP_SERVE_REVIEW_H

#include "base/attr.h"
#include "base/rc.h"

#include <stdbool.h>

struct api_env;
struct channels;
struct http_call;
struct http_request;
struct ledger;
struct postbox;
struct schedule;
struct serve_review;
struct why;

/* serve_review_open: nothing is started before the first review is
 * configured or asked for.  All arguments are borrowed until
 * serve_review_close. */
enum rc serve_review_open(struct ledger *ledger, const struct api_env *api,
                          struct postbox *postbox, struct serve_review **ret,
                          struct why *why) MUST_CHECK;
enum rc serve_review_use(struct serve_review *s, struct channels *channels,
                         struct schedule *reviews, struct why *why) MUST_CHECK;
/* serve_review_take: true when the request is
 *   POST /api/review/send?week=&where=   {"channel", "note", "id", "again"}
 * Answered when the outbox has it on disk.  From serve_review_use on. */
bool serve_review_take(struct serve_review *s, struct http_call *call,
                       const struct http_request *req);
void serve_review_end(struct serve_review *s);    /* accepts NULL */
void serve_review_close(struct serve_review **s); /* likewise */

#endif
