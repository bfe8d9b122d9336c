/* Counters by value: memory that stays within its bound and forgets no money.
 */
#include "test.h"

#include "base/hash.h"
#include "budget/budget_tally.h"

enum { MAX = 64, VALUES = 5000 };

static uint64_t value(int i)
{
    return hash_64(&i, sizeof i, 1);
}

static void add(struct budget_tallies *t, int i, int64_t amount, int64_t now)
{
    struct budget_tally *y = budget_tally_get(t, value(i));

    assert_true(budget_tally_add(t, y, amount, now, now));
}

static int64_t used(struct budget_tallies *t, int i, int64_t now)
{
    return budget_tally_used(t, budget_tally_get(t, value(i)), now);
}

static void test_idle_values_are_folded_and_not_forgotten(void **state)
{
    (void)state;
    struct budget_tallies t;
    int64_t over = 0;

    budget_tallies_init(&t, MAX, 0);
    budget_tallies_at(&t, 0, 1000);
    for (int i = 0; i < VALUES; i++) {
        add(&t, i, 100 + i, 1);
        assert_true(t.n <= MAX);
        assert_true(t.cap <= 4 * MAX);
    }
    for (int i = 0; i < VALUES; i++) {
        int64_t n = used(&t, i, 1);

        assert_true(n >= 100 + i);
        over += n - (100 + i);
    }
    /* 12.5 million in all, in 65,536 cells, the least of four. */
    assert_true(over < 12500000 / 100);
    budget_tallies_fini(&t);
}

static void test_what_is_reserved_is_never_folded(void **state)
{
    (void)state;
    struct budget_tallies t;

    budget_tallies_init(&t, MAX, 0);
    budget_tallies_at(&t, 0, 1000);
    struct budget_tally *y = budget_tally_get(&t, value(-1));
    y->n_reserved = 1;
    y->reserved = 77;
    for (int i = 0; i < VALUES; i++) {
        add(&t, i, 1, 1);
    }
    y = budget_tally_find(&t, value(-1));
    assert_non_null(y);
    assert_int_equal(y->reserved, 77);
    budget_tallies_fini(&t);
}

static void test_a_new_period_forgets_all_but_what_is_early(void **state)
{
    (void)state;
    struct budget_tallies t;

    budget_tallies_init(&t, MAX, 0);
    budget_tallies_at(&t, 0, 1000);
    for (int i = 0; i < VALUES; i++) {
        add(&t, i, 100, 1);
    }
    struct budget_tally *y = budget_tally_get(&t, value(1));
    assert_false(budget_tally_add(&t, y, 7, 1000, 999));
    budget_tallies_at(&t, 1000, 2000);
    assert_int_equal(t.n, 1);
    assert_int_equal(used(&t, 1, 1000), 7);
    assert_int_equal(used(&t, 2, 1000), 0);
    budget_tallies_at(&t, 3000, 4000); /* not the one that was next */
    assert_int_equal(used(&t, 1, 3000), 0);
    budget_tallies_fini(&t);
}

static void test_a_folded_value_of_a_rolling_window_runs_out(void **state)
{
    (void)state;
    const int64_t window = INT64_C(3600) * 1000000;
    struct budget_tallies t;
    int64_t now = 10 * window;

    budget_tallies_init(&t, MAX, window);
    budget_tallies_at(&t, now, now + window);
    for (int i = 0; i < 4 * MAX; i++) {
        add(&t, i, 100, now);
    }
    assert_true(used(&t, 0, now) >= 100);
    for (int k = 1; k <= 3; k++) {
        budget_tallies_at(&t, now + k * window, now + (k + 1) * window);
    }
    now += 3 * window;
    assert_int_equal(used(&t, 1, now), 0);
    budget_tallies_fini(&t);
}

static void test_sums_do_not_wrap(void **state)
{
    (void)state;
    struct budget_tallies t;

    budget_tallies_init(&t, MAX, 0);
    budget_tallies_at(&t, 0, 1000);
    add(&t, 1, INT64_MAX, 1);
    add(&t, 1, INT64_MAX, 1);
    assert_true(used(&t, 1, 1) == INT64_MAX);
    budget_tallies_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idle_values_are_folded_and_not_forgotten),
        cmocka_unit_test(test_what_is_reserved_is_never_folded),
        cmocka_unit_test(test_a_new_period_forgets_all_but_what_is_early),
        cmocka_unit_test(test_a_folded_value_of_a_rolling_window_runs_out),
        cmocka_unit_test(test_sums_do_not_wrap),
    };

    return cmocka_run_group_tests_name("budget_tally", tests, NULL, NULL);
}
