#include "capture/import/import_seen.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/why.h"

enum { CAP_MIN = 256 };

/* Any two numbers that differ. */
enum { SEED_HIGH = 1, SEED_LOW = 2 };

void import_seen_init(struct import_seen *s)
{
    *s = (struct import_seen){.slots = NULL};
}

void import_seen_fini(struct import_seen *s)
{
    if (s != NULL) {
        mem_free(s->slots);
        import_seen_init(s);
    }
}

void import_seen_clear(struct import_seen *s)
{
    import_seen_fini(s);
}

/* The slot that holds `hash`, or the free one where it belongs: one in four
 * is always free, so the walk ends. */
static struct import_seen_slot *find(struct import_seen_slot *slots, size_t cap,
                                     uint64_t hash)
{
    size_t at = (size_t)hash & (cap - 1);
    while (slots[at].n > 0 && slots[at].hash != hash) {
        at = (at + 1) & (cap - 1);
    }
    return &slots[at];
}

static void grow(struct import_seen *s)
{
    size_t cap = s->cap > 0 ? s->cap * 2 : CAP_MIN;
    struct import_seen_slot *slots = mem_array(cap, sizeof(*slots));
    for (size_t i = 0; i < s->cap; i++) {
        if (s->slots[i].n > 0) {
            *find(slots, cap, s->slots[i].hash) = s->slots[i];
        }
    }
    mem_free(s->slots);
    s->slots = slots;
    s->cap = cap;
}

enum rc import_seen_add(struct import_seen *s, struct str text, uint32_t *ret_n,
                        struct why *why)
{
    if (s->n >= s->cap / 4 * 3) {
        grow(s);
    }
    uint64_t hash = hash_64(text.p, text.n, SEED_HIGH);
    struct import_seen_slot *slot = find(s->slots, s->cap, hash);
    if (slot->n == 0 && s->n == LIMIT_IMPORT_SEEN_MAX) {
        return why_set(why, RC_LIMIT,
                       "over %d records without an id in one file",
                       LIMIT_IMPORT_SEEN_MAX);
    }
    s->n += slot->n == 0 ? 1 : 0;
    slot->hash = hash;
    slot->n += slot->n < UINT32_MAX ? 1 : 0;
    *ret_n = slot->n;
    return RC_OK;
}

size_t import_seen_id(struct str text, uint32_t n,
                      char id[IMPORT_SEEN_ID_BYTES])
{
    int len =
        snprintf(id, IMPORT_SEEN_ID_BYTES, "row-%016llx%016llx-%u",
                 (unsigned long long)hash_64(text.p, text.n, SEED_HIGH),
                 (unsigned long long)hash_64(text.p, text.n, SEED_LOW), n);
    return (size_t)len;
}
