/* OpenAI's images: tokens for the models that tell them, else the number of
 * pictures, their size and their quality, by which the others are paid. */
#include "provider/openai_priv.h"

static const struct member rows[] = {
    COUNT("input_tokens", INPUT),
    COUNT("output_tokens", OUTPUT),
    COUNT("total_tokens", TOTAL),
    COUNT("input_tokens_details.image_tokens", IMAGE_IN),
    COUNT("input_tokens_details.cached_tokens", READ),
    COUNT("input_tokens_details.cached_tokens_details.image_tokens",
          READ_IMAGE),
    SKIP("input_tokens_details.cached_tokens_details.text_tokens"),
    SKIP("input_tokens_details.text_tokens"),
    COUNT("output_tokens_details.image_tokens", IMAGE_OUT),
    SKIP("output_tokens_details.text_tokens"),
};

static void part(struct draft *d, const struct part *part)
{
    const struct json *j = part->json;
    struct str type = json_str(json_get(j, "type"));
    uint32_t n = json_n(json_get(j, "data"));
    openai_head(d, j);
    bool is_whole = n > 0 || str_ends(type, STR(".completed"));
    if (is_whole || str_ends(type, STR(".partial_image"))) {
        d->is_seen = true;
        d->has_output = true;
    }
    bool has_usage = usage_read(d, json_get(j, "usage"), "usage");
    if (has_usage || is_whole) {
        d->is_final = true;
        d->is_quantity = !has_usage;
    }
    if (is_whole) {
        draft_extra_n(d, STR("images"), n > 0 ? n : 1);
    }
    if (is_whole && !has_usage) {
        draft_extra_text(d, STR("size"), json_str(json_get(j, "size")));
        draft_extra_text(d, STR("quality"), json_str(json_get(j, "quality")));
    }
}

static void settle(struct draft *d)
{
    if (!usage_has(&d->usage, SLOT_IMAGE_OUT)) {
        usage_set(&d->usage, SLOT_IMAGE_OUT, d->usage.n[SLOT_OUTPUT]);
    }
}

const struct dialect dialect_openai_images = {
    .name = STR_INIT("openai-images"),
    .provider = STR_INIT("openai"),
    .operation = OPERATION_IMAGE,
    .members = MEMBERS(rows),
    .needs_output = true,
    .part = part,
    .settle = settle,
};
