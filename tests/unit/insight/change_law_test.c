/* What holds of every split, whatever the numbers: against plain loops over all
 * orders, and of random accounts. */
#include "change_test.h"

#include "base/attr.h"
#include "base/rand.h"

/* ---- all orders ---- */

static void swap(size_t *a, size_t *b)
{
    size_t t = *a;

    *a = *b;
    *b = t;
}

/* The next order of 0..n-1 in the dictionary's order; false behind the
 * last. */
static bool next_order(size_t *order, size_t n)
{
    size_t i = n - 1;
    size_t j = n - 1;

    while (i > 0 && order[i - 1] > order[i]) {
        i--;
    }
    if (i == 0) {
        return false;
    }
    while (order[j] < order[i - 1]) {
        j--;
    }
    swap(&order[i - 1], &order[j]);
    for (j = n - 1; i < j; i++, j--) {
        swap(&order[i], &order[j]);
    }
    return true;
}

static void products_by_all_orders(const double *a, const double *b, size_t n,
                                   double *ret)
{
    size_t order[CHANGE_FACTORS_MAX];
    double n_orders = 0;

    for (size_t i = 0; i < n; i++) {
        order[i] = i;
        ret[i] = 0;
    }
    do {
        bool changed[CHANGE_FACTORS_MAX] = {false};
        for (size_t k = 0; k < n; k++) {
            double before = 1;
            double after = 1;
            for (size_t i = 0; i < n; i++) {
                before *= changed[i] ? b[i] : a[i];
                after *= changed[i] || i == order[k] ? b[i] : a[i];
            }
            ret[order[k]] += after - before;
            changed[order[k]] = true;
        }
        n_orders++;
    } while (next_order(order, n));
    for (size_t i = 0; i < n; i++) {
        ret[i] /= n_orders;
    }
}

static void averages_all_orders(void **state)
{
    (void)state;
    struct rand r;

    rand_init(&r, 4);
    for (size_t n = 1; n <= 7; n++) {
        for (size_t round = 0; round < 10; round++) {
            double a[CHANGE_FACTORS_MAX];
            double b[CHANGE_FACTORS_MAX];
            double want[CHANGE_FACTORS_MAX];
            double got[CHANGE_FACTORS_MAX];
            double swapped[CHANGE_FACTORS_MAX];

            for (size_t i = 0; i < n; i++) {
                a[i] = rand_below(&r, 5) == 0 ? 0 : rand_f64(&r) * 3;
                b[i] = rand_below(&r, 5) == 0 ? a[i] : rand_f64(&r) * 3;
            }
            products_by_all_orders(a, b, n, want);
            change_product(a, b, n, got);
            change_product(b, a, n, swapped);
            for (size_t i = 0; i < n; i++) {
                assert_near(got[i], want[i], 1e-9);
                assert_memory_equal(&got[i], &(double){0 - swapped[i]},
                                    fabs(got[i]) > 0 ? sizeof(double) : 0);
            }
        }
    }
}

/* ---- the whole cell, by all subsets of its eight causes ---- */

/* A cell's factors as docs/methods.md has them, without the module's help. */
struct plain {
    double users, requests, share, in, out, waste_in, waste_out;
    double h_read, h_write, h_long;
    double p_in, p_read, p_write, p_long, p_out;
};

static double plain_cost(const struct plain *side[], unsigned subset)
{
    const struct plain *user = side[subset & 1];
    const struct plain *rate = side[subset >> 1 & 1];
    const struct plain *mix = side[subset >> 2 & 1];
    const struct plain *in = side[subset >> 3 & 1];
    const struct plain *cache = side[subset >> 4 & 1];
    const struct plain *out = side[subset >> 5 & 1];
    const struct plain *waste = side[subset >> 6 & 1];
    const struct plain *price = side[subset >> 7 & 1];
    double input =
        in->in * waste->waste_in *
        ((1 - cache->h_read - cache->h_write - cache->h_long) * price->p_in +
         cache->h_read * price->p_read + cache->h_write * price->p_write +
         cache->h_long * price->p_long);
    double output = out->out * waste->waste_out * price->p_out;

    return user->users * rate->requests * mix->share * (input + output);
}

static void plain_split(const struct plain *before, const struct plain *after,
                        double *ret)
{
    static const double factorial[] = {1, 1, 2, 6, 24, 120, 720, 5040, 40320};
    const struct plain *side[] = {before, after};

    for (unsigned j = 0; j < 8; j++) {
        ret[j] = 0;
        for (unsigned subset = 0; subset < 256; subset++) {
            unsigned size = 0;
            for (unsigned i = 0; i < 8; i++) {
                size += subset >> i & 1;
            }
            if (!(subset >> j & 1)) {
                ret[j] += factorial[size] * factorial[7 - size] / factorial[8] *
                          (plain_cost(side, subset | 1U << j) -
                           plain_cost(side, subset));
            }
        }
    }
}

static int64_t between(struct rand *r, int64_t low, int64_t high)
{
    return low + (int64_t)rand_below(r, (uint64_t)(high - low + 1));
}

