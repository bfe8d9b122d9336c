#include "watch/watch.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/utc.h"
#include "watch/watch_priv.h"

#include <math.h>
#include <string.h>

enum { RECENT_HOURS = 36, GATE_DAYS = 28 };

struct watch *watch_new(const struct watch_options *opt)
{
    struct watch *w = mem_alloc(sizeof *w);

    w->opt = *opt;
    w->hour = INT64_MIN;
    w->first_hour = INT64_MAX;
    watch_names_init(&w->feature_name, LIMIT_WATCH_FEATURES_MAX);
    watch_names_init(&w->provider_name, LIMIT_WATCH_PROVIDERS_MAX);
    watch_names_init(&w->model_name, LIMIT_WATCH_MODELS_MAX);
    watch_names_init(&w->cell_name, LIMIT_WATCH_CELLS_MAX);
    watch_names_init(&w->payer_name, LIMIT_WATCH_CUSTOMERS_MAX);
    w->loops = watch_loops_new();
    return w;
}

static void free_scopes(struct watch_scope *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        mem_free(s[i].series);
        mem_free(s[i].cell);
    }
    mem_free(s);
}

void watch_free(struct watch **w)
{
    struct watch *p = *w;

    if (p == NULL) {
        return;
    }
    free_scopes(p->feature, p->feature_name.n);
    free_scopes(p->provider, p->provider_name.n);
    for (size_t i = 0; i < p->cell_name.n; i++) {
        mem_free(p->cell[i]);
    }
    mem_free(p->cell);
    mem_free(p->model);
    mem_free(p->payer);
    mem_free(p->all);
    watch_loops_free(&p->loops);
    watch_names_fini(&p->feature_name);
    watch_names_fini(&p->provider_name);
    watch_names_fini(&p->model_name);
    watch_names_fini(&p->cell_name);
    watch_names_fini(&p->payer_name);
    mem_free(p);
    *w = NULL;
}

bool watch_knows(const struct watch *w, struct str feature)
{
    return watch_names_find(&w->feature_name, feature) != WATCH_NO_NAME;
}

uint64_t watch_n_left_out(const struct watch *w)
{
    return w->n_left_out;
}

/* Room for number `id`, zeroed. */
static void *grow(void *p, size_t *cap, uint32_t id, size_t size)
{
    size_t old = *cap;

    if (id < old) {
        return p;
    }
    *cap = old == 0 ? 16 : old * 2;
    p = mem_grow(p, *cap, size);
    memset((char *)p + old * size, 0, (*cap - old) * size);
    return p;
}

static struct watch_scope *scope_of(struct watch *w, struct watch_names *names,
                                    struct watch_scope **list, size_t *cap,
                                    struct str name)
{
    uint32_t id = watch_names_add(names, name);

    if (id == WATCH_NO_NAME) {
        w->n_left_out++;
        return NULL;
    }
    *list = grow(*list, cap, id, sizeof **list);
    struct watch_scope *s = &(*list)[id];
    if (s->series == NULL) {
        s->name = id;
        s->series = watch_series_new(w->hour);
        s->told_at = INT64_MIN / 2;
    }
    return s;
}

struct watch_scope *watch_feature_of(struct watch *w, struct str name)
{
    return scope_of(w, &w->feature_name, &w->feature, &w->cap_features, name);
}

static uint32_t model_of(struct watch *w, uint32_t provider, struct str name)
{
    struct buf key;

    buf_init(&key, 4 * LIMIT_DIM_MAX);
    buf_u64(&key, provider);
    buf_char(&key, '/');
    size_t prefix = key.n;
    buf_str(&key, name);
    uint32_t id = watch_names_add(&w->model_name, buf_view(&key));
    buf_fini(&key);
    if (id == WATCH_NO_NAME) {
        return id;
    }
    w->model = grow(w->model, &w->cap_models, id, sizeof *w->model);
    struct watch_model *m = &w->model[id];
    if (m->name.p == NULL) {
        struct str whole = w->model_name.text[id];
        m->name = str_sub(whole, prefix, whole.n - prefix);
        m->provider = provider;
        m->first_hour = w->hour;
        m->changed = INT64_MIN;
    }
    return id;
}

static struct watch_cell *cell_of(struct watch *w, struct watch_scope *f,
                                  uint32_t model)
{
    uint32_t id = watch_names_pair(&w->cell_name, f->name, model);

    if (id == WATCH_NO_NAME) {
        return NULL;
    }
    w->cell = grow(w->cell, &w->cap_cells, id, sizeof(struct watch_cell *));
    if (w->cell[id] == NULL) {
        w->cell[id] = mem_alloc(sizeof *w->cell[id]);
        w->cell[id]->feature = f->name;
        w->cell[id]->model = model;
        if (f->n_cells == f->cap_cells) {
            f->cap_cells = f->cap_cells == 0 ? 4 : f->cap_cells * 2;
            f->cell = mem_grow(f->cell, f->cap_cells, sizeof *f->cell);
        }
        f->cell[f->n_cells++] = id;
    }
    return w->cell[id];
}

static void add(double *to, const double *from)
{
    for (size_t i = 0; i < HOUR_SUMS; i++) {
        to[i] += from[i];
    }
}

static void begin(struct watch *w, int64_t hour)
{
    w->hour = hour;
    if (w->first_hour == INT64_MAX) {
        w->first_hour = hour;
        w->all = watch_series_new(hour);
    }
}

