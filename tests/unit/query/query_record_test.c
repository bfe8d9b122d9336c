#include "query/query_record.h"

#include <stdio.h>

#include "query_rig.h"
#include "store/store.h"

/* The statements on the store in memory, their answers on DuckDB. */

static enum rc ignore(void *arg, const struct record *rec, struct why *why)
{
    (void)arg;
    (void)rec;
    (void)why;
    return RC_OK;
}

#define OUTCOMES                                                          \
    "SELECT ts, arrival, \"id\", \"name\", \"value\", \"run\", \"user\"," \
    " \"customer\", \"feature\", \"experiment\", \"variant\", "           \
    "\"release\" FROM outcomes WHERE ts >= make_timestamp(5) AND ts < "   \
    "make_timestamp(9)"

static void text_from_outside_is_bound(void **state)
{
    struct rig *r = *state;
    struct query_outcomes q = {
        .from_us = 5, .to_us = 9, .name = STR("it's"), .limit = 3};

    q.dim[DIM_USER] = STR("u'");
    store_fake_rows(r->store, NULL, 0, 1);
    assert_ok(query_outcomes(&q, r->reader, ignore, NULL, &r->why), &r->why);
    rig_assert_sql(r, OUTCOMES " AND name = $1 AND \"user\" = $2 ORDER BY ts, "
                               "\"id\" LIMIT 3");
    assert_str(store_fake_param(r->store, 0), "it's");
    assert_str(store_fake_param(r->store, 1), "u'");
}

static void a_row_that_does_not_fit_is_told(void **state)
{
    struct rig *r = *state;
    const struct query_outcomes q = {.from_us = 5, .to_us = 9};
    const struct store_cell cells[] = {{.kind = STORE_CELL_I64, .i64 = 1}};

    store_fake_rows(r->store, cells, 1, 1);
    assert_rc(query_outcomes(&q, r->reader, ignore, NULL, &r->why), RC_CORRUPT);
    store_fake_rows(r->store, NULL, 0, 1);
    assert_ok(query_outcomes(&q, r->reader, ignore, NULL, &r->why), &r->why);
    rig_assert_sql(r, OUTCOMES " ORDER BY ts, \"id\"");
}

/* ---- on DuckDB ---- */

struct duck {
    struct store *store;
    struct store_reader *reader;
    struct why why;
    char text[600];
    size_t n;
};

static int duck_set_up(void **state)
{
    struct duck *d = mem_alloc(sizeof(*d));
    const struct store_duckdb_options opt = {.path = NULL, .threads = 1};

    assert_ok(store_open_duckdb(&opt, &d->store, &d->why), &d->why);
    assert_ok(store_reader_open(d->store, &d->reader, &d->why), &d->why);
    *state = d;
    return 0;
}

static int duck_tear_down(void **state)
{
    struct duck *d = *state;

    store_reader_close(&d->reader);
    store_close(&d->store);
    mem_free(d);
    return 0;
}

static void keep(struct duck *d, const struct record *rec, size_t n)
{
    assert_ok(store_begin(d->store, &d->why), &d->why);
    assert_ok(store_add_records(d->store, rec, n, &d->why), &d->why);
    assert_ok(store_commit(d->store, 1, &d->why), &d->why);
}

static void add_text(struct duck *d, struct str s, double x)
{
    d->n += (size_t)snprintf(d->text + d->n, sizeof(d->text) - d->n, "%.*s:%g ",
                             STR_ARG(s), x);
    assert_true(d->n < sizeof(d->text));
}

static enum rc list(void *arg, const struct record *rec, struct why *why)
{
    struct duck *d = arg;

    (void)why;
    switch (rec->kind) {
    case RECORD_OUTCOME:
        add_text(d, rec->id, rec->value);
        break;
    case RECORD_RELEASE:
        add_text(d, rec->dim[DIM_RELEASE], (double)rec->ts_us);
        break;
    case RECORD_CUSTOMER:
        add_text(d, rec->dim[DIM_CUSTOMER], (double)rec->revenue.pico);
        break;
    case RECORD_INVOICE:
        add_text(d, rec->line, (double)rec->amount.pico);
        break;
    case RECORD_GUARDRAIL:
    case RECORD_KIND__COUNT:
        break;
    }
    return RC_OK;
}

static enum rc list_unit(void *arg, const struct query_outcome_unit *u,
                         struct why *why)
{
    struct duck *d = arg;

    (void)why;
    add_text(d, u->name, (double)u->n);
    add_text(d, u->variant, u->sum);
    add_text(d, u->unit, u->sum_squares);
    return RC_OK;
}

static void assert_listed(struct duck *d, const char *want)
{
    assert_string_equal(d->text, want);
    d->n = 0;
    d->text[0] = '\0';
}

