/* How often each text was met in one file: records without an id of their
 * own get one made of their content and of which of the equal records they
 * are, so that importing the file again gives the same ids.  One thread. */
#ifndef CAPTURE_IMPORT_SEEN_H
#define CAPTURE_IMPORT_SEEN_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

struct why;

struct import_seen_slot {
    uint64_t hash;
    uint32_t n; /* 0: free */
};

struct import_seen {
    struct import_seen_slot *slots;
    size_t n;
    size_t cap; /* 0 or a power of two */
};

void import_seen_init(struct import_seen *s);
void import_seen_fini(struct import_seen *s);  /* accepts NULL */
void import_seen_clear(struct import_seen *s); /* for the next file */

/* import_seen_add: *ret_n is 1 for a text never met.  Told apart by 64-bit
 * hash: two texts that share one only number each other on, which harms
 * nothing since ids hold 128 bits.  RC_LIMIT over LIMIT_IMPORT_SEEN_MAX. */
enum rc import_seen_add(struct import_seen *s, struct str text, uint32_t *ret_n,
                        struct why *why) MUST_CHECK;

/* import_seen_id: the id of the n-th record of that text, written to `id`;
 * how many bytes it has. */
enum { IMPORT_SEEN_ID_BYTES = 64 };
size_t import_seen_id(struct str text, uint32_t n,
                      char id[IMPORT_SEEN_ID_BYTES]);

#endif
