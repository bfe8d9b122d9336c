/* What every store promises (store/store.h), asked of each of them in the
 * same words: store_test duckdb, store_test memory. */
#include "contract/store_world.h"

#include <poll.h>
#include <stdatomic.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/rand.h"
#include "base/thread.h"

static void assert_same(const struct event *got, const struct event *want)
{
    assert_same_str(got->id, want->id);
    assert_int_equal(got->ts_us, want->ts_us);
    assert_int_equal(got->arrival_us, want->arrival_us);
    assert_int_equal(got->operation, want->operation);
    assert_int_equal(got->service_tier, want->service_tier);
    assert_int_equal(got->environment, want->environment);
    assert_int_equal(got->status, want->status);
    assert_int_equal(got->source, want->source);
    assert_int_equal(got->attempt, want->attempt);
    for (int k = 0; k < TOKEN__COUNT; k++) {
        assert_int_equal(got->token[k], want->token[k]);
    }
    assert_int_equal(got->web_searches, want->web_searches);
    assert_int_equal(got->latency_ms, want->latency_ms);
    assert_int_equal(got->ttft_ms, want->ttft_ms);
    assert_int_equal(got->has_reported_cost, want->has_reported_cost);
    if (want->has_reported_cost) {
        assert_int_equal(got->reported_cost.pico, want->reported_cost.pico);
    }
    for (int d = 0; d < DIM__COUNT; d++) {
        assert_same_str(got->dim[d], want->dim[d]);
    }
    assert_int_equal(got->n_tags, want->n_tags);
    for (uint32_t i = 0; i < want->n_tags; i++) {
        assert_same_str(got->tag[i].key, want->tag[i].key);
        assert_same_str(got->tag[i].value, want->tag[i].value);
    }
    assert_int_equal(got->cost.priced, want->cost.priced);
    if (want->cost.priced) {
        assert_int_equal(got->cost.input.pico, want->cost.input.pico);
        assert_int_equal(got->cost.cache.pico, want->cost.cache.pico);
        assert_int_equal(got->cost.output.pico, want->cost.output.pico);
        assert_int_equal(got->cost.tools.pico, want->cost.tools.pico);
        assert_same_str(got->cost.price_id, want->cost.price_id);
    }
}

/* Compares a scan with a list. */
struct expected {
    const struct event *const *ev;
    size_t n;
    size_t n_seen;
};

static enum rc expect_event(void *arg, const struct event *ev, struct why *why)
{
    struct expected *x = arg;

    (void)why;
    assert_true(x->n_seen < x->n);
    assert_same(ev, x->ev[x->n_seen++]);
    return RC_OK;
}

static void expect_scan(struct world *w, enum store_time time, int64_t from_us,
                        int64_t to_us, const struct event *const *ev, size_t n)
{
    struct expected x = {.ev = ev, .n = n};

    assert_ok(
        store_scan(w->reader, time, from_us, to_us, expect_event, &x, &w->why),
        &w->why);
    assert_int_equal(x.n_seen, n);
}

static void expect_all(struct world *w, const struct event *const *ev, size_t n)
{
    expect_scan(w, STORE_TIME_CALL, INT64_MIN, INT64_MAX, ev, n);
}

/* ---- transactions ---- */

static void an_empty_store_has_nothing(void **state)
{
    struct world *w = *state;
    struct store_stats stats;

    expect_position(w, 0);
    expect_all(w, NULL, 0);
    assert_ok(store_stats(w->reader, &stats, &w->why), &w->why);
    assert_int_equal(stats.n_events, 0);
    assert_true(stats.min_ts_us == INT64_MAX);
    assert_true(stats.max_ts_us == INT64_MIN);
}

static void a_commit_brings_events_and_position(void **state)
{
    struct world *w = *state;

    put(w, 0, 3, 4711);
    assert_int_equal(count(w), 3);
    expect_position(w, 4711);
    put(w, 3, 2, UINT64_MAX);
    assert_int_equal(count(w), 5);
    expect_position(w, UINT64_MAX);
}

static void a_commit_of_nothing_moves_the_position(void **state)
{
    struct world *w = *state;

    put(w, 0, 0, 17);
    expect_position(w, 17);
    assert_int_equal(count(w), 0);
}

