/* One budget's counters with what goes with them: when its steps were
 * reached, which values spent most, what calls come to.  Shared by a meter
 * and the holds of its calls; everything under the meter's lock. */
#ifndef BUDGET_BUDGET_SET_H
#define BUDGET_BUDGET_SET_H

#include "base/limits.h"
#include "base/str.h"
#include "budget/budget.h"
#include "budget/budget_meter.h"
#include "budget/budget_tally.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct price_book;

struct budget_named { /* a value that is among those that spent most */
    uint64_t hash;
    size_t n;
    char text[LIMIT_DIM_MAX];
};

struct budget_set {
    unsigned n_refs;
    struct budgets *snapshot; /* a reference: `def` is in it */
    const struct budget *def;
    struct budget_tallies tallies;
    int64_t step_at_us[LIMIT_BUDGET_STEPS_MAX];
    struct budget_named worst[LIMIT_BUDGET_WORST];
    size_t n_worst;
    int64_t n_calls;    /* of the period */
    int64_t n_unpriced; /* likewise, without a price */
    int64_t n_mean;     /* calls whose cost is summed, of this period, or of */
    int64_t pico_mean;  /* the one before while this has none */
};

struct budget_set *budget_set_new(struct budgets *snapshot,
                                  const struct budget *def) RETURNS_NONNULL;
struct budget_set *budget_set_ref(struct budget_set *s);
void budget_set_unref(struct budget_set **s);

/* budget_set_define: another definition that counts alike. */
void budget_set_define(struct budget_set *s, struct budgets *snapshot,
                       const struct budget *def);

/* budget_set_at: looks whether a new period has begun. */
void budget_set_at(struct budget_set *s, const struct budget_meter_options *opt,
                   int64_t now_us);

/* budget_set_amount: what an event counts; 0 when it would take a price and
 * has none. */
int64_t budget_set_amount(const struct budget_set *s, const struct event *ev,
                          struct price_book *book);

/* budget_set_add: counts; `value` is of `per`. */
void budget_set_add(struct budget_set *s, uint64_t hash,
                    const struct budget_fill *fill, int64_t now_us);

/* budget_set_state: as budget_meter_each tells it.
 *   worst  room for LIMIT_BUDGET_WORST */
void budget_set_state(struct budget_set *s, int64_t now_us,
                      struct budget_worst *worst, struct budget_state *ret);

#endif
