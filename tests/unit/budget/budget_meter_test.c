/* The decision and the counters: the ladder, what is reserved, periods, and
 * that no crowd of threads passes a limit by more than one call. */
#include "budget_test.h"

#include "base/thread.h"

#include <stdatomic.h>
#include <stdio.h>

static const struct budget_step block_at_100[] = {
    {.percent = 100, .action = BUDGET_BLOCK}};

static enum budget_verdict verdict_of(struct rig *r, const struct event *ev,
                                      struct budget_answer *a)
{
    const struct budget_ask ask = rig_ask(r, ev);

    budget_admit(r->desk, &ask, a);
    return a->verdict;
}

/* ---- a crowd ---- */

enum { THREADS = 64, TRIES = 200 };

struct crowd {
    struct rig *rig;
    struct mutex lock; /* over spent */
    int64_t spent;
    int64_t bound;
    atomic_int n_wrong; /* refused while less than half was used */
    atomic_int n_refused;
};

static void *crowd_main(void *arg)
{
    struct crowd *c = arg;
    struct rig *r = c->rig;
    struct budget_desk *desk = budget_desk_new(r->meter);
    struct event ev = rig_call(r);

    for (int i = 0; i < TRIES; i++) {
        struct budget_ask ask = rig_ask(r, &ev);
        struct budget_answer a;

        do {
            budget_admit(desk, &ask, &a);
            if (a.verdict == BUDGET_WAIT) {
                budget_answer_fini(&a);
            }
        } while (a.verdict == BUDGET_WAIT);
        if (a.verdict == BUDGET_PASS) {
            int64_t cost = rig_spend(r, &ev, 1000 - i % 7 * 100);

            mutex_lock(&c->lock);
            c->spent += cost;
            mutex_unlock(&c->lock);
            budget_release(r->meter, &a.hold);
        } else {
            atomic_fetch_add(&c->n_refused, 1);
            atomic_fetch_add(&c->n_wrong, a.used < DOLLAR / 2 ? 1 : 0);
        }
        budget_answer_fini(&a);
    }
    budget_desk_free(&desk);
    return NULL;
}

static void test_a_crowd_passes_a_limit_by_one_call_at_most(void **state)
{
    (void)state;
    struct rig r;
    struct budget b = rig_budget(block_at_100, 1);
    struct thread thread[THREADS];
    struct why why;
    rig_init(&r);
    rig_use(&r, &b, 1);
    struct crowd c = {.rig = &r};
    struct event ev = rig_call(&r);
    const struct budget_ask ask = rig_ask(&r, &ev);

    assert_true(budget_bound_of(r.desk, &ask, &c.bound));
    assert_int_equal(c.bound, 12500 * INT64_C(1000000));
    mutex_init(&c.lock);
    for (int i = 0; i < THREADS; i++) {
        thread[i] = (struct thread){.started = false};
        assert_ok(thread_start(&thread[i], "crowd", crowd_main, &c, &why),
                  &why);
    }
    for (int i = 0; i < THREADS; i++) {
        thread_join(&thread[i]);
    }
    assert_true(c.spent >= DOLLAR);
    assert_true(c.spent <= DOLLAR + c.bound);
    assert_true(atomic_load(&c.n_refused) > 0);
    assert_int_equal(atomic_load(&c.n_wrong), 0);
    struct budget_state s = rig_state(&r);
    assert_int_equal(s.used, c.spent);
    assert_int_equal(s.reserved, 0);
    mutex_fini(&c.lock);
    rig_fini(&r);
}

static void test_what_is_reserved_is_waited_for(void **state)
{
    (void)state;
    struct rig r;
    struct budget b = rig_budget(block_at_100, 1);
    struct budget_hold *hold[100];
    struct budget_answer a;
    int n = 0;
    rig_init(&r);
    rig_use(&r, &b, 1);
    struct event ev = rig_call(&r);

    while (verdict_of(&r, &ev, &a) == BUDGET_PASS) {
        hold[n++] = a.hold;
        budget_answer_fini(&a);
    }
    assert_int_equal(n, 80); /* of $0.0125 */
    assert_int_equal(a.verdict, BUDGET_WAIT);
    assert_int_equal(a.reason, BUDGET_RESERVED);
    assert_int_equal(a.reserved, DOLLAR);
    budget_answer_fini(&a);
    budget_release(r.meter, &hold[--n]);
    assert_int_equal(verdict_of(&r, &ev, &a), BUDGET_PASS);
    hold[n++] = a.hold;
    budget_answer_fini(&a);
    while (n > 0) {
        budget_release(r.meter, &hold[--n]);
    }
    assert_int_equal(rig_state(&r).reserved, 0);
    rig_fini(&r);
}

