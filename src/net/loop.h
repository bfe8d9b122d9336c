/* One event loop and its thread's business: the one door to libevent's base
 * (net/loop.c, net/http_server.c).  All functions on the loop's own thread
 * but loop_post and loop_stop, which any thread may call. */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "base/attr.h"
#include "base/rc.h"

#include <stdint.h>

struct loop;
struct why;

enum rc loop_new(struct loop **ret, struct why *why) MUST_CHECK;
void loop_free(struct loop **loop); /* after loop_run returned */
void loop_run(struct loop *loop);   /* until loop_stop */
void loop_stop(struct loop *loop);

/* loop_post: run fn(arg) on the loop's thread soon; never drops, never
 * blocks.  After loop_stop what is still posted is run by loop_free. */
typedef void loop_fn(void *arg);
void loop_post(struct loop *loop, loop_fn *fn, void *arg);

/* A timer of a loop's: runs fn(arg) once, `ms` after the last loop_timer_set.
 * On the loop's own thread, but for loop_timer_new, which may come before
 * loop_run.  Freed before its loop is. */
struct loop_timer;
struct loop_timer *loop_timer_new(struct loop *loop, loop_fn *fn,
                                  void *arg) RETURNS_NONNULL;
void loop_timer_free(struct loop_timer **t); /* accepts NULL */
void loop_timer_set(struct loop_timer *t, int64_t ms);

#endif
