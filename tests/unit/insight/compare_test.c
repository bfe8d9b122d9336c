#include "test.h"

#include <math.h>

#include "base/attr.h"
#include "insight/stat/compare.h"
#include "insight/stat/dist.h"

static const struct compare_rule fixed = {.when = COMPARE_FIXED, .alpha = 0.05};
static const struct compare_rule sequence = {
    .when = COMPARE_SEQUENCE, .alpha = 0.05, .planned = 5000};

static void assert_near(double got, double want, double error)
{
    if (!(fabs(got - want) <= error)) {
        print_error("got %.12g, want %.12g\n", got, want);
        fail();
    }
}

static struct tally tally_of(const double *y, const double *x, size_t n)
{
    struct tally t = {.n = 0};

    for (size_t i = 0; i < n; i++) {
        tally_add(&t, y[i], x != NULL ? x[i] : 1.0);
    }
    return t;
}

/* ---- tallies ---- */

static void sums_are_moments(void **state)
{
    (void)state;
    static const double y[] = {1, 2, 3, 4, 10};
    struct tally t = tally_of(y, NULL, ARRAY_N(y));
    struct estimate e;

    assert_true(tally_mean_y(&t, &e));
    assert_int_equal(e.n, 5);
    assert_near(e.value, 4, 1e-12);
    assert_near(e.variance, 12.5 / 5, 1e-12); /* s^2 = 50 / 4 */
    assert_near(e.deviation, sqrt(12.5) / 4, 1e-12);
    assert_near(e.skewness, 180.0 / 5 / pow(10, 1.5), 1e-12);
    assert_near(compare_skewness_units(&e), 355 * 36.0 * 36.0 / 1000, 1e-9);
}

/* The delta method, by its definition. */
static void ratios_have_units_as_clusters(void **state)
{
    (void)state;
    static const double y[] = {3, 5, 0, 9, 4};
    static const double x[] = {1, 2, 1, 5, 1};
    struct tally t = tally_of(y, x, ARRAY_N(y));
    struct estimate e;
    double squares = 0;
    double cubes = 0;

    for (size_t i = 0; i < ARRAY_N(y); i++) {
        double off = y[i] - 2.1 * x[i];
        squares += off * off;
        cubes += off * off * off;
    }
    assert_true(tally_ratio(&t, &e));
    assert_near(e.value, 2.1, 1e-12);
    assert_near(e.variance, 5.0 / 4 * squares / 100, 1e-12);
    assert_near(e.skewness, cubes / 5 / pow(squares / 5, 1.5), 1e-9);
    assert_near(tally_covariance(&t), 1.0, 1e-12);
}

/* Against the same on units that were adjusted one by one. */
static void adjusts_for_what_was_before(void **state)
{
    (void)state;
    static const double y[] = {3, 5, 0, 9, 4, 7};
    static const double x[] = {1, 2, 1, 5, 1, 4};
    struct tally two[] = {tally_of(y, x, 3), tally_of(y + 3, x + 3, 3)};
    struct tally whole = tally_of(y, x, 6);
    struct tally plain = {.n = 0};
    struct estimate got, want;

    for (size_t i = 0; i < ARRAY_N(y); i++) {
        tally_add(&plain, y[i] - 1.5 * (x[i] - 2.0), 0);
    }
    assert_true(tally_adjusted(&whole, 1.5, 2.0, &got));
    assert_true(tally_mean_y(&plain, &want));
    assert_near(got.value, want.value, 1e-12);
    assert_near(got.variance, want.variance, 1e-12);
    assert_near(got.skewness, want.skewness, 1e-9);
    assert_near(got.deviation, want.deviation, 1e-12);
    /* Within the two: off 8/3 and 4/3, 20/3 and 10/3. */
    double slope = ((3 - 8.0 / 3) * (1 - 4.0 / 3) + (5 - 8.0 / 3) * (2.0 / 3) +
                    (0 - 8.0 / 3) * (1 - 4.0 / 3) + (9 - 20.0 / 3) * (5.0 / 3) +
                    (4 - 20.0 / 3) * (1 - 10.0 / 3) + (1.0 / 3) * (2.0 / 3)) /
                   (2.0 / 3 + 26.0 / 3);
    assert_near(tally_slope(two, 2), slope, 1e-12);
    two[0].xx = two[0].x * two[0].x / 3;
    two[1].n = 0;
    assert_near(tally_slope(two, 2), 0, 0);
}

