/* The request's way: whose it is, what it asks, and on to the upstream. */
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/why.h"
#include "capture/caller.h"
#include "capture/gateway/gateway_call.h"
#include "capture/gateway/gateway_field.h"
#include "capture/gateway/gateway_priv.h"
#include "provider/provider_request.h"

struct fields { /* the request's headers */
    const struct http_field *at;
    size_t n;
};

static struct gateway_call *call_new(struct gateway *g,
                                     struct upstreams *upstreams,
                                     const struct upstream *to,
                                     struct http_call *client)
{
    struct gateway_call *c = mem_alloc(sizeof *c);

    c->g = g;
    c->lane = http_call_local(client);
    c->client = client;
    c->upstreams = upstreams;
    c->to = to;
    c->ttft_us = -1;
    arena_init(&c->arena, LIMIT_ARENA_MAX);
    buf_init(&c->passed, SIZE_MAX);
    buf_init(&c->remodelled, LIMIT_BODY_MAX + LIMIT_DIM_MAX);
    event_init(&c->ev);
    c->ev.source = EVENT_SOURCE_GATEWAY;
    atomic_fetch_add(&g->n_calls, 1);
    atomic_fetch_add(&g->n_open, 1);
    return c;
}

/* What no upstream is asked for: the status, and why; 0 when it may go on. */
static int refusal(const struct gateway_call *c, const struct fields *f,
                   bool is_local, struct str *ret_message)
{
    if (gateway_field_of(f->at, f->n, "Upgrade").n > 0 &&
        str_eq_nocase(gateway_field_of(f->at, f->n, "Upgrade"),
                      STR("websocket"))) {
        *ret_message = STR("toll does not carry WebSocket connections: use "
                           "this API over HTTP, or call the provider directly");
        return 501;
    }
    if (c->to->key_env.n == 0) {
        return 0;
    }
    if (c->to->key.n == 0) {
        *ret_message = STR("toll is to add the provider's key here, but the "
                           "environment variable that key_env names is not "
                           "set where toll runs");
        return 503;
    }
    /* Whoever reaches this upstream spends on the provider's key.  A page in
     * a browser on this machine could, too, and always says where it is
     * from. */
    if (!is_local || gateway_field_of(f->at, f->n, "Origin").n > 0) {
        *ret_message = STR("toll adds the provider's key to these calls, so "
                           "it takes them only where it listens on a loopback "
                           "address, and not from web pages");
        return 403;
    }
    return 0;
}

/* What is known before the answer, as an event whose text is the call's. */
static enum rc describe(struct gateway_call *c, const struct fields *f,
                        const struct provider_request *ask, struct str rest,
                        struct why *why)
{
    struct caller who = {.ev = &c->ev, .arena = &c->arena};

    caller_read(f->at, f->n, ask, &who);
    c->ev.dim[DIM_PROVIDER] = c->to->provider;
    c->ev.dim[DIM_MODEL] = str_utf8_cut(ask->model, LIMIT_DIM_MAX);
    c->ev.operation = ask->operation;
    c->ev.service_tier = ask->tier;
    c->output_tok = ask->output_max_tok;
    c->n_choices = ask->n_choices;
    c->has_environment = who.has_environment;
    c->is_billed = ask->is_billed;
    c->is_stream = ask->is_stream;
    enum rc rc = str_dup(&c->arena, who.id, &c->id);
    if (rc == RC_OK) {
        rc = str_dup(&c->arena, rest, &c->path);
    }
    return rc == RC_OK ? event_dup_text(&c->ev, &c->arena, why) : rc;
}

/* The body to send: the client's, or for another model, or one that asks for
 * the stream's usage. */
static void make_body(struct gateway_call *c, const struct gateway_request *req,
                      struct buf *out)
{
    struct str body =
        c->remodelled.n > 0 ? buf_view(&c->remodelled) : req->body;
    struct why why;

    buf_init(out, LIMIT_BODY_MAX + 1024);
    if (c->to->may_ask && req->needs_ask &&
        provider_request_ask(body, out, &why) == RC_OK) {
        c->withhold = mem_alloc(sizeof *c->withhold);
        return;
    }
    buf_clear(out);
    buf_str(out, body);
}

void gateway_start(struct gateway_call *c, const struct gateway_request *req)
{
    const struct upstream *to = c->to;
    struct http_field *up =
        arena_array(&c->arena, req->n_fields + 2, sizeof *up);
    struct str query = gateway_query_up(req->query, to, &c->arena);
    struct str target =
        str_fmt(&c->arena, "%.*s%.*s%s%.*s", STR_ARG(to->base_path),
                STR_ARG(c->path), query.n > 0 ? "?" : "", STR_ARG(query));
    struct buf body;

    if (up == NULL || target.p == NULL) {
        gateway_refuse(c->client, to, 431, STR("the headers are too large"));
        gateway_call_free(c);
        return;
    }
    make_body(c, req, &body);
    bool has_body =
        body.n > 0 ||
        gateway_field_of(req->field, req->n_fields, "Content-Length").n > 0;
    const struct http_ask ask = {
        .origin = &to->origin,
        .method = req->method,
        .target = target,
        .field = up,
        .n_fields = gateway_fields_up(req->field, req->n_fields, to,
                                      c->withhold != NULL, &c->arena, up),
        .own_body = has_body ? &body : NULL,
    };
    gateway_call_start(c, &ask);
    buf_fini(&body);
}

static struct upstreams *snapshot(struct gateway *g)
{
    mutex_lock(&g->lock);
    struct upstreams *u = upstreams_ref(g->opt.upstreams);
    mutex_unlock(&g->lock);
    return u;
}

bool gateway_take(struct gateway *g, struct http_call *call,
                  const struct http_request *req, bool is_local, int64_t now_us)
{
    struct upstreams *upstreams = snapshot(g);
    struct str rest = STR_EMPTY;
    const struct upstream *to = upstreams_find(upstreams, req->path, &rest);
    struct provider_request ask;
    struct fields f;
    struct str message = STR("the headers are too large");
    struct why why;

    if (to == NULL) {
        upstreams_unref(&upstreams);
        return false;
    }
    struct gateway_call *c = call_new(g, upstreams, to, call);
    c->ev.ts_us = now_us;
    f.at = http_fields(call, &f.n);
    int status = refusal(c, &f, is_local, &message);
    if (status == 0 &&
        (provider_request_read(to->dialect, rest, req->query, req->body,
                               &c->arena, &ask, &why) != RC_OK ||
         describe(c, &f, &ask, rest, &why) != RC_OK)) {
        status = 431;
    }
    if (status != 0) {
        gateway_refuse(call, to, status, message);
        gateway_call_free(c);
        return true;
    }
    const struct gateway_request request = {
        .method = req->method,
        .query = req->query,
        .body = req->body,
        .field = f.at,
        .n_fields = f.n,
        .needs_ask = ask.needs_ask,
        .may_cost = req->method != HTTP_GET && req->method != HTTP_HEAD &&
                    req->method != HTTP_DELETE &&
                    (ask.is_billed || ask.is_begun),
    };
    if (gateway_guard(c, &request)) {
        gateway_start(c, &request);
    }
    return true;
}
