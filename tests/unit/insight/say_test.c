/* How amounts are worded. */
#include "test.h"

#include "base/usd.h"
#include "insight/say.h"

static void says(struct buf *b, const char *want)
{
    struct str s = buf_view(b);

    assert_int_equal(s.n, strlen(want));
    assert_memory_equal(s.p, want, s.n);
    buf_clear(b);
}

static void money_shows_what_it_is(void **state)
{
    static const struct {
        num_i128 pico;
        const char *usd, *change;
    } cases[] = {
        {0, "$0.00", "$0.00"},
        {412 * (num_i128)USD_PICO_PER_DOLLAR + USD_PICO_PER_DOLLAR / 10 * 3,
         "$412.30", "+$412.30"},
        {-(num_i128)USD_PICO_PER_DOLLAR * 1234567, "-$1,234,567.00",
         "-$1,234,567.00"},
        {USD_PICO_PER_DOLLAR / 100, "$0.01", "+$0.01"},
        {-USD_PICO_PER_DOLLAR / 1000, "-$0.001", "-$0.001"},
        {1, "$0.000000000001", "+$0.000000000001"},
    };
    struct buf b;

    (void)state;
    buf_init(&b, 1024);
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        say_usd(&b, cases[i].pico);
        says(&b, cases[i].usd);
        say_usd_change(&b, cases[i].pico);
        says(&b, cases[i].change);
    }
    buf_fini(&b);
}

static void counts_are_grouped_alike(void **state)
{
    static const struct {
        num_i128 n;
        const char *want;
    } cases[] = {
        {0, "0"},
        {999, "999"},
        {-1000, "-1,000"},
        {INT64_MAX, "9,223,372,036,854,775,807"},
        {(num_i128)INT64_MAX * INT64_MAX,
         "85,070,591,730,234,615,847,396,907,784,232,501,249"},
    };
    struct buf b;

    (void)state;
    buf_init(&b, 1024);
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        say_count(&b, cases[i].n);
        says(&b, cases[i].want);
        assert_string_equal(say_counted(cases[i].n).cz, cases[i].want);
    }
    buf_fini(&b);
}

static void changes_know_nothing_and_manifold(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1024);
    say_change(&b, 100, 138);
    says(&b, "+38.0 %");
    say_change(&b, 100, 50);
    says(&b, "-50.0 %");
    say_change(&b, 1, 12.4);
    says(&b, "x12.4");
    say_change(&b, 0, 5);
    says(&b, "new");
    say_change(&b, 0, 0);
    says(&b, "unchanged");
    buf_fini(&b);
}

static void among_dollars_cents_suffice(void **state)
{
    const num_i128 small = USD_PICO_PER_DOLLAR / 100 * 2;
    struct buf b;

    (void)state;
    buf_init(&b, 1024);
    say_usd_among(&b, true, small / 3, USD_PICO_PER_DOLLAR * 5);
    says(&b, "+$0.01");
    say_usd_among(&b, false, -small / 3, USD_PICO_PER_DOLLAR * 5);
    says(&b, "-$0.01");
    say_usd_among(&b, true, -small / 5, USD_PICO_PER_DOLLAR * 5);
    says(&b, "$0.00");
    say_usd_among(&b, false, small / 4, small);
    says(&b, "$0.005");
    buf_fini(&b);
}

static void cells_are_said_by_their_kind(void **state)
{
    const struct answer_cell count = {.count = -1234567};
    const struct answer_cell share = {.real = 0.381};
    const struct answer_cell none = {.is_null = true};
    struct buf b;

    (void)state;
    buf_init(&b, 1024);
    say_cell(&b, ANSWER_COUNT, false, &count);
    says(&b, "-1,234,567");
    say_cell(&b, ANSWER_RATIO, true, &share);
    says(&b, "+38.1 %");
    say_cell(&b, ANSWER_DURATION, false, &(struct answer_cell){.real = 12.6});
    says(&b, "13 ms");
    say_cell(&b, ANSWER_USD, true, &none);
    says(&b, "-");
    say_name(&b, STR("share_of_cost"));
    says(&b, "share of cost");
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(money_shows_what_it_is),
        cmocka_unit_test(counts_are_grouped_alike),
        cmocka_unit_test(changes_know_nothing_and_manifold),
        cmocka_unit_test(among_dollars_cents_suffice),
        cmocka_unit_test(cells_are_said_by_their_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
