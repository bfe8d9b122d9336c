/* A connection as a client has it that hides nothing: bytes out, and answers
 * taken apart by the rules of HTTP/1.1 only. */
#ifndef TESTS_UNIT_NET_WIRE_H
#define TESTS_UNIT_NET_WIRE_H

#include "test.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"

struct wire {
    int fd;
    struct buf in; /* read and not yet taken */
};

struct wire_reply {
    int status;
    struct str head; /* status line and headers, until the next reply */
    struct str body; /* likewise */
};

static inline struct sockaddr_in wire_address(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
}

static inline void wire_join(struct wire *w, uint16_t port)
{
    struct sockaddr_in to = wire_address(port);

    assert_int_equal(connect(w->fd, (struct sockaddr *)&to, sizeof to), 0);
}

static inline void wire_init(struct wire *w)
{
    w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(w->fd >= 0);
    buf_init(&w->in, SIZE_MAX);
}

static inline void wire_open(struct wire *w, uint16_t port)
{
    wire_init(w);
    wire_join(w, port);
}

static inline void wire_close(struct wire *w)
{
    assert_int_equal(close(w->fd), 0);
    buf_fini(&w->in);
}

/* Gone without a word of parting: the server's next write fails. */
static inline void wire_reset(struct wire *w)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    assert_int_equal(
        setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    wire_close(w);
}

/* False when the server takes no more. */
static inline bool wire_send(struct wire *w, struct str s)
{
    while (s.n > 0) {
        ssize_t n = send(w->fd, s.p, s.n, MSG_NOSIGNAL);
        if (n < 0) {
            return false;
        }
        s = str_sub(s, (size_t)n, SIZE_MAX);
    }
    return true;
}

static inline void wire_say(struct wire *w, const char *text)
{
    assert_true(wire_send(w, str_from_cz(text)));
}

/* False at the end of what the server sends, however it ends. */
static inline bool wire_more(struct wire *w)
{
    char *space = buf_space(&w->in, 64 * 1024);
    ssize_t n = recv(w->fd, space, 64 * 1024, 0);

    buf_used(&w->in, n > 0 ? (size_t)n : 0);
    return n > 0;
}

/* The value of a header in a reply's head; p == NULL when there is none. */
static inline struct str wire_header(const struct wire_reply *r,
                                     const char *name)
{
    struct str rest = r->head;
    struct str line;

    while (str_cut(&rest, '\n', &line)) {
        struct str key;
        if (str_cut(&line, ':', &key) &&
            str_eq_nocase(key, str_from_cz(name)) && line.p != NULL) {
            return str_trim(line);
        }
    }
    return STR_EMPTY;
}

static inline void assert_has(struct str text, const char *part)
{
    if (str_find(text, str_from_cz(part), 0) == SIZE_MAX) {
        print_error("\"%.*s\" lacks \"%s\"\n", STR_ARG(text), part);
        fail();
    }
}

static inline void wire_rest(struct wire *w)
{
    while (wire_more(w)) {
        /* Until the end. */
    }
}

/* The next answer; false when the connection ends before it is whole.
 * `is_bare`: headers only, as after HEAD. */
static inline bool wire_next(struct wire *w, bool is_bare,
                             struct wire_reply *ret)
{
    uint64_t n = 0;
    size_t end;
    struct str line;

    *ret = (struct wire_reply){.status = 0};
    while ((end = str_find(buf_view(&w->in), STR("\r\n\r\n"), 0)) == SIZE_MAX) {
        if (!wire_more(w)) {
            return false;
        }
    }
    struct wire_reply r = {.head = str_sub(buf_view(&w->in), 0, end + 2)};
    struct str head = r.head;
    assert_true(str_cut(&head, '\r', &line));
    assert_true(str_starts(line, STR("HTTP/1.")));
    assert_int_equal(str_to_u64(str_sub(line, 9, 3), &n), RC_OK);
    r.status = (int)n;
    n = 0;
    struct str length = wire_header(&r, "Content-Length");
    if (length.n > 0 && !is_bare) {
        assert_int_equal(str_to_u64(length, &n), RC_OK);
    } else if (!is_bare) { /* HTTP/1.0: whatever comes */
        wire_rest(w);
        n = w->in.n - end - 4;
    }
    while (w->in.n < end + 4 + n) {
        if (!wire_more(w)) {
            return false;
        }
    }
    r.head = str_sub(buf_view(&w->in), 0, end + 2);
    r.body = str_sub(buf_view(&w->in), end + 4, n);
    *ret = r;
    return true;
}

/* What was taken by wire_next is forgotten; its slices end here. */
static inline void wire_drop(struct wire *w, const struct wire_reply *r)
{
    buf_drop_front(&w->in, r->head.n + 2 + r->body.n);
}

#endif
