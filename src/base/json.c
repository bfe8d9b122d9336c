/* A tree is one arena: a copy of the text, and a node for each value.
 *
 *   tree | {"a":[1,2],"b\n":true} | a node | 1 node | 2 node | b node |
 *
 * Texts are slices of the copy; an escape is longer than what it means, so
 * escapes are read in place.  A text of some hundred bytes is one malloc.
 *
 * Refused: cJSON behind a scan of our own, since it reads leniently (leading
 * zeros, raw control characters, \u with any four characters).  With a malloc
 * for each value and each name it took five times as long, and what the scan
 * knew was worked out twice. */
#include "base/json.h"

#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/json_priv.h"
#include "base/json_skim.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/why.h"

enum {
    NUM_TEXT_BYTES = 32,
    WRITER_DEPTH_MAX = 63,
    EXACT_DIGITS = 15, /* that many are one double, whatever they are */
    NODES_AT_ONCE = 32,
    PAD_BYTES = 8 /* behind the copy, so that eight can be looked at */
};

_Static_assert(LIMIT_JSON_VALUES_MAX % NODES_AT_ONCE == 0, "no value is lost");

#define WHOLE_MAX 9007199254740992.0 /* 2^53 */

struct json {
    struct json *next; /* of the same parent */
    struct str key;
    enum json_kind kind;
    uint32_t n; /* members or elements */
    union {
        bool truth;
        double num;
        struct str text;
        struct json *first;
    } as;
};

struct tree {
    struct json root;   /* first: it is what callers hold */
    struct arena arena; /* of all of it, this struct too */
};

/* ---- parsing ---- */

struct parser {
    struct arena *arena;
    char *text; /* the arena's copy, and PAD_BYTES of zeros */
    size_t n;
    size_t at;
    struct json *spare; /* nodes */
    size_t n_spare;
    size_t n_values;                         /* spare ones included */
    struct json *open[LIMIT_JSON_DEPTH_MAX]; /* outermost first */
    size_t depth;
    struct json *last; /* in the innermost; NULL: none yet */
    enum rc rc;        /* of a failure at `at` */
    const char *what;
};

static bool fail(struct parser *p, enum rc rc, const char *what)
{
    p->rc = rc;
    p->what = what;
    return false;
}

static bool refuse(struct parser *p)
{
    return fail(p, RC_PARSE, "not what JSON allows here");
}

/* The byte that is next; behind the end, NUL. */
static char peek(const struct parser *p)
{
    return p->text[p->at];
}

static void skip_space(struct parser *p)
{
    char c = peek(p);
    while (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
        p->at++;
        c = peek(p);
    }
}

static struct str rest_of(const struct parser *p)
{
    return (struct str){.p = p->text + p->at, .n = p->n - p->at};
}

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))
#define HIGH_BITS    EACH_BYTE(0x80)

/* Bytes of `w` that are below c <= 0x80 have their high bit set in the answer;
 * so may others behind such a byte. */
static uint64_t bytes_below(uint64_t w, unsigned c)
{
    return (w - EACH_BYTE(c)) & ~w & HIGH_BITS;
}

/* Step over bytes of a string that mean themselves, eight at a time.  The NUL
 * behind the text is none. */
static void skip_plain(struct parser *p)
{
    uint64_t others = 0;
    while (others == 0) {
        uint64_t w;
        memcpy(&w, p->text + p->at, sizeof(w));
        w = le64toh(w);
        others = bytes_below(w, ' ') | bytes_below(w ^ EACH_BYTE('"'), 1) |
                 bytes_below(w ^ EACH_BYTE('\\'), 1);
        p->at += num_low_zeros(others) / 8;
    }
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
}

/* What is wrong with the escape that comes next. */
static bool fail_escape(struct parser *p)
{
    struct str s = rest_of(p);
    bool is_zero = true;
    if (s.n < 2 || s.p[1] != 'u') {
        return fail(p, RC_PARSE, "no such escape");
    }
    for (size_t i = 2; i < 6; i++) {
        if (i >= s.n || !is_hex(s.p[i])) {
            return fail(p, RC_PARSE, "\\u without four hex digits");
        }
        is_zero = is_zero && s.p[i] == '0';
    }
    return fail(p, RC_PARSE,
                is_zero ? "\\u0000 cannot be kept in text"
                        : "half of a surrogate pair stands alone");
}

