/* Threads, mutexes and conditions: pthreads with every return checked, so
 * that callers have nothing to forget. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include "base/attr.h"
#include "base/rc.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct why;

typedef void *thread_main_fn(void *arg);

struct thread {
    pthread_t id;
    bool started;
};

/* thread_start: signals are blocked in the new thread; the name (at most 15
 * bytes) shows in ps -L. */
enum rc thread_start(struct thread *t, const char *name, thread_main_fn *main,
                     void *arg, struct why *why) MUST_CHECK;
void thread_join(struct thread *t); /* accepts the never started */
/* thread_be_prompt: the calling thread works for moments at a time and should
 * not wait for others that compute: asks the kernel for slices of 100 us, with
 * which it comes before those with the usual ones of some ms.  Linux from 6.12
 * on (sched_setattr(2), EEVDF); on others it changes nothing. */
void thread_be_prompt(void);

struct mutex {
    pthread_mutex_t m;
};
struct cond {
    pthread_cond_t c; /* on the monotonic clock */
};

void mutex_init(struct mutex *m);
void mutex_fini(struct mutex *m);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
void cond_init(struct cond *c);
void cond_fini(struct cond *c);
void cond_wait(struct cond *c, struct mutex *m);
/* cond_wait_until: false when `deadline_mono_us` passed first. */
bool cond_wait_until(struct cond *c, struct mutex *m, int64_t deadline_mono_us);
void cond_signal(struct cond *c);
void cond_broadcast(struct cond *c);

#endif
