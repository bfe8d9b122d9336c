/* The query room against plain loops (tests/ref/ledger): the same random
 * events in a store and in memory, the same random questions, and answers
 * that agree in every cell. */
#include "unit/test.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/utc.h"
#include "query/query.h"
#include "query/query_field.h"
#include "query/query_metric.h"
#include "ref/ledger.h"
#include "store/schema.h"
#include "store/store.h"

enum {
    N_EVENTS = 20000,
    N_COMMITS = 5,
    N_QUESTIONS = 300,
    N_ROLLUP_QUESTIONS = 100,
    N_PAGINGS = 12,
    TEXT_BYTES = 64 * 1024 * 1024,
    ANSWER_BYTES = 256 * 1024 * 1024,
    PARAMS_MAX = 16
};

/* 2026-01-01 and fourteen months on: all changes of the clocks are within. */
#define FROM_US INT64_C(1767225600000000)
#define SPAN_US (425 * UTC_US_PER_DAY)
#define NOW_US  (FROM_US + SPAN_US)

struct world {
    struct arena text;
    struct event *ev;
    struct store *store;
    struct store_reader *reader;
};

static struct why why;

/* ---- events ---- */

static struct str pick(struct rand *r, const char *const *words, size_t n)
{
    return str_from_cz(words[rand_below(r, n)]);
}
#define PICK(r, ...)                              \
    pick((r), (const char *const[]){__VA_ARGS__}, \
         ARRAY_N(((const char *const[]){__VA_ARGS__})))

static struct str numbered(struct rand *r, struct arena *a, const char *word,
                           uint64_t n)
{
    return str_fmt(a, "%s-%llu", word, (unsigned long long)rand_below(r, n));
}

/* A quarter of all calls within hours of a change of some clock. */
static int64_t random_ts(struct rand *r)
{
    static const char *const changes[] = {
        "2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2026-03-08T07:00:00Z",
        "2026-11-01T06:00:00Z", "2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z",
        "2026-04-23T22:00:00Z", "2026-10-29T21:00:00Z", "2026-04-05T03:00:00Z",
        "2026-09-06T04:00:00Z", "2027-01-01T00:00:00Z", "2026-11-01T00:00:00Z",
    };
    int64_t us = 0;

    if (rand_below(r, 4) > 0) {
        return FROM_US + (int64_t)rand_below(r, (uint64_t)SPAN_US);
    }
    assert_rc(utc_parse(PICK(r, changes[rand_below(r, ARRAY_N(changes))]),
                        false, &us),
              RC_OK);
    us += (int64_t)(rand_below(r, 8 * 3600) * 1000000) - 4 * UTC_US_PER_HOUR;
    return rand_below(r, 8) > 0 ? us : us / UTC_US_PER_HOUR * UTC_US_PER_HOUR;
}

static struct usd random_usd(struct rand *r)
{
    /* Now and then millions of dollars, whose sum passes 64 bits. */
    uint64_t most = rand_below(r, 50) == 0 ? UINT64_C(2000000000000000000)
                                           : UINT64_C(90000000000);

    return (struct usd){(int64_t)rand_below(r, most)};
}

static void make_cost(struct rand *r, struct event *ev)
{
    ev->cost.priced =
        !str_eq(ev->dim[DIM_MODEL], STR("nameless")) && rand_below(r, 20) > 0;
    if (ev->cost.priced) {
        ev->cost.input = random_usd(r);
        ev->cost.cache = random_usd(r);
        ev->cost.output = random_usd(r);
        ev->cost.tools = random_usd(r);
        ev->cost.price_id = STR("openai/gpt-4o@2024-10-01");
    }
    ev->has_reported_cost = rand_below(r, 10) == 0;
    ev->reported_cost = random_usd(r);
}

static void make_tags(struct rand *r, struct event *ev)
{
    static const char *const keys[] = {"team", "a/b", "x~1y", "q\"uo.te",
                                       "*",    "ü",   "b\\s"};

    for (size_t i = 0; i < ARRAY_N(keys); i++) {
        if (rand_below(r, 4) == 0) {
            struct str value =
                PICK(r, "", "red", "blue\nish", "gr\"een", "ye\\llow", "ö|ö");
            assert_ok(event_tag_set(ev, str_from_cz(keys[i]), value, &why),
                      &why);
        }
    }
}

