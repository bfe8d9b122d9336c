#include "test.h"

#include "base/limits.h"

static void has_constants(void **state)
{
    (void)state;
    assert_int_equal(LIMIT_BODY_MAX, 64 * 1024 * 1024);
    assert_int_equal(LIMIT_TAGS_MAX, 16);
}

static void table_tells_the_same(void **state)
{
    int i = 0;

    (void)state;
#define X(name_, value_, unit_, why_)                      \
    assert_true(i < limit_table_n);                        \
    assert_string_equal(limit_table[i].name, #name_);      \
    assert_int_equal(limit_table[i].value, LIMIT_##name_); \
    i++;
#include "base/limits.def"
#undef X
    assert_int_equal(i, limit_table_n);
}

static void rows_are_whole_and_unique(void **state)
{
    (void)state;
    for (int i = 0; i < limit_table_n; i++) {
        const struct limit *row = &limit_table[i];

        assert_true(row->value > 0);
        assert_true(strlen(row->unit) > 0);
        assert_true(strlen(row->why) > 0);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(row->name, limit_table[j].name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_constants),
        cmocka_unit_test(table_tells_the_same),
        cmocka_unit_test(rows_are_whole_and_unique),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
