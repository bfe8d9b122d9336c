#include "contract/query_world.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/mem.h"
#include "query/query_field.h"
#include "query/query_metric.h"
#include "ref/ledger.h"

enum { N_COMMITS = 5, TEXT_BYTES = 64 * 1024 * 1024 };

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

int query_world_set_up(void **state)
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

int query_world_tear_down(void **state)
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

void question_add(struct question *ask, const char *name, struct str value)
{
    assert_true(ask->n < PARAMS_MAX);
    ask->param[ask->n++] = (struct query_param){str_from_cz(name), value};
}

void question_show(const struct question *ask)
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

size_t question_fields(struct str names[64])
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
    question_add(ask, "where", kept(ask, &b));
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
        question_add(ask, "range",
                     is_all ? STR("all")
                            : PICK(r, "400d", "last-month", "9000h"));
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
    question_add(ask, "from", kept(ask, &from));
    question_add(ask, "to", kept(ask, &to));
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
    question_add(ask, "order", kept(ask, &b));
}

void question_make(struct rand *r, const struct world *w,
                   const struct rollup *rollup, struct question *ask)
{
    struct str names[64];
    struct str fields[64];
    size_t n_names = metrics_of(rollup, names);
    size_t n_fields =
        rollup != NULL ? fields_of(rollup, fields) : question_fields(fields);
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
    question_add(ask, "metrics", metrics);
    question_add(ask, "by", by);
    question_add(ask, "interval", interval);
    question_add(
        ask, "timezone",
        rollup != NULL && rand_below(r, 2) == 0
            ? STR("UTC")
            : str_from_cz(ledger_zones[rand_below(r, ledger_n_zones)]));
    if (rand_below(r, 2) == 0) {
        question_add(ask, "where", STR("environment:*"));
    }
    for (size_t n = rand_below(r, 3); n > 0; n--) {
        ask_where(r, ask, w, fields, n_fields);
    }
    ask_range(r, ask, w, interval);
    if (rand_below(r, 2) == 0) {
        ask_order(r, ask, metrics, by);
    }
    question_add(ask, "limit",
                 rand_below(r, 4) == 0 ? PICK(r, "1", "2", "7", "40")
                                       : STR("100000"));
}
