/* Observations of Langfuse, as its HTTP interface answers them (of either
 * version) and as its exports hold them, in camelCase or snake_case.  Only
 * generations and embeddings are calls: agents, chains and tools repeat what
 * stands below them.
 *
 * The keys of usageDetails are meant to be disjoint, and what SDKs send is not
 * always: `total` tells whether the parts stand beside input and output or
 * within them. */
#include "capture/import/import_format.h"

#include "base/json.h"
#include "base/num.h"
#include "base/why.h"
#include "capture/import/import_rows.h"
#include "capture/import/import_value.h"
#include "event/event.h"
#include "event/event_provider.h"

enum member {
    MEMBER_ID,
    MEMBER_TRACE,
    MEMBER_TYPE,
    MEMBER_START,
    MEMBER_END,
    MEMBER_FIRST_TOKEN,
    MEMBER_MODEL,
    MEMBER_USAGE,
    MEMBER_USAGE_OLD,
    MEMBER_COSTS,
    MEMBER_COST,
    MEMBER_COST_OLD,
    MEMBER_LEVEL,
    MEMBER_ENVIRONMENT,
    MEMBER_NAME,
    MEMBER_TRACE_NAME,
    MEMBER_USER,
    MEMBER_SESSION,
    MEMBER_RELEASE,
    MEMBER_PROMPT,
    MEMBER_PROMPT_VERSION,
    MEMBER_METADATA,
    MEMBER__COUNT
};

/* What a member is called; of several that one row has, the first counts. */
static const struct spelling {
    enum member member;
    struct str name;
} spellings[] = {
    {MEMBER_ID, STR_INIT("id")},
    {MEMBER_TRACE, STR_INIT("traceId")},
    {MEMBER_TRACE, STR_INIT("trace_id")},
    {MEMBER_TYPE, STR_INIT("type")},
    {MEMBER_START, STR_INIT("startTime")},
    {MEMBER_START, STR_INIT("start_time")},
    {MEMBER_END, STR_INIT("endTime")},
    {MEMBER_END, STR_INIT("end_time")},
    {MEMBER_FIRST_TOKEN, STR_INIT("completionStartTime")},
    {MEMBER_FIRST_TOKEN, STR_INIT("completion_start_time")},
    {MEMBER_MODEL, STR_INIT("model")},
    {MEMBER_MODEL, STR_INIT("providedModelName")},
    {MEMBER_MODEL, STR_INIT("provided_model_name")},
    {MEMBER_USAGE, STR_INIT("usageDetails")},
    {MEMBER_USAGE, STR_INIT("usage_details")},
    {MEMBER_USAGE_OLD, STR_INIT("usage")},
    {MEMBER_COSTS, STR_INIT("costDetails")},
    {MEMBER_COSTS, STR_INIT("cost_details")},
    {MEMBER_COST, STR_INIT("totalCost")},
    {MEMBER_COST, STR_INIT("total_cost")},
    {MEMBER_COST_OLD, STR_INIT("calculatedTotalCost")},
    {MEMBER_LEVEL, STR_INIT("level")},
    {MEMBER_ENVIRONMENT, STR_INIT("environment")},
    {MEMBER_NAME, STR_INIT("name")},
    {MEMBER_TRACE_NAME, STR_INIT("traceName")},
    {MEMBER_TRACE_NAME, STR_INIT("trace_name")},
    {MEMBER_USER, STR_INIT("userId")},
    {MEMBER_USER, STR_INIT("user_id")},
    {MEMBER_SESSION, STR_INIT("sessionId")},
    {MEMBER_SESSION, STR_INIT("session_id")},
    {MEMBER_RELEASE, STR_INIT("release")},
    {MEMBER_PROMPT, STR_INIT("promptName")},
    {MEMBER_PROMPT, STR_INIT("prompt_name")},
    {MEMBER_PROMPT_VERSION, STR_INIT("promptVersion")},
    {MEMBER_PROMPT_VERSION, STR_INIT("prompt_version")},
    {MEMBER_METADATA, STR_INIT("metadata")},
};

struct record {
    struct str name[MEMBER__COUNT]; /* as this row spells it */
    const struct json *member[MEMBER__COUNT];
    struct json_parser *json; /* for JSON that stands in strings */
    struct event ev;
};

