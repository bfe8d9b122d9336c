/* Requests as they come in: whole or in pieces, well or not. */
#include "site.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/limits.h"

/* ---- bodies ---- */

static void say_body(struct wire *w, size_t n, const char *headers)
{
    struct buf b;

    buf_init(&b, SIZE_MAX);
    buf_fmt(&b, "POST /x HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n", headers,
            n);
    for (size_t i = 0; i < n; i++) {
        buf_char(&b, 'x');
    }
    (void)wire_send(w, buf_view(&b)); /* it may be refused before its end */
    buf_fini(&b);
}

static void a_body_may_be_as_long_as_the_limit(void **state)
{
    struct site s;
    struct wire w;
    struct wire_reply r;

    (void)state;
    site_open(&s);
    site_join(&s, &w);
    say_body(&w, SITE_BODY_MAX, "");
    assert_true(wire_next(&w, false, &r));
    assert_int_equal(r.status, 200);
    assert_has(r.body, "bytes=65536\n");
    wire_close(&w);
    site_close(&s);
}

static void a_longer_body_is_refused(void **state)
{
    static const size_t sizes[] = {SITE_BODY_MAX + 1, 2 * SITE_BODY_MAX,
                                   100 * SITE_BODY_MAX};
    struct site s;

    (void)state;
    site_open(&s);
    for (size_t i = 0; i < ARRAY_N(sizes); i++) {
        struct wire w;
        struct wire_reply r;

        site_join(&s, &w);
        say_body(&w, sizes[i], "");
        assert_true(wire_next(&w, false, &r));
        assert_int_equal(r.status, 413);
        assert_str(r.body, "{\"error\":{\"code\":\"limit\",\"message\":"
                           "\"the body is too large\"}}\n");
        wire_drop(&w, &r);
        assert_false(wire_next(&w, false, &r));
        wire_close(&w);
    }
    assert_int_equal(atomic_load(&s.n_calls), 0);
    site_is_well(&s);
    site_close(&s);
}

