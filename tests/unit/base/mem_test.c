#include "test.h"

#include "base/mem.h"

static bool is_zero(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != 0) {
            return false;
        }
    }
    return true;
}

static void allocates_zeroed(void **state)
{
    unsigned char *p = mem_alloc(4000);
    unsigned char *q = mem_array(100, 40);

    (void)state;
    assert_true(is_zero(p, 4000));
    assert_true(is_zero(q, 4000));
    mem_free(p);
    mem_free(q);
}

static void gives_something_for_nothing(void **state)
{
    void *p = mem_alloc(0);
    void *q = mem_array(0, 8);
    void *r = mem_grow(NULL, 0, 8);

    (void)state;
    assert_non_null(p);
    assert_non_null(q);
    assert_non_null(r);
    r = mem_grow(r, 0, 8); /* must neither free nor answer NULL */
    assert_non_null(r);
    mem_free(p);
    mem_free(q);
    mem_free(r);
    mem_free(NULL);
}

static void keeps_what_grows(void **state)
{
    uint32_t *p = mem_grow(NULL, 4, sizeof(*p));

    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        p[i] = i * 7;
    }
    p = mem_grow(p, 4000, sizeof(*p));
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(p[i], i * 7);
    }
    p[3999] = 1;
    mem_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocates_zeroed),
        cmocka_unit_test(gives_something_for_nothing),
        cmocka_unit_test(keeps_what_grows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
