/* cJSON reads leniently: leading zeros, raw control characters, \u with any
 * four characters, any byte below the space as white space.  So the text is
 * scanned before, for all of RFC 8259's grammar below the level of structure,
 * which cJSON does check.  The scan costs a small part of the parse. */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/check.h"
#include "base/json_skim.h"
#include "base/limits.h"
#include "base/why.h"

enum { NUM_TEXT_BYTES = 32, WRITER_DEPTH_MAX = 63 };

#define WHOLE_MAX 9007199254740992.0 /* 2^53 */

/* ---- the scan ---- */

/* What a byte outside strings is to the scan. */
enum byte_class {
    BYTE_BAD = 0,
    BYTE_PLAIN, /* white space, ':' and letters of literals */
    BYTE_QUOTE,
    BYTE_OPEN,
    BYTE_CLOSE,
    BYTE_COMMA,
    BYTE_NUMBER
};

static const unsigned char byte_classes[256] = {
    ['\t'] = BYTE_PLAIN, ['\n'] = BYTE_PLAIN, ['\r'] = BYTE_PLAIN,
    [' '] = BYTE_PLAIN,  [':'] = BYTE_PLAIN,  ['a'] = BYTE_PLAIN,
    ['e'] = BYTE_PLAIN,  ['f'] = BYTE_PLAIN,  ['l'] = BYTE_PLAIN,
    ['n'] = BYTE_PLAIN,  ['r'] = BYTE_PLAIN,  ['s'] = BYTE_PLAIN,
    ['t'] = BYTE_PLAIN,  ['u'] = BYTE_PLAIN,  ['"'] = BYTE_QUOTE,
    ['{'] = BYTE_OPEN,   ['['] = BYTE_OPEN,   ['}'] = BYTE_CLOSE,
    [']'] = BYTE_CLOSE,  [','] = BYTE_COMMA,  ['-'] = BYTE_NUMBER,
    ['0'] = BYTE_NUMBER, ['1'] = BYTE_NUMBER, ['2'] = BYTE_NUMBER,
    ['3'] = BYTE_NUMBER, ['4'] = BYTE_NUMBER, ['5'] = BYTE_NUMBER,
    ['6'] = BYTE_NUMBER, ['7'] = BYTE_NUMBER, ['8'] = BYTE_NUMBER,
    ['9'] = BYTE_NUMBER,
};

/* The scan's state and, when it fails, where and of what. */
struct scan {
    struct str text;
    size_t at;
    int depth;
    size_t n_values; /* at most; by commas and brackets */
    enum rc rc;
    const char *what;
};

static bool fail(struct scan *s, enum rc rc, const char *what)
{
    s->rc = rc;
    s->what = what;
    return false;
}

static bool is_digit(unsigned c)
{
    return c - '0' < 10;
}

static bool is_hex(unsigned c)
{
    return is_digit(c) || (c | 0x20) - 'a' < 6;
}

/* The byte `i` places on, 0 behind the end. */
static unsigned peek(const struct scan *s, size_t i)
{
    return i < s->text.n - s->at ? (unsigned char)s->text.p[s->at + i] : 0;
}

static bool scan_number(struct scan *s)
{
    size_t n = json_skim_num_n(str_sub(s->text, s->at, s->text.n));
    if (n == 0) {
        return fail(s, RC_PARSE, "not a number as JSON writes it");
    }
    s->at += n;
    return true;
}

/* The escape whose backslash is at s->at. */
static bool scan_escape(struct scan *s)
{
    unsigned c = peek(s, 1);
    if (c != 'u') {
        if (c == 0 || strchr("\"\\/bfnrt", (int)c) == NULL) {
            return fail(s, RC_PARSE, "no such escape");
        }
        s->at += 2;
        return true;
    }
    bool is_zero = true;
    for (size_t i = 2; i < 6; i++) {
        if (!is_hex(peek(s, i))) {
            return fail(s, RC_PARSE, "\\u without four hex digits");
        }
        is_zero = is_zero && peek(s, i) == '0';
    }
    if (is_zero) {
        return fail(s, RC_PARSE, "\\u0000 cannot be kept in text");
    }
    s->at += 6;
    return true;
}

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))
#define HIGH_BITS    EACH_BYTE(0x80)

/* Bytes of `w` that are zero have their high bit set in the answer; others
 * behind such a byte may have it too. */
