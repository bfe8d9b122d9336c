/* One lock over all counters: a decision looks at every budget that covers
 * the call and reserves in all of them or in none, and takes well under a
 * microsecond (docs/benchmarks.md).  What takes longer, the price of the
 * bound, is reckoned before. */
#include "budget/budget_meter_priv.h"

#include "base/check.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/why.h"
#include "budget/budget_bound.h"
#include "price/book.h"
#include "price/cost.h"

#include <stdatomic.h>

struct budget_desk {
    struct budget_meter *meter;
    unsigned changes;        /* of the meter when these were taken */
    struct price_book *book; /* a reference */
    int64_t output_tok;      /* reserved where no ceiling is stated */
    struct budget_rates *rates;
};

struct reserved {
    struct budget_set *set; /* a reference */
    uint64_t hash;
    int64_t amount;
};
struct budget_hold {
    size_t n;
    struct reserved at[];
};
struct reserving { /* what would be, while it is decided */
    size_t n;
    struct reserved at[LIMIT_BUDGETS_MAX];
};

/* ---- life ---- */

struct budget_meter *budget_meter_new(const struct budget_meter_options *opt)
{
    struct budget_meter *m = mem_alloc(sizeof *m);

    m->opt = *opt;
    atomic_init(&m->n_sets, 0);
    mutex_init(&m->lock);
    return m;
}

void budget_meter_free(struct budget_meter **meter)
{
    struct budget_meter *m = *meter;

    *meter = NULL;
    if (m == NULL) {
        return;
    }
    for (size_t i = 0; i < atomic_load(&m->n_sets); i++) {
        budget_set_unref(&m->set[i]);
    }
    book_unref(&m->book);
    mutex_fini(&m->lock);
    mem_free(m);
}

bool budget_meter_is_idle(const struct budget_meter *m)
{
    return atomic_load_explicit(&m->n_sets, memory_order_acquire) == 0;
}

void budget_meter_price(struct budget_meter *m, struct price_book *book)
{
    struct price_book *mine = book_ref(book);

    mutex_lock(&m->lock);
    struct price_book *old = m->book;
    m->book = mine;
    atomic_fetch_add(&m->changes, 1);
    mutex_unlock(&m->lock);
    book_unref(&old);
}

uint64_t budget_meter_hash(const struct budget_meter *m, const struct budget *b,
                           struct str value)
{
    uint64_t hash =
        b->has_per ? hash_64(value.p, value.n, m->opt.seed) : UINT64_C(1);

    return hash != 0 ? hash : 1;
}

bool budget_meter_fill(struct budget_set *s, const struct event *ev,
                       struct price_book *book, struct budget_fill *ret)
{
    if (!budget_covers(s->def, ev)) {
        return false;
    }
    *ret = (struct budget_fill){
        .value = budget_per(s->def, ev),
        .ts_us = ev->ts_us,
        .amount = budget_set_amount(s, ev, book),
        .n_calls = 1,
        .n_unpriced = ev->cost.priced ? 0 : 1,
        .pico = ev->cost.priced ? event_total_cost(ev).pico : 0,
    };
    return !s->def->has_per || ret->value.n > 0;
}

/* ---- the decision ---- */

struct budget_desk *budget_desk_new(struct budget_meter *m)
{
    struct budget_desk *d = mem_alloc(sizeof *d);

    d->meter = m;
    d->changes = atomic_load(&m->changes) - 1; /* all is to be taken */
    d->rates = budget_rates_new();
    return d;
}

void budget_desk_free(struct budget_desk **desk)
{
    struct budget_desk *d = *desk;

    *desk = NULL;
    if (d != NULL) {
        budget_rates_free(&d->rates);
        book_unref(&d->book);
        mem_free(d);
    }
}

/* What a call may come to, in each unit. */
struct bound {
    bool is_priced;
    int64_t pico;
    int64_t tokens;
};

static bool has_output(const struct event *ev)
{
    return ev->operation != OPERATION_EMBEDDINGS &&
           ev->operation != OPERATION_RERANK;
}

static int64_t times(int64_t a, int64_t b)
{
    int64_t product;

    return num_mul_i64(a, b, &product) == RC_OK ? product : INT64_MAX;
}

