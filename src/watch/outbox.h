/* The outbox: which messages wait for which channel, what became of the
 * others, and what is to be done next.  In memory, and a function of records:
 *
 *   decide -> a record of the change -> on disk (app/postbox.h) -> outbox_apply
 *
 * Nothing changes but by outbox_apply, so reading the records again after a
 * crash gives the same outbox.  The same key is taken for a channel once, as
 * long as it is remembered (LIMIT_OUTBOX_KEEP_DAYS after its end).
 *
 *   waiting -> ready -> sending -> sent
 *      ^                   |  \--> failed  (refused for good, or tried for
 *      \-------------------/                too long)
 *
 * `ready` stands on disk before the message's last byte leaves the machine,
 * `sending` is written in the moment before it does, and flushed later.  Who
 * finds `sending` after a crash knows only that the message may have arrived.
 * Who finds `ready` knows that it has not, as long as the machine went on
 * (a killed program's writes are not lost), and else nothing either:
 * outbox_recover decides.  No clock, no files; one thread at a time. */
#ifndef WATCH_OUTBOX_H
#define WATCH_OUTBOX_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct outbox;
struct rand;
struct why;

enum outbox_state {
    OUTBOX_WAITING = 1,
    OUTBOX_READY,
    OUTBOX_SENDING,
    OUTBOX_SENT,
    OUTBOX_FAILED,
    OUTBOX__COUNT
};

struct outbox_item {
    uint64_t id;
    struct str channel;
    struct str key;
    struct str incident; /* may be empty */
    struct str subject;  /* what it is about: the same for what is the same,
                            put again under another key; may be empty */
    struct str kind;     /* of the channel when it was put */
    struct str title;    /* for lists and logs */
    struct str payload;  /* rendered for the channel; empty after the end */
    enum outbox_state state;
    int64_t put_us;
    int64_t changed_us;
    int64_t next_us; /* of a waiting one: not to be tried before */
    uint32_t n_tries;
    struct str error; /* of the last try that failed */
    struct str boot;  /* of a ready one: which run of the machine it was */
};

#define OUTBOX_BOOT_MAX 64 /* bytes */

struct outbox *outbox_new(void) RETURNS_NONNULL;
void outbox_free(struct outbox **o); /* accepts NULL */

/* In the order in which they were put; borrowed until the next change. */
size_t outbox_n(const struct outbox *o);
const struct outbox_item *outbox_at(const struct outbox *o, size_t i);
const struct outbox_item *outbox_of(const struct outbox *o, uint64_t id);
size_t outbox_count(const struct outbox *o, enum outbox_state state);
/* outbox_find: the channel's one with that key; outbox_latest: that which was
 * put last for the channel, about that subject, or about any when it is empty;
 * NULL: none. */
const struct outbox_item *outbox_find(const struct outbox *o,
                                      struct str channel, struct str key);
const struct outbox_item *outbox_latest(const struct outbox *o,
                                        struct str channel, struct str subject);

/* ---- changes, as records ---- */

/* outbox_put: the record that takes a new message: channel, key, incident,
 * subject, kind, title and payload of `draft`.  RC_EXISTS when the channel had
 * that key; RC_FULL when too many wait; RC_LIMIT for a payload over
 * LIMIT_OUTBOX_PAYLOAD_BYTES. */
enum rc outbox_put(const struct outbox *o, const struct outbox_item *draft,
                   int64_t now_us, struct buf *ret_record,
                   struct why *why) MUST_CHECK;

struct outbox_change {
    uint64_t id;
    enum outbox_state state;
    int64_t at_us;
    int64_t next_us;
    uint32_t n_tries;
    struct str error;
    struct str boot; /* of OUTBOX_READY; at most OUTBOX_BOOT_MAX, else cut */
};
void outbox_mark(const struct outbox_change *change, struct buf *ret_record);

/* outbox_keep: an item as it is, as a record that needs none before it. */
void outbox_keep(const struct outbox_item *item, struct buf *ret_record);

/* outbox_apply: RC_PARSE for a record that is none; a change of an item that
 * is not there has no effect. */
enum rc outbox_apply(struct outbox *o, struct str record,
                     struct why *why) MUST_CHECK;

/* ---- decisions ---- */

/* outbox_due: the first that may be tried now: it waits, its time has come,
 * `is_free` says so of its channel, and no earlier message of its incident
 * waits for that channel (opened comes before closed).  NULL when there is
 * none: *ret_next_us is then when there may be one, INT64_MAX for never. */
typedef bool outbox_free_fn(void *arg, struct str channel);
const struct outbox_item *outbox_due(const struct outbox *o, int64_t now_us,
                                     outbox_free_fn *is_free, void *arg,
                                     int64_t *ret_next_us);

enum outbox_verdict {
    OUTBOX_ARRIVED = 1, /* the other side has it */
    OUTBOX_LATER,       /* it may go well another time */
    OUTBOX_NEVER        /* it will not */
};
struct outbox_result {
    enum outbox_verdict verdict;
    int64_t retry_after_ms; /* as the other side asked; 0: it did not */
    char error[240];        /* in words; "" when it arrived */
};
/* outbox_judge: what a try makes of an item: a doubled pause with jitter, or
 * what the other side asked for if that is longer, until
 * LIMIT_OUTBOX_GIVE_UP_S after it was put.  The change borrows from
 * `result`. */
void outbox_judge(const struct outbox_item *item,
                  const struct outbox_result *result, int64_t now_us,
                  struct rand *rand, struct outbox_change *ret);

/* outbox_recover: what becomes of one that was ready or being sent when the
 * program ended.
 *   can_repeat  whoever receives it twice can tell: it is sent again
 *   boot        this run of the machine; empty when it has no name
 * A ready one of the same run is sent, since it was not.  Else it is taken as
 * sent: nearly all of the time between a message's last byte and its answer
 * the other side has it. */
void outbox_recover(const struct outbox_item *item, bool can_repeat,
                    struct str boot, int64_t now_us, struct outbox_change *ret);

/* outbox_forget: drops what ended LIMIT_OUTBOX_KEEP_DAYS ago, and of more
 * than LIMIT_OUTBOX_ENDED_MAX the oldest.  Needs no record: what is read again
 * is forgotten again. */
void outbox_forget(struct outbox *o, int64_t now_us);

const char *outbox_state_name(enum outbox_state state);

#endif
