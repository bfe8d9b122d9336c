/* What the path of a request says: first row that fits, so that exceptions
 * stand before their rule. */
#include "provider/provider_priv.h"

#include "base/code.h"

#define END(text_, dialect_, provider_, operation_)                  \
    {                                                                \
        .text = STR_INIT(text_), .provider = STR_INIT(provider_),    \
        .dialect = &(dialect_), .operation = OPERATION_##operation_, \
        .is_end = true, .is_billed = true                            \
    }
#define HAS(text_, dialect_, provider_, operation_)                  \
    {                                                                \
        .text = STR_INIT(text_), .provider = STR_INIT(provider_),    \
        .dialect = &(dialect_), .operation = OPERATION_##operation_, \
        .is_billed = true                                            \
    }
/* Only where that provider is known to be asked. */
#define ONLY(provider_, text_, dialect_, operation_)                 \
    {                                                                \
        .text = STR_INIT(text_), .only = STR_INIT(provider_),        \
        .dialect = &(dialect_), .operation = OPERATION_##operation_, \
        .is_billed = true                                            \
    }
#define FREE_END(text_)                                                       \
    {                                                                         \
        .text = STR_INIT(text_), .operation = OPERATION_OTHER, .is_end = true \
    }
#define FREE(text_)                                           \
    {                                                         \
        .text = STR_INIT(text_), .operation = OPERATION_OTHER \
    }

/* Costs nothing by itself; what it begins does. */
#define BEGINS_END(text_)                                                      \
    {                                                                          \
        .text = STR_INIT(text_), .operation = OPERATION_OTHER, .is_end = true, \
        .is_begun = true                                                       \
    }
#define BEGINS(text_)                                          \
    {                                                          \
        .text = STR_INIT(text_), .operation = OPERATION_OTHER, \
        .is_begun = true                                       \
    }

static const struct path_row rows[] = {
    /* Counting tokens costs nothing, nor does asking for a batch. */
    FREE_END("/count_tokens"),
    FREE_END("/count-tokens:rawPredict"),
    FREE_END(":countTokens"),
    FREE_END("/count-tokens"),
    FREE_END("/input_tokens"),
    FREE_END("/moderations"),
    BEGINS_END(":batchGenerateContent"),
    BEGINS_END(":asyncBatchEmbedContent"),
    END("/results", dialect_anthropic_batch, "anthropic", OTHER),
    END("/content", dialect_openai_batch, "", OTHER),
    END(":download", dialect_gemini, "gemini", OTHER),
    ONLY("gemini", "/batches/", dialect_gemini, OTHER),
    BEGINS("/batches"),
    BEGINS("/batchPredictionJobs"),
    FREE("/files"),
    BEGINS("/fine_tuning/"),

    END(":embedContent", dialect_gemini, "gemini", EMBEDDINGS),
    END(":batchEmbedContents", dialect_gemini, "gemini", EMBEDDINGS),
    HAS("/publishers/google/", dialect_gemini, "vertex", CHAT),
    HAS("/publishers/anthropic/", dialect_anthropic_messages, "vertex", CHAT),
    END("/endpoints/openapi/chat/completions", dialect_openai_chat, "vertex",
        CHAT),
    END(":rawPredict", dialect_openai_chat, "vertex", CHAT),
    END(":streamRawPredict", dialect_openai_chat, "vertex", CHAT),
    END(":predict", dialect_gemini, "gemini", OTHER),
    END(":generateContent", dialect_gemini, "gemini", CHAT),
    END(":streamGenerateContent", dialect_gemini, "gemini", CHAT),
    HAS("/interactions", dialect_gemini_interactions, "gemini", CHAT),

    END("/converse", dialect_bedrock_converse, "bedrock", CHAT),
    END("/converse-stream", dialect_bedrock_converse, "bedrock", CHAT),
    END("/invoke", dialect_bedrock_invoke, "bedrock", CHAT),
    END("/invoke-with-response-stream", dialect_bedrock_invoke, "bedrock",
        CHAT),

    END("/messages", dialect_anthropic_messages, "", CHAT),

    END("/api/chat", dialect_ollama, "ollama", CHAT),
    END("/api/generate", dialect_ollama, "ollama", CHAT),
    END("/api/embed", dialect_ollama, "ollama", EMBEDDINGS),
    END("/api/embeddings", dialect_ollama, "ollama", EMBEDDINGS),

    END("/v1/chat", dialect_cohere, "cohere", CHAT),
    END("/v2/chat", dialect_cohere, "cohere", CHAT),
    END("/v1/embed", dialect_cohere, "cohere", EMBEDDINGS),
    END("/v2/embed", dialect_cohere, "cohere", EMBEDDINGS),
    END("/v1/classify", dialect_cohere, "cohere", OTHER),
    END("/rerank", dialect_cohere, "", RERANK),

    ONLY("mistral", "/conversations", dialect_mistral_conversations, CHAT),
    END("/ocr", dialect_mistral_ocr, "mistral", OTHER),

    END("/completions", dialect_openai_chat, "", CHAT),
    HAS("/responses", dialect_openai_responses, "", CHAT),
    END("/embeddings", dialect_openai_embeddings, "", EMBEDDINGS),
    END("/audio/transcriptions", dialect_openai_transcription, "", AUDIO),
    END("/audio/translations", dialect_openai_transcription, "", AUDIO),
    END("/audio/speech", dialect_openai_speech, "", AUDIO),
    HAS("/images/", dialect_openai_images, "", IMAGE),
    END("/realtime", dialect_openai_realtime, "", CHAT),

    {.text = STR_INIT("/models"),
     .operation = OPERATION_OTHER,
     .is_plain = true},
    FREE_END("/api/tags"),
    FREE_END("/api/show"),
    FREE_END("/api/version"),
};

