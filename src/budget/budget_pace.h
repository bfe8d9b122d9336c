/* Where a budget is going: at the rate so far, what its period comes to and
 * when the limit is reached.  Pure, any thread. */
#ifndef BUDGET_BUDGET_PACE_H
#define BUDGET_BUDGET_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct budget_state;

struct budget_pace {
    bool is_known;      /* false: too early in the period, or it has no end */
    int64_t projected;  /* at the period's end */
    int64_t exceeds_us; /* when the limit is reached; 0: not in this period */
};

/* budget_pace: nothing is told before a twentieth of the period is over. */
void budget_pace(const struct budget_state *s, int64_t now_us,
                 struct budget_pace *ret);

#endif
