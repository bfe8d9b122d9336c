/* One connection: requests are read whole, one at a time, and the next only
 * after the last was answered.
 *
 * What a call says is gathered and sent once a turn of the loop, so that head,
 * body and end of an answer that come together leave together, and what they
 * leave of it waits for the socket.  While a call is under way the socket
 * stays watched for reading, as it was, since the usual client sends nothing
 * then; one that does (it pipelines, or says that it sends no more) is not
 * listened to any longer until the call has ended. */
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "net/http_error.h"
#include "net/http_server_priv.h"
#include "net/loop.h"
#include "net/loop_priv.h"

#include <errno.h>
#include <event2/event.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static void on_event(evutil_socket_t fd, short what, void *arg);
static void pump(struct http_conn *c);

/* ---- life ---- */

static void want(struct http_conn *c, short wanted)
{
    if (c->is_broken || c->wanted == wanted) {
        return;
    }
    if (c->wanted != 0) {
        (void)event_del(&c->event);
    }
    c->wanted = wanted;
    if (wanted != 0) {
        CHECK(event_assign(&c->event, loop_base(c->lane->loop), c->fd,
                           (short)(wanted | EV_PERSIST), on_event, c) == 0);
        CHECK(event_add(&c->event, NULL) == 0);
    }
}

static void wait_until(struct http_conn *c, int64_t us)
{
    const struct timeval in = {.tv_sec = us / 1000000, .tv_usec = us % 1000000};

    CHECK(event_add(&c->timer, &in) == 0);
}

static int64_t patience_us(const struct http_conn *c)
{
    return c->state == CONN_LINGERING ? LIMIT_HTTP_LINGER_MS * INT64_C(1000)
                                      : LIMIT_HTTP_IDLE_S * INT64_C(1000000);
}

/* A call that nothing is said of yet may take as long as it likes. */
static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct http_conn *c = arg;
    int64_t idle_us = clock_mono_us() - c->last_us;

    (void)fd;
    (void)what;
    if (c->state == CONN_CALLED && conn_n_waiting(c) == 0) {
        wait_until(c, patience_us(c));
    } else if (idle_us >= patience_us(c)) {
        conn_free(c);
    } else {
        wait_until(c, patience_us(c) - idle_us);
    }
}

void conn_new(struct http_lane *lane, int fd, const struct sockaddr *peer,
              socklen_t peer_n)
{
    struct http_conn *c = mem_alloc(sizeof *c);

    if (getnameinfo(peer, peer_n, c->peer, sizeof c->peer, NULL, 0,
                    NI_NUMERICHOST) != 0) {
        c->peer[0] = '\0';
    }
    c->lane = lane;
    c->fd = fd;
    c->state = CONN_READING;
    c->last_us = clock_mono_us();
    c->next = lane->conn;
    c->at = &lane->conn;
    if (c->next != NULL) {
        c->next->at = &c->next;
    }
    lane->conn = c;
    buf_init(&c->in, SIZE_MAX);
    buf_init(&c->body, lane->server->opt.body_max);
    buf_init(&c->out, SIZE_MAX);
    buf_init(&c->whole, SIZE_MAX);
    CHECK(event_assign(&c->event, loop_base(lane->loop), fd,
                       EV_READ | EV_PERSIST, on_event, c) == 0);
    CHECK(evtimer_assign(&c->timer, loop_base(lane->loop), on_timer, c) == 0);
    wait_until(c, patience_us(c));
    want(c, EV_READ);
}

static void unsay(struct http_conn *c)
{
    struct http_conn **at = &c->lane->said;

    while (c->is_said && *at != c) {
        at = &(*at)->next_said;
    }
    if (c->is_said) {
        *at = c->next_said;
        c->is_said = false;
    }
}

