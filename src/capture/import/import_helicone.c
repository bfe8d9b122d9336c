/* Helicone's requests, as its HTTP interface answers and its dashboard exports
 * them in JSON.  Whether prompt_tokens include what was read from and written
 * to a cache is as the provider had it: with OpenAI's family they do, with
 * Anthropic they do not; total_tokens tell where they are given. */
#include "capture/import/import_format.h"

#include "base/json.h"
#include "base/why.h"
#include "capture/import/import_body.h"
#include "capture/import/import_rows.h"
#include "capture/import/import_value.h"
#include "event/event.h"
#include "event/event_provider.h"
#include "provider/provider.h"

enum member {
    MEMBER_ID,
    MEMBER_TIME,
    MEMBER_PATH,
    MEMBER_USER,
    MEMBER_USER_OLD,
    MEMBER_PROPERTIES,
    MEMBER_PROPERTIES_OLD,
    MEMBER_PROVIDER,
    MEMBER_MODEL,
    MEMBER_MODEL_SERVED,
    MEMBER_MODEL_ASKED,
    MEMBER_STATUS,
    MEMBER_BODY,
    MEMBER_TOOK,
    MEMBER_FIRST_TOKEN,
    MEMBER_TOTAL,
    MEMBER_PROMPT,
    MEMBER_WRITTEN,
    MEMBER_CACHED,
    MEMBER_COMPLETION,
    MEMBER_AUDIO_IN,
    MEMBER_AUDIO_OUT,
    MEMBER_COST,
    MEMBER_COST_OLD,
    MEMBER_PROMPT_ID,
    MEMBER_CACHE,
    MEMBER__COUNT
};

static const struct str names[MEMBER__COUNT] = {
    [MEMBER_ID] = STR_INIT("request_id"),
    [MEMBER_TIME] = STR_INIT("request_created_at"),
    [MEMBER_PATH] = STR_INIT("request_path"),
    [MEMBER_USER] = STR_INIT("request_user_id"),
    [MEMBER_USER_OLD] = STR_INIT("helicone_user"),
    [MEMBER_PROPERTIES] = STR_INIT("request_properties"),
    [MEMBER_PROPERTIES_OLD] = STR_INIT("properties"),
    [MEMBER_PROVIDER] = STR_INIT("provider"),
    [MEMBER_MODEL] = STR_INIT("model"),
    [MEMBER_MODEL_SERVED] = STR_INIT("response_model"),
    [MEMBER_MODEL_ASKED] = STR_INIT("request_model"),
    [MEMBER_STATUS] = STR_INIT("response_status"),
    [MEMBER_BODY] = STR_INIT("response_body"),
    [MEMBER_TOOK] = STR_INIT("delay_ms"),
    [MEMBER_FIRST_TOKEN] = STR_INIT("time_to_first_token"),
    [MEMBER_TOTAL] = STR_INIT("total_tokens"),
    [MEMBER_PROMPT] = STR_INIT("prompt_tokens"),
    [MEMBER_WRITTEN] = STR_INIT("prompt_cache_write_tokens"),
    [MEMBER_CACHED] = STR_INIT("prompt_cache_read_tokens"),
    [MEMBER_COMPLETION] = STR_INIT("completion_tokens"),
    [MEMBER_AUDIO_IN] = STR_INIT("prompt_audio_tokens"),
    [MEMBER_AUDIO_OUT] = STR_INIT("completion_audio_tokens"),
    [MEMBER_COST] = STR_INIT("cost"),
    [MEMBER_COST_OLD] = STR_INIT("costUSD"),
    [MEMBER_PROMPT_ID] = STR_INIT("prompt_id"),
    [MEMBER_CACHE] = STR_INIT("cache_reference_id"),
};

struct record {
    const struct json *member[MEMBER__COUNT];
    struct arena *arena;
    struct event ev;
};

static struct str text_of(const struct record *r, enum member m)
{
    return import_value_text(r->member[m]);
}

/* The first that says something. */
static enum member either(const struct record *r, enum member first,
                          enum member second)
{
    return import_value_is_set(r->member[first]) ? first : second;
}

