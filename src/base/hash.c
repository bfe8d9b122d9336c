#include "base/hash.h"

#include <string.h>

#include "base/attr.h"
#include "base/crc32c_table.h"
#include "base/hash_priv.h"
#include "base/num.h"

#ifdef __x86_64__
#include <nmmintrin.h>
#endif

/* Whatever the machine's byte order: what is hashed stands in files. */
static uint64_t read_u64(const unsigned char *p)
{
    uint64_t x;

    memcpy(&x, p, sizeof(x));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

static uint64_t read_u32(const unsigned char *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
           (uint64_t)p[3] << 24;
}

/* Kounavis and Berry, "A Systematic Approach to Building High Performance
 * Software-Based CRC Generators" (2005): eight bytes a step, each looked up
 * in the table of its distance from the end. */
uint32_t hash_crc32c_by_table(uint32_t crc, const void *p, size_t n)
{
    const unsigned char *at = p;

    crc = ~crc;
    for (; n >= 8; at += 8, n -= 8) {
        uint64_t x = read_u64(at) ^ crc;

        crc = 0;
        for (int i = 0; i < 8; i++) {
            crc ^= crc32c_table[7 - i][x >> (8 * i) & 0xFF];
        }
    }
    for (; n > 0; at++, n--) {
        crc = crc >> 8 ^ crc32c_table[0][(crc ^ *at) & 0xFF];
    }
    return ~crc;
}

#ifdef __x86_64__
TARGET_ISA("sse4.2")
static uint32_t crc32c_by_sse42(uint32_t crc, const void *p, size_t n)
{
    const unsigned char *at = p;
    uint64_t wide = ~crc;

    for (; n >= 8; at += 8, n -= 8) {
        wide = _mm_crc32_u64(wide, read_u64(at));
    }
    crc = (uint32_t)wide;
    for (; n > 0; at++, n--) {
        crc = _mm_crc32_u8(crc, *at);
    }
    return ~crc;
}
#endif

uint32_t hash_crc32c(uint32_t crc, const void *p, size_t n)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2")) {
        return crc32c_by_sse42(crc, p, n);
    }
#endif
    return hash_crc32c_by_table(crc, p, n);
}

/* hash_64 folds the 128-bit product of two words that hold input into one:
 * the high half depends on every bit of both.  The keys are the fractions of
 * the square roots of 61, 67, 71 and 73 (made odd): nothing was chosen. */
#define KEY_0 UINT64_C(0xcf6c85d39d1a1e15)
#define KEY_1 UINT64_C(0x2f73477d6a4563cb)
#define KEY_2 UINT64_C(0x6d1826cafd82e1ed)
#define KEY_3 UINT64_C(0x8b43d4570a51b937)

static uint64_t fold(uint64_t a, uint64_t b)
{
    num_u128 product = (num_u128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t rotl(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

uint64_t hash_64(const void *p, size_t n, uint64_t seed)
{
    const unsigned char *at = p;
    uint64_t h = fold(seed ^ KEY_0, (uint64_t)n ^ KEY_1) ^ seed;
    uint64_t a = 0;
    uint64_t b = 0;

    /* The old h is kept beside the product: a factor that happens to be zero
     * must not forget what came before. */
    for (; n > 16; at += 16, n -= 16) {
        h = fold(read_u64(at) ^ KEY_1, read_u64(at + 8) ^ h) ^ rotl(h, 23);
    }
    /* At most 16 bytes are left; reads overlap, n was mixed in above. */
    if (n >= 8) {
        a = read_u64(at);
        b = read_u64(at + n - 8);
    } else if (n >= 4) {
        a = read_u32(at);
        b = read_u32(at + n - 4);
    } else if (n > 0) {
        a = (uint64_t)at[0] << 16 | (uint64_t)at[n / 2] << 8 | at[n - 1];
    }
    h = fold(a ^ KEY_2, b ^ h) ^ rotl(h, 23);
    /* Each step can be undone, so the end adds no collisions of its own. */
    h = (h ^ h >> 32) * KEY_3;
    h = (h ^ h >> 29) * KEY_1;
    return h ^ h >> 32;
}
