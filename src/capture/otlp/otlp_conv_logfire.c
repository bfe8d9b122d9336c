/* pydantic-ai and Logfire: GenAI names, details of usage under the provider's
 * own keys, and an agent's run that repeats the sum of its requests. */
#include "capture/otlp/otlp_conv.h"

static const struct otlp_rule rules[] = {
    OTLP_RULE("gen_ai.aggregated_usage.input_tokens", OTLP_INPUT),
    OTLP_RULE("gen_ai.aggregated_usage.output_tokens", OTLP_OUTPUT),
    OTLP_RULE("gen_ai.aggregated_usage.cache_read.input_tokens",
              OTLP_CACHE_READ),
    OTLP_RULE("gen_ai.aggregated_usage.cache_creation.input_tokens",
              OTLP_CACHE_WRITE),
    OTLP_RULE("gen_ai.aggregated_usage.details.cache_read_tokens",
              OTLP_CACHE_READ),
    OTLP_RULE("gen_ai.aggregated_usage.details.cache_write_tokens",
              OTLP_CACHE_WRITE),
    OTLP_RULE("gen_ai.aggregated_usage.details.reasoning_tokens",
              OTLP_REASONING),
    OTLP_RULE("gen_ai.usage.details.cache_read_tokens", OTLP_CACHE_READ),
    OTLP_RULE("gen_ai.usage.details.cache_read_input_tokens", OTLP_CACHE_READ),
    OTLP_RULE("gen_ai.usage.details.cache_write_tokens", OTLP_CACHE_WRITE),
    OTLP_RULE("gen_ai.usage.details.cache_creation_input_tokens",
              OTLP_CACHE_WRITE),
    OTLP_RULE("gen_ai.usage.details.reasoning_tokens", OTLP_REASONING),
    OTLP_RULE("gen_ai.usage.details.input_audio_tokens", OTLP_AUDIO_IN),
    OTLP_RULE("gen_ai.usage.details.output_audio_tokens", OTLP_AUDIO_OUT),
    OTLP_RULE("operation.cost", OTLP_COST),
    OTLP_RULE("agent_name", OTLP_AGENT),
};

static bool knows(const struct otlp_reading *r)
{
    return r->span != NULL && (str_eq(r->origin->scope, STR("pydantic-ai")) ||
                               otlp_has_prefix(r, STR("logfire.")) ||
                               otlp_has_prefix(r, STR("gen_ai.aggregated_")));
}

static enum rc finish(struct otlp_reading *r, struct why *why)
{
    (void)why;
    /* A copy that is sent when a span begins, under the span's own ids. */
    r->is_ignored = str_eq(otlp_attr_text(r, STR("logfire.span_type")),
                           STR("pending_span"));
    if (otlp_has_prefix(r, STR("gen_ai.aggregated_usage.")) ||
        otlp_has(r, STR("final_result")) ||
        str_eq(r->span->name, STR("agent run"))) {
        r->note->role = OTLP_ROLE_SUM;
    }
    return RC_OK;
}

const struct otlp_conv otlp_conv_logfire = {
    .name = "logfire",
    .knows = knows,
    .rule = rules,
    .n_rules = ARRAY_N(rules),
    .finish = finish,
};
