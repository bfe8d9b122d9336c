#include "test.h"

#include <stdlib.h>

#include "base/num.h"

static void adds_or_tells(void **state)
{
    int64_t sum = 5;
    uint64_t u = 5;

    (void)state;
    assert_rc(num_add_i64(INT64_MAX, 1, &sum), RC_RANGE);
    assert_rc(num_add_i64(INT64_MIN, -1, &sum), RC_RANGE);
    assert_int_equal(sum, 5);
    assert_rc(num_add_i64(INT64_MAX, 0, &sum), RC_OK);
    assert_true(sum == INT64_MAX);
    assert_rc(num_add_i64(INT64_MIN, INT64_MAX, &sum), RC_OK);
    assert_int_equal(sum, -1);

    assert_rc(num_add_u64(UINT64_MAX, 1, &u), RC_RANGE);
    assert_int_equal(u, 5);
    assert_rc(num_add_u64(UINT64_MAX - 1, 1, &u), RC_OK);
    assert_true(u == UINT64_MAX);
}

static void multiplies_or_tells(void **state)
{
    int64_t product = 5;

    (void)state;
    assert_rc(num_mul_i64(INT64_MIN, -1, &product), RC_RANGE);
    assert_rc(num_mul_i64(INT64_C(1) << 32, INT64_C(1) << 31, &product),
              RC_RANGE);
    assert_int_equal(product, 5);
    assert_rc(num_mul_i64(INT64_C(1) << 32, -(INT64_C(1) << 31), &product),
              RC_OK);
    assert_true(product == INT64_MIN);
    assert_rc(num_mul_i64(INT64_MIN, 0, &product), RC_OK);
    assert_int_equal(product, 0);
}

static void narrows_or_tells(void **state)
{
    uint32_t u = 5;
    int64_t n = 5;

    (void)state;
    assert_rc(num_to_u32((uint64_t)UINT32_MAX + 1, &u), RC_RANGE);
    assert_int_equal(u, 5);
    assert_rc(num_to_u32(UINT32_MAX, &u), RC_OK);
    assert_true(u == UINT32_MAX);

    assert_rc(num_to_i64((num_i128)INT64_MAX + 1, &n), RC_RANGE);
    assert_rc(num_to_i64((num_i128)INT64_MIN - 1, &n), RC_RANGE);
    assert_int_equal(n, 5);
    assert_rc(num_to_i64(INT64_MAX, &n), RC_OK);
    assert_true(n == INT64_MAX);
    assert_rc(num_to_i64(INT64_MIN, &n), RC_OK);
    assert_true(n == INT64_MIN);
}

static void rounds_half_to_even(void **state)
{
    static const struct {
        int64_t a, b, want;
    } rows[] = {
        {0, 2, 0},   {1, 2, 0},     {2, 2, 1},     {3, 2, 2},   {5, 2, 2},
        {7, 2, 4},   {-1, 2, 0},    {-3, 2, -2},   {-5, 2, -2}, {-7, 2, -4},
        {4, 3, 1},   {5, 3, 2},     {-4, 3, -1},   {-5, 3, -2}, {14, 10, 1},
        {15, 10, 2}, {25, 10, 2},   {26, 10, 3},   {24, 10, 2}, {-25, 10, -2},
        {9, 1, 9},   {-35, 10, -4}, {-26, 10, -3},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        assert_true(num_div_even(rows[i].a, rows[i].b) == rows[i].want);
    }
}

static void rounds_at_the_edges(void **state)
{
    num_i128 top = (num_i128)(((num_u128)1 << 127) - 1);
    num_i128 half = ((num_i128)1 << 62);

    (void)state;
    assert_true(num_div_even(top, 1) == top);
    assert_true(num_div_even(-top - 1, 1) == -top - 1);
    assert_true(num_div_even(half, INT64_MAX) == 1); /* just over a half */
    assert_true(num_div_even(half - 1, INT64_MAX) == 0);
    assert_true(num_div_even(-half, INT64_MAX) == -1);
}

static void floors(void **state)
{
    (void)state;
    assert_int_equal(num_floor_div(7, 3), 2);
    assert_int_equal(num_floor_div(6, 3), 2);
    assert_int_equal(num_floor_div(0, 3), 0);
    assert_int_equal(num_floor_div(-1, 3), -1);
    assert_int_equal(num_floor_div(-3, 3), -1);
    assert_int_equal(num_floor_div(-4, 3), -2);
    assert_true(num_floor_div(INT64_MIN, 1) == INT64_MIN);
    assert_int_equal(num_floor_div(INT64_MIN, INT64_MAX), -2);
    assert_int_equal(num_floor_div(INT64_MAX, INT64_MAX), 1);
}

static void counts_low_zeros(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 64; i++) {
        assert_int_equal(num_low_zeros(UINT64_C(1) << i), i);
        assert_int_equal(num_low_zeros(UINT64_MAX << i), i);
    }
    assert_int_equal(num_low_zeros(0), 64);
}

static void drops_the_sign(void **state)
{
    num_i128 top = (num_i128)(((num_u128)1 << 127) - 1);

    (void)state;
    assert_true(num_abs(0) == 0);
    assert_true(num_abs(7) == 7);
    assert_true(num_abs(-7) == 7);
    assert_true(num_abs(INT64_MIN) == (num_i128)INT64_MAX + 1);
    assert_true(num_abs(-top) == top);
}

static void orders_doubles(void **state)
{
    double x[] = {2, -1, 0.5, 2, -3e300};
    const double want[] = {-3e300, -1, 0.5, 2, 2};

    (void)state;
    qsort(x, ARRAY_N(x), sizeof *x, num_f64_cmp);
    assert_memory_equal(x, want, sizeof want);
    assert_int_equal(num_f64_cmp(&x[3], &x[4]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_or_tells),
        cmocka_unit_test(multiplies_or_tells),
        cmocka_unit_test(narrows_or_tells),
        cmocka_unit_test(rounds_half_to_even),
        cmocka_unit_test(rounds_at_the_edges),
        cmocka_unit_test(floors),
        cmocka_unit_test(counts_low_zeros),
        cmocka_unit_test(drops_the_sign),
        cmocka_unit_test(orders_doubles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
