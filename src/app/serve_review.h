/* The weekly review on its way to people: a thread that waits until one is
 * due, asks the insight for the last complete week, and puts it into the
 * postbox, once a week and channel however often the server starts. */
#ifndef APP_SERVE_REVIEW_H
#define APP_SERVE_REVIEW_H

#include "base/attr.h"
#include "base/rc.h"

struct api_env;
struct channels;
struct ledger;
struct postbox;
struct schedule;
struct serve_review;
struct why;

/* serve_review_open: nothing is started before the first review is
 * configured.  All arguments are borrowed until serve_review_close. */
enum rc serve_review_open(struct ledger *ledger, const struct api_env *api,
                          struct postbox *postbox, struct serve_review **ret,
                          struct why *why) MUST_CHECK;
enum rc serve_review_use(struct serve_review *s, struct channels *channels,
                         struct schedule *reviews, struct why *why) MUST_CHECK;
void serve_review_end(struct serve_review *s);    /* accepts NULL */
void serve_review_close(struct serve_review **s); /* likewise */

#endif
