#include "test.h"

#include <math.h>

#include "base/buf.h"
#include "base/rand.h"
#include "base/usd.h"

#define DOLLAR USD_PICO_PER_DOLLAR

struct row {
    const char *text;
    int64_t want;
};

static void parses_dollars(void **state)
{
    static const struct row rows[] = {
        {"0", 0},
        {"-0", 0},
        {"+0.00", 0},
        {"0e99999999999999999999", 0},
        {"12.5", 12 * DOLLAR + DOLLAR / 2},
        {"+12.5", 12 * DOLLAR + DOLLAR / 2},
        {"-12.5", -12 * DOLLAR - DOLLAR / 2},
        {"-0.000001", -1000000},
        {"3e-06", 3000000},
        {"3E-6", 3000000},
        {"1.5e+3", 1500 * DOLLAR},
        {".5", DOLLAR / 2},
        {"5.", 5 * DOLLAR},
        {"0.000000000001", 1},
        {"1e-12", 1},
        {"0000000000000000000000000000000000000000000000000001", DOLLAR},
        {"1.0000000000000000000000000000000000000000000000000", DOLLAR},
        {"100000000000000000000000000000000000000000000000e-46", 10 * DOLLAR},
        {"0.0000000000000000000000000000000000000000000001e46", DOLLAR},
        {"0.1", DOLLAR / 10}, /* no double is a tenth */
        {"9007.199254740993", INT64_C(9007199254740993)},
        {"9223372.036854775807", INT64_MAX},
        {"-9223372.036854775808", INT64_MIN},
        {"9223372036854775807e-12", INT64_MAX},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct usd x = {.pico = 77};

        assert_rc(usd_parse(str_from_cz(rows[i].text), &x), RC_OK);
        if (x.pico != rows[i].want) {
            print_error("%s gave %lld\n", rows[i].text, (long long)x.pico);
            fail();
        }
    }
}

