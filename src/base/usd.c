#include "base/usd.h"

#include "base/buf.h"
#include "base/check.h"

/* As many decimal digits as always fit 128 bits.  What stands behind them is
 * kept as a scale and "something was not zero": an amount that fits int64 has
 * at most 19 digits before the rounding, so they can only break a tie. */
#define DIGITS_MAX 38
#define DECIMALS   12

/* No text is long enough to bring a larger exponent back to size. */
#define EXPONENT_MAX INT64_C(1000000000000000000)

/* A number as read: digits * 10^scale, the dropped ones aside. */
struct decimal {
    num_u128 digits;
    int n_digits; /* significant: behind leading zeros */
    int64_t scale;
    bool has_dropped; /* a digit other than 0 did not fit */
    bool is_negative;
};

static num_u128 pow10_u128(int power)
{
    num_u128 p = 1;

    CHECK(power >= 0 && power <= DIGITS_MAX);
    while (power-- > 0) {
        p *= 10;
    }
    return p;
}

static bool is_digit(struct str s, size_t at)
{
    return at < s.n && s.p[at] >= '0' && s.p[at] <= '9';
}

static void add_digit(struct decimal *d, int digit)
{
    if (d->n_digits < DIGITS_MAX) {
        d->digits = d->digits * 10 + (unsigned)digit;
        d->n_digits += d->digits > 0 ? 1 : 0;
    } else {
        d->scale++;
        d->has_dropped = d->has_dropped || digit != 0;
    }
}

/* read_exponent: at the byte behind the "e"; false when no digits follow. */
static bool read_exponent(struct str s, size_t *at, int64_t *ret_exponent)
{
    bool is_negative = *at < s.n && s.p[*at] == '-';
    int64_t n = 0;

    if (is_negative || (*at < s.n && s.p[*at] == '+')) {
        ++*at;
    }
    if (!is_digit(s, *at)) {
        return false;
    }
    for (; is_digit(s, *at); ++*at) {
        n = n < EXPONENT_MAX / 10 ? n * 10 + (s.p[*at] - '0') : EXPONENT_MAX;
    }
    *ret_exponent = is_negative ? -n : n;
    return true;
}

static enum rc read_decimal(struct str s, struct decimal *ret_decimal)
{
    struct decimal d = {.digits = 0};
    bool has_digits = false;
    int64_t exponent = 0;
    size_t at = 0;

    if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+')) {
        d.is_negative = s.p[0] == '-';
        at = 1;
    }
    for (; is_digit(s, at); at++) {
        add_digit(&d, s.p[at] - '0');
        has_digits = true;
    }
    if (at < s.n && s.p[at] == '.') {
        for (at++; is_digit(s, at); at++) {
            add_digit(&d, s.p[at] - '0');
            d.scale--;
            has_digits = true;
        }
    }
    if (!has_digits) {
        return RC_PARSE;
    }
    if (at < s.n && (s.p[at] == 'e' || s.p[at] == 'E')) {
        at++;
        if (!read_exponent(s, &at, &exponent)) {
            return RC_PARSE;
        }
    }
    if (at != s.n) {
        return RC_PARSE;
    }
    d.scale += exponent;
    *ret_decimal = d;
    return RC_OK;
}

/* scale_down: d's digits / 10^power, half to even; *ret_lost when a digit
 * other than 0 went. */
static num_u128 scale_down(const struct decimal *d, int64_t power,
                           bool *ret_lost)
{
    num_u128 divisor, quotient, rest, gap;

    if (power > DIGITS_MAX) {
        *ret_lost = d->digits > 0;
        return 0; /* below a tenth */
    }
    divisor = pow10_u128((int)power);
    quotient = d->digits / divisor;
    rest = d->digits % divisor;
    gap = divisor - rest;
    *ret_lost = rest > 0 || d->has_dropped;
    if (rest > gap || (rest == gap && (d->has_dropped || quotient % 2 == 1))) {
        quotient++;
    }
    return quotient;
}

static enum rc to_pico(const struct decimal *d, int power, bool must_be_exact,
                       int64_t *ret_pico)
{
    num_u128 most = (num_u128)INT64_MAX + (d->is_negative ? 1 : 0);
    int64_t scale = d->scale + power;
    num_u128 n = d->digits;
    bool lost = false;

    if (n == 0) {
        *ret_pico = 0;
        return RC_OK;
    }
    if (scale >= 0) {
        /* 2^63 * 10^19 is below 2^128, so this order of tests is exact. */
        if (n > most || scale > 19) {
            return RC_RANGE;
        }
        n *= pow10_u128((int)scale);
    } else {
        n = scale_down(d, -scale, &lost);
    }
    if (n > most || (lost && must_be_exact)) {
        return RC_RANGE;
    }
    *ret_pico = (int64_t)(d->is_negative ? -(num_i128)n : (num_i128)n);
    return RC_OK;
}

static enum rc parse(struct str text, int power, bool must_be_exact,
                     struct usd *ret_usd)
{
    struct decimal d;
    enum rc rc = read_decimal(text, &d);

    if (rc != RC_OK) {
        return rc;
    }
    return to_pico(&d, power, must_be_exact, &ret_usd->pico);
}

enum rc usd_parse(struct str text, struct usd *ret_usd)
{
    return parse(text, DECIMALS, false, ret_usd);
}

enum rc usd_parse_scaled(struct str text, int power, struct usd *ret_usd)
{
    return parse(text, power, true, ret_usd);
}

void usd_sum_add(struct usd_sum *sum, struct usd x)
{
    sum->pico += x.pico;
}

/* add_decimal: n / 10^decimals, of whose decimals trailing zeros are dropped
 * down to `least`. */
static void add_decimal(struct buf *b, num_i128 n, int decimals, int least)
{
    num_u128 rest = n < 0 ? 0 - (num_u128)n : (num_u128)n;
    char text[USD_TEXT_MAX] = {0};
    size_t end = sizeof(text);
    size_t at = end;
    size_t point = end - (size_t)decimals;

    do {
        text[--at] = (char)('0' + (int)(rest % 10));
        rest /= 10;
        if (at == point) {
            text[--at] = '.';
        }
    } while (rest > 0 || at >= point - 1); /* one digit before the point */
    while (end > point + (size_t)least && text[end - 1] == '0') {
        end--;
    }
    if (n < 0) {
        text[--at] = '-';
    }
    buf_add(b, text + at, end - at);
}

void usd_add_text(struct buf *b, struct usd_sum sum)
{
    add_decimal(b, sum.pico, DECIMALS, DECIMALS);
}

void usd_add_short(struct buf *b, struct usd_sum sum, int decimals)
{
    CHECK(decimals >= 2 && decimals <= DECIMALS);
    int64_t unit = (int64_t)pow10_u128(DECIMALS - decimals);

    add_decimal(b, num_div_even(sum.pico, unit), decimals, 2);
}

double usd_to_f64(struct usd_sum sum)
{
    return (double)sum.pico / (double)USD_PICO_PER_DOLLAR;
}
