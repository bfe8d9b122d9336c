#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

static void slices(void **state)
{
    struct str s = STR("hello");

    (void)state;
    assert_str(str_from_cz("abc"), "abc");
    assert_null(str_from_cz(NULL).p);
    assert_str(str_from_cz(NULL), "");
    assert_str(str_sub(s, 1, 3), "ell");
    assert_str(str_sub(s, 1, SIZE_MAX), "ello");
    assert_str(str_sub(s, 5, 1), "");
    assert_str(str_sub(s, SIZE_MAX, SIZE_MAX), "");
    assert_str(str_sub(STR_EMPTY, 1, 1), "");
}

static void compares(void **state)
{
    (void)state;
    assert_true(str_eq(STR(""), STR_EMPTY));
    assert_true(str_eq(STR("a\0b"), STR("a\0b")));
    assert_false(str_eq(STR("a\0b"), STR("a\0c")));
    assert_false(str_eq(STR("a"), STR("ab")));
    assert_false(str_eq(STR("a"), STR("A")));

    assert_true(str_eq_nocase(STR("GPT-4o"), STR("gpt-4O")));
    assert_false(str_eq_nocase(STR("gpt"), STR("gpt4")));
    assert_false(str_eq_nocase(STR("@"), STR("`")));
    assert_false(str_eq_nocase(STR("["), STR("{")));
    assert_false(str_eq_nocase(STR("\xC3\x84"), STR("\xC3\xA4"))); /* Ae */

    assert_true(str_cmp(STR("a"), STR("b")) < 0);
    assert_true(str_cmp(STR("b"), STR("a")) > 0);
    assert_true(str_cmp(STR("a"), STR("a")) == 0);
    assert_true(str_cmp(STR("a"), STR("ab")) < 0);
    assert_true(str_cmp(STR("ab"), STR("a")) > 0);
    assert_true(str_cmp(STR("\x7F"), STR("\x80")) < 0); /* bytes, unsigned */
    assert_true(str_cmp(STR_EMPTY, STR("")) == 0);
    assert_true(str_cmp(STR_EMPTY, STR("a")) < 0);
}

static void starts_and_ends(void **state)
{
    (void)state;
    assert_true(str_starts(STR("hello"), STR("he")));
    assert_true(str_starts(STR("hello"), STR("")));
    assert_true(str_starts(STR("hello"), STR("hello")));
    assert_false(str_starts(STR("hello"), STR("hello!")));
    assert_false(str_starts(STR("hello"), STR("el")));
    assert_true(str_ends(STR("hello"), STR("lo")));
    assert_true(str_ends(STR("hello"), STR_EMPTY));
    assert_false(str_ends(STR("hello"), STR("ell")));
    assert_false(str_ends(STR("lo"), STR("hello")));
    assert_true(str_ends(STR_EMPTY, STR_EMPTY));
    assert_true(str_starts_nocase(STR("Bearer x"), STR("bEARER ")));
    assert_false(str_starts_nocase(STR("Bear"), STR("bearer")));
}

static void finds(void **state)
{
    struct str s = STR("abcabc");

    (void)state;
    assert_int_equal(str_find(s, STR("bc"), 0), 1);
    assert_int_equal(str_find(s, STR("bc"), 1), 1);
    assert_int_equal(str_find(s, STR("bc"), 2), 4);
    assert_true(str_find(s, STR("bc"), 5) == SIZE_MAX);
    assert_true(str_find(s, STR("bcd"), 0) == SIZE_MAX);
    assert_true(str_find(s, STR("abcabcd"), 0) == SIZE_MAX);
    assert_int_equal(str_find(s, STR(""), 3), 3);
    assert_int_equal(str_find(s, STR(""), 6), 6);
    assert_true(str_find(s, STR(""), 7) == SIZE_MAX);
    assert_int_equal(str_find(STR_EMPTY, STR_EMPTY, 0), 0);
    assert_true(str_find(STR_EMPTY, STR("a"), 0) == SIZE_MAX);

    assert_int_equal(str_find_char(s, 'c', 0), 2);
    assert_int_equal(str_find_char(s, 'c', 3), 5);
    assert_true(str_find_char(s, 'c', 6) == SIZE_MAX);
    assert_true(str_find_char(s, 'c', SIZE_MAX) == SIZE_MAX);
    assert_true(str_find_char(STR_EMPTY, 'c', 0) == SIZE_MAX);
    assert_int_equal(str_find_char(STR("a\xFF"), '\xFF', 0), 1);
}

