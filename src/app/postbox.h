/* The outbox on disk (watch/outbox.h), in DATA/outbox as a journal: each
 * change is durable before it has an effect.  Threads put messages in and
 * take them out; a channel has one message under way at a time.  All functions
 * any thread, but open and close. */
#ifndef APP_POSTBOX_H
#define APP_POSTBOX_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "watch/outbox.h"

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct json_writer;
struct postbox;
struct why;

/* postbox_open: reads what is there.  What was under way when the last
 * program ended is decided (outbox_recover) and logged.
 *   can_repeat  of a channel's kind */
enum rc postbox_open(const char *data_dir, bool (*can_repeat)(struct str kind),
                     struct postbox **ret, struct why *why) MUST_CHECK;
void postbox_close(struct postbox **p); /* accepts NULL */

/* postbox_put: durable when RC_OK.  RC_EXISTS when the channel had that key;
 * else as outbox_put, or the disk's trouble: nothing was taken. */
enum rc postbox_put(struct postbox *p, const struct outbox_item *draft,
                    struct why *why) MUST_CHECK;

/* postbox_has: the channel had that key. */
bool postbox_has(struct postbox *p, struct str channel, struct str key);
/* postbox_read: hands all of it to `use`, which must not wait; it holds still
 * meanwhile. */
typedef void postbox_use_fn(void *arg, const struct outbox *all);
void postbox_read(struct postbox *p, postbox_use_fn *use, void *arg);

/* postbox_take: waits for a message that is due, and holds its channel until
 * postbox_done.  False once postbox_end was called.
 *   ret  its payload and text are the caller's, until postbox_done */
bool postbox_take(struct postbox *p, const struct outbox_item **ret);
void postbox_end(struct postbox *p); /* postbox_take gives no more */

/* postbox_sending: notes that it may have arrived from now on; false when
 * that cannot be noted: it must not be sent then. */
bool postbox_sending(struct postbox *p, const struct outbox_item *item);
/* postbox_done: what became of it; NULL when nothing is known, or will be
 * within this run.  A note that the disk refuses is tried again with the next
 * and holds meanwhile. */
void postbox_done(struct postbox *p, const struct outbox_item *item,
                  const struct outbox_result *result);

struct postbox_counts {
    uint64_t n_sent; /* since it was opened */
    uint64_t n_failed;
    uint64_t n_retried;
    uint64_t n_waiting; /* now */
};
void postbox_count(struct postbox *p, struct postbox_counts *ret);
/* postbox_list: {"messages": [...]}, the newest first; postbox_write: one of
 * them, as an object without its payload. */
void postbox_list(struct postbox *p, struct buf *out);
void postbox_write(struct json_writer *w, const struct outbox_item *item);

#endif
