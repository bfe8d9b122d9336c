/* The door as a whole: requests over HTTP, a spool and an intake in a folder,
 * and a clock that the test turns.  The handler ticks before it returns, so
 * that requests and ticks follow each other. */
#include "../intake/rig.h"

#include <fcntl.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/rand.h"
#include "capture/otlp/otlp.h"
#include "intake/reject.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "store/store.h"

#define LATER_US (LIMIT_OTLP_IDLE_MS * INT64_C(1000))
#define QUIET_US (LIMIT_OTLP_QUIET_MS * INT64_C(1000))
#define TICK_US  (LIMIT_OTLP_TICK_MS * INT64_C(1000))

struct door {
    struct rig rig;
    struct reject_log *rejects;
    struct otlp *otlp;
    struct http_server *server;
    struct http_client *client;
    int64_t mono_us;
    struct buf body;
    bool has_span; /* in the body */
};

static void handle(void *arg, struct http_call *call,
                   const struct http_request *req)
{
    struct door *d = arg;
    if (str_eq(req->path, STR("/v1/traces"))) {
        otlp_post_traces(d->otlp, call, req, d->rig.now_us);
    } else {
        otlp_post_logs(d->otlp, call, req, d->rig.now_us);
    }
    otlp_tick(d->otlp, d->rig.now_us, d->mono_us, false);
}

static void open_door(struct door *d)
{
    const struct otlp_options opt = {
        .dir = d->rig.folder.path, .intake = d->rig.in, .rejects = d->rejects};
    assert_ok(otlp_open(&opt, d->rig.now_us, d->mono_us, &d->otlp, &d->rig.why),
              &d->rig.why);
}

static int setup(void **state)
{
    struct door *d = mem_alloc(sizeof *d);
    rig_init(&d->rig);
    rig_open(&d->rig);
    d->rejects = reject_open(d->rig.folder.path);
    d->mono_us = 1000000;
    buf_init(&d->body, LIMIT_BODY_MAX);
    open_door(d);
    assert_ok(http_server_open(
                  &(struct http_server_options){.address = "127.0.0.1",
                                                .n_loops = 1,
                                                .body_max = LIMIT_BODY_MAX,
                                                .handler = handle,
                                                .arg = d},
                  &d->server, &d->rig.why),
              &d->rig.why);
    d->client = http_client_new(60000);
    *state = d;
    return 0;
}

static int teardown(void **state)
{
    struct door *d = *state;
    http_client_free(&d->client);
    http_server_close(&d->server, 1000);
    otlp_close(&d->otlp);
    reject_close(&d->rejects);
    buf_fini(&d->body);
    rig_fini(&d->rig);
    mem_free(d);
    return 0;
}

/* As after a kill: only what is on disk is known. */
static void restart(struct door *d)
{
    otlp_close(&d->otlp);
    rig_reopen(&d->rig);
    open_door(d);
}

static void tick(struct door *d, int64_t passed_us)
{
    d->mono_us += passed_us;
    otlp_tick(d->otlp, d->rig.now_us, d->mono_us, false);
}

static int post(struct door *d, const char *path, struct str body)
{
    char url[64];
    int status = 0;
    struct buf answer;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u%s",
                   http_server_port(d->server), path);
    buf_init(&answer, 64 * 1024);
    const struct http_content content = {.type = "application/json",
                                         .bytes = body};
    assert_ok(http_client_post(d->client, url, &content, &status, &answer,
                               &d->rig.why),
              &d->rig.why);
    buf_fini(&answer);
    return status;
}

/* ---- bodies ---- */

static void begin_body(struct door *d)
{
    buf_clear(&d->body);
    buf_cz(&d->body, "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[");
    d->has_span = false;
}

