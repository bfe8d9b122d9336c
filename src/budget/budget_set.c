#include "budget/budget_set.h"

#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/why.h"
#include "price/cost.h"

struct budget_set *budget_set_new(struct budgets *snapshot,
                                  const struct budget *def)
{
    struct budget_set *s = mem_alloc(sizeof *s);

    s->n_refs = 1;
    s->snapshot = budgets_ref(snapshot);
    s->def = def;
    budget_tallies_init(&s->tallies, LIMIT_BUDGET_VALUES_MAX, def->window_us);
    return s;
}

struct budget_set *budget_set_ref(struct budget_set *s)
{
    s->n_refs++;
    return s;
}

void budget_set_unref(struct budget_set **set)
{
    struct budget_set *s = *set;

    *set = NULL;
    if (s == NULL || --s->n_refs > 0) {
        return;
    }
    budget_tallies_fini(&s->tallies);
    budgets_unref(&s->snapshot);
    mem_free(s);
}

/* A step that was reached stays so when it stands in the new ladder too. */
void budget_set_define(struct budget_set *s, struct budgets *snapshot,
                       const struct budget *def)
{
    int64_t at_us[LIMIT_BUDGET_STEPS_MAX] = {0};

    for (size_t i = 0; i < def->n_steps; i++) {
        for (size_t k = 0; k < s->def->n_steps; k++) {
            if (def->step[i].percent == s->def->step[k].percent &&
                def->step[i].action == s->def->step[k].action &&
                def->limit == s->def->limit) {
                at_us[i] = s->step_at_us[k];
            }
        }
    }
    memcpy(s->step_at_us, at_us, sizeof at_us);
    struct budgets *old = s->snapshot;
    s->snapshot = budgets_ref(snapshot);
    s->def = def;
    budgets_unref(&old);
}

/* ---- periods ---- */

static void span_of(const struct budget *b,
                    const struct budget_meter_options *opt, int64_t now_us,
                    int64_t *ret_from_us, int64_t *ret_to_us)
{
    if (b->period == BUDGET_ROLLING) {
        *ret_from_us = num_floor_div(now_us, b->window_us) * b->window_us;
        *ret_to_us = *ret_from_us + b->window_us;
    } else {
        opt->span(opt->span_arg, b->period, now_us, ret_from_us, ret_to_us);
    }
}

/* Clocks may be set back a little; then the period stays. */
void budget_set_at(struct budget_set *s, const struct budget_meter_options *opt,
                   int64_t now_us)
{
    int64_t from_us;
    int64_t to_us;

    if (now_us < s->tallies.to_us) {
        return;
    }
    span_of(s->def, opt, now_us, &from_us, &to_us);
    budget_tallies_at(&s->tallies, from_us, to_us);
    memset(s->step_at_us, 0, sizeof s->step_at_us);
    if (s->def->period != BUDGET_ROLLING) {
        s->n_worst = 0;
    }
    s->n_calls = 0;
    s->n_unpriced = 0;
    if (s->n_mean > 0) {
        s->pico_mean /= s->n_mean;
        s->n_mean = 1; /* what is known until this period tells */
    }
}

/* ---- amounts ---- */

static int64_t estimate(const struct budget *b, const struct event *ev,
                        struct price_book *book)
{
    struct event as = *ev;
    struct why why;

    as.dim[DIM_MODEL] = b->estimate_model;
    if (b->estimate_provider.n > 0) {
        as.dim[DIM_PROVIDER] = b->estimate_provider;
    }
    if (book == NULL ||
        cost_of_event(book, NULL, &as, &as.cost, &why) != RC_OK ||
        !as.cost.priced) {
        return 0;
    }
    return event_total_cost(&as).pico;
}

int64_t budget_set_amount(const struct budget_set *s, const struct event *ev,
                          struct price_book *book)
{
    switch (s->def->unit) {
    case BUDGET_REQUESTS:
        return 1;
    case BUDGET_TOKENS:
        return budget_sum(event_input_tokens(ev), event_output_tokens(ev));
    case BUDGET_USD:
    case BUDGET_UNIT__COUNT:
        break;
    }
    if (ev->cost.priced) {
        return event_total_cost(ev).pico;
    }
    return s->def->unpriced == BUDGET_UNPRICED_ESTIMATE
               ? estimate(s->def, ev, book)
               : 0;
}

