#include "budget/budget_meter_priv.h"

#include "base/check.h"
#include "base/mem.h"

struct budget_draft {
    struct budget_meter *meter;
    struct budgets *budgets;
    int64_t now_us;
    struct {
        struct budget_set *set; /* a reference */
        bool is_new;
    } row[LIMIT_BUDGETS_MAX];
};

static struct budget_set *find_alike(const struct budget_meter *m,
                                     const struct budget *b)
{
    for (size_t i = 0; i < atomic_load(&m->n_sets); i++) {
        if (budget_counts_alike(m->set[i]->def, b)) {
            return m->set[i];
        }
    }
    return NULL;
}

struct budget_draft *budget_draft_new(struct budget_meter *m,
                                      struct budgets *budgets, int64_t now_us)
{
    struct budget_draft *d = mem_alloc(sizeof *d);

    d->meter = m;
    d->budgets = budgets_ref(budgets);
    d->now_us = now_us;
    mutex_lock(&m->lock);
    for (size_t i = 0; i < budgets_n(budgets); i++) {
        const struct budget *def = budgets_at(budgets, i);
        struct budget_set *set = find_alike(m, def);

        d->row[i].is_new = set == NULL;
        d->row[i].set =
            set != NULL ? budget_set_ref(set) : budget_set_new(budgets, def);
        budget_set_at(d->row[i].set, &m->opt, now_us);
    }
    mutex_unlock(&m->lock);
    return d;
}

void budget_draft_free(struct budget_draft **draft)
{
    struct budget_draft *d = *draft;

    *draft = NULL;
    if (d == NULL) {
        return;
    }
    mutex_lock(&d->meter->lock);
    for (size_t i = 0; i < budgets_n(d->budgets); i++) {
        budget_set_unref(&d->row[i].set);
    }
    mutex_unlock(&d->meter->lock);
    budgets_unref(&d->budgets);
    mem_free(d);
}

bool budget_draft_wants(const struct budget_draft *d, size_t i,
                        int64_t *ret_from_us, int64_t *ret_to_us)
{
    const struct budget_set *s = d->row[i].set;
    const struct budget_tallies *t = &s->tallies;

    if (!d->row[i].is_new) {
        return false;
    }
    *ret_from_us = t->from_us;
    *ret_to_us = t->to_us;
    if (t->window_us > 0) { /* from the beginning of its oldest part */
        *ret_from_us =
            num_floor_div(d->now_us - t->window_us, t->width_us) * t->width_us;
        *ret_to_us = d->now_us + 1;
    }
    return true;
}

void budget_draft_fill(struct budget_draft *d, size_t i,
                       const struct budget_fill *fill)
{
    struct budget_set *s = d->row[i].set;

    CHECK(d->row[i].is_new);
    if (!s->def->has_per || fill->value.n > 0) {
        budget_set_add(s, budget_meter_hash(d->meter, s->def, fill->value),
                       fill, d->now_us);
    }
}

void budget_draft_event(struct budget_draft *d, size_t i,
                        const struct event *ev, struct price_book *book)
{
    struct budget_fill fill;

    if (budget_meter_fill(d->row[i].set, ev, book, &fill)) {
        budget_draft_fill(d, i, &fill);
    }
}

/* Steps that a budget has reached by what it was filled with, or by a limit
 * that was lowered. */
static void look_at_steps(struct budget_set *s, int64_t now_us,
                          struct budget_telling *t)
{
    struct budget_worst worst[LIMIT_BUDGET_WORST];
    struct budget_state state;

    budget_set_state(s, now_us, worst, &state);
    const struct budget_notice what = {
        .value = state.n_worst > 0 ? worst[0].value : STR_EMPTY,
        .used = state.used,
        .now_us = now_us,
    };
    budget_meter_note(t, s, &what);
}

void budget_draft_use(struct budget_draft **draft, int64_t now_us)
{
    struct budget_draft *d = *draft;
    struct budget_meter *m = d->meter;
    size_t n = budgets_n(d->budgets);

    mutex_lock(&m->lock);
    for (size_t i = 0; i < n; i++) {
        budget_set_define(d->row[i].set, d->budgets, budgets_at(d->budgets, i));
    }
    for (size_t i = 0; i < n || i < atomic_load(&m->n_sets); i++) {
        struct budget_set *old = i < atomic_load(&m->n_sets) ? m->set[i] : NULL;
        m->set[i] = i < n ? d->row[i].set : NULL;
        d->row[i].set = old; /* let go with the draft, when all is moved */
    }
    size_t n_old = atomic_exchange(&m->n_sets, n);
    atomic_fetch_add(&m->changes, 1);
    mutex_unlock(&m->lock);
    for (size_t i = 0; i < n; i++) {
        struct budget_telling t = {.n = 0};

        mutex_lock(&m->lock);
        if (i < atomic_load(&m->n_sets)) {
            look_at_steps(m->set[i], now_us, &t);
        }
        mutex_unlock(&m->lock);
        budget_meter_tell(m, &t);
    }
    mutex_lock(&m->lock);
    for (size_t i = 0; i < n_old; i++) {
        budget_set_unref(&d->row[i].set);
    }
    mutex_unlock(&m->lock);
    budgets_unref(&d->budgets);
    mem_free(d);
    *draft = NULL;
}
