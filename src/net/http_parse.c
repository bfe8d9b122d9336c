/* llhttp in strict mode refuses two lengths, a length beside chunks, chunks
 * that are not the last encoding of a request, names with blanks behind them,
 * values with bare line ends or control characters, and chunks whose lines do
 * not end in CR LF.  What it lets pass, and is refused here:
 *
 *   a start line, a head or a trailer that ends in a bare LF
 *   more than one blank between the words of a request line
 *   a request without a version (HTTP/0.9), or of RTSP or ICE
 *   HTTP/0.9 and HTTP/2.0, as versions
 *   a status of other than three digits; control characters in its words
 *   fields without a name
 *   folded lines, in requests
 *   Transfer-Encoding in any other words than "chunked", in HTTP/1.0 requests,
 *   or twice: empty ones it passes over, of answers it takes them all
 *   lines between chunks, and trailers, without an end
 *
 * Spans are kept as offsets, since the buffer moves as it grows:
 *
 *   bytes: POST /x HTTP/1.1\r\nA: b \r\n\r\n
 *          ^    ^       ^      ^  ^         ^
 *          method  version  name value     head_n
 */
#include "net/http_parse.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"

#include <llhttp.h>
#include <string.h>

struct span {
    size_t at;
    size_t n;
};

struct field_span {
    struct span name;
    struct span value;
};

struct http_parse {
    llhttp_t llhttp;
    enum http_parse_kind kind;
    enum http_parsed flaw; /* found by a callback; 0: none */
    char *bytes;           /* during a call */
    size_t n_read;         /* of them */
    size_t head_n;
    struct span method;
    struct span target;
    struct span version;
    struct span reason;
    struct field_span *field;
    size_t n_fields;
    size_t cap;
    bool is_valued; /* the last field has a value, if an empty one */
    bool has_version;
    bool has_head;
    bool is_over;
    bool is_chunked;
    bool may_keep;
    uint64_t length;
    /* Of the body. */
    http_parse_piece_fn *piece; /* during a call, likewise the next two */
    void *arg;
    const char *mark; /* behind the last byte of body */
    size_t n_between; /* bytes since, of earlier calls */
    uint64_t body_n;  /* of chunks, begun or handed on */
    uint64_t body_max;
    bool is_trailing;
    char last;  /* byte of earlier calls */
    enum rc rc; /* found by a callback */
};

/* ---- spans ---- */

static void extend(struct http_parse *p, struct span *s, const char *at,
                   size_t n)
{
    size_t from = (size_t)(at - p->bytes);

    if (s->n == 0) {
        s->at = from;
    }
    s->n = from + n - s->at;
}

static struct str view(struct span s, const char *bytes)
{
    return (struct str){.p = bytes + s.at, .n = s.n};
}

static int wrong(struct http_parse *p, enum http_parsed flaw)
{
    p->flaw = flaw;
    return -1;
}

static int on_method(llhttp_t *l, const char *at, size_t n)
{
    struct http_parse *p = l->data;

    extend(p, &p->method, at, n);
    return 0;
}

static int on_target(llhttp_t *l, const char *at, size_t n)
{
    struct http_parse *p = l->data;

    extend(p, &p->target, at, n);
    return 0;
}

static int on_version(llhttp_t *l, const char *at, size_t n)
{
    struct http_parse *p = l->data;

    extend(p, &p->version, at, n);
    return 0;
}

static int on_version_complete(llhttp_t *l)
{
    struct http_parse *p = l->data;

    p->has_version = true;
    return l->http_major == 1 ? 0 : wrong(p, HTTP_PARSED_VERSION);
}

static int on_reason(llhttp_t *l, const char *at, size_t n)
{
    struct http_parse *p = l->data;

    extend(p, &p->reason, at, n);
    return 0;
}

static int on_name(llhttp_t *l, const char *at, size_t n)
{
    struct http_parse *p = l->data;

    if (p->has_head) { /* of a trailer */
        return 0;
    }
    if (p->n_fields == 0 || p->is_valued) {
        if (p->n_fields == p->cap) {
            p->cap = p->cap == 0 ? 16 : p->cap * 2;
            p->field = mem_grow(p->field, p->cap, sizeof *p->field);
        }
        p->field[p->n_fields++] = (struct field_span){.name.n = 0};
        p->is_valued = false;
    }
    extend(p, &p->field[p->n_fields - 1].name, at, n);
    return 0;
}

/* The value begins here.  Behind the colon are blanks, and the line end when
 * it is empty; another line end is of a folded line. */
static bool is_folded(const struct http_parse *p, const struct field_span *f,
                      size_t at, size_t n)
{
    size_t from = f->name.at + f->name.n;
    size_t n_blank = at - from - (n == 0 ? 1 : 0);

    return n_blank > 2 && memchr(p->bytes + from, '\n', n_blank) != NULL;
}

