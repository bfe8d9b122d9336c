#include "price_test.h"

#include <stdlib.h>

#include "base/arena.h"
#include "price/book_priv.h"

static void test_the_built_in_book(void **state)
{
    (void)state;
    struct book_source src = book_source_builtin();
    struct price_book *book = NULL;
    struct why why = {.text = ""};

    assert_ok(book_load(&src, &book, &why), &why);
    struct book_info info = book_info(book);

    assert_str(info.source, "@pydantic/genai-prices 0.1.8");
    assert_str(info.version, "0.1.8");
    assert_str(info.date, "2026-09-23");
    assert_int_equal(info.n_providers, 43);
    assert_int_equal(info.n_models, 1694);
    assert_true(info.n_rows > 1694);
    assert_int_equal(info.n_overrides, 0);
    assert_true(info.bytes < (size_t)3 * 1024 * 1024);
    book_unref(&book);
    assert_null(book);
    book_unref(&book);
}

/* The last reference frees, whoever holds it. */
static void test_references(void **state)
{
    (void)state;
    struct price_book *book = test_book(NULL);
    struct price_book *other = book_ref(book);

    assert_ptr_equal(book, other);
    book_unref(&book);
    assert_str(book_info(other).version, "7.0");
    book_unref(&other);
}

static void test_the_book_keeps_no_text_of_the_caller(void **state)
{
    (void)state;
    char text[] = "0.25";
    struct test_prices prices = {
        .override = {{.provider = STR("acme"),
                      .model = STR("sage"),
                      .from_us = PRICE_ALWAYS,
                      .price = {[TOKEN_INPUT] = {.p = text, .n = 4}}}},
        .n_overrides = 1,
        .discount = {{.provider = STR("acme"),
                      .percent = {.p = text, .n = 4},
                      .from_us = PRICE_ALWAYS}},
        .n_discounts = 1,
    };
    struct price_book *book = test_book(&prices);
    struct event ev = test_call("acme", "sage");

    memset(text, 'x', sizeof(text));
    ev.token[TOKEN_INPUT] = 4;
    assert_int_equal(test_total(book, &ev), 1000000);
    book_unref(&book);
}

static void test_rows_for_people(void **state)
{
    (void)state;
    struct test_prices prices = {
        .override = {{.provider = STR("acme"),
                      .model = STR("sage"),
                      .from_us = PRICE_ALWAYS,
                      .price = {[TOKEN_INPUT] = STR("0.250")}}},
        .n_overrides = 1,
    };
    struct price_book *book = test_book(&prices);
    struct arena arena;
    struct book_row row;
    size_t n = 0;

    arena_init(&arena, LIMIT_ARENA_MAX);
    assert_int_equal(book_row(book, 0, &arena, &row), RC_OK);
    assert_str(row.id, "acme/sage#override");
    assert_str(row.source, "override");
    assert_str(row.price[TOKEN_INPUT], "0.25");
    assert_int_equal(row.price[TOKEN_OUTPUT].n, 0);
    assert_int_equal(book_row(book, 1, &arena, &row), RC_OK);
    assert_str(row.provider, "acme");
    assert_str(row.model, "sage");
    assert_str(row.source, "@test/prices 7.0");
    assert_str(row.price[TOKEN_CACHE_WRITE_5M], "3.75");
    assert_int_equal(row.above_tokens, 200000);
    assert_str(row.above_price[TOKEN_OUTPUT], "22.5");
    assert_int_equal(row.from_us, PRICE_ALWAYS);
    while (book_row(book, n, &arena, &row) == RC_OK) {
        n++;
    }
    /* 16 of the catalogue, one of the rules, one stated. */
    assert_int_equal(n, 18);
    arena_fini(&arena);
    arena_init(&arena, 0);
    assert_int_equal(book_row(book, 0, &arena, &row), RC_LIMIT);
    arena_fini(&arena);
    book_unref(&book);
}

