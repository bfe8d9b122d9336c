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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_crowd_passes_a_limit_by_one_call_at_most),
        cmocka_unit_test(test_what_is_reserved_is_waited_for),
    };

    return cmocka_run_group_tests_name("budget_meter", tests, NULL, NULL);
}
