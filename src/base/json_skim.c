#include "base/json_skim.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"

enum { JSON_CHAR_MAX = 4 };

#define WHOLE_MAX 9007199254740992.0 /* 2^53 */

enum { EXACT_DIGITS = 15 }; /* that many always fit below 2^53 */

/* ---- passing over values ---- */

/* What a byte is while passing over what need not be understood. */
enum byte_class {
    BYTE_OTHER = 0,
    BYTE_SPACE,
    BYTE_QUOTE,
    BYTE_OPEN,
    BYTE_CLOSE,
    BYTE_COMMA
};

static const unsigned char byte_classes[256] = {
    [' '] = BYTE_SPACE,  ['\t'] = BYTE_SPACE, ['\n'] = BYTE_SPACE,
    ['\r'] = BYTE_SPACE, ['"'] = BYTE_QUOTE,  ['{'] = BYTE_OPEN,
    ['['] = BYTE_OPEN,   ['}'] = BYTE_CLOSE,  [']'] = BYTE_CLOSE,
    [','] = BYTE_COMMA,
};

static const unsigned char kinds[256] = {
    ['n'] = JSON_NULL, ['t'] = JSON_BOOL, ['f'] = JSON_BOOL, ['"'] = JSON_STR,
    ['['] = JSON_ARR,  ['{'] = JSON_OBJ,  ['-'] = JSON_NUM,  ['0'] = JSON_NUM,
    ['1'] = JSON_NUM,  ['2'] = JSON_NUM,  ['3'] = JSON_NUM,  ['4'] = JSON_NUM,
    ['5'] = JSON_NUM,  ['6'] = JSON_NUM,  ['7'] = JSON_NUM,  ['8'] = JSON_NUM,
    ['9'] = JSON_NUM,
};

static enum byte_class class_of(char c)
{
    return (enum byte_class)byte_classes[(unsigned char)c];
}

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && class_of(*p) == BYTE_SPACE) {
        p++;
    }
    return p;
}

/* Behind the string whose opening quote is at p; NULL when it never closes.
 * A quote closes it when an even number of backslashes stands before.  The
 * count needs no bound, for the opening quote ends it; and no run is counted
 * twice, for a quote stands between any two counts. */
static const char *skip_string(const char *p, const char *end)
{
    const char *from = p + 1;
    while (from < end) {
        const char *q = memchr(from, '"', (size_t)(end - from));
        if (q == NULL) {
            break;
        }
        const char *b = q - 1;
        while (*b == '\\') {
            b--;
        }
        if ((q - b) % 2 == 1) {
            return q + 1;
        }
        from = q + 1;
    }
    return NULL;
}

/* Behind the array or object that opens at p.  Kinds of brackets are not
 * told apart: in valid JSON they pair. */
static const char *skip_nested(const char *p, const char *end)
{
    size_t depth = 0;
    do {
        if (p == NULL || p == end) {
            return NULL;
        }
        switch (class_of(*p)) {
        case BYTE_QUOTE:
            p = skip_string(p, end);
            break;
        case BYTE_OPEN:
            depth++;
            p++;
            break;
        case BYTE_CLOSE:
            depth--;
            p++;
            break;
        case BYTE_OTHER:
        case BYTE_SPACE:
        case BYTE_COMMA:
            p++;
            break;
        }
    } while (depth > 0);
    return p;
}

/* Behind the value at p; NULL when it begins none or never ends. */
static const char *skip_value(const char *p, const char *end)
{
    if (p == end) {
        return NULL;
    }
    unsigned char kind = kinds[(unsigned char)*p];
    if (kind == JSON_STR) {
        return skip_string(p, end);
    }
    if (kind == JSON_OBJ || kind == JSON_ARR) {
        return skip_nested(p, end);
    }
    if (kind == 0) {
        return NULL;
    }
    while (p < end && class_of(*p) == BYTE_OTHER) {
        p++;
    }
    return p;
}

static struct str between(const char *from, const char *end)
{
    return (struct str){.p = from, .n = (size_t)(end - from)};
}

/* ---- members and elements ---- */