/* A call with usage, or a span that only links (input < 0). */
static void add_span(struct door *d, unsigned trace, size_t id, size_t parent,
                     int64_t input, const char *more)
{
    buf_fmt(&d->body,
            "%s{\"traceId\":\"%032x\",\"spanId\":\"%016zx\",\"attributes\":[",
            d->has_span ? "," : "", trace, id);
    d->has_span = true;
    if (input >= 0) {
        buf_fmt(&d->body,
                "{\"key\":\"gen_ai.request.model\",\"value\":{\"stringValue\":"
                "\"gpt-4o\"}},{\"key\":\"gen_ai.operation.name\",\"value\":{"
                "\"stringValue\":\"%s\"}},{\"key\":\"gen_ai.usage.input_tokens"
                "\",\"value\":{\"intValue\":\"%lld\"}}%s",
                id % 2 == 0 ? "chat" : "invoke_agent", (long long)input,
                more[0] != '\0' ? "," : "");
    }
    buf_cz(&d->body, more);
    buf_cz(&d->body, "]");
    if (parent > 0) {
        buf_fmt(&d->body, ",\"parentSpanId\":\"%016zx\"", parent);
    }
    buf_cz(&d->body, "}");
}

static void send_body(struct door *d)
{
    buf_cz(&d->body, "]}]}]}");
    assert_rc(buf_rc(&d->body, NULL), RC_OK);
    assert_int_equal(post(d, "/v1/traces", buf_view(&d->body)), 200);
}

/* ---- what was counted ---- */

struct sum {
    int64_t input;
    size_t n;
    struct event last;
    struct arena arena;
};

static enum rc add_event(void *arg, const struct event *ev, struct why *why)
{
    struct sum *sum = arg;
    sum->input += event_input_tokens(ev);
    sum->n++;
    sum->last = *ev;
    arena_reset(&sum->arena);
    return event_dup_text(&sum->last, &sum->arena, why);
}

/* All that the store holds; `last` is the newest. */
static void sum_up(struct door *d, struct sum *sum)
{
    struct store_reader *reader = NULL;
    struct why *why = &d->rig.why;
    arena_fini(&sum->arena);
    *sum = (struct sum){.n = 0};
    arena_init(&sum->arena, 64 * 1024 * 1024);
    assert_ok(intake_flush(d->rig.in, INT64_MAX, why), why);
    assert_ok(store_reader_open(d->rig.store, &reader, why), why);
    assert_ok(
        store_scan(reader, STORE_TIME_CALL, 0, INT64_MAX, add_event, sum, why),
        why);
    store_reader_close(&reader);
}

static void assert_sum(struct door *d, int64_t input, size_t n)
{
    struct sum sum = {.n = 0};
    sum_up(d, &sum);
    if (sum.input != input || sum.n != n) {
        print_error("%lld tokens in %zu events, not %lld in %zu\n",
                    (long long)sum.input, sum.n, (long long)input, n);
        fail();
    }
    arena_fini(&sum.arena);
}

/* ---- random traces ---- */

enum { SPANS_MAX = 14, ROUNDS_N = 40 };

struct tree {
    size_t n;
    size_t parent[SPANS_MAX]; /* of span i; 0 is the root, its own */
    int64_t own[SPANS_MAX];   /* -1: no usage */
};

static int64_t truth(const struct tree *t, size_t v)
{
    int64_t below = 0;
    for (size_t i = 1; i < t->n; i++) {
        below += t->parent[i] == v ? truth(t, i) : 0;
    }
    return t->own[v] > below ? t->own[v] : below;
}

static struct tree random_tree(struct rand *r)
{
    struct tree t = {.n = 1 + rand_below(r, SPANS_MAX)};
    for (size_t i = 0; i < t.n; i++) {
        t.parent[i] = i == 0 ? 0 : rand_below(r, i);
        t.own[i] = (int64_t)rand_below(r, 6) * 100 - 100;
    }
    return t;
}

static void add_tree_span(struct door *d, const struct tree *t, unsigned trace,
                          size_t i)
{
    add_span(d, trace, i + 1, i == 0 ? 0 : t->parent[i] + 1, t->own[i], "");
}