static void what_is_not_committed_is_not_seen(void **state)
{
    struct world *w = *state;

    put(w, 0, 2, 10);
    begin(w);
    scratch_add(w->store, 2, 5000);
    assert_int_equal(count(w), 2);
    commit(w, 20);
    assert_int_equal(count(w), 5002);
}

static void a_rollback_leaves_no_trace(void **state)
{
    struct world *w = *state;

    put(w, 0, 2, 10);
    begin(w);
    scratch_add(w->store, 2, 5000);
    store_rollback(w->store);
    assert_int_equal(count(w), 2);
    expect_position(w, 10);
    begin(w);
    store_rollback(w->store);
    put(w, 2, 1, 11);
    assert_int_equal(count(w), 3);
}

static void compact_changes_nothing_that_is_seen(void **state)
{
    struct world *w = *state;

    assert_ok(store_compact(w->store, &w->why), &w->why);
    put(w, 0, 3000, 10);
    assert_ok(store_compact(w->store, &w->why), &w->why);
    assert_ok(store_compact(w->store, &w->why), &w->why);
    assert_int_equal(count(w), 3000);
    put(w, 3000, 10, 11);
    assert_int_equal(count(w), 3010);
    expect_position(w, 11);
}

/* What the rollups hold is held against the events in
 * unit/store/duckdb_rollup_test.c, what questions make of it in query_test.c;
 * here, that no event comes to harm. */
static void rollups_change_nothing_that_is_seen(void **state)
{
    struct world *w = *state;

    assert_ok(store_fold(w->store, &w->why), &w->why);
    assert_ok(store_rebuild(w->store, INT64_MIN, INT64_MAX, &w->why), &w->why);
    put(w, 0, 3000, 10);
    assert_ok(store_fold(w->store, &w->why), &w->why);
    assert_ok(store_fold(w->store, &w->why), &w->why);
    put(w, 3000, 10, 11);
    assert_ok(store_rebuild(w->store, SCRATCH_TS_US, SCRATCH_TS_US + 7000000,
                            &w->why),
              &w->why);
    assert_ok(store_rebuild(w->store, 5, 5, &w->why), &w->why);
    assert_int_equal(count(w), 3010);
    expect_position(w, 11);
    put(w, 3010, 1, 12);
    assert_ok(store_compact(w->store, &w->why), &w->why);
    assert_int_equal(count(w), 3011);
}

static void what_was_committed_outlives_the_process(void **state)
{
    struct world *w = *state;

    if (!w->is_duckdb) {
        skip();
    }
    put(w, 0, 2500, 100);
    put(w, 2500, 2, 200);
    begin(w);
    scratch_add(w->store, 5000, 3000);
    close_store(w);
    open_store(w);
    assert_int_equal(count(w), 2502);
    expect_position(w, 200);
    put(w, 5000, 1, 300);
    close_store(w);
    open_store(w);
    assert_int_equal(count(w), 2503);
    expect_position(w, 300);
}

/* ---- each field ---- */

static void keep_and_compare(struct world *w, const struct event *ev)
{
    begin(w);
    assert_ok(store_add(w->store, ev, 1, &w->why), &w->why);
    commit(w, 1);
    expect_all(w, &ev, 1);
    if (w->is_duckdb) {
        assert_ok(store_compact(w->store, &w->why), &w->why);
        close_store(w);
        open_store(w);
        expect_all(w, &ev, 1);
    }
}

static void every_field_comes_back(void **state)
{
    static char dim_text[DIM__COUNT][LIMIT_DIM_MAX];
    struct event ev;

    event_init(&ev);
    ev.id = STR("call-1");
    ev.ts_us = SCRATCH_TS_US + 1;
    ev.arrival_us = SCRATCH_TS_US + 999999;
    ev.operation = OPERATION_RERANK;
    ev.service_tier = SERVICE_TIER_PRIORITY;
    ev.environment = ENVIRONMENT_EVALUATION;
    ev.status = EVENT_STATUS_CANCELLED;
    ev.source = EVENT_SOURCE_DEMO;
    ev.attempt = UINT32_MAX;
    for (int k = 0; k < TOKEN__COUNT; k++) {
        ev.token[k] = (INT64_C(1) << LIMIT_COUNT_BITS) - k;
    }
    ev.web_searches = INT64_C(1) << LIMIT_COUNT_BITS;
    ev.latency_ms = 0;
    ev.ttft_ms = INT64_MAX;
    ev.has_reported_cost = true;
    ev.reported_cost.pico = INT64_MAX;
    for (int d = 0; d < DIM__COUNT; d++) {
        memset(dim_text[d], 'a' + d, LIMIT_DIM_MAX);
        ev.dim[d] = (struct str){.p = dim_text[d], .n = LIMIT_DIM_MAX};
    }
    ev.cost.priced = true;
    ev.cost.input.pico = 1;
    ev.cost.cache.pico = 20;
    ev.cost.output.pico = 300;
    ev.cost.tools.pico = 4000;
    ev.cost.price_id = STR("openai/gpt-4o@2024-10-01");
    keep_and_compare(*state, &ev);
}