/* ---- the ladder ---- */

static const struct budget_step ladder[] = {
    {.percent = 50, .action = BUDGET_NOTIFY},
    {.percent = 100,
     .action = BUDGET_FALLBACK,
     .model = STR_INIT("gpt-4o-mini")},
    {.percent = 110, .action = BUDGET_SLOW, .delay_ms = 200},
    {.percent = 120, .action = BUDGET_SLOW, .delay_ms = 900},
    {.percent = 150, .action = BUDGET_BLOCK},
};

/* Spends until that many cents are used: 1000 tokens each way are 1.25. */
static void spend_to(struct rig *r, int64_t cents)
{
    struct event ev = rig_call(r);

    while (rig_state(r).used < cents * (DOLLAR / 100)) {
        (void)rig_spend(r, &ev, 100);
    }
}

static void test_the_ladder_is_climbed_by_what_is_used(void **state)
{
    static const struct {
        int64_t cents;
        enum budget_verdict first;  /* it may fall back */
        enum budget_verdict second; /* it has */
        int64_t delay_ms;
    } cases[] = {
        {49, BUDGET_PASS, BUDGET_PASS, 0},
        {99, BUDGET_PASS, BUDGET_PASS, 0},
        {100, BUDGET_TO_MODEL, BUDGET_PASS, 0},
        {110, BUDGET_TO_MODEL, BUDGET_PASS, 200},
        {120, BUDGET_TO_MODEL, BUDGET_PASS, 900},
        {150, BUDGET_REFUSE, BUDGET_REFUSE, 900},
    };
    struct rig r;
    struct budget b = rig_budget(ladder, ARRAY_N(ladder));

    (void)state;
    rig_init(&r);
    rig_use(&r, &b, 1);
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct event ev = rig_call(&r);
        struct budget_answer a;

        spend_to(&r, cases[i].cents);
        struct budget_ask ask = rig_ask(&r, &ev);
        budget_admit(r.desk, &ask, &a);
        assert_int_equal(a.verdict, cases[i].first);
        if (a.verdict == BUDGET_TO_MODEL) {
            assert_str(a.model, "gpt-4o-mini");
            assert_int_equal(a.step->percent, 100);
        }
        budget_release(r.meter, &a.hold);
        budget_answer_fini(&a);
        ask.may_fall_back = false;
        budget_admit(r.desk, &ask, &a);
        assert_int_equal(a.verdict, cases[i].second);
        assert_int_equal(a.delay_ms, cases[i].delay_ms);
        if (a.verdict == BUDGET_REFUSE) {
            assert_int_equal(a.reason, BUDGET_SPENT);
            assert_int_equal(a.step->percent, 150);
            assert_true(a.used >= 3 * DOLLAR / 2);
            assert_int_equal(a.mean_pico, 1250 * INT64_C(1000000));
            assert_int_equal(a.resets_us, NOON + UTC_US_PER_DAY / 2);
        }
        budget_release(r.meter, &a.hold);
        budget_answer_fini(&a);
    }
    assert_int_equal(r.n_notices, 5); /* each step once */
    rig_fini(&r);
}

static void test_a_model_is_not_sent_to_itself(void **state)
{
    (void)state;
    struct rig r;
    struct budget b = rig_budget(ladder, 2);
    struct budget_answer a;
    rig_init(&r);
    rig_use(&r, &b, 1);
    spend_to(&r, 100);
    struct event ev = rig_call(&r);

    ev.dim[DIM_MODEL] = STR("gpt-4o-mini");
    assert_int_equal(verdict_of(&r, &ev, &a), BUDGET_PASS);
    budget_release(r.meter, &a.hold);
    budget_answer_fini(&a);
    rig_fini(&r);
}

static void test_all_budgets_reserve_or_none(void **state)
{
    (void)state;
    struct rig r;
    struct budget b[2] = {rig_budget(block_at_100, 1),
                          rig_budget(block_at_100, 1)};
    struct budget_answer a;
    struct budget_hold *first;
    rig_init(&r);
    b[0].name = STR("wide");
    b[0].limit = 1000 * DOLLAR;
    b[1].name = STR("narrow");
    b[1].limit = DOLLAR / 100;
    rig_use(&r, b, 2);
    struct event ev = rig_call(&r);

    assert_int_equal(verdict_of(&r, &ev, &a), BUDGET_PASS);
    first = a.hold;
    budget_answer_fini(&a);
    assert_int_equal(verdict_of(&r, &ev, &a), BUDGET_WAIT);
    assert_str(a.budget->name, "narrow");
    budget_answer_fini(&a);
    assert_int_equal(rig_state(&r).reserved, 12500 * INT64_C(1000000));
    budget_release(r.meter, &first);
    assert_int_equal(rig_state(&r).reserved, 0);
    rig_fini(&r);
}

