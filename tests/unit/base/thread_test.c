#include "test.h"

#include <signal.h>
#include <time.h>

#include "base/clock.h"
#include "base/thread.h"

enum { N_THREADS = 4, N_ADDS = 20000 };

struct shared {
    struct mutex lock;
    struct cond changed;
    int n;
};

static int setup(void **state)
{
    static struct shared s;
    mutex_init(&s.lock);
    cond_init(&s.changed);
    s.n = 0;
    *state = &s;
    return 0;
}

static int teardown(void **state)
{
    struct shared *s = *state;
    cond_fini(&s->changed);
    mutex_fini(&s->lock);
    return 0;
}

static void *add_many(void *arg)
{
    struct shared *s = arg;
    for (int i = 0; i < N_ADDS; i++) {
        mutex_lock(&s->lock);
        s->n++;
        mutex_unlock(&s->lock);
    }
    return NULL;
}

static void a_mutex_admits_one_at_a_time(void **state)
{
    struct shared *s = *state;
    struct why why;
    struct thread t[N_THREADS];
    for (int i = 0; i < N_THREADS; i++) {
        assert_ok(thread_start(&t[i], "adder", add_many, s, &why), &why);
    }
    for (int i = 0; i < N_THREADS; i++) {
        thread_join(&t[i]);
        assert_false(t[i].started);
    }
    assert_int_equal(s->n, N_THREADS * N_ADDS);
}

static void *wait_for_two(void *arg)
{
    struct shared *s = arg;
    mutex_lock(&s->lock);
    s->n++;
    cond_broadcast(&s->changed);
    while (s->n < 3) {
        cond_wait(&s->changed, &s->lock);
    }
    mutex_unlock(&s->lock);
    return NULL;
}

static void a_broadcast_wakes_all(void **state)
{
    struct shared *s = *state;
    struct why why;
    struct thread a;
    struct thread b;
    assert_ok(thread_start(&a, "a", wait_for_two, s, &why), &why);
    assert_ok(thread_start(&b, "b", wait_for_two, s, &why), &why);
    mutex_lock(&s->lock);
    while (s->n < 2) {
        cond_wait(&s->changed, &s->lock);
    }
    s->n = 3;
    cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
    thread_join(&a);
    thread_join(&b);
}

static void *set_to_one(void *arg)
{
    struct shared *s = arg;
    mutex_lock(&s->lock);
    s->n = 1;
    cond_signal(&s->changed);
    mutex_unlock(&s->lock);
    return NULL;
}

static void a_wait_ends_by_signal_or_deadline(void **state)
{
    struct shared *s = *state;
    struct why why;
    struct thread t;
    int64_t deadline = clock_mono_us() + 20000;
    mutex_lock(&s->lock);
    bool in_time = true;
    while (in_time) { /* nobody signals; waking for no reason is allowed */
        in_time = cond_wait_until(&s->changed, &s->lock, deadline);
    }
    assert_true(clock_mono_us() >= deadline);
    assert_false(cond_wait_until(&s->changed, &s->lock, -5)); /* long ago */

    assert_ok(thread_start(&t, "setter", set_to_one, s, &why), &why);
    while (s->n == 0) {
        assert_true(cond_wait_until(&s->changed, &s->lock, INT64_MAX / 2));
    }
    mutex_unlock(&s->lock);
    thread_join(&t);
}

static void *read_mask(void *arg)
{
    return pthread_sigmask(SIG_SETMASK, NULL, arg) == 0 ? arg : NULL;
}

static void a_new_thread_takes_no_signals(void **state)
{
    (void)state;
    struct why why;
    struct thread t;
    sigset_t theirs;
    sigset_t ours;
    sigemptyset(&theirs);
    assert_ok(thread_start(&t, "mask", read_mask, &theirs, &why), &why);
    thread_join(&t);
    assert_int_equal(sigismember(&theirs, SIGTERM), 1);
    assert_int_equal(sigismember(&theirs, SIGINT), 1);
    assert_int_equal(sigismember(&theirs, SIGHUP), 1);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &ours), 0);
    assert_int_equal(sigismember(&ours, SIGTERM), 0);
}

static void *until_one(void *arg)
{
    struct shared *s = arg;
    mutex_lock(&s->lock);
    while (s->n == 0) {
        cond_wait(&s->changed, &s->lock);
    }
    mutex_unlock(&s->lock);
    return NULL;
}

static void a_thread_has_its_name_cut_at_15_bytes(void **state)
{
    struct shared *s = *state;
    struct why why;
    struct thread t;
    char name[32];
    assert_ok(thread_start(&t, "store-writer-number-one", until_one, s, &why),
              &why);
    assert_int_equal(pthread_getname_np(t.id, name, sizeof(name)), 0);
    assert_string_equal(name, "store-writer-nu");
    (void)set_to_one(s);
    thread_join(&t);
}

static void joining_the_never_started_is_allowed(void **state)
{
    (void)state;
    struct thread t = {.started = false};
    thread_join(&t);
    assert_false(t.started);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_mutex_admits_one_at_a_time),
        T(a_broadcast_wakes_all),
        T(a_wait_ends_by_signal_or_deadline),
        T(a_new_thread_takes_no_signals),
        T(a_thread_has_its_name_cut_at_15_bytes),
        T(joining_the_never_started_is_allowed),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
