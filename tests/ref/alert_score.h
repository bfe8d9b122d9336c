/* What alerts made of a made-up account (alert_stream.h), counted. */
#ifndef TESTS_REF_ALERT_SCORE_H
#define TESTS_REF_ALERT_SCORE_H

#include "alert_stream.h"

enum { ALERT_DELAYS_MAX = 4096 };

struct alert_score {
    double weeks, warm_weeks;
    /* Of incidents that add 1 % of a day's spend. */
    size_t n, n_found, n_same_day, n_cause;
    size_t n_of[INCIDENT_KINDS], found_of[INCIDENT_KINDS],
        same_day_of[INCIDENT_KINDS];
    size_t n_alerts; /* that belong to any incident */
    size_t n_double; /* of those, to one that had been told */
    size_t n_false;  /* warn and page */
    size_t n_false_info;
    size_t n_warm; /* false ones in the weeks before */
    double delay_h[ALERT_DELAYS_MAX];
    size_t n_delays;
};

void alert_score_run(size_t kind, uint64_t seed, bool is_loud,
                     struct alert_score *sum);
void alert_score_add(struct alert_score *sum, const struct alert_score *one);
double alert_score_median(struct alert_score *s);
void alert_score_print(const char *name, struct alert_score *s);
void alert_score_print_kind(size_t kind, const struct alert_score *s);

#endif
