/* OpenAI's Realtime: the event response.done of a session, one or many of
 * them.  Cached input is counted within each modality, and the modalities of
 * what was cached have prices of their own. */
#include "provider/openai_priv.h"

static const struct member rows[] = {
    COUNT("input_tokens", INPUT),
    COUNT("output_tokens", OUTPUT),
    COUNT("total_tokens", TOTAL),
    COUNT("input_token_details.cached_tokens", READ),
    COUNT("input_token_details.audio_tokens", AUDIO_IN),
    COUNT("input_token_details.image_tokens", IMAGE_IN),
    SKIP("input_token_details.text_tokens"),
    COUNT("input_token_details.cached_tokens_details.audio_tokens", READ_AUDIO),
    COUNT("input_token_details.cached_tokens_details.image_tokens", READ_IMAGE),
    SKIP("input_token_details.cached_tokens_details.text_tokens"),
    COUNT("output_token_details.audio_tokens", AUDIO_OUT),
    COUNT("output_token_details.reasoning_tokens", REASONING),
    SKIP("output_token_details.text_tokens"),
};

static void part(struct draft *d, const struct part *part)
{
    const struct json *response = json_get(part->json, "response");
    struct draft line;
    if (!str_eq(json_str(json_get(part->json, "type")), STR("response.done"))) {
        return;
    }
    /* A session has many, each a call of its own. */
    draft_as(&line, d, &dialect_openai_realtime);
    draft_text(&line, &line.model, d->model);
    openai_head(&line, response);
    line.is_final = usage_read(&line, json_get(response, "usage"), "usage");
    draft_close(&line);
}

static void keep_cached(struct draft *d, enum slot slot, struct str name)
{
    if (d->usage.n[slot] > 0) {
        draft_extra_n(d, name, (double)d->usage.n[slot]);
    }
}

static void settle(struct draft *d)
{
    keep_cached(d, SLOT_READ_AUDIO, STR("cache_read_audio"));
    keep_cached(d, SLOT_READ_IMAGE, STR("cache_read_image"));
}

const struct dialect dialect_openai_realtime = {
    .name = STR_INIT("openai-realtime"),
    .provider = STR_INIT("openai"),
    .operation = OPERATION_CHAT,
    .members = MEMBERS(rows),
    .needs_output = true,
    .part = part,
    .settle = settle,
};
