#include "import_catch.h"

#include "base/limits.h"
#include "capture/import/import_value.h"

static void counts_come_as_numbers_and_text(void **state)
{
    static const struct {
        const char *raw;
        enum rc rc;
        int64_t n;
    } rows[] = {
        {"12", RC_OK, 12},
        {"12.0", RC_OK, 12},
        {"1e3", RC_OK, 1000},
        {"\"12\"", RC_OK, 12},
        {"\" 12 \"", RC_OK, 12},
        {"0", RC_OK, 0},
        {"9007199254740992", RC_OK, INT64_C(9007199254740992)},
        {"9223372036854775808", RC_RANGE, -7},
        {"-1", RC_RANGE, -7},
        {"1.5", RC_INVALID, -7},
        {"\"many\"", RC_INVALID, -7},
        {"true", RC_INVALID, -7},
        {"{}", RC_INVALID, -7},
        {"null", RC_NOT_FOUND, -7},
        {"\"\"", RC_NOT_FOUND, -7},
        {"", RC_NOT_FOUND, -7},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        int64_t n = -7;
        assert_rc(import_value_count(
                      catch_value(*state, str_from_cz(rows[i].raw)), &n),
                  rows[i].rc);
        assert_true(n == rows[i].n);
    }
}

static void times_come_in_many_forms(void **state)
{
    static const struct {
        const char *raw;
        enum rc rc;
        int64_t us;
    } rows[] = {
        {"\"2026-09-21T13:06:44.000Z\"", RC_OK, INT64_C(1789996004000000)},
        {"\"2026-09-21 13:06:44\"", RC_OK, INT64_C(1789996004000000)},
        {"\"2026-09-21T15:06:44+02:00\"", RC_OK, INT64_C(1789996004000000)},
        {"\"2026-09-21\"", RC_OK, INT64_C(1789948800000000)},
        {"1789996004", RC_OK, INT64_C(1789996004000000)},
        {"1789996004.25", RC_OK, INT64_C(1789996004250000)},
        {"1789996004250", RC_OK, INT64_C(1789996004250000)},
        {"\"1789996004\"", RC_OK, INT64_C(1789996004000000)},
        {"1e20", RC_RANGE, -7},
        {"\"yesterday\"", RC_INVALID, -7},
        {"null", RC_NOT_FOUND, -7},
        {"\"\"", RC_NOT_FOUND, -7},
        {"", RC_NOT_FOUND, -7},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        int64_t us = -7;
        assert_rc(
            import_value_ts(catch_value(*state, str_from_cz(rows[i].raw)), &us),
            rows[i].rc);
        assert_true(us == rows[i].us);
    }
}

static void money_is_read_exactly(void **state)
{
    struct usd usd = {-7};
    assert_rc(import_value_usd(catch_value(*state, STR("0.001132")), &usd),
              RC_OK);
    assert_true(usd.pico == INT64_C(1132000000));
    assert_rc(import_value_usd(catch_value(*state, STR("\"0.1\"")), &usd),
              RC_OK);
    assert_true(usd.pico == INT64_C(100000000000));
    assert_rc(import_value_usd(catch_value(*state, STR("null")), &usd),
              RC_NOT_FOUND);
    assert_rc(import_value_usd(catch_value(*state, STR("\"ten\"")), &usd),
              RC_INVALID);
    assert_rc(import_value_usd(catch_value(*state, STR("1e30")), &usd),
              RC_RANGE);
    assert_true(usd.pico == INT64_C(100000000000));
}

static void text_is_a_string_or_a_number(void **state)
{
    struct catch *c = *state;
    assert_str(import_value_text(catch_value(c, STR("\"a\\nb\""))), "a\nb");
    assert_str(import_value_text(catch_value(c, STR("17"))), "17");
    assert_str(import_value_text(catch_value(c, STR("17.50"))), "17.50");
    assert_str(import_value_text(catch_value(c, STR("null"))), "");
    assert_str(import_value_text(catch_value(c, STR("\"\\ud83d\""))), "");
    assert_str(import_value_text(NULL), "");
}

static void truth_has_several_spellings(void **state)
{
    struct catch *c = *state;
    assert_true(import_value_is_true(catch_value(c, STR("true"))));
    assert_true(import_value_is_true(catch_value(c, STR("\"True\""))));
    assert_false(import_value_is_true(catch_value(c, STR("\"None\""))));
    assert_false(import_value_is_true(catch_value(c, STR("null"))));
    assert_false(import_value_is_true(catch_value(c, STR("1"))));
    assert_false(import_value_is_true(NULL));
}