static int on_value(llhttp_t *l, const char *at, size_t n)
{
    struct http_parse *p = l->data;
    bool is_first = !p->is_valued;

    if (p->has_head) {
        return 0;
    }
    if (p->n_fields == 0) {
        return wrong(p, HTTP_PARSED_WRONG);
    }
    struct field_span *f = &p->field[p->n_fields - 1];
    size_t from = (size_t)(at - p->bytes);
    size_t end = f->value.at + f->value.n;
    p->is_valued = true;
    if (f->name.n == 0) {
        return wrong(p, HTTP_PARSED_WRONG);
    }
    if (is_first ? is_folded(p, f, from, n) : from != end) {
        if (p->kind == HTTP_PARSE_REQUEST) {
            return wrong(p, HTTP_PARSED_WRONG);
        }
        if (!is_first) {
            memset(p->bytes + end, ' ', from - end);
        }
    }
    if (is_first) {
        f->value.at = from;
    }
    f->value.n = from + n - f->value.at;
    return 0;
}

/* ---- the head as a whole ---- */

static struct str trim_end(struct str s)
{
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t')) {
        s.n--;
    }
    return s;
}

static bool is_request_line(const struct http_parse *p)
{
    const char *version = p->bytes + p->version.at;

    return p->has_version && p->target.at == p->method.at + p->method.n + 1 &&
           p->version.at == p->target.at + p->target.n + 6 &&
           memcmp(version - 6, " HTTP/", 6) == 0 &&
           version[p->version.n] == '\r';
}

