#include "watch/watch_factor.h"

#include <math.h>

enum { BASE_HOURS = 14 * WATCH_DAY, FAILED_FEW = 8 };
/* Failures may be over in an hour: a quarter of it must have been spent. */
#define RETRIES_SPENT 4.0

static double ratio(double a, double b, double otherwise)
{
    return b > 0 ? a / b : otherwise;
}

static double effective(const struct watch_view *v, double n)
{
    return n / (1 + 0.3 * (v->per_run - 1));
}

static double rise_share(double r)
{
    return 1 - exp(-r);
}

/* What a rise adds to a usual day.  The last day's cost has day_r of it. */
static double rise_usd(double day_usd, double r, double day_r)
{
    return day_usd * exp(-fmin(fmax(day_r, 0), r)) * (exp(r) - 1);
}

/* ---- tokens ---- */

static double x_input(const struct watch_view *v, const struct watch_window *w)
{
    (void)v;
    return log(ratio(w->sums.v[HOUR_IN_OK], w->sums.v[HOUR_OK], 0));
}

static double x_output(const struct watch_view *v, const struct watch_window *w)
{
    (void)v;
    return log(ratio(w->sums.v[HOUR_OUT_OK], w->sums.v[HOUR_OK], 0));
}

/* Deviation over mean, of what is lognormal with that deviation of its log. */
static double cv(double sd)
{
    return sqrt(exp(sd * sd) - 1);
}

static double sd_input(const struct watch_view *v, const struct watch_window *w,
                       double centre)
{
    (void)centre;
    return cv(v->sd_in) / sqrt(effective(v, w->sums.v[HOUR_OK]));
}

static double sd_output(const struct watch_view *v,
                        const struct watch_window *w, double centre)
{
    (void)centre;
    return cv(v->sd_out) / sqrt(effective(v, w->sums.v[HOUR_OK]));
}

/* The typical request's, a geometric mean: a few very long ones hide a rise of
 * all others in the mean, and feign one. */
static double x_input_typical(const struct watch_view *v,
                              const struct watch_window *w)
{
    (void)v;
    return w->sums.v[HOUR_IN_LN] / w->sums.v[HOUR_OK];
}

static double x_output_typical(const struct watch_view *v,
                               const struct watch_window *w)
{
    (void)v;
    return w->sums.v[HOUR_OUT_LN] / w->sums.v[HOUR_OK];
}

static double sd_input_typical(const struct watch_view *v,
                               const struct watch_window *w, double centre)
{
    (void)centre;
    return v->sd_in / sqrt(effective(v, w->sums.v[HOUR_OK]));
}

static double sd_output_typical(const struct watch_view *v,
                                const struct watch_window *w, double centre)
{
    (void)centre;
    return v->sd_out / sqrt(effective(v, w->sums.v[HOUR_OK]));
}

static double usd_input(const struct watch_view *v,
                        const struct watch_window *w, double r, double day_r,
                        double extra)
{
    (void)w;
    (void)extra;
    return rise_usd(v->day.v[HOUR_COST_IN], r, day_r);
}

static double usd_output(const struct watch_view *v,
                         const struct watch_window *w, double r, double day_r,
                         double extra)
{
    (void)w;
    (void)extra;
    return rise_usd(v->day.v[HOUR_COST_OUT], r, day_r);
}

static double shown_plain(const struct watch_view *v,
                          const struct watch_window *w, double x)
{
    (void)v;
    (void)w;
    return exp(x);
}

/* ---- cache: what an input token costs for what is read from it ---- */

static double x_cache(const struct watch_view *v, const struct watch_window *w)
{
    double all = w->sums.v[HOUR_IN_ALL];

    if (!(v->base.v[HOUR_READ] > 0) || !(all > 0)) {
        return (double)NAN;
    }
    double h = fmin(w->sums.v[HOUR_READ] / all, 1);
    return log(1 - h + h * v->cached_price);
}

static double sd_cache(const struct watch_view *v, const struct watch_window *w,
                       double centre)
{
    return .45 * (1 - v->cached_price) / exp(centre) * fmax(cv(v->sd_in), .6) /
           sqrt(effective(v, w->sums.v[HOUR_OK]));
}

