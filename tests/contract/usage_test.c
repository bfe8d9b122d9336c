/* The questions of query_usage.h against plain loops over the same events. */
#include "unit/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/utc.h"
#include "query/query_hours.h"
#include "query/query_usage.h"
#include "ref/ledger.h"
#include "store/store.h"

enum { N_EVENTS = 4000, TEXT_BYTES = 4 * 1024 * 1024, INPUT_MIN = 1024 };

#define FROM_US INT64_C(1767225600000000) /* 2026-01-01 */
#define SPAN_US (3 * UTC_US_PER_DAY)
#define TTL_US  (5 * 60 * INT64_C(1000000))

struct world {
    struct arena text;
    struct event *ev;
    struct store *store;
    struct store_reader *reader;
    struct query q;
};

static struct why why;

#define PICK(r, ...)                              \
    pick((r), (const char *const[]){__VA_ARGS__}, \
         ARRAY_N(((const char *const[]){__VA_ARGS__})))

static struct str pick(struct rand *r, const char *const *words, size_t n)
{
    return str_from_cz(words[rand_below(r, n)]);
}

static void make_event(struct rand *r, struct arena *a, size_t i,
                       struct event *ev)
{
    event_init(ev);
    ev->id = str_fmt(a, "call-%zu", i);
    ev->ts_us = FROM_US + (int64_t)rand_below(r, (uint64_t)SPAN_US);
    ev->arrival_us = ev->ts_us;
    ev->dim[DIM_PROVIDER] = STR("openai");
    ev->dim[DIM_MODEL] = PICK(r, "a", "b");
    ev->dim[DIM_REQUESTED_MODEL] = PICK(r, "a", "b");
    ev->dim[DIM_FEATURE] = PICK(r, "", "x", "it's");
    ev->dim[DIM_WORKFLOW] = PICK(r, "", "w");
    ev->dim[DIM_RELEASE] = PICK(r, "v1", "v2");
    if (rand_below(r, 4) > 0) {
        ev->dim[DIM_RUN] = str_fmt(a, "run-%d", (int)rand_below(r, 300));
    }
    ev->service_tier =
        rand_below(r, 4) == 0 ? SERVICE_TIER_BATCH : SERVICE_TIER_STANDARD;
    ev->environment =
        rand_below(r, 8) == 0 ? ENVIRONMENT_TEST : ENVIRONMENT_PRODUCTION;
    ev->status = rand_below(r, 6) == 0 ? EVENT_STATUS_ERROR : EVENT_STATUS_OK;
    for (size_t k = 0; k < TOKEN__COUNT; k++) {
        ev->token[k] = (int64_t)rand_below(r, 700);
    }
    ev->web_searches = (int64_t)rand_below(r, 3);
    ev->cost.priced = rand_below(r, 10) > 0;
    if (ev->cost.priced) {
        ev->cost.input.pico = (int64_t)rand_below(r, 1000000000);
        ev->cost.cache.pico = (int64_t)rand_below(r, 1000000000);
        ev->cost.output.pico = (int64_t)rand_below(r, 1000000000);
        ev->cost.tools.pico = (int64_t)rand_below(r, 1000000000);
    }
}

static void add(const struct world *w, size_t from, size_t to)
{
    assert_ok(store_begin(w->store, &why), &why);
    assert_ok(store_add(w->store, w->ev + from, to - from, &why), &why);
    assert_ok(store_commit(w->store, to, &why), &why);
}

static int set_up(void **state)
{
    struct world *w = mem_alloc(sizeof(*w));
    struct store_duckdb_options options = {.path = NULL, .threads = 2};
    const struct query_param param[] = {{STR("from"), STR("2026-01-01")},
                                        {STR("to"), STR("2026-01-03")}};
    struct rand r;

    rand_init(&r, 4);
    arena_init(&w->text, TEXT_BYTES);
    w->ev = mem_array(N_EVENTS, sizeof(*w->ev));
    for (size_t i = 0; i < N_EVENTS; i++) {
        make_event(&r, &w->text, i, &w->ev[i]);
    }
    assert_ok(store_open_duckdb(&options, &w->store, &why), &why);
    add(w, 0, N_EVENTS / 2);
    assert_ok(store_fold(w->store, &why), &why);
    add(w, N_EVENTS / 2, N_EVENTS);
    assert_ok(store_reader_open(w->store, &w->reader, &why), &why);
    assert_ok(query_parse(param, ARRAY_N(param), FROM_US + SPAN_US, STR("UTC"),
                          &w->text, &w->q, &why),
              &why);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    store_reader_close(&w->reader);
    store_close(&w->store);
    mem_free(w->ev);
    arena_fini(&w->text);
    mem_free(w);
    return 0;
}

