/* The trial's judgement and its words, from tallies made here. */
#include "test.h"

#include "base/buf.h"
#include "base/rand.h"
#include "base/utc.h"
#include "insight/experiment_priv.h"

#define DAY UTC_US_PER_DAY

static struct why why;

/* Two variants, 28 days, n units each; b's units cost `factor` times a's. */
struct rig {
    struct trial t;
    struct trial_variant variant[3];
    struct answer sums;
    struct answer_cell total[TRIAL_SUM_ERRORS + 1];
};

static void add_units(struct trial_variant *v, int n, double factor)
{
    for (int i = 0; i < n; i++) {
        double usd = factor * (0.5 + (i * 7919 % 100) / 100.0);
        tally_add(&v->requests, usd, 10);
        tally_add(&v->runs, usd, 0);
    }
}

static void rig_init(struct rig *r, int n_control, int n_treatment,
                     double factor)
{
    static const struct query_extent whole = {
        .first_us = 100 * DAY, .last_us = 128 * DAY - 1, .n = 28000};

    *r = (struct rig){.t = {.name = STR("x"),
                            .n = 2,
                            .unit = trial_unit_from(STR("user")),
                            .has_cost = true,
                            .extent = whole}};
    r->t.plan.x.start_us = EXPERIMENT_ALWAYS_US;
    r->t.plan.x.end_us = r->t.plan.x.rollout_us = EXPERIMENT_NEVER_US;
    r->t.variant = r->variant;
    r->t.sums = &r->sums;
    r->sums.n_rows = 2;
    r->sums.total = r->total;
    r->variant[0] =
        (struct trial_variant){.name = STR("control"), .extent = whole};
    r->variant[1] =
        (struct trial_variant){.name = STR("treatment"), .extent = whole};
    r->variant[2] =
        (struct trial_variant){.name = STR("zeta"), .extent = whole};
    add_units(&r->variant[0], n_control, 1);
    add_units(&r->variant[1], n_treatment, factor);
    r->t.n_units = n_control + n_treatment;
}

static void judge(struct rig *r)
{
    assert_ok(trial_shares(&r->t, &why), &why);
    trial_settle(&r->t, 200 * DAY);
    trial_judge(&r->t);
}

static void assert_sentence(const struct rig *r, const char *want)
{
    struct buf b;

    buf_init(&b, 4096);
    trial_add_sentence(&b, &r->t);
    if (!str_eq(buf_view(&b), str_from_cz(want))) {
        print_error("got  %.*s\nwant %s\n", STR_ARG(buf_view(&b)), want);
        fail();
    }
    buf_fini(&b);
}

/* ---- which time ---- */

static void compares_the_time_that_variants_share(void **state)
{
    (void)state;
    struct rig r;

    rig_init(&r, 100, 100, 1);
    trial_settle(&r.t, 200 * DAY);
    assert_int_equal(r.t.from_us, 100 * DAY);
    assert_int_equal(r.t.to_us, 128 * DAY);
    assert_false(r.t.is_rolled_out);
    assert_false(r.t.is_over);

    /* One begins late. */
    r.variant[1].extent.first_us = 104 * DAY;
    trial_settle(&r.t, 200 * DAY);
    assert_int_equal(r.t.from_us, 104 * DAY);
    /* Less than two days is no matter. */
    r.variant[1].extent.first_us = 101 * DAY;
    trial_settle(&r.t, 200 * DAY);
    assert_int_equal(r.t.from_us, 100 * DAY);
    /* Nor are four, of a variant with a call a day. */
    r.variant[1].extent.first_us = 104 * DAY;
    r.variant[1].extent.n = 24;
    trial_settle(&r.t, 200 * DAY);
    assert_int_equal(r.t.from_us, 100 * DAY);
}

