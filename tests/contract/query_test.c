/* The query room against plain loops (tests/ref/ledger): the same random
 * events in a store and in memory, the same random questions, and answers
 * that agree in every cell. */
#include "contract/query_world.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/mem.h"
#include "query/query_metric.h"
#include "ref/ledger.h"

enum { N_QUESTIONS = 300, N_ROLLUP_QUESTIONS = 100 };

static struct why why;

/* ---- comparing ---- */

static bool same_real(double a, double b)
{
    double slack = 1e-12 * (a < 0 ? -a : a);

    return a - b <= slack && b - a <= slack;
}

static bool same_cell(enum answer_kind kind, const struct answer_cell *a,
                      const struct answer_cell *b)
{
    if (a->is_null || b->is_null) {
        return a->is_null == b->is_null;
    }
    switch (kind) {
    case ANSWER_TEXT:
    case ANSWER_TIME:
        return str_eq(a->text, b->text);
    case ANSWER_COUNT:
    case ANSWER_TOKENS:
        return a->count == b->count;
    case ANSWER_USD:
    case ANSWER_USD_RATIO:
        return a->usd.pico == b->usd.pico;
    case ANSWER_RATIO:
    case ANSWER_AVERAGE:
    case ANSWER_DURATION:
        return same_real(a->real, b->real);
    }
    return false;
}

