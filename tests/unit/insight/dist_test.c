#include "test.h"

#include <math.h>

#include "base/attr.h"
#include "insight/stat/dist.h"

static void assert_near(double got, double want, double error)
{
    if (!(fabs(got - want) <= error)) {
        print_error("got %.17g, want %.17g\n", got, want);
        fail();
    }
}

/* Published tables: Abramowitz and Stegun 26.1 and 26.10, NIST/SEMATECH. */
static void has_the_tables_quantiles(void **state)
{
    (void)state;
    static const struct {
        double p, df, t;
    } table[] = {
        {0.975, 1, 12.706204736174698},  {0.975, 2, 4.3026527299112747},
        {0.975, 5, 2.5705818366147395},  {0.975, 10, 2.2281388519649385},
        {0.95, 5, 2.0150483726691575},   {0.975, 30, 2.0422724563012373},
        {0.995, 10, 3.1692726726169518}, {0.9, 3, 1.6377443536962102},
    };

    for (size_t i = 0; i < ARRAY_N(table); i++) {
        assert_near(dist_student_quantile(table[i].p, table[i].df), table[i].t,
                    1e-9);
    }
    assert_near(dist_normal_quantile(0.975), 1.9599639845400545, 1e-12);
    assert_near(dist_normal_quantile(0.995), 2.5758293035489004, 1e-12);
    assert_near(dist_normal_quantile(0.9), 1.2815515655446004, 1e-12);
    assert_near(dist_normal_quantile(1e-10), -6.3613409024040557, 1e-9);
    assert_near(dist_chi_square_tail(3.8414588206941254, 1), 0.05, 1e-12);
    assert_near(dist_chi_square_tail(5.9914645471079799, 2), 0.05, 1e-12);
    assert_near(dist_chi_square_tail(18.307038053275146, 10), 0.05, 1e-12);
    assert_near(dist_chi_square_tail(124.34211340400408, 100), 0.05, 1e-12);
}

/* One, two and four degrees of freedom have formulas. */
static void agrees_with_closed_forms(void **state)
{
    (void)state;

    for (int i = 1; i < 200; i++) {
        double p = i / 200.0;
        double a = 4.0 * p * (1.0 - p);
        double q = cos(acos(sqrt(a)) / 3.0) / sqrt(a);
        double one = tan(M_PI * (p - 0.5));
        double two = 2.0 * (p - 0.5) * sqrt(2.0 / a);
        double four = copysign(2.0 * sqrt(q - 1.0), p - 0.5);
        assert_near(dist_student_quantile(p, 1), one, 1e-12 * (1 + fabs(one)));
        assert_near(dist_student_quantile(p, 2), two, 1e-12 * (1 + fabs(two)));
        if (i != 100) { /* q - 1 has no digits there */
            assert_near(dist_student_quantile(p, 4), four, 1e-9);
        }
        assert_near(dist_chi_square_tail(-2.0 * log(p), 2), p, 1e-14);
    }
}

static void turns_tails_back(void **state)
{
    (void)state;
    static const double df[] = {1, 1.5, 7.25, 60, 399.5, 1e4, 3e6, 2e7};

    for (size_t d = 0; d < ARRAY_N(df); d++) {
        for (int i = 1; i < 60; i++) {
            double p = 1.0 - pow(0.75, i);
            double t = dist_student_quantile(p, df[d]);
            double q = pow(0.75, i);
            assert_near(dist_student_tail(t, df[d]) / q, 1.0, 1e-7);
            assert_near(dist_student_tail(-t, df[d]), p, 1e-10);
        }
    }
    for (int i = -35; i <= 3; i++) {
        double z = dist_normal_quantile(dist_normal_tail(-i));
        assert_near(z, i, 1e-8 * (1 + fabs((double)i)));
    }
}

/* On both sides of where another formula takes over. */
static void has_no_seams(void **state)
{
    (void)state;

    for (double t = 0.25; t < 8.0; t += 0.25) {
        assert_near(dist_student_tail(t, 99.999999) /
                        dist_student_tail(t, 100.000001),
                    1.0, 1e-6);
        assert_near(dist_student_tail(t, 0.9999999e6) /
                        dist_student_tail(t, 1.0000001e6),
                    1.0, 1e-8);
        assert_true(dist_student_tail(t, 1e8) > dist_normal_tail(t) || t < 0.3);
    }
    for (int i = 1; i < 100; i++) {
        double x = i; /* the formula changes at df + 2 */
        assert_near(dist_chi_square_tail(x, x - 2 + 1.9999999) /
                        dist_chi_square_tail(x, x - 2 + 2.0000001),
                    1.0, 1e-6);
    }
    assert_near(dist_chi_square_tail(0, 3), 1, 0);
    assert_near(dist_chi_square_tail(1e6, 3), 0, 0);
    assert_near(dist_student_tail(0, 3), 0.5, 0);
    assert_near(dist_student_quantile(0.5, 3), 0, 0);
    assert_near(dist_normal_quantile(0.5), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_tables_quantiles),
        cmocka_unit_test(agrees_with_closed_forms),
        cmocka_unit_test(turns_tails_back),
        cmocka_unit_test(has_no_seams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
