#include "capture/demo/demo_incident.h"

#include "base/utc.h"

#define LAUNCH_DAYS_LONG 21.0
#define GROWN_RELEASE    1 /* the last but one: eight days before */

struct demo_incident_row demo_incident_find(const struct demo_calendar *c,
                                            enum demo_incident incident)
{
    struct demo_incident_row row = {.to_us = c->end_us};

    switch (incident) {
    case DEMO_INCIDENT_LAUNCH:
        row.feature = DEMO_FEATURE_SHOP_COPILOT;
        row.from_us = demo_calendar_us(c, 30, 8, 0);
        break;
    case DEMO_INCIDENT_SWITCH:
        row.feature = DEMO_FEATURE_TICKET_SUMMARY;
        row.from_us = demo_calendar_us(c, 16, 13, 0);
        break;
    case DEMO_INCIDENT_GROWTH:
        row.feature = DEMO_FEATURE_REPLY_DRAFT;
        row.from_us = demo_release_us(c, GROWN_RELEASE);
        break;
    case DEMO_INCIDENT_LOOP:
        row.feature = DEMO_FEATURE_SUPPORT_AGENT;
        row.from_us = demo_calendar_us(c, 5, 1, 10);
        row.to_us = demo_calendar_us(c, 5, 5, 25);
        break;
    case DEMO_INCIDENT__COUNT:
        break;
    }
    return row;
}

/* Slow, fast, slow: 3x^2 - 2x^3. */
double demo_launch_share(const struct demo_calendar *c, int64_t ts_us)
{
    int64_t from_us = demo_incident_find(c, DEMO_INCIDENT_LAUNCH).from_us;
    double x =
        (double)(ts_us - from_us) / (double)UTC_US_PER_DAY / LAUNCH_DAYS_LONG;

    if (x <= 0.0) {
        return 0.0;
    }
    return x < 1.0 ? x * x * (3.0 - 2.0 * x) : 1.0;
}