/* What of a model's rows holds, and which stated price goes before it. */
static void test_standing(void **state)
{
    (void)state;
    struct test_prices prices = {
        .override = {{.provider = STR("bedrock"),
                      .model = STR("regional"),
                      .from_us = test_time("2026-10-01T00:00:00Z"),
                      .price = {[TOKEN_INPUT] = STR("1")}}},
        .n_overrides = 1,
    };
    struct price_book *book = test_book(&prices);
    const int64_t before = test_time("2025-12-31T23:59:59Z");
    const int64_t later = test_time("2026-10-01T00:00:00Z");
    struct arena arena;
    struct book_row row;

    arena_init(&arena, LIMIT_ARENA_MAX);
    for (size_t i = 0; book_row(book, i, &arena, &row) == RC_OK; i++) {
        struct book_standing then = book_row_standing(book, i, before);
        struct book_standing now = book_row_standing(book, i, later);

        if (str_eq(row.model, STR("dated"))) {
            assert_int_equal(then.in_force,
                             str_eq(row.price[TOKEN_INPUT], STR("2")));
            assert_int_equal(now.in_force,
                             str_eq(row.price[TOKEN_INPUT], STR("1")));
        } else if (str_eq(row.source, STR("override"))) {
            assert_false(then.in_force);
            assert_true(now.in_force);
            assert_int_equal(now.overridden_by.n, 0);
        } else if (str_eq(row.model, STR("regional"))) {
            assert_true(now.in_force);
            assert_int_equal(then.overridden_by.n, 0);
            assert_str(now.overridden_by,
                       "bedrock/regional@2026-10-01#override");
        }
    }
    assert_str(book_list_name(book, STR("bedrock")), "aws");
    assert_str(book_list_name(book, STR("inhouse")), "inhouse");
    arena_fini(&arena);
    book_unref(&book);
}

static void test_discounts_listed(void **state)
{
    (void)state;
    struct test_prices prices = {
        .discount = {{STR("acme"), STR("20"),
                      test_time("2026-07-01T00:00:00Z")},
                     {STR("acme"), STR("12"), PRICE_ALWAYS}},
        .n_discounts = 2,
    };
    struct price_book *book = test_book(&prices);
    struct book_discount d;

    assert_int_equal(
        book_discount(book, 0, test_time("2026-06-30T23:59:59Z"), &d), RC_OK);
    assert_str(d.percent, "20");
    assert_false(d.in_force);
    assert_int_equal(
        book_discount(book, 1, test_time("2026-06-30T23:59:59Z"), &d), RC_OK);
    assert_str(d.provider, "acme");
    assert_true(d.in_force);
    assert_int_equal(
        book_discount(book, 1, test_time("2026-07-01T00:00:00Z"), &d), RC_OK);
    assert_false(d.in_force);
    assert_int_equal(book_discount(book, 2, 0, &d), RC_END);
    book_unref(&book);
}

/* ---- finding ---- */

static void check_found(struct price_book *book, const char *provider,
                        const char *model, const char *want)
{
    static struct name_forms forms;
    struct price_match m;

    book_find(book, str_from_cz(provider), str_from_cz(model), &forms, &m);
    struct str got = m.model ? m.model->name : STR("");

    if (!str_eq(got, str_from_cz(want))) {
        fail_msg("%s %s is \"%.*s\", not \"%s\"", provider, model, STR_ARG(got),
                 want);
    }
}

static void test_where_a_name_leads(void **state)
{
    (void)state;
    struct price_book *book = test_book(NULL);

    check_found(book, "acme", "sage", "sage");
    check_found(book, "ACME", "sage", "");
    check_found(book, "acme", "models/Sage-2026-01-01", "sage");
    check_found(book, "acme", "sage-20", "sage");
    check_found(book, "acme", "sages", "");
    check_found(book, "cloud", "bare", "bare"); /* acme's */
    check_found(book, "picky", "bare", "");     /* not picky's */
    check_found(book, "bedrock", "eu.anthropic.claude-9-v1:0", "regional");
    check_found(book, "aws", "anthropic.claude-9-v1:0", "regional");
    check_found(book, "litellm", "acme/bare", "bare");
    check_found(book, "litellm", "picky/bare", "");
    check_found(book, "litellm", "bare", "");
    check_found(book, "acme", "", "");
    book_unref(&book);
}

