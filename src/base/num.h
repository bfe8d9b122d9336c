/* Arithmetic on numbers from outside, which may not fit: sums and products
 * answer RC_RANGE instead of wrapping.  The only file that names __int128.
 * Pure, any thread. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include "base/attr.h"
#include "base/rc.h"

#include <stdbool.h>
#include <stdint.h>

__extension__ typedef __int128 num_i128;
__extension__ typedef unsigned __int128 num_u128;

enum rc num_add_i64(int64_t a, int64_t b, int64_t *ret_sum) MUST_CHECK;
enum rc num_mul_i64(int64_t a, int64_t b, int64_t *ret_product) MUST_CHECK;
enum rc num_add_u64(uint64_t a, uint64_t b, uint64_t *ret_sum) MUST_CHECK;
enum rc num_to_u32(uint64_t n, uint32_t *ret_n) MUST_CHECK;
enum rc num_to_i64(num_i128 n, int64_t *ret_n) MUST_CHECK;

/* num_div_even: a / b rounded half to even; b > 0. */
num_i128 num_div_even(num_i128 a, int64_t b);

/* num_floor_div: a / b rounded towards minus infinity; b > 0. */
int64_t num_floor_div(int64_t a, int64_t b);

/* num_abs: without its sign; n above the least there is. */
num_i128 num_abs(num_i128 n);

/* num_f64_cmp: doubles from the least up, for qsort; none is NaN. */
int num_f64_cmp(const void *a, const void *b);

/* num_low_zeros: the bits below the lowest that is set; 64 for 0. */
static inline unsigned num_low_zeros(uint64_t n)
{
    return n == 0 ? 64 : (unsigned)__builtin_ctzll(n);
}

#endif