static void sees_a_rollout_in_the_calls(void **state)
{
    (void)state;
    struct rig r;

    rig_init(&r, 100, 100, 1);
    r.variant[0].extent.last_us = 114 * DAY - 1;
    trial_settle(&r.t, 200 * DAY);
    assert_true(r.t.is_rolled_out);
    assert_str(r.t.rolled_out, "treatment");
    assert_int_equal(r.t.rollout_us, 114 * DAY);
    assert_int_equal(r.t.to_us, 114 * DAY);

    /* What is registered counts for more. */
    r.t.plan.x.rolled_out = STR("treatment");
    r.t.plan.x.rollout_us = 112 * DAY;
    r.t.plan.x.start_us = 101 * DAY;
    r.t.plan.x.end_us = 113 * DAY;
    trial_settle(&r.t, 200 * DAY);
    assert_int_equal(r.t.from_us, 101 * DAY);
    assert_int_equal(r.t.to_us, 112 * DAY);
    assert_true(r.t.is_over);
    trial_settle(&r.t, 112 * DAY);
    assert_false(r.t.is_over);
}

static void finds_the_control(void **state)
{
    (void)state;
    struct rig r;

    rig_init(&r, 100, 100, 1);
    r.variant[0].name = STR("blue");
    r.variant[1].name = STR("green");
    trial_settle(&r.t, 200 * DAY);
    assert_int_equal(r.t.control, 0);
    r.variant[1].name = STR("off");
    trial_settle(&r.t, 200 * DAY);
    assert_int_equal(r.t.control, 1);
    r.t.plan.control = STR("blue");
    trial_settle(&r.t, 200 * DAY);
    assert_int_equal(r.t.control, 0);
}

/* ---- the split ---- */

static enum trial_split split_of(int n_control, int n_treatment,
                                 const char *stated)
{
    struct rig r;

    rig_init(&r, n_control, n_treatment, 1);
    r.t.plan.split = str_from_cz(stated);
    judge(&r);
    return r.t.split;
}

static void checks_the_split(void **state)
{
    (void)state;

    assert_int_equal(split_of(1500, 1500, ""), TRIAL_SPLIT_OK);
    assert_int_equal(split_of(1650, 1350, ""), TRIAL_SPLIT_BROKEN);
    assert_int_equal(split_of(1800, 1200, ""), TRIAL_SPLIT_BROKEN);
    assert_int_equal(split_of(1500, 1350, ""), TRIAL_SPLIT_DOUBT);
    assert_int_equal(split_of(1050, 450, ""), TRIAL_SPLIT_UNCHECKED);
    assert_int_equal(split_of(1050, 450, "control:70,treatment:30"),
                     TRIAL_SPLIT_OK);
    assert_int_equal(split_of(1050, 450, "treatment: 1, control: 1"),
                     TRIAL_SPLIT_BROKEN);
}

static void a_registered_split_may_be_partial(void **state)
{
    (void)state;
    static const struct experiment_share split[] = {{STR_INIT("control"), 9},
                                                    {STR_INIT("treatment"), 1},
                                                    {STR_INIT("gone"), 5}};
    struct rig r;

    rig_init(&r, 900, 100, 1);
    r.t.plan.x.split = split;
    r.t.plan.x.n_split = 3;
    judge(&r);
    assert_int_equal(r.t.split, TRIAL_SPLIT_OK);
    assert_true(r.variant[0].share > 0.89 && r.variant[0].share < 0.91);
    r.t.n = 3;
    judge(&r);
    assert_int_equal(r.t.split, TRIAL_SPLIT_UNCHECKED);
    assert_true(r.t.is_split_partial);
}

static void refuses_splits_that_are_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "control",
        "control:1",
        "control:1,other:1",
        "control:1,treatment:0",
        "control:-1,treatment:1",
        "control:x,treatment:1",
        ",",
        ":1",
    };

    for (size_t i = 0; i < ARRAY_N(wrong); i++) {
        struct rig r;
        rig_init(&r, 10, 10, 1);
        r.t.plan.split = str_from_cz(wrong[i]);
        assert_rc(trial_shares(&r.t, &why), RC_INVALID);
        assert_non_null(strstr(why.text, "split must be like"));
    }
}