/* The string whose opening quote is next. */
static bool read_string(struct parser *p, struct str *ret_text)
{
    size_t quote = p->at++;
    char *from = p->text + p->at;
    char *to = from; /* escapes shift what follows to the left */
    for (;;) {
        char *plain = p->text + p->at;
        skip_plain(p);
        size_t n = (size_t)(p->text + p->at - plain);
        if (to != plain) {
            memmove(to, plain, n);
        }
        to += n;
        if (p->at == p->n) {
            p->at = quote;
            return fail(p, RC_PARSE, "a string never ends");
        }
        if (peek(p) == '"') {
            p->at++;
            *ret_text = (struct str){.p = from, .n = (size_t)(to - from)};
            return true;
        }
        if (peek(p) != '\\') {
            return fail(p, RC_PARSE, "a control character in a string");
        }
        char c[JSON_CHAR_MAX];
        size_t n_read = 0;
        size_t n_c = json_char_read(rest_of(p), &n_read, c);
        if (n_c == 0) {
            return fail_escape(p);
        }
        memcpy(to, c, n_c);
        to += n_c;
        p->at += n_read;
    }
}

/* Nearly all numbers are counts. */
static bool read_whole(struct str digits, double *ret_x)
{
    int64_t n = 0;
    for (size_t i = 0; i < digits.n; i++) {
        char c = digits.p[i];
        if (i == EXACT_DIGITS || c < '0' || c > '9') {
            return false;
        }
        n = n * 10 + (c - '0');
    }
    *ret_x = (double)n;
    return true;
}

static bool read_number(struct parser *p, struct json *j)
{
    struct str digits = rest_of(p);
    digits.n = json_skim_num_n(digits);
    if (digits.n == 0) {
        return fail(p, RC_PARSE, "not a number as JSON writes it");
    }
    j->kind = JSON_NUM;
    if (!read_whole(digits, &j->as.num)) {
        /* Ends where the spelling does; behind the last is a NUL. */
        j->as.num = strtod(digits.p, NULL);
    }
    p->at += digits.n;
    return true;
}

static bool read_word(struct parser *p, struct json *j)
{
    static const struct {
        struct str word;
        enum json_kind kind;
        bool truth;
    } words[] = {
        {STR_INIT("null"), JSON_NULL, false},
        {STR_INIT("true"), JSON_BOOL, true},
        {STR_INIT("false"), JSON_BOOL, false},
    };
    for (size_t i = 0; i < ARRAY_N(words); i++) {
        if (str_starts(rest_of(p), words[i].word)) {
            j->kind = words[i].kind;
            j->as.truth = words[i].truth;
            p->at += words[i].word.n;
            return true;
        }
    }
    return refuse(p);
}

static bool open_value(struct parser *p, struct json *j, enum json_kind kind)
{
    if (p->depth == LIMIT_JSON_DEPTH_MAX) {
        return fail(p, RC_LIMIT, "nested too deep");
    }
    j->kind = kind;
    p->open[p->depth++] = j;
    p->last = NULL;
    p->at++;
    return true;
}

/* The value that is next; of an array or object only its beginning. */
static bool read_value(struct parser *p, struct json *j)
{
    char c = peek(p);
    if (c == '"') {
        j->kind = JSON_STR;
        return read_string(p, &j->as.text);
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
        return read_number(p, j);
    }
    if (c == '{') {
        return open_value(p, j, JSON_OBJ);
    }
    return c == '[' ? open_value(p, j, JSON_ARR) : read_word(p, j);
}

static struct json *new_node(struct parser *p)
{
    if (p->n_spare == 0) {
        p->n_spare = NODES_AT_ONCE;
        p->n_values += NODES_AT_ONCE;
        p->spare = p->n_values <= LIMIT_JSON_VALUES_MAX
                       ? arena_array(p->arena, NODES_AT_ONCE, sizeof(*p->spare))
                       : NULL;
        if (p->spare == NULL) {
            (void)fail(p, RC_LIMIT, "too many values");
            return NULL;
        }
    }
    p->n_spare--;
    return p->spare++;
}