static void a_unit_may_be_cut(void **state)
{
    (void)state;
    static const double y[] = {3, 5, 0, 90, 4};
    static const double cut[] = {3, 5, 0, 9, 4};
    static const double x[] = {1, 2, 1, 5, 1};
    struct tally t = tally_of(y, x, ARRAY_N(y));
    struct tally want = tally_of(cut, x, ARRAY_N(cut));

    tally_replace_y(&t, 90, 5, 9);
    assert_near(t.y, want.y, 1e-9);
    assert_near(t.yy, want.yy, 1e-9);
    assert_near(t.yyy, want.yyy, 1e-6);
    assert_near(t.xy, want.xy, 1e-9);
    assert_near(t.xyy, want.xyy, 1e-9);
    assert_near(t.xxy, want.xxy, 1e-9);
    assert_near(t.x, want.x, 0);
}

static void too_little_says_no(void **state)
{
    (void)state;
    static const double same[] = {0.1, 0.1, 0.1};
    struct tally none = {.n = 0};
    struct tally one = tally_of(same, NULL, 1);
    struct tally three = tally_of(same, NULL, 3);
    struct estimate e = {.n = 77};
    struct comparison c = {.p = 77};

    assert_false(tally_mean_y(&none, &e));
    assert_false(tally_mean_y(&one, &e));
    assert_false(tally_ratio(&one, &e));
    assert_false(tally_ratio(&none, &e));
    assert_int_equal(e.n, 77);
    assert_true(tally_mean_y(&three, &e));
    assert_near(e.variance, 0, 0);
    assert_false(compare_ratio(&e, &e, &fixed, &c));
    assert_false(compare_difference(&e, &e, &fixed, &c));
    assert_near(c.p, 77, 0);
    e = (struct estimate){.n = 3, .value = 0, .variance = 0};
    assert_false(compare_ratio(&e, &e, &fixed, &c));
}

/* ---- two variants ---- */

/* A mean with a relative error, of units as a normal would have them. */
static struct estimate mean(double value, double error, int64_t n)
{
    return (struct estimate){
        .n = n,
        .value = value,
        .variance = value * value * error * error,
        .deviation = error * sqrt((double)n),
    };
}

/* Where errors are small all roads lead to the log's interval. */
static void small_errors_are_as_on_the_log(void **state)
{
    (void)state;
    struct estimate a = mean(2.0, 0.0010, 1000000);
    struct estimate b = mean(1.6, 0.0010, 1000000);
    struct comparison c;

    assert_true(compare_ratio(&a, &b, &fixed, &c));
    double half = 1.959964 * sqrt(2e-6);
    assert_near(c.value, 0.8, 1e-12);
    assert_near(c.lo, 0.8 * exp(-half), 1e-5);
    assert_near(c.hi, 0.8 * exp(half), 1e-5);
    assert_true(c.p < 1e-100);
    assert_true(compare_difference(&a, &b, &fixed, &c));
    assert_near(c.value, -0.4, 1e-12);
    assert_near(c.hi - c.lo, 2 * 1.959964 * sqrt(a.variance + b.variance),
                1e-6);
}

/* Swapped, a ratio is turned over and a difference changes its sign. */
static void swapping_turns_all_over(void **state)
{
    (void)state;
    struct estimate a = mean(2.0, 0.11, 410);
    struct estimate b = mean(1.7, 0.07, 2900);
    struct comparison ab, ba;

    a.skewness = 7.5;
    b.skewness = 11.0;
    for (int i = 0; i < 2; i++) {
        const struct compare_rule *rule = i == 0 ? &fixed : &sequence;
        assert_true(compare_ratio(&a, &b, rule, &ab));
        assert_true(compare_ratio(&b, &a, rule, &ba));
        assert_near(ab.lo * ba.hi, 1, 1e-9);
        assert_near(ab.hi * ba.lo, 1, 1e-9);
        assert_near(ab.p, ba.p, 1e-12);
        assert_true(compare_difference(&a, &b, rule, &ab));
        assert_true(compare_difference(&b, &a, rule, &ba));
        assert_near(ab.lo, -ba.hi, 1e-9);
        assert_near(ab.p, ba.p, 1e-12);
    }
}