static bool begin(struct str text, char open, char close, struct json_skim *it)
{
    static const struct str byte_order_mark = {.p = "\xef\xbb\xbf", .n = 3};
    if (str_starts(text, byte_order_mark)) {
        text = str_sub(text, byte_order_mark.n, text.n);
    }
    if (text.n == 0) {
        return false;
    }
    const char *end = text.p + text.n;
    const char *p = skip_space(text.p, end);
    if (p == end || *p != open) {
        return false;
    }
    *it = (struct json_skim){
        .at = p + 1, .end = end, .close = close, .is_first = true};
    return true;
}

bool json_skim_obj(struct str text, struct json_skim *ret_it)
{
    return begin(text, '{', '}', ret_it);
}

bool json_skim_arr(struct str text, struct json_skim *ret_it)
{
    return begin(text, '[', ']', ret_it);
}

/* From here on only RC_PARSE: there is neither comma nor bracket. */
static enum rc broken(struct json_skim *it)
{
    it->at = it->end;
    return RC_PARSE;
}

static enum rc finish(struct json_skim *it)
{
    const char *p = it->at + 1;
    if (!it->is_inner) {
        p = skip_space(p, it->end);
        if (p < it->end) {
            return broken(it);
        }
    }
    it->at = p;
    it->is_done = true;
    return RC_END;
}

/* The key at p and its colon; where the value begins, NULL for neither. */
static const char *read_key(const char *p, const char *end, struct str *ret_key)
{
    if (p == end || *p != '"') {
        return NULL;
    }
    const char *behind = skip_string(p, end);
    if (behind == NULL) {
        return NULL;
    }
    *ret_key = between(p + 1, behind - 1);
    p = skip_space(behind, end);
    if (p == end || *p != ':') {
        return NULL;
    }
    return skip_space(p + 1, end);
}

static inline enum rc next_key(struct json_skim *it, struct str *ret_key)
{
    if (it->is_done) {
        return RC_END;
    }
    const char *p = skip_space(it->at, it->end);
    if (p < it->end && *p == it->close) {
        it->at = p;
        return finish(it);
    }
    if (!it->is_first) {
        if (p == it->end || *p != ',') {
            return broken(it);
        }
        p = skip_space(p + 1, it->end);
    }
    it->is_first = false;
    struct str key = STR_EMPTY;
    if (it->close == '}') {
        p = read_key(p, it->end, &key);
    }
    if (p == NULL) {
        return broken(it);
    }
    *ret_key = key;
    it->at = p;
    return RC_OK;
}

static inline enum rc next_value(struct json_skim *it, struct str *ret_raw)
{
    const char *behind = skip_value(it->at, it->end);
    if (behind == NULL) {
        return broken(it);
    }
    *ret_raw = between(it->at, behind);
    it->at = behind;
    return RC_OK;
}

enum rc json_skim_next(struct json_skim *it, struct str *ret_key,
                       struct str *ret_raw)
{
    struct str key;
    enum rc rc = next_key(it, &key);
    if (rc == RC_OK) {
        rc = next_value(it, ret_raw);
    }
    if (rc == RC_OK) {
        *ret_key = key;
    }
    return rc;
}

enum rc json_skim_key(struct json_skim *it, struct str *ret_key)
{
    return next_key(it, ret_key);
}

enum rc json_skim_value(struct json_skim *it, struct str *ret_raw)
{
    return next_value(it, ret_raw);
}

bool json_skim_enter(const struct json_skim *it, struct json_skim *ret_inner)
{
    char open = '\0';
    if (it->at < it->end) {
        open = *it->at;
    }
    if (open != '{' && open != '[') {
        return false;
    }
    *ret_inner = (struct json_skim){.at = it->at + 1,
                                    .end = it->end,
                                    .close = open == '{' ? '}' : ']',
                                    .is_first = true,
                                    .is_inner = true};
    return true;
}

enum rc json_skim_leave(struct json_skim *it, struct json_skim *inner)
{
    struct str key;
    struct str raw;
    enum rc rc = RC_OK;
    while (rc == RC_OK) {
        rc = json_skim_next(inner, &key, &raw);
    }
    if (rc != RC_END) {
        return broken(it);
    }
    it->at = inner->at;
    return RC_OK;
}

/* ---- looking up ---- */

/* The first of the keys that is `raw_key` and was not found yet; n when there
 * is none.  Most members are wanted by nobody: so lengths come first, and
 * escapes, which keys hardly ever have, are looked for once. */
