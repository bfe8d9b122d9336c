/* OpenAI's usage of completions and embeddings
 * (/v1/organization/usage/completions): input_tokens are all input, cached and
 * written to a cache included; audio and images are counted uncached.  Older
 * answers lack the count of uncached text, which is then what the others leave.
 */
#include "capture/import/import_format.h"

#include "base/json.h"
#include "base/why.h"
#include "capture/import/import_report.h"
#include "capture/import/import_value.h"
#include "event/event.h"

enum member {
    MEMBER_INPUT,
    MEMBER_OUTPUT,
    MEMBER_CACHED,
    MEMBER_WRITTEN,
    MEMBER_AUDIO_IN,
    MEMBER_IMAGE_IN,
    MEMBER_TEXT_IN,
    MEMBER_AUDIO_OUT,
    MEMBER_IMAGE_OUT,
    MEMBER_TEXT_OUT,
    MEMBER_COUNTS, /* all before it are counts */
    MEMBER_OBJECT = MEMBER_COUNTS,
    MEMBER_REQUESTS,
    MEMBER_PROJECT,
    MEMBER_USER,
    MEMBER_KEY,
    MEMBER_MODEL,
    MEMBER_BATCH,
    MEMBER_TIER,
    MEMBER__COUNT
};

static const struct str names[MEMBER__COUNT] = {
    [MEMBER_INPUT] = STR_INIT("input_tokens"),
    [MEMBER_OUTPUT] = STR_INIT("output_tokens"),
    [MEMBER_CACHED] = STR_INIT("input_cached_tokens"),
    [MEMBER_WRITTEN] = STR_INIT("input_cache_write_tokens"),
    [MEMBER_AUDIO_IN] = STR_INIT("input_audio_tokens"),
    [MEMBER_IMAGE_IN] = STR_INIT("input_image_tokens"),
    [MEMBER_TEXT_IN] = STR_INIT("input_text_tokens"),
    [MEMBER_AUDIO_OUT] = STR_INIT("output_audio_tokens"),
    [MEMBER_IMAGE_OUT] = STR_INIT("output_image_tokens"),
    [MEMBER_TEXT_OUT] = STR_INIT("output_text_tokens"),
    [MEMBER_OBJECT] = STR_INIT("object"),
    [MEMBER_REQUESTS] = STR_INIT("num_model_requests"),
    [MEMBER_PROJECT] = STR_INIT("project_id"),
    [MEMBER_USER] = STR_INIT("user_id"),
    [MEMBER_KEY] = STR_INIT("api_key_id"),
    [MEMBER_MODEL] = STR_INIT("model"),
    [MEMBER_BATCH] = STR_INIT("batch"),
    [MEMBER_TIER] = STR_INIT("service_tier"),
};

struct record {
    const struct json *member[MEMBER__COUNT];
    int64_t n[MEMBER_COUNTS];
};

static struct str text_of(const struct record *r, enum member m)
{
    return import_value_text(r->member[m]);
}

/* ---- counts ---- */

/* Which class each part of a whole is; what they leave is text. */
static const struct part {
    enum member whole;
    enum member part;
    enum token_kind kind;
} parts[] = {
    {MEMBER_INPUT, MEMBER_CACHED, TOKEN_CACHE_READ},
    {MEMBER_INPUT, MEMBER_WRITTEN, TOKEN_CACHE_WRITE_5M},
    {MEMBER_INPUT, MEMBER_AUDIO_IN, TOKEN_INPUT_AUDIO},
    {MEMBER_INPUT, MEMBER_IMAGE_IN, TOKEN_INPUT_IMAGE},
    {MEMBER_OUTPUT, MEMBER_AUDIO_OUT, TOKEN_OUTPUT_AUDIO},
    {MEMBER_OUTPUT, MEMBER_IMAGE_OUT, TOKEN_OUTPUT_IMAGE},
};

/* What is told of text counts before what is left for it. */
static int64_t text_left(const struct record *r, enum member whole,
                         enum member text, struct event *ev)
{
    if (!import_value_is_set(r->member[text]) || r->n[text] == r->n[whole]) {
        return r->n[whole];
    }
    import_value_tag(ev, "import_note", STR("total_differs"));
    return r->n[text];
}

static enum rc read_counts(struct record *r, struct event *ev, struct why *why)
{
    bool is_clamped = false;
    for (uint32_t m = 0; m < MEMBER_COUNTS; m++) {
        enum rc rc =
            import_value_read_count(r->member[m], names[m], &r->n[m], why);
        if (rc != RC_OK) {
            return rc;
        }
    }
    for (size_t i = 0; i < ARRAY_N(parts); i++) {
        ev->token[parts[i].kind] = import_value_take(
            &r->n[parts[i].whole], r->n[parts[i].part], &is_clamped);
    }
    if (is_clamped) {
        import_value_tag(ev, "import_note", STR("parts_over_total"));
    }
    ev->token[TOKEN_INPUT] = text_left(r, MEMBER_INPUT, MEMBER_TEXT_IN, ev);
    ev->token[TOKEN_OUTPUT] = text_left(r, MEMBER_OUTPUT, MEMBER_TEXT_OUT, ev);
    return RC_OK;
}

/* ---- the rest ---- */

/* The other kinds count images, seconds, characters: nothing that an event
 * could hold. */
static enum rc read_kind(const struct record *r, struct event *ev,
                         struct why *why)
{
    struct str kind = text_of(r, MEMBER_OBJECT);
    if (import_value_is_set(r->member[MEMBER_INPUT])) {
        bool embeds = str_find(kind, STR(".embeddings."), 0) != SIZE_MAX;
        ev->operation = embeds ? OPERATION_EMBEDDINGS : OPERATION_CHAT;
        return RC_OK;
    }
    return why_set(why, RC_INVALID, "%.*s tells no tokens",
                   STR_ARG(str_utf8_cut(kind, LIMIT_TAG_KEY_MAX)));
}

static enum rc read_row(const struct json *row, struct event *ev,
                        struct why *why)
{
    struct record r = {.n = {0}};
    json_pick(row, names, MEMBER__COUNT, r.member);
    enum rc rc = read_kind(&r, ev, why);
    if (rc == RC_OK) {
        rc = read_counts(&r, ev, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    ev->dim[DIM_PROVIDER] = STR("openai");
    ev->dim[DIM_MODEL] = import_value_dim(text_of(&r, MEMBER_MODEL));
    ev->dim[DIM_KEY] = import_value_dim(text_of(&r, MEMBER_KEY));
    ev->dim[DIM_USER] = import_value_dim(text_of(&r, MEMBER_USER));
    import_report_tier(ev, json_bool(r.member[MEMBER_BATCH])
                               ? STR("batch")
                               : text_of(&r, MEMBER_TIER));
    import_value_tag(ev, "project", text_of(&r, MEMBER_PROJECT));
    import_value_tag(ev, "requests", text_of(&r, MEMBER_REQUESTS));
    return RC_OK;
}

static const struct import_report report = {
    .format = "openai-usage",
    .start = STR_INIT("start_time"),
    .end = STR_INIT("end_time"),
    .telling = STR_INIT("num_model_requests"),
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

const struct import_format import_format_openai_usage = {
    .about = {"openai-usage", "OpenAI's usage of completions or embeddings: "
                              "sums, where toll has none of the calls"},
    .is_object = is_object,
    .read = read_usage,
    .object = put_object,
};
