/* Each loop has a listening socket of its own on the shared port, so the
 * kernel spreads connections and no lock is shared between loops.
 *
 * The life of a call: its connection hands over a whole request (http_conn.c);
 * the handler answers, at once or later, from any thread (http_answer), or in
 * pieces on the call's loop (http_stream.c); once the kernel has all of the
 * answer the call ends.  The client may vanish before: the call lives on
 * until it is answered, if only to nobody.
 *
 * libevent's own HTTP server was in this place and left it: it begins to read
 * again behind every piece of an answer, sends each piece by itself, keeps a
 * body twice, and costs twice as much a call. */
#include "net/http_server.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/why.h"
#include "net/http_server_priv.h"
#include "net/loop.h"
#include "net/loop_priv.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A header of an answer under way. */
struct header_copy {
    const char *name;
    struct buf value;
};

struct reply_copy {
    int status;
    struct buf content_type;
    struct buf body;
    struct header_copy header[LIMIT_HTTP_REPLY_HEADERS];
    size_t n_headers;
};

/* ---- answering ---- */

static void copy_to(struct buf *to, struct str s)
{
    buf_init(to, SIZE_MAX);
    buf_str(to, s);
}

/* A line end here would let a value write headers. */
static void copy_value(struct buf *to, struct str s)
{
    copy_to(to, s);
    for (size_t i = 0; i < to->n; i++) {
        if (to->p[i] == '\r' || to->p[i] == '\n') {
            to->p[i] = ' ';
        }
    }
}

static struct reply_copy *reply_copy(const struct http_reply *from)
{
    struct reply_copy *to = mem_alloc(sizeof *to);

    CHECK(from->n_headers <= LIMIT_HTTP_REPLY_HEADERS);
    to->status = from->status;
    copy_value(&to->content_type, from->content_type);
    copy_to(&to->body, from->body);
    for (size_t i = 0; i < from->n_headers; i++) {
        to->header[i].name = from->header[i].name;
        copy_value(&to->header[i].value, from->header[i].value);
    }
    to->n_headers = from->n_headers;
    return to;
}

static void reply_free(struct reply_copy *r)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        buf_fini(&r->header[i].value);
    }
    buf_fini(&r->body);
    buf_fini(&r->content_type);
    mem_free(r);
}

void http_call_end(struct http_call *call)
{
    struct http_server *server = call->lane->server;

    mem_free(call);
    atomic_fetch_sub(&server->n_calls, 1);
}

static struct str date_of(struct http_lane *lane)
{
    int64_t now_s = clock_now_us() / 1000000;

    if (now_s != lane->date_s) {
        lane->date_s = now_s;
        CHECK(evutil_date_rfc1123(lane->date, sizeof lane->date, NULL) > 0);
    }
    return str_from_cz(lane->date);
}

static void add_line(struct buf *out, struct str name, struct str value)
{
    buf_str(out, name);
    buf_add(out, ": ", 2);
    buf_str(out, value);
    buf_add(out, "\r\n", 2);
}

void http_call_head(struct http_call *call, int status, struct str reason,
                    const struct http_field *field, size_t n_fields)
{
    struct http_conn *c = call->conn;
    bool has_length = false;
    bool has_date = false;
    struct buf *out = &c->out;

    buf_cz(out, "HTTP/1.1 ");
    buf_u64(out, (uint64_t)status);
    buf_char(out, ' ');
    buf_str(out, reason.n > 0 ? reason : http_reason(status));
    buf_add(out, "\r\n", 2);
    for (size_t i = 0; i < n_fields; i++) {
        has_length =
            has_length || str_eq_nocase(field[i].name, STR("Content-Length"));
        has_date = has_date || str_eq_nocase(field[i].name, STR("Date"));
        add_line(out, field[i].name, field[i].value);
    }
    if (!has_date) { /* RFC 9110, 6.6.1: also of what is passed on */
        add_line(out, STR("Date"), date_of(call->lane));
    }
    call->has_body = !call->is_head && status != 204 && status != 304;
    call->is_chunked = call->has_body && !has_length && !c->is_old;
    call->closes = !c->may_keep ||
                   (call->has_body && !has_length && c->is_old) ||
                   atomic_load(&call->lane->server->is_closing);
    if (call->is_chunked) {
        add_line(out, STR("Transfer-Encoding"), STR("chunked"));
    }
    if (call->closes) {
        add_line(out, STR("Connection"), STR("close"));
    } else if (c->is_old) {
        add_line(out, STR("Connection"), STR("keep-alive"));
    }
    conn_say(c, STR("\r\n"));
}

