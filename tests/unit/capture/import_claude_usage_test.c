#include "import_catch.h"

#include "capture/import/import_claude_usage.h"

static struct claude_usage read_usage(struct catch *c, struct str text)
{
    struct claude_usage_reader r;
    struct claude_usage u;
    claude_usage_init(&r, &c->arena);
    assert_rc(claude_usage_read(&r, catch_value(c, text), &u), RC_OK);
    return u;
}

static void counts_are_found_where_they_stand(void **state)
{
    struct claude_usage u = read_usage(
        *state, STR("{\"input_tokens\":1,\"cache_read_input_tokens\":2,"
                    "\"cache_creation_input_tokens\":3,\"cache_creation\":{"
                    "\"ephemeral_1h_input_tokens\":5,"
                    "\"ephemeral_5m_input_tokens\":4},\"output_tokens\":6,"
                    "\"output_tokens_details\":{\"thinking_tokens\":7},"
                    "\"server_tool_use\":{\"web_search_requests\":8},"
                    "\"service_tier\":\"priority\",\"speed\":\"fast\","
                    "\"inference_geo\":\"us\"}"));
    assert_int_equal(u.count[CLAUDE_INPUT], 1);
    assert_int_equal(u.count[CLAUDE_CACHE_READ], 2);
    assert_int_equal(u.count[CLAUDE_CACHE_WRITE], 3);
    assert_int_equal(u.count[CLAUDE_CACHE_WRITE_5M], 4);
    assert_int_equal(u.count[CLAUDE_CACHE_WRITE_1H], 5);
    assert_int_equal(u.count[CLAUDE_OUTPUT], 6);
    assert_int_equal(u.count[CLAUDE_THINKING], 7);
    assert_int_equal(u.count[CLAUDE_SEARCHES], 8);
    assert_str(u.tier, "priority");
    assert_str(u.speed, "fast");
    assert_str(u.geo, "us");
    assert_null(u.bad);
    assert_false(claude_usage_is_zero(&u));
}

static void counts_are_whole_numbers(void **state)
{
    static const struct {
        struct str output;
        int64_t n;
        bool is_bad;
    } rows[] = {
        {STR_INIT("20"), 20, false},
        {STR_INIT("20.0"), 20, false},
        {STR_INIT("20e1"), 200, false},
        {STR_INIT("\"20\""), 20, false},
        {STR_INIT("null"), 0, false},
        {STR_INIT("-2"), 0, true},
        {STR_INIT("2.5"), 0, true},
        {STR_INIT("020"), 0, true},
        {STR_INIT("\"many\""), 0, true},
        {STR_INIT("1234567890123456"), 1234567890123456, false},
        {STR_INIT("9223372036854775808"), 0, true},
    };
    struct catch *c = *state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct claude_usage u =
            read_usage(c, str_fmt(&c->arena, "{\"output_tokens\":%.*s}",
                                  STR_ARG(rows[i].output)));
        assert_true(u.count[CLAUDE_OUTPUT] == rows[i].n);
        assert_int_equal(u.bad != NULL, rows[i].is_bad);
    }
}

static void what_is_no_object_has_no_counts(void **state)
{
    static const struct str texts[] = {STR_INIT("{}"), STR_INIT("[12,34]"),
                                       STR_INIT("null"), STR_INIT("12")};
    for (size_t i = 0; i < ARRAY_N(texts); i++) {
        struct claude_usage u = read_usage(*state, texts[i]);
        assert_true(claude_usage_is_zero(&u));
        assert_null(u.bad);
    }
}

#define WITH_CATCH(test) \
    cmocka_unit_test_setup_teardown(test, catch_setup, catch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CATCH(counts_are_found_where_they_stand),
        WITH_CATCH(counts_are_whole_numbers),
        WITH_CATCH(what_is_no_object_has_no_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
