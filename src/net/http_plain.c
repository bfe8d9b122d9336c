/* Plain HTTP/1.1 to a numeric address: a model server of one's own (Ollama,
 * vLLM), or a sidecar that speaks TLS.  What libcurl does for others it would
 * do here at three times the CPU, with 20 KB a stream, and by looking through
 * all connections to a host for one that is free: with 5,000 streams open, a
 * new call took a millisecond.  Here free connections are a list:
 *
 *   pool (an address) -> newest free -> ... -> oldest free
 *
 * and what is received passes through one buffer of the loop. */
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/why.h"
#include "net/http_upstream_priv.h"
#include "net/loop.h"
#include "net/loop_priv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

struct plain_pool {
    struct plain_pool *next;
    struct buf host; /* and port, as the request names it */
    struct sockaddr_storage to;
    socklen_t to_n;
    struct plain_conn *newest; /* free ones */
    struct plain_conn *oldest;
    int n_free;
};

struct plain_conn {
    struct plain_pool *pool;
    struct plain_conn *older; /* on the list of the free */
    struct plain_conn *newer;
    struct http_exchange *x; /* NULL: free */
    struct http_upstream *up;
    struct event event;
    int fd;
    short wanted;
    bool is_connected;
    bool is_kept; /* it has carried an exchange before */
    int64_t free_us;
};

static void on_plain(evutil_socket_t fd, short what, void *arg);

/* ---- connections ---- */

static void want(struct plain_conn *c, short wanted)
{
    if (c->wanted == wanted) {
        return;
    }
    if (c->wanted != 0) {
        (void)event_del(&c->event);
    }
    c->wanted = wanted;
    if (wanted != 0) {
        CHECK(event_assign(&c->event, loop_base(c->up->loop), c->fd,
                           (short)(wanted | EV_PERSIST), on_plain, c) == 0);
        CHECK(event_add(&c->event, NULL) == 0);
    }
}

static void conn_close(struct plain_conn *c)
{
    want(c, 0);
    (void)close(c->fd);
    mem_free(c);
}

/* Off the list of the free. */
static void take_off(struct plain_conn *c)
{
    struct plain_pool *p = c->pool;

    *(c->newer != NULL ? &c->newer->older : &p->newest) = c->older;
    *(c->older != NULL ? &c->older->newer : &p->oldest) = c->newer;
    c->older = NULL;
    c->newer = NULL;
    p->n_free--;
}

static void put_on(struct plain_conn *c)
{
    struct plain_pool *p = c->pool;

    c->x = NULL;
    c->is_kept = true;
    c->free_us = clock_mono_us();
    c->older = p->newest;
    *(c->older != NULL ? &c->older->newer : &p->oldest) = c;
    p->newest = c;
    p->n_free++;
    want(c, EV_READ); /* to learn that the other side hung up */
    while (p->n_free > LIMIT_UPSTREAM_KEPT ||
           c->free_us - p->oldest->free_us >
               LIMIT_UPSTREAM_KEPT_MS * INT64_C(1000)) {
        struct plain_conn *old = p->oldest;
        take_off(old);
        conn_close(old);
    }
}

