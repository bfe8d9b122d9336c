/* Claude Code: its log events, and the spans of its beta, which tell of the
 * same requests under the same ids.  All four counts are disjoint. */
#include "capture/otlp/otlp_conv.h"

static const struct otlp_rule rules[] = {
    OTLP_RULE("model", OTLP_MODEL),
    OTLP_RULE("request_id", OTLP_RESPONSE_ID),
    OTLP_RULE("input_tokens", OTLP_INPUT),
    OTLP_RULE("output_tokens", OTLP_OUTPUT),
    OTLP_RULE("cache_read_tokens", OTLP_CACHE_READ),
    OTLP_RULE("cache_creation_tokens", OTLP_CACHE_WRITE),
    OTLP_RULE("cost_usd_micros", OTLP_COST_MICROS),
    OTLP_RULE("cost_usd", OTLP_COST),
    OTLP_RULE("duration_ms", OTLP_DURATION_MS),
    OTLP_RULE("ttft_ms", OTLP_TTFT_MS),
    OTLP_RULE("attempt", OTLP_ATTEMPT),
    OTLP_RULE("event.timestamp", OTLP_TIMESTAMP),
    OTLP_RULE("session.id", OTLP_SESSION),
    OTLP_RULE("user.email", OTLP_USER),
    OTLP_RULE("user.account_uuid", OTLP_USER),
    OTLP_RULE("user.id", OTLP_USER),
    OTLP_RULE("agent.name", OTLP_AGENT),
    OTLP_RULE("app.version", OTLP_RELEASE),
};

static bool knows(const struct otlp_reading *r)
{
    struct str prefix = STR("claude_code.");
    return r->span != NULL ? str_starts(r->span->name, prefix)
                           : str_starts(r->event_name, prefix);
}

static enum rc finish(struct otlp_reading *r, struct why *why)
{
    static const struct str tags[] = {
        STR_INIT("speed"),
        STR_INIT("query_source"),
        STR_INIT("skill.name"),
        STR_INIT("organization.id"),
    };
    bool is_request =
        r->span != NULL ? str_eq(r->span->name, STR("claude_code.llm_request"))
                        : str_eq(r->event_name, STR("claude_code.api_request"));

    (void)why;
    r->is_ignored = r->span == NULL && !is_request;
    r->note->role = is_request ? OTLP_ROLE_CALL : OTLP_ROLE_NONE;
    r->counts.excludes_cache = true;
    for (size_t i = 0; i < ARRAY_N(tags); i++) {
        otlp_tag(r->note, tags[i], otlp_attr_text(r, tags[i]));
    }
    return RC_OK;
}

const struct otlp_conv otlp_conv_claude_code = {
    .name = "claude-code-events",
    .knows = knows,
    .rule = rules,
    .n_rules = ARRAY_N(rules),
    .finish = finish,
};