static struct record outcome(struct str id, int64_t ts_us, struct str user,
                             struct str variant, double value)
{
    struct record rec = {.kind = RECORD_OUTCOME,
                         .ts_us = ts_us,
                         .id = id,
                         .name = STR("score"),
                         .value = value};

    rec.dim[DIM_USER] = user;
    rec.dim[DIM_VARIANT] = variant;
    return rec;
}

static void outcomes_are_listed_and_summed(void **state)
{
    struct duck *d = *state;
    const struct record rec[] = {
        outcome(STR("b"), 2, STR("u"), STR("t"), 2),
        outcome(STR("a"), 2, STR("u"), STR("t"), 3),
        outcome(STR("c"), 3, STR("v"), STR("t"), -1),
        outcome(STR("d"), 4, STR("v"), STR("c"), 0.5),
        outcome(STR("e"), 9, STR("v"), STR("c"), 7),
    };
    struct query_outcomes q = {.from_us = 2, .to_us = 9};

    keep(d, rec, ARRAY_N(rec));
    assert_ok(query_outcomes(&q, d->reader, list, d, &d->why), &d->why);
    assert_listed(d, "a:3 b:2 c:-1 d:0.5 ");
    q.dim[DIM_USER] = STR("v");
    assert_ok(query_outcomes(&q, d->reader, list, d, &d->why), &d->why);
    assert_listed(d, "c:-1 d:0.5 ");
    q.dim[DIM_USER] = STR("");
    q.name = STR("score");
    assert_ok(
        query_outcome_units(&q, DIM_USER, d->reader, list_unit, d, &d->why),
        &d->why);
    assert_listed(d, "score:1 c:0.5 v:0.25 score:2 t:5 u:13 score:1 t:-1 v:1 ");
    q.name = STR("other");
    assert_ok(
        query_outcome_units(&q, DIM_USER, d->reader, list_unit, d, &d->why),
        &d->why);
    assert_listed(d, "");
}

static struct event call(const char *id, const char *run, const char *variant,
                         const char *user)
{
    struct event ev;

    event_init(&ev);
    ev.id = str_from_cz(id);
    ev.ts_us = 3;
    ev.dim[DIM_EXPERIMENT] = STR("x");
    ev.dim[DIM_RUN] = str_from_cz(run);
    ev.dim[DIM_VARIANT] = str_from_cz(variant);
    ev.dim[DIM_USER] = str_from_cz(user);
    return ev;
}

static struct record of_run(const char *id, const char *run, const char *user,
                            double value)
{
    struct record rec =
        outcome(str_from_cz(id), 4, str_from_cz(user), STR(""), value);

    rec.dim[DIM_RUN] = str_from_cz(run);
    return rec;
}

static void outcomes_of_a_run_are_those_of_its_calls(void **state)
{
    struct duck *d = *state;
    const struct event ev[] = {
        call("1", "r1", "t", "u"),     call("2", "r1", "t", "u"),
        call("3", "r2", "c", "v"),     call("4", "both", "c", "w"),
        call("5", "both", "t", "w"),   call("6", "shared", "c", "u"),
        call("7", "shared", "c", "v"),
    };
    struct record rec[] = {
        of_run("a", "r1", "", 1),     of_run("b", "r1", "", 2),
        of_run("c", "r2", "z", 4),    of_run("d", "both", "", 8),
        of_run("e", "shared", "", 8), of_run("f", "none", "", 16),
        of_run("g", "", "u", 32),     of_run("h", "r1", "", 64),
    };
    struct query_outcomes q = {.from_us = 2, .to_us = 9};
    struct query calls = {.from_us = 0, .to_us = 9};
    const struct query_outcome_runs_of of = {&calls, DIM_USER};

    rec[6].dim[DIM_FEATURE] = STR("f");
    rec[7].dim[DIM_EXPERIMENT] = STR("y"); /* says itself what it is of */
    keep(d, rec, ARRAY_N(rec));
    assert_ok(store_begin(d->store, &d->why), &d->why);
    assert_ok(store_add(d->store, ev, ARRAY_N(ev), &d->why), &d->why);
    assert_ok(store_commit(d->store, 2, &d->why), &d->why);
    assert_ok(query_outcome_runs(&q, &of, d->reader, list_unit, d, &d->why),
              &d->why);
    assert_listed(d, "score:1 c:4 z:16 score:2 t:3 u:5 ");
    q.dim[DIM_FEATURE] = STR("f");
    assert_ok(query_outcome_runs(&q, &of, d->reader, list_unit, d, &d->why),
              &d->why);
    assert_listed(d, "score:1 :32 u:1024 score:1 c:4 z:16 score:2 t:3 u:5 ");
    calls.to_us = 3; /* no call is in it */
    q.dim[DIM_FEATURE] = STR("");
    assert_ok(query_outcome_runs(&q, &of, d->reader, list_unit, d, &d->why),
              &d->why);
    assert_listed(d, "");
}

