/* Mistral: OpenAI's chat and embeddings, whose streams tell their usage
 * unasked; conversations, which say what their connectors took; and OCR,
 * which is paid by the page. */
#include "provider/openai_priv.h"

#include "base/buf.h"
#include "provider/provider_error_priv.h"

static const struct member conversation_rows[] = {
    COUNT("prompt_tokens", INPUT),
    COUNT("completion_tokens", OUTPUT),
    COUNT("total_tokens", TOTAL),
    COUNT("connector_tokens", INPUT_MORE),
    COUNT("connectors.web_search", SEARCHES),
};

/* A conversation goes on over many calls, so that its id is none of theirs. */
static void conversation_part(struct draft *d, const struct part *part)
{
    const struct json *j = part->json;
    const struct json *outputs = json_get(j, "outputs");
    struct str type = json_str(json_get(j, "type"));
    draft_member(d, &d->model, json_get(j, "model"));
    draft_member(d, &d->model, json_get(json_first(outputs), "model"));
    if (json_n(outputs) > 0 || str_starts(type, STR("message.output"))) {
        d->is_seen = true;
        d->has_output = true;
    }
    d->is_seen =
        d->is_seen || str_eq(type, STR("conversation.response.started"));
    d->is_error =
        d->is_error || str_eq(type, STR("conversation.response.error"));
    if (usage_read(d, json_get(j, "usage"), "usage")) {
        d->is_final = true;
    }
}

const struct dialect dialect_mistral_conversations = {
    .name = STR_INIT("mistral-conversations"),
    .provider = STR_INIT("mistral"),
    .operation = OPERATION_CHAT,
    .members = MEMBERS(conversation_rows),
    .needs_output = true,
    .part = conversation_part,
};

static const struct member ocr_rows[] = {
    EXTRA("pages_processed", "pages"),
    SKIP("doc_size_bytes"),
};

static void ocr_part(struct draft *d, const struct part *part)
{
    openai_head(d, part->json);
    if (usage_read(d, json_get(part->json, "usage_info"), "usage_info")) {
        d->is_final = true;
        d->is_quantity = true;
        d->has_output = true;
    }
}

const struct dialect dialect_mistral_ocr = {
    .name = STR_INIT("mistral-ocr"),
    .provider = STR_INIT("mistral"),
    .operation = OPERATION_OTHER,
    .members = MEMBERS(ocr_rows),
    .part = ocr_part,
};

static const struct member rows[] = {
    EXTRA("prompt_audio_seconds", "audio_seconds"),
};

static void error(int status, struct str message, struct buf *out)
{
    static const struct error_word types[] = {
        {400, "invalid_request_error"},
        {401, "invalid_api_key"},
        {402, "invalid_request_error"},
        {429, "rate_limited"},
        {430, "invalid_request_error"},
        {500, "internal_server_error"},
        {0, NULL},
    };
    struct json_writer w;
    json_w_init(&w, out);
    json_w_obj(&w);
    error_member(&w, "object", STR("error"));
    error_member(&w, "message", message);
    error_member(&w, "type", error_word(types, status));
    json_w_key(&w, STR("param"));
    json_w_null(&w);
    json_w_key(&w, STR("code"));
    json_w_null(&w);
    json_w_obj_end(&w);
}

static const char *const request_id_headers[] = {
    "x-request-id", "mistral-correlation-id", NULL};

const struct vendor vendor_mistral = {
    .name = STR_INIT("mistral"),
    .ask = ASK_ALWAYS_SENT,
    .has_unique_ids = true,
    .members = MEMBERS(rows),
    .request_id_headers = request_id_headers,
    .error = error,
};