/* A new last one in `parent`, the innermost array or object. */
static struct json *add_node(struct parser *p, struct json *parent)
{
    struct json *j = new_node(p);
    if (j == NULL) {
        return NULL;
    }
    if (parent->n == 0) {
        parent->as.first = j;
    } else {
        p->last->next = j;
    }
    parent->n++;
    p->last = j;
    return j;
}

/* A member's name and colon. */
static bool read_key(struct parser *p, struct json *j)
{
    if (peek(p) != '"') {
        return refuse(p);
    }
    if (!read_string(p, &j->key)) {
        return false;
    }
    skip_space(p);
    if (peek(p) != ':') {
        return refuse(p);
    }
    p->at++;
    skip_space(p);
    return true;
}

/* The end of the innermost array or object, or what follows in it. */
static bool read_next(struct parser *p)
{
    struct json *parent = p->open[p->depth - 1];
    skip_space(p);
    if (peek(p) == (parent->kind == JSON_OBJ ? '}' : ']')) {
        p->at++;
        p->depth--;
        p->last = parent;
        return true;
    }
    if (parent->n > 0) {
        if (peek(p) != ',') {
            return refuse(p);
        }
        p->at++;
        skip_space(p);
    }
    struct json *j = add_node(p, parent);
    return j != NULL && (parent->kind == JSON_ARR || read_key(p, j)) &&
           read_value(p, j);
}

static bool read_all(struct parser *p, struct json *root)
{
    skip_space(p);
    bool ok = read_value(p, root);
    while (ok && p->depth > 0) {
        ok = read_next(p);
    }
    if (!ok) {
        return false;
    }
    skip_space(p);
    return p->at == p->n || fail(p, RC_PARSE, "text after the value");
}

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

/* The tree of `text` in the arena; it holds the arena only when it is whole. */
static enum rc parse(struct str text, struct arena *arena,
                     struct tree **ret_tree, struct why *why)
{
    struct tree *tree = arena_alloc(arena, sizeof(*tree));
    char *copy = arena_alloc(arena, text.n + PAD_BYTES);
    if (tree == NULL || copy == NULL) {
        return why_set(why, RC_LIMIT, "no memory for %zu bytes of JSON",
                       text.n);
    }
    memcpy(copy, text.p, text.n);
    struct parser p; /* not zeroed: `open` would take longer than most texts */
    p.arena = arena;
    p.text = copy;
    p.n = text.n;
    p.at = 0;
    p.n_spare = 0;
    p.n_values = 0;
    p.depth = 0;
    p.last = NULL;
    p.rc = RC_OK;
    p.what = "";
    if (!read_all(&p, &tree->root)) {
        return tell(text, p.at, p.rc, p.what, why);
    }
    *ret_tree = tree;
    return RC_OK;
}

enum rc json_parse(struct str text, struct json **ret_json, struct why *why)
{
    static const struct str byte_order_mark = {.p = "\xef\xbb\xbf", .n = 3};
    struct arena arena;
    struct tree *tree = NULL;
    if (str_starts(text, byte_order_mark)) {
        text = str_sub(text, byte_order_mark.n, text.n);
    }
    if (text.n == 0) {
        return tell(text, 0, RC_PARSE, "no JSON here", why);
    }
    if (!str_utf8_ok(text)) {
        return tell_bad_utf8(text, why);
    }
    arena_init(&arena, SIZE_MAX); /* LIMIT_JSON_VALUES_MAX is the cap */
    enum rc rc = parse(text, &arena, &tree, why);
    if (rc != RC_OK) {
        arena_fini(&arena);
        return rc;
    }
    CHECK(tree != NULL);
    tree->arena = arena;
    *ret_json = &tree->root;
    return RC_OK;
}

void json_free(struct json **json)
{
    if (json != NULL && *json != NULL) {
        struct tree *tree = (void *)*json; /* its first member */
        struct arena arena = tree->arena;
        arena_fini(&arena);
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

struct str json_str(const struct json *j)
{
    return json_kind(j) == JSON_STR ? j->as.text : STR_EMPTY;
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
    return j != NULL ? j->n : 0;
}

const struct json *json_get(const struct json *obj, const char *name)
{
    if (json_kind(obj) != JSON_OBJ) {
        return NULL;
    }
    struct str key = str_from_cz(name);
    const struct json *m = json_first(obj);
    while (m != NULL && !str_eq(m->key, key)) {
        m = m->next;
    }
    return m;
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
