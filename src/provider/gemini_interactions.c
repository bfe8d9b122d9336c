/* Google's Interactions: the headlines contain and leave out what those of
 * generateContent do, under other names. */
#include "provider/google_priv.h"

#define MODALITIES(rows_)                                        \
    {                                                            \
        .label = "modality", .count = "tokens", .rows = (rows_), \
        .n = GOOGLE_MODALITIES                                   \
    }
static const struct list input_list = MODALITIES(google_input);
static const struct list cached_list = MODALITIES(google_cached);
static const struct list output_list = MODALITIES(google_output);

static const struct list_row tool_rows[] = {
    {STR_INIT("google_search"), SLOT_SEARCHES},
};
static const struct list tool_list = {
    .label = "type",
    .count = "count",
    .rows = tool_rows,
    .n = ARRAY_N(tool_rows),
};

static const struct member rows[] = {
    COUNT("total_input_tokens", INPUT),
    COUNT("total_tool_use_tokens", INPUT_MORE),
    COUNT("total_cached_tokens", READ),
    COUNT("total_output_tokens", OUTPUT),
    COUNT("total_thought_tokens", REASONING),
    COUNT("total_tokens", TOTAL),
    LIST("input_tokens_by_modality", input_list),
    LIST("cached_tokens_by_modality", cached_list),
    LIST("output_tokens_by_modality", output_list),
    SKIP("tool_use_tokens_by_modality"),
    LIST("grounding_tool_count", tool_list),
};

static void read_interaction(struct draft *d, const struct json *j)
{
    struct str status = json_str(json_get(j, "status"));
    bool is_waiting = str_eq(status, STR("in_progress"));
    draft_member(d, &d->response_id, json_get(j, "id"));
    draft_member(d, &d->model, json_get(j, "model"));
    d->is_error = d->is_error || str_eq(status, STR("failed"));
    if (usage_read(d, json_get(j, "usage"), "usage")) {
        d->is_final = !is_waiting;
    }
    d->is_seen = d->is_seen || (status.n > 0 && !is_waiting);
}

static void part(struct draft *d, const struct part *part)
{
    const struct json *j = part->json;
    const struct json *interaction = json_get(j, "interaction");
    struct str event = json_str(json_get(j, "event_type"));
    if (json_kind(interaction) == JSON_OBJ) {
        read_interaction(d, interaction);
        d->is_seen = true;
    } else if (event.n == 0) {
        read_interaction(d, j);
    } else if (str_starts(event, STR("content."))) {
        d->is_seen = true;
        d->has_output = true;
    }
    if (json_kind(json_get(j, "error")) == JSON_OBJ) {
        d->is_error = true;
    }
}

const struct dialect dialect_gemini_interactions = {
    .name = STR_INIT("gemini-interactions"),
    .provider = STR_INIT("gemini"),
    .operation = OPERATION_CHAT,
    .members = MEMBERS(rows),
    .is_reasoning_outside = true,
    .part = part,
};
