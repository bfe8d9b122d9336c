#include "capture/import/import_value.h"

#include "base/json_skim.h"
#include "base/limits.h"
#include "base/utc.h"
#include "event/event.h"

#define TS_SECONDS_END 1e11 /* year 5138; as milliseconds it is 1973 */
#define TS_MS_END      1e14
#define COUNT_MAX      9007199254740992 /* 2^53 */

bool import_value_is_set(struct str raw)
{
    return raw.n > 0 && !str_eq(raw, STR("null"));
}

static bool is_kind(struct str raw, enum json_kind kind)
{
    enum json_kind got;
    return json_skim_kind(raw, &got) && got == kind;
}

struct str import_value_text(struct str raw, struct arena *arena)
{
    struct str text;
    if (is_kind(raw, JSON_NUM)) {
        return raw;
    }
    return json_skim_str(raw, arena, &text) == RC_OK ? text : STR_EMPTY;
}

/* What stands between the quotes of a string, escapes as they are: numbers
 * and times have none. */
static struct str unquoted(struct str raw)
{
    return is_kind(raw, JSON_STR) ? str_trim(str_sub(raw, 1, raw.n - 2)) : raw;
}

enum rc import_value_count(struct str raw, int64_t *ret_n)
{
    int64_t n;
    struct str text = unquoted(raw);
    if (!import_value_is_set(raw) || text.n == 0) {
        return RC_NOT_FOUND;
    }
    enum rc rc = json_skim_i64(text, &n);
    if (rc != RC_OK) {
        return rc == RC_RANGE ? RC_RANGE : RC_INVALID;
    }
    if (n < 0 || n > COUNT_MAX) {
        return RC_RANGE;
    }
    *ret_n = n;
    return RC_OK;
}

/* Epoch seconds or milliseconds. */
static enum rc ts_of_number(struct str text, int64_t *ret_us)
{
    double x;
    if (str_to_f64(text, &x) != RC_OK ||
        !(x > -TS_SECONDS_END && x < TS_MS_END)) {
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
    if (json_skim_num_n(text) == text.n) {
        return ts_of_number(text, ret_us);
    }
    if (utc_parse_date(text, &day) != RC_OK) {
        return RC_INVALID;
    }
    *ret_us = day * UTC_US_PER_DAY;
    return RC_OK;
}

enum rc import_value_ts(struct str raw, int64_t *ret_us)
{
    return import_value_is_set(raw)
               ? import_value_ts_text(unquoted(raw), ret_us)
               : RC_NOT_FOUND;
}

enum rc import_value_usd(struct str raw, struct usd *ret_usd)
{
    struct str text = unquoted(raw);
    if (!import_value_is_set(raw) || text.n == 0) {
        return RC_NOT_FOUND;
    }
    enum rc rc = usd_parse(text, ret_usd);
    return rc == RC_PARSE ? RC_INVALID : rc;
}

bool import_value_is_true(struct str raw)
{
    return str_eq_nocase(unquoted(raw), STR("true"));
}

struct str import_value_nested(struct str raw, struct arena *arena)
{
    struct str text = raw;
    if (is_kind(raw, JSON_STR) && json_skim_str(raw, arena, &text) != RC_OK) {
        return STR_EMPTY;
    }
    text = str_trim(text);
    return is_kind(text, JSON_OBJ) || is_kind(text, JSON_ARR) ? text
                                                              : STR_EMPTY;
}

struct str import_value_member(struct str obj, struct str key)
{
    struct str raw;
    return json_skim_get(obj, key, &raw) == RC_OK ? raw : STR_EMPTY;
}

uint64_t import_value_members(struct str obj, const struct str *names, size_t n)
{
    uint64_t has = 0;
    struct json_skim it;
    struct str key;
    struct str raw;
    if (!json_skim_obj(obj, &it)) {
        return 0;
    }
    while (json_skim_next(&it, &key, &raw) == RC_OK) {
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
