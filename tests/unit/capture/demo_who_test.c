#include "test.h"

#include "base/mem.h"
#include "base/utc.h"
#include "capture/demo/demo_who.h"

#define N 40000

struct fixture {
    struct demo_world world;
    int64_t end_us;
};

static int setup(void **state)
{
    struct fixture *f = mem_alloc(sizeof *f);

    f->end_us = utc_day(2026, 11, 23) * UTC_US_PER_DAY;
    struct demo_calendar calendar = demo_calendar_make(3, f->end_us, 90);
    demo_world_init(&f->world, &calendar, 3333.0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    mem_free(*state);
    return 0;
}

static int64_t days_before(const struct fixture *f, int days)
{
    return f->end_us - days * UTC_US_PER_DAY;
}

static void test_untagged_calls_are_nobodys(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 1000; i++) {
        struct demo_who who =
            demo_who_pick(&f->world, DEMO_FEATURE_UNTAGGED, f->end_us - 1);

        assert_int_equal(who.customer, -1);
        assert_int_equal(who.user, 0);
        assert_int_equal(who.experiment, -1);
        assert_int_equal(who.environment, ENVIRONMENT_PRODUCTION);
    }
}

static void test_one_in_twenty_is_not_production(void **state)
{
    struct fixture *f = *state;
    int n[ENVIRONMENT__COUNT] = {0};

    for (int i = 0; i < N; i++) {
        struct demo_who who =
            demo_who_pick(&f->world, DEMO_FEATURE_TICKET_TRIAGE, f->end_us - 1);

        n[who.environment]++;
        assert_int_equal(who.environment == ENVIRONMENT_PRODUCTION,
                         who.customer >= 0);
    }
    assert_in_range(N - n[ENVIRONMENT_PRODUCTION], N * 4 / 100, N * 6 / 100);
    assert_true(n[ENVIRONMENT_INTERNAL] > n[ENVIRONMENT_EVALUATION]);
    assert_true(n[ENVIRONMENT_EVALUATION] > n[ENVIRONMENT_STAGING]);
    assert_true(n[ENVIRONMENT_STAGING] > 0);
}

/* Each customer's part is its users times its tier's use of the feature. */
static void test_customers_use_by_tier_and_size(void **state)
{
    struct fixture *f = *state;
    const struct demo_feature_row *row =
        &demo_feature_table[DEMO_FEATURE_SUPPORT_AGENT];
    int n[DEMO_CUSTOMERS] = {0};
    uint32_t all = 0;
    int n_all = 0;

    for (int i = 0; i < N; i++) {
        struct demo_who who =
            demo_who_pick(&f->world, DEMO_FEATURE_SUPPORT_AGENT, f->end_us - 1);

        if (who.customer >= 0) {
            n[who.customer]++;
            n_all++;
        }
    }
    for (int i = 0; i < DEMO_CUSTOMERS; i++) {
        all += demo_customer_table[i].users *
               row->use[demo_customer_table[i].segment];
    }
    for (int i = 0; i < DEMO_CUSTOMERS; i++) {
        uint32_t part = demo_customer_table[i].users *
                        row->use[demo_customer_table[i].segment];
        double want = (double)n_all * part / all;

        /* Five standard deviations of a Poisson count, squared. */
        assert_true((n[i] - want) * (n[i] - want) <= 25.0 * want);
    }
}

static void test_some_users_are_heavy_and_none_is_beyond_the_pool(void **state)
{
    struct fixture *f = *state;
    double growth = demo_calendar_growth(&f->world.calendar, f->end_us - 1);
    int n = 0;
    int n_heavy = 0;

    for (int i = 0; i < N; i++) {
        struct demo_who who =
            demo_who_pick(&f->world, DEMO_FEATURE_REPLY_DRAFT, f->end_us - 1);

        if (who.customer < 0) {
            continue;
        }
        double pool = demo_customer_table[who.customer].users * growth;
        assert_true(who.user >= 1 && who.user <= pool + 1.0);
        if (demo_customer_table[who.customer].segment ==
            DEMO_SEGMENT_ENTERPRISE) {
            n++;
            n_heavy += who.user <= pool / 10.0;
        }
    }
    /* The first tenth of the users makes sqrt(0.1) of the calls. */
    assert_in_range(n_heavy, n * 27 / 100, n * 36 / 100);
}

static void test_jobs_have_no_users(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 1000; i++) {
        struct demo_who who =
            demo_who_pick(&f->world, DEMO_FEATURE_TREND_REPORT, f->end_us - 1);

        assert_true(who.customer < 0 || who.user == 0);
    }
}

static void test_the_launch_begins_with_few_users(void **state)
{
    struct fixture *f = *state;
    int64_t from_us = f->world.incident[DEMO_INCIDENT_LAUNCH].from_us;
    uint32_t most = 0;

    for (int i = 0; i < N / 10; i++) {
        struct demo_who who = demo_who_pick(
            &f->world, DEMO_FEATURE_SHOP_COPILOT, from_us + 2 * UTC_US_PER_DAY);

        if (who.customer >= 0 && who.user > most) {
            most = who.user;
        }
    }
    /* 2.6 % after two days: of the largest customer's 160 users, 4 or 5. */
    assert_in_range(most, 2, 6);
}

static void test_a_user_stays_in_one_arm_until_the_rollout(void **state)
{
    struct fixture *f = *state;
    const struct demo_experiment_row *row = &demo_experiment_table[0];
    signed char arm[DEMO_CUSTOMERS][512];
    int n[2] = {0, 0};

    memset(arm, -1, sizeof arm);
    for (int i = 0; i < N; i++) {
        struct demo_who who =
            demo_who_pick(&f->world, row->feature, days_before(f, 60));

        if (who.customer < 0) {
            assert_int_equal(who.experiment, -1);
            continue;
        }
        assert_int_equal(who.experiment, 0);
        assert_in_range(who.user, 1, 511);
        signed char *was = &arm[who.customer][who.user];
        assert_true(*was < 0 || *was == who.is_treated);
        n[who.is_treated] += *was < 0;
        *was = (signed char)who.is_treated;
    }
    assert_in_range(n[1] * 100 / (n[0] + n[1]), 44, 56); /* of users */
}

static void test_experiments_begin_and_are_rolled_out(void **state)
{
    struct fixture *f = *state;
    const struct demo_experiment_row *row = &demo_experiment_table[0];

    for (int i = 0; i < 1000; i++) {
        struct demo_who before = demo_who_pick(&f->world, row->feature,
                                               f->world.experiment_us[0] - 1);
        struct demo_who after =
            demo_who_pick(&f->world, row->feature, f->world.rollout_us[0]);
        struct demo_who elsewhere = demo_who_pick(
            &f->world, DEMO_FEATURE_TICKET_TRIAGE, f->world.rollout_us[0]);

        assert_int_equal(before.experiment, -1);
        assert_false(before.is_treated);
        assert_int_equal(after.experiment, 0);
        assert_true(after.is_treated);
        assert_int_equal(elsewhere.experiment, -1);
    }
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_untagged_calls_are_nobodys),
        WITH_WORLD(test_one_in_twenty_is_not_production),
        WITH_WORLD(test_customers_use_by_tier_and_size),
        WITH_WORLD(test_some_users_are_heavy_and_none_is_beyond_the_pool),
        WITH_WORLD(test_jobs_have_no_users),
        WITH_WORLD(test_the_launch_begins_with_few_users),
        WITH_WORLD(test_a_user_stays_in_one_arm_until_the_rollout),
        WITH_WORLD(test_experiments_begin_and_are_rolled_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
