/* Langfuse's own spans.  Usage is JSON in one attribute; its keys are disjoint
 * parts but for `total`, which older SDKs broke: the sum test tells. */
#include "capture/otlp/otlp_conv.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/usd.h"
#include "base/utc.h"

static const struct otlp_rule rules[] = {
    OTLP_RULE("langfuse.observation.type", OTLP_KIND),
    OTLP_RULE("langfuse.observation.model.name", OTLP_MODEL),
    OTLP_RULE("langfuse.observation.usage_details", OTLP_USAGE_TEXT),
    OTLP_RULE("langfuse.observation.cost_details", OTLP_COST_TEXT),
    OTLP_RULE("langfuse.observation.prompt.version", OTLP_PROMPT),
    OTLP_RULE("langfuse.observation.prompt.name", OTLP_PROMPT_NAME),
    OTLP_RULE("langfuse.trace.name", OTLP_WORKFLOW),
    OTLP_RULE("langfuse.trace.tags", OTLP_TAGS),
    OTLP_RULE("langfuse.user.id", OTLP_USER),
    OTLP_RULE("langfuse.session.id", OTLP_SESSION),
    OTLP_RULE("langfuse.release", OTLP_RELEASE),
    OTLP_RULE("langfuse.version", OTLP_RELEASE),
    OTLP_RULE("langfuse.environment", OTLP_ENVIRONMENT),
};

static bool knows(const struct otlp_reading *r)
{
    return r->span != NULL &&
           (otlp_has_prefix(r, STR("langfuse.observation.")) ||
            otlp_has_prefix(r, STR("langfuse.trace.")));
}

/* Keys of usage_details by what they count; several for one field are
 * spellings of the same. */
static const struct {
    const char *key;
    enum otlp_field field;
} usage_keys[] = {
    {"input", OTLP_INPUT},
    {"prompt_tokens", OTLP_INPUT},
    {"input_tokens", OTLP_INPUT},
    {"promptTokens", OTLP_INPUT},
    {"output", OTLP_OUTPUT},
    {"completion_tokens", OTLP_OUTPUT},
    {"output_tokens", OTLP_OUTPUT},
    {"completionTokens", OTLP_OUTPUT},
    {"total", OTLP_TOTAL},
    {"total_tokens", OTLP_TOTAL},
    {"totalTokens", OTLP_TOTAL},
    {"input_cached_tokens", OTLP_CACHE_READ},
    {"cache_read_input_tokens", OTLP_CACHE_READ},
    {"input_cache_read", OTLP_CACHE_READ},
    {"input_cache_creation", OTLP_CACHE_WRITE},
    {"cache_creation_input_tokens", OTLP_CACHE_WRITE},
    {"input_cache_creation_5m", OTLP_CACHE_WRITE_5M},
    {"input_cache_creation_1h", OTLP_CACHE_WRITE_1H},
    {"output_reasoning_tokens", OTLP_REASONING},
    {"output_reasoning", OTLP_REASONING},
    {"input_audio_tokens", OTLP_AUDIO_IN},
    {"output_audio_tokens", OTLP_AUDIO_OUT},
};

/* OpenAI's usage object handed on as it came, of chat or of Responses: its
 * details are parts. */
static bool read_openai(struct otlp_reading *r, const struct json *usage)
{
    const struct json *input = json_get(usage, "prompt_tokens_details");
    const struct json *output = json_get(usage, "completion_tokens_details");

    if (input == NULL && output == NULL) {
        input = json_get(usage, "input_tokens_details");
        output = json_get(usage, "output_tokens_details");
    }
    otlp_json_count(r, input, "cached_tokens", OTLP_CACHE_READ);
    otlp_json_count(r, input, "cache_write_tokens", OTLP_CACHE_WRITE);
    otlp_json_count(r, input, "audio_tokens", OTLP_AUDIO_IN);
    otlp_json_count(r, output, "reasoning_tokens", OTLP_REASONING);
    otlp_json_count(r, output, "audio_tokens", OTLP_AUDIO_OUT);
    return input != NULL || output != NULL ||
           json_get(usage, "prompt_tokens") != NULL;
}