/* Sends the spans in the order given, in pieces of random size; `passed_us`
 * of the clock between two pieces, and a restart now and then. */
static void send_pieces(struct door *d, const struct tree *t, unsigned trace,
                        const size_t *order, struct rand *r, int64_t passed_us)
{
    for (size_t i = 0; i < t->n;) {
        size_t n = 1 + rand_below(r, t->n - i);
        begin_body(d);
        for (size_t k = i; k < i + n; k++) {
            add_tree_span(d, t, trace, order[k]);
        }
        if (rand_below(r, 4) == 0 && passed_us <= LATER_US) {
            add_tree_span(d, t, trace, order[0]); /* once more */
        }
        send_body(d);
        i += n;
        tick(d, passed_us);
        if (rand_below(r, 3) == 0) {
            restart(d);
        }
    }
}

static void any_pieces_in_any_order_count_the_whole(void **state)
{
    struct door *d = *state;
    struct rand r;
    int64_t want = 0;
    struct sum sum = {.n = 0};
    rand_init(&r, 3);
    for (unsigned round = 1; round <= ROUNDS_N; round++) {
        struct tree t = random_tree(&r);
        size_t order[SPANS_MAX];
        for (size_t i = 0; i < t.n; i++) {
            size_t k = rand_below(&r, i + 1);
            order[i] = order[k];
            order[k] = i;
        }
        send_pieces(d, &t, round, order, &r, 0);
        want += truth(&t, 0);
    }
    tick(d, LATER_US);
    restart(d);
    tick(d, LATER_US);
    sum_up(d, &sum);
    assert_true(sum.input == want);
    arena_fini(&sum.arena);
}

/* Parents before children, each piece counted before the next comes. */
static void late_pieces_count_what_exceeds(void **state)
{
    struct door *d = *state;
    struct rand r;
    int64_t want = 0;
    struct sum sum = {.n = 0};
    rand_init(&r, 5);
    for (unsigned round = 1; round <= ROUNDS_N; round++) {
        struct tree t = random_tree(&r);
        size_t order[SPANS_MAX];
        for (size_t i = 0; i < t.n; i++) {
            order[i] = i;
        }
        send_pieces(d, &t, round, order, &r, QUIET_US);
        want += truth(&t, 0);
    }
    tick(d, LATER_US);
    sum_up(d, &sum);
    assert_true(sum.input == want);
    arena_fini(&sum.arena);
}

/* Children before their parents, as spans end; in most rounds what is there
 * is folded before the next comes, by its age or by its number of spans. */
static void add_many(struct door *d, unsigned trace)
{
    begin_body(d);
    for (size_t i = 0; i < LIMIT_OTLP_TRACE_SPANS_MAX; i++) {
        add_span(d, trace, 1000 + 2 * i, 1, 1, "");
    }
    send_body(d);
    tick(d, TICK_US);
}

static void order_as_they_end(const struct tree *t, struct rand *r,
                              size_t *order)
{
    bool is_out[SPANS_MAX] = {false};
    for (size_t n = 0; n < t->n;) {
        size_t i = rand_below(r, t->n);
        bool waits = is_out[i];
        for (size_t k = 1; k < t->n; k++) {
            waits = waits || (t->parent[k] == i && !is_out[k] && k != i);
        }
        if (!waits) {
            is_out[i] = true;
            order[n++] = i;
        }
    }
}