/* ---- counts ---- */

struct counts {
    int64_t n[MEMBER__COUNT]; /* of the members that are counts */
};

static enum rc read_members(struct record *r, struct counts *ret,
                            struct why *why)
{
    *ret = (struct counts){{0}};
    for (uint32_t m = MEMBER_TOTAL; m <= MEMBER_AUDIO_OUT; m++) {
        enum rc rc =
            import_value_read_count(r->member[m], names[m], &ret->n[m], why);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

/* Does the prompt include what the cache had?  The sum tells; else the habit
 * of the provider. */
static bool is_cache_within(struct record *r, const struct counts *c)
{
    int64_t cache = c->n[MEMBER_CACHED] + c->n[MEMBER_WRITTEN];
    int64_t sum = c->n[MEMBER_PROMPT] + c->n[MEMBER_COMPLETION];
    int64_t total = c->n[MEMBER_TOTAL];
    if (total > 0 && (total == sum || total == sum + cache)) {
        return total == sum;
    }
    if (total > 0) {
        import_value_tag(&r->ev, "import_note", STR("total_differs"));
    }
    struct str provider = provider_fold(text_of(r, MEMBER_PROVIDER));
    return !str_eq(provider, STR("anthropic")) &&
           !str_eq(provider, STR("bedrock"));
}

static void set_counts(struct record *r, const struct counts *c)
{
    bool is_clamped = false;
    int64_t *token = r->ev.token;
    int64_t prompt = c->n[MEMBER_PROMPT];
    int64_t completion = c->n[MEMBER_COMPLETION];
    token[TOKEN_CACHE_READ] = c->n[MEMBER_CACHED];
    token[TOKEN_CACHE_WRITE_5M] = c->n[MEMBER_WRITTEN];
    if (is_cache_within(r, c)) {
        token[TOKEN_CACHE_WRITE_5M] =
            import_value_take(&prompt, c->n[MEMBER_WRITTEN], &is_clamped);
        token[TOKEN_CACHE_READ] =
            import_value_take(&prompt, c->n[MEMBER_CACHED], &is_clamped);
    }
    token[TOKEN_INPUT_AUDIO] =
        import_value_take(&prompt, c->n[MEMBER_AUDIO_IN], &is_clamped);
    token[TOKEN_INPUT] = prompt;
    token[TOKEN_OUTPUT_AUDIO] =
        import_value_take(&completion, c->n[MEMBER_AUDIO_OUT], &is_clamped);
    token[TOKEN_OUTPUT] = completion;
    if (is_clamped) {
        import_value_tag(&r->ev, "import_note", STR("parts_over_total"));
    }
}

/* Requests that Helicone did not count itself have only the response. */
static void read_body(struct record *r)
{
    const struct provider_context context = {
        .provider = provider_fold(text_of(r, MEMBER_PROVIDER)),
        .path = text_of(r, MEMBER_PATH),
        .model = text_of(r, MEMBER_MODEL_ASKED),
    };
    if (!import_body_read(r->member[MEMBER_BODY], &context, r->arena, &r->ev)) {
        import_value_tag(&r->ev, "import_note", STR("no_usage"));
    }
}

static enum rc read_counts(struct record *r, struct why *why)
{
    struct counts c;
    enum rc rc = read_members(r, &c, why);
    if (rc != RC_OK) {
        return rc;
    }
    if (import_value_is_set(r->member[MEMBER_PROMPT]) ||
        import_value_is_set(r->member[MEMBER_COMPLETION])) {
        set_counts(r, &c);
    } else {
        read_body(r);
    }
    return RC_OK;
}

/* ---- the rest ---- */

static enum rc read_times(struct record *r, struct why *why)
{
    struct event *ev = &r->ev;
    enum rc rc = import_value_read_when(r->member[MEMBER_TIME],
                                        names[MEMBER_TIME], ev, why);
    if (rc == RC_OK) {
        rc = import_value_read_count(r->member[MEMBER_TOOK], names[MEMBER_TOOK],
                                     &ev->latency_ms, why);
    }
    return rc == RC_OK ? import_value_read_count(r->member[MEMBER_FIRST_TOKEN],
                                                 names[MEMBER_FIRST_TOKEN],
                                                 &ev->ttft_ms, why)
                       : rc;
}

static void set_attribution(struct record *r, struct json_parser *json)
{
    const struct {
        enum dim dim;
        enum member member;
    } rows[] = {
        {DIM_PROVIDER, MEMBER_PROVIDER},
        {DIM_MODEL, either(r, MEMBER_MODEL_SERVED,
                           either(r, MEMBER_MODEL, MEMBER_MODEL_ASKED))},
        {DIM_REQUESTED_MODEL, MEMBER_MODEL_ASKED},
        {DIM_USER, either(r, MEMBER_USER, MEMBER_USER_OLD)},
    };
    struct event *ev = &r->ev;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        ev->dim[rows[i].dim] = import_value_dim(text_of(r, rows[i].member));
    }
    import_value_tag(ev, "prompt_id", text_of(r, MEMBER_PROMPT_ID));
    enum member own = either(r, MEMBER_PROPERTIES, MEMBER_PROPERTIES_OLD);
    import_value_own(ev, import_value_nested(r->member[own], json));
}

static enum rc read_record(struct record *r, struct json_parser *json,
                           struct why *why)
{
    event_init(&r->ev);
    r->ev.id = text_of(r, MEMBER_ID);
    r->ev.operation = import_value_operation(text_of(r, MEMBER_PATH));
    enum rc rc = read_times(r, why);
    if (rc == RC_OK) {
        rc = read_counts(r, why);
    }
    if (rc == RC_OK) {
        enum member cost = either(r, MEMBER_COST, MEMBER_COST_OLD);
        rc = import_value_read_cost(r->member[cost], names[cost], &r->ev, why);
    }
    if (rc == RC_OK) {
        set_attribution(r, json);
    }
    return rc;
}

/* Answered by Helicone itself: the UUID of the request that was answered the
 * same; all zeros for none. */
static bool is_from_cache(const struct record *r)
{
    struct str id = text_of(r, MEMBER_CACHE);
    for (size_t i = 0; i < id.n; i++) {
        if (id.p[i] != '0' && id.p[i] != '-') {
            return true;
        }
    }
    return false;
}

static bool has_failed(const struct record *r)
{
    int64_t status = 0;
    return import_value_count(r->member[MEMBER_STATUS], &status) == RC_OK &&
           status >= 400;
}

static enum rc put_object(struct import_job *job, struct str obj,
                          struct why *why)
{
    struct record r = {.arena = &job->arena};
    const struct json *record = NULL;
    enum rc rc = import_value_record(job->json, obj, &record, why);
    if (rc != RC_OK) {
        return rc;
    }
    json_pick(record, names, MEMBER__COUNT, r.member);
    if (is_from_cache(&r)) {
        job->counts->n_skipped++;
        return RC_OK;
    }
    rc = read_record(&r, job->json, why);
    if (rc != RC_OK) {
        return rc;
    }
    if (has_failed(&r)) {
        if (event_input_tokens(&r.ev) == 0 && event_output_tokens(&r.ev) == 0) {
            job->counts->n_skipped++;
            return RC_OK;
        }
        r.ev.status = EVENT_STATUS_ERROR;
    }
    return import_job_put(job, &r.ev, false, why);
}

static enum rc read_helicone(struct import_job *job, struct import_reader *r,
                             struct why *why)
{
    return import_each_object(job, r, put_object, why);
}

/* Long bodies stand behind these, and the end of the record may be missing. */
static enum import_match is_object(struct str obj)
{
    const struct str telling[] = {names[MEMBER_ID], names[MEMBER_TIME]};
    return import_value_members(obj, telling, 2) == 3 ? IMPORT_MATCH_SURE
                                                      : IMPORT_MATCH_NO;
}

const struct import_format import_format_helicone = {
    .about = {"helicone", "Helicone's requests, as JSON rows, an array, or "
                          "answers of its API"},
    .is_object = is_object,
    .read = read_helicone,
    .object = put_object,
};