static void say_reply(struct http_call *call, struct reply_copy *r)
{
    struct http_field field[LIMIT_HTTP_REPLY_HEADERS + 2];
    size_t n = 0;
    struct buf length;

    buf_init(&length, 24);
    buf_u64(&length, r->body.n);
    if (r->content_type.n > 0) {
        field[n++] = (struct http_field){STR("Content-Type"),
                                         buf_view(&r->content_type)};
    }
    for (size_t i = 0; i < r->n_headers; i++) {
        field[n++] = (struct http_field){str_from_cz(r->header[i].name),
                                         buf_view(&r->header[i].value)};
    }
    if (call->is_head || (r->status != 204 && r->status != 304)) {
        field[n++] =
            (struct http_field){STR("Content-Length"), buf_view(&length)};
    }
    http_call_head(call, r->status, STR_EMPTY, field, n);
    buf_fini(&length);
    if (call->has_body && r->body.n > 0) {
        conn_say_whole(call->conn, &r->body);
    }
}

/* On the call's loop. */
static void send_reply(void *arg)
{
    struct http_call *call = arg;
    struct reply_copy *r = call->reply;

    if (call->conn == NULL) {
        http_call_end(call);
    } else {
        call->is_sending = true;
        say_reply(call, r);
    }
    reply_free(r);
}

void http_answer(struct http_call *call, const struct http_reply *reply)
{
    call->reply = reply_copy(reply);
    call->watch = (struct http_stream_watch){.gone = NULL};
    loop_post(call->lane->loop, send_reply, call);
}

/* ---- requests ---- */

struct str http_header_of(const struct http_call *call, const char *name)
{
    return http_fields_get(&call->lane->fields, name);
}

const struct http_field *http_fields(const struct http_call *call,
                                     size_t *ret_n)
{
    *ret_n = call->lane->fields.n;
    return call->lane->fields.at;
}

void *http_call_local(const struct http_call *call)
{
    return call->lane->local;
}

/* ---- life ---- */

static enum rc bind_socket(struct http_server *s, uint16_t port, bool shared,
                           int *ret_fd, struct why *why)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICHOST};
    struct addrinfo *ai = NULL;
    char service[8];
    const int one = 1;
    const int share = shared ? 1 : 0;

    (void)snprintf(service, sizeof service, "%u", port);
    if (getaddrinfo(s->opt.address, service, &hints, &ai) != 0) {
        return why_set(why, RC_INVALID,
                       "'%s' is no address to listen on; use a numeric one "
                       "such as 127.0.0.1",
                       s->opt.address);
    }
    int fd =
        socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool good =
        fd >= 0 &&
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &share, sizeof share) == 0 &&
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0 &&
        bind(fd, ai->ai_addr, ai->ai_addrlen) == 0;
    int err = errno;
    freeaddrinfo(ai);
    if (good) {
        *ret_fd = fd;
        return RC_OK;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (err == EADDRINUSE) {
        return why_set(why, RC_BUSY,
                       "%s port %u is taken by another program; choose "
                       "another with --listen",
                       s->opt.address, port);
    }
    return why_errno(why, err, "listen on %s port %u", s->opt.address, port);
}

/* The port must be ours alone: with SO_REUSEPORT a second toll of the same
 * user would share it in silence.  A socket that does not share tells. */
static enum rc probe_port(struct http_server *s, struct why *why)
{
    int fd = -1;

