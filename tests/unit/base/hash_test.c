#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/crc32c_table.h"
#include "base/hash.h"
#include "base/hash_priv.h"
#include "base/rand.h"

/* The checksum as it is defined: one bit a step. */
static uint32_t crc32c_by_bits(uint32_t crc, const unsigned char *p, size_t n)
{
    crc = ~crc;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78 : 0);
        }
    }
    return ~crc;
}

static void fill(unsigned char *p, size_t n, uint64_t seed)
{
    struct rand r;

    rand_init(&r, seed);
    for (size_t i = 0; i < n; i++) {
        p[i] = (unsigned char)rand_below(&r, 256);
    }
}

static void assert_crc(const void *p, size_t n, uint32_t want)
{
    assert_int_equal(hash_crc32c(0, p, n), want);
    assert_int_equal(hash_crc32c_by_table(0, p, n), want);
    assert_int_equal(crc32c_by_bits(0, p, n), want);
}

/* RFC 3720, appendix B.4; it prints the bytes in the order of the wire. */
static void crc32c_meets_rfc_3720(void **state)
{
    static const unsigned char scsi_read[48] = {
        0x01,        0xC0,        [16] = 0x14, [22] = 0x04,
        [27] = 0x14, [31] = 0x18, 0x28,        [40] = 0x02,
    };
    unsigned char bytes[32];

    (void)state;
    memset(bytes, 0, sizeof(bytes));
    assert_crc(bytes, sizeof(bytes), 0x8A9136AA);
    memset(bytes, 0xFF, sizeof(bytes));
    assert_crc(bytes, sizeof(bytes), 0x62A8AB43);
    for (int i = 0; i < 32; i++) {
        bytes[i] = (unsigned char)i;
    }
    assert_crc(bytes, sizeof(bytes), 0x46DD794E);
    for (int i = 0; i < 32; i++) {
        bytes[i] = (unsigned char)(31 - i);
    }
    assert_crc(bytes, sizeof(bytes), 0x113FDB5C);
    assert_crc(scsi_read, sizeof(scsi_read), 0xD9963A56);
    assert_crc("123456789", 9, 0xE3069283); /* the catalogues' check value */
    assert_crc("", 0, 0);
    assert_int_equal(hash_crc32c(0, NULL, 0), 0);
}

static void crc32c_table_is_its_definition(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 8; k++) {
        for (uint32_t b = 0; b < 256; b++) {
            uint32_t crc = b;

            for (uint32_t bit = 0; bit < 8 * (k + 1); bit++) {
                crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78 : 0);
            }
            assert_int_equal(crc32c_table[k][b], crc);
        }
    }
}

static void crc32c_is_the_same_at_every_length_and_start(void **state)
{
    unsigned char bytes[200];

    (void)state;
    fill(bytes, sizeof(bytes), 1);
    for (size_t from = 0; from < 9; from++) {
        for (size_t n = 0; n + from <= sizeof(bytes); n++) {
            uint32_t want = crc32c_by_bits(0, bytes + from, n);

            assert_int_equal(hash_crc32c(0, bytes + from, n), want);
            assert_int_equal(hash_crc32c_by_table(0, bytes + from, n), want);
        }
    }
}

static void crc32c_continues(void **state)
{
    unsigned char bytes[100];
    uint32_t whole;

    (void)state;
    fill(bytes, sizeof(bytes), 2);
    whole = hash_crc32c(0, bytes, sizeof(bytes));
    for (size_t n = 0; n <= sizeof(bytes); n++) {
        uint32_t head = hash_crc32c(0, bytes, n);

        assert_int_equal(hash_crc32c(head, bytes + n, sizeof(bytes) - n),
                         whole);
        assert_int_equal(
            hash_crc32c_by_table(head, bytes + n, sizeof(bytes) - n), whole);
    }
}

/* Computed by another implementation (Python's whole numbers).  These stand
 * in files: should this fail, the function is wrong and not the test. */
