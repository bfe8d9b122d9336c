#include "test.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/code.h"

static void digits_count_in_either_case(void **state)
{
    static const char digits[] = "0123456789abcdef";
    (void)state;
    for (int i = 0; i < 16; i++) {
        assert_int_equal(code_hex_digit(digits[i]), i);
    }
    for (int i = 0; i < 6; i++) {
        assert_int_equal(code_hex_digit((char)('A' + i)), 10 + i);
    }
}

static void nothing_else_is_a_digit(void **state)
{
    int n = 0;
    (void)state;
    for (int c = 0; c < 256; c++) {
        n += code_hex_digit((char)c) >= 0;
    }
    assert_int_equal(n, 22);
}

static void base64_is_read(void **state)
{
    static const struct {
        const char *text;
        const char *bytes; /* NULL: it is none */
    } rows[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg", "foob"},
        {"Zm9vYmE", "fooba"},
        {"Zm9vYmFy", "foobar"},
        {"+/+/", "\xfb\xff\xbf"},
        {"-_-_", "\xfb\xff\xbf"},
        {"====", ""},
        {"Zg==Zg==", NULL},
        {"Zm 9v", NULL},
        {"Zm9v\n", NULL},
        {"Zm9\x80", NULL},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct buf b;
        buf_init(&b, 64);
        bool is_it = code_base64(str_from_cz(rows[i].text), &b);
        assert_true(is_it == (rows[i].bytes != NULL));
        assert_true(!is_it || str_eq(buf_view(&b), str_from_cz(rows[i].bytes)));
        buf_fini(&b);
    }
}

static void too_much_overflows_the_buf(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 2);
    assert_true(code_base64(STR("Zm9v"), &b));
    assert_true(b.overflown);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digits_count_in_either_case),
        cmocka_unit_test(nothing_else_is_a_digit),
        cmocka_unit_test(base64_is_read),
        cmocka_unit_test(too_much_overflows_the_buf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
