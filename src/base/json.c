/* A tree is a node for each value, in the arena of its parser.  Texts are
 * slices of the parsed text, of which json_parser_read keeps a copy; what
 * escapes mean stands in the arena as well. */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/json_priv.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/why.h"

enum {
    NUM_TEXT_BYTES = 32,
    WRITER_DEPTH_MAX = 63,
    VALUES_AT_ONCE = 32,
    ESCAPE_BYTES_MAX = 12 /* a surrogate pair */
};

_Static_assert(LIMIT_JSON_VALUES_MAX % VALUES_AT_ONCE == 0, "no value is lost");

#define WHOLE_MAX 9007199254740992.0 /* 2^53 */

struct json_parser {
    struct json_simd *simd;
    struct arena arena; /* values, copies of texts, what escapes mean */
    struct json *spare; /* values */
    size_t n_spare;
    size_t n_values; /* spare ones included */
};

/* ---- memory ---- */

struct json_parser *json_parser_new(void)
{
    struct json_parser *p = mem_alloc(sizeof(*p));
    p->simd = json_simd_new();
    CHECK(p->simd != NULL);
    arena_init(&p->arena, SIZE_MAX); /* LIMIT_JSON_VALUES_MAX is the cap */
    return p;
}

void json_parser_free(struct json_parser **p)
{
    if (p == NULL || *p == NULL) {
        return;
    }
    json_simd_free((*p)->simd);
    arena_fini(&(*p)->arena);
    mem_free(*p);
    *p = NULL;
}

void json_parser_clear(struct json_parser *p)
{
    arena_reset(&p->arena);
    p->n_spare = 0;
    p->n_values = 0;
}

struct json *json_new(struct json_parser *p)
{
    if (p->n_spare == 0) {
        p->n_values += VALUES_AT_ONCE;
        p->spare =
            p->n_values <= LIMIT_JSON_VALUES_MAX
                ? arena_array(&p->arena, VALUES_AT_ONCE, sizeof(*p->spare))
                : NULL;
        if (p->spare == NULL) {
            return NULL;
        }
        p->n_spare = VALUES_AT_ONCE;
    }
    struct json *j = p->spare++;
    p->n_spare--;
    j->parser = p;
    return j;
}

/* simdjson takes half a surrogate pair for a character, and \u0000. */
static bool is_text(struct str s)
{
    return str_find_char(s, '\0', 0) == SIZE_MAX && str_utf8_ok(s);
}

bool json_decode(struct json_parser *p, const char *inside, size_t n,
                 struct str *ret_text)
{
    char *to = arena_alloc(&p->arena, n + JSON_PADDING);
    if (to == NULL) {
        return false;
    }
    struct str text = {.p = to, .n = json_simd_unescape(p->simd, inside, to)};
    if (text.n == SIZE_MAX || !is_text(text)) {
        return false;
    }
    *ret_text = text;
    return true;
}

static bool is_digit_at(struct str s, size_t at)
{
    return at < s.n && s.p[at] >= '0' && s.p[at] <= '9';
}

/* To simdjson it is no number.  str_to_f64 knows it, but also takes zeros in
 * front and a point without digits at both sides. */
bool json_is_huge(struct str raw)
{
    double x;
    size_t first = str_starts(raw, STR("-")) ? 1 : 0;
    size_t point = str_find_char(raw, '.', 0);
    bool has_zeros = str_sub(raw, first, 1).n == 1 && raw.p[first] == '0' &&
                     is_digit_at(raw, first + 1);
    bool has_bad_point = point != SIZE_MAX && (!is_digit_at(raw, point - 1) ||
                                               !is_digit_at(raw, point + 1));
    return !has_zeros && !has_bad_point && str_to_f64(raw, &x) == RC_RANGE;
}

/* ---- what is wrong, and where ---- */

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

/* Where quotes go wrong: at a control character, or the quote that opens a
 * string without end. */
static enum rc tell_bad_quotes(struct str text, struct why *why)
{
    size_t quote = SIZE_MAX; /* of the string that is open */
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '"') {
            quote = quote == SIZE_MAX ? i : SIZE_MAX;
        } else if (quote != SIZE_MAX && c == '\\') {
            i++;
        } else if (quote != SIZE_MAX && (unsigned char)c < ' ') {
            return tell(text, i, RC_PARSE, "a control character in a string",
                        why);
        }
    }
    return tell(text, quote, RC_PARSE, "a string never ends", why);
}

/* Bytes of the escape at the front, alone or as a surrogate pair; 0 when it
 * means nothing. */
static size_t escape_bytes(struct json_parser *p, struct str s)
{
    static const size_t sizes[] = {2, 6, ESCAPE_BYTES_MAX};
    for (size_t i = 0; i < ARRAY_N(sizes) && sizes[i] <= s.n; i++) {
        char alone[ESCAPE_BYTES_MAX + 1 + JSON_PADDING] = {0};
        struct str text;
        memcpy(alone, s.p, sizes[i]);
        alone[sizes[i]] = '"';
        if (json_decode(p, alone, sizes[i], &text)) {
            return sizes[i];
        }
    }
    return 0;
}

