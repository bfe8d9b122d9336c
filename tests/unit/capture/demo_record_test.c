#include "test.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utc.h"
#include "capture/demo/demo.h"
#include "price/book.h"
#include "price/cost.h"
#include "price/memo.h"

#define DAYS    90
#define EVENTS  300000
#define END_DAY utc_day(2026, 11, 23) /* a Monday */
#define END_US  (END_DAY * UTC_US_PER_DAY)

/* What stands in the records of one demo. */
struct arm {
    uint64_t n;
    uint64_t n_good;
};

struct sum {
    uint64_t n_events;
    uint64_t n_releases;
    uint64_t n_customers;
    uint64_t n_outcomes;
    int64_t last_release_us;
    struct arm arm[DEMO_EXPERIMENTS][2]; /* control, treatment */
    struct usd_sum paid; /* by all shops, of the last rows, a month */
    struct usd_sum cost;
    struct price_book *book;
    struct price_memo *memo;
    int64_t cost_pico[DEMO_CUSTOMERS];
    int64_t revenue_pico[DEMO_CUSTOMERS];
};

static size_t customer_of(struct str name)
{
    size_t i = 0;

    while (i < DEMO_CUSTOMERS && !str_eq(demo_customer_table[i].name, name)) {
        i++;
    }
    return i;
}

static enum rc take_event(void *arg, struct event *ev, bool has_environment,
                          struct why *why)
{
    struct sum *s = arg;
    size_t i = customer_of(ev->dim[DIM_CUSTOMER]);

    (void)has_environment;
    s->n_events++;
    if (s->book != NULL) {
        assert_ok(cost_of_event(s->book, s->memo, ev, &ev->cost, why), why);
        if (ev->cost.priced && i < DEMO_CUSTOMERS) {
            s->cost_pico[i] += event_total_cost(ev).pico;
        }
    }
    return RC_OK;
}

static void take_outcome(struct sum *s, const struct record *rec)
{
    s->n_outcomes++;
    assert_true(rec->dim[DIM_USER].n > 0 && rec->dim[DIM_FEATURE].n > 0);
    for (size_t i = 0; i < DEMO_EXPERIMENTS; i++) {
        if (str_eq(rec->dim[DIM_EXPERIMENT], demo_experiment_table[i].name)) {
            bool treated = str_eq(rec->dim[DIM_VARIANT], STR("treatment"));
            s->arm[i][treated].n++;
            s->arm[i][treated].n_good += rec->value > 0.5;
        }
    }
}

static enum rc take_record(void *arg, struct record *rec, struct why *why)
{
    struct sum *s = arg;

    assert_ok(record_check(rec, END_US, why), why);
    switch (rec->kind) {
    case RECORD_OUTCOME:
        take_outcome(s, rec);
        assert_true(rec->ts_us < END_US);
        break;
    case RECORD_RELEASE:
        assert_true(rec->ts_us > s->last_release_us);
        s->last_release_us = rec->ts_us;
        s->n_releases++;
        break;
    case RECORD_CUSTOMER:
        s->n_customers++;
        assert_true(customer_of(rec->dim[DIM_CUSTOMER]) < DEMO_CUSTOMERS);
        s->revenue_pico[customer_of(rec->dim[DIM_CUSTOMER])] =
            rec->revenue.pico;
        break;
    case RECORD_INVOICE: /* nobody billed the demo */
    case RECORD_GUARDRAIL:
    case RECORD_KIND__COUNT:
        fail();
        break;
    }
    return RC_OK;
}

static void make(struct sum *s, uint64_t seed, int64_t n_events)
{
    struct why why;
    const struct demo_options opt = {.seed = seed,
                                     .end_us = END_US,
                                     .days = DAYS,
                                     .n_events = n_events,
                                     .sink = take_event,
                                     .record = take_record,
                                     .arg = s};

    assert_ok(demo_make(&opt, &why), &why);
}

static double share(const struct arm *arm)
{
    return (double)arm->n_good / (double)arm->n;
}

static void test_one_treatment_is_truly_better(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct sum *s = mem_alloc(sizeof(*s));

        make(s, seed, EVENTS);
        for (int i = 0; i < DEMO_EXPERIMENTS; i++) {
            assert_true(s->arm[i][0].n > 1000 && s->arm[i][1].n > 1000);
        }
        double better = share(&s->arm[0][1]) - share(&s->arm[0][0]);
        double same = share(&s->arm[1][1]) - share(&s->arm[1][0]);
        assert_true(better > 0.02 && better < 0.08);
        assert_true(same > -0.03 && same < 0.03);
        mem_free(s);
    }
}

static void test_releases_are_weekly(void **state)
{
    (void)state;
    struct sum *s = mem_alloc(sizeof(*s));

    make(s, 1, 1000);
    assert_int_equal(s->n_releases, 13);
    mem_free(s);
}

static void test_the_calls_are_the_same_without_records(void **state)
{
    (void)state;
    struct sum *with = mem_alloc(sizeof(*with));
    struct sum *without = mem_alloc(sizeof(*without));
    struct why why;
    const struct demo_options opt = {.seed = 5,
                                     .end_us = END_US,
                                     .days = DAYS,
                                     .n_events = 5000,
                                     .sink = take_event,
                                     .arg = without};

    make(with, 5, 5000);
    assert_ok(demo_make(&opt, &why), &why);
    assert_int_equal(with->n_events, without->n_events);
    assert_int_equal(without->n_customers, 0);
    assert_true(with->n_outcomes > 0);
    mem_free(with);
    mem_free(without);
}

/* Cost of a month against what is paid for it. */
static void test_few_customers_are_dear(void **state)
{
    (void)state;
    struct sum *s = mem_alloc(sizeof(*s));
    struct book_source source = book_source_builtin();
    struct why why;
    int n_dear = 0;
    int n_over = 0;

    assert_ok(book_load(&source, &s->book, &why), &why);
    s->memo = memo_new();
    make(s, 1, EVENTS);
    /* Two rows for each shop whose price was raised. */
    assert_int_equal(s->n_customers, DEMO_CUSTOMERS + 4);
    for (size_t i = 0; i < DEMO_CUSTOMERS; i++) {
        int64_t cost = s->cost_pico[i] / 3;
        int64_t paid = s->revenue_pico[i];

        if (demo_customer_table[i].segment == DEMO_SEGMENT_FREE) {
            assert_int_equal(paid, 0);
            continue;
        }
        assert_true(paid > 0);
        n_dear += cost > paid / 2 ? 1 : 0;
        n_over += cost > paid ? 1 : 0;
    }
    assert_in_range(n_dear, 3, 5);
    assert_in_range(n_over, 1, 3);
    memo_free(&s->memo);
    book_unref(&s->book);
    mem_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_treatment_is_truly_better),
        cmocka_unit_test(test_releases_are_weekly),
        cmocka_unit_test(test_the_calls_are_the_same_without_records),
        cmocka_unit_test(test_few_customers_are_dear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
