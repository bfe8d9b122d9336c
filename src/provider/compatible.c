/* Everybody else who speaks OpenAI's dialects, or one of the others.  Nothing
 * is known of how they make their ids. */
#include "provider/openai_priv.h"

/* llama.cpp's server tells at the end of each answer how many tokens it read,
 * those of its cache not counted, and wrote; also where no usage was asked
 * for. */
static void part(struct draft *d, const struct part *part)
{
    const struct json *timings = json_get(part->json, "timings");
    int64_t n_cached = 0;
    if (d->has_usage || d->dialect != &dialect_openai_chat ||
        json_get(timings, "predicted_n") == NULL) {
        return;
    }
    draft_count(d, SLOT_INPUT, json_get(timings, "prompt_n"));
    draft_count(d, SLOT_OUTPUT, json_get(timings, "predicted_n"));
    if (count_of(json_get(timings, "cache_n"), &n_cached)) {
        usage_set(&d->usage, SLOT_READ, n_cached);
        usage_add(&d->usage, SLOT_INPUT, n_cached);
    }
    d->is_final = d->has_finish || !part->is_stream;
}

const struct vendor vendor_compatible = {
    .name = STR_INIT(""),
    .ask = ASK_ON_REQUEST,
    .part = part,
    .error = openai_error,
};
