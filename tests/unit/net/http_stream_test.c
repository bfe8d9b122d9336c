/* Answers in pieces: what the client gets, when the sender is held back, and
 * who is told that somebody left. */
#include "wire.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/queue.h"
#include "net/http_server.h"
#include "net/http_stream.h"
#include "net/loop.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>

enum { MUCH = 1024 * 1024, N_MUCH = 64 };

/* A server whose handler streams what the path says. */
struct tap {
    struct http_server *server;
    struct loop *loop; /* of its only lane */
    atomic_int n_left;
    atomic_int n_gone;
    atomic_int n_drained;
    atomic_int n_fields;
    atomic_int n_much;
    atomic_size_t n_waiting;
    struct queue *held; /* streams that the test ends */
};

struct stream {
    struct tap *tap;
    struct http_call *call;
    bool is_cut;
};

static void on_left(void *arg)
{
    struct stream *s = arg;

    atomic_fetch_add(&s->tap->n_left, 1);
}

static void on_gone(void *arg)
{
    struct stream *s = arg;

    atomic_fetch_add(&s->tap->n_gone, 1);
}

static void on_drained(void *arg)
{
    struct stream *s = arg;

    atomic_fetch_add(&s->tap->n_drained, 1);
}

static void end_now(void *arg)
{
    struct stream *s = arg;

    if (s->is_cut) {
        http_stream_cut(s->call);
    } else {
        http_stream_end(s->call);
    }
    mem_free(s);
}

static void add_more(void *arg)
{
    struct stream *s = arg;

    atomic_store(&s->tap->n_waiting, http_stream_add(s->call, STR("more")));
}

static void add_much(void *arg)
{
    static const char much[MUCH] = {'-'};
    struct stream *s = arg;

    atomic_store(&s->tap->n_waiting,
                 http_stream_add(s->call, (struct str){much, sizeof much}));
    atomic_fetch_add(&s->tap->n_much, 1);
}

static void begin(struct stream *s, int status, bool has_length)
{
    const struct http_field field[] = {
        {STR("X-B"), STR("2")},
        {STR("Set-Cookie"), STR("a=1")},
        {STR("x-a"), STR("")},
        {STR("Set-Cookie"), STR("b=2")},
        {STR("Content-Length"), STR("7")},
    };

    http_stream_begin(
        s->call, &(struct http_stream_head){.status = status,
                                            .reason = STR("As You Like It"),
                                            .field = field,
                                            .n_fields = has_length ? 5 : 4});
}

static void note_fields(struct tap *tap, const struct http_call *call)
{
    static const char *const want[] = {"Host", "X-Twice", "b", "x-twice"};
    size_t n;
    const struct http_field *f = http_fields(call, &n);

    for (size_t i = 0; i < n; i++) {
        CHECK(i < 4 && str_eq(f[i].name, str_from_cz(want[i])));
    }
    atomic_store(&tap->n_fields, (int)n);
}

static void handler(void *arg, struct http_call *call,
                    const struct http_request *req)
{
    struct tap *tap = arg;
    struct stream *s = mem_alloc(sizeof *s);

    *s = (struct stream){.tap = tap, .call = call};
    http_stream_watch(call, &(struct http_stream_watch){.left = on_left,
                                                        .gone = on_gone,
                                                        .drained = on_drained,
                                                        .arg = s});
    if (str_eq(req->path, STR("/fields"))) {
        note_fields(tap, call);
        begin(s, 204, false);
        end_now(s);
    } else if (str_eq(req->path, STR("/instead"))) {
        mem_free(s);
        http_answer(call,
                    &(struct http_reply){.status = 502, .body = STR("none")});
    } else if (str_eq(req->path, STR("/cut"))) {
        begin(s, 200, !str_eq(req->query, STR("chunked")));
        (void)http_stream_add(call, STR("half"));
        s->is_cut = true;
        end_now(s);
    } else {
        bool has_length = str_eq(req->query, STR("length"));
        begin(s, str_eq(req->path, STR("/304")) ? 304 : 201, has_length);
        (void)http_stream_add(call, STR("one"));
        (void)http_stream_add(call, STR_EMPTY);
        (void)http_stream_add(call, STR("four"));
        if (str_eq(req->path, STR("/hold"))) {
            CHECK(queue_put(tap->held, s) == RC_OK);
        } else {
            end_now(s);
        }
    }
}

static void *open_lane(void *arg, struct loop *loop)
{
    struct tap *tap = arg;

    tap->loop = loop;
    return tap;
}

static void close_lane(void *arg, void *local)
{
    CHECK(arg == local);
}

