#include "alert_stream.h"

#include "base/rand.h"
#include "watch/watch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FEATURES = 64,
    MODELS = 12,
    PROVIDERS = 3,
    USERS = 512,
    CUSTOMERS = 40,
    PIECES = 12,
    QUARTERS = 4,
    RUNS_MAX = 200000
};
#define HOUR_US  INT64_C(3600000000)
#define START_US (INT64_C(1767571200) * 1000000) /* Monday, 2026-01-05 */
#define TAU      6.283185307179586

const char *const alert_incident_names[INCIDENT_KINDS] = {
    "prompt growth", "output growth", "cache breakage", "model switch",
    "retries",       "loop",          "price",          "slow creep",
};

const struct alert_stream_kind alert_stream_kinds[] = {
    {"standard", 200, 12, 6, 84, 28, 10, 1, .01, 0, false, false},
    {"subtle", 200, 12, 6, 84, 28, 10, .5, .01, 0, false, false},
    {"noisy", 200, 12, 6, 84, 28, 10, 1, .05, 0, false, false},
    {"small", 30, 8, 5, 84, 28, 10, 1, .015, 0, false, false},
    {"wide", 400, 60, 12, 70, 28, 10, 1, .01, 0, false, false},
    {"cold", 200, 12, 6, 42, 7, 8, 1, .01, 0, false, false},
    {"clean", 200, 12, 6, 84, 28, 0, 1, .015, 0, false, false},
    {"growing", 100, 12, 6, 84, 28, 10, 1, .01, .15, false, false},
    {"confounded", 200, 12, 6, 84, 28, 10, 1, .01, 0, true, false},
    {"dirty", 200, 12, 6, 84, 28, 10, 1, .01, 0, false, true},
};
const size_t alert_stream_kinds_n =
    sizeof alert_stream_kinds / sizeof *alert_stream_kinds;

struct feature {
    double weight, in, in_sd, out, out_sd, hit, hit_sd, fail, steps;
    double phase, swing, weekend, second; /* share of the other model */
    double drift[3];                      /* log levels: in, out, hit */
    int model, other;
};

struct row {
    double sum[HOUR_SUMS];
    double price[HOUR_PRICES];
};

struct gen {
    const struct alert_stream_kind *kind;
    struct alert_stream *out;
    struct rand rand;
    struct watch *w;
    struct feature feature[FEATURES];
    double p_in[MODELS], p_read[MODELS], p_out[MODELS];
    struct row row[QUARTERS][FEATURES][MODELS];
    int quarter; /* in which calls are made */
    bool user[FEATURES][USERS];
    uint32_t n_runs[FEATURES];
    double payer[CUSTOMERS][FEATURES];
    struct usage_piece *piece;
    size_t n_pieces;
    char (*run_name)[24];
    uint64_t n_all_runs;
    int64_t hour; /* of the stream */
    double day_usd;
};

static double between(struct rand *r, double a, double b)
{
    return a + (b - a) * rand_f64(r);
}

static double log_between(struct rand *r, double a, double b)
{
    return exp(between(r, log(a), log(b)));
}

static void make_feature(struct gen *g, int i)
{
    struct rand *r = &g->rand;
    struct feature *f = &g->feature[i];

    f->weight = 1 / pow(i + 1, .8) * between(r, .7, 1.3);
    f->in = log_between(r, 500, 6000);
    f->in_sd = between(r, .3, 1);
    f->out = log_between(r, 60, 900);
    f->out_sd = between(r, .4, 1);
    f->hit = rand_f64(r) < .55 ? between(r, .3, .85) : 0;
    f->hit_sd = between(r, .05, .35);
    f->fail = between(r, .003, .03);
    f->steps = rand_f64(r) < .4 ? between(r, 2.5, 7) : 1;
    f->phase = between(r, 0, 24);
    f->swing = between(r, .2, .9);
    f->weekend = between(r, .3, 1);
    f->model = (int)rand_below(r, (uint64_t)g->kind->n_models);
    f->other = (int)rand_below(r, (uint64_t)g->kind->n_models);
    f->second = rand_f64(r) < .4 ? between(r, .05, .4) : 0;
}

