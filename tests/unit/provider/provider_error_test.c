#include "test.h"

#include "base/buf.h"
#include "base/json.h"
#include "provider/provider_priv.h"
#include "provider/provider_request.h"

static void forms(UNUSED void **state)
{
    static const struct {
        const char *provider;
        int status;
        const char *want;
    } rows[] = {
        {"openai", 429,
         "{\"error\":{\"message\":\"no\",\"type\":\"rate_limit_error\","
         "\"param\":null,\"code\":null}}"},
        {"acme", 418,
         "{\"error\":{\"message\":\"no\",\"type\":\"invalid_request_error\","
         "\"param\":null,\"code\":null}}"},
        {"Anthropic", 529,
         "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
         "\"message\":\"no\"}}"},
        {"anthropic", 503,
         "{\"type\":\"error\",\"error\":{\"type\":\"api_error\","
         "\"message\":\"no\"}}"},
        {"gemini", 503,
         "{\"error\":{\"code\":503,\"message\":\"no\","
         "\"status\":\"UNAVAILABLE\"}}"},
        {"vertex", 402,
         "{\"error\":{\"code\":402,\"message\":\"no\","
         "\"status\":\"FAILED_PRECONDITION\"}}"},
        {"bedrock", 400, "{\"message\":\"no\"}"},
        {"cohere", 400, "{\"message\":\"no\"}"},
        {"ollama", 500, "{\"error\":\"no\"}"},
        {"openrouter", 402, "{\"error\":{\"code\":402,\"message\":\"no\"}}"},
        {"mistral", 401,
         "{\"object\":\"error\",\"message\":\"no\","
         "\"type\":\"invalid_api_key\",\"param\":null,\"code\":null}"},
        {"xai", 429,
         "{\"code\":\"Some resource has been exhausted\",\"error\":\"no\"}"},
    };
    struct buf out;
    buf_init(&out, SIZE_MAX);
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        buf_clear(&out);
        provider_error(str_from_cz(rows[i].provider), rows[i].status, STR("no"),
                       &out);
        test_assert_str(buf_view(&out), str_from_cz(rows[i].want), __FILE__,
                        __LINE__);
    }
    buf_fini(&out);
}

/* Every vendor, every status, any text: always one JSON object. */
static void always_json(UNUSED void **state)
{
    struct buf out;
    struct why why;
    buf_init(&out, SIZE_MAX);
    for (size_t i = 0; i < vendor_table_n; i++) {
        for (int status = 400; status <= 599; status++) {
            struct json *json = NULL;
            buf_clear(&out);
            provider_error(vendor_table[i]->name, status, STR("a \"b\"\n\xff"),
                           &out);
            assert_ok(json_parse(buf_view(&out), &json, &why), &why);
            assert_int_equal(json_kind(json), JSON_OBJ);
            json_free(&json);
        }
    }
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(always_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