static void parents_count_what_was_folded_once(void **state)
{
    struct door *d = *state;
    struct rand r;
    int64_t want = 0;
    struct sum sum = {.n = 0};
    rand_init(&r, 9);
    for (unsigned round = 1; round <= 2 * ROUNDS_N; round++) {
        struct tree t = random_tree(&r);
        size_t order[SPANS_MAX];
        int64_t many = round % 16 == 0 ? LIMIT_OTLP_TRACE_SPANS_MAX : 0;
        if (many > 0) {
            add_many(d, round);
            t.own[0] = (int64_t)rand_below(&r, 3) * 7000;
        }
        order_as_they_end(&t, &r, order);
        send_pieces(d, &t, round, order, &r,
                    rand_below(&r, 4) == 0
                        ? LATER_US
                        : LIMIT_OTLP_KEEP_MS * INT64_C(1000));
        int64_t own = t.own[0];
        t.own[0] = 0;
        many += truth(&t, 0);
        want += own > many ? own : many;
    }
    tick(d, LATER_US);
    sum_up(d, &sum);
    assert_true(sum.input == want);
    arena_fini(&sum.arena);
}

/* ---- when a trace is counted ---- */

static void a_whole_trace_is_counted_when_it_is_quiet(void **state)
{
    struct door *d = *state;
    begin_body(d);
    add_span(d, 1, 2, 1, 70, "");
    add_span(d, 1, 1, 0, 100, "");
    send_body(d);
    tick(d, QUIET_US - TICK_US);
    assert_sum(d, 0, 0);
    tick(d, TICK_US);
    assert_sum(d, 100, 2);
}

static void without_its_root_it_waits_longer(void **state)
{
    struct door *d = *state;
    begin_body(d);
    add_span(d, 1, 2, 1, 70, "");
    send_body(d);
    tick(d, LATER_US - TICK_US);
    assert_sum(d, 0, 0);
    tick(d, TICK_US);
    assert_sum(d, 70, 1);
}

static void a_trace_that_never_ends_is_counted_by_its_age(void **state)
{
    struct door *d = *state;
    size_t id = 2;
    for (int64_t ms = 0; ms < LIMIT_OTLP_AGE_MS; ms += LIMIT_OTLP_IDLE_MS / 2) {
        begin_body(d);
        add_span(d, 1, id, 1, 1, "");
        id += 2;
        send_body(d);
        tick(d, LATER_US / 2);
    }
    struct sum sum = {.n = 0};
    sum_up(d, &sum);
    assert_true(sum.n > 0);
    arena_fini(&sum.arena);
}

static void the_last_tick_counts_what_is_whole(void **state)
{
    struct door *d = *state;
    begin_body(d);
    add_span(d, 1, 2, 0, 70, "");
    add_span(d, 2, 2, 1, 80, ""); /* its parent may come yet */
    send_body(d);
    otlp_tick(d->otlp, d->rig.now_us, d->mono_us, true);
    assert_sum(d, 70, 1);
    restart(d);
    tick(d, LATER_US);
    assert_sum(d, 150, 2);
}

static uint64_t n_kept(struct door *d)
{
    struct otlp_counts_told c;
    otlp_count_told(d->otlp, &c);
    return c.n_open + c.n_kept;
}

static void what_is_counted_is_forgotten_and_stays_so(void **state)
{
    struct door *d = *state;
    begin_body(d);
    add_span(d, 1, 2, 0, 70, "");
    send_body(d);
    tick(d, QUIET_US);
    assert_int_equal(n_kept(d), 1);
    tick(d, LIMIT_OTLP_KEEP_MS * INT64_C(1000));
    assert_int_equal(n_kept(d), 0);
    restart(d);
    tick(d, 0);
    assert_int_equal(n_kept(d), 0);
    assert_sum(d, 70, 1);
}