static void make_account(struct gen *g)
{
    double sum = 0;

    for (int m = 0; m < MODELS; m++) {
        g->p_in[m] = log_between(&g->rand, .15, 5) * 1e-6;
        g->p_read[m] = g->p_in[m] * (m % 2 == 0 ? .1 : .25);
        g->p_out[m] = g->p_in[m] * between(&g->rand, 3, 6);
    }
    for (int i = 0; i < g->kind->n_features; i++) {
        make_feature(g, i);
        sum += g->feature[i].weight;
    }
    for (int i = 0; i < g->kind->n_features; i++) {
        g->feature[i].weight /= sum;
    }
}

/* ---- incidents ---- */

static int dearer(struct gen *g, int model)
{
    int best = -1;

    for (int m = 0; m < g->kind->n_models; m++) {
        double times = g->p_in[m] / g->p_in[model];
        if (times > 1.6 && (best < 0 || rand_f64(&g->rand) < .4)) {
            best = m;
        }
    }
    return best;
}

static int pick_feature(struct gen *g, enum alert_incident_kind kind)
{
    for (int tries = 0; tries < 200; tries++) {
        /* Mostly where there is something to find. */
        int i = (int)rand_below(&g->rand, (uint64_t)g->kind->n_features);
        const struct feature *f = &g->feature[i];
        if (rand_f64(&g->rand) > sqrt(f->weight * 6) ||
            (kind == INCIDENT_CACHE && f->hit < .3) ||
            (kind == INCIDENT_LOOP && f->steps < 2) ||
            (kind == INCIDENT_MIX && dearer(g, f->model) < 0)) {
            continue;
        }
        return i;
    }
    return -1;
}

static double size_of(struct gen *g, enum alert_incident_kind kind)
{
    static const double range[INCIDENT_KINDS][2] = {
        {.3, 1.5}, {.4, 1.5},   {.5, 1},   {.35, 1},
        {.15, .6}, {400, 2500}, {.15, .6}, {.5, 1.3},
    };
    double s = between(&g->rand, range[kind][0], range[kind][1]);

    return s * g->kind->effect;
}

static void make_incident(struct gen *g, int64_t at)
{
    struct alert_incident *x = &g->out->incident[g->out->n_incidents];
    enum alert_incident_kind kind =
        (enum alert_incident_kind)(g->out->n_incidents % INCIDENT_KINDS);
    double days = between(&g->rand, 1.5, 7);

    *x = (struct alert_incident){
        .kind = kind, .feature = -1, .provider = -1, .model = -1};
    x->feature = pick_feature(g, kind);
    if (x->feature < 0) {
        kind = x->kind = INCIDENT_INPUT;
        x->feature = pick_feature(g, kind);
    }
    const struct feature *f = &g->feature[x->feature < 0 ? 0 : x->feature];
    x->size = size_of(g, kind);
    if (kind == INCIDENT_PRICE) {
        x->model = f->model;
        x->feature = -1;
        days = 1000;
    } else if (kind == INCIDENT_RETRIES) {
        days = between(&g->rand, .15, 3);
        if (rand_f64(&g->rand) < .4) {
            x->provider = f->model % PROVIDERS;
            x->feature = -1;
        }
    } else if (kind == INCIDENT_LOOP) {
        days = between(&g->rand, .08, .3);
    } else if (kind == INCIDENT_CREEP) {
        days = between(&g->rand, 14, 21);
    } else if (kind == INCIDENT_MIX) {
        x->to_model = dearer(g, f->model);
    }
    x->start_us = at;
    x->end_us = at + (int64_t)(days * 24 * 3600e6);
    g->out->n_incidents++;
}

