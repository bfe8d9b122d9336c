/* DeepSeek: OpenAI's chat, and Anthropic's Messages.  What its cache did not
 * have is plain input, not a write; the prompt is hits and misses. */
#include "provider/openai_priv.h"

static const struct member rows[] = {
    COUNT("prompt_cache_hit_tokens", READ),
    COUNT("prompt_cache_miss_tokens", MISS),
};

static void settle(struct draft *d)
{
    struct usage *u = &d->usage;
    if (usage_has(u, SLOT_MISS)) {
        usage_set(u, SLOT_INPUT, u->n[SLOT_MISS]);
        usage_add(u, SLOT_INPUT, u->n[SLOT_READ]);
    }
}

const struct vendor vendor_deepseek = {
    .name = STR_INIT("deepseek"),
    .ask = ASK_ALWAYS_SENT,
    .has_unique_ids = true,
    .members = MEMBERS(rows),
    .settle = settle,
    .error = openai_error,
};
