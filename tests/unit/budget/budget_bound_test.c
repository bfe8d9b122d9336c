/* The most that a call can come to, and where a budget is going. */
#include "budget_test.h"

#include "base/buf.h"
#include "budget/budget_bound.h"
#include "budget/budget_pace.h"

static int64_t tokens_of(const char *format, const char *fill, int n)
{
    struct buf text;
    struct buf body;
    int64_t tok;

    buf_init(&text, SIZE_MAX);
    for (int i = 0; i < n; i++) {
        buf_cz(&text, fill);
    }
    buf_init(&body, SIZE_MAX);
    struct str rest = str_from_cz(format);
    struct str before;
    (void)str_cut(&rest, '@', &before);
    buf_str(&body, before);
    buf_str(&body, buf_view(&text));
    buf_str(&body, rest);
    tok = budget_input_tok(buf_view(&body)) - (int64_t)(before.n + rest.n);
    buf_fini(&text);
    buf_fini(&body);
    return tok;
}

static void test_a_byte_of_text_is_a_token_at_most(void **state)
{
    (void)state;
    assert_int_equal(tokens_of("{\"text\":\"@\"}", "abc ", 1000), 4000);
    /* Letters of base64 in a prompt are a prompt. */
    assert_int_equal(tokens_of("{\"content\":\"@\"}", "abcd", 1000), 4000);
    assert_int_equal(
        tokens_of("{\"content\":\"say \\\"data\\\": @\"}", "abcd", 1000), 4000);
}

static void test_files_are_fewer_tokens_than_bytes(void **state)
{
    (void)state;
    const char *const forms[] = {
        "{\"source\":{\"type\":\"base64\",\"data\":\"@\"}}",
        "{\"inlineData\":{\"data\" : \"@\",\"mimeType\":\"image/png\"}}",
        "{\"source\":{\"bytes\":\"@\"}}",
    };

    for (size_t i = 0; i < ARRAY_N(forms); i++) {
        assert_int_equal(tokens_of(forms[i], "QUJD", 2000), 1000);
    }
    assert_true(tokens_of("{\"url\":\"data:image/png;base64,@\"}", "QUJD",
                          2000) < 1010);
    assert_int_equal(
        tokens_of("{\"data\":\"@\"}", "not base64, but text ", 100), 2100);
}

static void test_the_dearest_kind_of_token_counts(void **state)
{
    (void)state;
    struct rig r;
    struct budget_rates *rates = budget_rates_new();
    int64_t pico;
    rig_init(&r);
    struct event ev = rig_call(&r);

    assert_true(budget_bound_cost(r.book, rates, &ev, 1000, 1000, &pico));
    assert_int_equal(pico, 12500 * INT64_C(1000000));
    /* Written to the cache for an hour: twice the $3 of the input. */
    ev.dim[DIM_PROVIDER] = STR("anthropic");
    ev.dim[DIM_MODEL] = STR("claude-sonnet-4-5");
    for (int i = 0; i < 2; i++) { /* the second time it is remembered */
        assert_true(budget_bound_cost(r.book, rates, &ev, 1000, 0, &pico));
        assert_int_equal(pico, 6000 * INT64_C(1000000));
        assert_true(budget_bound_cost(r.book, rates, &ev, 1000, 100, &pico));
        assert_int_equal(pico, 7500 * INT64_C(1000000));
    }
    ev.dim[DIM_PROVIDER] = STR("acme");
    ev.dim[DIM_MODEL] = STR("ours");
    assert_false(budget_bound_cost(r.book, rates, &ev, 1000, 1000, &pico));
    budget_rates_free(&rates);
    rig_fini(&r);
}

/* No mix of kinds of so many tokens costs more than the bound. */
static void test_no_call_costs_more_than_its_bound(void **state)
{
    static const char *const models[][2] = {
        {"openai", "gpt-4o"},
        {"openai", "gpt-5.1"},
        {"openai", "gpt-4o-audio-preview"},
        {"anthropic", "claude-sonnet-4-5"},
        {"gemini", "gemini-2.5-pro"},
        {"gemini", "gemini-2.5-flash"},
        {"mistral", "mistral-large-latest"},
        {"deepseek", "deepseek-chat"},
    };
    static const int64_t sizes[] = {1, 1000, 150000, 250000, 900000};
    struct rig r;
    struct budget_rates *rates = budget_rates_new();
    int n = 0;

    (void)state;
    rig_init(&r);
    for (size_t m = 0; m < ARRAY_N(models); m++) {
        for (size_t s = 0; s < ARRAY_N(sizes); s++) {
            struct event ev = rig_call(&r);
            int64_t bound;

            ev.dim[DIM_PROVIDER] = str_from_cz(models[m][0]);
            ev.dim[DIM_MODEL] = str_from_cz(models[m][1]);
            if (!budget_bound_cost(r.book, rates, &ev, sizes[s], sizes[s],
                                   &bound)) {
                continue;
            }
            for (int k = 0; k < TOKEN_OUTPUT * (TOKEN__COUNT - TOKEN_OUTPUT);
                 k++) {
                struct event one = ev;
                struct why why;

                one.token[k % TOKEN_OUTPUT] = sizes[s];
                one.token[TOKEN_OUTPUT + k / TOKEN_OUTPUT] = sizes[s];
                assert_ok(cost_of_event(r.book, NULL, &one, &one.cost, &why),
                          &why);
                assert_true(event_total_cost(&one).pico <= bound);
                n++;
            }
        }
    }
    assert_true(n > 500);
    budget_rates_free(&rates);
    rig_fini(&r);
}

/* ---- pace ---- */

static void test_pace(void **state)
{
    (void)state;
    struct budget b = rig_budget(NULL, 0);
    struct budget_state s = {.budget = &b,
                             .used = DOLLAR / 2,
                             .from_us = NOON,
                             .to_us = NOON + UTC_US_PER_DAY};
    struct budget_pace p;

    budget_pace(&s, NOON + UTC_US_PER_HOUR, &p);
    assert_false(p.is_known); /* too early */
    budget_pace(&s, NOON + 6 * UTC_US_PER_HOUR, &p);
    assert_true(p.is_known);
    assert_int_equal(p.projected, 2 * DOLLAR);
    assert_int_equal(p.exceeds_us, NOON + 12 * UTC_US_PER_HOUR);
    budget_pace(&s, NOON + 18 * UTC_US_PER_HOUR, &p);
    assert_int_equal(p.exceeds_us, 0);
    s.used = DOLLAR;
    budget_pace(&s, NOON + 18 * UTC_US_PER_HOUR, &p);
    assert_int_equal(p.exceeds_us, NOON + 18 * UTC_US_PER_HOUR);
    s.used = INT64_MAX;
    budget_pace(&s, NOON + 6 * UTC_US_PER_HOUR, &p);
    assert_true(p.projected == INT64_MAX);
    b.period = BUDGET_ROLLING;
    budget_pace(&s, NOON + 6 * UTC_US_PER_HOUR, &p);
    assert_false(p.is_known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_byte_of_text_is_a_token_at_most),
        cmocka_unit_test(test_files_are_fewer_tokens_than_bytes),
        cmocka_unit_test(test_the_dearest_kind_of_token_counts),
        cmocka_unit_test(test_no_call_costs_more_than_its_bound),
        cmocka_unit_test(test_pace),
    };

    return cmocka_run_group_tests_name("budget_bound", tests, NULL, NULL);
}
