#include "provider/openai_priv.h"

static const struct member rows[] = {
    COUNT("prompt_tokens", INPUT),
    COUNT("total_tokens", TOTAL),
    COUNT("prompt_tokens_details.image_tokens", IMAGE_IN),
    COUNT("prompt_tokens_details.audio_tokens", AUDIO_IN),
    SKIP("prompt_tokens_details.text_tokens"),
    SKIP("completion_tokens"),
};

static void part(struct draft *d, const struct part *part)
{
    openai_head(d, part->json);
    if (json_kind(json_get(part->json, "data")) == JSON_ARR) {
        d->is_seen = true;
        d->has_output = true;
    }
    d->is_final = usage_read(d, json_get(part->json, "usage"), "usage");
}

const struct dialect dialect_openai_embeddings = {
    .name = STR_INIT("openai-embeddings"),
    .operation = OPERATION_EMBEDDINGS,
    .members = MEMBERS(rows),
    .part = part,
};