static int64_t output_of(const struct budget_ask *ask, int64_t otherwise)
{
    int64_t each = ask->output_tok >= 0 ? ask->output_tok : otherwise;

    return has_output(ask->ev) ? times(each, ask->n_choices) : 0;
}

/* The largest that a budget reserves where no ceiling is stated. */
static int64_t output_reserve(struct budget_meter *m)
{
    int64_t most = 0;

    for (size_t i = 0; i < atomic_load(&m->n_sets); i++) {
        int64_t n = m->set[i]->def->output_tok;
        most = n > most ? n : most;
    }
    return most;
}

/* Under no lock but after a change, so that desks do not meet here. */
static void bring_up_to_date(struct budget_desk *d)
{
    struct budget_meter *m = d->meter;
    struct price_book *old = d->book;

    mutex_lock(&m->lock);
    d->changes = atomic_load(&m->changes);
    d->book = m->book != NULL ? book_ref(m->book) : NULL;
    d->output_tok = output_reserve(m);
    mutex_unlock(&m->lock);
    book_unref(&old);
    budget_rates_clear(d->rates);
}

static void reckon(struct budget_desk *d, const struct budget_ask *ask,
                   struct bound *ret)
{
    if (d->changes != atomic_load(&d->meter->changes)) {
        bring_up_to_date(d);
    }
    int64_t output = output_of(ask, d->output_tok);
    if (ask->ev->dim[DIM_MODEL].n == 0) {
        *ret = (struct bound){.is_priced = true}; /* nothing can be known */
        return;
    }
    *ret = (struct bound){.tokens = budget_sum(ask->input_tok, output)};
    ret->is_priced = d->book != NULL &&
                     budget_bound_cost(d->book, d->rates, ask->ev,
                                       ask->input_tok, output, &ret->pico);
}

bool budget_bound_of(struct budget_desk *d, const struct budget_ask *ask,
                     int64_t *ret_pico)
{
    struct bound bound;

    reckon(d, ask, &bound);
    *ret_pico = bound.pico;
    return bound.is_priced;
}

static bool has_block(const struct budget *b)
{
    for (size_t i = 0; i < b->n_steps; i++) {
        if (b->step[i].action == BUDGET_BLOCK) {
            return true;
        }
    }
    return false;
}

/* What the call would reserve in a set; false: it has no price, and the
 * budget says that it may not go. */
static bool amount_of(const struct budget_desk *d, const struct budget_set *s,
                      const struct budget_ask *ask, const struct bound *bound,
                      int64_t *ret)
{
    const struct budget *b = s->def;

    *ret = b->unit == BUDGET_TOKENS     ? bound->tokens
           : b->unit == BUDGET_REQUESTS ? 1
                                        : bound->pico;
    if (b->unit != BUDGET_USD || bound->is_priced) {
        return true;
    }
    *ret = 0;
    if (b->unpriced == BUDGET_UNPRICED_ESTIMATE && d->book != NULL) {
        struct event as = *ask->ev;

        as.dim[DIM_MODEL] = b->estimate_model;
        if (b->estimate_provider.n > 0) {
            as.dim[DIM_PROVIDER] = b->estimate_provider;
        }
        return budget_bound_cost(d->book, d->rates, &as, ask->input_tok,
                                 output_of(ask, b->output_tok), ret);
    }
    return b->unpriced == BUDGET_UNPRICED_ALLOW || !has_block(b);
}

/* How far a counter is. */
struct level {
    int64_t used;
    int64_t reserved;
    int64_t now_us;
};

static void decide(struct budget_answer *a, struct budget_set *s,
                   const struct budget_step *step, enum budget_verdict verdict,
                   enum budget_reason reason, struct level level)
{
    a->verdict = verdict;
    a->budget = s->def;
    a->step = step;
    a->reason = reason;
    a->used = level.used;
    a->reserved = level.reserved;
    a->resets_us = s->def->period == BUDGET_ROLLING
                       ? level.now_us + s->tallies.width_us
                       : s->tallies.to_us;
    a->mean_pico = s->n_mean > 0 ? s->pico_mean / s->n_mean : 0;
    budgets_unref(&a->snapshot);
    a->snapshot = budgets_ref(s->snapshot);
}

