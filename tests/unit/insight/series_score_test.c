#include "test.h"

#include <math.h>
#include <stdlib.h>

#include "base/attr.h"
#include "base/mem.h"
#include "base/rand.h"
#include "insight/stat/series_past.h"
#include "insight/stat/series_score.h"
#include "insight/stat/series_tail.h"

#define MINUTE_US INT64_C(60000000)
#define STEP_US   (5 * MINUTE_US)
#define DAY_STEPS 288
#define N         (14 * DAY_STEPS)
#define MONDAY_US (INT64_C(1767571200) * 1000000) /* 2026-01-05 */
#define SPIKE_AT  (9 * DAY_STEPS + 100)
#define ALARM     0.5

static double noise(struct rand *r)
{
    double sum = -6;

    for (int i = 0; i < 12; i++) {
        sum += rand_f64(r);
    }
    return sum;
}

/* Two weeks of a daily wave with a little noise. */
static void make_calm(double x[N])
{
    struct rand r;

    rand_init(&r, 1);
    for (int i = 0; i < N; i++) {
        x[i] = 100 + 30 * sin(2 * M_PI * i / DAY_STEPS) + 3 * noise(&r);
    }
}

static void score_all(const double *x, size_t n, int64_t step_us, double *ret)
{
    struct series_score *s = series_score_new();

    for (size_t i = 0; i < n; i++) {
        ret[i] = series_score_add(s, MONDAY_US + (int64_t)i * step_us, x[i]);
        assert_true(ret[i] >= 0 && ret[i] <= 1);
    }
    series_score_free(&s);
    assert_null(s);
}

static size_t place_of_max(const double *x, size_t n)
{
    size_t at = 0;

    for (size_t i = 1; i < n; i++) {
        at = x[i] > x[at] ? i : at;
    }
    return at;
}

static void a_prefix_scores_as_in_the_whole(void **state)
{
    (void)state;
    static double x[N], whole[N], part[N];

    make_calm(x);
    x[SPIKE_AT] += 60;
    score_all(x, N, STEP_US, whole);
    for (size_t n = 1; n < N; n = n * 3 + 1) {
        score_all(x, n, STEP_US, part);
        assert_memory_equal(part, whole, n * sizeof *x);
    }
    /* What comes later changes nothing, however wild. */
    for (size_t i = SPIKE_AT; i < N; i++) {
        x[i] = -1e6 * (double)i;
    }
    score_all(x, N, STEP_US, part);
    assert_memory_equal(part, whole, SPIKE_AT * sizeof *x);
}

static void a_constant_scores_nothing(void **state)
{
    (void)state;
    static double x[N], score[N];
    const double constant[] = {0, 45, 0.1, -1e-300, 1e100, 1.0 / 3};

    for (size_t k = 0; k < ARRAY_N(constant); k++) {
        for (int step = 1; step < 2000; step *= 11) {
            for (size_t i = 0; i < N; i++) {
                x[i] = constant[k];
            }
            score_all(x, N, step * MINUTE_US, score);
            assert_true(score[place_of_max(score, N)] <= 0);
        }
    }
    x[N - 1] = 0.5;
    score_all(x, N, STEP_US, score);
    assert_int_equal(place_of_max(score, N), N - 1);
    assert_true(score[N - 1] > 0.99);
}

static void a_spike_or_a_dip_scores_highest(void **state)
{
    (void)state;
    static double x[N], score[N];
    const double by[] = {60, -60};

    for (size_t k = 0; k < ARRAY_N(by); k++) {
        make_calm(x);
        x[SPIKE_AT] += by[k];
        score_all(x, N, STEP_US, score);
        assert_int_equal(place_of_max(score, N), SPIKE_AT);
        assert_true(score[SPIKE_AT] > 0.95);
    }
}

static void scale_and_offset_change_nothing(void **state)
{
    (void)state;
    static double x[N], y[N], a[N], b[N];
    const double factor[] = {1.0 / 1024, 4096, -1, 0.37};

    make_calm(x);
    x[SPIKE_AT] += 60;
    score_all(x, N, STEP_US, a);
    for (size_t k = 0; k < ARRAY_N(factor); k++) {
        for (size_t i = 0; i < N; i++) {
            y[i] = factor[k] * x[i] + 512 * (double)k;
        }
        score_all(y, N, STEP_US, b);
        for (size_t i = 0; i < N; i++) {
            assert_true(fabs(a[i] - b[i]) < 1e-6);
        }
    }
}

static size_t n_alarms(const double *score, size_t from, size_t to)
{
    size_t n = 0;

    for (size_t i = from; i < to; i++) {
        n += score[i] >= ALARM;
    }
    return n;
}

static void a_shift_is_told_at_once_and_not_for_ever(void **state)
{
    (void)state;
    static double x[N], score[N];

    make_calm(x);
    for (size_t i = SPIKE_AT; i < N; i++) {
        x[i] += 80;
    }
    score_all(x, N, STEP_US, score);
    assert_true(n_alarms(score, SPIKE_AT, SPIKE_AT + 3) > 0);
    assert_true(n_alarms(score, SPIKE_AT, N) < 8);
    assert_true(n_alarms(score, 0, SPIKE_AT) <= 3);
}

/* Hourly, idle at weekends: the tenth Monday is idle too. */
static void an_idle_monday_is_known_from_a_weekend(void **state)
{
    (void)state;
    enum { HOURS = 12 * 7 * 24, MONDAY = 9 * 7 * 24 };
    static double x[HOURS], score[HOURS];
    struct rand r;

    rand_init(&r, 2);
    for (int i = 0; i < HOURS; i++) {
        bool is_idle = i / 24 % 7 >= 5 || (i >= MONDAY && i < MONDAY + 24);
        x[i] = (is_idle ? 10 : 100) + noise(&r);
    }
    score_all(x, HOURS, 60 * MINUTE_US, score);
    size_t at = place_of_max(score + 5 * 168, HOURS - 5 * 168) + 5 * 168;
    assert_true(at >= MONDAY && at < MONDAY + 6);
    assert_true(n_alarms(score, 5 * 168, MONDAY) <= 2);
}

