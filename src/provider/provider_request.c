#include "provider/provider_request.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/why.h"
#include "event/event_provider.h"
#include "provider/provider_mend_priv.h"
#include "provider/provider_priv.h"

struct reading {
    struct provider_request *req;
    struct arena *out;
    bool is_full; /* the arena */
};

static struct str keep(struct reading *r, struct str text)
{
    struct str kept = STR_EMPTY;
    if (str_dup(r->out, text, &kept) != RC_OK) {
        r->is_full = true;
    }
    return kept;
}

/* ---- numbers ---- */

/* Where a ceiling of the output stands, the strongest first. */
static void read_ceiling(struct reading *r, const struct json *body)
{
    static const struct {
        const char *obj; /* NULL: at the top */
        const char *name;
    } places[] = {
        {NULL, "max_completion_tokens"},
        {NULL, "max_output_tokens"},
        {NULL, "max_tokens"},
        {NULL, "max_tokens_to_sample"},
        {"generationConfig", "maxOutputTokens"},
        {"generation_config", "max_output_tokens"},
        {"inferenceConfig", "maxTokens"},
        {"options", "num_predict"},
    };
    for (size_t i = 0; i < ARRAY_N(places); i++) {
        const struct json *obj =
            places[i].obj == NULL ? body : json_get(body, places[i].obj);
        int64_t n;
        if (count_of(json_get(obj, places[i].name), &n)) {
            r->req->output_max_tok = n;
            return;
        }
    }
}

/* Only what costs more, or less, than usual is asked for by name. */
static void read_tier(struct reading *r, const struct json *body)
{
    enum service_tier tier =
        service_tier_from(json_str(json_get(body, "service_tier")));

    if (tier != 0) {
        r->req->tier = tier;
    }
}

static void read_choices(struct reading *r, const struct json *body)
{
    const struct json *config = json_get(body, "generationConfig");
    int64_t n;
    if ((count_of(json_get(body, "n"), &n) ||
         count_of(json_get(config, "candidateCount"), &n)) &&
        n >= 1) {
        r->req->n_choices = n;
    }
}

/* ---- who and what for ---- */

static void read_user(struct reading *r, const struct json *body)
{
    const struct json *places[] = {
        json_get(body, "user"),
        json_get(body, "safety_identifier"),
        json_get(json_get(body, "metadata"), "user_id"),
    };
    for (size_t i = 0; i < ARRAY_N(places); i++) {
        struct str user = str_utf8_cut(json_str(places[i]), LIMIT_DIM_MAX);
        if (user.n > 0) {
            r->req->user = keep(r, user);
            return;
        }
    }
}

static void read_metadata(struct reading *r, const struct json *body)
{
    const struct json *j = json_first(json_get(body, "metadata"));
    struct provider_request *req = r->req;
    for (; j != NULL && req->n_metadata < LIMIT_TAGS_MAX; j = json_next(j)) {
        struct str value = str_utf8_cut(json_str(j), LIMIT_TAG_VALUE_MAX);
        struct str key = json_key(j);
        if (value.n > 0 && key.n > 0 && key.n <= LIMIT_TAG_KEY_MAX) {
            req->metadata[req->n_metadata++] = (struct event_tag){
                .key = keep(r, key), .value = keep(r, value)};
        }
    }
}

/* ---- streams ---- */

static bool is_stream_path(struct str path)
{
    static const struct str ends[] = {
        STR_INIT(":streamGenerateContent"), STR_INIT(":streamRawPredict"),
        STR_INIT("/converse-stream"), STR_INIT("/invoke-with-response-stream")};
    for (size_t i = 0; i < ARRAY_N(ends); i++) {
        if (str_ends(path, ends[i])) {
            return true;
        }
    }
    return false;
}

/* Azure refuses members that the version asked for does not know. */
static bool may_ask(struct str provider, struct str query)
{
    struct str mark = STR("api-version=");
    struct str first_version = STR("2024-09-01");
    size_t at = str_find(query, mark, 0);
    if (at == SIZE_MAX || !str_eq(provider, STR("azure"))) {
        return true;
    }
    struct str version = str_sub(query, at + mark.n, first_version.n);
    return str_cmp(version, first_version) >= 0;
}

