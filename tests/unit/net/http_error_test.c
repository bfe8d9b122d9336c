#include "test.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/json.h"
#include "net/http_error.h"
#include "net/http_server.h"
#include "wire.h"

static void every_code_has_its_status(void **state)
{
    static const int want[] = {
        [RC_OK] = 200,          [RC_INVALID] = 422,     [RC_PARSE] = 400,
        [RC_RANGE] = 422,       [RC_LIMIT] = 413,       [RC_NOT_FOUND] = 404,
        [RC_EXISTS] = 409,      [RC_BUSY] = 429,        [RC_DENIED] = 403,
        [RC_UNSUPPORTED] = 501, [RC_IO] = 503,          [RC_FULL] = 503,
        [RC_CORRUPT] = 500,     [RC_UNAVAILABLE] = 503, [RC_TIMEOUT] = 504,
        [RC_END] = 500,
    };

    (void)state;
    assert_int_equal(ARRAY_N(want), RC__COUNT);
    for (unsigned rc = 0; rc < RC__COUNT; rc++) {
        assert_int_equal(http_status_of((enum rc)rc), want[rc]);
    }
    assert_int_equal(http_status_of(RC__COUNT), 500);
}

static void the_body_is_one_object(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    http_error_body(&b, STR("invalid"), STR("a \"b\"\n\xc3\xa9"), STR("try c"));
    assert_str(buf_view(&b),
               "{\"error\":{\"code\":\"invalid\",\"message\":\"a \\\"b\\\"\\n"
               "\xc3\xa9\",\"hint\":\"try c\"}}\n");
    buf_clear(&b);
    http_error_body(&b, STR("busy"), STR(""), STR_EMPTY);
    assert_str(buf_view(&b),
               "{\"error\":{\"code\":\"busy\",\"message\":\"\"}}\n");
    buf_fini(&b);
}

/* The path is the status. */
static void answer_error(void *arg, struct http_call *call,
                         const struct http_request *req)
{
    uint64_t status = 0;

    (void)arg;
    if (str_to_u64(str_sub(req->path, 1, SIZE_MAX), &status) == RC_OK) {
        http_answer_error(call, (int)status, STR("c"), STR("m"), STR("h"));
    }
}

static void only_what_may_pass_says_when_to_return(void **state)
{
    static const struct {
        const char *request;
        int status;
        bool has_retry;
    } cases[] = {
        {"GET /429 HTTP/1.1\r\n\r\n", 429, true},
        {"GET /503 HTTP/1.1\r\n\r\n", 503, true},
        {"GET /400 HTTP/1.1\r\n\r\n", 400, false},
        {"GET /500 HTTP/1.1\r\n\r\n", 500, false},
    };
    struct http_server *server = NULL;
    struct why why;
    struct wire w;

    (void)state;
    assert_ok(
        http_server_open(&(struct http_server_options){.address = "127.0.0.1",
                                                       .n_loops = 1,
                                                       .body_max = 100,
                                                       .handler = answer_error},
                         &server, &why),
        &why);
    wire_open(&w, http_server_port(server));
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct wire_reply r;

        wire_say(&w, cases[i].request);
        assert_true(wire_next(&w, false, &r));
        assert_int_equal(r.status, cases[i].status);
        assert_str(wire_header(&r, "Content-Type"), "application/json");
        assert_int_equal(wire_header(&r, "Retry-After").n > 0,
                         cases[i].has_retry);
        assert_str(r.body, "{\"error\":{\"code\":\"c\",\"message\":\"m\","
                           "\"hint\":\"h\"}}\n");
        wire_drop(&w, &r);
    }
    wire_close(&w);
    http_server_close(&server, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_status),
        cmocka_unit_test(the_body_is_one_object),
        cmocka_unit_test(only_what_may_pass_says_when_to_return),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
