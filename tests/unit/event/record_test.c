#include "event/record.h"

#include "base/buf.h"
#include "test.h"

#include <math.h>

#define NOW_US INT64_C(1795379471123456) /* 2026-11-22 */

static struct record outcome(void)
{
    return (struct record){.kind = RECORD_OUTCOME,
                           .ts_us = NOW_US,
                           .name = STR("ticket-resolved"),
                           .value = 1};
}

static struct record customer(void)
{
    struct record rec = {.kind = RECORD_CUSTOMER,
                         .ts_us = INT64_C(1790812800000000)}; /* 2026-10 */

    rec.dim[DIM_CUSTOMER] = STR("aurelia");
    return rec;
}

static void assert_refused(const struct record *rec, enum rc want,
                           const char *words)
{
    struct why why = {.text = ""};

    assert_rc(record_check(rec, NOW_US, &why), want);
    assert_string_equal(why.text, words);
}

static void test_names(void **state)
{
    (void)state;
    for (int k = 1; k < RECORD_KIND__COUNT; k++) {
        struct str name = record_kind_name((enum record_kind)k);
        assert_int_equal(record_kind_from(name), k);
    }
    assert_int_equal(record_kind_from(STR("events")), 0);
    assert_true(record_has_dim(RECORD_OUTCOME, DIM_USER));
    assert_false(record_has_dim(RECORD_OUTCOME, DIM_MODEL));
    assert_true(record_has_dim(RECORD_CUSTOMER, DIM_SEGMENT));
    assert_false(record_has_dim(RECORD_RELEASE, DIM_CUSTOMER));
}

static void test_rules(void **state)
{
    (void)state;
    static char text[LIMIT_NOTE_MAX + 1];
    struct record rec = outcome();
    struct why why;

    memset(text, 'x', sizeof(text));
    assert_ok(record_check(&rec, NOW_US, &why), &why);
    rec.name = STR("");
    assert_refused(&rec, RC_INVALID, "name is missing");
    rec = outcome();
    rec.value = INFINITY;
    assert_refused(&rec, RC_RANGE, "value is not finite");
    rec = outcome();
    rec.dim[DIM_USER] = (struct str){text, LIMIT_DIM_MAX};
    assert_ok(record_check(&rec, NOW_US, &why), &why);
    rec.dim[DIM_USER].n++;
    assert_refused(&rec, RC_INVALID,
                   "user is 257 bytes long; at most 256 are allowed");
    rec = outcome();
    rec.name = STR("a\0b");
    assert_refused(&rec, RC_INVALID, "name contains a NUL byte");
    rec = outcome();
    rec.ts_us = NOW_US + INT64_C(3600000001);
    assert_rc(record_check(&rec, NOW_US, &why), RC_RANGE);
    rec.ts_us--;
    assert_ok(record_check(&rec, NOW_US, &why), &why);

    rec = (struct record){.kind = RECORD_RELEASE, .ts_us = NOW_US};
    assert_refused(&rec, RC_INVALID, "release is missing");
    rec.dim[DIM_RELEASE] = STR("1.2");
    rec.note = (struct str){text, LIMIT_NOTE_MAX};
    assert_ok(record_check(&rec, NOW_US, &why), &why);
    rec.note.n++;
    assert_refused(&rec, RC_INVALID,
                   "note is 1025 bytes long; at most 1024 are allowed");
}

static void test_rules_of_customers(void **state)
{
    (void)state;
    struct record rec = customer();
    struct why why;

    assert_ok(record_check(&rec, 0, &why), &why);
    rec.revenue.pico = -1;
    assert_refused(&rec, RC_RANGE, "revenue is negative");
    rec = customer();
    rec.ts_us += INT64_C(86400000000);
    assert_refused(&rec, RC_INVALID, "from is not the beginning of a month");
    rec.ts_us = 0;
    assert_refused(&rec, RC_RANGE, "from is no month of 2000 to 2199");
    rec = customer();
    rec.dim[DIM_CUSTOMER] = STR("");
    assert_refused(&rec, RC_INVALID, "customer is missing");
}

static void test_rules_of_invoices(void **state)
{
    (void)state;
    const int64_t day_us = INT64_C(86400000000);
    struct record rec = {.kind = RECORD_INVOICE,
                         .ts_us = INT64_C(1790812800000000),
                         .to_us = INT64_C(1790812800000001),
                         .amount = {-1}};
    struct why why;

    assert_refused(&rec, RC_INVALID, "provider is missing");
    rec.dim[DIM_PROVIDER] = STR("openai");
    assert_ok(record_check(&rec, NOW_US, &why), &why);
    rec.to_us = rec.ts_us;
    assert_refused(&rec, RC_INVALID,
                   "to must be behind from: it is the first instant that is "
                   "not billed");
    rec.to_us = rec.ts_us + LIMIT_INVOICE_DAYS_MAX * day_us;
    assert_ok(record_check(&rec, NOW_US, &why), &why);
    rec.to_us++;
    assert_refused(&rec, RC_RANGE, "from and to are over 400 days apart");
    rec.ts_us = NOW_US + 2 * INT64_C(3600000000);
    assert_rc(record_check(&rec, NOW_US, &why), RC_RANGE);
    assert_true(record_is_replaced(RECORD_INVOICE));
    assert_false(record_is_replaced(RECORD_OUTCOME));
}

static void assert_key(const struct record *rec, struct str want)
{
    struct buf b;

    buf_init(&b, RECORD_KEY_MAX);
    record_add_key(&b, rec);
    assert_true(str_eq(buf_view(&b), want));
    buf_fini(&b);
}

static void test_keys(void **state)
{
    (void)state;
    struct record rec = outcome();

    rec.id = STR("x");
    assert_key(&rec, STR("o\0x"));
    rec = (struct record){.kind = RECORD_RELEASE};
    rec.dim[DIM_RELEASE] = STR("1");
    rec.dim[DIM_FEATURE] = STR("f");
    assert_key(&rec, STR("r\0"
                         "1\0f"));
    rec = customer();
    assert_key(&rec, STR(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_rules_of_customers),
        cmocka_unit_test(test_rules_of_invoices),
        cmocka_unit_test(test_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
