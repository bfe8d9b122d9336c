/* Requests to the saved views and shares, and requests that come with a
 * share's token, at the running server's door.  Any loop's thread; what has to
 * do with the disk or the store is handed on to others. */
#ifndef APP_SERVE_SHARE_H
#define APP_SERVE_SHARE_H

#include "base/str.h"

#include <stdbool.h>

struct http_call;
struct http_request;
struct share_request;
struct shelf_disk;

struct serve_share {
    struct shelf_disk *shelf;
    struct str timezone;
    /* ask: answer that question of the API; put: answer that request by
     * shelf_disk_answer.  Both copy what they are given. */
    void (*ask)(void *arg, struct http_call *call,
                const struct http_request *req);
    void (*put)(void *arg, struct http_call *call,
                const struct share_request *req);
    void *arg;
};

/* serve_share_take: true when the request is taken over: one to those routes,
 * and every one that comes with a token, in the header X-Toll-Share or, below
 * /api/ and /v1/, as the parameter share - but for reading the dashboard's own
 * files. */
bool serve_share_take(const struct serve_share *s, struct http_call *call,
                      const struct http_request *req);

#endif
