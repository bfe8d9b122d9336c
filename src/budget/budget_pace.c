#include "budget/budget_pace.h"

#include "base/num.h"
#include "budget/budget_meter.h"

enum { EARLY_SHARE = 20 };

static int64_t scale(int64_t amount, int64_t by, int64_t of)
{
    num_i128 x = num_div_even((num_i128)amount * by, of);

    return x > INT64_MAX ? INT64_MAX : (int64_t)x;
}

void budget_pace(const struct budget_state *s, int64_t now_us,
                 struct budget_pace *ret)
{
    const struct budget *b = s->budget;
    int64_t length = s->to_us - s->from_us;
    int64_t gone = now_us - s->from_us;

    *ret = (struct budget_pace){.is_known = false};
    if (b->period == BUDGET_ROLLING || gone < length / EARLY_SHARE ||
        gone <= 0 || s->used <= 0) {
        return;
    }
    ret->is_known = true;
    ret->projected = scale(s->used, length, gone);
    if (s->used >= b->limit) {
        ret->exceeds_us = now_us;
    } else if (ret->projected >= b->limit) {
        ret->exceeds_us = s->from_us + scale(gone, b->limit, s->used);
    }
}