static void tap_open(struct tap *tap)
{
    struct why why;

    *tap = (struct tap){.held = queue_new(16)};
    assert_ok(
        http_server_open(&(struct http_server_options){.address = "127.0.0.1",
                                                       .n_loops = 1,
                                                       .body_max = 1024,
                                                       .handler = handler,
                                                       .lane_open = open_lane,
                                                       .lane_close = close_lane,
                                                       .arg = tap},
                         &tap->server, &why),
        &why);
}

static void tap_close(struct tap *tap)
{
    http_server_close(&tap->server, 0);
    queue_close(tap->held);
    queue_free(&tap->held);
}

static struct stream *tap_held(struct tap *tap)
{
    void *s = NULL;

    assert_rc(queue_take(tap->held, &s), RC_OK);
    return s;
}

/* All that the server says until it hangs up, or until `end` is in it. */
static struct str all_of(struct wire *w, const char *end)
{
    while (str_find(buf_view(&w->in), str_from_cz(end), 0) == SIZE_MAX &&
           wire_more(w)) {
        /* On. */
    }
    return buf_view(&w->in);
}

static struct str ask(struct tap *tap, struct wire *w, const char *text,
                      const char *end)
{
    wire_open(w, http_server_port(tap->server));
    wire_say(w, text);
    return all_of(w, end);
}

static bool has(struct str s, const char *part)
{
    return str_find(s, str_from_cz(part), 0) != SIZE_MAX;
}

static void until(const atomic_int *n, int want)
{
    while (atomic_load(n) < want) {
        (void)poll(NULL, 0, 1);
    }
}

static void fields_keep_names_order_and_number(void **state)
{
    struct tap tap;
    struct wire w;

    (void)state;
    tap_open(&tap);
    struct str s = ask(&tap, &w,
                       "GET /fields HTTP/1.1\r\nHost: h\r\nX-Twice: 1\r\n"
                       "b: 2\r\nx-twice: 3\r\n\r\n",
                       "\r\n\r\n");
    assert_true(str_starts(s, STR("HTTP/1.1 204 As You Like It\r\n"
                                  "X-B: 2\r\nSet-Cookie: a=1\r\nx-a: \r\n"
                                  "Set-Cookie: b=2\r\n")));
    assert_false(has(s, "Transfer-Encoding"));
    assert_false(has(s, "Content-"));
    assert_int_equal(atomic_load(&tap.n_fields), 4);
    wire_close(&w);
    tap_close(&tap);
}

static void pieces_come_in_chunks_or_by_length(void **state)
{
    struct tap tap;
    struct wire w;

    (void)state;
    tap_open(&tap);
    struct str s =
        ask(&tap, &w, "GET / HTTP/1.1\r\n\r\nGET /?length HTTP/1.1\r\n\r\n",
            "\r\n\r\nonefour");
    assert_true(has(s, "Transfer-Encoding: chunked\r\n"));
    assert_true(
        has(s, "\r\n\r\n3\r\none\r\n4\r\nfour\r\n0\r\n\r\nHTTP/1.1 201"));
    assert_true(has(s, "Content-Length: 7\r\n"));
    wire_close(&w);
    s = ask(&tap, &w, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "never");
    assert_true(has(s, "\r\n\r\nonefour"));
    assert_false(has(s, "chunked"));
    assert_false(has(s, "Content-Length"));
    wire_close(&w);
    tap_close(&tap);
}

static void bare_answers_have_no_body(void **state)
{
    struct tap tap;
    struct wire w;

    (void)state;
    tap_open(&tap);
    struct str s = ask(&tap, &w,
                       "HEAD /?length HTTP/1.1\r\n\r\n"
                       "GET /304 HTTP/1.1\r\nConnection: close\r\n\r\n",
                       "never");
    assert_true(has(s, "Content-Length: 7\r\n"));
    assert_true(has(s, "HTTP/1.1 304"));
    assert_false(has(s, "one"));
    wire_close(&w);
    tap_close(&tap);
}

static void what_breaks_off_looks_broken(void **state)
{
    struct tap tap;
    struct wire w;

    (void)state;
    tap_open(&tap);
    struct str s = ask(&tap, &w, "GET /cut?chunked HTTP/1.1\r\n\r\n", "never");
    assert_true(str_ends(s, STR("4\r\nhalf\r\n")));
    wire_close(&w);
    s = ask(&tap, &w, "GET /cut HTTP/1.1\r\n\r\n", "never");
    assert_true(has(s, "Content-Length: 7\r\n"));
    assert_true(str_ends(s, STR("\r\n\r\nhalf")));
    wire_close(&w);
    tap_close(&tap);
}

static void a_whole_answer_may_come_instead(void **state)
{
    struct tap tap;
    struct wire w;

    (void)state;
    tap_open(&tap);
    struct str s = ask(&tap, &w, "GET /instead HTTP/1.1\r\n\r\n", "none");
    assert_true(str_starts(s, STR("HTTP/1.1 502")));
    wire_close(&w);
    tap_close(&tap);
}