static void what_is_unknown_stays_unknown(void **state)
{
    struct event ev;

    event_init(&ev);
    ev.id = STR("x");
    ev.ts_us = SCRATCH_TS_US;
    ev.arrival_us = SCRATCH_TS_US;
    ev.source = EVENT_SOURCE_IMPORT;
    assert_int_equal(ev.latency_ms, -1);
    assert_false(ev.has_reported_cost);
    /* Parts of a cost that is none are not kept, and do no harm. */
    ev.cost.priced = false;
    ev.cost.input.pico = INT64_MAX;
    ev.cost.output.pico = INT64_MAX;
    ev.cost.price_id = STR("none");
    keep_and_compare(*state, &ev);
}

static void a_cost_of_zero_is_a_cost(void **state)
{
    struct scratch_event e;

    scratch_event_make(&e, 0);
    e.ev.cost.input.pico = 0;
    e.ev.cost.output.pico = 0;
    e.ev.has_reported_cost = true;
    e.ev.reported_cost.pico = 0;
    keep_and_compare(*state, &e.ev);
}

static void the_largest_cost_comes_back(void **state)
{
    struct scratch_event e;

    scratch_event_make(&e, 0);
    e.ev.cost.input.pico = INT64_MAX - 6;
    e.ev.cost.cache.pico = 1;
    e.ev.cost.output.pico = 2;
    e.ev.cost.tools.pico = 3;
    keep_and_compare(*state, &e.ev);
}

static void tags_come_back(void **state)
{
    static char keys[LIMIT_TAGS_MAX][LIMIT_TAG_KEY_MAX];
    static char values[LIMIT_TAGS_MAX][LIMIT_TAG_VALUE_MAX];
    struct scratch_event e;

    scratch_event_make(&e, 0);
    for (uint32_t i = 0; i < LIMIT_TAGS_MAX; i++) {
        /* Control characters take the most room as JSON. */
        memset(keys[i], 1, LIMIT_TAG_KEY_MAX);
        keys[i][0] = (char)('a' + i);
        memset(values[i], 0x1f, LIMIT_TAG_VALUE_MAX);
        e.ev.tag[i].key = (struct str){.p = keys[i], .n = LIMIT_TAG_KEY_MAX};
        e.ev.tag[i].value =
            (struct str){.p = values[i], .n = LIMIT_TAG_VALUE_MAX};
    }
    e.ev.tag[3].value = STR("");
    e.ev.tag[4].value = STR("\"quoted\" \\ 'and' \n\t/");
    e.ev.tag[5].value = STR("\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xb8");
    e.ev.n_tags = LIMIT_TAGS_MAX;
    keep_and_compare(*state, &e.ev);
}

static void every_member_of_the_closed_sets_comes_back(void **state)
{
    struct world *w = *state;
    struct scratch_event e[8];
    const struct event *list[ARRAY_N(e)];

    begin(w);
    for (size_t i = 0; i < ARRAY_N(e); i++) {
        struct event *ev = &e[i].ev;

        scratch_event_make(&e[i], i);
        ev->operation = (enum operation)(1 + i % (OPERATION__COUNT - 1));
        ev->service_tier =
            (enum service_tier)(1 + i % (SERVICE_TIER__COUNT - 1));
        ev->environment = (enum environment)(1 + i % (ENVIRONMENT__COUNT - 1));
        ev->status = (enum event_status)(1 + i % (EVENT_STATUS__COUNT - 1));
        ev->source = (enum event_source)(1 + i % (EVENT_SOURCE__COUNT - 1));
        list[i] = ev;
        assert_ok(store_add(w->store, ev, 1, &w->why), &w->why);
    }
    commit(w, 1);
    expect_all(w, list, ARRAY_N(e));
}

