/* Heads of messages, and bodies in chunks, byte by byte. */
#include "test.h"

#include "base/buf.h"
#include "base/limits.h"
#include "net/http_head.h"

static enum rc read_head(const char *text, struct str *first,
                         struct http_fields *f, char *copy)
{
    size_t n = strlen(text);

    memcpy(copy, text, n);
    return http_head_read(copy, n, first, f);
}

static void the_end_of_a_head_is_found_wherever_it_is_split(void **state)
{
    static const struct {
        const char *text;
        size_t n;
    } cases[] = {
        {"GET / HTTP/1.1\r\nA: b\r\n\r\nrest", 24},
        {"GET / HTTP/1.1\nA: b\n\nrest", 21},
        {"GET / HTTP/1.1\r\nA: b\r\n", 0},
        {"\n\nrest", 2},
        {"a\n\r", 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct str all = str_from_cz(cases[i].text);
        size_t scanned = 0;
        size_t got = 0;

        for (size_t n = 0; n <= all.n && got == 0; n++) {
            got = http_head_size(str_sub(all, 0, n), &scanned);
            assert_true(got == 0 || got == n);
        }
        assert_int_equal(got, cases[i].n);
    }
}

static void fields_are_read_strictly(void **state)
{
    static const char *const wrong[] = {
        "a\r\nno colon\r\n\r\n", "a\r\n: no name\r\n\r\n", "a\r\nA : b\r\n\r\n",
        "a\r\nA: b\x01\r\n\r\n", "a\r\nA: b\rc\r\n\r\n",   "a\x7f\r\n\r\n",
        "a\r\n(x): b\r\n\r\n",
    };
    struct http_fields f = {.n = 0};
    struct str first;
    char copy[256];

    (void)state;
    assert_rc(read_head("line 1\r\nA:  b \r\na:\r\nC: d\r\n  e\r\n\r\n", &first,
                        &f, copy),
              RC_OK);
    assert_str(first, "line 1");
    assert_int_equal(f.n, 3);
    assert_str(http_fields_get(&f, "a"), "b");
    assert_str(f.at[1].value, "");
    assert_str(http_fields_get(&f, "c"), "d    e");
    assert_null(http_fields_get(&f, "d").p);
    for (size_t i = 0; i < ARRAY_N(wrong); i++) {
        assert_rc(read_head(wrong[i], &first, &f, copy), RC_PARSE);
    }
    http_fields_fini(&f);
}

static void a_body_has_one_end(void **state)
{
    static const struct {
        const char *text;
        enum rc rc;
        enum http_framing framing;
        uint64_t length;
    } cases[] = {
        {"a\r\n\r\n", RC_OK, HTTP_FRAMING_NONE, 0},
        {"a\r\nContent-Length: 12\r\n\r\n", RC_OK, HTTP_FRAMING_LENGTH, 12},
        {"a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", RC_OK,
         HTTP_FRAMING_LENGTH, 1},
        {"a\r\nTransfer-Encoding: Chunked\r\n\r\n", RC_OK, HTTP_FRAMING_CHUNKED,
         0},
        {"a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", RC_PARSE,
         HTTP_FRAMING_NONE, 0},
        {"a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
         RC_PARSE, HTTP_FRAMING_NONE, 0},
        {"a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", RC_PARSE,
         HTTP_FRAMING_NONE, 0},
        {"a\r\nContent-Length: +1\r\n\r\n", RC_PARSE, HTTP_FRAMING_NONE, 0},
        {"a\r\nContent-Length: \r\n\r\n", RC_PARSE, HTTP_FRAMING_NONE, 0},
        {"a\r\nContent-Length: 99999999999999999999\r\n\r\n", RC_PARSE,
         HTTP_FRAMING_NONE, 0},
    };
    struct http_fields f = {.n = 0};

    (void)state;
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        enum http_framing framing = HTTP_FRAMING_NONE;
        uint64_t length = 0;
        struct str first;
        char copy[256];

        assert_rc(read_head(cases[i].text, &first, &f, copy), RC_OK);
        assert_rc(http_framing_of(&f, &framing, &length), cases[i].rc);
        if (cases[i].rc == RC_OK) {
            assert_int_equal(framing, cases[i].framing);
            assert_int_equal(length, cases[i].length);
        }
    }
    http_fields_fini(&f);
}