/* Of the models that claim a name the first in the file gets it, whichever
 * way it claims it. */
static void test_the_first_model_that_claims_a_name(void **state)
{
    (void)state;
    struct book_source src = {
        .catalogue = STR("toll prices 1\n"
                         "source @test/prices 1\n"
                         "published 2026-09-01\n"
                         "count providers=1 models=4 rows=4\n"
                         "provider p\n"
                         "model one\n match =a =b\n price input=1\n"
                         "model two\n match ^a =c\n price input=2\n"
                         "model three\n match =ab =a =d\n price input=3\n"
                         "model four\n match *\x64\n price input=4\n"),
        .rules = STR("toll price rules 1\n"),
    };
    struct price_book *book = NULL;
    struct why why = {.text = ""};

    assert_ok(book_load(&src, &book, &why), &why);
    check_found(book, "p", "a", "one");
    check_found(book, "p", "b", "one");
    check_found(book, "p", "ab", "two");
    check_found(book, "p", "ax", "two");
    check_found(book, "p", "c", "two");
    check_found(book, "p", "d", "three");
    check_found(book, "p", "xdx", "four");
    check_found(book, "p", "x", "");
    book_unref(&book);
}

static void test_what_is_free_of_charge(void **state)
{
    (void)state;
    struct price_book *book = test_book(NULL);
    static const char *const calls[][3] = {
        {"ollama", "llama3.2:1b", "ollama/local#rules"},
        {"acme", "anything:free", "acme/:free#rules"},
        {"acme", "gift", "acme/gift#rules"},
    };

    for (size_t i = 0; i < ARRAY_N(calls); i++) {
        struct event ev = test_call(calls[i][0], calls[i][1]);

        ev.token[TOKEN_INPUT] = 1000;
        ev.token[TOKEN_OUTPUT] = 1000;
        ev.web_searches = 1;
        ev.service_tier = SERVICE_TIER_BATCH;
        assert_int_equal(test_total(book, &ev), 0);
        struct str id = test_cost(book, &ev).price_id;

        test_assert_str(id, str_from_cz(calls[i][2]), __FILE__, __LINE__);
    }
    struct event ev = test_call("nobody", "anything:free");

    assert_int_equal(test_total(book, &ev), -1);
    book_unref(&book);
}

/* ---- refusals ---- */

static void check_refused(struct book_source src, const char *words)
{
    struct price_book *book = NULL;
    struct why why = {.text = ""};
    enum rc rc = book_load(&src, &book, &why);

    if (rc == RC_OK || !strstr(why.text, words)) {
        fail_msg("want \"%s\", got %s \"%s\"", words, rc_name(rc), why.text);
    }
    assert_null(book);
}

static void check_catalogue(const char *text, const char *words)
{
    check_refused((struct book_source){.catalogue = str_from_cz(text),
                                       .rules = STR(RULES)},
                  words);
}

static void check_rules(const char *text, const char *words)
{
    check_refused((struct book_source){.catalogue = STR(CATALOGUE),
                                       .rules = str_from_cz(text)},
                  words);
}

#define HEAD                                            \
    "toll prices 1\nsource p 1\npublished 2026-09-01\n" \
    "count providers=1 models=1 rows=1\n"
#define MODEL HEAD "provider p\nmodel m\n match =m\n"

