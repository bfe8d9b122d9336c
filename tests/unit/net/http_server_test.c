#include "site.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/arena.h"

/* ---- answers ---- */

static void tells_the_handler_what_was_asked(void **state)
{
    struct site s;
    struct wire w;
    struct wire_reply r;

    (void)state;
    site_open(&s);
    site_join(&s, &w);
    wire_say(&w, "POST /a%20b/c?x=1&y=%2F?z HTTP/1.1\r\nHost: h\r\n"
                 "content-type: text/x\r\nContent-Encoding: gzip\r\n"
                 "Accept-Encoding: br, gzip\r\nIf-None-Match: \"e\"\r\n"
                 "X-Cookie:  c d \r\nContent-Length: 5\r\n\r\nhello");
    assert_true(wire_next(&w, false, &r));
    assert_int_equal(r.status, 200);
    assert_str(wire_header(&r, "Content-Type"), "text/plain");
    assert_str(r.body, "method=3\npath=/a%20b/c\nquery=x=1&y=%2F?z\n"
                       "type=text/x\nencoding=gzip\naccept=br, gzip\n"
                       "match=\"e\"\npeer=127.0.0.1\ncookie=c d\n"
                       "bytes=5\nhello");
    wire_close(&w);
    site_close(&s);
}

static void tells_what_is_absent_as_empty(void **state)
{
    struct site s;
    struct wire w;
    struct wire_reply r;

    (void)state;
    site_open(&s);
    site_join(&s, &w);
    wire_say(&w, "GET / HTTP/1.0\r\n\r\n");
    assert_true(wire_next(&w, false, &r));
    assert_str(r.body, "method=1\npath=/\nquery=\ntype=\nencoding=\naccept=\n"
                       "match=\npeer=127.0.0.1\ncookie=\nbytes=0\n");
    wire_drop(&w, &r);
    assert_false(wire_next(&w, false, &r)); /* HTTP/1.0 closes */
    wire_close(&w);
    site_close(&s);
}

static void takes_a_target_with_a_host(void **state)
{
    static const struct {
        const char *target;
        const char *shown;
    } cases[] = {
        {"http://host:8655/p/q?a=b", "path=/p/q\nquery=a=b\n"},
        {"http://host", "path=/\nquery=\n"},
        {"/p?u=http://x/y", "path=/p\nquery=u=http://x/y\n"},
        {"/p?", "path=/p\nquery=\n"},
        {"//p", "path=//p\nquery=\n"},
    };
    struct site s;

    (void)state;
    site_open(&s);
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct wire w;
        struct wire_reply r;
        char text[200];

        site_join(&s, &w);
        (void)snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n\r\n",
                       cases[i].target);
        wire_say(&w, text);
        assert_true(wire_next(&w, false, &r));
        assert_int_equal(r.status, 200);
        assert_has(r.body, cases[i].shown);
        wire_close(&w);
    }
    site_close(&s);
}

static void answers_later_from_another_thread(void **state)
{
    enum { N = 40 };
    struct site s;
    struct wire w[N];

    (void)state;
    site_open_loops(&s, 2);
    for (int i = 0; i < N; i++) {
        site_join(&s, &w[i]);
        wire_say(&w[i], "GET /hold HTTP/1.1\r\n\r\n");
    }
    site_answer_later(&s);
    for (int i = N - 1; i >= 0; i--) {
        struct wire_reply r;

        assert_true(wire_next(&w[i], false, &r));
        assert_int_equal(r.status, 200);
        assert_str(r.body, "later");
        wire_close(&w[i]);
    }
    site_close(&s);
}