/* Requests are reserved exactly: who waits for them waits in vain. */
static enum budget_verdict judge_block(const struct budget_set *s,
                                       int64_t threshold, struct level level,
                                       bool may_hold)
{
    if (level.used >= threshold) {
        return BUDGET_REFUSE;
    }
    if (budget_sum(level.used, level.reserved) < threshold) {
        return BUDGET_PASS;
    }
    return may_hold && s->def->unit != BUDGET_REQUESTS ? BUDGET_WAIT
                                                       : BUDGET_REFUSE;
}

/* Verdicts grow in weight with their number. */
static void judge_step(struct budget_answer *a, struct budget_set *s,
                       const struct budget_step *step, struct level level,
                       const struct budget_ask *ask)
{
    int64_t threshold = budget_threshold(s->def, step);
    bool is_reached = level.used >= threshold;
    enum budget_verdict verdict;

    switch (step->action) {
    case BUDGET_SLOW:
        if (is_reached && step->delay_ms > a->delay_ms) {
            a->delay_ms = step->delay_ms;
            if (a->verdict == BUDGET_PASS) {
                decide(a, s, step, BUDGET_PASS, BUDGET_SPENT, level);
            }
        }
        break;
    case BUDGET_FALLBACK:
        if (is_reached && ask->may_fall_back && a->verdict <= BUDGET_TO_MODEL &&
            !str_eq(step->model, ask->ev->dim[DIM_MODEL])) {
            decide(a, s, step, BUDGET_TO_MODEL, BUDGET_SPENT, level);
            a->model = step->model;
        }
        break;
    case BUDGET_BLOCK:
        verdict = judge_block(s, threshold, level, ask->may_hold);
        if (verdict > a->verdict) {
            decide(a, s, step, verdict,
                   is_reached ? BUDGET_SPENT : BUDGET_RESERVED, level);
        }
        break;
    case BUDGET_NOTIFY:
    case BUDGET_ACTION__COUNT:
        break;
    }
}

static void judge(struct budget_answer *a, struct budget_set *s, uint64_t hash,
                  const struct budget_ask *ask)
{
    struct budget_tally *y = budget_tally_find(&s->tallies, hash);
    const struct level level = {
        .used = budget_tally_used(&s->tallies, y, ask->now_us),
        .reserved = y != NULL ? y->reserved : 0,
        .now_us = ask->now_us,
    };

    for (size_t i = 0; i < s->def->n_steps && a->verdict < BUDGET_REFUSE; i++) {
        judge_step(a, s, &s->def->step[i], level, ask);
    }
}

static void reserve(struct reserving *hold)
{
    for (size_t i = 0; i < hold->n; i++) {
        struct reserved *r = &hold->at[i];
        struct budget_tally *y = budget_tally_get(&r->set->tallies, r->hash);

        y->reserved = budget_sum(y->reserved, r->amount);
        y->n_reserved++;
        r->set = budget_set_ref(r->set);
    }
}

/* All budgets that cover the call: what they say, and what it would reserve.
 * Under the lock. */
static void look_at_all(struct budget_desk *d, const struct budget_ask *ask,
                        const struct bound *bound, struct reserving *hold,
                        struct budget_answer *a)
{
    struct budget_meter *m = d->meter;

    for (size_t i = 0;
         i < atomic_load(&m->n_sets) && a->verdict < BUDGET_REFUSE; i++) {
        struct budget_set *s = m->set[i];

        if (!budget_covers(s->def, ask->ev)) {
            continue;
        }
        struct str value = budget_per(s->def, ask->ev);
        if (s->def->has_per && value.n == 0) {
            continue;
        }
        budget_set_at(s, &m->opt, ask->now_us);
        struct reserved *r = &hold->at[hold->n];
        *r = (struct reserved){.set = s,
                               .hash = budget_meter_hash(m, s->def, value)};
        if (!amount_of(d, s, ask, bound, &r->amount)) {
            decide(a, s, NULL, BUDGET_REFUSE, BUDGET_NO_PRICE,
                   (struct level){.now_us = ask->now_us});
            return;
        }
        hold->n++;
        judge(a, s, r->hash, ask);
    }
}

void budget_admit(struct budget_desk *d, const struct budget_ask *ask,
                  struct budget_answer *ret)
{
    struct budget_meter *m = d->meter;
    struct reserving hold;
    struct bound bound;

