/* The memo's inside, for price/cost.c. */
#ifndef PRICE_MEMO_PRIV_H
#define PRICE_MEMO_PRIV_H

#include "price/book_priv.h"
#include "price/memo.h"

/* memo_find: what book_find finds, but for the names; until the memo's next
 * call.  Both names have 1..LIMIT_DIM_MAX bytes. */
const struct price_match *memo_find(struct price_memo *memo,
                                    struct price_book *book,
                                    struct str provider, struct str model);

#endif