static void trims(void **state)
{
    (void)state;
    assert_str(str_trim(STR(" \t\r\n\v\fa b \n")), "a b");
    assert_str(str_trim(STR(" \n ")), "");
    assert_str(str_trim(STR_EMPTY), "");
    assert_str(str_trim(STR("\0 ")), "\0");
    assert_str(str_trim(STR("\xC2\xA0")), "\xC2\xA0");
}

static void cuts(void **state)
{
    struct str rest = STR("a,,b,");
    struct str head;

    (void)state;
    assert_true(str_cut(&rest, ',', &head));
    assert_str(head, "a");
    assert_true(str_cut(&rest, ',', &head));
    assert_str(head, "");
    assert_true(str_cut(&rest, ',', &head));
    assert_str(head, "b");
    assert_true(str_cut(&rest, ',', &head));
    assert_str(head, "");
    assert_null(rest.p);
    assert_false(str_cut(&rest, ',', &head));

    rest = STR("");
    assert_true(str_cut(&rest, ',', &head));
    assert_str(head, "");
    assert_false(str_cut(&rest, ',', &head));
    rest = STR_EMPTY;
    assert_false(str_cut(&rest, ',', &head));
}

static void knows_valid_utf8(void **state)
{
    static const char *const texts[] = {
        "",
        "plain ASCII of more than eight bytes",
        "\x7F",
        "\xC2\x80",         /* U+0080, least of two bytes */
        "\xDF\xBF",         /* U+07FF */
        "\xE0\xA0\x80",     /* U+0800, least of three */
        "\xED\x9F\xBF",     /* U+D7FF, last before the surrogates */
        "\xEE\x80\x80",     /* U+E000, first behind them */
        "\xEF\xBF\xBF",     /* U+FFFF */
        "\xF0\x90\x80\x80", /* U+10000, least of four */
        "\xF4\x8F\xBF\xBF", /* U+10FFFF, the last of all */
        "12345678\xE2\x82\xAC",
        "1234567\xE2\x82\xAC 12345678",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(texts); i++) {
        assert_true(str_utf8_ok(str_from_cz(texts[i])));
    }
    assert_true(str_utf8_ok(STR_EMPTY));
    assert_true(str_utf8_ok(STR("a\0b")));
}

static void refuses_invalid_utf8(void **state)
{
    static const char *const texts[] = {
        "\x80",             /* a tail alone */
        "\xBF",             /* likewise */
        "\xC0\x80",         /* overlong NUL */
        "\xC1\xBF",         /* overlong U+007F */
        "\xE0\x9F\xBF",     /* overlong U+07FF */
        "\xF0\x8F\xBF\xBF", /* overlong U+FFFF */
        "\xED\xA0\x80",     /* surrogate U+D800 */
        "\xED\xBF\xBF",     /* surrogate U+DFFF */
        "\xF4\x90\x80\x80", /* U+110000 */
        "\xF5\x80\x80\x80", /* never a first byte */
        "\xFE",
        "\xFF",
        "\xC3", /* cut short */
        "\xE2\x82",
        "\xF0\x9F\x98",
        "\xC3(", /* second byte is no tail */
        "\xE2(\xAC",
        "\xE2\x82(",
        "\xF0\x9F\x98(",
        "\xF0\x9F(\x80",
        "\xE2\x82\xAC\xAC", /* one tail too many */
        "12345678\xFF",
        "1234567\xFF",
        "12345678123456\xE2\x82",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(texts); i++) {
        size_t n = strlen(texts[i]);
        char *copy = test_malloc(n); /* so that ASan sees a byte too far */

        memcpy(copy, texts[i], n);
        if (str_utf8_ok((struct str){copy, n})) {
            print_error("row %zu was taken\n", i);
            fail();
        }
        test_free(copy);
    }
}

