/* Bump memory for one request or job: many small blocks, one end.
 *
 * Chunks are taken from malloc and doubled up to 1 MiB; the sum is capped.
 * Passing the cap is an ordinary failure (NULL, RC_LIMIT at the caller),
 * since what fills an arena is sized by input.  Under AddressSanitizer the
 * gap after each block is poisoned, so an overrun inside the arena stops.
 * One thread at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/attr.h"

#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *last; /* newest first */
    size_t used_bytes;        /* of all chunks, gaps included */
    size_t max_bytes;
};

void arena_init(struct arena *a, size_t max_bytes);
void arena_fini(struct arena *a);  /* accepts NULL and the never used */
void arena_reset(struct arena *a); /* empty; keeps the largest chunk */

/* arena_alloc: n zeroed bytes, aligned for any type; NULL at the cap. n == 0
 * gives a valid, unusable pointer. */
void *arena_alloc(struct arena *a, size_t n) MUST_CHECK;
/* arena_array: n zeroed members of `size` bytes; NULL at the cap or when the
 * product overflows. */
void *arena_array(struct arena *a, size_t n, size_t size) MUST_CHECK;
/* arena_copy: n bytes of p, not zero-ended; NULL at the cap. */
void *arena_copy(struct arena *a, const void *p, size_t n) MUST_CHECK;

#endif
