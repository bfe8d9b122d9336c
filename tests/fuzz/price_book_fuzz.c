/* Any text as the files of a price book: after "c" a catalogue, after "r" the
 * rules to a small one, after "n" a model's name, after "p" a stated price
 * and percentage.  What is taken prices calls without passing its bounds. */
#include "base/arena.h"
#include "base/check.h"
#include "base/why.h"
#include "price/book.h"
#include "price/cost.h"
#include "price/explain.h"
#include "price/memo.h"

#define CATALOGUE                                                         \
    "toll prices 1\nsource p 1\npublished 2026-09-01\n"                   \
    "count providers=2 models=2 rows=2\n"                                 \
    "provider p\nmodel m\nmatch ^m *claude&!$x\nprice input=1 output=2\n" \
    "above 9 input=2\nprovider aws\nmodel b\nmatch *.b-#\n"               \
    "price from=2026-01-01 input=0.1234567890123456 web_search=1\n"
#define RULES "toll price rules 1\nrouter r\nlocal l\ntier p batch 0.5\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_cost(struct price_book *book, struct price_memo *memo,
                       const struct event *ev)
{
    struct cost_explanation x;
    struct event_cost cost;
    struct arena arena;
    struct why why;
    enum rc rc = cost_of_event(book, memo, ev, &cost, &why);

    CHECK(rc == RC_OK || rc == RC_RANGE);
    CHECK(rc != RC_OK || (cost.input.pico >= 0 && cost.cache.pico >= 0 &&
                          cost.output.pico >= 0 && cost.tools.pico >= 0));
    arena_init(&arena, LIMIT_ARENA_MAX);
    enum rc told = cost_explain(book, ev, &arena, &x, &why);

    CHECK(told == rc || told == RC_LIMIT); /* names as long as the arena */
    if (told == RC_OK && cost.priced) {
        int64_t sum = 0;

        for (size_t i = 0; i < x.n_lines; i++) {
            CHECK(x.line[i].amount.pico >= 0);
            sum += x.line[i].amount.pico;
        }
        CHECK(sum == cost.input.pico + cost.cache.pico + cost.output.pico +
                         cost.tools.pico);
    }
    arena_fini(&arena);
}

static void price_calls(struct price_book *book, struct str name)
{
    static const char *const providers[] = {"p", "bedrock", "aws", "r", "l"};
    struct price_memo *memo = memo_new();
    struct event ev;

    event_init(&ev);
    ev.web_searches = 3;
    for (unsigned i = 0; i < ARRAY_N(providers); i++) {
        ev.dim[DIM_PROVIDER] = str_from_cz(providers[i]);
        ev.dim[DIM_MODEL] = name;
        ev.service_tier = i % SERVICE_TIER__COUNT;
        ev.service_tier =
            ev.service_tier > 0 ? ev.service_tier : SERVICE_TIER_STANDARD;
        ev.ts_us = INT64_C(1790000000000000) + i * INT64_C(9000000000);
        for (unsigned k = 0; k < TOKEN__COUNT; k++) {
            ev.token[k] = INT64_C(1) << (k * 4);
        }
        check_cost(book, memo, &ev);
    }
    memo_free(&memo);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {.p = (const char *)data + 1,
                       .n = size > 0 ? size - 1 : 0};
    struct book_source src = {.catalogue = STR(CATALOGUE), .rules = STR(RULES)};
    struct price_override stated = {
        .provider = STR("p"), .model = STR("m"), .from_us = PRICE_ALWAYS};
    struct price_discount discount = {.provider = STR("p"),
                                      .from_us = PRICE_ALWAYS};
    struct price_book *book = NULL;
    struct why why = {.text = ""};
    struct str name = STR("m");

    if (size == 0) {
        return 0;
    }
    switch (data[0]) {
    case 'c':
        src.catalogue = text;
        src.rules = STR("toll price rules 1\n");
        break;
    case 'r':
        src.rules = text;
        break;
    case 'n':
        name = text;
        break;
    case 'p':
        stated.price[TOKEN_INPUT] = text;
        src.overrides = &stated;
        src.n_overrides = 1;
        discount.percent = text;
        src.discounts = &discount;
        src.n_discounts = text.n % 2;
        break;
    default:
        return 0;
    }
    enum rc rc = book_load(&src, &book, &why);

    CHECK(rc == RC_OK || why.text[0] != '\0');
    if (rc == RC_OK) {
        price_calls(book, name);
        price_calls(book, STR("m"));
    }
    book_unref(&book);
    return 0;
}
