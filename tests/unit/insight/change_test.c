/* Splits whose parts docs/methods.md states, and its edges. */
#include "change_test.h"

#include "base/attr.h"

/* ---- the worked cases of docs/methods.md ---- */

/* One model's month: as the cases state it, tokens a request and dollars a
 * million tokens. */
struct stated {
    double ok, in, cached, out;
    double price_in, price_cache, price_out;
    double waste_in, waste_out;
};

enum { SCALE = 100000 }; /* so that every count is whole */

static int64_t whole(double x)
{
    assert_true(fabs(x - round(x)) < 1e-3);
    return (int64_t)round(x);
}

static num_i128 pico(double usd_per_million, int64_t tokens)
{
    return (num_i128)whole(usd_per_million * 1e6) * tokens;
}

static struct change_count count_of(const struct stated *s)
{
    struct change_count c = {.ok = whole(s->ok * SCALE)};

    c.attempts = c.ok;
    c.in_ok = whole(s->ok * s->in * SCALE);
    c.in_all = whole(s->ok * s->in * s->waste_in * SCALE);
    c.out_ok = whole(s->ok * s->out * SCALE);
    c.out_all = whole(s->ok * s->out * s->waste_out * SCALE);
    c.read_all = whole((double)c.in_all * s->cached);
    c.cost_in = pico(s->price_in, c.in_all - c.read_all);
    c.cost_cache = pico(s->price_cache, c.read_all);
    c.cost_out = pico(s->price_out, c.out_all);
    return c;
}

static const struct stated base = {1000, 2000, .25, 300, .5, .05, 2, 1, 1};

struct expected {
    enum change_cause cause;
    double usd;
};

static double line_usd(const struct change_cell *cell, size_t n,
                       enum change_cause cause)
{
    num_i128 sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += cell[i].part[cause];
    }
    return (double)sum / 1e12 / SCALE;
}

/* Every line to six decimals; those not expected are 0. */
static void assert_lines(struct change_cell *cell, size_t n,
                         double users_before, double users_after,
                         const struct expected *want, size_t n_want)
{
    struct change_scope scope = {.users = {users_before, users_after}};

    change_split(cell, n, &scope, 1, equal_days);
    for (enum change_cause cause = CHANGE_USERS; cause < CHANGE__COUNT;
         cause++) {
        double usd = 0;
        for (size_t i = 0; i < n_want; i++) {
            usd = want[i].cause == cause ? want[i].usd : usd;
        }
        assert_near(line_usd(cell, n, cause), usd, 5.1e-7);
    }
}

static void one_model(struct stated now, double users, enum change_cause cause,
                      double usd)
{
    struct change_cell cell = {.count = {count_of(&base), count_of(&now)}};
    struct expected want = {cause, usd};

    assert_lines(&cell, 1, 100, users, &want, 1);
}

static void doubles_the_traffic(void **state)
{
    (void)state;
    struct stated now = base;

    now.ok = 2000;
    one_model(now, 200, CHANGE_USERS, 1.375);
    one_model(now, 100, CHANGE_REQUESTS_PER_USER, 1.375);
}

static void grows_the_prompt(void **state)
{
    (void)state;
    struct stated now = base;

    now.in = 3500;
    one_model(now, 100, CHANGE_INPUT_TOKENS, .58125);
}

static void switches_the_model(void **state)
{
    (void)state;
    struct stated large = base;

    large.price_in = 5;
    large.price_cache = .5;
    large.price_out = 20;
    struct change_cell cell[] = {
        {.count = {count_of(&base), {.ok = 0}}},
        {.count = {{.ok = 0}, count_of(&large)}},
    };
    struct expected want = {CHANGE_MODEL_MIX, 12.375};
    assert_lines(cell, ARRAY_N(cell), 100, 100, &want, 1);
}

static void breaks_the_cache(void **state)
{
    (void)state;
    struct stated now = base;

    now.cached = 0;
    one_model(now, 100, CHANGE_CACHE, .225);
}

static void storms_with_retries(void **state)
{
    (void)state;
    struct stated now = base;

    now.waste_in = 1.6;
    now.waste_out = 1.4;
    one_model(now, 100, CHANGE_RETRIES, .705);
}

static const struct stated mixed_small = {924,  2100, .1,   345, .55,
                                          .055, 2.2,  1.08, 1.05};
static const struct stated mixed_large = {396, 2600, .1,   345, 5,
                                          .5,  20,   1.08, 1.05};

static void mixes_everything(void **state)
{
    (void)state;
    struct change_cell cell[] = {
        {.count = {count_of(&base), count_of(&mixed_small)}},
        {.count = {{.ok = 0}, count_of(&mixed_large)}},
    };
    static const struct expected want[] = {
        {CHANGE_USERS, .860870},      {CHANGE_REQUESTS_PER_USER, .455663},
        {CHANGE_MODEL_MIX, 5.289218}, {CHANGE_INPUT_TOKENS, .543032},
        {CHANGE_CACHE, .458864},      {CHANGE_OUTPUT_TOKENS, .263322},
        {CHANGE_RETRIES, .315730},    {CHANGE_PRICE, .152021},
    };
    assert_lines(cell, ARRAY_N(cell), 100, 120, want, ARRAY_N(want));
}

