/* What every store promises of records (store/store.h), asked of each of them
 * in the same words: store_record_test duckdb, store_record_test memory. */
#include "contract/store_world.h"

#include "base/attr.h"
#include "base/mem.h"
#include "event/record.h"

/* ---- records ---- */

static struct record some_outcome(const char *id, int64_t seconds)
{
    struct record rec = {.kind = RECORD_OUTCOME,
                         .ts_us = SCRATCH_TS_US + seconds * 1000000,
                         .arrival_us = SCRATCH_TS_US + 7,
                         .id = str_from_cz(id),
                         .name = STR("ticket-resolved"),
                         .value = 1};

    rec.dim[DIM_USER] = STR("u");
    return rec;
}

static struct record some_release(const char *release, const char *feature,
                                  int64_t seconds)
{
    struct record rec = {.kind = RECORD_RELEASE,
                         .ts_us = SCRATCH_TS_US + seconds * 1000000,
                         .arrival_us = SCRATCH_TS_US + 7};

    rec.dim[DIM_RELEASE] = str_from_cz(release);
    rec.dim[DIM_FEATURE] = str_from_cz(feature);
    return rec;
}

static struct record some_customer(const char *customer, int64_t seconds,
                                   int64_t pico)
{
    struct record rec = {.kind = RECORD_CUSTOMER,
                         .ts_us = SCRATCH_TS_US + seconds * 1000000,
                         .arrival_us = SCRATCH_TS_US + 7,
                         .tier = STR("plus"),
                         .revenue = {pico}};

    rec.dim[DIM_CUSTOMER] = str_from_cz(customer);
    rec.dim[DIM_SEGMENT] = STR("pro");
    return rec;
}

static struct record some_invoice(const char *line, int64_t days, int64_t pico)
{
    const int64_t day_us = INT64_C(86400000000);
    struct record rec = {.kind = RECORD_INVOICE,
                         .ts_us = SCRATCH_TS_US + days * day_us,
                         .to_us = SCRATCH_TS_US + (days + 1) * day_us,
                         .arrival_us = SCRATCH_TS_US + 7,
                         .account = STR("project"),
                         .line = str_from_cz(line),
                         .charge = STR("tokens"),
                         .amount = {pico}};

    rec.dim[DIM_PROVIDER] = STR("openai");
    rec.dim[DIM_MODEL] = STR("gpt-4o");
    return rec;
}

static struct record some_guardrail(const char *id, int64_t seconds)
{
    struct record rec = {.kind = RECORD_GUARDRAIL,
                         .ts_us = SCRATCH_TS_US + seconds * 1000000,
                         .arrival_us = SCRATCH_TS_US + 7,
                         .id = str_from_cz(id),
                         .name = STR("search-month"),
                         .action = STR("block"),
                         .value = 3,
                         .note = STR("$5.00 of $5.00"),
                         .revenue = {12}};

    rec.dim[DIM_FEATURE] = STR("search");
    rec.dim[DIM_RUN] = STR("r-1");
    rec.dim[DIM_REQUESTED_MODEL] = STR("gpt-4o");
    return rec;
}

static void put_records(struct world *w, const struct record *rec, size_t n,
                        uint64_t pos)
{
    begin(w);
    assert_ok(store_add_records(w->store, rec, n, &w->why), &w->why);
    commit(w, pos);
}

static void assert_same_record(const struct record *got,
                               const struct record *want)
{
    assert_int_equal(got->kind, want->kind);
    assert_int_equal(got->ts_us, want->ts_us);
    assert_int_equal(got->arrival_us, want->arrival_us);
    assert_same_str(got->id, want->id);
    assert_same_str(got->name, want->name);
    assert_same_str(got->action, want->action);
    if (want->kind == RECORD_OUTCOME || want->kind == RECORD_GUARDRAIL) {
        assert_memory_equal(&got->value, &want->value, sizeof(got->value));
    }
    assert_same_str(got->note, want->note);
    assert_same_str(got->tier, want->tier);
    assert_int_equal(got->revenue.pico, want->revenue.pico);
    assert_same_str(got->account, want->account);
    assert_same_str(got->line, want->line);
    assert_same_str(got->charge, want->charge);
    assert_int_equal(got->to_us, want->to_us);
    assert_int_equal(got->amount.pico, want->amount.pico);
    for (int d = 0; d < DIM__COUNT; d++) {
        assert_same_str(got->dim[d], want->dim[d]);
    }
}

