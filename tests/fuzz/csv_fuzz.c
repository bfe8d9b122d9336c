/* Any bytes as CSV, the first one picking the separator: cells that are read,
 * once written and read again, are the same. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/csv.h"
#include "base/why.h"

enum { ARENA_BYTES = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(const struct str *cells, size_t n, char sep)
{
    struct arena arena;
    struct buf text;
    struct csv_reader again;
    struct str *got = NULL;
    size_t n_got = 0;

    if (n == 1 && cells[0].n == 0) {
        return; /* written, it is a blank line, and those are skipped */
    }
    arena_init(&arena, ARENA_BYTES);
    buf_init(&text, SIZE_MAX);
    for (size_t i = 0; i < n; i++) {
        if (i > 0) {
            buf_char(&text, sep);
        }
        csv_add_cell(&text, cells[i], sep, false);
    }
    buf_char(&text, '\n');
    csv_init(&again, buf_view(&text), sep);
    CHECK(csv_next(&again, &arena, &got, &n_got, NULL) == RC_OK);
    CHECK(n_got == n);
    for (size_t i = 0; i < n; i++) {
        CHECK(str_eq(got[i], cells[i]));
    }
    CHECK(csv_next(&again, &arena, &got, &n_got, NULL) == RC_END);
    buf_fini(&text);
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char seps[] = {',', ';', '\t'};
    struct str text = {.p = (const char *)data, .n = size};
    struct csv_reader r;
    struct arena arena;
    struct why why = {.text = ""};
    struct str *cells = NULL;
    size_t n = 0;

    if (size == 0) {
        return 0;
    }
    char sep = seps[data[0] % ARRAY_N(seps)];
    csv_init(&r, str_sub(text, 1, SIZE_MAX), sep);
    arena_init(&arena, ARENA_BYTES);
    for (;;) {
        uint64_t line = r.line;
        size_t n_left = r.rest.n;
        enum rc rc = csv_next(&r, &arena, &cells, &n, &why);
        if (rc == RC_END) {
            break;
        }
        CHECK(r.line >= line && r.rest.n < n_left); /* always onward */
        if (rc == RC_OK) {
            CHECK(n > 0);
            check_again(cells, n, sep);
        } else {
            CHECK(rc == RC_PARSE || rc == RC_LIMIT);
            CHECK(why.text[0] != '\0');
        }
        arena_reset(&arena);
    }
    arena_fini(&arena);
    return 0;
}