static bool overlaps(const struct alert_stream *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct alert_incident *a = &s->incident[i];
        const struct alert_incident *b = &s->incident[n];
        if (a->feature >= 0 && a->feature == b->feature &&
            a->start_us < b->end_us + 12 * 24 * HOUR_US &&
            b->start_us < a->end_us + 12 * 24 * HOUR_US) {
            return true;
        }
        if (a->model >= 0 && a->model == b->model) {
            return true;
        }
    }
    return false;
}

static void make_incidents(struct gen *g)
{
    const struct alert_stream_kind *k = g->kind;
    double room = (k->days - 3 - k->warm_days) * 24 * 3600e6;

    for (int i = 0; i < k->n_incidents; i++) {
        for (int tries = 0; tries < 20; tries++) {
            double at = room * (i + rand_f64(&g->rand)) / k->n_incidents;
            make_incident(g, g->out->judged_us + (int64_t)at);
            if (!overlaps(g->out, g->out->n_incidents - 1)) {
                break;
            }
            g->out->n_incidents--;
        }
    }
    for (size_t i = 0; k->confounded && i < g->out->n_incidents; i++) {
        if (g->out->n_busy < 16) {
            g->out->busy_us[g->out->n_busy++] = g->out->incident[i].start_us;
        }
    }
}

/* How far an incident is on: 0 to 1. */
static double on(const struct alert_incident *x, int64_t us)
{
    if (us < x->start_us || us >= x->end_us) {
        return 0;
    }
    if (x->kind == INCIDENT_CREEP) {
        return (double)(us - x->start_us) / (double)(x->end_us - x->start_us);
    }
    return 1;
}

/* ---- calls ---- */

struct call {
    int feature, model;
    bool failed;
    double in, read, out;
};

static double price_times(const struct gen *g, int model, int64_t us)
{
    for (size_t i = 0; i < g->out->n_incidents; i++) {
        const struct alert_incident *x = &g->out->incident[i];
        if (x->model == model && us >= x->start_us) {
            return 1 + x->size;
        }
    }
    return 1;
}

static double usd(const struct gen *g, const struct call *c, double times)
{
    return times *
           ((c->in - c->read) * g->p_in[c->model] +
            c->read * g->p_read[c->model] + c->out * g->p_out[c->model]);
}

static void blame(struct gen *g, struct alert_incident *x, double more)
{
    x->usd += more;
    x->day[g->hour % 24] += more;
}

static void least(double *p, double x)
{
    *p = *p > 0 && *p < x ? *p : x;
}

/* The logarithm's sum and, behind it, that of its square. */
static void add_ln(double *sums, double ok, double tokens)
{
    double ln = log(fmax(tokens, 1));

    sums[0] += ok * ln;
    sums[1] += ok * ln * ln;
}

static void count(struct gen *g, const struct call *c, double times)
{
    struct row *row = &g->row[g->quarter][c->feature][c->model];
    double *s = row->sum;
    double ok = c->failed ? 0 : 1;
    double cost = usd(g, c, times);
    double cached = times * c->read * g->p_read[c->model];
    double out = times * c->out * g->p_out[c->model];

    s[HOUR_ATTEMPTS] += 1;
    s[HOUR_OK] += ok;
    s[HOUR_IN_OK] += ok * c->in;
    s[HOUR_OUT_OK] += ok * c->out;
    s[HOUR_IN_ALL] += c->in;
    s[HOUR_READ] += c->read;
    s[HOUR_OUT_ALL] += c->out;
    s[HOUR_COST] += cost;
    s[HOUR_COST_OK] += ok * cost;
    s[HOUR_COST_IN] += cost - out;
    s[HOUR_COST_CACHE] += cached;
    s[HOUR_COST_OUT] += out;
    add_ln(&s[HOUR_IN_LN], ok, c->in);
    add_ln(&s[HOUR_OUT_LN], ok, c->out);
    if (c->in > 0) {
        least(&row->price[HOUR_PRICE_IN], times * g->p_in[c->model]);
    }
    if (c->read > 0) {
        least(&row->price[HOUR_PRICE_READ], times * g->p_read[c->model]);
    }
    if (c->out > 0) {
        least(&row->price[HOUR_PRICE_OUT], times * g->p_out[c->model]);
    }
    g->day_usd += cost;
}