struct expected_records {
    const struct record *rec;
    size_t n;
    size_t n_seen;
};

static enum rc expect_record(void *arg, const struct record *rec,
                             struct why *why)
{
    struct expected_records *x = arg;

    (void)why;
    assert_true(x->n_seen < x->n);
    assert_same_record(rec, &x->rec[x->n_seen++]);
    return RC_OK;
}

static void expect_records(struct world *w, const struct store_records *of,
                           const struct record *rec, size_t n)
{
    struct expected_records x = {.rec = rec, .n = n};

    assert_ok(store_records(w->reader, of, expect_record, &x, &w->why),
              &w->why);
    assert_int_equal(x.n_seen, n);
}

static void expect_kind(struct world *w, enum record_kind kind,
                        const struct record *rec, size_t n)
{
    const struct store_records of = {.kind = kind,
                                     .time = STORE_TIME_CALL,
                                     .from_us = INT64_MIN,
                                     .to_us = INT64_MAX};

    expect_records(w, &of, rec, n);
}

static void every_member_of_a_record_comes_back(void **state)
{
    static char dim_text[DIM__COUNT][LIMIT_DIM_MAX];
    static char note[LIMIT_NOTE_MAX];
    struct world *w = *state;
    struct record rec[] = {some_outcome("o-1", 1), some_release("1", "", 2),
                           some_customer("c", 3, INT64_MAX),
                           some_invoice("l", 4, INT64_MIN)};

    memset(note, 'n', sizeof(note));
    rec[0].value = -0.1;
    rec[1].note = (struct str){note, sizeof(note)};
    for (size_t i = 0; i < ARRAY_N(rec); i++) {
        for (int d = 0; d < DIM__COUNT; d++) {
            memset(dim_text[d], 'a' + d, LIMIT_DIM_MAX);
            if (record_has_dim(rec[i].kind, (enum dim)d)) {
                rec[i].dim[d] = (struct str){dim_text[d], LIMIT_DIM_MAX};
            }
        }
    }
    put_records(w, rec, ARRAY_N(rec), 1);
    for (size_t i = 0; i < ARRAY_N(rec); i++) {
        expect_kind(w, rec[i].kind, &rec[i], 1);
    }
    if (w->is_duckdb) {
        close_store(w);
        open_store(w);
        expect_kind(w, RECORD_OUTCOME, &rec[0], 1);
    }
}

static void an_outcome_is_there_once(void **state)
{
    struct world *w = *state;
    struct record first[] = {some_outcome("a", 1), some_outcome("b", 2),
                             some_outcome("a", 3)};
    struct record again[] = {some_outcome("b", 9), some_outcome("c", 3)};
    struct record want[] = {first[0], first[1], again[1]};

    first[2].value = 5;
    put_records(w, first, ARRAY_N(first), 1);
    put_records(w, again, ARRAY_N(again), 2);
    expect_kind(w, RECORD_OUTCOME, want, ARRAY_N(want));
    expect_position(w, 2);
}

static void a_guardrail_is_kept_once(void **state)
{
    struct world *w = *state;
    struct record rec[] = {some_guardrail("a", 1), some_guardrail("b", 2)};

    put_records(w, rec, ARRAY_N(rec), 1);
    put_records(w, rec, ARRAY_N(rec), 2);
    expect_kind(w, RECORD_GUARDRAIL, rec, ARRAY_N(rec));
}

static void the_first_of_a_release_stays(void **state)
{
    struct world *w = *state;
    struct record first[] = {some_release("1", "", 5),
                             some_release("1", "search", 6)};
    struct record again[] = {some_release("1", "", 1),
                             some_release("2", "", 9)};
    struct record want[] = {first[0], first[1], again[1]};

    put_records(w, first, ARRAY_N(first), 1);
    put_records(w, again, ARRAY_N(again), 2);
    expect_kind(w, RECORD_RELEASE, want, ARRAY_N(want));
}

