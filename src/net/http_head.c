#include "net/http_head.h"

#include "base/limits.h"
#include "base/mem.h"

#include <string.h>

void http_fields_fini(struct http_fields *f)
{
    mem_free(f->at);
    *f = (struct http_fields){.n = 0};
}

struct str http_fields_get(const struct http_fields *f, const char *name)
{
    struct str want = str_from_cz(name);

    for (size_t i = 0; i < f->n; i++) {
        if (f->at[i].name.n == want.n && str_eq_nocase(f->at[i].name, want)) {
            return f->at[i].value;
        }
    }
    return STR_EMPTY;
}

size_t http_head_size(struct str bytes, size_t *scanned)
{
    size_t at = *scanned;

    while ((at = str_find_char(bytes, '\n', at)) != SIZE_MAX) {
        size_t next = at + 1;

        if (next < bytes.n && bytes.p[next] == '\r') {
            next++;
        }
        if (next >= bytes.n) {
            *scanned = at;
            return 0;
        }
        if (bytes.p[next] == '\n') {
            return next + 1;
        }
        at++;
    }
    *scanned = bytes.n;
    return 0;
}

/* RFC 9110, 5.6.2. */
static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            !(c >= '0' && c <= '9') && c != '-' &&
            (c <= ' ' || memchr("!#$%&'*+-.^_`|~", c, 15) == NULL)) {
            return false;
        }
    }
    return s.n > 0;
}

static bool is_value(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

static struct str trim_blanks(struct str s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s = str_sub(s, 1, SIZE_MAX);
    }
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t')) {
        s.n--;
    }
    return s;
}

static void add_field(struct http_fields *f, struct str name, struct str value)
{
    if (f->n == f->cap) {
        f->cap = f->cap == 0 ? 32 : f->cap * 2;
        f->at = mem_grow(f->at, f->cap, sizeof *f->at);
    }
    f->at[f->n++] = (struct http_field){.name = name, .value = value};
}

/* A line end before a blank is no line end: RFC 9112, 5.2. */
static void unfold(char *p, size_t n)
{
    struct str all = {.p = p, .n = n};
    size_t i = 0;

    while ((i = str_find_char(all, '\n', i)) < n - 1) {
        if (p[i + 1] == ' ' || p[i + 1] == '\t') {
            p[i] = ' ';
            if (i > 0 && p[i - 1] == '\r') {
                p[i - 1] = ' ';
            }
        }
        i++;
    }
}

static struct str cut_line(struct str *rest)
{
    struct str line = STR_EMPTY;

    (void)str_cut(rest, '\n', &line);
    if (line.n > 0 && line.p[line.n - 1] == '\r') {
        line.n--;
    }
    return line;
}

enum rc http_head_read(char *bytes, size_t n, struct str *ret_first,
                       struct http_fields *fields)
{
    struct str rest = {.p = bytes, .n = n};

    unfold(bytes, n);
    fields->n = 0;
    *ret_first = cut_line(&rest);
    if (!is_value(*ret_first)) {
        return RC_PARSE;
    }
    for (;;) {
        struct str line = cut_line(&rest);
        struct str name;

        if (line.n == 0) {
            return RC_OK;
        }
        if (!str_cut(&line, ':', &name) || line.p == NULL || !is_token(name)) {
            return RC_PARSE;
        }
        line = trim_blanks(line);
        if (!is_value(line)) {
            return RC_PARSE;
        }
        add_field(fields, name, line);
    }
}

enum rc http_framing_of(const struct http_fields *f, enum http_framing *ret,
                        uint64_t *ret_length)
{
    bool has_length = false;
    bool is_chunked = false;

    for (size_t i = 0; i < f->n; i++) {
        struct str value = f->at[i].value;
        uint64_t n = 0;

        if (str_eq_nocase(f->at[i].name, STR("Content-Length"))) {
            if (value.n == 0 || value.p[0] == '+' ||
                str_to_u64(value, &n) != RC_OK ||
                (has_length && n != *ret_length)) {
                return RC_PARSE;
            }
            has_length = true;
            *ret_length = n;
        } else if (str_eq_nocase(f->at[i].name, STR("Transfer-Encoding"))) {
            if (is_chunked || !str_eq_nocase(value, STR("chunked"))) {
                return RC_PARSE;
            }
            is_chunked = true;
        }
    }
    if (has_length && is_chunked) {
        return RC_PARSE;
    }
    *ret = is_chunked   ? HTTP_FRAMING_CHUNKED
           : has_length ? HTTP_FRAMING_LENGTH
                        : HTTP_FRAMING_NONE;
    return RC_OK;
}

