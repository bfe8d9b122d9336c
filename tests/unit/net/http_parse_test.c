/* Messages of HTTP/1, whole and byte by byte. */
#include "test.h"

#include "base/buf.h"
#include "base/limits.h"
#include "net/http_parse.h"

#include <stdio.h>

enum { BODY_MAX = 1000, READ_MAX = 2 * LIMIT_HTTP_HEADERS_BYTES };

/* What became of a message. */
struct reading {
    struct http_parse *parse;
    enum http_parsed head;
    struct http_told told;
    struct http_fields fields;
    enum rc rc; /* of the body */
    struct buf body;
    size_t n_taken; /* of the message */
    char copy[READ_MAX];
};

static bool add(void *arg, struct str piece)
{
    buf_str(arg, piece);
    return true;
}

static bool refuse(void *arg, struct str piece)
{
    (void)arg;
    (void)piece;
    return false;
}

static void read_head(struct reading *r, enum http_parse_kind kind,
                      struct str text, size_t step)
{
    size_t n = 0;

    r->parse = http_parse_new(kind, BODY_MAX);
    r->fields = (struct http_fields){.n = 0};
    r->head = HTTP_PARSED_MORE;
    r->rc = RC_OK;
    r->n_taken = 0;
    buf_init(&r->body, SIZE_MAX);
    assert_true(text.n <= sizeof r->copy);
    memcpy(r->copy, text.p, text.n);
    while (r->head == HTTP_PARSED_MORE && n < text.n) {
        n = text.n - n < step ? text.n : n + step;
        r->head = http_parse_head(r->parse, r->copy, n);
    }
    if (r->head == HTTP_PARSED_HEAD) {
        http_parse_tell(r->parse, r->copy, &r->told, &r->fields);
        r->n_taken = r->told.head_n;
    }
}

static void read_body(struct reading *r, struct str text, size_t step)
{
    while (r->rc == RC_OK && !http_parse_is_over(r->parse) &&
           r->n_taken <= text.n) {
        struct str part = str_sub(str_sub(text, r->n_taken, SIZE_MAX), 0, step);
        size_t n = 0;

        r->rc = http_parse_body(r->parse, part, add, &r->body, &n);
        r->n_taken += n;
        if (part.n == 0) {
            break;
        }
    }
}

static void reading_fini(struct reading *r)
{
    http_parse_free(&r->parse);
    http_fields_fini(&r->fields);
    buf_fini(&r->body);
}

static void request(struct reading *r, const char *text)
{
    read_head(r, HTTP_PARSE_REQUEST, str_from_cz(text), SIZE_MAX);
}

static void answer(struct reading *r, const char *text)
{
    read_head(r, HTTP_PARSE_ANSWER, str_from_cz(text), SIZE_MAX);
}

/* ---- heads ---- */

static void a_head_is_read_wherever_it_is_split(void **state)
{
    const struct str text =
        STR("\r\nPOST /a?b HTTP/1.1\r\nHost: h\r\nA:  b \t\r\nEmpty:\r\n"
            "Content-Length: 3\r\nB:c\r\n\r\nabcGET /next");

    (void)state;
    for (size_t step = 1; step <= text.n; step++) {
        struct reading r;

        read_head(&r, HTTP_PARSE_REQUEST, text, step);
        assert_int_equal(r.head, HTTP_PARSED_HEAD);
        assert_int_equal(r.told.head_n, text.n - 12);
        assert_str(r.told.method, "POST");
        assert_str(r.told.target, "/a?b");
        assert_int_equal(r.told.length, 3);
        assert_false(r.told.is_chunked);
        assert_false(r.told.is_old);
        assert_true(r.told.may_keep);
        assert_int_equal(r.fields.n, 5);
        assert_str(r.fields.at[1].name, "A");
        assert_str(r.fields.at[1].value, "b");
        assert_str(r.fields.at[2].value, "");
        assert_str(r.fields.at[4].value, "c");
        /* Slices of the very bytes that were given. */
        assert_true(r.fields.at[0].value.p == r.copy + 28);
        read_body(&r, text, step);
        assert_rc(r.rc, RC_OK);
        assert_str(buf_view(&r.body), "abc");
        assert_true(http_parse_is_over(r.parse));
        assert_int_equal(r.n_taken, text.n - 9);
        reading_fini(&r);
    }
}

