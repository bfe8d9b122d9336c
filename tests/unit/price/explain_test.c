#include "price_test.h"

#include "base/arena.h"
#include "price/explain.h"

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_MAX);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static struct cost_explanation explain(struct price_book *book,
                                       const struct event *ev)
{
    struct cost_explanation x;
    struct why why = {.text = ""};

    assert_ok(cost_explain(book, ev, &arena, &x, &why), &why);
    return x;
}

static bool has_caveat(const struct cost_explanation *x, const char *words)
{
    for (size_t i = 0; i < x->n_caveats; i++) {
        if (str_find(x->caveat[i], str_from_cz(words), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* The lines are the sum, with every multiplier in them. */
static void check_adds_up(struct price_book *book, const struct event *ev)
{
    struct cost_explanation x = explain(book, ev);
    int64_t sum = 0;

    for (size_t i = 0; i < x.n_lines; i++) {
        assert_true(x.line[i].count > 0);
        sum += x.line[i].amount.pico;
    }
    assert_int_equal(sum, test_total(book, ev));
}

static void test_line_by_line(void **state)
{
    (void)state;
    struct price_book *book = test_book(NULL);
    struct event ev = test_call("acme", "Sage-2026-01-01");

    ev.token[TOKEN_INPUT] = 200000;
    ev.token[TOKEN_CACHE_READ] = 1000;
    ev.token[TOKEN_OUTPUT] = 300;
    ev.web_searches = 2;
    ev.service_tier = SERVICE_TIER_BATCH;
    struct cost_explanation x = explain(book, &ev);

    assert_int_equal(x.n_lines, 4);
    assert_int_equal(x.line[0].price_class, TOKEN_INPUT);
    assert_int_equal(x.line[0].count, 200000);
    assert_str(x.line[0].price, "6");
    assert_int_equal(x.line[0].per, 1000000);
    assert_str(x.line[0].factor, "0.5");
    assert_int_equal(x.line[0].amount.pico, INT64_C(600000000000));
    assert_str(x.line[1].price, "0.6");
    assert_str(x.line[2].price, "22.5");
    assert_int_equal(x.line[3].price_class, PRICE_CLASS_WEB_SEARCH);
    assert_str(x.line[3].price, "10");
    assert_int_equal(x.line[3].per, 1000);
    assert_str(x.line[3].factor, "1");
    assert_int_equal(x.line[3].amount.pico, INT64_C(20000000000));
    assert_str(x.row.id, "acme/sage#7.0");
    assert_str(x.row.source, "@test/prices 7.0");
    assert_str(x.matched_name, "sage-2026-01-01");
    assert_int_equal(x.above_tokens, 200000);
    assert_str(x.tier_factor, "0.5");
    assert_int_equal(x.discount_percent.n, 0);
    assert_int_equal(x.unpriced.n, 0);
    assert_int_equal(x.n_caveats, 0);
    check_adds_up(book, &ev);
    book_unref(&book);
}

static void test_all_multipliers_in_one_factor(void **state)
{
    (void)state;
    struct test_prices prices = {
        .discount = {{.provider = STR("acme"),
                      .percent = STR("12"),
                      .from_us = PRICE_ALWAYS}},
        .n_discounts = 1,
    };
    struct price_book *book = test_book(&prices);
    struct event ev = test_call("acme", "claude-bare");

    ev.token[TOKEN_CACHE_WRITE_5M] = 1;
    ev.service_tier = SERVICE_TIER_BATCH;
    struct cost_explanation x = explain(book, &ev);

    assert_int_equal(x.n_lines, 1);
    assert_str(x.line[0].price, "4");
    assert_str(x.line[0].basis, "input");
    assert_str(x.line[0].factor, "0.55"); /* 1.25 * 0.5 * 0.88 */
    assert_int_equal(x.line[0].amount.pico, 2200000);
    assert_str(x.discount_percent, "12");
    assert_true(has_caveat(&x, "No cache_write price is listed; by the rule "
                               "for these models it is 1.25 times the input"));
    book_unref(&book);
}

/* Lines that each have a fraction of a pico-dollar still add up. */
static void test_lines_add_up_to_the_last_digit(void **state)
{
    (void)state;
    struct price_book *book = test_book(NULL);
    struct event ev = test_call("picky", "pico");

    for (int64_t n = 1; n < 200; n++) {
        ev.token[TOKEN_INPUT] = n;
        ev.token[TOKEN_CACHE_READ] = 3 * n + 1;
        ev.token[TOKEN_CACHE_WRITE_5M] = 7 * n + 2;
        ev.token[TOKEN_INPUT_AUDIO] = n % 5;
        ev.token[TOKEN_OUTPUT] = n % 3;
        check_adds_up(book, &ev);
    }
    book_unref(&book);
}

static void test_caveats(void **state)
{
    (void)state;
    struct price_book *book = test_book(NULL);
    struct event ev = test_call("acme", "bare-2026-01-01");
    struct cost_explanation x;

    ev.token[TOKEN_CACHE_READ] = 1;
    ev.web_searches = 1;
    ev.service_tier = SERVICE_TIER_PRIORITY;
    x = explain(book, &ev);
    assert_true(has_caveat(&x, "No cache_read price is listed; the input"));
    assert_true(has_caveat(&x, "No fee for a web_search is known"));
    assert_true(has_caveat(&x, "No price for the priority tier"));
    assert_true(has_caveat(&x, "found under the name bare."));
    assert_int_equal(x.n_caveats, 4);
    assert_str(x.tier_factor, "1");

    ev = test_call("acme", "bare");
    ev.service_tier = SERVICE_TIER_FLEX;
    x = explain(book, &ev);
    assert_true(has_caveat(&x, "reported by others"));

    ev = test_call("cloud", "bare");
    x = explain(book, &ev);
    assert_true(has_caveat(&x, "this is the list price of acme"));
    assert_str(x.row.provider, "acme");

    ev = test_call("acme", "vector");
    ev.token[TOKEN_OUTPUT] = 1;
    x = explain(book, &ev);
    assert_true(has_caveat(&x, "bills input only"));
    assert_int_equal(x.n_lines, 1);
    assert_int_equal(x.line[0].amount.pico, 0);

    ev = test_call("ollama", "llama3");
    ev.token[TOKEN_INPUT] = 1;
    x = explain(book, &ev);
    assert_true(x.cost.priced);
    assert_true(has_caveat(&x, "free of charge"));
    book_unref(&book);
}

static void test_an_override_is_named_as_source(void **state)
{
    (void)state;
    struct test_prices prices = {
        .override = {{.provider = STR("acme"),
                      .model = STR("bare"),
                      .from_us = PRICE_ALWAYS,
                      .price = {[TOKEN_INPUT] = STR("0.5")}}},
        .n_overrides = 1,
    };
    struct price_book *book = test_book(&prices);
    struct event ev = test_call("acme", "bare-2026-01-01");
    struct cost_explanation x;

    ev.token[TOKEN_INPUT] = 10;
    x = explain(book, &ev);
    assert_str(x.row.source, "override");
    assert_str(x.matched_name, "bare");
    ev.token[TOKEN_OUTPUT] = 10;
    x = explain(book, &ev);
    assert_false(x.cost.priced);
    assert_true(str_find(x.unpriced,
                         STR("acme/bare#override lists no price for output"),
                         0) != SIZE_MAX);
    book_unref(&book);
}

static void test_why_there_is_no_price(void **state)
{
    (void)state;
    struct price_book *book = test_book(NULL);
    static const char *const calls[][3] = {
        {"nobody", "sage", "no provider nobody"},
        {"acme", "sagee", "no model sagee of acme"},
        {"acme", "sagee", "Did you mean sage?"},
        {"acme", "tape", "lists no price for tokens, only audio_hours=0.36."},
        {"acme", "quite-another", "prices.overrides in toll.yaml."},
    };

    for (size_t i = 0; i < ARRAY_N(calls); i++) {
        struct event ev = test_call(calls[i][0], calls[i][1]);
        struct cost_explanation x = explain(book, &ev);

        assert_false(x.cost.priced);
        assert_int_equal(x.n_lines, 0);
        if (str_find(x.unpriced, str_from_cz(calls[i][2]), 0) == SIZE_MAX) {
            fail_msg("want \"%s\", got \"%.*s\"", calls[i][2],
                     STR_ARG(x.unpriced));
        }
    }
    struct event ev = test_call("acme", "quite-another");
    struct cost_explanation x = explain(book, &ev);

    assert_true(str_find(x.unpriced, STR("mean"), 0) == SIZE_MAX);
    book_unref(&book);
}

static void test_no_room_and_too_dear(void **state)
{
    (void)state;
    struct price_book *book = test_book(NULL);
    struct event ev = test_call("acme", "sage");
    struct cost_explanation x = {.n_lines = 77};
    struct why why = {.text = ""};
    struct arena small;

    for (size_t cap = 0; cap < 64; cap += 16) {
        arena_init(&small, cap);
        assert_rc(cost_explain(book, &ev, &small, &x, &why), RC_LIMIT);
        assert_int_equal(x.n_lines, 77);
        arena_fini(&small);
    }
    ev.token[TOKEN_OUTPUT] = INT64_C(1) << LIMIT_COUNT_BITS;
    assert_rc(cost_explain(book, &ev, &arena, &x, &why), RC_RANGE);
    book_unref(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_by_line),
        cmocka_unit_test(test_all_multipliers_in_one_factor),
        cmocka_unit_test(test_lines_add_up_to_the_last_digit),
        cmocka_unit_test(test_caveats),
        cmocka_unit_test(test_an_override_is_named_as_source),
        cmocka_unit_test(test_why_there_is_no_price),
        cmocka_unit_test(test_no_room_and_too_dear),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
