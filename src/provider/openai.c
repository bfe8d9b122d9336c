/* OpenAI itself, and what its dialects share. */
#include "provider/openai_priv.h"

#include "base/buf.h"
#include "provider/provider_error_priv.h"

void openai_head(struct draft *d, const struct json *j)
{
    draft_member(d, &d->response_id, json_get(j, "id"));
    draft_member(d, &d->model, json_get(j, "model"));
    draft_member(d, &d->tier_word, json_get(j, "service_tier"));
    if (json_kind(json_get(j, "error")) == JSON_OBJ ||
        json_str(json_get(j, "error")).n > 0) {
        d->is_error = true;
    }
}

void openai_error(int status, struct str message, struct buf *out)
{
    static const struct error_word types[] = {
        {400, "invalid_request_error"}, {401, "authentication_error"},
        {403, "permission_error"},      {404, "invalid_request_error"},
        {413, "invalid_request_error"}, {429, "rate_limit_error"},
        {500, "server_error"},          {0, NULL},
    };
    struct json_writer w;
    json_w_init(&w, out);
    json_w_obj(&w);
    json_w_key(&w, STR("error"));
    json_w_obj(&w);
    error_member(&w, "message", message);
    error_member(&w, "type", error_word(types, status));
    json_w_key(&w, STR("param"));
    json_w_null(&w);
    json_w_key(&w, STR("code"));
    json_w_null(&w);
    json_w_obj_end(&w);
    json_w_obj_end(&w);
}

/* Models that search on every call; the fee is one search. */
static void settle(struct draft *d)
{
    struct str model = d->model.n > 0 ? d->model : d->requested_model;
    bool searches = str_find(model, STR("-search-preview"), 0) != SIZE_MAX ||
                    str_find(model, STR("-search-api"), 0) != SIZE_MAX;
    if (searches && d->dialect == &dialect_openai_chat && d->has_usage) {
        d->searches = 1;
    }
}

const char *const openai_request_id_headers[] = {"x-request-id", NULL};

const struct vendor vendor_openai = {
    .name = STR_INIT("openai"),
    .ask = ASK_ON_REQUEST,
    .has_unique_ids = true,
    .request_id_headers = openai_request_id_headers,
    .settle = settle,
    .error = openai_error,
};
