/* Each loop has a listening socket of its own on the shared port, so the
 * kernel spreads connections and no lock is shared between loops.
 *
 * The life of a call: evhttp hands over a whole request (on_request); the
 * handler answers, at once or later, from any thread; the answer is copied
 * and posted to the call's loop, which sends it (send_reply); once the kernel
 * has all of it (on_sent) the call ends.  The client may vanish before the
 * answer: on_gone forgets its request, and the call lives on until it is
 * answered; or while the answer is sent: then on_gone ends the call. */
#include "net/http_server.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/why.h"
#include "net/loop.h"
#include "net/loop_priv.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct lane { /* one loop and its thread */
    struct http_server *server;
    struct loop *loop;
    struct evhttp *http;
    struct evhttp_bound_socket *bound; /* evhttp's */
    struct thread thread;
    int fd;
};

struct http_server {
    struct http_server_options opt;
    struct lane *lane;
    int n_lanes;
    uint16_t port;
    atomic_bool is_closing;
    atomic_int n_open;  /* lanes that still read requests */
    atomic_int n_calls; /* under way: with a handler or being sent */
};

struct http_call {
    struct lane *lane;
    struct evhttp_request *req; /* NULL: the client is gone */
    struct reply_copy *reply;
    bool is_sending;
};

struct reply_copy {
    int status;
    char *content_type;
    struct evbuffer *body;
    struct {
        const char *name;
        char *value;
    } header[LIMIT_HTTP_REPLY_HEADERS];
    size_t n_headers;
};

/* ---- answering ---- */

static char *copy_cz(struct str s)
{
    char *p = mem_alloc(s.n + 1);

    if (s.n > 0) {
        memcpy(p, s.p, s.n);
    }
    for (size_t i = 0; i < s.n; i++) {
        /* A line end here would let a value write headers. */
        if (p[i] == '\r' || p[i] == '\n') {
            p[i] = ' ';
        }
    }
    return p;
}

static struct reply_copy *reply_copy(const struct http_reply *from)
{
    struct reply_copy *to = mem_alloc(sizeof *to);

    CHECK(from->n_headers <= LIMIT_HTTP_REPLY_HEADERS);
    to->status = from->status;
    to->content_type = copy_cz(from->content_type);
    to->body = evbuffer_new();
    CHECK(to->body != NULL);
    if (from->body.n > 0) {
        CHECK(evbuffer_add(to->body, from->body.p, from->body.n) == 0);
    }
    for (size_t i = 0; i < from->n_headers; i++) {
        to->header[i].name = from->header[i].name;
        to->header[i].value = copy_cz(from->header[i].value);
    }
    to->n_headers = from->n_headers;
    return to;
}

static void reply_free(struct reply_copy *r)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        mem_free(r->header[i].value);
    }
    evbuffer_free(r->body);
    mem_free(r->content_type);
    mem_free(r);
}

static void call_end(struct http_call *call)
{
    struct http_server *server = call->lane->server;

    mem_free(call);
    atomic_fetch_sub(&server->n_calls, 1);
}

static void on_gone(struct evhttp_connection *conn, void *arg)
{
    struct http_call *call = arg;
    struct evhttp_request *req = call->req;

    (void)conn;
    call->req = NULL;
    if (evhttp_request_get_connection(req) == NULL) {
        /* Cut off from its connection, it is ours to free; else the
         * connection frees it after this. */
        evhttp_request_free(req);
    }
    if (call->is_sending) {
        call_end(call);
    }
}

static void on_sent(struct evhttp_request *req, void *arg)
{
    evhttp_connection_set_closecb(evhttp_request_get_connection(req), NULL,
                                  NULL);
    call_end(arg);
}

static void add_headers(const struct http_call *call, bool is_head)
{
    const struct reply_copy *r = call->reply;
    struct evkeyvalq *out = evhttp_request_get_output_headers(call->req);
    char length[24];

    if (r->content_type[0] != '\0') {
        (void)evhttp_add_header(out, "Content-Type", r->content_type);
    }
    for (size_t i = 0; i < r->n_headers; i++) {
        (void)evhttp_add_header(out, r->header[i].name, r->header[i].value);
    }
    if (is_head) {
        (void)snprintf(length, sizeof length, "%zu",
                       evbuffer_get_length(r->body));
        (void)evhttp_add_header(out, "Content-Length", length);
    }
    if (atomic_load(&call->lane->server->is_closing)) {
        (void)evhttp_add_header(out, "Connection", "close");
    }
}