static double shown_cache(const struct watch_view *v,
                          const struct watch_window *w, double x)
{
    (void)w;
    return fmax((1 - exp(x)) / (1 - v->cached_price), 0);
}

/* ---- mix: the mean call at the prices of the models that served ---- */

static double x_mix(const struct watch_view *v, const struct watch_window *w)
{
    double usd = 0;
    double n = 0;

    if (v->n_cells < 2) {
        return (double)NAN;
    }
    for (size_t i = 0; i < v->n_cells; i++) {
        const struct watch_cell *cell = v->w->cell[v->scope->cell[i]];
        double ok = watch_cell_ok(cell, w->hour, w->hours);
        usd += ok * v->call_usd[i];
        n += ok;
    }
    return n > 0 && usd > 0 ? log(usd / n) : (double)NAN;
}

static double sd_mix(const struct watch_view *v, const struct watch_window *w,
                     double centre)
{
    (void)centre;
    return v->mix_sd / sqrt(effective(v, w->sums.v[HOUR_OK]));
}

static double usd_all(const struct watch_view *v, const struct watch_window *w,
                      double r, double day_r, double extra)
{
    (void)w;
    (void)extra;
    return rise_usd(v->day.v[HOUR_COST], r, day_r);
}

/* ---- retries ---- */

static double x_retries(const struct watch_view *v,
                        const struct watch_window *w)
{
    double ok = w->sums.v[HOUR_OK];
    double failed = w->sums.v[HOUR_ATTEMPTS] - ok;

    if (!(ok > 0)) {
        return (double)NAN;
    }
    double share = failed / ok;
    return log(1 + (failed < FAILED_FEW ? fmin(share, v->fail) : share));
}

static double sd_retries(const struct watch_view *v,
                         const struct watch_window *w, double centre)
{
    (void)centre;
    return sqrt(1.5 * v->fail) / sqrt(effective(v, w->sums.v[HOUR_OK]));
}

double watch_waste(const struct watch_sums *s)
{
    return s->v[HOUR_COST_OK] > 0
               ? log(fmax(s->v[HOUR_COST] / s->v[HOUR_COST_OK], 1))
               : 0;
}

static double usd_retries(const struct watch_view *v,
                          const struct watch_window *w, double r, double day_r,
                          double extra)
{
    double day =
        v->day.v[HOUR_COST] * rise_share(fmax(watch_waste(&v->day) - extra, 0));
    double own = w->sums.v[HOUR_COST] *
                 rise_share(fmax(watch_waste(&w->sums) - extra, 0));

    (void)r;
    (void)day_r;
    return fmin(RETRIES_SPENT * day, own * WATCH_DAY / w->hours);
}

/* ---- calls of a run, calls ---- */

static double x_steps(const struct watch_view *v, const struct watch_window *w)
{
    double runs = w->sums.v[SERIES_RUNS];

    (void)v;
    if (w->hours < 3 || runs < 8 || w->sums.v[HOUR_OK] < 1.5 * runs) {
        return (double)NAN;
    }
    return log(w->sums.v[HOUR_OK] / runs);
}

static double sd_steps(const struct watch_view *v, const struct watch_window *w,
                       double centre)
{
    (void)centre;
    (void)v;
    return 1.2 / sqrt(fmax(w->sums.v[SERIES_RUNS], 1));
}

static double x_traffic(const struct watch_view *v,
                        const struct watch_window *w)
{
    (void)v;
    return w->hours >= 3 && w->hours <= WATCH_DAY ? log(w->sums.v[HOUR_OK])
                                                  : (double)NAN;
}

static double sd_traffic(const struct watch_view *v,
                         const struct watch_window *w, double centre)
{
    (void)centre;
    (void)v;
    return 1.3 / sqrt(w->sums.v[HOUR_OK]);
}

static double usd_traffic(const struct watch_view *v,
                          const struct watch_window *w, double r, double day_r,
                          double extra)
{
    (void)v;
    (void)day_r;
    (void)extra;
    return w->sums.v[HOUR_COST] * rise_share(r);
}

