/* The watch on hours made by hand, and a short pass over made-up accounts
 * (`./bench alerts` has the long one). */
#include "watch/watch.h"

#include "alert_score.h"
#include "test.h"
#include "watch/watch_words.h"

#include "base/buf.h"
#include "base/utc.h"

#include <math.h>
#include <stdio.h>

enum { HEARD_MAX = 64, FIRST_HOUR = 490000 };
#define SPREAD 0.25 /* variance of the logarithm of a call's tokens */

struct heard {
    struct watch_alert alert[HEARD_MAX];
    size_t n;
    char model[32]; /* of the last; text ends with the watch */
};

static void hear(void *arg, const struct watch_alert *a)
{
    struct heard *h = arg;

    if (h->n < HEARD_MAX && a->news != WATCH_CLOSED) {
        h->alert[h->n++] = *a;
        size_t n =
            a->model.n < sizeof h->model - 1 ? a->model.n : sizeof h->model - 1;
        memcpy(h->model, n > 0 ? a->model.p : "", n);
        h->model[n] = '\0';
    }
}

/* An hour of 100 calls of one feature, a cent each, all alike but for what a
 * test changes. */
struct hour {
    double in, out, read, failed;
    const char *feature, *model;
    double n, price;
};
static const struct hour usual = {.in = 1000,
                                  .out = 100,
                                  .feature = "search",
                                  .model = "small",
                                  .n = 100,
                                  .price = 5e-6};

static void give(struct watch *w, int64_t hour, const struct hour *h)
{
    struct usage_hour row = {.hour = hour,
                             .feature = str_from_cz(h->feature),
                             .provider = STR("openai"),
                             .model = str_from_cz(h->model)};
    double all = h->n + h->failed;
    double cached = h->read * h->price / 10;
    double cost_in = (h->in - h->read) * h->price + cached;
    double cost_out = h->out * h->price * 5;

    row.sum[HOUR_ATTEMPTS] = all;
    row.sum[HOUR_OK] = h->n;
    row.sum[HOUR_IN_OK] = h->n * h->in;
    row.sum[HOUR_OUT_OK] = h->n * h->out;
    row.sum[HOUR_IN_ALL] = all * h->in;
    row.sum[HOUR_READ] = all * h->read;
    row.sum[HOUR_OUT_ALL] = all * h->out;
    row.sum[HOUR_COST] = all * (cost_in + cost_out);
    row.sum[HOUR_COST_OK] = h->n * (cost_in + cost_out);
    row.sum[HOUR_COST_IN] = all * cost_in;
    row.sum[HOUR_COST_CACHE] = all * cached;
    row.sum[HOUR_COST_OUT] = all * cost_out;
    row.sum[HOUR_IN_LN] = h->n * log(h->in);
    row.sum[HOUR_IN_LN_SQ] = h->n * (pow(log(h->in), 2) + SPREAD);
    row.sum[HOUR_OUT_LN] = h->n * log(h->out);
    row.sum[HOUR_OUT_LN_SQ] = h->n * (pow(log(h->out), 2) + SPREAD);
    row.price[HOUR_PRICE_IN] = h->price;
    row.price[HOUR_PRICE_OUT] = h->price * 5;
    watch_hour(w, &row);
}

static void run(struct heard *ret, const struct hour *before,
                const struct hour *after, int hours)
{
    const struct watch_options opt = {.tell = hear, .arg = ret};
    struct watch *w = watch_new(&opt);

    ret->n = 0;
    for (int h = 0; h < 28 * 24 + hours; h++) {
        give(w, FIRST_HOUR + h, h < 28 * 24 ? before : after);
        watch_tick(w, FIRST_HOUR + h);
    }
    watch_free(&w);
}

/* The one alert there must be. */
static void assert_one(const struct heard *h, enum watch_cause cause,
                       double before, double after)
{
    assert_int_equal(h->n, 1);
    assert_int_equal(h->alert[0].cause, cause);
    assert_true(h->alert[0].before > before * .99);
    assert_true(h->alert[0].before < before * 1.01 + 1e-9);
    assert_true(h->alert[0].after > after * .99);
    assert_true(h->alert[0].after < after * 1.01);
}

static void test_steady_calls_raise_nothing(void **state)
{
    struct heard h;
    (void)state;

    run(&h, &usual, &usual, 24 * 14);
    assert_int_equal(h.n, 0);
}

static void test_each_factor_is_its_own_cause(void **state)
{
    struct heard h;
    struct hour now = usual;
    (void)state;

    now.in = 3000;
    run(&h, &usual, &now, 3);
    assert_one(&h, WATCH_INPUT_TOKENS, 1000, 3000);
    assert_int_equal(h.alert[0].time_us,
                     (FIRST_HOUR + 28 * 24 + 1) * UTC_US_PER_HOUR);
    now = usual;
    now.out = 300;
    run(&h, &usual, &now, 3);
    assert_one(&h, WATCH_OUTPUT_TOKENS, 100, 300);
    now = usual;
    now.failed = 60;
    run(&h, &usual, &now, 3);
    assert_one(&h, WATCH_RETRIES, 1, 1.6);
    struct hour cached = usual;
    cached.read = 800;
    run(&h, &cached, &usual, 3);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.alert[0].cause, WATCH_CACHE);
    assert_true(h.alert[0].after <= 0);
}

