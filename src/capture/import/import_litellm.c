#include "capture/import/import_litellm.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_skim.h"
#include "base/limits.h"
#include "base/why.h"
#include "capture/import/import_job.h"
#include "capture/import/import_value.h"
#include "event/event.h"

/* One record on its way to an event. */
struct record {
    const struct str *names;
    struct str raw[LITELLM__COUNT];
    struct str metadata; /* an object, or empty */
    struct arena *arena;
    struct event ev;
};

static struct str text_of(const struct record *r, enum litellm_member m)
{
    return import_value_text(r->raw[m], r->arena);
}

static struct str metadata_text(const struct record *r, struct str name)
{
    return import_value_text(import_value_member(r->metadata, name), r->arena);
}

/* The record's own member, else the one that its metadata have. */
static struct str text_or(const struct record *r, enum litellm_member m,
                          struct str name)
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
static enum rc read_part(struct str obj, struct str name, int64_t *ret_n,
                         struct why *why)
{
    enum rc rc = import_value_count(import_value_member(obj, name), ret_n);
    return rc == RC_OK || rc == RC_NOT_FOUND ? RC_OK
                                             : bad_member(name, rc, why);
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
    struct str name;
} part_rows[] = {
    {PART_CACHED, PLACE_IN, STR_INIT("cached_tokens")},
    {PART_CACHED, PLACE_TOP, STR_INIT("cache_read_input_tokens")},
    {PART_WRITTEN, PLACE_IN, STR_INIT("cache_creation_tokens")},
    {PART_WRITTEN, PLACE_IN, STR_INIT("cache_write_tokens")},
    {PART_WRITTEN, PLACE_TOP, STR_INIT("cache_creation_input_tokens")},
    {PART_WRITTEN_1H, PLACE_IN_WRITES, STR_INIT("ephemeral_1h_input_tokens")},
    {PART_AUDIO_IN, PLACE_IN, STR_INIT("audio_tokens")},
    {PART_IMAGE_IN, PLACE_IN, STR_INIT("image_tokens")},
    {PART_REASONING, PLACE_OUT, STR_INIT("reasoning_tokens")},
    {PART_AUDIO_OUT, PLACE_OUT, STR_INIT("audio_tokens")},
    {PART_IMAGE_OUT, PLACE_OUT, STR_INIT("image_tokens")},
    {PART_SEARCHES, PLACE_TOOLS, STR_INIT("web_search_requests")},
    {PART_SEARCHES, PLACE_IN, STR_INIT("web_search_requests")},
};

/* What the proxy knows of the usage, the most telling first. */
static struct str usage_of(const struct record *r)
{
    static const struct str in_metadata[] = {
        STR_INIT("usage_object"),
        STR_INIT("additional_usage_values"),
    };
    struct str usage = STR_EMPTY;
    for (size_t i = 0; i < ARRAY_N(in_metadata) && usage.n == 0; i++) {
        usage = import_value_nested(
            import_value_member(r->metadata, in_metadata[i]), r->arena);
    }
    if (usage.n == 0) {
        struct str response =
            import_value_nested(r->raw[LITELLM_RESPONSE], r->arena);
        usage = import_value_nested(import_value_member(response, STR("usage")),
                                    r->arena);
    }
    return usage;
}

