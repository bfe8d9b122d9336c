#include "capture/import/import_value.h"

#include <math.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/utc.h"
#include "capture/json_split.h"
#include "event/event.h"

#define TS_SECONDS_END 1e11 /* year 5138; as milliseconds it is 1973 */
#define TS_MS_END      1e14
#define COUNT_MAX      9007199254740992 /* 2^53 */

bool import_value_is_set(const struct json *j)
{
    return json_kind(j) != JSON_NULL;
}

struct str import_value_text(const struct json *j)
{
    return json_kind(j) == JSON_NUM ? json_raw(j) : json_str(j);
}

/* 12, and 12.0 or 1.2e1. */
static enum rc whole_of_text(struct str text, int64_t *ret_n)
{
    double x;
    if (str_to_i64(text, ret_n) == RC_OK) {
        return RC_OK;
    }
    enum rc rc = str_to_f64(text, &x);
    if (rc == RC_OK && (x < 0 || x > COUNT_MAX)) {
        rc = RC_RANGE;
    }
    if (rc != RC_OK || floor(x) < x) {
        return rc == RC_RANGE ? RC_RANGE : RC_INVALID;
    }
    *ret_n = (int64_t)x;
    return RC_OK;
}

/* A number that was read, as a count. */
static enum rc count_of(int64_t n, int64_t *ret_n)
{
    if (n < 0 || n > COUNT_MAX) {
        return RC_RANGE;
    }
    *ret_n = n;
    return RC_OK;
}

enum rc import_value_count_text(struct str text, int64_t *ret_n)
{
    int64_t n;
    text = str_trim(text);
    if (text.n == 0) {
        return RC_NOT_FOUND;
    }
    enum rc rc = whole_of_text(text, &n);
    return rc == RC_OK ? count_of(n, ret_n) : rc;
}

enum rc import_value_count(const struct json *j, int64_t *ret_n)
{
    int64_t n;
    if (json_kind(j) == JSON_STR) {
        return import_value_count_text(json_str(j), ret_n);
    }
    if (!import_value_is_set(j)) {
        return RC_NOT_FOUND;
    }
    enum rc rc = json_i64(j, &n);
    return rc == RC_OK ? count_of(n, ret_n) : rc;
}

/* Epoch seconds or milliseconds; RC_PARSE for what is no number. */
static enum rc ts_of_number(struct str text, int64_t *ret_us)
{
    double x;
    enum rc rc = str_to_f64(text, &x);
    if (rc != RC_OK) {
        return rc;
    }
    if (!(x > -TS_SECONDS_END && x < TS_MS_END)) {
        return RC_RANGE;
    }
    double us = x * (x < TS_SECONDS_END ? 1e6 : 1e3);
    *ret_us = (int64_t)(us < 0 ? us - 0.5 : us + 0.5);
    return RC_OK;
}

enum rc import_value_ts_text(struct str text, int64_t *ret_us)
{
    int64_t day;
    text = str_trim(text);
    if (text.n == 0) {
        return RC_NOT_FOUND;
    }
    if (utc_parse(text, true, ret_us) == RC_OK) {
        return RC_OK;
    }
    enum rc rc = ts_of_number(text, ret_us);
    if (rc != RC_PARSE) {
        return rc;
    }
    if (utc_parse_date(text, &day) != RC_OK) {
        return RC_INVALID;
    }
    *ret_us = day * UTC_US_PER_DAY;
    return RC_OK;
}

enum rc import_value_ts(const struct json *j, int64_t *ret_us)
{
    if (!import_value_is_set(j)) {
        return RC_NOT_FOUND;
    }
    enum json_kind kind = json_kind(j);
    return kind == JSON_STR || kind == JSON_NUM
               ? import_value_ts_text(import_value_text(j), ret_us)
               : RC_INVALID;
}

enum rc import_value_usd_text(struct str text, struct usd *ret_usd)
{
    text = str_trim(text);
    if (text.n == 0) {
        return RC_NOT_FOUND;
    }
    enum rc rc = usd_parse(text, ret_usd);
    return rc == RC_PARSE ? RC_INVALID : rc;
}

enum rc import_value_usd(const struct json *j, struct usd *ret_usd)
{
    if (!import_value_is_set(j)) {
        return RC_NOT_FOUND;
    }
    enum json_kind kind = json_kind(j);
    return kind == JSON_STR || kind == JSON_NUM
               ? import_value_usd_text(import_value_text(j), ret_usd)
               : RC_INVALID;
}

bool import_value_is_true(const struct json *j)
{
    return json_bool(j) || str_eq_nocase(str_trim(json_str(j)), STR("true"));
}

const struct json *import_value_nested(const struct json *j,
                                       struct json_parser *p)
{
    const struct json *inner = NULL;
    enum json_kind kind = json_kind(j);
    if (kind == JSON_OBJ || kind == JSON_ARR) {
        return j;
    }
    return kind == JSON_STR && json_parser_skim(p, json_str(j), &inner) == RC_OK
               ? inner
               : NULL;
}

uint64_t import_value_members(struct str obj, const struct str *names, size_t n)
{
    uint64_t has = 0;
    struct json_split it;
    struct str key;
    struct str raw;
    if (!json_split_obj(obj, &it)) {
        return 0;
    }
    while (json_split_next(&it, &key, &raw) == RC_OK) {
        for (size_t i = 0; i < n; i++) {
            has |= (uint64_t)str_eq(key, names[i]) << i;
        }
    }
    return has;
}

struct str import_value_dim(struct str text)
{
    return str_utf8_cut(text, LIMIT_DIM_MAX);
}

void import_value_tag(struct event *ev, const char *key, struct str text)
{
    text = str_utf8_cut(text, LIMIT_TAG_VALUE_MAX);
    if (text.n == 0 ||
        event_tag_set(ev, str_from_cz(key), text, NULL) != RC_OK) {
        return; /* a call is not refused for one tag too many */
    }
}