static void what_two_could_read_differently_is_refused(void **state)
{
    static const char *const wrong[] = {
        /* Where lines end. */
        "GET / HTTP/1.1\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\n\n",
        "GET / HTTP/1.1\r\nHost: h\n\n",
        "GET / HTTP/1.1\n\n",
        "GET / HTTP/1.1\r\n\n",
        "GET / HTTP/1.1\r\nA: b\rContent-Length: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nA:\rContent-Length: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n\rB: c\r\n\r\n",
        "GET / HTTP/1.1\rA: b\r\n\r\n",
        "GET / HTTP/1.1\r\nA:\nB: c\r\n\r\n",
        /* The words of a request line. */
        "GET  / HTTP/1.1\r\n\r\n",
        "GET /  HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1 \r\n\r\n",
        "GET\t/ HTTP/1.1\r\n\r\n",
        "GET /a b HTTP/1.1\r\n\r\n",
        "GET /a\tb HTTP/1.1\r\n\r\n",
        "GET /a\x01 HTTP/1.1\r\n\r\n",
        " GET / HTTP/1.1\r\n\r\n",
        "get / HTTP/1.1\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/1\r\n\r\n",
        "GET / HTTP/1.1x\r\n\r\n",
        "GET / HTTP/11.1\r\n\r\n",
        "GET / http/1.1\r\n\r\n",
        "GET / RTSP/1.0\r\n\r\n",
        "SOURCE / ICE/1.0\r\n\r\n",
        /* Fields. */
        "GET / HTTP/1.1\r\n A: b\r\n\r\n",
        "GET / HTTP/1.1\r\nA : b\r\n\r\n",
        "GET / HTTP/1.1\r\nA\t: b\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length : 1\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\n: no name\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n: no name\r\n\r\n",
        "GET / HTTP/1.1\r\n:\r\n\r\n",
        "GET / HTTP/1.1\r\n(x): b\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\x01\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\x7f\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n",
        "GET / HTTP/1.1\r\nA:\r\n b\r\n\r\n",
        "GET / HTTP/1.1\r\nA: \r\n b\r\n\r\n",
        "GET / HTTP/1.1\r\nA:\r\n \r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n \r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length:\r\n 1\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(wrong); i++) {
        struct reading r;

        request(&r, wrong[i]);
        if (r.head != HTTP_PARSED_WRONG) {
            print_error("%s\n", wrong[i]);
        }
        assert_int_equal(r.head, HTTP_PARSED_WRONG);
        reading_fini(&r);
    }
}

static void a_value_holds_no_nul(void **state)
{
    struct reading r;

    (void)state;
    read_head(&r, HTTP_PARSE_REQUEST, STR("GET / HTTP/1.1\r\nA: b\0c\r\n\r\n"),
              SIZE_MAX);
    assert_int_equal(r.head, HTTP_PARSED_WRONG);
    reading_fini(&r);
}

static void methods_and_versions_are_told_apart(void **state)
{
    static const struct {
        const char *text;
        enum http_parsed head;
    } cases[] = {
        {"BREW /coffee HTTP/1.1\r\n\r\n", HTTP_PARSED_METHOD},
        {"GETX / HTTP/1.1\r\n\r\n", HTTP_PARSED_METHOD},
        {"TRACE / HTTP/1.1\r\n\r\n", HTTP_PARSED_HEAD},
        {"CONNECT h:1 HTTP/1.1\r\n\r\n", HTTP_PARSED_HEAD},
        {"OPTIONS * HTTP/1.1\r\n\r\n", HTTP_PARSED_HEAD},
        {"GET http://h/p HTTP/1.0\r\n\r\n", HTTP_PARSED_HEAD},
        {"GET / HTTP/9.9\r\n\r\n", HTTP_PARSED_VERSION},
        {"GET / HTTP/0.9\r\n\r\n", HTTP_PARSED_VERSION},
        {"GET / HTTP/2.0\r\n\r\n", HTTP_PARSED_VERSION},
        {"GET / HTTP/1.2\r\n\r\n", HTTP_PARSED_VERSION},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HTTP_PARSED_VERSION},
        {"PRI * HTTP/1.1\r\n\r\nSM\r\n\r\n", HTTP_PARSED_WRONG},
        {"\x16\x03\x01\x02", HTTP_PARSED_WRONG}, /* TLS */
        {"GET / HTTP/1.1\r\n", HTTP_PARSED_MORE},
        {"\r\n\r\n", HTTP_PARSED_MORE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct str text = str_from_cz(cases[i].text);

        for (size_t step = 1; step <= text.n; step++) {
            struct reading r;

            read_head(&r, HTTP_PARSE_REQUEST, text, step);
            if (r.head != cases[i].head) {
                print_error("%s: %d\n", cases[i].text, (int)r.head);
            }
            assert_int_equal(r.head, cases[i].head);
            reading_fini(&r);
        }
    }
}