static uint64_t zero_bytes(uint64_t w)
{
    return (w - EACH_BYTE(1)) & ~w & HIGH_BITS;
}

/* Step over bytes of a string that mean themselves, eight at a time. */
static void skip_plain(struct scan *s)
{
    const char *p = s->text.p + s->at;
    size_t left = s->text.n - s->at;
    while (left >= sizeof(uint64_t)) {
        uint64_t w;
        memcpy(&w, p, sizeof(w));
        uint64_t below_space = (w - EACH_BYTE(' ')) & ~w & HIGH_BITS;
        if ((zero_bytes(w ^ EACH_BYTE('"')) | zero_bytes(w ^ EACH_BYTE('\\')) |
             below_space) != 0) {
            break;
        }
        p += sizeof(w);
        left -= sizeof(w);
    }
    while (left > 0 && *p != '"' && *p != '\\' && (unsigned char)*p >= ' ') {
        p++;
        left--;
    }
    s->at = s->text.n - left;
}

/* The string whose opening quote is at s->at. */
static bool scan_string(struct scan *s)
{
    size_t from = s->at++;
    for (;;) {
        skip_plain(s);
        if (s->at == s->text.n) {
            s->at = from;
            return fail(s, RC_PARSE, "a string never ends");
        }
        if (s->text.p[s->at] == '"') {
            s->at++;
            return true;
        }
        if (s->text.p[s->at] != '\\') {
            return fail(s, RC_PARSE, "a control character in a string");
        }
        if (!scan_escape(s)) {
            return false;
        }
    }
}

static bool scan_open(struct scan *s)
{
    if (s->depth == LIMIT_JSON_DEPTH_MAX) {
        return fail(s, RC_LIMIT, "nested too deep");
    }
    s->depth++;
    s->n_values++;
    s->at++;
    return true;
}

static bool scan_comma(struct scan *s)
{
    if (++s->n_values > LIMIT_JSON_VALUES_MAX) {
        return fail(s, RC_LIMIT, "too many values");
    }
    s->at++;
    return true;
}

static bool scan_text(struct scan *s)
{
    bool ok = true;
    while (ok && s->at < s->text.n) {
        switch ((enum byte_class)byte_classes[peek(s, 0)]) {
        case BYTE_BAD:
            return fail(s, RC_PARSE, "no such sign in JSON");
        case BYTE_PLAIN:
            s->at++;
            break;
        case BYTE_QUOTE:
            ok = scan_string(s);
            break;
        case BYTE_OPEN:
            ok = scan_open(s);
            break;
        case BYTE_CLOSE:
            /* The library pairs brackets; one too many is its to tell. */
            s->depth--;
            s->at++;
            break;
        case BYTE_COMMA:
            ok = scan_comma(s);
            break;
        case BYTE_NUMBER:
            ok = scan_number(s);
            break;
        }
    }
    return ok;
}

/* ---- parsing ---- */

static enum rc tell(struct str text, size_t at, enum rc rc, const char *what,
                    struct why *why)
{
    unsigned long long line = 1;
    unsigned long long column = 1;
    for (size_t i = 0; i < at && i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c == '\n') {
            line++;
            column = 1;
        } else if ((c & 0xc0) != 0x80) {
            column++; /* counts characters, not UTF-8's further bytes */
        }
    }
    return why_set(why, rc, "line %llu, column %llu: %s", line, column, what);
}

/* Bytes of the valid UTF-8 character at the front, 0 when there is none. */
static size_t char_bytes(struct str s)
{
    for (size_t n = 1; n <= 4 && n <= s.n; n++) {
        if (str_utf8_ok(str_sub(s, 0, n))) {
            return n;
        }
    }
    return 0;
}