static bool is_status_line(const struct http_parse *p)
{
    const char *status = p->bytes + p->version.at + p->version.n + 1;

    if (p->llhttp.status_code < 100) { /* fewer digits than three, perhaps */
        return false;
    }
    const char *end = status[3] == ' ' ? status + 4 : status + 3;
    struct str reason = view(p->reason, p->bytes);

    for (size_t i = 0; i < reason.n; i++) {
        unsigned char c = (unsigned char)reason.p[i];

        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return end[reason.n] == '\r';
}

static bool is_encoding_plain(const struct http_parse *p)
{
    int n = 0;

    for (size_t i = 0; i < p->n_fields; i++) {
        const struct field_span *f = &p->field[i];

        if (f->name.n == 17 &&
            str_eq_nocase(view(f->name, p->bytes), STR("Transfer-Encoding"))) {
            struct str value = trim_end(view(f->value, p->bytes));

            if (!str_eq_nocase(value, STR("chunked")) || n++ > 0) {
                return false;
            }
        }
    }
    /* llhttp does not take "chunked" before a tab for chunks. */
    return n == 0 ||
           ((p->llhttp.flags & F_CHUNKED) != 0 &&
            (p->kind == HTTP_PARSE_ANSWER || p->llhttp.http_minor == 1));
}

/* The statuses that have no body (RFC 9112, 6.3); llhttp would read one of the
 * length that they tell. */
static bool is_bodyless(int status)
{
    return status / 100 == 1 || status == 204 || status == 304;
}

static int on_head(llhttp_t *l)
{
    struct http_parse *p = l->data;
    bool is_answer = p->kind == HTTP_PARSE_ANSWER;

    if (!(is_answer ? is_status_line(p) : is_request_line(p)) ||
        !is_encoding_plain(p)) {
        return wrong(p, HTTP_PARSED_WRONG);
    }
    if (is_answer && is_bodyless(l->status_code)) {
        l->flags |= F_SKIPBODY;
    }
    l->upgrade = 0; /* offers are not taken up; the message goes on */
    p->has_head = true;
    p->is_chunked = (l->flags & F_CHUNKED) != 0;
    p->length = (l->flags & F_CONTENT_LENGTH) != 0 ? l->content_length : 0;
    p->may_keep = llhttp_should_keep_alive(l) != 0;
    return HPE_PAUSED; /* so that its end is known */
}

/* ---- the body ---- */

static int stop(struct http_parse *p, enum rc rc)
{
    p->rc = rc;
    return -1;
}

/* Lines between pieces are part of no body, and would be read for ever. */
static bool is_lengthy(const struct http_parse *p, const char *at)
{
    size_t n = p->n_between + (size_t)(at - p->mark);

    return n >
           (p->is_trailing ? LIMIT_HTTP_HEADERS_BYTES : LIMIT_HTTP_LINE_BYTES);
}

static int on_body(llhttp_t *l, const char *at, size_t n)
{
    struct http_parse *p = l->data;

    if (is_lengthy(p, at)) {
        return stop(p, RC_PARSE);
    }
    p->mark = at + n;
    p->n_between = 0;
    if (n > 0 && !p->piece(p->arg, (struct str){.p = at, .n = n})) {
        return stop(p, RC_DENIED);
    }
    return 0;
}

static int on_chunk(llhttp_t *l)
{
    struct http_parse *p = l->data;

    if (l->content_length > p->body_max - p->body_n) {
        return stop(p, RC_LIMIT);
    }
    p->body_n += l->content_length;
    p->is_trailing = l->content_length == 0;
    return 0;
}

static int on_end(llhttp_t *l)
{
    struct http_parse *p = l->data;

    p->is_over = true;
    return HPE_PAUSED;
}

/* Chunks end in an empty line, and lines in CR LF. */
static bool is_well_ended(const struct http_parse *p, const char *from,
                          const char *end)
{
    return !p->is_over || !p->is_chunked ||
           (end - from > 1 ? end[-2] : p->last) == '\r';
}

/* ---- reading ---- */

static const llhttp_settings_t settings = {
    .on_method = on_method,
    .on_url = on_target,
    .on_version = on_version,
    .on_version_complete = on_version_complete,
    .on_status = on_reason,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_headers_complete = on_head,
    .on_chunk_header = on_chunk,
    .on_body = on_body,
    .on_message_complete = on_end,
};

struct http_parse *http_parse_new(enum http_parse_kind kind, uint64_t body_max)
{
    struct http_parse *p = mem_alloc(sizeof *p);

    p->kind = kind;
    p->body_max = body_max;
    llhttp_init(&p->llhttp,
                kind == HTTP_PARSE_REQUEST ? HTTP_REQUEST : HTTP_RESPONSE,
                &settings);
    p->llhttp.data = p;
    return p;
}

void http_parse_free(struct http_parse **parse)
{
    if (*parse != NULL) {
        mem_free((*parse)->field);
        mem_free(*parse);
        *parse = NULL;
    }
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* Methods are words in capitals, and llhttp stops within one that it does not
 * know. */
static enum http_parsed flaw_of(const struct http_parse *p, llhttp_errno_t err)
{
    if (p->flaw != 0) {
        return p->flaw;
    }
    if (err == HPE_INVALID_METHOD && is_capital(*p->llhttp.error_pos)) {
        return HTTP_PARSED_METHOD;
    }
    if (err == HPE_INVALID_VERSION && !p->has_version && p->version.n == 3) {
        return HTTP_PARSED_VERSION;
    }
    return HTTP_PARSED_WRONG;
}

enum http_parsed http_parse_head(struct http_parse *p, char *bytes, size_t n)
{
    CHECK(!p->has_head && p->n_read <= n);
    if (n == p->n_read) {
        return HTTP_PARSED_MORE;
    }
    p->bytes = bytes;
    llhttp_errno_t err =
        llhttp_execute(&p->llhttp, bytes + p->n_read, n - p->n_read);
    if (err == HPE_OK) {
        p->n_read = n;
        return HTTP_PARSED_MORE;
    }
    if (err != HPE_PAUSED) {
        return flaw_of(p, err);
    }
    p->head_n = (size_t)(llhttp_get_error_pos(&p->llhttp) - bytes);
    llhttp_resume(&p->llhttp);
    return p->head_n >= 4 && memcmp(bytes + p->head_n - 4, "\r\n\r\n", 4) == 0
               ? HTTP_PARSED_HEAD
               : HTTP_PARSED_WRONG;
}

void http_parse_tell(const struct http_parse *p, const char *bytes,
                     struct http_told *ret, struct http_fields *fields)
{
    CHECK(p->has_head);
    fields->n = 0;
    for (size_t i = 0; i < p->n_fields; i++) {
        http_fields_add(fields, view(p->field[i].name, bytes),
                        trim_end(view(p->field[i].value, bytes)));
    }
    *ret = (struct http_told){
        .head_n = p->head_n,
        .method = view(p->method, bytes),
        .target = view(p->target, bytes),
        .reason = view(p->reason, bytes),
        .status = p->llhttp.status_code,
        .length = p->length,
        .is_old = p->llhttp.http_minor == 0,
        .is_chunked = p->is_chunked,
        .may_keep = p->may_keep,
    };
}

void http_parse_is_bare(struct http_parse *p)
{
    p->llhttp.flags |= F_SKIPBODY;
}

enum rc http_parse_body(struct http_parse *p, struct str bytes,
                        http_parse_piece_fn *piece, void *arg, size_t *ret_n)
{
    const char *from = bytes.n > 0 ? bytes.p : "";

    CHECK(p->has_head && !p->is_over);
    p->piece = piece;
    p->arg = arg;
    p->mark = from;
    p->rc = RC_PARSE;
    llhttp_errno_t err = llhttp_execute(&p->llhttp, from, bytes.n);
    if (err != HPE_OK && !p->is_over) {
        return p->rc;
    }
    const char *end =
        p->is_over ? llhttp_get_error_pos(&p->llhttp) : from + bytes.n;
    if (is_lengthy(p, end) || !is_well_ended(p, from, end)) {
        return RC_PARSE;
    }
    if (bytes.n > 0) {
        p->last = from[bytes.n - 1];
    }
    p->n_between += (size_t)(end - p->mark);
    *ret_n = (size_t)(end - from);
    return RC_OK;
}

bool http_parse_is_over(const struct http_parse *p)
{
    return p->is_over;
}

bool http_parse_ends(struct http_parse *p)
{
    (void)llhttp_finish(&p->llhttp);
    return p->is_over;
}
