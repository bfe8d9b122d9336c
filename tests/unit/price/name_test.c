#include "test.h"

#include "price/name.h"

static bool has_form(const char *model, enum name_source source,
                     const char *want)
{
    static struct name_forms f;

    name_forms_of(&f, str_from_cz(model), source);
    for (size_t i = 0; i < f.n; i++) {
        if (str_eq(f.form[i], str_from_cz(want))) {
            return true;
        }
    }
    return false;
}

struct pair {
    const char *model;
    const char *form;
};

static void check(const struct pair *rows, size_t n, enum name_source source)
{
    for (size_t i = 0; i < n; i++) {
        if (!has_form(rows[i].model, source, rows[i].form)) {
            fail_msg("%s is not also spelt %s", rows[i].model, rows[i].form);
        }
    }
}

static void test_what_stands_around_a_name_comes_off(void **state)
{
    (void)state;
    static const struct pair rows[] = {
        {"  GPT-4o ", "gpt-4o"},
        {"gpt-4o-2024-08-06", "gpt-4o"},
        {"claude-sonnet-4-5-20250929", "claude-sonnet-4-5"},
        {"gpt-4-0613", "gpt-4"},
        {"gpt-3.5-turbo-1106", "gpt-3.5-turbo"},
        {"mistral-large-2411", "mistral-large"},
        {"gemini-2.5-flash-preview-04-17", "gemini-2.5-flash"},
        {"gemini-2.5-flash-preview-09-2025", "gemini-2.5-flash"},
        {"gemini-1.5-pro-002", "gemini-1.5-pro"},
        {"claude-3-5-haiku-latest", "claude-3-5-haiku"},
        {"gemini-2.0-flash-exp", "gemini-2.0-flash"},
        {"models/gemini-2.5-pro", "gemini-2.5-pro"},
        {"publishers/google/models/gemini-2.5-pro", "gemini-2.5-pro"},
        {"projects/p/locations/l/publishers/google/models/gemini-2.5-pro",
         "gemini-2.5-pro"},
        {"accounts/fireworks/models/deepseek-v3", "deepseek-v3"},
        {"openrouter/anthropic/claude-sonnet-4", "anthropic/claude-sonnet-4"},
        {"openrouter/anthropic/claude-sonnet-4", "claude-sonnet-4"},
        {"@my-slug/gpt-4o", "gpt-4o"},
        {"azure/gpt-4o", "gpt-4o"},
        {"x-ai/grok-4", "grok-4"},
        {"deepseek/deepseek-r1:free", "deepseek-r1"},
        {"deepseek/deepseek-r1:nitro", "deepseek/deepseek-r1"},
        {"openrouter/anthropic/claude-opus-4-20250514:online",
         "anthropic/claude-opus-4"},
        {"openrouter/anthropic/claude-opus-4-20250514:online",
         "claude-opus-4-20250514"},
        {"mistral-small", "mistral-small-latest"},
        {"mistral/mistral-small", "mistral-small-latest"},
        {"anthropic/claude-sonnet-4:online", "claude-sonnet-4"},
        {"claude-sonnet-4-5[1m]", "claude-sonnet-4-5"},
        {"claude-sonnet-4-5@20250929", "claude-sonnet-4-5-20250929"},
        {"claude-sonnet-4-5@20250929", "claude-sonnet-4-5"},
        {"claude-opus-4@default", "claude-opus-4"},
        {"gemini-2.5-pro@001", "gemini-2.5-pro"},
    };
    check(rows, ARRAY_N(rows), NAME_PLAIN);
}

static void test_one_name_in_several_spellings(void **state)
{
    (void)state;
    static const struct pair rows[] = {
        {"claude-opus-4.5", "claude-opus-4-5"},
        {"claude-opus-4-5", "claude-opus-4.5"},
        {"gpt-5-5", "gpt-5.5"},
        {"gpt-5-5-2026-04-23", "gpt-5.5"},
        {"claude-4-5-sonnet", "claude-sonnet-4-5"},
        {"claude-4-5-sonnet-20250929", "claude-sonnet-4-5"},
        {"claude-4.5-haiku", "claude-haiku-4.5"},
        {"gpt-35-turbo", "gpt-3.5-turbo"},
        {"gpt-35-turbo-0613", "gpt-3.5-turbo-0613"},
        {"gpt-5.4-20260305", "gpt-5.4-2026-03-05"},
        {"gpt-5.4-20260305:x", "gpt-5.4-2026-03-05:x"},
    };
    check(rows, ARRAY_N(rows), NAME_PLAIN);
}

static void test_bedrock_names(void **state)
{
    (void)state;
    static const struct pair rows[] = {
        {"us.anthropic.claude-sonnet-4-20250514-v1:0",
         "anthropic.claude-sonnet-4-20250514-v1:0"},
        {"us.anthropic.claude-sonnet-4-20250514-v1:0",
         "claude-sonnet-4-20250514"},
        {"us-gov.amazon.nova-lite-v1:0", "nova-lite"},
        {"anthropic.claude-3-sonnet-20240229-v1:0:200k",
         "claude-3-sonnet-20240229"},
        {"arn:aws:bedrock:eu-west-1::foundation-model/"
         "anthropic.claude-3-haiku-20240307-v1:0",
         "anthropic.claude-3-haiku-20240307-v1:0"},
        {"arn:aws:bedrock:eu-west-1:12:inference-profile/"
         "eu.anthropic.claude-3-haiku-20240307-v1:0",
         "claude-3-haiku-20240307"},
    };
    check(rows, ARRAY_N(rows), NAME_BEDROCK);
    assert_false(
        has_form("us.anthropic.claude-x-v1:0", NAME_PLAIN, "claude-x"));
    assert_false(has_form("deepseek-v3", NAME_PLAIN, "deepseek"));
}