static enum rc tell_bad_utf8(struct str text, struct why *why)
{
    size_t at = 0;
    size_t n = char_bytes(text);
    while (n > 0) {
        at += n;
        n = char_bytes(str_sub(text, at, 4));
    }
    return tell(text, at, RC_PARSE, "not valid UTF-8", why);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static enum rc check_text(struct str text, struct why *why)
{
    struct scan s = {.text = text, .rc = RC_OK};
    if (!scan_text(&s)) {
        return tell(text, s.at, s.rc, s.what, why);
    }
    return str_utf8_ok(text) ? RC_OK : tell_bad_utf8(text, why);
}

enum rc json_parse(struct str text, struct json **ret_json, struct why *why)
{
    static const struct str byte_order_mark = {.p = "\xef\xbb\xbf", .n = 3};
    if (str_starts(text, byte_order_mark)) {
        text = str_sub(text, byte_order_mark.n, text.n);
    }
    if (text.n == 0) {
        return tell(text, 0, RC_PARSE, "no JSON here", why);
    }
    enum rc rc = check_text(text, why);
    if (rc != RC_OK) {
        return rc;
    }
    const char *end = text.p;
    cJSON *tree = cJSON_ParseWithLengthOpts(text.p, text.n, &end, 0);
    size_t at = (size_t)(end - text.p);
    if (tree == NULL) {
        /* In a string the scan has left it only this to refuse. */
        const char *what = text.p[at] == '\\'
                               ? "half of a surrogate pair stands alone"
                               : "not what JSON allows here";
        return tell(text, at, RC_PARSE, what, why);
    }
    while (at < text.n && is_space(text.p[at])) {
        at++;
    }
    if (at < text.n) {
        cJSON_Delete(tree);
        return tell(text, at, RC_PARSE, "text after the value", why);
    }
    *ret_json = (struct json *)tree;
    return RC_OK;
}

/* The tree is at most JSON_DEPTH_MAX deep, so the library's recursion here
 * is too. */
void json_free(struct json **json)
{
    if (json != NULL && *json != NULL) {
        cJSON_Delete((cJSON *)*json);
        *json = NULL;
    }
}

/* ---- reading ---- */

static const cJSON *node(const struct json *j)
{
    return (const cJSON *)j;
}

enum json_kind json_kind(const struct json *j)
{
    if (j == NULL) {
        return JSON_NULL;
    }
    switch (node(j)->type & 0xff) {
    case cJSON_False:
    case cJSON_True:
        return JSON_BOOL;
    case cJSON_Number:
        return JSON_NUM;
    case cJSON_String:
        return JSON_STR;
    case cJSON_Array:
        return JSON_ARR;
    case cJSON_Object:
        return JSON_OBJ;
    default:
        return JSON_NULL;
    }
}

const char *json_kind_name(enum json_kind kind)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",  [JSON_BOOL] = "boolean", [JSON_NUM] = "number",
        [JSON_STR] = "string", [JSON_ARR] = "array",    [JSON_OBJ] = "object",
    };
    CHECK(kind >= JSON_NULL && kind <= JSON_OBJ);
    return names[kind];
}

struct str json_str(const struct json *j)
{
    return json_kind(j) == JSON_STR ? str_from_cz(node(j)->valuestring)
                                    : STR_EMPTY;
}

bool json_bool(const struct json *j)
{
    return j != NULL && (node(j)->type & 0xff) == cJSON_True;
}

double json_f64(const struct json *j)
{
    return json_kind(j) == JSON_NUM ? node(j)->valuedouble : 0;
}

enum rc json_i64(const struct json *j, int64_t *ret_n)
{
    if (json_kind(j) != JSON_NUM) {
        return RC_INVALID;
    }
    double x = node(j)->valuedouble;
    if (x < -WHOLE_MAX || x > WHOLE_MAX) {
        return RC_RANGE;
    }
    if (floor(x) < x) {
        return RC_INVALID;
    }
    *ret_n = (int64_t)x;
    return RC_OK;
}

static void add_shortest(double x, struct buf *b)
{
    char text[NUM_TEXT_BYTES];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, x);
        double back = strtod(text, NULL);
        if (!(back < x) && !(back > x)) {
            break;
        }
    }
    buf_cz(b, text);
}

void json_num_text(const struct json *j, struct buf *b)
{
    double x = json_f64(j);
    if (isinf(x)) {
        /* Such as 1e400 in the text.  Reads back as what it is, and as out
         * of range wherever exact numbers are read. */
        buf_cz(b, x > 0 ? "1e999" : "-1e999");
        return;
    }
    add_shortest(x, b);
}

static bool has_children(const struct json *j)
{
    return json_kind(j) == JSON_ARR || json_kind(j) == JSON_OBJ;
}

const struct json *json_first(const struct json *j)
{
    return has_children(j) ? (const struct json *)node(j)->child : NULL;
}

const struct json *json_next(const struct json *j)
{
    return j != NULL ? (const struct json *)node(j)->next : NULL;
}

struct str json_key(const struct json *member)
{
    return member != NULL ? str_from_cz(node(member)->string) : STR_EMPTY;
}