static void a_connection_serves_again(void **state)
{
    struct site s;
    struct wire w;
    struct wire_reply r;

    (void)state;
    site_open(&s);
    site_join(&s, &w);
    for (int i = 0; i < 5; i++) {
        wire_say(&w, "POST /x HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc");
        assert_true(wire_next(&w, false, &r));
        assert_has(r.body, "bytes=3\nabc");
        wire_drop(&w, &r);
    }
    wire_say(&w, "GET /x HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert_true(wire_next(&w, false, &r));
    wire_drop(&w, &r);
    assert_false(wire_next(&w, false, &r));
    wire_close(&w);
    site_close(&s);
}

static void requests_in_a_row_are_answered_in_their_order(void **state)
{
    struct site s;
    struct wire w;
    struct wire_reply r;

    (void)state;
    site_open(&s);
    site_join(&s, &w);
    wire_say(&w, "GET /hold HTTP/1.1\r\n\r\n"
                 "POST /two HTTP/1.1\r\nContent-Length: 2\r\n\r\nab"
                 "GET /three HTTP/1.1\r\n\r\n");
    struct http_call *first = site_held(&s);
    assert_int_equal(atomic_load(&s.n_calls), 1);
    site_text(first, 201, STR("one"));
    assert_true(wire_next(&w, false, &r));
    assert_int_equal(r.status, 201);
    assert_str(r.body, "one");
    wire_drop(&w, &r);
    assert_true(wire_next(&w, false, &r));
    assert_has(r.body, "path=/two\n");
    assert_has(r.body, "bytes=2\nab");
    wire_drop(&w, &r);
    assert_true(wire_next(&w, false, &r));
    assert_has(r.body, "path=/three\n");
    wire_close(&w);
    site_close(&s);
}

/* An answer without a body must not leave one on the wire: the next answer
 * would begin with it. */
static void bare_answers_keep_the_connection_in_step(void **state)
{
    static const struct {
        const char *request;
        int status;
        const char *length;
    } cases[] = {
        {"HEAD /big HTTP/1.1\r\n\r\n", 200, "16777216"},
        {"HEAD /bare HTTP/1.1\r\n\r\n", 200, "0"},
        {"GET /none HTTP/1.1\r\n\r\n", 204, ""},
        {"GET /same HTTP/1.1\r\n\r\n", 304, ""},
        {"HEAD /same HTTP/1.1\r\n\r\n", 304, "14"},
        {"GET /bare HTTP/1.1\r\n\r\n", 200, "0"},
    };
    struct site s;
    struct wire w;
    struct wire_reply r;

    (void)state;
    site_open(&s);
    site_join(&s, &w);
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        wire_say(&w, cases[i].request);
        assert_true(wire_next(&w, true, &r));
        assert_int_equal(r.status, cases[i].status);
        assert_true(str_eq(wire_header(&r, "Content-Length"),
                           str_from_cz(cases[i].length)));
        wire_drop(&w, &r);
        assert_int_equal(w.in.n, 0);
    }
    wire_say(&w, "GET /x HTTP/1.1\r\n\r\n");
    assert_true(wire_next(&w, false, &r));
    assert_has(r.body, "path=/x\n");
    wire_close(&w);
    site_close(&s);
}

static void header_values_write_no_headers(void **state)
{
    struct site s;
    struct wire w;
    struct wire_reply r;

    (void)state;
    site_open(&s);
    site_join(&s, &w);
    wire_say(&w, "GET /inject HTTP/1.1\r\n\r\n");
    assert_true(wire_next(&w, false, &r));
    assert_null(wire_header(&r, "X-Evil").p);
    assert_str(wire_header(&r, "X-One"), "a  X-Evil: 1");
    assert_str(wire_header(&r, "X-Two"), "b  X-Evil: 2");
    assert_str(wire_header(&r, "X-Three"), "c X-Evil: 3");
    assert_str(wire_header(&r, "Content-Type"), "text/plain  X-Evil: 4");
    wire_close(&w);
    site_close(&s);
}

/* ---- clients that leave ---- */

static void the_client_may_leave_before_the_answer(void **state)
{
    enum { N = 50 };
    struct site s;

    (void)state;
    site_open_loops(&s, 2);
    for (int i = 0; i < N; i++) {
        struct wire w;

        site_join(&s, &w);
        wire_say(&w, "POST /hold HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc");
        struct http_call *call = site_held(&s);
        if (i % 2 == 0) {
            wire_reset(&w);
        } else {
            wire_close(&w);
        }
        site_text(call, 200, (struct str){s.big, 1000});
    }
    site_is_well(&s);
    site_close(&s);
}

