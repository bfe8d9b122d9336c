/* Why a call costs what it costs: the lines behind the sum, the row used and
 * what a careful reader should know about it.  For `toll price` and its
 * route; the numbers are cost_of_event's own. */
#ifndef PRICE_EXPLAIN_H
#define PRICE_EXPLAIN_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/usd.h"
#include "event/event.h"
#include "price/book.h"

struct arena;

#define COST_CAVEATS_MAX 20

/* One class of tokens or fees with a count above zero. */
struct cost_line {
    unsigned price_class; /* price_class_name() */
    int64_t count;
    struct str price;  /* listed dollars for `per` units, exact: "3.75" */
    int64_t per;       /* 1,000,000 tokens; 1,000 searches or requests */
    struct str factor; /* what multiplied it, tier and discount included:
                          "1", "0.5", "0.625", "0.44" */
    struct str basis;  /* class whose listed price stood in, or empty */
    struct usd amount; /* the lines add to the total */
};

struct cost_explanation {
    struct event_cost cost; /* as cost_of_event gives it */
    struct cost_line line[PRICE_CLASS__COUNT];
    size_t n_lines;
    struct book_row row;         /* the row used; empty when unpriced */
    struct str matched_name;     /* the spelling that found the row */
    int64_t above_tokens;        /* context tier that applied; 0: base */
    struct str tier_factor;      /* "0.5" for batch; "1" */
    struct str discount_percent; /* "12", or empty */
    struct str unpriced;         /* why there is no price, or empty */
    struct str caveat[COST_CAVEATS_MAX]; /* whole sentences */
    size_t n_caveats;
};

/* cost_explain: cost_of_event with its reasons.
 *   out  takes the text
 *   ret  until `out` or the book ends
 * RC_RANGE as cost_of_event, RC_LIMIT at the arena's cap. */
enum rc cost_explain(struct price_book *book, const struct event *ev,
                     struct arena *out, struct cost_explanation *ret,
                     struct why *why) MUST_CHECK;

#endif