/* ---- what has no price ---- */

static void test_calls_without_a_price_follow_the_policy(void **state)
{
    (void)state;
    struct rig r;
    struct budget b = rig_budget(block_at_100, 1);
    struct budget_answer a;
    rig_init(&r);
    struct event ev = rig_call(&r);

    ev.dim[DIM_PROVIDER] = STR("acme");
    ev.dim[DIM_MODEL] = STR("ours");
    rig_use(&r, &b, 1);
    assert_int_equal(verdict_of(&r, &ev, &a), BUDGET_REFUSE);
    assert_int_equal(a.reason, BUDGET_NO_PRICE);
    assert_null(a.step);
    budget_answer_fini(&a);
    b.unpriced = BUDGET_UNPRICED_ALLOW;
    rig_use(&r, &b, 1);
    assert_int_equal(verdict_of(&r, &ev, &a), BUDGET_PASS);
    assert_int_equal(rig_state(&r).reserved, 0);
    budget_release(r.meter, &a.hold);
    budget_answer_fini(&a);
    b.unpriced = BUDGET_UNPRICED_ESTIMATE;
    b.estimate_provider = STR("openai");
    b.estimate_model = STR("gpt-4o");
    rig_use(&r, &b, 1);
    assert_int_equal(verdict_of(&r, &ev, &a), BUDGET_PASS);
    assert_int_equal(rig_state(&r).reserved, 12500 * INT64_C(1000000));
    budget_release(r.meter, &a.hold);
    budget_answer_fini(&a);
    (void)rig_spend(&r, &ev, 1000);
    assert_int_equal(rig_state(&r).used, 12500 * INT64_C(1000000));
    assert_int_equal(rig_state(&r).n_unpriced, 1);
    /* Who only notifies refuses nothing. */
    b = rig_budget(ladder, 1);
    rig_use(&r, &b, 1);
    assert_int_equal(verdict_of(&r, &ev, &a), BUDGET_PASS);
    budget_release(r.meter, &a.hold);
    budget_answer_fini(&a);
    rig_fini(&r);
}

/* ---- periods ---- */

static void test_a_period_ends_and_another_begins(void **state)
{
    (void)state;
    struct rig r;
    struct budget b = rig_budget(ladder, 1);
    rig_init(&r);
    rig_use(&r, &b, 1);
    struct event ev = rig_call(&r);

    spend_to(&r, 60);
    assert_int_equal(r.n_notices, 1);
    ev.ts_us = NOON - UTC_US_PER_DAY; /* yesterday's */
    (void)rig_spend(&r, &ev, 100000);
    assert_true(rig_state(&r).used < 61 * DOLLAR / 100);
    ev.ts_us = NOON + UTC_US_PER_DAY; /* a little ahead of its time */
    int64_t early = rig_spend(&r, &ev, 1000);
    assert_true(rig_state(&r).used < 61 * DOLLAR / 100);
    r.now_us = NOON + UTC_US_PER_DAY / 2;
    assert_int_equal(rig_state(&r).used, early);
    assert_int_equal(rig_state(&r).step_at_us[0], 0);
    spend_to(&r, 60);
    assert_int_equal(r.n_notices, 2);
    r.now_us += 5 * UTC_US_PER_DAY;
    assert_int_equal(rig_state(&r).used, 0);
    rig_fini(&r);
}

static void test_a_rolling_window_forgets_by_parts(void **state)
{
    (void)state;
    struct rig r;
    struct budget b = rig_budget(block_at_100, 1);
    rig_init(&r);
    b.period = BUDGET_ROLLING;
    b.window_us = UTC_US_PER_DAY;
    rig_use(&r, &b, 1);
    struct event ev = rig_call(&r);
    int64_t cost = rig_spend(&r, &ev, 1000);

    r.now_us += UTC_US_PER_DAY - UTC_US_PER_HOUR;
    ev.ts_us = r.now_us;
    (void)rig_spend(&r, &ev, 1000);
    assert_int_equal(rig_state(&r).used, 2 * cost);
    r.now_us = NOON + UTC_US_PER_DAY; /* its part is in it yet */
    assert_int_equal(rig_state(&r).used, 2 * cost);
    r.now_us = NOON + UTC_US_PER_DAY + UTC_US_PER_HOUR;
    assert_int_equal(rig_state(&r).used, cost);
    ev.ts_us = NOON; /* too old to count */
    (void)rig_spend(&r, &ev, 1000);
    assert_int_equal(rig_state(&r).used, cost);
    r.now_us += 3 * UTC_US_PER_DAY;
    assert_int_equal(rig_state(&r).used, 0);
    rig_fini(&r);
}