static void read_stream(struct reading *r, const struct path_row *row,
                        const struct json *body)
{
    const struct dialect *dialect = row != NULL ? row->dialect : NULL;
    const struct json *stream = json_get(body, "stream");
    bool is_default = stream == NULL && dialect == &dialect_ollama &&
                      row->operation == OPERATION_CHAT;
    if (json_bool(stream) || is_default) {
        r->req->is_stream = true;
    }
}

static void settle_usage(struct provider_request *req,
                         const struct path_row *row, struct str provider,
                         struct str query, const struct json *body)
{
    bool is_chat = row != NULL && row->dialect == &dialect_openai_chat;
    bool is_asked =
        json_bool(json_get(json_get(body, "stream_options"), "include_usage"));
    bool is_always = !is_chat || vendor_find(provider)->ask == ASK_ALWAYS_SENT;
    req->wants_usage = is_asked || is_always;
    req->needs_ask = is_chat && req->is_stream && !req->wants_usage &&
                     json_kind(body) == JSON_OBJ && may_ask(provider, query);
}

/* ---- forms ---- */

/* A field of a multipart form, as files are sent; empty when absent. */
static struct str form_field(struct str body, struct str name)
{
    size_t at = str_find(body, name, 0);
    size_t from =
        at == SIZE_MAX ? SIZE_MAX : str_find(body, STR("\r\n\r\n"), at);
    if (from == SIZE_MAX) {
        return STR_EMPTY;
    }
    from += STR("\r\n\r\n").n;
    size_t to = str_find(body, STR("\r\n--"), from);
    return str_sub(body, from, to == SIZE_MAX ? 0 : to - from);
}

static void read_form(struct reading *r, struct str body)
{
    struct str model = form_field(body, STR("name=\"model\"\r\n"));
    struct str stream = form_field(body, STR("name=\"stream\"\r\n"));
    if (model.n <= LIMIT_PROVIDER_WORD_MAX && str_utf8_ok(model)) {
        r->req->model = model;
    }
    r->req->is_stream = r->req->is_stream || str_eq_nocase(stream, STR("true"));
}

/* ---- the whole ---- */

static void read_body(struct reading *r, const struct path_row *row,
                      const struct json *body)
{
    struct str model = json_str(json_get(body, "model"));
    bool is_openai = row != NULL && row->dialect != &dialect_anthropic_messages;
    if (r->req->model.n == 0 && model.n > 0) {
        r->req->model = keep(r, str_utf8_cut(model, LIMIT_PROVIDER_WORD_MAX));
    }
    read_stream(r, row, body);
    read_tier(r, body);
    read_ceiling(r, body);
    read_choices(r, body);
    read_user(r, body);
    if (is_openai) {
        read_metadata(r, body);
    }
}

/* A struct for what is four slices would be one more thing to know.
 * NOLINTNEXTLINE(readability-function-size) */
enum rc provider_request_read(struct str provider, struct str path,
                              struct str query, struct str body,
                              struct arena *out, struct provider_request *ret,
                              struct why *why)
{
    struct provider_request req = {
        .operation = OPERATION_OTHER,
        .is_billed = true,
        .tier = SERVICE_TIER_STANDARD,
        .output_max_tok = -1,
        .n_choices = 1,
    };
    struct reading r = {.req = &req, .out = out};
    struct json *json = NULL;
    provider = provider_fold(str_trim(provider));
    path = path_only(path);
    const struct path_row *row = path_find(provider, path);
    req.is_stream = is_stream_path(path);
    if (path_model(path, out, &req.model) != RC_OK) {
        return why_set(why, RC_LIMIT, "the path's model is too long");
    }
    if (str_starts(body, STR("--"))) {
        read_form(&r, body);
    } else if (provider_parse(body, &json) == RC_OK) {
        read_body(&r, row, json);
    }
    if (row != NULL) {
        req.operation = path_operation(row, req.model);
        req.is_billed = row->is_billed;
        req.is_begun = row->is_begun;
    }
    settle_usage(&req, row, provider, query, json);
    json_free(&json);
    if (r.is_full) {
        return why_set(why, RC_LIMIT, "the request's names are too long");
    }
    *ret = req;
    return RC_OK;
}
