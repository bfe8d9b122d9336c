/* One listed price, held exactly: n / 10^decimals pico-dollars for one token,
 * search or request.  Nearly every list price is a whole number of
 * pico-dollars a token, so decimals is nearly always 0; a dozen rows of the
 * catalogue go further and are kept as they are rather than rounded.
 *
 * Also the table of what bears a price.  Pure, any thread. */
#ifndef PRICE_RATE_H
#define PRICE_RATE_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "price/book.h"

#include <stdbool.h>
#include <stdint.h>

struct buf;

/* With these bounds no sum in price/cost.c can pass 128 bits: its comment
 * has the arithmetic. */
#define RATE_DECIMALS_MAX 11
#define RATE_DOLLARS_MAX  1000000 /* for price_class_per() units */

struct rate {
    int64_t n;
    uint8_t decimals; /* 0..RATE_DECIMALS_MAX */
    bool is_listed;   /* else there is no such price, which is not zero */
};

/* rate_parse: dollars for price_class_per() units, plain decimal text such as
 * "3", "0.0375".  RC_PARSE for a sign, an exponent or anything else that is
 * no such number; RC_RANGE above RATE_DOLLARS_MAX or with digits that the
 * form above cannot hold. */
enum rc rate_parse(struct str text, unsigned price_class,
                   struct rate *ret_rate) MUST_CHECK;

/* rate_add_text: the same number again, without needless zeros. */
void rate_add_text(struct buf *b, struct rate rate, unsigned price_class);

/* rate_add_decimal: n / 10^decimals, likewise; n >= 0, decimals 0..20. */
void rate_add_decimal(struct buf *b, int64_t n, int decimals);

/* rate_free: a listed price of zero. */
struct rate rate_free(void);

#endif