static void the_last_of_a_customer_stays(void **state)
{
    struct world *w = *state;
    struct record first[] = {
        some_customer("a", 1, 10), some_customer("a", 2, 20),
        some_customer("b", 1, 30), some_customer("b", 1, 31)};
    struct record again[] = {some_customer("a", 2, 0)};
    struct record want[] = {first[0], first[3], again[0]};

    again[0].tier = want[2].tier = STR("");
    put_records(w, first, ARRAY_N(first), 1);
    put_records(w, again, ARRAY_N(again), 2);
    expect_kind(w, RECORD_CUSTOMER, want, ARRAY_N(want));
    put_records(w, again, ARRAY_N(again), 3);
    expect_kind(w, RECORD_CUSTOMER, want, ARRAY_N(want));
}

static void the_last_of_an_invoices_line_stays(void **state)
{
    struct world *w = *state;
    struct record first[] = {some_invoice("a", 1, 10), some_invoice("b", 1, 20),
                             some_invoice("a", 2, 30),
                             some_invoice("a", 2, 31)};
    struct record again[] = {some_invoice("b", 1, -5), some_invoice("b", 1, 6)};
    struct record want[4];

    again[1].account = STR("other"); /* all but the amount tells them apart */
    want[0] = again[1];
    want[1] = first[0];
    want[2] = again[0];
    want[3] = first[3];
    put_records(w, first, ARRAY_N(first), 1);
    put_records(w, again, ARRAY_N(again), 2);
    expect_kind(w, RECORD_INVOICE, want, 4);
    put_records(w, again, ARRAY_N(again), 3);
    expect_kind(w, RECORD_INVOICE, want, 4);
}

static void records_that_are_not_committed_are_not_seen(void **state)
{
    struct world *w = *state;
    struct record rec[] = {some_outcome("a", 1), some_customer("c", 1, 1)};

    put(w, 0, 2, 10);
    begin(w);
    scratch_add(w->store, 2, 10);
    assert_ok(store_add_records(w->store, rec, 2, &w->why), &w->why);
    store_rollback(w->store);
    expect_kind(w, RECORD_OUTCOME, NULL, 0);
    expect_kind(w, RECORD_CUSTOMER, NULL, 0);
    expect_position(w, 10);
    assert_int_equal(count(w), 2);
    begin(w);
    scratch_add(w->store, 2, 10);
    assert_ok(store_add_records(w->store, rec, 2, &w->why), &w->why);
    commit(w, 20);
    expect_kind(w, RECORD_OUTCOME, &rec[0], 1);
    assert_int_equal(count(w), 12);
}

static void records_are_found_by_either_time(void **state)
{
    struct world *w = *state;
    struct record rec[] = {some_outcome("b", 1), some_outcome("a", 2),
                           some_outcome("a0", 2)};
    struct store_records of = {.kind = RECORD_OUTCOME,
                               .time = STORE_TIME_CALL,
                               .from_us = rec[1].ts_us,
                               .to_us = INT64_MAX};

    rec[0].arrival_us += 100;
    put_records(w, rec, ARRAY_N(rec), 1);
    expect_records(w, &of, &rec[1], 2);
    of.to_us = of.from_us;
    expect_records(w, &of, NULL, 0);
    of.time = STORE_TIME_ARRIVAL;
    of.from_us = rec[0].arrival_us;
    of.to_us = INT64_MAX;
    expect_records(w, &of, &rec[0], 1);
}

static void many_records_are_merged(void **state)
{
    enum { N = 5000 };
    struct world *w = *state;
    struct record *rec = mem_array(N, sizeof(*rec));
    char(*id)[16] = mem_array(N, sizeof(*id));

    for (int round = 0; round < 2; round++) {
        begin(w);
        for (int i = 0; i < N; i++) {
            (void)snprintf(id[i], sizeof(id[i]), "o-%05d", i);
            rec[i] = some_outcome(id[i], i);
            assert_ok(store_add_records(w->store, &rec[i], 1, &w->why),
                      &w->why);
        }
        commit(w, 1);
    }
    expect_kind(w, RECORD_OUTCOME, rec, N);
    mem_free(rec);
    mem_free(id);
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
        TEST(every_member_of_a_record_comes_back),
        TEST(an_outcome_is_there_once),
        TEST(a_guardrail_is_kept_once),
        TEST(the_first_of_a_release_stays),
        TEST(the_last_of_a_customer_stays),
        TEST(the_last_of_an_invoices_line_stays),
        TEST(records_that_are_not_committed_are_not_seen),
        TEST(records_are_found_by_either_time),
        TEST(many_records_are_merged),
    };

    return cmocka_run_group_tests_name("store record contract", tests, NULL,
                                       NULL);
}
