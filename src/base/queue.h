/* Bounded first-in-first-out queue of pointers between threads: one of the
 * two ways in which threads meet (the other is an immutable snapshot).
 * What is put belongs to the queue until it is taken. */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

#include "base/attr.h"
#include "base/rc.h"

#include <stddef.h>
#include <stdint.h>

struct queue;

struct queue *queue_new(size_t cap);
void queue_free(struct queue **q); /* empty, or its content leaks: the owner
                                      drains first */

/* queue_put: RC_FULL at once when there is no room, RC_END after close. */
enum rc queue_put(struct queue *q, void *item) MUST_CHECK;
/* queue_take: waits; RC_END once closed and empty. */
enum rc queue_take(struct queue *q, void **ret_item) MUST_CHECK;
/* queue_take_until: RC_TIMEOUT when `deadline_mono_us` passes first. */
enum rc queue_take_until(struct queue *q, int64_t deadline_mono_us,
                         void **ret_item) MUST_CHECK;
void queue_close(struct queue *q); /* wakes all takers */
size_t queue_n(struct queue *q);

#endif
