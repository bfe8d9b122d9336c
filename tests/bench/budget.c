/* What a budget's decision costs: nanoseconds a call, for so many budgets that
 * cover it, and the memory of counters by value.  Prints "NAME<tab>NUMBER". */
#include "base/clock.h"
#include "base/thread.h"
#include "base/why.h"
#include "budget/budget_bound.h"
#include "budget/budget_meter.h"
#include "price/book.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4, TEXT_MAX = 32 };

struct run {
    struct budget_meter *meter;
    int64_t n;
    double ns;
};

static void whole_day(void *arg, enum budget_period period, int64_t at_us,
                      int64_t *ret_from_us, int64_t *ret_to_us)
{
    const int64_t day_us = INT64_C(86400) * 1000000;

    (void)arg;
    (void)period;
    *ret_from_us = at_us / day_us * day_us;
    *ret_to_us = *ret_from_us + day_us;
}

static const struct budget_step steps[] = {
    {.percent = 80, .action = BUDGET_NOTIFY},
    {.percent = 100, .action = BUDGET_FALLBACK, .model = {"gpt-4o-mini", 11}},
    {.percent = 120, .action = BUDGET_BLOCK},
};

/* Every other one counts by user. */
static void use(struct budget_meter *meter, int n)
{
    struct budgets *budgets = budgets_new();
    char name[TEXT_MAX];
    struct why why;

    for (int i = 0; i < n; i++) {
        int len = snprintf(name, sizeof name, "b%d", i);
        struct str value = STR("search");
        const struct budget_scope scope = {
            .key = {.dim = DIM_FEATURE}, .value = &value, .n_values = 1};
        const struct budget b = {
            .name = {name, (size_t)len},
            .where = &scope,
            .n_where = 1,
            .has_per = i % 2 == 1,
            .per = {.dim = DIM_USER},
            .period = BUDGET_DAY,
            .unit = BUDGET_USD,
            .limit = INT64_MAX / 1000,
            .step = steps,
            .n_steps = sizeof steps / sizeof steps[0],
            .unpriced = BUDGET_UNPRICED_BLOCK,
            .output_tok = LIMIT_BUDGET_OUTPUT_TOK,
        };

        if (budgets_add(budgets, &b, &why) != RC_OK) {
            fprintf(stderr, "%s\n", why.text);
            exit(1);
        }
    }
    struct budget_draft *draft =
        budget_draft_new(meter, budgets, clock_now_us());
    budget_draft_use(&draft, clock_now_us());
    budgets_unref(&budgets);
}

static struct event call_of(int64_t user, char text[static TEXT_MAX])
{
    struct event ev;
    int n = snprintf(text, TEXT_MAX, "user-%lld", (long long)user);

    event_init(&ev);
    ev.ts_us = clock_now_us();
    ev.dim[DIM_PROVIDER] = STR("openai");
    ev.dim[DIM_MODEL] = STR("gpt-4o");
    ev.dim[DIM_FEATURE] = STR("search");
    ev.dim[DIM_USER] = (struct str){text, (size_t)n};
    return ev;
}

static void *ask_main(void *arg)
{
    struct run *r = arg;
    struct budget_desk *desk = budget_desk_new(r->meter);
    char text[TEXT_MAX];
    struct event ev = call_of(7, text);
    const struct budget_ask ask = {.ev = &ev,
                                   .input_tok = 4000,
                                   .output_tok = 500,
                                   .n_choices = 1,
                                   .may_fall_back = true,
                                   .may_hold = true,
                                   .now_us = ev.ts_us};
    int64_t start = clock_mono_us();

    for (int64_t i = 0; i < r->n; i++) {
        struct budget_answer a;

        budget_admit(desk, &ask, &a);
        budget_release(r->meter, &a.hold);
        budget_answer_fini(&a);
    }
    r->ns = (double)(clock_mono_us() - start) * 1000 / (double)r->n;
    budget_desk_free(&desk);
    return NULL;
}

static double ask_together(struct budget_meter *meter, int64_t n)
{
    struct thread thread[THREADS];
    struct run run[THREADS];
    double slowest = 0;
    struct why why;

    for (int i = 0; i < THREADS; i++) {
        thread[i] = (struct thread){.started = false};
        run[i] = (struct run){.meter = meter, .n = n};
        if (thread_start(&thread[i], "ask", ask_main, &run[i], &why) != RC_OK) {
            exit(1);
        }
    }
    for (int i = 0; i < THREADS; i++) {
        thread_join(&thread[i]);
        slowest = run[i].ns > slowest ? run[i].ns : slowest;
    }
    return slowest;
}

static double spend(struct budget_meter *meter, int64_t n, int64_t n_users)
{
    char text[TEXT_MAX];
    int64_t start = clock_mono_us();

    for (int64_t i = 0; i < n; i++) {
        struct event ev = call_of(i % n_users, text);

        ev.cost.priced = true;
        ev.cost.input.pico = 1000000;
        budget_spend(meter, &ev, ev.ts_us);
    }
    return (double)(clock_mono_us() - start) * 1000 / (double)n;
}

int main(int argc, char **argv)
{
    static const int counts[] = {0, 1, 10, 100};
    int64_t n = argc > 1 ? (int64_t)strtoll(argv[1], NULL, 10) : 200000;
    struct book_source src = book_source_builtin();
    struct price_book *book = NULL;
    struct why why;

    if (n < 1 || book_load(&src, &book, &why) != RC_OK) {
        return 1;
    }
    struct budget_meter *meter =
        budget_meter_new(&(struct budget_meter_options){.span = whole_day});
    budget_meter_price(meter, book);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct run run = {.meter = meter, .n = n};

        use(meter, counts[i]);
        (void)ask_main(&run);
        printf("ask %d\t%.1f\n", counts[i], run.ns);
        printf("ask together %d\t%.1f\n", counts[i],
               ask_together(meter, n / THREADS + 1));
        printf("spend %d\t%.1f\n", counts[i], spend(meter, n, 1));
    }
    struct str body = {calloc(1, 1 << 20), 1 << 20};
    int64_t start = clock_mono_us();
    int64_t tokens = 0;
    for (int i = 0; i < 100; i++) {
        tokens += budget_input_tok(str_sub(body, 0, body.n - (size_t)i));
    }
    printf("bound of 1 MiB\t%.1f\n",
           tokens > 0 ? (double)(clock_mono_us() - start) * 10 : 0.0);
    use(meter, 2);
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    int64_t values = LIMIT_BUDGET_VALUES_MAX;
    (void)spend(meter, 2 * values, 2 * values);
    printf("bytes of %d values\t%zu\n", 2 * LIMIT_BUDGET_VALUES_MAX,
           mallinfo2().uordblks + mallinfo2().hblkhd - before);
    budget_meter_free(&meter);
    book_unref(&book);
    free((char *)(uintptr_t)body.p);
    return 0;
}