static void a_trace_of_too_many_spans_is_over(void **state)
{
    struct door *d = *state;
    begin_body(d);
    for (size_t i = 0; i < LIMIT_OTLP_TRACE_SPANS_MAX; i++) {
        add_span(d, 1, 2 + 2 * i, 1, 1, "");
    }
    send_body(d);
    tick(d, TICK_US);
    assert_int_equal(n_kept(d), 0);
    assert_sum(d, LIMIT_OTLP_TRACE_SPANS_MAX, LIMIT_OTLP_TRACE_SPANS_MAX);
    restart(d);
    begin_body(d);
    add_span(d, 1, 1, 0, LIMIT_OTLP_TRACE_SPANS_MAX, "");
    send_body(d);
    tick(d, QUIET_US);
    assert_sum(d, LIMIT_OTLP_TRACE_SPANS_MAX, LIMIT_OTLP_TRACE_SPANS_MAX);
    begin_body(d);
    add_span(d, 1, 2 * LIMIT_OTLP_TRACE_SPANS_MAX + 2, 1, 5, "");
    send_body(d);
    tick(d, QUIET_US);
    assert_sum(d, LIMIT_OTLP_TRACE_SPANS_MAX + 5,
               LIMIT_OTLP_TRACE_SPANS_MAX + 1);
}

/* A parent each, of which more are missing than a fold tells apart: a known
 * one counts nothing again, and the root nothing of all. */
static void a_fold_has_a_limit_of_parents(void **state)
{
    enum { CALLS_N = 2 * LIMIT_OTLP_FOLD_SPANS };
    struct door *d = *state;
    begin_body(d);
    for (size_t i = 0; i < CALLS_N; i++) {
        add_span(d, 1, 2 + 2 * i, 1001 + 2 * i, 10, "");
    }
    send_body(d);
    tick(d, LIMIT_OTLP_KEEP_MS * INT64_C(1000));
    restart(d);
    assert_int_equal(n_kept(d), 0);
    begin_body(d);
    add_span(d, 1, 1001, 1, 10, "");
    add_span(d, 1, 1, 0, 10 * CALLS_N, "");
    send_body(d);
    tick(d, LATER_US);
    assert_sum(d, (int64_t)10 * CALLS_N, CALLS_N);
    /* Folded again, and over at last. */
    tick(d, LIMIT_OTLP_KEEP_MS * INT64_C(1000));
    tick(d, LIMIT_OTLP_FOLDED_MS * INT64_C(1000));
    begin_body(d);
    add_span(d, 1, 3, 0, 7, "");
    send_body(d);
    tick(d, QUIET_US);
    assert_sum(d, 10 * CALLS_N + 7, CALLS_N + 1);
}

/* ---- what else a trace tells ---- */

#define TEXT(key, value) \
    "{\"key\":\"" key "\",\"value\":{\"stringValue\":\"" value "\"}}"

static void parents_hand_down(void **state)
{
    struct door *d = *state;
    struct sum sum = {.n = 0};
    begin_body(d);
    add_span(d, 1, 2, 5, 70, TEXT("toll.step", "own"));
    add_span(d, 1, 5, 3, -1, TEXT("toll.step", "theirs"));
    add_span(
        d, 1, 3, 0, -1,
        TEXT("toll.customer", "acme") "," TEXT("toll.tag.plan", "pro") "," TEXT(
            "toll.environment", "staging"));
    send_body(d);
    tick(d, QUIET_US);
    sum_up(d, &sum);
    assert_int_equal(sum.n, 1);
    assert_str(sum.last.dim[DIM_STEP], "own");
    assert_str(sum.last.dim[DIM_CUSTOMER], "acme");
    assert_int_equal(sum.last.environment, ENVIRONMENT_STAGING);
    assert_non_null(event_tag_find(&sum.last, STR("plan")));
    arena_fini(&sum.arena);
}

static void one_response_seen_by_two_counts_once(void **state)
{
    struct door *d = *state;
    begin_body(d);
    add_span(d, 1, 2, 9, 70, TEXT("gen_ai.response.id", "resp-1"));
    add_span(d, 1, 4, 9, 70, TEXT("gen_ai.response.id", "resp-1"));
    add_span(d, 1, 9, 0, 100, "");
    send_body(d);
    tick(d, QUIET_US);
    assert_sum(d, 100, 2); /* the agent's rest is 30 */
    begin_body(d);
    add_span(d, 2, 2, 0, 70, TEXT("gen_ai.response.id", "resp-1"));
    send_body(d);
    tick(d, QUIET_US);
    assert_sum(d, 100, 2);
}

