#include "face/answer_json.h"
#include "face/api/api_route.h"

static enum rc answer(struct api_call *call, struct why *why)
{
    struct query q;
    struct answer *a = NULL;
    enum rc rc = api_parse_query(call, call->param, call->n_params, &q, why);

    if (rc == RC_OK) {
        rc = query_run(&q, call->reader, &call->arena, &a, why);
    }
    if (rc == RC_OK) {
        answer_json_add(&call->response->body, a);
    }
    return rc;
}

const struct api_route api_route_query = {
    .path = "/api/query",
    .needs_store = true,
    .doc = "metrics by dimensions, over any interval",
    .hint = "docs/query.md lists metrics, dimensions, intervals and ranges",
    .answer = answer,
};
