/* The four incidents planted in the demo company, with their exact times:
 * what docs/demo.md tells, and what a test of alerts and explanations takes
 * as the truth.  Pure, any thread. */
#ifndef CAPTURE_DEMO_INCIDENT_H
#define CAPTURE_DEMO_INCIDENT_H

#include "base/str.h"
#include "capture/demo/demo_calendar.h"
#include "capture/demo/demo_cast.h"

#include <stdbool.h>
#include <stdint.h>

enum demo_incident {
    DEMO_INCIDENT_LAUNCH = 1, /* healthy: users take up a new feature */
    DEMO_INCIDENT_SWITCH,     /* a premium model serves what asks for less */
    DEMO_INCIDENT_GROWTH,     /* a prompt grew with a release */
    DEMO_INCIDENT_LOOP,       /* one run that never ends */
    DEMO_INCIDENT__COUNT
};

struct demo_incident_row {
    enum demo_feature feature;
    int64_t from_us;
    int64_t to_us; /* demo_calendar.end_us: it still goes on */
};

/* demo_incident_find: where and when, also when the history is too short to
 * show it. */
struct demo_incident_row demo_incident_find(const struct demo_calendar *c,
                                            enum demo_incident incident);

/* The growth: every input class of the feature's calls, times this. */
#define DEMO_GROWN_PERCENT 190

/* The switch: what serves the feature from then on. */
#define DEMO_SWITCHED_TO DEMO_MODEL_SONNET

/* The loop: whose it is, and its part of all calls. */
#define DEMO_LOOP_CUSTOMER    2 /* row of demo_customer_table */
#define DEMO_LOOP_PER_MILLION 12000

/* demo_launch_share: how much of its users the launched feature has, 0..1.
 * It takes three weeks. */
double demo_launch_share(const struct demo_calendar *c, int64_t ts_us);

#endif