static struct str nested(struct catch *c, struct str raw)
{
    return json_raw(import_value_nested(catch_value(c, raw), c->json));
}

static void nested_values_may_be_text(void **state)
{
    struct catch *c = *state;
    assert_str(nested(c, STR("{\"a\":1}")), "{\"a\":1}");
    assert_str(nested(c, STR("\"{\\\"a\\\":1}\"")), "{\"a\":1}");
    assert_str(nested(c, STR("\" [1] \"")), "[1]");
    assert_str(nested(c, STR("\"{}\"")), "{}");
    assert_str(nested(c, STR("\"text\"")), "");
    assert_str(nested(c, STR("\"[1\"")), "");
    assert_str(nested(c, STR("12")), "");
    assert_null(import_value_nested(NULL, c->json));
}

static void members_are_seen_in_a_cut_object(void **state)
{
    static const struct str names[] = {STR_INIT("a"), STR_INIT("b"),
                                       STR_INIT("c")};
    (void)state;
    assert_int_equal(
        import_value_members(STR("{\"a\":1,\"x\":{\"b\":2},\"c\":\"cut he"),
                             names, 3),
        1);
    assert_int_equal(import_value_members(STR("{\"c\":1,\"b\":2}"), names, 3),
                     6);
    assert_int_equal(import_value_members(STR("[1]"), names, 3), 0);
}

static void long_text_is_cut_for_tags_and_dimensions(void **state)
{
    struct event ev;
    char text[LIMIT_DIM_MAX + 2];
    struct str slice = {.p = text, .n = sizeof(text)};
    (void)state;
    event_init(&ev);
    memset(text, 'a', sizeof(text));
    text[LIMIT_DIM_MAX - 1] = '\xc3'; /* would be cut in two */
    text[LIMIT_DIM_MAX] = '\xa9';
    assert_int_equal(import_value_dim(slice).n, LIMIT_DIM_MAX - 1);
    import_value_tag(&ev, "key", slice);
    assert_int_equal(ev.tag[0].value.n, LIMIT_TAG_VALUE_MAX - 1);
    import_value_tag(&ev, "none", STR_EMPTY);
    assert_int_equal(ev.n_tags, 1);
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    for (size_t i = 0; ev.n_tags < LIMIT_TAGS_MAX; i++) {
        struct str key = {.p = &letters[i], .n = 1};
        assert_rc(event_tag_set(&ev, key, STR("y"), NULL), RC_OK);
    }
    import_value_tag(&ev, "one too many", STR("y"));
    assert_int_equal(ev.n_tags, LIMIT_TAGS_MAX);
}

static void cells_are_text(void **state)
{
    int64_t n = -7;
    struct usd usd = {-7};
    (void)state;
    assert_rc(import_value_count_text(STR(" 12 "), &n), RC_OK);
    assert_int_equal(n, 12);
    assert_rc(import_value_count_text(STR("12.0"), &n), RC_OK);
    assert_rc(import_value_count_text(STR("12.5"), &n), RC_INVALID);
    assert_rc(import_value_count_text(STR("-12.5"), &n), RC_RANGE);
    assert_rc(import_value_count_text(STR("1e400"), &n), RC_RANGE);
    assert_rc(import_value_count_text(STR("12 tokens"), &n), RC_INVALID);
    assert_rc(import_value_count_text(STR(" "), &n), RC_NOT_FOUND);
    assert_int_equal(n, 12);
    assert_rc(import_value_usd_text(STR(" 0.1 "), &usd), RC_OK);
    assert_true(usd.pico == INT64_C(100000000000));
    assert_rc(import_value_usd_text(STR("ten"), &usd), RC_INVALID);
    assert_rc(import_value_usd_text(STR_EMPTY, &usd), RC_NOT_FOUND);
}

#define WITH_CATCH(test) \
    cmocka_unit_test_setup_teardown(test, catch_setup, catch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CATCH(counts_come_as_numbers_and_text),
        WITH_CATCH(times_come_in_many_forms),
        WITH_CATCH(money_is_read_exactly),
        WITH_CATCH(text_is_a_string_or_a_number),
        WITH_CATCH(truth_has_several_spellings),
        WITH_CATCH(nested_values_may_be_text),
        cmocka_unit_test(cells_are_text),
        cmocka_unit_test(members_are_seen_in_a_cut_object),
        cmocka_unit_test(long_text_is_cut_for_tags_and_dimensions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