bool http_says(const struct http_fields *f, const char *field, const char *word)
{
    struct str name = str_from_cz(field);

    for (size_t i = 0; i < f->n; i++) {
        struct str list = f->at[i].value;
        struct str one;

        if (f->at[i].name.n != name.n || !str_eq_nocase(f->at[i].name, name)) {
            continue;
        }
        while (str_cut(&list, ',', &one)) {
            if (str_eq_nocase(str_trim(one), str_from_cz(word))) {
                return true;
            }
        }
    }
    return false;
}

/* ---- chunks ---- */

enum chunk_state {
    CHUNK_SIZE = 0, /* within the digits */
    CHUNK_EXTENSION,
    CHUNK_BYTES,
    CHUNK_END, /* the line end behind the bytes */
    CHUNK_TRAILER
};

static int hex_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void end_line(struct http_chunks *c)
{
    switch ((enum chunk_state)c->state) {
    case CHUNK_SIZE:
    case CHUNK_EXTENSION:
        c->state = c->left > 0 ? CHUNK_BYTES : CHUNK_TRAILER;
        break;
    case CHUNK_BYTES:
    case CHUNK_END:
        c->state = CHUNK_SIZE;
        break;
    case CHUNK_TRAILER:
        c->is_over = c->line_n == 0;
        break;
    }
    c->line_n = 0;
}

/* One byte of a line, its end aside. */
static enum rc take_char(struct http_chunks *c, char ch)
{
    int digit = hex_of(ch);

    if (c->state == CHUNK_END) {
        return RC_PARSE;
    }
    c->line_n++;
    c->trailer_n += c->state == CHUNK_TRAILER ? 1 : 0;
    if (c->line_n > LIMIT_HTTP_LINE_BYTES ||
        c->trailer_n > LIMIT_HTTP_HEADERS_BYTES) {
        return RC_LIMIT;
    }
    if (c->state != CHUNK_SIZE) {
        return RC_OK;
    }
    if (digit >= 0) {
        if (c->left > UINT64_MAX / 32) {
            return RC_PARSE;
        }
        c->left = c->left * 16 + (uint64_t)digit;
    } else if (c->line_n > 1 && (ch == ';' || ch == ' ' || ch == '\t')) {
        c->state = CHUNK_EXTENSION;
    } else {
        return RC_PARSE;
    }
    return RC_OK;
}

enum rc http_chunks_next(struct http_chunks *c, struct str *bytes,
                         struct str *ret_piece)
{
    *ret_piece = STR_EMPTY;
    while (bytes->n > 0 && !c->is_over) {
        if (c->state == CHUNK_BYTES) {
            size_t n = bytes->n < c->left ? bytes->n : (size_t)c->left;

            *ret_piece = str_sub(*bytes, 0, n);
            *bytes = str_sub(*bytes, n, SIZE_MAX);
            c->left -= n;
            c->state = c->left == 0 ? CHUNK_END : CHUNK_BYTES;
            return RC_OK;
        }
        char ch = bytes->p[0];
        enum rc rc = RC_OK;
        *bytes = str_sub(*bytes, 1, SIZE_MAX);
        if (ch == '\n') {
            if (c->state == CHUNK_SIZE && c->line_n == 0) {
                return RC_PARSE;
            }
            end_line(c);
        } else if (ch != '\r') {
            rc = take_char(c, ch);
        }
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

/* ---- words ---- */

struct reason {
    int status;
    const char *words;
};

static const struct reason reasons[] = {
    {100, "Continue"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {529, "Overloaded"},
};

struct str http_reason(int status)
{
    for (size_t i = 0; i < ARRAY_N(reasons); i++) {
        if (reasons[i].status == status) {
            return str_from_cz(reasons[i].words);
        }
    }
    return STR("Status");
}
