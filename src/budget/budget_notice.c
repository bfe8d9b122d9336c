#include "budget/budget_meter_priv.h"

#include "base/mem.h"

/* Steps that one event may reach and that are told at once; more wait for the
 * next. */
enum { NOTICES_AT_ONCE = 16 };

struct budget_told {
    struct budgets *snapshot;
    struct budget_notice notice;
    char value[LIMIT_DIM_MAX];
};

static void note_step(struct budget_telling *t, struct budget_set *s,
                      size_t step, const struct budget_notice *what)
{
    if (t->at == NULL) {
        t->at = mem_array(NOTICES_AT_ONCE, sizeof *t->at);
    }
    struct budget_told *told = &t->at[t->n++];
    s->step_at_us[step] = what->now_us;
    told->snapshot = budgets_ref(s->snapshot);
    told->notice = *what;
    told->notice.budget = s->def;
    told->notice.step = &s->def->step[step];
    told->notice.from_us = s->tallies.from_us;
    told->notice.to_us = s->tallies.to_us;
    for (size_t i = 0; i < what->value.n && i < sizeof told->value; i++) {
        told->value[i] = what->value.p[i];
    }
    told->notice.value = (struct str){
        .p = told->value,
        .n = what->value.n < sizeof told->value ? what->value.n
                                                : sizeof told->value,
    };
}

void budget_meter_note(struct budget_telling *t, struct budget_set *s,
                       const struct budget_notice *what)
{
    for (size_t i = 0; i < s->def->n_steps && t->n < NOTICES_AT_ONCE; i++) {
        if (s->step_at_us[i] == 0 &&
            what->used >= budget_threshold(s->def, &s->def->step[i])) {
            note_step(t, s, i, what);
        }
    }
}

void budget_meter_tell(struct budget_meter *m, struct budget_telling *t)
{
    for (size_t i = 0; i < t->n; i++) {
        struct budget_told *told = &t->at[i];

        told->notice.value.p = told->value;
        if (m->opt.notice != NULL) {
            m->opt.notice(m->opt.notice_arg, &told->notice);
        }
        budgets_unref(&told->snapshot);
    }
    mem_free(t->at);
}
