#include "capture/import/import_litellm.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/why.h"
#include "capture/import/import_job.h"
#include "capture/import/import_value.h"
#include "event/event.h"

/* One record on its way to an event. */
struct record {
    const struct str *names;
    const struct json *member[LITELLM__COUNT];
    const struct json *metadata; /* NULL: there are none */
    struct json_parser *json;    /* for JSON that stands in strings */
    struct arena *arena;
    struct event ev;
};

static struct str text_of(const struct record *r, enum litellm_member m)
{
    return import_value_text(r->member[m]);
}

static struct str metadata_text(const struct record *r, const char *name)
{
    return import_value_text(json_get(r->metadata, name));
}

/* The record's own member, else the one that its metadata have. */
static struct str text_or(const struct record *r, enum litellm_member m,
                          const char *name)
{
    struct str text = text_of(r, m);
    return text.n > 0 ? text : metadata_text(r, name);
}

/* ---- counts ---- */

enum part { /* as told: inside the headline counts */
            PART_CACHED,
            PART_WRITTEN,
            PART_WRITTEN_1H,
            PART_AUDIO_IN,
            PART_IMAGE_IN,
            PART_REASONING,
            PART_AUDIO_OUT,
            PART_IMAGE_OUT,
            PART_SEARCHES,
            PART__COUNT
};

enum place { PLACE_TOP, PLACE_IN, PLACE_IN_WRITES, PLACE_OUT, PLACE_TOOLS };

/* Where each part may be told, the best first: the same number stands in
 * several places and counts once. */
static const struct {
    enum part part;
    enum place place;
    const char *name;
} part_rows[] = {
    {PART_CACHED, PLACE_IN, "cached_tokens"},
    {PART_CACHED, PLACE_TOP, "cache_read_input_tokens"},
    {PART_WRITTEN, PLACE_IN, "cache_creation_tokens"},
    {PART_WRITTEN, PLACE_IN, "cache_write_tokens"},
    {PART_WRITTEN, PLACE_TOP, "cache_creation_input_tokens"},
    {PART_WRITTEN_1H, PLACE_IN_WRITES, "ephemeral_1h_input_tokens"},
    {PART_AUDIO_IN, PLACE_IN, "audio_tokens"},
    {PART_IMAGE_IN, PLACE_IN, "image_tokens"},
    {PART_REASONING, PLACE_OUT, "reasoning_tokens"},
    {PART_AUDIO_OUT, PLACE_OUT, "audio_tokens"},
    {PART_IMAGE_OUT, PLACE_OUT, "image_tokens"},
    {PART_SEARCHES, PLACE_TOOLS, "web_search_requests"},
    {PART_SEARCHES, PLACE_IN, "web_search_requests"},
};

/* What the proxy knows of the usage, the most telling first. */
static const struct json *usage_of(const struct record *r)
{
    static const char *const in_metadata[] = {
        "usage_object",
        "additional_usage_values",
    };
    const struct json *usage = NULL;
    for (size_t i = 0; i < ARRAY_N(in_metadata) && usage == NULL; i++) {
        usage =
            import_value_nested(json_get(r->metadata, in_metadata[i]), r->json);
    }
    if (usage == NULL) {
        const struct json *response =
            import_value_nested(r->member[LITELLM_RESPONSE], r->json);
        usage = import_value_nested(json_get(response, "usage"), r->json);
    }
    return usage;
}