static void test_names_behind_a_router(void **state)
{
    (void)state;
    static const struct pair rows[] = {
        {"openai/gpt-4o-2024-08-06", "gpt-4o"},
        {"some-host/meta/llama", "meta/llama"},
    };
    check(rows, ARRAY_N(rows), NAME_ROUTED);
    assert_false(has_form("some-host/meta/llama", NAME_PLAIN, "meta/llama"));
}

static void test_what_must_stay(void **state)
{
    (void)state;
    assert_false(has_form("gpt-4-32k", NAME_PLAIN, "gpt-4"));
    assert_false(has_form("gpt-4o-mini", NAME_PLAIN, "gpt-4o"));
    assert_false(
        has_form("gpt-4-1399", NAME_PLAIN, "gpt-4")); /* no such month */
    assert_false(has_form("gpt-4-1232", NAME_PLAIN, "gpt-4")); /* or day */
    assert_false(has_form("x-20251340", NAME_PLAIN, "x"));
    assert_false(has_form("ft:gpt-4o-mini-2024-07-18:org::id", NAME_PLAIN,
                          "gpt-4o-mini"));
    assert_false(
        has_form("mistral-small-2402", NAME_PLAIN, "mistral-small-latest"));
    assert_false(has_form("someone/gpt-4o", NAME_PLAIN, "gpt-4o"));
    assert_false(has_form("-latest", NAME_PLAIN, ""));
    assert_false(has_form("openai/", NAME_PLAIN, ""));
    assert_false(has_form("@", NAME_PLAIN, ""));
    assert_false(
        has_form("arn:aws:bedrock:us-east-1:1:application-inference-profile/"
                 "abcd1234",
                 NAME_BEDROCK, "abcd1234"));
    assert_false(has_form("arn:aws:bedrock:us-east-1:1:provisioned-model/x1",
                          NAME_BEDROCK, "x1"));
}

static void test_what_was_said_comes_first(void **state)
{
    (void)state;
    static struct name_forms f;

    name_forms_of(&f, STR("GPT-4o-2024-05-13"), NAME_PLAIN);
    assert_true(f.n >= 2);
    assert_str(f.form[0], "gpt-4o-2024-05-13");
    assert_str(f.form[f.n - 1], "gpt-4o");
    name_forms_of(&f, STR("azure/gpt-4-0613"), NAME_PLAIN);
    assert_str(f.form[0], "azure/gpt-4-0613");
    assert_true(f.n >= 4);
    assert_str(f.form[f.n - 2], "azure/gpt-4");
    assert_str(f.form[f.n - 1], "gpt-4");
}

static void test_free_is_seen(void **state)
{
    (void)state;
    static struct name_forms f;

    name_forms_of(&f, STR("deepseek/deepseek-r1:FREE"), NAME_PLAIN);
    assert_true(f.is_free);
    name_forms_of(&f, STR("deepseek/deepseek-r1:freedom"), NAME_PLAIN);
    assert_false(f.is_free);
}

static void test_the_longest_name_and_one_longer(void **state)
{
    (void)state;
    static struct name_forms f;
    char name[LIMIT_DIM_MAX + 1];

    memset(name, 'a', sizeof(name));
    name_forms_of(&f, (struct str){.p = name, .n = LIMIT_DIM_MAX},
                  NAME_BEDROCK);
    assert_int_equal(f.n, 1);
    name_forms_of(&f, (struct str){.p = name, .n = LIMIT_DIM_MAX + 1},
                  NAME_BEDROCK);
    assert_int_equal(f.n, 0);
    name_forms_of(&f, STR("  "), NAME_BEDROCK);
    assert_int_equal(f.n, 0);
    /* A rewrite that would make the name longer than that is left out. */
    memcpy(name, "gpt-35-", 7);
    name_forms_of(&f, (struct str){.p = name, .n = LIMIT_DIM_MAX}, NAME_PLAIN);
    assert_int_equal(f.n, 1);
    name_forms_of(&f, (struct str){.p = name, .n = LIMIT_DIM_MAX - 1},
                  NAME_PLAIN);
    assert_int_equal(f.n, 2);
}

/* A name on which every rule applies again and again stays within bounds. */
static void test_a_name_with_no_end_of_tails(void **state)
{
    (void)state;
    static struct name_forms f;
    char name[LIMIT_DIM_MAX];

    for (size_t i = 0; i < sizeof(name); i += 8) {
        memcpy(name + i, "1-1-2024", 8);
    }
    name_forms_of(&f, (struct str){.p = name, .n = sizeof(name)}, NAME_BEDROCK);
    assert_true(f.n <= NAME_FORMS_MAX);
    for (size_t i = 0; i < f.n; i++) {
        assert_true(f.form[i].n > 0 && f.form[i].n <= LIMIT_DIM_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_stands_around_a_name_comes_off),
        cmocka_unit_test(test_one_name_in_several_spellings),
        cmocka_unit_test(test_bedrock_names),
        cmocka_unit_test(test_names_behind_a_router),
        cmocka_unit_test(test_what_must_stay),
        cmocka_unit_test(test_what_was_said_comes_first),
        cmocka_unit_test(test_free_is_seen),
        cmocka_unit_test(test_the_longest_name_and_one_longer),
        cmocka_unit_test(test_a_name_with_no_end_of_tails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
