/* bench-load: posts bodies of usage events to a server on this machine as
 * cheaply as a client can, and says how fast they were acknowledged.
 *
 * A general HTTP client would spend as much of the cores as the server under
 * test.  Here each connection makes its request once, head and body; before
 * it is sent again only ids and run names are overwritten in place:
 *
 *   POST ... {"id":"________-____-...","run":"run-____________", ...}\n{"id":
 *                  ^ id_at[0]                ^ run_at[0]              id_at[1]
 *
 * A thread and a blocking socket a connection, one request in flight on each,
 * so the time to acknowledge includes all that a caller waits for. */
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/utc.h"
#include "base/why.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_BYTES_MAX ((size_t)256 << 20)
#define ANSWER_BYTES_MAX  ((size_t)1 << 20)
#define BUSY_PAUSE_MS     20
#define CALLS_PER_RUN     4
#define USERS             5000
#define CUSTOMERS         60
#define LENGTH_DIGITS     10

/* What the command line asks for, in this order. */
struct plan {
    uint64_t port;
    uint64_t n_conns;
    uint64_t n_bodies; /* over all connections */
    uint64_t n_events; /* in each body */
    uint64_t seed;     /* another seed, other ids */
};

/* What the connections share; fixed once they run, but for the atomics. */
struct load {
    struct plan plan;
    int64_t *latency_us; /* by body; each is written by the one that sent it */
    atomic_uint_fast64_t next_body;
    atomic_uint_fast64_t n_busy; /* answers that said: try again */
    atomic_bool failed;
};

struct conn {
    struct load *load;
    struct thread thread;
    int fd;
    struct buf request;
    size_t body_bytes;
    size_t *id_at;  /* offsets into the request, one an event */
    size_t *run_at; /* likewise */
    struct buf answer;
    enum rc rc; /* the thread's, until it has ended; why likewise */
    struct why why;
};

struct model {
    const char *provider;
    const char *name;
};

struct feature {
    const char *name;
    const char *workflow;
    const char *step;
    const char *owner;
};

static const struct model MODELS[] = {
    {"openai", "gpt-4o-mini"},
    {"openai", "gpt-4o"},
    {"openai", "gpt-4.1"},
    {"anthropic", "claude-sonnet-4-5"},
    {"anthropic", "claude-haiku-4-5"},
    {"gemini", "gemini-2.5-flash"},
};

static const struct feature FEATURES[] = {
    {"ticket-summary", "support-inbox", "summarise", "support-ai"},
    {"reply-draft", "support-inbox", "draft", "support-ai"},
    {"search", "site-search", "rerank", "discovery"},
    {"chat", "assistant", "answer", "assistant"},
    {"contract-review", "legal-desk", "extract", "documents"},
    {"translate", "localisation", "translate", "documents"},
    {"lead-scoring", "sales-desk", "score", "growth"},
    {"code-help", "developer-desk", "suggest", "assistant"},
};

static const char *const SEGMENTS[] = {"free", "team", "enterprise"};

/* The finaliser of SplitMix64: one to one, so distinct numbers stay so. */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* The highest `n` hexadecimal digits of x. */
static void put_hex(char *p, int n, uint64_t x)
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 0; i < n; i++) {
        p[i] = digits[(x >> (60 - 4 * i)) & 15];
    }
}

/* Shaped as a UUID; its first 16 digits alone tell the events apart. */
static void put_id(char *p, uint64_t n)
{
    uint64_t head = mix(n);
    uint64_t tail = mix(head);

    put_hex(p, 8, head);
    put_hex(p + 9, 4, head << 32);
    put_hex(p + 14, 4, head << 48);
    put_hex(p + 19, 4, tail);
    put_hex(p + 24, 12, tail << 16);
}

