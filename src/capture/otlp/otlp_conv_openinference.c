/* OpenInference (Arize Phoenix). */
#include "capture/otlp/otlp_conv.h"

static const struct otlp_rule rules[] = {
    OTLP_RULE("openinference.span.kind", OTLP_KIND),
    OTLP_RULE("llm.provider", OTLP_PROVIDER),
    OTLP_RULE("llm.system", OTLP_PROVIDER),
    OTLP_RULE("llm.response.model_name", OTLP_MODEL),
    OTLP_RULE("llm.model_name", OTLP_MODEL),
    OTLP_RULE("embedding.model_name", OTLP_MODEL),
    OTLP_RULE("reranker.model_name", OTLP_MODEL),
    OTLP_RULE("llm.request.model_name", OTLP_REQUESTED_MODEL),

    OTLP_RULE("llm.token_count.prompt", OTLP_INPUT),
    OTLP_RULE("llm.token_count.completion", OTLP_OUTPUT),
    OTLP_RULE("llm.token_count.total", OTLP_TOTAL),
    OTLP_RULE("llm.token_count.prompt_details.cache_read", OTLP_CACHE_READ),
    OTLP_RULE("llm.token_count.prompt_details.cache_input", OTLP_CACHE_READ),
    OTLP_RULE("llm.token_count.prompt_details.cache_write", OTLP_CACHE_WRITE),
    OTLP_RULE("llm.token_count.prompt_details.audio", OTLP_AUDIO_IN),
    OTLP_RULE("llm.token_count.completion_details.audio", OTLP_AUDIO_OUT),
    OTLP_RULE("llm.token_count.completion_details.reasoning", OTLP_REASONING),
    OTLP_RULE("llm.cost.total", OTLP_COST),

    OTLP_RULE("session.id", OTLP_SESSION),
    OTLP_RULE("user.id", OTLP_USER),
    OTLP_RULE("agent.name", OTLP_AGENT),
    OTLP_RULE("tag.tags", OTLP_TAGS),
    OTLP_RULE("metadata", OTLP_META_TEXT),
};

static bool knows(const struct otlp_reading *r)
{
    return r->span != NULL && (otlp_has(r, STR("openinference.span.kind")) ||
                               (!otlp_has_prefix(r, STR("gen_ai.")) &&
                                otlp_has_prefix(r, STR("llm.token_count."))));
}

static enum rc finish(struct otlp_reading *r, struct why *why)
{
    struct otlp_note *note = r->note;
    struct str kind = otlp_field_text(r, OTLP_KIND);

    (void)why;
    if (kind.n == 0 || str_eq_nocase(kind, STR("LLM"))) {
        note->role = OTLP_ROLE_CALL;
    } else if (str_eq_nocase(kind, STR("EMBEDDING"))) {
        note->role = OTLP_ROLE_CALL;
        note->ev.operation = OPERATION_EMBEDDINGS;
    } else if (str_eq_nocase(kind, STR("RERANKER"))) {
        note->role = OTLP_ROLE_CALL;
        note->ev.operation = OPERATION_RERANK;
    } else {
        note->role = OTLP_ROLE_SUM;
    }
    /* Its spans of Bedrock's Converse carry the raw counts, in which input
     * leaves out the cache. */
    r->counts.excludes_cache =
        str_starts_nocase(otlp_field_text(r, OTLP_PROVIDER), STR("aws")) ||
        str_starts_nocase(otlp_field_text(r, OTLP_PROVIDER), STR("amazon"));
    return RC_OK;
}

const struct otlp_conv otlp_conv_openinference = {
    .name = "openinference",
    .knows = knows,
    .rule = rules,
    .n_rules = ARRAY_N(rules),
    .finish = finish,
};