/* ---- values, changes ---- */

static void test_each_value_has_its_counter(void **state)
{
    (void)state;
    struct rig r;
    struct budget b = rig_budget(block_at_100, 1);
    struct budget_answer a;
    rig_init(&r);
    b.has_per = true;
    b.per = (struct event_key){.dim = DIM_USER};
    b.limit = DOLLAR / 100;
    rig_use(&r, &b, 1);
    struct event ev = rig_call(&r);

    ev.dim[DIM_USER] = STR("ann");
    (void)rig_spend(&r, &ev, 1000);
    assert_int_equal(verdict_of(&r, &ev, &a), BUDGET_REFUSE);
    budget_answer_fini(&a);
    ev.dim[DIM_USER] = STR("bob");
    assert_int_equal(verdict_of(&r, &ev, &a), BUDGET_PASS);
    budget_release(r.meter, &a.hold);
    budget_answer_fini(&a);
    ev.dim[DIM_USER] = STR_EMPTY;
    (void)rig_spend(&r, &ev, 5000);
    assert_int_equal(verdict_of(&r, &ev, &a), BUDGET_PASS);
    assert_null(a.hold);
    budget_answer_fini(&a);
    assert_int_equal(rig_state(&r).n_worst, 1);
    rig_fini(&r);
}

static void test_counters_outlive_a_change_of_the_ladder(void **state)
{
    (void)state;
    struct rig r;
    struct budget b = rig_budget(block_at_100, 1);
    struct budget_answer a;
    rig_init(&r);
    rig_use(&r, &b, 1);
    struct event ev = rig_call(&r);
    assert_int_equal(verdict_of(&r, &ev, &a), BUDGET_PASS);
    spend_to(&r, 60);
    int64_t used = rig_state(&r).used;

    b.step = ladder;
    b.n_steps = 1;
    b.limit = 2 * DOLLAR;
    rig_use(&r, &b, 1);
    assert_int_equal(rig_state(&r).used, used);
    assert_true(rig_state(&r).reserved > 0);
    assert_int_equal(r.n_notices, 0);
    b.limit = DOLLAR; /* now the step is reached, and told of */
    rig_use(&r, &b, 1);
    assert_int_equal(r.n_notices, 1);
    assert_int_equal(r.last_percent, 50);
    b.period = BUDGET_HOUR; /* what counts otherwise begins anew */
    rig_use(&r, &b, 1);
    assert_int_equal(rig_state(&r).used, 0);
    budget_release(r.meter, &a.hold); /* of a counter that is gone */
    budget_answer_fini(&a);
    rig_use(&r, NULL, 0);
    assert_true(budget_meter_is_idle(r.meter));
    rig_fini(&r);
}

static void test_what_no_ledger_has_stays_spent(void **state)
{
    (void)state;
    struct rig r;
    struct budget b = rig_budget(block_at_100, 1);
    struct budget_answer a;
    rig_init(&r);
    rig_use(&r, &b, 1);
    struct event ev = rig_call(&r);

    assert_int_equal(verdict_of(&r, &ev, &a), BUDGET_PASS);
    budget_keep(r.meter, &a.hold, r.now_us);
    budget_answer_fini(&a);
    assert_int_equal(rig_state(&r).used, 12500 * INT64_C(1000000));
    assert_int_equal(rig_state(&r).reserved, 0);
    rig_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_crowd_passes_a_limit_by_one_call_at_most),
        cmocka_unit_test(test_what_is_reserved_is_waited_for),
        cmocka_unit_test(test_the_ladder_is_climbed_by_what_is_used),
        cmocka_unit_test(test_a_model_is_not_sent_to_itself),
        cmocka_unit_test(test_all_budgets_reserve_or_none),
        cmocka_unit_test(test_calls_without_a_price_follow_the_policy),
        cmocka_unit_test(test_a_period_ends_and_another_begins),
        cmocka_unit_test(test_a_rolling_window_forgets_by_parts),
        cmocka_unit_test(test_each_value_has_its_counter),
        cmocka_unit_test(test_counters_outlive_a_change_of_the_ladder),
        cmocka_unit_test(test_what_no_ledger_has_stays_spent),
    };

    return cmocka_run_group_tests_name("budget_meter", tests, NULL, NULL);
}
