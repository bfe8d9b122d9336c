/* A sorted array with gaps.  An entry's home is its place in proportion to
 * its value, and it stands there or to the right of it, in order:
 *
 *   home    0   1   2   3   4   5   6   7   8   9
 *   slots | 07| 0b|   | 31| 33| 3a| 58|   | 8c|   |  ...  | 0 |
 *                       ^home of 31, 33 and 3a
 *
 * This is linear probing with the entries of a run kept sorted.  So a search
 * ends at the first greater entry, not at the end of the run: at 15 in 16
 * homes taken that is nine neighbours instead of 130.  Since the order of
 * slots is the order of values, growing, shrinking and forgetting are one
 * walk within the same array.  Refused: a table of chains or of 16-byte slots
 * (twice the memory), a power of two of homes (half empty after doubling), a
 * sorted array without gaps (an addition would move half of it).
 *
 * The last slot is always free: a search needs no other end. */
#include "intake/idset.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/num.h"

enum {
    /* Taken homes in 16 before growing by a fifth: 8 bytes become 8 * 16 / 15
     * to 1.2 times that. */
    FULL_SIXTEENTHS = 15,
    GROWTH_DIVISOR = 5,
    LEAST_GROWTH = 8,
    /* Homes that are free after forgetting, one in so many entries. */
    ROOM_DIVISOR = 8,
    /* Slots behind the last that is needed: the free one, and some for runs
     * that will reach over the last home. */
    SPARE_MIN = 8,
    SPARE_MAX = 64,
    SPARE_DIVISOR = 256,
    MALLOC_BYTES = 16 /* what the allocator keeps beside a block */
};

/* Equal hash bits have one home, so the tag is left out. */
static size_t home(uint64_t entry, size_t n_homes)
{
    return (size_t)(((num_u128)(entry & ~IDSET_TAG_MASK) * n_homes) >> 64);
}

void idset_fini(struct idset *s)
{
    mem_free(s->slots);
    *s = (struct idset){0};
}

/* The first slot from the entry's home on that is free or holds no smaller
 * entry. */
static size_t place_of(const struct idset *s, uint64_t entry)
{
    uint64_t least = entry & ~IDSET_TAG_MASK;
    size_t i = home(entry, s->n_homes);
    while (s->slots[i] != 0 && s->slots[i] < least) {
        i++;
    }
    return i;
}

bool idset_has(const struct idset *s, uint64_t entry)
{
    if (s->n == 0) {
        return false;
    }
    return (s->slots[place_of(s, entry)] ^ entry) <= IDSET_TAG_MASK;
}

/* Move the entries whose tags stay to the right end, in order; answers where
 * they begin. */
static size_t pack(struct idset *s, unsigned tags)
{
    size_t to = s->n_slots;
    for (size_t from = s->n_slots; from-- > 0;) {
        uint64_t entry = s->slots[from];
        if (entry != 0 && (tags >> (entry & IDSET_TAG_MASK) & 1) != 0) {
            s->slots[--to] = entry;
        }
    }
    return to;
}

/* Slots that n packed entries need when spread over n_homes. */
static size_t slots_for(const uint64_t *packed, size_t n, size_t n_homes)
{
    size_t end = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = home(packed[i], n_homes);
        end = (at > end ? at : end) + 1;
    }
    size_t spare = SPARE_MIN + n_homes / SPARE_DIVISOR;
    return (end > n_homes ? end : n_homes) +
           (spare < SPARE_MAX ? spare : SPARE_MAX);
}

/* Move packed entries from `from` on to their places.  None is overwritten
 * before it was read: entry i goes to from + i at most, since those right of
 * it must all find room behind it. */
static void spread(struct idset *s, size_t from)
{
    size_t end = s->n_slots;
    size_t to = 0;
    for (; from < end; from++) {
        uint64_t entry = s->slots[from];
        for (size_t at = home(entry, s->n_homes); to < at; to++) {
            s->slots[to] = 0;
        }
        s->slots[to++] = entry;
    }
    memset(s->slots + to, 0, (end - to) * sizeof(*s->slots));
}

/* Give the entries whose tags stay their places among so many homes;
 * 0: as many as they need. */
static void rebuild(struct idset *s, unsigned tags, size_t n_homes)
{
    size_t from = pack(s, tags);
    size_t n = s->n_slots - from;
    if (n_homes == 0) {
        n_homes = n + n / ROOM_DIVISOR + LEAST_GROWTH;
    }
    size_t n_slots = slots_for(s->slots + from, n, n_homes);
    if (n_slots > s->n_slots) {
        s->slots = mem_grow(s->slots, n_slots, sizeof(*s->slots));
        memmove(s->slots + (n_slots - n), s->slots + from,
                n * sizeof(*s->slots));
        from = n_slots - n;
        s->n_slots = n_slots;
    }
    s->n = n;
    s->n_homes = n_homes;
    spread(s, from);
    if (n_slots < s->n_slots) {
        s->slots = mem_grow(s->slots, n_slots, sizeof(*s->slots));
        s->n_slots = n_slots;
    }
}

static bool is_full(const struct idset *s)
{
    return s->n * 16 >= s->n_homes * FULL_SIXTEENTHS;
}

/* A free slot at or behind `i`; n_slots when the last one would go. */
static size_t free_slot(const struct idset *s, size_t i)
{
    while (s->slots[i] != 0) {
        i++;
    }
    return i + 1 < s->n_slots ? i : s->n_slots;
}

bool idset_add(struct idset *s, uint64_t entry)
{
    CHECK((entry & IDSET_TAG_MASK) != 0);
    if (idset_has(s, entry)) {
        return false;
    }
    if (is_full(s)) {
        rebuild(s, ~0U,
                s->n_homes + s->n_homes / GROWTH_DIVISOR + LEAST_GROWTH);
    }
    size_t i = place_of(s, entry);
    size_t end = free_slot(s, i);
    if (end == s->n_slots) {
        rebuild(s, ~0U, s->n_homes); /* for spare slots at the end */
        i = place_of(s, entry);
        end = free_slot(s, i);
    }
    memmove(s->slots + i + 1, s->slots + i, (end - i) * sizeof(*s->slots));
    s->slots[i] = entry;
    s->n++;
    return true;
}

void idset_keep(struct idset *s, unsigned tags)
{
    if (s->n > 0) {
        rebuild(s, tags, 0);
    }
    if (s->n == 0) {
        idset_fini(s);
    }
}

size_t idset_bytes(const struct idset *s)
{
    return s->n_slots == 0 ? 0 : s->n_slots * sizeof(*s->slots) + MALLOC_BYTES;
}