static void a_slow_client_is_told_of(void **state)
{
    struct tap tap;
    struct wire w;

    (void)state;
    tap_open(&tap);
    (void)ask(&tap, &w, "GET /hold HTTP/1.1\r\n\r\n", "four");
    struct stream *s = tap_held(&tap);
    /* More than any kernel takes in, so that some of it waits for the client.
     */
    for (int i = 1; i <= N_MUCH; i++) {
        loop_post(tap.loop, add_much, s);
        until(&tap.n_much, i);
    }
    assert_true(atomic_load(&tap.n_waiting) > 0);
    int before = atomic_load(&tap.n_drained);
    /* The last bytes may be here before the server has noted that they went. */
    while (atomic_load(&tap.n_drained) == before) {
        struct pollfd in = {.fd = w.fd, .events = POLLIN};
        if (poll(&in, 1, 1) > 0) {
            assert_true(wire_more(&w));
            buf_clear(&w.in);
        }
    }
    assert_int_equal(atomic_load(&tap.n_gone), 0);
    loop_post(tap.loop, end_now, s);
    (void)all_of(&w, "0\r\n\r\n");
    wire_close(&w);
    tap_close(&tap);
}

static void who_leaves_is_noticed_by_writing(void **state)
{
    struct tap tap;
    struct wire w;

    (void)state;
    tap_open(&tap);
    (void)ask(&tap, &w, "GET /hold HTTP/1.1\r\n\r\n", "four");
    struct stream *s = tap_held(&tap);
    wire_reset(&w);
    while (atomic_load(&tap.n_gone) == 0) {
        loop_post(tap.loop, add_more, s);
        (void)poll(NULL, 0, 1);
    }
    until(&tap.n_gone, 1);
    loop_post(tap.loop, add_more, s); /* to nobody */
    loop_post(tap.loop, end_now, s);
    tap_close(&tap);
    assert_int_equal(atomic_load(&tap.n_gone), 1);
}

static void who_only_sends_no_more_gets_all(void **state)
{
    struct tap tap;
    struct wire w;

    (void)state;
    tap_open(&tap);
    (void)ask(&tap, &w, "GET /hold HTTP/1.1\r\n\r\n", "four");
    struct stream *s = tap_held(&tap);
    assert_int_equal(shutdown(w.fd, SHUT_WR), 0);
    (void)poll(NULL, 0, 20);
    loop_post(tap.loop, add_more, s);
    loop_post(tap.loop, end_now, s);
    assert_true(has(all_of(&w, "0\r\n\r\n"), "4\r\nmore\r\n0\r\n\r\n"));
    assert_int_equal(atomic_load(&tap.n_left), 1);
    assert_int_equal(atomic_load(&tap.n_gone), 0);
    wire_close(&w);
    tap_close(&tap);
}

/* The stream is freed by then; the client still reads. */
static void of_an_ended_answer_nobody_is_told(void **state)
{
    struct tap tap;
    struct wire w;
    struct wire other;

    (void)state;
    tap_open(&tap);
    (void)ask(&tap, &w, "GET /hold HTTP/1.1\r\n\r\n", "four");
    struct stream *s = tap_held(&tap);
    for (int i = 1; i <= N_MUCH; i++) {
        loop_post(tap.loop, add_much, s);
        until(&tap.n_much, i);
    }
    loop_post(tap.loop, end_now, s);
    (void)ask(&tap, &other, "GET / HTTP/1.1\r\n\r\n", "0\r\n\r\n");
    assert_int_equal(shutdown(w.fd, SHUT_WR), 0);
    buf_clear(&other.in);
    wire_say(&other, "GET / HTTP/1.1\r\n\r\n");
    (void)all_of(&other, "0\r\n\r\n");
    wire_close(&other);
    while (wire_more(&w)) {
        buf_drop_front(&w.in, w.in.n > 16 ? w.in.n - 16 : 0);
    }
    assert_true(str_ends(buf_view(&w.in), STR("\r\n0\r\n\r\n")));
    assert_int_equal(atomic_load(&tap.n_left), 0);
    wire_close(&w);
    tap_close(&tap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_keep_names_order_and_number),
        cmocka_unit_test(pieces_come_in_chunks_or_by_length),
        cmocka_unit_test(bare_answers_have_no_body),
        cmocka_unit_test(what_breaks_off_looks_broken),
        cmocka_unit_test(a_whole_answer_may_come_instead),
        cmocka_unit_test(a_slow_client_is_told_of),
        cmocka_unit_test(who_leaves_is_noticed_by_writing),
        cmocka_unit_test(who_only_sends_no_more_gets_all),
        cmocka_unit_test(of_an_ended_answer_nobody_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
