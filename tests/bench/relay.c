/* bench-relay: both ends of a proxy under test, as cheap as can be: the
 * provider behind it, and the callers before it.
 *
 *   relay provider PORT
 *       answers every POST with 1.2 kB of JSON and a usage of its own; one
 *       that asks for a stream gets events: "stream":"idle" one, and then
 *       silence; "stream":true ten, each with the time it was sent
 *   relay calls PORT PATH CONNECTIONS CALLS RATE [HEADER...]
 *       a 1.3 kB request a call, RATE a second over all connections (0: one
 *       after the other); prints latencies
 *   relay streams PORT PATH CONNECTIONS STREAMS
 *       prints how long events were on their way
 *   relay idle PORT PATH STREAMS
 *       opens them, prints a line when all have begun, and holds them until
 *       its input ends
 *
 * One thread, one epoll; both ends of a connection on one machine, so times
 * are of one clock. */
#include "base/attr.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define READ_BYTES      (64 * 1024)
#define MESSAGE_BYTES   (256 * 1024)
#define EVENTS_A_STREAM 10
#define EVENT_EVERY_US  20000
#define PROMPT_BYTES    1100
#define WAITED_MAX      256

struct conn {
    int fd;
    struct buf in;
    int64_t began_us; /* the call under way; 0: none */
    int64_t due_us;   /* provider: of the next event */
    int n_events;     /* of the stream under way */
    bool has_begun;
    struct conn *next; /* of those that stream, or are free */
};

struct relay {
    int epoll;
    int timer;
    struct conn *list; /* streaming (provider), or free (caller) */
    uint64_t n_answers;
    /* A caller's. */
    uint16_t port;
    struct buf request;
    uint64_t n_conns;
    uint64_t n_calls;
    uint64_t rate;
    uint64_t n_sent;
    uint64_t n_done;
    uint64_t n_begun;
    int64_t start_us;
    int64_t *took_us;
    size_t n_took;
    size_t took_max;
    bool is_idle;
    bool is_stream;
};

/* ---- sockets ---- */

static void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
}

static void watch(const struct relay *r, int fd, void *of)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = of};

    must(epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &e) == 0, "epoll_ctl");
}

static struct conn *conn_new(const struct relay *r, int fd)
{
    const int one = 1;
    struct conn *c = mem_alloc(sizeof *c);

    must(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0,
         "setsockopt");
    c->fd = fd;
    buf_init(&c->in, MESSAGE_BYTES);
    watch(r, fd, c);
    return c;
}

static void say(const struct conn *c, struct str s)
{
    while (s.n > 0) {
        ssize_t n = send(c->fd, s.p, s.n, MSG_NOSIGNAL);

        if (n < 0 && errno != EAGAIN) {
            return; /* seen when reading */
        }
        s = str_sub(s, n > 0 ? (size_t)n : 0, SIZE_MAX);
    }
}

/* False at the end of the connection. */
static bool hear(struct conn *c)
{
    char *space = buf_space(&c->in, READ_BYTES);
    ssize_t n = 0;

    must(space != NULL, "a message is too large");
    n = recv(c->fd, space, READ_BYTES, MSG_DONTWAIT);
    if (n > 0) {
        buf_used(&c->in, (size_t)n);
    }
    return n > 0 || (n < 0 && errno == EAGAIN);
}

static uint64_t number_behind(struct str s, struct str name)
{
    size_t from = str_find(s, name, 0);
    uint64_t n = 0;

    for (size_t i = from == SIZE_MAX ? s.n : from + name.n;
         i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
        n = n * 10 + (uint64_t)(s.p[i] - '0');
    }
    return n;
}

/* Bytes of the message at the front, 0 when it is not whole. */
static size_t whole(struct str s)
{
    size_t head = str_find(s, STR("\r\n\r\n"), 0);

    if (head == SIZE_MAX) {
        return 0;
    }
    struct str lines = str_sub(s, 0, head);
    if (str_find(lines, STR("chunked"), 0) != SIZE_MAX) {
        size_t end = str_find(s, STR("\r\n0\r\n\r\n"), head);
        return end == SIZE_MAX ? 0 : end + 7;
    }
    size_t at = head + 4 +
                number_behind(lines, str_find(lines, STR("content-length: "),
                                              0) != SIZE_MAX
                                         ? STR("content-length: ")
                                         : STR("Content-Length: "));
    return s.n >= at ? at : 0;
}

/* ---- the provider ---- */

