#include "site.h"

#include <stdlib.h>

#include "net/http_client.h"

enum { PATIENT_MS = 60 * 1000 };

struct asked {
    struct http_client *client;
    char url[100];
    int status;
    struct buf body;
    struct why why;
};

static void ask_init(struct asked *a, uint16_t port, const char *path)
{
    *a = (struct asked){.client = http_client_new(PATIENT_MS), .status = -1};
    (void)snprintf(a->url, sizeof a->url, "http://127.0.0.1:%u%s", port, path);
    buf_init(&a->body, SIZE_MAX);
    buf_cz(&a->body, "<");
}

static void ask_fini(struct asked *a)
{
    buf_fini(&a->body);
    http_client_free(&a->client);
    assert_null(a->client);
}

static enum rc get(struct asked *a)
{
    return http_client_get(a->client, a->url, &a->status, &a->body, &a->why);
}

static enum rc post(struct asked *a, struct str bytes)
{
    return http_client_post(
        a->client, a->url,
        &(struct http_content){.type = "text/x", .bytes = bytes}, &a->status,
        &a->body, &a->why);
}

static void untouched(const struct asked *a)
{
    assert_int_equal(a->status, -1);
    assert_str(buf_view(&a->body), "<");
    assert_true(strstr(a->why.text, a->url) != NULL);
}

static void gets_the_whole_answer_whatever_its_status(void **state)
{
    struct site s;
    struct asked a;

    (void)state;
    site_open(&s);
    ask_init(&a, http_server_port(s.server), "/big");
    assert_ok(get(&a), &a.why);
    assert_int_equal(a.status, 200);
    assert_int_equal(a.body.n, 1 + SITE_BIG_BYTES); /* appended */
    assert_memory_equal(a.body.p + 1, s.big, SITE_BIG_BYTES);
    ask_fini(&a);
    ask_init(&a, http_server_port(s.server), "/same");
    assert_ok(get(&a), &a.why);
    assert_int_equal(a.status, 304);
    assert_str(buf_view(&a.body), "<");
    ask_fini(&a);
    site_close(&s);
}

static void posts_a_body_with_its_type(void **state)
{
    static const struct {
        struct str body;
        const char *end;
    } cases[] = {
        {STR_INIT("a\0b"), "bytes=3\na"},
        {STR_INIT(""), "bytes=0\n"},
    };
    struct site s;

    (void)state;
    site_open(&s);
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct asked a;

        ask_init(&a, http_server_port(s.server), "/p?q=1");
        assert_ok(post(&a, cases[i].body), &a.why);
        assert_int_equal(a.status, 200);
        assert_true(str_find(buf_view(&a.body),
                             STR("method=3\npath=/p\nquery=q=1\ntype=text/x\n"),
                             0) != SIZE_MAX);
        assert_true(str_find(buf_view(&a.body), str_from_cz(cases[i].end), 0) !=
                    SIZE_MAX);
        ask_fini(&a);
    }
    site_close(&s);
}

/* One that waits for "100 Continue" would wait a second for each. */
static void posts_a_large_body_at_once(void **state)
{
    struct site s;
    struct asked a;

    (void)state;
    site_open(&s);
    ask_init(&a, http_server_port(s.server), "/");
    assert_ok(post(&a, (struct str){s.big, SITE_BODY_MAX}), &a.why);
    assert_int_equal(a.status, 200);
    buf_clear(&a.body);
    assert_ok(post(&a, (struct str){s.big, SITE_BODY_MAX + 1}), &a.why);
    assert_int_equal(a.status, 413);
    ask_fini(&a);
    site_close(&s);
}

/* A server by hand: what it says is said to the first who calls, and the
 * second call must come over the same connection. */
struct stub {
    int fd;
    uint16_t port;
    struct thread thread;
    const char *says; /* to each request; NULL: nothing, until the end */
    bool hangs_up;    /* after the first */
    atomic_int n_connections;
    atomic_int n_requests;
};

static void serve_connection(struct stub *stub, struct wire *w)
{
    while (wire_more(w)) {
        if (str_find(buf_view(&w->in), STR("\r\n\r\n"), 0) == SIZE_MAX) {
            continue;
        }
        buf_clear(&w->in);
        atomic_fetch_add(&stub->n_requests, 1);
        if (stub->says != NULL) {
            (void)wire_send(w, str_from_cz(stub->says));
        }
        if (stub->hangs_up) {
            return;
        }
    }
}

static void *serve_by_hand(void *arg)
{
    struct stub *stub = arg;
    struct wire w;

    while ((w.fd = accept(stub->fd, NULL, NULL)) >= 0) {
        buf_init(&w.in, SIZE_MAX);
        atomic_fetch_add(&stub->n_connections, 1);
        serve_connection(stub, &w);
        (void)close(w.fd);
        buf_fini(&w.in);
    }
    return NULL;
}

