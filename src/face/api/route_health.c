/* What supervisors and Prometheus ask. */
#include "base/json.h"
#include "base/why.h"
#include "face/api/api_route.h"
#include "price/book.h"

static enum rc answer_healthz(struct api_call *call, struct why *why)
{
    (void)why;
    buf_cz(&call->response->body, "{\"status\":\"alive\"}\n");
    return RC_OK;
}

const struct api_route api_route_healthz = {
    .path = "/healthz",
    .doc = "the process is alive",
    .answer = answer_healthz,
};

/* A command in process has no state of its own to tell. */
static enum rc no_server(struct why *why)
{
    return why_set(why, RC_UNSUPPORTED, "only a running server tells this");
}

static enum rc answer_readyz(struct api_call *call, struct why *why)
{
    if (call->env->ready == NULL) {
        return no_server(why);
    }
    enum rc rc = call->env->ready(call->env->arg, why);

    if (rc != RC_OK) {
        return RC_UNAVAILABLE;
    }
    buf_cz(&call->response->body, "{\"status\":\"ready\"}\n");
    return RC_OK;
}

const struct api_route api_route_readyz = {
    .path = "/readyz",
    .doc = "events are taken",
    .hint = "events are refused until this is mended; the log says more",
    .answer = answer_readyz,
};

static enum rc answer_metrics(struct api_call *call, struct why *why)
{
    if (call->env->metrics == NULL) {
        return no_server(why);
    }
    struct buf *out = &call->response->body;
    struct price_book *book = call->env->book(call->env->arg);
    struct book_info info = book_info(book);

    call->response->content_type = "text/plain; version=0.0.4; charset=utf-8";
    buf_fmt(out,
            "# HELP toll_build_info What is running.\n"
            "# TYPE toll_build_info gauge\n"
            "toll_build_info{version=\"%.*s\",store=\"%s\"} 1\n",
            STR_ARG(call->env->version), call->env->store_name);
    buf_fmt(out,
            "# HELP toll_start_time_seconds Start of the process, Unix time.\n"
            "# TYPE toll_start_time_seconds gauge\n"
            "toll_start_time_seconds %lld\n",
            (long long)(call->env->started_us / 1000000));
    buf_fmt(out,
            "# HELP toll_price_book_models Models with a price.\n"
            "# TYPE toll_price_book_models gauge\n"
            "toll_price_book_models{version=\"%.*s\",date=\"%.*s\"} %zu\n",
            STR_ARG(info.version), STR_ARG(info.date), info.n_models);
    book_unref(&book);
    call->env->metrics(call->env->arg, out);
    return RC_OK;
}

const struct api_route api_route_metrics = {
    .path = "/metrics",
    .doc = "counters for Prometheus",
    .answer = answer_metrics,
};