static double shown_traffic(const struct watch_view *v,
                            const struct watch_window *w, double x)
{
    (void)v;
    return exp(x) * WATCH_DAY / w->hours;
}

#define RISE_10 0.0953101798
#define RISE_35 0.3001045925
#define RISE_25 0.2231435513

const struct watch_factor watch_factors[FACTORS] = {
    [FACTOR_INPUT] = {FACTOR_INPUT, WATCH_INPUT_TOKENS, false,
                      "input tokens a request", RISE_10, 1, x_input, sd_input,
                      usd_input, shown_plain},
    [FACTOR_OUTPUT] = {FACTOR_OUTPUT, WATCH_OUTPUT_TOKENS, false,
                       "output tokens a request", RISE_10, 1, x_output,
                       sd_output, usd_output, shown_plain},
    [FACTOR_CACHE] = {FACTOR_CACHE, WATCH_CACHE, true,
                      "share of input read from caches", RISE_10, 1, x_cache,
                      sd_cache, usd_input, shown_cache},
    [FACTOR_MIX] = {FACTOR_MIX, WATCH_MODEL_MIX, true,
                    "dollars a call, by its model", RISE_10, 1, x_mix, sd_mix,
                    usd_all, shown_plain},
    [FACTOR_RETRIES] = {FACTOR_RETRIES, WATCH_RETRIES, true,
                        "attempts a request", RISE_10, 1, x_retries, sd_retries,
                        usd_retries, shown_plain},
    [FACTOR_STEPS] = {FACTOR_STEPS, WATCH_REQUESTS_PER_WORKFLOW, false,
                      "requests a run and hour", RISE_25, 1, x_steps, sd_steps,
                      usd_all, shown_plain},
    [FACTOR_TRAFFIC] = {FACTOR_TRAFFIC, WATCH_TRAFFIC, false, "requests a day",
                        RISE_35, 4, x_traffic, sd_traffic, usd_traffic,
                        shown_traffic},
    [FACTOR_INPUT_TYPICAL] = {FACTOR_INPUT, WATCH_INPUT_TOKENS, true,
                              "input tokens a request", RISE_10, 1,
                              x_input_typical, sd_input_typical, usd_input,
                              shown_plain},
    [FACTOR_OUTPUT_TYPICAL] = {FACTOR_OUTPUT, WATCH_OUTPUT_TOKENS, true,
                               "output tokens a request", RISE_10, 1,
                               x_output_typical, sd_output_typical, usd_output,
                               shown_plain},
};

/* ---- the view ---- */

/* The deviation of a logarithm, whose sums these are. */
static double spread(const double *ln, double n)
{
    double mean = ratio(ln[0], n, 0);

    return n > 0 ? sqrt(fmax(ln[1] / n - mean * mean, 0.01)) : 1;
}

/* The model's own prices for the feature's mean call. */
static double call_usd(const struct watch_view *v, const struct watch_model *m)
{
    const double *f = v->base.v;
    double r[HOUR_SUMS]; /* with what was heard of an hour not over yet */

    for (size_t i = 0; i < HOUR_SUMS; i++) {
        r[i] = m->recent[i] + m->now[i];
    }
    double ok = f[HOUR_OK] > 0 ? f[HOUR_OK] : 1;
    double share = ratio(f[HOUR_READ] + f[HOUR_WRITE], f[HOUR_IN_ALL], 0);
    double in = f[HOUR_IN_OK] / ok;
    double cached = r[HOUR_READ] + r[HOUR_WRITE];
    double plain = r[HOUR_IN_ALL] - cached;
    double p_in = m->price[HOUR_PRICE_IN];
    double p_out = m->price[HOUR_PRICE_OUT];

    if (plain > 0) {
        p_in = (r[HOUR_COST_IN] - r[HOUR_COST_CACHE]) / plain;
    }
    if (r[HOUR_OUT_ALL] > 0) {
        p_out = r[HOUR_COST_OUT] / r[HOUR_OUT_ALL];
    }
    double p_cached = ratio(r[HOUR_COST_CACHE], cached, p_in);
    return in * (1 - share) * p_in + in * share * p_cached +
           f[HOUR_OUT_OK] / ok * p_out;
}