/* ---- verdicts ---- */

static void tells_who_costs_less(void **state)
{
    (void)state;
    struct rig r;

    rig_init(&r, 500, 500, 0.8);
    judge(&r);
    assert_int_equal(trial_verdict(&r.t), TRIAL_VERDICT_DIFFERS);
    assert_sentence(&r, "treatment costs 15 % to 24 % less per user than "
                        "control, and 15 % to 24 % less per request.");
    rig_init(&r, 500, 500, 1.3);
    judge(&r);
    assert_sentence(&r, "treatment costs 23 % to 38 % more per user than "
                        "control, and 23 % to 38 % more per request.");
}

static void tells_when_nothing_can_be_told(void **state)
{
    (void)state;
    struct rig r;

    rig_init(&r, 500, 500, 1.01);
    judge(&r);
    assert_int_equal(trial_verdict(&r.t), TRIAL_VERDICT_ALIKE);
    assert_sentence(&r,
                    "no difference in cost per user can be told yet: treatment "
                    "costs somewhere between 4.6 % less and 6.9 % more than "
                    "control.");
    r.t.plan.x.end_us = 128 * DAY;
    judge(&r);
    assert_sentence(&r, "no difference in cost per user can be told: treatment "
                        "costs somewhere between 2.6 % less and 4.7 % more "
                        "than control.");
}

/* Looked at again and again, more is needed than once at the end. */
static void the_end_decides_what_looking_could_not(void **state)
{
    (void)state;
    struct rig r;

    rig_init(&r, 500, 500, 1.05);
    judge(&r);
    assert_int_equal(trial_verdict(&r.t), TRIAL_VERDICT_ALIKE);
    r.t.plan.x.end_us = 128 * DAY;
    judge(&r);
    assert_int_equal(trial_verdict(&r.t), TRIAL_VERDICT_DIFFERS);
}

/* Users differ in size, and treatment costs 10 % more. */
static void a_past_tells_what_sizes_hide(void **state)
{
    (void)state;
    struct rig r;
    struct rand rand;

    rig_init(&r, 0, 0, 1);
    rand_init(&rand, 5);
    for (int i = 0; i < 1000; i++) {
        double own = rand_lognormal(&rand, 0, 1);
        double usd =
            (i % 2 == 0 ? 1.0 : 1.1) * own * (0.9 + 0.2 * rand_f64(&rand));
        tally_add(&r.variant[i % 2].requests, usd, 1);
        tally_add(&r.variant[i % 2].runs, usd, 0);
        tally_add(&r.variant[i % 2].before, usd, i < 450 ? own : 0);
        r.t.n_with_before += i < 450 ? 1 : 0;
    }
    r.t.before = (void *)&r; /* only looked at for NULL */
    judge(&r);
    assert_int_equal(r.t.primary, TRIAL_PER_UNIT); /* too few have a past */
    assert_int_equal(trial_verdict(&r.t), TRIAL_VERDICT_ALIKE);
    for (int v = 0; v < 2; v++) {
        r.variant[v].before = (struct tally){.n = 0};
    }
    rand_init(&rand, 5);
    for (int i = 0; i < 1000; i++) {
        double own = rand_lognormal(&rand, 0, 1);
        double usd =
            (i % 2 == 0 ? 1.0 : 1.1) * own * (0.9 + 0.2 * rand_f64(&rand));
        tally_add(&r.variant[i % 2].before, usd, own);
    }
    r.t.n_with_before = 1000;
    judge(&r);
    assert_int_equal(r.t.primary, TRIAL_PER_UNIT_ADJUSTED);
    assert_int_equal(trial_verdict(&r.t), TRIAL_VERDICT_DIFFERS);
    const struct comparison *c =
        &r.variant[1].result[TRIAL_PER_UNIT_ADJUSTED].ever;
    assert_true(c->lo > 1.05 && c->lo < 1.1 && c->hi > 1.1 && c->hi < 1.15);
}