static void test_broken_catalogues(void **state)
{
    (void)state;
    check_catalogue("", "not a price catalogue");
    check_catalogue("<html>", "not a price catalogue");
    check_catalogue("toll prices 2\n", "version 1");
    check_catalogue(HEAD, "torn");
    check_catalogue(MODEL, "torn");
    check_catalogue("toll prices 1\n", "no source");
    check_catalogue(HEAD "model m\n", "line 5: model without");
    check_catalogue(HEAD "provider\n", "line 5: provider without");
    check_catalogue(HEAD "provider p\nprovider p\n", "line 6: provider");
    check_catalogue(HEAD "match =m\n", "line 5: match of no model");
    check_catalogue(HEAD "price input=1\n", "line 5: price of no model");
    check_catalogue(HEAD "hosts x\n", "line 5: hosts of no provider");
    check_catalogue(MODEL " match =x\n", "line 8: match of no model");
    check_catalogue(MODEL " also x=1\n", "line 8: also without");
    check_catalogue(MODEL " above 5 input=1\n", "line 8: not a context size");
    check_catalogue(MODEL " price input=x\n", "line 8: not an exact price");
    check_catalogue(MODEL " price input=-1\n", "not an exact price");
    check_catalogue(MODEL " price wisdom=1\n", "unknown or second price");
    check_catalogue(MODEL " price input=1 input=1\n", "second price");
    check_catalogue(MODEL " price input\n", "not an exact price");
    check_catalogue(MODEL " price from=2026-13-01 input=1\n", "not a date");
    check_catalogue(MODEL " price daily=1-2 input=1\n", "not a time of day");
    check_catalogue(MODEL " price daily=24:00-01:00 input=1\n", "time of day");
    check_catalogue(MODEL " price daily=01:00-01:00 input=1\n", "time of day");
    check_catalogue(MODEL
                    " price input=1\n above 9 input=2\n above 9 input=3\n",
                    "line 10: not a context size above the last");
    check_catalogue(MODEL " price input=1\n above -1 input=2\n",
                    "context size");
    check_catalogue(MODEL " prise input=1\n", "line 8: unknown word \"prise\"");
    check_catalogue(HEAD "provider p\nmodel m\n match m\n", "not a pattern");
    check_catalogue("toll prices 1\npublished yesterday\n", "not a date");
    check_catalogue("toll prices 1\nsource p\n", "no name and version");
    check_catalogue("toll prices 1\ncount cats=1\n", "not a count");
    check_catalogue("toll prices 1\ncount rows=many\n", "not a count");
}

#define RULE "toll price rules 1\n"

static void test_broken_rules(void **state)
{
    (void)state;
    check_rules("", "not a file of price rules");
    check_rules("toll prices 1\n", "not a file of price rules");
    check_rules(RULE "provider x nobody\n", "line 2: unknown provider");
    check_rules(RULE "provider x\n", "not a word and a provider");
    check_rules(RULE "router\n", "router without");
    check_rules(RULE "local\n", "local without");
    check_rules(RULE "family\n", "family without");
    check_rules(RULE "family x input=2\n", "not a rule for cache writes");
    check_rules(RULE "family x cache_write=1.2\n", "whole quarters");
    check_rules(RULE "family x cache_write=0\n", "not a rule for cache");
    check_rules(RULE "tier nobody batch 0.5\n", "unknown provider");
    check_rules(RULE "tier acme slow 0.5\n", "not a service tier");
    check_rules(RULE "tier acme standard 0.5\n", "not a service tier");
    check_rules(RULE "tier acme batch\n", "not a factor");
    check_rules(RULE "tier acme batch half\n", "not a factor");
    check_rules(RULE "tier acme batch 0.33\n", "not a factor");
    check_rules(RULE "tier acme batch 17\n", "not a factor");
    check_rules(RULE "tier acme batch 0.5 maybe\n", "unverified");
    check_rules(RULE "row nobody sage batch input=1\n", "unknown provider");
    check_rules(RULE "row acme sago batch input=1\n", "unknown provider");
    check_rules(RULE "row acme sage standard input=1\n", "service tier");
    check_rules(RULE "row acme sage batch upto=0 input=1\n", "tokens");
    check_rules(RULE "row acme sage batch input=dear\n", "not an exact price");
    check_rules(RULE "free acme sago\n", "unknown provider or model");
    check_rules(RULE "free nobody sage\n", "unknown provider or model");
    check_rules(RULE "gift acme sage\n", "unknown word \"gift\"");
}

static void check_override(struct price_override row, const char *words)
{
    struct test_prices prices = {.override = {row, row}, .n_overrides = 1};
    struct price_book *book = NULL;
    struct why why = {.text = ""};
    enum rc rc = test_load(&prices, &book, &why);

    if (rc == RC_OK || !strstr(why.text, words)) {
        fail_msg("want \"%s\", got %s \"%s\"", words, rc_name(rc), why.text);
    }
}

