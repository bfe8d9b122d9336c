/* Map from short text to a pointer: open addressing, keys borrowed (they must
 * outlive the map).  One thread, or many readers of a finished map. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_slot {
    struct str key; /* key.p == NULL: free; an empty key has a non-NULL p */
    void *value;
    uint64_t hash;
};

struct map {
    struct map_slot *slots;
    size_t n;
    size_t cap; /* 0 or a power of two */
};

void map_init(struct map *m);
void map_fini(struct map *m);
void *map_get(const struct map *m, struct str key); /* NULL when absent */
/* map_put: set or replace; `value` is not NULL. */
void map_put(struct map *m, struct str key, void *value);
/* map_next: walks all entries in no order; *pos starts at 0; false at the
 * end.  The map must not change meanwhile. */
bool map_next(const struct map *m, size_t *pos, struct str *ret_key,
              void **ret_value);

#endif