/* A busy cell whose cache cost is its list's, times `scale`. */
static struct change_count random_count(struct rand *r,
                                        const struct change_list *list)
{
    struct change_count c = {.ok = between(r, 1, 5000)};

    c.attempts = c.ok + between(r, 0, 500);
    c.in_ok = c.ok * between(r, 1, 5000);
    c.out_ok = c.ok * between(r, 1, 900);
    c.in_all = c.in_ok + between(r, 0, c.in_ok);
    c.out_all = c.out_ok + between(r, 0, c.out_ok / 3);
    c.read_all = between(r, 0, c.in_all / 2);
    c.write_all = between(r, 0, c.in_all / 3);
    c.long_all = between(r, 0, c.write_all);
    c.cost_in = (num_i128)between(r, 100000, 9000000) *
                (c.in_all - c.read_all - c.write_all);
    c.cost_cache = (num_i128)((double)c.read_all * list->read +
                              (double)(c.write_all - c.long_all) * list->write +
                              (double)c.long_all * list->write_long);
    c.cost_out = (num_i128)between(r, 100000, 9000000) * c.out_all;
    c.cost_tools = between(r, 0, INT64_C(1000000000000));
    return c;
}

static struct plain plain_of(const struct change_count *c,
                             const struct change_list *list, double users)
{
    double in_all = (double)c->in_all;
    double rest = (double)(c->in_all - c->read_all - c->write_all);

    return (struct plain){
        .users = users,
        .requests = (double)c->ok / users,
        .share = 1,
        .in = (double)c->in_ok / (double)c->ok,
        .out = (double)c->out_ok / (double)c->ok,
        .waste_in = in_all / (double)c->in_ok,
        .waste_out = (double)c->out_all / (double)c->out_ok,
        .h_read = (double)c->read_all / in_all,
        .h_write = (double)(c->write_all - c->long_all) / in_all,
        .h_long = (double)c->long_all / in_all,
        .p_in = (double)c->cost_in / rest,
        .p_read = list->read,
        .p_write = list->write,
        .p_long = list->write_long,
        .p_out = (double)c->cost_out / (double)c->out_all,
    };
}

static void agrees_with_all_subsets(void **state)
{
    (void)state;
    static const enum change_cause cause[] = {
        CHANGE_USERS,     CHANGE_REQUESTS_PER_USER,
        CHANGE_MODEL_MIX, CHANGE_INPUT_TOKENS,
        CHANGE_CACHE,     CHANGE_OUTPUT_TOKENS,
        CHANGE_RETRIES,   CHANGE_PRICE};
    struct rand r;

    rand_init(&r, 8);
    for (size_t round = 0; round < 100; round++) {
        struct change_cell cell = {.scope = 0};
        struct change_scope scope = {.users = {0}};
        struct plain plain[CHANGE_SIDES];
        double want[8];

        for (size_t side = 0; side < CHANGE_SIDES; side++) {
            cell.list[side] = (struct change_list){
                true, 1e5 * rand_f64(&r) + 1e4, 1e6 * rand_f64(&r) + 1e5,
                2e6 * rand_f64(&r) + 1e5};
            cell.count[side] = random_count(&r, &cell.list[side]);
            scope.users[side] = (double)between(&r, 1, 400);
            plain[side] = plain_of(&cell.count[side], &cell.list[side],
                                   scope.users[side]);
        }
        plain_split(&plain[0], &plain[1], want);
        change_split(&cell, 1, &scope, 1, equal_days);
        double both = (double)(change_count_cost(&cell.count[0]) +
                               change_count_cost(&cell.count[1]));
        for (size_t i = 0; i < ARRAY_N(cause); i++) {
            assert_near((double)cell.part[cause[i]], want[i], 1e-10 * both);
        }
        assert_true(cell.part[CHANGE_OTHER] ==
                    cell.count[1].cost_tools - cell.count[0].cost_tools);
    }
}

/* ---- what always holds ---- */

enum { SCOPES = 6, MODELS = 5, PAIRS = 1000 };

struct world {
    struct change_cell cell[SCOPES * MODELS];
    struct change_scope scope[SCOPES];
    double days[CHANGE_SIDES];
};

/* Counts with every gap that real ones have. */
static struct change_count gappy_count(struct rand *r)
{
    static const struct change_list list = {true, 50000, 600000, 960000};
    struct change_count c = random_count(r, &list);

    switch (rand_below(r, 12)) {
    case 0:
    case 1:
        return (struct change_count){.ok = 0};
    case 2: /* nothing went well */
        c.ok = c.in_ok = c.out_ok = 0;
        break;
    case 3: /* requests without tokens, tokens in failures */
        c.in_ok = 0;
        break;
    case 4:
        c.out_ok = c.out_all = 0;
        break;
    case 5:
        c.read_all = c.write_all = c.long_all = 0;
        break;
    case 6: /* unpriced */
        c.cost_in = c.cost_cache = c.cost_out = c.cost_tools = 0;
        break;
    case 7: /* all of it cached */
        c.read_all = c.in_all - c.write_all;
        break;
    default:
        break;
    }
    return c;
}

