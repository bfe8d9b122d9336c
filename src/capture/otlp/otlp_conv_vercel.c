/* The AI SDK's own spans, releases 3.4 to 7.  An outer span (ai.generateText)
 * repeats the sum of its steps; .doGenerate and its like are one call each.
 * The SDK's release is not on the span, and 5 and early 6 use the same names
 * although only 6 counts Anthropic's cache into the input; the provider's own
 * numbers, where they are quoted, settle it.  Up to 4 it was never counted in,
 * and these are known by the older name of the input. */
#include "capture/otlp/otlp_conv.h"

#include "base/json.h"
#include "base/limits.h"

static const struct otlp_rule rules[] = {
    OTLP_RULE("ai.operationId", OTLP_KIND),
    OTLP_RULE("ai.model.provider", OTLP_PROVIDER),
    OTLP_RULE("ai.response.model", OTLP_MODEL),
    OTLP_RULE("ai.model.id", OTLP_REQUESTED_MODEL),
    OTLP_RULE("ai.response.id", OTLP_RESPONSE_ID),
    OTLP_RULE("ai.response.providerMetadata", OTLP_META_TEXT),
    OTLP_RULE("ai.response.msToFirstChunk", OTLP_TTFT_MS),

    OTLP_RULE("ai.usage.inputTokens", OTLP_INPUT),
    OTLP_RULE("ai.usage.promptTokens", OTLP_INPUT),
    OTLP_RULE("ai.usage.tokens", OTLP_INPUT),
    OTLP_RULE("ai.usage.outputTokens", OTLP_OUTPUT),
    OTLP_RULE("ai.usage.completionTokens", OTLP_OUTPUT),
    OTLP_RULE("ai.usage.inputTokenDetails.cacheReadTokens", OTLP_CACHE_READ),
    OTLP_RULE("ai.usage.cachedInputTokens", OTLP_CACHE_READ),
    OTLP_RULE("ai.usage.inputTokenDetails.cacheWriteTokens", OTLP_CACHE_WRITE),
    OTLP_RULE("ai.usage.outputTokenDetails.reasoningTokens", OTLP_REASONING),
    OTLP_RULE("ai.usage.reasoningTokens", OTLP_REASONING),

    OTLP_RULE("ai.telemetry.functionId", OTLP_FEATURE),
};

static bool knows(const struct otlp_reading *r)
{
    return r->span != NULL &&
           (otlp_has(r, STR("ai.operationId")) ||
            str_starts(otlp_attr_text(r, STR("operation.name")), STR("ai.")) ||
            str_eq(r->origin->scope, STR("ai")));
}

static bool is_anthropic(const struct otlp_reading *r)
{
    struct str provider = otlp_field_text(r, OTLP_PROVIDER);
    return str_starts(provider, STR("anthropic")) ||
           str_starts(provider, STR("amazon-bedrock"));
}

/* Anthropic's own usage object: its input leaves the cache out.  With
 * `iterations` the SDK's sums are larger than these, and stand. */
static void read_anthropic(struct otlp_reading *r, const struct json *meta)
{
    const struct json *anthropic = json_get(meta, "anthropic");
    const struct json *usage = json_get(anthropic, "usage");
    const struct json *split = json_get(usage, "cache_creation");

    otlp_json_count(r, split, "ephemeral_5m_input_tokens", OTLP_CACHE_WRITE_5M);
    otlp_json_count(r, split, "ephemeral_1h_input_tokens", OTLP_CACHE_WRITE_1H);
    otlp_json_count(r, usage, "cache_creation_input_tokens", OTLP_CACHE_WRITE);
    if (!otlp_counts_has(&r->counts, OTLP_CACHE_WRITE)) {
        otlp_json_count(r, anthropic, "cacheCreationInputTokens",
                        OTLP_CACHE_WRITE);
    }
    if (!otlp_counts_has(&r->counts, OTLP_CACHE_READ)) {
        otlp_json_count(r, anthropic, "cacheReadInputTokens", OTLP_CACHE_READ);
    }
    if (json_kind(usage) == JSON_OBJ && json_get(usage, "iterations") == NULL) {
        otlp_json_count(r, usage, "input_tokens", OTLP_INPUT);
        otlp_json_count(r, usage, "output_tokens", OTLP_OUTPUT);
        otlp_json_count(r, usage, "cache_read_input_tokens", OTLP_CACHE_READ);
        r->counts.excludes_cache = true;
    }
}

static void read_metadata(struct otlp_reading *r)
{
    struct str text = otlp_field_text(r, OTLP_META_TEXT);
    struct json *meta = NULL;

    r->value[OTLP_META_TEXT] = NULL; /* not free names */
    if (text.n == 0 || text.n > LIMIT_EVENT_BYTES_MAX ||
        json_parse(text, &meta, NULL) != RC_OK) {
        return;
    }
    read_anthropic(r, meta);
    const struct json *openai = json_get(meta, "openai");
    const struct json *bedrock = json_get(json_get(meta, "bedrock"), "usage");
    if (!otlp_counts_has(&r->counts, OTLP_CACHE_READ)) {
        otlp_json_count(r, openai, "cachedPromptTokens", OTLP_CACHE_READ);
        otlp_json_count(r, bedrock, "cacheReadInputTokens", OTLP_CACHE_READ);
    }
    if (!otlp_counts_has(&r->counts, OTLP_REASONING)) {
        otlp_json_count(r, openai, "reasoningTokens", OTLP_REASONING);
    }
    if (!otlp_counts_has(&r->counts, OTLP_CACHE_WRITE)) {
        otlp_json_count(r, bedrock, "cacheWriteInputTokens", OTLP_CACHE_WRITE);
    }
    json_free(&meta);
}

/* Later ones kept the older name for calls that generate an object. */
static bool is_up_to_4(const struct otlp_reading *r)
{
    return otlp_has(r, STR("ai.usage.promptTokens")) &&
           !str_starts(otlp_field_text(r, OTLP_KIND), STR("ai.generateObject"));
}

static enum rc finish(struct otlp_reading *r, struct why *why)
{
    struct str id = otlp_field_text(r, OTLP_KIND);
    bool is_call =
        str_ends(id, STR(".doGenerate")) || str_ends(id, STR(".doStream")) ||
        str_ends(id, STR(".doEmbed")) || str_ends(id, STR(".doRerank"));

    (void)why;
    r->note->role = is_call ? OTLP_ROLE_CALL : OTLP_ROLE_SUM;
    if (str_starts(id, STR("ai.embed"))) {
        r->note->ev.operation = OPERATION_EMBEDDINGS;
    } else if (str_starts(id, STR("ai.rerank"))) {
        r->note->ev.operation = OPERATION_RERANK;
    }
    read_metadata(r);
    if (otlp_has_prefix(r, STR("ai.usage.inputTokenDetails."))) {
        r->counts.excludes_cache = false;
        return RC_OK;
    }
    bool has_cache = otlp_counts_has(&r->counts, OTLP_CACHE_READ) ||
                     otlp_counts_has(&r->counts, OTLP_CACHE_WRITE);
    if (is_anthropic(r) && is_up_to_4(r)) {
        r->counts.excludes_cache = true;
    } else if (is_anthropic(r) && has_cache && !r->counts.excludes_cache) {
        otlp_tag(r->note, STR("otlp_note"), STR("cache_inclusion_assumed"));
    }
    return RC_OK;
}

const struct otlp_conv otlp_conv_vercel = {
    .name = "ai-sdk-legacy",
    .knows = knows,
    .rule = rules,
    .n_rules = ARRAY_N(rules),
    .finish = finish,
};