    if (s->opt.port == 0) {
        return RC_OK;
    }
    enum rc rc = bind_socket(s, s->opt.port, false, &fd, why);
    if (rc == RC_OK) {
        (void)close(fd);
    }
    return rc;
}

static enum rc port_of(int fd, uint16_t *ret_port, struct why *why)
{
    struct sockaddr_storage addr;
    socklen_t n = sizeof addr;
    char port[8];

    if (getsockname(fd, (struct sockaddr *)&addr, &n) != 0) {
        return why_errno(why, errno, "getsockname");
    }
    uint64_t number = 0;
    if (getnameinfo((struct sockaddr *)&addr, n, NULL, 0, port, sizeof port,
                    NI_NUMERICSERV) != 0 ||
        str_to_u64(str_from_cz(port), &number) != RC_OK) {
        return why_set(why, RC_IO, "the port listened on is unknown");
    }
    *ret_port = (uint16_t)number;
    return RC_OK;
}

static void *lane_main(void *arg)
{
    struct http_lane *lane = arg;

    thread_be_prompt();
    loop_run(lane->loop);
    return NULL;
}

/* No descriptor is left: the connection waits in the kernel's queue, and
 * without a pause the loop would ask for it again at once. */
static void on_connection(evutil_socket_t door, short what, void *arg)
{
    struct http_lane *lane = arg;
    struct sockaddr_storage peer;
    socklen_t n = sizeof peer;
    int fd = accept4(door, (struct sockaddr *)&peer, &n,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);

    (void)what;
    if (fd >= 0) {
        conn_new(lane, fd, (const struct sockaddr *)&peer, n);
    } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        (void)usleep(LIMIT_HTTP_ACCEPT_PAUSE_MS * 1000);
    }
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    conn_flush_all(arg);
}

static void lane_listen(struct http_lane *lane)
{
    struct event_base *base = loop_base(lane->loop);

    lane->listener =
        event_new(base, lane->fd, EV_READ | EV_PERSIST, on_connection, lane);
    lane->flush = evtimer_new(base, on_flush, lane);
    CHECK(lane->listener != NULL && lane->flush != NULL);
    CHECK(event_add(lane->listener, NULL) == 0);
}

static enum rc lane_open(struct http_server *s, struct http_lane *lane,
                         struct why *why)
{
    enum rc rc = loop_new(&lane->loop, why);

    if (rc != RC_OK) {
        return rc;
    }
    if (s->opt.lane_open != NULL) {
        lane->local = s->opt.lane_open(s->opt.arg, lane->loop);
    }
    rc = bind_socket(s, s->port, true, &lane->fd, why);
    if (rc != RC_OK) {
        return rc;
    }
    if (listen(lane->fd, LIMIT_HTTP_BACKLOG) != 0) {
        return why_errno(why, errno, "listen");
    }
    if (s->port == 0) {
        rc = port_of(lane->fd, &s->port, why);
        if (rc != RC_OK) {
            return rc;
        }
    }
    lane_listen(lane);
    return RC_OK;
}

/* The next two run on the lane's own loop: libevent's objects are touched
 * nowhere else. */
static void lane_deafen(void *arg)
{
    struct http_lane *lane = arg;

    CHECK(event_del(lane->listener) == 0);
    (void)close(lane->fd);
    lane->fd = -1;
}

static void lane_hang_up(void *arg)
{
    struct http_lane *lane = arg;

    while (lane->conn != NULL) {
        conn_free(lane->conn);
    }
    if (lane->local != NULL) {
        lane->server->opt.lane_close(lane->server->opt.arg, lane->local);
        lane->local = NULL;
    }
    atomic_fetch_sub(&lane->server->n_open, 1);
}

static int n_cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n > 0 ? (int)n : 1;
}

enum rc http_server_open(const struct http_server_options *opt,
                         struct http_server **ret, struct why *why)
{
    struct http_server *s = mem_alloc(sizeof *s);
    enum rc rc;

