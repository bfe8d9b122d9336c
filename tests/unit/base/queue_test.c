#include "test.h"

#include "base/clock.h"
#include "base/queue.h"
#include "base/thread.h"

enum { N_ITEMS = 5000, N_PUTTERS = 3 };

static void items_come_out_in_order_round_the_ring(void **state)
{
    (void)state;
    int items[7];
    void *got;
    struct queue *q = queue_new(3);
    for (int i = 0; i < 7; i++) {
        assert_rc(queue_put(q, &items[i]), RC_OK);
        if (i > 0) {
            assert_rc(queue_take(q, &got), RC_OK);
            assert_ptr_equal(got, &items[i - 1]);
        }
    }
    assert_int_equal(queue_n(q), 1);
    assert_rc(queue_take(q, &got), RC_OK);
    assert_ptr_equal(got, &items[6]);
    assert_int_equal(queue_n(q), 0);
    queue_free(&q);
    assert_null(q);
}

static void a_full_queue_refuses_at_once(void **state)
{
    (void)state;
    int item;
    void *got;
    struct queue *q = queue_new(2);
    assert_rc(queue_put(q, &item), RC_OK);
    assert_rc(queue_put(q, &item), RC_OK);
    assert_rc(queue_put(q, &item), RC_FULL);
    assert_int_equal(queue_n(q), 2);
    assert_rc(queue_take(q, &got), RC_OK);
    assert_rc(queue_put(q, &item), RC_OK);
    queue_free(&q);
}

static void a_closed_queue_gives_what_it_has_then_ends(void **state)
{
    (void)state;
    int item;
    void *got = NULL;
    struct queue *q = queue_new(2);
    assert_rc(queue_put(q, &item), RC_OK);
    queue_close(q);
    assert_rc(queue_put(q, &item), RC_END);
    assert_rc(queue_take(q, &got), RC_OK);
    assert_ptr_equal(got, &item);
    got = NULL;
    assert_rc(queue_take(q, &got), RC_END);
    assert_rc(queue_take_until(q, INT64_MAX / 2, &got), RC_END);
    assert_null(got); /* untouched on failure */
    queue_free(&q);
}

static void taking_gives_up_at_its_deadline(void **state)
{
    (void)state;
    int item;
    void *got = NULL;
    struct queue *q = queue_new(1);
    int64_t deadline = clock_mono_us() + 10000;
    assert_rc(queue_take_until(q, deadline, &got), RC_TIMEOUT);
    assert_true(clock_mono_us() >= deadline);
    assert_null(got);
    assert_rc(queue_put(q, &item), RC_OK);
    /* What is there is given even after the deadline. */
    assert_rc(queue_take_until(q, deadline, &got), RC_OK);
    assert_ptr_equal(got, &item);
    queue_free(&q);
}

static void *wait_for_the_end(void *arg)
{
    void *got;
    enum rc rc = queue_take(arg, &got);
    return rc == RC_END ? arg : NULL;
}

static void closing_wakes_all_who_wait(void **state)
{
    (void)state;
    struct why why;
    struct thread t[2];
    struct queue *q = queue_new(1);
    assert_ok(thread_start(&t[0], "t0", wait_for_the_end, q, &why), &why);
    assert_ok(thread_start(&t[1], "t1", wait_for_the_end, q, &why), &why);
    queue_close(q);
    for (int i = 0; i < 2; i++) {
        void *answer = NULL;
        assert_int_equal(pthread_join(t[i].id, &answer), 0);
        assert_ptr_equal(answer, q);
    }
    queue_free(&q);
}

struct putter {
    struct queue *q;
    int items[N_ITEMS];
};

static void *put_all(void *arg)
{
    struct putter *p = arg;
    for (int i = 0; i < N_ITEMS; i++) {
        p->items[i] = i;
        while (queue_put(p->q, &p->items[i]) == RC_FULL) {
        }
    }
    return NULL;
}

/* Each item arrives once, and those of one thread in their order. */
static void nothing_is_lost_between_threads(void **state)
{
    (void)state;
    static struct putter putters[N_PUTTERS];
    int next[N_PUTTERS] = {0};
    struct why why;
    struct thread t[N_PUTTERS];
    struct queue *q = queue_new(16);
    for (int i = 0; i < N_PUTTERS; i++) {
        putters[i].q = q;
        assert_ok(thread_start(&t[i], "putter", put_all, &putters[i], &why),
                  &why);
    }
    for (int n = 0; n < N_PUTTERS * N_ITEMS; n++) {
        void *got;
        assert_rc(queue_take(q, &got), RC_OK);
        const int *item = got;
        int i = 0;
        while (item < putters[i].items || item >= putters[i].items + N_ITEMS) {
            i++;
            assert_true(i < N_PUTTERS);
        }
        assert_int_equal(*item, next[i]);
        next[i]++;
    }
    for (int i = 0; i < N_PUTTERS; i++) {
        thread_join(&t[i]);
    }
    assert_int_equal(queue_n(q), 0);
    queue_free(&q);
}

static void freeing_nothing_is_allowed(void **state)
{
    (void)state;
    struct queue *q = NULL;
    queue_free(&q);
    queue_free(NULL);
    assert_null(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_in_order_round_the_ring),
        cmocka_unit_test(a_full_queue_refuses_at_once),
        cmocka_unit_test(a_closed_queue_gives_what_it_has_then_ends),
        cmocka_unit_test(taking_gives_up_at_its_deadline),
        cmocka_unit_test(closing_wakes_all_who_wait),
        cmocka_unit_test(nothing_is_lost_between_threads),
        cmocka_unit_test(freeing_nothing_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
