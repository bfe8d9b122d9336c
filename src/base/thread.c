#include "base/thread.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/why.h"

enum {
    NAME_BYTES = 16,
    US_PER_S = 1000000,
    NS_PER_US = 1000,
    PROMPT_SLICE_NS = 100000
};

enum rc thread_start(struct thread *t, const char *name, thread_main_fn *main,
                     void *arg, struct why *why)
{
    sigset_t all;
    sigset_t before;
    CHECK(sigfillset(&all) == 0);
    /* A thread inherits the mask of the one that starts it: so there is no
     * moment in which a signal could be delivered to the new one. */
    CHECK(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    pthread_t id;
    int err = pthread_create(&id, NULL, main, arg);
    CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    if (err != 0) {
        return why_errno(why, err, "starting thread %s", name);
    }
    char short_name[NAME_BYTES];
    (void)snprintf(short_name, sizeof(short_name), "%.15s", name);
    /* The name is for people; a thread already at its end has none. */
    (void)pthread_setname_np(id, short_name);
    t->id = id;
    t->started = true;
    return RC_OK;
}

/* sched_setattr(2) in its first form.  The C library has no name for it yet,
 * and the kernel's header defines again what <sched.h> does. */
struct sched_wish {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns;
    uint64_t deadline_ns;
    uint64_t period_ns;
};

void thread_be_prompt(void)
{
    const struct sched_wish wish = {
        .size = sizeof(wish),
        .policy = SCHED_OTHER,
        .runtime_ns = PROMPT_SLICE_NS,
    };
    (void)syscall(SYS_sched_setattr, 0, &wish, 0);
}

void thread_join(struct thread *t)
{
    if (!t->started) {
        return;
    }
    CHECK(pthread_join(t->id, NULL) == 0);
    t->started = false;
}

void mutex_init(struct mutex *m)
{
    CHECK(pthread_mutex_init(&m->m, NULL) == 0);
}

void mutex_fini(struct mutex *m)
{
    CHECK(pthread_mutex_destroy(&m->m) == 0);
}

void mutex_lock(struct mutex *m)
{
    CHECK(pthread_mutex_lock(&m->m) == 0);
}

void mutex_unlock(struct mutex *m)
{
    CHECK(pthread_mutex_unlock(&m->m) == 0);
}

void cond_init(struct cond *c)
{
    pthread_condattr_t attr;
    CHECK(pthread_condattr_init(&attr) == 0);
    CHECK(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_cond_init(&c->c, &attr) == 0);
    CHECK(pthread_condattr_destroy(&attr) == 0);
}

void cond_fini(struct cond *c)
{
    CHECK(pthread_cond_destroy(&c->c) == 0);
}

void cond_wait(struct cond *c, struct mutex *m)
{
    CHECK(pthread_cond_wait(&c->c, &m->m) == 0);
}

bool cond_wait_until(struct cond *c, struct mutex *m, int64_t deadline_mono_us)
{
    int64_t us = deadline_mono_us > 0 ? deadline_mono_us : 0;
    struct timespec at = {
        .tv_sec = us / US_PER_S,
        .tv_nsec = us % US_PER_S * NS_PER_US,
    };
    int err = pthread_cond_timedwait(&c->c, &m->m, &at);
    CHECK(err == 0 || err == ETIMEDOUT);
    return err == 0;
}

void cond_signal(struct cond *c)
{
    CHECK(pthread_cond_signal(&c->c) == 0);
}

void cond_broadcast(struct cond *c)
{
    CHECK(pthread_cond_broadcast(&c->c) == 0);
}
