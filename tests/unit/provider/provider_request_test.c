#include "test.h"

#include "base/arena.h"
#include "provider/provider_request.h"

static struct arena arena;

static int setup(UNUSED void **state)
{
    arena_init(&arena, LIMIT_ARENA_MAX);
    return 0;
}

static int teardown(UNUSED void **state)
{
    arena_fini(&arena);
    return 0;
}

static struct provider_request read_query(const char *provider,
                                          const char *path, const char *query,
                                          const char *body)
{
    struct provider_request req;
    struct why why;
    assert_ok(provider_request_read(str_from_cz(provider), str_from_cz(path),
                                    str_from_cz(query), str_from_cz(body),
                                    &arena, &req, &why),
              &why);
    return req;
}

static struct provider_request read(const char *provider, const char *path,
                                    const char *body)
{
    return read_query(provider, path, "", body);
}

static void models(UNUSED void **state)
{
    static const struct {
        const char *path;
        const char *body;
        const char *model;
    } rows[] = {
        {"/v1/chat/completions", "{\"model\":\"gpt-4o\"}", "gpt-4o"},
        {"/v1/chat/completions", "{\"model\":3}", ""},
        {"/v1/chat/completions", "no JSON", ""},
        {"/v1beta/models/gemini-3:generateContent", "{}", "gemini-3"},
        {"/v1/projects/p/locations/l/publishers/anthropic/models/"
         "claude@2025:rawPredict",
         "{}", "claude@2025"},
        {"/model/us.a.b-v1%3A0/converse", "{}", "us.a.b-v1:0"},
        {"/model/arn%3aaws%2Fx%2/invoke", "{}", "arn:aws/x%2"},
        {"/model/arn:aws:x/us.m/converse", "{}", "arn:aws:x/us.m"},
        {"/model/converse", "{}", ""},
        {"/v1beta/tunedModels/t-1:generateContent", "{}", "t-1"},
        {"/v1/models/gpt-4o", "{}", ""},
        {"/openai/deployments/team-a/chat/completions",
         "{\"model\":\"ignored\"}", "team-a"},
        {"/v1/audio/transcriptions",
         "--b\r\nContent-Disposition: form-data; name=\"file\"; "
         "filename=\"a\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; "
         "name=\"model\"\r\n\r\nwhisper-1\r\n--b--\r\n",
         "whisper-1"},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct provider_request req = read("", rows[i].path, rows[i].body);
        test_assert_str(req.model, str_from_cz(rows[i].model), __FILE__,
                        __LINE__);
    }
}

static void operations(UNUSED void **state)
{
    static const struct {
        const char *path;
        enum operation operation;
        bool is_billed;
    } rows[] = {
        {"/v1/chat/completions", OPERATION_CHAT, true},
        {"/v1/embeddings", OPERATION_EMBEDDINGS, true},
        {"/v1/images/edits", OPERATION_IMAGE, true},
        {"/v1/audio/speech", OPERATION_AUDIO, true},
        {"/v2/rerank", OPERATION_RERANK, true},
        {"/model/amazon.titan-embed-text-v2%3A0/invoke", OPERATION_EMBEDDINGS,
         true},
        {"/model/stability.x/invoke", OPERATION_IMAGE, true},
        {"/v1/models", OPERATION_OTHER, false},
        {"/v1/messages/count_tokens", OPERATION_OTHER, false},
        {"/something", OPERATION_OTHER, true},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct provider_request req = read("", rows[i].path, "{}");
        assert_int_equal(req.operation, rows[i].operation);
        assert_int_equal(req.is_billed, rows[i].is_billed);
    }
}

static void streams(UNUSED void **state)
{
    assert_true(read("openai", "/v1/responses", "{\"stream\":true}").is_stream);
    assert_false(read("openai", "/v1/responses", "{\"stream\":1}").is_stream);
    assert_true(
        read("", "/v1beta/models/g:streamGenerateContent", "{}").is_stream);
    assert_true(read("", "/model/m/converse-stream", "{}").is_stream);
    assert_true(read("ollama", "/api/chat", "{\"model\":\"m\"}").is_stream);
    assert_false(read("ollama", "/api/chat", "{\"stream\":false}").is_stream);
    assert_false(read("ollama", "/api/embed", "{\"model\":\"m\"}").is_stream);
}