/* On the call's loop. */
static void send_reply(void *arg)
{
    struct http_call *call = arg;
    struct reply_copy *r = call->reply;

    if (call->req == NULL) {
        call_end(call);
    } else {
        struct evhttp_connection *conn =
            evhttp_request_get_connection(call->req);
        bool is_head = evhttp_request_get_command(call->req) == EVHTTP_REQ_HEAD;
        bool is_bare = is_head || r->status == 204 || r->status == 304;

        add_headers(call, is_head);
        call->is_sending = true;
        evhttp_request_set_on_complete_cb(call->req, on_sent, call);
        /* evhttp would send the body of a bare answer as well, and the client
         * take it for its next answer. */
        evhttp_send_reply(call->req, r->status, NULL, is_bare ? NULL : r->body);
        /* evhttp reads on, to learn early of a client that is gone, and drops
         * one that has only said that it sends no more. */
        (void)bufferevent_disable(evhttp_connection_get_bufferevent(conn),
                                  EV_READ);
    }
    reply_free(r);
}

void http_answer(struct http_call *call, const struct http_reply *reply)
{
    call->reply = reply_copy(reply);
    loop_post(call->lane->loop, send_reply, call);
}

/* ---- requests ---- */

static enum http_method method_of(enum evhttp_cmd_type cmd)
{
    switch (cmd) {
    case EVHTTP_REQ_GET:
        return HTTP_GET;
    case EVHTTP_REQ_HEAD:
        return HTTP_HEAD;
    case EVHTTP_REQ_POST:
        return HTTP_POST;
    case EVHTTP_REQ_PUT:
        return HTTP_PUT;
    case EVHTTP_REQ_DELETE:
        return HTTP_DELETE;
    case EVHTTP_REQ_OPTIONS:
        return HTTP_OPTIONS;
    case EVHTTP_REQ_PATCH:
        return HTTP_PATCH;
    case EVHTTP_REQ_TRACE:
    case EVHTTP_REQ_CONNECT:
        break;
    }
    return HTTP_OTHER;
}

/* "/path?query", also of "http://host/path?query", which servers must take. */
static struct str target_of(const struct evhttp_request *req)
{
    struct str uri = str_from_cz(evhttp_request_get_uri(req));
    size_t scheme = str_find(uri, STR("://"), 0);

    if (str_starts(uri, STR("/")) || scheme == SIZE_MAX) {
        return uri;
    }
    size_t slash = str_find_char(uri, '/', scheme + 3);
    return slash == SIZE_MAX ? STR("/") : str_sub(uri, slash, SIZE_MAX);
}

struct str http_header_of(const struct http_call *call, const char *name)
{
    return str_from_cz(
        evhttp_find_header(evhttp_request_get_input_headers(call->req), name));
}

static void on_request(struct evhttp_request *req, void *arg)
{
    struct lane *lane = arg;
    struct http_call *call = mem_alloc(sizeof *call);
    struct evhttp_connection *conn = evhttp_request_get_connection(req);
    struct evbuffer *in = evhttp_request_get_input_buffer(req);
    struct http_request r = {
        .method = method_of(evhttp_request_get_command(req)),
    };
    char *peer = NULL;
    ev_uint16_t peer_port = 0;

    call->lane = lane;
    call->req = req;
    evhttp_connection_get_peer(conn, &peer, &peer_port);
    r.peer = str_from_cz(peer);
    r.query = target_of(req);
    (void)str_cut(&r.query, '?', &r.path);
    r.body.n = evbuffer_get_length(in);
    r.body.p = (const char *)evbuffer_pullup(in, -1);
    CHECK(r.body.p != NULL || r.body.n == 0);
    r.content_type = http_header_of(call, "Content-Type");
    r.content_encoding = http_header_of(call, "Content-Encoding");
    r.accept_encoding = http_header_of(call, "Accept-Encoding");
    r.if_none_match = http_header_of(call, "If-None-Match");
    evhttp_connection_set_closecb(conn, on_gone, call);
    atomic_fetch_add(&lane->server->n_calls, 1);
    lane->server->opt.handler(lane->server->opt.arg, call, &r);
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
    struct lane *lane = arg;

    loop_run(lane->loop);
    return NULL;
}