static void hash_64_stays_as_it_is(void **state)
{
    static const struct {
        size_t n;
        uint64_t want;
    } rows[] = {
        {0, UINT64_C(0xa02b9e708b15cd4f)},  {1, UINT64_C(0xa6f540604ff754d9)},
        {2, UINT64_C(0x97c26f01abde7877)},  {3, UINT64_C(0xf451f03e329ff9ac)},
        {4, UINT64_C(0xa8b4e9d481d69af9)},  {7, UINT64_C(0x7eee42f657e53fc3)},
        {8, UINT64_C(0xdf084fa41968c67d)},  {15, UINT64_C(0x23d783016cc585d6)},
        {16, UINT64_C(0x6e5288ebf24b8254)}, {17, UINT64_C(0xf59ca667de8253b1)},
        {31, UINT64_C(0x5e5c0147346ea5e6)}, {32, UINT64_C(0xc93dae4d5ae0ee48)},
        {33, UINT64_C(0xf6029a6664bdc055)}, {100, UINT64_C(0x7802610fec67a9bb)},
    };
    unsigned char bytes[100];
    unsigned char moved[101];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(i * 7 + 1);
    }
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        assert_true(hash_64(bytes, rows[i].n, 0x746f6c6c) == rows[i].want);
        /* Nor does it matter where the bytes lie. */
        memcpy(moved + 1, bytes, rows[i].n);
        assert_true(hash_64(moved + 1, rows[i].n, 0x746f6c6c) == rows[i].want);
    }
    assert_true(hash_64(NULL, 0, 0x746f6c6c) == rows[0].want);
}

/* Any bit of the input or the seed changes each bit of the result in about
 * half of the cases: of 2,000 trials, 1000 +- 5.4 deviations of 22. */
static void hash_64_mixes_every_bit(void **state)
{
    static const size_t sizes[] = {1, 3, 4, 8, 12, 16, 17, 24, 40};
    enum { TRIALS = 2000 };

    (void)state;
    for (size_t k = 0; k < ARRAY_N(sizes); k++) {
        for (size_t bit = 0; bit < 8 * sizes[k] + 64; bit += 5) {
            int flips[64] = {0};

            for (uint64_t t = 0; t < TRIALS; t++) {
                unsigned char bytes[40];
                uint64_t seed = t * 77;
                uint64_t changed;

                fill(bytes, sizes[k], t);
                changed = hash_64(bytes, sizes[k], seed);
                if (bit < 64) {
                    seed ^= UINT64_C(1) << bit;
                } else {
                    bytes[(bit - 64) / 8] ^= (unsigned char)(1 << bit % 8);
                }
                changed ^= hash_64(bytes, sizes[k], seed);
                for (int i = 0; i < 64; i++) {
                    flips[i] += (int)(changed >> i & 1);
                }
            }
            /* 8 bits of input are 256 inputs; the seeds make the rest. */
            for (int i = 0; i < 64; i++) {
                assert_in_range(flips[i], 880, 1120);
            }
        }
    }
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* 100,000 texts that differ in little; by chance two of them would meet in
 * one of four billion tries. */
static void hash_64_keeps_similar_texts_apart(void **state)
{
    enum { N = 100000 };
    static uint64_t hashes[N];

    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        char text[24];
        int n = snprintf(text, sizeof(text), "msg_%06u_%u", i, i % 10);

        hashes[i] = hash_64(text, (size_t)n, 0);
    }
    qsort(hashes, N, sizeof(hashes[0]), by_value);
    for (size_t i = 1; i < N; i++) {
        assert_true(hashes[i] != hashes[i - 1]);
    }
}

/* Zeros of every length, alone and behind a word that makes a factor zero. */
static void hash_64_tells_lengths_and_starts_apart(void **state)
{
    enum { N = 64 };
    unsigned char bytes[N] = {0};
    uint64_t hashes[2 * N];

    (void)state;
    for (size_t n = 0; n < N; n++) {
        hashes[n] = hash_64(bytes, n, 0);
    }
    memcpy(bytes, "\xcb\x63\x45\x6a\x7d\x47\x73\x2f", 8); /* KEY_1 */
    for (size_t n = 0; n < N; n++) {
        bytes[40] = (unsigned char)n;
        hashes[N + n] = hash_64(bytes, N, n);
    }
    qsort(hashes, ARRAY_N(hashes), sizeof(hashes[0]), by_value);
    for (size_t i = 1; i < ARRAY_N(hashes); i++) {
        assert_true(hashes[i] != hashes[i - 1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc32c_meets_rfc_3720),
        cmocka_unit_test(crc32c_table_is_its_definition),
        cmocka_unit_test(crc32c_is_the_same_at_every_length_and_start),
        cmocka_unit_test(crc32c_continues),
        cmocka_unit_test(hash_64_stays_as_it_is),
        cmocka_unit_test(hash_64_mixes_every_bit),
        cmocka_unit_test(hash_64_keeps_similar_texts_apart),
        cmocka_unit_test(hash_64_tells_lengths_and_starts_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