struct touched { /* a call by an incident that is on */
    struct alert_incident *by;
    double hit, more_fail;
};

static bool touches(const struct alert_incident *x, const struct call *c,
                    int64_t us)
{
    return on(x, us) > 0 && x->kind != INCIDENT_LOOP &&
           x->kind != INCIDENT_PRICE &&
           (x->feature == c->feature ||
            (x->provider >= 0 && c->model % PROVIDERS == x->provider));
}

static void touch(struct gen *g, struct alert_incident *x, int64_t us,
                  struct call *c, struct touched *t)
{
    t->by = x;
    switch (x->kind) {
    case INCIDENT_INPUT:
    case INCIDENT_CREEP:
        c->in = round(c->in * (1 + x->size * on(x, us)));
        break;
    case INCIDENT_OUTPUT:
        c->out = round(c->out * (1 + x->size));
        break;
    case INCIDENT_CACHE:
        t->hit *= 1 - fmin(x->size, 1);
        break;
    case INCIDENT_MIX:
        c->model = rand_f64(&g->rand) < x->size ? x->to_model : c->model;
        break;
    case INCIDENT_RETRIES:
        t->more_fail = x->size;
        break;
    case INCIDENT_LOOP:
    case INCIDENT_PRICE:
    case INCIDENT_KINDS:
        break;
    }
}

static struct call usual_call(struct gen *g, int feature, double context,
                              double *ret_hit)
{
    struct rand *r = &g->rand;
    const struct feature *f = &g->feature[feature];
    double hit = f->hit > 0 ? f->hit * exp(f->drift[2]) : 0;
    struct call c = {.feature = feature, .model = f->model};

    if (f->second > 0 && rand_f64(r) < f->second) {
        c.model = f->other;
    }
    c.in = round(f->in * context * exp(f->drift[0]) *
                 rand_lognormal(r, -f->in_sd * f->in_sd / 2, f->in_sd)) +
           20;
    c.out = round(f->out * exp(f->drift[1]) *
                  rand_lognormal(r, -f->out_sd * f->out_sd / 2, f->out_sd)) +
            1;
    *ret_hit =
        hit > 0 ? fmin(fmax(hit + f->hit_sd * rand_normal(r), 0), .97) : 0;
    c.read = floor(c.in * *ret_hit);
    return c;
}

/* Attempts that fail before the call. */
static void fail(struct gen *g, const struct call *c, double times,
                 const struct touched *t)
{
    struct rand *r = &g->rand;
    double usual = g->feature[c->feature].fail;

    for (int i = 0; i < 3 && rand_f64(r) < usual + t->more_fail; i++) {
        struct call failed = {
            .feature = c->feature, .model = c->model, .failed = true};
        if (rand_f64(r) < .7) { /* billed */
            failed.out = floor(c->out * rand_f64(r));
            failed.in = c->in;
            failed.read = c->read;
        }
        count(g, &failed, times);
        if (t->by != NULL && t->more_fail > 0) {
            blame(g, t->by,
                  usd(g, &failed, times) * t->more_fail /
                      (usual + t->more_fail));
        }
    }
}

static void blame_price(struct gen *g, const struct call *c, int64_t us,
                        double times)
{
    for (size_t i = 0; i < g->out->n_incidents; i++) {
        struct alert_incident *x = &g->out->incident[i];
        if (x->model == c->model && us >= x->start_us &&
            us < x->start_us + 10 * 24 * HOUR_US) {
            blame(g, x, usd(g, c, times) - usd(g, c, 1));
        }
    }
}