static int64_t used_of(struct budget_set *s, uint64_t hash, int64_t now_us)
{
    return budget_tally_used(&s->tallies, budget_tally_find(&s->tallies, hash),
                             now_us);
}

/* The list holds whoever was last seen with more than its least. */
static void note_worst(struct budget_set *s, uint64_t hash, struct str value,
                       int64_t used, int64_t now_us)
{
    size_t least = 0;
    int64_t least_used = INT64_MAX;

    for (size_t i = 0; i < s->n_worst; i++) {
        if (s->worst[i].hash == hash) {
            return;
        }
        int64_t n = used_of(s, s->worst[i].hash, now_us);
        if (n < least_used) {
            least_used = n;
            least = i;
        }
    }
    if (s->n_worst < LIMIT_BUDGET_WORST) {
        least = s->n_worst++;
    } else if (used <= least_used) {
        return;
    }
    struct budget_named *w = &s->worst[least];
    w->hash = hash;
    w->n = value.n < sizeof w->text ? value.n : sizeof w->text;
    memcpy(w->text, value.p, w->n);
}

static bool is_in_period(const struct budget_set *s, int64_t ts_us)
{
    return s->def->period == BUDGET_ROLLING ||
           (ts_us >= s->tallies.from_us && ts_us < s->tallies.to_us);
}

/* A call that counts nothing makes no counter. */
void budget_set_add(struct budget_set *s, uint64_t hash,
                    const struct budget_fill *fill, int64_t now_us)
{
    struct budget_tally *y = NULL;
    bool counts = is_in_period(s, fill->ts_us);

    if (fill->amount > 0) {
        y = budget_tally_get(&s->tallies, hash);
        counts =
            budget_tally_add(&s->tallies, y, fill->amount, fill->ts_us, now_us);
    }
    if (!counts) {
        return;
    }
    s->n_calls += fill->n_calls;
    s->n_unpriced += fill->n_unpriced;
    s->n_mean += fill->n_calls;
    s->pico_mean = budget_sum(s->pico_mean, fill->pico);
    if (s->def->has_per && y != NULL) {
        note_worst(s, hash, fill->value,
                   budget_tally_used(&s->tallies, y, now_us), now_us);
    }
}

/* ---- what stands ---- */

static bool is_before(const struct budget_worst *a,
                      const struct budget_worst *b)
{
    return a->used > b->used ||
           (a->used == b->used && str_cmp(a->value, b->value) < 0);
}

static void sort_worst(struct budget_worst *w, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct budget_worst x = w[i];
        size_t k = i;

        for (; k > 0 && is_before(&x, &w[k - 1]); k--) {
            w[k] = w[k - 1];
        }
        w[k] = x;
    }
}

static int64_t reserved_of(struct budget_set *s, uint64_t hash)
{
    const struct budget_tally *y = budget_tally_find(&s->tallies, hash);

    return y != NULL ? y->reserved : 0;
}

void budget_set_state(struct budget_set *s, int64_t now_us,
                      struct budget_worst *worst, struct budget_state *ret)
{
    const struct budget *b = s->def;
    bool is_rolling = b->period == BUDGET_ROLLING;

    *ret = (struct budget_state){
        .budget = b,
        .from_us = is_rolling ? now_us - b->window_us : s->tallies.from_us,
        .to_us = is_rolling ? now_us : s->tallies.to_us,
        .n_calls = s->n_calls,
        .n_unpriced = s->n_unpriced,
        .step_at_us = s->step_at_us,
        .worst = worst,
        .n_worst = s->n_worst,
    };
    if (!b->has_per) {
        ret->used = used_of(s, 1, now_us);
        ret->reserved = reserved_of(s, 1);
        return;
    }
    for (size_t i = 0; i < s->n_worst; i++) {
        worst[i].value =
            (struct str){.p = s->worst[i].text, .n = s->worst[i].n};
        worst[i].used = used_of(s, s->worst[i].hash, now_us);
        if (worst[i].used >= ret->used) {
            ret->used = worst[i].used;
            ret->reserved = reserved_of(s, s->worst[i].hash);
        }
    }
    sort_worst(worst, ret->n_worst);
}
