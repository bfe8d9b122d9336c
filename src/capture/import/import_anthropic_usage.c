/* Anthropic's usage report of messages
 * (/v1/organizations/usage_report/messages): counts are disjoint already.  What
 * the report was not grouped by is null, but for the default workspace, which
 * has no other name. */
#include "capture/import/import_format.h"

#include "base/json.h"
#include "capture/import/import_report.h"
#include "capture/import/import_value.h"
#include "event/event.h"
#include "event/event_sum.h"

enum place { PLACE_TOP, PLACE_WRITES, PLACE_TOOLS };

static const struct {
    const char *name;
    enum place place;
    enum token_kind kind; /* TOKEN__COUNT: searches */
} count_rows[] = {
    {"uncached_input_tokens", PLACE_TOP, TOKEN_INPUT},
    {"cache_read_input_tokens", PLACE_TOP, TOKEN_CACHE_READ},
    {"ephemeral_5m_input_tokens", PLACE_WRITES, TOKEN_CACHE_WRITE_5M},
    {"ephemeral_1h_input_tokens", PLACE_WRITES, TOKEN_CACHE_WRITE_1H},
    {"output_tokens", PLACE_TOP, TOKEN_OUTPUT},
    {"web_search_requests", PLACE_TOOLS, TOKEN__COUNT},
};

static enum rc read_counts(const struct json *row, struct event *ev,
                           struct why *why)
{
    const struct json *const places[] = {
        [PLACE_TOP] = row,
        [PLACE_WRITES] = json_get(row, "cache_creation"),
        [PLACE_TOOLS] = json_get(row, "server_tool_use"),
    };
    for (size_t i = 0; i < ARRAY_N(count_rows); i++) {
        const char *name = count_rows[i].name;
        bool is_token = count_rows[i].kind < TOKEN__COUNT;
        enum rc rc = import_value_read_count(
            json_get(places[count_rows[i].place], name), str_from_cz(name),
            is_token ? &ev->token[count_rows[i].kind] : &ev->web_searches, why);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

static struct str text_of(const struct json *row, const char *name)
{
    return import_value_text(json_get(row, name));
}

static enum rc read_row(const struct json *row, struct event *ev,
                        struct why *why)
{
    enum rc rc = read_counts(row, ev, why);
    if (rc != RC_OK) {
        return rc;
    }
    struct str workspace = text_of(row, "workspace_id");
    ev->dim[DIM_PROVIDER] = STR("anthropic");
    ev->dim[DIM_MODEL] = import_value_dim(text_of(row, "model"));
    ev->dim[DIM_KEY] = import_value_dim(text_of(row, "api_key_id"));
    ev->dim[DIM_USER] = import_value_dim(text_of(row, "account_id"));
    import_report_tier(ev, text_of(row, "service_tier"));
    import_value_tag(ev, "workspace",
                     workspace.n > 0 ? workspace : STR("default"));
    import_value_tag(ev, "service_account", text_of(row, "service_account_id"));
    import_value_tag(ev, EVENT_SUM_CONTEXT, text_of(row, "context_window"));
    import_value_tag(ev, "inference_geo", text_of(row, "inference_geo"));
    import_value_tag(ev, "speed", text_of(row, "speed"));
    return RC_OK;
}

static const struct import_report report = {
    .format = "anthropic-usage",
    .start = STR_INIT("starting_at"),
    .end = STR_INIT("ending_at"),
    .telling = STR_INIT("uncached_input_tokens"),
    .row = read_row,
};

static enum rc put_object(struct import_job *job, struct str obj,
                          struct why *why)
{
    return import_report_put(&report, job, obj, why);
}

static enum rc read_usage(struct import_job *job, struct import_reader *r,
                          struct why *why)
{
    return import_report_read(&report, job, r, put_object, why);
}

static enum import_match is_object(struct str obj)
{
    return import_report_match(&report, obj);
}

const struct import_format import_format_anthropic_usage = {
    .about = {"anthropic-usage", "Anthropic's usage report: sums, where toll "
                                 "has none of the calls"},
    .is_object = is_object,
    .read = read_usage,
    .object = put_object,
};