static size_t wanted(struct str raw_key, const struct str *keys, size_t n,
                     const struct str *raws)
{
    bool has_escape = str_find_char(raw_key, '\\', 0) != SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        if (raws[i].n == 0 && (has_escape || raw_key.n == keys[i].n) &&
            json_skim_key_is(raw_key, keys[i])) {
            return i;
        }
    }
    return n;
}

static void clear(struct str *raws, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        raws[i] = STR_EMPTY;
    }
}

enum rc json_skim_pick(struct str obj, const struct str *keys, size_t n,
                       struct str *ret_raws)
{
    clear(ret_raws, n);
    struct json_skim it;
    if (!json_skim_obj(obj, &it)) {
        return RC_PARSE;
    }
    size_t n_found = 0;
    while (n_found < n) {
        struct str key;
        struct str raw;
        enum rc rc = json_skim_next(&it, &key, &raw);
        if (rc == RC_END) {
            break;
        }
        if (rc != RC_OK) {
            clear(ret_raws, n);
            return rc;
        }
        size_t i = wanted(key, keys, n, ret_raws);
        if (i < n) {
            ret_raws[i] = raw;
            n_found++;
        }
    }
    return RC_OK;
}

enum rc json_skim_get(struct str obj, struct str key, struct str *ret_raw)
{
    struct str raw;
    enum rc rc = json_skim_pick(obj, &key, 1, &raw);
    if (rc != RC_OK) {
        return rc;
    }
    if (raw.n == 0) {
        return RC_NOT_FOUND;
    }
    *ret_raw = raw;
    return RC_OK;
}

bool json_skim_kind(struct str raw, enum json_kind *ret_kind)
{
    unsigned char kind = raw.n > 0 ? kinds[(unsigned char)raw.p[0]] : 0;
    if (kind == 0) {
        return false;
    }
    *ret_kind = (enum json_kind)kind;
    return true;
}

/* ---- text ---- */

/* The byte at `at`, NUL behind the end. */
static char byte_at(struct str s, size_t at)
{
    if (at < s.n) {
        return s.p[at];
    }
    return '\0';
}

/* Four hex digits at `at`; -1 when they are not. */
static int32_t hex4(struct str s, size_t at)
{
    static const char digits[] = "0123456789abcdef";
    int32_t n = 0;
    for (size_t i = at; i < at + 4; i++) {
        char c = byte_at(s, i);
        if (c >= 'A' && c <= 'F') {
            c = (char)(c - 'A' + 'a');
        }
        const char *d = c != '\0' ? strchr(digits, c) : NULL;
        if (d == NULL) {
            return -1;
        }
        n = n * 16 + (int32_t)(d - digits);
    }
    return n;
}

static size_t put_utf8(int32_t c, char out[static JSON_CHAR_MAX])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* The \u at *at, with its second half when it is the first of a surrogate
 * pair; -1 for a half alone, for NUL and for other than hex digits. */
static int32_t read_unicode(struct str s, size_t *at)
{
    int32_t c = hex4(s, *at + 2);
    *at += 6;
    if (c <= 0 || (c >= 0xdc00 && c <= 0xdfff)) {
        return -1;
    }
    if (c < 0xd800 || c > 0xdbff) {
        return c;
    }
    if (!str_starts(str_sub(s, *at, 2), STR("\\u"))) {
        return -1;
    }
    int32_t low = hex4(s, *at + 2);
    *at += 6;
    if (low < 0xdc00 || low > 0xdfff) {
        return -1;
    }
    return 0x10000 + (c - 0xd800) * 0x400 + (low - 0xdc00);
}