void conn_free(struct http_conn *c)
{
    struct http_call *call = c->call;

    (void)event_del(&c->event);
    (void)event_del(&c->timer);
    unsay(c);
    *c->at = c->next;
    if (c->next != NULL) {
        c->next->at = c->at;
    }
    (void)close(c->fd);
    buf_fini(&c->in);
    buf_fini(&c->body);
    buf_fini(&c->out);
    buf_fini(&c->whole);
    http_parse_free(&c->parse);
    mem_free(c);
    if (call == NULL) {
        return;
    }
    call->conn = NULL;
    if (call->is_sending) {
        http_call_end(call);
    } else if (call->watch.gone != NULL) {
        call->watch.gone(call->watch.arg);
    }
}

/* Found out where it must not be freed. */
static void break_off(struct http_conn *c)
{
    c->is_broken = true;
    event_active(&c->event, EV_WRITE, 0);
}

/* ---- sending ---- */

size_t conn_n_waiting(const struct http_conn *c)
{
    return c->out.n - c->out_from + c->whole.n - c->whole_from;
}

static void note_said(struct http_conn *c)
{
    if (!c->is_said) {
        c->is_said = true;
        c->next_said = c->lane->said;
        c->lane->said = c;
        event_active(c->lane->flush, EV_TIMEOUT, 0);
    }
}

void conn_say(struct http_conn *c, struct str bytes)
{
    if (c->is_broken) {
        return;
    }
    if (c->out_from > 0 && c->out.n + bytes.n > c->out.cap) {
        buf_drop_front(&c->out, c->out_from);
        c->out_from = 0;
    }
    buf_str(&c->out, bytes);
    note_said(c);
}

void conn_say_whole(struct http_conn *c, struct buf *own)
{
    CHECK(c->whole.n == 0);
    buf_fini(&c->whole);
    c->whole = *own;
    c->whole_from = 0;
    buf_init(own, 0);
    note_said(c);
}

static void sent(struct http_conn *c, size_t n)
{
    size_t of_out = c->out.n - c->out_from;

    of_out = n < of_out ? n : of_out;
    c->out_from += of_out;
    c->whole_from += n - of_out;
    c->last_us = clock_mono_us();
    if (conn_n_waiting(c) > 0) {
        return;
    }
    buf_fini(&c->out); /* an idle connection holds no memory */
    buf_fini(&c->whole);
    buf_init(&c->out, SIZE_MAX);
    buf_init(&c->whole, SIZE_MAX);
    c->out_from = 0;
    c->whole_from = 0;
}

