#include "capture/import/import_value.h"

#include <math.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/utc.h"
#include "base/why.h"
#include "capture/json_split.h"

#define TS_SECONDS_END 1e11 /* year 5138; as milliseconds it is 1973 */
#define TS_MS_END      1e14
#define COUNT_MAX      9007199254740992 /* 2^53 */

enum rc import_value_record(struct json_parser *p, struct str text,
                            const struct json **ret_record, struct why *why)
{
    const struct json *record = NULL;
    enum rc rc = json_parser_skim(p, text, &record);
    if (rc == RC_OK && json_kind(record) != JSON_OBJ) {
        rc = RC_PARSE;
    }
    if (rc != RC_OK) {
        return why_set(why, rc, "the record is not one JSON object");
    }
    *ret_record = record;
    return RC_OK;
}

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

enum rc import_value_read_count(const struct json *j, struct str name,
                                int64_t *ret_n, struct why *why)
{
    enum rc rc = import_value_count(j, ret_n);
    return rc == RC_OK || rc == RC_NOT_FOUND
               ? RC_OK
               : why_set(why, rc, "%.*s must be a whole number from 0 to 2^53",
                         STR_ARG(name));
}

enum rc import_value_read_when(const struct json *j, struct str name,
                               struct event *ev, struct why *why)
{
    return import_value_ts(j, &ev->ts_us) == RC_OK
               ? RC_OK
               : why_set(why, RC_INVALID, "%.*s is no time", STR_ARG(name));
}

enum rc import_value_read_cost(const struct json *j, struct str name,
                               struct event *ev, struct why *why)
{
    enum rc rc = import_value_usd(j, &ev->reported_cost);
    if (rc != RC_OK && rc != RC_NOT_FOUND) {
        return why_set(why, rc, "%.*s must be dollars", STR_ARG(name));
    }
    ev->has_reported_cost = rc == RC_OK;
    return RC_OK;
}

void import_value_latencies(struct event *ev, const struct json *end,
                            const struct json *first_token)
{
    int64_t end_us;
    int64_t first_us;
    if (import_value_ts(end, &end_us) != RC_OK || end_us < ev->ts_us) {
        return;
    }
    ev->latency_ms = (end_us - ev->ts_us) / 1000;
    /* Without a stream it is the end once more, and says nothing. */
    if (import_value_ts(first_token, &first_us) == RC_OK &&
        first_us >= ev->ts_us && first_us < end_us) {
        ev->ttft_ms = (first_us - ev->ts_us) / 1000;
    }
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
    import_value_own_tag(ev, str_from_cz(key), text);
}

int64_t import_value_take(int64_t *left, int64_t part, bool *is_clamped)
{
    int64_t taken = part < *left ? part : *left;
    *is_clamped = *is_clamped || taken < part;
    *left -= taken;
    return taken;
}

static bool is_told_elsewhere(enum dim dim)
{
    return dim == DIM_PROVIDER || dim == DIM_MODEL ||
           dim == DIM_REQUESTED_MODEL;
}

void import_value_own_tag(struct event *ev, struct str key, struct str value)
{
    value = str_utf8_cut(value, LIMIT_TAG_VALUE_MAX);
    if (key.n > LIMIT_TAG_KEY_MAX || !str_utf8_ok(key) || value.n == 0 ||
        event_tag_set(ev, key, value, NULL) != RC_OK) {
        return; /* a call is not refused for it */
    }
}

void import_value_own(struct event *ev, const struct json *own)
{
    bool is_object = json_kind(own) == JSON_OBJ;
    for (const struct json *j = is_object ? json_first(own) : NULL; j != NULL;
         j = json_next(j)) {
        struct str key = json_key(j);
        struct str value = import_value_text(j);
        enum dim dim = dim_from(key);
        if (dim < DIM__COUNT && !is_told_elsewhere(dim)) {
            if (ev->dim[dim].n == 0) {
                ev->dim[dim] = import_value_dim(value);
            }
            continue;
        }
        import_value_own_tag(ev, key, value);
    }
}

bool import_value_environment(struct event *ev, struct str text)
{
    enum environment e = environment_of_word(text);
    if ((unsigned)e == 0) {
        import_value_tag(ev, "environment_name", text);
        return false;
    }
    ev->environment = e;
    return true;
}

enum operation import_value_operation(struct str route)
{
    static const struct {
        struct str part;
        enum operation operation;
    } rows[] = {
        {STR_INIT("embedding"), OPERATION_EMBEDDINGS},
        {STR_INIT("image"), OPERATION_IMAGE},
        {STR_INIT("transcription"), OPERATION_AUDIO},
        {STR_INIT("speech"), OPERATION_AUDIO},
        {STR_INIT("rerank"), OPERATION_RERANK},
        {STR_INIT("completion"), OPERATION_CHAT},
        {STR_INIT("responses"), OPERATION_CHAT},
        {STR_INIT("messages"), OPERATION_CHAT},
        {STR_INIT("generate_content"), OPERATION_CHAT},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        if (str_find(route, rows[i].part, 0) != SIZE_MAX) {
            return rows[i].operation;
        }
    }
    return route.n > 0 ? OPERATION_OTHER : OPERATION_CHAT;
}
