/* Everybody else who speaks OpenAI's dialects, or one of the others.  Nothing
 * is known of how they make their ids. */
#include "provider/openai_priv.h"

static bool set_count(struct draft *d, enum slot slot, const struct json *j)
{
    int64_t n;
    if (!count_of(j, &n)) {
        return false;
    }
    usage_set(&d->usage, slot, n);
    return true;
}

/* llama.cpp's server tells at the end of each answer how many tokens it read,
 * those of its cache not counted, and wrote; also where no usage was asked
 * for. */
static void part(struct draft *d, const struct part *part)
{
    const struct json *timings = json_get(part->json, "timings");
    if (d->has_usage || d->dialect != &dialect_openai_chat ||
        !set_count(d, SLOT_INPUT, json_get(timings, "prompt_n")) ||
        !set_count(d, SLOT_OUTPUT, json_get(timings, "predicted_n"))) {
        return;
    }
    if (set_count(d, SLOT_READ, json_get(timings, "cache_n"))) {
        usage_add(&d->usage, SLOT_INPUT, d->usage.n[SLOT_READ]);
    }
    d->has_usage = true;
    d->is_final = d->has_finish || !part->is_stream;
}

const struct vendor vendor_compatible = {
    .name = STR_INIT(""),
    .ask = ASK_ON_REQUEST,
    .part = part,
    .error = openai_error,
};