static void pick(const struct json *row, struct record *r)
{
    struct str names[ARRAY_N(spellings)];
    const struct json *found[ARRAY_N(spellings)];
    for (size_t i = 0; i < ARRAY_N(spellings); i++) {
        names[i] = spellings[i].name;
    }
    json_pick(row, names, ARRAY_N(spellings), found);
    for (size_t i = 0; i < ARRAY_N(spellings); i++) {
        enum member m = spellings[i].member;
        if (r->name[m].n == 0 ||
            (!import_value_is_set(r->member[m]) && found[i] != NULL)) {
            r->name[m] = names[i];
            r->member[m] = found[i];
        }
    }
}

static struct str text_of(const struct record *r, enum member m)
{
    return import_value_text(r->member[m]);
}

/* ---- counts ---- */

/* Keys of usageDetails; those of one class are spellings of the same. */
static const struct {
    const char *key;
    enum token_kind kind;
} usage_keys[] = {
    {"input", TOKEN_INPUT},
    {"output", TOKEN_OUTPUT},
    {"input_cached_tokens", TOKEN_CACHE_READ},
    {"cache_read_input_tokens", TOKEN_CACHE_READ},
    {"input_cache_read", TOKEN_CACHE_READ},
    {"cached_tokens", TOKEN_CACHE_READ},
    {"input_cache_creation", TOKEN_CACHE_WRITE_5M},
    {"cache_creation_input_tokens", TOKEN_CACHE_WRITE_5M},
    {"input_cache_write", TOKEN_CACHE_WRITE_5M},
    {"input_cache_creation_5m", TOKEN_CACHE_WRITE_5M},
    {"input_cache_creation_1h", TOKEN_CACHE_WRITE_1H},
    {"output_reasoning_tokens", TOKEN_OUTPUT_REASONING},
    {"output_reasoning", TOKEN_OUTPUT_REASONING},
    {"reasoning_tokens", TOKEN_OUTPUT_REASONING},
    {"input_audio_tokens", TOKEN_INPUT_AUDIO},
    {"output_audio_tokens", TOKEN_OUTPUT_AUDIO},
};

/* The parts of one side, of which the whole is left what they leave. */
static void take_parts(int64_t *token, enum token_kind whole,
                       const enum token_kind *part, size_t n, bool *is_clamped)
{
    for (size_t i = 0; i < n; i++) {
        token[part[i]] =
            import_value_take(&token[whole], token[part[i]], is_clamped);
    }
}

/* The parts are within input and output. */
static void take_out(struct event *ev)
{
    static const enum token_kind in[] = {
        TOKEN_CACHE_READ,
        TOKEN_CACHE_WRITE_5M,
        TOKEN_CACHE_WRITE_1H,
        TOKEN_INPUT_AUDIO,
    };
    static const enum token_kind out[] = {
        TOKEN_OUTPUT_REASONING,
        TOKEN_OUTPUT_AUDIO,
    };
    bool is_clamped = false;
    take_parts(ev->token, TOKEN_INPUT, in, ARRAY_N(in), &is_clamped);
    take_parts(ev->token, TOKEN_OUTPUT, out, ARRAY_N(out), &is_clamped);
    if (is_clamped) {
        import_value_tag(ev, "import_note", STR("parts_over_total"));
    }
}

static bool known_key(struct str key, enum token_kind *ret_kind)
{
    for (size_t i = 0; i < ARRAY_N(usage_keys); i++) {
        if (str_eq(key, str_from_cz(usage_keys[i].key))) {
            *ret_kind = usage_keys[i].kind;
            return true;
        }
    }
    return false;
}

/* One key of usageDetails; *sum counts what is no total.  One that is not
 * known is kept as a tag, since nobody can say what it costs. */
