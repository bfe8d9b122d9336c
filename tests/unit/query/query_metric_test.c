#include "test.h"

#include "base/attr.h"
#include "query/query_metric.h"

static struct why why;

static const struct metric *metric(const char *name)
{
    const struct metric *m = NULL;

    assert_ok(metric_from(str_from_cz(name), &m, &why), &why);
    return m;
}

static void knows_every_metric(void **state)
{
    (void)state;
    static const char *const names[] = {"cost",
                                        "requests",
                                        "errors",
                                        "retries",
                                        "input_tokens",
                                        "uncached_input_tokens",
                                        "cache_read_tokens",
                                        "cache_write_tokens",
                                        "cache_write_1h_tokens",
                                        "output_tokens",
                                        "reasoning_tokens",
                                        "web_searches",
                                        "users",
                                        "runs",
                                        "customers",
                                        "unpriced_requests",
                                        "input_cost",
                                        "cache_cost",
                                        "output_cost",
                                        "tools_cost",
                                        "ok_requests",
                                        "ok_input_tokens",
                                        "ok_output_tokens",
                                        "ok_cost",
                                        "late_requests",
                                        "reported_cost",
                                        "latency_avg",
                                        "latency_p50",
                                        "latency_p95",
                                        "cost_per_request",
                                        "cost_per_user",
                                        "cost_per_run",
                                        "input_per_request",
                                        "output_per_request",
                                        "cache_hit_share",
                                        "error_share",
                                        "retry_share"};

    assert_int_equal(metric_table_n, ARRAY_N(names));
    for (size_t i = 0; i < ARRAY_N(names); i++) {
        const struct metric *m = metric(names[i]);
        assert_true(str_eq(m->name, str_from_cz(names[i])));
        assert_true(m->doc.n > 0);
        assert_true(part_table[m->part].sql.n > 0);
        assert_true(m->per == PART_NONE || part_table[m->per].sql.n > 0);
    }
}

static void refuses_other_names(void **state)
{
    (void)state;
    const struct metric *m = NULL;

    assert_rc(metric_from(STR("cots"), &m, &why), RC_INVALID);
    assert_string_equal(why.text,
                        "there is no metric \"cots\"; did you mean cost?");
    assert_rc(metric_from(STR("token"), &m, &why), RC_INVALID);
    assert_rc(metric_from(STR(""), &m, &why), RC_INVALID);
    assert_null(m);
}

struct parts {
    struct part_value v[PART__COUNT];
};

static struct answer_cell cell(const char *name, const struct parts *p)
{
    return metric_cell(metric(name), p->v);
}

static void passes_sums_on(void **state)
{
    (void)state;
    struct parts p = {.v = {[PART_REQUESTS] = {.n = 4},
                            [PART_COST] = {.n = ((num_i128)1 << 100) + 1},
                            [PART_INPUT] = {.n = 7},
                            [PART_LATENCY_P95] = {.real = 12.5}}};

    assert_true(cell("cost", &p).usd.pico == ((num_i128)1 << 100) + 1);
    assert_true(cell("input_tokens", &p).count == 7);
    assert_true(cell("requests", &p).count == 4);
    assert_true(cell("latency_p95", &p).real > 12.4);
}

/* An unknown cost is absent, and no cost is 0. */
static void tells_nothing_from_unknown(void **state)
{
    (void)state;
    struct parts unknown = {.v = {[PART_REQUESTS] = {.n = 3},
                                  [PART_COST] = {.is_null = true},
                                  [PART_LATENCY_SUM] = {.is_null = true},
                                  [PART_LATENCY_P50] = {.is_null = true},
                                  [PART_USERS] = {.n = 0}}};
    struct parts nothing = unknown;

    nothing.v[PART_REQUESTS].n = 0;
    assert_true(cell("cost", &unknown).is_null);
    assert_false(cell("cost", &nothing).is_null);
    assert_true(cell("cost", &nothing).usd.pico == 0);
    assert_true(cell("cost_per_request", &unknown).is_null);
    assert_true(cell("cost_per_request", &nothing).is_null);
    assert_true(cell("latency_avg", &unknown).is_null);
    assert_true(cell("latency_avg", &nothing).is_null);
    assert_true(cell("latency_p50", &unknown).is_null);
    assert_true(cell("latency_p50", &nothing).is_null);
    assert_true(cell("cost_per_user", &unknown).is_null);
    assert_false(cell("users", &nothing).is_null);
}

static num_i128 per_request(num_i128 cost, int64_t n)
{
    struct parts p = {
        .v = {[PART_COST] = {.n = cost}, [PART_REQUESTS] = {.n = n}}};

    return cell("cost_per_request", &p).usd.pico;
}

static void divides_dollars_half_to_even(void **state)
{
    (void)state;
    assert_true(per_request(10, 4) == 2); /* 2.5 */
    assert_true(per_request(14, 4) == 4); /* 3.5 */
    assert_true(per_request(11, 4) == 3); /* 2.75 */
    assert_true(per_request(9, 4) == 2);  /* 2.25 */
    assert_true(per_request(10, 3) == 3);
    assert_true(per_request(11, 3) == 4);
    assert_true(per_request(0, 3) == 0);
    assert_true(per_request(((num_i128)1 << 80) * 3, 3) == (num_i128)1 << 80);
}

static void divides_counts(void **state)
{
    (void)state;
    struct parts p = {.v = {[PART_REQUESTS] = {.n = 8},
                            [PART_ERRORS] = {.n = 2},
                            [PART_CACHE_READ] = {.n = 3},
                            [PART_INPUT] = {.n = 4},
                            [PART_LATENCY_SUM] = {.n = 9},
                            [PART_LATENCY_N] = {.n = 2}}};
    double tiny = 1e-15;

    assert_float_equal((float)cell("error_share", &p).real, 0.25F, tiny);
    assert_float_equal((float)cell("cache_hit_share", &p).real, 0.75F, tiny);
    assert_float_equal((float)cell("input_per_request", &p).real, 0.5F, tiny);
    assert_float_equal((float)cell("latency_avg", &p).real, 4.5F, tiny);
    p.v[PART_INPUT].n = 0;
    assert_true(cell("cache_hit_share", &p).is_null);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_every_metric),
        cmocka_unit_test(refuses_other_names),
        cmocka_unit_test(passes_sums_on),
        cmocka_unit_test(tells_nothing_from_unknown),
        cmocka_unit_test(divides_dollars_half_to_even),
        cmocka_unit_test(divides_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