uint32_t json_n(const struct json *j)
{
    uint32_t n = 0;
    for (const struct json *c = json_first(j); c != NULL; c = json_next(c)) {
        n++;
    }
    return n;
}

const struct json *json_get(const struct json *obj, const char *name)
{
    if (json_kind(obj) != JSON_OBJ) {
        return NULL;
    }
    const cJSON *m = node(obj)->child;
    while (m != NULL && strcmp(m->string, name) != 0) {
        m = m->next;
    }
    return (const struct json *)m;
}

/* ---- writing ---- */

void json_w_init(struct json_writer *w, struct buf *out)
{
    *w = (struct json_writer){.out = out};
}

/* What is due before a value or key: a comma, unless it is the first or
 * stands behind its key. */
static void begin_item(struct json_writer *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    uint64_t bit = UINT64_C(1) << w->depth;
    if ((w->has_member & bit) != 0) {
        buf_char(w->out, ',');
    }
    w->has_member |= bit;
}

static void open_bracket(struct json_writer *w, char c)
{
    CHECK(w->depth < WRITER_DEPTH_MAX);
    begin_item(w);
    buf_char(w->out, c);
    w->depth++;
    w->has_member &= ~(UINT64_C(1) << w->depth);
}

static void close_bracket(struct json_writer *w, char c)
{
    CHECK(w->depth > 0 && !w->after_key);
    buf_char(w->out, c);
    w->depth--;
}

void json_w_obj(struct json_writer *w)
{
    open_bracket(w, '{');
}

void json_w_obj_end(struct json_writer *w)
{
    close_bracket(w, '}');
}

void json_w_arr(struct json_writer *w)
{
    open_bracket(w, '[');
}

void json_w_arr_end(struct json_writer *w)
{
    close_bracket(w, ']');
}

/* The escape of a byte that cannot stand in a string. */
static void add_escape(struct buf *b, unsigned char c)
{
    static const char *const short_escapes[] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n",  ['\f'] = "\\f",
        ['\r'] = "\\r", ['"'] = "\\\"", ['\\'] = "\\\\",
    };
    if (c < ARRAY_N(short_escapes) && short_escapes[c] != NULL) {
        buf_cz(b, short_escapes[c]);
    } else {
        buf_fmt(b, "\\u%04x", c);
    }
}

/* Valid UTF-8 with quotes, backslashes and controls escaped. */
static void add_escaped(struct buf *b, struct str s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < ' ' || c == '"' || c == '\\') {
            buf_str(b, str_sub(s, from, i - from));
            add_escape(b, c);
            from = i + 1;
        }
    }
    buf_str(b, str_sub(s, from, s.n));
}

static void add_mended(struct buf *b, struct str s)
{
    size_t at = 0;
    while (at < s.n) {
        size_t n = char_bytes(str_sub(s, at, 4));
        if (n > 0) {
            add_escaped(b, str_sub(s, at, n));
        } else {
            buf_cz(b, "\xef\xbf\xbd"); /* U+FFFD */
        }
        at += n > 0 ? n : 1;
    }
}

static void add_quoted(struct buf *b, struct str s)
{
    buf_char(b, '"');
    if (str_utf8_ok(s)) {
        add_escaped(b, s);
    } else {
        add_mended(b, s);
    }
    buf_char(b, '"');
}

void json_w_key(struct json_writer *w, struct str key)
{
    CHECK(!w->after_key);
    begin_item(w);
    add_quoted(w->out, key);
    buf_char(w->out, ':');
    w->after_key = true;
}

void json_w_str(struct json_writer *w, struct str s)
{
    begin_item(w);
    add_quoted(w->out, s);
}

void json_w_i64(struct json_writer *w, int64_t n)
{
    begin_item(w);
    buf_i64(w->out, n);
}

void json_w_f64(struct json_writer *w, double x)
{
    if (!isfinite(x)) {
        json_w_null(w);
        return;
    }
    begin_item(w);
    add_shortest(x, w->out);
}

void json_w_bool(struct json_writer *w, bool b)
{
    begin_item(w);
    buf_cz(w->out, b ? "true" : "false");
}

void json_w_null(struct json_writer *w)
{
    begin_item(w);
    buf_cz(w->out, "null");
}

void json_w_raw(struct json_writer *w, struct str json_text)
{
    begin_item(w);
    buf_str(w->out, json_text);
}