static enum rc tell_bad_escape(struct json_parser *p, struct str text,
                               size_t quote, struct why *why)
{
    size_t at = str_find_char(text, '\\', quote);
    size_t n = escape_bytes(p, str_sub(text, at, SIZE_MAX));
    while (n > 0) {
        at = str_find_char(text, '\\', at + n);
        n = escape_bytes(p, str_sub(text, at, SIZE_MAX));
    }
    struct str escape = str_sub(text, at, SIZE_MAX);
    const char *what = "no such escape";
    if (str_starts(escape, STR("\\u0000"))) {
        what = "\\u0000 cannot be kept in text";
    } else if (str_starts_nocase(escape, STR("\\ud"))) {
        what = "half of a surrogate pair stands alone";
    } else if (str_starts(escape, STR("\\u"))) {
        what = "\\u without four hex digits";
    }
    return tell(text, at, RC_PARSE, what, why);
}

static enum rc rc_of(enum json_flaw flaw)
{
    switch (flaw) {
    case JSON_FLAW_GRAMMAR:
    case JSON_FLAW_NUMBER:
    case JSON_FLAW_ESCAPE:
    case JSON_FLAW_QUOTES:
    case JSON_FLAW_UTF8:
        return RC_PARSE;
    case JSON_FLAW_DEPTH:
    case JSON_FLAW_VALUES:
    case JSON_FLAW_MEMORY:
        break;
    }
    return RC_LIMIT;
}

static enum rc tell_fault(struct json_parser *p, struct str text,
                          struct json_fault fault, struct why *why)
{
    const char *what = "not what JSON allows here";
    switch (fault.flaw) {
    case JSON_FLAW_ESCAPE:
        return tell_bad_escape(p, text, fault.at, why);
    case JSON_FLAW_QUOTES:
        return tell_bad_quotes(text, why);
    case JSON_FLAW_UTF8:
        return tell_bad_utf8(text, why);
    case JSON_FLAW_MEMORY:
        return why_set(why, RC_LIMIT, "no memory for %zu bytes of JSON",
                       text.n);
    case JSON_FLAW_NUMBER:
        what = "not a number as JSON writes it";
        break;
    case JSON_FLAW_DEPTH:
        what = "nested too deep";
        break;
    case JSON_FLAW_VALUES:
        what = "too many values";
        break;
    case JSON_FLAW_GRAMMAR:
        break;
    }
    return tell(text, fault.at, rc_of(fault.flaw), what, why);
}

/* ---- parsing ---- */

static struct str without_mark(struct str text)
{
    static const struct str byte_order_mark = STR_INIT("\xef\xbb\xbf");
    return str_starts(text, byte_order_mark)
               ? str_sub(text, byte_order_mark.n, SIZE_MAX)
               : text;
}

/* The one element of `list`, which was read of the text between brackets. */
static enum rc only_element(const struct json *list, struct str text,
                            struct json **ret_json, struct why *why)
{
    if (list->n == 0) {
        return tell(text, text.n, RC_PARSE, "no JSON here", why);
    }
    struct json *j = list->as.first;
    if (j->next != NULL) {
        size_t at = (size_t)(j->raw.p + j->raw.n - list->raw.p) - 1;
        return tell(text, at, RC_PARSE, "text after the value", why);
    }
    *ret_json = j;
    return RC_OK;
}

/* In brackets a text is a list of one: so a lone number need not be told from
 * other values, nor an end that comes too early from one in between. */
static enum rc read_text(struct json_parser *p, struct str text,
                         struct json **ret_json, struct why *why)
{
    static const struct json_rules rules = {
        .depth_max = LIMIT_JSON_DEPTH_MAX + 1, /* the brackets */
        .is_strict = true,
    };
    struct json_fault fault = {.flaw = JSON_FLAW_MEMORY};
    text = without_mark(text);
    struct json *list = json_new(p);
    char *copy = arena_alloc(&p->arena, text.n + 2 + JSON_PADDING);
    if (list == NULL || copy == NULL) {
        return tell_fault(p, text, fault, why);
    }
    struct str in_brackets = {.p = copy, .n = text.n + 2};
    copy[0] = '[';
    if (text.n > 0) { /* else it may stand nowhere */
        memcpy(copy + 1, text.p, text.n);
    }
    copy[text.n + 1] = ']';
    if (json_simd_read(p->simd, in_brackets, &rules, list, &fault)) {
        return only_element(list, text, ret_json, why);
    }
    if (fault.at != SIZE_MAX) {
        fault.at -= fault.at > 0 ? 1 : 0;
        bool is_whole = list->n > 0 && list->as.first->raw.n > 0;
        if (is_whole && fault.flaw == JSON_FLAW_GRAMMAR) {
            return tell(text, fault.at, RC_PARSE, "text after the value", why);
        }
    }
    return tell_fault(p, text, fault, why);
}

