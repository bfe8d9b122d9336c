#include "event/registry.h"

#include "test.h"

static struct experiment plain(struct str name)
{
    return (struct experiment){.name = name,
                               .feature = STR("search"),
                               .start_us = EXPERIMENT_ALWAYS_US,
                               .end_us = EXPERIMENT_NEVER_US,
                               .rollout_us = EXPERIMENT_NEVER_US,
                               .control = STR("control"),
                               .unit = DIM_USER};
}

static void assert_refused(const struct experiment *x, enum rc want,
                           const char *words)
{
    struct registry *r = registry_new();
    struct why why = {.text = ""};

    assert_rc(registry_add_experiment(r, x, &why), want);
    assert_string_equal(why.text, words);
    assert_int_equal(registry_n_experiments(r), 0);
    registry_unref(&r);
    assert_null(r);
}

static void test_text_is_copied(void **state)
{
    (void)state;
    char name[] = "first";
    char variant[] = "control";
    struct experiment_share share = {{variant, 7}, 1};
    struct experiment x = plain((struct str){name, 5});
    struct registry *r = registry_new();
    struct registry *other = registry_ref(r);
    struct why why;

    x.split = &share;
    x.n_split = 1;
    assert_ok(registry_add_experiment(r, &x, &why), &why);
    memset(name, 'x', 5);
    memset(variant, 'x', 7);
    registry_unref(&r);
    assert_int_equal(registry_n_experiments(other), 1);
    assert_str(registry_experiment(other, 0)->name, "first");
    assert_str(registry_experiment(other, 0)->split[0].variant, "control");
    registry_unref(&other);
    registry_unref(&other);
}

static void test_what_cannot_be_is_refused(void **state)
{
    (void)state;
    const struct experiment_share two[] = {{STR_INIT("a"), 1},
                                           {STR_INIT("a"), 1}};
    const struct experiment_share none[] = {{STR_INIT("a"), 0}};
    struct experiment x = plain(STR(""));

    assert_refused(&x, RC_INVALID, "an experiment's name is missing");
    x = plain(STR("x"));
    x.feature = STR("");
    assert_refused(&x, RC_INVALID, "feature is missing");
    x = plain(STR("x"));
    x.feature = STR("\xff");
    assert_refused(&x, RC_INVALID, "feature is not valid UTF-8");
    x = plain(STR("x"));
    x.start_us = x.end_us = 5;
    assert_refused(&x, RC_INVALID, "end must be after start");
    x = plain(STR("x"));
    x.start_us = 5;
    x.rollout_us = 4;
    x.rolled_out = STR("b");
    assert_refused(&x, RC_INVALID, "rollout must not be before start");
    x = plain(STR("x"));
    x.rollout_us = 4;
    assert_refused(&x, RC_INVALID,
                   "rollout needs 'rolled_out', the variant that all got");
    x = plain(STR("x"));
    x.split = two;
    x.n_split = 2;
    assert_refused(&x, RC_INVALID, "the split names 'a' twice");
    x.n_split = 1;
    assert_refused(&x, RC_INVALID,
                   "control 'control' is no variant of the split");
    x.control = STR("a");
    x.rolled_out = STR("b");
    assert_refused(&x, RC_INVALID, "rolled_out 'b' is no variant of the split");
    x.split = none;
    assert_refused(&x, RC_INVALID, "the share of 'a' must be above 0");
}

static void test_a_name_is_there_once(void **state)
{
    (void)state;
    struct experiment x = plain(STR("x"));
    struct registry *r = registry_new();
    struct why why;

    assert_ok(registry_add_experiment(r, &x, &why), &why);
    assert_rc(registry_add_experiment(r, &x, &why), RC_EXISTS);
    assert_int_equal(registry_n_experiments(r), 1);
    assert_null(registry_find(r, STR("y")));
    assert_non_null(registry_find(r, STR("x")));
    registry_unref(&r);
}

static void add_rolled_out(struct registry *r, struct str name,
                           int64_t rollout_us)
{
    struct experiment x = plain(name);
    struct why why;

    x.rolled_out = STR("treatment");
    x.rollout_us = rollout_us;
    assert_ok(registry_add_experiment(r, &x, &why), &why);
}

static void test_the_last_rollout_is_lived_with(void **state)
{
    (void)state;
    struct registry *r = registry_new();
    struct str search = STR("search");

    add_rolled_out(r, STR("late"), 200);
    add_rolled_out(r, STR("early"), 100);
    add_rolled_out(r, STR("unknown"), EXPERIMENT_NEVER_US);
    assert_null(registry_rolled_out(r, search, 99));
    assert_str(registry_rolled_out(r, search, 100)->name, "early");
    assert_str(registry_rolled_out(r, search, 199)->name, "early");
    assert_str(registry_rolled_out(r, search, 200)->name, "late");
    assert_null(registry_rolled_out(r, STR("other"), 200));
    registry_unref(&r);
}

static void test_owners(void **state)
{
    (void)state;
    struct registry *r = registry_new();
    struct why why;

    assert_int_equal(registry_owner(r, STR("search")).n, 0);
    assert_ok(registry_add_owner(r, STR("search"), STR("a"), &why), &why);
    assert_ok(registry_add_owner(r, STR("search"), STR("b"), &why), &why);
    assert_str(registry_owner(r, STR("search")), "b");
    assert_rc(registry_add_owner(r, STR("search"), STR(""), &why), RC_INVALID);
    assert_str(registry_owner(r, STR("search")), "b");
    registry_unref(&r);
}

static void test_units(void **state)
{
    (void)state;
    assert_int_equal(experiment_unit_from(STR("user")), DIM_USER);
    assert_int_equal(experiment_unit_from(STR("customer")), DIM_CUSTOMER);
    assert_int_equal(experiment_unit_from(STR("run")), DIM_RUN);
    assert_int_equal(experiment_unit_from(STR("model")), DIM__COUNT);
    assert_int_equal(experiment_unit_from(STR("")), DIM__COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_copied),
        cmocka_unit_test(test_what_cannot_be_is_refused),
        cmocka_unit_test(test_a_name_is_there_once),
        cmocka_unit_test(test_the_last_rollout_is_lived_with),
        cmocka_unit_test(test_owners),
        cmocka_unit_test(test_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