static void make_dims(struct rand *r, struct arena *a, struct event *ev)
{
    struct str *dim = ev->dim;

    dim[DIM_PROVIDER] = PICK(r, "openai", "anthropic", "gemini");
    dim[DIM_MODEL] = PICK(r, "gpt-4o", "gpt-4o-mini", "claude", "nameless");
    dim[DIM_REQUESTED_MODEL] = dim[DIM_MODEL];
    dim[DIM_FEATURE] =
        PICK(r, "", "", "search", "chat", "a|b", "x:y", "!z", "*", "ü—ü",
             "in side", "it's \"quoted\"", "back\\slash\\|");
    dim[DIM_WORKFLOW] = PICK(r, "", "inbox", "$1", "%s", "'; DROP TABLE x; --");
    dim[DIM_STEP] = PICK(r, "", "draft", "check");
    dim[DIM_SEGMENT] = PICK(r, "", "free", "team", "enterprise");
    dim[DIM_OWNER] = PICK(r, "", "growth", "support");
    dim[DIM_RELEASE] = PICK(r, "", "v1", "v2");
    dim[DIM_KEY] = PICK(r, "", "key-a");
    dim[DIM_FALLBACK_FROM] = PICK(r, "", "", "gpt-4o");
    if (rand_below(r, 3) > 0) {
        dim[DIM_CUSTOMER] = numbered(r, a, "customer", 30);
        dim[DIM_USER] = numbered(r, a, "user", 700);
        dim[DIM_RUN] = numbered(r, a, "run", 4000);
    }
}

static void make_event(struct rand *r, struct arena *a, size_t i,
                       struct event *ev)
{
    event_init(ev);
    ev->id = rand_below(r, 2) == 0
                 ? str_fmt(a, "call-%zu", i)
                 : str_fmt(a, "%08x-0000-4000-8000-%012zx",
                           (unsigned)rand_below(r, UINT32_MAX), i);
    ev->ts_us = random_ts(r);
    ev->arrival_us = ev->ts_us + (int64_t)rand_below(r, 1000000);
    if (rand_below(r, 4) == 0) {
        ev->arrival_us += UTC_US_PER_DAY; /* late, but for the luck of none */
    }
    ev->operation = (enum operation)(1 + rand_below(r, OPERATION__COUNT - 1));
    ev->service_tier =
        (enum service_tier)(1 + rand_below(r, SERVICE_TIER__COUNT - 1));
    ev->environment =
        rand_below(r, 3) > 0
            ? ENVIRONMENT_PRODUCTION
            : (enum environment)(1 + rand_below(r, ENVIRONMENT__COUNT - 1));
    ev->status =
        rand_below(r, 10) > 0
            ? EVENT_STATUS_OK
            : (enum event_status)(1 + rand_below(r, EVENT_STATUS__COUNT - 1));
    ev->source =
        (enum event_source)(1 + rand_below(r, EVENT_SOURCE__COUNT - 1));
    ev->attempt = 1 + (uint32_t)rand_below(r, 8) / 7;
    for (size_t k = 0; k < TOKEN__COUNT; k++) {
        ev->token[k] = (int64_t)rand_below(r, rand_below(r, 2) * 5000 + 1);
    }
    ev->web_searches = (int64_t)rand_below(r, 3);
    if (rand_below(r, 5) > 0) {
        ev->latency_ms = (int64_t)rand_below(r, 30000);
    }
    make_dims(r, a, ev);
    make_tags(r, ev);
    make_cost(r, ev);
}