/* ---- calls ---- */

struct tally {
    const struct world *w;
    size_t n;
    num_i128 hash;
};

/* What of a call must come back, as one number. */
static num_i128 digest(const struct event *ev)
{
    num_i128 h = ev->ts_us % 1000003;

    for (size_t k = 0; k < TOKEN__COUNT; k++) {
        h = h * 701 % 1000000007 + ev->token[k];
    }
    h = h * 7 + ev->web_searches;
    h = h * 7 + (int)ev->service_tier;
    h = h * 7 + (int)ev->status;
    h = h * 7 + (str_eq(ev->dim[DIM_MODEL], STR("a")) ? 1 : 0);
    h = h * 7 + (ev->cost.priced ? 1 : 0);
    h += ev->cost.input.pico * 3 + ev->cost.cache.pico * 5 +
         ev->cost.output.pico * 7 + ev->cost.tools.pico * 11;
    return h;
}

static enum rc take_call(void *arg, const struct event *ev, struct why *w)
{
    struct tally *t = arg;

    (void)w;
    t->n++;
    t->hash += digest(ev);
    return RC_OK;
}

static void calls_come_back_as_they_were(void **state)
{
    const struct world *w = *state;
    struct tally got = {.n = 0};
    struct tally want = {.n = 0};

    assert_ok(query_calls(&w->q, w->reader, take_call, &got, &why), &why);
    for (size_t i = 0; i < N_EVENTS; i++) {
        if (ledger_matches(&w->q, &w->ev[i])) {
            assert_ok(take_call(&want, &w->ev[i], &why), &why);
        }
    }
    assert_true(want.n > 1000);
    assert_int_equal(got.n, want.n);
    assert_true(got.hash == want.hash);
}

/* ---- sums ---- */

static bool is_of(const struct event *ev, const struct usage_sum *row)
{
    return str_eq(ev->dim[DIM_FEATURE], row->feature) &&
           str_eq(ev->dim[DIM_WORKFLOW], row->workflow) &&
           str_eq(ev->dim[DIM_PROVIDER], row->provider) &&
           str_eq(ev->dim[DIM_MODEL], row->model) &&
           str_eq(ev->dim[DIM_REQUESTED_MODEL], row->requested_model) &&
           ev->service_tier == row->tier;
}

static enum rc take_sum(void *arg, const struct usage_sum *row, struct why *y)
{
    struct tally *t = arg;
    struct usage_sum want = {.n = 0};
    size_t n = 0;

    (void)y;
    for (size_t i = 0; i < N_EVENTS; i++) {
        const struct event *ev = &t->w->ev[i];
        num_i128 cost = ev->cost.priced ? event_total_cost(ev).pico : 0;
        if (!ledger_matches(&t->w->q, ev) || !is_of(ev, row)) {
            continue;
        }
        bool is_error = ev->status == EVENT_STATUS_ERROR;
        want.n_errors += is_error ? 1 : 0;
        want.n_unpriced += ev->cost.priced ? 0 : 1;
        want.cost += cost;
        want.error_cost += is_error ? cost : 0;
        want.cache_cost += ev->cost.cache.pico;
        want.output_cost += ev->cost.output.pico;
        want.tools_cost += ev->cost.tools.pico;
        for (size_t k = 0; k < TOKEN__COUNT; k++) {
            want.token[k] += ev->token[k];
        }
        n++;
    }
    assert_int_equal(row->n, n);
    assert_int_equal(row->n_errors, want.n_errors);
    assert_int_equal(row->n_unpriced, want.n_unpriced);
    assert_true(row->cost == want.cost && row->error_cost == want.error_cost);
    assert_true(row->cache_cost == want.cache_cost);
    assert_true(row->output_cost == want.output_cost);
    assert_true(row->tools_cost == want.tools_cost);
    assert_memory_equal(row->token, want.token, sizeof want.token);
    t->n += n;
    return RC_OK;
}

static size_t n_matching(const struct world *w)
{
    size_t n = 0;

    for (size_t i = 0; i < N_EVENTS; i++) {
        n += ledger_matches(&w->q, &w->ev[i]) ? 1 : 0;
    }
    return n;
}

