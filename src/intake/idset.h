/* A set of ids as fingerprints, in 8.6 to 10.3 bytes each once it holds some
 * hundreds, and growing without a second copy: memory is what bounds how long
 * ids can be remembered.
 *
 * An entry is 60 bits of an id's hash and, below them, a tag of 1..15 that
 * says when the id may be forgotten.  Equal hash bits are one entry, whatever
 * the tag.  One thread at a time. */
#ifndef INTAKE_IDSET_H
#define INTAKE_IDSET_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDSET_TAG_MASK UINT64_C(15)

struct idset { /* zeroed is empty */
    uint64_t *slots;
    size_t n;
    size_t n_homes;
    size_t n_slots;
};

void idset_fini(struct idset *s);

/* idset_has: whether an entry of these hash bits is there; any tag asks. */
bool idset_has(const struct idset *s, uint64_t entry);
/* idset_add: the tag is not 0.  False when it was there; it then keeps its
 * tag. */
bool idset_add(struct idset *s, uint64_t entry);
/* idset_keep: forget every entry whose tag has no bit in `tags` (bit t for
 * tag t), and give back memory. */
void idset_keep(struct idset *s, unsigned tags);

size_t idset_bytes(const struct idset *s); /* without the struct itself */

#endif