/* ---- the edges, as docs/methods.md counts them ---- */

static void split_one(struct change_cell *cell, double users_before,
                      double users_after)
{
    struct change_scope scope = {.users = {users_before, users_after}};

    change_split(cell, 1, &scope, 1, equal_days);
}

static void assert_only(const struct change_cell *cell, enum change_cause cause)
{
    num_i128 delta = change_count_cost(&cell->count[CHANGE_AFTER]) -
                     change_count_cost(&cell->count[CHANGE_BEFORE]);

    for (enum change_cause k = CHANGE_USERS; k < CHANGE__COUNT; k++) {
        assert_true(cell->part[k] == (k == cause ? delta : 0));
    }
}

static void names_new_and_removed_scopes(void **state)
{
    (void)state;
    struct change_cell is_new = {.count = {{.ok = 0}, count_of(&base)}};
    struct change_cell removed = {.count = {count_of(&base), {.ok = 0}}};

    is_new.count[1].cost_tools = 5;
    split_one(&is_new, 0, 100);
    assert_only(&is_new, CHANGE_NEW);
    split_one(&removed, 100, 0);
    assert_only(&removed, CHANGE_REMOVED);
}

/* A silent switch with a prompt that grows in the same breath: both show. */
static void a_new_model_takes_the_means_of_its_scope(void **state)
{
    (void)state;
    struct stated large = base;

    large.price_in = 5;
    large.price_cache = .5;
    large.price_out = 20;
    large.in = 4000;
    struct change_cell cell[] = {
        {.count = {count_of(&base), {.ok = 0}}},
        {.count = {{.ok = 0}, count_of(&large)}},
    };
    struct change_scope scope = {.users = {100, 100}};
    change_split(cell, ARRAY_N(cell), &scope, 1, equal_days);
    assert_true(line_usd(cell, 2, CHANGE_MODEL_MIX) > 12.375);
    assert_true(line_usd(cell, 2, CHANGE_INPUT_TOKENS) > 1);
    assert_near(line_usd(cell, 2, CHANGE_PRICE), 0, 1e-9);
    assert_near(line_usd(cell, 2, CHANGE_CACHE), 0, 1e-9);
    assert_near(line_usd(cell, 2, CHANGE_OUTPUT_TOKENS), 0, 1e-9);
}

static void a_total_outage_has_no_waste(void **state)
{
    (void)state;
    struct change_cell cell = {.count = {count_of(&base), count_of(&base)}};

    cell.count[1].ok = cell.count[1].in_ok = cell.count[1].out_ok = 0;
    split_one(&cell, 100, 100);
    for (enum change_cause k = CHANGE_USERS; k < CHANGE__COUNT; k++) {
        assert_true(cell.part[k] == 0);
    }
}

static void tokens_only_in_failures_count_as_useful(void **state)
{
    (void)state;
    struct change_cell cell = {.count = {count_of(&base), count_of(&base)}};

    cell.count[1].in_ok = 0;
    split_one(&cell, 100, 100);
    assert_true(cell.part[CHANGE_RETRIES] == 0);
    cell.count[1] = count_of(&base);
    cell.count[1].out_ok = 0;
    split_one(&cell, 100, 100);
    assert_true(cell.part[CHANGE_RETRIES] == 0);
}

static void unknown_users_leave_requests(void **state)
{
    (void)state;
    struct stated now = base;

    now.ok = 3000;
    struct change_cell cell = {.count = {count_of(&base), count_of(&now)}};
    split_one(&cell, 0, 100);
    assert_only(&cell, CHANGE_REQUESTS_PER_USER);
    split_one(&cell, 100, 0);
    assert_only(&cell, CHANGE_REQUESTS_PER_USER);
}

static void input_may_be_missing(void **state)
{
    (void)state;
    struct stated now = base;

    now.out = 600;
    struct change_cell cell = {.count = {count_of(&base), count_of(&now)}};
    for (size_t side = 0; side < CHANGE_SIDES; side++) {
        struct change_count *c = &cell.count[side];
        c->in_ok = c->in_all = c->read_all = 0;
        c->cost_in = c->cost_cache = 0;
    }
    split_one(&cell, 100, 100);
    assert_only(&cell, CHANGE_OUTPUT_TOKENS);
}

static void a_longer_side_is_its_own_line(void **state)
{
    (void)state;
    static const double days[] = {7, 14};
    struct stated twice = base;

    twice.ok = 2000;
    struct change_cell cell = {.count = {count_of(&base), count_of(&twice)}};
    struct change_scope scope = {.users = {100, 100}};
    change_split(&cell, 1, &scope, 1, days);
    assert_only(&cell, CHANGE_DAYS);
}