/* From a rollup, part of it folded, with edges that are not; from the events,
 * since no rollup has runs; and from them as asked. */
static void sums_are_those_of_a_loop(void **state)
{
    static const struct str no_run = STR_INIT("");
    struct world w = *(const struct world *)*state;

    w.q.from_us += UTC_US_PER_HOUR / 3;
    w.q.to_us -= UTC_US_PER_HOUR / 3;
    for (int i = 0; i < 3; i++) {
        struct tally t = {.w = &w};

        w.q.only_events = i == 2;
        if (i == 1) {
            w.q.where[w.q.n_where++] = (struct query_filter){
                .field = {QUERY_FIELD_DIM, DIM_RUN, .name = STR("run")},
                .value = &no_run,
                .n_values = 1};
        }
        assert_ok(query_sums(&w.q, w.reader, take_sum, &t, &why), &why);
        assert_true(t.n > 100);
        assert_int_equal(t.n, n_matching(&w));
    }
}

/* ---- short calls ---- */

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static enum rc take_short(void *arg, const struct usage_short *row,
                          struct why *y)
{
    struct tally *t = arg;
    static int64_t input[N_EVENTS];
    size_t n = 0;

    (void)y;
    for (size_t i = 0; i < N_EVENTS; i++) {
        const struct event *ev = &t->w->ev[i];
        if (ledger_matches(&t->w->q, ev) &&
            str_eq(ev->dim[DIM_FEATURE], row->feature) &&
            str_eq(ev->dim[DIM_WORKFLOW], row->workflow) &&
            str_eq(ev->dim[DIM_PROVIDER], row->provider) &&
            str_eq(ev->dim[DIM_MODEL], row->model)) {
            input[n++] = event_input_tokens(ev);
        }
    }
    assert_true(n > 0);
    qsort(input, n, sizeof *input, by_size);
    double at = 0.05 * (double)(n - 1);
    size_t below = (size_t)at;
    size_t above = below + 1 < n ? below + 1 : below;
    double want = (double)input[below] +
                  (at - (double)below) * (double)(input[above] - input[below]);
    assert_true(row->input_p05 > want - 1e-6 && row->input_p05 < want + 1e-6);
    t->n += n;
    return RC_OK;
}

static void short_calls_are_those_of_a_loop(void **state)
{
    const struct world *w = *state;
    struct tally t = {.w = w};

    assert_ok(query_shorts(&w->q, w->reader, take_short, &t, &why), &why);
    assert_int_equal(t.n, n_matching(w));
}

/* ---- gaps ---- */

static bool is_long_call(const struct world *w, const struct event *ev)
{
    return ledger_matches(&w->q, ev) && event_input_tokens(ev) >= INPUT_MIN;
}

static bool is_alike(const struct event *a, const struct event *b)
{
    static const enum dim keys[] = {DIM_FEATURE, DIM_WORKFLOW, DIM_PROVIDER,
                                    DIM_MODEL, DIM_RELEASE};

    for (size_t i = 0; i < ARRAY_N(keys); i++) {
        if (!str_eq(a->dim[keys[i]], b->dim[keys[i]])) {
            return false;
        }
    }
    return true;
}

/* Times are all different here. */
static bool is_cold(const struct world *w, const struct event *ev)
{
    for (size_t i = 0; i < N_EVENTS; i++) {
        const struct event *before = &w->ev[i];
        if (is_long_call(w, before) && is_alike(before, ev) &&
            before->ts_us < ev->ts_us && ev->ts_us - before->ts_us <= TTL_US) {
            return false;
        }
    }
    return true;
}

static enum rc take_gap(void *arg, const struct usage_gap *row, struct why *y)
{
    struct tally *t = arg;
    struct usage_gap want = {.n = 0};

    (void)y;
    for (size_t i = 0; i < N_EVENTS; i++) {
        const struct event *ev = &t->w->ev[i];
        if (!is_long_call(t->w, ev) ||
            !str_eq(ev->dim[DIM_FEATURE], row->feature) ||
            !str_eq(ev->dim[DIM_WORKFLOW], row->workflow) ||
            !str_eq(ev->dim[DIM_MODEL], row->model)) {
            continue;
        }
        want.n++;
        want.n_cold += is_cold(t->w, ev) ? 1 : 0;
        want.input += event_input_tokens(ev);
        want.cache_read += ev->token[TOKEN_CACHE_READ];
    }
    assert_int_equal(row->n, want.n);
    assert_int_equal(row->n_cold, want.n_cold);
    assert_true(row->input == want.input);
    assert_true(row->cache_read == want.cache_read);
    t->n += (size_t)row->n;
    return RC_OK;
}

