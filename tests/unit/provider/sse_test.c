#include "test.h"

#include <time.h>

#include "base/buf.h"
#include "provider/sse.h"

enum { EVENT_MAX = 64 };

struct catch
{
    struct buf all; /* each event's data, and a bar behind it */
};

static void on_event(void *arg, struct str data)
{
    struct catch *c = arg;
    buf_str(&c->all, data);
    buf_char(&c->all, '|');
}

static struct str feed(struct catch *c, struct str bytes, size_t piece,
                       uint64_t *ret_too_large)
{
    struct sse sse;
    buf_clear(&c->all);
    sse_init(&sse, EVENT_MAX, on_event, c);
    while (bytes.n > 0) {
        struct str front = str_sub(bytes, 0, piece);
        sse_feed(&sse, front);
        bytes = str_sub(bytes, front.n, SIZE_MAX);
    }
    sse_end(&sse);
    *ret_too_large = sse.n_too_large;
    sse_fini(&sse);
    return buf_view(&c->all);
}

static void check(const char *text, const char *want)
{
    struct catch c;
    uint64_t n_too_large = 0;
    struct str bytes = str_from_cz(text);
    buf_init(&c.all, SIZE_MAX);
    for (size_t piece = 1; piece <= bytes.n; piece++) {
        struct str got = feed(&c, bytes, piece, &n_too_large);
        if (!str_eq(got, str_from_cz(want))) {
            print_error("in pieces of %zu: \"%.*s\", not \"%s\"\n", piece,
                        STR_ARG(got), want);
            fail();
        }
        assert_int_equal(n_too_large, 0);
    }
    buf_fini(&c.all);
}

static void line_ends(UNUSED void **state)
{
    check("data: a\n\ndata: b\n\n", "a|b|");
    check("data: a\r\n\r\ndata: b\r\n\r\n", "a|b|");
    check("data: a\r\rdata: b\r\r", "a|b|");
    check("data: a\r\ndata: b\rdata: c\n\r\n", "a\nb\nc|");
}

static void fields(UNUSED void **state)
{
    check("data:a\n\n", "a|");
    check("data:  a\n\n", " a|");
    check("data\n\n", "|");
    check("data:\ndata:\n\n", "\n|");
    check("event: x\nid: 1\nretry: 2\n: note\ndata: a\n\n", "a|");
    check("database: no\ndata: a\n\n", "a|");
    check("event: ping\n\n: only a comment\n\n", "");
}

static void byte_order_mark(UNUSED void **state)
{
    check("\xef\xbb\xbf"
          "data: a\n\n",
          "a|");
    check("data: a\n\n\xef\xbb\xbf"
          "data: b\n\n",
          "a|");
}

static void end_without_an_empty_line(UNUSED void **state)
{
    check("data: a\n\ndata: b\n", "a|b|");
    check("data: a\n\ndata: b", "a|b|");
    check("data: a\n\ndat", "a|");
}

/* On the ceiling and one past it; the next event is read again. */
static void ceiling(UNUSED void **state)
{
    struct catch c;
    struct buf text;
    buf_init(&c.all, SIZE_MAX);
    buf_init(&text, SIZE_MAX);
    for (size_t n = EVENT_MAX - 6; n <= EVENT_MAX - 5; n++) {
        bool fits = n + STR("data: ").n <= EVENT_MAX;
        for (size_t piece = 1; piece < 2 * EVENT_MAX; piece += 5) {
            uint64_t n_too_large = 0;
            buf_clear(&text);
            buf_cz(&text, "data: ");
            for (size_t i = 0; i < n; i++) {
                buf_char(&text, 'x');
            }
            buf_cz(&text, "\n\ndata: b\n\n");
            struct str got = feed(&c, buf_view(&text), piece, &n_too_large);
            bool was_split = piece < n;
            /* A line that comes whole is not held to the line's ceiling. */
            if (fits || was_split) {
                assert_int_equal(n_too_large, fits ? 0 : 1);
                assert_int_equal(got.n, fits ? n + 3 : 2);
            }
            assert_true(str_ends(got, STR("b|")));
        }
    }
    buf_fini(&text);
    buf_fini(&c.all);
}

static void many_lines_over_the_ceiling(UNUSED void **state)
{
    struct catch c;
    struct buf text;
    uint64_t n_too_large = 0;
    buf_init(&c.all, SIZE_MAX);
    buf_init(&text, SIZE_MAX);
    for (int i = 0; i < EVENT_MAX; i++) {
        buf_cz(&text, "data: x\n");
    }
    buf_cz(&text, "\ndata: b\n\n");
    assert_str(feed(&c, buf_view(&text), 7, &n_too_large), "b|");
    assert_int_equal(n_too_large, 1);
    buf_fini(&text);
    buf_fini(&c.all);
}

/* Which once took the square of what came together: 20 s. */
static void lines_of_one_kind_take_no_time(UNUSED void **state)
{
    enum { LINES_N = 256 * 1024, SECONDS_MAX = 5 };
    struct catch c;
    struct buf text;
    uint64_t n_too_large = 0;
    buf_init(&c.all, SIZE_MAX);
    for (int i = 0; i < 2; i++) {
        buf_init(&text, SIZE_MAX);
        for (int k = 0; k < LINES_N; k++) {
            buf_cz(&text, i == 0 ? ": 3456789abcdef\r" : ": 3456789abcdef\n");
        }
        buf_cz(&text, "data: b\n\n");
        clock_t from = clock();
        assert_str(feed(&c, buf_view(&text), SIZE_MAX, &n_too_large), "b|");
        assert_true((clock() - from) / CLOCKS_PER_SEC < SECONDS_MAX);
        buf_fini(&text);
    }
    buf_fini(&c.all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_ends),
        cmocka_unit_test(fields),
        cmocka_unit_test(byte_order_mark),
        cmocka_unit_test(end_without_an_empty_line),
        cmocka_unit_test(ceiling),
        cmocka_unit_test(many_lines_over_the_ceiling),
        cmocka_unit_test(lines_of_one_kind_take_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