/* Parts are beside the headline counts, unless the total says otherwise: then
 * audio, which the sum test does not know, is beside them as well. */
static void settle_habit(struct otlp_reading *r)
{
    struct otlp_counts *c = &r->counts;

    c->excludes_cache = true;
    c->excludes_reasoning = true;
    int64_t cache = c->n[OTLP_CACHE_READ] + c->n[OTLP_CACHE_WRITE] +
                    c->n[OTLP_CACHE_WRITE_5M] + c->n[OTLP_CACHE_WRITE_1H];
    int64_t sum = c->n[OTLP_INPUT] + c->n[OTLP_OUTPUT];
    if (otlp_counts_has(c, OTLP_TOTAL) && c->n[OTLP_TOTAL] == sum &&
        cache + c->n[OTLP_REASONING] > 0) {
        return; /* the parts are within */
    }
    c->n[OTLP_INPUT] += c->n[OTLP_AUDIO_IN];
    c->n[OTLP_OUTPUT] += c->n[OTLP_AUDIO_OUT];
}

static void read_usage(struct otlp_reading *r)
{
    struct str text = otlp_field_text(r, OTLP_USAGE_TEXT);
    struct json *usage = NULL;

    if (text.n == 0 || text.n > LIMIT_EVENT_BYTES_MAX ||
        json_parse(text, &usage, NULL) != RC_OK) {
        return;
    }
    for (size_t i = 0; i < ARRAY_N(usage_keys); i++) {
        if (!otlp_counts_has(&r->counts, usage_keys[i].field)) {
            otlp_json_count(r, usage, usage_keys[i].key, usage_keys[i].field);
        }
    }
    if (!read_openai(r, usage)) {
        settle_habit(r);
    }
    json_free(&usage);
}

static void read_cost(struct otlp_reading *r)
{
    struct str text = otlp_field_text(r, OTLP_COST_TEXT);
    struct json *costs = NULL;
    struct event *ev = &r->note->ev;
    struct buf digits;

    if (text.n == 0 || text.n > LIMIT_EVENT_BYTES_MAX ||
        json_parse(text, &costs, NULL) != RC_OK) {
        return;
    }
    const struct json *total = json_get(costs, "total");
    buf_init(&digits, 512);
    if (json_kind(total) == JSON_NUM) {
        json_num_text(total, &digits);
        ev->has_reported_cost =
            usd_parse(buf_view(&digits), &ev->reported_cost) == RC_OK &&
            ev->reported_cost.pico >= 0;
    }
    buf_fini(&digits);
    json_free(&costs);
}

static void read_first_token(struct otlp_reading *r)
{
    struct str text =
        otlp_attr_text(r, STR("langfuse.observation.completion_start_time"));
    int64_t first_us = 0;
    int64_t start_us = (int64_t)(r->span->start_ns / 1000);

    text = text.n > 1 && text.p[0] == '"' ? str_sub(text, 1, text.n - 2) : text;
    if (utc_parse(text, true, &first_us) == RC_OK && first_us >= start_us &&
        start_us > 0) {
        r->note->ev.ttft_ms = (first_us - start_us) / 1000;
    }
}

static enum rc finish(struct otlp_reading *r, struct why *why)
{
    struct str kind = otlp_field_text(r, OTLP_KIND);
    bool is_embedding = str_eq_nocase(kind, STR("embedding"));

    (void)why;
    r->note->role = is_embedding || str_eq_nocase(kind, STR("generation"))
                        ? OTLP_ROLE_CALL
                        : OTLP_ROLE_SUM;
    if (is_embedding) {
        r->note->ev.operation = OPERATION_EMBEDDINGS;
    }
    read_usage(r);
    read_cost(r);
    read_first_token(r);
    return RC_OK;
}

const struct otlp_conv otlp_conv_langfuse = {
    .name = "langfuse-otel",
    .knows = knows,
    .rule = rules,
    .n_rules = ARRAY_N(rules),
    .finish = finish,
};
