/* Which ids have been seen: the memory behind "the same id counts once".
 *
 * An id is unknown, then claimed by the put that brings it, then, once that
 * put is on disk, settled, and remembered by its day of arrival until that
 * day leaves the window.  A put that fails releases its claims: the id is
 * unknown again.  Who meets a claim of somebody else gets to know whose it
 * is, and must not answer before that one did.
 *
 * Days older than the window are history.h's.  Any thread: an id's state is
 * under the lock of one of 16 shards, held for well under a microsecond. */
#ifndef INTAKE_DEDUPE_H
#define INTAKE_DEDUPE_H

#include "base/attr.h"
#include "base/str.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dedupe;

/* What claims; first member of a put.  Counted, so that one who met a claim
 * can look later at what became of it. */
struct dedupe_owner {
    atomic_uint n_refs;
};

enum dedupe_state {
    DEDUPE_UNKNOWN = 1,
    DEDUPE_CLAIMED, /* not on disk yet */
    DEDUPE_SETTLED
};

/* dedupe_new: n_days is 1..LIMIT_DEDUPE_DAYS_MAX, today included.  The seed
 * is secret, so that nobody can make two ids that are taken for one. */
struct dedupe *dedupe_new(uint64_t seed, int64_t n_days);
void dedupe_free(struct dedupe **d); /* accepts NULL */

/* dedupe_hash: what stands for an id in all other calls. */
uint64_t dedupe_hash(const struct dedupe *d, struct str id);

/* dedupe_look: the state of an id.
 *   day        UTC day of now, since 1970
 *   ret_owner  set when DEDUPE_CLAIMED: with a reference, the caller's
 * dedupe_claim: likewise, and an unknown id is now claimed by `owner`, which
 * must outlive the claim. */
enum dedupe_state dedupe_look(struct dedupe *d, uint64_t hash, int64_t day,
                              struct dedupe_owner **ret_owner);
enum dedupe_state dedupe_claim(struct dedupe *d, uint64_t hash, int64_t day,
                               struct dedupe_owner *owner,
                               struct dedupe_owner **ret_owner);

/* dedupe_settle: the claim, if there was one, is on disk. dedupe_release: it
 * will not be. */
void dedupe_settle(struct dedupe *d, uint64_t hash, int64_t day);
void dedupe_release(struct dedupe *d, uint64_t hash);

/* dedupe_first_day: the oldest day of the window that ends with `day`. */
int64_t dedupe_first_day(const struct dedupe *d, int64_t day);

/* dedupe_count: settled ids, and all memory that ids take. */
void dedupe_count(struct dedupe *d, uint64_t *ret_n, uint64_t *ret_bytes);

#endif