static void show_cell(enum answer_kind kind, const struct answer_cell *cell)
{
    struct buf b;

    buf_init(&b, 1024);
    if (cell->is_null) {
        buf_cz(&b, "null");
    } else if (kind == ANSWER_TEXT || kind == ANSWER_TIME) {
        buf_str(&b, cell->text);
    } else if (kind == ANSWER_COUNT || kind == ANSWER_TOKENS) {
        buf_i64(&b, (int64_t)cell->count);
    } else if (kind == ANSWER_USD || kind == ANSWER_USD_RATIO) {
        usd_add_text(&b, cell->usd);
    } else {
        buf_fmt(&b, "%.17g", cell->real);
    }
    print_error("%.*s", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

static void assert_row(const struct question *ask, const struct answer *a,
                       const struct answer_cell *got,
                       const struct answer_cell *want)
{
    for (size_t i = 0; i < a->n_columns; i++) {
        if (same_cell(a->column[i].kind, &got[i], &want[i])) {
            continue;
        }
        question_show(ask);
        for (size_t k = 0; k < a->n_columns; k++) {
            print_error("%.*s: got ", STR_ARG(a->column[k].name));
            show_cell(a->column[k].kind, &got[k]);
            print_error(", want ");
            show_cell(a->column[k].kind, &want[k]);
            print_error("\n");
        }
        fail();
    }
}

static void assert_agrees(const struct question *ask, const struct answer *a,
                          const struct ledger *l)
{
    if (a->n_rows != l->n_rows || a->n_columns != l->n_columns ||
        a->truncated != l->truncated) {
        question_show(ask);
        print_error("got %zu rows of %zu, want %zu of %zu\n", a->n_rows,
                    a->n_columns, l->n_rows, l->n_columns);
        fail();
    }
    for (size_t r = 0; r < a->n_rows; r++) {
        assert_row(ask, a, a->cell + r * a->n_columns,
                   l->cell + r * a->n_columns);
    }
    assert_row(ask, a, a->total, l->cell + a->n_rows * a->n_columns);
}

static bool is_sum(const struct metric *m)
{
    return m->per == PART_NONE && part_table[m->part].kind == PART_KIND_SUM;
}

/* Sums of all rows, to the last pico-dollar. */
static void assert_adds_up(const struct query *q, const struct answer *a)
{
    for (size_t i = a->n_keys; i < a->n_columns && !a->truncated; i++) {
        const struct metric *m = q->metric[i - a->n_keys];
        num_i128 sum = 0;
        for (size_t r = 0; r < a->n_rows; r++) {
            const struct answer_cell *cell = &a->cell[r * a->n_columns + i];
            if (is_sum(m) && !cell->is_null) {
                sum += m->kind == ANSWER_USD ? cell->usd.pico : cell->count;
            }
        }
        if (is_sum(m) && !a->total[i].is_null) {
            assert_true(sum == (m->kind == ANSWER_USD ? a->total[i].usd.pico
                                                      : a->total[i].count));
        }
    }
}

static struct answer *answer(const struct world *w, const struct question *ask,
                             struct arena *out, struct query *ret_query)
{
    struct answer *a = NULL;

    if (query_parse(ask->param, ask->n, NOW_US, STR("UTC"), out, ret_query,
                    &why) != RC_OK ||
        query_run(ret_query, w->reader, out, &a, &why) != RC_OK) {
        question_show(ask);
        print_error("%s\n", why.text);
        fail();
    }
    return a;
}

/* The rows streamed are those of the answer, and go on behind its limit. */
struct streamed {
    const struct question *ask;
    const struct answer *a;
    size_t n;
};

static enum rc take_streamed(void *arg, const struct answer_cell *cell,
                             struct why *unused)
{
    struct streamed *s = arg;

    (void)unused;
    if (s->n < s->a->n_rows) {
        assert_row(s->ask, s->a, cell, s->a->cell + s->n * s->a->n_columns);
    }
    s->n++;
    return RC_OK;
}

static void assert_streams(const struct world *w, const struct question *ask,
                           const struct query *q, const struct answer *a)
{
    struct streamed s = {.ask = ask, .a = a};

    assert_ok(query_each(q, w->reader, take_streamed, &s, &why), &why);
    assert_true(a->truncated ? s.n > a->n_rows : s.n == a->n_rows);
}

/* ---- tests ---- */

static void agrees_with_plain_loops(void **state)
{
    struct world *w = *state;
    struct arena out;
    struct rand r;
    size_t n_full = 0;
    size_t n_cut = 0;

    rand_init(&r, 7);
    for (size_t i = 0; i < N_QUESTIONS; i++) {
        struct question ask;
        struct query q;
        struct ledger l;
        arena_init(&out, ANSWER_BYTES);
        question_make(&r, w, NULL, &ask);
        struct answer *a = answer(w, &ask, &out, &q);
        ledger_answer(&l, &q, w->ev, N_EVENTS);
        assert_agrees(&ask, a, &l);
        assert_adds_up(&q, a);
        assert_streams(w, &ask, &q, a);
        n_full += a->n_rows > 1 ? 1 : 0;
        n_cut += a->truncated ? 1 : 0;
        ledger_free(&l);
        arena_fini(&out);
        arena_fini(&ask.text);
    }
    /* The dice must not have been loaded. */
    assert_true(n_full > N_QUESTIONS / 2);
    assert_true(n_cut > N_QUESTIONS / 20);
}

/* The same cells from a rollup, from the events and from plain loops. */
static void assert_same_from_events(const struct world *w,
                                    const struct question *ask, struct query *q,
                                    const struct answer *a, struct arena *out)
{
    struct answer *raw = NULL;

    q->only_events = true;
    assert_ok(query_run(q, w->reader, out, &raw, &why), &why);
    assert_str(raw->source, "events");
    assert_int_equal(raw->n_rows, a->n_rows);
    assert_int_equal(raw->truncated, a->truncated);
    for (size_t i = 0; i < a->n_rows; i++) {
        assert_row(ask, a, a->cell + i * a->n_columns,
                   raw->cell + i * a->n_columns);
    }
    assert_row(ask, a, a->total, raw->total);
}

static void rollups_agree_with_events(void **state)
{
    struct world *w = *state;
    struct arena out;
    struct rand r;
    size_t n_from[3] = {0};

    rand_init(&r, 29);
    for (size_t i = 0; i < N_ROLLUP_QUESTIONS; i++) {
        struct question ask;
        struct query q;
        struct ledger l;
        arena_init(&out, ANSWER_BYTES);
        question_make(&r, w, &rollup_table[i % rollup_table_n], &ask);
        struct answer *a = answer(w, &ask, &out, &q);
        for (size_t k = 0; k < rollup_table_n; k++) {
            n_from[k] += str_eq(a->source, rollup_table[k].name) ? 1 : 0;
        }
        ledger_answer(&l, &q, w->ev, N_EVENTS);
        assert_agrees(&ask, a, &l);
        assert_adds_up(&q, a);
        assert_same_from_events(w, &ask, &q, a, &out);
        ledger_free(&l);
        arena_fini(&out);
        arena_fini(&ask.text);
    }
    assert_int_equal(rollup_table_n, 2);
    assert_true(n_from[0] > N_ROLLUP_QUESTIONS / 4);
    assert_true(n_from[1] > N_ROLLUP_QUESTIONS / 10);
}

static void agrees_in_every_zone(void **state)
{
    struct world *w = *state;
    static const char *const intervals[] = {"hour", "day", "week", "month"};

    for (size_t i = 0; i < ledger_n_zones * ARRAY_N(intervals); i++) {
        struct question ask = {.n = 0};
        struct arena out;
        struct query q;
        struct ledger l;
        arena_init(&out, ANSWER_BYTES);
        question_add(&ask, "where", STR("environment:*"));
        question_add(&ask, "interval",
                     str_from_cz(intervals[i % ARRAY_N(intervals)]));
        question_add(&ask, "timezone",
                     str_from_cz(ledger_zones[i / ARRAY_N(intervals)]));
        question_add(&ask, "from", STR("2026-01-01"));
        question_add(&ask, "to", STR("2027-03-02"));
        question_add(&ask, "limit", STR("100000"));
        struct answer *a = answer(w, &ask, &out, &q);
        ledger_answer(&l, &q, w->ev, N_EVENTS);
        assert_agrees(&ask, a, &l);
        assert_adds_up(&q, a);
        ledger_free(&l);
        arena_fini(&out);
    }
}

static void every_grouping_has_the_same_total(void **state)
{
    struct world *w = *state;
    struct str fields[64];
    size_t n = question_fields(fields);
    struct query q;
    struct arena out;

    arena_init(&out, ANSWER_BYTES);
    struct question whole = {.n = 0};
    question_add(&whole, "metrics",
                 STR("cost,requests,input_tokens,reported_cost"));
    question_add(&whole, "where", STR("environment:*"));
    question_add(&whole, "range", STR("all"));
    struct answer *want = answer(w, &whole, &out, &q);
    assert_int_equal(want->n_rows, 1);
    assert_int_equal(want->total[1].count, N_EVENTS);
    assert_row(&whole, want, want->cell, want->total);
    for (size_t i = 0; i < n; i++) {
        struct question ask = whole;
        struct answer *a;
        question_add(&ask, "by", fields[i]);
        question_add(&ask, "interval", i % 2 == 0 ? STR("day") : STR("none"));
        question_add(&ask, "limit", STR("100000"));
        question_add(&ask, "timezone",
                     str_from_cz(ledger_zones[i % ledger_n_zones]));
        a = answer(w, &ask, &out, &q);
        assert_false(a->truncated);
        assert_true(a->n_rows > 0);
        assert_row(&ask, want, a->total + a->n_keys, want->total);
        assert_adds_up(&q, a);
    }
    arena_fini(&out);
}

static void says_what_was_asked(void **state)
{
    struct world *w = *state;
    struct question ask = {.n = 0};
    struct arena out;
    struct query q;

    arena_init(&out, ANSWER_BYTES);
    question_add(&ask, "by", STR("feature,tag.team"));
    question_add(&ask, "interval", STR("hour"));
    question_add(&ask, "where", STR("feature:!a\\|b|"));
    question_add(&ask, "from", STR("2026-10-25"));
    question_add(&ask, "to", STR("2026-10-26"));
    question_add(&ask, "timezone", STR("Europe/Berlin"));
    struct answer *a = answer(w, &ask, &out, &q);
    assert_int_equal(a->n_columns, 5);
    assert_int_equal(a->n_keys, 3);
    assert_str(a->column[0].name, "time");
    assert_str(a->column[2].name, "tag.team");
    assert_str(a->column[3].name, "cost");
    assert_int_equal(a->column[0].kind, ANSWER_TIME);
    assert_int_equal(a->column[1].kind, ANSWER_TEXT);
    assert_int_equal(a->column[3].kind, ANSWER_USD);
    assert_str(a->from, "2026-10-25T00:00:00+02:00");
    assert_str(a->to, "2026-10-26T00:00:00+01:00");
    assert_int_equal(a->to_us - a->from_us, 25 * UTC_US_PER_HOUR);
    assert_str(a->timezone, "Europe/Berlin");
    assert_int_equal(a->n_filters, 2);
    assert_str(a->filter[0], "feature:!a\\|b|");
    assert_str(a->filter[1], "environment:production");
    arena_fini(&out);
}

/* No calls at all cost nothing; they do not cost something unknown. */
static void an_empty_store_answers(void **state)
{
    struct world w = {.store = NULL};
    struct store_duckdb_options options = {.path = NULL, .threads = 1};
    struct question ask = {.n = 0};
    struct query q;
    struct arena out;

    (void)state;
    arena_init(&out, ANSWER_BYTES);
    assert_ok(store_open_duckdb(&options, &w.store, &why), &why);
    assert_ok(store_reader_open(w.store, &w.reader, &why), &why);
    question_add(&ask, "metrics",
                 STR("cost,requests,input_tokens,users,cost_per_request,"
                     "latency_p50,latency_avg,reported_cost,error_share"));
    struct answer *a = answer(&w, &ask, &out, &q);
    assert_int_equal(a->n_rows, 1);
    for (size_t i = 0; i < a->n_columns; i++) {
        bool is_absent = i == 4 || i == 5 || i == 6 || i == 8;
        assert_int_equal(a->total[i].is_null, is_absent);
        assert_int_equal(a->cell[i].is_null, is_absent);
    }
    assert_true(a->total[0].usd.pico == 0);
    assert_true(a->total[7].usd.pico == 0);
    question_add(&ask, "by", STR("feature"));
    question_add(&ask, "interval", STR("day"));
    a = answer(&w, &ask, &out, &q);
    assert_int_equal(a->n_rows, 0);
    assert_false(a->total[2].is_null);
    assert_true(a->total[2].usd.pico == 0);
    store_reader_close(&w.reader);
    store_close(&w.store);
    arena_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_plain_loops),
        cmocka_unit_test(rollups_agree_with_events),
        cmocka_unit_test(agrees_in_every_zone),
        cmocka_unit_test(every_grouping_has_the_same_total),
        cmocka_unit_test(says_what_was_asked),
        cmocka_unit_test(an_empty_store_answers),
    };
    return cmocka_run_group_tests(tests, query_world_set_up,
                                  query_world_tear_down);
}
