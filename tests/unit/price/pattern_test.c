#include "test.h"

#include "price/pattern.h"

static bool matches(const char *pattern, const char *name)
{
    struct str p = str_from_cz(pattern);

    assert_true(pattern_is_valid(p));
    return pattern_matches(p, str_from_cz(name));
}

static void test_each_operator(void **state)
{
    (void)state;
    assert_true(matches("=gpt-4", "gpt-4"));
    assert_false(matches("=gpt-4", "gpt-4o"));
    assert_false(matches("=gpt-4", "gpt-"));
    assert_true(matches("^gpt-4", "gpt-4"));
    assert_true(matches("^gpt-4", "gpt-4o"));
    assert_false(matches("^gpt-4", "x-gpt-4"));
    assert_true(matches("$-tts", "a-tts"));
    assert_true(matches("$-tts", "-tts"));
    assert_false(matches("$-tts", "tts"));
    assert_false(matches("$-tts", "a-tts-1"));
    assert_true(matches("*nova", "amazon.nova-lite"));
    assert_true(matches("*nova", "nova"));
    assert_false(matches("*nova", "nov"));
    assert_false(matches("*nova", ""));
}

static void test_a_hash_is_one_digit(void **state)
{
    (void)state;
    assert_true(matches("=x-####", "x-2026"));
    assert_false(matches("=x-####", "x-202"));
    assert_false(matches("=x-####", "x-20261"));
    assert_false(matches("=x-####", "x-20a6"));
    assert_true(matches("^flash-#", "flash-9b"));
    assert_true(matches("*v#", "nova-v2"));
}

static void test_all_terms_must_hold(void **state)
{
    (void)state;
    static const char p[] = "^gemini-2.5-pro&!*-tts-&!$-tts";

    assert_true(matches(p, "gemini-2.5-pro"));
    assert_true(matches(p, "gemini-2.5-pro-ttsx"));
    assert_false(matches(p, "gemini-2.5-pro-tts"));
    assert_false(matches(p, "gemini-2.5-pro-tts-1"));
    assert_false(matches(p, "gemini-2.5"));
}

static void test_what_is_no_pattern(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "gpt",  "=",     "^",   "!",
                                      "!=",   "!x",   "&",     "=a&", "&=a",
                                      "=a&b", "!!=a", "=a&&=b"};

    for (size_t i = 0; i < ARRAY_N(bad); i++) {
        if (pattern_is_valid(str_from_cz(bad[i]))) {
            fail_msg("\"%s\" passes for a pattern", bad[i]);
        }
    }
}

static void test_plain_names_are_told_apart(void **state)
{
    (void)state;
    assert_true(pattern_is_plain(STR("=gpt-4")));
    assert_false(pattern_is_plain(STR("=gpt-#")));
    assert_false(pattern_is_plain(STR("^gpt-4")));
    assert_false(pattern_is_plain(STR("=a&!*b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_operator),
        cmocka_unit_test(test_a_hash_is_one_digit),
        cmocka_unit_test(test_all_terms_must_hold),
        cmocka_unit_test(test_what_is_no_pattern),
        cmocka_unit_test(test_plain_names_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
