/* The watch from inside: what its files share. */
#ifndef WATCH_WATCH_PRIV_H
#define WATCH_WATCH_PRIV_H

#include "watch/watch.h"
#include "watch/watch_names.h"
#include "watch/watch_scale.h"
#include "watch/watch_series.h"

#define WATCH_DAY 24
/* What is told must cost that share of the usual day. */
#define WATCH_GATE 0.0075

/* One cause at one scope: at most one alert is open for it. */
struct watch_key {
    bool is_open;
    bool is_beside; /* it only accompanies another alert */
    struct watch_alert alert;
    int64_t opened, held_until;
    int64_t waits_since; /* for a provider's alert */
    int hours_below;
    int64_t settled_until; /* what it rose to is the usual by now */
    double x, r;       /* 24 h level and rise when it opened, or its worst */
    double creep;      /* the one-sided sum of slow rises */
    double usd_so_far; /* of hours since it opened */
};

/* What of a factor is usual in a window, as of an hour's end. */
struct watch_usual {
    int64_t hour;
    size_t k; /* past values; 0: not known */
    double centre;
    double times; /* what chance alone would do, the scale is */
    double waste; /* of failures */
    double day_r; /* as much of a rise as the last day's cost shows */
};

enum { SCOPE_STRAYS = 56, STRAY_HOURS = 6 }; /* 14 days */
struct watch_scope {                         /* a feature or a provider */
    uint32_t name;
    struct watch_series *series;
    struct watch_key key[FACTORS];
    int64_t asleep_until; /* a new feature finds its level first */
    int64_t muted_until;  /* a loop explains all */
    int64_t told_at;      /* the last alert, and what it cost a day */
    double told_usd;
    bool is_new_told;
    int64_t out_until[FACTORS][WINDOWS]; /* an excess that counted already */
    struct watch_usual usual[FACTORS][WINDOWS];
    float stray[WINDOWS][SCOPE_STRAYS]; /* how far traffic was off lately */
    size_t n_strays;
    uint32_t *cell; /* a feature's models: numbers of w->cell */
    size_t n_cells, cap_cells;
};

struct watch_model { /* of a provider */
    uint32_t provider;
    struct str name;
    double now[HOUR_SUMS]; /* of the hour */
    double now_price[HOUR_PRICES];
    double recent[HOUR_SUMS];    /* of some days, older ones fading */
    float hour[WATCH_DAY][3];    /* plain input, reads, output: tokens */
    double price[HOUR_PRICES];   /* in force */
    double before[HOUR_PRICES];  /* until it changed */
    double waiting[HOUR_PRICES]; /* another one, seen but not yet sure */
    double n_waiting;
    int64_t first_hour;
    int64_t changed; /* hour; INT64_MIN: never */
    int64_t unsteady_until;
    bool is_told;
};

enum { PAYER_DAYS = 16, PAYER_PARTS = 4 };
struct watch_payer {
    int64_t first_hour;
    int64_t new_until; /* its calls are a new customer's */
    float hour[WATCH_DAY];
    float day[PAYER_DAYS];
    struct {
        uint32_t feature;
        float cost;
    } part[PAYER_PARTS];
};

struct watch_loops;

struct watch {
    struct watch_options opt;
    int64_t hour;       /* the one being heard */
    int64_t now_us;     /* up to which it was */
    int64_t first_hour; /* INT64_MAX: nothing yet */
    double daily_usd, gate;
    uint64_t n_alerts, n_left_out;
    struct watch_series *all;
    struct watch_names feature_name, provider_name, model_name, cell_name,
        payer_name;
    struct watch_scope *feature, *provider;
    size_t cap_features, cap_providers;
    struct watch_model *model;
    size_t cap_models;
    struct watch_cell **cell;
    size_t cap_cells;
    struct watch_payer *payer;
    size_t cap_payers, n_payers;
    struct watch_loops *loops;
    struct watch_scales scales;
};

/* watch_scope_at, ..: by number, made if they are new; NULL over the limit. */
struct watch_scope *watch_feature_of(struct watch *w, struct str name);

/* ---- watch_judge.c: the factors of a scope ----
 * is_between: the hour is not over; what was heard of it stands in the series.
 */
void watch_judge(struct watch *w, bool is_between);

/* A rise found: what an alert could be about. */
struct watch_rise {
    enum factor factor;
    int window;
    double x, centre, z, usd, n;
    double day_x; /* of 24 hours; NaN: not known */
    int64_t since;
    double before, after;
};
/* watch_raise: says so unless it is held back; true when told. */
bool watch_raise(struct watch *w, struct watch_scope *s,
                 const struct watch_rise *rise, struct watch_alert *alert);
/* watch_follow: an open alert's hour: worse, or over.
 *   x, r  of 24 hours; NaN when there is too little */
void watch_follow(struct watch *w, struct watch_key *key, double x, double r);
/* watch_say: fills in number, time, severity and tells. */
void watch_say(struct watch *w, struct watch_alert *alert);

/* ---- the certain causes ---- */
void watch_prices(struct watch *w);
void watch_newcomers(struct watch *w);
/* watch_new_payer_share: of the feature's cost of a day, what customers bring
 * who are new. */
double watch_new_payer_usd(const struct watch *w, uint32_t feature);

struct watch_loops *watch_loops_new(void);
void watch_loops_free(struct watch_loops **l);
void watch_loops_tick(struct watch *w);

/* ---- small things ---- */
double watch_median(double *x, size_t n); /* sorts; NaN of none */

#endif
