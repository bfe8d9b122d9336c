/* Ollama's own API: JSON lines or one object, whose counts stand beside the
 * answer in the object that says it is done.  Its OpenAI-compatible routes
 * are like OpenAI's, but with ids that come again. */
#include "provider/provider_priv.h"

#include "provider/provider_error_priv.h"

static void keep_others(struct draft *d, const struct json *obj)
{
    static const struct str known[] = {STR_INIT("prompt_eval_count"),
                                       STR_INIT("eval_count")};
    for (const struct json *j = json_first(obj); j != NULL; j = json_next(j)) {
        struct str name = json_key(j);
        if (json_kind(j) == JSON_NUM && str_ends(name, STR("_count")) &&
            !str_eq(name, known[0]) && !str_eq(name, known[1])) {
            struct provider_extra extra = {
                .name = name, .value = json_f64(j), .is_unknown = true};
            draft_extra(d, &extra, true);
        }
    }
}

static void part(struct draft *d, const struct part *part)
{
    const struct json *j = part->json;
    const struct json *done = json_get(j, "done");
    if (json_str(json_get(j, "error")).n > 0) {
        d->is_error = true;
        return;
    }
    draft_member(d, &d->model, json_get(j, "model"));
    if (json_get(j, "embeddings") != NULL || json_get(j, "embedding") != NULL) {
        d->operation = OPERATION_EMBEDDINGS;
    } else if (done == NULL) {
        return;
    }
    d->is_seen = true;
    d->has_output = true;
    draft_count(d, SLOT_INPUT, json_get(j, "prompt_eval_count"));
    draft_count(d, SLOT_OUTPUT, json_get(j, "eval_count"));
    if (done == NULL || json_bool(done)) {
        d->is_final = true;
        keep_others(d, j);
    }
}

const struct dialect dialect_ollama = {
    .name = STR_INIT("ollama"),
    .provider = STR_INIT("ollama"),
    .operation = OPERATION_CHAT,
    .needs_output = true,
    .part = part,
};

static void error(UNUSED int status, struct str message, struct buf *out)
{
    error_alone("error", message, out);
}

const struct vendor vendor_ollama = {
    .name = STR_INIT("ollama"),
    .ask = ASK_ON_REQUEST,
    .error = error,
};