static void zeros_name_nothing(void **state)
{
    static const char none[] =
        "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"traceId\":"
        "\"00000000000000000000000000000000\",\"spanId\":\"0000000000000000\","
        "\"eventName\":\"gen_ai.client.inference.operation.details\","
        "\"attributes\":[{\"key\":\"gen_ai.operation.name\",\"value\":{"
        "\"stringValue\":\"chat\"}},{\"key\":\"gen_ai.request.model\","
        "\"value\":{\"stringValue\":\"gpt-4o\"}},{\"key\":"
        "\"gen_ai.usage.input_tokens\",\"value\":{\"intValue\":\"7\"}}]}]}]}]}";
    struct door *d = *state;
    assert_int_equal(post(d, "/v1/logs", str_from_cz(none)), 200);
    assert_sum(d, 7, 1); /* it belongs to no span */
    begin_body(d);
    add_span(d, 1, 0, 0, 70, "");
    add_span(d, 0, 2, 0, 70, "");
    send_body(d);
    tick(d, LATER_US);
    assert_sum(d, 7, 1);
    assert_int_equal(reject_count(d->rejects).n_rejected, 2);
}

/* ---- the disk ---- */

static void spool_file(struct door *d, char *path, size_t n)
{
    (void)snprintf(path, n, "%s/otlp/%016x.toll", d->rig.folder.path, 0);
}

static void a_torn_tail_costs_nothing_that_was_answered(void **state)
{
    static const char half[] = {0x40, 0, 0, 0, 1, 2, 3};
    struct door *d = *state;
    char path[128];
    begin_body(d);
    add_span(d, 1, 2, 0, 70, "");
    send_body(d);
    otlp_close(&d->otlp);
    spool_file(d, path, sizeof path);
    int fd = open(path, O_WRONLY | O_APPEND);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, half, sizeof half), sizeof half);
    close(fd);
    open_door(d);
    tick(d, QUIET_US);
    assert_sum(d, 70, 1);
}

static void a_full_disk_is_told_and_sent_again(void **state)
{
    struct door *d = *state;
    limit_files(1);
    begin_body(d);
    add_span(d, 1, 2, 0, 70, "");
    buf_cz(&d->body, "]}]}]}");
    assert_int_equal(post(d, "/v1/traces", buf_view(&d->body)), 503);
    limit_files(RLIM_INFINITY);
    assert_int_equal(post(d, "/v1/traces", buf_view(&d->body)), 200);
    tick(d, QUIET_US);
    assert_sum(d, 70, 1);
}

/* A span that takes a good kilobyte of the spool. */
static void add_wide_span(struct door *d, unsigned trace, size_t id)
{
    struct buf more;
    buf_init(&more, 64 * 1024);
    for (int i = 0; i < 6; i++) {
        buf_fmt(&more,
                "%s{\"key\":\"toll.tag.t%d\",\"value\":{\"stringValue\":"
                "\"%0200d\"}}",
                i > 0 ? "," : "", i, i);
    }
    buf_char(&more, '\0');
    add_span(d, trace, id, 1, 1, more.p);
    buf_fini(&more);
}

enum { TRACES_N = 18, WIDE_N = 1000 };

/* Over a segment, in traces 1 to TRACES_N of one token a span. */
static void fill_segment(struct door *d)
{
    for (unsigned trace = 1; trace <= TRACES_N; trace++) {
        begin_body(d);
        for (size_t i = 0; i < WIDE_N; i++) {
            add_wide_span(d, trace, 2 + 2 * i);
        }
        send_body(d);
        tick(d, LATER_US);
    }
}

