#include "test.h"

#include <math.h>
#include <stdlib.h>

#include "base/rand.h"

/* Computed by another implementation (Python's whole numbers). */
static void repeats_by_seed(void **state)
{
    static const uint64_t want[] = {
        UINT64_C(1546998764402558742),  UINT64_C(6990951692964543102),
        UINT64_C(12544586762248559009), UINT64_C(17057574109182124193),
        UINT64_C(18295552978065317476), UINT64_C(14199186830065750584),
    };
    struct rand r;

    (void)state;
    for (int round = 0; round < 2; round++) {
        rand_init(&r, 42);
        for (size_t i = 0; i < ARRAY_N(want); i++) {
            assert_true(rand_u64(&r) == want[i]);
        }
    }
}

/* By hand: rotl(2 * 5, 7) * 9, then s[1] = 2 ^ 1 ^ 3 = 0. */
static void steps_as_published(void **state)
{
    struct rand r = {.s = {1, 2, 3, 4}};

    (void)state;
    assert_int_equal(rand_u64(&r), 11520);
    assert_int_equal(rand_u64(&r), 0);
    assert_int_equal(rand_u64(&r), 1509978240);
}

static void differs_by_seed(void **state)
{
    struct rand a, b;

    (void)state;
    rand_init(&a, 0);
    rand_init(&b, 1);
    assert_true(rand_u64(&a) != rand_u64(&b));
    assert_true(rand_u64(&a) != 0);
}

/* chi_square: how far `seen` is from n * p, in units that for k classes have
 * mean k - 1 and variance 2 (k - 1). */
static double chi_square(const int *seen, const double *p, size_t k, int n)
{
    double sum = 0.0;

    for (size_t i = 0; i < k; i++) {
        double want = n * p[i];

        sum += (seen[i] - want) * (seen[i] - want) / want;
    }
    return sum;
}

static void below_is_even(void **state)
{
    enum { N = 60000 };
    static const double p[6] = {1 / 6.0, 1 / 6.0, 1 / 6.0,
                                1 / 6.0, 1 / 6.0, 1 / 6.0};
    int seen[6] = {0};
    struct rand r;

    (void)state;
    rand_init(&r, 3);
    for (int i = 0; i < N; i++) {
        uint64_t x = rand_below(&r, 6);

        assert_true(x < 6);
        seen[x]++;
    }
    assert_true(chi_square(seen, p, 6, N) < 20.5); /* 1 in 1000 by chance */
}

/* 3 * 2^62 does not divide 2^64: a plain remainder gives the first third
 * twice as often, a plain product every third number. */
static void below_is_even_for_a_huge_range(void **state)
{
    enum { N = 30000 };
    static const double p[3] = {1 / 3.0, 1 / 3.0, 1 / 3.0};
    int by_place[3] = {0};
    int by_rest[3] = {0};
    struct rand r;

    (void)state;
    rand_init(&r, 4);
    for (int i = 0; i < N; i++) {
        uint64_t x = rand_below(&r, UINT64_C(3) << 62);

        by_place[x >> 62]++;
        by_rest[x % 3]++;
    }
    assert_true(chi_square(by_place, p, 3, N) < 13.8);
    assert_true(chi_square(by_rest, p, 3, N) < 13.8);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(rand_below(&r, 1), 0);
        assert_true(rand_below(&r, UINT64_MAX) < UINT64_MAX);
    }
}

static void f64_fills_its_interval(void **state)
{
    enum { N = 50000 };
    int seen[10] = {0};
    double p[10];
    struct rand r;

    (void)state;
    rand_init(&r, 5);
    for (int i = 0; i < N; i++) {
        double x = rand_f64(&r);

        assert_true(x >= 0.0 && x < 1.0);
        seen[(int)(x * 10)]++;
    }
    for (int i = 0; i < 10; i++) {
        p[i] = 0.1;
    }
    assert_true(chi_square(seen, p, 10, N) < 27.9);
}

static void normal_has_its_quantiles(void **state)
{
    enum { N = 50000 };
    /* Below -2, -1, 0, 1, 2 and above: the normal distribution's parts. */
    static const double p[6] = {0.02275013, 0.13590512, 0.34134475,
                                0.34134475, 0.13590512, 0.02275013};
    int seen[6] = {0};
    double sum = 0.0, squares = 0.0;
    struct rand r;

    (void)state;
    rand_init(&r, 6);
    for (int i = 0; i < N; i++) {
        double x = rand_normal(&r);
        double place = floor(x) + 3.0;

        assert_true(isfinite(x));
        seen[place < 0.0 ? 0 : place > 5.0 ? 5 : (int)place]++;
        sum += x;
        squares += x * x;
    }
    assert_true(chi_square(seen, p, 6, N) < 20.5);
    assert_true(fabs(sum / N) < 0.015);
    assert_true(fabs(squares / N - 1.0) < 0.02);
}

