/* Each factor in each window against the same hours of the days before: their
 * median is the centre, their scatter the scale. */
#include "base/check.h"
#include "base/num.h"
#include "watch/watch_factor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LAGS_MAX = 22,
    LAGS_SILENT = 6,  /* fewer say nothing */
    LAGS_ENOUGH = 14, /* fewer must be out further */
    REQUESTS_MIN = 8, /* in a window */
    STORM_HOURS = 30,
    STORM_WAIT_HOURS = 3,
    SINCE_HOURS_MAX = 96,
    USUAL_HOURS = 3 /* that what is usual is taken for the next hours' */
};
#define COLD        1.6
#define CHANCE      0.7
#define CHANCE_LESS 0.2 /* of z, for a day and more */
#define SCALE_MIN   0.015
#define TRAFFIC_MIN 0.08
#define MAD_SIGMA   1.4826
#define ECHO        0.6          /* of a 72 h rise that 24 h must still show */
#define RISE_LONG   0.1655144385 /* ln 1.18 */
#define CREEP_K     1.0
#define CREEP_H     5.0
#define RISE_SMALL  0.05 /* of what is well seen and dear */
#define DEAR        1.33 /* gates */
#define CREEP_Z     2.8
#define NEARLY      0.8  /* of a threshold: no longer usual */
#define OF_ONE      0.75 /* of a provider's failures that one feature has */

/* Days, or weeks, back. */
struct lags {
    int first, last, step; /* hours of one */
};
static const struct lags lags_days = {1, 21, WATCH_DAY};
static const struct lags lags_long = {10, 31, WATCH_DAY};
static const struct lags lags_creep = {8, 28, WATCH_DAY};
static const struct lags lags_weeks = {1, 4, 7 * WATCH_DAY};
static const struct lags lags_week = {1, 7, WATCH_DAY};

struct past {
    struct watch_window win[LAGS_MAX];
    size_t n;
};

struct tested {
    bool is_tested;
    double x, centre, r, z, scale, usd, n;
    bool is_chance; /* the scale is that of chance, which is well known */
    size_t k;
};