static void three_variants_are_read_together(void **state)
{
    (void)state;
    struct rig r;

    rig_init(&r, 500, 500, 1.05);
    r.t.n = 3;
    r.t.plan.x.end_us = 128 * DAY;
    add_units(&r.variant[2], 500, 1.0);
    judge(&r);
    /* p = 0.012 would do alone and does twice (0.025 would too). */
    const struct trial_result *two = &r.variant[1].result[TRIAL_PER_UNIT];
    assert_true(two->once.p < 0.025 && two->stands);
    assert_false(r.variant[2].result[TRIAL_PER_UNIT].stands);
    rig_init(&r, 400, 400, 1.042);
    r.t.plan.x.end_us = 128 * DAY;
    judge(&r);
    two = &r.variant[1].result[TRIAL_PER_UNIT];
    bool stands_alone = two->stands;
    double p = two->once.p;
    r.t.n = 3;
    add_units(&r.variant[2], 400, 1.0);
    judge(&r);
    assert_int_equal(p <= 0.025, r.variant[1].result[TRIAL_PER_UNIT].stands);
    assert_int_equal(stands_alone, p < 0.05);
}

static void says_what_is_lacking(void **state)
{
    (void)state;
    struct rig r;

    rig_init(&r, 500, 500, 0.5);
    r.t.n = 1;
    judge(&r);
    assert_sentence(&r, "There is nothing to compare: all calls have the "
                        "variant control.");
    rig_init(&r, 1, 1, 0.5);
    judge(&r);
    assert_sentence(&r, "Too few users to compare: each variant needs 20 at "
                        "least.");
    rig_init(&r, 500, 500, 0.5);
    r.t.has_cost = false;
    judge(&r);
    assert_sentence(
        &r,
        "No call of this experiment costs anything, so there is nothing to compare.");
    r.total[TRIAL_SUM_COST].is_null = true;
    assert_sentence(&r, "No call of this experiment has a price, so costs "
                        "cannot be compared; toll price MODEL tells why.");
    rig_init(&r, 0, 0, 0.5);
    r.t.unit = NULL;
    judge(&r);
    assert_sentence(&r, "No call names a user or a customer; without them "
                        "nobody can tell how sure a difference is.");
    rig_init(&r, 500, 500, 0.5);
    r.t.extent.last_us = 106 * DAY;
    judge(&r);
    assert_sentence(&r, "Too early for a verdict: 6.0 of 7 days have gone by, "
                        "and the days of a week differ.");
    rig_init(&r, 500, 500, 0.5);
    r.variant[0].extent.last_us = 103 * DAY;
    r.variant[1].extent.first_us = 110 * DAY;
    judge(&r);
    assert_sentence(&r, "The variants never ran at the same time, so what "
                        "differs may be the time.");
}

static void names_no_winner_when_units_went_astray(void **state)
{
    (void)state;
    struct rig r;

    rig_init(&r, 1650, 1350, 0.5);
    judge(&r);
    assert_int_equal(trial_verdict(&r.t), TRIAL_VERDICT_SPLIT);
    assert_sentence(
        &r,
        "No winner can be named: users went 1,650 to control "
        "(55.0 % of them, not 50.0 %) and 1,350 to treatment (45.0 "
        "% of them, not 50.0 %), which chance does less "
        "than once in a million times; find what loses or moves them first.");
}

static void survives_units_that_all_cost_the_same(void **state)
{
    (void)state;
    struct rig r;

    rig_init(&r, 0, 0, 1);
    for (int i = 0; i < 60; i++) {
        tally_add(&r.variant[i % 2].requests, 0.1, 1);
        tally_add(&r.variant[i % 2].runs, 0.1, 1);
    }
    judge(&r);
    assert_int_equal(trial_verdict(&r.t), TRIAL_VERDICT_ALIKE);
    assert_sentence(
        &r,
        "treatment cannot be compared: users cost nothing, or all the same.");
}

/* ---- causes ---- */

enum { COUNT_COLUMNS = 14 };

