/* Other threads reach a loop by a list under a mutex and an eventfd that wakes
 * it: libevent itself then needs no locks, since only its own thread ever
 * touches the base. */
#include "net/loop.h"

#include "base/check.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/why.h"
#include "net/loop_priv.h"

#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct post {
    struct post *next;
    loop_fn *fn;
    void *arg;
};

struct loop {
    struct event_base *base;
    struct event *wake;
    int wake_fd;
    struct mutex lock; /* guards the list */
    struct post *first;
    struct post **last;
};

/* False when there was nothing to run. */
static bool run_posts(struct loop *loop)
{
    mutex_lock(&loop->lock);
    struct post *list = loop->first;
    loop->first = NULL;
    loop->last = &loop->first;
    mutex_unlock(&loop->lock);

    bool any = list != NULL;
    while (list != NULL) {
        struct post *p = list;
        list = p->next;
        p->fn(p->arg);
        mem_free(p);
    }
    return any;
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    uint64_t n;

    (void)what;
    /* Only resets the counter; a spurious wake-up finds an empty list. */
    if (read(fd, &n, sizeof n) < 0) {
        CHECK(errno == EAGAIN || errno == EINTR);
    }
    (void)run_posts(arg);
}

/* What a loop waits for changes several times between two waits; the kernel
 * is told once.  No descriptor of a loop is ever a duplicate of another, as
 * that demands. */
static struct event_base *new_base(void)
{
    struct event_config *config = event_config_new();

    CHECK(config != NULL);
    CHECK(event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) ==
          0);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    CHECK(base != NULL);
    return base;
}

enum rc loop_new(struct loop **ret, struct why *why)
{
    struct loop *loop = mem_alloc(sizeof *loop);

    loop->last = &loop->first;
    mutex_init(&loop->lock);
    loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loop->wake_fd < 0) {
        int err = errno;
        mutex_fini(&loop->lock);
        mem_free(loop);
        return why_errno(why, err, "eventfd");
    }
    loop->base = new_base();
    loop->wake = event_new(loop->base, loop->wake_fd, EV_READ | EV_PERSIST,
                           on_wake, loop);
    CHECK(loop->wake != NULL && event_add(loop->wake, NULL) == 0);
    *ret = loop;
    return RC_OK;
}

void loop_free(struct loop **loop)
{
    struct loop *l = *loop;

    if (l == NULL) {
        return;
    }
    while (run_posts(l)) {
        /* What was posted may post in its turn. */
    }
    event_free(l->wake);
    event_base_free(l->base);
    CHECK(close(l->wake_fd) == 0);
    mutex_fini(&l->lock);
    mem_free(l);
    *loop = NULL;
}

void loop_run(struct loop *loop)
{
    CHECK(event_base_dispatch(loop->base) >= 0);
}

static void stop_now(void *arg)
{
    struct loop *loop = arg;

    CHECK(event_base_loopbreak(loop->base) == 0);
}

void loop_stop(struct loop *loop)
{
    loop_post(loop, stop_now, loop);
}

void loop_post(struct loop *loop, loop_fn *fn, void *arg)
{
    const uint64_t one = 1;
    struct post *p = mem_alloc(sizeof *p);

    *p = (struct post){.fn = fn, .arg = arg};
    mutex_lock(&loop->lock);
    *loop->last = p;
    loop->last = &p->next;
    mutex_unlock(&loop->lock);
    /* EAGAIN means the counter is full, so the loop is waking anyway. */
    if (write(loop->wake_fd, &one, sizeof one) < 0) {
        CHECK(errno == EAGAIN || errno == EINTR);
    }
}

struct loop_timer {
    struct event *event;
    loop_fn *fn;
    void *arg;
};

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct loop_timer *t = arg;

    (void)fd;
    (void)what;
    t->fn(t->arg);
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_fn *fn, void *arg)
{
    struct loop_timer *t = mem_alloc(sizeof *t);

    t->event = evtimer_new(loop->base, on_timer, t);
    CHECK(t->event != NULL);
    t->fn = fn;
    t->arg = arg;
    return t;
}

void loop_timer_free(struct loop_timer **t)
{
    if (*t != NULL) {
        event_free((*t)->event);
        mem_free(*t);
        *t = NULL;
    }
}

void loop_timer_set(struct loop_timer *t, int64_t ms)
{
    const struct timeval in = {.tv_sec = ms / 1000,
                               .tv_usec = ms % 1000 * 1000};

    CHECK(event_add(t->event, &in) == 0);
}

struct event_base *loop_base(struct loop *loop)
{
    return loop->base;
}
