/* The factors of spend: what is measured, how it strays by chance alone, and
 * what a rise of it costs.  One row a factor; all on a log scale, so that a
 * rise r is a factor e^r.  One thread. */
#ifndef WATCH_WATCH_FACTOR_H
#define WATCH_WATCH_FACTOR_H

#include "watch/watch_priv.h"

enum { VIEW_CELLS_MAX = 256 };

/* A scope as its last days show it; made once an hour. */
struct watch_view {
    const struct watch *w;
    const struct watch_scope *scope;
    int64_t hour;
    int64_t hours;          /* since its first call, this one included */
    struct watch_sums day;  /* of 24 hours, or of all there are */
    struct watch_sums base; /* of 14 days, likewise */
    double sd_in, sd_out;   /* of the logarithm of a call's tokens */
    double per_run;         /* calls */
    double fail;            /* failed for each that went well, at least .005 */
    double cached_price;    /* a cached token over a plain one, 0..1 */
    double mix_sd;          /* of what the model makes of a call's cost */
    size_t n_cells;
    double call_usd[VIEW_CELLS_MAX]; /* the mean call at that model's price */
};

struct watch_window {
    int hours;
    int64_t hour; /* the last */
    struct watch_sums sums;
};

struct watch_factor {
    enum factor of; /* the factor it tells of: itself, or as other evidence */
    enum watch_cause cause;
    bool rises_slowly; /* watched for creep as well */
    const char *unit;
    double rise_min; /* log */
    double gates;    /* of dollars */
    /* x: NaN when there is nothing to measure. */
    double (*x)(const struct watch_view *v, const struct watch_window *win);
    /* sampling: how far x strays from `centre` by chance in such a window. */
    double (*sampling)(const struct watch_view *v,
                       const struct watch_window *win, double centre);
    /* usd: a day, of a rise.  extra: of retries, the usual waste.  day_r: as
     * much of the rise as the last day's cost shows already. */
    double (*usd)(const struct watch_view *v, const struct watch_window *win,
                  double r, double day_r, double extra);
    double (*shown)(const struct watch_view *v, const struct watch_window *win,
                    double x);
};
extern const struct watch_factor watch_factors[FACTORS];

void watch_view_make(const struct watch *w, const struct watch_scope *s,
                     bool is_provider, struct watch_view *ret);
/* watch_view_model: the model whose share of calls made them dearest. */
uint32_t watch_view_model(const struct watch_view *v, int hours);
double watch_waste(const struct watch_sums *sums);

#endif
