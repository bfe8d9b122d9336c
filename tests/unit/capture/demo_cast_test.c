#include "test.h"

#include "base/utc.h"
#include "capture/demo/demo_cast.h"
#include "price/book.h"
#include "price/cost.h"

static bool is_priced(struct price_book *book, const struct demo_model_row *row)
{
    struct event ev;
    struct event_cost cost;
    struct why why;

    event_init(&ev);
    ev.ts_us = utc_day(2026, 11, 1) * UTC_US_PER_DAY;
    ev.dim[DIM_PROVIDER] = row->provider;
    ev.dim[DIM_MODEL] = row->name;
    ev.token[TOKEN_INPUT] = 1000;
    assert_ok(cost_of_event(book, NULL, &ev, &cost, &why), &why);
    return cost.priced && cost.input.pico > 0;
}

static void test_the_book_prices_all_but_the_companys_own_model(void **state)
{
    (void)state;
    struct book_source source = book_source_builtin();
    struct price_book *book = NULL;
    struct why why;

    assert_ok(book_load(&source, &book, &why), &why);
    for (int i = 1; i < DEMO_MODEL__COUNT; i++) {
        assert_int_equal(is_priced(book, &demo_model_table[i]),
                         i != DEMO_MODEL_RANKER);
    }
    book_unref(&book);
}

static void test_every_feature_can_be_used(void **state)
{
    (void)state;
    for (int f = 0; f < DEMO_FEATURE__COUNT; f++) {
        const struct demo_feature_row *row = &demo_feature_table[f];

        assert_true(row->volume > 0.0);
        assert_true(row->model != DEMO_MODEL_NONE);
        assert_true(row->model != row->fallback);
        assert_true(row->calls_min >= 1 && row->calls_min <= row->calls_max);
        assert_true(row->more_percent < 100);
        assert_int_equal(row->calls_max > 1, row->workflow.n > 0);
        assert_int_equal(row->prompt_week / 4, 0);
        if (f != DEMO_FEATURE_UNTAGGED) {
            assert_true(row->name.n > 0 && row->owner.n > 0);
            assert_int_equal(row->use[DEMO_SEGMENT_NONE], 0);
            assert_true(row->use[DEMO_SEGMENT_ENTERPRISE] > 0);
        }
    }
}

static void test_sixty_customers_have_names_of_their_own(void **state)
{
    (void)state;
    for (int i = 0; i < DEMO_CUSTOMERS; i++) {
        const struct demo_customer_row *row = &demo_customer_table[i];

        assert_true(row->users > 0);
        assert_true(row->segment != DEMO_SEGMENT_NONE);
        for (int k = 0; k < i; k++) {
            assert_false(str_eq(row->name, demo_customer_table[k].name));
        }
    }
}

static void test_one_experiment_is_rolled_out_and_one_runs(void **state)
{
    (void)state;
    int n_running = 0;

    for (int i = 0; i < DEMO_EXPERIMENTS; i++) {
        const struct demo_experiment_row *row = &demo_experiment_table[i];

        assert_true(row->start_days > row->rollout_days);
        n_running += row->rollout_days < 0;
    }
    assert_int_equal(n_running, DEMO_EXPERIMENTS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_book_prices_all_but_the_companys_own_model),
        cmocka_unit_test(test_every_feature_can_be_used),
        cmocka_unit_test(test_sixty_customers_have_names_of_their_own),
        cmocka_unit_test(test_one_experiment_is_rolled_out_and_one_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
