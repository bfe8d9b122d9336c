/* Google's generateContent: one object, a stream of them as SSE or as one
 * array, the lines of a batch's output (each under "response"), and messages
 * of a Live session.  Cached input is inside promptTokenCount; thinking and
 * the results of tools stand beside the headlines.  A stream's counts are
 * totals so far: the last are the ones. */
#include "provider/google_priv.h"

#include "base/buf.h"
#include "provider/provider_error_priv.h"

const struct list_row google_input[GOOGLE_MODALITIES] = {
    {STR_INIT("AUDIO"), SLOT_AUDIO_IN},
    {STR_INIT("IMAGE"), SLOT_IMAGE_IN},
    {STR_INIT("VIDEO"), SLOT_IMAGE_IN},
    {STR_INIT("DOCUMENT"), SLOT_IMAGE_IN},
    {STR_INIT("TEXT"), SLOT_NONE},
    {STR_INIT("MODALITY_UNSPECIFIED"), SLOT_NONE},
};
const struct list_row google_cached[GOOGLE_MODALITIES] = {
    {STR_INIT("AUDIO"), SLOT_READ_AUDIO},
    {STR_INIT("IMAGE"), SLOT_READ_IMAGE},
    {STR_INIT("VIDEO"), SLOT_READ_IMAGE},
    {STR_INIT("DOCUMENT"), SLOT_READ_IMAGE},
    {STR_INIT("TEXT"), SLOT_NONE},
    {STR_INIT("MODALITY_UNSPECIFIED"), SLOT_NONE},
};
const struct list_row google_output[GOOGLE_MODALITIES] = {
    {STR_INIT("AUDIO"), SLOT_AUDIO_OUT},
    {STR_INIT("IMAGE"), SLOT_IMAGE_OUT},
    {STR_INIT("VIDEO"), SLOT_NONE},
    {STR_INIT("DOCUMENT"), SLOT_NONE},
    {STR_INIT("TEXT"), SLOT_NONE},
    {STR_INIT("MODALITY_UNSPECIFIED"), SLOT_NONE},
};

/* The same members are written in two ways: as the API does, and with
 * underscores in the logs of some SDKs. */
#define MODALITIES(rows_)                                            \
    {                                                                \
        .label = "modality", .count = "tokenCount", .rows = (rows_), \
        .n = GOOGLE_MODALITIES                                       \
    }
#define MODALITIES_SNAKE(rows_)                                       \
    {                                                                 \
        .label = "modality", .count = "token_count", .rows = (rows_), \
        .n = GOOGLE_MODALITIES                                        \
    }
static const struct list input_list = MODALITIES(google_input);
static const struct list cached_list = MODALITIES(google_cached);
static const struct list output_list = MODALITIES(google_output);
static const struct list input_snake_list = MODALITIES_SNAKE(google_input);
static const struct list cached_snake_list = MODALITIES_SNAKE(google_cached);
static const struct list output_snake_list = MODALITIES_SNAKE(google_output);

static const struct member rows[] = {
    COUNT("promptTokenCount", INPUT),
    COUNT("toolUsePromptTokenCount", INPUT_MORE),
    COUNT("candidatesTokenCount", OUTPUT),
    COUNT("responseTokenCount", OUTPUT), /* of a Live session */
    COUNT("thoughtsTokenCount", REASONING),
    COUNT("cachedContentTokenCount", READ),
    COUNT("totalTokenCount", TOTAL),
    LIST("promptTokensDetails", input_list),
    LIST("cacheTokensDetails", cached_list),
    LIST("candidatesTokensDetails", output_list),
    LIST("responseTokensDetails", output_list),
    SKIP("toolUsePromptTokensDetails"),
    SKIP("initialPromptTokenCount"),
    SKIP("trafficType"), /* a tier: read by hand */
    TIER("serviceTier"),
    COUNT("prompt_token_count", INPUT),
    COUNT("tool_use_prompt_token_count", INPUT_MORE),
    COUNT("candidates_token_count", OUTPUT),
    COUNT("response_token_count", OUTPUT),
    COUNT("thoughts_token_count", REASONING),
    COUNT("cached_content_token_count", READ),
    COUNT("total_token_count", TOTAL),
    LIST("prompt_tokens_details", input_snake_list),
    LIST("cache_tokens_details", cached_snake_list),
    LIST("candidates_tokens_details", output_snake_list),
    LIST("response_tokens_details", output_snake_list),
    SKIP("tool_use_prompt_tokens_details"),
    SKIP("initial_prompt_token_count"),
    SKIP("traffic_type"),
    TIER("service_tier"),
};

