#include "test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "provider/provider_request.h"

static void check(const char *body, const char *want)
{
    struct buf out;
    struct why why;
    buf_init(&out, SIZE_MAX);
    assert_ok(provider_request_ask(str_from_cz(body), &out, &why), &why);
    test_assert_str(buf_view(&out), str_from_cz(want), __FILE__, __LINE__);
    buf_fini(&out);
}

static void inserted(UNUSED void **state)
{
    check("{}", "{\"stream_options\":{\"include_usage\":true}}");
    check(" { \"seed\" : 12345678901234567890, \"x\":1.10 }\n",
          " {\"stream_options\":{\"include_usage\":true}, \"seed\" : "
          "12345678901234567890, \"x\":1.10 }\n");
    check("\xef\xbb\xbf{\"a\":{\"stream_options\":1}}",
          "\xef\xbb\xbf{\"stream_options\":{\"include_usage\":true},"
          "\"a\":{\"stream_options\":1}}");
    check("{\"s\":\"\\\"stream_options\\\": null}\",\"t\":[1,{\"u\":\"]\"}]}",
          "{\"stream_options\":{\"include_usage\":true},"
          "\"s\":\"\\\"stream_options\\\": null}\",\"t\":[1,{\"u\":\"]\"}]}");
}

static void merged(UNUSED void **state)
{
    check("{\"stream_options\": null , \"b\":2}",
          "{\"stream_options\": {\"include_usage\":true}, \"b\":2}");
    check("{\"a\":1, \"stream_options\" : { }}",
          "{\"a\":1, \"stream_options\" : {\"include_usage\":true }}");
    check("{\"stream_options\":{\"include_obfuscation\":false}}",
          "{\"stream_options\":{\"include_usage\":true,"
          "\"include_obfuscation\":false}}");
    check("{\"stream_options\":{\"x\":[1], \"include_usage\": false, \"y\":2}}",
          "{\"stream_options\":{\"x\":[1], \"include_usage\": true, \"y\":2}}");
    check("{\"stream_options\":{\"include_usage\":null}}",
          "{\"stream_options\":{\"include_usage\":true}}");
}

static void refused(UNUSED void **state)
{
    static const char *const bodies[] = {
        "",         "[]",
        "5",        "{",
        "{\"a\":}", "{\"stream_options\":3}",
        "null",     "{\"stream\\u005foptions\":{}}",
    };
    struct buf out;
    struct why why;
    buf_init(&out, SIZE_MAX);
    for (size_t i = 0; i < ARRAY_N(bodies); i++) {
        assert_rc(provider_request_ask(str_from_cz(bodies[i]), &out, &why),
                  RC_PARSE);
        assert_int_equal(out.n, 0);
    }
    buf_fini(&out);
}

static void ceiling(UNUSED void **state)
{
    struct str body = STR("{\"a\":1}");
    size_t n = body.n + STR("\"stream_options\":{\"include_usage\":true},").n;
    struct buf out;
    struct why why;
    buf_init(&out, n);
    assert_ok(provider_request_ask(body, &out, &why), &why);
    buf_fini(&out);
    buf_init(&out, n - 1);
    assert_rc(provider_request_ask(body, &out, &why), RC_LIMIT);
    buf_fini(&out);
}

static void remodelled(UNUSED void **state)
{
    static const struct {
        const char *path;
        const char *body;
        const char *path_then;
        const char *body_then; /* "": as it was */
    } rows[] = {
        {"/v1/chat/completions",
         "{\"m\":{\"model\":\"x\"}, \"model\" :\t\"gpt-4o\" , \"n\":1.50}",
         "/v1/chat/completions",
         "{\"m\":{\"model\":\"x\"}, \"model\" :\t\"new \\\"m\\\"\" , "
         "\"n\":1.50}"},
        {"/v1/messages", "\n {\"model\":\"a\"}", "/v1/messages",
         "\n {\"model\":\"new \\\"m\\\"\"}"},
        {"/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
         "{\"model\":\"x\"}",
         "/v1beta/models/new%20%22m%22:streamGenerateContent?alt=sse", ""},
        {"/model/anthropic.claude-v1%3A0/converse", "{}",
         "/model/new%20%22m%22/converse", ""},
        {"/openai/deployments/gpt-4o/chat/completions?api-version=1", "{}",
         "/openai/deployments/new%20%22m%22/chat/completions?api-version=1",
         ""},
    };
    struct arena arena;
    struct buf body;
    struct str path;
    struct why why;

    arena_init(&arena, LIMIT_ARENA_MAX);
    buf_init(&body, 4096);
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        const struct provider_model from = {.path = str_from_cz(rows[i].path),
                                            .body = str_from_cz(rows[i].body),
                                            .model = STR("new \"m\"")};

        buf_clear(&body);
        assert_ok(provider_request_remodel(&from, &arena, &path, &body, &why),
                  &why);
        test_assert_str(path, str_from_cz(rows[i].path_then), __FILE__,
                        __LINE__);
        test_assert_str(buf_view(&body), str_from_cz(rows[i].body_then),
                        __FILE__, __LINE__);
    }
    buf_fini(&body);
    arena_fini(&arena);
}

static void not_remodelled(UNUSED void **state)
{
    static const char *const bodies[] = {"{\"messages\":[]}",
                                         "[{\"model\":\"a\"}]", "--form\r\n",
                                         "", "{\"mod\\u0065l\":\"a\"}"};
    struct arena arena;
    struct buf body;
    struct str path;
    struct why why;

    arena_init(&arena, LIMIT_ARENA_MAX);
    buf_init(&body, 4096);
    for (size_t i = 0; i < ARRAY_N(bodies); i++) {
        const struct provider_model from = {.path = STR("/v1/completions"),
                                            .body = str_from_cz(bodies[i]),
                                            .model = STR("m")};

        buf_clear(&body);
        assert_rc(provider_request_remodel(&from, &arena, &path, &body, &why),
                  RC_INVALID);
    }
    buf_fini(&body);
    arena_fini(&arena);
}

static void withheld(UNUSED void **state)
{
    static const struct {
        const char *event;
        bool is_withheld;
    } rows[] = {
        {"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n", true},
        {"data: {\"choices\":[],\ndata: \"usage\":{\"x\":1}}\r\n\r\n", true},
        {"data: {\"choices\":[{}],\"usage\":{\"prompt_tokens\":1}}\n\n", false},
        {"data: {\"choices\":[],\"usage\":null}\n\n", false},
        {"data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n", false},
        {"data: {\"usage\":{\"prompt_tokens\":1}}\n\n", false},
        {"data: [DONE]\n\n", false},
        {": \"usage\" \"choices\":[]\n\n", false},
        {"data: \"usage\"\n\n", false},
        {"", false},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        if (provider_withheld(str_from_cz(rows[i].event)) !=
            rows[i].is_withheld) {
            print_error("%s\n", rows[i].event);
            fail();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inserted),       cmocka_unit_test(merged),
        cmocka_unit_test(refused),        cmocka_unit_test(ceiling),
        cmocka_unit_test(withheld),       cmocka_unit_test(remodelled),
        cmocka_unit_test(not_remodelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
