#include "test.h"

#include "capture/import/import_seen.h"

static uint32_t add(struct import_seen *s, struct str text)
{
    struct why why;
    uint32_t n = 0;
    assert_ok(import_seen_add(s, text, &n, &why), &why);
    return n;
}

static void equal_texts_are_numbered(void **state)
{
    struct import_seen s;
    (void)state;
    import_seen_init(&s);
    assert_int_equal(add(&s, STR("a")), 1);
    assert_int_equal(add(&s, STR("b")), 1);
    assert_int_equal(add(&s, STR("a")), 2);
    assert_int_equal(add(&s, STR_EMPTY), 1);
    assert_int_equal(add(&s, STR("a")), 3);
    import_seen_clear(&s);
    assert_int_equal(add(&s, STR("a")), 1);
    import_seen_fini(&s);
    import_seen_fini(NULL);
}

static void many_are_told_apart(void **state)
{
    struct import_seen s;
    (void)state;
    import_seen_init(&s);
    for (uint32_t round = 1; round <= 2; round++) {
        for (uint32_t i = 0; i < 5000; i++) {
            assert_int_equal(
                add(&s, (struct str){.p = (const char *)&i, .n = sizeof(i)}),
                round);
        }
    }
    import_seen_fini(&s);
}

static void an_id_says_which_text_and_which_of_them(void **state)
{
    char id[IMPORT_SEEN_ID_BYTES];
    char other[IMPORT_SEEN_ID_BYTES];
    (void)state;
    size_t n = import_seen_id(STR("a row"), 1, id);
    assert_true(n < sizeof(id));
    /* Ids stand in ledgers: they stay the same in every release. */
    assert_string_equal(id, "row-dee8f112bbbf5c3745f51ac323f498cc-1");
    (void)import_seen_id(STR("a row"), UINT32_MAX, other);
    assert_string_not_equal(id, other);
    (void)import_seen_id(STR("a row "), 1, other);
    assert_string_not_equal(id, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_texts_are_numbered),
        cmocka_unit_test(many_are_told_apart),
        cmocka_unit_test(an_id_says_which_text_and_which_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