static void folded_lines_of_an_answer_are_joined(void **state)
{
    const struct str text = STR("HTTP/1.1 200 OK\r\nA: b\r\n  c\r\n\td \r\n"
                                "B:\r\n e\r\nC:\r\n \r\nD: f\r\n\r\n");

    (void)state;
    for (size_t step = 1; step <= text.n; step++) {
        struct reading r;

        read_head(&r, HTTP_PARSE_ANSWER, text, step);
        assert_int_equal(r.head, HTTP_PARSED_HEAD);
        assert_int_equal(r.fields.n, 4);
        assert_str(r.fields.at[0].value, "b    c  \td");
        assert_str(r.fields.at[1].value, "e");
        assert_str(r.fields.at[2].value, "");
        assert_str(r.fields.at[3].value, "f");
        reading_fini(&r);
    }
}

static void status_lines_are_read_strictly(void **state)
{
    static const struct {
        const char *text;
        const char *reason; /* NULL: refused */
    } cases[] = {
        {"HTTP/1.1 418 I am a teapot\r\n\r\n", "I am a teapot"},
        {"HTTP/1.1 418\r\n\r\n", ""},
        {"HTTP/1.1 418 \r\n\r\n", ""},
        {"HTTP/1.0 418 caf\xc3\xa9\t!\r\n\r\n", "caf\xc3\xa9\t!"},
        {"\r\nHTTP/1.1 418 x\r\n\r\n", "x"},
        {"HTTP/1.1 418 x\n\r\n", NULL},
        {"HTTP/1.1 418\n\r\n", NULL},
        {"HTTP/1.1 418 \n\r\n", NULL},
        {"HTTP/1.1 418 x\ry\r\n\r\n", NULL},
        {"HTTP/1.1 418 x\x01\r\n\r\n", NULL},
        {"HTTP/1.1 418x\r\n\r\n", NULL},
        {"HTTP/1.1  418 x\r\n\r\n", NULL},
        {"HTTP/1.1 41 x\r\n\r\n", NULL},
        {"HTTP/1.1 0418 x\r\n\r\n", NULL},
        {"HTTP/1.1 4180 x\r\n\r\n", NULL},
        {"HTTP/1.1 \r\n\r\n", NULL},
        {"HTTP/1.1 1\n\n", NULL},
        {"HTTP/2.0 418 x\r\n\r\n", NULL},
        {"HTTP/0.9 418 x\r\n\r\n", NULL},
        {"http/1.1 418 x\r\n\r\n", NULL},
        {"garbage garbage\r\n\r\n", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct reading r;

        answer(&r, cases[i].text);
        if ((r.head == HTTP_PARSED_HEAD) != (cases[i].reason != NULL)) {
            print_error("%s: %d\n", cases[i].text, (int)r.head);
        }
        assert_int_equal(r.head == HTTP_PARSED_HEAD, cases[i].reason != NULL);
        if (cases[i].reason != NULL) {
            assert_int_equal(r.told.status, 418);
            assert_true(str_eq(r.told.reason, str_from_cz(cases[i].reason)));
        } else {
            assert_true(r.head != HTTP_PARSED_MORE);
        }
        reading_fini(&r);
    }
}

/* ---- where bodies end ---- */

struct framing {
    const char *fields;
    bool is_request_well;
    bool is_answer_well;
    bool is_chunked;
    uint64_t length;
};

static const struct framing framings[] = {
    {"", true, true, false, 0},
    {"Content-Length: 12\r\n", true, true, false, 12},
    {"content-length: 12 \r\n", true, true, false, 12},
    {"Content-Length: 012\r\n", true, true, false, 12},
    {"Transfer-Encoding: Chunked\r\n", true, true, true, 0},
    {"Transfer-Encoding: chunked \t\r\n", false, false, false, 0},
    {"Content-Length: 18446744073709551615\r\n", true, true, false, UINT64_MAX},
    {"Content-Length: 18446744073709551616\r\n", false, false, false, 0},
    {"Content-Length: 1\r\nContent-Length: 1\r\n", false, false, false, 0},
    {"Content-Length: 1\r\nContent-Length: 2\r\n", false, false, false, 0},
    {"Content-Length: 1, 1\r\n", false, false, false, 0},
    {"Content-Length: 1 2\r\n", false, false, false, 0},
    {"Content-Length: +1\r\n", false, false, false, 0},
    {"Content-Length: -1\r\n", false, false, false, 0},
    {"Content-Length: 0x1\r\n", false, false, false, 0},
    {"Content-Length: 1x\r\n", false, false, false, 0},
    {"Content-Length: \r\n", false, false, false, 0},
    {"Content-Length: 1\r\n 2\r\n", false, false, false, 0},
    {"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", false, false, false,
     0},
    {"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", false, false, false,
     0},
    {"Transfer-Encoding: \r\nContent-Length: 1\r\n", false, false, false, 0},
    {"Transfer-Encoding:\r\n", false, false, false, 0},
    {"Transfer-Encoding: gzip, chunked\r\n", false, false, false, 0},
    {"Transfer-Encoding: chunked, gzip\r\n", false, false, false, 0},
    {"Transfer-Encoding: chunked, chunked\r\n", false, false, false, 0},
    {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", false,
     false, false, 0},
    {"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", false,
     false, false, 0},
    {"Transfer-Encoding: identity\r\n", false, false, false, 0},
    {"Transfer-Encoding: xchunked\r\n", false, false, false, 0},
    {"Transfer-Encoding: chunkedx\r\n", false, false, false, 0},
    {"Transfer-Encoding: ,chunked\r\n", false, false, false, 0},
    {"Transfer-Encoding: \"chunked\"\r\n", false, false, false, 0},
    {"Transfer-Encoding: chunked;q=1\r\n", false, false, false, 0},
    {"Transfer-Encoding: \x0b"
     "chunked\r\n",
     false, false, false, 0},
    {"Transfer-Encoding: chunked\r\n x\r\n", false, false, false, 0},
    {"Transfer-Encoding : chunked\r\n", false, false, false, 0},
    {"Transfer-Encoding:\r\n chunked\r\n", false, true, true, 0},
};

static void check_framing(const struct framing *f, const char *line,
                          bool is_request)
{
    struct reading r;
    char text[256];

    (void)snprintf(text, sizeof text, "%s\r\n%s\r\n", line, f->fields);
    if (is_request) {
        request(&r, text);
    } else {
        answer(&r, text);
    }
    bool is_well = is_request ? f->is_request_well : f->is_answer_well;
    if ((r.head == HTTP_PARSED_HEAD) != is_well) {
        print_error("%s: %d\n", text, (int)r.head);
    }
    assert_int_equal(r.head, is_well ? HTTP_PARSED_HEAD : HTTP_PARSED_WRONG);
    if (is_well) {
        assert_int_equal(r.told.is_chunked, f->is_chunked);
        assert_true(r.told.length == f->length);
    }
    reading_fini(&r);
}

static void a_body_has_one_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_N(framings); i++) {
        check_framing(&framings[i], "POST / HTTP/1.1", true);
        check_framing(&framings[i], "HTTP/1.1 200 OK", false);
    }
}