/* Of all texts of up to three bytes, as many are valid as there are texts of
 * code points that take as many bytes: 128, 128^2 + 1,920, and 128^3 +
 * 2 * 128 * 1,920 + 61,440 (63,488 of three bytes less 2,048 surrogates). */
static void counts_of_valid_utf8_are_right(void **state)
{
    int n_valid[4] = {0};

    (void)state;
    for (uint32_t bits = 0; bits < 1u << 24; bits++) {
        char text[3] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};
        size_t n = bits < 1u << 8 ? 1 : bits < 1u << 16 ? 2 : 3;

        n_valid[3] += str_utf8_ok((struct str){text, 3}) ? 1 : 0;
        if (n < 3) {
            n_valid[2] += str_utf8_ok((struct str){text + 1, 2}) ? 1 : 0;
        }
        if (n < 2) {
            n_valid[1] += str_utf8_ok((struct str){text + 2, 1}) ? 1 : 0;
        }
    }
    assert_int_equal(n_valid[1], 128);
    assert_int_equal(n_valid[2], 128 * 128 + 1920);
    assert_int_equal(n_valid[3],
                     128 * 128 * 128 + 2 * 128 * 1920 + 63488 - 2048);
}

static void cuts_between_code_points(void **state)
{
    struct str s = STR("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z");
    static const size_t ends[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};

    (void)state;
    for (size_t n = 0; n < ARRAY_N(ends); n++) {
        assert_int_equal(str_utf8_cut(s, n).n, ends[n]);
        assert_ptr_equal(str_utf8_cut(s, n).p, s.p);
    }
    assert_int_equal(str_utf8_cut(s, SIZE_MAX).n, s.n);
    assert_int_equal(str_utf8_cut(STR_EMPTY, 0).n, 0);
    /* What is no UTF-8 is cut, not lost. */
    assert_int_equal(str_utf8_cut(STR("\x80\x80\x80\x80\x80\x80"), 5).n, 5);
    assert_int_equal(str_utf8_cut(STR("\x80\x80\x80"), 2).n, 2);
}

static void reads_u64(void **state)
{
    uint64_t n = 5;

    (void)state;
    assert_rc(str_to_u64(STR("18446744073709551615"), &n), RC_OK);
    assert_true(n == UINT64_MAX);
    assert_rc(str_to_u64(STR("00000000000000000000000000012"), &n), RC_OK);
    assert_int_equal(n, 12);
    assert_rc(str_to_u64(STR("0"), &n), RC_OK);
    assert_int_equal(n, 0);
    n = 5;
    assert_rc(str_to_u64(STR("18446744073709551616"), &n), RC_RANGE);
    assert_rc(str_to_u64(STR("18446744073709551620"), &n), RC_RANGE);
    assert_rc(str_to_u64(STR("99999999999999999999999"), &n), RC_RANGE);
    assert_rc(str_to_u64(STR("99999999999999999999999x"), &n), RC_PARSE);
    assert_rc(str_to_u64(STR(""), &n), RC_PARSE);
    assert_rc(str_to_u64(STR_EMPTY, &n), RC_PARSE);
    assert_rc(str_to_u64(STR("+1"), &n), RC_PARSE);
    assert_rc(str_to_u64(STR("-1"), &n), RC_PARSE);
    assert_rc(str_to_u64(STR(" 1"), &n), RC_PARSE);
    assert_rc(str_to_u64(STR("1 "), &n), RC_PARSE);
    assert_rc(str_to_u64(STR("1\0"), &n), RC_PARSE);
    assert_rc(str_to_u64(STR("1.0"), &n), RC_PARSE);
    assert_rc(str_to_u64(STR("0x1"), &n), RC_PARSE);
    assert_int_equal(n, 5);
}

