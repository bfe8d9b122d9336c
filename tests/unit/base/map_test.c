#include "test.h"

#include "base/arena.h"
#include "base/map.h"

static void finds_what_was_put(void **state)
{
    struct map m;
    int one = 1, two = 2;

    (void)state;
    map_init(&m);
    assert_null(map_get(&m, STR("a")));
    map_put(&m, STR("a"), &one);
    map_put(&m, STR("b"), &two);
    assert_ptr_equal(map_get(&m, STR("a")), &one);
    assert_ptr_equal(map_get(&m, STR("b")), &two);
    assert_null(map_get(&m, STR("A")));
    assert_null(map_get(&m, STR("ab")));
    assert_null(map_get(&m, STR("")));
    assert_int_equal(m.n, 2);
    map_fini(&m);
}

static void replaces(void **state)
{
    struct map m;
    int one = 1, two = 2;

    (void)state;
    map_init(&m);
    map_put(&m, STR("a"), &one);
    map_put(&m, STR("a"), &two);
    assert_ptr_equal(map_get(&m, STR("a")), &two);
    assert_int_equal(m.n, 1);
    map_fini(&m);
}

static void keeps_the_empty_key(void **state)
{
    struct map m;
    struct str key;
    size_t pos = 0;
    void *value;
    int one = 1;

    (void)state;
    map_init(&m);
    map_put(&m, STR_EMPTY, &one);
    assert_ptr_equal(map_get(&m, STR("")), &one);
    assert_ptr_equal(map_get(&m, STR_EMPTY), &one);
    assert_true(map_next(&m, &pos, &key, &value));
    assert_non_null(key.p);
    assert_int_equal(key.n, 0);
    assert_false(map_next(&m, &pos, &key, &value));
    map_fini(&m);
}

static void holds_many_and_walks_each_once(void **state)
{
    enum { N = 20000 };
    static char seen[N];
    static char values[N];
    struct arena arena;
    struct map m;
    struct str key;
    size_t pos = 0;
    size_t n = 0;
    void *value;

    (void)state;
    arena_init(&arena, SIZE_MAX);
    map_init(&m);
    for (int i = 0; i < N; i++) {
        map_put(&m, str_fmt(&arena, "key %d", i), &values[i]);
        assert_true(m.n < m.cap); /* a walk must meet a free slot */
    }
    assert_int_equal(m.n, N);
    for (int i = 0; i < N; i++) {
        assert_ptr_equal(map_get(&m, str_fmt(&arena, "key %d", i)), &values[i]);
        assert_null(map_get(&m, str_fmt(&arena, "kex %d", i)));
    }
    while (map_next(&m, &pos, &key, &value)) {
        ptrdiff_t i = (char *)value - values;

        assert_true(i >= 0 && i < N);
        assert_int_equal(seen[i], 0);
        assert_true(str_eq(key, str_fmt(&arena, "key %d", (int)i)));
        seen[i] = 1;
        n++;
    }
    assert_int_equal(n, N);
    map_fini(&m);
    arena_fini(&arena);
}

static void fini_accepts_the_unused(void **state)
{
    struct map m = {0};
    size_t pos = 0;
    struct str key;
    void *value;

    (void)state;
    map_fini(NULL);
    assert_false(map_next(&m, &pos, &key, &value));
    map_fini(&m);
    map_fini(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_put),
        cmocka_unit_test(replaces),
        cmocka_unit_test(keeps_the_empty_key),
        cmocka_unit_test(holds_many_and_walks_each_once),
        cmocka_unit_test(fini_accepts_the_unused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