static void stub_open(struct stub *stub)
{
    struct sockaddr_in at = wire_address(0);
    socklen_t n = sizeof at;
    struct why why;

    stub->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(stub->fd, (struct sockaddr *)&at, n), 0);
    assert_int_equal(listen(stub->fd, 5), 0);
    assert_int_equal(getsockname(stub->fd, (struct sockaddr *)&at, &n), 0);
    stub->port = ntohs(at.sin_port);
    assert_ok(thread_start(&stub->thread, "stub", serve_by_hand, stub, &why),
              &why);
}

static void stub_close(struct stub *stub)
{
    assert_int_equal(shutdown(stub->fd, SHUT_RDWR), 0); /* ends accept */
    thread_join(&stub->thread);
    assert_int_equal(close(stub->fd), 0);
}

static void keeps_its_connection(void **state)
{
    struct stub stub = {
        .says = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    };
    struct asked a;

    (void)state;
    stub_open(&stub);
    ask_init(&a, stub.port, "/");
    for (int i = 0; i < 3; i++) {
        buf_clear(&a.body);
        assert_ok(get(&a), &a.why);
        assert_str(buf_view(&a.body), "ok");
    }
    ask_fini(&a);
    stub_close(&stub);
    assert_int_equal(atomic_load(&stub.n_requests), 3);
    assert_int_equal(atomic_load(&stub.n_connections), 1);
}

static void knows_of_no_proxy(void **state)
{
    struct site s;
    struct asked a;

    (void)state;
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    assert_int_equal(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
    site_open(&s);
    ask_init(&a, http_server_port(s.server), "/");
    assert_ok(get(&a), &a.why);
    assert_int_equal(a.status, 200);
    ask_fini(&a);
    site_close(&s);
    assert_int_equal(unsetenv("http_proxy"), 0);
    assert_int_equal(unsetenv("ALL_PROXY"), 0);
}

static void tells_that_nobody_answers(void **state)
{
    struct stub stub = {.says = NULL};
    struct asked a;

    (void)state;
    stub_open(&stub);
    stub_close(&stub);
    ask_init(&a, stub.port, "/");
    assert_rc(get(&a), RC_UNAVAILABLE);
    untouched(&a);
    ask_fini(&a);
}

static void tells_a_timeout(void **state)
{
    struct stub stub = {.says = NULL};
    struct asked a;

    (void)state;
    stub_open(&stub);
    ask_init(&a, stub.port, "/");
    http_client_free(&a.client);
    a.client = http_client_new(50);
    assert_rc(get(&a), RC_TIMEOUT);
    untouched(&a);
    ask_fini(&a);
    stub_close(&stub);
}

static void tells_an_answer_over_the_limit(void **state)
{
    struct site s;
    struct asked a;

    (void)state;
    site_open(&s);
    ask_init(&a, http_server_port(s.server), "/big");
    buf_fini(&a.body);
    buf_init(&a.body, SITE_BIG_BYTES); /* one less than is needed */
    buf_cz(&a.body, "<");
    assert_rc(get(&a), RC_LIMIT);
    untouched(&a);
    assert_true(strstr(a.why.text, "over 16777216 bytes") != NULL);
    ask_fini(&a);
    site_close(&s);
}

static void tells_an_answer_cut_short(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "",
        "no HTTP at all\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(answers); i++) {
        struct stub stub = {.says = answers[i], .hangs_up = true};
        struct asked a;

        stub_open(&stub);
        ask_init(&a, stub.port, "/");
        assert_rc(get(&a), RC_IO);
        untouched(&a);
        ask_fini(&a);
        stub_close(&stub);
    }
}

static void takes_no_other_scheme(void **state)
{
    static const char *const urls[] = {"file:///etc/passwd", "ftp://127.0.0.1/",
                                       "http://[::1", "http://127.0.0.1:x/"};
    struct asked a;

    (void)state;
    for (size_t i = 0; i < ARRAY_N(urls); i++) {
        ask_init(&a, 0, "");
        (void)snprintf(a.url, sizeof a.url, "%s", urls[i]);
        assert_rc(get(&a), RC_IO);
        untouched(&a);
        ask_fini(&a);
    }
    http_client_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gets_the_whole_answer_whatever_its_status),
        cmocka_unit_test(posts_a_body_with_its_type),
        cmocka_unit_test(posts_a_large_body_at_once),
        cmocka_unit_test(keeps_its_connection),
        cmocka_unit_test(knows_of_no_proxy),
        cmocka_unit_test(tells_that_nobody_answers),
        cmocka_unit_test(tells_a_timeout),
        cmocka_unit_test(tells_an_answer_over_the_limit),
        cmocka_unit_test(tells_an_answer_cut_short),
        cmocka_unit_test(takes_no_other_scheme),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
