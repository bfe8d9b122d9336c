/* Cohere's chat, embeddings and rerank.  What is billed stands under
 * billed_units; "tokens" has the prompt's template in it, and counts only
 * where no units are told.  Whether cached tokens are inside the billed ones
 * is not known, so they stay beside them. */
#include "provider/provider_priv.h"

#include "provider/provider_error_priv.h"

static const struct member rows[] = {
    COUNT("billed_units.input_tokens", INPUT),
    COUNT("billed_units.output_tokens", OUTPUT),
    COUNT("billed_units.image_tokens", IMAGE_IN),
    EXTRA("billed_units.search_units", "search_units"),
    EXTRA("billed_units.classifications", "classifications"),
    EXTRA("billed_units.images", "images"),
    EXTRA("cached_tokens", "cached_tokens"),
    SKIP("tokens"),
    SKIP("api_version"),
};

static const struct member token_rows[] = {
    COUNT("tokens.input_tokens", INPUT),
    COUNT("tokens.output_tokens", OUTPUT),
    COUNT("cached_tokens", READ),
    SKIP("api_version"),
};

/* The usage of a body, of a stream's last event in the second version, and of
 * one in the first. */
static const struct json *usage_of(const struct json *j, const char **ret_name)
{
    const struct json *places[] = {
        json_get(j, "usage"),
        json_get(json_get(j, "delta"), "usage"),
        json_get(j, "meta"),
        json_get(json_get(j, "response"), "meta"),
    };
    for (size_t i = 0; i < ARRAY_N(places); i++) {
        if (json_get(places[i], "billed_units") != NULL ||
            json_get(places[i], "tokens") != NULL) {
            *ret_name = i < 2 ? "usage" : "meta";
            return places[i];
        }
    }
    return NULL;
}

static void read_head(struct draft *d, const struct json *j)
{
    const struct json *old = json_get(j, "response");
    draft_member(d, &d->response_id, json_get(j, "response_id"));
    draft_member(d, &d->response_id, json_get(old, "response_id"));
    draft_member(d, &d->response_id, json_get(j, "id"));
    if (json_get(j, "embeddings") != NULL) {
        d->operation = OPERATION_EMBEDDINGS;
    } else if (json_get(j, "results") != NULL) {
        d->operation = OPERATION_RERANK;
    }
}

static void part(struct draft *d, const struct part *part)
{
    const struct json *j = part->json;
    const char *name = NULL;
    const struct json *usage = usage_of(j, &name);
    struct str reason =
        json_str(json_get(json_get(j, "delta"), "finish_reason"));
    read_head(d, j);
    d->is_error = d->is_error || str_eq(reason, STR("ERROR"));
    if (json_get(j, "type") != NULL || json_get(j, "event_type") != NULL) {
        d->is_seen = true;
        d->has_output = true;
    }
    if (usage == NULL) {
        return;
    }
    bool is_billed = json_kind(json_get(usage, "billed_units")) == JSON_OBJ;
    d->dialect = is_billed ? &dialect_cohere : &dialect_cohere_tokens;
    (void)usage_read(d, usage, name);
    d->is_final = true;
    d->is_quantity = d->operation == OPERATION_RERANK ||
                     json_get(j, "classifications") != NULL;
}

/* Images are billed beside the text. */
static void settle(struct draft *d)
{
    usage_add(&d->usage, SLOT_INPUT_MORE, d->usage.n[SLOT_IMAGE_IN]);
}

const struct dialect dialect_cohere = {
    .name = STR_INIT("cohere"),
    .provider = STR_INIT("cohere"),
    .operation = OPERATION_CHAT,
    .members = MEMBERS(rows),
    .needs_output = true,
    .part = part,
    .settle = settle,
};

const struct dialect dialect_cohere_tokens = {
    .name = STR_INIT("cohere-tokens"),
    .provider = STR_INIT("cohere"),
    .operation = OPERATION_CHAT,
    .members = MEMBERS(token_rows),
    .needs_output = true,
    .part = part,
};

static void error(UNUSED int status, struct str message, struct buf *out)
{
    error_alone("message", message, out);
}

static const char *const request_id_headers[] = {"x-debug-trace-id", NULL};

const struct vendor vendor_cohere = {
    .name = STR_INIT("cohere"),
    .ask = ASK_ALWAYS_SENT,
    .has_unique_ids = true,
    .request_id_headers = request_id_headers,
    .error = error,
};
