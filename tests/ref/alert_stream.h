/* Made-up accounts, call by call, with incidents whose truth is known: what
 * each call would have cost without them.  Feeds a watch hour by hour.  The
 * same on every machine for a kind and a seed. */
#ifndef TESTS_REF_ALERT_STREAM_H
#define TESTS_REF_ALERT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct watch;

enum { ALERT_STREAM_INCIDENTS = 24 };

enum alert_incident_kind {
    INCIDENT_INPUT,
    INCIDENT_OUTPUT,
    INCIDENT_CACHE,
    INCIDENT_MIX,
    INCIDENT_RETRIES,
    INCIDENT_LOOP,
    INCIDENT_PRICE,
    INCIDENT_CREEP,
    INCIDENT_KINDS
};
extern const char *const alert_incident_names[INCIDENT_KINDS];

struct alert_incident {
    enum alert_incident_kind kind;
    int feature;  /* -1: a provider's, or a model's price */
    int provider; /* -1 unless a provider's */
    int model;    /* -1 unless a price */
    int to_model; /* of a switch */
    double size;
    int64_t start_us, end_us;
    /* Truth. */
    double usd;          /* more, in all */
    double worst_share;  /* of the daily spend, in its worst 24 hours */
    int64_t material_us; /* its first 24 hours that add 1 %; 0: none */
    double day[24];      /* scratch */
};

struct alert_stream {
    struct alert_incident incident[ALERT_STREAM_INCIDENTS];
    size_t n_incidents;
    double weeks;        /* after the warm-up */
    int64_t start_us;    /* of all */
    int64_t judged_us;   /* the warm-up's end */
    int64_t busy_us[16]; /* starts of healthy changes of traffic */
    size_t n_busy;
};

struct alert_stream_kind {
    const char *name;
    double calls_an_hour;
    int n_features, n_models;
    int days, warm_days;
    int n_incidents;
    double effect;   /* of incidents, 1: usual */
    double noise;    /* of levels from day to day */
    double growth;   /* a week */
    bool confounded; /* traffic doubles or halves with each */
    bool dirty;      /* 2 % of calls twice */
};
extern const struct alert_stream_kind alert_stream_kinds[];
extern const size_t alert_stream_kinds_n;

/* alert_stream_run: `w` hears it all; features are called f0, f1, ..,
 * models m0.., providers p0..; model i belongs to provider i % 3. */
void alert_stream_run(size_t kind, uint64_t seed, struct watch *w,
                      struct alert_stream *ret);

#endif