static void asking(UNUSED void **state)
{
    static const struct {
        const char *provider;
        const char *path;
        const char *query;
        const char *body;
        bool wants;
        bool needs;
    } rows[] = {
        {"openai", "/v1/chat/completions", "", "{\"stream\":true}", 0, 1},
        {"OpenAI", "/v1/chat/completions", "", "{\"stream\":true}", 0, 1},
        {"openai", "/v1/chat/completions", "", "{\"stream\":false}", 0, 0},
        {"openai", "/v1/chat/completions", "",
         "{\"stream\":true,\"stream_options\":{\"include_usage\":true}}", 1, 0},
        {"openai", "/v1/chat/completions", "",
         "{\"stream\":true,\"stream_options\":{\"include_usage\":false}}", 0,
         1},
        {"openai", "/v1/responses", "", "{\"stream\":true}", 1, 0},
        {"mistral", "/v1/chat/completions", "", "{\"stream\":true}", 1, 0},
        {"groq", "/openai/v1/chat/completions", "", "{\"stream\":true}", 1, 0},
        {"acme", "/v1/chat/completions", "", "{\"stream\":true}", 0, 1},
        {"anthropic", "/v1/messages", "", "{\"stream\":true}", 1, 0},
        {"azure", "/openai/deployments/d/chat/completions",
         "api-version=2024-06-01", "{\"stream\":true}", 0, 0},
        {"azure", "/openai/deployments/d/chat/completions",
         "a=b&api-version=2024-09-01-preview", "{\"stream\":true}", 0, 1},
        {"azure", "/openai/v1/chat/completions", "api-version=preview",
         "{\"stream\":true}", 0, 1},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct provider_request req = read_query(rows[i].provider, rows[i].path,
                                                 rows[i].query, rows[i].body);
        if (req.wants_usage != rows[i].wants ||
            req.needs_ask != rows[i].needs) {
            print_error("%s %s %s\n", rows[i].provider, rows[i].path,
                        rows[i].body);
            fail();
        }
    }
}

static void numbers(UNUSED void **state)
{
    static const struct {
        const char *body;
        int64_t max;
        int64_t n;
    } rows[] = {
        {"{}", -1, 1},
        {"{\"max_tokens\":5,\"n\":3}", 5, 3},
        {"{\"max_tokens\":5,\"max_completion_tokens\":7,\"n\":0}", 7, 1},
        {"{\"max_tokens\":\"x\",\"max_output_tokens\":9,\"n\":-1}", 9, 1},
        {"{\"generationConfig\":{\"maxOutputTokens\":11,\"candidateCount\":2}}",
         11, 2},
        {"{\"inferenceConfig\":{\"maxTokens\":13}}", 13, 1},
        {"{\"options\":{\"num_predict\":17}}", 17, 1},
        {"{\"options\":{\"num_predict\":-1}}", -1, 1},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct provider_request req =
            read("openai", "/v1/chat/completions", rows[i].body);
        assert_true(req.output_max_tok == rows[i].max);
        assert_true(req.n_choices == rows[i].n);
    }
}

static void attribution(UNUSED void **state)
{
    struct provider_request req =
        read("openai", "/v1/responses",
             "{\"user\":\"u1\",\"safety_identifier\":\"s1\","
             "\"metadata\":{\"feature\":\"search\",\"n\":5,\"\":\"x\","
             "\"empty\":\"\"}}");
    assert_str(req.user, "u1");
    assert_int_equal(req.n_metadata, 1);
    assert_str(req.metadata[0].key, "feature");
    assert_str(req.metadata[0].value, "search");
    req = read("openai", "/v1/responses", "{\"safety_identifier\":\"s1\"}");
    assert_str(req.user, "s1");
    req = read("anthropic", "/v1/messages",
               "{\"metadata\":{\"user_id\":\"a1\"}}");
    assert_str(req.user, "a1");
    assert_int_equal(req.n_metadata, 0);
}

static void full_arena(UNUSED void **state)
{
    struct arena small;
    struct provider_request req = {.n_choices = 42};
    struct why why;
    arena_init(&small, 4);
    assert_rc(provider_request_read(STR("openai"), STR("/v1/chat/completions"),
                                    STR_EMPTY, STR("{\"model\":\"gpt-4o\"}"),
                                    &small, &req, &why),
              RC_LIMIT);
    assert_true(req.n_choices == 42);
    arena_fini(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models),     cmocka_unit_test(operations),
        cmocka_unit_test(streams),    cmocka_unit_test(asking),
        cmocka_unit_test(numbers),    cmocka_unit_test(attribution),
        cmocka_unit_test(full_arena),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
