/* Which providers may be reached, and by which name. */
#include "test.h"

#include "base/limits.h"
#include "capture/gateway/upstreams.h"

static enum rc add(struct upstreams *u, const char *name, const char *url,
                   const char *dialect)
{
    struct why why;

    return upstreams_add(
        u,
        &(struct upstream_spec){.name = str_from_cz(name),
                                .url = str_from_cz(url),
                                .dialect = str_from_cz(dialect),
                                .connect_ms = -1,
                                .idle_ms = -1},
        &why);
}

static void a_path_begins_with_a_name(void **state)
{
    static const struct {
        const char *path;
        const char *name;
        const char *rest;
    } cases[] = {
        {"/openai/v1/x", "openai", "/v1/x"},
        {"/openai", "openai", "/"},
        {"/openai/", "openai", "/"},
        {"/openai//x", "openai", "//x"},
        {"/openaix/v1", NULL, ""},
        {"/OpenAI/v1", NULL, ""},
        {"//openai/v1", NULL, ""},
        {"/", NULL, ""},
        {"", NULL, ""},
        {"openai/v1", NULL, ""},
        {"/azure/x", NULL, ""},
        {"/ollama/x", NULL, ""},
    };
    struct upstreams *u = upstreams_new();

    (void)state;
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct str rest = STR_EMPTY;
        const struct upstream *row =
            upstreams_find(u, str_from_cz(cases[i].path), &rest);

        assert_int_equal(row != NULL, cases[i].name != NULL);
        if (row != NULL) {
            assert_true(str_eq(row->name, str_from_cz(cases[i].name)));
            assert_true(str_eq(rest, str_from_cz(cases[i].rest)));
        }
    }
    upstreams_unref(&u);
    assert_null(u);
}

static void a_url_is_origin_and_path(void **state)
{
    struct upstreams *u = upstreams_new();
    struct str rest;

    (void)state;
    assert_rc(add(u, "vllm", "http://10.0.0.1:8000/base/v2//", ""), RC_OK);
    const struct upstream *row = upstreams_find(u, STR("/vllm/v1"), &rest);
    assert_string_equal(row->origin.url, "http://10.0.0.1:8000");
    assert_str(row->base_path, "/base/v2");
    assert_str(row->dialect, "vllm");
    assert_rc(add(u, "fast", "https://api.fast.example", "openai"), RC_OK);
    row = upstreams_find(u, STR("/fast/v1"), &rest);
    assert_str(row->base_path, "");
    assert_str(row->provider, "openai");
    /* Said again, it changes. */
    assert_rc(add(u, "fast", "", "anthropic"), RC_OK);
    row = upstreams_find(u, STR("/fast/v1"), &rest);
    assert_string_equal(row->origin.url, "https://api.fast.example");
    assert_str(row->dialect, "anthropic");
    upstreams_unref(&u);
}

static void what_leads_elsewhere_is_refused(void **state)
{
    static const char *const urls[] = {
        "",         "ftp://h",        "http://",      "https:///x",
        "h:80",     "http://u:p@h",   "http://h?x=1", "http://h/a b",
        "file:///", "HTTPS://h.test",
    };
    static const char *const names[] = {"",  "a b", "A",  ".x",     "a/b",
                                        "é", "api", "v1", "metrics"};
    struct upstreams *u = upstreams_new();

    (void)state;
    for (size_t i = 0; i < ARRAY_N(urls); i++) {
        assert_rc(add(u, "vllm", urls[i], ""), RC_INVALID);
    }
    for (size_t i = 0; i < ARRAY_N(names); i++) {
        assert_rc(add(u, names[i], "http://h", "openai"), RC_INVALID);
    }
    assert_rc(add(u, "mine", "http://h", ""), RC_INVALID);
    upstreams_unref(&u);
}

static void there_is_room_for_so_many(void **state)
{
    struct upstreams *u = upstreams_new();
    char name[] = "u-aa";
    enum rc rc = RC_OK;
    int n = 10; /* built in */

    (void)state;
    while (rc == RC_OK) {
        name[2] = (char)('a' + n / 26);
        name[3] = (char)('a' + n % 26);
        rc = add(u, name, "http://h", "openai");
        n += rc == RC_OK ? 1 : 0;
    }
    assert_int_equal(rc, RC_LIMIT);
    assert_int_equal(n, LIMIT_UPSTREAMS_MAX);
    upstreams_unref(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_begins_with_a_name),
        cmocka_unit_test(a_url_is_origin_and_path),
        cmocka_unit_test(what_leads_elsewhere_is_refused),
        cmocka_unit_test(there_is_room_for_so_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
