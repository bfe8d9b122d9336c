#include "base/zone_rule_priv.h"

#include "base/utc.h"

static bool eat(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c) {
        return false;
    }
    *s = str_sub(*s, 1, SIZE_MAX);
    return true;
}

static bool is_digit(const struct str *s)
{
    return s->n > 0 && s->p[0] >= '0' && s->p[0] <= '9';
}

/* A number of at most three digits, min..max. */
static bool eat_number(struct str *s, int min, int max, int *ret_n)
{
    int n = 0;
    size_t n_digits = 0;

    for (; is_digit(s) && n_digits < 3; n_digits++) {
        n = n * 10 + (s->p[0] - '0');
        *s = str_sub(*s, 1, SIZE_MAX);
    }
    if (n_digits == 0 || n < min || n > max) {
        return false;
    }
    *ret_n = n;
    return true;
}

/* The abbreviation, "CET" or "<+0330>"; nothing here needs it. */
static bool eat_name(struct str *s)
{
    size_t n = 0;

    if (eat(s, '<')) {
        n = str_find_char(*s, '>', 0);
        if (n == SIZE_MAX) {
            return false;
        }
        *s = str_sub(*s, n + 1, SIZE_MAX);
        return true;
    }
    while (n < s->n && ((s->p[n] | 0x20) >= 'a' && (s->p[n] | 0x20) <= 'z')) {
        n++;
    }
    *s = str_sub(*s, n, SIZE_MAX);
    return n >= 3;
}

/* [+-]h[:mm[:ss]] */
static bool eat_time(struct str *s, int max_hours, int64_t *ret_us)
{
    int hours;
    int minutes = 0;
    int seconds = 0;
    bool is_negative = eat(s, '-');

    if (!is_negative) {
        (void)eat(s, '+');
    }
    if (!eat_number(s, 0, max_hours, &hours) ||
        (eat(s, ':') && (!eat_number(s, 0, 59, &minutes) ||
                         (eat(s, ':') && !eat_number(s, 0, 59, &seconds))))) {
        return false;
    }
    int64_t us = hours * UTC_US_PER_HOUR + minutes * UTC_US_PER_MINUTE +
                 seconds * UTC_US_PER_SECOND;
    *ret_us = is_negative ? -us : us;
    return true;
}

/* POSIX counts offsets westward. */
static bool eat_offset(struct str *s, int64_t *ret_us)
{
    int64_t west_us;

    if (!eat_time(s, 24, &west_us)) {
        return false;
    }
    *ret_us = -west_us;
    return true;
}

static bool eat_change(struct str *s, struct zone_change *c)
{
    bool ok;

    if (!eat(s, ',')) {
        return false;
    }
    c->time_us = 2 * UTC_US_PER_HOUR;
    if (eat(s, 'M')) {
        c->kind = ZONE_DAY_WEEKDAY;
        ok = eat_number(s, 1, 12, &c->month) && eat(s, '.') &&
             eat_number(s, 1, 5, &c->week) && eat(s, '.') &&
             eat_number(s, 0, 6, &c->day);
    } else if (eat(s, 'J')) {
        c->kind = ZONE_DAY_JULIAN;
        ok = eat_number(s, 1, 365, &c->day);
    } else {
        c->kind = ZONE_DAY_OF_YEAR;
        ok = eat_number(s, 0, 365, &c->day);
    }
    return ok && (!eat(s, '/') || eat_time(s, 167, &c->time_us));
}

bool zone_rule_parse(struct str text, struct zone_rule *ret_rule)
{
    struct zone_rule rule = {.has_dst = false};

    if (!eat_name(&text) || !eat_offset(&text, &rule.offset_us)) {
        return false;
    }
    if (text.n > 0) {
        rule.has_dst = true;
        rule.dst_offset_us = rule.offset_us + UTC_US_PER_HOUR;
        if (!eat_name(&text)) {
            return false;
        }
        if (text.n > 0 && text.p[0] != ',' &&
            !eat_offset(&text, &rule.dst_offset_us)) {
            return false;
        }
        if (!eat_change(&text, &rule.dst_begins) ||
            !eat_change(&text, &rule.dst_ends)) {
            return false;
        }
    }
    if (text.n > 0) {
        return false;
    }
    *ret_rule = rule;
    return true;
}

static int64_t change_day(const struct zone_change *c, int year)
{
    int64_t new_year = utc_day(year, 1, 1);

    switch (c->kind) {
    case ZONE_DAY_WEEKDAY: {
        int64_t first = utc_day(year, c->month, 1);
        /* 1970-01-01 was a Thursday, 4; no year here is before it. */
        int64_t weekday = (first + 4) % 7;
        int64_t weeks = c->week - 1;
        int64_t day = first + (c->day - weekday + 7) % 7 + 7 * weeks;
        /* A fifth that is not there means the last. */
        return day < utc_day(year, c->month + 1, 1) ? day : day - 7;
    }
    case ZONE_DAY_JULIAN: {
        bool is_leap = utc_day(year, 3, 1) - new_year == 60;
        return new_year + c->day - 1 + (is_leap && c->day >= 60 ? 1 : 0);
    }
    case ZONE_DAY_OF_YEAR:
        break;
    }
    return new_year + c->day;
}

void zone_rule_year(const struct zone_rule *rule, int year,
                    int64_t *ret_begins_us, int64_t *ret_ends_us)
{
    const struct zone_change *begins = &rule->dst_begins;
    const struct zone_change *ends = &rule->dst_ends;

    *ret_begins_us = change_day(begins, year) * UTC_US_PER_DAY +
                     begins->time_us - rule->offset_us;
    *ret_ends_us = change_day(ends, year) * UTC_US_PER_DAY + ends->time_us -
                   rule->dst_offset_us;
}