/* `n` calls of one model, all well: 2,000 tokens in, `out` tokens out, a
 * micro-dollar a token in, four a token out. */
static void count_row(struct answer_cell *cell, const char *variant,
                      const char *model, int64_t n, int64_t out)
{
    const int64_t count[8] = {n, n, 2000 * n, out * n, 2000 * n, out * n};

    cell[0].text = str_from_cz(variant);
    cell[1].text = str_from_cz(model);
    for (size_t i = 0; i < 8; i++) {
        cell[2 + i].count = count[i];
    }
    cell[10].usd.pico = 2000 * n * 1000000;
    cell[12].usd.pico = out * n * 4000000;
}

static void splits_the_cost_of_a_unit(void **state)
{
    (void)state;
    struct answer_cell cell[3 * COUNT_COLUMNS] = {{.is_null = false}};
    struct answer counts = {
        .n_columns = COUNT_COLUMNS, .n_rows = 2, .cell = cell};
    num_i128 part[CHANGE__COUNT];
    num_i128 sum = 0;
    struct arena arena;
    struct rig r;

    /* Fewer units with as many calls each, and twice the output. */
    rig_init(&r, 300, 100, 1);
    r.t.counts = &counts;
    count_row(&cell[0], "control", "m", 3000, 250);
    count_row(&cell[COUNT_COLUMNS], "treatment", "m", 1000, 500);
    arena_init(&arena, 64 * 1024);
    assert_rc(trial_causes(&r.t, &r.variant[1], &arena, part, &sum), RC_OK);
    assert_true(sum == (num_i128)10 * 250 * 4000000);
    assert_true(part[CHANGE_OUTPUT_TOKENS] == sum);
    for (size_t i = 0; i < CHANGE__COUNT; i++) {
        assert_true(part[i] == 0 || i == CHANGE_OUTPUT_TOKENS);
    }
    /* Fees are told a unit too. */
    cell[13].usd.pico = 300 * 7000;
    cell[COUNT_COLUMNS + 13].usd.pico = 100 * 1000;
    assert_rc(trial_causes(&r.t, &r.variant[1], &arena, part, &sum), RC_OK);
    assert_true(sum == (num_i128)10 * 250 * 4000000 - 6000);
    assert_true(part[CHANGE_OTHER] == 0 || part[CHANGE_OTHER] == -6000);
    /* A model that only one has: all parts still add up. */
    counts.n_rows = 3;
    count_row(&cell[2 * COUNT_COLUMNS], "control", "other", 600, 90);
    assert_rc(trial_causes(&r.t, &r.variant[1], &arena, part, &sum), RC_OK);
    num_i128 total = 0;
    for (size_t i = 0; i < CHANGE__COUNT; i++) {
        total += part[i];
    }
    assert_true(total == sum);
    assert_true(part[CHANGE_MODEL_MIX] != 0 && part[CHANGE_DAYS] == 0);
    counts.n_rows = 1;
    assert_rc(trial_causes(&r.t, &r.variant[1], &arena, part, &sum),
              RC_NOT_FOUND);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_the_time_that_variants_share),
        cmocka_unit_test(sees_a_rollout_in_the_calls),
        cmocka_unit_test(finds_the_control),
        cmocka_unit_test(checks_the_split),
        cmocka_unit_test(a_registered_split_may_be_partial),
        cmocka_unit_test(refuses_splits_that_are_none),
        cmocka_unit_test(tells_who_costs_less),
        cmocka_unit_test(tells_when_nothing_can_be_told),
        cmocka_unit_test(the_end_decides_what_looking_could_not),
        cmocka_unit_test(a_past_tells_what_sizes_hide),
        cmocka_unit_test(three_variants_are_read_together),
        cmocka_unit_test(says_what_is_lacking),
        cmocka_unit_test(names_no_winner_when_units_went_astray),
        cmocka_unit_test(splits_the_cost_of_a_unit),
        cmocka_unit_test(survives_units_that_all_cost_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
