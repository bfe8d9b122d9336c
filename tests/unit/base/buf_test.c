#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

static void appends(void **state)
{
    struct buf b;
    struct why why;

    (void)state;
    buf_init(&b, 1000);
    assert_str(buf_view(&b), "");
    buf_add(&b, "ab", 2);
    buf_add(&b, NULL, 0);
    buf_str(&b, STR("cd"));
    buf_str(&b, STR_EMPTY);
    buf_cz(&b, "ef");
    buf_char(&b, '\0');
    buf_char(&b, 'g');
    buf_fmt(&b, "%d-%s", 12, "x");
    assert_str(buf_view(&b), "abcdef\0g12-x");
    assert_ok(buf_rc(&b, &why), &why);
    buf_fini(&b);
}

static void writes_numbers(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    buf_u64(&b, 0);
    buf_char(&b, ' ');
    buf_u64(&b, 10);
    buf_char(&b, ' ');
    buf_u64(&b, UINT64_MAX);
    buf_char(&b, ' ');
    buf_i64(&b, 0);
    buf_char(&b, ' ');
    buf_i64(&b, -7);
    buf_char(&b, ' ');
    buf_i64(&b, INT64_MAX);
    buf_char(&b, ' ');
    buf_i64(&b, INT64_MIN);
    buf_char(&b, ' ');
    buf_i128(&b, 0);
    buf_char(&b, ' ');
    buf_i128(&b, (num_i128)INT64_MIN * 10);
    buf_char(&b, ' ');
    buf_i128(&b, (num_i128)(((num_u128)1 << 127) - 1));
    buf_char(&b, ' ');
    buf_i128(&b, -(num_i128)(((num_u128)1 << 127) - 1) - 1);
    assert_str(buf_view(&b), "0 10 18446744073709551615 0 -7 "
                             "9223372036854775807 -9223372036854775808 "
                             "0 -92233720368547758080 "
                             "170141183460469231731687303715884105727 "
                             "-170141183460469231731687303715884105728");
    buf_fini(&b);
}

static void fills_to_the_ceiling_and_not_past_it(void **state)
{
    struct buf b;
    struct why why;

    (void)state;
    for (size_t max = 0; max < 300; max++) {
        buf_init(&b, max);
        for (size_t i = 0; i < max; i++) {
            buf_char(&b, 'x');
        }
        assert_int_equal(b.n, max);
        assert_ok(buf_rc(&b, &why), &why);
        buf_char(&b, 'y');
        assert_int_equal(b.n, max);
        assert_rc(buf_rc(&b, &why), RC_LIMIT);
        buf_fini(&b);
    }
}

static void drops_all_after_the_first_overflow(void **state)
{
    struct buf b;
    struct why why;

    (void)state;
    buf_init(&b, 10);
    buf_cz(&b, "123456");
    buf_cz(&b, "12345"); /* eleven */
    buf_char(&b, 'x');   /* would fit */
    buf_fmt(&b, "%s", "y");
    buf_i64(&b, -1);
    assert_null(buf_space(&b, 1));
    assert_str(buf_view(&b), "123456");
    assert_rc(buf_rc(&b, &why), RC_LIMIT);
    assert_non_null(strstr(why.text, "10 bytes"));
    assert_rc(buf_rc(&b, NULL), RC_LIMIT);

    buf_clear(&b);
    assert_ok(buf_rc(&b, &why), &why);
    buf_cz(&b, "1234567890");
    assert_str(buf_view(&b), "1234567890");
    assert_ok(buf_rc(&b, &why), &why);
    buf_fini(&b);
}

static void keeps_numbers_whole(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 3);
    buf_i64(&b, -123);
    assert_str(buf_view(&b), "");
    assert_true(b.overflown);
    buf_fini(&b);
}

static void survives_sizes_that_would_wrap(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, SIZE_MAX);
    buf_cz(&b, "abc");
    assert_null(buf_space(&b, SIZE_MAX));
    assert_true(b.overflown);
    assert_str(buf_view(&b), "abc");
    buf_fini(&b);
}

static void formats_at_every_fill(void **state)
{
    char want[512];

    (void)state;
    memset(want, 'a', sizeof(want));
    for (size_t lead = 0; lead < 140; lead++) {
        for (int width = 0; width < 70; width += 3) {
            struct buf b;
            size_t n = lead + (size_t)width;

            buf_init(&b, n);
            buf_add(&b, want, lead);
            buf_fmt(&b, "%.*s", width, want);
            assert_false(b.overflown);
            assert_true(str_eq(buf_view(&b), (struct str){want, n}));
            buf_fmt(&b, "%c", 'z');
            assert_true(b.overflown);
            assert_int_equal(b.n, n);
            buf_fini(&b);
        }
    }
}

static void lends_space(void **state)
{
    struct buf b;
    char *space;

    (void)state;
    buf_init(&b, 100);
    assert_non_null(buf_space(&b, 0));
    space = buf_space(&b, 100);
    assert_non_null(space);
    memcpy(space, "hello", 5);
    buf_used(&b, 5);
    assert_str(buf_view(&b), "hello");
    assert_non_null(buf_space(&b, 95));
    assert_null(buf_space(&b, 96));
    assert_true(b.overflown);
    buf_fini(&b);
}

static void drops_from_the_front(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    buf_drop_front(&b, 0);
    buf_cz(&b, "0123456789");
    buf_drop_front(&b, 0);
    assert_str(buf_view(&b), "0123456789");
    buf_drop_front(&b, 7);
    assert_str(buf_view(&b), "789");
    buf_cz(&b, "ab");
    assert_str(buf_view(&b), "789ab");
    buf_drop_front(&b, 5);
    assert_str(buf_view(&b), "");
    buf_fini(&b);
}

static void grows_large(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1000 * 1000);
    for (int i = 0; i < 100 * 1000; i++) {
        buf_fmt(&b, "%09d\n", i);
    }
    assert_false(b.overflown);
    assert_int_equal(b.n, 1000 * 1000);
    assert_true(b.cap <= b.max);
    assert_str(str_sub(buf_view(&b), 543210, 10), "000054321\n");
    buf_fini(&b);
}

static void fini_accepts_the_unused(void **state)
{
    struct buf zero = {0};
    struct buf b;

    (void)state;
    buf_fini(NULL);
    buf_fini(&zero);
    buf_init(&b, 10);
    buf_cz(&b, "x");
    buf_fini(&b);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends),
        cmocka_unit_test(writes_numbers),
        cmocka_unit_test(fills_to_the_ceiling_and_not_past_it),
        cmocka_unit_test(drops_all_after_the_first_overflow),
        cmocka_unit_test(keeps_numbers_whole),
        cmocka_unit_test(survives_sizes_that_would_wrap),
        cmocka_unit_test(formats_at_every_fill),
        cmocka_unit_test(lends_space),
        cmocka_unit_test(drops_from_the_front),
        cmocka_unit_test(grows_large),
        cmocka_unit_test(fini_accepts_the_unused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
