#include "base/mem.h"

#include <stdlib.h>

#include "base/check.h"

void *mem_alloc(size_t n)
{
    return mem_array(1, n);
}

void *mem_array(size_t n, size_t size)
{
    /* One byte at least: calloc may answer 0 bytes with NULL. */
    void *memory = n == 0 || size == 0 ? calloc(1, 1) : calloc(n, size);

    CHECK(memory != NULL);
    return memory;
}

void *mem_grow(void *p, size_t n, size_t size)
{
    void *memory =
        n == 0 || size == 0 ? realloc(p, 1) : reallocarray(p, n, size);

    CHECK(memory != NULL);
    return memory;
}

void mem_free(void *p)
{
    free(p);
}
