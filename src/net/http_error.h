/* The one shape of an error over HTTP:
 *   {"error":{"code":"...","message":"...","hint":"..."}}
 * and the status that fits each result code.  Any thread. */
#ifndef NET_HTTP_ERROR_H
#define NET_HTTP_ERROR_H

#include "base/rc.h"
#include "base/str.h"

struct buf;
struct http_call;

/* http_status_of: 400 for what cannot be parsed, 422 for what is against the
 * rules, 503 for what may go well later, and so on. */
int http_status_of(enum rc rc);

/* http_error_body: append the object; `hint` may be empty. */
void http_error_body(struct buf *out, struct str code, struct str message,
                     struct str hint);

/* http_answer_error: answer `call` with it; 429 and 503 carry Retry-After. */
void http_answer_error(struct http_call *call, int status, struct str code,
                       struct str message, struct str hint);

#endif
