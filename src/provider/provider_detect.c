/* Which dialect a body or an event is written in, when no path told.  Each
 * rule is one test; the first that holds wins, so that what is certain stands
 * before what is likely. */
#include "provider/provider_priv.h"

typedef bool detect_fn(const struct json *j, const struct json *usage);

static bool has(const struct json *j, const char *name)
{
    enum json_kind kind = json_kind(json_get(j, name));
    return kind != JSON_NULL;
}

static bool is_text(const struct json *j, const char *name, const char *want)
{
    return str_eq(json_str(json_get(j, name)), str_from_cz(want));
}

static bool begins(const struct json *j, const char *name, const char *want)
{
    return str_starts(json_str(json_get(j, name)), str_from_cz(want));
}

static bool is_openai_batch(const struct json *j,
                            UNUSED const struct json *usage)
{
    return has(j, "custom_id") && has(json_get(j, "response"), "body");
}

static bool is_anthropic_batch(const struct json *j,
                               UNUSED const struct json *usage)
{
    return has(j, "custom_id") && has(json_get(j, "result"), "type");
}

static bool is_gemini(const struct json *j, UNUSED const struct json *usage)
{
    const struct json *line = json_get(j, "response");
    return has(j, "usageMetadata") || has(j, "usage_metadata") ||
           has(line, "usageMetadata") || has(j, "candidates");
}

static bool is_gemini_interactions(const struct json *j,
                                   const struct json *usage)
{
    return has(usage, "total_input_tokens") ||
           begins(j, "event_type", "interaction.") ||
           begins(j, "type", "interaction.");
}

static bool is_bedrock_invoke(const struct json *j,
                              UNUSED const struct json *usage)
{
    return has(j, "amazon-bedrock-invocationMetrics") ||
           has(j, "prompt_token_count") || has(j, "inputTextTokenCount") ||
           is_text(j, "anthropic_version", "bedrock-2023-05-31");
}

static bool is_cohere(const struct json *j, const struct json *usage)
{
    const struct json *end = json_get(j, "delta");
    return has(usage, "billed_units") ||
           has(json_get(j, "meta"), "billed_units") ||
           has(json_get(end, "usage"), "billed_units") ||
           is_text(j, "type", "message-start") ||
           is_text(j, "type", "message-end") ||
           begins(j, "event_type", "stream-");
}

static bool is_anthropic(const struct json *j, const struct json *usage)
{
    if (is_text(j, "type", "message") || is_text(j, "type", "message_start") ||
        is_text(j, "type", "message_delta")) {
        return true;
    }
    bool has_cache = has(usage, "cache_read_input_tokens") ||
                     has(usage, "cache_creation_input_tokens");
    return has(usage, "input_tokens") && has_cache &&
           !has(usage, "input_tokens_details");
}

static bool is_realtime(const struct json *j, UNUSED const struct json *usage)
{
    return is_text(j, "type", "response.done");
}

static bool is_transcription(const struct json *j, const struct json *usage)
{
    return is_text(usage, "type", "tokens") ||
           is_text(usage, "type", "duration") ||
           begins(j, "type", "transcript.");
}

static bool is_speech(const struct json *j, UNUSED const struct json *usage)
{
    return begins(j, "type", "speech.audio.");
}

static bool is_images(const struct json *j, const struct json *usage)
{
    const struct json *details = json_get(usage, "input_tokens_details");
    return begins(j, "type", "image_generation.") ||
           begins(j, "type", "image_edit.") ||
           (!has(j, "object") &&
            (has(details, "image_tokens") || has(details, "text_tokens")));
}

static bool is_responses(const struct json *j, const struct json *usage)
{
    return begins(j, "type", "response.") || is_text(j, "object", "response") ||
           begins(j, "object", "response.") ||
           has(usage, "input_tokens_details");
}

static bool is_converse(const struct json *j, const struct json *usage)
{
    return has(usage, "inputTokens") || has(j, "contentBlockIndex");
}

static bool is_mistral_conversations(const struct json *j,
                                     const struct json *usage)
{
    return begins(j, "type", "conversation.response.") ||
           has(usage, "connector_tokens") ||
           is_text(j, "object", "conversation.response");
}

static bool is_mistral_ocr(const struct json *j,
                           UNUSED const struct json *usage)
{
    return has(json_get(j, "usage_info"), "pages_processed");
}

static bool is_ollama(const struct json *j, UNUSED const struct json *usage)
{
    return has(j, "prompt_eval_count") || has(j, "eval_count") ||
           (json_kind(json_get(j, "done")) == JSON_BOOL && has(j, "model"));
}

static bool is_embeddings(const struct json *j, const struct json *usage)
{
    return has(usage, "prompt_tokens") && !has(j, "choices") &&
           (is_text(j, "object", "list") || !has(usage, "completion_tokens"));
}

static bool is_chat(const struct json *j, const struct json *usage)
{
    return has(usage, "prompt_tokens") || begins(j, "object", "chat.comp") ||
           is_text(j, "object", "text_completion") || has(j, "choices");
}

static bool is_like_responses(UNUSED const struct json *j,
                              const struct json *usage)
{
    return has(usage, "input_tokens") && has(usage, "output_tokens");
}

const struct dialect *detect_dialect(const struct json *j)
{
    static const struct {
        detect_fn *holds;
        const struct dialect *dialect;
    } rules[] = {
        {is_openai_batch, &dialect_openai_batch},
        {is_anthropic_batch, &dialect_anthropic_batch},
        {is_gemini, &dialect_gemini},
        {is_bedrock_invoke, &dialect_bedrock_invoke},
        {is_gemini_interactions, &dialect_gemini_interactions},
        {is_anthropic, &dialect_anthropic_messages},
        {is_realtime, &dialect_openai_realtime},
        {is_transcription, &dialect_openai_transcription},
        {is_speech, &dialect_openai_speech},
        {is_images, &dialect_openai_images},
        {is_mistral_conversations, &dialect_mistral_conversations},
        {is_responses, &dialect_openai_responses},
        {is_converse, &dialect_bedrock_converse},
        {is_cohere, &dialect_cohere},
        {is_mistral_ocr, &dialect_mistral_ocr},
        {is_ollama, &dialect_ollama},
        {is_embeddings, &dialect_openai_embeddings},
        {is_chat, &dialect_openai_chat},
        {is_like_responses, &dialect_openai_responses},
    };
    const struct json *usage = json_get(j, "usage");
    for (size_t i = 0; i < ARRAY_N(rules); i++) {
        if (rules[i].holds(j, usage)) {
            return rules[i].dialect;
        }
    }
    return NULL;
}