static void add_event(struct conn *c, struct rand *r, size_t i, int64_t now_us)
{
    const struct model *model = &MODELS[rand_below(r, ARRAY_N(MODELS))];
    const struct feature *feature = &FEATURES[rand_below(r, ARRAY_N(FEATURES))];
    struct buf *b = &c->request;
    uint64_t user = rand_below(r, USERS);
    uint64_t input = 200 + rand_below(r, 6000);
    uint64_t latency = 300 + rand_below(r, 4000);

    buf_cz(b, "{\"id\":\"");
    c->id_at[i] = b->n;
    buf_cz(b, "00000000-0000-0000-0000-000000000000\",\"ts\":\"");
    utc_add_text(b, now_us - (int64_t)rand_below(r, 3600) * UTC_US_PER_SECOND);
    buf_fmt(b, "\",\"provider\":\"%s\",\"model\":\"%s\"", model->provider,
            model->name);
    buf_fmt(b,
            ",\"input_tokens\":%" PRIu64 ",\"cache_read_tokens\":%" PRIu64
            ",\"output_tokens\":%" PRIu64,
            input, input / 2, 20 + rand_below(r, 800));
    buf_fmt(b, ",\"feature\":\"%s\",\"workflow\":\"%s\",\"run\":\"run-",
            feature->name, feature->workflow);
    c->run_at[i] = b->n;
    buf_fmt(b, "000000000000\",\"step\":\"%s\",\"prompt\":\"v14\"",
            feature->step);
    buf_fmt(b,
            ",\"segment\":\"%s\",\"customer\":\"customer-%02" PRIu64
            "\",\"user\":\"user-%05" PRIu64 "\",\"owner\":\"%s\"",
            SEGMENTS[user % ARRAY_N(SEGMENTS)], user % CUSTOMERS, user,
            feature->owner);
    buf_fmt(b,
            ",\"environment\":\"production\",\"status\":\"ok\""
            ",\"latency_ms\":%" PRIu64 ",\"ttft_ms\":%" PRIu64 "}\n",
            latency, latency / 4);
}

/* Head and body.  The head tells the body's length, which is known last, so
 * a field of fixed width waits for it. */
static enum rc make_request(struct conn *c, struct rand *r)
{
    const struct plan *plan = &c->load->plan;
    int64_t now_us = clock_now_us();
    char digits[24];
    size_t length_at;
    size_t body_at;
    enum rc rc;

    buf_fmt(&c->request,
            "POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1:%" PRIu64
            "\r\nContent-Type: application/x-ndjson\r\nContent-Length: ",
            plan->port);
    length_at = c->request.n;
    buf_cz(&c->request, "0000000000\r\n\r\n");
    body_at = c->request.n;
    for (size_t i = 0; i < plan->n_events; i++) {
        add_event(c, r, i, now_us);
    }
    rc = buf_rc(&c->request, &c->why);
    if (rc == RC_OK) {
        c->body_bytes = c->request.n - body_at;
        snprintf(digits, sizeof(digits), "%010zu", c->body_bytes);
        memcpy(c->request.p + length_at, digits, LENGTH_DIGITS);
    }
    return rc;
}

static void patch_request(struct conn *c, uint64_t body)
{
    const struct plan *plan = &c->load->plan;
    uint64_t first = (plan->seed << 40) + body * plan->n_events;

    for (uint64_t i = 0; i < plan->n_events; i++) {
        put_id(c->request.p + c->id_at[i], first + i);
        put_hex(c->request.p + c->run_at[i], 12,
                mix(~((first + i) / CALLS_PER_RUN)));
    }
}

static enum rc conn_connect(struct conn *c)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)c->load->plan.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0) {
        return why_errno(&c->why, errno, "making a socket");
    }
    if (connect(c->fd, (const struct sockaddr *)&address, sizeof(address)) !=
        0) {
        return why_errno(&c->why, errno, "connecting to 127.0.0.1:%" PRIu64,
                         c->load->plan.port);
    }
    return RC_OK;
}

static enum rc send_request(struct conn *c)
{
    size_t sent = 0;

    while (sent < c->request.n) {
        ssize_t n =
            send(c->fd, c->request.p + sent, c->request.n - sent, MSG_NOSIGNAL);

        if (n < 0) {
            return why_errno(&c->why, errno, "sending a body");
        }
        sent += (size_t)n;
    }
    return RC_OK;
}

