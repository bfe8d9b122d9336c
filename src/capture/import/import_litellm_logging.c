/* What LiteLLM posts to a logging endpoint: its StandardLoggingPayload, whose
 * times are epoch seconds and whose nested members are objects. */
#include "capture/import/import_format.h"
#include "capture/import/import_litellm.h"
#include "capture/import/import_rows.h"
#include "capture/import/import_value.h"

static const struct str names[LITELLM__COUNT] = {
    [LITELLM_ID] = STR_INIT("id"),
    [LITELLM_CALL_TYPE] = STR_INIT("call_type"),
    [LITELLM_STATUS] = STR_INIT("status"),
    [LITELLM_CACHE_HIT] = STR_INIT("cache_hit"),
    [LITELLM_PROVIDER] = STR_INIT("custom_llm_provider"),
    [LITELLM_MODEL] = STR_INIT("model"),
    [LITELLM_MODEL_GROUP] = STR_INIT("model_group"),
    [LITELLM_PROMPT] = STR_INIT("prompt_tokens"),
    [LITELLM_COMPLETION] = STR_INIT("completion_tokens"),
    [LITELLM_COST] = STR_INIT("response_cost"),
    [LITELLM_COST_FAILURE] = STR_INIT("response_cost_failure_debug_info"),
    [LITELLM_START] = STR_INIT("startTime"),
    [LITELLM_END] = STR_INIT("endTime"),
    [LITELLM_FIRST_TOKEN] = STR_INIT("completionStartTime"),
    [LITELLM_END_USER] = STR_INIT("end_user"),
    [LITELLM_SESSION] = STR_INIT("trace_id"),
    [LITELLM_TAGS] = STR_INIT("request_tags"),
    [LITELLM_METADATA] = STR_INIT("metadata"),
    [LITELLM_RESPONSE] = STR_INIT("response"),
};

static enum rc put_object(struct import_job *job, struct str obj,
                          struct why *why)
{
    return litellm_put(job, obj, names, why);
}

static enum rc read_logging(struct import_job *job, struct import_reader *r,
                            struct why *why)
{
    return import_each_object(job, r, put_object, why);
}

static enum import_match is_object(struct str obj)
{
    const struct str telling[] = {names[LITELLM_COST],
                                  names[LITELLM_CALL_TYPE]};
    return import_value_members(obj, telling, 2) == 3 ? IMPORT_MATCH_SURE
                                                      : IMPORT_MATCH_NO;
}

const struct import_format import_format_litellm_logging = {
    .about = {"litellm-logging", "LiteLLM's StandardLoggingPayload, as JSON"},
    .is_object = is_object,
    .read = read_logging,
    .object = put_object,
};