static void predecessors_within_five_minutes_are_found(void **state)
{
    const struct world *w = *state;
    const int64_t n_calls[] = {N_EVENTS, INT64_MAX}; /* few, many */

    for (size_t k = 0; k < ARRAY_N(n_calls); k++) {
        const struct usage_gaps_of of = {INPUT_MIN, n_calls[k]};
        struct tally t = {.w = w};
        size_t n = 0;

        assert_ok(query_gaps(&w->q, &of, w->reader, take_gap, &t, &why), &why);
        for (size_t i = 0; i < N_EVENTS; i++) {
            n += is_long_call(w, &w->ev[i]) ? 1 : 0;
        }
        assert_int_equal(t.n, n);
    }
}

/* ---- runs ---- */

static size_t calls_of_run(const struct world *w, const struct event *like,
                           bool *ret_is_first, num_i128 *ret_cost)
{
    size_t n = 0;

    *ret_is_first = true;
    for (size_t i = 0; i < N_EVENTS; i++) {
        const struct event *ev = &w->ev[i];
        if (!ledger_matches(&w->q, ev) ||
            !str_eq(ev->dim[DIM_RUN], like->dim[DIM_RUN]) ||
            !str_eq(ev->dim[DIM_FEATURE], like->dim[DIM_FEATURE]) ||
            !str_eq(ev->dim[DIM_WORKFLOW], like->dim[DIM_WORKFLOW])) {
            continue;
        }
        *ret_is_first = *ret_is_first && ev >= like;
        *ret_cost += ev->cost.priced ? event_total_cost(ev).pico : 0;
        n++;
    }
    return n;
}

static enum rc take_runs(void *arg, const struct usage_runs *row, struct why *y)
{
    struct tally *t = arg;
    int64_t n_runs = 0;
    num_i128 cost = 0;

    (void)y;
    for (size_t i = 0; i < N_EVENTS; i++) {
        const struct event *ev = &t->w->ev[i];
        num_i128 of_run = 0;
        bool is_first = false;
        if (!ledger_matches(&t->w->q, ev) || ev->dim[DIM_RUN].n == 0 ||
            !str_eq(ev->dim[DIM_FEATURE], row->feature) ||
            !str_eq(ev->dim[DIM_WORKFLOW], row->workflow)) {
            continue;
        }
        if (calls_of_run(t->w, ev, &is_first, &of_run) ==
                (size_t)row->n_calls &&
            is_first) {
            n_runs++;
            cost += of_run;
        }
    }
    assert_int_equal(row->n_runs, n_runs);
    assert_true(row->cost == cost);
    assert_true(row->run.n > 0);
    t->n += (size_t)(row->n_runs * row->n_calls);
    return RC_OK;
}

static void runs_are_counted_by_length(void **state)
{
    const struct world *w = *state;
    struct tally t = {.w = w};
    size_t n = 0;

    assert_ok(query_runs(&w->q, w->reader, take_runs, &t, &why), &why);
    for (size_t i = 0; i < N_EVENTS; i++) {
        n += ledger_matches(&w->q, &w->ev[i]) && w->ev[i].dim[DIM_RUN].n > 0;
    }
    assert_int_equal(t.n, n);
}

/* ---- hours ---- */

struct hours {
    const struct world *w;
    int64_t quarter, piece; /* the last given */
    size_t n, n_of_runs, n_runs, n_spans;
};

static double sum_of(const struct event *ev, enum hour_sum sum)
{
    bool ok = ev->status == EVENT_STATUS_OK;
    double in = (double)event_input_tokens(ev);
    double out = (double)event_output_tokens(ev);
    const struct event_cost *cost = &ev->cost;
    double total = (double)event_total_cost(ev).pico * 1e-12;
    const double of[HOUR_SUMS] = {
        [HOUR_ATTEMPTS] = 1,
        [HOUR_OK] = ok ? 1 : 0,
        [HOUR_IN_OK] = ok ? in : 0,
        [HOUR_OUT_OK] = ok ? out : 0,
        [HOUR_IN_ALL] = in,
        [HOUR_READ] = (double)ev->token[TOKEN_CACHE_READ],
        [HOUR_WRITE] = (double)event_cache_write_tokens(ev),
        [HOUR_OUT_ALL] = out,
        [HOUR_COST] = total,
        [HOUR_COST_OK] = ok ? total : 0,
        [HOUR_COST_IN] = (double)(cost->input.pico + cost->cache.pico) * 1e-12,
        [HOUR_COST_CACHE] = (double)cost->cache.pico * 1e-12,
        [HOUR_COST_OUT] = (double)cost->output.pico * 1e-12,
        [HOUR_IN_LN] = ok ? log(fmax(in, 1)) : 0,
        [HOUR_IN_LN_SQ] = ok ? pow(log(fmax(in, 1)), 2) : 0,
        [HOUR_OUT_LN] = ok ? log(fmax(out, 1)) : 0,
        [HOUR_OUT_LN_SQ] = ok ? pow(log(fmax(out, 1)), 2) : 0,
    };

    return of[sum];
}