static enum rc conn_open(struct http_exchange *x, struct why *why)
{
    const struct plain_pool *p = x->pool;
    const int one = 1;
    int fd =
        socket(p->to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return why_errno(why, errno, "socket");
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    if (connect(fd, (const struct sockaddr *)&p->to, p->to_n) != 0 &&
        errno != EINPROGRESS) {
        int err = errno;
        (void)close(fd);
        return why_set(why, RC_UNAVAILABLE, "connect: %s", strerror(err));
    }
    struct plain_conn *c = mem_alloc(sizeof *c);
    *c = (struct plain_conn){.pool = x->pool, .x = x, .up = x->up, .fd = fd};
    x->conn = c;
    x->is_connecting = true;
    return RC_OK;
}

/* ---- the request ---- */

static void add_field(struct buf *b, struct str name, struct str value)
{
    buf_str(b, name);
    buf_add(b, ": ", 2);
    buf_str(b, value);
    buf_add(b, "\r\n", 2);
}

static void make_ask(struct http_exchange *x, const struct http_ask *ask,
                     bool has_body)
{
    struct buf *b = &x->ask;

    buf_cz(b, http_method_name(ask->method));
    buf_char(b, ' ');
    buf_str(b, ask->target);
    buf_cz(b, " HTTP/1.1\r\n");
    add_field(b, STR("Host"), buf_view(&x->pool->host));
    for (size_t i = 0; i < ask->n_fields; i++) {
        add_field(b, ask->field[i].name, ask->field[i].value);
    }
    if (has_body) {
        buf_cz(b, "Content-Length: ");
        buf_u64(b, x->body.n);
        buf_cz(b, "\r\n");
    }
    buf_cz(b, "\r\n");
}

static size_t n_to_send(const struct http_exchange *x)
{
    return x->ask.n + x->body.n - x->n_sent;
}

/* False when the connection is broken. */
static bool send_some(struct http_exchange *x)
{
    size_t of_ask = x->n_sent < x->ask.n ? x->n_sent : x->ask.n;
    size_t of_body = x->n_sent - of_ask;
    struct iovec part[2] = {
        {.iov_base = x->ask.p + of_ask, .iov_len = x->ask.n - of_ask},
        {.iov_base = x->body.p, .iov_len = x->body.n - of_body},
    };

    if (part[1].iov_len > 0) {
        part[1].iov_base = x->body.p + of_body;
    }
    const bool has_ask = part[0].iov_len > 0;
    struct msghdr m = {
        .msg_iov = has_ask ? part : part + 1,
        .msg_iovlen = has_ask && part[1].iov_len > 0 ? 2 : 1,
    };
    ssize_t n = sendmsg(x->conn->fd, &m, MSG_NOSIGNAL);
    if (n < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    x->n_sent += (size_t)n;
    x->is_sent = true;
    x->last_us = clock_mono_us();
    return true;
}

static void listen_on(struct http_exchange *x)
{
    short wanted = (short)((x->is_paused ? 0 : EV_READ) |
                           (n_to_send(x) > 0 ? EV_WRITE : 0));

    want(x->conn, wanted);
}

static void fail(struct http_exchange *x, enum rc rc, const char *words)
{
    struct why why;

    x->may_keep = false;
    exchange_finish(x, why_set(&why, rc, "%s", words), &why);
}

/* On a free connection, else on a new one. */
static enum rc begin(struct http_exchange *x, struct why *why)
{
    struct plain_conn *c = x->is_again ? NULL : x->pool->newest;

    x->n_sent = 0;
    if (c == NULL) {
        enum rc rc = conn_open(x, why);
        if (rc == RC_OK) {
            want(x->conn, EV_WRITE);
        }
        return rc;
    }
    take_off(c);
    c->x = x;
    x->conn = c;
    if (!send_some(x)) {
        x->n_sent = 0; /* seen when it is read */
    }
    listen_on(x);
    return RC_OK;
}

/* The end may not be told before plain_start returns. */
static void fail_later(evutil_socket_t fd, short what, void *arg)
{
    struct http_exchange *x = arg;

    (void)fd;
    (void)what;
    fail(x, RC_UNAVAILABLE, "no connection can be made");
}

void plain_start(struct http_exchange *x, const struct http_ask *ask)
{
    struct why why;
    bool has_body = ask->own_body != NULL || ask->method == HTTP_POST ||
                    ask->method == HTTP_PUT || ask->method == HTTP_PATCH;

    if (ask->method == HTTP_HEAD) {
        has_body = false;
        buf_clear(&x->body);
    }
    make_ask(x, ask, has_body);
    if (begin(x, &why) == RC_OK) {
        exchange_wait(x);
        return;
    }
    const struct timeval at_once = {.tv_sec = 0};
    CHECK(evtimer_assign(&x->idle, loop_base(x->up->loop), fail_later, x) == 0);
    CHECK(event_add(&x->idle, &at_once) == 0);
}

void plain_let_go(struct http_exchange *x)
{
    struct plain_conn *c = x->conn;

    x->conn = NULL;
    if (c == NULL) {
        return;
    }
    if (x->may_keep) {
        put_on(c);
    } else {
        conn_close(c);
    }
}

void plain_hold(struct http_exchange *x, bool is_held)
{
    (void)is_held;
    if (x->conn != NULL && x->conn->is_connected) {
        listen_on(x);
    }
}

/* ---- the answer ---- */

enum taken { TAKEN_MORE = 1, TAKEN_ALL, TAKEN_BROKEN };

static bool hand_piece(void *arg, struct str piece)
{
    return exchange_hand_on(arg, piece);
}

/* The whole head: handed on, unless it is of an answer before the answer.
 * Then there is one to come, and no parser. */
static enum taken take_head(struct http_exchange *x, size_t *ret_n)
{
    struct http_fields *f = &x->up->fields;
    struct http_told told;

    http_parse_tell(x->parse, x->head.p, &told, f);
    x->status = told.status;
    if (told.status < 200) {
        http_parse_free(&x->parse);
        buf_drop_front(&x->head, told.head_n);
        return told.status == 101 ? TAKEN_BROKEN : TAKEN_MORE;
    }
    if (x->method == HTTP_HEAD) {
        http_parse_is_bare(x->parse);
    }
    x->may_keep = told.may_keep;
    x->is_begun = true;
    x->watch.head(x->watch.arg, &(struct http_answer_head){
                                    .status = told.status,
                                    .reason = told.reason,
                                    .field = f->at,
                                    .n_fields = f->n,
                                });
    *ret_n = told.head_n;
    return TAKEN_ALL;
}

static enum taken take_body(struct http_exchange *x, struct str bytes)
{
    size_t n = 0;

    if (http_parse_body(x->parse, bytes, hand_piece, x, &n) != RC_OK) {
        return TAKEN_BROKEN;
    }
    x->may_keep = x->may_keep && n == bytes.n;
    return http_parse_is_over(x->parse) ? TAKEN_ALL : TAKEN_MORE;
}

static enum taken take_begin(struct http_exchange *x, struct str bytes)
{
    enum taken taken = TAKEN_MORE;
    size_t n = 0;

    buf_str(&x->head, bytes);
    while (taken == TAKEN_MORE) {
        if (x->parse == NULL) {
            x->parse = http_parse_new(HTTP_PARSE_ANSWER, UINT64_MAX);
        }
        enum http_parsed parsed =
            http_parse_head(x->parse, x->head.p, x->head.n);
        if (parsed == HTTP_PARSED_MORE) {
            x->is_refused = x->head.overflown;
            return x->is_refused ? TAKEN_BROKEN : TAKEN_MORE;
        }
        taken = parsed == HTTP_PARSED_HEAD ? take_head(x, &n) : TAKEN_BROKEN;
    }
    if (taken == TAKEN_ALL) {
        taken = take_body(x, str_sub(buf_view(&x->head), n, SIZE_MAX));
    }
    buf_fini(&x->head);
    buf_init(&x->head, LIMIT_UPSTREAM_HEAD_BYTES);
    return taken;
}

/* A kept connection may have been hung up on while the request was on its way:
 * with no byte of an answer the request goes out once more, as libcurl does. */
static void hung_up(struct http_exchange *x, bool is_reset)
{
    struct why why;

    if (x->conn->is_kept && !x->is_begun && x->head.n == 0) {
        x->may_keep = false;
        plain_let_go(x);
        x->is_again = true;
        if (begin(x, &why) != RC_OK) {
            exchange_finish(x, RC_UNAVAILABLE, &why);
        }
        return;
    }
    if (!is_reset && x->is_begun && http_parse_ends(x->parse)) {
        why.text[0] = '\0';
        exchange_finish(x, RC_OK, &why);
        return;
    }
    fail(x, RC_IO,
         is_reset ? "the connection was reset" : "it hung up too early");
}

static void receive(struct http_exchange *x)
{
    struct http_upstream *up = x->up;
    struct why why = {.text = ""};
    ssize_t n = recv(x->conn->fd, up->space, LIMIT_UPSTREAM_READ_BYTES, 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0) {
        hung_up(x, n < 0);
        return;
    }
    struct str bytes = {.p = up->space, .n = (size_t)n};
    x->last_us = clock_mono_us();
    enum taken taken = x->is_begun ? take_body(x, bytes) : take_begin(x, bytes);
    switch (taken) {
    case TAKEN_MORE:
        break;
    case TAKEN_ALL:
        x->may_keep = x->may_keep && n_to_send(x) == 0;
        exchange_finish(x, RC_OK, &why);
        break;
    case TAKEN_BROKEN:
        fail(x, x->is_refused ? RC_LIMIT : RC_IO,
             x->is_refused ? "its answer is over a limit"
                           : "its answer is no HTTP");
        break;
    }
}

/* Connected, or not. */
static bool join(struct http_exchange *x)
{
    int err = 0;
    socklen_t n = sizeof err;
    struct why why;

    if (getsockopt(x->conn->fd, SOL_SOCKET, SO_ERROR, &err, &n) != 0 ||
        err != 0) {
        x->may_keep = false;
        exchange_finish(
            x, why_set(&why, RC_UNAVAILABLE, "connect: %s", strerror(err)),
            &why);
        return false;
    }
    x->conn->is_connected = true;
    x->is_connecting = false;
    x->last_us = clock_mono_us();
    exchange_wait(x);
    return true;
}

static void on_plain(evutil_socket_t fd, short what, void *arg)
{
    struct plain_conn *c = arg;
    struct http_exchange *x = c->x;

    (void)fd;
    if (x == NULL) { /* hung up on, or out of step */
        take_off(c);
        conn_close(c);
        return;
    }
    if (!c->is_connected && !join(x)) {
        return;
    }
    if ((what & EV_WRITE) != 0 && n_to_send(x) > 0 && !send_some(x)) {
        hung_up(x, true);
        return;
    }
    listen_on(x);
    if ((what & EV_READ) != 0) {
        receive(x);
    }
}

/* ---- pools ---- */

/* "http://10.0.0.7:8000" or "http://[::1]:8000"; false for a name. */
static bool read_address(const char *url, struct plain_pool *p)
{
    struct str host = str_sub(str_from_cz(url), 7, SIZE_MAX);
    struct str port = STR("80");
    char text[INET6_ADDRSTRLEN] = "";
    uint64_t number = 0;

    buf_str(&p->host, host);
    if (str_starts(host, STR("["))) {
        size_t end = str_find_char(host, ']', 0);
        port = str_sub(host, end == SIZE_MAX ? host.n : end + 1, SIZE_MAX);
        host = str_sub(host, 1, end == SIZE_MAX ? 0 : end - 1);
        port = port.n > 0 ? str_sub(port, 1, SIZE_MAX) : STR("80");
    } else {
        struct str rest = host;
        (void)str_cut(&rest, ':', &host);
        port = rest.p != NULL ? rest : port;
    }
    if (host.n == 0 || host.n >= sizeof text ||
        str_to_u64(port, &number) != RC_OK || number == 0 ||
        number > UINT16_MAX) {
        return false;
    }
    memcpy(text, host.p, host.n);
    struct sockaddr_in *v4 = (struct sockaddr_in *)&p->to;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&p->to;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)number);
        p->to_n = sizeof *v4;
        return true;
    }
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)number);
        p->to_n = sizeof *v6;
        return true;
    }
    return false;
}

