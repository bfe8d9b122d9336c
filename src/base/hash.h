/* Checksums and hashes.  Pure, any thread. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* hash_crc32c: CRC-32C (Castagnoli, RFC 3720), continuing from `crc` (start
 * with 0). */
uint32_t hash_crc32c(uint32_t crc, const void *p, size_t n);

/* hash_64: well-mixed 64 bits of the bytes under `seed`, the same on every
 * machine and in every release: it stands in files (dedupe).  Not for
 * hostile input that must not collide unless the seed is secret. */
uint64_t hash_64(const void *p, size_t n, uint64_t seed);

#endif