static void rounds_half_to_even(void **state)
{
    static const struct row rows[] = {
        {"0.0000000000005", 0},
        {"0.0000000000015", 2},
        {"0.0000000000025", 2},
        {"-0.0000000000005", 0},
        {"-0.0000000000015", -2},
        {"-0.0000000000025", -2},
        {"0.00000000000049999", 0},
        {"0.00000000000051", 1},
        {"0.0000000000024999999", 2},
        /* The digit that breaks the tie stands behind all that fit. */
        {"0.00000000000250000000000000000000000000000000000000000000001", 3},
        {"0.00000000000250000000000000000000000000000000000000000000000", 2},
        {"9223372.0368547758064999", INT64_MAX - 1},
        {"9223372.0368547758065", INT64_MAX - 1},
        {"9223372.0368547758066", INT64_MAX},
        {"9223372.03685477580749999999999999999999999999999999", INT64_MAX},
        {"-9223372.0368547758085", INT64_MIN},
        {"1e-50", 0},
        {"9e-99999999999999999999", 0},
        {"99999999999999999999999999999999999999e-51", 0},
        {"99999999999999999999999999999999999999e-50", 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct usd x = {.pico = 77};

        assert_rc(usd_parse(str_from_cz(rows[i].text), &x), RC_OK);
        if (x.pico != rows[i].want) {
            print_error("%s gave %lld\n", rows[i].text, (long long)x.pico);
            fail();
        }
    }
}

static void refuses_what_does_not_fit(void **state)
{
    static const char *const texts[] = {
        "9223372.036854775808",
        "9223372.0368547758075", /* rounds up, past the end */
        "-9223372.036854775809",
        "-9223372.03685477580851",
        "9223373",
        "1e7",
        "1e18",
        "1e99999999999999999999",
        "1e9223372036854775807",
        "99999999999999999999999999999999999999999999999999",
        "340282366920938463463374607431768211456", /* 2^128 */
        /* 2^120, and 10^8 times that is a multiple of 2^128. */
        "1329227995784915872903807060280344576e-4",
        "340282366920938463463.374607431768211457",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(texts); i++) {
        struct usd x = {.pico = 77};

        if (usd_parse(str_from_cz(texts[i]), &x) != RC_RANGE) {
            print_error("no RC_RANGE: %s\n", texts[i]);
            fail();
        }
        assert_int_equal(x.pico, 77);
    }
}

static void refuses_what_is_no_number(void **state)
{
    static const char *const texts[] = {
        "",     "+",    "-",     ".",  "-.",    "e5",   ".e5", "1e",   "1e+",
        "1e1.", "1..2", "1.2.3", "$1", "1$",    "1 ",   " 1",  "1,50", "0x1",
        "inf",  "nan",  "--1",   "1-", "1e--1", "1e5x", "1_0",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(texts); i++) {
        struct usd x = {.pico = 77};

        if (usd_parse(str_from_cz(texts[i]), &x) != RC_PARSE) {
            print_error("no RC_PARSE: \"%s\"\n", texts[i]);
            fail();
        }
        assert_int_equal(x.pico, 77);
    }
    struct usd x;
    assert_rc(usd_parse(STR("1\0"), &x), RC_PARSE);
    assert_rc(usd_parse(STR_EMPTY, &x), RC_PARSE);
}

static void scales_exactly_or_not_at_all(void **state)
{
    struct usd x = {.pico = 77};

    (void)state;
    /* $0.0375 per million tokens are 37,500 pico-dollars a token. */
    assert_rc(usd_parse_scaled(STR("0.0375"), 6, &x), RC_OK);
    assert_int_equal(x.pico, 37500);
    assert_rc(usd_parse_scaled(STR("1.250000000"), 6, &x), RC_OK);
    assert_int_equal(x.pico, 1250000);
    assert_rc(usd_parse_scaled(STR("0.000001"), 6, &x), RC_OK);
    assert_int_equal(x.pico, 1);
    assert_rc(usd_parse_scaled(STR("-7"), 0, &x), RC_OK);
    assert_int_equal(x.pico, -7);
    assert_rc(usd_parse_scaled(STR("1200"), -2, &x), RC_OK);
    assert_int_equal(x.pico, 12);
    assert_rc(usd_parse_scaled(STR("9223372036854775807"), 0, &x), RC_OK);
    assert_true(x.pico == INT64_MAX);

    x.pico = 77;
    assert_rc(usd_parse_scaled(STR("0.0000001"), 6, &x), RC_RANGE);
    assert_rc(usd_parse_scaled(STR("1.0000005"), 6, &x), RC_RANGE);
    assert_rc(
        usd_parse_scaled(STR("1.0000000000000000000000000000000000001"), 6, &x),
        RC_RANGE);
    assert_rc(
        usd_parse_scaled(
            STR("1.000000000000000000000000000000000000000000000001"), 6, &x),
        RC_RANGE);
    assert_rc(usd_parse_scaled(STR("1e-99"), 12, &x), RC_RANGE);
    assert_rc(usd_parse_scaled(STR("1201"), -2, &x), RC_RANGE);
    assert_rc(usd_parse_scaled(STR("9223372036854775808"), 0, &x), RC_RANGE);
    assert_rc(usd_parse_scaled(STR("abc"), 6, &x), RC_PARSE);
    assert_int_equal(x.pico, 77);
}

static void sums_beyond_int64(void **state)
{
    struct usd_sum sum = {.pico = 0};
    struct buf b;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        usd_sum_add(&sum, (struct usd){.pico = INT64_MAX});
    }
    usd_sum_add(&sum, (struct usd){.pico = -1});
    buf_init(&b, 1000);
    usd_add_text(&b, sum);
    assert_str(buf_view(&b), "9223372036.854775806999");
    for (int i = 0; i < 1000; i++) {
        usd_sum_add(&sum, (struct usd){.pico = INT64_MIN});
    }
    buf_clear(&b);
    usd_add_text(&b, sum);
    assert_str(buf_view(&b), "-0.000000001001");
    buf_fini(&b);
}

