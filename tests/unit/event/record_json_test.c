#include "base/buf.h"
#include "base/json.h"
#include "event/record.h"
#include "test.h"

#define NOW_US INT64_C(1795379471123456) /* 2026-11-22 */

static enum rc read(enum record_kind kind, const char *text,
                    struct record *ret_rec, struct json **ret_json,
                    struct why *why)
{
    *ret_json = NULL;
    assert_ok(json_parse(str_from_cz(text), ret_json, why), why);
    return record_read_json(kind, *ret_json, NOW_US, ret_rec, why);
}

static void assert_refused(enum record_kind kind, const char *text,
                           const char *words)
{
    struct record rec;
    struct json *json;
    struct why why = {.text = ""};

    assert_rc(read(kind, text, &rec, &json, &why) == RC_OK, false);
    assert_string_equal(why.text, words);
    json_free(&json);
}

static void assert_written(enum record_kind kind, const char *text,
                           const char *want)
{
    struct record rec;
    struct json *json;
    struct why why;
    struct buf b;

    buf_init(&b, 4096);
    assert_ok(read(kind, text, &rec, &json, &why), &why);
    assert_true(rec.arrival_us == NOW_US);
    record_add_json(&b, &rec);
    buf_char(&b, '\0');
    assert_string_equal(b.p, want);
    buf_fini(&b);
    json_free(&json);
}

static void test_outcomes(void **state)
{
    (void)state;
    assert_written(RECORD_OUTCOME, "{\"name\":\"up\"}",
                   "{\"ts\":\"2026-11-22T20:31:11.123456Z\",\"name\":\"up\","
                   "\"value\":1}");
    const char *all =
        "{\"id\":\"a\",\"ts\":\"2026-11-01T00:00:00Z\",\"name\":\"score\","
        "\"value\":0.1,\"run\":\"r\",\"user\":\"u\",\"customer\":\"c\","
        "\"feature\":\"f\",\"experiment\":\"x\",\"variant\":\"v\","
        "\"release\":\"1\"}";
    assert_written(RECORD_OUTCOME, all, all);
    assert_written(RECORD_OUTCOME,
                   "{\"ts\":1793491200,\"name\":\"n\",\"user\":null}",
                   "{\"ts\":\"2026-11-01T00:00:00Z\",\"name\":\"n\","
                   "\"value\":1}");
}

static void test_releases_and_customers(void **state)
{
    (void)state;
    const char *release = "{\"ts\":\"2026-11-01T00:00:00Z\",\"release\":"
                          "\"1.2\",\"feature\":\"f\",\"note\":\"n\"}";
    assert_written(RECORD_RELEASE, release, release);
    assert_written(RECORD_CUSTOMER,
                   "{\"customer\":\"c\",\"segment\":\"pro\",\"tier\":\"t\","
                   "\"revenue\":1200.5,\"from\":\"2026-10\"}",
                   "{\"customer\":\"c\",\"segment\":\"pro\",\"tier\":\"t\","
                   "\"revenue\":\"1200.500000000000\",\"from\":\"2026-10\"}");
    assert_written(RECORD_CUSTOMER,
                   "{\"customer\":\"c\",\"revenue\":\"0.000000000001\","
                   "\"from\":\"2026-10-01\"}",
                   "{\"customer\":\"c\",\"revenue\":\"0.000000000001\","
                   "\"from\":\"2026-10\"}");
}

static void test_invoices(void **state)
{
    (void)state;
    const char *all =
        "{\"provider\":\"openai\",\"from\":\"2026-10-01T00:00:00Z\",\"to\":"
        "\"2026-10-02T00:00:00Z\",\"account\":\"p\",\"model\":\"m\",\"line\":"
        "\"m, input\",\"charge\":\"tokens\",\"amount\":\"-0.060000000000\","
        "\"currency\":\"USD\"}";
    assert_written(RECORD_INVOICE, all, all);
    /* Names fold as calls' do; what a bill rounds finer than toll is rounded
     * half to even. */
    assert_written(
        RECORD_INVOICE,
        "{\"provider\":\"aws.bedrock\",\"from\":\"2026-10-01\","
        "\"to\":1791000000,\"amount\":\"0.0000000000005\","
        "\"currency\":\"usd\"}",
        "{\"provider\":\"bedrock\",\"from\":\"2026-10-01T00:00:00Z\","
        "\"to\":\"2026-10-03T04:00:00Z\",\"amount\":"
        "\"0.000000000000\",\"currency\":\"USD\"}");
    assert_refused(RECORD_INVOICE,
                   "{\"provider\":\"a\",\"from\":\"2026-10-01\",\"to\":"
                   "\"2026-10-02\",\"amount\":1,\"currency\":\"EUR\"}",
                   "currency must be USD, not \"EUR\": toll counts dollars, so "
                   "turn the amounts into them first");
    assert_refused(RECORD_INVOICE,
                   "{\"provider\":\"a\",\"from\":\"October\",\"to\":"
                   "\"2026-10-02\",\"amount\":1}",
                   "from must be a date or a time, such as 2026-10-01, not "
                   "\"October\"");
    assert_refused(RECORD_INVOICE,
                   "{\"provider\":\"a\",\"from\":\"2026-10-01\",\"to\":"
                   "\"2026-10-02\",\"amount\":\"ten\"}",
                   "amount must be dollars up to 9 million, such as 1200.50, "
                   "not \"ten\"");
}

