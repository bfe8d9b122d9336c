/* What the tests of this room share: a small book with invented prices, and
 * calls to price by it. */
#ifndef TESTS_UNIT_PRICE_PRICE_TEST_H
#define TESTS_UNIT_PRICE_PRICE_TEST_H

#include "test.h"

#include "base/utc.h"
#include "event/event.h"
#include "price/book.h"
#include "price/cost.h"

/* "acme" has the price row of the worked examples in docs/pricing.md. */
#define CATALOGUE                                                              \
    "toll prices 1\n"                                                          \
    "# invented\n"                                                             \
    "source @test/prices 7.0\n"                                                \
    "published 2026-09-01\n"                                                   \
    "count providers=4 models=13 rows=16\n"                                    \
    "provider acme\n"                                                          \
    "model sage\n"                                                             \
    "  match =sage ^sage-20\n"                                                 \
    "  price input=3.00 cache_read=0.30 cache_write=3.75 cache_write_1h=6.00 " \
    "output=15.00 web_search=10\n"                                             \
    "  above 200000 input=6.00 cache_read=0.60 cache_write=7.50 "              \
    "cache_write_1h=12.00 output=22.50\n"                                      \
    "model bare\n"                                                             \
    "  match =bare\n"                                                          \
    "  price input=4 output=8\n"                                               \
    "model claude-bare\n"                                                      \
    "  match =claude-bare\n"                                                   \
    "  price input=4 output=8\n"                                               \
    "model half-claude\n"                                                      \
    "  match =half-claude\n"                                                   \
    "  price input=4 cache_write=7 output=8\n"                                 \
    "model dated\n"                                                            \
    "  match =dated\n"                                                         \
    "  price input=10 output=40\n"                                             \
    "  price from=2025-06-10 input=2 output=8\n"                               \
    "  price from=2026-01-01 input=1 output=4\n"                               \
    "model nightly\n"                                                          \
    "  match =nightly\n"                                                       \
    "  price input=1 output=2\n"                                               \
    "  price daily=22:30-06:00 input=0.5 output=1\n"                           \
    "model vector\n"                                                           \
    "  match =vector\n"                                                        \
    "  price input=0.13\n"                                                     \
    "model hearing\n"                                                          \
    "  match =hearing\n"                                                       \
    "  price input=2.5 output=10 input_audio=40 output_audio=80 "              \
    "input_image=5 output_image=30 reasoning=12 request=12\n"                  \
    "model tape\n"                                                             \
    "  match =tape\n"                                                          \
    "  price\n"                                                                \
    "  also audio_hours=0.36\n"                                                \
    "model gift\n"                                                             \
    "  match =gift\n"                                                          \
    "  price\n"                                                                \
    "model stairs\n"                                                           \
    "  match =stairs\n"                                                        \
    "  price input=1 output=2\n"                                               \
    "  above 32000 input=2\n"                                                  \
    "  above 128000 input=4 output=5\n"                                        \
    "provider cloud\n"                                                         \
    "hosts acme nobody\n"                                                      \
    "provider picky\n"                                                         \
    "model pico\n"                                                             \
    "  match =pico\n"                                                          \
    "  price input=0.08333333333333334 output=0.000001\n"                      \
    "provider aws\n"                                                           \
    "model regional\n"                                                         \
    "  match ^anthropic.claude-9\n"                                            \
    "  price input=11 output=55\n"

#define RULES                                                      \
    "toll price rules 1\n"                                         \
    "provider bedrock aws\n"                                       \
    "router litellm\n"                                             \
    "local ollama\n"                                               \
    "family claude cache_write=1.25 cache_write_1h=2\n"            \
    "tier acme batch 0.5\n"                                        \
    "tier acme flex 0.5 unverified\n"                              \
    "tier aws priority 1.75\n"                                     \
    "tier cloud batch 0.25\n"                                      \
    "row acme sage priority upto=128000 input=5.25 output=26.25\n" \
    "free acme gift\n"

/* Overrides and discounts of a test; the rest is the book above. */
struct test_prices {
    struct price_override override[8];
    size_t n_overrides;
    struct price_discount discount[8];
    size_t n_discounts;
};

static inline enum rc test_load(const struct test_prices *prices,
                                struct price_book **ret_book, struct why *why)
{
    struct book_source src = {.catalogue = STR(CATALOGUE), .rules = STR(RULES)};

    if (prices) {
        src.overrides = prices->override;
        src.n_overrides = prices->n_overrides;
        src.discounts = prices->discount;
        src.n_discounts = prices->n_discounts;
    }
    return book_load(&src, ret_book, why);
}

static inline struct price_book *test_book(const struct test_prices *prices)
{
    struct price_book *book = NULL;
    struct why why = {.text = ""};

    assert_ok(test_load(prices, &book, &why), &why);
    return book;
}

static inline int64_t test_time(const char *rfc3339)
{
    int64_t us = 0;

    assert_int_equal(utc_parse(str_from_cz(rfc3339), false, &us), RC_OK);
    return us;
}

static inline struct event test_call(const char *provider, const char *model)
{
    struct event ev;

    event_init(&ev);
    ev.ts_us = test_time("2026-10-01T12:00:00Z");
    ev.dim[DIM_PROVIDER] = str_from_cz(provider);
    ev.dim[DIM_MODEL] = str_from_cz(model);
    return ev;
}

static inline struct event_cost test_cost(struct price_book *book,
                                          const struct event *ev)
{
    struct event_cost cost;
    struct why why = {.text = ""};

    assert_ok(cost_of_event(book, NULL, ev, &cost, &why), &why);
    return cost;
}

/* The whole cost in pico-dollars; -1 when there is no price. */
static inline int64_t test_total(struct price_book *book,
                                 const struct event *ev)
{
    struct event priced = *ev;

    priced.cost = test_cost(book, ev);
    return priced.cost.priced ? event_total_cost(&priced).pico : -1;
}

#endif
