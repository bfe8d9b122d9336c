/* Gemini CLI: every response makes two log records and a span.  The first
 * record has all counts and is the one that counts: raw numbers, in which
 * output leaves out thoughts and tools' tokens stand beside the input. */
#include "capture/otlp/otlp_conv.h"

static const struct otlp_rule rules[] = {
    OTLP_RULE("model", OTLP_MODEL),
    OTLP_RULE("input_token_count", OTLP_INPUT),
    OTLP_RULE("output_token_count", OTLP_OUTPUT),
    OTLP_RULE("cached_content_token_count", OTLP_CACHE_READ),
    OTLP_RULE("thoughts_token_count", OTLP_REASONING),
    OTLP_RULE("tool_token_count", OTLP_TOOL_INPUT),
    OTLP_RULE("duration_ms", OTLP_DURATION_MS),
    OTLP_RULE("event.timestamp", OTLP_TIMESTAMP),
    OTLP_RULE("session.id", OTLP_SESSION),
    OTLP_RULE("user.email", OTLP_USER),
    OTLP_RULE("installation.id", OTLP_USER),
};

static bool knows(const struct otlp_reading *r)
{
    return str_eq(otlp_resource_text(r, STR("service.name")),
                  STR("gemini-cli")) ||
           str_starts(r->event_name, STR("gemini_cli."));
}

static enum rc finish(struct otlp_reading *r, struct why *why)
{
    (void)why;
    r->is_ignored = r->span == NULL &&
                    !str_eq(r->event_name, STR("gemini_cli.api_response"));
    r->note->role = r->span == NULL ? OTLP_ROLE_CALL : OTLP_ROLE_NONE;
    r->note->ev.dim[DIM_PROVIDER] = STR("gemini");
    r->counts.excludes_reasoning = true;
    otlp_tag(r->note, STR("auth_type"), otlp_attr_text(r, STR("auth_type")));
    otlp_tag(r->note, STR("prompt_id"), otlp_attr_text(r, STR("prompt_id")));
    return RC_OK;
}

const struct otlp_conv otlp_conv_gemini_cli = {
    .name = "gemini-cli-events",
    .knows = knows,
    .rule = rules,
    .n_rules = ARRAY_N(rules),
    .finish = finish,
};