/* Some forms of id have a column of their own in some store. */
static void every_id_comes_back_as_it_was(void **state)
{
    static const char longest[] =
        "0123456789012345678901234567890123456789012345678901234567890123"
        "0123456789012345678901234567890123456789012345678901234567890123";
    static const char *const ids[] = {
        "00000000-0000-0000-0000-000000000000",
        "01234567-89ab-cdef-0123-456789abcdef",
        "01234567-89ab-cdef-0123-456789abcdeF",
        "01234567-89AB-CDEF-0123-456789ABCDEF",
        "01234567-89ab-cdef-0123-456789abcdeg",
        "01234567-89ab-cdef-0123-456789abcde",
        "01234567-89ab-cdef-0123-456789abcdef0",
        "0123456789abcdef0123456789abcdef",
        "012345678-9ab-cdef-0123-456789abcdef",
        "7fffffff-ffff-ffff-ffff-ffffffffffff",
        "80000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "x",
        "it's \"quoted\"; DROP TABLE event_rows; --",
        "\xc3\xbc\xe6\x97\xa5\xf0\x9f\x98\x80",
        longest,
    };
    struct world *w = *state;
    struct scratch_event e[ARRAY_N(ids)];
    const struct event *list[ARRAY_N(ids)];

    assert_int_equal(strlen(longest), LIMIT_ID_MAX);
    begin(w);
    for (size_t i = 0; i < ARRAY_N(ids); i++) {
        scratch_event_make(&e[i], i);
        e[i].ev.id = str_from_cz(ids[i]);
        list[i] = &e[i].ev;
        assert_ok(store_add(w->store, &e[i].ev, 1, &w->why), &w->why);
    }
    commit(w, 1);
    expect_all(w, list, ARRAY_N(ids));
}

/* ---- many events ---- */

static struct str random_text(struct rand *r, char *to, size_t max)
{
    static const char *const pieces[] = {
        "a", "'", "\"", "\\", "\n", "{", "%", "\xc3\xa9", "\xf0\x9f\x92\xb8",
        ","};
    size_t n = 0;

    for (uint64_t left = rand_below(r, 12); left > 0; left--) {
        const char *piece = pieces[rand_below(r, ARRAY_N(pieces))];

        if (n + strlen(piece) <= max) {
            memcpy(to + n, piece, strlen(piece));
            n += strlen(piece);
        }
    }
    return (struct str){.p = to, .n = n};
}

struct random_event {
    struct event ev;
    char text[DIM__COUNT + 2][64];
};

static void random_event_make(struct random_event *e, struct rand *r,
                              uint64_t n)
{
    struct event *ev = &e->ev;

    event_init(ev);
    (void)snprintf(e->text[DIM__COUNT], sizeof(e->text[0]), "id-%08" PRIu64, n);
    ev->id = str_from_cz(e->text[DIM__COUNT]);
    ev->ts_us = SCRATCH_TS_US + (int64_t)n * 7;
    ev->arrival_us = SCRATCH_TS_US + (int64_t)rand_below(r, 1000000);
    ev->source = EVENT_SOURCE_API;
    ev->attempt = 1 + (uint32_t)rand_below(r, 3);
    for (int d = 0; d < DIM__COUNT; d++) {
        ev->dim[d] = random_text(r, e->text[d], sizeof(e->text[d]));
    }
    for (int k = 0; k < TOKEN__COUNT; k++) {
        ev->token[k] = rand_below(r, 3) > 0 ? 0 : (int64_t)rand_below(r, 1000);
    }
    ev->latency_ms = (int64_t)rand_below(r, 5) - 1;
    ev->ttft_ms = (int64_t)rand_below(r, 5) - 1;
    ev->has_reported_cost = rand_below(r, 2) == 1;
    ev->reported_cost.pico = (int64_t)(rand_u64(r) >> 1);
    ev->cost.priced = rand_below(r, 2) == 1;
    if (ev->cost.priced) {
        ev->cost.input.pico = (int64_t)(rand_u64(r) >> 3);
        ev->cost.cache.pico = (int64_t)(rand_u64(r) >> 3);
        ev->cost.output.pico = (int64_t)(rand_u64(r) >> 3);
        ev->cost.tools.pico = (int64_t)(rand_u64(r) >> 3);
        ev->cost.price_id = STR("some/price@2026-01-01");
    }
    if (rand_below(r, 4) == 0) {
        ev->tag[0].key = STR("team");
        ev->tag[0].value =
            random_text(r, e->text[DIM__COUNT + 1], sizeof(e->text[0]));
        ev->n_tags = 1;
    }
}