double watch_median(double *x, size_t n)
{
    if (n == 0) {
        return (double)NAN;
    }
    if (n <= LAGS_MAX) { /* nearly always */
        for (size_t i = 1; i < n; i++) {
            double v = x[i];
            size_t k = i;
            for (; k > 0 && x[k - 1] > v; k--) {
                x[k] = x[k - 1];
            }
            x[k] = v;
        }
    } else {
        qsort(x, n, sizeof *x, num_f64_cmp);
    }
    return n % 2 == 1 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

static bool window_at(const struct watch_view *v, int64_t hour, int hours,
                      struct watch_window *ret)
{
    ret->hour = hour;
    ret->hours = hours;
    return watch_series_window(v->scope->series, hour, hours, &ret->sums) &&
           ret->sums.v[HOUR_OK] >= REQUESTS_MIN;
}

static void look_back(const struct watch_view *v, const struct lags *lags,
                      int hours, struct past *ret)
{
    ret->n = 0;
    for (int d = lags->first; d <= lags->last; d++) {
        int64_t at = v->hour - (int64_t)d * lags->step;
        ret->n += window_at(v, at, hours, &ret->win[ret->n]) ? 1 : 0;
    }
}

static size_t values(const struct watch_view *v, enum factor f,
                     const struct past *past, double *ret)
{
    size_t n = 0;

    for (size_t i = 0; i < past->n; i++) {
        double x = watch_factors[f].x(v, &past->win[i]);
        if (isfinite(x)) {
            ret[n++] = x;
        }
    }
    return n;
}

static double usual_waste(const struct past *past)
{
    double x[LAGS_MAX];

    for (size_t i = 0; i < past->n; i++) {
        x[i] = watch_waste(&past->win[i].sums);
    }
    return past->n > 0 ? watch_median(x, past->n) : 0;
}

/* Traffic strays by more than its few weeks show: how far off it was every
 * six hours of the last 14 days. */
static double stray(const struct watch_scope *s, size_t window)
{
    double x[SCOPE_STRAYS];
    size_t n = s->n_strays < SCOPE_STRAYS ? s->n_strays : SCOPE_STRAYS;

    for (size_t i = 0; i < n; i++) {
        x[i] = fabs((double)s->stray[window][i]);
    }
    return n < 8 ? 2 * TRAFFIC_MIN
                 : fmax(MAD_SIGMA * watch_median(x, n), TRAFFIC_MIN);
}

static double scatter(const double *x, size_t n, double centre, size_t window)
{
    double away[LAGS_MAX];

    for (size_t i = 0; i < n; i++) {
        away[i] = fabs(x[i] - centre);
    }
    double s = MAD_SIGMA * watch_median(away, n) * (1 + 2 / (double)n);
    return window == WINDOW_72 ? s * 1.4 : s;
}

/* What of a factor is usual in a window; k 0: not known. */
static struct watch_usual usual_of(struct watch *w, const struct watch_view *v,
                                   enum factor f, size_t window,
                                   const struct past *past,
                                   const struct watch_window *now)
{
    struct watch_usual u = {.hour = v->hour};
    double x[LAGS_MAX];
    size_t n = values(v, f, past, x);
    size_t least = f == FACTOR_TRAFFIC ? 2 : LAGS_SILENT;

    if (n < least || !isfinite(watch_factors[f].x(v, now))) {
        return u;
    }
    u.k = n;
    u.centre = watch_median(x, n);
    u.waste = f == FACTOR_RETRIES ? usual_waste(past) : 0;
    u.times = 1;
    if (f != FACTOR_TRAFFIC) {
        double chance = fmax(watch_factors[f].sampling(v, now, u.centre), 1e-6);
        double own = scatter(x, n, u.centre, window);
        double shrunk =
            watch_scale_shrunk(&w->scales.of[f][window], own, chance, n);
        u.times = fmax(shrunk / chance, 1);
    }
    return u;
}

/* The factor now against what is usual. */
static struct tested test(const struct watch_view *v, enum factor f,
                          size_t window, const struct watch_usual *usual,
                          const struct watch_window *now)
{
    struct tested t = {.n = now->sums.v[HOUR_OK], .k = usual->k};

    t.x = watch_factors[f].x(v, now);
    if (!isfinite(t.x) || usual->k == 0) {
        return t;
    }
    t.centre = usual->centre;
    t.r = t.x - t.centre;
    double chance = fmax(watch_factors[f].sampling(v, now, t.centre), 1e-6);
    if (f == FACTOR_TRAFFIC) {
        /* By chance as few as usual would stray, not as many as now. */
        chance *= exp(fmax(t.r, 0) / 2) * sqrt(v->per_run);
        t.scale = fmax(stray(v->scope, window), chance);
    } else {
        t.scale = fmax(chance * usual->times, SCALE_MIN);
    }
    t.is_chance = f != FACTOR_TRAFFIC && chance >= CHANCE * t.scale;
    t.z = t.r / t.scale;
    double day_r = now->hours == WATCH_DAY ? t.r : usual->day_r;
    t.usd =
        t.r > 0 ? watch_factors[f].usd(v, now, t.r, day_r, usual->waste) : 0;
    t.is_tested = true;
    return t;
}

static bool is_rise(const struct watch *w, const struct tested *t,
                    enum factor f, size_t window, double r24)
{
    const struct watch_factor *factor = &watch_factors[f];
    double z_on = watch_scale_threshold(&w->scales, f, window);

    if (f != FACTOR_TRAFFIC && t->k < LAGS_ENOUGH) {
        z_on *= COLD;
    }
    if (t->is_chance && window >= WINDOW_24) {
        z_on -= CHANCE_LESS;
    }
    bool is_dear = f != FACTOR_TRAFFIC && f != FACTOR_STEPS &&
                   window >= WINDOW_8 && t->usd >= DEAR * w->gate;
    double rise_min = is_dear ? RISE_SMALL : factor->rise_min;
    if (!t->is_tested || t->z < z_on || t->r < rise_min ||
        t->usd < factor->gates * w->gate) {
        return false;
    }
    return window != WINDOW_72 || (t->r >= RISE_LONG && r24 >= ECHO * t->r);
}

/* The first hour of those up to now in which the factor was already up. */
static int64_t since(const struct watch_view *v, enum factor f,
                     const struct tested *t, int hours)
{
    int64_t first = v->hour - hours + 1;
    struct watch_window win = {.hours = 1};

    if (f == FACTOR_TRAFFIC || f == FACTOR_STEPS) {
        return first;
    }
    first = v->hour;
    for (int64_t at = v->hour; at > v->hour - SINCE_HOURS_MAX; at--) {
        win.hour = at;
        if (!watch_series_window(v->scope->series, at, 1, &win.sums)) {
            break;
        }
        double x = watch_factors[f].x(v, &win);
        if (isfinite(x) && x - t->centre < t->r / 2) {
            break;
        }
        first = isfinite(x) ? at : first;
    }
    return first;
}

/* As it is since then: a window that began before that shows less. */
static double level(const struct watch_view *v, enum factor f,
                    const struct tested *t, const struct watch_window *win,
                    int64_t since_hour)
{
    struct watch_window part = {.hour = v->hour,
                                .hours = (int)(v->hour - since_hour + 1)};
    double x = NAN;

    if (part.hours < win->hours &&
        watch_series_window(v->scope->series, v->hour, part.hours,
                            &part.sums)) {
        x = watch_factors[f].x(v, &part);
    }
    return isfinite(x) ? watch_factors[f].shown(v, &part, x)
                       : watch_factors[f].shown(v, win, t->x);
}

static void fill_rise(const struct watch_view *v, enum factor f,
                      const struct tested *t, const struct watch_window *win,
                      struct watch_rise *ret)
{
    int64_t first = since(v, f, t, win->hours);

    *ret = (struct watch_rise){
        .factor = f,
        .window = win->hours,
        .x = t->x,
        .day_x = (double)NAN,
        .centre = t->centre,
        .z = t->z,
        .usd = t->usd,
        .n = t->n,
        .since = first,
        .before = watch_factors[f].shown(v, win, t->centre),
        .after = level(v, f, t, win, first),
    };
}

/* What was found of a scope in one hour, or up to a moment within it. */
struct found {
    bool is_between;
    struct tested t[FACTORS][WINDOWS];
    struct watch_window now[WINDOWS];
    bool has_now[WINDOWS];
    struct watch_rise rise[FACTORS];
    double most[FACTORS]; /* times its threshold; 0: no rise */
};

static const struct lags *lags_of(const struct watch_view *v, size_t window,
                                  bool is_traffic)
{
    if (is_traffic) {
        return v->hours < 15 * WATCH_DAY ? &lags_week : &lags_weeks;
    }
    return window == WINDOW_72 ? &lags_long : &lags_days;
}

static bool is_of(enum factor f, bool is_provider)
{
    return f != FACTOR_TRAFFIC && (!is_provider || f == FACTOR_RETRIES);
}

static void test_window(struct watch *w, const struct watch_view *v,
                        struct watch_scope *s, size_t window, bool is_provider,
                        struct found *ret)
{
    int hours = watch_window_hours[window];
    struct watch_window *now = &ret->now[window];
    struct past past;

    ret->has_now[window] = window_at(v, v->hour, hours, now);
    if (!ret->has_now[window]) {
        return;
    }
    look_back(v, lags_of(v, window, false), hours, &past);
    for (enum factor f = 0; f < FACTORS; f++) {
        if (is_of(f, is_provider)) {
            struct watch_usual *usual = &s->usual[f][window];
            *usual = usual_of(w, v, f, window, &past, now);
            usual->day_r = ret->t[f][WINDOW_24].r;
            ret->t[f][window] = test(v, f, window, usual, now);
        }
    }
    if (!is_provider && window >= WINDOW_4 && window != WINDOW_72) {
        look_back(v, lags_of(v, window, true), hours, &past);
        struct watch_usual usual =
            usual_of(w, v, FACTOR_TRAFFIC, window, &past, now);
        ret->t[FACTOR_TRAFFIC][window] =
            test(v, FACTOR_TRAFFIC, window, &usual, now);
    }
}

/* Within an hour: short windows against what was usual when the last hours
 * ended.  Runs are known at an hour's end only. */
static void test_between(const struct watch_view *v,
                         const struct watch_scope *s, bool is_provider,
                         struct found *ret)
{
    ret->is_between = true;
    for (size_t i = 0; i <= WINDOW_8; i++) {
        if (!window_at(v, v->hour, watch_window_hours[i], &ret->now[i])) {
            continue;
        }
        for (enum factor f = 0; f < FACTORS; f++) {
            const struct watch_usual *usual = &s->usual[f][i];
            if (f != FACTOR_STEPS && is_of(f, is_provider) &&
                v->hour - usual->hour <= USUAL_HOURS) {
                ret->t[f][i] = test(v, f, i, usual, &ret->now[i]);
            }
        }
    }
}

/* The day first, as shorter windows ask what it has taken in. */
static void test_all(struct watch *w, const struct watch_view *v,
                     struct watch_scope *s, bool is_provider, struct found *ret)
{
    test_window(w, v, s, WINDOW_24, is_provider, ret);
    for (size_t i = 0; i < WINDOWS; i++) {
        if (i != WINDOW_24) {
            test_window(w, v, s, i, is_provider, ret);
        }
    }
}

static void keep_strays(struct watch_scope *s, const struct found *found,
                        int64_t hour)
{
    if (hour % STRAY_HOURS != 0 ||
        !found->t[FACTOR_TRAFFIC][WINDOW_24].is_tested) {
        return;
    }
    for (size_t i = 0; i < WINDOWS; i++) {
        s->stray[i][s->n_strays % SCOPE_STRAYS] =
            (float)found->t[FACTOR_TRAFFIC][i].r;
    }
    s->n_strays++;
}

/* What is out for days without being told, as it is cheap, is one excess. */
static void count_quiet(struct watch *w, struct watch_scope *s, enum factor f,
                        size_t window, double z)
{
    bool is_out = z >= NEARLY * watch_scale_threshold(&w->scales, f, window);

    if (!is_out || w->hour >= s->out_until[f][window]) {
        watch_scale_count(&w->scales.of[f][window], z);
    }
    if (is_out) {
        s->out_until[f][window] = w->hour + WATCH_DAY;
    }
}

/* The window in which a factor, or other evidence of it, is out furthest for
 * its threshold.  What is told is the factor itself, since that is what costs.
 */
static void pick(struct watch *w, const struct watch_view *v, enum factor f,
                 struct watch_scope *s, struct found *ret)
{
    enum factor of = watch_factors[f].of;
    double r24 = ret->t[f][WINDOW_24].r;

    for (size_t i = 0; i < WINDOWS; i++) {
        const struct tested *t = &ret->t[f][i];
        const struct tested *told = &ret->t[of][i];
        if (is_rise(w, t, f, i, r24) && told->is_tested &&
            told->r >= RISE_SMALL) {
            double out = t->z / watch_scale_threshold(&w->scales, f, i);
            if (out > ret->most[of]) {
                ret->most[of] = out;
                fill_rise(v, of, told, &ret->now[i], &ret->rise[of]);
                ret->rise[of].z = t->z;
                if (ret->t[of][WINDOW_24].is_tested) {
                    ret->rise[of].day_x = ret->t[of][WINDOW_24].x;
                }
            }
        } else if (t->is_tested && !s->key[of].is_open && !ret->is_between) {
            count_quiet(w, s, f, i, t->z);
        }
    }
}

/* Slow rises: against days so far back that they have not taken it in. */
static void creep(struct watch *w, const struct watch_view *v, enum factor f,
                  const struct past *past, struct watch_key *key,
                  struct found *ret)
{
    const struct watch_window *now = &ret->now[WINDOW_24];
    struct watch_usual usual = usual_of(w, v, f, WINDOW_72, past, now);
    struct tested t = test(v, f, WINDOW_72, &usual, now);
    enum factor of = watch_factors[f].of;

    if (!t.is_tested || key->is_open) {
        key->creep = 0;
        return;
    }
    key->creep = fmax(key->creep + (fmin(t.z, 8) - CREEP_K) / WATCH_DAY, 0);
    if (ret->most[of] <= 0 && key->creep >= CREEP_H && t.z >= CREEP_Z &&
        t.r >= RISE_SMALL && t.usd >= w->gate && t.k >= LAGS_SILENT) {
        usual = usual_of(w, v, of, WINDOW_72, past, now);
        struct tested told = test(v, of, WINDOW_72, &usual, now);
        if (told.is_tested && told.r >= RISE_SMALL) {
            fill_rise(v, of, &told, now, &ret->rise[of]);
            ret->rise[of].z = t.z;
            ret->most[of] = 1;
        }
    }
}

static void creep_all(struct watch *w, const struct watch_view *v,
                      struct watch_scope *s, struct found *ret)
{
    struct past past;

    if (!ret->has_now[WINDOW_24]) {
        return;
    }
    look_back(v, &lags_creep, WATCH_DAY, &past);
    for (enum factor f = 0; f < FACTORS; f++) {
        if (watch_factors[f].rises_slowly) {
            creep(w, v, f, &past, &s->key[watch_factors[f].of], ret);
        }
    }
}

static bool has_open(const struct watch_scope *s)
{
    for (size_t f = 0; f < FACTORS; f++) {
        if (s->key[f].is_open) {
            return true;
        }
    }
    return false;
}

static void follow_all(struct watch *w, struct watch_scope *s,
                       const struct found *found)
{
    for (size_t f = 0; f < FACTORS; f++) {
        const struct tested *t = &found->t[f][WINDOW_24];
        if (s->key[f].is_open || w->hour < s->key[f].settled_until) {
            watch_follow(w, &s->key[f], t->is_tested ? t->x : (double)NAN,
                         t->is_tested ? t->r : (double)NAN);
        }
    }
}

/* Whose rise it is: more users, or each of them asking more. */
static enum watch_cause cause_of_traffic(const struct watch_view *v,
                                         const struct found *found)
{
    const struct watch_window *now = &found->now[WINDOW_24];
    struct past past;
    double x[LAGS_MAX];
    size_t n = 0;

    if (!found->has_now[WINDOW_24] || !(now->sums.v[SERIES_USERS] > 0)) {
        return WATCH_TRAFFIC;
    }
    look_back(v, lags_of(v, WINDOW_24, true), WATCH_DAY, &past);
    for (size_t i = 0; i < past.n; i++) {
        if (past.win[i].sums.v[SERIES_USERS] > 0) {
            x[n++] = log(past.win[i].sums.v[SERIES_USERS]);
        }
    }
    double users = log(now->sums.v[SERIES_USERS]) - watch_median(x, n);
    double r = found->t[FACTOR_TRAFFIC][WINDOW_24].r;
    if (!isfinite(users) || !(r > 0.1)) {
        return WATCH_TRAFFIC;
    }
    return users >= .65 * r   ? WATCH_USERS
           : users <= .35 * r ? WATCH_REQUESTS_PER_USER
                              : WATCH_TRAFFIC;
}

/* Failures of the provider more than usual, and the feature that has most of
 * them. */
static uint32_t most_failures(const struct watch *w, uint32_t provider,
                              int hours, double *ret_share, size_t *ret_n)
{
    double all = 0;
    double most = 0;
    uint32_t found = WATCH_NO_NAME;

    *ret_n = 0;
    for (uint32_t f = 0; f < w->feature_name.n; f++) {
        double more = 0;
        bool uses = false;
        for (size_t i = 0; i < w->feature[f].n_cells; i++) {
            const struct watch_cell *cell = w->cell[w->feature[f].cell[i]];
            if (w->model[cell->model].provider != provider) {
                continue;
            }
            struct watch_calls now = watch_cell_window(cell, w->hour, hours);
            struct watch_calls base =
                watch_cell_window(cell, w->hour - hours, 14 * WATCH_DAY);
            more +=
                (double)(now.attempts - now.ok) -
                now.ok * (double)(base.attempts - base.ok) / fmax(base.ok, 1);
            uses = uses || base.ok > 0;
        }
        *ret_n += uses ? 1 : 0;
        all += fmax(more, 0);
        if (more > most) {
            most = more;
            found = f;
        }
    }
    *ret_share = all > 0 ? most / all : 0;
    return found;
}

/* The feature's calls to that provider fail more than they did. */
static bool most_is_up(const struct watch *w, const struct watch_scope *s,
                       uint32_t provider, int hours)
{
    double failed = 0;
    double all = 0;

    for (size_t i = 0; i < s->n_cells; i++) {
        const struct watch_cell *cell = w->cell[s->cell[i]];
        struct watch_calls now = watch_cell_window(cell, w->hour, hours);
        double n = (double)(now.attempts - now.ok);
        all += n;
        failed += w->model[cell->model].provider == provider ? n : 0;
    }
    return failed * 2 > all;
}

/* Of a feature's failures, whether others of the same provider fail as well:
 * then it is for the provider's own look to tell, which may need an hour or
 * two more. */
static bool is_of_storm(struct watch *w, struct watch_scope *s, int hours)
{
    struct watch_key *key = &s->key[FACTOR_RETRIES];
    double share = 1;
    size_t n_users = 0;

    for (size_t i = 0; i < s->n_cells; i++) {
        uint32_t p = w->model[w->cell[s->cell[i]]->model].provider;
        uint32_t most = most_failures(w, p, hours, &share, &n_users);
        if (most != WATCH_NO_NAME && n_users >= 2 && share < OF_ONE &&
            most_is_up(w, s, p, hours)) {
            break;
        }
        share = 1;
    }
    if (share >= OF_ONE) {
        return false;
    }
    if (w->hour - key->waits_since > STORM_HOURS) {
        key->waits_since = w->hour;
    }
    return w->hour - key->waits_since < STORM_WAIT_HOURS;
}

static bool raise_one(struct watch *w, struct watch_scope *s,
                      const struct watch_view *v, const struct found *found,
                      enum factor f)
{
    struct watch_alert alert = {
        .cause = watch_factors[f].cause,
        .unit = watch_factors[f].unit,
        .feature = w->feature_name.text[s->name],
    };

    if (f == FACTOR_MIX) {
        uint32_t model = watch_view_model(v, found->rise[f].window);
        if (model != WATCH_NO_NAME) {
            alert.model = w->model[model].name;
            alert.provider = w->provider_name.text[w->model[model].provider];
        }
    } else if (f == FACTOR_RETRIES) {
        /* Whether others fail too takes an hour's calls to tell. */
        if (found->is_between ||
            (!s->key[f].is_open && is_of_storm(w, s, found->rise[f].window))) {
            return false;
        }
    } else if (f == FACTOR_TRAFFIC) {
        double excess = found->rise[f].usd;
        if (watch_new_payer_usd(w, s->name) >= .4 * excess) {
            return false;
        }
        alert.cause = cause_of_traffic(v, found);
        alert.severity = WATCH_INFO;
    }
    return watch_raise(w, s, &found->rise[f], &alert);
}

/* Dearest first; what comes with it is held back by watch_raise. */
static void raise_all(struct watch *w, struct watch_scope *s,
                      const struct watch_view *v, struct found *found)
{
    for (;;) {
        enum factor best = FACTORS;

        for (enum factor f = 0; f < FACTORS; f++) {
            if (found->most[f] > 0 &&
                (best == FACTORS ||
                 found->rise[f].usd > found->rise[best].usd)) {
                best = f;
            }
        }
        if (best == FACTORS) {
            return;
        }
        (void)raise_one(w, s, v, found, best);
        found->most[best] = 0;
    }
}

/* Long enough known, dear enough, and, within an hour, called in it. */
static bool is_judged(const struct watch *w, const struct watch_scope *s,
                      bool is_between)
{
    struct watch_sums day;
    int64_t hours = w->hour - s->series->first_hour + 1;

    return hours >= LAGS_SILENT * WATCH_DAY &&
           (!is_between || s->series->now.v[HOUR_OK] > 0) &&
           watch_series_window(s->series, w->hour, WATCH_DAY, &day) &&
           (day.v[HOUR_COST] >= w->gate || has_open(s));
}

static void judge_feature(struct watch *w, struct watch_scope *s,
                          bool is_between)
{
    struct watch_view v;
    struct found found;

    if (!is_judged(w, s, is_between)) {
        return;
    }
    memset(&found, 0, sizeof found);
    watch_view_make(w, s, false, &v);
    if (is_between) {
        test_between(&v, s, false, &found);
    } else {
        test_all(w, &v, s, false, &found);
    }
    for (enum factor f = 0; f < FACTORS; f++) {
        pick(w, &v, f, s, &found);
    }
    if (!is_between) {
        creep_all(w, &v, s, &found);
        keep_strays(s, &found, w->hour);
        follow_all(w, s, &found);
    }
    if (w->hour >= s->asleep_until) {
        raise_all(w, s, &v, &found);
    }
}

static void storm(struct watch *w, struct watch_scope *s,
                  const struct watch_rise *rise)
{
    double share = 0;
    size_t n_users = 0;
    uint32_t most = most_failures(w, s->name, rise->window, &share, &n_users);
    struct watch_alert alert = {
        .cause = WATCH_RETRIES,
        .unit = watch_factors[FACTOR_RETRIES].unit,
        .provider = w->provider_name.text[s->name],
    };

    if (most == WATCH_NO_NAME || n_users < 2 || share >= OF_ONE) {
        return; /* the feature's own matter */
    }
    (void)watch_raise(w, s, rise, &alert);
}

/* What a provider's open alert tells its features need not. */
static void hold_features(struct watch *w, const struct watch_scope *s)
{
    for (uint32_t f = 0; f < w->feature_name.n; f++) {
        struct watch_scope *feature = &w->feature[f];
        for (size_t i = 0; i < feature->n_cells; i++) {
            uint32_t model = w->cell[feature->cell[i]]->model;
            if (w->model[model].provider == s->name) {
                feature->key[FACTOR_RETRIES].held_until = w->hour + STORM_HOURS;
            }
        }
    }
}

static void judge_provider(struct watch *w, struct watch_scope *s,
                           bool is_between)
{
    struct watch_view v;
    struct found found;

    if (!is_judged(w, s, is_between)) {
        return;
    }
    memset(&found, 0, sizeof found);
    watch_view_make(w, s, true, &v);
    if (is_between) {
        test_between(&v, s, true, &found);
    } else {
        test_all(w, &v, s, true, &found);
    }
    pick(w, &v, FACTOR_RETRIES, s, &found);
    if (!is_between) {
        follow_all(w, s, &found);
    }
    if (found.most[FACTOR_RETRIES] > 0) {
        storm(w, s, &found.rise[FACTOR_RETRIES]);
    }
    if (s->key[FACTOR_RETRIES].is_open) {
        hold_features(w, s);
    }
}

void watch_judge(struct watch *w, bool is_between)
{
    for (size_t i = 0; i < w->provider_name.n; i++) {
        judge_provider(w, &w->provider[i], is_between);
    }
    for (size_t i = 0; i < w->feature_name.n; i++) {
        judge_feature(w, &w->feature[i], is_between);
    }
}
