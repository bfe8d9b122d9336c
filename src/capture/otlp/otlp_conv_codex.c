/* Codex CLI: the end of a response is the one event that has counts.  Its
 * spans repeat them without an id to know them by, so only the events
 * count. */
#include "capture/otlp/otlp_conv.h"

static const struct otlp_rule rules[] = {
    OTLP_RULE("model", OTLP_MODEL),
    OTLP_RULE("slug", OTLP_MODEL),
    OTLP_RULE("input_token_count", OTLP_INPUT),
    OTLP_RULE("cached_token_count", OTLP_CACHE_READ),
    OTLP_RULE("cache_write_token_count", OTLP_CACHE_WRITE),
    OTLP_RULE("output_token_count", OTLP_OUTPUT),
    OTLP_RULE("reasoning_token_count", OTLP_REASONING),
    OTLP_RULE("service_tier", OTLP_TIER),
    OTLP_RULE("ttft_ms", OTLP_TTFT_MS),
    OTLP_RULE("duration_ms", OTLP_DURATION_MS),
    OTLP_RULE("event.timestamp", OTLP_TIMESTAMP),
    OTLP_RULE("conversation.id", OTLP_SESSION),
    OTLP_RULE("user.email", OTLP_USER),
    OTLP_RULE("user.account_id", OTLP_USER),
    OTLP_RULE("app.version", OTLP_RELEASE),
};

static bool knows(const struct otlp_reading *r)
{
    if (r->span == NULL) {
        return str_starts(r->event_name, STR("codex."));
    }
    struct str service = otlp_resource_text(r, STR("service.name"));
    return str_eq(service, STR("codex_cli_rs")) ||
           str_eq(service, STR("codex-cli")) ||
           str_eq(service, STR("codex_exec")) ||
           str_eq(service, STR("codex-app-server"));
}

static enum rc finish(struct otlp_reading *r, struct why *why)
{
    bool is_end =
        (str_eq(r->event_name, STR("codex.sse_event")) ||
         str_eq(r->event_name, STR("codex.websocket_event"))) &&
        str_eq(otlp_attr_text(r, STR("event.kind")), STR("response.completed"));

    (void)why;
    r->is_ignored = r->span == NULL &&
                    (!is_end || !otlp_counts_has(&r->counts, OTLP_INPUT));
    r->note->role = r->span == NULL ? OTLP_ROLE_CALL : OTLP_ROLE_NONE;
    r->note->ev.dim[DIM_PROVIDER] = STR("openai");
    otlp_tag(r->note, STR("auth_mode"), otlp_attr_text(r, STR("auth_mode")));
    return RC_OK;
}

const struct otlp_conv otlp_conv_codex = {
    .name = "codex-events",
    .knows = knows,
    .rule = rules,
    .n_rules = ARRAY_N(rules),
    .finish = finish,
};