static void test_price_is_no_other_cause(void **state)
{
    struct heard h;
    struct hour now = usual;
    (void)state;

    now.price *= 1.2;
    run(&h, &usual, &now, 72);
    assert_one(&h, WATCH_PRICE, 5, 6);
    assert_string_equal(h.model, "small");
}

static void test_more_calls_are_healthy(void **state)
{
    struct heard h;
    struct hour now = usual;
    (void)state;

    now.n = 300;
    run(&h, &usual, &now, 48);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.alert[0].cause, WATCH_TRAFFIC);
    assert_int_equal(h.alert[0].severity, WATCH_INFO);
}

static void test_a_switch_of_models(void **state)
{
    struct heard h = {.n = 0};
    const struct watch_options opt = {.tell = hear, .arg = &h};
    struct watch *w = watch_new(&opt);
    struct hour large = usual;
    (void)state;

    large.model = "large";
    large.price *= 4;
    for (int i = 0; i < 28 * 24 + 4; i++) {
        give(w, FIRST_HOUR + i, i < 28 * 24 ? &usual : &large);
        watch_tick(w, FIRST_HOUR + i);
    }
    assert_int_equal(h.n, 1);
    assert_int_equal(h.alert[0].cause, WATCH_MODEL_MIX);
    assert_string_equal(h.model, "large");
    watch_free(&w);
}

static void test_one_incident_is_one_alert(void **state)
{
    struct heard h;
    struct hour now = usual;
    (void)state;

    now.in = 3000;
    run(&h, &usual, &now, 40 * 24); /* until it is the usual, and on */
    assert_one(&h, WATCH_INPUT_TOKENS, 1000, 3000);
}

static void test_a_loop_is_told_within_minutes(void **state)
{
    struct heard h = {.n = 0};
    const struct watch_options opt = {.tell = hear, .arg = &h};
    struct watch *w = watch_new(&opt);
    struct usage_piece piece = {.feature = STR("search"),
                                .workflow = STR("agent"),
                                .run = STR("r1"),
                                .customer = STR("acme"),
                                .n = 40,
                                .cost = 1};
    (void)state;

    for (int i = 0; i < 48; i++) {
        give(w, FIRST_HOUR + i, &usual);
        for (int p = 0; i == 47 && p < 12; p++) {
            piece.piece = (FIRST_HOUR + i) * 12 + p;
            watch_piece(w, &piece);
        }
        watch_tick(w, FIRST_HOUR + i);
    }
    assert_int_equal(h.n, 1);
    assert_int_equal(h.alert[0].cause, WATCH_REQUESTS_PER_WORKFLOW);
    assert_int_equal(h.alert[0].severity, WATCH_PAGE);
    assert_str(h.alert[0].customer, "acme");
    /* Beyond 100 calls in the third piece: told when that is over. */
    assert_int_equal(h.alert[0].time_us,
                     ((FIRST_HOUR + 47) * 12 + 3) * 5 * UTC_US_PER_MINUTE);
    watch_free(&w);
}

/* 28 usual days, then an hour of which the first quarter, as dear as `now`
 * makes it, is looked at. */
static void look(struct heard *ret, const struct hour *now, bool is_known)
{
    const struct watch_options opt = {.tell = hear, .arg = ret};
    struct watch *w = watch_new(&opt);
    int64_t hour = FIRST_HOUR + (is_known ? 28 * 24 : 2 * 24);

    ret->n = 0;
    for (int64_t h = FIRST_HOUR; h < hour; h++) {
        give(w, h, &usual);
        watch_look(w, h * UTC_US_PER_HOUR + 45 * UTC_US_PER_MINUTE);
        watch_tick(w, h);
    }
    assert_int_equal(ret->n, 0);
    give(w, hour, now);
    watch_look(w, hour * UTC_US_PER_HOUR + 15 * UTC_US_PER_MINUTE);
    watch_free(&w);
}

static void test_a_rise_is_told_within_the_hour(void **state)
{
    struct heard h;
    struct hour now = usual;
    (void)state;

    now.n = 25;
    look(&h, &now, true);
    assert_int_equal(h.n, 0);
    now.in = 3000;
    look(&h, &now, false); /* what is usual is not known in two days */
    assert_int_equal(h.n, 0);
    now.n = 4; /* too few to tell */
    look(&h, &now, true);
    assert_int_equal(h.n, 0);
    now.n = 25;
    look(&h, &now, true);
    assert_one(&h, WATCH_INPUT_TOKENS, 1000, 3000);
    assert_int_equal(h.alert[0].time_us,
                     (FIRST_HOUR + 28 * 24) * UTC_US_PER_HOUR +
                         15 * UTC_US_PER_MINUTE);
    now = usual;
    now.n = 25;
    now.failed = 15; /* a feature's or its provider's: the hour tells */
    look(&h, &now, true);
    assert_int_equal(h.n, 0);
}