static const struct json *either(const struct json *j, const char *name,
                                 const char *snake)
{
    const struct json *member = json_get(j, name);
    return member != NULL ? member : json_get(j, snake);
}

/* ---- tier ---- */

/* Vertex tells the kind of traffic instead of a tier. */
static struct str tier_of_traffic(struct str traffic)
{
    static const struct {
        struct str traffic;
        struct str tier;
    } words[] = {
        {STR_INIT("ON_DEMAND"), STR_INIT("default")},
        {STR_INIT("ON_DEMAND_PRIORITY"), STR_INIT("priority")},
        {STR_INIT("ON_DEMAND_FLEX"), STR_INIT("flex")},
        {STR_INIT("ON_DEMAND_OFFPEAK"), STR_INIT("offpeak")},
        {STR_INIT("PROVISIONED_THROUGHPUT"), STR_INIT("provisioned")},
    };
    for (size_t i = 0; i < ARRAY_N(words); i++) {
        if (str_eq(words[i].traffic, traffic)) {
            return words[i].tier;
        }
    }
    return traffic;
}

/* ---- searches ---- */

/* From the third generation on each search is billed, before that each call
 * that searched. */
static bool bills_each_search(struct str model)
{
    struct str mark = STR("gemini-");
    size_t at = str_find(model, mark, 0);
    struct str rest =
        at == SIZE_MAX ? STR_EMPTY : str_sub(model, at + mark.n, SIZE_MAX);
    bool is_digit = rest.n > 0 && rest.p[0] >= '1' && rest.p[0] <= '9';
    bool has_two = rest.n > 1 && rest.p[1] >= '0' && rest.p[1] <= '9';
    return is_digit && (has_two || rest.p[0] >= '3');
}

static int64_t n_searches(const struct json *candidates)
{
    int64_t n = 0;
    for (const struct json *c = json_first(candidates); c != NULL;
         c = json_next(c)) {
        const struct json *grounding =
            either(c, "groundingMetadata", "grounding_metadata");
        n +=
            json_n(either(grounding, "webSearchQueries", "web_search_queries"));
    }
    return n;
}

static void settle(struct draft *d)
{
    struct str model = d->model.n > 0 ? d->model : d->requested_model;
    if (d->searches > 1 && !bills_each_search(model)) {
        d->searches = 1;
    }
}

/* ---- parts ---- */

static bool has_finish_reason(const struct json *candidates)
{
    for (const struct json *c = json_first(candidates); c != NULL;
         c = json_next(c)) {
        if (json_str(either(c, "finishReason", "finish_reason")).n > 0) {
            return true;
        }
    }
    return false;
}

static void read_candidates(struct draft *d, const struct json *j)
{
    const struct json *candidates = json_get(j, "candidates");
    const struct json *feedback =
        either(j, "promptFeedback", "prompt_feedback");
    int64_t n = n_searches(candidates);
    /* Each event may repeat what the one before had. */
    d->searches = n > d->searches ? n : d->searches;
    /* Embeddings often come without any usage, and are billed. */
    if (json_n(candidates) > 0 || json_get(j, "embedding") != NULL ||
        json_get(j, "embeddings") != NULL) {
        d->is_seen = true;
        d->has_output = true;
    }
    if (has_finish_reason(candidates) ||
        json_str(either(feedback, "blockReason", "block_reason")).n > 0 ||
        json_bool(json_get(json_get(j, "serverContent"), "turnComplete"))) {
        d->has_finish = true;
    }
}

/* What :predict answers: embeddings with a count each, or pictures, which are
 * paid by the piece. */
static void read_predictions(struct draft *d, const struct json *predictions)
{
    uint32_t n_images = 0;
    for (const struct json *j = json_first(predictions); j != NULL;
         j = json_next(j)) {
        const struct json *statistics =
            json_get(json_get(j, "embeddings"), "statistics");
        int64_t n;
        if (count_of(json_get(statistics, "token_count"), &n)) {
            usage_add(&d->usage, SLOT_INPUT, n);
            d->has_usage = true;
            d->operation = OPERATION_EMBEDDINGS;
        }
        n_images += json_get(j, "bytesBase64Encoded") != NULL ||
                    json_get(j, "gcsUri") != NULL;
    }
    if (n_images > 0) {
        draft_extra_n(d, STR("images"), n_images);
        d->operation = OPERATION_IMAGE;
        d->is_quantity = true;
    }
    d->is_seen = d->is_seen || d->has_usage || d->is_quantity;
}

