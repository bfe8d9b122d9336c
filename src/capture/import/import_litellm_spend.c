/* Rows of LiteLLM's table of spend logs, as its HTTP interface and SQL
 * exports give them; nested columns are text there. */
#include "capture/import/import_format.h"
#include "capture/import/import_litellm.h"
#include "capture/import/import_rows.h"
#include "capture/import/import_value.h"

static const struct str names[LITELLM__COUNT] = {
    [LITELLM_ID] = STR_INIT("request_id"),
    [LITELLM_CALL_TYPE] = STR_INIT("call_type"),
    [LITELLM_STATUS] = STR_INIT("status"),
    [LITELLM_CACHE_HIT] = STR_INIT("cache_hit"),
    [LITELLM_PROVIDER] = STR_INIT("custom_llm_provider"),
    [LITELLM_MODEL] = STR_INIT("model"),
    [LITELLM_MODEL_GROUP] = STR_INIT("model_group"),
    [LITELLM_PROMPT] = STR_INIT("prompt_tokens"),
    [LITELLM_COMPLETION] = STR_INIT("completion_tokens"),
    [LITELLM_COST] = STR_INIT("spend"),
    [LITELLM_START] = STR_INIT("startTime"),
    [LITELLM_END] = STR_INIT("endTime"),
    [LITELLM_FIRST_TOKEN] = STR_INIT("completionStartTime"),
    [LITELLM_USER] = STR_INIT("user"),
    [LITELLM_END_USER] = STR_INIT("end_user"),
    [LITELLM_SESSION] = STR_INIT("session_id"),
    [LITELLM_TEAM] = STR_INIT("team_id"),
    [LITELLM_KEY_HASH] = STR_INIT("api_key"),
    [LITELLM_TAGS] = STR_INIT("request_tags"),
    [LITELLM_METADATA] = STR_INIT("metadata"),
    [LITELLM_RESPONSE] = STR_INIT("response"),
};

static enum rc put_object(struct import_job *job, struct str obj,
                          struct why *why)
{
    return litellm_put(job, obj, names, why);
}

static enum rc read_spend(struct import_job *job, struct import_reader *r,
                          struct why *why)
{
    return import_each_object(job, r, put_object, why);
}

static enum import_match is_object(struct str obj)
{
    const struct str telling[] = {names[LITELLM_ID], names[LITELLM_COST],
                                  names[LITELLM_START]};
    uint64_t has = import_value_members(obj, telling, 3);
    bool is_it = (has & 1) != 0 && has > 1; /* the id and one of the others */
    return is_it ? IMPORT_MATCH_SURE : IMPORT_MATCH_NO;
}

const struct import_format import_format_litellm = {
    .about = {"litellm", "LiteLLM's spend logs, as JSON rows or an array"},
    .is_object = is_object,
    .read = read_spend,
    .object = put_object,
};
