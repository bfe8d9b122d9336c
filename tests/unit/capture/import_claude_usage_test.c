/* Usages read the short way and the ordinary way say the same. */
#include "import_catch.h"

#include "capture/import/import_claude_usage.h"

static struct claude_usage read_fresh(struct catch *c, struct str text)
{
    struct claude_usage_reader r;
    struct claude_usage u;
    claude_usage_init(&r, &c->arena);
    assert_rc(claude_usage_read(&r, text, &u), RC_OK);
    return u;
}

static void assert_same(const struct claude_usage *a,
                        const struct claude_usage *b)
{
    for (uint32_t i = 0; i < CLAUDE_COUNT__COUNT; i++) {
        assert_int_equal(a->count[i], b->count[i]);
    }
    assert_true((a->bad == NULL) == (b->bad == NULL));
    assert_true(str_eq(a->tier, b->tier));
    assert_true(str_eq(a->speed, b->speed));
    assert_true(str_eq(a->geo, b->geo));
    assert_true(str_eq(a->iterations, b->iterations));
}

/* Each text after each other by one reader, and by a fresh one. */
static void what_came_before_changes_nothing(void **state)
{
    static const struct str texts[] = {
        STR_INIT("{\"input_tokens\":1,\"output_tokens\":20}"),
        STR_INIT("{\"input_tokens\":123456,\"output_tokens\":0}"),
        STR_INIT("{\"input_tokens\":1,\"output_tokens\":20 }"),
        STR_INIT("{\"input_tokens\":1,\"output_tokens\":20.0}"),
        STR_INIT("{\"input_tokens\":1,\"output_tokens\":20e1}"),
        STR_INIT("{\"input_tokens\":1,\"output_tokens\":-2}"),
        STR_INIT("{\"input_tokens\":1,\"output_tokens\":\"20\"}"),
        STR_INIT("{\"input_tokens\":1,\"output_tokens\":null}"),
        STR_INIT("{\"input_tokens\":1,\"output_tokens\":123456789012345}"),
        STR_INIT("{\"input_tokens\":1,\"output_tokens\":1234567890123456}"),
        STR_INIT("{\"input_tokens\":1,\"output_tokens\":9223372036854775808}"),
        STR_INIT("{\"input_tokens\":01,\"output_tokens\":20}"),
        STR_INIT("{\"output_tokens\":20,\"input_tokens\":1}"),
        STR_INIT(
            "{\"input_tokens\":1,\"output_tokens\":20,\"speed\":\"fast\"}"),
        STR_INIT("{\"input_tokens\":7,\"output_tokens\":8,\"speed\":\"slow\"}"),
        STR_INIT("{\"input_tokens\":7,\"output_tokens\":8,\"iterations\":[]}"),
        STR_INIT("{\"input_tokens\":7,\"output_tokens\":9,\"iterations\":[]}"),
        STR_INIT("{\"cache_creation\":{\"ephemeral_5m_input_tokens\":5,"
                 "\"ephemeral_1h_input_tokens\":6},\"service_tier\":\"batch\","
                 "\"inference_geo\":\"us\",\"cache_read_input_tokens\":12}"),
        STR_INIT("{\"cache_creation\":{\"ephemeral_5m_input_tokens\":50,"
                 "\"ephemeral_1h_input_tokens\":600},\"service_tier\":"
                 "\"batch\",\"inference_geo\":\"us\","
                 "\"cache_read_input_tokens\":1}"),
        STR_INIT("{\"cache_creation\":{\"ephemeral_6m_input_tokens\":50,"
                 "\"ephemeral_1h_input_tokens\":600},\"service_tier\":"
                 "\"batch\",\"inference_geo\":\"us\","
                 "\"cache_read_input_tokens\":1}"),
        STR_INIT("{\"server_tool_use\":{\"web_search_requests\":3},"
                 "\"output_tokens_details\":{\"thinking_tokens\":4}}"),
        STR_INIT("{}"),
    };
    struct catch *c = *state;
    for (size_t i = 0; i < ARRAY_N(texts); i++) {
        for (size_t j = 0; j < ARRAY_N(texts); j++) {
            struct claude_usage_reader r;
            struct claude_usage u;
            claude_usage_init(&r, &c->arena);
            assert_rc(claude_usage_read(&r, texts[i], &u), RC_OK);
            assert_rc(claude_usage_read(&r, texts[j], &u), RC_OK);
            struct claude_usage want = read_fresh(c, texts[j]);
            assert_same(&u, &want);
        }
    }
}

static void counts_are_found_where_they_stand(void **state)
{
    struct catch *c = *state;
    struct claude_usage u = read_fresh(
        c, STR("{\"input_tokens\":1,\"cache_read_input_tokens\":2,"
               "\"cache_creation_input_tokens\":3,\"cache_creation\":{"
               "\"ephemeral_1h_input_tokens\":5,"
               "\"ephemeral_5m_input_tokens\":4},\"output_tokens\":6,"
               "\"output_tokens_details\":{\"thinking_tokens\":7},"
               "\"server_tool_use\":{\"web_search_requests\":8},"
               "\"service_tier\":\"priority\"}"));
    assert_int_equal(u.count[CLAUDE_INPUT], 1);
    assert_int_equal(u.count[CLAUDE_CACHE_READ], 2);
    assert_int_equal(u.count[CLAUDE_CACHE_WRITE], 3);
    assert_int_equal(u.count[CLAUDE_CACHE_WRITE_5M], 4);
    assert_int_equal(u.count[CLAUDE_CACHE_WRITE_1H], 5);
    assert_int_equal(u.count[CLAUDE_OUTPUT], 6);
    assert_int_equal(u.count[CLAUDE_THINKING], 7);
    assert_int_equal(u.count[CLAUDE_SEARCHES], 8);
    assert_str(u.tier, "priority");
    assert_false(claude_usage_is_zero(&u));
}

static void a_usage_that_is_cut_is_none(void **state)
{
    struct catch *c = *state;
    struct claude_usage_reader r;
    struct claude_usage u;
    const struct str text = STR("{\"input_tokens\":12,\"output_tokens\":34}");
    claude_usage_init(&r, &c->arena);
    assert_rc(claude_usage_read(&r, text, &u), RC_OK);
    for (size_t n = 0; n < text.n; n++) {
        assert_rc(claude_usage_read(&r, str_sub(text, 0, n), &u), RC_PARSE);
    }
    assert_rc(claude_usage_read(&r, STR("[12,34]"), &u), RC_PARSE);
}

/* Longer than what is kept: the ordinary way each time. */
static void long_usages_are_read(void **state)
{
    struct catch *c = *state;
    struct claude_usage_reader r;
    struct claude_usage u;
    struct buf text;
    buf_init(&text, 8192);
    claude_usage_init(&r, &c->arena);
    for (int round = 0; round < 3; round++) {
        for (int pad = 900; pad < 1100; pad += 17) {
            buf_clear(&text);
            buf_fmt(&text, "{\"x\":\"%*s\",\"output_tokens\":%d}", pad, "",
                    round * 1000 + pad);
            assert_rc(claude_usage_read(&r, buf_view(&text), &u), RC_OK);
            assert_int_equal(u.count[CLAUDE_OUTPUT], round * 1000 + pad);
        }
    }
    buf_fini(&text);
}

#define WITH_CATCH(test) \
    cmocka_unit_test_setup_teardown(test, catch_setup, catch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CATCH(what_came_before_changes_nothing),
        WITH_CATCH(counts_are_found_where_they_stand),
        WITH_CATCH(a_usage_that_is_cut_is_none),
        WITH_CATCH(long_usages_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