struct str path_only(struct str path)
{
    return str_sub(path, 0, str_find_char(path, '?', 0));
}

/* A whole segment, or several: "/files" is not in "/files-gpt4/". */
static bool has_segment(struct str path, struct str text)
{
    bool is_closed = str_ends(text, STR("/"));
    size_t at = str_find(path, text, 0);
    while (at != SIZE_MAX) {
        size_t behind = at + text.n;
        if (is_closed || behind == path.n || path.p[behind] == '/' ||
            path.p[behind] == ':') {
            return true;
        }
        at = str_find(path, text, at + 1);
    }
    return false;
}

/* str_ends, for tails that begin with a rare character. */
static bool has_tail(struct str path, struct str text)
{
    return path.n >= text.n && path.p[path.n - text.n] == text.p[0] &&
           str_ends(path, text);
}

static bool fits(const struct path_row *row, struct str provider,
                 struct str path)
{
    if (row->only.n > 0 && !str_eq(row->only, provider)) {
        return false;
    }
    if (row->is_plain && str_find_char(path, ':', 0) != SIZE_MAX) {
        return false;
    }
    return row->is_end ? has_tail(path, row->text)
                       : has_segment(path, row->text);
}

const struct path_row *path_find(struct str provider, struct str path)
{
    path = path_only(path);
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        if (fits(&rows[i], provider, path)) {
            return &rows[i];
        }
    }
    return NULL;
}

/* Bedrock has one route for all kinds of models. */
enum operation path_operation(const struct path_row *row, struct str model)
{
    static const struct {
        struct str part;
        enum operation operation;
    } kinds[] = {
        {STR_INIT("embed"), OPERATION_EMBEDDINGS},
        {STR_INIT("rerank"), OPERATION_RERANK},
        {STR_INIT("stability."), OPERATION_IMAGE},
        {STR_INIT("image-generator"), OPERATION_IMAGE},
        {STR_INIT("canvas"), OPERATION_IMAGE},
    };
    for (size_t i = 0; i < ARRAY_N(kinds); i++) {
        if (row->dialect == &dialect_bedrock_invoke &&
            str_find(model, kinds[i].part, 0) != SIZE_MAX) {
            return kinds[i].operation;
        }
    }
    return row->operation;
}

/* ---- what a path names ---- */

struct str path_after(struct str path, struct str mark)
{
    size_t at = str_find(path, mark, 0);
    if (at == SIZE_MAX) {
        return STR_EMPTY;
    }
    size_t from = at + mark.n;
    size_t to = str_find_char(path, '/', from);
    return str_sub(path, from, to == SIZE_MAX ? SIZE_MAX : to - from);
}

/* decode: with %XX read; an id may have slashes so written. */
static enum rc decode(struct str text, struct arena *out, struct str *ret)
{
    char *p = arena_alloc(out, text.n);
    size_t n = 0;
    if (p == NULL) {
        return RC_LIMIT;
    }
    for (size_t i = 0; i < text.n; i++) {
        bool has_two = text.n - i > 2;
        int hi = has_two ? code_hex_digit(text.p[i + 1]) : -1;
        int lo = has_two ? code_hex_digit(text.p[i + 2]) : -1;
        if (text.p[i] == '%' && hi >= 0 && lo >= 0) {
            p[n++] = (char)(hi * 16 + lo);
            i += 2;
        } else {
            p[n++] = text.p[i];
        }
    }
    *ret = (struct str){.p = p, .n = n};
    return RC_OK;
}

/* All between "/model/" and the operation: not everybody writes the slash of
 * an ARN as %2F. */
static struct str bedrock_model(struct str path)
{
    struct str mark = STR("/model/");
    size_t at = str_find(path, mark, 0);
    size_t end = path.n;
    if (at == SIZE_MAX) {
        return STR_EMPTY;
    }
    while (end > at + mark.n && path.p[end - 1] != '/') {
        end--;
    }
    return str_sub(path, at + mark.n,
                   end > at + mark.n ? end - 1 - at - mark.n : 0);
}

static struct str google_model(struct str path)
{
    static const struct str marks[] = {STR_INIT("/models/"),
                                       STR_INIT("/tunedModels/"),
                                       STR_INIT("/endpoints/")};
    for (size_t i = 0; i < ARRAY_N(marks); i++) {
        struct str model = path_after(path, marks[i]);
        size_t verb = str_find_char(model, ':', 0);
        if (verb != SIZE_MAX) {
            return str_sub(model, 0, verb);
        }
    }
    return STR_EMPTY;
}

struct str path_model_text(struct str path)
{
    path = path_only(path);
    struct str model = path_after(path, STR("/deployments/"));
    if (model.n == 0) {
        model = bedrock_model(path);
    }
    return model.n > 0 ? model : google_model(path);
}

enum rc path_model(struct str path, struct arena *out, struct str *ret_model)
{
    struct str model = path_model_text(path);
    if (model.n == 0) {
        *ret_model = STR_EMPTY;
        return RC_OK;
    }
    return decode(model, out, ret_model);
}
