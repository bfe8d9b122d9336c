/* Any bytes as a request's body: what is read of it fits, and asking for its
 * usage changes nothing else. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/why.h"
#include "provider/provider_request.h"

enum { ARENA_BYTES = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Both have the members of the other, but for the one that was asked for. */
static void check_members(const struct json *before, const struct json *after)
{
    const struct json *a = json_first(after);
    bool had = json_get(before, "stream_options") != NULL;
    CHECK(json_n(after) == json_n(before) + (had ? 0 : 1));
    if (!had) {
        CHECK(str_eq(json_key(a), STR("stream_options")));
        a = json_next(a);
    }
    for (const struct json *b = json_first(before); b != NULL;
         b = json_next(b)) {
        CHECK(str_eq(json_key(a), json_key(b)));
        CHECK(json_kind(a) == json_kind(b) ||
              str_eq(json_key(a), STR("stream_options")));
        a = json_next(a);
    }
}

/* The last of several members of one name is what servers take. */
static const struct json *last_of(const struct json *obj, struct str name)
{
    const struct json *last = NULL;
    for (const struct json *j = json_first(obj); j != NULL; j = json_next(j)) {
        last = str_eq(json_key(j), name) ? j : last;
    }
    return last;
}

static void check_ask(struct str body)
{
    struct buf out;
    struct why why;
    struct json *before = NULL;
    struct json *after = NULL;
    buf_init(&out, SIZE_MAX);
    enum rc rc = provider_request_ask(body, &out, &why);
    CHECK(rc == RC_OK || rc == RC_PARSE || rc == RC_LIMIT);
    if (rc == RC_OK) {
        CHECK(json_parse(body, &before, &why) == RC_OK);
        CHECK(json_parse(buf_view(&out), &after, &why) == RC_OK);
        check_members(before, after);
        CHECK(json_bool(last_of(last_of(after, STR("stream_options")),
                                STR("include_usage"))));
        json_free(&before);
        json_free(&after);
    }
    buf_fini(&out);
}

/* Another model: the body says so, and is JSON as it was. */
static void check_remodel(struct str body)
{
    const struct provider_model from = {.path = STR("/v1/chat/completions"),
                                        .body = body,
                                        .model = STR("m\"x")};
    struct arena arena;
    struct buf out;
    struct str path;
    struct why why;
    struct json *after = NULL;
    arena_init(&arena, ARENA_BYTES);
    buf_init(&out, SIZE_MAX);
    enum rc rc = provider_request_remodel(&from, &arena, &path, &out, &why);
    CHECK(rc == RC_OK || rc == RC_INVALID || rc == RC_LIMIT);
    if (rc == RC_OK) {
        CHECK(json_parse(buf_view(&out), &after, &why) == RC_OK);
        CHECK(str_eq(json_str(last_of(after, STR("model"))), STR("m\"x")));
        json_free(&after);
    }
    buf_fini(&out);
    arena_fini(&arena);
}

/* Whatever the path, what comes of it is a path with that model. */
static void check_path(struct str text)
{
    const struct provider_model from = {
        .path = text, .body = STR("{\"model\":\"a\"}"), .model = STR("m")};
    struct arena arena;
    struct buf out;
    struct str path;
    struct why why;
    arena_init(&arena, ARENA_BYTES);
    buf_init(&out, SIZE_MAX);
    enum rc rc = provider_request_remodel(&from, &arena, &path, &out, &why);
    CHECK(rc == RC_OK || rc == RC_LIMIT);
    CHECK(rc != RC_OK || out.n > 0 || !str_eq(path, text) || text.n > 0);
    buf_fini(&out);
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[] = {"/v1/chat/completions", "/v1/messages",
                                        "/api/chat",
                                        "/v1/audio/transcriptions"};
    struct str body = {.p = (const char *)data, .n = size};
    for (size_t i = 0; i < ARRAY_N(paths); i++) {
        struct provider_request req;
        struct arena arena;
        struct why why;
        arena_init(&arena, ARENA_BYTES);
        CHECK(provider_request_read(STR("openai"), str_from_cz(paths[i]), body,
                                    body, &arena, &req, &why) == RC_OK);
        CHECK(req.n_choices >= 1 && req.output_max_tok >= -1);
        CHECK(str_utf8_ok(req.model) && str_utf8_ok(req.user));
        arena_fini(&arena);
    }
    check_ask(body);
    check_remodel(body);
    check_path(body);
    (void)provider_withheld(body);
    return 0;
}
