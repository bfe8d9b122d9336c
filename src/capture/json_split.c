#include "capture/json_split.h"

#include <string.h>

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) {
        p++;
    }
    return p;
}

static bool is_one_of(struct str chars, char c)
{
    return str_find_char(chars, c, 0) != SIZE_MAX;
}

static bool is_at(const char *p, const char *end, char c)
{
    return p < end && *p == c;
}

/* Behind the string whose opening quote is at p; NULL when it never closes.
 * A quote closes it when an even number of backslashes stands before.  No run
 * of them is counted twice, for a quote stands between any two counts. */
static const char *skip_string(const char *p, const char *end)
{
    const char *from = p + 1;
    const char *quote = memchr(from, '"', (size_t)(end - from));
    while (quote != NULL) {
        const char *before = quote;
        while (before > from && before[-1] == '\\') {
            before--;
        }
        if ((quote - before) % 2 == 0) {
            return quote + 1;
        }
        from = quote + 1;
        quote = memchr(from, '"', (size_t)(end - from));
    }
    return NULL;
}

/* Behind the array or object that opens at p.  Kinds of brackets are not
 * told apart: in valid JSON they pair. */
static const char *skip_nested(const char *p, const char *end)
{
    size_t depth = 0;
    while (p != NULL && p < end) {
        char c = *p;
        if (c == '"') {
            p = skip_string(p, end);
            continue;
        }
        p++;
        if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            depth--;
            if (depth == 0) {
                return p;
            }
        }
    }
    return NULL;
}

/* Behind the value at p; NULL when there is none, or no end of it. */
static const char *skip_value(const char *p, const char *end)
{
    if (is_at(p, end, '"')) {
        return skip_string(p, end);
    }
    if (is_at(p, end, '{') || is_at(p, end, '[')) {
        return skip_nested(p, end);
    }
    if (p == end || !is_one_of(STR("-0123456789tfn"), *p)) {
        return NULL;
    }
    while (p < end && !is_one_of(STR(",:]}\" \n\r\t"), *p)) {
        p++;
    }
    return p;
}

static bool begin(struct str text, char open, char close, struct json_split *it)
{
    if (str_starts(text, STR("\xef\xbb\xbf"))) {
        text = str_sub(text, 3, text.n); /* a byte order mark */
    }
    if (text.n == 0) {
        return false;
    }
    const char *end = text.p + text.n;
    const char *p = skip_space(text.p, end);
    if (!is_at(p, end, open)) {
        return false;
    }
    *it = (struct json_split){
        .at = p + 1, .end = end, .close = close, .is_first = true};
    return true;
}

bool json_split_arr(struct str text, struct json_split *ret_it)
{
    return begin(text, '[', ']', ret_it);
}

bool json_split_obj(struct str text, struct json_split *ret_it)
{
    return begin(text, '{', '}', ret_it);
}

static enum rc finish(struct json_split *it, const char *behind)
{
    it->at = skip_space(behind, it->end);
    it->close = '\0';
    return it->at == it->end ? RC_END : RC_PARSE;
}

/* The key at p and its colon; where the value begins, NULL for neither. */
static const char *read_key(const char *p, const char *end, struct str *ret_key)
{
    const char *behind = is_at(p, end, '"') ? skip_string(p, end) : NULL;
    if (behind == NULL) {
        return NULL;
    }
    *ret_key = (struct str){.p = p + 1, .n = (size_t)(behind - p) - 2};
    p = skip_space(behind, end);
    return is_at(p, end, ':') ? skip_space(p + 1, end) : NULL;
}

/* The next value and its key; where it ends, NULL when it is broken. */
static const char *read_next(const struct json_split *it, const char *p,
                             struct str *key, struct str *raw)
{
    if (!it->is_first) {
        if (!is_at(p, it->end, ',')) {
            return NULL;
        }
        p = skip_space(p + 1, it->end);
    }
    if (it->close == '}') {
        p = read_key(p, it->end, key);
    }
    const char *behind = p != NULL ? skip_value(p, it->end) : NULL;
    if (behind != NULL) {
        *raw = (struct str){.p = p, .n = (size_t)(behind - p)};
    }
    return behind;
}

enum rc json_split_next(struct json_split *it, struct str *ret_key,
                        struct str *ret_raw)
{
    struct str key = STR_EMPTY;
    struct str raw = STR_EMPTY;
    const char *p = skip_space(it->at, it->end);
    if (it->close == '\0') {
        return p == it->end ? RC_END : RC_PARSE;
    }
    if (is_at(p, it->end, it->close)) {
        return finish(it, p + 1);
    }
    p = read_next(it, p, &key, &raw);
    if (p == NULL) {
        return RC_PARSE;
    }
    *ret_key = key;
    *ret_raw = raw;
    it->at = p;
    it->is_first = false;
    return RC_OK;
}