static void answer_whole(struct relay *r, const struct conn *c)
{
    struct buf body;
    struct buf out;

    buf_init(&body, MESSAGE_BYTES);
    buf_init(&out, MESSAGE_BYTES);
    buf_fmt(&body,
            "{\"id\":\"chatcmpl-%d-%" PRIu64 "\",\"object\":"
            "\"chat.completion\",\"created\":1780000000,\"model\":"
            "\"gpt-4o-mini-2024-07-18\",\"choices\":[{\"index\":0,"
            "\"message\":{\"role\":\"assistant\",\"content\":\"",
            (int)getpid(), ++r->n_answers);
    for (int i = 0; i < 80; i++) {
        buf_cz(&body, "an answer ");
    }
    buf_cz(&body, "\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":"
                  "\"stop\"}],\"usage\":{\"prompt_tokens\":300,"
                  "\"completion_tokens\":160,\"total_tokens\":460,"
                  "\"prompt_tokens_details\":{\"cached_tokens\":128},"
                  "\"completion_tokens_details\":{\"reasoning_tokens\":0}}}");
    buf_fmt(&out,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            "x-request-id: req_%" PRIu64 "\r\nDate: Sun, 29 Nov 2026 12:00:00 "
            "GMT\r\nContent-Length: %zu\r\n\r\n",
            r->n_answers, body.n);
    buf_str(&out, buf_view(&body));
    say(c, buf_view(&out));
    buf_fini(&body);
    buf_fini(&out);
}

static void chunk(const struct conn *c, struct str s)
{
    struct buf out;

    buf_init(&out, MESSAGE_BYTES);
    buf_fmt(&out, "%zx\r\n", s.n);
    buf_str(&out, s);
    buf_cz(&out, "\r\n");
    say(c, buf_view(&out));
    buf_fini(&out);
}

static void say_event(struct relay *r, struct conn *c)
{
    struct buf b;

    buf_init(&b, MESSAGE_BYTES);
    buf_fmt(&b,
            "data: {\"id\":\"chatcmpl-%d-s%d\",\"object\":"
            "\"chat.completion.chunk\",\"created\":1780000000,\"model\":"
            "\"gpt-4o-mini-2024-07-18\",\"sent\":%" PRId64
            ",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word \"},"
            "\"finish_reason\":null}],\"usage\":null}\n\n",
            (int)getpid(), c->fd, clock_mono_us());
    chunk(c, buf_view(&b));
    buf_fini(&b);
    c->n_events++;
    (void)r;
}

static void end_stream(const struct conn *c)
{
    struct buf b;

    buf_init(&b, MESSAGE_BYTES);
    buf_fmt(&b,
            "data: {\"id\":\"chatcmpl-%d-s%d-%" PRId64
            "\",\"object\":\"chat.completion.chunk\",\"model\":"
            "\"gpt-4o-mini-2024-07-18\",\"choices\":[],\"usage\":"
            "{\"prompt_tokens\":300,\"completion_tokens\":10,"
            "\"total_tokens\":310}}\n\ndata: [DONE]\n\n",
            (int)getpid(), c->fd, clock_mono_us());
    chunk(c, buf_view(&b));
    say(c, STR("0\r\n\r\n"));
    buf_fini(&b);
}

static void begin_stream(struct relay *r, struct conn *c, bool is_idle)
{
    say(c, STR("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
               "Transfer-Encoding: chunked\r\n\r\n"));
    c->n_events = 0;
    say_event(r, c);
    if (!is_idle) {
        c->due_us = clock_mono_us() + EVENT_EVERY_US;
        c->next = r->list;
        r->list = c;
    }
}

static void provider_hears(struct relay *r, struct conn *c)
{
    size_t n;

    if (!hear(c)) {
        struct conn **at = &r->list;
        while (*at != NULL && *at != c) {
            at = &(*at)->next;
        }
        if (*at == c) {
            *at = c->next;
        }
        (void)close(c->fd);
        buf_fini(&c->in);
        mem_free(c);
        return;
    }
    while ((n = whole(buf_view(&c->in))) > 0) {
        struct str s = str_sub(buf_view(&c->in), 0, n);
        bool is_idle =
            str_find(s, STR("\"stream\":true,\"n\":1"), 0) != SIZE_MAX;

        if (str_find(s, STR("\"stream\":true"), 0) == SIZE_MAX) {
            answer_whole(r, c);
        } else {
            begin_stream(r, c, is_idle);
        }
        buf_drop_front(&c->in, n);
    }
}

static void stream_on(struct relay *r)
{
    struct conn **at = &r->list;
    int64_t now_us = clock_mono_us();

    while (*at != NULL) {
        struct conn *c = *at;

        if (c->due_us > now_us) {
            at = &c->next;
        } else if (c->n_events < EVENTS_A_STREAM) {
            say_event(r, c);
            c->due_us += EVENT_EVERY_US;
            at = &c->next;
        } else {
            end_stream(c);
            *at = c->next;
        }
    }
}