/* False when the connection is broken. */
static bool send_some(struct http_conn *c)
{
    struct iovec piece[2] = {
        {.iov_base = c->out.p + c->out_from, .iov_len = c->out.n - c->out_from},
        {.iov_base = c->whole.p + c->whole_from,
         .iov_len = c->whole.n - c->whole_from},
    };
    const bool has_out = piece[0].iov_len > 0;
    struct msghdr m = {
        .msg_iov = has_out ? piece : piece + 1,
        .msg_iovlen = has_out && piece[1].iov_len > 0 ? 2 : 1,
    };
    ssize_t n = sendmsg(c->fd, &m, MSG_NOSIGNAL);

    if (n < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    sent(c, (size_t)n);
    return true;
}

/* The last byte is with the kernel: the call ends, and so may the connection,
 * once the client has read it all: hanging up at once would take back what it
 * has not read when it has sent something more. */
static void end_call(struct http_conn *c)
{
    struct http_call *call = c->call;
    bool closes = call->closes;

    c->call = NULL;
    http_call_end(call);
    if (closes) {
        c->state = CONN_LINGERING;
        (void)shutdown(c->fd, SHUT_WR);
        wait_until(c, patience_us(c));
        want(c, EV_READ);
        return;
    }
    c->state = CONN_READING;
    want(c, EV_READ);
    pump(c);
}

/* What could be sent was. */
static void settle(struct http_conn *c)
{
    if (conn_n_waiting(c) > 0) {
        want(c, (short)(c->wanted | EV_WRITE));
        return;
    }
    want(c, (short)(c->wanted & ~EV_WRITE));
    if (c->state == CONN_CALLED && c->call->is_sending) {
        end_call(c);
    } else if (c->state == CONN_CALLED && c->call->watch.drained != NULL) {
        c->call->watch.drained(c->call->watch.arg);
    }
}

void conn_flush_all(struct http_lane *lane)
{
    while (lane->said != NULL) {
        struct http_conn *c = lane->said;

        unsay(c);
        if ((c->wanted & EV_WRITE) != 0) {
            continue; /* the socket is full; it is waited for */
        }
        if (conn_n_waiting(c) > 0 && !send_some(c)) {
            break_off(c);
        } else {
            settle(c);
        }
    }
}

/* ---- receiving ---- */

struct refusal {
    int status;
    const char *code;
    const char *message;
};

static const struct refusal refusals[] = {
    {400, "parse", "this is no HTTP/1.1 request"},
    {413, "limit", "the body is too large"},
    {431, "limit", "the headers are too large"},
    {501, "unsupported", "this method is not known here"},
    {505, "unsupported", "of HTTP, versions 1.1 and 1.0 are known here"},
};

static const struct refusal *refusal_of(int status)
{
    size_t i = 0;

    while (i + 1 < ARRAY_N(refusals) && refusals[i].status != status) {
        i++;
    }
    return &refusals[i];
}

/* The answer to what is no request; nothing is read after it. */
static void refuse(struct http_conn *c, int status)
{
    const struct refusal *r = refusal_of(status);
    struct buf body;
    struct buf text;

    buf_init(&body, 1024);
    buf_init(&text, 2048);
    http_error_body(&body, str_from_cz(r->code), str_from_cz(r->message),
                    STR_EMPTY);
    buf_fmt(&text,
            "HTTP/1.1 %d %.*s\r\nContent-Type: application/json\r\n"
            "Content-Length: %zu\r\nConnection: close\r\n\r\n%.*s",
            status, STR_ARG(http_reason(status)), body.n,
            STR_ARG(buf_view(&body)));
    (void)send(c->fd, text.p, text.n, MSG_NOSIGNAL);
    buf_fini(&body);
    buf_fini(&text);
    buf_fini(&c->in);
    buf_init(&c->in, SIZE_MAX);
    c->state = CONN_LINGERING;
    (void)shutdown(c->fd, SHUT_WR);
    wait_until(c, patience_us(c));
    want(c, EV_READ);
}

struct method {
    const char *name;
    enum http_method method;
};

static const struct method methods[] = {
    {"POST", HTTP_POST},       {"GET", HTTP_GET},       {"HEAD", HTTP_HEAD},
    {"PUT", HTTP_PUT},         {"DELETE", HTTP_DELETE}, {"PATCH", HTTP_PATCH},
    {"OPTIONS", HTTP_OPTIONS},
};

static enum http_method method_of(struct str name)
{
    for (size_t i = 0; i < ARRAY_N(methods); i++) {
        if (str_eq(name, str_from_cz(methods[i].name))) {
            return methods[i].method;
        }
    }
    return HTTP_OTHER;
}

/* "/path?query", also of "http://host/path?query", which servers must take. */
static struct str target_of(struct str uri)
{
    if (str_starts(uri, STR("/"))) {
        return uri;
    }
    size_t scheme = str_find(uri, STR("://"), 0);
    if (scheme == SIZE_MAX) {
        return uri;
    }
    size_t slash = str_find_char(uri, '/', scheme + 3);
    return slash == SIZE_MAX ? STR("/") : str_sub(uri, slash, SIZE_MAX);
}

static int status_of(enum http_parsed parsed)
{
    switch (parsed) {
    case HTTP_PARSED_METHOD:
        return 501;
    case HTTP_PARSED_VERSION:
        return 505;
    case HTTP_PARSED_MORE:
    case HTTP_PARSED_HEAD:
    case HTTP_PARSED_WRONG:
        break;
    }
    return 400;
}

/* The head is whole: what it asks for.  Slices are of `in` as it stands. */
static void read_head(struct http_conn *c, struct http_request *r)
{
    struct http_told told;

    http_parse_tell(c->parse, c->in.p, &told, &c->lane->fields);
    r->method = method_of(told.method);
    r->query = target_of(told.target);
    (void)str_cut(&r->query, '?', &r->path);
    c->head_n = told.head_n;
    c->body_n = told.length;
    c->is_old = told.is_old;
    c->is_chunked = told.is_chunked;
    c->may_keep = told.may_keep;
}

/* The client waits to be asked for the body. */
static void ask_on(struct http_conn *c)
{
    const struct http_fields *f = &c->lane->fields;

    if (!c->is_old && http_says(f, "Expect", "100-continue")) {
        (void)send(c->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25, MSG_NOSIGNAL);
    }
}

enum progress { PROGRESS_MORE = 1, PROGRESS_WHOLE, PROGRESS_REFUSED };

static enum progress refuse_it(struct http_conn *c, int status)
{
    refuse(c, status);
    return PROGRESS_REFUSED;
}

static bool add_piece(void *arg, struct str piece)
{
    struct http_conn *c = arg;

    buf_str(&c->body, piece);
    return !c->body.overflown;
}

/* Out of chunks; what was taken is no longer kept behind the head. */
static enum progress take_chunks(struct http_conn *c)
{
    struct str rest = str_sub(buf_view(&c->in), c->head_n, SIZE_MAX);
    size_t n = 0;
    enum rc rc = http_parse_body(c->parse, rest, add_piece, c, &n);

    if (rc != RC_OK) {
        return refuse_it(c, rc == RC_PARSE ? 400 : 413);
    }
    memmove(c->in.p + c->head_n, c->in.p + c->head_n + n, rest.n - n);
    c->in.n -= n;
    return http_parse_is_over(c->parse) ? PROGRESS_WHOLE : PROGRESS_MORE;
}

/* Until the head is whole: MORE, WHOLE when it has become so. */
static enum progress take_head(struct http_conn *c, struct http_request *r)
{
    if (c->parse == NULL) {
        c->parse =
            http_parse_new(HTTP_PARSE_REQUEST, c->lane->server->opt.body_max);
    }
    enum http_parsed parsed = http_parse_head(c->parse, c->in.p, c->in.n);
    if (parsed == HTTP_PARSED_MORE) {
        return c->in.n > LIMIT_HTTP_HEADERS_BYTES ? refuse_it(c, 431)
                                                  : PROGRESS_MORE;
    }
    if (parsed != HTTP_PARSED_HEAD) {
        return refuse_it(c, status_of(parsed));
    }
    read_head(c, r);
    if (c->head_n > LIMIT_HTTP_HEADERS_BYTES) {
        return refuse_it(c, 431);
    }
    if (r->method == HTTP_OTHER) {
        return refuse_it(c, 501);
    }
    return c->body_n > c->lane->server->opt.body_max ? refuse_it(c, 413)
                                                     : PROGRESS_WHOLE;
}

static enum progress take_body(struct http_conn *c)
{
    if (c->is_chunked) {
        return take_chunks(c);
    }
    return c->in.n - c->head_n < c->body_n ? PROGRESS_MORE : PROGRESS_WHOLE;
}

/* As far as the request is there.  `r` is filled when it is whole. */
static enum progress take_request(struct http_conn *c, struct http_request *r)
{
    bool is_new = c->head_n == 0;
    enum progress p = is_new ? take_head(c, r) : PROGRESS_WHOLE;

    if (p != PROGRESS_WHOLE) {
        return p;
    }
    p = take_body(c);
    if (p == PROGRESS_MORE && is_new) {
        ask_on(c);
    } else if (p == PROGRESS_WHOLE && !is_new) {
        read_head(c, r); /* its bytes may have moved since */
    }
    return p;
}

static void call_handler(struct http_conn *c, struct http_request *r)
{
    struct http_lane *lane = c->lane;
    const struct http_fields *f = &lane->fields;
    struct http_call *call = mem_alloc(sizeof *call);
    struct http_server *s = lane->server;

    call->lane = lane;
    call->conn = c;
    call->is_head = r->method == HTTP_HEAD;
    c->call = call;
    c->state = CONN_CALLED;
    r->body = c->is_chunked
                  ? buf_view(&c->body)
                  : str_sub(buf_view(&c->in), c->head_n, (size_t)c->body_n);
    r->peer = str_from_cz(c->peer);
    r->content_type = http_fields_get(f, "Content-Type");
    r->content_encoding = http_fields_get(f, "Content-Encoding");
    r->accept_encoding = http_fields_get(f, "Accept-Encoding");
    r->if_none_match = http_fields_get(f, "If-None-Match");
    atomic_fetch_add(&s->n_calls, 1);
    s->opt.handler(s->opt.arg, call, r);
    lane->fields.n = 0;
}

/* The request was taken; what stands behind it is the next. */
static void drop_request(struct http_conn *c)
{
    size_t n = c->head_n + (c->is_chunked ? 0 : (size_t)c->body_n);

    if (n == c->in.n) {
        buf_fini(&c->in);
        buf_init(&c->in, SIZE_MAX);
    } else {
        buf_drop_front(&c->in, n);
    }
    buf_fini(&c->body);
    buf_init(&c->body, c->lane->server->opt.body_max);
    http_parse_free(&c->parse);
    c->head_n = 0;
}

/* Takes requests as long as there are whole ones and nobody is called. */
static void pump(struct http_conn *c)
{
    if (c->is_pumping) {
        return;
    }
    c->is_pumping = true;
    while (c->state == CONN_READING && c->in.n > 0) {
        struct http_request r = {.method = HTTP_OTHER};

        if (take_request(c, &r) != PROGRESS_WHOLE) {
            break;
        }
        call_handler(c, &r);
        drop_request(c);
    }
    c->is_pumping = false;
}

/* False at the end of the connection. */
static bool receive(struct http_conn *c)
{
    size_t n_want = c->in.n == 0 ? 4096 : LIMIT_HTTP_READ_BYTES;
    char *space = buf_space(&c->in, n_want);
    ssize_t n;

    CHECK(space != NULL);
    n = recv(c->fd, space, n_want, 0);
    if (n < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    if (n == 0) {
        return false;
    }
    buf_used(&c->in, (size_t)n);
    c->last_us = clock_mono_us();
    pump(c);
    return true;
}

static bool pass_over(struct http_conn *c)
{
    char waste[16 * 1024];
    ssize_t n = recv(c->fd, waste, sizeof waste, 0);

    c->n_passed_over += n > 0 ? (uint64_t)n : 0;
    return n > 0 ? c->n_passed_over < LIMIT_HTTP_LINGER_BYTES
                 : n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Something came while a call is under way.  A reset tells for certain that
 * nobody listens; anything else waits. */
static bool look(struct http_conn *c)
{
    char byte;
    ssize_t n = recv(c->fd, &byte, 1, MSG_PEEK);

    if (n < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    want(c, (short)(c->wanted & ~EV_READ));
    if (n == 0 && c->call->watch.left != NULL) {
        c->call->watch.left(c->call->watch.arg);
    }
    return true;
}

static bool hear(struct http_conn *c)
{
    switch (c->state) {
    case CONN_READING:
        return receive(c);
    case CONN_CALLED:
        return look(c);
    case CONN_LINGERING:
        return pass_over(c);
    }
    return false;
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
    struct http_conn *c = arg;

    (void)fd;
    if (c->is_broken || ((what & EV_READ) != 0 && !hear(c))) {
        conn_free(c);
        return;
    }
    if ((what & EV_WRITE) != 0 && conn_n_waiting(c) > 0) {
        if (!send_some(c)) {
            conn_free(c);
            return;
        }
        settle(c);
    }
}