static int set_up(void **state)
{
    struct world *w = mem_alloc(sizeof(*w));
    struct store_duckdb_options options = {.path = NULL, .threads = 2};
    struct rand r;

    rand_init(&r, 20261122);
    arena_init(&w->text, TEXT_BYTES);
    w->ev = mem_array(N_EVENTS, sizeof(*w->ev));
    for (size_t i = 0; i < N_EVENTS; i++) {
        make_event(&r, &w->text, i, &w->ev[i]);
    }
    assert_ok(store_open_duckdb(&options, &w->store, &why), &why);
    /* Some folded and merged, some folded since, the last as they came; each
     * commit has events of all times. */
    for (size_t i = 0; i < N_COMMITS; i++) {
        size_t n = N_EVENTS / N_COMMITS;
        assert_ok(store_begin(w->store, &why), &why);
        assert_ok(store_add(w->store, w->ev + i * n, n, &why), &why);
        assert_ok(store_commit(w->store, i + 1, &why), &why);
        if (i + 1 < N_COMMITS) {
            assert_ok(store_fold(w->store, &why), &why);
        }
        if (i == 1) {
            assert_ok(store_compact(w->store, &why), &why);
        }
    }
    assert_ok(store_reader_open(w->store, &w->reader, &why), &why);
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

/* ---- questions ---- */

struct question {
    struct query_param param[PARAMS_MAX];
    size_t n;
    struct arena text;
};

static void ask_for(struct question *ask, const char *name, struct str value)
{
    assert_true(ask->n < PARAMS_MAX);
    ask->param[ask->n++] = (struct query_param){str_from_cz(name), value};
}

static void show(const struct question *ask)
{
    for (size_t i = 0; i < ask->n; i++) {
        print_error("%.*s=%.*s\n", STR_ARG(ask->param[i].name),
                    STR_ARG(ask->param[i].value));
    }
}

static struct str kept(struct question *ask, struct buf *b)
{
    struct str s = STR_EMPTY;

    assert_rc(str_dup(&ask->text, buf_view(b), &s), RC_OK);
    buf_fini(b);
    return s;
}

/* Some of `all`, each once, separated by commas. */
static struct str some_of(struct rand *r, struct question *ask,
                          const struct str *all, size_t n_all, size_t n)
{
    bool taken[64] = {false};
    struct buf b;

    buf_init(&b, 4096);
    while (n > 0) {
        size_t i = rand_below(r, n_all);
        if (!taken[i]) {
            buf_cz(&b, b.n > 0 ? "," : "");
            buf_str(&b, all[i]);
            taken[i] = true;
        }
        n--;
    }
    return kept(ask, &b);
}

static size_t all_fields(struct str names[64])
{
    static const char *const tags[] = {"tag.team", "tag.a/b",  "tag.x~1y",
                                       "tag.*",    "tag.b\\s", "tag.q\"uo.te",
                                       "tag.ü",    "tag.never"};
    size_t n = 0;

    for (; query_field_name(n).n > 0; n++) {
        names[n] = query_field_name(n);
    }
    for (size_t i = 0; i < ARRAY_N(tags); i++) {
        names[n++] = str_from_cz(tags[i]);
    }
    return n;
}

static size_t fields_of(const struct rollup *r, struct str names[64])
{
    static const char *const closed[] = {"operation", "service_tier",
                                         "environment", "status", "source"};
    size_t n = 0;

    for (int d = 0; d < DIM__COUNT; d++) {
        if (rollup_has_dim(r, (enum dim)d)) {
            names[n++] = dim_name((enum dim)d);
        }
    }
    for (size_t i = 0; i < ARRAY_N(closed); i++) {
        names[n++] = str_from_cz(closed[i]);
    }
    return n;
}

/* What the rollup of customers has sums for, and ratios of them. */
static const char *const CUSTOMER_METRICS[] = {
    "cost",      "requests",         "errors",
    "customers", "ok_requests",      "unpriced_requests",
    "ok_cost",   "cost_per_request", "error_share"};

static bool is_sum_of(enum part part)
{
    return part == PART_NONE || part_table[part].kind == PART_KIND_SUM;
}

/* All metrics, or those that the rollup can make. */
static size_t metrics_of(const struct rollup *r, struct str names[64])
{
    bool is_of_customers = r != NULL && rollup_has_dim(r, DIM_CUSTOMER);
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_N(CUSTOMER_METRICS) && is_of_customers; i++) {
        names[n++] = str_from_cz(CUSTOMER_METRICS[i]);
    }
    for (size_t i = 0; i < metric_table_n && !is_of_customers; i++) {
        const struct metric *m = &metric_table[i];
        if (r == NULL || (is_sum_of(m->part) && is_sum_of(m->per))) {
            names[n++] = m->name;
        }
    }
    return n;
}

