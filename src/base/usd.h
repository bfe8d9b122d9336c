/* Money: whole pico-dollars, 10^-12 of a US dollar, so that a token count
 * times a list price is exact (one dollar per million tokens is 1,000,000 a
 * token).  One amount fits int64 (about +-9.2 million dollars); sums are
 * 128-bit.  Never a double.  Pure, any thread. */
#ifndef BASE_USD_H
#define BASE_USD_H

#include "base/attr.h"
#include "base/num.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct buf;

struct usd {
    int64_t pico;
};

struct usd_sum {
    num_i128 pico;
};

#define USD_PICO_PER_DOLLAR INT64_C(1000000000000)
#define USD_TEXT_MAX        56 /* bytes for any usd_sum as text, NUL included */

void usd_sum_add(struct usd_sum *sum, struct usd x);

/* usd_parse: a decimal number of dollars, optional sign, fraction and
 * exponent ("12.5", "-0.000001", "3e-06"), to pico-dollars without passing
 * through binary floats.  Digits below 10^-12 are rounded half to even.
 * RC_PARSE when it is no number, RC_RANGE when it does not fit. */
enum rc usd_parse(struct str text, struct usd *ret_usd) MUST_CHECK;

/* usd_parse_scaled: like usd_parse, but the number times 10^power is read as
 * pico-dollars: power 12 is dollars, 6 is dollars per million tokens to pico
 * a token.  RC_RANGE also when a non-zero digit would be lost: prices must
 * be exact. */
enum rc usd_parse_scaled(struct str text, int power,
                         struct usd *ret_usd) MUST_CHECK;

/* usd_add_text: append the exact value with twelve decimals,
 * "12.034500000000". */
void usd_add_text(struct buf *b, struct usd_sum sum);

/* usd_add_short: for people: at least two decimals, trailing zeros beyond
 * those dropped, at most `decimals` (2..12), half to even: "12.03". */
void usd_add_short(struct buf *b, struct usd_sum sum, int decimals);

/* usd_to_f64: dollars, for models and drawings only. */
double usd_to_f64(struct usd_sum sum);

#endif