static void lognormal_has_its_median(void **state)
{
    enum { N = 20000 };
    int below = 0;
    struct rand r;

    (void)state;
    rand_init(&r, 7);
    for (int i = 0; i < N; i++) {
        double x = rand_lognormal(&r, 2.0, 0.7);

        assert_true(x > 0.0);
        below += x < exp(2.0) ? 1 : 0;
    }
    assert_true(abs(below - N / 2) < 250);
    /* Without deviation it is a constant. */
    assert_true(fabs(rand_lognormal(&r, 2.0, 0.0) - exp(2.0)) < 1e-12);
}

/* Both methods, on both sides of their border and far away: mean and
 * variance of a Poisson number are the same. */
static void poisson_has_its_moments(void **state)
{
    static const double means[] = {0.1, 3.0, 9.99, 10.0, 35.0, 1000.0, 1e6};
    enum { N = 20000 };
    struct rand r;

    (void)state;
    rand_init(&r, 8);
    for (size_t k = 0; k < ARRAY_N(means); k++) {
        double mean = means[k];
        double sum = 0.0, squares = 0.0;

        for (int i = 0; i < N; i++) {
            double x = (double)rand_poisson(&r, mean) - mean;

            sum += x;
            squares += x * x;
        }
        assert_true(fabs(sum / N) < 4.0 * sqrt(mean / N));
        assert_true(fabs(squares / N / mean - 1.0) < 0.1);
    }
    assert_int_equal(rand_poisson(&r, 0.0), 0);
}

static void poisson_has_its_shape(void **state)
{
    static const double means[] = {4.0, 12.0, 40.0};
    enum { N = 50000, TOP = 100 };
    struct rand r;

    (void)state;
    rand_init(&r, 9);
    for (size_t k = 0; k < ARRAY_N(means); k++) {
        int seen[TOP] = {0};
        double p[TOP];
        size_t n_classes = 0;
        int kept[TOP];

        for (int i = 0; i < N; i++) {
            uint64_t x = rand_poisson(&r, means[k]);

            seen[x < TOP ? x : TOP - 1]++;
        }
        /* Classes with fewer than five expected would not be chi-square. */
        double share = exp(-means[k]);
        for (int x = 0; x < TOP; x++) {
            if (share * N >= 5.0) {
                p[n_classes] = share;
                kept[n_classes++] = seen[x];
            }
            share *= means[k] / (x + 1);
        }
        double freedom = (double)n_classes - 1.0;
        assert_true(chi_square(kept, p, n_classes, N) <
                    freedom + 4.0 * sqrt(2.0 * freedom));
    }
}

static void secret_fills_all_bytes(void **state)
{
    unsigned char bytes[1000 + 1];
    struct why why;
    bool has_changed[1000] = {false};

    (void)state;
    bytes[1000] = 0x5A;
    /* A byte that is zero eight times over is not filled. */
    for (int round = 0; round < 8; round++) {
        memset(bytes, 0, 1000);
        assert_ok(rand_secret(bytes, 1000, &why), &why);
        for (int i = 0; i < 1000; i++) {
            has_changed[i] = has_changed[i] || bytes[i] != 0;
        }
    }
    for (int i = 0; i < 1000; i++) {
        assert_true(has_changed[i]);
    }
    assert_int_equal(bytes[1000], 0x5A);
    assert_ok(rand_secret(bytes, 0, &why), &why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeats_by_seed),
        cmocka_unit_test(steps_as_published),
        cmocka_unit_test(differs_by_seed),
        cmocka_unit_test(below_is_even),
        cmocka_unit_test(below_is_even_for_a_huge_range),
        cmocka_unit_test(f64_fills_its_interval),
        cmocka_unit_test(normal_has_its_quantiles),
        cmocka_unit_test(lognormal_has_its_median),
        cmocka_unit_test(poisson_has_its_moments),
        cmocka_unit_test(poisson_has_its_shape),
        cmocka_unit_test(secret_fills_all_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