static void provide(struct relay *r, uint16_t port)
{
    const int one = 1;
    struct sockaddr_in at = loopback(port);
    int door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    must(door >= 0, "socket");
    must(setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0,
         "setsockopt");
    must(bind(door, (struct sockaddr *)&at, sizeof at) == 0, "bind");
    must(listen(door, 4096) == 0, "listen");
    watch(r, door, NULL);
    (void)printf("ready\n");
    (void)fflush(stdout);
    for (;;) {
        struct epoll_event e[WAITED_MAX];
        int n = epoll_wait(r->epoll, e, WAITED_MAX, r->list != NULL ? 1 : -1);

        for (int i = 0; i < n; i++) {
            if (e[i].data.ptr != NULL) {
                provider_hears(r, e[i].data.ptr);
            } else {
                int fd = accept4(door, NULL, NULL, SOCK_CLOEXEC);
                must(fd >= 0, "accept");
                (void)conn_new(r, fd);
            }
        }
        stream_on(r);
    }
}

/* ---- the callers ---- */

/* `header`: more of them, "Name: value", up to NULL. */
static void make_request(struct relay *r, const char *path, char **header)
{
    struct buf body;

    buf_init(&body, MESSAGE_BYTES);
    buf_init(&r->request, MESSAGE_BYTES);
    buf_fmt(&body,
            "{\"model\":\"gpt-4o-mini\",%s\"messages\":[{\"role\":"
            "\"user\",\"content\":\"",
            r->is_idle     ? "\"stream\":true,\"n\":1,"
            : r->is_stream ? "\"stream\":true,"
                           : "");
    for (int i = 0; i < PROMPT_BYTES / 10; i++) {
        buf_cz(&body, "question? ");
    }
    buf_cz(&body, "\"}],\"temperature\":0.2,\"max_tokens\":200,"
                  "\"user\":\"user-00017\"}");
    buf_fmt(&r->request,
            "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAccept: "
            "application/json\r\nContent-Type: application/json\r\n"
            "Authorization: Bearer sk-bench-000000000000000000000000\r\n"
            "User-Agent: OpenAI/JS 6.0.0\r\nX-Toll-Feature: bench\r\n"
            "Content-Length: %zu\r\n",
            path, r->port, body.n);
    for (; *header != NULL; header++) {
        buf_fmt(&r->request, "%s\r\n", *header);
    }
    buf_cz(&r->request, "\r\n");
    buf_str(&r->request, buf_view(&body));
    buf_fini(&body);
}