/* All is over, and the first segment is gone. */
static void forget_all(struct door *d)
{
    char path[128];
    spool_file(d, path, sizeof path);
    assert_int_equal(access(path, F_OK), 0);
    tick(d, LIMIT_OTLP_KEEP_MS * INT64_C(1000));
    assert_int_equal(n_kept(d), 0);
    tick(d, LIMIT_OTLP_FOLDED_MS * INT64_C(1000));
    assert_int_equal(access(path, F_OK), -1);
}

static void a_spool_of_old_segments_is_trimmed(void **state)
{
    struct door *d = *state;
    fill_segment(d);
    forget_all(d);
    restart(d);
    tick(d, LATER_US);
    assert_sum(d, TRACES_N * WIDE_N, TRACES_N * WIDE_N);
}

enum { WIDE_TRACES_N = 100 }; /* over OTLP_MEMORY_BYTES */

static void a_want_of_memory_counts_nothing_twice(void **state)
{
    struct door *d = *state;
    struct otlp_counts_told c;
    for (unsigned trace = 1; trace <= WIDE_TRACES_N; trace++) {
        begin_body(d);
        for (size_t i = 0; i < WIDE_N; i++) {
            add_wide_span(d, trace, 2 + 2 * i);
        }
        send_body(d);
        tick(d, TICK_US);
    }
    otlp_count_told(d->otlp, &c);
    assert_true(c.n_open + c.n_kept < WIDE_TRACES_N);
    restart(d);
    begin_body(d);
    for (unsigned trace = 1; trace <= WIDE_TRACES_N; trace++) {
        add_span(d, trace, 1, 0, WIDE_N + 3, "");
    }
    send_body(d);
    tick(d, LATER_US);
    struct sum sum = {.n = 0};
    sum_up(d, &sum);
    assert_true(sum.input == (int64_t)WIDE_TRACES_N * (WIDE_N + 3));
    arena_fini(&sum.arena);
}

/* Its call went with the first segment; the agent that repeats it is still
 * there, and would be read as one without any call below. */
static void a_trace_that_lost_its_beginning_counts_no_more(void **state)
{
    struct door *d = *state;
    begin_body(d);
    add_span(d, 99, 2, 1, 900, "");
    send_body(d);
    tick(d, LATER_US);
    fill_segment(d);
    begin_body(d);
    add_span(d, 99, 1, 0, 900, "");
    send_body(d);
    tick(d, LATER_US);
    assert_sum(d, TRACES_N * WIDE_N + 900, TRACES_N * WIDE_N + 1);
    forget_all(d);
    restart(d);
    tick(d, LATER_US);
    assert_sum(d, TRACES_N * WIDE_N + 900, TRACES_N * WIDE_N + 1);
    /* Seen anew behind that, it is a trace like any other. */
    begin_body(d);
    add_span(d, 99, 4, 0, 50, "");
    send_body(d);
    restart(d);
    tick(d, QUIET_US);
    assert_sum(d, TRACES_N * WIDE_N + 950, TRACES_N * WIDE_N + 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_pieces_in_any_order_count_the_whole),
        TEST(late_pieces_count_what_exceeds),
        TEST(parents_count_what_was_folded_once),
        TEST(a_whole_trace_is_counted_when_it_is_quiet),
        TEST(without_its_root_it_waits_longer),
        TEST(a_trace_that_never_ends_is_counted_by_its_age),
        TEST(the_last_tick_counts_what_is_whole),
        TEST(what_is_counted_is_forgotten_and_stays_so),
        TEST(a_trace_of_too_many_spans_is_over),
        TEST(a_fold_has_a_limit_of_parents),
        TEST(parents_hand_down),
        TEST(one_response_seen_by_two_counts_once),
        TEST(zeros_name_nothing),
        TEST(a_torn_tail_costs_nothing_that_was_answered),
        TEST(a_full_disk_is_told_and_sent_again),
        TEST(a_spool_of_old_segments_is_trimmed),
        TEST(a_want_of_memory_counts_nothing_twice),
        TEST(a_trace_that_lost_its_beginning_counts_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
