/* Bedrock's Converse.  The input's headline leaves out what was read from and
 * written to a cache.  The response does not name the model: it is the one in
 * the path, but where a router of prompts chose. */
#include "provider/bedrock_priv.h"

static const struct list_row ttl_rows[] = {
    {STR_INIT("1h"), SLOT_WRITE_1H},
    {STR_INIT("5m"), SLOT_WRITE_5M},
};
static const struct list ttl_list = {
    .label = "ttl",
    .count = "inputTokens",
    .rows = ttl_rows,
    .n = ARRAY_N(ttl_rows),
};

/* The last two are what Amazon's own models call them under InvokeModel. */
static const struct member rows[] = {
    COUNT("inputTokens", INPUT),
    COUNT("outputTokens", OUTPUT),
    COUNT("totalTokens", TOTAL),
    COUNT("cacheReadInputTokens", READ),
    COUNT("cacheWriteInputTokens", WRITE),
    LIST("cacheDetails", ttl_list),
    COUNT("cacheReadInputTokenCount", READ),
    COUNT("cacheWriteInputTokenCount", WRITE),
};

static void part(struct draft *d, const struct part *part)
{
    const struct json *j = part->json;
    const struct json *metadata =
        json_get(j, "metadata"); /* of Nova's stream */
    const struct json *tier = json_get(j, "serviceTier");
    const struct json *router = json_get(json_get(j, "trace"), "promptRouter");
    if (part->is_exception) {
        d->is_error = true;
        return;
    }
    draft_member(d, &d->tier_word, json_get(tier, "type"));
    draft_member(d, &d->model, json_get(router, "invokedModelId"));
    d->is_seen = true;
    if (json_get(j, "output") != NULL || json_get(j, "delta") != NULL) {
        d->has_output = true;
    }
    if (usage_read(d, json_get(j, "usage"), "usage") ||
        usage_read(d, json_get(metadata, "usage"), "usage")) {
        d->is_final = true;
    }
}

const struct dialect dialect_bedrock_converse = {
    .name = STR_INIT("bedrock-converse"),
    .provider = STR_INIT("bedrock"),
    .operation = OPERATION_CHAT,
    .members = MEMBERS(rows),
    .is_cache_outside = true,
    .needs_output = true,
    .part = part,
};
