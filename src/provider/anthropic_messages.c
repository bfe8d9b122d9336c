/* Anthropic's Messages.  The three input counts are disjoint.  A stream tells
 * its usage twice: message_start has the input side, the tier and a first,
 * small number of output tokens; message_delta has totals so far, not
 * increments, and only some members.  So each member that is present replaces
 * the one before. */
#include "provider/anthropic_priv.h"

#include "base/buf.h"
#include "provider/provider_error_priv.h"

static const struct member rows[] = {
    COUNT("input_tokens", INPUT),
    COUNT("output_tokens", OUTPUT),
    COUNT("cache_read_input_tokens", READ),
    COUNT("cache_creation_input_tokens", WRITE),
    COUNT("cache_creation.ephemeral_5m_input_tokens", WRITE_5M),
    COUNT("cache_creation.ephemeral_1h_input_tokens", WRITE_1H),
    COUNT("output_tokens_details.thinking_tokens", REASONING),
    COUNT("server_tool_use.web_search_requests", SEARCHES),
    EXTRA("server_tool_use.web_fetch_requests", "web_fetches"),
    EXTRA("server_tool_use.code_execution_requests", "code_execution_calls"),
    EXTRA("speed", "speed"),
    EXTRA("inference_geo", "inference_geo"),
    TIER("service_tier"),
    SKIP("iterations"), /* read by hand */
};

/* ---- iterations ---- */

/* A compaction is not in the totals; an adviser's tokens are not either, and
 * are another model's.  After a fallback the totals are those of the model
 * that stepped in. */
static void read_iteration(struct draft *d, const struct json *j)
{
    struct str type = json_str(json_get(j, "type"));
    struct str model = json_str(json_get(j, "model"));
    bool is_compaction = str_eq(type, STR("compaction"));
    if (str_eq(type, STR("fallback_message"))) {
        draft_text(d, &d->model, model);
        return;
    }
    if (!is_compaction && !str_eq(type, STR("advisor_message"))) {
        return;
    }
    struct usage *sum = is_compaction ? &d->more : draft_aside(d, model);
    struct usage u = {.is_set = 0};
    usage_read_into(d, j, "usage.iterations", &u);
    if (sum != NULL) {
        usage_add_all(sum, &u);
    }
}

static void read_usage(struct draft *d, const struct json *usage)
{
    const struct json *iterations = json_get(usage, "iterations");
    if (!usage_read(d, usage, "usage")) {
        return;
    }
    if (json_kind(iterations) == JSON_ARR) {
        d->more = (struct usage){.is_set = 0};
        d->n_asides = 0;
        for (const struct json *j = json_first(iterations); j != NULL;
             j = json_next(j)) {
            read_iteration(d, j);
        }
    }
}

/* ---- events ---- */

static void read_message(struct draft *d, const struct json *message)
{
    draft_member(d, &d->response_id, json_get(message, "id"));
    draft_member(d, &d->model, json_get(message, "model"));
    d->is_seen = true;
    if (json_n(json_get(message, "content")) > 0) {
        d->has_output = true;
    }
    read_usage(d, json_get(message, "usage"));
}

static void part(struct draft *d, const struct part *part)
{
    const struct json *j = part->json;
    struct str type = json_str(json_get(j, "type"));
    if (str_eq(type, STR("message_start"))) {
        read_message(d, json_get(j, "message"));
    } else if (str_eq(type, STR("message_delta"))) {
        read_usage(d, json_get(j, "usage"));
        d->is_final = true;
    } else if (str_starts(type, STR("content_block_"))) {
        d->is_seen = true;
        d->has_output = true;
    } else if (str_eq(type, STR("error"))) {
        d->is_error = true;
        d->is_final = false;
    } else if (str_eq(type, STR("message")) ||
               json_kind(json_get(j, "usage")) == JSON_OBJ) {
        read_message(d, j);
        d->is_final = true;
    }
}

const struct dialect dialect_anthropic_messages = {
    .name = STR_INIT("anthropic-messages"),
    .provider = STR_INIT("anthropic"),
    .operation = OPERATION_CHAT,
    .members = MEMBERS(rows),
    .merges_usage = true,
    .is_cache_outside = true,
    .needs_output = true,
    .part = part,
};

/* ---- batches ---- */

/* The results of a batch: one line a request, in any order; only those that
 * succeeded are billed. */
static void batch_part(struct draft *d, const struct part *part)
{
    const struct json *result = json_get(part->json, "result");
    const struct json *message = json_get(result, "message");
    struct draft line;
    if (!str_eq(json_str(json_get(result, "type")), STR("succeeded"))) {
        return;
    }
    draft_as(&line, d, &dialect_anthropic_messages);
    part_read(&line, &(struct part){.json = message});
    draft_extra_text(&line, STR("custom_id"),
                     json_str(json_get(part->json, "custom_id")));
    draft_text(&line, &line.tier_word, STR("batch"));
    draft_close(&line);
}

const struct dialect dialect_anthropic_batch = {
    .name = STR_INIT("anthropic-batch"),
    .provider = STR_INIT("anthropic"),
    .operation = OPERATION_CHAT,
    .part = batch_part,
};

/* ---- the vendor ---- */

void anthropic_error(int status, struct str message, struct buf *out)
{
    static const struct error_word types[] = {
        {400, "invalid_request_error"}, {401, "authentication_error"},
        {402, "billing_error"},         {403, "permission_error"},
        {404, "not_found_error"},       {405, "invalid_request_error"},
        {413, "request_too_large"},     {414, "invalid_request_error"},
        {429, "rate_limit_error"},      {500, "api_error"},
        {504, "timeout_error"},         {505, "api_error"},
        {529, "overloaded_error"},      {0, NULL},
    };
    struct json_writer w;
    json_w_init(&w, out);
    json_w_obj(&w);
    error_member(&w, "type", STR("error"));
    json_w_key(&w, STR("error"));
    json_w_obj(&w);
    error_member(&w, "type", error_word(types, status));
    error_member(&w, "message", message);
    json_w_obj_end(&w);
    json_w_obj_end(&w);
}

static const char *const request_id_headers[] = {"request-id", NULL};

const struct vendor vendor_anthropic = {
    .name = STR_INIT("anthropic"),
    .ask = ASK_ON_REQUEST, /* of its OpenAI-compatible route */
    .has_unique_ids = true,
    .request_id_headers = request_id_headers,
    .error = anthropic_error,
};