static void test_refused_overrides(void **state)
{
    (void)state;
    struct price_override good = {.provider = STR("acme"),
                                  .model = STR("sage"),
                                  .from_us = PRICE_ALWAYS,
                                  .price = {[TOKEN_OUTPUT] = STR("1")}};
    struct price_override row = good;

    row.price[TOKEN_CACHE_READ] = STR("cheap");
    check_override(row, "prices.overrides row 1 (acme/sage): cache_read is "
                        "not a price");
    row.price[TOKEN_CACHE_READ] = STR("1000001");
    check_override(row, "cache_read is not a price from 0 to 1000000");
    row = good;
    row.price[TOKEN_OUTPUT] = STR("");
    check_override(row, "states no price");
    row = good;
    row.model = STR(" ");
    check_override(row, "not a model's name");
    row = good;
    row.provider = STR("");
    check_override(row, "not a provider's name");
    struct test_prices twice = {.override = {good, good}, .n_overrides = 2};
    struct price_book *book = NULL;
    struct why why = {.text = ""};

    assert_rc(test_load(&twice, &book, &why), RC_INVALID);
    assert_non_null(strstr(why.text, "row 2 (acme/sage): a second price"));
}

static void test_refused_discounts(void **state)
{
    (void)state;
    static const char *const percents[] = {"",         "twelve",  "-1",
                                           "100.0001", "0.00001", "1e1"};
    struct test_prices prices = {
        .discount = {{.provider = STR("acme"), .from_us = PRICE_ALWAYS}},
        .n_discounts = 1};
    struct price_book *book = NULL;
    struct why why = {.text = ""};

    for (size_t i = 0; i < ARRAY_N(percents); i++) {
        prices.discount[0].percent = str_from_cz(percents[i]);
        if (test_load(&prices, &book, &why) != RC_INVALID ||
            !strstr(why.text, "prices.discounts row 1 (acme): not a perc")) {
            fail_msg("%s passes for a percentage: %s", percents[i], why.text);
        }
    }
    prices.discount[0].percent = STR("100");
    prices.discount[1] = prices.discount[0];
    prices.n_discounts = 2;
    assert_rc(test_load(&prices, &book, &why), RC_INVALID);
    assert_non_null(strstr(why.text, "row 2 (acme): a second discount"));
    prices.discount[1].provider = STR("");
    assert_rc(test_load(&prices, &book, &why), RC_INVALID);
}

static void test_as_many_rows_as_allowed_and_one_more(void **state)
{
    (void)state;
    struct book_source src = {.catalogue = STR(CATALOGUE), .rules = STR(RULES)};
    size_t n = LIMIT_PRICE_ROWS_MAX - 17 + 1; /* the book has 17 itself */
    struct price_override *rows = calloc(n, sizeof(*rows));
    struct price_book *book = NULL;
    struct why why = {.text = ""};

    assert_non_null(rows);
    for (size_t i = 0; i < n; i++) {
        rows[i].provider = STR("acme");
        rows[i].model = STR("sage");
        rows[i].from_us = (int64_t)i;
        rows[i].price[TOKEN_INPUT] = STR("1");
    }
    src.overrides = rows;
    src.n_overrides = n;
    assert_rc(book_load(&src, &book, &why), RC_LIMIT);
    src.n_overrides = n - 1;
    assert_ok(book_load(&src, &book, &why), &why);
    assert_int_equal(book_info(book).n_overrides, n - 1);
    book_unref(&book);
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_built_in_book),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_the_book_keeps_no_text_of_the_caller),
        cmocka_unit_test(test_rows_for_people),
        cmocka_unit_test(test_standing),
        cmocka_unit_test(test_discounts_listed),
        cmocka_unit_test(test_where_a_name_leads),
        cmocka_unit_test(test_the_first_model_that_claims_a_name),
        cmocka_unit_test(test_what_is_free_of_charge),
        cmocka_unit_test(test_broken_catalogues),
        cmocka_unit_test(test_broken_rules),
        cmocka_unit_test(test_refused_overrides),
        cmocka_unit_test(test_refused_discounts),
        cmocka_unit_test(test_as_many_rows_as_allowed_and_one_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