static void chunks_make_a_body(void **state)
{
    struct site s;
    struct wire w;
    struct wire_reply r;

    (void)state;
    site_open(&s);
    site_join(&s, &w);
    wire_say(&w, "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "3\r\nabc\r\n");
    wire_say(&w, "A\r\n0123456789\r\n0\r\n\r\n");
    assert_true(wire_next(&w, false, &r));
    assert_has(r.body, "bytes=13\nabc0123456789");
    wire_close(&w);
    assert_int_equal(site_status(&s, "POST /x HTTP/1.1\r\n"
                                     "Transfer-Encoding: chunked\r\n\r\n"
                                     "10001\r\nx"),
                     413);
    assert_int_equal(site_status(&s, "POST /x HTTP/1.1\r\n"
                                     "Transfer-Encoding: chunked\r\n\r\n"
                                     "7fffffffffffffff\r\nx"),
                     413);
    site_close(&s);
}

/* The line that says a chunk's size is part of no body, and would be read
 * for ever. */
static void a_chunk_line_has_an_end(void **state)
{
    struct site s;
    struct wire w;
    struct wire_reply r;
    char ones[64 * 1024];
    size_t n_sent = 0;

    (void)state;
    memset(ones, '1', sizeof ones);
    site_open(&s);
    site_join(&s, &w);
    wire_say(&w, "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    struct pollfd ready = {.fd = w.fd, .events = POLLIN | POLLOUT};
    while (poll(&ready, 1, -1) == 1 && (ready.revents & POLLIN) == 0) {
        ssize_t n = send(w.fd, ones, sizeof ones, MSG_NOSIGNAL | MSG_DONTWAIT);
        n_sent += n > 0 ? (size_t)n : 0;
        assert_true(n_sent < 256 * 1024 * 1024);
    }
    assert_true(wire_next(&w, false, &r));
    assert_int_equal(r.status, 400);
    wire_close(&w);
    site_is_well(&s);
    site_close(&s);
}

static void goes_on_when_the_client_asks_first(void **state)
{
    struct site s;
    struct wire w;
    struct wire_reply r;

    (void)state;
    site_open(&s);
    site_join(&s, &w);
    wire_say(&w, "POST /x HTTP/1.1\r\nExpect: 100-continue\r\n"
                 "Content-Length: 2\r\n\r\n");
    assert_true(wire_next(&w, true, &r));
    assert_int_equal(r.status, 100);
    wire_drop(&w, &r);
    wire_say(&w, "ab");
    assert_true(wire_next(&w, false, &r));
    assert_int_equal(r.status, 200);
    assert_has(r.body, "bytes=2\nab");
    wire_close(&w);
    site_close(&s);
}

static void what_is_no_request_is_refused(void **state)
{
    struct site s;
    struct buf big;

    (void)state;
    site_open(&s);
    assert_int_equal(site_status(&s, "TRACE / HTTP/1.1\r\n\r\n"), 501);
    assert_int_equal(site_status(&s, "BREW /coffee HTTP/1.1\r\n\r\n"), 501);
    assert_int_equal(site_status(&s, "GET / HTTP/9.9\r\n\r\n"), 505);
    assert_int_equal(site_status(&s, "these are not the words\r\n\r\n"), 400);
    assert_int_equal(site_status(&s, "GET / HTTP/1.1\r\nno colon\r\n\r\n"),
                     400);
    assert_int_equal(site_status(&s, "POST / HTTP/1.1\r\n"
                                     "Content-Length: -1\r\n\r\n"),
                     400);
    assert_int_equal(site_status(&s, "POST / HTTP/1.1\r\n"
                                     "Content-Length: 1x\r\n\r\n"),
                     400);
    buf_init(&big, SIZE_MAX);
    buf_cz(&big, "GET / HTTP/1.1\r\nX-Long: ");
    for (int i = 0; i < LIMIT_HTTP_HEADERS_BYTES; i++) {
        buf_char(&big, 'x');
    }
    buf_add(&big, "\r\n\r\n", 5); /* with its NUL */
    assert_int_equal(site_status(&s, big.p), 431);
    buf_fini(&big);
    assert_int_equal(atomic_load(&s.n_calls), 0);
    site_is_well(&s);
    site_close(&s);
}

/* Whoever uses the API reads the reason in its own form. */
static void refusals_bear_the_error_of_the_api(void **state)
{
    static const struct {
        const char *text;
        int status;
        const char *body;
    } cases[] = {
        {"no request\r\n\r\n", 400,
         "{\"error\":{\"code\":\"parse\",\"message\":"
         "\"this is no HTTP/1.1 request\"}}\n"},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400,
         "{\"error\":{\"code\":\"parse\",\"message\":"
         "\"this is no HTTP/1.1 request\"}}\n"},
        {"POST / HTTP/1.1\r\nContent-Length: 65537\r\n\r\n", 413,
         "{\"error\":{\"code\":\"limit\",\"message\":"
         "\"the body is too large\"}}\n"},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n", 413,
         "{\"error\":{\"code\":\"limit\",\"message\":"
         "\"the body is too large\"}}\n"},
        {"GET / HTTP/1.1\r\nX-Long: @\r\n\r\n", 431,
         "{\"error\":{\"code\":\"limit\",\"message\":"
         "\"the headers are too large\"}}\n"},
        {"BREW / HTTP/1.1\r\n\r\n", 501,
         "{\"error\":{\"code\":\"unsupported\",\"message\":"
         "\"this method is not known here\"}}\n"},
        {"CONNECT h:1 HTTP/1.1\r\n\r\n", 501,
         "{\"error\":{\"code\":\"unsupported\",\"message\":"
         "\"this method is not known here\"}}\n"},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505,
         "{\"error\":{\"code\":\"unsupported\",\"message\":"
         "\"of HTTP, versions 1.1 and 1.0 are known here\"}}\n"},
    };
    struct site s;

    (void)state;
    site_open(&s);
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct str text = str_from_cz(cases[i].text);
        struct wire w;
        struct wire_reply r;
        struct str part;

        site_join(&s, &w);
        while (str_cut(&text, '@', &part)) {
            (void)wire_send(&w, part);
            for (int k = 0; text.n > 0 && k < LIMIT_HTTP_HEADERS_BYTES; k++) {
                (void)wire_send(&w, STR("x"));
            }
        }
        assert_true(wire_next(&w, false, &r));
        assert_int_equal(r.status, cases[i].status);
        assert_str(wire_header(&r, "Content-Type"), "application/json");
        assert_str(wire_header(&r, "Connection"), "close");
        assert_true(str_eq(r.body, str_from_cz(cases[i].body)));
        wire_drop(&w, &r);
        assert_false(wire_next(&w, false, &r)); /* and hangs up */
        wire_close(&w);
    }
    assert_int_equal(atomic_load(&s.n_calls), 0);
    site_close(&s);
}