static void add_model(struct watch_model *m, const struct usage_hour *row)
{
    add(m->now, row->sum);
    for (size_t i = 0; i < HOUR_PRICES; i++) {
        double p = row->price[i];
        if (p > 0 && (!(m->now_price[i] > 0) || p < m->now_price[i])) {
            m->now_price[i] = p;
        }
    }
}

void watch_hour(struct watch *w, const struct usage_hour *row)
{
    begin(w, row->hour);
    add(w->all->now.v, row->sum);
    struct watch_scope *f = watch_feature_of(w, row->feature);
    struct watch_scope *p = scope_of(w, &w->provider_name, &w->provider,
                                     &w->cap_providers, row->provider);
    if (f != NULL) {
        add(f->series->now.v, row->sum);
    }
    if (p == NULL) {
        return;
    }
    add(p->series->now.v, row->sum);
    uint32_t model = model_of(w, p->name, row->model);
    if (model == WATCH_NO_NAME) {
        w->n_left_out++;
        return;
    }
    add_model(&w->model[model], row);
    struct watch_cell *cell = f != NULL ? cell_of(w, f, model) : NULL;
    if (cell == NULL) {
        w->n_left_out++;
        return;
    }
    cell->now.attempts += (uint32_t)row->sum[HOUR_ATTEMPTS];
    cell->now.ok += (uint32_t)row->sum[HOUR_OK];
}

void watch_crowd(struct watch *w, const struct usage_crowd *row)
{
    begin(w, row->hour);
    uint32_t id = watch_names_find(&w->feature_name, row->feature);

    if (id != WATCH_NO_NAME) {
        struct watch_sums *now = &w->feature[id].series->now;
        now->v[SERIES_USERS] += (double)row->n_users;
        now->v[SERIES_RUNS] += (double)row->n_runs;
    }
}

/* The usual day's cost, which the gate is a share of: a median, so that what
 * is going wrong does not raise it. */
static void measure_day(struct watch *w)
{
    double day[GATE_DAYS];
    struct watch_sums sums;
    size_t n = 0;
    int64_t hours = w->hour - w->first_hour + 1;

    for (int d = 0; d < GATE_DAYS; d++) {
        if (watch_series_window(w->all, w->hour - d * WATCH_DAY, WATCH_DAY,
                                &sums)) {
            day[n++] = sums.v[HOUR_COST];
        }
    }
    if (n > 0) {
        w->daily_usd = watch_median(day, n);
    } else if (watch_series_window(w->all, w->hour, (int)hours, &sums)) {
        w->daily_usd = sums.v[HOUR_COST] * WATCH_DAY / (double)hours;
    }
    w->gate = fmax(WATCH_GATE * w->daily_usd, w->opt.minimum_usd_per_day);
    w->gate = fmax(w->gate, 1e-12);
}

static void end_model(struct watch_model *m, int64_t hour)
{
    float *slot = m->hour[(uint64_t)hour % WATCH_DAY];
    double fade = 1 - 1.0 / RECENT_HOURS;

    slot[HOUR_PRICE_IN] =
        (float)(m->now[HOUR_IN_ALL] - m->now[HOUR_READ] - m->now[HOUR_WRITE]);
    slot[HOUR_PRICE_READ] = (float)m->now[HOUR_READ];
    slot[HOUR_PRICE_OUT] = (float)m->now[HOUR_OUT_ALL];
    for (size_t i = 0; i < HOUR_SUMS; i++) {
        m->recent[i] = m->recent[i] * fade + m->now[i];
    }
}

static void end_hour(struct watch *w)
{
    watch_series_end(w->all, w->hour);
    for (size_t i = 0; i < w->feature_name.n; i++) {
        watch_series_end(w->feature[i].series, w->hour);
    }
    for (size_t i = 0; i < w->provider_name.n; i++) {
        watch_series_end(w->provider[i].series, w->hour);
    }
    for (size_t i = 0; i < w->cell_name.n; i++) {
        watch_cell_end(w->cell[i], w->hour);
    }
    for (size_t i = 0; i < w->model_name.n; i++) {
        end_model(&w->model[i], w->hour);
    }
}

static void reach_hour(struct watch *w)
{
    for (size_t i = 0; i < w->feature_name.n; i++) {
        watch_series_reach(w->feature[i].series, w->hour);
    }
    for (size_t i = 0; i < w->provider_name.n; i++) {
        watch_series_reach(w->provider[i].series, w->hour);
    }
    for (size_t i = 0; i < w->cell_name.n; i++) {
        watch_cell_reach(w->cell[i], w->hour);
    }
}

void watch_look(struct watch *w, int64_t now_us)
{
    if (w->first_hour == INT64_MAX) {
        return;
    }
    w->hour = num_floor_div(now_us, UTC_US_PER_HOUR);
    w->now_us = now_us;
    reach_hour(w);
    watch_judge(w, true);
}

void watch_tick(struct watch *w, int64_t hour)
{
    if (w->first_hour == INT64_MAX) {
        return;
    }
    w->hour = hour;
    w->now_us = (hour + 1) * UTC_US_PER_HOUR;
    end_hour(w);
    measure_day(w);
    watch_prices(w);
    watch_loops_tick(w);
    watch_newcomers(w);
    watch_judge(w, false);
    if (hour % WATCH_DAY == 0) {
        watch_scales_day(&w->scales);
    }
}
