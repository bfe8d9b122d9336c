#include "test.h"

#include <stdatomic.h>

#include "base/thread.h"
#include "net/loop.h"

enum { N_POSTS = 2000, N_POSTERS = 3 };

static void *run_loop(void *arg)
{
    loop_run(arg);
    return NULL;
}

static struct loop *new_loop(void)
{
    struct loop *loop = NULL;
    struct why why;

    assert_ok(loop_new(&loop, &why), &why);
    return loop;
}

static void start(struct thread *t, thread_main_fn *main, void *arg)
{
    struct why why;

    assert_ok(thread_start(t, "test", main, arg, &why), &why);
}

/* Numbers as they arrive; only the loop's thread writes them. */
struct poster {
    struct loop *loop;
    struct thread thread;
    struct arrival {
        struct poster *poster;
        int n;
    } arrival[N_POSTS];
    int n_arrived;
    bool is_in_order;
};

static void arrive(void *arg)
{
    struct arrival *a = arg;

    a->poster->is_in_order &= a->n == a->poster->n_arrived;
    a->poster->n_arrived++;
}

static void *post_all(void *arg)
{
    struct poster *p = arg;

    for (int i = 0; i < N_POSTS; i++) {
        p->arrival[i] = (struct arrival){.poster = p, .n = i};
        loop_post(p->loop, arrive, &p->arrival[i]);
    }
    return NULL;
}

static void runs_what_other_threads_post_in_order(void **state)
{
    struct poster *posters = test_calloc(N_POSTERS, sizeof *posters);
    struct loop *loop = new_loop();
    struct thread thread = {.started = false};

    (void)state;
    start(&thread, run_loop, loop);
    for (int i = 0; i < N_POSTERS; i++) {
        posters[i].loop = loop;
        posters[i].is_in_order = true;
        start(&posters[i].thread, post_all, &posters[i]);
    }
    for (int i = 0; i < N_POSTERS; i++) {
        thread_join(&posters[i].thread);
    }
    loop_stop(loop); /* behind all of them */
    thread_join(&thread);
    for (int i = 0; i < N_POSTERS; i++) {
        assert_int_equal(posters[i].n_arrived, N_POSTS);
        assert_true(posters[i].is_in_order);
    }
    loop_free(&loop);
    assert_null(loop);
    test_free(posters);
}

/* Posts itself again, n times in all. */
struct chain {
    struct loop *loop;
    int n_left;
    int n_run;
};

static void run_link(void *arg)
{
    struct chain *c = arg;

    c->n_run++;
    if (--c->n_left > 0) {
        loop_post(c->loop, run_link, c);
    } else {
        loop_stop(c->loop);
    }
}

static void what_is_posted_may_post(void **state)
{
    struct loop *loop = new_loop();
    struct chain c = {.loop = loop, .n_left = 100};

    (void)state;
    loop_post(loop, run_link, &c);
    loop_run(loop);
    assert_int_equal(c.n_run, 100);
    loop_free(&loop);
}

static void posts_before_the_run_wait_for_it(void **state)
{
    struct loop *loop = new_loop();
    struct chain c = {.loop = loop, .n_left = 1};

    (void)state;
    loop_post(loop, run_link, &c);
    assert_int_equal(c.n_run, 0);
    loop_run(loop);
    assert_int_equal(c.n_run, 1);
    loop_free(&loop);
}

static void the_end_drops_nothing(void **state)
{
    struct loop *loop = new_loop();
    struct chain c = {.loop = loop, .n_left = 5};

    (void)state;
    loop_stop(loop);
    loop_run(loop);
    loop_post(loop, run_link, &c);
    loop_free(&loop);
    assert_int_equal(c.n_run, 5); /* also what was posted meanwhile */
}

static void no_loop_is_freed_at_once(void **state)
{
    struct loop *none = NULL;

    (void)state;
    loop_free(&none);
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_what_other_threads_post_in_order),
        cmocka_unit_test(what_is_posted_may_post),
        cmocka_unit_test(posts_before_the_run_wait_for_it),
        cmocka_unit_test(the_end_drops_nothing),
        cmocka_unit_test(no_loop_is_freed_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