static void view_mix(struct watch_view *v)
{
    double share[VIEW_CELLS_MAX];
    double n = 0;
    double mean = 0;
    double spread_sum = 0;
    int hours = (int)fmin((double)v->hours, BASE_HOURS);

    for (size_t i = 0; i < v->n_cells; i++) {
        const struct watch_cell *cell = v->w->cell[v->scope->cell[i]];
        share[i] = watch_cell_ok(cell, v->hour, hours);
        v->call_usd[i] = call_usd(v, &v->w->model[cell->model]);
        n += share[i];
        mean += share[i] * v->call_usd[i];
    }
    mean = ratio(mean, n, 0);
    for (size_t i = 0; i < v->n_cells && mean > 0; i++) {
        double d = v->call_usd[i] / mean - 1;
        spread_sum += share[i] / n * d * d;
    }
    v->mix_sd = sqrt(fmax(spread_sum, .002));
}

static double cached_price(const struct watch_sums *b)
{
    double cached = b->v[HOUR_READ] + b->v[HOUR_WRITE];
    double plain = b->v[HOUR_IN_ALL] - cached;
    double p_in = ratio(b->v[HOUR_COST_IN] - b->v[HOUR_COST_CACHE], plain, 0);

    if (!(p_in > 0) || !(b->v[HOUR_READ] > 0)) {
        return .2;
    }
    double reads = b->v[HOUR_COST_CACHE] - 1.25 * p_in * b->v[HOUR_WRITE];
    return fmin(fmax(reads / b->v[HOUR_READ] / p_in, .05), .75);
}

void watch_view_make(const struct watch *w, const struct watch_scope *s,
                     bool is_provider, struct watch_view *ret)
{
    struct watch_view *v = ret;

    v->w = w;
    v->scope = s;
    v->hour = w->hour;
    v->hours = w->hour - s->series->first_hour + 1;
    int day = (int)fmin((double)v->hours, WATCH_DAY);
    int base = (int)fmin((double)v->hours, BASE_HOURS);
    (void)watch_series_window(s->series, w->hour, day, &v->day);
    (void)watch_series_window(s->series, w->hour, base, &v->base);
    const double *b = v->base.v;
    v->sd_in = spread(&b[HOUR_IN_LN], b[HOUR_OK]);
    v->sd_out = spread(&b[HOUR_OUT_LN], b[HOUR_OK]);
    v->per_run = fmin(fmax(ratio(b[HOUR_OK], b[SERIES_RUNS], 1), 1), 50);
    v->fail = fmax(ratio(b[HOUR_ATTEMPTS] - b[HOUR_OK], b[HOUR_OK], 0), .005);
    v->cached_price = cached_price(&v->base);
    v->n_cells = 0;
    if (!is_provider) {
        v->n_cells = s->n_cells < VIEW_CELLS_MAX ? s->n_cells : VIEW_CELLS_MAX;
        view_mix(v);
    }
}

uint32_t watch_view_model(const struct watch_view *v, int hours)
{
    int base = (int)fmin((double)v->hours, BASE_HOURS);
    double n_now = 0;
    double n_base = 0;
    double most = 0;
    uint32_t found = WATCH_NO_NAME;

    for (size_t i = 0; i < v->n_cells; i++) {
        const struct watch_cell *cell = v->w->cell[v->scope->cell[i]];
        n_now += watch_cell_ok(cell, v->hour, hours);
        n_base += watch_cell_ok(cell, v->hour, base);
    }
    for (size_t i = 0; i < v->n_cells; i++) {
        const struct watch_cell *cell = v->w->cell[v->scope->cell[i]];
        double more = (watch_cell_ok(cell, v->hour, hours) / fmax(n_now, 1) -
                       watch_cell_ok(cell, v->hour, base) / fmax(n_base, 1)) *
                      v->call_usd[i];
        if (more > most) {
            most = more;
            found = cell->model;
        }
    }
    return found;
}