enum rc json_parser_read(struct json_parser *p, struct str text,
                         const struct json **ret_json, struct why *why)
{
    struct json *j = NULL;
    enum rc rc = read_text(p, text, &j, why);
    if (rc == RC_OK) {
        *ret_json = j;
    }
    return rc;
}

enum rc json_parser_skim(struct json_parser *p, struct str text,
                         const struct json **ret_json)
{
    static const struct json_rules rules = {
        .depth_max = LIMIT_JSON_DEPTH_MAX,
    };
    struct json_fault fault;
    text = str_trim(without_mark(text));
    struct json *j = json_new(p);
    if (j == NULL) {
        return RC_LIMIT;
    }
    if (!str_starts(text, STR("{")) && !str_starts(text, STR("["))) {
        return RC_PARSE;
    }
    if (json_simd_read(p->simd, text, &rules, j, &fault)) {
        *ret_json = j;
        return RC_OK;
    }
    return rc_of(fault.flaw);
}

enum rc json_parse(struct str text, struct json **ret_json, struct why *why)
{
    struct json_parser *p = json_parser_new();
    enum rc rc = read_text(p, text, ret_json, why);
    if (rc != RC_OK) {
        json_parser_free(&p);
    }
    return rc;
}

void json_free(struct json **json)
{
    if (json != NULL && *json != NULL) {
        struct json_parser *p = (*json)->parser;
        json_parser_free(&p);
        *json = NULL;
    }
}

/* ---- reading ---- */

enum json_kind json_kind(const struct json *j)
{
    return j != NULL ? j->kind : JSON_NULL;
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

struct str json_raw(const struct json *j)
{
    return j != NULL ? j->raw : STR_EMPTY;
}

struct str json_str(const struct json *j)
{
    if (json_kind(j) != JSON_STR) {
        return STR_EMPTY;
    }
    if (j->as.text != NULL) {
        return (struct str){.p = j->as.text, .n = j->n};
    }
    struct str text = str_sub(j->raw, 1, j->raw.n - 2);
    bool has_escape = str_find_char(text, '\\', 0) != SIZE_MAX;
    return !has_escape || json_decode(j->parser, text.p, text.n, &text)
               ? text
               : STR_EMPTY;
}

bool json_bool(const struct json *j)
{
    return json_kind(j) == JSON_BOOL && j->as.truth;
}

double json_f64(const struct json *j)
{
    return json_kind(j) == JSON_NUM ? j->as.num : 0;
}

enum rc json_i64(const struct json *j, int64_t *ret_n)
{
    if (json_kind(j) != JSON_NUM) {
        return RC_INVALID;
    }
    double x = j->as.num;
    if (!(x >= -WHOLE_MAX && x <= WHOLE_MAX)) {
        return RC_RANGE; /* NaN too */
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

const struct json *json_first(const struct json *j)
{
    return json_n(j) > 0 ? j->as.first : NULL;
}

const struct json *json_next(const struct json *j)
{
    return j != NULL ? j->next : NULL;
}

struct str json_key(const struct json *member)
{
    return member != NULL ? member->key : STR_EMPTY;
}

uint32_t json_n(const struct json *j)
{
    enum json_kind kind = json_kind(j);
    return kind == JSON_OBJ || kind == JSON_ARR ? j->n : 0;
}

/* Most names are not the one that is looked for: so the first byte decides
 * nearly always. */
static bool is_name(struct str a, struct str b)
{
    return a.n == b.n &&
           (a.n == 0 || (*a.p == *b.p && memcmp(a.p, b.p, a.n) == 0));
}

const struct json *json_get(const struct json *obj, const char *name)
{
    if (json_kind(obj) != JSON_OBJ) {
        return NULL;
    }
    struct str key = str_from_cz(name);
    const struct json *m = json_first(obj);
    while (m != NULL && !is_name(m->key, key)) {
        m = m->next;
    }
    return m;
}

static size_t find_name(struct str key, const struct str *names, size_t n)
{
    size_t i = 0;
    while (i < n && !is_name(names[i], key)) {
        i++;
    }
    return i;
}

void json_pick(const struct json *obj, const struct str *names, size_t n,
               const struct json **ret_members)
{
    for (size_t i = 0; i < n; i++) {
        ret_members[i] = NULL;
    }
    if (json_kind(obj) != JSON_OBJ) {
        return;
    }
    for (const struct json *m = json_first(obj); m != NULL; m = m->next) {
        size_t i = find_name(m->key, names, n);
        if (i < n && ret_members[i] == NULL) {
            ret_members[i] = m;
        }
    }
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

void json_w_i128(struct json_writer *w, num_i128 n)
{
    begin_item(w);
    buf_i128(w->out, n);
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
