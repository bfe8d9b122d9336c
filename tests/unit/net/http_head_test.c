/* Fields of a head. */
#include "test.h"

#include "net/http_head.h"

static void the_first_of_a_name_is_found(void **state)
{
    struct http_fields f = {.n = 0};

    (void)state;
    for (int i = 0; i < 40; i++) { /* past its first size */
        http_fields_add(&f, STR("X-Other"), STR("x"));
    }
    http_fields_add(&f, STR("X-Name"), STR("1"));
    http_fields_add(&f, STR("x-name"), STR("2"));
    assert_int_equal(f.n, 42);
    assert_str(http_fields_get(&f, "x-NAME"), "1");
    assert_null(http_fields_get(&f, "X-Nam").p);
    http_fields_fini(&f);
    assert_int_equal(f.n, 0);
}

static void words_of_a_list_are_found(void **state)
{
    struct http_fields f = {.n = 0};

    (void)state;
    http_fields_add(&f, STR("Connection"), STR("x, Close"));
    http_fields_add(&f, STR("connection"), STR("y"));
    assert_true(http_says(&f, "Connection", "close"));
    assert_true(http_says(&f, "Connection", "Y"));
    assert_false(http_says(&f, "Connection", "clos"));
    http_fields_fini(&f);
}

static void statuses_have_words(void **state)
{
    (void)state;
    assert_str(http_reason(404), "Not Found");
    assert_str(http_reason(505), "HTTP Version Not Supported");
    assert_str(http_reason(299), "Status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_of_a_name_is_found),
        cmocka_unit_test(words_of_a_list_are_found),
        cmocka_unit_test(statuses_have_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