/* The number after `name`, UINT64_MAX if there is none. */
static uint64_t number_after(struct str text, struct str name)
{
    size_t from = str_find(text, name, 0);
    size_t end;
    uint64_t n;

    if (from == SIZE_MAX) {
        return UINT64_MAX;
    }
    from += name.n;
    end = from;
    while (end < text.n && text.p[end] >= '0' && text.p[end] <= '9') {
        end++;
    }
    if (str_to_u64(str_sub(text, from, end - from), &n) != RC_OK) {
        return UINT64_MAX;
    }
    return n;
}

/* Whether head and body have come, as far as the head promises them. */
static bool answer_is_whole(struct str answer)
{
    size_t head = str_find(answer, STR("\r\n\r\n"), 0);
    uint64_t length;

    if (head == SIZE_MAX) {
        return false;
    }
    length = number_after(str_sub(answer, 0, head), STR("Content-Length: "));
    return length != UINT64_MAX && answer.n - head - 4 >= length;
}

static enum rc read_answer(struct conn *c)
{
    buf_clear(&c->answer);
    while (!answer_is_whole(buf_view(&c->answer))) {
        char *space = buf_space(&c->answer, 4096);
        ssize_t n;

        if (space == NULL) {
            return buf_rc(&c->answer, &c->why);
        }
        n = recv(c->fd, space, 4096, 0);
        if (n < 0) {
            return why_errno(&c->why, errno, "waiting for an answer");
        }
        if (n == 0) {
            return why_set(&c->why, RC_IO, "the server hung up");
        }
        buf_used(&c->answer, (size_t)n);
    }
    return RC_OK;
}

/* Sends the request until it is acknowledged whole.  Part of a body that was
 * answered with "busy" may have been kept, so then duplicates are in order. */
static enum rc post_body(struct conn *c)
{
    const struct timespec pause = {.tv_nsec = BUSY_PAUSE_MS * 1000000L};
    uint64_t n_busy = 0;

    for (;;) {
        struct str answer;
        uint64_t accepted;
        uint64_t duplicates;
        enum rc rc = send_request(c);

        if (rc == RC_OK) {
            rc = read_answer(c);
        }
        if (rc != RC_OK) {
            return rc;
        }
        answer = buf_view(&c->answer);
        if (str_starts(answer, STR("HTTP/1.1 429")) ||
            str_starts(answer, STR("HTTP/1.1 503"))) {
            n_busy++;
            atomic_fetch_add(&c->load->n_busy, 1);
            nanosleep(&pause, NULL);
            continue;
        }
        accepted = number_after(answer, STR("\"accepted\":"));
        duplicates = number_after(answer, STR("\"duplicates\":"));
        if (!str_starts(answer, STR("HTTP/1.1 200")) ||
            accepted + duplicates != c->load->plan.n_events ||
            (duplicates != 0 && n_busy == 0)) {
            return why_set(&c->why, RC_IO, "a body was not taken whole: %.*s",
                           STR_ARG(answer));
        }
        return RC_OK;
    }
}

static void *conn_main(void *arg)
{
    struct conn *c = arg;
    struct load *load = c->load;

    while (!atomic_load(&load->failed)) {
        uint64_t body = atomic_fetch_add(&load->next_body, 1);
        int64_t began_us;

        if (body >= load->plan.n_bodies) {
            break;
        }
        patch_request(c, body);
        began_us = clock_mono_us();
        c->rc = post_body(c);
        if (c->rc != RC_OK) {
            atomic_store(&load->failed, true);
            break;
        }
        load->latency_us[body] = clock_mono_us() - began_us;
    }
    return NULL;
}

static void conn_init(struct conn *c, struct load *load)
{
    *c = (struct conn){.load = load, .fd = -1, .rc = RC_OK};
    buf_init(&c->request, REQUEST_BYTES_MAX);
    buf_init(&c->answer, ANSWER_BYTES_MAX);
    c->id_at = mem_array(load->plan.n_events, sizeof(*c->id_at));
    c->run_at = mem_array(load->plan.n_events, sizeof(*c->run_at));
}

static void conn_fini(struct conn *c)
{
    if (c->fd >= 0) {
        close(c->fd);
    }
    buf_fini(&c->request);
    buf_fini(&c->answer);
    mem_free(c->id_at);
    mem_free(c->run_at);
}