/* Equal stamps, a clock put back, days missing, years passing. */
static void any_time_is_taken(void **state)
{
    (void)state;
    struct series_score *s = series_score_new();
    struct rand r;
    int64_t us = -MONDAY_US;

    rand_init(&r, 3);
    for (int i = 0; i < 3 * SERIES_TAIL_MEMORY; i++) {
        uint64_t kind = rand_below(&r, 1000);
        us += kind == 0  ? -60 * MINUTE_US
              : kind < 3 ? (int64_t)kind * 40 * DAY_STEPS * STEP_US
              : kind < 9 ? 0
                         : STEP_US;
        double score = series_score_add(s, us, noise(&r) * 1e99);
        assert_true(score >= 0 && score <= 1);
    }
    series_score_free(&s);
}

static void the_tail_is_that_of_the_numbers(void **state)
{
    (void)state;
    static struct series_tail t;
    struct rand r;

    rand_init(&r, 4);
    /* Exponential: the surprise is the distance behind the quantile. */
    for (int i = 0; i < 20000; i++) {
        assert_true(i >= SERIES_TAIL_RIPE ||
                    series_tail_surprise(&t, 1e9, 0) <= 0);
        series_tail_add(&t, -log(1 - rand_f64(&r)));
    }
    double quantile = log(200);
    assert_true(series_tail_surprise(&t, 0.9 * quantile, 0) <= 0);
    double far = series_tail_surprise(&t, quantile + 10, 0);
    assert_true(far > 7.5 && far < 12.5);
    assert_true(series_tail_surprise(&t, -1, 0) > 1);
    double floored = series_tail_surprise(&t, quantile + 10, 100);
    assert_true(floored < far);
    assert_true(series_tail_surprise(&t, 1e300, 0) <= SERIES_SURPRISE_MAX);
    /* Forgets an extreme, in time. */
    series_tail_add(&t, 1e6);
    assert_true(series_tail_range(&t) > 9e5);
    for (int i = 0; i < SERIES_TAIL_MEMORY; i++) {
        series_tail_add(&t, rand_f64(&r));
        assert_true(t.n < SERIES_TAIL_MEMORY);
    }
    assert_true(series_tail_range(&t) < 100);
}

static int by_size(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;

    return (*x > *y) - (*x < *y);
}

static double sorted_median(double *x, size_t n)
{
    qsort(x, n, sizeof *x, by_size);
    return n % 2 == 1 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

static void the_running_median_is_that_of_a_sort(void **state)
{
    (void)state;
    enum { CAP = 12, ALL = 300 };
    static struct series_run run;
    double x[ALL];
    struct rand r;

    rand_init(&r, 5);
    series_run_init(&run, CAP);
    for (size_t i = 0; i < ALL; i++) {
        double window[CAP];
        size_t n = i + 1 < CAP ? i + 1 : CAP;
        x[i] = (double)rand_below(&r, 9); /* many alike */
        series_run_add(&run, x[i]);
        for (size_t k = 0; k < n; k++) {
            window[k] = x[i - k];
        }
        assert_true(fabs(series_run_median(&run) - sorted_median(window, n)) <
                    1e-12);
    }
}

/* What a week of days saw an hour either side of hour i. */
static size_t seen_around(const double *x, int i, double seen[7 * 3])
{
    size_t n = 0;

    for (int k = 0; k < 7 * 3; k++) {
        int at = i - 24 * (k / 3 + 1) + k % 3 - 1;
        if (at >= 0) {
            seen[n++] = x[at];
        }
    }
    return n;
}

static void bands_are_those_of_the_days_before(void **state)
{
    (void)state;
    struct series_days *d = mem_alloc(sizeof *d);
    double x[10 * 24];
    struct rand r;

    rand_init(&r, 6);
    series_days_init(d, 60 * MINUTE_US);
    assert_int_equal(d->n_slots, 24);
    for (int i = 0; i < 10 * 24; i++) {
        int64_t us = MONDAY_US + i * 60 * MINUTE_US;
        double seen[7 * 3];
        size_t n = seen_around(x, i, seen);
        series_days_look(d, us);
        assert_int_equal(d->daily.is_known, n >= 5);
        if (n >= 5) {
            double median = sorted_median(seen, n);
            assert_true(fabs(d->daily.median - median) < 1e-12);
            assert_true(fabs(d->daily.low - seen[0]) < 1e-12);
            assert_true(fabs(d->daily.high - seen[n - 1]) < 1e-12);
        }
        x[i] = rand_f64(&r);
        series_days_add(d, us, x[i]);
    }
    assert_false(d->weekly.is_known); /* one week is no season */
    mem_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prefix_scores_as_in_the_whole),
        cmocka_unit_test(a_constant_scores_nothing),
        cmocka_unit_test(a_spike_or_a_dip_scores_highest),
        cmocka_unit_test(scale_and_offset_change_nothing),
        cmocka_unit_test(a_shift_is_told_at_once_and_not_for_ever),
        cmocka_unit_test(an_idle_monday_is_known_from_a_weekend),
        cmocka_unit_test(any_time_is_taken),
        cmocka_unit_test(the_tail_is_that_of_the_numbers),
        cmocka_unit_test(the_running_median_is_that_of_a_sort),
        cmocka_unit_test(bands_are_those_of_the_days_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
