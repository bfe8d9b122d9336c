/* AWS Bedrock's model invocation log: one object a call, in files of JSON
 * lines.  inputTokenCount leaves out what a cache had.  The response, where it
 * is logged, says more: the lifetimes of cache writes, and reasoning. */
#include "capture/import/import_format.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/why.h"
#include "capture/import/import_body.h"
#include "capture/import/import_rows.h"
#include "capture/import/import_value.h"
#include "event/event.h"
#include "provider/provider.h"

enum member {
    MEMBER_SCHEMA,
    MEMBER_ID,
    MEMBER_TIME,
    MEMBER_MODEL,
    MEMBER_OPERATION,
    MEMBER_INPUT,
    MEMBER_OUTPUT,
    MEMBER_IDENTITY,
    MEMBER_ACCOUNT,
    MEMBER_REGION,
    MEMBER_REGION_SERVED,
    MEMBER_ERROR,
    MEMBER_METADATA,
    MEMBER__COUNT
};

static const struct str names[MEMBER__COUNT] = {
    [MEMBER_SCHEMA] = STR_INIT("schemaType"),
    [MEMBER_ID] = STR_INIT("requestId"),
    [MEMBER_TIME] = STR_INIT("timestamp"),
    [MEMBER_MODEL] = STR_INIT("modelId"),
    [MEMBER_OPERATION] = STR_INIT("operation"),
    [MEMBER_INPUT] = STR_INIT("input"),
    [MEMBER_OUTPUT] = STR_INIT("output"),
    [MEMBER_IDENTITY] = STR_INIT("identity"),
    [MEMBER_ACCOUNT] = STR_INIT("accountId"),
    [MEMBER_REGION] = STR_INIT("region"),
    [MEMBER_REGION_SERVED] = STR_INIT("inferenceRegion"),
    [MEMBER_ERROR] = STR_INIT("errorCode"),
    [MEMBER_METADATA] = STR_INIT("requestMetadata"),
};

struct record {
    const struct json *member[MEMBER__COUNT];
    struct event ev;
};

static struct str text_of(const struct record *r, enum member m)
{
    return import_value_text(r->member[m]);
}

/* ---- counts ---- */

static const struct {
    const char *name;
    enum member side;
    enum token_kind kind;
} count_rows[] = {
    {"inputTokenCount", MEMBER_INPUT, TOKEN_INPUT},
    {"cacheReadInputTokenCount", MEMBER_INPUT, TOKEN_CACHE_READ},
    {"cacheWriteInputTokenCount", MEMBER_INPUT, TOKEN_CACHE_WRITE_5M},
    {"outputTokenCount", MEMBER_OUTPUT, TOKEN_OUTPUT},
};

static enum rc read_counts(struct record *r, bool *ret_has_counts,
                           struct why *why)
{
    for (size_t i = 0; i < ARRAY_N(count_rows); i++) {
        const char *name = count_rows[i].name;
        const struct json *j = json_get(r->member[count_rows[i].side], name);
        enum rc rc = import_value_read_count(
            j, str_from_cz(name), &r->ev.token[count_rows[i].kind], why);
        if (rc != RC_OK) {
            return rc;
        }
        *ret_has_counts = *ret_has_counts || import_value_is_set(j);
    }
    return RC_OK;
}

/* What Bedrock answered, read as if the call had been seen. */
static bool read_body(struct record *r, struct arena *arena)
{
    bool is_converse =
        str_starts(text_of(r, MEMBER_OPERATION), STR("Converse"));
    const struct provider_context context = {
        .provider = STR("bedrock"),
        .path = is_converse ? STR("/model/m/converse") : STR("/model/m/invoke"),
        .model = text_of(r, MEMBER_MODEL),
    };
    return import_body_read(
        json_get(r->member[MEMBER_OUTPUT], "outputBodyJson"), &context, arena,
        &r->ev);
}

/* ---- the rest ---- */

/* Behind the last slash of an ARN, "us.anthropic.claude-opus-4-6-v1". */
static struct str model_of(struct str id)
{
    size_t at = str_starts(id, STR("arn:")) ? id.n : 0;
    while (at > 0 && id.p[at - 1] != '/') {
        at--;
    }
    return str_sub(id, at, SIZE_MAX);
}

static void set_attribution(struct record *r)
{
    struct event *ev = &r->ev;
    struct str model = text_of(r, MEMBER_MODEL);
    struct str arn =
        import_value_text(json_get(r->member[MEMBER_IDENTITY], "arn"));
    ev->dim[DIM_PROVIDER] = STR("bedrock");
    ev->dim[DIM_MODEL] = import_value_dim(model_of(model));
    ev->dim[DIM_REQUESTED_MODEL] = import_value_dim(model);
    ev->dim[DIM_KEY] = import_value_dim(arn);
    import_value_tag(ev, "account", text_of(r, MEMBER_ACCOUNT));
    import_value_tag(ev, "region", text_of(r, MEMBER_REGION));
    import_value_tag(ev, "inference_region", text_of(r, MEMBER_REGION_SERVED));
    import_value_tag(ev, "error_code", text_of(r, MEMBER_ERROR));
    import_value_own(ev, r->member[MEMBER_METADATA]);
}

static enum rc read_record(struct record *r, struct arena *arena,
                           bool *ret_has_counts, struct why *why)
{
    event_init(&r->ev);
    r->ev.id = text_of(r, MEMBER_ID);
    if (str_find(text_of(r, MEMBER_MODEL), STR("embed"), 0) != SIZE_MAX) {
        r->ev.operation = OPERATION_EMBEDDINGS;
    }
    enum rc rc = import_value_read_when(r->member[MEMBER_TIME],
                                        names[MEMBER_TIME], &r->ev, why);
    if (rc == RC_OK) {
        rc = read_counts(r, ret_has_counts, why);
    }
    if (rc == RC_OK) {
        bool has_body = read_body(r, arena);
        *ret_has_counts = *ret_has_counts || has_body;
        set_attribution(r);
    }
    return rc;
}

static enum rc put_object(struct import_job *job, struct str obj,
                          struct why *why)
{
    struct record r = {.member = {NULL}};
    const struct json *record = NULL;
    bool has_counts = false;
    enum rc rc = import_value_record(job->json, obj, &record, why);
    if (rc != RC_OK) {
        return rc;
    }
    json_pick(record, names, MEMBER__COUNT, r.member);
    rc = read_record(&r, &job->arena, &has_counts, why);
    if (rc != RC_OK) {
        return rc;
    }
    if (import_value_is_set(r.member[MEMBER_ERROR])) {
        if (!has_counts) {
            job->counts->n_skipped++;
            return RC_OK;
        }
        r.ev.status = EVENT_STATUS_ERROR;
    }
    if (!has_counts) {
        import_value_tag(&r.ev, "import_note", STR("no_usage"));
    }
    return import_job_put(job, &r.ev, false, why);
}

static enum rc read_bedrock(struct import_job *job, struct import_reader *r,
                            struct why *why)
{
    return import_each_object(job, r, put_object, why);
}

/* Long bodies may stand behind the model, and the end of the line be
 * missing. */
static enum import_match is_object(struct str obj)
{
    const struct str telling[] = {names[MEMBER_SCHEMA], names[MEMBER_ID],
                                  names[MEMBER_MODEL]};
    return import_value_members(obj, telling, 3) == 7 ? IMPORT_MATCH_SURE
                                                      : IMPORT_MATCH_NO;
}

const struct import_format import_format_bedrock = {
    .about = {"bedrock", "AWS Bedrock's model invocation log"},
    .is_object = is_object,
    .read = read_bedrock,
    .object = put_object,
};