static void reads_i64(void **state)
{
    int64_t n = 5;

    (void)state;
    assert_rc(str_to_i64(STR("9223372036854775807"), &n), RC_OK);
    assert_true(n == INT64_MAX);
    assert_rc(str_to_i64(STR("-9223372036854775808"), &n), RC_OK);
    assert_true(n == INT64_MIN);
    assert_rc(str_to_i64(STR("-0"), &n), RC_OK);
    assert_int_equal(n, 0);
    assert_rc(str_to_i64(STR("+17"), &n), RC_OK);
    assert_int_equal(n, 17);
    n = 5;
    assert_rc(str_to_i64(STR("9223372036854775808"), &n), RC_RANGE);
    assert_rc(str_to_i64(STR("-9223372036854775809"), &n), RC_RANGE);
    assert_rc(str_to_i64(STR("18446744073709551616"), &n), RC_RANGE);
    assert_rc(str_to_i64(STR("-"), &n), RC_PARSE);
    assert_rc(str_to_i64(STR("+"), &n), RC_PARSE);
    assert_rc(str_to_i64(STR("--1"), &n), RC_PARSE);
    assert_rc(str_to_i64(STR("+-1"), &n), RC_PARSE);
    assert_rc(str_to_i64(STR("1-"), &n), RC_PARSE);
    assert_rc(str_to_i64(STR_EMPTY, &n), RC_PARSE);
    assert_int_equal(n, 5);
}

static void assert_f64(struct str text, double want)
{
    double x = -77.0;

    /* The bits: the nearest double is meant, and so is the sign of zero. */
    assert_rc(str_to_f64(text, &x), RC_OK);
    assert_memory_equal(&x, &want, sizeof(x));
}

static void reads_f64(void **state)
{
    static char digits[1025];

    (void)state;
    assert_f64(STR("0"), 0.0);
    assert_f64(STR("-0.0"), -0.0);
    assert_f64(STR("1.5"), 1.5);
    assert_f64(STR("+1.5"), 1.5);
    assert_f64(STR(".5"), 0.5);
    assert_f64(STR("5."), 5.0);
    assert_f64(STR("0.1"), 0.1);
    assert_f64(STR("3e-06"), 3e-06);
    assert_f64(STR("1E+3"), 1000.0);
    assert_f64(STR("9007199254740993"), 9007199254740992.0);
    assert_f64(STR("1.7976931348623157e308"), 1.7976931348623157e308);
    assert_f64(STR("5e-324"), 0x1p-1074);
    assert_f64(STR("1e-9999"), 0.0);
    memset(digits, '0', 1024);
    digits[1023] = '7';
    assert_f64((struct str){digits, 1024}, 7.0);
}

static void refuses_what_is_no_f64(void **state)
{
    static const char *const texts[] = {
        "",      ".",        "-",     "e5",   "1e",  "1e+", "1e5.0",
        "0x10",  "inf",      "nan",   "-inf", "1,5", " 1",  "1 ",
        "1_000", "1.2.3",    "1f",    "--1",  ".e1", "+",   "1e-",
        "NaN",   "Infinity", "0x1p3", "1d5",
    };
    static char digits[1025];
    double x = 5.0;

    (void)state;
    for (size_t i = 0; i < ARRAY_N(texts); i++) {
        if (str_to_f64(str_from_cz(texts[i]), &x) != RC_PARSE) {
            print_error("taken: \"%s\"\n", texts[i]);
            fail();
        }
    }
    assert_rc(str_to_f64(STR("1\0"), &x), RC_PARSE);
    assert_rc(str_to_f64(STR_EMPTY, &x), RC_PARSE);
    assert_rc(str_to_f64(STR("1.8e308"), &x), RC_RANGE);
    assert_rc(str_to_f64(STR("-1e999999999999"), &x), RC_RANGE);
    memset(digits, '0', sizeof(digits));
    assert_rc(str_to_f64((struct str){digits, 1025}, &x), RC_RANGE);
    assert_true(x > 4.0 && x < 6.0);
}

