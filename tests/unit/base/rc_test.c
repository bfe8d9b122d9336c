#include "test.h"

static void names_each_code(void **state)
{
    (void)state;
    assert_string_equal(rc_name(RC_OK), "ok");
    assert_string_equal(rc_name(RC_NOT_FOUND), "not_found");
    assert_string_equal(rc_name(RC_END), "end");
    assert_int_equal(RC_OK, 0);
}

static void names_are_there_and_differ(void **state)
{
    (void)state;
    for (int i = 0; i < RC__COUNT; i++) {
        assert_true(strlen(rc_name((enum rc)i)) > 0);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(rc_name((enum rc)i), rc_name((enum rc)j));
        }
    }
}

static void names_what_is_no_code(void **state)
{
    (void)state;
    assert_string_equal(rc_name(RC__COUNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_each_code),
        cmocka_unit_test(names_are_there_and_differ),
        cmocka_unit_test(names_what_is_no_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
