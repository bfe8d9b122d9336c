/* The asynchronous client against servers that say exactly what a test has
 * them say. */
#include "wire.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/thread.h"
#include "net/http_upstream.h"
#include "net/loop.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>

/* Exchanges to a number are carried by connections of our own, those to a
 * name by libcurl: every test is made with both. */
static const char *const hosts[] = {"127.0.0.1", "localhost"};

/* A client on a loop of its own, and a socket to be reached at. */
struct rig {
    struct loop *loop;
    struct http_upstream *up;
    struct thread thread;
    int door;
    char url[64];
    struct http_origin origin;
};

/* One exchange, as its watcher saw it. */
struct seen {
    struct rig *rig;
    struct http_ask ask;
    struct http_exchange *x;
    struct buf body; /* of the request */
    int status;
    struct buf reason;
    struct buf fields; /* "name=value\n" */
    struct buf text;
    size_t stop_at; /* pieces are refused from here on; 0: never */
    size_t pause_at;
    atomic_int n_pieces;
    atomic_int ended;
    enum rc rc;
    struct why why;
    bool is_sent;
    bool is_begun;
};

static void *run(void *arg)
{
    struct rig *rig = arg;

    loop_run(rig->loop);
    return NULL;
}

static void rig_open(struct rig *rig, void **state)
{
    struct why why;
    struct sockaddr_in at = wire_address(0);
    socklen_t n = sizeof at;

    *rig = (struct rig){.door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_int_equal(bind(rig->door, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(rig->door, 16), 0);
    assert_int_equal(getsockname(rig->door, (struct sockaddr *)&at, &n), 0);
    (void)snprintf(rig->url, sizeof rig->url, "http://%s:%u",
                   (const char *)*state, ntohs(at.sin_port));
    rig->origin = (struct http_origin){
        .url = rig->url, .connect_ms = 5000, .idle_ms = 60000};
    assert_ok(loop_new(&rig->loop, &why), &why);
    rig->up = http_upstream_new(rig->loop);
    assert_ok(thread_start(&rig->thread, "loop", run, rig, &why), &why);
}

static void close_up(void *arg)
{
    struct rig *rig = arg;

    http_upstream_free(&rig->up);
}

static void rig_close(struct rig *rig)
{
    loop_post(rig->loop, close_up, rig);
    loop_stop(rig->loop);
    thread_join(&rig->thread);
    loop_free(&rig->loop);
    (void)close(rig->door);
}

static void on_head(void *arg, const struct http_answer_head *head)
{
    struct seen *s = arg;

    s->status = head->status;
    buf_str(&s->reason, head->reason);
    for (size_t i = 0; i < head->n_fields; i++) {
        struct str value = head->field[i].value;

        buf_str(&s->fields, head->field[i].name);
        buf_char(&s->fields, '=');
        for (size_t k = 0; k < value.n; k++) {
            if (value.p[k] != ' ' || value.p[k + 1] != ' ') { /* of a fold */
                buf_char(&s->fields, value.p[k]);
            }
        }
        buf_char(&s->fields, '\n');
    }
}

static bool on_piece(void *arg, struct str bytes, int64_t at_us)
{
    struct seen *s = arg;

    CHECK(at_us >= 0);
    buf_str(&s->text, bytes);
    atomic_fetch_add(&s->n_pieces, 1);
    if (s->pause_at > 0 && s->text.n >= s->pause_at) {
        s->pause_at = 0;
        http_exchange_pause(s->x);
    }
    return s->stop_at == 0 || s->text.n < s->stop_at;
}

static void on_end(void *arg, const struct http_exchange_end *end)
{
    struct seen *s = arg;

    s->rc = end->rc;
    s->why = *end->why;
    s->is_sent = end->is_sent;
    s->is_begun = end->is_begun;
    atomic_store(&s->ended, 1);
}

static void start(void *arg)
{
    struct seen *s = arg;

    s->x = http_upstream_start(
        s->rig->up, &s->ask,
        &(struct http_exchange_watch){
            .head = on_head, .piece = on_piece, .end = on_end, .arg = s});
}

static void seen_init(struct seen *s, struct rig *rig)
{
    *s = (struct seen){.rig = rig,
                       .ask = {.origin = &rig->origin,
                               .method = HTTP_GET,
                               .target = STR("/x?y=%20../")}};
    buf_init(&s->body, SIZE_MAX);
    buf_init(&s->reason, SIZE_MAX);
    buf_init(&s->fields, SIZE_MAX);
    buf_init(&s->text, SIZE_MAX);
}

static void seen_fini(struct seen *s)
{
    buf_fini(&s->body);
    buf_fini(&s->reason);
    buf_fini(&s->fields);
    buf_fini(&s->text);
}

static void seen_start(struct seen *s)
{
    loop_post(s->rig->loop, start, s);
}

static void seen_end(struct seen *s)
{
    while (atomic_load(&s->ended) == 0) {
        (void)poll(NULL, 0, 1);
    }
}

/* The other side of a connection that the client made. */
static void accept_wire(struct rig *rig, struct wire *w)
{
    w->fd = accept(rig->door, NULL, NULL);
    assert_true(w->fd >= 0);
    buf_init(&w->in, SIZE_MAX);
}

/* A request is read until `end` is in it. */
static struct str hear(struct wire *w, const char *end)
{
    while (str_find(buf_view(&w->in), str_from_cz(end), 0) == SIZE_MAX) {
        assert_true(wire_more(w));
    }
    return buf_view(&w->in);
}

/* One GET, answered with `text`, after which the server hangs up. */
static void exchange(struct rig *rig, struct seen *s, const char *text)
{
    struct wire w;

    seen_start(s);
    accept_wire(rig, &w);
    (void)hear(&w, "\r\n\r\n");
    (void)wire_send(&w, str_from_cz(text));
    wire_close(&w);
    seen_end(s);
}

static void what_is_asked_is_sent_as_it_is(void **state)
{
    const struct http_field field[] = {{STR("x-First"), STR("1")},
                                       {STR("Accept"), STR("a/b")},
                                       {STR("X-Empty"), STR("")},
                                       {STR("x-first"), STR("2")},
                                       {STR("User-Agent"), STR("me")}};
    struct rig rig;
    struct seen s;
    struct wire w;

    rig_open(&rig, state);
    seen_init(&s, &rig);
    buf_str(&s.body, STR("{\"a\":\0 1}"));
    s.ask.method = HTTP_PUT;
    s.ask.field = field;
    s.ask.n_fields = ARRAY_N(field);
    s.ask.own_body = &s.body;
    seen_start(&s);
    accept_wire(&rig, &w);
    struct str got = hear(&w, " 1}");
    assert_true(str_starts(got, STR("PUT /x?y=%20../ HTTP/1.1\r\nHost: ")));
    assert_true(str_find(got, STR("\r\nx-First: 1\r\nAccept: a/b\r\nX-Empty:"),
                         0) != SIZE_MAX);
    assert_true(str_find(got, STR("\r\nx-first: 2\r\nUser-Agent: me\r\n"), 0) !=
                SIZE_MAX);
    assert_true(str_find(got, STR("Content-Length: 9\r\n"), 0) != SIZE_MAX);
    assert_true(str_find(got, STR("Expect"), 0) == SIZE_MAX);
    assert_true(str_find(got, STR("Content-Type"), 0) == SIZE_MAX);
    assert_true(str_ends(got, STR("\r\n\r\n{\"a\":\0 1}")));
    wire_say(&w, "HTTP/1.1 204 Done\r\n\r\n");
    seen_end(&s);
    assert_int_equal(s.rc, RC_OK);
    assert_int_equal(s.status, 204);
    wire_close(&w);
    seen_fini(&s);
    rig_close(&rig);
}

static void what_is_answered_is_handed_on(void **state)
{
    struct rig rig;
    struct seen s;

    rig_open(&rig, state);
    seen_init(&s, &rig);
    exchange(&rig, &s,
             "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
             "HTTP/1.1 418 I am a teapot\r\nSet-Cookie: a\r\nX-Long: one\r\n"
             "  two\r\nset-cookie: b\r\nContent-Encoding: gzip\r\n"
             "Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n"
             "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n");
    assert_int_equal(s.rc, RC_OK);
    assert_int_equal(s.status, 418);
    assert_true(str_eq(buf_view(&s.reason), STR("I am a teapot")));
    assert_str(buf_view(&s.fields),
               "Set-Cookie=a\nX-Long=one two\nset-cookie=b\n"
               "Content-Encoding=gzip\nTransfer-Encoding=chunked\n"
               "Trailer=X-T\n");
    assert_true(str_eq(buf_view(&s.text), STR("abcde")));
    seen_fini(&s);
    seen_init(&s, &rig);
    exchange(&rig, &s, "HTTP/1.1 302 Found\r\nLocation: /y\r\n\r\nto its end");
    assert_int_equal(s.rc, RC_OK);
    assert_int_equal(s.status, 302);
    assert_true(str_eq(buf_view(&s.text), STR("to its end")));
    seen_fini(&s);
    rig_close(&rig);
}

static void a_connection_is_kept(void **state)
{
    struct rig rig;
    struct seen s;
    struct wire w;

    rig_open(&rig, state);
    for (int i = 0; i < 3; i++) {
        seen_init(&s, &rig);
        s.ask.method = i == 1 ? HTTP_HEAD : HTTP_GET;
        seen_start(&s);
        if (i == 0) {
            accept_wire(&rig, &w);
        }
        (void)hear(&w, "\r\n\r\n");
        buf_clear(&w.in);
        wire_say(&w, i == 1 ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
                            : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        seen_end(&s);
        assert_int_equal(s.rc, RC_OK);
        assert_int_equal(s.text.n, i == 1 ? 0 : 2);
        seen_fini(&s);
    }
    wire_close(&w);
    rig_close(&rig);
}

static void nobody_there_is_unavailable(void **state)
{
    struct rig rig;
    struct seen s;

    rig_open(&rig, state);
    (void)close(rig.door);
    seen_init(&s, &rig);
    seen_start(&s);
    seen_end(&s);
    assert_int_equal(s.rc, RC_UNAVAILABLE);
    assert_true(s.why.text[0] != '\0');
    assert_false(s.is_sent);
    assert_false(s.is_begun);
    seen_fini(&s);
    rig_close(&rig);
}

static void what_is_no_http_breaks(void **state)
{
    static const char *const text[] = {
        "",
        "garbage garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive.",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhuh",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfiv",
        "HTTP/1.1 200 OK\r\nX-Half: ",
    };
    struct rig rig;

    rig_open(&rig, state);
    for (size_t i = 0; i < ARRAY_N(text); i++) {
        struct seen s;

        seen_init(&s, &rig);
        exchange(&rig, &s, text[i]);
        assert_int_equal(s.rc, RC_IO);
        assert_true(s.is_sent);
        assert_int_equal(s.is_begun, i >= 2 && i <= 4);
        seen_fini(&s);
    }
    rig_close(&rig);
}

static void headers_have_a_limit(void **state)
{
    struct rig rig;
    struct seen s;
    struct buf b;

    rig_open(&rig, state);
    seen_init(&s, &rig);
    buf_init(&b, SIZE_MAX);
    buf_cz(&b, "HTTP/1.1 200 OK\r\n");
    while (b.n <= LIMIT_UPSTREAM_HEAD_BYTES) {
        buf_fmt(&b, "X-%zu: %0999d\r\n", b.n, 0);
    }
    buf_cz(&b, "\r\n");
    buf_char(&b, '\0');
    exchange(&rig, &s, b.p);
    assert_int_equal(s.rc, RC_LIMIT);
    assert_false(s.is_begun);
    buf_fini(&b);
    seen_fini(&s);
    rig_close(&rig);
}

static void silence_has_a_limit(void **state)
{
    struct rig rig;
    struct seen s;
    struct wire w;

    rig_open(&rig, state);
    rig.origin.idle_ms = 50;
    seen_init(&s, &rig);
    seen_start(&s);
    accept_wire(&rig, &w);
    wire_say(&w, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive.");
    seen_end(&s);
    assert_int_equal(s.rc, RC_TIMEOUT);
    assert_true(s.is_begun);
    assert_true(str_eq(buf_view(&s.text), STR("five.")));
    wire_close(&w);
    seen_fini(&s);
    rig_close(&rig);
}

static void resume_it(void *arg)
{
    struct seen *s = arg;

    http_exchange_resume(s->x);
}

static void a_pause_holds_the_other_side_back(void **state)
{
    enum { MUCH = 64 * 1024 * 1024 };
    struct rig rig;
    struct seen s;
    struct wire w;
    char piece[4096] = {'-'};
    size_t n_sent = 0;

    rig_open(&rig, state);
    seen_init(&s, &rig);
    s.pause_at = 1;
    seen_start(&s);
    accept_wire(&rig, &w);
    (void)hear(&w, "\r\n\r\n");
    wire_say(&w, "HTTP/1.1 200 OK\r\n\r\nx");
    for (int idle = 0; idle < 20 && n_sent < MUCH;) {
        ssize_t n =
            send(w.fd, piece, sizeof piece, MSG_NOSIGNAL | MSG_DONTWAIT);
        n_sent += n > 0 ? (size_t)n : 0;
        idle = n > 0 ? 0 : idle + 1;
        (void)poll(NULL, 0, n > 0 ? 0 : 10);
    }
    assert_true(n_sent < MUCH);
    assert_true(atomic_load(&s.n_pieces) < 100);
    loop_post(rig.loop, resume_it, &s);
    wire_close(&w);
    seen_end(&s);
    assert_int_equal(s.rc, RC_OK);
    assert_int_equal(s.text.n, n_sent + 1);
    seen_fini(&s);
    rig_close(&rig);
}

static void limit_it(void *arg)
{
    struct seen *s = arg;

    http_exchange_limit(s->x, 20);
}

static void an_exchange_may_be_ended(void **state)
{
    struct rig rig;
    struct seen s;
    struct wire w;

    rig_open(&rig, state);
    seen_init(&s, &rig);
    s.stop_at = 3;
    exchange(&rig, &s, "HTTP/1.1 200 OK\r\n\r\nmuch");
    assert_int_equal(s.rc, RC_LIMIT);
    seen_fini(&s);
    seen_init(&s, &rig);
    seen_start(&s);
    accept_wire(&rig, &w);
    loop_post(rig.loop, limit_it, &s);
    seen_end(&s);
    assert_int_equal(s.rc, RC_TIMEOUT);
    wire_close(&w);
    seen_fini(&s);
    rig_close(&rig);
}

static void what_is_under_way_ends_with_the_client(void **state)
{
    struct rig rig;
    struct seen s;
    struct wire w;

    rig_open(&rig, state);
    seen_init(&s, &rig);
    seen_start(&s);
    accept_wire(&rig, &w);
    rig_close(&rig);
    assert_int_equal(atomic_load(&s.ended), 1);
    assert_int_equal(s.rc, RC_UNAVAILABLE);
    wire_close(&w);
    seen_fini(&s);
}

#define BOTH(test)                                                   \
    {#test "/plain", test, NULL, NULL, (void *)(uintptr_t)hosts[0]}, \
    {                                                                \
#test "/curl", test, NULL, NULL, (void *)(uintptr_t)hosts[1] \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(what_is_asked_is_sent_as_it_is),
        BOTH(what_is_answered_is_handed_on),
        BOTH(a_connection_is_kept),
        BOTH(nobody_there_is_unavailable),
        BOTH(what_is_no_http_breaks),
        BOTH(headers_have_a_limit),
        BOTH(silence_has_a_limit),
        BOTH(a_pause_holds_the_other_side_back),
        BOTH(an_exchange_may_be_ended),
        BOTH(what_is_under_way_ends_with_the_client),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
