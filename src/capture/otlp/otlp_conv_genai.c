/* OpenTelemetry's GenAI semantic conventions, of every version: names that
 * differ stand newest first. */
#include "capture/otlp/otlp_conv.h"

static const struct otlp_rule rules[] = {
    OTLP_RULE("gen_ai.provider.name", OTLP_PROVIDER),
    OTLP_RULE("gen_ai.system", OTLP_PROVIDER),
    OTLP_RULE("gen_ai.response.model", OTLP_MODEL),
    OTLP_RULE("gen_ai.request.model", OTLP_REQUESTED_MODEL),
    OTLP_RULE("gen_ai.response.id", OTLP_RESPONSE_ID),
    OTLP_RULE("gen_ai.operation.name", OTLP_OPERATION),
    OTLP_RULE("server.address", OTLP_ADDRESS),
    OTLP_RULE("error.type", OTLP_ERROR),

    OTLP_RULE("gen_ai.usage.input_tokens", OTLP_INPUT),
    OTLP_RULE("gen_ai.usage.prompt_tokens", OTLP_INPUT),
    OTLP_RULE("gen_ai.usage.output_tokens", OTLP_OUTPUT),
    OTLP_RULE("gen_ai.usage.completion_tokens", OTLP_OUTPUT),
    OTLP_RULE("gen_ai.usage.total_tokens", OTLP_TOTAL),
    OTLP_RULE("llm.usage.total_tokens", OTLP_TOTAL),
    OTLP_RULE("gen_ai.usage.cache_read.input_tokens", OTLP_CACHE_READ),
    OTLP_RULE("gen_ai.usage.cache_read_input_tokens", OTLP_CACHE_READ),
    OTLP_RULE("gen_ai.usage.cache_read_tokens", OTLP_CACHE_READ),
    OTLP_RULE("gen_ai.usage.input_tokens.cached", OTLP_CACHE_READ),
    OTLP_RULE("gen_ai.usage.input_cached_tokens", OTLP_CACHE_READ),
    OTLP_RULE("gen_ai.usage.cache_write.input_tokens", OTLP_CACHE_WRITE),
    OTLP_RULE("gen_ai.usage.cache_creation.input_tokens", OTLP_CACHE_WRITE),
    OTLP_RULE("gen_ai.usage.cache_creation_input_tokens", OTLP_CACHE_WRITE),
    OTLP_RULE("gen_ai.usage.cache_write_input_tokens", OTLP_CACHE_WRITE),
    OTLP_RULE("gen_ai.usage.cache_write_tokens", OTLP_CACHE_WRITE),
    OTLP_RULE("anthropic.usage.cache_creation.ephemeral_5m_input_tokens",
              OTLP_CACHE_WRITE_5M),
    OTLP_RULE("anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
              OTLP_CACHE_WRITE_1H),
    OTLP_RULE("gen_ai.usage.reasoning.output_tokens", OTLP_REASONING),
    OTLP_RULE("gen_ai.usage.reasoning_tokens", OTLP_REASONING),
    OTLP_RULE("gen_ai.usage.output_tokens.reasoning", OTLP_REASONING),
    OTLP_RULE("llm.usage.reasoning_tokens", OTLP_REASONING),
    OTLP_RULE("gen_ai.usage.audio.input_tokens", OTLP_AUDIO_IN),
    OTLP_RULE("gen_ai.usage.image.input_tokens", OTLP_IMAGE_IN),
    OTLP_RULE("gen_ai.usage.video.input_tokens", OTLP_VIDEO_IN),
    OTLP_RULE("gen_ai.usage.audio.cache_read.input_tokens", OTLP_AUDIO_READ),
    OTLP_RULE("gen_ai.usage.image.cache_read.input_tokens", OTLP_IMAGE_READ),
    OTLP_RULE("gen_ai.usage.audio.output_tokens", OTLP_AUDIO_OUT),
    OTLP_RULE("gen_ai.usage.image.output_tokens", OTLP_IMAGE_OUT),

    OTLP_RULE("gen_ai.usage.cost", OTLP_COST),
    OTLP_RULE("gen_ai.usage.total_cost", OTLP_COST),
    OTLP_RULE("gen_ai.cost.total_cost", OTLP_COST),
    OTLP_RULE("openai.response.service_tier", OTLP_TIER),
    OTLP_RULE("gen_ai.openai.response.service_tier", OTLP_TIER),
    OTLP_RULE("anthropic.response.service_tier", OTLP_TIER),
    OTLP_RULE("gen_ai.response.time_to_first_chunk", OTLP_TTFT_S),
    OTLP_RULE("gen_ai.server.time_to_first_token", OTLP_TTFT_S),

    OTLP_RULE("gen_ai.conversation.id", OTLP_SESSION),
    OTLP_RULE("gen_ai.user", OTLP_USER),
    OTLP_RULE("gen_ai.agent.name", OTLP_AGENT),
    OTLP_RULE("gen_ai.workflow.name", OTLP_WORKFLOW),
    OTLP_RULE("gen_ai.prompt.version", OTLP_PROMPT),
    OTLP_RULE("gen_ai.prompt.name", OTLP_PROMPT_NAME),
};

static bool knows(const struct otlp_reading *r)
{
    return otlp_has_prefix(r, STR("gen_ai."));
}

static enum rc finish(struct otlp_reading *r, struct why *why)
{
    (void)why;
    /* A record of a span repeats it, without what its parents say. */
    r->is_ignored = r->log != NULL && r->log->has_span;
    return RC_OK;
}

const struct otlp_conv otlp_conv_genai = {
    .name = "otel-semconv",
    .knows = knows,
    .rule = rules,
    .n_rules = ARRAY_N(rules),
    .finish = finish,
};
