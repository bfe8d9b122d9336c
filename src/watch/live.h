/* The watch while time goes on: hears the last weeks once, then every hour
 * when it has ended, and the calls of runs as they come.  Asked again and
 * again, with the time; a question that fails is made up for by the next.
 *
 * Calls that come after their hour was heard are counted, and when they are
 * many all is heard anew, no more often than LIMIT_WATCH_REBUILD_S.  So is it
 * when the clock was set back.  No clock, no thread of its own; one thread. */
#ifndef WATCH_LIVE_H
#define WATCH_LIVE_H

#include "base/attr.h"
#include "base/rc.h"
#include "watch/watch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct live;
struct store_reader;
struct why;

struct live_options {
    int64_t rebuild_us; /* at least, from one rebuilding to the next */
    /* is_ended: asked while history is heard; true: give up.  May be NULL. */
    bool (*is_ended)(void *arg);
    void *arg;
};

struct live *live_new(const struct live_options *opt) RETURNS_NONNULL;
void live_free(struct live **l); /* accepts NULL */

/* live_hear: what there is up to `now_us`.
 *   ret_is_whole  the news are of all history that was heard, since all was
 *                 heard anew, not only what is new since the last call
 * What the store fails with; RC_END when is_ended said so.  What was heard
 * until then holds. */
enum rc live_hear(struct live *l, struct store_reader *reader, int64_t now_us,
                  bool *ret_is_whole, struct why *why) MUST_CHECK;

/* live_minimum: what is less a day is never told, 0 unless said; another one
 * than before is heard all anew with. */
void live_minimum(struct live *l, double usd_per_day);
/* live_again: all is heard anew the next time. */
void live_again(struct live *l);

/* The news of the last live_hear, also of one that failed, in order of time;
 * until the next. */
size_t live_n(const struct live *l);
const struct watch_alert *live_at(const struct live *l, size_t i);

/* live_from_us: since when all was heard; 0 while nothing was. */
int64_t live_from_us(const struct live *l);
/* live_silence: since when there are no calls at all, though there always are;
 * 0: there are, or nobody would wonder. */
int64_t live_silence(const struct live *l);
/* live_n_heard: how often all was. */
uint64_t live_n_heard(const struct live *l);
uint64_t live_n_left_out(const struct live *l);

#endif
