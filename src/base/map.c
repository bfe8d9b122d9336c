/* Linear probing in a table kept at most three quarters full.  Nothing is
 * ever taken out, so no tombstones. */
#include "base/map.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/mem.h"

#define CAP_MIN 16

static uint64_t hash_of(struct str key)
{
    return hash_64(key.p, key.n, 0);
}

void map_init(struct map *m)
{
    *m = (struct map){.slots = NULL, .n = 0, .cap = 0};
}

void map_fini(struct map *m)
{
    if (!m) {
        return;
    }
    mem_free(m->slots);
    map_init(m);
}

/* find: the slot that holds `key` or the free one where it belongs.  The
 * table has a free slot, so the walk ends. */
static struct map_slot *find(struct map_slot *slots, size_t cap, struct str key,
                             uint64_t hash)
{
    size_t at = (size_t)hash & (cap - 1);

    while (slots[at].key.p &&
           (slots[at].hash != hash || !str_eq(slots[at].key, key))) {
        at = (at + 1) & (cap - 1);
    }
    return &slots[at];
}

void *map_get(const struct map *m, struct str key)
{
    if (m->cap == 0) {
        return NULL;
    }
    return find(m->slots, m->cap, key, hash_of(key))->value;
}

static void grow(struct map *m)
{
    size_t cap = m->cap > 0 ? m->cap * 2 : CAP_MIN;
    struct map_slot *slots = mem_array(cap, sizeof(*slots));

    for (size_t i = 0; i < m->cap; i++) {
        const struct map_slot *old = &m->slots[i];

        if (old->key.p) {
            *find(slots, cap, old->key, old->hash) = *old;
        }
    }
    mem_free(m->slots);
    m->slots = slots;
    m->cap = cap;
}

void map_put(struct map *m, struct str key, void *value)
{
    uint64_t hash = hash_of(key);
    struct map_slot *slot;

    CHECK(value != NULL);
    if (m->n >= m->cap / 4 * 3) {
        grow(m);
    }
    slot = find(m->slots, m->cap, key, hash);
    if (slot->key.p) {
        slot->value = value; /* the old key stays: equal, and lives on */
        return;
    }
    slot->key = key.p ? key : STR("");
    slot->value = value;
    slot->hash = hash;
    m->n++;
}

bool map_next(const struct map *m, size_t *pos, struct str *ret_key,
              void **ret_value)
{
    for (; *pos < m->cap; (*pos)++) {
        const struct map_slot *slot = &m->slots[*pos];

        if (slot->key.p) {
            *ret_key = slot->key;
            *ret_value = slot->value;
            (*pos)++;
            return true;
        }
    }
    return false;
}