/* p below 5 % and an interval without 1 are one statement. */
static void interval_and_p_agree(void **state)
{
    (void)state;

    for (int i = 0; i < 400; i++) {
        struct estimate a = mean(1.0, 0.08, 500);
        struct estimate b = mean(0.5 + i / 400.0, 0.08, 1200);
        struct comparison c;
        const struct compare_rule *rule = i % 2 == 0 ? &fixed : &sequence;
        a.skewness = b.skewness = 6;
        assert_true(compare_ratio(&a, &b, rule, &c));
        bool is_off = c.lo > 1 || c.hi < 1;
        assert_int_equal(is_off, c.p < 0.05);
        assert_true(c.lo < c.value && c.value < c.hi);
        assert_true(compare_difference(&a, &b, rule, &c));
        /* The difference is on another scale: nearly so. */
        is_off = c.lo > 0 || c.hi < 0;
        assert_true(c.p > 0.01 || is_off);
        assert_true(c.p < 0.2 || !is_off);
    }
}

/* What may be 0 or below has no ratio, and Welch's difference. */
static void differences_of_nothing_are_welchs(void **state)
{
    (void)state;
    struct estimate a = {.n = 400, .value = 0, .variance = 0.04};
    struct estimate b = {.n = 400, .value = 1, .variance = 0.05};
    struct comparison c;

    assert_false(compare_ratio(&a, &b, &fixed, &c));
    assert_true(compare_difference(&a, &b, &fixed, &c));
    assert_near(c.lo, 1 - 0.3 * dist_student_quantile(0.975, 788.1557), 1e-4);
    assert_near(c.hi + c.lo, 2, 1e-12);
    assert_true(c.p < 0.001);
}

static void errors_too_large_have_no_bound(void **state)
{
    (void)state;
    struct estimate a = mean(1.0, 1.5, 4);
    struct estimate b = mean(1.0, 0.1, 4);
    struct comparison c;

    assert_true(compare_ratio(&a, &b, &fixed, &c));
    assert_true(isinf(c.hi));
    assert_true(compare_ratio(&b, &a, &fixed, &c));
    assert_near(c.lo, 0, 0);
}

/* Looking whenever one likes costs a wider interval, least near the plan. */
static void sequences_are_wider(void **state)
{
    (void)state;
    double wide[3];

    for (int i = 0; i < 3; i++) {
        static const int64_t n[] = {50, 5000, 500000};
        struct estimate a = mean(1.0, 0.001, n[i]);
        struct comparison c, s;
        assert_true(compare_ratio(&a, &a, &fixed, &c));
        assert_true(compare_ratio(&a, &a, &sequence, &s));
        wide[i] = (s.hi - s.lo) / (c.hi - c.lo);
        assert_true(wide[i] > 1.2);
    }
    assert_true(wide[0] > 2 * wide[1]);
    assert_true(wide[2] > wide[1]);
    /* The paper's formula at n = n_opt = 5000, alpha 5 %. */
    double r = -2 * log(0.05) + log(-2 * log(0.05) + 1);
    struct estimate a = mean(1.0, 0.0001, 5000);
    struct comparison c;
    assert_true(compare_difference(&a, &a, &sequence, &c));
    assert_near(c.hi / sqrt(2e-8),
                sqrt(2 * (r + 1) / r * log(sqrt(r + 1) / 0.05)), 1e-6);
}

/* Fieller's interval against its definition: at its ends the difference
 * stands 1.96 errors off 0. */
static void an_extra_outcome_has_its_price(void **state)
{
    (void)state;
    struct tally a = {.n = 0};
    struct tally b = {.n = 0};
    struct comparison c;

    for (int i = 0; i < 400; i++) {
        tally_add(&a, 1.0 + i % 7, i % 3);
        tally_add(&b, 1.5 + i % 5, i % 3 + (i % 2));
    }
    assert_true(compare_extra(&a, &b, 0.05, &c));
    assert_true(c.lo < c.value && c.value < c.hi);
    for (int i = 0; i < 2; i++) {
        double r = i == 0 ? c.lo : c.hi;
        struct estimate ya, yb, xa, xb;
        assert_true(tally_mean_y(&a, &ya) && tally_mean_y(&b, &yb));
        assert_true(tally_mean_x(&a, &xa) && tally_mean_x(&b, &xb));
        double off = yb.value - ya.value - r * (xb.value - xa.value);
        double v = ya.variance + yb.variance -
                   2 * r * (tally_covariance(&a) + tally_covariance(&b)) +
                   r * r * (xa.variance + xb.variance);
        assert_near(fabs(off) / sqrt(v), 1.959964, 1e-5);
    }
    assert_false(compare_extra(&a, &a, 0.05, &c));
}