static struct str value_of(const struct query_field *f, const struct event *ev)
{
    const struct event_tag *tag;

    switch (f->kind) {
    case QUERY_FIELD_DIM:
        return ev->dim[f->dim];
    case QUERY_FIELD_OPERATION:
        return operation_name(ev->operation);
    case QUERY_FIELD_SERVICE_TIER:
        return service_tier_name(ev->service_tier);
    case QUERY_FIELD_ENVIRONMENT:
        return environment_name(ev->environment);
    case QUERY_FIELD_STATUS:
        return event_status_name(ev->status);
    case QUERY_FIELD_SOURCE:
        return event_source_name(ev->source);
    case QUERY_FIELD_TAG:
        break;
    }
    tag = event_tag_find(ev, f->tag);
    return tag != NULL ? tag->value : STR("");
}

/* Values that some event has, so that most filters find something. */
static void ask_where(struct rand *r, struct question *ask,
                      const struct world *w, const struct str *names,
                      size_t n_names)
{
    struct str value[4];
    struct query_filter f = {.value = value};
    struct buf b;

    assert_ok(query_field_from(names[rand_below(r, n_names)], &ask->text,
                               &f.field, &why),
              &why);
    f.any = rand_below(r, 12) == 0;
    f.negated = !f.any && rand_below(r, 3) == 0;
    f.n_values = f.any ? 0 : 1 + rand_below(r, ARRAY_N(value));
    for (size_t i = 0; i < f.n_values; i++) {
        value[i] = value_of(&f.field, &w->ev[rand_below(r, N_EVENTS)]);
    }
    buf_init(&b, 4096);
    query_add_filter(&b, &f);
    ask_for(ask, "where", kept(ask, &b));
}

static void ask_range(struct rand *r, struct question *ask,
                      const struct world *w, struct str interval)
{
    int64_t longest = rand_below(r, 3) == 0 ? UTC_US_PER_DAY : SPAN_US;
    int64_t from_us = FROM_US + (int64_t)rand_below(r, (uint64_t)SPAN_US);
    int64_t to_us = from_us + 1 + (int64_t)rand_below(r, (uint64_t)longest);
    uint64_t kind = rand_below(r, 4);
    struct buf from, to;

    if (kind == 0) {
        /* All is too long to be cut in hours. */
        bool is_all = !str_eq(interval, STR("hour")) && rand_below(r, 2) == 0;
        ask_for(ask, "range",
                is_all ? STR("all") : PICK(r, "400d", "last-month", "9000h"));
        return;
    }
    buf_init(&from, 64);
    buf_init(&to, 64);
    if (kind == 1) { /* bounds on which there are events */
        int64_t a = w->ev[rand_below(r, N_EVENTS)].ts_us;
        int64_t b = w->ev[rand_below(r, N_EVENTS)].ts_us;
        from_us = a < b ? a : b;
        to_us = a < b ? b : a + 1;
    }
    if (kind < 3) {
        utc_add_text(&from, from_us);
        utc_add_text(&to, to_us);
    } else {
        utc_add_date(&from, from_us / UTC_US_PER_DAY);
        utc_add_date(&to, to_us / UTC_US_PER_DAY + 1);
    }
    ask_for(ask, "from", kept(ask, &from));
    ask_for(ask, "to", kept(ask, &to));
}

static void ask_order(struct rand *r, struct question *ask, struct str metrics,
                      struct str by)
{
    struct str word = STR_EMPTY;
    struct buf b;

    buf_init(&b, 256);
    buf_cz(&b, rand_below(r, 2) == 0 ? "-" : "");
    if (by.n > 0 && rand_below(r, 3) == 0) {
        assert_true(str_cut(&by, ',', &word));
    } else {
        assert_true(str_cut(&metrics, ',', &word));
    }
    buf_str(&b, word);
    ask_for(ask, "order", kept(ask, &b));
}