/* RFC 9112, 6.1: an old client cannot have meant it. */
static void an_old_request_has_no_chunks(void **state)
{
    struct reading r;

    (void)state;
    request(&r, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_int_equal(r.head, HTTP_PARSED_WRONG);
    reading_fini(&r);
    answer(&r, "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_int_equal(r.head, HTTP_PARSED_HEAD);
    assert_true(r.told.is_chunked);
    assert_false(r.told.may_keep);
    reading_fini(&r);
}

static void some_answers_have_no_body(void **state)
{
    static const char *const status[] = {"100", "103", "204", "304"};

    (void)state;
    for (size_t i = 0; i <= ARRAY_N(status); i++) {
        bool is_head = i == ARRAY_N(status);
        struct reading r;
        char text[128];

        (void)snprintf(text, sizeof text,
                       "HTTP/1.1 %s\r\nContent-Length: 3\r\n\r\nHTTP/1.1",
                       is_head ? "200" : status[i]);
        answer(&r, text);
        assert_int_equal(r.head, HTTP_PARSED_HEAD);
        if (is_head) {
            http_parse_is_bare(r.parse);
        }
        read_body(&r, str_from_cz(text), SIZE_MAX);
        assert_true(http_parse_is_over(r.parse));
        assert_int_equal(r.body.n, 0);
        assert_int_equal(r.n_taken, r.told.head_n);
        reading_fini(&r);
    }
}

static void a_body_may_end_with_the_connection(void **state)
{
    static const struct {
        const char *text;
        bool ends;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\n\r\nto its end", true},
        {"HTTP/1.1 200 OK\r\n\r\n", true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na", false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct reading r;

        answer(&r, cases[i].text);
        assert_int_equal(r.head, HTTP_PARSED_HEAD);
        assert_false(cases[i].ends && r.told.may_keep);
        read_body(&r, str_from_cz(cases[i].text), 3);
        assert_false(http_parse_is_over(r.parse));
        assert_int_equal(http_parse_ends(r.parse), cases[i].ends);
        reading_fini(&r);
    }
}

static void the_connection_is_kept_as_the_head_has_it(void **state)
{
    static const struct {
        const char *text;
        bool may_keep;
    } cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nConnection: x, Close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nConnection: x\r\nconnection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nConnection: closed\r\n\r\n", true},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\n"
         "Upgrade: h2c\r\n\r\n",
         true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct reading r;

        request(&r, cases[i].text);
        assert_int_equal(r.head, HTTP_PARSED_HEAD);
        assert_int_equal(r.told.may_keep, cases[i].may_keep);
        reading_fini(&r);
    }
}

/* An offer to speak another protocol is not taken up: the body is one, and
 * what follows is a request. */
static void an_offered_upgrade_is_passed_over(void **state)
{
    const struct str text =
        STR("POST / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\nGET");
    struct reading r;

    (void)state;
    read_head(&r, HTTP_PARSE_REQUEST, text, SIZE_MAX);
    read_body(&r, text, SIZE_MAX);
    assert_rc(r.rc, RC_OK);
    assert_true(http_parse_is_over(r.parse));
    assert_str(buf_view(&r.body), "ab");
    assert_int_equal(r.n_taken, text.n - 3);
    reading_fini(&r);
}

/* ---- chunks ---- */

#define CHUNKED "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"

static void unchunk(struct reading *r, struct str body, size_t step)
{
    char text[READ_MAX];
    size_t n = strlen(CHUNKED);

    memcpy(text, CHUNKED, n);
    assert_true(n + body.n <= sizeof text);
    memcpy(text + n, body.p, body.n);
    read_head(r, HTTP_PARSE_REQUEST, (struct str){text, n + body.n}, SIZE_MAX);
    assert_int_equal(r->head, HTTP_PARSED_HEAD);
    read_body(r, (struct str){text, n + body.n}, step);
}

static void chunks_may_be_split_anywhere(void **state)
{
    const struct str body =
        STR("3\r\nabc\r\n0A;x=\"1\"\r\n0123456789\r\n1;y\r\nd\r\n0\r\nT: 1\r\n"
            "U: 2\r\n\r\nGET /");

    (void)state;
    for (size_t step = 1; step <= body.n; step++) {
        struct reading r;

        unchunk(&r, body, step);
        assert_rc(r.rc, RC_OK);
        assert_str(buf_view(&r.body), "abc0123456789d");
        assert_true(http_parse_is_over(r.parse));
        assert_int_equal(r.n_taken, strlen(CHUNKED) + body.n - 5);
        /* What a trailer says is no part of the head. */
        http_parse_tell(r.parse, r.copy, &r.told, &r.fields);
        assert_int_equal(r.fields.n, 1);
        reading_fini(&r);
    }
}

static void what_are_no_chunks_is_refused(void **state)
{
    static const char *const wrong[] = {
        "\r\n",
        "x\r\n",
        "3\r\nabcd\r\n",
        "-1\r\n",
        "+1\r\n",
        "0x1\r\n",
        " 1\r\n",
        "1 \r\na\r\n",
        ";a\r\n",
        "11111111111111111\r\n",
        "1\na\r\n0\r\n\r\n",
        "1\r\na\n0\r\n\r\n",
        "1\r\na0\r\n\r\n",
        "1\rXa\r\n",
        "1\r\na\rX",
        "1;a\nb\r\na\r\n",
        "1;a=\"\n\"\r\na\r\n",
        "1;\r\na\r\n",
        "0\r\n\n",
        "0\r\nT: 1\n\r\n",
        "0\r\nT : 1\r\n\r\n",
        "0\r\n\rX",
        "0\r\nContent-Length: x\r\n\r\n",
        "0\r\nTransfer-Encoding: chunked\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(wrong); i++) {
        for (size_t step = 1; step <= 100; step += 99) {
            struct reading r;

            unchunk(&r, str_from_cz(wrong[i]), step);
            if (r.rc != RC_PARSE) {
                print_error("%s\n", wrong[i]);
            }
            assert_rc(r.rc, RC_PARSE);
            reading_fini(&r);
        }
    }
}

static void chunks_have_a_limit(void **state)
{
    struct reading r;

    (void)state;
    unchunk(&r, STR("3e8\r\n"), SIZE_MAX);
    assert_rc(r.rc, RC_OK);
    reading_fini(&r);
    unchunk(&r, STR("3e9\r\n"), SIZE_MAX);
    assert_rc(r.rc, RC_LIMIT);
    reading_fini(&r);
    unchunk(&r, STR("1\r\na\r\n3e8\r\n"), SIZE_MAX);
    assert_rc(r.rc, RC_LIMIT);
    reading_fini(&r);
    unchunk(&r, STR("1\r\na\r\nffffffffffffffff\r\n"), 1);
    assert_rc(r.rc, RC_LIMIT);
    reading_fini(&r);
}

/* `begin`, as many x as make `n` bytes of it and them, and `end`. */
static enum rc pass_over(const char *begin, size_t n, const char *end,
                         size_t step)
{
    struct reading r;
    struct buf b;

    buf_init(&b, SIZE_MAX);
    buf_cz(&b, begin);
    while (b.n < n) {
        buf_char(&b, 'x');
    }
    buf_cz(&b, end);
    unchunk(&r, buf_view(&b), step);
    enum rc rc = r.rc;
    reading_fini(&r);
    buf_fini(&b);
    return rc;
}

static void lines_between_chunks_have_an_end(void **state)
{
    static const size_t steps[] = {1, 1000, SIZE_MAX};
    const size_t n = LIMIT_HTTP_LINE_BYTES;

    (void)state;
    for (size_t i = 0; i < ARRAY_N(steps); i++) {
        assert_rc(pass_over("1;", n, "", steps[i]), RC_OK);
        assert_rc(pass_over("1;", n + 1, "", steps[i]), RC_PARSE);
        assert_rc(pass_over("1;", n - 2, "\r\na", steps[i]), RC_OK);
        assert_rc(pass_over("1;", n - 1, "\r\na", steps[i]), RC_PARSE);
        assert_rc(pass_over("1\r\na\r\n1;", n + 2, "\r\na", steps[i]), RC_OK);
        assert_rc(pass_over("1\r\na\r\n1;", n + 3, "\r\na", steps[i]),
                  RC_PARSE);
    }
}

static void a_trailer_has_an_end(void **state)
{
    const size_t n = LIMIT_HTTP_HEADERS_BYTES;

    (void)state;
    assert_rc(pass_over("0\r\nT: ", n - 4, "\r\n\r\n", 1000), RC_OK);
    assert_rc(pass_over("0\r\nT: ", n - 3, "\r\n\r\n", 1000), RC_PARSE);
    assert_rc(pass_over("0\r\nT: ", n - 3, "\r\n\r\n", SIZE_MAX), RC_PARSE);
}

static void a_piece_may_be_refused(void **state)
{
    struct reading r;
    size_t n = 0;

    (void)state;
    request(&r, CHUNKED);
    assert_rc(http_parse_body(r.parse, STR("1\r\na"), refuse, NULL, &n),
              RC_DENIED);
    reading_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_is_read_wherever_it_is_split),
        cmocka_unit_test(what_two_could_read_differently_is_refused),
        cmocka_unit_test(a_value_holds_no_nul),
        cmocka_unit_test(methods_and_versions_are_told_apart),
        cmocka_unit_test(folded_lines_of_an_answer_are_joined),
        cmocka_unit_test(status_lines_are_read_strictly),
        cmocka_unit_test(a_body_has_one_end),
        cmocka_unit_test(an_old_request_has_no_chunks),
        cmocka_unit_test(some_answers_have_no_body),
        cmocka_unit_test(a_body_may_end_with_the_connection),
        cmocka_unit_test(the_connection_is_kept_as_the_head_has_it),
        cmocka_unit_test(an_offered_upgrade_is_passed_over),
        cmocka_unit_test(chunks_may_be_split_anywhere),
        cmocka_unit_test(what_are_no_chunks_is_refused),
        cmocka_unit_test(chunks_have_a_limit),
        cmocka_unit_test(lines_between_chunks_have_an_end),
        cmocka_unit_test(a_trailer_has_an_end),
        cmocka_unit_test(a_piece_may_be_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
