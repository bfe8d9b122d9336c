/* Answers kept for as long as nothing was committed that could change them.
 *
 * Most of what is asked of a ledger is about days that are over: last week,
 * the month before, an experiment that has ended.  Such an answer holds until
 * a late event comes, so it is read once.  Every statement names the stretch
 * of time that its rows lie in (store_sql.from_us); every day has the number
 * of the last commit that added to it; an answer is as good as new while no
 * day of its stretch has a higher number than when it began to be read.
 *
 *   day       ...  26  27  28  29  30
 *   commit          3   3   7   3   9      an answer read at 5, about
 *                  |---------|             26..27: good, 26..28: not
 *
 * What changes otherwise, as by a database that was opened anew after a
 * failure, is told by kept_change_all.
 *
 * Memory: LIMIT_STORE_KEPT_BYTES in all, an answer at most an eighth of it; a
 * larger one is not kept.  Who was not asked for longest goes first.
 *
 * Threads: kept_select and kept_change_all any; the others the writer's. */
#ifndef STORE_KEPT_H
#define STORE_KEPT_H

#include "base/attr.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kept;

/* Asks the database itself; as store_select. */
typedef enum rc kept_ask_fn(void *base, const struct store_sql *sql,
                            store_row_fn *row, void *arg, struct why *why);

/* kept_new:
 *   base  what `ask` is given; outlives it */
struct kept *kept_new(size_t bytes_max, kept_ask_fn *ask, void *base);
void kept_free(struct kept **k); /* accepts NULL; nobody selects any more */

/* kept_select: the rows that the database would give, from memory where they
 * are.  A statement without a stretch of time is always asked. */
enum rc kept_select(struct kept *k, const struct store_sql *sql,
                    store_row_fn *row, void *arg, struct why *why) MUST_CHECK;

/* kept_note: a row of that time is in the open transaction.  kept_commit:
 * what was noted is there now: call it behind the commit and before anybody is
 * told of it.  kept_forget: it is not, nor will it be. */
void kept_note(struct kept *k, int64_t ts_us);
void kept_commit(struct kept *k);
void kept_forget(struct kept *k);
/* kept_change_all: no answer holds any longer. */
void kept_change_all(struct kept *k);

struct kept_stats {
    size_t n;     /* answers */
    size_t bytes; /* they take */
    uint64_t n_found, n_asked;
};
void kept_stats(struct kept *k, struct kept_stats *ret);

#endif
