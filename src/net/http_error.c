#include "net/http_error.h"

#include "base/buf.h"
#include "base/json.h"
#include "net/http_server.h"

static const int status_of[] = {
    [RC_OK] = 200,          [RC_INVALID] = 422,     [RC_PARSE] = 400,
    [RC_RANGE] = 422,       [RC_LIMIT] = 413,       [RC_NOT_FOUND] = 404,
    [RC_EXISTS] = 409,      [RC_BUSY] = 429,        [RC_DENIED] = 403,
    [RC_UNSUPPORTED] = 501, [RC_IO] = 503,          [RC_FULL] = 503,
    [RC_CORRUPT] = 500,     [RC_UNAVAILABLE] = 503, [RC_TIMEOUT] = 504,
    [RC_END] = 500,
};
_Static_assert(ARRAY_N(status_of) == RC__COUNT, "a status for every code");

int http_status_of(enum rc rc)
{
    return (unsigned)rc < RC__COUNT ? status_of[rc] : 500;
}

void http_error_body(struct buf *out, struct str code, struct str message,
                     struct str hint)
{
    struct json_writer w;

    json_w_init(&w, out);
    json_w_obj(&w);
    json_w_key(&w, STR("error"));
    json_w_obj(&w);
    json_w_key(&w, STR("code"));
    json_w_str(&w, code);
    json_w_key(&w, STR("message"));
    json_w_str(&w, message);
    if (hint.n > 0) {
        json_w_key(&w, STR("hint"));
        json_w_str(&w, hint);
    }
    json_w_obj_end(&w);
    json_w_obj_end(&w);
    buf_char(out, '\n');
}

void http_answer_error(struct http_call *call, int status, struct str code,
                       struct str message, struct str hint)
{
    const struct http_header later = {"Retry-After", STR("1")};
    struct buf body;

    buf_init(&body, 16 * 1024);
    http_error_body(&body, code, message, hint);
    http_answer(call, &(struct http_reply){
                          .status = status,
                          .content_type = STR("application/json"),
                          .body = buf_view(&body),
                          .header = &later,
                          .n_headers = status == 429 || status == 503,
                      });
    buf_fini(&body);
}