static void test_looking_changes_nothing_that_is_summed(void **state)
{
    struct heard h[2] = {{.n = 0}, {.n = 0}};
    struct hour now = usual;
    (void)state;

    now.n = 25;
    now.in = 1080; /* the day's rise: too small for an hour's four parts */
    for (int i = 0; i < 2; i++) {
        const struct watch_options opt = {.tell = hear, .arg = &h[i]};
        struct watch *w = watch_new(&opt);
        for (int k = 0; k < 30 * 24; k++) {
            int64_t us = (FIRST_HOUR + k) * UTC_US_PER_HOUR;
            now.in = k < 28 * 24 ? 1000 : 1080;
            for (int q = 1; q <= 4; q++) {
                give(w, FIRST_HOUR + k, &now);
                if (i == 1 && q < 4) {
                    watch_look(w, us + q * 15 * UTC_US_PER_MINUTE);
                }
            }
            watch_tick(w, FIRST_HOUR + k);
        }
        watch_free(&w);
    }
    assert_int_equal(h[0].n, 1);
    assert_int_equal(h[1].n, 1);
    assert_true(h[0].alert[0].usd_per_day > 0);
    assert_true(fabs(h[0].alert[0].after - h[1].alert[0].after) < 1);
}

/* A day's level says that it got worse, not four hours that are far out. */
static void test_worse_is_by_the_day(void **state)
{
    struct heard h = {.n = 0};
    const struct watch_options opt = {.tell = hear, .arg = &h};
    struct watch *w = watch_new(&opt);
    struct hour now = usual;
    (void)state;

    for (int k = 0; k < 33 * 24; k++) {
        now.in = k < 28 * 24       ? 1000
                 : k < 31 * 24     ? 1500
                 : k < 31 * 24 + 4 ? 4000
                                   : (k < 32 * 24 ? 1500 : 4000);
        give(w, FIRST_HOUR + k, &now);
        watch_tick(w, FIRST_HOUR + k);
    }
    assert_int_equal(h.n, 2);
    assert_int_equal(h.alert[1].news, WATCH_WORSE);
    assert_true(h.alert[1].time_us > (FIRST_HOUR + 32 * 24) * UTC_US_PER_HOUR);
    watch_free(&w);
}

static void test_a_new_feature_is_told_once(void **state)
{
    struct heard h = {.n = 0};
    const struct watch_options opt = {.tell = hear, .arg = &h};
    struct watch *w = watch_new(&opt);
    struct hour fresh = usual;
    (void)state;

    fresh.feature = "copilot";
    for (int i = 0; i < 40 * 24; i++) {
        give(w, FIRST_HOUR + i, &usual);
        if (i > 20 * 24) {
            give(w, FIRST_HOUR + i, &fresh);
        }
        watch_tick(w, FIRST_HOUR + i);
    }
    assert_int_equal(h.n, 1);
    assert_int_equal(h.alert[0].cause, WATCH_NEW_FEATURE);
    assert_int_equal(h.alert[0].severity, WATCH_INFO);
    assert_str(h.alert[0].feature, "copilot");
    watch_free(&w);
}

static void test_made_up_accounts(void **state)
{
    static struct alert_score sum;
    (void)state;

    alert_score_run(0, 1, false, &sum); /* standard */
    alert_score_run(3, 1, false, &sum); /* small */
    assert_true(sum.n >= 14);
    assert_true((double)sum.n_found >= .9 * (double)sum.n);
    assert_true((double)sum.n_same_day >= .8 * (double)sum.n);
    assert_true((double)sum.n_cause >= .95 * (double)sum.n_found);
    assert_true(sum.n_false <= 1);
    assert_true(sum.n_double <= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steady_calls_raise_nothing),
        cmocka_unit_test(test_each_factor_is_its_own_cause),
        cmocka_unit_test(test_price_is_no_other_cause),
        cmocka_unit_test(test_more_calls_are_healthy),
        cmocka_unit_test(test_a_switch_of_models),
        cmocka_unit_test(test_one_incident_is_one_alert),
        cmocka_unit_test(test_a_loop_is_told_within_minutes),
        cmocka_unit_test(test_a_rise_is_told_within_the_hour),
        cmocka_unit_test(test_looking_changes_nothing_that_is_summed),
        cmocka_unit_test(test_worse_is_by_the_day),
        cmocka_unit_test(test_a_new_feature_is_told_once),
        cmocka_unit_test(test_made_up_accounts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
