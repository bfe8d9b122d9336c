#include "base/queue.h"

#include <stdbool.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/thread.h"

struct queue {
    struct mutex lock; /* guards all below */
    struct cond ready; /* an item came, or the queue was closed */
    void **ring;
    size_t cap;
    size_t first; /* place of the oldest item */
    size_t n;
    bool closed;
};

struct queue *queue_new(size_t cap)
{
    CHECK(cap > 0);
    struct queue *q = mem_alloc(sizeof(*q));
    mutex_init(&q->lock);
    cond_init(&q->ready);
    q->ring = mem_array(cap, sizeof(*q->ring));
    q->cap = cap;
    return q;
}

void queue_free(struct queue **q)
{
    if (q == NULL || *q == NULL) {
        return;
    }
    cond_fini(&(*q)->ready);
    mutex_fini(&(*q)->lock);
    mem_free((*q)->ring);
    mem_free(*q);
    *q = NULL;
}

enum rc queue_put(struct queue *q, void *item)
{
    enum rc rc = RC_OK;
    mutex_lock(&q->lock);
    if (q->closed) {
        rc = RC_END;
    } else if (q->n == q->cap) {
        rc = RC_FULL;
    } else {
        q->ring[(q->first + q->n) % q->cap] = item;
        q->n++;
        cond_signal(&q->ready);
    }
    mutex_unlock(&q->lock);
    return rc;
}

/* Under the lock, once no more waiting is due. */
static enum rc take_locked(struct queue *q, void **ret_item)
{
    if (q->n == 0) {
        return q->closed ? RC_END : RC_TIMEOUT;
    }
    *ret_item = q->ring[q->first];
    q->first = (q->first + 1) % q->cap;
    q->n--;
    return RC_OK;
}

enum rc queue_take(struct queue *q, void **ret_item)
{
    mutex_lock(&q->lock);
    while (q->n == 0 && !q->closed) {
        cond_wait(&q->ready, &q->lock);
    }
    enum rc rc = take_locked(q, ret_item);
    mutex_unlock(&q->lock);
    return rc;
}

enum rc queue_take_until(struct queue *q, int64_t deadline_mono_us,
                         void **ret_item)
{
    mutex_lock(&q->lock);
    bool in_time = true;
    while (in_time && q->n == 0 && !q->closed) {
        in_time = cond_wait_until(&q->ready, &q->lock, deadline_mono_us);
    }
    enum rc rc = take_locked(q, ret_item);
    mutex_unlock(&q->lock);
    return rc;
}

void queue_close(struct queue *q)
{
    mutex_lock(&q->lock);
    q->closed = true;
    cond_broadcast(&q->ready);
    mutex_unlock(&q->lock);
}

size_t queue_n(struct queue *q)
{
    mutex_lock(&q->lock);
    size_t n = q->n;
    mutex_unlock(&q->lock);
    return n;
}