static enum rc add_key(struct event *ev, const struct json *j, int64_t *sum,
                       int64_t *total, struct why *why)
{
    struct str key = json_key(j);
    enum token_kind kind;
    int64_t n = 0;
    enum rc rc = import_value_read_count(j, key, &n, why);
    if (rc != RC_OK || n == 0) {
        return rc;
    }
    if (str_eq(key, STR("total"))) {
        *total = n;
        return RC_OK;
    }
    if (known_key(key, &kind)) {
        n = ev->token[kind] == 0 ? n : 0;
        ev->token[kind] += n;
    } else {
        import_value_own_tag(ev, key, import_value_text(j));
    }
    rc = num_add_i64(*sum, n, sum);
    return rc == RC_OK ? RC_OK
                       : why_set(why, rc,
                                 "the counts of usageDetails are "
                                 "larger than any call's");
}

static enum rc read_details(struct event *ev, const struct json *usage,
                            struct why *why)
{
    int64_t sum = 0;
    int64_t total = 0;
    for (const struct json *j = json_first(usage); j != NULL;
         j = json_next(j)) {
        enum rc rc = add_key(ev, j, &sum, &total, why);
        if (rc != RC_OK) {
            return rc;
        }
    }
    int64_t headline = ev->token[TOKEN_INPUT] + ev->token[TOKEN_OUTPUT];
    if (sum == 0 && total > 0) {
        import_value_tag(ev, "import_note", STR("total_only"));
    } else if (total > 0 && total != sum && total == headline) {
        take_out(ev);
    } else if (total > 0 && total != sum) {
        import_value_tag(ev, "import_note", STR("total_differs"));
    }
    return RC_OK;
}

/* What came before usageDetails: tokens, unless another unit is named. */
static enum rc read_old(struct event *ev, const struct json *usage,
                        struct why *why)
{
    struct str unit = import_value_text(json_get(usage, "unit"));
    if (unit.n > 0 && !str_eq_nocase(unit, STR("TOKENS"))) {
        import_value_tag(ev, "usage_unit", unit);
        return RC_OK;
    }
    enum rc rc =
        import_value_read_count(json_get(usage, "input"), STR("usage.input"),
                                &ev->token[TOKEN_INPUT], why);
    return rc == RC_OK ? import_value_read_count(json_get(usage, "output"),
                                                 STR("usage.output"),
                                                 &ev->token[TOKEN_OUTPUT], why)
                       : rc;
}

static enum rc read_counts(struct record *r, struct why *why)
{
    const struct json *usage =
        import_value_nested(r->member[MEMBER_USAGE], r->json);
    if (json_kind(usage) == JSON_OBJ && json_n(usage) > 0) {
        return read_details(&r->ev, usage, why);
    }
    usage = import_value_nested(r->member[MEMBER_USAGE_OLD], r->json);
    return read_old(&r->ev, usage, why);
}

/* ---- the rest ---- */

static enum rc read_cost(struct record *r, struct why *why)
{
    const struct json *costs =
        import_value_nested(r->member[MEMBER_COSTS], r->json);
    const struct json *cost = json_get(costs, "total");
    struct str name = r->name[MEMBER_COSTS];
    for (enum member m = MEMBER_COST;
         m <= MEMBER_COST_OLD && !import_value_is_set(cost); m++) {
        cost = r->member[m];
        name = r->name[m];
    }
    return import_value_read_cost(cost, name, &r->ev, why);
}

static void set_attribution(struct record *r, bool *ret_has_environment)
{
    static const struct {
        enum dim dim;
        enum member member;
    } rows[] = {
        {DIM_MODEL, MEMBER_MODEL},
        {DIM_WORKFLOW, MEMBER_TRACE_NAME},
        {DIM_RUN, MEMBER_SESSION},
        {DIM_STEP, MEMBER_NAME},
        {DIM_USER, MEMBER_USER},
        {DIM_RELEASE, MEMBER_RELEASE},
        {DIM_PROMPT, MEMBER_PROMPT_VERSION},
    };
    struct event *ev = &r->ev;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        ev->dim[rows[i].dim] = import_value_dim(text_of(r, rows[i].member));
    }
    struct str trace = import_value_dim(text_of(r, MEMBER_TRACE));
    if (ev->dim[DIM_RUN].n == 0) {
        ev->dim[DIM_RUN] = trace;
    } else {
        import_value_tag(ev, "trace_id", trace);
    }
    import_value_tag(ev, "prompt_name", text_of(r, MEMBER_PROMPT));
    struct str environment = text_of(r, MEMBER_ENVIRONMENT);
    *ret_has_environment = environment.n > 0 &&
                           !str_eq(environment, STR("default")) &&
                           import_value_environment(ev, environment);
    import_value_own(ev,
                     import_value_nested(r->member[MEMBER_METADATA], r->json));
}

