#include "app/serve_share.h"

#include "app/shelf_disk.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/why.h"
#include "face/share/share_api.h"
#include "face/share/share_gate.h"
#include "face/web/web_asset.h"
#include "net/http_error.h"
#include "net/http_server.h"

static bool is_read(const struct http_request *req)
{
    return req->method == HTTP_GET || req->method == HTTP_HEAD;
}

static void put(const struct serve_share *s, struct http_call *call,
                const struct http_request *req, struct str token)
{
    s->put(s->arg, call,
           &(struct share_request){.method = is_read(req) ? SHARE_GET
                                             : req->method == HTTP_DELETE
                                                 ? SHARE_DELETE
                                                 : SHARE_POST,
                                   .path = req->path,
                                   .body = req->body,
                                   .token = token});
}

static bool take_routes(const struct serve_share *s, struct http_call *call,
                        const struct http_request *req)
{
    if (!share_api_knows(req->path)) {
        return false;
    }
    if (!is_read(req) && req->method != HTTP_POST &&
        req->method != HTTP_DELETE) {
        http_answer_error(call, 405, STR("method"),
                          STR("this route does not take that method"),
                          STR("GET, HEAD, POST, DELETE"));
    } else if (req->method == HTTP_POST &&
               !str_starts_nocase(req->content_type, STR("application/json"))) {
        /* Other pages in a browser may not send that type without asking. */
        http_answer_error(call, 415, STR("type"),
                          STR("this route takes application/json"), STR_EMPTY);
    } else {
        put(s, call, req, STR_EMPTY);
    }
    return true;
}

/* Points nowhere when none came; one that is empty came, and opens nothing. */
static struct str token_of(const struct http_call *call,
                           const struct http_request *req)
{
    struct str token = str_trim(http_header_of(call, "X-Toll-Share"));
    struct str rest = req->query;
    struct str pair;

    if (token.p != NULL || (!str_starts(req->path, STR("/api/")) &&
                            !str_starts(req->path, STR("/v1/")))) {
        return token;
    }
    while (str_cut(&rest, '&', &pair)) {
        struct str name;

        (void)str_cut(&pair, '=', &name);
        token = str_eq(name, STR(SHARE_PARAM)) ? pair : token;
    }
    return token;
}

/* What the token opens, else why not. */
static void answer_shared(const struct serve_share *s, struct http_call *call,
                          const struct http_request *req, struct str token)
{
    struct http_request admitted = *req;
    struct arena arena;
    struct why why;
    enum rc rc;

    arena_init(&arena, LIMIT_ANSWER_BYTES_MAX);
    rc = is_read(req)
             ? shelf_disk_admit(s->shelf, token,
                                &(struct share_asked){.path = req->path,
                                                      .query = req->query,
                                                      .now_us = clock_now_us(),
                                                      .timezone = s->timezone},
                                &arena, &admitted.query, &why)
             : why_set(&why, RC_DENIED, "a share only reads");
    if (rc == RC_OK) {
        s->ask(s->arg, call, &admitted);
    } else {
        http_answer_error(
            call, rc == RC_INVALID || rc == RC_RANGE ? 400 : http_status_of(rc),
            str_from_cz(rc_name(rc)), str_from_cz(why.text),
            STR("docs/sharing.md tells what a share opens"));
    }
    arena_fini(&arena);
}

bool serve_share_take(const struct serve_share *s, struct http_call *call,
                      const struct http_request *req)
{
    struct str token = token_of(call, req);

    if (token.p == NULL) {
        return take_routes(s, call, req);
    }
    if (is_read(req) && web_asset_find(req->path) != NULL) {
        return false;
    }
    if (is_read(req) && str_eq(req->path, STR("/api/share"))) {
        put(s, call, req, token);
    } else {
        answer_shared(s, call, req, token);
    }
    return true;
}
