/* A meter with a clock of its own, and calls to put to it. */
#ifndef TESTS_UNIT_BUDGET_BUDGET_TEST_H
#define TESTS_UNIT_BUDGET_BUDGET_TEST_H

#include "test.h"

#include "base/num.h"
#include "base/usd.h"
#include "base/utc.h"
#include "budget/budget_meter.h"
#include "price/book.h"
#include "price/cost.h"

#define DOLLAR USD_PICO_PER_DOLLAR
/* A day's noon. */
#define NOON INT64_C(1796040000000000) /* 2026-11-30T12:00:00Z */

struct rig {
    struct price_book *book;
    struct budget_meter *meter;
    struct budget_desk *desk;
    int n_notices;
    int last_percent;
    char last_value[64];
    size_t last_n;
    int64_t now_us;
};

/* UTC's days; enough of a calendar for what counts. */
static inline void rig_span(void *arg, enum budget_period period, int64_t at_us,
                            int64_t *ret_from_us, int64_t *ret_to_us)
{
    int64_t length = period == BUDGET_HOUR ? UTC_US_PER_HOUR : UTC_US_PER_DAY;

    (void)arg;
    *ret_from_us = num_floor_div(at_us, length) * length;
    *ret_to_us = *ret_from_us + length;
}

static inline void rig_notice(void *arg, const struct budget_notice *n)
{
    struct rig *r = arg;

    r->n_notices++;
    r->last_percent = n->step->percent;
    r->last_n =
        n->value.n < sizeof r->last_value ? n->value.n : sizeof r->last_value;
    for (size_t i = 0; i < r->last_n; i++) {
        r->last_value[i] = n->value.p[i];
    }
}

static inline void rig_init(struct rig *r)
{
    struct book_source src = book_source_builtin();
    struct why why;

    *r = (struct rig){.now_us = NOON};
    assert_ok(book_load(&src, &r->book, &why), &why);
    r->meter = budget_meter_new(&(struct budget_meter_options){
        .seed = 7,
        .span = rig_span,
        .notice = rig_notice,
        .notice_arg = r,
    });
    budget_meter_price(r->meter, r->book);
    r->desk = budget_desk_new(r->meter);
}

static inline void rig_fini(struct rig *r)
{
    budget_desk_free(&r->desk);
    budget_meter_free(&r->meter);
    book_unref(&r->book);
}

/* From now on these budgets. */
static inline void rig_use(struct rig *r, const struct budget *b, size_t n)
{
    struct budgets *budgets = budgets_new();
    struct why why;

    for (size_t i = 0; i < n; i++) {
        assert_ok(budgets_add(budgets, &b[i], &why), &why);
    }
    struct budget_draft *draft = budget_draft_new(r->meter, budgets, r->now_us);
    budget_draft_use(&draft, r->now_us);
    budgets_unref(&budgets);
}

static inline struct budget rig_budget(const struct budget_step *step, size_t n)
{
    return (struct budget){
        .name = STR("b"),
        .period = BUDGET_DAY,
        .unit = BUDGET_USD,
        .limit = DOLLAR,
        .step = step,
        .n_steps = n,
        .unpriced = BUDGET_UNPRICED_BLOCK,
        .output_tok = 1000,
    };
}

static inline struct event rig_call(const struct rig *r)
{
    struct event ev;

    event_init(&ev);
    ev.ts_us = r->now_us;
    ev.dim[DIM_PROVIDER] = STR("openai");
    ev.dim[DIM_MODEL] = STR("gpt-4o");
    return ev;
}

static inline struct budget_ask rig_ask(const struct rig *r,
                                        const struct event *ev)
{
    return (struct budget_ask){
        .ev = ev,
        .input_tok = 1000,
        .output_tok = 1000,
        .n_choices = 1,
        .may_fall_back = true,
        .may_hold = true,
        .now_us = r->now_us,
    };
}

/* What a call of gpt-4o with so many tokens each way costs; it is spent. */
static inline int64_t rig_spend(struct rig *r, const struct event *call,
                                int64_t tok)
{
    struct event ev = *call;
    struct why why;

    ev.token[TOKEN_INPUT] = tok;
    ev.token[TOKEN_OUTPUT] = tok;
    assert_ok(cost_of_event(r->book, NULL, &ev, &ev.cost, &why), &why);
    budget_spend(r->meter, &ev, r->now_us);
    return event_total_cost(&ev).pico;
}

static inline void rig_keep_state(void *arg, const struct budget_state *s)
{
    struct budget_state *into = arg;

    *into = *s;
}

/* The last budget's. */
static inline struct budget_state rig_state(struct rig *r)
{
    struct budget_state s = {.used = -1};

    budget_meter_each(r->meter, r->now_us, rig_keep_state, &s);
    return s;
}

#endif
