/* What one call costs: exact integer arithmetic over the rows in force when
 * the call was made.  The only place in toll that rounds money.
 *
 * Same rules for list, negotiated and what-if prices: there is one function,
 * and only the book differs.  docs/pricing.md states the rules. */
#ifndef PRICE_COST_H
#define PRICE_COST_H

#include "base/attr.h"
#include "base/rc.h"
#include "event/event.h"

struct price_book;
struct price_memo;
struct why;

/* cost_of_event: what one usage event costs.
 *   book  prices; borrowed for the call
 *   memo  the calling thread's own, or NULL (slower for repeated names)
 *   ev    provider, model, ts_us, service_tier, status and every count are
 *         read, and of a sum its context (event_sum.h); each count
 * 0..2^LIMIT_COUNT_BITS ret   priced: input + cache + output + tools is the
 * exact cost rounded once, half to even, to 10^-12 dollar; each part is rounded
 *         down and what is left over (at most 4 pico-dollars) goes to the
 *         largest, the first of equals.  price_id borrows from the book.
 *         No price found: priced is false and all else zero; that is RC_OK.
 * RC_RANGE when the cost at list price passes int64 pico-dollars, which is
 * 9.2 million dollars.
 * Pure but for the memo.  Source: docs/pricing.md, "Rounding". */
enum rc cost_of_event(struct price_book *book, struct price_memo *memo,
                      const struct event *ev, struct event_cost *ret,
                      struct why *why) MUST_CHECK;

#endif