/* Nobody says who served the call, if the model's name does not. */
static void set_provider(struct event *ev)
{
    if (provider_of_model(str_trim(ev->dim[DIM_MODEL])).n == 0) {
        ev->dim[DIM_PROVIDER] = STR("unknown");
    }
}

static bool is_call(const struct record *r)
{
    struct str type = text_of(r, MEMBER_TYPE);
    return str_eq_nocase(type, STR("GENERATION")) ||
           str_eq_nocase(type, STR("EMBEDDING"));
}

static enum rc read_record(struct record *r, bool *ret_has_environment,
                           struct why *why)
{
    struct event *ev = &r->ev;
    event_init(ev);
    ev->id = text_of(r, MEMBER_ID);
    if (str_eq_nocase(text_of(r, MEMBER_TYPE), STR("EMBEDDING"))) {
        ev->operation = OPERATION_EMBEDDINGS;
    }
    enum rc rc = import_value_read_when(r->member[MEMBER_START],
                                        r->name[MEMBER_START], ev, why);
    if (rc == RC_OK) {
        import_value_latencies(ev, r->member[MEMBER_END],
                               r->member[MEMBER_FIRST_TOKEN]);
        rc = read_counts(r, why);
    }
    if (rc == RC_OK) {
        rc = read_cost(r, why);
    }
    if (rc == RC_OK) {
        set_attribution(r, ret_has_environment);
        set_provider(ev);
    }
    return rc;
}

static bool has_usage(const struct event *ev)
{
    return event_input_tokens(ev) > 0 || event_output_tokens(ev) > 0 ||
           ev->has_reported_cost;
}

static enum rc put_object(struct import_job *job, struct str obj,
                          struct why *why)
{
    struct record r = {.json = job->json};
    const struct json *row = NULL;
    bool has_environment = false;
    enum rc rc = import_value_record(job->json, obj, &row, why);
    if (rc != RC_OK) {
        return rc;
    }
    pick(row, &r);
    if (!is_call(&r)) {
        job->counts->n_skipped++;
        return RC_OK;
    }
    rc = read_record(&r, &has_environment, why);
    if (rc != RC_OK) {
        return rc;
    }
    bool has_failed = str_eq_nocase(text_of(&r, MEMBER_LEVEL), STR("ERROR"));
    if (!has_usage(&r.ev)) {
        if (has_failed) {
            job->counts->n_skipped++;
            return RC_OK;
        }
        if (!import_value_is_set(r.member[MEMBER_END])) {
            job->counts->n_open++;
            return RC_OK;
        }
    }
    r.ev.status = has_failed ? EVENT_STATUS_ERROR : EVENT_STATUS_OK;
    return import_job_put(job, &r.ev, has_environment, why);
}

static enum rc read_langfuse(struct import_job *job, struct import_reader *r,
                             struct why *why)
{
    return import_each_object(job, r, put_object, why);
}

/* Long texts may stand behind these, and the end of the row be missing. */
static enum import_match is_object(struct str obj)
{
    static const struct str names[] = {
        STR_INIT("type"),     STR_INIT("traceId"),    STR_INIT("startTime"),
        STR_INIT("trace_id"), STR_INIT("start_time"),
    };
    enum { TYPE = 1, CAMEL = 2 | 4, SNAKE = 8 | 16 };
    uint64_t has = import_value_members(obj, names, ARRAY_N(names));
    bool is_it =
        (has & TYPE) != 0 && ((has & CAMEL) == CAMEL || (has & SNAKE) == SNAKE);
    return is_it ? IMPORT_MATCH_SURE : IMPORT_MATCH_NO;
}

const struct import_format import_format_langfuse = {
    .about = {"langfuse", "Langfuse's observations, as JSON rows, an array, or "
                          "answers of its API"},
    .is_object = is_object,
    .read = read_langfuse,
    .object = put_object,
};
