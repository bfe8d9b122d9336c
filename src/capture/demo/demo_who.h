/* Who makes a call in the demo company: which customer's which user, in which
 * environment, in which arm of an experiment.  Who a user is never changes;
 * how many there are grows with the company.  One thread a world. */
#ifndef CAPTURE_DEMO_WHO_H
#define CAPTURE_DEMO_WHO_H

#include "base/rand.h"
#include "capture/demo/demo_calendar.h"
#include "capture/demo/demo_cast.h"
#include "capture/demo/demo_incident.h"

#include <stdbool.h>
#include <stdint.h>

struct demo_world {
    struct demo_calendar calendar;
    struct rand rand;
    struct demo_incident_row incident[DEMO_INCIDENT__COUNT];
    int64_t experiment_us[DEMO_EXPERIMENTS];
    int64_t rollout_us[DEMO_EXPERIMENTS]; /* INT64_MAX: not yet */
    double users_scale; /* a company of more calls has more users */
    /* How much of a feature's use is the customers' up to and with this. */
    uint32_t use_until[DEMO_FEATURE__COUNT][DEMO_CUSTOMERS];
    uint64_t n_runs;
    uint64_t loop_run; /* its number, once it is under way */
};

struct demo_who {
    int customer;  /* row of demo_customer_table; -1: none */
    uint32_t user; /* from 1 within the customer or the staff; 0: none */
    enum environment environment;
    int experiment; /* row of demo_experiment_table; -1: none */
    bool is_treated;
};

void demo_world_init(struct demo_world *w, const struct demo_calendar *calendar,
                     double calls_a_day);

/* demo_chance: true in `percent` of a hundred cases. */
bool demo_chance(struct demo_world *w, int percent);

/* demo_who_pick: somebody who uses the feature at that time. */
struct demo_who demo_who_pick(struct demo_world *w, enum demo_feature feature,
                              int64_t ts_us);

#endif
