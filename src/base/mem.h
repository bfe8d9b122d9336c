/* Heap memory for things of our own size: never NULL, aborts when there is
 * none.  What is sized by input lives in a capped arena or buf instead.
 * Any thread. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/attr.h"

#include <stddef.h>

void *mem_alloc(size_t n) RETURNS_NONNULL; /* zeroed */
void *mem_array(size_t n, size_t size) RETURNS_NONNULL;
void *mem_grow(void *p, size_t n, size_t size) RETURNS_NONNULL; /* realloc */
void mem_free(void *p); /* accepts NULL */

#endif
