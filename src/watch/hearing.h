/* Rows on their way to a watch: those of a span are kept, since each kind
 * comes by itself, then heard hour by hour in order, as they would have been
 * live.  Nothing is heard of a span that fails before its end.
 *
 * Of the hour that is going on the calls of runs may be heard before it ends;
 * what was is remembered, so that the whole hour adds only the rest.  One
 * thread. */
#ifndef WATCH_HEARING_H
#define WATCH_HEARING_H

#include "base/arena.h"
#include "base/buf.h"
#include "query/query_hours.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct watch;

struct hearing_part { /* of a run's five minutes */
    uint64_t key;     /* 0: free */
    int64_t n;
    double cost;
};

struct hearing {
    struct watch *watch;
    int64_t next_hour;  /* to be heard; INT64_MIN: nothing was yet */
    int64_t n_calls;    /* heard */
    struct arena arena; /* the span's text */
    struct buf hour, crowd, payer, piece;
    struct hearing_part *part; /* of the hour that is going on */
    size_t n_parts, cap_parts;
    /* Asked before a span is heard; true: give up.  May be NULL. */
    bool (*is_ended)(void *arg);
    void *arg;
};

/*   watch  borrowed until hearing_fini */
void hearing_init(struct hearing *h, struct watch *watch);
void hearing_fini(struct hearing *h); /* accepts the zeroed */

/* hearing_sink: for query_hours, of hours that were not heard yet; those
 * between two spans pass in silence. */
struct usage_hours_sink hearing_sink(struct hearing *h);
/* hearing_drop: forgets the rows of a span that failed. */
void hearing_drop(struct hearing *h);
/* hearing_silence: nothing was called until the beginning of `hour`. */
void hearing_silence(struct hearing *h, int64_t hour);

/* hearing_now: five minutes of next_hour as they stand, perhaps heard in part
 * before; others are passed over.  A row function of query_pieces. */
enum rc hearing_now(void *hearing, const struct usage_piece *row,
                    struct why *why);

#endif
