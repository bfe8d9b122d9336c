#include "test.h"

#include "base/rand.h"
#include "event/event_json_priv.h"

static void test_every_field_is_found(void **state)
{
    (void)state;
    for (uint32_t f = FIELD_NONE + 1; f < FIELD__COUNT; f++) {
        if (field_find(field_table[f].name) != f) {
            fail_msg("%s is not found", field_table[f].name.p);
        }
    }
}

/* One byte changed or added: another name, and no field. */
static void test_near_misses_are_no_fields(void **state)
{
    (void)state;
    char text[64];
    for (uint32_t f = FIELD_NONE + 1; f < FIELD__COUNT; f++) {
        struct str name = field_table[f].name;
        memcpy(text, name.p, name.n);
        text[name.n] = 'x';
        struct str longer = {.p = text, .n = name.n + 1};
        assert_int_equal(field_find(longer), FIELD_NONE);
        for (size_t i = 0; i < name.n; i++) {
            text[i] ^= 0x20;
            struct str other = {.p = text, .n = name.n};
            assert_int_equal(field_find(other), FIELD_NONE);
            text[i] ^= 0x20;
        }
    }
    assert_int_equal(field_find(STR_EMPTY), FIELD_NONE);
    memset(text, 'x', sizeof(text));
    for (size_t n = 1; n < sizeof(text); n++) {
        struct str none = {.p = text, .n = n};
        assert_int_equal(field_find(none), FIELD_NONE);
    }
}

static void test_dims_have_the_same_name_everywhere(void **state)
{
    (void)state;
    bool has[DIM__COUNT] = {false};
    for (uint32_t f = FIELD_NONE + 1; f < FIELD__COUNT; f++) {
        const struct event_field *field = &field_table[f];
        if (field->kind == FIELD_KIND_DIM) {
            assert_true(str_eq(field->name, dim_name((enum dim)field->which)));
            has[field->which] = true;
        }
    }
    for (uint32_t d = 0; d < DIM__COUNT; d++) {
        assert_true(has[d]);
    }
}

static void test_counts_of_disjoint_classes_and_back(void **state)
{
    (void)state;
    struct rand r;
    rand_init(&r, 11);
    for (int round = 0; round < 1000; round++) {
        struct event ev;
        event_init(&ev);
        for (uint32_t k = 0; k < TOKEN__COUNT; k++) {
            ev.token[k] = (int64_t)rand_below(&r, 1000000);
        }
        ev.web_searches = (int64_t)rand_below(&r, 10);
        int64_t count[COUNT__COUNT];
        counts_from_event(&ev, count);
        struct event back;
        event_init(&back);
        counts_to_event(count, &back);
        assert_memory_equal(back.token, ev.token, sizeof(ev.token));
        assert_int_equal(back.web_searches, ev.web_searches);
    }
}

static void test_totals_include_their_parts(void **state)
{
    (void)state;
    const int64_t count[COUNT__COUNT] = {
        [COUNT_INPUT] = 1000,      [COUNT_CACHE_READ] = 500,
        [COUNT_CACHE_WRITE] = 200, [COUNT_CACHE_WRITE_1H] = 50,
        [COUNT_INPUT_AUDIO] = 30,  [COUNT_INPUT_IMAGE] = 20,
        [COUNT_OUTPUT] = 400,      [COUNT_REASONING] = 100,
        [COUNT_OUTPUT_AUDIO] = 10, [COUNT_OUTPUT_IMAGE] = 5,
        [COUNT_WEB_SEARCHES] = 2,
    };
    struct event ev;
    event_init(&ev);
    counts_to_event(count, &ev);
    assert_int_equal(ev.token[TOKEN_INPUT], 250);
    assert_int_equal(ev.token[TOKEN_CACHE_READ], 500);
    assert_int_equal(ev.token[TOKEN_CACHE_WRITE_5M], 150);
    assert_int_equal(ev.token[TOKEN_CACHE_WRITE_1H], 50);
    assert_int_equal(ev.token[TOKEN_INPUT_AUDIO], 30);
    assert_int_equal(ev.token[TOKEN_INPUT_IMAGE], 20);
    assert_int_equal(ev.token[TOKEN_OUTPUT], 285);
    assert_int_equal(ev.token[TOKEN_OUTPUT_REASONING], 100);
    assert_int_equal(ev.token[TOKEN_OUTPUT_AUDIO], 10);
    assert_int_equal(ev.token[TOKEN_OUTPUT_IMAGE], 5);
    assert_int_equal(ev.web_searches, 2);
    assert_int_equal(event_input_tokens(&ev), 1000);
    assert_int_equal(event_output_tokens(&ev), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field_is_found),
        cmocka_unit_test(test_near_misses_are_no_fields),
        cmocka_unit_test(test_dims_have_the_same_name_everywhere),
        cmocka_unit_test(test_counts_of_disjoint_classes_and_back),
        cmocka_unit_test(test_totals_include_their_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
