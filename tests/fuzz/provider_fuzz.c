/* Any bytes as a provider's response: as of nobody knows whom, and as of one
 * of the vendors on one of the routes.  Whatever comes out fits an event, is
 * the same however the bytes are split, and counts no more tokens than there
 * are numbers in the bytes. */
#include "base/arena.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/why.h"
#include "event/event_check.h"
#include "provider/provider.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 16 << 20, SEED = 20261129 };

#define NOW_US INT64_C(1795000000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
    const char *provider;
    const char *path;
} calls[] = {
    {"openai", "/v1/chat/completions"},
    {"openai", "/v1/responses"},
    {"openai", "/v1/embeddings"},
    {"openai", "/v1/audio/transcriptions"},
    {"openai", "/v1/audio/speech"},
    {"openai", "/v1/images/generations"},
    {"openai", "/v1/realtime"},
    {"openai", "/v1/files/f/content"},
    {"azure", "/openai/deployments/d/chat/completions"},
    {"anthropic", "/v1/messages"},
    {"anthropic", "/v1/messages/batches/b/results"},
    {"gemini", "/v1beta/models/gemini-3:streamGenerateContent"},
    {"gemini", "/v1beta/interactions"},
    {"vertex", "/v1/locations/l/publishers/anthropic/models/m:rawPredict"},
    {"bedrock", "/model/m/converse-stream"},
    {"bedrock", "/model/m/invoke-with-response-stream"},
    {"mistral", "/v1/conversations"},
    {"mistral", "/v1/ocr"},
    {"cohere", "/v2/chat"},
    {"deepseek", "/chat/completions"},
    {"xai", "/v1/chat/completions"},
    {"groq", "/openai/v1/chat/completions"},
    {"openrouter", "/api/v1/chat/completions"},
    {"perplexity", "/chat/completions"},
    {"ollama", "/api/chat"},
    {"acme", "/v1/chat/completions"},
};

struct run {
    struct arena arena;
    const struct provider_record *records;
    size_t n;
};

static struct run read_in(const struct provider_context *context,
                          struct str bytes, size_t piece)
{
    struct provider_reader *r = provider_reader_new(context);
    struct run run;
    struct why why;
    while (bytes.n > 0) {
        struct str front = str_sub(bytes, 0, piece);
        provider_reader_feed(r, front);
        bytes = str_sub(bytes, front.n, SIZE_MAX);
    }
    arena_init(&run.arena, ARENA_BYTES);
    CHECK(provider_reader_end(r, false, &run.arena, &run.records, &run.n,
                              &why) == RC_OK);
    provider_reader_free(&r);
    return run;
}

/* All numbers that stand in the bytes, whatever they are about. */
static double sum_of_numbers(struct str bytes)
{
    char *text = mem_alloc(bytes.n + 1);
    double sum = 0;
    if (bytes.n > 0) {
        memcpy(text, bytes.p, bytes.n);
    }
    for (size_t i = 0; i < bytes.n;) {
        char *end = text + i + 1;
        if (text[i] >= '0' && text[i] <= '9') {
            sum += strtod(text + i, &end);
        }
        i = (size_t)(end - text);
    }
    mem_free(text);
    return sum;
}

/* Digits in base64, or written as escapes, are not seen. */
static bool can_be_summed(struct str bytes)
{
    return str_find_char(bytes, '\0', 0) == SIZE_MAX &&
           str_find(bytes, STR("\\u003"), 0) == SIZE_MAX;
}

static void check_event(const struct provider_record *r, struct arena *arena)
{
    struct event ev;
    struct why why;
    event_init(&ev);
    CHECK(provider_to_event(r, arena, &ev, &why) == RC_OK);
    ev.ts_us = NOW_US;
    ev.arrival_us = NOW_US;
    if (event_settle(&ev, arena, &why) == RC_OK) {
        CHECK(event_check(&ev, NOW_US, &why) == RC_OK);
    }
}

static void check_run(const struct run *run, struct str bytes,
                      struct arena *arena)
{
    double told = 0;
    for (size_t i = 0; i < run->n; i++) {
        const struct provider_record *r = &run->records[i];
        for (size_t k = 0; k < TOKEN__COUNT; k++) {
            CHECK(r->token[k] >= 0 && r->token[k] <= EVENT_COUNT_MAX);
            told += (double)r->token[k];
        }
        check_event(r, arena);
    }
    CHECK(!can_be_summed(bytes) || told <= sum_of_numbers(bytes));
}

static void check_same(const struct run *a, const struct run *b)
{
    CHECK(a->n == b->n);
    for (size_t i = 0; i < a->n; i++) {
        const struct provider_record *x = &a->records[i];
        const struct provider_record *y = &b->records[i];
        CHECK(memcmp(x->token, y->token, sizeof x->token) == 0);
        CHECK(x->is_complete == y->is_complete && x->status == y->status);
        CHECK(str_eq(x->response_id, y->response_id));
        CHECK(x->n_extra == y->n_extra);
    }
}

static void check_call(const struct provider_context *context, struct str bytes)
{
    size_t piece = 1 + hash_64(bytes.p, bytes.n, SEED) % 31;
    struct run whole = read_in(context, bytes, SIZE_MAX);
    struct run split = read_in(context, bytes, piece);
    check_run(&whole, bytes, &whole.arena);
    check_same(&whole, &split);
    arena_fini(&whole.arena);
    arena_fini(&split.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = {.p = (const char *)data, .n = size};
    size_t i = hash_64(data, size, SEED + 1) % ARRAY_N(calls);
    struct provider_context context = {.model = STR("asked")};
    check_call(&context, bytes);
    context.provider = str_from_cz(calls[i].provider);
    context.path = str_from_cz(calls[i].path);
    context.status = 200;
    check_call(&context, bytes);
    return 0;
}
