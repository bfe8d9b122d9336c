/* Any bytes as an HTTP/1 message, as a request and as an answer: its head, and
 * then its body.  Split anywhere, the head and the body are the same. */
#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"
#include "net/http_parse.h"

#include <string.h>

enum { BODY_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reading {
    enum http_parsed head;
    enum rc rc;
    bool is_over;
    size_t n_taken;
    struct buf said; /* of the head, a line each */
    struct buf body;
};

static bool add(void *arg, struct str piece)
{
    CHECK(piece.n > 0);
    buf_str(arg, piece);
    return true;
}

static void note_head(struct reading *r, const struct http_parse *p,
                      const char *bytes, size_t n)
{
    struct http_fields f = {.n = 0};
    struct http_told told;

    http_parse_tell(p, bytes, &told, &f);
    CHECK(told.head_n <= n && told.head_n >= 4);
    r->n_taken = told.head_n;
    buf_fmt(&r->said, "%d %d %d %d %llu\n%.*s\n%.*s\n%.*s\n", told.status,
            told.is_old, told.is_chunked, told.may_keep,
            (unsigned long long)told.length, STR_ARG(told.method),
            STR_ARG(told.target), STR_ARG(told.reason));
    for (size_t i = 0; i < f.n; i++) {
        CHECK(f.at[i].name.n > 0);
        CHECK(str_find_char(f.at[i].value, '\n', 0) == SIZE_MAX);
        CHECK(str_find_char(f.at[i].value, '\r', 0) == SIZE_MAX);
        CHECK(str_find_char(f.at[i].value, '\0', 0) == SIZE_MAX);
        buf_fmt(&r->said, "%.*s:%.*s\n", STR_ARG(f.at[i].name),
                STR_ARG(f.at[i].value));
    }
    http_fields_fini(&f);
}

static void read_body(struct reading *r, struct http_parse *p, struct str rest,
                      size_t step)
{
    do {
        struct str part = str_sub(rest, 0, step);
        size_t n = 0;

        r->rc = http_parse_body(p, part, add, &r->body, &n);
        CHECK(r->rc != RC_OK || n == part.n || http_parse_is_over(p));
        r->n_taken += n;
        rest = str_sub(rest, part.n, SIZE_MAX);
    } while (r->rc == RC_OK && rest.n > 0 && !http_parse_is_over(p));
    r->is_over = http_parse_is_over(p);
}

/* The bytes move with every step, as those of a growing buffer do. */
static void read_all(struct reading *r, enum http_parse_kind kind,
                     struct str all, size_t step)
{
    struct http_parse *p = http_parse_new(kind, BODY_MAX);
    char *copy = mem_alloc(1);
    size_t n = 0;

    *r = (struct reading){.head = HTTP_PARSED_MORE};
    buf_init(&r->said, SIZE_MAX);
    buf_init(&r->body, SIZE_MAX);
    while (r->head == HTTP_PARSED_MORE && n < all.n) {
        char *moved = mem_alloc(all.n);
        size_t next = all.n - n < step ? all.n : n + step;

        memcpy(moved, copy, n);
        memcpy(moved + n, all.p + n, next - n);
        mem_free(copy);
        copy = moved;
        n = next;
        r->head = http_parse_head(p, copy, n);
    }
    if (r->head == HTTP_PARSED_HEAD) {
        note_head(r, p, copy, n);
        read_body(r, p, str_sub(all, r->n_taken, SIZE_MAX), step);
    }
    mem_free(copy);
    http_parse_free(&p);
}

static void check_kind(enum http_parse_kind kind, struct str all)
{
    struct reading whole;
    struct reading bytes;

    read_all(&whole, kind, all, all.n);
    read_all(&bytes, kind, all, 1);
    CHECK(whole.head == bytes.head);
    CHECK(str_eq(buf_view(&whole.said), buf_view(&bytes.said)));
    CHECK((whole.rc == RC_OK) == (bytes.rc == RC_OK));
    if (whole.rc == RC_OK) {
        CHECK(whole.is_over == bytes.is_over);
        CHECK(whole.n_taken == bytes.n_taken);
        CHECK(str_eq(buf_view(&whole.body), buf_view(&bytes.body)));
    }
    buf_fini(&whole.said);
    buf_fini(&whole.body);
    buf_fini(&bytes.said);
    buf_fini(&bytes.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str all = {.p = (const char *)data, .n = size};

    if (size == 0) {
        return 0;
    }
    check_kind(HTTP_PARSE_REQUEST, all);
    check_kind(HTTP_PARSE_ANSWER, all);
    return 0;
}
