/* What hash.c shows to its test: the checksum as machines without an
 * instruction for it compute it.  Pure, any thread. */
#ifndef BASE_HASH_PRIV_H
#define BASE_HASH_PRIV_H

#include <stddef.h>
#include <stdint.h>

uint32_t hash_crc32c_by_table(uint32_t crc, const void *p, size_t n);

#endif