static int compare_i64(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static double cpu_seconds(void)
{
    struct rusage u;

    if (getrusage(RUSAGE_SELF, &u) != 0) {
        return 0;
    }
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void print_report(struct load *load, size_t body_bytes, double seconds,
                         double cpu)
{
    uint64_t n = load->plan.n_bodies;
    int64_t *us = load->latency_us;

    qsort(us, n, sizeof(*us), compare_i64);
    printf("{\"events\":%" PRIu64 ",\"seconds\":%.6f,\"cpu_seconds\":%.3f,"
           "\"body_bytes\":%zu,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
           "\"max_ms\":%.3f,\"busy\":%" PRIu64 "}\n",
           n * load->plan.n_events, seconds, cpu, body_bytes,
           (double)us[n / 2] / 1e3, (double)us[n * 99 / 100] / 1e3,
           (double)us[n - 1] / 1e3, (uint64_t)atomic_load(&load->n_busy));
}

/* Makes and connects everything first, so that only posting is timed. */
static enum rc run(struct load *load, struct conn *conns, struct why *why)
{
    uint64_t n_conns = load->plan.n_conns;
    struct rand r;
    int64_t began_us;
    double began_cpu;
    double seconds;
    enum rc rc = RC_OK;

    rand_init(&r, load->plan.seed);
    for (uint64_t i = 0; i < n_conns; i++) {
        rc = make_request(&conns[i], &r);
        if (rc == RC_OK) {
            rc = conn_connect(&conns[i]);
        }
        if (rc != RC_OK) {
            *why = conns[i].why;
            return rc;
        }
    }
    began_us = clock_mono_us();
    began_cpu = cpu_seconds();
    for (uint64_t i = 0; i < n_conns && rc == RC_OK; i++) {
        rc = thread_start(&conns[i].thread, "load", conn_main, &conns[i], why);
    }
    if (rc != RC_OK) {
        atomic_store(&load->failed, true);
    }
    for (uint64_t i = 0; i < n_conns; i++) {
        thread_join(&conns[i].thread);
    }
    seconds = (double)(clock_mono_us() - began_us) / 1e6;
    for (uint64_t i = 0; i < n_conns && rc == RC_OK; i++) {
        rc = conns[i].rc;
        *why = conns[i].why;
    }
    if (rc == RC_OK) {
        print_report(load, conns[0].body_bytes, seconds,
                     cpu_seconds() - began_cpu);
    }
    return rc;
}

static bool plan_read(struct plan *plan, int argc, char **argv)
{
    const struct {
        uint64_t *ret;
        uint64_t max;
    } numbers[] = {
        {&plan->port, 65535},        {&plan->n_conns, 256},
        {&plan->n_bodies, 10000000}, {&plan->n_events, 100000},
        {&plan->seed, 1 << 20},
    };

    if (argc != (int)ARRAY_N(numbers) + 1) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_N(numbers); i++) {
        enum rc rc = str_to_u64(str_from_cz(argv[i + 1]), numbers[i].ret);

        if (rc != RC_OK || *numbers[i].ret == 0 ||
            *numbers[i].ret > numbers[i].max) {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    struct load load = {.plan.seed = 0};
    struct why why = {.text = ""};
    struct conn *conns;
    enum rc rc;

    if (!plan_read(&load.plan, argc, argv)) {
        fprintf(stderr, "use: load PORT CONNECTIONS BODIES EVENTS SEED\n");
        return 2;
    }
    load.latency_us = mem_array(load.plan.n_bodies, sizeof(int64_t));
    conns = mem_array(load.plan.n_conns, sizeof(*conns));
    for (uint64_t i = 0; i < load.plan.n_conns; i++) {
        conn_init(&conns[i], &load);
    }
    rc = run(&load, conns, &why);
    for (uint64_t i = 0; i < load.plan.n_conns; i++) {
        conn_fini(&conns[i]);
    }
    mem_free(conns);
    mem_free(load.latency_us);
    if (rc != RC_OK) {
        fprintf(stderr, "load: %s\n", why.text);
    }
    return rc == RC_OK ? 0 : 1;
}
