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

static enum rc bad_member(struct str name, enum rc rc, struct why *why)
{
    return why_set(why, rc, "%.*s must be a whole number from 0 to 2^53",
                   STR_ARG(name));
}

/* ---- counts ---- */

/* A count somewhere within the usage; absent is 0. */
static enum rc read_part(const struct json *obj, const char *name,
                         int64_t *ret_n, struct why *why)
{
    enum rc rc = import_value_count(json_get(obj, name), ret_n);
    return rc == RC_OK || rc == RC_NOT_FOUND
               ? RC_OK
               : bad_member(str_from_cz(name), rc, why);
}

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
        enum rc rc =
            read_part(places[part_rows[i].place], part_rows[i].name, n, why);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

/* Take a part out of what is left of its whole. */
static int64_t take(int64_t *left, int64_t part, bool *is_clamped)
{
    int64_t taken = part < *left ? part : *left;
    *is_clamped = *is_clamped || taken < part;
    *left -= taken;
    return taken;
}

static void set_counts(struct event *ev, int64_t prompt, int64_t completion,
                       const int64_t part[PART__COUNT])
{
    bool is_clamped = false;
    int64_t *token = ev->token;
    int64_t written = take(&prompt, part[PART_WRITTEN], &is_clamped);
    token[TOKEN_CACHE_WRITE_1H] =
        take(&written, part[PART_WRITTEN_1H], &is_clamped);
    token[TOKEN_CACHE_WRITE_5M] = written;
    token[TOKEN_CACHE_READ] = take(&prompt, part[PART_CACHED], &is_clamped);
    token[TOKEN_INPUT_AUDIO] = take(&prompt, part[PART_AUDIO_IN], &is_clamped);
    token[TOKEN_INPUT_IMAGE] = take(&prompt, part[PART_IMAGE_IN], &is_clamped);
    token[TOKEN_INPUT] = prompt;
    token[TOKEN_OUTPUT_REASONING] =
        take(&completion, part[PART_REASONING], &is_clamped);
    token[TOKEN_OUTPUT_AUDIO] =
        take(&completion, part[PART_AUDIO_OUT], &is_clamped);
    token[TOKEN_OUTPUT_IMAGE] =
        take(&completion, part[PART_IMAGE_OUT], &is_clamped);
    token[TOKEN_OUTPUT] = completion;
    ev->web_searches = part[PART_SEARCHES];
    if (is_clamped) {
        import_value_tag(ev, "import_note", STR("parts_over_total"));
    }
}

static enum rc read_counts(struct record *r, int64_t *ret_all, struct why *why)
{
    int64_t prompt = 0;
    int64_t completion = 0;
    int64_t part[PART__COUNT] = {0};
    enum rc rc = import_value_count(r->member[LITELLM_PROMPT], &prompt);
    if (rc != RC_OK && rc != RC_NOT_FOUND) {
        return bad_member(r->names[LITELLM_PROMPT], rc, why);
    }
    rc = import_value_count(r->member[LITELLM_COMPLETION], &completion);
    if (rc != RC_OK && rc != RC_NOT_FOUND) {
        return bad_member(r->names[LITELLM_COMPLETION], rc, why);
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

static enum operation operation_of(struct str call_type)
{
    static const struct {
        struct str part;
        enum operation operation;
    } rows[] = {
        {STR_INIT("embedding"), OPERATION_EMBEDDINGS},
        {STR_INIT("image"), OPERATION_IMAGE},
        {STR_INIT("transcription"), OPERATION_AUDIO},
        {STR_INIT("speech"), OPERATION_AUDIO},
        {STR_INIT("rerank"), OPERATION_RERANK},
        {STR_INIT("completion"), OPERATION_CHAT},
        {STR_INIT("responses"), OPERATION_CHAT},
        {STR_INIT("messages"), OPERATION_CHAT},
        {STR_INIT("generate_content"), OPERATION_CHAT},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        if (str_find(call_type, rows[i].part, 0) != SIZE_MAX) {
            return rows[i].operation;
        }
    }
    return call_type.n > 0 ? OPERATION_OTHER : OPERATION_CHAT;
}

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

/* The client's own words: those that are dimensions here become such, if
 * nothing better is known; the others are tags. */
static void add_own_metadata(struct record *r)
{
    const struct json *own = import_value_nested(
        json_get(r->metadata, "spend_logs_metadata"), r->json);
    bool is_object = json_kind(own) == JSON_OBJ;
    for (const struct json *j = is_object ? json_first(own) : NULL; j != NULL;
         j = json_next(j)) {
        struct str key = json_key(j);
        struct str value = import_value_text(j);
        enum dim dim = dim_from(key);
        if (dim < DIM__COUNT && dim != DIM_PROVIDER && dim != DIM_MODEL &&
            dim != DIM_REQUESTED_MODEL) {
            if (r->ev.dim[dim].n == 0) {
                r->ev.dim[dim] = import_value_dim(value);
            }
            continue;
        }
        if (key.n <= LIMIT_TAG_KEY_MAX && value.n > 0 && str_utf8_ok(key) &&
            event_tag_set(&r->ev, key, str_utf8_cut(value, LIMIT_TAG_VALUE_MAX),
                          NULL) != RC_OK) {
            return; /* there is no room for more */
        }
    }
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
    add_own_metadata(r);
}

/* ---- the whole ---- */

static enum rc set_times(struct record *r, struct why *why)
{
    struct event *ev = &r->ev;
    int64_t end_us;
    int64_t first_us;
    if (import_value_ts(r->member[LITELLM_START], &ev->ts_us) != RC_OK) {
        return why_set(why, RC_INVALID, "%.*s is no time",
                       STR_ARG(r->names[LITELLM_START]));
    }
    if (import_value_ts(r->member[LITELLM_END], &end_us) != RC_OK ||
        end_us < ev->ts_us) {
        return RC_OK;
    }
    ev->latency_ms = (end_us - ev->ts_us) / 1000;
    /* Without a stream it is the end once more, and says nothing. */
    if (import_value_ts(r->member[LITELLM_FIRST_TOKEN], &first_us) == RC_OK &&
        first_us >= ev->ts_us && first_us < end_us) {
        ev->ttft_ms = (first_us - ev->ts_us) / 1000;
    }
    return RC_OK;
}

static enum rc set_cost(struct record *r, struct why *why)
{
    struct event *ev = &r->ev;
    if (import_value_is_set(r->member[LITELLM_COST_FAILURE])) {
        return RC_OK;
    }
    enum rc rc = import_value_usd(r->member[LITELLM_COST], &ev->reported_cost);
    if (rc != RC_OK && rc != RC_NOT_FOUND) {
        return why_set(why, rc, "%.*s must be dollars",
                       STR_ARG(r->names[LITELLM_COST]));
    }
    ev->has_reported_cost = rc == RC_OK;
    return RC_OK;
}

static enum rc read_record(struct record *r, int64_t *ret_all, struct why *why)
{
    event_init(&r->ev);
    r->ev.id = text_of(r, LITELLM_ID);
    if (r->ev.id.n > LIMIT_ID_MAX) {
        r->ev.id = STR_EMPTY; /* one is made of the whole record */
    }
    r->ev.operation = operation_of(text_of(r, LITELLM_CALL_TYPE));
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
    enum rc rc = json_parser_skim(job->json, obj, &record);
    if (rc == RC_OK && json_kind(record) != JSON_OBJ) {
        rc = RC_PARSE;
    }
    if (rc != RC_OK) {
        return why_set(why, rc, "the record is not one JSON object");
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
