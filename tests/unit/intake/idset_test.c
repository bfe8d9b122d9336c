#include "test.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/rand.h"
#include "intake/idset.h"

static uint64_t entry_of(struct rand *r, uint64_t tag)
{
    return (rand_u64(r) & ~IDSET_TAG_MASK) | tag;
}

/* The promise: in order, none lost, nothing but free slots at the end. */
static void assert_sound(const struct idset *s)
{
    uint64_t last = 0;
    size_t n = 0;
    for (size_t i = 0; i < s->n_slots; i++) {
        if (s->slots[i] != 0) {
            assert_true(s->slots[i] > last);
            last = s->slots[i];
            n++;
        }
    }
    assert_int_equal(n, s->n);
    assert_true(s->n_slots == 0 || s->slots[s->n_slots - 1] == 0);
}

static void an_empty_set_holds_nothing(void **state)
{
    (void)state;
    struct idset s = {0};
    assert_false(idset_has(&s, 0));
    assert_false(idset_has(&s, UINT64_MAX));
    assert_int_equal(idset_bytes(&s), 0);
    idset_keep(&s, ~0U);
    assert_int_equal(s.n, 0);
    idset_fini(&s);
}

static void what_was_added_is_there(void **state)
{
    (void)state;
    struct idset s = {0};
    assert_true(idset_add(&s, 0x101));
    assert_true(idset_has(&s, 0x101));
    assert_false(idset_has(&s, 0x201));
    assert_false(idset_add(&s, 0x101));
    assert_int_equal(s.n, 1);
    idset_fini(&s);
}

static void the_tag_is_no_part_of_an_entrys_identity(void **state)
{
    (void)state;
    struct idset s = {0};
    assert_true(idset_add(&s, 0x103));
    assert_false(idset_add(&s, 0x107));
    assert_true(idset_has(&s, 0x100));
    idset_keep(&s, 1U << 7);
    assert_int_equal(s.n, 0);
    idset_fini(&s);
}

static void the_least_and_the_greatest_entry_find_room(void **state)
{
    (void)state;
    struct idset s = {0};
    for (uint64_t i = 0; i < 1000; i++) {
        assert_true(idset_add(&s, (i << 4) | 1));
        assert_true(idset_add(&s, (UINT64_MAX - (i << 4)) & ~UINT64_C(14)));
    }
    assert_sound(&s);
    for (uint64_t i = 0; i < 1000; i++) {
        assert_true(idset_has(&s, i << 4));
        assert_true(idset_has(&s, UINT64_MAX - (i << 4)));
    }
    assert_false(idset_has(&s, UINT64_C(1000) << 4));
    idset_fini(&s);
}

/* Against a sorted array, at every size up to some thousand. */
static void it_agrees_with_a_plain_set(void **state)
{
    (void)state;
    enum { N = 3000 };
    static uint64_t plain[N];
    struct rand r;
    struct idset s = {0};
    rand_init(&r, 7);
    for (size_t n = 0; n < N; n++) {
        /* Few high bits now and then: long runs. */
        uint64_t entry = entry_of(&r, 1 + n % 15);
        plain[n] = n % 3 == 0 ? (entry >> 30 & ~IDSET_TAG_MASK) | 5 : entry;
        bool is_new = true;
        for (size_t i = 0; i < n; i++) {
            is_new = is_new && (plain[i] ^ plain[n]) > IDSET_TAG_MASK;
        }
        assert_int_equal(idset_has(&s, plain[n]), !is_new);
        assert_int_equal(idset_add(&s, plain[n]), is_new);
        assert_true(idset_has(&s, plain[n]));
        assert_false(idset_has(&s, entry_of(&r, 1)));
        if (n % 100 == 0) {
            assert_sound(&s);
        }
    }
    for (size_t i = 0; i < N; i++) {
        assert_true(idset_has(&s, plain[i]));
    }
    idset_fini(&s);
}

static void keeping_forgets_the_other_tags(void **state)
{
    (void)state;
    enum { N = 20000 };
    static uint64_t entries[N];
    struct rand r;
    struct idset s = {0};
    rand_init(&r, 8);
    for (size_t i = 0; i < N; i++) {
        entries[i] = entry_of(&r, 1 + i % 15);
        assert_true(idset_add(&s, entries[i]));
    }
    size_t bytes = idset_bytes(&s);
    unsigned tags = 1U << 1 | 1U << 4 | 1U << 15;
    idset_keep(&s, tags);
    assert_sound(&s);
    for (size_t i = 0; i < N; i++) {
        bool is_kept = (tags >> (entries[i] & IDSET_TAG_MASK) & 1) != 0;
        assert_int_equal(idset_has(&s, entries[i]), is_kept);
    }
    assert_true(idset_bytes(&s) < bytes / 4);
    for (size_t i = 0; i < N; i++) { /* and they can come back */
        (void)idset_add(&s, entries[i]);
        assert_true(idset_has(&s, entries[i]));
    }
    assert_int_equal(s.n, N);
    idset_keep(&s, 0);
    assert_int_equal(idset_bytes(&s), 0);
    idset_fini(&s);
}

static void memory_follows_the_number_of_entries(void **state)
{
    (void)state;
    struct rand r;
    struct idset s = {0};
    rand_init(&r, 9);
    for (size_t n = 1; n <= 300000; n++) {
        (void)idset_add(&s, entry_of(&r, 1));
        if (n >= 1000) {
            double each = (double)idset_bytes(&s) / (double)n;
            assert_true(each < 10.6);
            assert_true(n < 5000 || each < 10.4);
        }
    }
    assert_sound(&s);
    idset_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_set_holds_nothing),
        cmocka_unit_test(what_was_added_is_there),
        cmocka_unit_test(the_tag_is_no_part_of_an_entrys_identity),
        cmocka_unit_test(the_least_and_the_greatest_entry_find_room),
        cmocka_unit_test(it_agrees_with_a_plain_set),
        cmocka_unit_test(keeping_forgets_the_other_tags),
        cmocka_unit_test(memory_follows_the_number_of_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