static void thousands_of_random_events_come_back(void **state)
{
    enum { N = 9000 }; /* several vectors, and a rest */
    struct world *w = *state;
    struct random_event *e = mem_array(N, sizeof(*e));
    const struct event **list = mem_array(N, sizeof(*list));
    struct rand r;

    rand_init(&r, 42);
    begin(w);
    for (size_t i = 0; i < N; i++) {
        random_event_make(&e[i], &r, i);
        list[i] = &e[i].ev;
        assert_ok(store_add(w->store, &e[i].ev, 1, &w->why), &w->why);
    }
    commit(w, 1);
    expect_all(w, list, N);
    mem_free(list);
    mem_free(e);
}

/* Scans that are put together from pieces are still in order, whole, and of
 * one moment: what is committed while the first piece is read is not in the
 * last. */
struct order {
    struct world *w;
    int64_t ts_us;
    char id[LIMIT_ID_MAX];
    size_t id_n;
    uint64_t n;
    uint64_t sum;
};

static enum rc check_order(void *arg, const struct event *ev, struct why *why)
{
    struct order *o = arg;
    struct str last = {.p = o->id, .n = o->id_n};

    (void)why;
    if (o->n > 0 && (ev->ts_us < o->ts_us ||
                     (ev->ts_us == o->ts_us && str_cmp(ev->id, last) <= 0))) {
        fail_msg("event %" PRIu64 " is out of order", o->n);
    }
    if (o->n == 0) {
        put(o->w, 30000, 1, 2);
    }
    o->ts_us = ev->ts_us;
    memcpy(o->id, ev->id.p, ev->id.n);
    o->id_n = ev->id.n;
    o->n++;
    o->sum += (uint64_t)ev->token[TOKEN_INPUT];
    return RC_OK;
}

static void a_long_scan_is_in_order(void **state)
{
    enum { N = LIMIT_SCAN_WINDOW_EVENTS + 20000 };
    struct world *w = *state;
    struct order o = {.w = w};
    uint64_t sum = 0;
    struct rand r;

    rand_init(&r, 7);
    begin(w);
    for (uint64_t i = 0; i < N; i++) {
        struct scratch_event e;

        scratch_event_make(&e, i);
        /* One crowded second, the rest over some hours, in no order. */
        e.ev.ts_us =
            SCRATCH_TS_US +
            (i % 2 == 0 ? INT64_C(5000000)
                        : (int64_t)rand_below(&r, 20000) * INT64_C(1000000));
        e.ev.token[TOKEN_INPUT] = (int64_t)i;
        sum += i;
        assert_ok(store_add(w->store, &e.ev, 1, &w->why), &w->why);
    }
    commit(w, 1);
    assert_ok(store_scan(w->reader, STORE_TIME_CALL, INT64_MIN, INT64_MAX,
                         check_order, &o, &w->why),
              &w->why);
    assert_int_equal(o.n, N);
    assert_int_equal(o.sum, sum);
    assert_int_equal(count(w), N + 1);
}

/* ---- ranges ---- */

static void scans_are_by_time_then_id(void **state)
{
    static const struct {
        const char *id;
        int ts;
        int arrival;
    } rows[] = {
        /* in the order of the call */
        {"b", 1, 9},        {"0fffffff-ffff-ffff-ffff-ffffffffffff", 2, 2},
        {"B", 2, 5},        {"a", 2, 5},
        {"aa", 2, 4},       {"ffffffff-ffff-ffff-ffff-ffffffffffff", 2, 2},
        {"\xc3\xa9", 2, 1}, {"a0", 3, 5},
    };
    static const size_t by_arrival[] = {6, 1, 5, 4, 2, 3, 7, 0};
    struct world *w = *state;
    struct scratch_event e[ARRAY_N(rows)];
    const struct event *call[ARRAY_N(rows)];
    const struct event *arrival[ARRAY_N(rows)];

    begin(w);
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        scratch_event_make(&e[i], i);
        e[i].ev.id = str_from_cz(rows[i].id);
        e[i].ev.ts_us = SCRATCH_TS_US + rows[i].ts;
        e[i].ev.arrival_us = SCRATCH_TS_US + rows[i].arrival;
        call[i] = &e[i].ev;
    }
    for (size_t i = ARRAY_N(rows); i > 0; i--) {
        arrival[i - 1] = &e[by_arrival[i - 1]].ev;
        assert_ok(store_add(w->store, &e[i - 1].ev, 1, &w->why), &w->why);
    }
    commit(w, 1);
    expect_scan(w, STORE_TIME_CALL, INT64_MIN, INT64_MAX, call, ARRAY_N(rows));
    expect_scan(w, STORE_TIME_ARRIVAL, INT64_MIN, INT64_MAX, arrival,
                ARRAY_N(rows));
    /* From is in, to is out. */
    expect_scan(w, STORE_TIME_CALL, SCRATCH_TS_US + 2, SCRATCH_TS_US + 3,
                call + 1, 6);
    expect_scan(w, STORE_TIME_ARRIVAL, SCRATCH_TS_US + 4, SCRATCH_TS_US + 9,
                arrival + 3, 4);
    expect_scan(w, STORE_TIME_CALL, SCRATCH_TS_US + 2, SCRATCH_TS_US + 2, NULL,
                0);
}