static void the_client_may_leave_within_the_answer(void **state)
{
    enum { N = 4 };
    struct site s;

    (void)state;
    site_open(&s);
    for (int i = 0; i < N; i++) {
        struct wire w;

        site_join(&s, &w);
        wire_say(&w, "GET /big HTTP/1.1\r\n\r\n");
        assert_true(wire_more(&w));
        if (i % 2 == 0) {
            wire_reset(&w);
        } else {
            wire_close(&w);
        }
    }
    site_is_well(&s);
    site_close(&s);
}

/* `printf ... | nc` says so: it has no more to send, and waits. */
static void a_client_that_sends_no_more_is_answered(void **state)
{
    static const char *const requests[] = {
        "GET /x HTTP/1.1\r\n\r\n",
        "GET /hold HTTP/1.1\r\n\r\n",
        "GET /big HTTP/1.1\r\n\r\n",
        "GET /hold HTTP/1.0\r\n\r\n",
    };
    struct site s;

    (void)state;
    site_open(&s);
    site_answer_later(&s);
    for (size_t i = 0; i < ARRAY_N(requests); i++) {
        struct wire w;
        struct wire_reply r;

        site_join(&s, &w);
        wire_say(&w, requests[i]);
        assert_int_equal(shutdown(w.fd, SHUT_WR), 0);
        assert_true(wire_next(&w, false, &r));
        assert_int_equal(r.status, 200);
        wire_drop(&w, &r);
        assert_false(wire_next(&w, false, &r));
        wire_close(&w);
    }
    site_close(&s);
}

/* Both ends of a connection are this process's: the clients have theirs
 * before the server runs out. */
