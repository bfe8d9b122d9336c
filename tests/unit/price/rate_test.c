#include "test.h"

#include "base/buf.h"
#include "price/rate.h"

static struct rate parsed(const char *text, unsigned price_class)
{
    struct rate rate = {.n = -1};

    if (rate_parse(str_from_cz(text), price_class, &rate) != RC_OK) {
        fail_msg("\"%s\" is no price", text);
    }
    assert_true(rate.is_listed);
    return rate;
}

static void check(const char *text, int64_t n, int decimals, const char *back)
{
    struct rate rate = parsed(text, TOKEN_INPUT);
    struct buf b;

    assert_int_equal(rate.n, n);
    assert_int_equal(rate.decimals, decimals);
    buf_init(&b, 64);
    rate_add_text(&b, rate, TOKEN_INPUT);
    test_assert_str(buf_view(&b), str_from_cz(back), __FILE__, __LINE__);
    buf_fini(&b);
}

static void test_dollars_for_a_million_become_pico_for_one(void **state)
{
    (void)state;
    check("3", 3000000, 0, "3");
    check("3.00", 3000000, 0, "3");
    check("0.0375", 37500, 0, "0.0375");
    check("0.000001", 1, 0, "0.000001");
    check("0", 0, 0, "0");
    check("0.000", 0, 0, "0");
    check("150", 150000000, 0, "150");
    check("1000000", INT64_C(1000000000000), 0, "1000000");
    check("00012.5", 12500000, 0, "12.5");
}

static void test_digits_below_a_pico_dollar_are_kept(void **state)
{
    (void)state;
    check("0.08333333333333334", INT64_C(8333333333333334), 11,
          "0.08333333333333334");
    check("0.18000000000000002", INT64_C(18000000000000002), 11,
          "0.18000000000000002");
    check("0.0000001", 1, 1, "0.0000001");
    check("0.00000010000", 1, 1, "0.0000001");
}

static void test_fees_are_for_a_thousand(void **state)
{
    (void)state;
    struct rate rate = parsed("10", PRICE_CLASS_WEB_SEARCH);

    assert_int_equal(rate.n, INT64_C(10000000000)); /* one cent */
    rate = parsed("2.5", PRICE_CLASS_REQUEST);
    assert_int_equal(rate.n, INT64_C(2500000000));
}

static void test_what_is_no_price(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    ".",   ".5",    "5.",      "-1",
                                      "+1",  "1e3", "0x1",   "1,5",     "1 ",
                                      "nan", "inf", "1.2.3", "\xc2\xb9"};
    struct rate rate;

    for (size_t i = 0; i < ARRAY_N(bad); i++) {
        if (rate_parse(str_from_cz(bad[i]), TOKEN_INPUT, &rate) != RC_PARSE) {
            fail_msg("\"%s\" passes for a price", bad[i]);
        }
    }
}

static void test_prices_out_of_bounds(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "1000001",               /* more than anything costs */
        "1000000.000001",        /* just above */
        "0.000000000000000001",  /* below what is kept */
        "0.1234567890123456789", /* more digits than are kept */
        "99999999999999999999999",
        "0.00000000000000000000000000000000000000000000000001",
    };
    struct rate rate;

    for (size_t i = 0; i < ARRAY_N(bad); i++) {
        if (rate_parse(str_from_cz(bad[i]), TOKEN_INPUT, &rate) != RC_RANGE) {
            fail_msg("\"%s\" passes for a price", bad[i]);
        }
    }
}

static void test_class_names_go_both_ways(void **state)
{
    (void)state;
    for (unsigned c = 0; c < PRICE_CLASS__COUNT; c++) {
        assert_int_equal(price_class_from(price_class_name(c)), c);
    }
    assert_str(price_class_name(TOKEN_CACHE_WRITE_5M), "cache_write");
    assert_int_equal(price_class_from(STR("inputs")), PRICE_CLASS__COUNT);
    assert_int_equal(price_class_from(STR("")), PRICE_CLASS__COUNT);
    assert_int_equal(price_class_per(TOKEN_OUTPUT), 1000000);
    assert_int_equal(price_class_per(PRICE_CLASS_REQUEST), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dollars_for_a_million_become_pico_for_one),
        cmocka_unit_test(test_digits_below_a_pico_dollar_are_kept),
        cmocka_unit_test(test_fees_are_for_a_thousand),
        cmocka_unit_test(test_what_is_no_price),
        cmocka_unit_test(test_prices_out_of_bounds),
        cmocka_unit_test(test_class_names_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