static struct record release(struct str name, struct str feature, int64_t ts_us)
{
    struct record rec = {.kind = RECORD_RELEASE, .ts_us = ts_us};

    rec.dim[DIM_RELEASE] = name;
    rec.dim[DIM_FEATURE] = feature;
    return rec;
}

static void a_features_releases_are_its_own_and_the_products(void **state)
{
    struct duck *d = *state;
    const struct record rec[] = {
        release(STR("3"), STR("other"), 6),
        release(STR("1"), STR(""), 5),
        release(STR("2"), STR("search"), 7),
    };
    struct query_releases q = {.from_us = 0, .to_us = 100};

    keep(d, rec, ARRAY_N(rec));
    assert_ok(query_releases(&q, d->reader, list, d, &d->why), &d->why);
    assert_listed(d, "1:5 3:6 2:7 ");
    q.feature = STR("search");
    assert_ok(query_releases(&q, d->reader, list, d, &d->why), &d->why);
    assert_listed(d, "1:5 2:7 ");
    q.limit = 1;
    assert_ok(query_releases(&q, d->reader, list, d, &d->why), &d->why);
    assert_listed(d, "1:5 ");
}

static struct record customer(struct str name, int64_t ts_us, int64_t pico)
{
    struct record rec = {
        .kind = RECORD_CUSTOMER, .ts_us = ts_us, .revenue = {pico}};

    rec.dim[DIM_CUSTOMER] = name;
    return rec;
}

static void a_month_has_the_newest_row_until_then(void **state)
{
    struct duck *d = *state;
    const struct record rec[] = {
        customer(STR("b"), 10, 1),
        customer(STR("a"), 10, 2),
        customer(STR("a"), 30, 3),
        customer(STR("c"), 30, 4),
    };

    keep(d, rec, ARRAY_N(rec));
    assert_ok(query_customers(9, 0, d->reader, list, d, &d->why), &d->why);
    assert_listed(d, "");
    assert_ok(query_customers(10, 0, d->reader, list, d, &d->why), &d->why);
    assert_listed(d, "a:2 b:1 ");
    assert_ok(query_customers(29, 0, d->reader, list, d, &d->why), &d->why);
    assert_listed(d, "a:2 b:1 ");
    assert_ok(query_customers(30, 2, d->reader, list, d, &d->why), &d->why);
    assert_listed(d, "a:3 b:1 ");
}

static struct record invoice(struct str provider, struct str line,
                             int64_t from_us, int64_t to_us)
{
    struct record rec = {.kind = RECORD_INVOICE,
                         .ts_us = from_us,
                         .to_us = to_us,
                         .line = line,
                         .amount = {7}};

    rec.dim[DIM_PROVIDER] = provider;
    return rec;
}

static void lines_are_found_by_what_they_are_for(void **state)
{
    struct duck *d = *state;
    const struct record rec[] = {
        invoice(STR("openai"), STR("early"), 0, 10),
        invoice(STR("openai"), STR("over"), 5, 25),
        invoice(STR("acme"), STR("in"), 10, 20),
        invoice(STR("openai"), STR("late"), 20, 30),
    };
    struct query_invoices q = {.from_us = 10, .to_us = 20};

    keep(d, rec, ARRAY_N(rec));
    assert_ok(query_invoices(&q, d->reader, list, d, &d->why), &d->why);
    assert_listed(d, "over:7 in:7 ");
    q.provider = STR("openai");
    assert_ok(query_invoices(&q, d->reader, list, d, &d->why), &d->why);
    assert_listed(d, "over:7 ");
    q = (struct query_invoices){.from_us = 0, .to_us = 100, .limit = 2};
    assert_ok(query_invoices(&q, d->reader, list, d, &d->why), &d->why);
    assert_listed(d, "early:7 over:7 ");
}

#define DUCK_TEST(f) \
    cmocka_unit_test_setup_teardown(f, duck_set_up, duck_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(text_from_outside_is_bound),
        RIG_TEST(a_row_that_does_not_fit_is_told),
        DUCK_TEST(outcomes_are_listed_and_summed),
        DUCK_TEST(outcomes_of_a_run_are_those_of_its_calls),
        DUCK_TEST(a_features_releases_are_its_own_and_the_products),
        DUCK_TEST(a_month_has_the_newest_row_until_then),
        DUCK_TEST(lines_are_found_by_what_they_are_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