static struct conn *join(struct relay *r)
{
    struct sockaddr_in to = loopback(r->port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    must(fd >= 0, "socket");
    must(connect(fd, (struct sockaddr *)&to, sizeof to) == 0, "connect");
    return conn_new(r, fd);
}

static void call(struct relay *r, struct conn *c, int64_t began_us)
{
    c->began_us = began_us;
    r->n_sent++;
    say(c, buf_view(&r->request));
}

static void took(struct relay *r, int64_t us)
{
    if (r->n_took < r->took_max) {
        r->took_us[r->n_took++] = us;
    }
}

/* Sends what is due: at the rate, each call's time runs from when it should
 * have been sent. */
static void send_due(struct relay *r)
{
    int64_t now_us = clock_mono_us();

    while (r->list != NULL && r->n_sent < r->n_calls) {
        int64_t due_us =
            r->rate == 0
                ? now_us
                : r->start_us + (int64_t)(r->n_sent * 1000000 / r->rate);
        if (due_us > now_us) {
            const struct itimerspec at = {
                .it_value = {.tv_sec = due_us / 1000000,
                             .tv_nsec = due_us % 1000000 * 1000}};
            must(timerfd_settime(r->timer, TFD_TIMER_ABSTIME, &at, NULL) == 0,
                 "timerfd_settime");
            return;
        }
        struct conn *c = r->list;
        r->list = c->next;
        call(r, c, due_us);
    }
}

/* The times that stand in the events are those of their sending. */
static void take_events(struct relay *r, struct conn *c, int64_t now_us)
{
    const struct str sent = STR("\"sent\":");
    struct str s = buf_view(&c->in);
    size_t at;
    size_t done = 0;

    while ((at = str_find(s, sent, done)) != SIZE_MAX &&
           str_find_char(s, '\n', at) != SIZE_MAX) {
        took(r,
             now_us - (int64_t)number_behind(str_sub(s, at, SIZE_MAX), sent));
        done = at + sent.n;
    }
    if (str_find(s, STR("\r\n0\r\n\r\n"), 0) == SIZE_MAX) {
        buf_drop_front(&c->in, done);
        return;
    }
    buf_clear(&c->in);
    r->n_done++;
    c->next = r->list;
    r->list = c;
}

static void caller_hears(struct relay *r, struct conn *c)
{
    must(hear(c), "the server hung up");
    int64_t now_us = clock_mono_us();
    struct str s = buf_view(&c->in);

    if (r->is_idle) {
        r->n_begun +=
            !c->has_begun && str_find(s, STR("\"sent\""), 0) != SIZE_MAX;
        c->has_begun =
            c->has_begun || str_find(s, STR("\"sent\""), 0) != SIZE_MAX;
    } else if (r->is_stream) {
        take_events(r, c, now_us);
    } else if (whole(s) > 0) {
        must(str_starts(s, STR("HTTP/1.1 200")), "an answer is no 200");
        took(r, now_us - c->began_us);
        buf_clear(&c->in);
        r->n_done++;
        c->next = r->list;
        r->list = c;
    }
}

static int compare_i64(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void report(const struct relay *r, double seconds)
{
    const size_t n = r->n_took;
    int64_t sum = 0;

    CHECK(n > 0);
    qsort(r->took_us, n, sizeof *r->took_us, compare_i64);
    for (size_t i = 0; i < n; i++) {
        sum += r->took_us[i];
    }
    (void)printf("{\"calls\":%" PRIu64 ",\"seconds\":%.3f,\"mean_us\":%.1f,"
                 "\"p50_us\":%" PRId64 ",\"p99_us\":%" PRId64
                 ",\"max_us\":%" PRId64 "}\n",
                 r->n_done, seconds, (double)sum / (double)n, r->took_us[n / 2],
                 r->took_us[n * 99 / 100], r->took_us[n - 1]);
}

static void turn(struct relay *r)
{
    struct epoll_event e[WAITED_MAX];
    int n = epoll_wait(r->epoll, e, WAITED_MAX, -1);

    for (int i = 0; i < n; i++) {
        if (e[i].data.ptr != NULL) {
            caller_hears(r, e[i].data.ptr);
        } else {
            uint64_t ticks;
            must(read(r->timer, &ticks, sizeof ticks) > 0 || errno == EAGAIN,
                 "timerfd");
        }
    }
}

static void make_calls(struct relay *r)
{
    for (uint64_t i = 0; i < r->n_conns; i++) {
        struct conn *c = join(r);
        c->next = r->list;
        r->list = c;
    }
    r->start_us = clock_mono_us();
    while (r->n_done < r->n_calls) {
        send_due(r);
        turn(r);
    }
    report(r, (double)(clock_mono_us() - r->start_us) / 1e6);
}

static void hold_idle(struct relay *r)
{
    char byte;

    for (uint64_t i = 0; i < r->n_conns; i++) {
        call(r, join(r), 0);
        while (r->n_begun + 64 < r->n_sent) {
            turn(r);
        }
    }
    while (r->n_begun < r->n_conns) {
        turn(r);
    }
    (void)printf("open\n");
    (void)fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0) {
        /* Until whoever measures is done. */
    }
}

/* ---- the command line ---- */

static uint64_t number(const char *text)
{
    uint64_t n = 0;

    must(str_to_u64(str_from_cz(text), &n) == RC_OK, text);
    return n;
}

static bool caller(struct relay *r, int argc, char **argv)
{
    const bool is_calls = strcmp(argv[1], "calls") == 0;

    r->is_idle = strcmp(argv[1], "idle") == 0;
    r->is_stream = strcmp(argv[1], "streams") == 0;
    if (is_calls ? argc < 7 : argc != (r->is_stream ? 6 : r->is_idle ? 5 : 0)) {
        return false;
    }
    r->port = (uint16_t)number(argv[2]);
    r->n_conns = number(argv[4]);
    r->n_calls = argc > 5 ? number(argv[5]) : 0;
    r->rate = is_calls ? number(argv[6]) : 0;
    r->took_max = r->n_calls * (r->is_stream ? EVENTS_A_STREAM : 1);
    r->took_us = mem_array(r->took_max + 1, sizeof *r->took_us);
    make_request(r, argv[3], argv + (is_calls ? 7 : argc));
    if (r->is_idle) {
        hold_idle(r);
    } else {
        make_calls(r);
    }
    return true;
}

int main(int argc, char **argv)
{
    struct relay r = {.epoll = epoll_create1(EPOLL_CLOEXEC)};
    struct rlimit files;

    must(r.epoll >= 0, "epoll_create1");
    must(getrlimit(RLIMIT_NOFILE, &files) == 0, "getrlimit");
    files.rlim_cur = files.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &files) == 0, "setrlimit");
    r.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    must(r.timer >= 0, "timerfd_create");
    if (argc == 3 && strcmp(argv[1], "provider") == 0) {
        provide(&r, (uint16_t)number(argv[2]));
    }
    watch(&r, r.timer, NULL);
    if (argc < 2 || !caller(&r, argc, argv)) {
        (void)fprintf(
            stderr,
            "use: relay provider PORT | calls PORT PATH CONNECTIONS "
            "CALLS RATE [HEADER...] | streams PORT PATH CONNECTIONS STREAMS | "
            "idle PORT PATH STREAMS\n");
        return 2;
    }
    return 0;
}
