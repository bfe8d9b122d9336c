/* The working of one price, for cost.c and explain.c: the same numbers, said
 * with reasons or without. */
#ifndef PRICE_COST_PRIV_H
#define PRICE_COST_PRIV_H

#include "base/num.h"
#include "price/book_priv.h"

enum cost_part {
    COST_PART_INPUT,
    COST_PART_CACHE,
    COST_PART_OUTPUT,
    COST_PART_TOOLS,
    COST_PART__COUNT
};

/* Why there is no price, which is never a price of zero. */
enum cost_unpriced {
    COST_PRICED,
    COST_UNPRICED_PROVIDER, /* not in the book */
    COST_UNPRICED_MODEL,    /* not in the provider's list */
    COST_UNPRICED_ROW,      /* listed, without a price for tokens */
    COST_UNPRICED_CLASS     /* listed, without a price for these tokens */
};

struct cost_item {
    int64_t count;
    struct rate rate;    /* listed, or what stands in for it */
    int32_t quarters;    /* of that rate: 4, or as the family says */
    unsigned basis;      /* class whose rate it is */
    bool is_input_only;  /* the row bills input only: no charge */
    bool is_fee_unknown; /* no fee is listed: no charge, but said so */
    num_i128 numerator;  /* its cost, over cost_work.den */
};

struct cost_work {
    const struct price_row *row;               /* NULL when unpriced */
    const struct price_discount_row *discount; /* NULL: none */
    bool is_override;
    struct price_factor tier; /* den 0: none known for the tier */
    int64_t input_tok;        /* all input, cached parts included */
    int64_t context_tok;      /* what steps go by: event_context_tokens */
    int64_t above_tok;        /* highest step passed; 0: none */
    enum cost_unpriced unpriced;
    unsigned unpriced_class;
    struct cost_item item[PRICE_CLASS__COUNT];
    int64_t den;
    struct usd part[COST_PART__COUNT];
};

enum cost_part cost_part_of(unsigned price_class);

/* cost_row_at: of rows of one model, newest first, the one in force; NULL when
 * there is none. */
const struct price_row *cost_row_at(const struct price_row *row, int64_t ts_us);
/* cost_listed_at: likewise of the catalogue's, where before its first dated
 * price a model cost what its oldest row says. */
const struct price_row *cost_listed_at(const struct price_model *model,
                                       int64_t ts_us);
/* cost_discount_at: of one provider's, newest first. */
const struct price_discount_row *cost_discount_at(
    const struct price_discount_row *row, int64_t ts_us);

/* cost_work_out: the whole working.  RC_RANGE as cost_of_event; *w is then
 * of no use. */
enum rc cost_work_out(const struct price_match *match, const struct event *ev,
                      struct cost_work *w, struct why *why) MUST_CHECK;

/* cost_apportion: numerators over `den` as whole pico-dollars that add up to
 * `total`, which is at least the sum of them rounded down: each is rounded
 * down, and what is left over goes to the largest, the first of equals. */
void cost_apportion(const num_i128 *numerator, size_t n, int64_t den,
                    struct usd total, struct usd *ret_amount);

/* cost_result: the working as an event's cost. */
struct event_cost cost_result(const struct cost_work *work);

#endif