/* One call, with all incidents that are on, and what they added. */
static void make_call(struct gen *g, int feature, int64_t us, double context)
{
    struct rand *r = &g->rand;
    struct touched t = {.by = NULL};
    const struct call plain = usual_call(g, feature, context, &t.hit);
    struct call c = plain;

    for (size_t i = 0; i < g->out->n_incidents; i++) {
        struct alert_incident *x = &g->out->incident[i];
        if (touches(x, &c, us)) {
            touch(g, x, us, &c, &t);
        }
    }
    c.read = floor(c.in * t.hit);
    double times = price_times(g, c.model, us);
    if (t.by != NULL) {
        blame(g, t.by,
              usd(g, &c, times) -
                  usd(g, &plain, price_times(g, plain.model, us)));
    }
    blame_price(g, &c, us, times);
    fail(g, &c, times, &t);
    count(g, &c, times);
    if (g->kind->dirty && rand_f64(r) < .02) {
        count(g, &c, times);
    }
    g->user[feature][(uint64_t)(rand_f64(r) * rand_f64(r) * USERS)] = true;
    g->payer[(size_t)(rand_f64(r) * rand_f64(r) * CUSTOMERS)][feature] +=
        usd(g, &c, times);
}

static void add_piece(struct gen *g, int feature, int piece, const char *run,
                      int64_t n, double cost)
{
    static char text[FEATURES][16];

    if (g->n_pieces == RUNS_MAX) {
        return;
    }
    (void)snprintf(text[feature], sizeof text[feature], "f%d", feature);
    g->piece[g->n_pieces++] = (struct usage_piece){
        .piece = (START_US / HOUR_US + g->hour) * PIECES + piece,
        .feature = str_from_cz(text[feature]),
        .workflow = STR("flow"),
        .run = str_from_cz(run),
        .customer = STR("c1"),
        .n = n,
        .cost = cost,
    };
}

static double cost_now(const struct gen *g, int feature)
{
    double sum = 0;

    for (int m = 0; m < g->kind->n_models; m++) {
        sum += g->row[g->quarter][feature][m].sum[HOUR_COST];
    }
    return sum;
}

static int steps_of(struct gen *g, const struct feature *f)
{
    int n = 1;

    if (f->steps > 1) {
        n += (int)rand_poisson(&g->rand, f->steps - 1);
        n += rand_f64(&g->rand) < .05 ? (int)rand_below(&g->rand, 8) : 0;
    }
    return n;
}

static void make_run(struct gen *g, int feature, int64_t n, int piece,
                     const char *name)
{
    g->quarter = piece * QUARTERS / PIECES;
    double before = cost_now(g, feature);
    int64_t us = START_US + g->hour * HOUR_US + piece * HOUR_US / PIECES +
                 (int64_t)(rand_f64(&g->rand) * (double)HOUR_US / PIECES);

    for (int64_t i = 0; i < n; i++) {
        make_call(g, feature, us, n > 1 ? .6 + .8 * (double)(i % 8) / 8 : 1);
    }
    if (g->feature[feature].steps > 1) {
        add_piece(g, feature, piece, name, n, cost_now(g, feature) - before);
    }
}

static double rate(const struct gen *g, int feature)
{
    const struct feature *f = &g->feature[feature];
    double day = (double)g->hour / 24;
    double of_day = (double)(g->hour % 24);
    int weekday = (int)((g->hour / 24) % 7);
    int64_t us = START_US + g->hour * HOUR_US;
    double n = g->kind->calls_an_hour * f->weight / f->steps *
               (1 + f->swing * sin(TAU * (of_day - f->phase) / 24)) *
               (weekday >= 5 ? f->weekend : 1) *
               pow(1 + g->kind->growth, day / 7);

    for (size_t i = 0; i < g->out->n_busy; i++) {
        int64_t at = g->out->busy_us[i];
        if (us >= at && us < at + 3 * 24 * HOUR_US) {
            n *= i % 2 == 0 ? 2 : .5;
        }
    }
    return n;
}

