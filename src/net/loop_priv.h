/* What the files of net share: the loop's libevent base. */
#ifndef NET_LOOP_PRIV_H
#define NET_LOOP_PRIV_H

struct event_base;
struct loop;

struct event_base *loop_base(struct loop *loop);

#endif