static void test_refusals(void **state)
{
    (void)state;
    assert_refused(RECORD_OUTCOME, "[1]",
                   "it must be a JSON object, not array");
    assert_refused(RECORD_OUTCOME, "{\"value\":1}", "name is missing");
    assert_refused(RECORD_OUTCOME, "{\"name\":\"a\",\"value\":\"1\"}",
                   "value must be a number, not string");
    assert_refused(RECORD_OUTCOME, "{\"name\":\"a\",\"name\":\"b\"}",
                   "name is given twice");
    assert_refused(RECORD_OUTCOME, "{\"name\":\"a\",\"custmer\":\"b\"}",
                   "there is no member \"custmer\"; did you mean customer?");
    assert_refused(RECORD_RELEASE, "{\"release\":\"a\",\"zzzzzzzz\":\"b\"}",
                   "there is no member \"zzzzzzzz\"; known: ts, release, "
                   "feature, note");
    assert_refused(RECORD_OUTCOME, "{\"name\":\"a\",\"ts\":\"yesterday\"}",
                   "ts must be RFC 3339 with an offset (\"2026-11-22T"
                   "20:31:11Z\") or a number of epoch seconds or "
                   "milliseconds, not \"yesterday\"");
    assert_refused(RECORD_CUSTOMER,
                   "{\"customer\":\"c\",\"revenue\":-1,\"from\":\"2026-10\"}",
                   "revenue must be dollars a month from 0 to 9 million, such "
                   "as 1200.50, not \"-1\"");
    assert_refused(RECORD_CUSTOMER,
                   "{\"customer\":\"c\",\"revenue\":1,\"from\":\"2026-10-02\"}",
                   "from must be a month such as 2026-10, not \"2026-10-02\"");
    assert_refused(RECORD_CUSTOMER, "{\"customer\":\"c\",\"revenue\":1}",
                   "from is missing");
}

static enum rc match(const struct str *columns, size_t n,
                     struct record_table *member, struct why *why)
{
    return record_match_columns(RECORD_CUSTOMER, columns, n, member, why);
}

static void test_rows(void **state)
{
    (void)state;
    const struct str columns[] = {STR_INIT("from"), STR_INIT(" customer "),
                                  STR_INIT("revenue"), STR_INIT("tier")};
    const struct str cells[] = {STR_INIT("2026-10"), STR_INIT("c"),
                                STR_INIT(" 12.5 "), STR_INIT("")};
    const struct str bad[] = {STR_INIT("October"), STR_INIT("c"), STR_INIT("1"),
                              STR_INIT("")};
    struct record_table table;
    struct record rec;
    struct why why;

    assert_ok(match(columns, ARRAY_N(columns), &table, &why), &why);
    assert_ok(record_read_row(&table, cells, NOW_US, &rec, &why), &why);
    assert_true(rec.revenue.pico == INT64_C(12500000000000));
    assert_str(rec.dim[DIM_CUSTOMER], "c");
    assert_int_equal(rec.tier.n, 0);
    assert_rc(record_read_row(&table, bad, NOW_US, &rec, &why), RC_INVALID);
    assert_string_equal(why.text, "from must be a month such as 2026-10, not "
                                  "\"October\"");
}

static void test_wrong_columns(void **state)
{
    (void)state;
    const struct str unknown[] = {STR_INIT("customer"), STR_INIT("mrr")};
    const struct str twice[] = {STR_INIT("from"), STR_INIT("from")};
    struct record_table table;
    struct why why;

    assert_rc(match(unknown, 2, &table, &why), RC_INVALID);
    assert_string_equal(why.text,
                        "unknown column \"mrr\"; the first line must name the "
                        "columns, of customer, segment, tier, revenue, from");
    assert_rc(match(twice, 2, &table, &why), RC_INVALID);
    assert_string_equal(why.text,
                        "a second column \"from\"; the first line must name "
                        "the columns, of customer, segment, tier, revenue, "
                        "from");
    assert_rc(match(unknown, 1, &table, &why), RC_INVALID);
    assert_string_equal(why.text,
                        "missing column \"revenue\"; the first line must name "
                        "the columns, of customer, segment, tier, revenue, "
                        "from");
}

static void test_times_in_rows(void **state)
{
    (void)state;
    const struct str columns[] = {STR_INIT("name"), STR_INIT("ts"),
                                  STR_INIT("value")};
    const struct str cells[][3] = {
        {STR_INIT("n"), STR_INIT("1793491200"), STR_INIT("2")},
        {STR_INIT("n"), STR_INIT("2026-11-01T01:00:00+01:00"), STR_INIT("")},
        {STR_INIT("n"), STR_INIT("2026-11-01"), STR_INIT("")},
    };
    struct record_table table;
    struct record rec;
    struct why why;

    assert_ok(record_match_columns(RECORD_OUTCOME, columns, 3, &table, &why),
              &why);
    for (int i = 0; i < 2; i++) {
        assert_ok(record_read_row(&table, cells[i], NOW_US, &rec, &why), &why);
        assert_true(rec.ts_us == INT64_C(1793491200000000));
    }
    assert_rc(record_read_row(&table, cells[2], NOW_US, &rec, &why),
              RC_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_releases_and_customers),
        cmocka_unit_test(test_invoices),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_wrong_columns),
        cmocka_unit_test(test_times_in_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
