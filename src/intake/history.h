/* The ids of calls made before the window of dedupe.h: an import of last
 * year's logs must find what an earlier import of them brought, months ago.
 *
 * They are in the store, so they are read from there when an old event
 * arrives, a span of days at a time, kept while they are in use and let go
 * when they are not.  A span is what the store held when it was loaded: what
 * arrived since is in the window.  So all spans are dropped when the day
 * changes and the window moves on.
 *
 * Owns its reader of the store.  Any thread; one loads while others that ask
 * wait. */
#ifndef INTAKE_HISTORY_H
#define INTAKE_HISTORY_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct history;
struct store;
struct why;

typedef uint64_t history_hash_fn(const void *arg, struct str id);

/* history_new: `hash` and `hash_arg` are how the ids asked for were hashed.
 * Fails as opening a reader of the store does. */
enum rc history_new(struct store *store, history_hash_fn *hash,
                    const void *hash_arg, struct history **ret,
                    struct why *why) MUST_CHECK;
void history_free(struct history **h); /* accepts NULL */

struct history_question {
    uint64_t hash;    /* of the id */
    int64_t ts_us;    /* when the call was made; before first_us */
    int64_t first_us; /* where the window begins: from there on nobody asks */
    int64_t day;      /* UTC day of now */
};

/* history_has: whether the store holds a call of about that time with this
 * id.  RC_UNAVAILABLE when the store cannot be read. */
enum rc history_has(struct history *h, const struct history_question *q,
                    bool *ret_has, struct why *why) MUST_CHECK;

/* history_rest: let go of everything that was last asked for before
 * `mono_us`; false when nothing is held. */
bool history_rest(struct history *h, int64_t mono_us);

void history_count(struct history *h, uint64_t *ret_n, uint64_t *ret_bytes);

#endif