    s->opt = *opt;
    s->port = opt->port;
    s->n_lanes = opt->n_loops > 0 ? opt->n_loops : n_cores();
    s->lane = mem_array((size_t)s->n_lanes, sizeof *s->lane);
    for (int i = 0; i < s->n_lanes; i++) {
        s->lane[i].server = s;
        s->lane[i].fd = -1;
    }
    rc = probe_port(s, why);
    for (int i = 0; rc == RC_OK && i < s->n_lanes; i++) {
        rc = lane_open(s, &s->lane[i], why);
    }
    for (int i = 0; rc == RC_OK && i < s->n_lanes; i++) {
        rc = thread_start(&s->lane[i].thread, "toll-http", lane_main,
                          &s->lane[i], why);
    }
    if (rc != RC_OK) {
        http_server_close(&s, 0);
        return rc;
    }
    *ret = s;
    return RC_OK;
}

uint16_t http_server_port(const struct http_server *s)
{
    return s->port;
}

static void each_lane(struct http_server *s, loop_fn *fn)
{
    for (int i = 0; i < s->n_lanes; i++) {
        if (s->lane[i].thread.started) {
            loop_post(s->lane[i].loop, fn, &s->lane[i]);
        }
    }
}

static void wait_for_none(const atomic_int *n, int64_t deadline_mono_us)
{
    while (atomic_load(n) > 0 && clock_mono_us() < deadline_mono_us) {
        (void)usleep(2000);
    }
}

static void lane_close(struct http_lane *lane)
{
    if (lane->thread.started) {
        loop_stop(lane->loop);
        thread_join(&lane->thread);
    }
    if (lane->listener != NULL) {
        event_free(lane->listener);
        event_free(lane->flush);
    }
    if (lane->local != NULL) { /* of a lane that never ran */
        lane->server->opt.lane_close(lane->server->opt.arg, lane->local);
    }
    if (lane->fd >= 0) {
        (void)close(lane->fd);
    }
    http_fields_fini(&lane->fields);
    loop_free(&lane->loop);
}

void http_server_close(struct http_server **server, int grace_ms)
{
    if (server == NULL || *server == NULL) {
        return;
    }
    struct http_server *s = *server;

    for (int i = 0; i < s->n_lanes; i++) {
        atomic_fetch_add(&s->n_open, s->lane[i].thread.started ? 1 : 0);
    }
    atomic_store(&s->is_closing, true);
    each_lane(s, lane_deafen);
    wait_for_none(&s->n_calls, clock_mono_us() + (int64_t)grace_ms * 1000);
    /* Until a lane has hung up it may begin another call; after that its loop
     * is still needed for the answers to come.  Every call is answered once,
     * so both ends are reached. */
    each_lane(s, lane_hang_up);
    wait_for_none(&s->n_open, INT64_MAX);
    wait_for_none(&s->n_calls, INT64_MAX);
    for (int i = 0; i < s->n_lanes; i++) {
        lane_close(&s->lane[i]);
    }
    mem_free(s->lane);
    mem_free(s);
    *server = NULL;
}

/* ---- percent-encoding ---- */

enum rc http_percent_decode(struct str s, bool plus_is_space,
                            struct arena *arena, struct str *ret_s)
{
    char *out = arena_alloc(arena, s.n + 1);
    size_t n = 0;

    if (out == NULL) {
        return RC_LIMIT;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '+' && plus_is_space) {
            out[n++] = ' ';
        } else if (s.p[i] != '%') {
            out[n++] = s.p[i];
        } else {
            int high = i + 2 < s.n ? code_hex_digit(s.p[i + 1]) : -1;
            int low = high >= 0 ? code_hex_digit(s.p[i + 2]) : -1;
            if (low < 0) {
                return RC_PARSE;
            }
            out[n++] = (char)(high * 16 + low);
            i += 2;
        }
    }
    *ret_s = (struct str){.p = out, .n = n};
    return RC_OK;
}

void http_percent_encode(struct buf *b, struct str s)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9') ||
            (c != 0 && strchr("-_.~,:|!", c) != NULL)) {
            buf_char(b, (char)c);
        } else {
            buf_char(b, '%');
            buf_char(b, hex[c >> 4]);
            buf_char(b, hex[c & 15]);
        }
    }
}
