/* The slicing tables of CRC-32C, built by the compiler.
 *
 * The checksum is linear: the entry of a byte is the XOR of the entries of
 * its bits.  So eight constants define a table of 256, and 64 define all of
 * them.  Constant i of table k is what the bit 1 << i becomes after 8 (k + 1)
 * steps of "shift right, and XOR 0x82F63B78 if a one fell out".
 * Included by hash.c only; its test recomputes every entry bit by bit. */
#ifndef BASE_CRC32C_TABLE_H
#define BASE_CRC32C_TABLE_H

#include <stdint.h>

#define CRC_BIT(b, i, c) (((b) >> (i)&1u) * (c))
#define CRC_1(b, c0, c1, c2, c3, c4, c5, c6, c7)                    \
    CRC_BIT(b, 0, c0) ^ CRC_BIT(b, 1, c1) ^ CRC_BIT(b, 2, c2) ^     \
        CRC_BIT(b, 3, c3) ^ CRC_BIT(b, 4, c4) ^ CRC_BIT(b, 5, c5) ^ \
        CRC_BIT(b, 6, c6) ^ CRC_BIT(b, 7, c7)
#define CRC_4(b, ...)                                      \
    CRC_1((b), __VA_ARGS__), CRC_1((b) + 1u, __VA_ARGS__), \
        CRC_1((b) + 2u, __VA_ARGS__), CRC_1((b) + 3u, __VA_ARGS__)
#define CRC_16(b, ...)                                     \
    CRC_4((b), __VA_ARGS__), CRC_4((b) + 4u, __VA_ARGS__), \
        CRC_4((b) + 8u, __VA_ARGS__), CRC_4((b) + 12u, __VA_ARGS__)
#define CRC_64(b, ...)                                        \
    CRC_16((b), __VA_ARGS__), CRC_16((b) + 16u, __VA_ARGS__), \
        CRC_16((b) + 32u, __VA_ARGS__), CRC_16((b) + 48u, __VA_ARGS__)
#define CRC_256(...)                                   \
    CRC_64(0u, __VA_ARGS__), CRC_64(64u, __VA_ARGS__), \
        CRC_64(128u, __VA_ARGS__), CRC_64(192u, __VA_ARGS__)

static const uint32_t crc32c_table[8][256] = {
    {CRC_256(0xf26b8303, 0xe13b70f7, 0xc79a971f, 0x8ad958cf, 0x105ec76f,
             0x20bd8ede, 0x417b1dbc, 0x82f63b78)},
    {CRC_256(0x13a29877, 0x274530ee, 0x4e8a61dc, 0x9d14c3b8, 0x3fc5f181,
             0x7f8be302, 0xff17c604, 0xfbc3faf9)},
    {CRC_256(0xa541927e, 0x4f6f520d, 0x9edea41a, 0x38513ec5, 0x70a27d8a,
             0xe144fb14, 0xc76580d9, 0x8b277743)},
    {CRC_256(0xdd45aab8, 0xbf672381, 0x7b2231f3, 0xf64463e6, 0xe964b13d,
             0xd725148b, 0xaba65fe7, 0x52a0c93f)},
    {CRC_256(0x38116fac, 0x7022df58, 0xe045beb0, 0xc5670b91, 0x8f2261d3,
             0x1ba8b557, 0x37516aae, 0x6ea2d55c)},
    {CRC_256(0xef306b19, 0xdb8ca0c3, 0xb2f53777, 0x6006181f, 0xc00c303e,
             0x85f4168d, 0x0e045beb, 0x1c08b7d6)},
    {CRC_256(0x68032cc8, 0xd0065990, 0xa5e0c5d1, 0x4e2dfd53, 0x9c5bfaa6,
             0x3d5b83bd, 0x7ab7077a, 0xf56e0ef4)},
    {CRC_256(0x493c7d27, 0x9278fa4e, 0x211d826d, 0x423b04da, 0x847609b4,
             0x0d006599, 0x1a00cb32, 0x34019664)},
};

#endif