static enum rc add_id(void *arg, struct str id)
{
    uint64_t n = 0;

    assert_true(str_starts(id, STR("event-")));
    assert_rc(str_to_u64(str_sub(id, 6, SIZE_MAX), &n), RC_OK);
    *(uint64_t *)arg += n;
    return RC_OK;
}

static uint64_t sum_ids(struct world *w, enum store_time time, int64_t from_us,
                        int64_t to_us)
{
    uint64_t sum = 0;

    assert_ok(store_ids(w->reader, time, from_us, to_us, add_id, &sum, &w->why),
              &w->why);
    return sum;
}

static void ids_are_those_of_the_range(void **state)
{
    struct world *w = *state;

    put(w, 0, 100, 1);
    assert_int_equal(sum_ids(w, STORE_TIME_CALL, INT64_MIN, INT64_MAX), 4950);
    assert_int_equal(sum_ids(w, STORE_TIME_CALL, SCRATCH_TS_US + 10000000,
                             SCRATCH_TS_US + 12000000),
                     10 + 11);
    /* Arrival is a quarter of a second later. */
    assert_int_equal(sum_ids(w, STORE_TIME_ARRIVAL, SCRATCH_TS_US + 10250000,
                             SCRATCH_TS_US + 12250000),
                     10 + 11);
    assert_int_equal(sum_ids(w, STORE_TIME_ARRIVAL, SCRATCH_TS_US + 10250001,
                             SCRATCH_TS_US + 12250001),
                     11 + 12);
}

static void stats_tell_count_and_span(void **state)
{
    struct world *w = *state;
    struct store_stats stats;

    put(w, 5, 10, 1);
    assert_ok(store_stats(w->reader, &stats, &w->why), &w->why);
    assert_int_equal(stats.n_events, 10);
    assert_int_equal(stats.min_ts_us, SCRATCH_TS_US + 5000000);
    assert_int_equal(stats.max_ts_us, SCRATCH_TS_US + 14000000);
    assert_int_equal(stats.bytes > 0, w->is_duckdb);
}

/* ---- stopping ---- */

static enum rc stop_at_third(void *arg, const struct event *ev, struct why *why)
{
    int *n = arg;

    (void)ev;
    return ++*n == 3 ? why_set(why, RC_DENIED, "enough") : RC_OK;
}

static enum rc stop_at_third_id(void *arg, struct str id)
{
    int *n = arg;

    (void)id;
    return ++*n == 3 ? RC_DENIED : RC_OK;
}

static void the_callback_can_stop(void **state)
{
    struct world *w = *state;
    int n = 0;

    put(w, 0, 5000, 1);
    assert_rc(store_scan(w->reader, STORE_TIME_CALL, INT64_MIN, INT64_MAX,
                         stop_at_third, &n, &w->why),
              RC_DENIED);
    assert_string_equal(w->why.text, "enough");
    assert_int_equal(n, 3);
    n = 0;
    assert_rc(store_ids(w->reader, STORE_TIME_CALL, INT64_MIN, INT64_MAX,
                        stop_at_third_id, &n, &w->why),
              RC_DENIED);
    assert_int_equal(n, 3);
    /* Nothing of it stays behind. */
    put(w, 5000, 1, 2);
    assert_int_equal(count(w), 5001);
}

/* ---- readers beside the writer ---- */