/* ---- whole experiments ---- */

static void splits_have_their_chance(void **state)
{
    (void)state;
    static const double even[] = {0.5, 0.5};
    static const double third[] = {0.2, 0.3, 0.5};

    /* Fabijan et al. 2019 and the worked cases. */
    assert_near(compare_split((int64_t[]){5000, 4800}, even, 2), 0.0434, 5e-5);
    assert_near(compare_split((int64_t[]){50000, 49000}, even, 2), 0.0015,
                5e-5);
    assert_near(compare_split((int64_t[]){44000, 45000}, even, 2), 0.0008,
                5e-5);
    assert_near(compare_split((int64_t[]){0, 0}, even, 2), 1, 0);
    assert_near(compare_split((int64_t[]){200, 300, 500}, third, 3), 1, 0);
    /* df 2: exp(-x / 2), x = 100/200 + 100/300 */
    assert_near(compare_split((int64_t[]){210, 290, 500}, third, 3),
                exp(-0.5 * (0.5 + 1.0 / 3)), 1e-12);
}

static void shares_that_differ_between_rows_are_found(void **state)
{
    (void)state;
    double off = 0;

    /* 20, 30 / 30, 20: all expected 25; chi-square 4 * 25 / 25. */
    assert_near(compare_table((int64_t[]){20, 30, 30, 20}, 2, 2, &off),
                0.04550026, 1e-7);
    assert_near(off, 4, 1e-12);
    assert_near(compare_table((int64_t[]){10, 30, 20, 60, 5, 15}, 3, 2, &off),
                1, 1e-12);
    /* df 2: exp(-x / 2); a row and a column of nothing change nothing. */
    double p = compare_table((int64_t[]){10, 20, 20, 20, 30, 20}, 3, 2, &off);
    assert_near(p, exp(-off / 2), 1e-12);
    double same = off;
    assert_near(
        compare_table((int64_t[]){10, 0, 20, 20, 0, 20, 0, 0, 0, 30, 0, 20}, 4,
                      3, &off),
        p, 1e-12);
    assert_near(off, same, 1e-12);
    assert_near(compare_table((int64_t[]){7, 9}, 1, 2, &off), 1, 0);
    assert_near(compare_table((int64_t[]){0, 0, 0, 0}, 2, 2, &off), 1, 0);
}

static void holm_reads_all_together(void **state)
{
    (void)state;
    bool stands[4];

    compare_holm((double[]){0.01, 0.04, 0.03, 0.005}, 4, 0.05, stands);
    assert_true(stands[0] && stands[3]);
    assert_false(stands[1] || stands[2]);
    compare_holm((double[]){0.05}, 1, 0.05, stands);
    assert_true(stands[0]);
    compare_holm((double[]){0.04, 0.02}, 2, 0.05, stands);
    assert_true(stands[0] && stands[1]);
    compare_holm((double[]){0.03, 0.03}, 2, 0.05, stands);
    assert_false(stands[0] || stands[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_moments),
        cmocka_unit_test(ratios_have_units_as_clusters),
        cmocka_unit_test(adjusts_for_what_was_before),
        cmocka_unit_test(a_unit_may_be_cut),
        cmocka_unit_test(too_little_says_no),
        cmocka_unit_test(small_errors_are_as_on_the_log),
        cmocka_unit_test(swapping_turns_all_over),
        cmocka_unit_test(interval_and_p_agree),
        cmocka_unit_test(differences_of_nothing_are_welchs),
        cmocka_unit_test(errors_too_large_have_no_bound),
        cmocka_unit_test(sequences_are_wider),
        cmocka_unit_test(an_extra_outcome_has_its_price),
        cmocka_unit_test(splits_have_their_chance),
        cmocka_unit_test(shares_that_differ_between_rows_are_found),
        cmocka_unit_test(holm_reads_all_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
