#include "price_test.h"

#include "event/event_sum.h"
#include "price/memo.h"

static struct price_book *book;

static int set_up(void **state)
{
    (void)state;
    book = test_book(NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    book_unref(&book);
    return 0;
}

/* ---- the worked examples of docs/pricing.md ---- */

static struct event example_a(void)
{
    struct event ev = test_call("acme", "sage");

    ev.token[TOKEN_INPUT] = 1200;
    ev.token[TOKEN_CACHE_READ] = 40000;
    ev.token[TOKEN_CACHE_WRITE_5M] = 2000;
    ev.token[TOKEN_CACHE_WRITE_1H] = 500;
    ev.token[TOKEN_OUTPUT] = 800;
    return ev;
}

#define MICRO INT64_C(1000000) /* pico-dollars */

static void test_example_a_every_class_has_its_price(void **state)
{
    (void)state;
    struct event ev = example_a();
    struct event_cost cost = test_cost(book, &ev);

    assert_true(cost.priced);
    assert_int_equal(cost.input.pico, 3600 * MICRO);
    assert_int_equal(cost.cache.pico, (12000 + 7500 + 3000) * MICRO);
    assert_int_equal(cost.output.pico, 12000 * MICRO);
    assert_int_equal(cost.tools.pico, 0);
    assert_int_equal(test_total(book, &ev), 38100 * MICRO);
    assert_str(cost.price_id, "acme/sage#7.0");
}

static void test_example_b_batch_halves_tokens(void **state)
{
    (void)state;
    struct event ev = example_a();

    ev.service_tier = SERVICE_TIER_BATCH;
    assert_int_equal(test_total(book, &ev), 19050 * MICRO);
    ev.web_searches = 2; /* fees stay whole */
    assert_int_equal(test_total(book, &ev), (19050 + 20000) * MICRO);
}

static void test_example_c_a_long_call_pays_more_for_all_of_it(void **state)
{
    (void)state;
    struct event ev = test_call("acme", "sage");

    ev.token[TOKEN_INPUT] = 5000;
    ev.token[TOKEN_CACHE_READ] = 196000;
    ev.token[TOKEN_OUTPUT] = 1000;
    assert_int_equal(test_total(book, &ev), 170100 * MICRO);
}

static void test_a_sum_is_as_long_as_its_calls(void **state)
{
    (void)state;
    struct event ev = test_call("acme", "sage");

    ev.token[TOKEN_INPUT] = 5000;
    ev.token[TOKEN_CACHE_READ] = 196000;
    ev.token[TOKEN_OUTPUT] = 1000;
    assert_rc(event_tag_set(&ev, STR(EVENT_SUM_END), STR("x"), NULL), RC_OK);
    assert_int_equal(test_total(book, &ev), 88800 * MICRO);
    assert_rc(event_tag_set(&ev, STR(EVENT_SUM_CONTEXT), STR("200k-1M"), NULL),
              RC_OK);
    assert_int_equal(test_total(book, &ev), 170100 * MICRO);
}

static void test_example_d_the_threshold_itself_is_not_above_it(void **state)
{
    (void)state;
    struct event ev = test_call("acme", "sage");

    ev.token[TOKEN_INPUT] = 100000;
    ev.token[TOKEN_CACHE_READ] = 50000;
    ev.token[TOKEN_CACHE_WRITE_5M] = 20000;
    ev.token[TOKEN_CACHE_WRITE_1H] = 10000;
    ev.token[TOKEN_INPUT_AUDIO] = 15000;
    ev.token[TOKEN_INPUT_IMAGE] = 5000;
    assert_int_equal(test_total(book, &ev),
                     (120000 * 3 + 15000 + 75000 + 60000) * MICRO);
    ev.token[TOKEN_INPUT_IMAGE]++;
    assert_int_equal(test_total(book, &ev),
                     (120001 * 6 + 30000 + 150000 + 120000) * MICRO);
}

static void test_the_highest_threshold_passed_counts(void **state)
{
    (void)state;
    struct event ev = test_call("acme", "stairs");

    ev.token[TOKEN_OUTPUT] = 1000;
    ev.token[TOKEN_INPUT] = 32000;
    assert_int_equal(test_total(book, &ev), (32000 + 2000) * MICRO);
    ev.token[TOKEN_INPUT] = 32001; /* this step has no price for output */
    assert_int_equal(test_total(book, &ev), (64002 + 2000) * MICRO);
    ev.token[TOKEN_INPUT] = 128001;
    assert_int_equal(test_total(book, &ev), (512004 + 5000) * MICRO);
}

/* ---- prices that are not listed ---- */

static int64_t one_token(const char *model, enum token_kind kind)
{
    struct event ev = test_call("acme", model);

    ev.token[kind] = 1;
    return test_total(book, &ev);
}

static void test_a_missing_price_is_never_zero(void **state)
{
    (void)state;
    assert_int_equal(one_token("bare", TOKEN_CACHE_READ), 4 * MICRO);
    assert_int_equal(one_token("bare", TOKEN_CACHE_WRITE_5M), 4 * MICRO);
    assert_int_equal(one_token("bare", TOKEN_CACHE_WRITE_1H), 4 * MICRO);
    assert_int_equal(one_token("bare", TOKEN_INPUT_AUDIO), 4 * MICRO);
    assert_int_equal(one_token("bare", TOKEN_INPUT_IMAGE), 4 * MICRO);
    assert_int_equal(one_token("bare", TOKEN_OUTPUT_REASONING), 8 * MICRO);
    assert_int_equal(one_token("bare", TOKEN_OUTPUT_AUDIO), 8 * MICRO);
    assert_int_equal(one_token("bare", TOKEN_OUTPUT_IMAGE), 8 * MICRO);
}

static void test_cache_writes_of_a_family(void **state)
{
    (void)state;
    assert_int_equal(one_token("claude-bare", TOKEN_CACHE_WRITE_5M), 5 * MICRO);
    assert_int_equal(one_token("claude-bare", TOKEN_CACHE_WRITE_1H), 8 * MICRO);
    assert_int_equal(one_token("claude-bare", TOKEN_CACHE_READ), 4 * MICRO);
    /* What is listed goes before the rule. */
    assert_int_equal(one_token("half-claude", TOKEN_CACHE_WRITE_5M), 7 * MICRO);
    assert_int_equal(one_token("half-claude", TOKEN_CACHE_WRITE_1H), 8 * MICRO);
}

static void test_every_modality_has_its_own_price(void **state)
{
    (void)state;
    struct event ev = test_call("acme", "hearing");
    struct event_cost cost;

    ev.token[TOKEN_INPUT] = 1000;
    ev.token[TOKEN_INPUT_AUDIO] = 100;
    ev.token[TOKEN_INPUT_IMAGE] = 10;
    ev.token[TOKEN_OUTPUT] = 2000;
    ev.token[TOKEN_OUTPUT_REASONING] = 200;
    ev.token[TOKEN_OUTPUT_AUDIO] = 20;
    ev.token[TOKEN_OUTPUT_IMAGE] = 2;
    cost = test_cost(book, &ev);
    assert_int_equal(cost.input.pico, (2500 + 4000 + 50) * MICRO);
    assert_int_equal(cost.cache.pico, 0);
    assert_int_equal(cost.output.pico, (20000 + 2400 + 1600 + 60) * MICRO);
    assert_int_equal(cost.tools.pico, 12000 * MICRO); /* the request's fee */
}

static void test_embedding_models_bill_input_only(void **state)
{
    (void)state;
    struct event ev = test_call("acme", "vector");

    ev.token[TOKEN_INPUT] = 1000;
    ev.token[TOKEN_OUTPUT] = 5;
    assert_int_equal(test_total(book, &ev), 130 * MICRO);
}

static void test_a_fee_not_listed_is_not_made_up(void **state)
{
    (void)state;
    struct event ev = test_call("acme", "bare");

    ev.web_searches = 3;
    assert_int_equal(test_total(book, &ev), 0);
    ev = test_call("acme", "sage");
    ev.web_searches = 3;
    assert_int_equal(test_cost(book, &ev).tools.pico, 30000 * MICRO);
}

static void test_a_call_that_came_to_nothing_bears_no_request_fee(void **state)
{
    (void)state;
    struct event ev = test_call("acme", "hearing");

    assert_int_equal(test_total(book, &ev), 12000 * MICRO);
    ev.status = EVENT_STATUS_ERROR;
    assert_int_equal(test_total(book, &ev), 0);
    ev.token[TOKEN_INPUT] = 1000; /* it failed late: billed */
    assert_int_equal(test_total(book, &ev), (12000 + 2500) * MICRO);
    ev.token[TOKEN_INPUT] = 0;
    ev.status = EVENT_STATUS_CANCELLED;
    assert_int_equal(test_total(book, &ev), 12000 * MICRO);
}

static void test_no_price_found_is_not_a_price_of_zero(void **state)
{
    (void)state;
    static const char *const calls[][2] = {
        {"acme", "unheard-of"}, {"nobody", "sage"}, {"acme", "tape"},
        {"picky", "sage"},      {"", "sage"},       {"acme", ""},
    };

    for (size_t i = 0; i < ARRAY_N(calls); i++) {
        struct event ev = test_call(calls[i][0], calls[i][1]);

        ev.token[TOKEN_INPUT] = 1000;
        struct event_cost cost = test_cost(book, &ev);

        if (cost.priced || cost.input.pico != 0 || cost.price_id.n > 0) {
            fail_msg("%s %s has a price", calls[i][0], calls[i][1]);
        }
    }
}

/* ---- dates ---- */

static int64_t at(const char *model, const char *when)
{
    struct event ev = test_call("acme", model);

    ev.ts_us = test_time(when);
    ev.token[TOKEN_INPUT] = 1;
    return test_total(book, &ev);
}

static void test_the_price_in_force_when_the_call_was_made(void **state)
{
    (void)state;
    assert_int_equal(at("dated", "2020-01-01T00:00:00Z"), 10 * MICRO);
    assert_int_equal(at("dated", "2025-06-09T23:59:59.999999Z"), 10 * MICRO);
    assert_int_equal(at("dated", "2025-06-10T00:00:00Z"), 2 * MICRO);
    assert_int_equal(at("dated", "2025-06-10T01:00:00+02:00"), 10 * MICRO);
    assert_int_equal(at("dated", "2025-12-31T23:59:59Z"), 2 * MICRO);
    assert_int_equal(at("dated", "2026-01-01T00:00:00Z"), 1 * MICRO);
    assert_int_equal(at("dated", "2036-01-01T00:00:00Z"), 1 * MICRO);
}

static void test_the_hours_of_a_day(void **state)
{
    (void)state;
    assert_int_equal(at("nightly", "2026-10-01T22:29:59.999999Z"), MICRO);
    assert_int_equal(at("nightly", "2026-10-01T22:30:00Z"), MICRO / 2);
    assert_int_equal(at("nightly", "2026-10-01T00:00:00Z"), MICRO / 2);
    assert_int_equal(at("nightly", "2026-10-01T05:59:59.999999Z"), MICRO / 2);
    assert_int_equal(at("nightly", "2026-10-01T06:00:00Z"), MICRO);
}

static void test_the_row_used_is_named_with_its_date(void **state)
{
    (void)state;
    struct event ev = test_call("acme", "dated");

    assert_str(test_cost(book, &ev).price_id, "acme/dated@2026-01-01#7.0");
    ev.ts_us = test_time("2021-01-01T00:00:00Z");
    assert_str(test_cost(book, &ev).price_id, "acme/dated#7.0");
    ev = test_call("acme", "nightly");
    ev.ts_us = test_time("2026-10-01T23:00:00Z");
    assert_str(test_cost(book, &ev).price_id, "acme/nightly@22:30-06:00#7.0");
    ev = test_call("acme", "sage");
    ev.service_tier = SERVICE_TIER_PRIORITY;
    assert_str(test_cost(book, &ev).price_id, "acme/sage:priority#rules");
}

/* ---- tiers ---- */

static int64_t in_tier(const char *provider, const char *model,
                       enum service_tier tier, int64_t input_tok)
{
    struct event ev = test_call(provider, model);

    ev.service_tier = tier;
    ev.token[TOKEN_INPUT] = input_tok;
    return test_total(book, &ev);
}

static void test_a_tier_with_a_list_of_its_own(void **state)
{
    (void)state;
    enum service_tier priority = SERVICE_TIER_PRIORITY;

    assert_int_equal(in_tier("acme", "sage", priority, 1000), 5250 * MICRO);
    assert_int_equal(in_tier("acme", "sage", priority, 128000),
                     128000 * INT64_C(5250000));
    /* Not offered for longer input: the standard row. */
    assert_int_equal(in_tier("acme", "sage", priority, 128001),
                     128001 * INT64_C(3000000));
    assert_int_equal(in_tier("acme", "bare", priority, 1000), 4000 * MICRO);
}

static void test_fees_of_a_tier_are_those_of_the_standard_row(void **state)
{
    (void)state;
    struct event ev = test_call("acme", "sage");

    ev.service_tier = SERVICE_TIER_PRIORITY;
    ev.web_searches = 1;
    assert_int_equal(test_total(book, &ev), 10000 * MICRO);
}

static void test_a_tier_factor_is_the_sellers(void **state)
{
    (void)state;
    assert_int_equal(in_tier("acme", "bare", SERVICE_TIER_BATCH, 1000),
                     2000 * MICRO);
    assert_int_equal(in_tier("acme", "bare", SERVICE_TIER_FLEX, 1000),
                     2000 * MICRO);
    assert_int_equal(in_tier("cloud", "bare", SERVICE_TIER_BATCH, 1000),
                     1000 * MICRO);
    assert_int_equal(in_tier("cloud", "bare", SERVICE_TIER_FLEX, 1000),
                     4000 * MICRO); /* unknown there: the standard price */
    assert_int_equal(in_tier("cloud", "sage", SERVICE_TIER_PRIORITY, 1000),
                     3000 * MICRO); /* acme's list is not cloud's */
}

/* ---- rounding ---- */

static void test_half_a_pico_dollar_goes_to_the_even_side(void **state)
{
    (void)state;
    struct test_prices prices = {
        .discount = {{.provider = STR("picky"),
                      .percent = STR("50"),
                      .from_us = PRICE_ALWAYS}},
        .n_discounts = 1,
    };
    struct price_book *half = test_book(&prices);
    struct event ev = test_call("picky", "pico");

    for (int64_t n = 0; n < 8; n++) { /* n pico-dollars, halved */
        static const int64_t want[] = {0, 0, 1, 2, 2, 2, 3, 4};

        ev.token[TOKEN_OUTPUT] = n;
        assert_int_equal(test_total(half, &ev), want[n]);
    }
    book_unref(&half);
}

static void test_parts_add_up_and_only_the_sum_is_rounded(void **state)
{
    (void)state;
    struct event ev = test_call("picky", "pico");
    struct event_cost cost;

    /* 83333.33333333334 pico-dollars a token. */
    ev.token[TOKEN_INPUT] = 2;      /* 166,666.67 */
    ev.token[TOKEN_CACHE_READ] = 2; /* the same */
    ev.token[TOKEN_OUTPUT] = 1;     /* 1 */
    cost = test_cost(book, &ev);
    assert_int_equal(test_total(book, &ev), 333334);
    assert_int_equal(cost.input.pico, 166667);
    assert_int_equal(cost.cache.pico, 166666);
    assert_int_equal(cost.output.pico, 1);
    ev.token[TOKEN_INPUT] =
        INT64_C(300000000000); /* no digit of the price is lost */
    ev.token[TOKEN_CACHE_READ] = 0;
    ev.token[TOKEN_OUTPUT] = 0;
    assert_int_equal(test_total(book, &ev), INT64_C(25000000000000002));
}

static void test_the_largest_counts_and_one_dollar_too_many(void **state)
{
    (void)state;
    struct event ev = test_call("picky", "pico");
    struct event_cost cost = {.priced = true};
    struct why why = {.text = ""};

    ev.token[TOKEN_OUTPUT] = INT64_C(1) << LIMIT_COUNT_BITS;
    assert_int_equal(test_total(book, &ev), INT64_C(1) << LIMIT_COUNT_BITS);
    ev = test_call("acme", "sage");
    ev.token[TOKEN_OUTPUT] = INT64_C(614000000000); /* at 15: 9.21 million */
    assert_int_equal(test_total(book, &ev), INT64_C(9210000000000000000));
    ev.token[TOKEN_OUTPUT] = INT64_C(615000000000); /* 9.225 million */
    assert_rc(cost_of_event(book, NULL, &ev, &cost, &why), RC_RANGE);
    assert_true(why.text[0] != '\0');
    assert_true(cost.priced); /* untouched */
    ev.token[TOKEN_OUTPUT] = INT64_C(400000000000);
    ev.token[TOKEN_OUTPUT_AUDIO] = INT64_C(400000000000); /* only together */
    assert_rc(cost_of_event(book, NULL, &ev, &cost, &why), RC_RANGE);
    for (unsigned k = 0; k < TOKEN__COUNT; k++) {
        ev.token[k] = INT64_C(1) << LIMIT_COUNT_BITS;
    }
    assert_rc(cost_of_event(book, NULL, &ev, &cost, &why), RC_RANGE);
}

/* The bound is on the list price: what a discount leaves of it could be
 * anything. */
static void test_too_dear_before_the_discount(void **state)
{
    (void)state;
    struct test_prices prices = {
        .discount = {{.provider = STR("acme"),
                      .percent = STR("99"),
                      .from_us = PRICE_ALWAYS}},
        .n_discounts = 1,
    };
    struct price_book *mine = test_book(&prices);
    struct event ev = test_call("acme", "sage");
    struct event_cost cost;
    struct why why = {.text = ""};

    ev.token[TOKEN_OUTPUT] = INT64_C(400000000000);
    assert_int_equal(test_total(mine, &ev), INT64_C(60000000000000000));
    ev.token[TOKEN_OUTPUT_REASONING] = INT64_C(400000000000);
    assert_rc(cost_of_event(mine, NULL, &ev, &cost, &why), RC_RANGE);
    book_unref(&mine);
}

/* ---- overrides and discounts ---- */

static struct price_override override(const char *model, const char *input,
                                      const char *output, const char *from)
{
    struct price_override o = {
        .provider = STR("acme"),
        .model = str_from_cz(model),
        .from_us = from ? test_time(from) : PRICE_ALWAYS,
    };

    o.price[TOKEN_INPUT] = str_from_cz(input);
    o.price[TOKEN_OUTPUT] = str_from_cz(output);
    return o;
}

static void test_a_stated_price_wins_from_its_day_on(void **state)
{
    (void)state;
    struct test_prices prices = {
        .override = {override("sage", "2", "7", "2026-09-01T00:00:00Z"),
                     override("sage", "1", "5", "2026-10-01T00:00:00Z")},
        .n_overrides = 2,
        .discount = {{.provider = STR("acme"),
                      .percent = STR("12"),
                      .from_us = PRICE_ALWAYS}},
        .n_discounts = 1,
    };
    struct price_book *mine = test_book(&prices);
    struct event ev = test_call("acme", "SAGE-2026-01-01");

    ev.token[TOKEN_INPUT] = 1000;
    assert_int_equal(test_total(mine, &ev), 1000 * MICRO);
    assert_str(test_cost(mine, &ev).price_id, "acme/sage@2026-10-01#override");
    ev.ts_us = test_time("2026-09-30T23:59:59Z");
    assert_int_equal(test_total(mine, &ev), 2000 * MICRO);
    ev.ts_us = test_time("2026-08-31T23:59:59Z"); /* the list, less 12 % */
    assert_int_equal(test_total(mine, &ev), 2640 * MICRO);
    ev = test_call("acme", "sage"); /* tiers hold for stated prices too */
    ev.token[TOKEN_INPUT] = 1000;
    ev.service_tier = SERVICE_TIER_BATCH;
    assert_int_equal(test_total(mine, &ev), 500 * MICRO);
    book_unref(&mine);
}

static void test_a_stated_price_for_what_no_book_knows(void **state)
{
    (void)state;
    struct test_prices prices = {
        .override = {{.provider = STR("House"),
                      .model = STR(" My-Model "),
                      .from_us = PRICE_ALWAYS,
                      .price = {[TOKEN_INPUT] = STR("0.5")}}},
        .n_overrides = 1,
    };
    struct price_book *mine = test_book(&prices);
    struct event ev = test_call("house", "my-model");

    ev.token[TOKEN_INPUT] = 10;
    ev.token[TOKEN_CACHE_READ] = 10;
    assert_int_equal(test_total(mine, &ev), 10 * MICRO);
    ev.token[TOKEN_OUTPUT] = 1; /* nothing was stated, so nothing is known */
    assert_int_equal(test_total(mine, &ev), -1);
    book_unref(&mine);
}

static void test_a_discount_is_off_tokens_and_fees(void **state)
{
    (void)state;
    struct test_prices prices = {
        .discount = {{.provider = STR("acme"),
                      .percent = STR("20"),
                      .from_us = test_time("2026-09-01T00:00:00Z")},
                     {.provider = STR("acme"),
                      .percent = STR("12.5"),
                      .from_us = PRICE_ALWAYS}},
        .n_discounts = 2,
    };
    struct price_book *mine = test_book(&prices);
    struct event ev = test_call("acme", "sage");

    ev.token[TOKEN_INPUT] = 1000;
    ev.web_searches = 1;
    assert_int_equal(test_total(mine, &ev), (2400 + 8000) * MICRO);
    ev.service_tier = SERVICE_TIER_BATCH;
    assert_int_equal(test_total(mine, &ev), (1200 + 8000) * MICRO);
    ev.ts_us = test_time("2026-08-31T23:59:59Z");
    assert_int_equal(test_total(mine, &ev),
                     (1312500 + 8750000) * INT64_C(1000));
    ev.ts_us = test_time("2026-09-01T00:00:00Z");
    assert_int_equal(test_total(mine, &ev), (1200 + 8000) * MICRO);
    ev = test_call("cloud", "bare"); /* another seller of acme's models */
    ev.token[TOKEN_INPUT] = 1000;
    assert_int_equal(test_total(mine, &ev), 4000 * MICRO);
    book_unref(&mine);
}

/* ---- the memo ---- */

static void test_a_memo_changes_nothing_but_the_time(void **state)
{
    (void)state;
    static const char *const models[] = {
        "sage", "bare", "dated", "unheard-of", "gift", "tape", "sage-2026"};
    struct price_memo *memo = memo_new();
    struct why why = {.text = ""};

    for (size_t i = 0; i < 4 * ARRAY_N(models); i++) {
        struct event ev =
            test_call(i % 2 ? "acme" : "cloud", models[i % ARRAY_N(models)]);
        struct event_cost cost;

        ev.token[TOKEN_INPUT] = 100;
        struct event_cost want = test_cost(book, &ev);

        assert_ok(cost_of_event(book, memo, &ev, &cost, &why), &why);
        assert_int_equal(cost.priced, want.priced);
        assert_int_equal(cost.input.pico, want.input.pico);
        assert_true(str_eq(cost.price_id, want.price_id));
    }
    memo_free(&memo);
    memo_free(&memo); /* and NULL */
}

static void test_a_memo_follows_a_new_book(void **state)
{
    (void)state;
    struct test_prices prices = {.override = {override("sage", "1", "1", NULL)},
                                 .n_overrides = 1};
    struct price_book *mine = test_book(&prices);
    struct price_memo *memo = memo_new();
    struct event ev = test_call("acme", "sage");
    struct event_cost cost;
    struct why why = {.text = ""};

    ev.token[TOKEN_INPUT] = 1;
    assert_ok(cost_of_event(book, memo, &ev, &cost, &why), &why);
    assert_int_equal(cost.input.pico, 3 * MICRO);
    assert_ok(cost_of_event(mine, memo, &ev, &cost, &why), &why);
    assert_int_equal(cost.input.pico, 1 * MICRO);
    book_unref(&mine); /* the memo holds the other reference */
    assert_ok(cost_of_event(book, memo, &ev, &cost, &why), &why);
    assert_int_equal(cost.input.pico, 3 * MICRO);
    memo_free(&memo);
}

static void test_a_memo_is_bounded(void **state)
{
    (void)state;
    struct price_memo *memo = memo_new();
    struct event ev = test_call("acme", "");
    char provider[LIMIT_DIM_MAX];
    char name[LIMIT_DIM_MAX];
    struct event_cost cost;
    struct why why = {.text = ""};

    memset(provider, 'p', sizeof(provider));
    memset(name, 'x', sizeof(name)); /* the longest names there are */
    ev.dim[DIM_PROVIDER] = (struct str){.p = provider, .n = sizeof(provider)};
    ev.dim[DIM_MODEL] = (struct str){.p = name, .n = sizeof(name)};
    for (int i = 0; i < 2 * LIMIT_PRICE_MEMO_MAX + 2; i++) {
        memcpy(name, &i, sizeof(i));
        assert_ok(cost_of_event(book, memo, &ev, &cost, &why), &why);
        assert_false(cost.priced);
    }
    ev = test_call("acme", "sage");
    ev.token[TOKEN_INPUT] = 1;
    assert_ok(cost_of_event(book, memo, &ev, &cost, &why), &why);
    assert_int_equal(cost.input.pico, 3 * MICRO);
    memo_free(&memo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example_a_every_class_has_its_price),
        cmocka_unit_test(test_example_b_batch_halves_tokens),
        cmocka_unit_test(test_example_c_a_long_call_pays_more_for_all_of_it),
        cmocka_unit_test(test_a_sum_is_as_long_as_its_calls),
        cmocka_unit_test(test_example_d_the_threshold_itself_is_not_above_it),
        cmocka_unit_test(test_the_highest_threshold_passed_counts),
        cmocka_unit_test(test_a_missing_price_is_never_zero),
        cmocka_unit_test(test_cache_writes_of_a_family),
        cmocka_unit_test(test_every_modality_has_its_own_price),
        cmocka_unit_test(test_embedding_models_bill_input_only),
        cmocka_unit_test(test_a_fee_not_listed_is_not_made_up),
        cmocka_unit_test(test_a_call_that_came_to_nothing_bears_no_request_fee),
        cmocka_unit_test(test_no_price_found_is_not_a_price_of_zero),
        cmocka_unit_test(test_the_price_in_force_when_the_call_was_made),
        cmocka_unit_test(test_the_hours_of_a_day),
        cmocka_unit_test(test_the_row_used_is_named_with_its_date),
        cmocka_unit_test(test_a_tier_with_a_list_of_its_own),
        cmocka_unit_test(test_fees_of_a_tier_are_those_of_the_standard_row),
        cmocka_unit_test(test_a_tier_factor_is_the_sellers),
        cmocka_unit_test(test_half_a_pico_dollar_goes_to_the_even_side),
        cmocka_unit_test(test_parts_add_up_and_only_the_sum_is_rounded),
        cmocka_unit_test(test_the_largest_counts_and_one_dollar_too_many),
        cmocka_unit_test(test_too_dear_before_the_discount),
        cmocka_unit_test(test_a_stated_price_wins_from_its_day_on),
        cmocka_unit_test(test_a_stated_price_for_what_no_book_knows),
        cmocka_unit_test(test_a_discount_is_off_tokens_and_fees),
        cmocka_unit_test(test_a_memo_changes_nothing_but_the_time),
        cmocka_unit_test(test_a_memo_follows_a_new_book),
        cmocka_unit_test(test_a_memo_is_bounded),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