/* What another server before this one may have taken for the body of the
 * first request must not become a second one. */
static void nothing_is_smuggled_behind_a_request(void **state)
{
    static const char *const heads[] = {
        "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked \t\r\n",
        "Transfer-Encoding:\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Content-Length: 0\r\nContent-Length: 40\r\n",
        "Content-Length: 0\n",
        "Content-Length : 40\r\n",
        "X: y\r\n Content-Length: 40\r\n",
        "X: y\rContent-Length: 40\r\n",
        "X: y\r\n\rContent-Length: 40\r\n",
    };
    struct site s;

    (void)state;
    site_open(&s);
    for (size_t i = 0; i < ARRAY_N(heads); i++) {
        struct wire w;
        struct wire_reply r;
        char text[256];

        site_join(&s, &w);
        (void)snprintf(text, sizeof text,
                       "POST /one HTTP/1.1\r\n%s\r\n"
                       "0\r\n\r\nGET /two HTTP/1.1\r\n\r\n",
                       heads[i]);
        wire_say(&w, text);
        assert_true(wire_next(&w, false, &r));
        assert_int_equal(r.status, 400);
        wire_drop(&w, &r);
        assert_false(wire_next(&w, false, &r));
        wire_close(&w);
    }
    assert_int_equal(atomic_load(&s.n_calls), 0);
    site_close(&s);
}

static void a_request_may_come_byte_by_byte(void **state)
{
    const struct str text =
        STR("POST /x?y HTTP/1.1\r\nHost: h\r\nX-Cookie: c\r\n"
            "Transfer-Encoding: chunked\r\n\r\n"
            "3\r\nabc\r\n1\r\nd\r\n0\r\nX-Cookie: e\r\n\r\n"
            "POST /z HTTP/1.1\r\nContent-Length: 2\r\nX-Cookie: f\r\n\r\n"
            "gh");
    struct site s;
    struct wire w;
    struct wire_reply r;

    (void)state;
    site_open(&s);
    site_join(&s, &w);
    for (size_t i = 0; i < text.n; i++) {
        assert_true(wire_send(&w, str_sub(text, i, 1)));
        (void)usleep(100);
    }
    assert_true(wire_next(&w, false, &r));
    assert_has(r.body, "path=/x\nquery=y\n");
    assert_has(r.body, "cookie=c\nbytes=4\nabcd");
    wire_drop(&w, &r);
    assert_true(wire_next(&w, false, &r));
    assert_has(r.body, "path=/z\n");
    assert_has(r.body, "cookie=f\nbytes=2\ngh");
    wire_close(&w);
    site_close(&s);
}

/* The first lines come, and then many more than the buffer held. */
static void a_head_may_outgrow_what_was_read_first(void **state)
{
    struct site s;
    struct wire w;
    struct wire_reply r;

    (void)state;
    site_open(&s);
    site_join(&s, &w);
    wire_say(&w, "POST /x HTTP/1.1\r\nContent-Type: text/y\r\n"
                 "Content-Length: 3\r\nX-Cookie: ");
    for (int i = 0; i < 6000; i++) {
        wire_say(&w, "12345678");
        (void)usleep(i % 500 == 0 ? 1000 : 0);
    }
    wire_say(&w, "\r\n\r\nabc");
    assert_true(wire_next(&w, false, &r));
    assert_int_equal(r.status, 200);
    assert_has(r.body, "type=text/y\n");
    assert_has(r.body, "12345678\nbytes=3\nabc");
    wire_close(&w);
    site_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_may_be_as_long_as_the_limit),
        cmocka_unit_test(a_longer_body_is_refused),
        cmocka_unit_test(chunks_make_a_body),
        cmocka_unit_test(a_chunk_line_has_an_end),
        cmocka_unit_test(goes_on_when_the_client_asks_first),
        cmocka_unit_test(what_is_no_request_is_refused),
        cmocka_unit_test(refusals_bear_the_error_of_the_api),
        cmocka_unit_test(nothing_is_smuggled_behind_a_request),
        cmocka_unit_test(a_request_may_come_byte_by_byte),
        cmocka_unit_test(a_head_may_outgrow_what_was_read_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
