#include "test.h"

#include "base/mem.h"
#include "base/utc.h"
#include "capture/demo/demo_run.h"

#define RUNS 4000

struct fixture {
    struct demo_world world;
    struct demo_calls calls;
    int64_t end_us;
};

static int setup(void **state)
{
    struct fixture *f = mem_alloc(sizeof *f);

    f->end_us = utc_day(2026, 11, 23) * UTC_US_PER_DAY;
    struct demo_calendar calendar = demo_calendar_make(5, f->end_us, 90);
    demo_world_init(&f->world, &calendar, 3333.0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    demo_calls_fini(&f->calls);
    mem_free(f);
    return 0;
}

/* n runs of a feature that all begin at one time. */
static void add_runs(struct fixture *f, enum demo_feature feature,
                     int64_t ts_us, int n)
{
    for (int i = 0; i < n; i++) {
        size_t before = f->calls.n;
        size_t n_kept = demo_run_add(&f->world, feature, ts_us, &f->calls);

        assert_true(n_kept >= 1);
        assert_int_equal(f->calls.n - before, n_kept);
    }
}

static int64_t all_input(const struct demo_call *c)
{
    return c->input_tok + c->cache_read_tok + c->cache_write_5m_tok +
           c->cache_write_1h_tok;
}

/* Mean input of successful calls. */
static double mean_input(const struct fixture *f, size_t from)
{
    double sum = 0.0;
    double n = 0.0;

    for (size_t i = from; i < f->calls.n; i++) {
        if (f->calls.at[i].status == EVENT_STATUS_OK) {
            sum += (double)all_input(&f->calls.at[i]);
            n += 1.0;
        }
    }
    return sum / n;
}

static void test_no_call_is_kept_behind_the_end(void **state)
{
    struct fixture *f = *state;

    add_runs(f, DEMO_FEATURE_SUPPORT_AGENT, f->end_us - UTC_US_PER_SECOND, 200);
    assert_in_range(f->calls.n, 200, 500);
    for (size_t i = 0; i < f->calls.n; i++) {
        assert_true(f->calls.at[i].ts_us < f->end_us);
    }
}

static void test_every_error_but_the_last_is_tried_again(void **state)
{
    struct fixture *f = *state;
    int n_errors = 0;
    int n_given_up = 0;
    int n_fallbacks = 0;

    add_runs(f, DEMO_FEATURE_REPLY_DRAFT, f->end_us - 60 * UTC_US_PER_DAY,
             20 * RUNS);
    for (size_t i = 0; i < f->calls.n; i++) {
        const struct demo_call *c = &f->calls.at[i];

        if (c->attempt > 1) {
            const struct demo_call *last = c - 1;

            assert_int_equal(last->status, EVENT_STATUS_ERROR);
            assert_int_equal(last->attempt, c->attempt - 1);
            assert_int_equal(last->who.user, c->who.user);
            assert_true(c->ts_us > last->ts_us);
        }
        assert_int_equal(c->fallback_from != DEMO_MODEL_NONE, c->attempt == 3);
        n_fallbacks += c->fallback_from == DEMO_MODEL_SONNET &&
                       c->model == DEMO_MODEL_GPT_5_1;
        n_errors += c->status == EVENT_STATUS_ERROR;
        n_given_up += c->status == EVENT_STATUS_ERROR && c->attempt == 3;
    }
    assert_int_equal(f->calls.n, 20 * RUNS + n_errors - n_given_up);
    assert_in_range(n_errors, f->calls.n * 8 / 1000, f->calls.n * 15 / 1000);
    assert_in_range(n_fallbacks, 40, 240);
    assert_true(n_given_up > 0);
}

static void test_most_errors_cost_nothing(void **state)
{
    struct fixture *f = *state;
    int n = 0;
    int n_free = 0;

    add_runs(f, DEMO_FEATURE_TICKET_TRIAGE, f->end_us - 60 * UTC_US_PER_DAY,
             10 * RUNS);
    for (size_t i = 0; i < f->calls.n; i++) {
        const struct demo_call *c = &f->calls.at[i];

        if (c->status == EVENT_STATUS_ERROR) {
            n++;
            n_free += all_input(c) == 0;
            assert_int_equal(all_input(c) == 0, c->ttft_ms < 0);
        }
    }
    assert_in_range(n_free, n * 55 / 100, n * 85 / 100);
}

/* What an agent's later calls read from the cache is what went before. */
static void test_an_agent_sees_all_that_came_before(void **state)
{
    struct fixture *f = *state;
    int n_read = 0;
    int n_written = 0;
    int n_long = 0;

    add_runs(f, DEMO_FEATURE_SUPPORT_AGENT, f->end_us - 60 * UTC_US_PER_DAY,
             RUNS / 4);
    for (size_t i = 1; i < f->calls.n; i++) {
        const struct demo_call *c = &f->calls.at[i];
        const struct demo_call *last = c - 1;

        if (c->run != last->run || c->status != EVENT_STATUS_OK ||
            last->status != EVENT_STATUS_OK || c->attempt > 1 ||
            last->model == DEMO_MODEL_RANKER) {
            n_long += c->cache_write_1h_tok > 0;
            continue;
        }
        int64_t said = all_input(last) + last->output_tok;
        if (c->cache_read_tok > 0 && said <= 150000) {
            assert_int_equal(c->cache_read_tok, said);
            n_read++;
        }
        n_written += c->cache_write_5m_tok > 0;
        assert_true(all_input(c) <= 200000);
        assert_true(c->ts_us > last->ts_us);
    }
    assert_true(n_read > RUNS / 2 && n_written > RUNS / 2);
    assert_true(n_long > RUNS / 100);
}

static void test_runs_have_numbers_and_steps_in_order(void **state)
{
    struct fixture *f = *state;

    add_runs(f, DEMO_FEATURE_TREND_REPORT, f->end_us - 60 * UTC_US_PER_DAY, 50);
    const struct demo_feature_row *row =
        &demo_feature_table[DEMO_FEATURE_TREND_REPORT];
    uint64_t run = 0;
    for (size_t i = 0; i < f->calls.n; i++) {
        const struct demo_call *c = &f->calls.at[i];

        if (c->attempt > 1) {
            continue;
        }
        if (c->step == &row->step_first) {
            assert_int_equal(c->run, run + 1);
            run = c->run;
        }
        assert_int_equal(c->run, run);
        assert_true(c->step != NULL);
        assert_int_equal(c->latency_ms, -1); /* a batch does not tell */
    }
    assert_int_equal(run, 50);
}

static void test_the_prompt_grows_with_its_release(void **state)
{
    struct fixture *f = *state;
    int64_t at_us = f->world.incident[DEMO_INCIDENT_GROWTH].from_us;

    add_runs(f, DEMO_FEATURE_REPLY_DRAFT, at_us - 1, RUNS);
    size_t n_before = f->calls.n;
    double before = mean_input(f, 0);
    add_runs(f, DEMO_FEATURE_REPLY_DRAFT, at_us, RUNS);
    double after = mean_input(f, n_before);
    assert_true(after > 1.8 * before && after < 2.0 * before);
    /* Below the size from which the model costs more a token. */
    for (size_t i = n_before; i < f->calls.n; i++) {
        assert_true(all_input(&f->calls.at[i]) < 200000);
    }
}

static void test_the_switch_is_silent(void **state)
{
    struct fixture *f = *state;
    int64_t at_us = f->world.incident[DEMO_INCIDENT_SWITCH].from_us;

    add_runs(f, DEMO_FEATURE_TICKET_SUMMARY, at_us - 1, 200);
    size_t n_before = f->calls.n;
    add_runs(f, DEMO_FEATURE_TICKET_SUMMARY, at_us, 200);
    for (size_t i = 0; i < f->calls.n; i++) {
        const struct demo_call *c = &f->calls.at[i];

        if (c->fallback_from == DEMO_MODEL_NONE) {
            assert_int_equal(c->requested, DEMO_MODEL_HAIKU);
            assert_int_equal(c->model, i < n_before ? DEMO_MODEL_HAIKU
                                                    : DEMO_MODEL_SONNET);
        }
    }
}

static void test_the_loop_is_one_run_that_fills_its_window(void **state)
{
    struct fixture *f = *state;
    const struct demo_incident_row *loop =
        &f->world.incident[DEMO_INCIDENT_LOOP];

    for (int i = 0; i < 1000; i++) {
        int64_t ts_us =
            loop->from_us + (loop->to_us - loop->from_us) * i / 1000;

        assert_true(demo_run_add_looping(&f->world, ts_us, &f->calls) >= 1);
    }
    for (size_t i = 0; i < f->calls.n; i++) {
        const struct demo_call *c = &f->calls.at[i];

        assert_int_equal(c->run, 1);
        assert_int_equal(c->who.customer, DEMO_LOOP_CUSTOMER);
        assert_int_equal(c->feature, DEMO_FEATURE_SUPPORT_AGENT);
        assert_true(all_input(c) < 200000);
    }
    assert_true(all_input(&f->calls.at[0]) < 50000);
    assert_true(all_input(&f->calls.at[500]) > 120000);
}

static void test_the_treatment_writes_less(void **state)
{
    struct fixture *f = *state;
    double n[2] = {0.0, 0.0};
    double out[2] = {0.0, 0.0};

    add_runs(f, DEMO_FEATURE_REPLY_DRAFT, f->end_us - 60 * UTC_US_PER_DAY,
             2 * RUNS);
    for (size_t i = 0; i < f->calls.n; i++) {
        const struct demo_call *c = &f->calls.at[i];

        if (c->status == EVENT_STATUS_OK) {
            n[c->who.is_treated] += 1.0;
            out[c->who.is_treated] += (double)c->output_tok;
        }
    }
    double ratio = out[1] / n[1] / (out[0] / n[0]);
    assert_true(ratio > 0.56 && ratio < 0.64);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_no_call_is_kept_behind_the_end),
        WITH_WORLD(test_every_error_but_the_last_is_tried_again),
        WITH_WORLD(test_most_errors_cost_nothing),
        WITH_WORLD(test_an_agent_sees_all_that_came_before),
        WITH_WORLD(test_runs_have_numbers_and_steps_in_order),
        WITH_WORLD(test_the_prompt_grows_with_its_release),
        WITH_WORLD(test_the_switch_is_silent),
        WITH_WORLD(test_the_loop_is_one_run_that_fills_its_window),
        WITH_WORLD(test_the_treatment_writes_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
