#include "base/num.h"

#include "base/check.h"

enum rc num_add_i64(int64_t a, int64_t b, int64_t *ret_sum)
{
    int64_t sum;

    if (__builtin_add_overflow(a, b, &sum)) {
        return RC_RANGE;
    }
    *ret_sum = sum;
    return RC_OK;
}

enum rc num_mul_i64(int64_t a, int64_t b, int64_t *ret_product)
{
    int64_t product;

    if (__builtin_mul_overflow(a, b, &product)) {
        return RC_RANGE;
    }
    *ret_product = product;
    return RC_OK;
}

enum rc num_add_u64(uint64_t a, uint64_t b, uint64_t *ret_sum)
{
    uint64_t sum;

    if (__builtin_add_overflow(a, b, &sum)) {
        return RC_RANGE;
    }
    *ret_sum = sum;
    return RC_OK;
}

enum rc num_to_u32(uint64_t n, uint32_t *ret_n)
{
    if (n > UINT32_MAX) {
        return RC_RANGE;
    }
    *ret_n = (uint32_t)n;
    return RC_OK;
}

enum rc num_to_i64(num_i128 n, int64_t *ret_n)
{
    if (n < INT64_MIN || n > INT64_MAX) {
        return RC_RANGE;
    }
    *ret_n = (int64_t)n;
    return RC_OK;
}

num_i128 num_div_even(num_i128 a, int64_t b)
{
    CHECK(b > 0);
    num_i128 quotient = a / b;
    num_i128 rest = a % b; /* of a's sign, less than b in size */
    num_i128 twice = num_abs(rest) * 2;

    if (twice > b || (twice == b && quotient % 2 != 0)) {
        quotient += a < 0 ? -1 : 1;
    }
    return quotient;
}

int64_t num_floor_div(int64_t a, int64_t b)
{
    CHECK(b > 0);
    return a % b < 0 ? a / b - 1 : a / b;
}

num_i128 num_abs(num_i128 n)
{
    return n < 0 ? -n : n;
}

int num_f64_cmp(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}