    *ret = (struct budget_answer){.verdict = BUDGET_PASS};
    if (budget_meter_is_idle(m)) {
        return;
    }
    reckon(d, ask, &bound);
    ret->bound_pico = bound.is_priced ? bound.pico : 0;
    hold.n = 0;
    mutex_lock(&m->lock);
    look_at_all(d, ask, &bound, &hold, ret);
    if (ret->verdict == BUDGET_PASS) {
        reserve(&hold);
    }
    mutex_unlock(&m->lock);
    if (ret->verdict == BUDGET_PASS && hold.n > 0) {
        ret->hold = mem_alloc(sizeof *ret->hold + hold.n * sizeof hold.at[0]);
        ret->hold->n = hold.n;
        for (size_t i = 0; i < hold.n; i++) {
            ret->hold->at[i] = hold.at[i];
        }
    }
}

void budget_answer_fini(struct budget_answer *a)
{
    budgets_unref(&a->snapshot);
    a->budget = NULL;
    a->step = NULL;
    a->model = STR_EMPTY;
}

/* ---- what becomes of it ---- */

static void give_back(struct budget_meter *m, struct budget_hold **hold,
                      bool is_spent, int64_t now_us)
{
    struct budget_hold *h = *hold;

    *hold = NULL;
    if (h == NULL) {
        return;
    }
    mutex_lock(&m->lock);
    for (size_t i = 0; i < h->n; i++) {
        struct reserved *r = &h->at[i];
        struct budget_tally *y = budget_tally_find(&r->set->tallies, r->hash);

        CHECK(y != NULL && y->n_reserved > 0);
        y->n_reserved--;
        y->reserved = y->n_reserved > 0 ? y->reserved - r->amount : 0;
        if (is_spent) {
            (void)budget_tally_add(&r->set->tallies, y, r->amount, now_us,
                                   now_us);
        }
        budget_set_unref(&r->set);
    }
    mutex_unlock(&m->lock);
    mem_free(h);
}

void budget_release(struct budget_meter *m, struct budget_hold **hold)
{
    give_back(m, hold, false, 0);
}

void budget_keep(struct budget_meter *m, struct budget_hold **hold,
                 int64_t now_us)
{
    give_back(m, hold, true, now_us);
}

void budget_spend(struct budget_meter *m, const struct event *ev,
                  int64_t now_us)
{
    struct budget_telling t = {.n = 0};

    if (budget_meter_is_idle(m)) {
        return;
    }
    mutex_lock(&m->lock);
    for (size_t i = 0; i < atomic_load(&m->n_sets); i++) {
        struct budget_set *s = m->set[i];
        struct budget_fill fill;

        budget_set_at(s, &m->opt, now_us);
        if (!budget_meter_fill(s, ev, m->book, &fill)) {
            continue;
        }
        uint64_t hash = budget_meter_hash(m, s->def, fill.value);
        budget_set_add(s, hash, &fill, now_us);
        const struct budget_notice what = {
            .value = fill.value,
            .used = budget_tally_used(
                &s->tallies, budget_tally_find(&s->tallies, hash), now_us),
            .now_us = now_us,
        };
        budget_meter_note(&t, s, &what);
    }
    mutex_unlock(&m->lock);
    budget_meter_tell(m, &t);
}

void budget_spend_made(struct budget_desk *d, const struct event *ev,
                       int64_t now_us)
{
    struct event made = *ev;
    struct why why;

    if (d->book != NULL &&
        cost_of_event(d->book, NULL, &made, &made.cost, &why) == RC_OK) {
        budget_spend(d->meter, &made, now_us);
    }
}

/* ---- what stands ---- */

void budget_meter_each(struct budget_meter *m, int64_t now_us,
                       budget_state_fn *each, void *arg)
{
    mutex_lock(&m->lock);
    for (size_t i = 0; i < atomic_load(&m->n_sets); i++) {
        struct budget_worst worst[LIMIT_BUDGET_WORST];
        struct budget_state state;

        budget_set_at(m->set[i], &m->opt, now_us);
        budget_set_state(m->set[i], now_us, worst, &state);
        each(arg, &state);
    }
    mutex_unlock(&m->lock);
}
