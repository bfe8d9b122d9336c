/* What the files of the meter share: decisions (budget_meter.c), new budgets
 * (budget_draft.c) and what is told of steps (budget_notice.c). */
#ifndef BUDGET_BUDGET_METER_PRIV_H
#define BUDGET_BUDGET_METER_PRIV_H

#include "base/limits.h"
#include "base/str.h"
#include "base/thread.h"
#include "budget/budget_meter.h"
#include "budget/budget_set.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct budget_meter {
    struct budget_meter_options opt;
    atomic_size_t n_sets; /* read without the lock, to see that there are any */
    atomic_uint changes;  /* likewise, whether desks are up to date */
    struct mutex lock;    /* over all below */
    struct budget_set *set[LIMIT_BUDGETS_MAX];
    struct price_book *book;
};

/* Notices gathered under the lock, told without it. */
struct budget_telling {
    size_t n;
    struct budget_told *at; /* NULL until there is one */
};

/* budget_meter_note: the steps that are reached by so much.
 * budget_meter_tell: without the lock. */
void budget_meter_note(struct budget_telling *t, struct budget_set *s,
                       const struct budget_notice *what);
void budget_meter_tell(struct budget_meter *m, struct budget_telling *t);

/* budget_meter_hash: of a counter; one counter is number 1, so that no hash
 * need be made. */
uint64_t budget_meter_hash(const struct budget_meter *m, const struct budget *b,
                           struct str value);

/* budget_meter_fill: what an event counts in a set; false: nothing. */
bool budget_meter_fill(struct budget_set *s, const struct event *ev,
                       struct price_book *book, struct budget_fill *ret);

#endif