static void writes_twelve_decimals(void **state)
{
    num_i128 top = (num_i128)(((num_u128)1 << 127) - 1);
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    usd_add_text(&b, (struct usd_sum){0});
    buf_char(&b, ' ');
    usd_add_text(&b, (struct usd_sum){1});
    buf_char(&b, ' ');
    usd_add_text(&b, (struct usd_sum){-1});
    buf_char(&b, ' ');
    usd_add_text(&b, (struct usd_sum){INT64_C(12034500000000)});
    buf_char(&b, ' ');
    usd_add_text(&b, (struct usd_sum){-10 * DOLLAR});
    assert_str(buf_view(&b), "0.000000000000 0.000000000001 "
                             "-0.000000000001 12.034500000000 "
                             "-10.000000000000");
    buf_clear(&b);
    usd_add_text(&b, (struct usd_sum){top});
    assert_str(buf_view(&b), "170141183460469231731687303.715884105727");
    buf_clear(&b);
    usd_add_text(&b, (struct usd_sum){-top - 1});
    assert_str(buf_view(&b), "-170141183460469231731687303.715884105728");
    assert_true(b.n < USD_TEXT_MAX);
    buf_fini(&b);
}

static void writes_short(void **state)
{
    static const struct {
        int64_t pico;
        int decimals;
        const char *want;
    } rows[] = {
        {0, 2, "0.00"},
        {0, 12, "0.00"},
        {INT64_C(12034500000000), 2, "12.03"},
        {INT64_C(12034500000000), 3, "12.034"}, /* half to even */
        {INT64_C(12035500000000), 3, "12.036"},
        {INT64_C(12034500000000), 4, "12.0345"},
        {INT64_C(12034500000000), 12, "12.0345"},
        {INT64_C(12500000000000), 6, "12.50"},
        {INT64_C(12000000000000), 6, "12.00"},
        {5000000000, 2, "0.00"},  /* 0.005 */
        {15000000000, 2, "0.02"}, /* 0.015 */
        {-15000000000, 2, "-0.02"},
        {-4000000000, 2, "0.00"}, /* no minus before nothing */
        {INT64_C(999999999999), 2, "1.00"},
        {INT64_C(999999999999), 11, "1.00"},
        {INT64_C(999999999999), 12, "0.999999999999"},
        {INT64_MAX, 2, "9223372.04"},
        {INT64_MIN, 12, "-9223372.036854775808"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct buf b;

        buf_init(&b, 100);
        usd_add_short(&b, (struct usd_sum){rows[i].pico}, rows[i].decimals);
        if (!str_eq(buf_view(&b), str_from_cz(rows[i].want))) {
            print_error("row %zu: got %.*s, want %s\n", i,
                        STR_ARG(buf_view(&b)), rows[i].want);
            fail();
        }
        buf_fini(&b);
    }
}

static void reads_what_it_writes(void **state)
{
    struct rand r;
    struct buf b;

    (void)state;
    rand_init(&r, 11);
    buf_init(&b, 100);
    for (int i = 0; i < 20000; i++) {
        /* Of every size: the shift takes 0 to 63 bits away. */
        struct usd x = {.pico = (int64_t)rand_u64(&r) >> rand_below(&r, 64)};
        struct usd y = {.pico = 0};

        buf_clear(&b);
        usd_add_text(&b, (struct usd_sum){x.pico});
        assert_rc(usd_parse(buf_view(&b), &y), RC_OK);
        assert_true(x.pico == y.pico);
        buf_clear(&b);
        usd_add_short(&b, (struct usd_sum){x.pico}, 12);
        assert_rc(usd_parse(buf_view(&b), &y), RC_OK);
        assert_true(x.pico == y.pico);
        buf_clear(&b);
        buf_fmt(&b, "%llde-12", (long long)x.pico);
        assert_rc(usd_parse_scaled(buf_view(&b), 12, &y), RC_OK);
        assert_true(x.pico == y.pico);
    }
    buf_fini(&b);
}

static void becomes_a_double(void **state)
{
    (void)state;
    assert_true(fabs(usd_to_f64((struct usd_sum){DOLLAR / 4}) - 0.25) < 1e-15);
    assert_true(fabs(usd_to_f64((struct usd_sum){-3 * DOLLAR}) + 3.0) < 1e-15);
    assert_true(fabs(usd_to_f64((struct usd_sum){0})) < 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_dollars),
        cmocka_unit_test(rounds_half_to_even),
        cmocka_unit_test(refuses_what_does_not_fit),
        cmocka_unit_test(refuses_what_is_no_number),
        cmocka_unit_test(scales_exactly_or_not_at_all),
        cmocka_unit_test(sums_beyond_int64),
        cmocka_unit_test(writes_twelve_decimals),
        cmocka_unit_test(writes_short),
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(becomes_a_double),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
