#include "event/event_sum.h"

#include "base/num.h"
#include "base/str.h"
#include "event/event.h"

bool event_is_sum(const struct event *ev)
{
    return event_tag_find(ev, STR(EVENT_SUM_END)) != NULL;
}

static int64_t times_of(struct str unit)
{
    if (str_eq_nocase(unit, STR("k"))) {
        return 1000;
    }
    if (str_eq_nocase(unit, STR("M"))) {
        return 1000 * 1000;
    }
    return unit.n == 0 ? 1 : 0;
}

/* The first length that a window such as "200k-1M" holds; 0 when it says
 * none. */
static int64_t least_of(struct str window)
{
    struct str least = STR_EMPTY;
    int64_t n = 0;
    size_t digits = 0;
    (void)str_cut(&window, '-', &least);
    while (digits < least.n && least.p[digits] >= '0' &&
           least.p[digits] <= '9') {
        digits++;
    }
    int64_t times = times_of(str_sub(least, digits, SIZE_MAX));
    if (str_to_i64(str_sub(least, 0, digits), &n) != RC_OK ||
        num_mul_i64(n, times, &n) != RC_OK) {
        return 0;
    }
    return n > 0 && n < INT64_MAX ? n + 1 : 0;
}

int64_t event_context_tokens(const struct event *ev)
{
    if (!event_is_sum(ev)) {
        return event_input_tokens(ev);
    }
    const struct event_tag *window = event_tag_find(ev, STR(EVENT_SUM_CONTEXT));
    return window != NULL ? least_of(window->value) : 0;
}