enum { BATCH = 500, N_BATCHES = 40 };

struct race {
    struct world *w;
    atomic_bool is_over;
    int n_looks;
};

/* A reader sees whole commits, and never fewer than before.  It rests between
 * its looks: a lock taken again at once is one that others wait for long. */
static void *look(void *arg)
{
    struct race *race = arg;
    struct store_reader *reader;
    struct store_stats stats;
    struct why why;
    int64_t before = 0;

    assert_ok(store_reader_open(race->w->store, &reader, &why), &why);
    while (!atomic_load(&race->is_over)) {
        assert_ok(store_stats(reader, &stats, &why), &why);
        assert_int_equal(stats.n_events % BATCH, 0);
        assert_true(stats.n_events >= before);
        before = stats.n_events;
        race->n_looks++;
        (void)poll(NULL, 0, 1);
    }
    store_reader_close(&reader);
    return NULL;
}

static enum rc count_event(void *arg, const struct event *ev, struct why *why)
{
    (void)ev;
    (void)why;
    ++*(int64_t *)arg;
    return RC_OK;
}

static void readers_see_whole_commits_only(void **state)
{
    struct world *w = *state;
    struct race race = {.w = w};
    struct thread thread;
    int64_t n = 0;

    assert_ok(thread_start(&thread, "look", look, &race, &w->why), &w->why);
    for (uint64_t i = 0; i < N_BATCHES; i++) {
        put(w, i * BATCH, BATCH, i);
        n = 0;
        assert_ok(store_scan(w->reader, STORE_TIME_CALL, INT64_MIN, INT64_MAX,
                             count_event, &n, &w->why),
                  &w->why);
        assert_int_equal(n, (i + 1) * BATCH);
    }
    atomic_store(&race.is_over, true);
    thread_join(&thread);
    assert_true(race.n_looks > 0);
}

/* A scan goes on over what there was when it began, whatever is committed
 * meanwhile. */
struct meanwhile {
    struct world *w;
    uint64_t n;
};

static enum rc commit_one_more(void *arg, const struct event *ev,
                               struct why *why)
{
    struct meanwhile *m = arg;

    (void)ev;
    (void)why;
    if (m->n % 1000 == 0) {
        put(m->w, 100000 + m->n, 1, m->n);
    }
    m->n++;
    return RC_OK;
}

static void a_scan_is_of_one_moment(void **state)
{
    struct world *w = *state;
    struct meanwhile m = {.w = w};

    put(w, 0, 5000, 1);
    assert_ok(store_scan(w->reader, STORE_TIME_CALL, INT64_MIN, INT64_MAX,
                         commit_one_more, &m, &w->why),
              &w->why);
    assert_int_equal(m.n, 5000);
    assert_int_equal(count(w), 5005);
}

int main(int argc, char **argv)
{
    struct world world = {.is_duckdb =
                              argc > 1 && strcmp(argv[1], "duckdb") == 0};
#define TEST(f)                                            \
    {                                                      \
        .name = #f, .test_func = f, .setup_func = setup,   \
        .teardown_func = teardown, .initial_state = &world \
    }
    const struct CMUnitTest tests[] = {
        TEST(an_empty_store_has_nothing),
        TEST(a_commit_brings_events_and_position),
        TEST(a_commit_of_nothing_moves_the_position),
        TEST(what_is_not_committed_is_not_seen),
        TEST(a_rollback_leaves_no_trace),
        TEST(compact_changes_nothing_that_is_seen),
        TEST(rollups_change_nothing_that_is_seen),
        TEST(what_was_committed_outlives_the_process),
        TEST(every_field_comes_back),
        TEST(what_is_unknown_stays_unknown),
        TEST(a_cost_of_zero_is_a_cost),
        TEST(the_largest_cost_comes_back),
        TEST(tags_come_back),
        TEST(every_member_of_the_closed_sets_comes_back),
        TEST(every_id_comes_back_as_it_was),
        TEST(thousands_of_random_events_come_back),
        TEST(a_long_scan_is_in_order),
        TEST(scans_are_by_time_then_id),
        TEST(ids_are_those_of_the_range),
        TEST(stats_tell_count_and_span),
        TEST(the_callback_can_stop),
        TEST(readers_see_whole_commits_only),
        TEST(a_scan_is_of_one_moment),
    };

    return cmocka_run_group_tests_name("store contract", tests, NULL, NULL);
}
