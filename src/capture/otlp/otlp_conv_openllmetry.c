/* OpenLLMetry (Traceloop): the GenAI names of its time, which the GenAI table
 * adds, and names of its own for what surrounds a call. */
#include "capture/otlp/otlp_conv.h"

static const struct otlp_rule rules[] = {
    OTLP_RULE("traceloop.span.kind", OTLP_KIND),
    OTLP_RULE("llm.user", OTLP_USER),
    OTLP_RULE("traceloop.workflow.name", OTLP_WORKFLOW),
    OTLP_RULE("traceloop.prompt.version", OTLP_PROMPT),
    OTLP_RULE("traceloop.prompt.version_name", OTLP_PROMPT),
    OTLP_RULE("traceloop.prompt.key", OTLP_PROMPT_NAME),
    OTLP_RULE("traceloop.entity.name", OTLP_STEP),
};

static bool knows(const struct otlp_reading *r)
{
    if (r->span == NULL) {
        return false;
    }
    return otlp_has_prefix(r, STR("traceloop.")) ||
           otlp_has(r, STR("llm.request.type")) ||
           otlp_has(r, STR("llm.usage.total_tokens")) ||
           (str_starts(r->origin->scope,
                       STR("opentelemetry.instrumentation.")) &&
            otlp_has(r, STR("gen_ai.usage.total_tokens")));
}

/* llm.request.type is the older word for the operation. */
static enum operation operation_of(struct str type)
{
    if (str_eq(type, STR("embedding")) || str_eq(type, STR("embeddings"))) {
        return OPERATION_EMBEDDINGS;
    }
    return str_eq(type, STR("rerank")) ? OPERATION_RERANK : OPERATION_CHAT;
}

static enum rc finish(struct otlp_reading *r, struct why *why)
{
    static const struct str sums[] = {
        STR_INIT("workflow"), STR_INIT("task"),    STR_INIT("agent"),
        STR_INIT("tool"),     STR_INIT("session"),
    };
    struct str kind = otlp_field_text(r, OTLP_KIND);
    struct str type = otlp_attr_text(r, STR("llm.request.type"));

    (void)why;
    if (str_eq(kind, STR("workflow"))) {
        r->value[OTLP_STEP] = NULL; /* its entity is the workflow */
    }
    if (type.n > 0 && r->value[OTLP_OPERATION] == NULL) {
        r->note->role = OTLP_ROLE_CALL;
        r->note->ev.operation = operation_of(type);
    }
    for (size_t i = 0; i < ARRAY_N(sums); i++) {
        if (str_eq(kind, sums[i])) {
            r->note->role = OTLP_ROLE_SUM;
        }
    }
    return RC_OK;
}

const struct otlp_conv otlp_conv_openllmetry = {
    .name = "openllmetry",
    .knows = knows,
    .rule = rules,
    .n_rules = ARRAY_N(rules),
    .finish = finish,
};