static void make_world(struct rand *r, struct world *w)
{
    bool differ = rand_below(r, 3) == 0;

    *w = (struct world){.days = {7, differ ? 14.5 : 7}};
    for (size_t i = 0; i < SCOPES; i++) {
        bool is_new = rand_below(r, 10) == 0;
        for (size_t m = 0; m < MODELS; m++) {
            struct change_cell *c = &w->cell[i * MODELS + m];

            c->scope = i;
            c->count[0] = is_new ? c->count[0] : gappy_count(r);
            c->count[1] = gappy_count(r);
            c->list[0].is_known = rand_below(r, 2) == 0;
            c->list[0].read = rand_f64(r);
            c->list[0].write = rand_f64(r);
            c->list[0].write_long = rand_f64(r);
            c->list[1].is_known = rand_below(r, 2) == 0;
        }
        w->scope[i].users[0] =
            rand_below(r, 8) == 0 ? 0 : (double)between(r, 1, 99);
        w->scope[i].users[1] = (double)between(r, 1, 99);
    }
}

static void split(struct world *w)
{
    change_split(w->cell, ARRAY_N(w->cell), w->scope, SCOPES, w->days);
}

static void swap_sides(struct world *w)
{
    for (size_t i = 0; i < ARRAY_N(w->cell); i++) {
        struct change_cell *c = &w->cell[i];
        struct change_cell was = *c;

        c->count[0] = was.count[1];
        c->count[1] = was.count[0];
        c->list[0] = was.list[1];
        c->list[1] = was.list[0];
    }
    for (size_t i = 0; i < SCOPES; i++) {
        double users = w->scope[i].users[0];
        w->scope[i].users[0] = w->scope[i].users[1];
        w->scope[i].users[1] = users;
    }
    double days = w->days[0];
    w->days[0] = w->days[1];
    w->days[1] = days;
}

static enum change_cause mirrored(enum change_cause cause)
{
    return cause == CHANGE_NEW       ? CHANGE_REMOVED
           : cause == CHANGE_REMOVED ? CHANGE_NEW
                                     : cause;
}

static void adds_up_to_the_pico_dollar(void **state)
{
    (void)state;
    struct rand r;
    struct world w;

    rand_init(&r, 1);
    for (size_t pair = 0; pair < PAIRS; pair++) {
        make_world(&r, &w);
        split(&w);
        for (size_t i = 0; i < ARRAY_N(w.cell); i++) {
            const struct change_cell *c = &w.cell[i];
            num_i128 sum = 0;
            for (size_t k = 0; k < CHANGE__COUNT; k++) {
                sum += c->part[k];
            }
            assert_true(sum == change_count_cost(&c->count[1]) -
                                   change_count_cost(&c->count[0]));
        }
    }
}

static void swapping_turns_every_sign(void **state)
{
    (void)state;
    struct rand r;
    struct world w;
    struct world back;

    rand_init(&r, 2);
    for (size_t pair = 0; pair < PAIRS; pair++) {
        make_world(&r, &w);
        back = w;
        swap_sides(&back);
        split(&w);
        split(&back);
        for (size_t i = 0; i < ARRAY_N(w.cell); i++) {
            for (enum change_cause k = CHANGE_USERS; k < CHANGE__COUNT; k++) {
                assert_true(w.cell[i].part[k] ==
                            -back.cell[i].part[mirrored(k)]);
            }
        }
    }
}

static void order_changes_nothing(void **state)
{
    (void)state;
    struct rand r;
    struct world w;
    struct world other;

    rand_init(&r, 3);
    for (size_t pair = 0; pair < PAIRS; pair++) {
        size_t at[SCOPES * MODELS]; /* where a cell has gone */

        make_world(&r, &w);
        other = w;
        for (size_t i = 0; i < ARRAY_N(at); i++) {
            at[i] = i;
        }
        for (size_t i = ARRAY_N(at) - 1; i > 0; i--) {
            swap(&at[i], &at[rand_below(&r, i + 1)]);
        }
        for (size_t i = 0; i < ARRAY_N(at); i++) {
            other.cell[at[i]] = w.cell[i];
            other.cell[at[i]].scope = SCOPES - 1 - w.cell[i].scope;
        }
        for (size_t i = 0; i < SCOPES; i++) {
            other.scope[SCOPES - 1 - i] = w.scope[i];
        }
        split(&w);
        split(&other);
        for (size_t i = 0; i < ARRAY_N(at); i++) {
            assert_memory_equal(w.cell[i].part, other.cell[at[i]].part,
                                sizeof(w.cell[i].part));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(averages_all_orders),
        cmocka_unit_test(agrees_with_all_subsets),
        cmocka_unit_test(adds_up_to_the_pico_dollar),
        cmocka_unit_test(swapping_turns_every_sign),
        cmocka_unit_test(order_changes_nothing),
    };
    return cmocka_run_group_tests_name("insight/change_law", tests, NULL, NULL);
}