static void make_loop(struct gen *g, struct alert_incident *x)
{
    int64_t from = START_US + g->hour * HOUR_US;
    int64_t pieces = (x->end_us - x->start_us) / (HOUR_US / PIECES) + 1;
    int64_t a_piece = (int64_t)x->size / pieces + 1;
    char *name = g->run_name[0];

    for (int p = 0; p < PIECES; p++) {
        int64_t us = from + p * HOUR_US / PIECES;
        if (us + HOUR_US / PIECES <= x->start_us || us >= x->end_us) {
            continue;
        }
        double before = g->day_usd;
        (void)snprintf(name, sizeof g->run_name[0], "loop%lld",
                       (long long)(x->start_us / 1000000));
        make_run(g, x->feature, a_piece, p, name);
        blame(g, x, g->day_usd - before);
    }
}

static void make_hour(struct gen *g)
{
    size_t n_names = 1;

    for (int i = 0; i < g->kind->n_features; i++) {
        double mean = rate(g, i) * rand_lognormal(&g->rand, -.005, .1);
        uint64_t n = rand_poisson(&g->rand, mean);
        for (uint64_t k = 0; k < n; k++) {
            char *name = g->run_name[n_names < RUNS_MAX - 1 ? n_names++ : 1];
            (void)snprintf(name, sizeof g->run_name[0], "r%llu",
                           (unsigned long long)g->n_all_runs++);
            make_run(g, i, steps_of(g, &g->feature[i]),
                     (int)rand_below(&g->rand, PIECES), name);
            g->n_runs[i]++;
        }
    }
    for (size_t i = 0; i < g->out->n_incidents; i++) {
        struct alert_incident *x = &g->out->incident[i];
        int64_t from = START_US + g->hour * HOUR_US;
        if (x->kind == INCIDENT_LOOP && x->start_us < from + HOUR_US &&
            x->end_us > from) {
            make_loop(g, x);
        }
    }
}

/* ---- giving it to the watch ---- */

static int by_piece(const void *a, const void *b)
{
    const struct usage_piece *x = a;
    const struct usage_piece *y = b;

    return (x->piece > y->piece) - (x->piece < y->piece);
}

static struct str named(char *text, size_t size, char c, int i)
{
    (void)snprintf(text, size, "%c%d", c, i);
    return str_from_cz(text);
}

static void give_feature(struct gen *g, int64_t hour, int quarter, int i)
{
    char f[16];
    char m[16];
    char p[16];

    for (int k = 0; k < g->kind->n_models; k++) {
        struct usage_hour row = {
            .hour = hour,
            .quarter = quarter,
            .feature = named(f, sizeof f, 'f', i),
            .provider = named(p, sizeof p, 'p', k % PROVIDERS),
            .model = named(m, sizeof m, 'm', k),
        };
        memcpy(row.sum, g->row[quarter][i][k].sum, sizeof row.sum);
        memcpy(row.price, g->row[quarter][i][k].price, sizeof row.price);
        if (row.sum[HOUR_ATTEMPTS] > 0) {
            watch_hour(g->w, &row);
        }
    }
}

static void give_crowd(struct gen *g, int64_t hour, int i)
{
    char f[16];
    int64_t users = 0;

    for (int u = 0; u < USERS; u++) {
        users += g->user[i][u];
    }
    struct usage_crowd crowd = {.hour = hour,
                                .feature = named(f, sizeof f, 'f', i),
                                .n_users = users,
                                .n_runs =
                                    g->feature[i].steps > 1 ? g->n_runs[i] : 0};
    if (users > 0) {
        watch_crowd(g->w, &crowd);
    }
}

/* A quarter's rows and pieces; returns how many of the pieces were given. */
static size_t give_quarter(struct gen *g, int64_t hour, int quarter, size_t at)
{
    int64_t next = hour * PIECES + (quarter + 1) * PIECES / QUARTERS;

    for (int i = 0; i < g->kind->n_features; i++) {
        give_feature(g, hour, quarter, i);
    }
    for (; at < g->n_pieces && g->piece[at].piece < next; at++) {
        watch_piece(g->w, &g->piece[at]);
    }
    return at;
}

