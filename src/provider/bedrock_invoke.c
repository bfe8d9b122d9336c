/* Bedrock's InvokeModel: the body is the model vendor's own.  Its usage is
 * read where it has one; every model's counts stand in the response's headers
 * as well, and a stream's last event has them under a name of Bedrock's. */
#include "provider/bedrock_priv.h"

#include "base/code.h"
#include "provider/provider_error_priv.h"

/* Members of the metrics; as names of headers they are other ones. */
static const struct member rows[] = {
    COUNT("inputTokenCount", INPUT),
    COUNT("outputTokenCount", OUTPUT),
    COUNT("cacheReadInputTokenCount", READ),
    COUNT("cacheWriteInputTokenCount", WRITE),
    SKIP("invocationLatency"),
    SKIP("firstByteLatency"),
};

bool bedrock_unwrap(const struct json *chunk, struct buf *out)
{
    const struct json *bytes = json_get(chunk, "bytes");
    return json_kind(bytes) == JSON_STR && code_base64(json_str(bytes), out);
}

/* ---- bodies ---- */

/* Titan: each result has a count of its own. */
static void read_titan(struct draft *d, const struct json *j)
{
    const struct json *results = json_get(j, "results");
    int64_t n;
    draft_count(d, SLOT_INPUT, json_get(j, "inputTextTokenCount"));
    draft_count(d, SLOT_OUTPUT, json_get(j, "totalOutputTextTokenCount"));
    if (json_n(results) == 0) {
        return;
    }
    usage_set(&d->usage, SLOT_OUTPUT, 0);
    for (const struct json *r = json_first(results); r != NULL;
         r = json_next(r)) {
        if (count_of(json_get(r, "tokenCount"), &n)) {
            usage_add(&d->usage, SLOT_OUTPUT, n);
        }
    }
}

/* A dialect that is certain; OpenAI's chat, which some speak without usage,
 * where it has some. */
static bool is_native(const struct draft *d, const struct dialect *native,
                      const struct json *j)
{
    if (native == NULL || native == d->dialect ||
        native == &dialect_anthropic_batch) {
        return false;
    }
    return native->provider.n > 0 ||
           (native == &dialect_openai_chat &&
            json_kind(json_get(j, "usage")) == JSON_OBJ);
}

static void part(struct draft *d, const struct part *part)
{
    const struct json *j = part->json;
    const struct dialect *native = detect_dialect(j);
    if (part->is_exception) {
        d->is_error = true;
        return;
    }
    if (is_native(d, native, j)) {
        d->dialect = native;
        native->part(d, part);
        return;
    }
    d->is_seen = true;
    d->has_output = true;
    draft_count(d, SLOT_INPUT, json_get(j, "prompt_token_count"));
    draft_count(d, SLOT_OUTPUT, json_get(j, "generation_token_count"));
    read_titan(d, j);
    if (d->has_usage &&
        (!part->is_stream || json_str(json_get(j, "stop_reason")).n > 0)) {
        d->is_final = true;
    }
}

const struct dialect dialect_bedrock_invoke = {
    .name = STR_INIT("bedrock-invoke"),
    .provider = STR_INIT("bedrock"),
    .operation = OPERATION_CHAT,
    .members = MEMBERS(rows),
    .is_cache_outside = true,
    .needs_output = true,
    .part = part,
};

/* ---- the vendor ---- */

static void read_headers(struct draft *d, const struct provider_context *c)
{
    static const struct {
        const char *name;
        enum slot slot;
    } headers[] = {
        {"x-amzn-bedrock-input-token-count", SLOT_INPUT},
        {"x-amzn-bedrock-output-token-count", SLOT_OUTPUT},
        {"x-amzn-bedrock-cache-read-input-token-count", SLOT_READ},
        {"x-amzn-bedrock-cache-write-input-token-count", SLOT_WRITE},
    };
    for (size_t i = 0; i < ARRAY_N(headers); i++) {
        struct str text = str_trim(c->header(c->header_arg, headers[i].name));
        int64_t n;
        if (str_to_i64(text, &n) == RC_OK && n >= 0 &&
            n <= INT64_C(1) << LIMIT_COUNT_BITS) {
            usage_set(&d->usage, headers[i].slot, n);
            d->has_usage = true;
            d->is_final = true;
        }
    }
}

/* bedrock-runtime.us-east-1.amazonaws.com */
static struct str region_of(struct str host)
{
    struct str service;
    struct str region;
    if (!str_cut(&host, '.', &service) || !str_cut(&host, '.', &region) ||
        !str_starts(service, STR("bedrock-runtime"))) {
        return STR_EMPTY;
    }
    return region;
}

static void start(struct draft *d, const struct provider_context *context)
{
    if (context->header != NULL) {
        read_headers(d, context);
    }
    draft_extra_text(d, STR("region"), region_of(context->host));
}

static void vendor_part(struct draft *d, const struct part *part)
{
    const struct json *metrics =
        json_get(part->json, "amazon-bedrock-invocationMetrics");
    if (json_kind(metrics) != JSON_OBJ) {
        return;
    }
    if (!usage_has(&d->usage, SLOT_INPUT)) {
        const struct dialect *native = d->dialect;
        d->dialect = &dialect_bedrock_invoke;
        (void)usage_read(d, metrics, "amazon-bedrock-invocationMetrics");
        d->dialect = native;
    }
    d->is_final = d->has_usage;
}

static void bedrock_error(UNUSED int status, struct str message,
                          struct buf *out)
{
    error_alone("message", message, out);
}

static const char *const request_id_headers[] = {"x-amzn-requestid", NULL};

const struct vendor vendor_bedrock = {
    .name = STR_INIT("bedrock"),
    .ask = ASK_ON_REQUEST, /* of its OpenAI-compatible route */
    .has_unique_ids = true,
    .request_id_headers = request_id_headers,
    .start = start,
    .part = vendor_part,
    .error = bedrock_error,
};
