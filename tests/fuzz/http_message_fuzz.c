/* Any bytes as an HTTP/1 message: its head, then its body in chunks.  Split
 * anywhere, the end of the head and the body are the same. */
#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"
#include "net/http_head.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t head_of(struct str all, size_t step)
{
    size_t scanned = 0;
    size_t n = 0;

    for (size_t at = 0; at <= all.n && n == 0; at += step) {
        n = http_head_size(str_sub(all, 0, at), &scanned);
    }
    return n != 0 ? n : http_head_size(all, &scanned);
}

static enum rc unchunk(struct str text, size_t step, struct buf *out)
{
    struct http_chunks c = {.left = 0};
    enum rc rc = RC_OK;

    while (text.n > 0 && rc == RC_OK && !c.is_over) {
        struct str rest = str_sub(text, 0, step);

        text = str_sub(text, rest.n, SIZE_MAX);
        while (rest.n > 0 && rc == RC_OK && !c.is_over) {
            struct str piece;

            rc = http_chunks_next(&c, &rest, &piece);
            buf_str(out, piece);
        }
    }
    return rc;
}

static void check_head(struct str all)
{
    struct http_fields f = {.n = 0};
    enum http_framing framing = HTTP_FRAMING_NONE;
    uint64_t length = 0;
    struct str first;
    size_t n = head_of(all, all.n + 1);

    CHECK(head_of(all, 1) == n);
    char *copy = mem_alloc(n + 1);
    if (n > 0) {
        memcpy(copy, all.p, n);
    }
    if (n > 0 && http_head_read(copy, n, &first, &f) == RC_OK) {
        for (size_t i = 0; i < f.n; i++) {
            CHECK(f.at[i].name.n > 0);
            CHECK(str_find_char(f.at[i].value, '\n', 0) == SIZE_MAX);
        }
        enum rc rc = http_framing_of(&f, &framing, &length);
        CHECK(rc == RC_OK || rc == RC_PARSE);
        (void)http_says(&f, "Connection", "close");
    }
    mem_free(copy);
    http_fields_fini(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str all = {.p = (const char *)data, .n = size};
    struct buf whole;
    struct buf pieces;

    check_head(all);
    buf_init(&whole, SIZE_MAX);
    buf_init(&pieces, SIZE_MAX);
    enum rc rc = unchunk(all, SIZE_MAX, &whole);
    CHECK(unchunk(all, 1, &pieces) == rc);
    CHECK(rc != RC_OK || str_eq(buf_view(&whole), buf_view(&pieces)));
    buf_fini(&whole);
    buf_fini(&pieces);
    return 0;
}