static void fees_and_orphans_are_other(void **state)
{
    (void)state;
    struct change_cell cell = {.count = {count_of(&base), count_of(&base)}};

    cell.count[0].cost_tools = 7000;
    cell.count[1].cost_tools = 500;
    split_one(&cell, 100, 100);
    assert_only(&cell, CHANGE_OTHER);
    /* A cost of output without output. */
    cell.count[0].out_ok = cell.count[0].out_all = 0;
    cell.count[1] = cell.count[0];
    cell.count[1].cost_out -= 12;
    split_one(&cell, 100, 100);
    assert_only(&cell, CHANGE_OTHER);
}

/* Writes in the place of reads are another use of the cache, and no price. */
static void writes_for_reads_are_cache(void **state)
{
    (void)state;
    static const struct change_list list = {true, 300000, 3750000, 6000000};
    struct change_cell cell = {.count = {count_of(&base), count_of(&base)},
                               .list = {list, list}};

    for (size_t side = 0; side < CHANGE_SIDES; side++) {
        struct change_count *c = &cell.count[side];
        c->write_all =
            side == CHANGE_BEFORE ? c->read_all / 10 : c->read_all / 2;
        c->read_all -= c->write_all;
        c->cost_cache =
            (num_i128)c->read_all * 300000 + (num_i128)c->write_all * 3750000;
    }
    split_one(&cell, 100, 100);
    assert_only(&cell, CHANGE_CACHE);
    /* So is a longer life of what is written. */
    cell.count[CHANGE_AFTER].long_all = cell.count[CHANGE_AFTER].write_all / 2;
    cell.count[CHANGE_AFTER].cost_cache +=
        (num_i128)cell.count[CHANGE_AFTER].long_all * (6000000 - 3750000);
    split_one(&cell, 100, 100);
    assert_only(&cell, CHANGE_CACHE);
    /* The list of one side is enough. */
    cell.list[CHANGE_BEFORE].is_known = false;
    split_one(&cell, 100, 100);
    assert_only(&cell, CHANGE_CACHE);
    /* So is a side that had only reads, at their price. */
    cell.list[CHANGE_AFTER].is_known = false;
    cell.count[CHANGE_AFTER].cost_cache -=
        (num_i128)cell.count[CHANGE_AFTER].long_all * (6000000 - 3750000);
    cell.count[CHANGE_AFTER].long_all = 0;
    cell.count[CHANGE_BEFORE].read_all += cell.count[CHANGE_BEFORE].write_all;
    cell.count[CHANGE_BEFORE].write_all = 0;
    cell.count[CHANGE_BEFORE].cost_cache =
        (num_i128)cell.count[CHANGE_BEFORE].read_all * 300000;
    split_one(&cell, 100, 100);
    assert_only(&cell, CHANGE_CACHE);
}

static void money_goes_by_the_largest_remainders(void **state)
{
    (void)state;
    static const double x[] = {1.5, 0, 2.7, -1.2};
    static const double minus_x[] = {-1.5, 0, -2.7, 1.2};
    static const double none[] = {0, 0, 0};
    num_i128 got[4];

    change_apportion(x, 4, 3, got);
    assert_true(got[0] == 1 && got[1] == 0 && got[2] == 3 && got[3] == -1);
    change_apportion(minus_x, 4, -3, got);
    assert_true(got[0] == -1 && got[1] == 0 && got[2] == -3 && got[3] == 1);
    change_apportion(x, 4, 100, got);
    assert_true(got[0] + got[1] + got[2] + got[3] == 100 && got[1] == 0);
    change_apportion(none, 3, 9, got);
    assert_true(got[0] == 0 && got[1] == 0 && got[2] == 9);
}

static void nothing_is_nothing(void **state)
{
    (void)state;
    struct change_cell cell = {.scope = 0};

    change_split(NULL, 0, NULL, 0, equal_days);
    split_one(&cell, 0, 0);
    for (size_t k = 0; k < CHANGE__COUNT; k++) {
        assert_true(cell.part[k] == 0);
    }
    for (enum change_cause k = CHANGE_USERS; k < CHANGE__COUNT; k++) {
        assert_true(change_cause_name(k).n > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_the_traffic),
        cmocka_unit_test(grows_the_prompt),
        cmocka_unit_test(switches_the_model),
        cmocka_unit_test(breaks_the_cache),
        cmocka_unit_test(storms_with_retries),
        cmocka_unit_test(mixes_everything),
        cmocka_unit_test(names_new_and_removed_scopes),
        cmocka_unit_test(a_new_model_takes_the_means_of_its_scope),
        cmocka_unit_test(a_total_outage_has_no_waste),
        cmocka_unit_test(tokens_only_in_failures_count_as_useful),
        cmocka_unit_test(unknown_users_leave_requests),
        cmocka_unit_test(input_may_be_missing),
        cmocka_unit_test(a_longer_side_is_its_own_line),
        cmocka_unit_test(fees_and_orphans_are_other),
        cmocka_unit_test(writes_for_reads_are_cache),
        cmocka_unit_test(money_goes_by_the_largest_remainders),
        cmocka_unit_test(nothing_is_nothing),
    };
    return cmocka_run_group_tests_name("insight/change", tests, NULL, NULL);
}