/* A chunked body whose size line never ends would be read for ever: evhttp
 * counts only whole chunks.  The end of both directions is all that a buffer's
 * callback may ask for; evhttp then finds the connection at its end. */
static void on_input(struct evbuffer *in, const struct evbuffer_cb_info *info,
                     void *arg)
{
    struct bufferevent *bev = arg;
    size_t max = 0;

    (void)info;
    CHECK(bufferevent_getwatermark(bev, EV_WRITE, NULL, &max) == 0);
    if (evbuffer_get_length(in) > max) {
        (void)shutdown(bufferevent_getfd(bev), SHUT_RDWR);
    }
}

static struct bufferevent *on_connection(struct event_base *base, void *arg)
{
    const struct lane *lane = arg;
    struct bufferevent *bev = bufferevent_socket_new(base, -1, 0);

    CHECK(bev != NULL);
    /* Sockets have no use for this mark, and it lives as long as its
     * connection: it carries the ceiling to on_input. */
    bufferevent_setwatermark(bev, EV_WRITE, 0,
                             lane->server->opt.body_max +
                                 LIMIT_HTTP_HEADERS_BYTES +
                                 LIMIT_HTTP_AHEAD_BYTES);
    CHECK(evbuffer_add_cb(bufferevent_get_input(bev), on_input, bev) != NULL);
    return bev;
}

/* No descriptor is left: the connection waits in the kernel's queue, and
 * without a pause the loop would ask for it again at once. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
    (void)listener;
    (void)arg;
    (void)usleep(LIMIT_HTTP_ACCEPT_PAUSE_MS * 1000);
}

static enum rc lane_http(struct lane *lane, struct why *why)
{
    lane->http = evhttp_new(loop_base(lane->loop));
    CHECK(lane->http != NULL);
    evhttp_set_gencb(lane->http, on_request, lane);
    evhttp_set_bevcb(lane->http, on_connection, lane);
    evhttp_set_allowed_methods(
        lane->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST |
                        EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
                        EVHTTP_REQ_OPTIONS | EVHTTP_REQ_PATCH);
    evhttp_set_max_body_size(lane->http,
                             (ev_ssize_t)lane->server->opt.body_max);
    evhttp_set_max_headers_size(lane->http, LIMIT_HTTP_HEADERS_BYTES);
    evhttp_set_timeout(lane->http, LIMIT_HTTP_IDLE_S);
    /* Reads on what a refused client still sends, so that it sees the 413
     * and not a reset connection. */
    CHECK(evhttp_set_flags(lane->http, EVHTTP_SERVER_LINGERING_CLOSE) == 0);
    lane->bound = evhttp_accept_socket_with_handle(lane->http, lane->fd);
    if (lane->bound == NULL) {
        return why_set(why, RC_IO, "the listening socket was not taken");
    }
    lane->fd = -1; /* evhttp's now */
    evconnlistener_set_error_cb(evhttp_bound_socket_get_listener(lane->bound),
                                on_accept_error);
    return RC_OK;
}

static enum rc lane_open(struct http_server *s, struct lane *lane,
                         struct why *why)
{
    enum rc rc = loop_new(&lane->loop, why);

    if (rc != RC_OK) {
        return rc;
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
    return lane_http(lane, why);
}

/* The next two run on the lane's own loop: libevent's objects are touched
 * nowhere else. */
static void lane_deafen(void *arg)
{
    struct lane *lane = arg;

    evhttp_del_accept_socket(lane->http, lane->bound);
}

static void lane_hang_up(void *arg)
{
    struct lane *lane = arg;

    evhttp_free(lane->http);
    lane->http = NULL;
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

static void lane_close(struct lane *lane)
{
    if (lane->thread.started) {
        loop_stop(lane->loop);
        thread_join(&lane->thread);
    }
    if (lane->http != NULL) {
        evhttp_free(lane->http);
    }
    if (lane->fd >= 0) {
        (void)close(lane->fd);
    }
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

static int hex_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

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
            int high = i + 2 < s.n ? hex_of(s.p[i + 1]) : -1;
            int low = high >= 0 ? hex_of(s.p[i + 2]) : -1;
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