static bool is_of_hour(const struct hours *h, const struct event *ev,
                       const struct usage_hour *row)
{
    return ledger_matches(&h->w->q, ev) &&
           ev->ts_us / (15 * UTC_US_PER_MINUTE) ==
               row->hour * 4 + row->quarter &&
           str_eq(ev->dim[DIM_FEATURE], row->feature) &&
           str_eq(ev->dim[DIM_MODEL], row->model);
}

static enum rc take_hour(void *arg, const struct usage_hour *row, struct why *y)
{
    struct hours *h = arg;
    double want[HOUR_SUMS] = {0};

    (void)y;
    assert_true(row->hour * 4 + row->quarter >= h->quarter);
    h->quarter = row->hour * 4 + row->quarter;
    for (size_t i = 0; i < N_EVENTS; i++) {
        const struct event *ev = &h->w->ev[i];
        for (enum hour_sum k = 0; is_of_hour(h, ev, row) && k < HOUR_SUMS;
             k++) {
            want[k] += sum_of(ev, k);
        }
    }
    for (enum hour_sum k = 0; k < HOUR_SUMS; k++) {
        double off = row->sum[k] - want[k];
        assert_true(off < 1e-9 && off > -1e-9);
    }
    h->n += (size_t)row->sum[HOUR_ATTEMPTS];
    return RC_OK;
}

static enum rc take_crowd(void *arg, const struct usage_crowd *row,
                          struct why *y)
{
    struct hours *h = arg;

    (void)y;
    assert_int_equal(row->n_users, 0);
    h->n_runs += (size_t)row->n_runs;
    return RC_OK;
}

static enum rc take_payer(void *arg, const struct usage_payer *row,
                          struct why *y)
{
    (void)arg;
    (void)row;
    (void)y;
    fail_msg("no call has a customer");
    return RC_OK;
}

static enum rc take_piece(void *arg, const struct usage_piece *row,
                          struct why *y)
{
    struct hours *h = arg;

    (void)y;
    assert_true(row->piece >= h->piece && row->run.n > 0);
    h->piece = row->piece;
    h->n_of_runs += (size_t)row->n;
    return RC_OK;
}

static enum rc take_span(void *arg, int64_t from, int64_t to, struct why *y)
{
    struct hours *h = arg;

    (void)y;
    assert_true(from * 4 <= h->quarter && h->quarter < to * 4);
    h->n_spans++;
    return RC_OK;
}

static void hours_are_those_of_a_loop(void **state)
{
    const struct world *w = *state;
    struct hours h = {.w = w};
    const struct usage_hours_sink sink = {.hour = take_hour,
                                          .crowd = take_crowd,
                                          .payer = take_payer,
                                          .piece = take_piece,
                                          .span = take_span,
                                          .arg = &h};
    size_t n_of_runs = 0;

    assert_ok(query_hours(&w->q, w->reader, &sink, &why), &why);
    for (size_t i = 0; i < N_EVENTS; i++) {
        n_of_runs +=
            ledger_matches(&w->q, &w->ev[i]) && w->ev[i].dim[DIM_RUN].n > 0;
    }
    assert_int_equal(h.n, n_matching(w));
    assert_int_equal(h.n_of_runs, n_of_runs);
    assert_true(h.n_runs > 0 && h.n_runs <= n_of_runs);
    assert_int_equal(h.n_spans, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_come_back_as_they_were),
        cmocka_unit_test(sums_are_those_of_a_loop),
        cmocka_unit_test(short_calls_are_those_of_a_loop),
        cmocka_unit_test(predecessors_within_five_minutes_are_found),
        cmocka_unit_test(runs_are_counted_by_length),
        cmocka_unit_test(hours_are_those_of_a_loop),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
