/* A chunk is a header and its bytes; blocks are cut off its front.
 *
 *   last -> [prev|cap|used| block gap block gap ...free... ] -> prev -> ...
 *
 * When a block does not fit, a new chunk begins and what is left of the old
 * one counts as a gap.  So the sum of all chunks, not only of the blocks,
 * stays within the cap. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif

#define ALIGN alignof(max_align_t)
/* With its head and malloc's no more than what glibc keeps at hand for each
 * thread, 1,032 bytes: a call's arena holds a few hundred. */
#define CHUNK_MIN ((size_t)960)
#define CHUNK_MAX ((size_t)1024 * 1024)

struct arena_chunk {
    struct arena_chunk *prev;
    size_t cap;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>

#define GAP_MIN ALIGN /* a block that fills its last unit has one too */

static void poison(void *p, size_t n)
{
    memset(p, 0xA5, n); /* nobody shall rely on what is in there either */
    __asan_poison_memory_region(p, n);
}

static void unpoison(void *p, size_t n)
{
    __asan_unpoison_memory_region(p, n);
}
#else
#define GAP_MIN ((size_t)0)

static void poison(UNUSED void *p, UNUSED size_t n)
{
}

static void unpoison(UNUSED void *p, UNUSED size_t n)
{
}
#endif

void arena_init(struct arena *a, size_t max_bytes)
{
    /* Half the address space stands for "no cap", so that sums below it
     * cannot wrap. */
    size_t max = max_bytes < SIZE_MAX / 2 ? max_bytes : SIZE_MAX / 2;

    *a = (struct arena){.last = NULL, .used_bytes = 0, .max_bytes = max};
}

static void chunk_free(struct arena_chunk *c)
{
    unpoison(c->bytes, c->cap);
    free(c);
}

void arena_fini(struct arena *a)
{
    if (!a) {
        return;
    }
    while (a->last) {
        struct arena_chunk *c = a->last;

        a->last = c->prev;
        chunk_free(c);
    }
    a->used_bytes = 0;
}

void arena_reset(struct arena *a)
{
    struct arena_chunk *largest = NULL;

    while (a->last) {
        struct arena_chunk *c = a->last;

        a->last = c->prev;
        if (!largest || c->cap > largest->cap) {
            struct arena_chunk *smaller = largest;

            largest = c;
            c = smaller;
        }
        if (c) {
            chunk_free(c);
        }
    }
    if (largest) {
        largest->prev = NULL;
        largest->used = 0;
        unpoison(largest->bytes, largest->cap);
        poison(largest->bytes, largest->cap);
    }
    a->last = largest;
    a->used_bytes = 0;
}

/* add_chunk: a new last chunk with room for `need` bytes; false at the cap. */
static bool add_chunk(struct arena *a, size_t need)
{
    size_t waste = a->last ? a->last->cap - a->last->used : 0;
    size_t left = a->max_bytes - a->used_bytes;
    size_t cap = a->last ? a->last->cap * 2 : CHUNK_MIN;
    struct arena_chunk *c;

    if (left < waste || left - waste < need) {
        return false;
    }
    left -= waste;
    cap = cap < CHUNK_MAX ? cap : CHUNK_MAX;
    cap = cap < left ? cap : left;
    cap = cap > need ? cap : need;
    c = malloc(sizeof(*c) + cap);
    if (!c) {
        return false;
    }
    c->prev = a->last;
    c->cap = cap;
    c->used = 0;
    poison(c->bytes, cap);
    a->last = c;
    a->used_bytes += waste;
    return true;
}

/* take: n bytes at an aligned start, of any content. */
static void *take(struct arena *a, size_t n)
{
    struct arena_chunk *c = a->last;
    size_t start = 0;

    n = n > 0 ? n : 1; /* so that no two blocks are one */
    if (c && c->used > 0) {
        start = (c->used + GAP_MIN + ALIGN - 1) / ALIGN * ALIGN;
    }
    if (!c || start > c->cap || n > c->cap - start) {
        if (!add_chunk(a, n)) {
            return NULL;
        }
        c = a->last;
        start = 0;
    }
    a->used_bytes += start + n - c->used;
    c->used = start + n;
    unpoison(c->bytes + start, n);
    return c->bytes + start;
}

void *arena_alloc(struct arena *a, size_t n)
{
    void *block = take(a, n);

    if (block) {
        memset(block, 0, n);
    }
    return block;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
    if (size > 0 && n > SIZE_MAX / size) {
        return NULL;
    }
    return arena_alloc(a, n * size);
}

void *arena_copy(struct arena *a, const void *p, size_t n)
{
    void *block = take(a, n);

    if (block && n > 0) {
        memcpy(block, p, n);
    }
    return block;
}
