#include "test.h"

#include "base/arena.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#endif

#define NO_CAP SIZE_MAX

static bool is_all(const unsigned char *p, size_t n, unsigned char c)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != c) {
            return false;
        }
    }
    return true;
}

static void blocks_are_zeroed_aligned_and_apart(void **state)
{
    struct arena a;
    unsigned char *blocks[300];

    (void)state;
    arena_init(&a, NO_CAP);
    for (size_t i = 0; i < 300; i++) {
        blocks[i] = arena_alloc(&a, i);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
        assert_true(is_all(blocks[i], i, 0));
        memset(blocks[i], (int)(i % 256), i);
    }
    for (size_t i = 0; i < 300; i++) {
        assert_true(is_all(blocks[i], i, (unsigned char)(i % 256)));
    }
    arena_fini(&a);
}

static void nothing_is_a_block_of_its_own(void **state)
{
    struct arena a;
    const void *p, *q;

    (void)state;
    arena_init(&a, 100);
    p = arena_alloc(&a, 0);
    q = arena_copy(&a, NULL, 0);
    assert_non_null(p);
    assert_non_null(q);
    assert_ptr_not_equal(p, q);
    arena_fini(&a);
}

static void cap_is_reached_and_not_passed(void **state)
{
    struct arena a;

    (void)state;
    for (size_t cap = 1; cap <= 100000; cap = cap * 3 + 1) {
        arena_init(&a, cap);
        assert_null(arena_alloc(&a, cap + 1));
        assert_int_equal(a.used_bytes, 0);
        assert_non_null(arena_alloc(&a, cap));
        assert_int_equal(a.used_bytes, cap);
        assert_null(arena_alloc(&a, 1));
        assert_null(arena_copy(&a, "", 0));
        arena_fini(&a);
    }
    arena_init(&a, 0);
    assert_null(arena_alloc(&a, 0));
    arena_fini(&a);
}

/* Many small blocks over many chunks: the sum never passes the cap, a refused
 * block does not harm, and little of the cap is lost to ends of chunks. */
static void cap_holds_over_chunks(void **state)
{
    struct arena a;
    size_t sum = 0;
    size_t cap = 10 * 1000 * 1000;

    (void)state;
    arena_init(&a, cap);
    while (arena_alloc(&a, 1000)) {
        sum += 1000;
        assert_true(a.used_bytes >= sum);
        assert_true(a.used_bytes <= cap);
    }
    assert_true(sum > cap / 10 * 9);
    arena_fini(&a);
}

static void large_blocks_get_a_chunk(void **state)
{
    struct arena a;
    unsigned char *small, *large, *after;

    (void)state;
    arena_init(&a, NO_CAP);
    small = arena_alloc(&a, 10);
    large = arena_alloc(&a, 3 * 1024 * 1024);
    after = arena_alloc(&a, 10);
    assert_non_null(small);
    assert_non_null(large);
    assert_non_null(after);
    memset(small, 1, 10);
    memset(after, 3, 10);
    memset(large, 2, 3 * 1024 * 1024);
    assert_true(is_all(small, 10, 1));
    assert_true(is_all(after, 10, 3));
    arena_fini(&a);
}

static void array_refuses_an_overflow(void **state)
{
    struct arena a;
    const uint64_t *p;

    (void)state;
    arena_init(&a, NO_CAP);
    assert_null(arena_array(&a, SIZE_MAX / 8 + 1, 8));
    assert_null(arena_array(&a, SIZE_MAX, SIZE_MAX));
    assert_null(arena_alloc(&a, SIZE_MAX));
    p = arena_array(&a, 100, sizeof(*p));
    assert_non_null(p);
    assert_int_equal(p[99], 0);
    assert_non_null(arena_array(&a, 0, 8));
    assert_non_null(arena_array(&a, 8, 0));
    arena_fini(&a);
}

static void copies(void **state)
{
    struct arena a;
    char text[] = "toll";
    const char *copy;

    (void)state;
    arena_init(&a, 1000);
    copy = arena_copy(&a, text, 4);
    assert_non_null(copy);
    text[0] = 'x';
    assert_memory_equal(copy, "toll", 4);
    arena_fini(&a);
}

static void reset_empties_and_keeps_the_largest(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 100 * 1000);
    for (int round = 0; round < 50; round++) {
        unsigned char *p = arena_alloc(&a, 60 * 1000);

        assert_non_null(p);
        assert_true(is_all(p, 60 * 1000, 0));
        memset(p, 0xFF, 60 * 1000);
        p = arena_alloc(&a, 30 * 1000);
        assert_non_null(p);
        memset(p, 0xFF, 30 * 1000);
        arena_reset(&a);
        assert_int_equal(a.used_bytes, 0);
        assert_non_null(a.last);
    }
    arena_fini(&a);
    arena_init(&a, 10);
    arena_reset(&a);
    assert_non_null(arena_alloc(&a, 10));
    arena_fini(&a);
}

static void fini_accepts_the_unused(void **state)
{
    struct arena zero = {0};
    struct arena a;

    (void)state;
    arena_fini(NULL);
    arena_fini(&zero);
    arena_init(&a, 10);
    arena_fini(&a);
    arena_fini(&a);
}

#ifdef HAS_ASAN
static void gaps_are_poisoned(void **state)
{
    struct arena a;
    char *stale;

    (void)state;
    arena_init(&a, NO_CAP);
    for (size_t n = 1; n <= 64; n++) {
        char *p = arena_alloc(&a, n);
        char *q = arena_alloc(&a, n);

        assert_null(__asan_region_is_poisoned(p, n));
        assert_null(__asan_region_is_poisoned(q, n));
        assert_true(__asan_address_is_poisoned(p + n));
        assert_true(__asan_address_is_poisoned(q + n));
    }
    stale = arena_alloc(&a, 8);
    arena_reset(&a);
    assert_true(__asan_address_is_poisoned(stale));
    arena_fini(&a);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zeroed_aligned_and_apart),
        cmocka_unit_test(nothing_is_a_block_of_its_own),
        cmocka_unit_test(cap_is_reached_and_not_passed),
        cmocka_unit_test(cap_holds_over_chunks),
        cmocka_unit_test(large_blocks_get_a_chunk),
        cmocka_unit_test(array_refuses_an_overflow),
        cmocka_unit_test(copies),
        cmocka_unit_test(reset_empties_and_keeps_the_largest),
        cmocka_unit_test(fini_accepts_the_unused),
#ifdef HAS_ASAN
        cmocka_unit_test(gaps_are_poisoned),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