/* The body of `text`, fed `step` bytes at a time. */
static enum rc unchunk(struct str text, size_t step, struct buf *body,
                       bool *is_over)
{
    struct http_chunks c = {.left = 0};
    enum rc rc = RC_OK;

    while (text.n > 0 && rc == RC_OK && !c.is_over) {
        struct str part = str_sub(text, 0, step);
        struct str rest = part;

        while (rest.n > 0 && rc == RC_OK && !c.is_over) {
            struct str piece;

            rc = http_chunks_next(&c, &rest, &piece);
            buf_str(body, piece);
        }
        text = str_sub(text, part.n, SIZE_MAX);
    }
    *is_over = c.is_over;
    return rc;
}

static void chunks_may_be_split_anywhere(void **state)
{
    const struct str text =
        STR("3\r\nabc\r\n0A;x=\"1\"\r\n0123456789\r\n1 \r\nd\r\n0\r\nT: 1\r\n"
            "U: 2\r\n\r\n");

    (void)state;
    for (size_t step = 1; step <= text.n; step++) {
        bool is_over = false;
        struct buf body;

        buf_init(&body, SIZE_MAX);
        assert_rc(unchunk(text, step, &body, &is_over), RC_OK);
        assert_str(buf_view(&body), "abc0123456789d");
        assert_true(is_over);
        buf_fini(&body);
    }
}

static void what_are_no_chunks_is_refused(void **state)
{
    static const char *const wrong[] = {
        "\r\n",   "x\r\n",  "3\r\nabcd\r\n",
        "-1\r\n", ";a\r\n", "11111111111111111\r\n",
    };
    struct buf line;
    bool is_over;

    (void)state;
    for (size_t i = 0; i < ARRAY_N(wrong); i++) {
        struct buf body;

        buf_init(&body, SIZE_MAX);
        assert_rc(unchunk(str_from_cz(wrong[i]), 100, &body, &is_over),
                  RC_PARSE);
        buf_fini(&body);
    }
    buf_init(&line, SIZE_MAX);
    buf_cz(&line, "1;");
    while (line.n < LIMIT_HTTP_LINE_BYTES) {
        buf_char(&line, 'x');
    }
    struct buf body;
    buf_init(&body, SIZE_MAX);
    assert_rc(unchunk(buf_view(&line), SIZE_MAX, &body, &is_over), RC_OK);
    buf_char(&line, 'x');
    assert_rc(unchunk(buf_view(&line), SIZE_MAX, &body, &is_over), RC_LIMIT);
    buf_fini(&body);
    buf_fini(&line);
}

static void words_of_a_list_are_found(void **state)
{
    struct http_fields f = {.n = 0};
    struct str first;
    char copy[256];

    (void)state;
    assert_rc(read_head("a\r\nConnection: x, Close\r\nconnection: y\r\n\r\n",
                        &first, &f, copy),
              RC_OK);
    assert_true(http_says(&f, "Connection", "close"));
    assert_true(http_says(&f, "Connection", "Y"));
    assert_false(http_says(&f, "Connection", "clos"));
    http_fields_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_of_a_head_is_found_wherever_it_is_split),
        cmocka_unit_test(fields_are_read_strictly),
        cmocka_unit_test(a_body_has_one_end),
        cmocka_unit_test(chunks_may_be_split_anywhere),
        cmocka_unit_test(what_are_no_chunks_is_refused),
        cmocka_unit_test(words_of_a_list_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