/* One call of a batch. */
static void read_line(struct draft *d, const struct json *j)
{
    const struct json *key = json_get(json_get(j, "metadata"), "key");
    const struct json *response = json_get(j, "response");
    struct draft line;
    if (json_get(response, "response") != NULL) {
        return; /* lines do not nest, and this would go as deep as they do */
    }
    draft_as(&line, d, &dialect_gemini);
    draft_text(&line, &line.tier_word, STR("batch"));
    part_read(&line, &(struct part){.json = response});
    draft_extra_text(&line, STR("custom_id"), json_str(json_get(j, "key")));
    draft_extra_text(&line, STR("custom_id"), json_str(key));
    draft_close(&line);
}

/* A batch that was small enough answers with all its calls, in a list within
 * an object of the same name. */
static bool read_inlined(struct draft *d, const struct json *response)
{
    const struct json *outer = json_get(response, "inlinedResponses");
    const struct json *inner = json_get(outer, "inlinedResponses");
    const struct json *list = inner != NULL ? inner : outer;
    for (const struct json *j = json_first(list); j != NULL; j = json_next(j)) {
        read_line(d, j);
    }
    return list != NULL;
}

static void part(struct draft *d, const struct part *part)
{
    const struct json *j = part->json;
    const struct json *response = json_get(j, "response");
    if (json_kind(response) == JSON_OBJ) {
        if (!read_inlined(d, response)) {
            read_line(d, j);
        }
        return;
    }
    read_predictions(d, json_get(j, "predictions"));
    const struct json *usage = either(j, "usageMetadata", "usage_metadata");
    draft_member(d, &d->response_id, either(j, "responseId", "response_id"));
    draft_member(d, &d->model, either(j, "modelVersion", "model_version"));
    read_candidates(d, j);
    if (json_kind(json_get(j, "error")) == JSON_OBJ) {
        d->is_error = true;
    }
    if (usage_read(d, usage, "usageMetadata")) {
        draft_text(d, &d->tier_word,
                   tier_of_traffic(
                       json_str(either(usage, "trafficType", "traffic_type"))));
    }
    d->is_final =
        (d->has_usage || d->is_quantity) && (d->has_finish || !part->is_stream);
}

const struct dialect dialect_gemini = {
    .name = STR_INIT("gemini"),
    .provider = STR_INIT("gemini"),
    .operation = OPERATION_CHAT,
    .members = MEMBERS(rows),
    .is_reasoning_outside = true,
    .part = part,
    .settle = settle,
};

/* ---- the vendor ---- */

void google_error(int status, struct str message, struct buf *out)
{
    static const struct error_word words[] = {
        {400, "INVALID_ARGUMENT"},
        {401, "UNAUTHENTICATED"},
        {402, "FAILED_PRECONDITION"},
        {403, "PERMISSION_DENIED"},
        {404, "NOT_FOUND"},
        {409, "ABORTED"},
        {413, "INVALID_ARGUMENT"},
        {429, "RESOURCE_EXHAUSTED"},
        {500, "INTERNAL"},
        {502, "UNAVAILABLE"},
        {504, "DEADLINE_EXCEEDED"},
        {505, "INTERNAL"},
        {0, NULL},
    };
    struct json_writer w;
    json_w_init(&w, out);
    json_w_obj(&w);
    json_w_key(&w, STR("error"));
    json_w_obj(&w);
    json_w_key(&w, STR("code"));
    json_w_i64(&w, status);
    error_member(&w, "message", message);
    error_member(&w, "status", error_word(words, status));
    json_w_obj_end(&w);
    json_w_obj_end(&w);
}

/* The OpenAI-compatible route leaves thinking out of its output, and names it
 * nowhere: only the total has it. */
void google_settle(struct draft *d)
{
    struct usage *u = &d->usage;
    int64_t hidden = u->n[SLOT_TOTAL] - u->n[SLOT_INPUT] - u->n[SLOT_OUTPUT];
    if (d->dialect == &dialect_openai_chat && hidden > 0 &&
        u->n[SLOT_REASONING] == 0 && usage_has(u, SLOT_OUTPUT)) {
        usage_set(u, SLOT_REASONING, hidden);
    }
}

const struct vendor vendor_gemini = {
    .name = STR_INIT("gemini"),
    .ask = ASK_ON_REQUEST, /* of its OpenAI-compatible route */
    .has_unique_ids = true,
    .settle = google_settle,
    .error = google_error,
};