/* Of any kind, or of the kind that a rollup can answer. */
static void make_question(struct rand *r, const struct world *w,
                          const struct rollup *rollup, struct question *ask)
{
    struct str names[64];
    struct str fields[64];
    size_t n_names = metrics_of(rollup, names);
    size_t n_fields =
        rollup != NULL ? fields_of(rollup, fields) : all_fields(fields);
    struct str interval =
        PICK(r, "none", "none", "hour", "day", "week", "month");
    struct str metrics, by;

    ask->n = 0;
    arena_init(&ask->text, TEXT_BYTES);
    metrics = some_of(r, ask, names, n_names, 1 + rand_below(r, 8));
    by = some_of(r, ask, fields, n_fields, rand_below(r, 4));
    if (rollup != NULL && rollup_has_dim(rollup, DIM_CUSTOMER) &&
        rand_below(r, 3) > 0) {
        by = STR("customer"); /* else another rollup may do */
    }
    ask_for(ask, "metrics", metrics);
    ask_for(ask, "by", by);
    ask_for(ask, "interval", interval);
    ask_for(ask, "timezone",
            rollup != NULL && rand_below(r, 2) == 0
                ? STR("UTC")
                : str_from_cz(ledger_zones[rand_below(r, ledger_n_zones)]));
    if (rand_below(r, 2) == 0) {
        ask_for(ask, "where", STR("environment:*"));
    }
    for (size_t n = rand_below(r, 3); n > 0; n--) {
        ask_where(r, ask, w, fields, n_fields);
    }
    ask_range(r, ask, w, interval);
    if (rand_below(r, 2) == 0) {
        ask_order(r, ask, metrics, by);
    }
    ask_for(ask, "limit",
            rand_below(r, 4) == 0 ? PICK(r, "1", "2", "7", "40")
                                  : STR("100000"));
}

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
        show(ask);
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
        show(ask);
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
        show(ask);
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
        make_question(&r, w, NULL, &ask);
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
        make_question(&r, w, &rollup_table[i % rollup_table_n], &ask);
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
        ask_for(&ask, "where", STR("environment:*"));
        ask_for(&ask, "interval",
                str_from_cz(intervals[i % ARRAY_N(intervals)]));
        ask_for(&ask, "timezone",
                str_from_cz(ledger_zones[i / ARRAY_N(intervals)]));
        ask_for(&ask, "from", STR("2026-01-01"));
        ask_for(&ask, "to", STR("2027-03-02"));
        ask_for(&ask, "limit", STR("100000"));
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
    size_t n = all_fields(fields);
    struct query q;
    struct arena out;

    arena_init(&out, ANSWER_BYTES);
    struct question whole = {.n = 0};
    ask_for(&whole, "metrics", STR("cost,requests,input_tokens,reported_cost"));
    ask_for(&whole, "where", STR("environment:*"));
    ask_for(&whole, "range", STR("all"));
    struct answer *want = answer(w, &whole, &out, &q);
    assert_int_equal(want->n_rows, 1);
    assert_int_equal(want->total[1].count, N_EVENTS);
    assert_row(&whole, want, want->cell, want->total);
    for (size_t i = 0; i < n; i++) {
        struct question ask = whole;
        struct answer *a;
        ask_for(&ask, "by", fields[i]);
        ask_for(&ask, "interval", i % 2 == 0 ? STR("day") : STR("none"));
        ask_for(&ask, "limit", STR("100000"));
        ask_for(&ask, "timezone",
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
    ask_for(&ask, "by", STR("feature,tag.team"));
    ask_for(&ask, "interval", STR("hour"));
    ask_for(&ask, "where", STR("feature:!a\\|b|"));
    ask_for(&ask, "from", STR("2026-10-25"));
    ask_for(&ask, "to", STR("2026-10-26"));
    ask_for(&ask, "timezone", STR("Europe/Berlin"));
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
    ask_for(&ask, "metrics",
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
    ask_for(&ask, "by", STR("feature"));
    ask_for(&ask, "interval", STR("day"));
    a = answer(&w, &ask, &out, &q);
    assert_int_equal(a->n_rows, 0);
    assert_false(a->total[2].is_null);
    assert_true(a->total[2].usd.pico == 0);
    store_reader_close(&w.reader);
    store_close(&w.store);
    arena_fini(&out);
}

/* ---- single events ---- */

struct page {
    const struct event **want;
    size_t n_want;
    size_t n_got;
    struct query_cursor last;
    char last_id[LIMIT_ID_MAX];
    bool stop;
};

static enum rc see(void *arg, const struct event *ev, struct why *w)
{
    struct page *p = arg;
    const struct event *want;

    (void)w;
    assert_true(p->n_got < p->n_want);
    want = p->want[p->n_got++];
    if (!str_eq(ev->id, want->id)) {
        print_error("event %zu: got %.*s, want %.*s\n", p->n_got - 1,
                    STR_ARG(ev->id), STR_ARG(want->id));
        fail();
    }
    assert_int_equal(ev->ts_us, want->ts_us);
    assert_true(str_eq(ev->dim[DIM_FEATURE], want->dim[DIM_FEATURE]));
    assert_int_equal(ev->n_tags, want->n_tags);
    assert_int_equal(ev->cost.priced, want->cost.priced);
    memcpy(p->last_id, ev->id.p, ev->id.n);
    p->last = (struct query_cursor){ev->ts_us, {p->last_id, ev->id.n}};
    return p->stop ? RC_END : RC_OK;
}

static int compare_events(const void *a, const void *b)
{
    const struct event *x = *(const struct event *const *)a;
    const struct event *y = *(const struct event *const *)b;

    if (x->ts_us != y->ts_us) {
        return x->ts_us < y->ts_us ? -1 : 1;
    }
    return str_cmp(x->id, y->id);
}

static size_t find_events(const struct world *w, const struct query *q,
                          bool newest_first, const struct event **ret)
{
    size_t n = 0;

    for (size_t i = 0; i < N_EVENTS; i++) {
        if (ledger_matches(q, &w->ev[i])) {
            ret[n++] = &w->ev[i];
        }
    }
    qsort(ret, n, sizeof(const struct event *), compare_events);
    for (size_t i = 0; newest_first && i < n / 2; i++) {
        const struct event *other = ret[i];
        ret[i] = ret[n - 1 - i];
        ret[n - 1 - i] = other;
    }
    return n;
}

static void pages_through_all_events(void **state)
{
    struct world *w = *state;
    const struct event **want = mem_array(N_EVENTS, sizeof(*want));
    struct rand r;

    rand_init(&r, 11);
    for (size_t i = 0; i < N_PAGINGS; i++) {
        struct question ask;
        struct arena out;
        struct query q;
        bool newest_first = i % 2 == 0;
        arena_init(&out, ANSWER_BYTES);
        make_question(&r, w, NULL, &ask);
        assert_ok(
            query_parse(ask.param, ask.n, NOW_US, STR("UTC"), &out, &q, &why),
            &why);
        struct page p = {.want = want};
        p.n_want = find_events(w, &q, newest_first, want);
        size_t size = p.n_want / 7 + 1;
        for (size_t n = 0; n <= 8; n++) {
            struct query_cursor after = p.last;
            assert_ok(query_events(&q, newest_first, size,
                                   p.n_got > 0 ? &after : NULL, w->reader, see,
                                   &p, &why),
                      &why);
        }
        assert_int_equal(p.n_got, p.n_want);
        p.n_got = 0;
        assert_ok(
            query_events(&q, newest_first, 0, NULL, w->reader, see, &p, &why),
            &why);
        assert_int_equal(p.n_got, p.n_want);
        arena_fini(&out);
        arena_fini(&ask.text);
    }
    mem_free(want);
}

static void stops_when_told(void **state)
{
    struct world *w = *state;
    struct query_param all[] = {{STR("range"), STR("all")}};
    const struct event **want = mem_array(N_EVENTS, sizeof(*want));
    struct page p = {.want = want, .stop = true};
    struct arena out;
    struct query q;

    arena_init(&out, ANSWER_BYTES);
    assert_ok(query_parse(all, 1, NOW_US, STR("UTC"), &out, &q, &why), &why);
    p.n_want = find_events(w, &q, false, want);
    assert_rc(query_events(&q, false, 0, NULL, w->reader, see, &p, &why),
              RC_END);
    assert_int_equal(p.n_got, 1);
    mem_free(want);
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
        cmocka_unit_test(pages_through_all_events),
        cmocka_unit_test(stops_when_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
