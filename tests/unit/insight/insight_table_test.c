#include "test.h"

#include "insight/insight.h"

/* By name, each once: what a merge of two lists breaks. */
static void is_sorted(void **state)
{
    (void)state;

    for (size_t i = 1; i < insight_table_n; i++) {
        struct str before = str_from_cz(insight_table[i - 1]->name);
        struct str name = str_from_cz(insight_table[i]->name);
        if (str_cmp(before, name) >= 0) {
            print_error("%.*s stands before %.*s\n", STR_ARG(before),
                        STR_ARG(name));
            fail();
        }
    }
}

static void finds_by_path(void **state)
{
    (void)state;
    struct str subject;

    for (size_t i = 0; i < insight_table_n; i++) {
        const struct insight *row = insight_table[i];
        assert_ptr_equal(insight_of(str_from_cz(row->path), &subject), row);
        assert_int_equal(subject.n, 0);
    }
    assert_ptr_equal(insight_of(STR("/api/experiments/a b"), &subject),
                     &insight_experiment);
    assert_str(subject, "a b");
    assert_null(insight_of(STR("/api/experiments/"), &subject));
    assert_null(insight_of(STR("/api/nothing"), &subject));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_sorted),
        cmocka_unit_test(finds_by_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
