/* The forecast of a month between gathering (month.c, month_open.c) and
 * wording (month_tell.c). */
#ifndef INSIGHT_MONTH_PRIV_H
#define INSIGHT_MONTH_PRIV_H

#include "base/num.h"
#include "base/str.h"
#include "base/usd.h"
#include "insight/insight.h"
#include "insight/stat/forecast.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct period_zone;

enum {
    MONTH_DAYS_BACK = 366, /* history read */
    MONTH_SCOPES_MAX = 64  /* forecast apart, the dearest */
};

/* What is forecast by itself: all of it, or one feature, model, ... */
struct month_scope {
    struct str name;
    double value[MONTH_DAYS_BACK + 1]; /* dollars a day; today is the last */
    num_i128 so_far;                   /* of the month, pico-dollars */
    struct forecast forecast;          /* from now on */
    double part;                       /* of its total that the month has */
    double run_rate;                   /* pico-dollars; NAN: not begun */
};

/* A feature of which a call costs more since lately. */
struct month_open {
    struct str feature;
    int64_t since;        /* the first day */
    double before, after; /* dollars a call */
    double share;         /* of all that is to come: what it costs more */
};

/* Days are local, since 1970-01-01. */
struct month {
    const struct insight_call *call;
    struct period_zone *zone;
    int64_t now_us;
    int64_t first, end; /* of the month: [first, end) */
    int64_t today;
    int64_t from;  /* value[0] */
    int64_t start; /* the first day with calls */
    double level;
    struct usd budget; /* below 0: none */

    int64_t requests[MONTH_DAYS_BACK + 1];
    num_i128 pico[MONTH_DAYS_BACK + 1]; /* exact, of all */
    bool is_out[MONTH_DAYS_BACK + 1];
    int64_t n_requests, n_unpriced;
    size_t n_outages;
    double day_share; /* of today's cost that is still to come */
    struct month_scope total;
    struct month_scope *scope;
    size_t n_scopes;
    bool has_more_scopes;    /* than are forecast apart */
    struct month_open *open; /* what costs most first */
    size_t n_open;
    const struct answer *asked; /* the days of all */
};

struct forecast_series month_series(const struct month *m,
                                    const struct month_scope *scope);
void month_forecast(const struct month *m, struct month_scope *scope);

/* Of the whole month, what has come included; pico-dollars. */
num_i128 month_expected(const struct month_scope *scope);
num_i128 month_quantile(const struct month_scope *scope, double p);
num_i128 month_pico(double dollars);

/* month_find_open: fills m->open, from the days before today. */
enum rc month_find_open(struct month *m, struct why *why) MUST_CHECK;

/* month_tell_lack: true when there is nothing to make a forecast of, which is
 * then said.  month_tell: all the rest. */
bool month_tell_lack(const struct month *m, struct report *out);
void month_tell(const struct month *m, struct report *out);

#endif