static enum rc read_parts(const struct json *usage, int64_t part[PART__COUNT],
                          struct why *why)
{
    const struct json *in = json_get(usage, "prompt_tokens_details");
    const struct json *const places[] = {
        [PLACE_TOP] = usage,
        [PLACE_IN] = in,
        [PLACE_IN_WRITES] = json_get(in, "cache_creation_token_details"),
        [PLACE_OUT] = json_get(usage, "completion_tokens_details"),
        [PLACE_TOOLS] = json_get(usage, "server_tool_use"),
    };
    for (size_t i = 0; i < ARRAY_N(part_rows); i++) {
        int64_t *n = &part[part_rows[i].part];
        if (*n > 0) {
            continue;
        }
        const struct json *place = places[part_rows[i].place];
        const char *name = part_rows[i].name;
        enum rc rc = import_value_read_count(json_get(place, name),
                                             str_from_cz(name), n, why);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

static void set_counts(struct event *ev, int64_t prompt, int64_t completion,
                       const int64_t part[PART__COUNT])
{
    bool is_clamped = false;
    int64_t *token = ev->token;
    int64_t written =
        import_value_take(&prompt, part[PART_WRITTEN], &is_clamped);
    token[TOKEN_CACHE_WRITE_1H] =
        import_value_take(&written, part[PART_WRITTEN_1H], &is_clamped);
    token[TOKEN_CACHE_WRITE_5M] = written;
    token[TOKEN_CACHE_READ] =
        import_value_take(&prompt, part[PART_CACHED], &is_clamped);
    token[TOKEN_INPUT_AUDIO] =
        import_value_take(&prompt, part[PART_AUDIO_IN], &is_clamped);
    token[TOKEN_INPUT_IMAGE] =
        import_value_take(&prompt, part[PART_IMAGE_IN], &is_clamped);
    token[TOKEN_INPUT] = prompt;
    token[TOKEN_OUTPUT_REASONING] =
        import_value_take(&completion, part[PART_REASONING], &is_clamped);
    token[TOKEN_OUTPUT_AUDIO] =
        import_value_take(&completion, part[PART_AUDIO_OUT], &is_clamped);
    token[TOKEN_OUTPUT_IMAGE] =
        import_value_take(&completion, part[PART_IMAGE_OUT], &is_clamped);
    token[TOKEN_OUTPUT] = completion;
    ev->web_searches = part[PART_SEARCHES];
    if (is_clamped) {
        import_value_tag(ev, "import_note", STR("parts_over_total"));
    }
}

static enum rc read_count(const struct record *r, enum litellm_member m,
                          int64_t *ret_n, struct why *why)
{
    return import_value_read_count(r->member[m], r->names[m], ret_n, why);
}

static enum rc read_counts(struct record *r, int64_t *ret_all, struct why *why)
{
    int64_t prompt = 0;
    int64_t completion = 0;
    int64_t part[PART__COUNT] = {0};
    enum rc rc = read_count(r, LITELLM_PROMPT, &prompt, why);
    if (rc == RC_OK) {
        rc = read_count(r, LITELLM_COMPLETION, &completion, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    const struct json *usage = usage_of(r);
    if (usage == NULL) {
        import_value_tag(&r->ev, "import_note", STR("no_cache_split"));
    }
    rc = read_parts(usage, part, why);
    if (rc != RC_OK) {
        return rc;
    }
    *ret_all = prompt | completion | part[PART_SEARCHES];
    set_counts(&r->ev, prompt, completion, part);
    import_value_tag(&r->ev, "inference_geo",
                     import_value_text(json_get(usage, "inference_geo")));
    struct str speed = import_value_text(json_get(usage, "speed"));
    if (!str_eq(speed, STR("standard"))) {
        import_value_tag(&r->ev, "speed", speed);
    }
    enum service_tier tier =
        service_tier_from(import_value_text(json_get(usage, "service_tier")));
    if (tier != 0) {
        r->ev.service_tier = tier;
    }
    return RC_OK;
}

/* ---- attribution ---- */

/* The list of tags as one, "prod,chat". */
static void join_tags(struct record *r)
{
    struct buf all;
    struct str joined = STR_EMPTY;
    const struct json *tags =
        import_value_nested(r->member[LITELLM_TAGS], r->json);
    bool is_list = json_kind(tags) == JSON_ARR;
    buf_init(&all, LIMIT_IMPORT_ROW_BYTES);
    for (const struct json *j = is_list ? json_first(tags) : NULL; j != NULL;
         j = json_next(j)) {
        struct str tag = import_value_text(j);
        buf_cz(&all, all.n > 0 && tag.n > 0 ? "," : "");
        buf_str(&all, tag);
    }
    if (str_dup(r->arena, buf_view(&all), &joined) == RC_OK) {
        import_value_tag(&r->ev, "tags", joined);
    }
    buf_fini(&all);
}

static void set_attribution(struct record *r)
{
    struct event *ev = &r->ev;
    struct str hash = text_or(r, LITELLM_KEY_HASH, "user_api_key_hash");
    struct str alias = metadata_text(r, "user_api_key_alias");
    const struct {
        enum dim dim;
        struct str text;
    } rows[] = {
        {DIM_PROVIDER, text_of(r, LITELLM_PROVIDER)},
        {DIM_MODEL, text_of(r, LITELLM_MODEL)},
        {DIM_REQUESTED_MODEL, text_of(r, LITELLM_MODEL_GROUP)},
        {DIM_RUN, text_of(r, LITELLM_SESSION)},
        {DIM_USER, text_or(r, LITELLM_USER, "user_api_key_user_id")},
        {DIM_CUSTOMER,
         text_or(r, LITELLM_END_USER, "user_api_key_end_user_id")},
        {DIM_KEY, alias.n > 0 ? alias : hash},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        ev->dim[rows[i].dim] = import_value_dim(rows[i].text);
    }
    import_value_tag(ev, "key_hash", alias.n > 0 ? hash : STR_EMPTY);
    import_value_tag(ev, "team",
                     text_or(r, LITELLM_TEAM, "user_api_key_team_id"));
    import_value_tag(ev, "team_name",
                     metadata_text(r, "user_api_key_team_alias"));
    join_tags(r);
    import_value_own(
        ev, import_value_nested(json_get(r->metadata, "spend_logs_metadata"),
                                r->json));
}

/* ---- the whole ---- */

static enum rc set_times(struct record *r, struct why *why)
{
    enum rc rc = import_value_read_when(r->member[LITELLM_START],
                                        r->names[LITELLM_START], &r->ev, why);
    if (rc == RC_OK) {
        import_value_latencies(&r->ev, r->member[LITELLM_END],
                               r->member[LITELLM_FIRST_TOKEN]);
    }
    return rc;
}

static enum rc set_cost(struct record *r, struct why *why)
{
    return import_value_is_set(r->member[LITELLM_COST_FAILURE])
               ? RC_OK
               : import_value_read_cost(r->member[LITELLM_COST],
                                        r->names[LITELLM_COST], &r->ev, why);
}

static enum rc read_record(struct record *r, int64_t *ret_all, struct why *why)
{
    event_init(&r->ev);
    r->ev.id = text_of(r, LITELLM_ID);
    if (r->ev.id.n > LIMIT_ID_MAX) {
        r->ev.id = STR_EMPTY; /* one is made of the whole record */
    }
    r->ev.operation = import_value_operation(text_of(r, LITELLM_CALL_TYPE));
    enum rc rc = read_counts(r, ret_all, why);
    if (rc == RC_OK) {
        rc = set_times(r, why);
    }
    if (rc == RC_OK) {
        rc = set_cost(r, why);
    }
    if (rc == RC_OK) {
        set_attribution(r);
    }
    return rc;
}

enum rc litellm_put(struct import_job *job, struct str obj,
                    const struct str names[LITELLM__COUNT], struct why *why)
{
    struct record r = {.names = names, .json = job->json, .arena = &job->arena};
    int64_t all = 0;
    const struct json *record = NULL;
    enum rc rc = import_value_record(job->json, obj, &record, why);
    if (rc != RC_OK) {
        return rc;
    }
    json_pick(record, names, LITELLM__COUNT, r.member);
    if (import_value_is_true(r.member[LITELLM_CACHE_HIT])) {
        job->counts->n_skipped++;
        return RC_OK;
    }
    r.metadata = import_value_nested(r.member[LITELLM_METADATA], r.json);
    rc = read_record(&r, &all, why);
    if (rc != RC_OK) {
        return rc;
    }
    if (str_eq(text_of(&r, LITELLM_STATUS), STR("failure"))) {
        if (all == 0) {
            job->counts->n_skipped++;
            return RC_OK;
        }
        r.ev.status = EVENT_STATUS_ERROR;
    }
    return import_job_put(job, &r.ev, false, why);
}
