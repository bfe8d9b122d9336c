/* Days are counted in years that begin in March: then the leap day is the
 * last of its year and a month's first day is a straight line, 30.6 days a
 * month, rounded. */
#include "base/utc.h"

#include "base/buf.h"
#include "base/num.h"

#define DAYS_PER_ERA  146097 /* 400 years */
#define DAYS_TO_EPOCH 719468 /* from 0000-03-01 to 1970-01-01 */

int64_t utc_day(int year, int month, int day)
{
    int64_t months = (int64_t)year * 12 + month - 3; /* from March of year 0 */
    int64_t y = num_floor_div(months, 12);
    int64_t m = months - y * 12;
    int64_t era = num_floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * m + 2) / 5 + day - 1;

    return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 -
           year_of_era / 100 + day_of_year - DAYS_TO_EPOCH;
}

void utc_civil(int64_t day, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t n = day + DAYS_TO_EPOCH;
    int64_t era = num_floor_div(n, DAYS_PER_ERA);
    int64_t of_era = n - era * DAYS_PER_ERA;
    /* Taking the leap days out leaves years of 365 days. */
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 -
                           of_era / (DAYS_PER_ERA - 1)) /
                          365;
    int64_t of_year =
        of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t m = (5 * of_year + 2) / 153; /* 0 is March */

    *ret_day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *ret_month = (int)(m < 10 ? m + 3 : m - 9);
    *ret_year = (int)(era * 400 + year_of_era + (m < 10 ? 0 : 1));
}

/* read_digits: exactly n digits at the front of *s, which moves on. */
static bool read_digits(struct str *s, size_t n, int *ret_n)
{
    int value = 0;

    if (s->n < n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9') {
            return false;
        }
        value = value * 10 + (s->p[i] - '0');
    }
    *s = str_sub(*s, n, SIZE_MAX);
    *ret_n = value;
    return true;
}

/* read_char: one byte out of `any` at the front of *s, which moves on. */
static bool read_char(struct str *s, const char *any)
{
    for (; *any != '\0'; any++) {
        if (s->n > 0 && s->p[0] == *any) {
            *s = str_sub(*s, 1, SIZE_MAX);
            return true;
        }
    }
    return false;
}

static bool read_date(struct str *s, int64_t *ret_day)
{
    int year, month, day;
    int64_t n;

    if (!read_digits(s, 4, &year) || !read_char(s, "-") ||
        !read_digits(s, 2, &month) || !read_char(s, "-") ||
        !read_digits(s, 2, &day)) {
        return false;
    }
    if (month < 1 || month > 12 || day < 1) {
        return false;
    }
    n = utc_day(year, month, day);
    if (n >= utc_day(year, month + 1, 1)) {
        return false;
    }
    *ret_day = n;
    return true;
}

/* read_fraction: digits behind the point as microseconds, further ones cut. */
static bool read_fraction(struct str *s, int64_t *ret_us)
{
    int64_t us = 0;
    int64_t unit = UTC_US_PER_SECOND / 10;
    int digit;

    if (!read_digits(s, 1, &digit)) {
        return false;
    }
    do {
        us += digit * unit;
        unit /= 10;
    } while (read_digits(s, 1, &digit));
    *ret_us = us;
    return true;
}

/* read_offset: "Z" or "+HH:MM" as microseconds to subtract. */
static bool read_offset(struct str *s, int64_t *ret_us)
{
    bool is_west = s->n > 0 && s->p[0] == '-';
    int hour, minute;

    if (read_char(s, "Zz")) {
        *ret_us = 0;
        return true;
    }
    if (!read_char(s, "+-") || !read_digits(s, 2, &hour) ||
        !read_char(s, ":") || !read_digits(s, 2, &minute) || hour > 23 ||
        minute > 59) {
        return false;
    }
    *ret_us = hour * UTC_US_PER_HOUR + minute * UTC_US_PER_MINUTE;
    if (is_west) {
        *ret_us = -*ret_us;
    }
    return true;
}

enum rc utc_parse(struct str text, bool assume_utc, int64_t *ret_us)
{
    int hour, minute, second;
    int64_t day, us;
    int64_t fraction_us = 0;
    int64_t offset_us = 0;

    if (!read_date(&text, &day) || !read_char(&text, "Tt ") ||
        !read_digits(&text, 2, &hour) || !read_char(&text, ":") ||
        !read_digits(&text, 2, &minute) || !read_char(&text, ":") ||
        !read_digits(&text, 2, &second)) {
        return RC_PARSE;
    }
    if (hour > 23 || minute > 59 || second > 60) {
        return RC_PARSE;
    }
    if (read_char(&text, ".") && !read_fraction(&text, &fraction_us)) {
        return RC_PARSE;
    }
    if (text.n > 0 ? !read_offset(&text, &offset_us) : !assume_utc) {
        return RC_PARSE;
    }
    if (text.n > 0) {
        return RC_PARSE;
    }
    us = day * UTC_US_PER_DAY + hour * UTC_US_PER_HOUR +
         minute * UTC_US_PER_MINUTE + second * UTC_US_PER_SECOND - offset_us;
    /* A leap second is the last of a UTC day, nothing else is called 60. */
    if (second == 60 && us % UTC_US_PER_DAY != 0) {
        return RC_PARSE;
    }
    *ret_us = second == 60 ? us : us + fraction_us;
    return RC_OK;
}

enum rc utc_parse_date(struct str text, int64_t *ret_day)
{
    int64_t day;

    if (!read_date(&text, &day) || text.n > 0) {
        return RC_PARSE;
    }
    *ret_day = day;
    return RC_OK;
}

/* put: n as `width` digits with leading zeros; the place behind them. */
static char *put(char *at, int64_t n, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        at[i] = (char)('0' + n % 10);
        n /= 10;
    }
    return at + width;
}

void utc_add_date(struct buf *b, int64_t day)
{
    char text[16];
    char *at = text;
    int year, month, day_of_month;

    utc_civil(day, &year, &month, &day_of_month);
    if (year < 0 || year > 9999) {
        buf_i64(b, year); /* outside RFC 3339, yet legible in an error */
    } else {
        at = put(at, year, 4);
    }
    *at++ = '-';
    at = put(at, month, 2);
    *at++ = '-';
    at = put(at, day_of_month, 2);
    buf_add(b, text, (size_t)(at - text));
}

void utc_add_text(struct buf *b, int64_t us)
{
    int64_t day = num_floor_div(us, UTC_US_PER_DAY);
    /* Not us - day * UTC_US_PER_DAY: the first day begins before INT64_MIN. */
    int64_t of_day = (us % UTC_US_PER_DAY + UTC_US_PER_DAY) % UTC_US_PER_DAY;
    int64_t fraction = of_day % UTC_US_PER_SECOND;
    char text[24];
    char *at = text;

    utc_add_date(b, day);
    *at++ = 'T';
    at = put(at, of_day / UTC_US_PER_HOUR, 2);
    *at++ = ':';
    at = put(at, of_day / UTC_US_PER_MINUTE % 60, 2);
    *at++ = ':';
    at = put(at, of_day / UTC_US_PER_SECOND % 60, 2);
    if (fraction > 0) {
        *at++ = '.';
        at = fraction % 1000 == 0 ? put(at, fraction / 1000, 3)
                                  : put(at, fraction, 6);
    }
    *at++ = 'Z';
    buf_add(b, text, (size_t)(at - text));
}
