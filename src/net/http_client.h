/* A blocking HTTP client on libcurl, for the command line's talk with a
 * running server; connections are kept between calls.  One thread each. */
#ifndef NET_HTTP_CLIENT_H
#define NET_HTTP_CLIENT_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

struct buf;
struct http_client;
struct why;

struct http_content {
    const char *type; /* "application/json" */
    struct str bytes;
};

/* http_client_new: no call takes longer than `timeout_ms` as a whole; proxies
 * of the environment are not used: the server is on this machine. */
struct http_client *http_client_new(long timeout_ms) RETURNS_NONNULL;
void http_client_free(struct http_client **c); /* accepts NULL */

/* http_client_get, _post, _put, _delete: the whole answer,
 * whatever its status. url       NUL-ended ret_body  appended to, up to the
 * buf's ceiling; has no more than before on failure RC_UNAVAILABLE when nobody
 * answers, RC_TIMEOUT, RC_LIMIT for a body over the ceiling, RC_IO for anything
 * else. */
enum rc http_client_get(struct http_client *c, const char *url, int *ret_status,
                        struct buf *ret_body, struct why *why) MUST_CHECK;
enum rc http_client_post(struct http_client *c, const char *url,
                         const struct http_content *content, int *ret_status,
                         struct buf *ret_body, struct why *why) MUST_CHECK;
enum rc http_client_put(struct http_client *c, const char *url,
                        const struct http_content *content, int *ret_status,
                        struct buf *ret_body, struct why *why) MUST_CHECK;
enum rc http_client_delete(struct http_client *c, const char *url,
                           int *ret_status, struct buf *ret_body,
                           struct why *why) MUST_CHECK;

#endif
