/* What people are told, as they can look it up: the channels and the messages
 * to them.  Any thread. */
#ifndef APP_SERVE_MESSAGES_H
#define APP_SERVE_MESSAGES_H

#include "base/str.h"

#include <stdbool.h>

struct channels;
struct http_call;
struct http_request;
struct postbox;

/* serve_messages_knows: the path is one of these:
 *   GET /api/channels       by name and kind, without anything secret
 *   GET /api/messages       what was sent, waits, or failed
 *   GET /api/messages/{id}  one of them
 * serve_messages_answer: such a request. */
bool serve_messages_knows(struct str path);
void serve_messages_answer(struct postbox *postbox, struct channels *channels,
                           struct http_call *call,
                           const struct http_request *req);

#endif
