#include "test.h"

#include "base/attr.h"
#include "base/rand.h"
#include "insight/jump.h"

#include <math.h>

enum { N = 240, HOUR = 3600 };

/* Hours of 50 requests around `level` tokens, with noise. */
static void fill(struct jump_point *p, double (*level)(size_t i), double noise)
{
    struct rand r;

    rand_init(&r, 7);
    for (size_t i = 0; i < N; i++) {
        double x = level(i) * (1 + noise * rand_normal(&r));
        p[i] = (struct jump_point){(int64_t)i * HOUR, 50 * x, 50};
    }
}

static double flat(size_t i)
{
    (void)i;
    return 100;
}

static double step(size_t i)
{
    return i < 150 ? 100 : 130;
}

static double creep(size_t i)
{
    return 100 + (double)i / 4;
}

static double peak(size_t i)
{
    return i >= 150 && i < 160 ? 300 : 100;
}

static void finds_a_step(void **state)
{
    (void)state;
    struct jump_point p[N];
    struct jump j;

    fill(p, step, 0.1);
    assert_true(jump_find(p, N, &j));
    assert_true(j.cut >= 148 && j.cut <= 152);
    assert_true(fabs(j.before - 100) < 3 && fabs(j.size - 30) < 4);
    assert_true(jump_is_step(p, N, &j, 24 * HOUR));
    /* Points near it are as good a cut as the noise makes them, others not. */
    assert_true(jump_loss(p, N, &j, j.cut) < 1e-6);
    assert_true(jump_loss(p, N, &j, 150) < JUMP_ALIKE);
    assert_true(jump_loss(p, N, &j, 130) > JUMP_ALIKE);
    assert_true(jump_loss(p, N, &j, 0) > JUMP_ALIKE);
    assert_true(jump_loss(p, N, &j, N) > JUMP_ALIKE);
}

static void finds_a_step_without_noise(void **state)
{
    (void)state;
    struct jump_point p[N];
    struct jump j;

    fill(p, step, 0);
    assert_true(jump_find(p, N, &j));
    assert_int_equal(j.cut, 150);
    assert_true(jump_loss(p, N, &j, 149) > JUMP_ALIKE);
}

static void noise_is_no_jump(void **state)
{
    (void)state;
    struct jump_point p[N];
    struct jump j;

    fill(p, flat, 0.3);
    assert_false(jump_find(p, N, &j));
    fill(p, flat, 0);
    assert_false(jump_find(p, N, &j));
}

static void neither_a_creep_nor_a_peak_is_a_step(void **state)
{
    (void)state;
    struct jump_point p[N];
    struct jump j;

    fill(p, creep, 0.05);
    assert_true(jump_find(p, N, &j));
    assert_false(jump_is_step(p, N, &j, 24 * HOUR));
    fill(p, peak, 0.05);
    assert_true(!jump_find(p, N, &j) || !jump_is_step(p, N, &j, 24 * HOUR));
}

static void begins_in_the_middle_of_a_day(void **state)
{
    (void)state;
    struct jump_point p[] = {{0, 10, 10}, {1, 10, 10}, {2, 10, 10},
                             {3, 14, 10}, {4, 20, 10}, {5, 20, 10}};
    struct jump j = {.cut = 4, .before = 1.1, .size = 0.9};

    assert_int_equal(jump_begun(p, &j), 3);
    p[3].n = 11;
    assert_int_equal(jump_begun(p, &j), 4);
    p[3].weight = 0; /* a day without calls */
    assert_int_equal(jump_begun(p, &j), 4);
}

static void needs_points(void **state)
{
    (void)state;
    const struct jump_point none[] = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}};
    struct jump j;

    assert_false(jump_find(NULL, 0, &j));
    assert_false(jump_find(none, 1, &j));
    assert_false(jump_find(none, 3, &j));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_step),
        cmocka_unit_test(finds_a_step_without_noise),
        cmocka_unit_test(noise_is_no_jump),
        cmocka_unit_test(neither_a_creep_nor_a_peak_is_a_step),
        cmocka_unit_test(begins_in_the_middle_of_a_day),
        cmocka_unit_test(needs_points),
    };
    return cmocka_run_group_tests_name("insight/jump", tests, NULL, NULL);
}