static size_t json_char_read(struct str s, size_t *at,
                             char out[static JSON_CHAR_MAX])
{
    static const char names[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    char c = s.p[*at];
    if (c != '\\') {
        (*at)++;
        out[0] = c;
        return (unsigned char)c >= ' ' ? 1 : 0;
    }
    char name = byte_at(s, *at + 1);
    if (name == 'u') {
        int32_t code = read_unicode(s, at);
        return code > 0 ? put_utf8(code, out) : 0;
    }
    const char *found = name != '\0' ? strchr(names, name) : NULL;
    if (found == NULL) {
        return 0;
    }
    *at += 2;
    out[0] = meant[found - names];
    return 1;
}

bool json_skim_key_is(struct str raw_key, struct str name)
{
    /* An escape is longer than what it means. */
    if (raw_key.n <= name.n || memchr(raw_key.p, '\\', raw_key.n) == NULL) {
        return str_eq(raw_key, name);
    }
    size_t at = 0;
    size_t n = 0;
    while (at < raw_key.n) {
        char c[JSON_CHAR_MAX];
        size_t n_c = json_char_read(raw_key, &at, c);
        if (n_c == 0 || !str_eq(str_sub(name, n, n_c), between(c, c + n_c))) {
            return false;
        }
        n += n_c;
    }
    return n == name.n;
}

static bool has_control(struct str s)
{
    bool has = false;
    for (size_t i = 0; i < s.n; i++) {
        has |= (unsigned char)s.p[i] < ' ';
    }
    return has;
}

static enum rc decode(struct str inside, struct arena *arena, struct str *ret_s)
{
    char *p = arena_alloc(arena, inside.n);
    if (p == NULL) {
        return RC_LIMIT;
    }
    size_t n = 0;
    size_t at = 0;
    while (at < inside.n) {
        char c[JSON_CHAR_MAX];
        size_t n_c = json_char_read(inside, &at, c);
        if (n_c == 0) {
            return RC_PARSE;
        }
        memcpy(p + n, c, n_c);
        n += n_c;
    }
    *ret_s = (struct str){.p = p, .n = n};
    return RC_OK;
}

enum rc json_skim_str(struct str raw, struct arena *arena, struct str *ret_s)
{
    if (raw.n == 0 || raw.p[0] != '"') {
        return RC_INVALID;
    }
    if (skip_string(raw.p, raw.p + raw.n) != raw.p + raw.n) {
        return RC_PARSE;
    }
    struct str inside = str_sub(raw, 1, raw.n - 2);
    if (!str_utf8_ok(inside)) {
        return RC_PARSE;
    }
    if (str_find_char(inside, '\\', 0) != SIZE_MAX) {
        return decode(inside, arena, ret_s);
    }
    if (has_control(inside)) {
        return RC_PARSE;
    }
    *ret_s = inside;
    return RC_OK;
}

/* ---- numbers ---- */

static size_t skip_digits(struct str s, size_t at)
{
    while (at < s.n && s.p[at] >= '0' && s.p[at] <= '9') {
        at++;
    }
    return at;
}

static bool is_at(struct str s, size_t at, char c)
{
    return at < s.n && s.p[at] == c;
}

/* The end of an exponent at `at`, `at` when there is none, 0 for a misspelt
 * one. */
static size_t skip_exponent(struct str s, size_t at)
{
    if (!is_at(s, at, 'e') && !is_at(s, at, 'E')) {
        return at;
    }
    at++;
    at += is_at(s, at, '+') || is_at(s, at, '-');
    size_t end = skip_digits(s, at);
    return end > at ? end : 0;
}

size_t json_skim_num_n(struct str text)
{
    size_t from = is_at(text, 0, '-') ? 1 : 0;
    size_t at = skip_digits(text, from);
    if (at == from || (text.p[from] == '0' && at > from + 1)) {
        return 0;
    }
    if (is_at(text, at, '.')) {
        size_t end = skip_digits(text, at + 1);
        if (end == at + 1) {
            return 0;
        }
        at = end;
    }
    return skip_exponent(text, at);
}

enum rc json_skim_i64(struct str raw, int64_t *ret_n)
{
    enum json_kind kind;
    if (!json_skim_kind(raw, &kind) || kind != JSON_NUM) {
        return RC_INVALID;
    }
    if (json_skim_num_n(raw) != raw.n) {
        return RC_PARSE;
    }
    if (raw.n <= EXACT_DIGITS && str_to_i64(raw, ret_n) == RC_OK) {
        return RC_OK;
    }
    /* Long, or with fraction or exponent: as json_i64 does it. */
    double x;
    enum rc rc = str_to_f64(raw, &x);
    if (rc != RC_OK) {
        return rc;
    }
    if (x < -WHOLE_MAX || x > WHOLE_MAX) {
        return RC_RANGE;
    }
    if (floor(x) < x) {
        return RC_INVALID;
    }
    *ret_n = (int64_t)x;
    return RC_OK;
}
