#include "watch/watch_names.h"

#include "base/mem.h"

#include <string.h>

enum { BYTES_A_NAME = 1024 };

void watch_names_init(struct watch_names *t, size_t max)
{
    *t = (struct watch_names){.max = max};
    map_init(&t->map);
    arena_init(&t->arena, max * BYTES_A_NAME);
}

void watch_names_fini(struct watch_names *t)
{
    map_fini(&t->map);
    arena_fini(&t->arena);
    mem_free(t->text);
}

uint32_t watch_names_find(const struct watch_names *t, struct str name)
{
    struct str key = {.p = name.n > 0 ? name.p : "", .n = name.n};
    const uint32_t *at = map_get(&t->map, key);

    return at == NULL ? WATCH_NO_NAME : *at;
}

uint32_t watch_names_add(struct watch_names *t, struct str name)
{
    uint32_t found = watch_names_find(t, name);
    struct str copy = STR_EMPTY;
    uint32_t *number;

    if (found != WATCH_NO_NAME || t->n == t->max ||
        str_dup(&t->arena, name, &copy) != RC_OK) {
        return found;
    }
    number = arena_alloc(&t->arena, sizeof *number);
    if (number == NULL) {
        return WATCH_NO_NAME;
    }
    *number = (uint32_t)t->n;
    if (copy.p == NULL) {
        copy.p = "";
    }
    if (t->n == t->cap) {
        t->cap = t->cap == 0 ? 64 : t->cap * 2;
        t->text = mem_grow(t->text, t->cap, sizeof *t->text);
    }
    t->text[t->n] = copy;
    map_put(&t->map, copy, number);
    return (uint32_t)t->n++;
}

uint32_t watch_names_pair(struct watch_names *t, uint32_t a, uint32_t b)
{
    uint32_t key[2] = {a, b};
    char text[sizeof key];

    memcpy(text, key, sizeof key);
    return watch_names_add(t, (struct str){.p = text, .n = sizeof text});
}