static enum rc read_parts(struct str usage, int64_t part[PART__COUNT],
                          struct why *why)
{
    struct str in = import_value_member(usage, STR("prompt_tokens_details"));
    const struct str places[] = {
        [PLACE_TOP] = usage,
        [PLACE_IN] = in,
        [PLACE_IN_WRITES] =
            import_value_member(in, STR("cache_creation_token_details")),
        [PLACE_OUT] =
            import_value_member(usage, STR("completion_tokens_details")),
        [PLACE_TOOLS] = import_value_member(usage, STR("server_tool_use")),
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
    enum rc rc = import_value_count(r->raw[LITELLM_PROMPT], &prompt);
    if (rc != RC_OK && rc != RC_NOT_FOUND) {
        return bad_member(r->names[LITELLM_PROMPT], rc, why);
    }
    rc = import_value_count(r->raw[LITELLM_COMPLETION], &completion);
    if (rc != RC_OK && rc != RC_NOT_FOUND) {
        return bad_member(r->names[LITELLM_COMPLETION], rc, why);
    }
    struct str usage = usage_of(r);
    if (usage.n == 0) {
        import_value_tag(&r->ev, "import_note", STR("no_cache_split"));
    }
    rc = read_parts(usage, part, why);
    if (rc != RC_OK) {
        return rc;
    }
    *ret_all = prompt | completion | part[PART_SEARCHES];
    set_counts(&r->ev, prompt, completion, part);
    import_value_tag(
        &r->ev, "inference_geo",
        import_value_text(import_value_member(usage, STR("inference_geo")),
                          r->arena));
    struct str speed =
        import_value_text(import_value_member(usage, STR("speed")), r->arena);
    if (!str_eq(speed, STR("standard"))) {
        import_value_tag(&r->ev, "speed", speed);
    }
    enum service_tier tier = service_tier_from(import_value_text(
        import_value_member(usage, STR("service_tier")), r->arena));
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
    struct json_skim it;
    struct str key;
    struct str raw;
    struct buf all;
    struct str joined = STR_EMPTY;
    buf_init(&all, LIMIT_IMPORT_ROW_BYTES);
    if (json_skim_arr(import_value_nested(r->raw[LITELLM_TAGS], r->arena),
                      &it)) {
        while (json_skim_next(&it, &key, &raw) == RC_OK) {
            struct str tag = import_value_text(raw, r->arena);
            buf_cz(&all, all.n > 0 && tag.n > 0 ? "," : "");
            buf_str(&all, tag);
        }
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
    struct json_skim it;
    struct str key;
    struct str raw;
    struct str own = import_value_nested(
        import_value_member(r->metadata, STR("spend_logs_metadata")), r->arena);
    if (!json_skim_obj(own, &it)) {
        return;
    }
    while (json_skim_next(&it, &key, &raw) == RC_OK) {
        struct str value = import_value_text(raw, r->arena);
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
    struct str hash = text_or(r, LITELLM_KEY_HASH, STR("user_api_key_hash"));
    struct str alias = metadata_text(r, STR("user_api_key_alias"));
    const struct {
        enum dim dim;
        struct str text;
    } rows[] = {
        {DIM_PROVIDER, text_of(r, LITELLM_PROVIDER)},
        {DIM_MODEL, text_of(r, LITELLM_MODEL)},
        {DIM_REQUESTED_MODEL, text_of(r, LITELLM_MODEL_GROUP)},
        {DIM_RUN, text_of(r, LITELLM_SESSION)},
        {DIM_USER, text_or(r, LITELLM_USER, STR("user_api_key_user_id"))},
        {DIM_CUSTOMER,
         text_or(r, LITELLM_END_USER, STR("user_api_key_end_user_id"))},
        {DIM_KEY, alias.n > 0 ? alias : hash},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        ev->dim[rows[i].dim] = import_value_dim(rows[i].text);
    }
    import_value_tag(ev, "key_hash", alias.n > 0 ? hash : STR_EMPTY);
    import_value_tag(ev, "team",
                     text_or(r, LITELLM_TEAM, STR("user_api_key_team_id")));
    import_value_tag(ev, "team_name",
                     metadata_text(r, STR("user_api_key_team_alias")));
    join_tags(r);
    add_own_metadata(r);
}

/* ---- the whole ---- */

static enum rc set_times(struct record *r, struct why *why)
{
    struct event *ev = &r->ev;
    int64_t end_us;
    int64_t first_us;
    if (import_value_ts(r->raw[LITELLM_START], &ev->ts_us) != RC_OK) {
        return why_set(why, RC_INVALID, "%.*s is no time",
                       STR_ARG(r->names[LITELLM_START]));
    }
    if (import_value_ts(r->raw[LITELLM_END], &end_us) != RC_OK ||
        end_us < ev->ts_us) {
        return RC_OK;
    }
    ev->latency_ms = (end_us - ev->ts_us) / 1000;
    /* Without a stream it is the end once more, and says nothing. */
    if (import_value_ts(r->raw[LITELLM_FIRST_TOKEN], &first_us) == RC_OK &&
        first_us >= ev->ts_us && first_us < end_us) {
        ev->ttft_ms = (first_us - ev->ts_us) / 1000;
    }
    return RC_OK;
}

static enum rc set_cost(struct record *r, struct why *why)
{
    struct event *ev = &r->ev;
    if (import_value_is_set(r->raw[LITELLM_COST_FAILURE])) {
        return RC_OK;
    }
    enum rc rc = import_value_usd(r->raw[LITELLM_COST], &ev->reported_cost);
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
    struct record r = {.names = names, .arena = &job->arena};
    int64_t all = 0;
    enum rc rc = json_skim_pick(obj, names, LITELLM__COUNT, r.raw);
    if (rc != RC_OK) {
        return why_set(why, rc, "the record is not one JSON object");
    }
    if (import_value_is_true(r.raw[LITELLM_CACHE_HIT])) {
        job->counts->n_skipped++;
        return RC_OK;
    }
    r.metadata = import_value_nested(r.raw[LITELLM_METADATA], r.arena);
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
