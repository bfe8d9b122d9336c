/* The price book: what every model of every provider costs, from when on.
 *
 * A book is made whole from four sources - the catalogue (data/prices.txt,
 * generated), the rules a catalogue has no words for (data/price-rules.txt),
 * and the user's overrides and discounts - and never changes afterwards.  A
 * changed configuration makes a new book; whoever still holds the old one
 * keeps it whole.  It is an immutable snapshot: reading it takes no lock.
 *
 * Any thread.  It knows neither files nor YAML nor the clock. */
#ifndef PRICE_BOOK_H
#define PRICE_BOOK_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct price_book;
struct why;

/* What bears a price.  The token classes come first and keep the numbers of
 * enum token_kind, so a price_class below TOKEN__COUNT is a token_kind. */
enum price_class {
    PRICE_CLASS_WEB_SEARCH = TOKEN__COUNT, /* one search */
    PRICE_CLASS_REQUEST,                   /* the call itself */
    PRICE_CLASS__COUNT
};

/* price_class_name: how a class is spelt in toll.yaml, in the book's files
 * and in answers: "input", "cache_read", "cache_write", "cache_write_1h",
 * "input_audio", "input_image", "output", "reasoning", "output_audio",
 * "output_image", "web_search", "request".  price_class_from: back, else
 * PRICE_CLASS__COUNT. */
struct str price_class_name(unsigned price_class);
unsigned price_class_from(struct str name);

/* price_class_per: how many units a listed price is for: 1,000,000 tokens,
 * or 1,000 searches or requests. */
int64_t price_class_per(unsigned price_class);

#define PRICE_ALWAYS INT64_MIN /* "from" of a row without a start */

/* One row of `prices.overrides`: the price a user states.  Several rows of
 * one model are its history. */
struct price_override {
    struct str provider; /* any alias; folded */
    struct str model;    /* any spelling; trimmed, lower case */
    int64_t from_us;     /* in force from here on; or PRICE_ALWAYS */
    /* Dollars for price_class_per() units as decimal text, exact; empty: not
     * stated, so the fallbacks of docs/pricing.md hold.  At least one. */
    struct str price[PRICE_CLASS__COUNT];
};

/* One row of `prices.discounts`: percent off what a provider's book rows
 * come to, fees included.  Overrides are net prices and not discounted. */
struct price_discount {
    struct str provider; /* any alias; folded */
    struct str percent;  /* decimal text, 0..100, at most four decimals */
    int64_t from_us;     /* in force from here on; or PRICE_ALWAYS */
};

struct book_source {
    struct str catalogue; /* text of data/prices.txt */
    struct str rules;     /* text of data/price-rules.txt */
    const struct price_override *overrides;
    size_t n_overrides;
    const struct price_discount *discounts;
    size_t n_discounts;
};

/* book_source_builtin: the two texts this binary was built with, and no
 * overrides or discounts; add yours to it. */
struct book_source book_source_builtin(void);

/* book_load: parse and index.
 *   src       borrowed for the call
 *   ret_book  a book with one reference, the caller's
 * RC_PARSE for malformed text ("prices.txt line 12: ..."), RC_INVALID or
 * RC_RANGE for an override or discount against the rules ("prices.overrides
 * row 2 (openai gpt-4o): ..."), RC_LIMIT over LIMIT_PRICE_ROWS_MAX rows. */
enum rc book_load(const struct book_source *src, struct price_book **ret_book,
                  struct why *why) MUST_CHECK;

/* book_ref: one more holder, who ends with book_unref; returns `book`.
 * book_unref: accepts NULL; sets NULL; the last one frees. */
struct price_book *book_ref(struct price_book *book);
void book_unref(struct price_book **book);

struct book_info {
    struct str source;  /* "@pydantic/genai-prices 0.1.8" */
    struct str version; /* "0.1.8" */
    struct str date;    /* "2026-09-30": when the catalogue was published */
    size_t n_providers;
    size_t n_models;
    size_t n_rows; /* dated prices of those models, tier rows included */
    size_t n_overrides;
    size_t n_discounts;
    size_t bytes; /* memory the book takes */
};

/* book_info: what it was made of; text until the book ends. */
struct book_info book_info(const struct price_book *book);

/* One priced row for people; text borrows from the book or `out`. */
struct book_row {
    struct str id; /* what event_cost.price_id holds */
    struct str provider;
    struct str model;  /* the catalogue's name for it */
    struct str source; /* "genai-prices 0.1.8", "rules", "override" */
    int64_t from_us;   /* or PRICE_ALWAYS */
    struct str daily;  /* "00:30-16:30" UTC, or empty */
    enum service_tier tier;
    /* Dollars for price_class_per() units; empty: not listed. */
    struct str price[PRICE_CLASS__COUNT];
    /* Context above which (input tokens) other prices hold; 0: none. */
    int64_t above_tokens;
    struct str above_price[PRICE_CLASS__COUNT];
};

/* book_row: row `i` of the book, overrides first, then by provider and model
 * in the catalogue's order; RC_END past the last, RC_LIMIT at the arena's
 * cap. */
enum rc book_row(const struct price_book *book, size_t i, struct arena *out,
                 struct book_row *ret_row) MUST_CHECK;

/* What row `i`, which is one of the book, stands for at that moment. */
struct book_standing {
    bool in_force;            /* of the rows of its model and tier */
    struct str overridden_by; /* id of the stated price that goes before it at
                                 any provider that sells from its list; empty:
                                 none */
};
struct book_standing book_row_standing(const struct price_book *book, size_t i,
                                       int64_t at_us);

/* book_discount: row `i` of the discounts, as they were stated; RC_END past
 * the last. */
struct book_discount {
    struct str provider; /* folded */
    struct str percent;
    int64_t from_us; /* or PRICE_ALWAYS */
    bool in_force;   /* at that moment */
};
enum rc book_discount(const struct price_book *book, size_t i, int64_t at_us,
                      struct book_discount *ret) MUST_CHECK;

/* book_list_name: how rows call the list that this provider sells from:
 * "google" for "vertex"; the word itself when the book has none. */
struct str book_list_name(const struct price_book *book, struct str provider);

#endif
