/* The most that a call can come to, before it is made.
 *
 * A byte of text is at most one token, so a body's size bounds its input.
 * Base64 in members that carry pictures, sound and files is far fewer: eight
 * of its bytes are counted as a token.  What the body only names by
 * address, and fees of tools that the model may use, are not known before;
 * they count when the call is settled.  Pure, any thread. */
#ifndef BUDGET_BUDGET_BOUND_H
#define BUDGET_BUDGET_BOUND_H

#include "base/attr.h"
#include "base/str.h"
#include "event/event.h"

#include <stdbool.h>
#include <stdint.h>

struct price_book;

/* budget_input_tok: of a request's body. */
int64_t budget_input_tok(struct str body);

/* budget_bound_cost: the dearest that so many tokens can be, whatever their
 * kind: pico-dollars, false without a price.
 *   ev     provider, model, time and tier are read
 *   rates  the calling thread's own: which kinds were the dearest before, so
 *          that not all need be priced again; to be cleared for another book */
struct budget_rates;
struct budget_rates *budget_rates_new(void) RETURNS_NONNULL;
void budget_rates_free(struct budget_rates **r); /* accepts NULL */
void budget_rates_clear(struct budget_rates *r);
bool budget_bound_cost(struct price_book *book, struct budget_rates *rates,
                       const struct event *ev, int64_t input_tok,
                       int64_t output_tok, int64_t *ret_pico);

#endif
