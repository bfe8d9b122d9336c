#include "base/buf.h"
#include "event/event_bin.h"
#include "event/record.h"
#include "test.h"

#include <float.h>

static const struct record *samples(size_t *ret_n)
{
    static struct record rec[6];

    rec[0] = (struct record){.kind = RECORD_OUTCOME,
                             .ts_us = INT64_MIN,
                             .arrival_us = INT64_MAX,
                             .id = STR("id-1"),
                             .name = STR("score"),
                             .value = -DBL_MAX};
    rec[0].dim[DIM_USER] = STR("u");
    rec[0].dim[DIM_RELEASE] = STR("1.2");
    rec[1] = (struct record){.kind = RECORD_OUTCOME, .value = 0.1};
    rec[2] = (struct record){.kind = RECORD_RELEASE, .note = STR("a note")};
    rec[2].dim[DIM_FEATURE] = STR("search");
    rec[3] = (struct record){
        .kind = RECORD_CUSTOMER, .tier = STR("plus"), .revenue = {INT64_MAX}};
    rec[3].dim[DIM_CUSTOMER] = STR("aurelia");
    rec[4] = (struct record){.kind = RECORD_INVOICE,
                             .ts_us = INT64_MAX,
                             .to_us = INT64_MIN,
                             .account = STR("proj"),
                             .line = STR("gpt-4o, input"),
                             .charge = STR("tokens"),
                             .amount = {INT64_MIN}};
    rec[4].dim[DIM_PROVIDER] = STR("openai");
    rec[5] = (struct record){.kind = RECORD_GUARDRAIL,
                             .id = STR("g-1"),
                             .name = STR("search-month"),
                             .action = STR("fallback"),
                             .value = 7,
                             .revenue = {-1},
                             .note = STR("$5 of $4")};
    rec[5].dim[DIM_MODEL] = STR("gpt-4o-mini");
    *ret_n = ARRAY_N(rec);
    return rec;
}

static void assert_same(const struct record *a, const struct record *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_true(a->ts_us == b->ts_us && a->arrival_us == b->arrival_us);
    assert_true(str_eq(a->id, b->id) && str_eq(a->name, b->name));
    assert_true(str_eq(a->note, b->note) && str_eq(a->tier, b->tier));
    assert_true(str_eq(a->action, b->action));
    for (int d = 0; d < DIM__COUNT; d++) {
        assert_true(str_eq(a->dim[d], b->dim[d]));
    }
    if (a->kind == RECORD_OUTCOME || a->kind == RECORD_GUARDRAIL) {
        assert_memory_equal(&a->value, &b->value, sizeof(a->value));
    }
    assert_true(a->revenue.pico == b->revenue.pico);
    assert_true(str_eq(a->account, b->account) && str_eq(a->line, b->line));
    assert_true(str_eq(a->charge, b->charge) && a->to_us == b->to_us);
    assert_true(a->amount.pico == b->amount.pico);
}

static void test_what_is_read_equals_what_was_written(void **state)
{
    (void)state;
    size_t n;
    const struct record *rec = samples(&n);
    struct buf b;
    struct why why;

    buf_init(&b, 4096);
    for (size_t i = 0; i < n; i++) {
        record_bin_add(&b, &rec[i]);
    }
    struct str rest = buf_view(&b);
    for (size_t i = 0; i < n; i++) {
        struct record back;
        assert_true(record_bin_is(rest));
        assert_ok(record_bin_read(&rest, &back, &why), &why);
        assert_same(&rec[i], &back);
    }
    assert_int_equal(rest.n, 0);
    assert_false(record_bin_is(rest));
    buf_fini(&b);
}

/* One journal bears both, so each must know the other's bytes as not its. */
static void test_events_and_records_are_told_apart(void **state)
{
    (void)state;
    size_t n;
    const struct record *rec = samples(&n);
    struct record back;
    struct event ev;
    struct buf b;

    buf_init(&b, 4096);
    event_init(&ev);
    event_bin_add(&b, &ev);
    struct str rest = buf_view(&b);
    assert_false(record_bin_is(rest));
    assert_rc(record_bin_read(&rest, &back, NULL), RC_CORRUPT);
    buf_clear(&b);
    record_bin_add(&b, &rec[0]);
    rest = buf_view(&b);
    assert_rc(event_bin_read(&rest, &ev, NULL), RC_CORRUPT);
    assert_int_equal(rest.n, b.n);
    buf_fini(&b);
}

static void test_every_torn_record_is_refused(void **state)
{
    (void)state;
    size_t n;
    const struct record *rec = samples(&n);
    struct buf b;

    buf_init(&b, 4096);
    for (size_t i = 0; i < n; i++) {
        buf_clear(&b);
        record_bin_add(&b, &rec[i]);
        for (size_t k = 0; k < b.n; k++) {
            struct str torn = {b.p, k};
            struct record back;
            assert_rc(record_bin_read(&torn, &back, NULL), RC_CORRUPT);
            assert_int_equal(torn.n, k);
        }
    }
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_read_equals_what_was_written),
        cmocka_unit_test(test_events_and_records_are_told_apart),
        cmocka_unit_test(test_every_torn_record_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
