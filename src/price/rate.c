#include "price/rate.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/num.h"

#define DIGITS_MAX   18 /* always fit int64 */
#define DECIMALS_MAX 20 /* of a fee's rate in dollars for a thousand */

struct price_class_def {
    struct str name;
    int power; /* dollars for `per` units * 10^power = pico for one */
    int64_t per;
};

#define PER_MILLION(text)                                  \
    {                                                      \
        .name = STR_INIT(text), .power = 6, .per = 1000000 \
    }
#define PER_THOUSAND(text)                              \
    {                                                   \
        .name = STR_INIT(text), .power = 9, .per = 1000 \
    }

static const struct price_class_def class_table[PRICE_CLASS__COUNT] = {
    [TOKEN_INPUT] = PER_MILLION("input"),
    [TOKEN_CACHE_READ] = PER_MILLION("cache_read"),
    [TOKEN_CACHE_WRITE_5M] = PER_MILLION("cache_write"),
    [TOKEN_CACHE_WRITE_1H] = PER_MILLION("cache_write_1h"),
    [TOKEN_INPUT_AUDIO] = PER_MILLION("input_audio"),
    [TOKEN_INPUT_IMAGE] = PER_MILLION("input_image"),
    [TOKEN_OUTPUT] = PER_MILLION("output"),
    [TOKEN_OUTPUT_REASONING] = PER_MILLION("reasoning"),
    [TOKEN_OUTPUT_AUDIO] = PER_MILLION("output_audio"),
    [TOKEN_OUTPUT_IMAGE] = PER_MILLION("output_image"),
    [PRICE_CLASS_WEB_SEARCH] = PER_THOUSAND("web_search"),
    [PRICE_CLASS_REQUEST] = PER_THOUSAND("request"),
};

struct str price_class_name(unsigned price_class)
{
    CHECK(price_class < PRICE_CLASS__COUNT);
    return class_table[price_class].name;
}

unsigned price_class_from(struct str name)
{
    unsigned c = 0;

    while (c < PRICE_CLASS__COUNT && !str_eq(class_table[c].name, name)) {
        c++;
    }
    return c;
}

int64_t price_class_per(unsigned price_class)
{
    CHECK(price_class < PRICE_CLASS__COUNT);
    return class_table[price_class].per;
}

static int64_t pow10_i64(int power)
{
    int64_t p = 1;

    CHECK(power >= 0 && power <= DIGITS_MAX);
    while (power-- > 0) {
        p *= 10;
    }
    return p;
}

/* read_decimal: "12.50" is n 1250 and two decimals, zeros at the end of the
 * decimals aside: 125 and one. */
static enum rc read_decimal(struct str text, int64_t *ret_n, int *ret_decimals)
{
    struct str whole = str_sub(text, 0, str_find_char(text, '.', 0));
    struct str fraction = str_sub(text, whole.n + 1, text.n);
    int64_t n = 0;
    int n_digits = 0;

    if (whole.n == 0 || (fraction.n == 0 && whole.n != text.n)) {
        return RC_PARSE;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (i != whole.n && (text.p[i] < '0' || text.p[i] > '9')) {
            return RC_PARSE;
        }
    }
    while (fraction.n > 0 && fraction.p[fraction.n - 1] == '0') {
        fraction.n--;
    }
    for (size_t i = 0; i < whole.n + fraction.n; i++) {
        int digit = i < whole.n ? whole.p[i] : fraction.p[i - whole.n];

        if (n_digits == DIGITS_MAX) {
            return RC_RANGE;
        }
        n = n * 10 + (digit - '0');
        n_digits += n > 0 ? 1 : 0;
    }
    *ret_n = n;
    *ret_decimals = fraction.n < (size_t)2 * DIGITS_MAX ? (int)fraction.n : -1;
    return *ret_decimals >= 0 ? RC_OK : RC_RANGE;
}

/* is_too_dear: n / 10^decimals is more than any price may be. */
static bool is_too_dear(int64_t n, int decimals)
{
    return decimals <= DIGITS_MAX &&
           n > (num_i128)RATE_DOLLARS_MAX * pow10_i64(decimals);
}

enum rc rate_parse(struct str text, unsigned price_class, struct rate *ret_rate)
{
    int power = class_table[price_class].power;
    int decimals = 0;
    int64_t n = 0;
    enum rc rc;

    CHECK(price_class < PRICE_CLASS__COUNT);
    rc = read_decimal(text, &n, &decimals);
    if (rc != RC_OK) {
        return rc;
    }
    if (n == 0) {
        *ret_rate = rate_free();
        return RC_OK;
    }
    if (decimals > power + RATE_DECIMALS_MAX || is_too_dear(n, decimals)) {
        return RC_RANGE;
    }
    if (decimals < power) {
        n *= pow10_i64(power - decimals); /* at most 10^15 by the bound */
        decimals = power;
    }
    *ret_rate = (struct rate){
        .n = n,
        .decimals = (uint8_t)(decimals - power),
        .is_listed = true,
    };
    return RC_OK;
}

void rate_add_decimal(struct buf *b, int64_t n, int decimals)
{
    char digit[2 * DIGITS_MAX + 4];
    int n_digits = 0;
    int n_zeros = 0;

    CHECK(n >= 0 && decimals >= 0 && decimals <= DECIMALS_MAX);
    while (n > 0 || n_digits <= decimals) { /* last digit first */
        digit[n_digits++] = (char)('0' + n % 10);
        n /= 10;
    }
    while (n_digits > decimals) {
        buf_char(b, digit[--n_digits]);
    }
    while (n_zeros < n_digits && digit[n_zeros] == '0') {
        n_zeros++;
    }
    if (n_digits > n_zeros) {
        buf_char(b, '.');
    }
    while (n_digits > n_zeros) {
        buf_char(b, digit[--n_digits]);
    }
}

void rate_add_text(struct buf *b, struct rate rate, unsigned price_class)
{
    CHECK(price_class < PRICE_CLASS__COUNT);
    rate_add_decimal(b, rate.n, rate.decimals + class_table[price_class].power);
}

struct rate rate_free(void)
{
    return (struct rate){.n = 0, .decimals = 0, .is_listed = true};
}