static void waits_when_no_descriptor_is_left(void **state)
{
    enum { N = 8, LEFT = 2 };
    struct site s;
    struct wire w[N];
    struct rlimit before;

    (void)state;
    site_open(&s);
    for (int i = 0; i < N; i++) {
        wire_init(&w[i]);
    }
    int next = dup(STDERR_FILENO);
    assert_true(next >= 0);
    assert_int_equal(close(next), 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit few = {.rlim_cur = (rlim_t)next + LEFT,
                         .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    for (int i = 0; i < N; i++) {
        wire_join(&w[i], http_server_port(s.server));
        wire_say(&w[i], "GET /x HTTP/1.1\r\n\r\n");
    }
    for (int i = 0; i < N; i++) {
        struct wire_reply r;

        assert_true(wire_next(&w[i], false, &r));
        assert_int_equal(r.status, 200);
        /* Closing the client's end would free a descriptor of its own. */
        assert_int_equal(shutdown(w[i].fd, SHUT_WR), 0);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    for (int i = 0; i < N; i++) {
        wire_close(&w[i]);
    }
    site_close(&s);
}

/* ---- ports and loops ---- */

struct seen {
    struct mutex lock;
    pthread_t thread[2];
    int n;
};

static void note_thread(void *arg, struct http_call *call,
                        const struct http_request *req)
{
    struct seen *seen = arg;
    int i = 0;

    (void)req;
    mutex_lock(&seen->lock);
    while (i < seen->n && pthread_equal(seen->thread[i], pthread_self()) == 0) {
        i++;
    }
    if (i == seen->n) {
        CHECK(seen->n < 2);
        seen->thread[seen->n++] = pthread_self();
    }
    mutex_unlock(&seen->lock);
    site_text(call, 200, STR("here"));
}

/* The kernel spreads connections by a hash of their ports: that 64 of them
 * all meet one of two loops happens once in 2^63 runs. */
static void loops_share_the_port(void **state)
{
    struct seen seen = {.n = 0};
    struct http_server *server = NULL;
    struct why why;

    (void)state;
    mutex_init(&seen.lock);
    assert_ok(http_server_open(
                  &(struct http_server_options){
                      .address = "127.0.0.1",
                      .n_loops = 2,
                      .body_max = 100,
                      .handler = note_thread,
                      .arg = &seen,
                  },
                  &server, &why),
              &why);
    for (int i = 0; i < 64; i++) {
        struct wire w;
        struct wire_reply r;

        wire_open(&w, http_server_port(server));
        wire_say(&w, "GET / HTTP/1.1\r\n\r\n");
        assert_true(wire_next(&w, false, &r));
        wire_close(&w);
    }
    http_server_close(&server, 0);
    assert_int_equal(seen.n, 2);
    mutex_fini(&seen.lock);
}

static enum rc open_at(const char *address, uint16_t port, struct why *why)
{
    struct http_server *server = NULL;
    enum rc rc =
        http_server_open(&(struct http_server_options){.address = address,
                                                       .port = port,
                                                       .body_max = 100,
                                                       .handler = note_thread},
                         &server, why);

    if (rc != RC_OK) {
        assert_null(server);
    }
    http_server_close(&server, 0);
    return rc;
}

static void a_taken_port_is_told(void **state)
{
    struct site s;
    struct why why;
    char port[8];

    (void)state;
    site_open(&s);
    (void)snprintf(port, sizeof port, "%u", http_server_port(s.server));
    assert_rc(open_at("127.0.0.1", http_server_port(s.server), &why), RC_BUSY);
    assert_has(str_from_cz(why.text), port);
    site_is_well(&s);
    uint16_t freed = http_server_port(s.server);
    site_close(&s);
    assert_ok(open_at("127.0.0.1", freed, &why), &why);
}

static void an_address_must_be_one_of_this_machine(void **state)
{
    struct why why;

    (void)state;
    assert_rc(open_at("localhost", 0, &why), RC_INVALID);
    assert_has(str_from_cz(why.text), "'localhost'");
    assert_rc(open_at("127.0.0.1:80", 0, &why), RC_INVALID);
    assert_rc(open_at("", 0, &why), RC_INVALID);
    assert_rc(open_at("192.0.2.1", 0, &why), RC_IO);
    assert_has(str_from_cz(why.text), "192.0.2.1");
}

static void every_address_is_taken_at_0000(void **state)
{
    struct seen seen = {.n = 0};
    struct http_server *server = NULL;
    struct why why;
    struct wire w;
    struct wire_reply r;

    (void)state;
    mutex_init(&seen.lock);
    assert_ok(http_server_open(
                  &(struct http_server_options){
                      .address = "0.0.0.0",
                      .n_loops = 1,
                      .body_max = 100,
                      .handler = note_thread,
                      .arg = &seen,
                  },
                  &server, &why),
              &why);
    wire_open(&w, http_server_port(server));
    wire_say(&w, "GET / HTTP/1.1\r\n\r\n");
    assert_true(wire_next(&w, false, &r));
    wire_close(&w);
    http_server_close(&server, 0);
    mutex_fini(&seen.lock);
}

/* ---- the end ---- */

struct ending {
    struct site *site;
    int grace_ms;
    struct thread thread;
    atomic_bool is_over;
};

static void *end_server(void *arg)
{
    struct ending *e = arg;

    http_server_close(&e->site->server, e->grace_ms);
    atomic_store(&e->is_over, true);
    return NULL;
}

static void begin_to_end(struct ending *e)
{
    struct why why;

    assert_ok(thread_start(&e->thread, "ending", end_server, e, &why), &why);
}

static void no_server_is_closed_at_once(void **state)
{
    struct http_server *none = NULL;

    (void)state;
    http_server_close(NULL, 0);
    http_server_close(&none, 0);
    assert_null(none);
}

static void calls_under_way_are_answered_at_the_end(void **state)
{
    struct site s;
    struct ending e = {.site = &s, .grace_ms = 60 * 1000};
    struct wire w;
    struct wire_reply r;

    (void)state;
    site_open(&s);
    site_join(&s, &w);
    wire_say(&w, "GET /hold HTTP/1.1\r\n\r\n");
    struct http_call *call = site_held(&s);
    begin_to_end(&e);
    /* The port is given up before the call is answered. */
    struct wire late;
    uint16_t port = http_server_port(s.server);
    struct sockaddr_in to = wire_address(port);
    bool is_refused = false;
    while (!is_refused) {
        wire_init(&late);
        is_refused = connect(late.fd, (struct sockaddr *)&to, sizeof to) != 0;
        wire_close(&late);
    }
    assert_false(atomic_load(&e.is_over));
    site_text(call, 200, STR("just in time"));
    assert_true(wire_next(&w, false, &r));
    assert_str(r.body, "just in time");
    assert_str(wire_header(&r, "Connection"), "close");
    wire_drop(&w, &r);
    assert_false(wire_next(&w, false, &r));
    thread_join(&e.thread);
    wire_close(&w);
    site_close(&s);
}

/* An answer given is an answer sent: to the last byte, however slowly the
 * client reads. */
static void answers_under_way_are_sent_at_the_end(void **state)
{
    struct site s;
    struct ending e = {.site = &s, .grace_ms = 60 * 1000};
    struct wire w;
    struct wire_reply r;

    (void)state;
    site_open(&s);
    site_join(&s, &w);
    wire_say(&w, "GET /big HTTP/1.1\r\n\r\n");
    assert_true(wire_more(&w)); /* so it is being sent */
    begin_to_end(&e);
    assert_true(wire_next(&w, false, &r));
    assert_int_equal(r.body.n, SITE_BIG_BYTES);
    assert_memory_equal(r.body.p, s.big, SITE_BIG_BYTES);
    thread_join(&e.thread);
    wire_close(&w);
    site_close(&s);
}

static void after_the_grace_it_hangs_up(void **state)
{
    struct site s;
    struct ending e = {.site = &s, .grace_ms = 10};
    struct wire held;
    struct wire slow;
    struct wire idle;
    struct wire_reply r;

    (void)state;
    site_open_loops(&s, 2);
    site_join(&s, &idle);
    site_join(&s, &held);
    wire_say(&held, "GET /hold HTTP/1.1\r\n\r\n");
    struct http_call *call = site_held(&s);
    site_join(&s, &slow);
    wire_say(&slow, "GET /big HTTP/1.1\r\n\r\n");
    assert_true(wire_more(&slow));
    begin_to_end(&e);
    assert_false(wire_next(&held, false, &r));
    assert_false(wire_next(&idle, false, &r));
    assert_false(wire_next(&slow, false, &r)); /* cut short */
    /* Whoever holds the call still answers it, if only to nobody. */
    assert_false(atomic_load(&e.is_over));
    site_text(call, 200, STR("too late"));
    thread_join(&e.thread);
    assert_true(atomic_load(&e.is_over));
    wire_close(&held);
    wire_close(&slow);
    wire_close(&idle);
    site_close(&s);
}

struct caller {
    uint16_t port;
    struct thread thread;
    int n_answers;
};

/* Asks again and again on one connection after another until refused. */
static void *call_on_and_on(void *arg)
{
    struct caller *c = arg;
    struct sockaddr_in to = wire_address(c->port);
    struct wire w;

    wire_init(&w);
    while (connect(w.fd, (struct sockaddr *)&to, sizeof to) == 0) {
        struct wire_reply r;

        while (wire_send(&w, STR("GET /hold HTTP/1.1\r\n\r\n")) &&
               wire_next(&w, false, &r)) {
            c->n_answers++;
            wire_drop(&w, &r);
        }
        wire_close(&w);
        wire_init(&w);
    }
    wire_close(&w);
    return NULL;
}

static void ends_while_calls_rain(void **state)
{
    enum { N = 6, ROUNDS = 6 };

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct site s;
        struct caller caller[N] = {{.port = 0}};
        struct why why;

        site_open_loops(&s, 2);
        site_answer_later(&s);
        for (int i = 0; i < N; i++) {
            caller[i].port = http_server_port(s.server);
            assert_ok(thread_start(&caller[i].thread, "caller", call_on_and_on,
                                   &caller[i], &why),
                      &why);
        }
        while (atomic_load(&s.n_calls) < 100) {
            (void)usleep(100);
        }
        http_server_close(&s.server, round % 2 == 0 ? 0 : 1000);
        for (int i = 0; i < N; i++) {
            thread_join(&caller[i].thread);
        }
        site_close(&s);
    }
}

/* ---- percent-encoding ---- */

static void decode_is(const char *text, bool plus_is_space, struct str want)
{
    struct arena arena;
    struct str got = STR_EMPTY;

    arena_init(&arena, 1000);
    assert_rc(
        http_percent_decode(str_from_cz(text), plus_is_space, &arena, &got),
        RC_OK);
    assert_true(str_eq(got, want));
    arena_fini(&arena);
}

static void decodes_percent_escapes(void **state)
{
    (void)state;
    decode_is("", true, STR(""));
    decode_is("plain", true, STR("plain"));
    decode_is("%41", true, STR("A"));
    decode_is("a%2fb%2Fc", true, STR("a/b/c"));
    decode_is("%25%34%31", true, STR("%41")); /* once only */
    decode_is("a+b%2B", true, STR("a b+"));
    decode_is("a+b%2B", false, STR("a+b+"));
    decode_is("%00x", true, STR("\0x"));
    decode_is("%ff%C3%a9", true, STR("\xff\xc3\xa9"));
    decode_is("%3d%26", true, STR("=&"));
}

static void refuses_broken_escapes(void **state)
{
    static const char *const broken[] = {"%",   "%4",   "a%",     "%g0",
                                         "%0g", "%%41", "%-1",    "% 1",
                                         "%4+", "x%2",  "%u0041", "%0x"};
    struct arena arena;
    struct str got = STR("before");

    (void)state;
    arena_init(&arena, 1000);
    for (size_t i = 0; i < ARRAY_N(broken); i++) {
        assert_rc(
            http_percent_decode(str_from_cz(broken[i]), true, &arena, &got),
            RC_PARSE);
        assert_str(got, "before");
    }
    arena_fini(&arena);
    arena_init(&arena, 4);
    assert_rc(
        http_percent_decode(STR("longer than the arena"), true, &arena, &got),
        RC_LIMIT);
    assert_str(got, "before");
    arena_fini(&arena);
}

/* A slice ends where it ends, whatever stands behind it. */
static void reads_no_byte_behind_the_slice(void **state)
{
    struct arena arena;
    struct str got = STR_EMPTY;

    (void)state;
    arena_init(&arena, 1000);
    assert_rc(
        http_percent_decode(str_sub(STR("a%41"), 0, 3), true, &arena, &got),
        RC_PARSE);
    assert_rc(
        http_percent_decode(str_sub(STR("a%41"), 0, 2), true, &arena, &got),
        RC_PARSE);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_the_handler_what_was_asked),
        cmocka_unit_test(tells_what_is_absent_as_empty),
        cmocka_unit_test(takes_a_target_with_a_host),
        cmocka_unit_test(answers_later_from_another_thread),
        cmocka_unit_test(a_connection_serves_again),
        cmocka_unit_test(requests_in_a_row_are_answered_in_their_order),
        cmocka_unit_test(bare_answers_keep_the_connection_in_step),
        cmocka_unit_test(header_values_write_no_headers),
        cmocka_unit_test(the_client_may_leave_before_the_answer),
        cmocka_unit_test(the_client_may_leave_within_the_answer),
        cmocka_unit_test(a_client_that_sends_no_more_is_answered),
        cmocka_unit_test(waits_when_no_descriptor_is_left),
        cmocka_unit_test(loops_share_the_port),
        cmocka_unit_test(a_taken_port_is_told),
        cmocka_unit_test(an_address_must_be_one_of_this_machine),
        cmocka_unit_test(every_address_is_taken_at_0000),
        cmocka_unit_test(no_server_is_closed_at_once),
        cmocka_unit_test(calls_under_way_are_answered_at_the_end),
        cmocka_unit_test(answers_under_way_are_sent_at_the_end),
        cmocka_unit_test(after_the_grace_it_hangs_up),
        cmocka_unit_test(ends_while_calls_rain),
        cmocka_unit_test(decodes_percent_escapes),
        cmocka_unit_test(refuses_broken_escapes),
        cmocka_unit_test(reads_no_byte_behind_the_slice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
