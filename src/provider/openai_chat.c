/* OpenAI's Chat Completions (and the older completions), which nearly every
 * other vendor speaks as well.  So the rows name what any of them puts beside
 * OpenAI's members, as far as it means the same for all: a cached count at
 * the top, and the details once more under Anthropic's names, as one proxy
 * writes them.  The headlines contain their parts, unless the total says
 * otherwise. */
#include "provider/openai_priv.h"

static const struct member rows[] = {
    COUNT("prompt_tokens", INPUT),
    COUNT("completion_tokens", OUTPUT),
    COUNT("total_tokens", TOTAL),
    COUNT("prompt_tokens_details.cached_tokens", READ),
    COUNT("cached_tokens", READ),
    COUNT("num_cached_tokens", READ),
    COUNT("prompt_cache_hit_tokens", READ),
    COUNT("cache_read_input_tokens", READ),
    COUNT("prompt_tokens_details.cache_write_tokens", WRITE),
    COUNT("prompt_tokens_details.cache_creation_tokens", WRITE),
    COUNT("cache_creation_input_tokens", WRITE),
    COUNT("cache_creation.ephemeral_5m_input_tokens", WRITE_5M),
    COUNT("cache_creation.ephemeral_1h_input_tokens", WRITE_1H),
    COUNT("prompt_tokens_details.audio_tokens", AUDIO_IN),
    COUNT("prompt_tokens_details.image_tokens", IMAGE_IN),
    SKIP("prompt_tokens_details.text_tokens"),
    COUNT("completion_tokens_details.reasoning_tokens", REASONING),
    COUNT("reasoning_tokens", REASONING),
    COUNT("completion_tokens_details.audio_tokens", AUDIO_OUT),
    COUNT("completion_tokens_details.image_tokens", IMAGE_OUT),
    SKIP("completion_tokens_details.text_tokens"),
    SKIP("completion_tokens_details.accepted_prediction_tokens"),
    SKIP("completion_tokens_details.rejected_prediction_tokens"),
    SKIP("prompt_cache_miss_tokens"),
    TIER("service_tier"),
};

static bool has_finish_reason(const struct json *choices)
{
    const struct json *c = json_first(choices);
    while (c != NULL && json_str(json_get(c, "finish_reason")).n == 0) {
        c = json_next(c);
    }
    return c != NULL;
}

static void part(struct draft *d, const struct part *part)
{
    const struct json *j = part->json;
    const struct json *choices = json_get(j, "choices");
    openai_head(d, j);
    if (json_n(choices) > 0) {
        d->is_seen = true;
        d->has_output = true;
    }
    d->has_finish = d->has_finish || has_finish_reason(choices);
    bool has_usage = usage_read(d, json_get(j, "usage"), "usage");
    if (!has_usage) {
        /* One vendor puts it into a stream's choice. */
        has_usage =
            usage_read(d, json_get(json_first(choices), "usage"), "usage");
    }
    /* Some send counts that grow with each chunk: only the last are final,
     * which stand alone or come with or behind the end. */
    if (has_usage) {
        d->is_final = !part->is_stream || d->has_finish || json_n(choices) == 0;
    }
}

const struct dialect dialect_openai_chat = {
    .name = STR_INIT("openai-chat"),
    .operation = OPERATION_CHAT,
    .members = MEMBERS(rows),
    .has_sum_test = true,
    .needs_output = true,
    .part = part,
};