static void measures_edit_distance(void **state)
{
    static const struct {
        const char *a, *b;
        size_t want;
    } rows[] = {
        {"", "", 0},
        {"", "abc", 3},
        {"same", "same", 0},
        {"kitten", "sitting", 3},
        {"feature", "feautre", 1},
        {"model", "models", 1},
        {"owner", "onwre", 2},
        {"ab", "ba", 1},
        {"ca", "abc", 2}, /* a swap with a byte put between */
        {"abcd", "badc", 2},
        {"abc", "xyz", 3},
        {"a", "A", 1},
    };
    char longest[65];

    (void)state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct str a = str_from_cz(rows[i].a);
        struct str b = str_from_cz(rows[i].b);

        assert_int_equal(str_edit_distance(a, b), rows[i].want);
        assert_int_equal(str_edit_distance(b, a), rows[i].want);
    }
    memset(longest, '\xFF', sizeof(longest));
    assert_int_equal(str_edit_distance((struct str){longest, 64}, STR("")), 64);
    assert_int_equal(
        str_edit_distance((struct str){longest, 64}, (struct str){longest, 63}),
        1);
    assert_true(str_edit_distance((struct str){longest, 65}, STR("")) ==
                SIZE_MAX);
    assert_true(str_edit_distance(STR(""), (struct str){longest, 65}) ==
                SIZE_MAX);
}

static void copies_into_an_arena(void **state)
{
    struct arena a;
    struct str s = STR("before");
    char *cz;

    (void)state;
    arena_init(&a, 1000);
    cz = str_cz(&a, STR("abc"));
    assert_non_null(cz);
    assert_string_equal(cz, "abc");
    cz = str_cz(&a, STR_EMPTY);
    assert_non_null(cz);
    assert_string_equal(cz, "");
    assert_rc(str_dup(&a, STR("a\0b"), &s), RC_OK);
    assert_str(s, "a\0b");
    assert_rc(str_dup(&a, STR_EMPTY, &s), RC_OK);
    assert_str(s, "");
    assert_non_null(s.p);
    s = str_fmt(&a, "%s=%d", "x", 12);
    assert_str(s, "x=12");
    assert_non_null(str_fmt(&a, "%s", "").p);
    arena_fini(&a);
}

static void tells_when_the_arena_is_full(void **state)
{
    struct arena a;
    struct str s = STR("before");

    (void)state;
    arena_init(&a, 8);
    assert_null(str_cz(&a, STR("12345678"))); /* the NUL is a ninth byte */
    assert_rc(str_dup(&a, STR("123456789"), &s), RC_LIMIT);
    assert_str(s, "before");
    assert_null(str_fmt(&a, "%s", "12345678").p);
    assert_int_equal(str_fmt(&a, "%s", "12345678").n, 0);
    assert_str(str_fmt(&a, "%s", "1234567"), "1234567");
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices),
        cmocka_unit_test(compares),
        cmocka_unit_test(starts_and_ends),
        cmocka_unit_test(finds),
        cmocka_unit_test(trims),
        cmocka_unit_test(cuts),
        cmocka_unit_test(knows_valid_utf8),
        cmocka_unit_test(refuses_invalid_utf8),
        cmocka_unit_test(counts_of_valid_utf8_are_right),
        cmocka_unit_test(cuts_between_code_points),
        cmocka_unit_test(reads_u64),
        cmocka_unit_test(reads_i64),
        cmocka_unit_test(reads_f64),
        cmocka_unit_test(refuses_what_is_no_f64),
        cmocka_unit_test(measures_edit_distance),
        cmocka_unit_test(copies_into_an_arena),
        cmocka_unit_test(tells_when_the_arena_is_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