struct plain_pool *plain_pool_of(struct http_upstream *up,
                                 const struct http_origin *origin)
{
    if (!str_starts(str_from_cz(origin->url), STR("http://")) ||
        origin->proxy != NULL) {
        return NULL;
    }
    struct str host = str_sub(str_from_cz(origin->url), 7, SIZE_MAX);
    struct plain_pool *p = up->pool;
    while (p != NULL && !str_eq(buf_view(&p->host), host)) {
        p = p->next;
    }
    if (p != NULL) {
        return p->to_n > 0 ? p : NULL;
    }
    /* Names have one too, so that they are told by it the next time. */
    p = mem_alloc(sizeof *p);
    buf_init(&p->host, SIZE_MAX);
    if (!read_address(origin->url, p)) {
        p->to_n = 0;
    }
    p->next = up->pool;
    up->pool = p;
    return p->to_n > 0 ? p : NULL;
}

void plain_open(struct http_upstream *up)
{
    up->space = mem_alloc(LIMIT_UPSTREAM_READ_BYTES);
}

void plain_close(struct http_upstream *up)
{
    while (up->pool != NULL) {
        struct plain_pool *p = up->pool;

        while (p->newest != NULL) {
            struct plain_conn *c = p->newest;
            take_off(c);
            conn_close(c);
        }
        up->pool = p->next;
        buf_fini(&p->host);
        mem_free(p);
    }
    http_fields_fini(&up->fields);
    mem_free(up->space);
}