static void give_hour(struct gen *g)
{
    int64_t hour = START_US / HOUR_US + g->hour;
    size_t at = 0;

    qsort(g->piece, g->n_pieces, sizeof *g->piece, by_piece);
    for (int q = 0; q < QUARTERS; q++) {
        at = give_quarter(g, hour, q, at);
        if (q < QUARTERS - 1) {
            watch_look(g->w, hour * HOUR_US + (q + 1) * HOUR_US / QUARTERS);
        }
    }
    for (int i = 0; i < g->kind->n_features; i++) {
        give_crowd(g, hour, i);
    }
    for (int c = 0; c < CUSTOMERS; c++) {
        for (int i = 0; i < g->kind->n_features; i++) {
            char f[16];
            char who[16];
            struct usage_payer row = {.hour = hour,
                                      .customer =
                                          named(who, sizeof who, 'c', c),
                                      .feature = named(f, sizeof f, 'f', i),
                                      .cost = g->payer[c][i]};
            if (row.cost > 0) {
                watch_payer(g->w, &row);
            }
        }
    }
    watch_tick(g->w, hour);
}

static void clear_hour(struct gen *g)
{
    memset(g->row, 0, sizeof g->row);
    memset(g->user, 0, sizeof g->user);
    memset(g->n_runs, 0, sizeof g->n_runs);
    memset(g->payer, 0, sizeof g->payer);
    g->n_pieces = 0;
    for (size_t i = 0; i < g->out->n_incidents; i++) {
        g->out->incident[i].day[g->hour % 24] = 0;
    }
}

static void new_day(struct gen *g)
{
    for (int i = 0; i < g->kind->n_features; i++) {
        for (int k = 0; k < 3; k++) {
            double *d = &g->feature[i].drift[k];
            *d = .8 * *d + .6 * g->kind->noise * rand_normal(&g->rand);
        }
    }
}

/* daily: the account's usual spend a day so far. */
static void weigh(struct gen *g, double daily)
{
    for (size_t i = 0; i < g->out->n_incidents; i++) {
        struct alert_incident *x = &g->out->incident[i];
        double sum = 0;
        for (int h = 0; h < 24; h++) {
            sum += x->day[h];
        }
        x->worst_share = fmax(x->worst_share, sum / daily);
        if (x->material_us == 0 && sum >= .01 * daily && daily > 0) {
            x->material_us = START_US + (g->hour + 1) * HOUR_US;
        }
    }
}

void alert_stream_run(size_t kind, uint64_t seed, struct watch *w,
                      struct alert_stream *ret)
{
    struct gen *g = calloc(1, sizeof *g);
    const struct alert_stream_kind *k = &alert_stream_kinds[kind];
    double daily = 0;

    *ret = (struct alert_stream){.start_us = START_US,
                                 .weeks = (k->days - k->warm_days) / 7.0,
                                 .judged_us =
                                     START_US + k->warm_days * 24 * HOUR_US};
    g->kind = k;
    g->out = ret;
    g->w = w;
    g->piece = calloc(RUNS_MAX, sizeof *g->piece);
    g->run_name = calloc(RUNS_MAX, sizeof *g->run_name);
    rand_init(&g->rand, seed * 1000 + kind);
    make_account(g);
    make_incidents(g);
    for (g->hour = 0; g->hour < k->days * 24; g->hour++) {
        if (g->hour % 24 == 0) {
            daily = daily > 0 ? .8 * daily + .2 * g->day_usd : g->day_usd;
            g->day_usd = 0;
            new_day(g);
        }
        clear_hour(g);
        make_hour(g);
        give_hour(g);
        weigh(g, daily);
    }
    free(g->run_name);
    free(g->piece);
    free(g);
}
