/* Who was not there before: customers and features. */
#include "base/mem.h"
#include "base/utc.h"
#include "watch/watch_priv.h"

#include <math.h>

enum {
    FEATURE_NEW_DAYS = 7,
    FEATURE_SLEEP_DAYS = 10,
    ACCOUNT_DAYS = 3, /* heard before anything can be new */
    BACK_DAYS = 14,
    PAYER_NEW_DAYS = 10
};
#define PAYER_GATES  3.0
#define PAYER_BEFORE 0.02 /* of its cost, before the last day */

static struct watch_payer *payer_of(struct watch *w, struct str name)
{
    uint32_t id = watch_names_add(&w->payer_name, name);

    if (id == WATCH_NO_NAME) {
        w->n_left_out++;
        return NULL;
    }
    if (id >= w->cap_payers) {
        size_t cap = w->cap_payers == 0 ? 64 : w->cap_payers * 2;
        w->payer = mem_grow(w->payer, cap, sizeof *w->payer);
        w->cap_payers = cap;
    }
    if (id + 1 == w->payer_name.n && w->n_payers < w->payer_name.n) {
        w->payer[id] = (struct watch_payer){.first_hour = w->hour};
        w->n_payers = w->payer_name.n;
    }
    return &w->payer[id];
}

/* The features it spends most on; the least gives way. */
static void add_part(struct watch_payer *p, uint32_t feature, float cost)
{
    size_t least = 0;

    for (size_t i = 0; i < PAYER_PARTS; i++) {
        if (p->part[i].cost > 0 && p->part[i].feature == feature) {
            p->part[i].cost += cost;
            return;
        }
        least = p->part[i].cost < p->part[least].cost ? i : least;
    }
    if (cost > p->part[least].cost) {
        p->part[least].feature = feature;
        p->part[least].cost = cost;
    }
}

void watch_payer(struct watch *w, const struct usage_payer *row)
{
    w->hour = row->hour;
    struct watch_payer *p = payer_of(w, row->customer);
    uint32_t feature = watch_names_find(&w->feature_name, row->feature);

    if (p == NULL) {
        return;
    }
    p->hour[(uint64_t)row->hour % WATCH_DAY] += (float)row->cost;
    p->day[(uint64_t)(row->hour / WATCH_DAY) % PAYER_DAYS] += (float)row->cost;
    if (feature != WATCH_NO_NAME) {
        add_part(p, feature, (float)row->cost);
    }
}

static double of_day(const struct watch_payer *p)
{
    double sum = 0;

    for (size_t i = 0; i < WATCH_DAY; i++) {
        sum += (double)p->hour[i];
    }
    return sum;
}

static double of_all(const struct watch_payer *p)
{
    double sum = 0;

    for (size_t i = 0; i < PAYER_DAYS; i++) {
        sum += (double)p->day[i];
    }
    return sum;
}

static void judge_payer(struct watch *w, uint32_t id)
{
    struct watch_payer *p = &w->payer[id];
    double day = of_day(p);
    double all = of_all(p);

    if (w->hour < p->new_until || day < PAYER_GATES * w->gate ||
        all - day > PAYER_BEFORE * all ||
        w->hour - w->first_hour < BACK_DAYS * WATCH_DAY / 2) {
        return;
    }
    struct watch_alert alert = {
        .news = WATCH_RAISED,
        .cause = WATCH_NEW_CUSTOMER,
        .severity = WATCH_INFO,
        .customer = w->payer_name.text[id],
        .unit = "dollars a day",
        .after = day,
        .usd_per_day = day,
        .since_us =
            (p->first_hour > w->hour - WATCH_DAY ? p->first_hour
                                                 : w->hour - WATCH_DAY + 1) *
            UTC_US_PER_HOUR,
        .window_hours = WATCH_DAY,
    };
    p->new_until = w->hour + PAYER_NEW_DAYS * WATCH_DAY;
    watch_say(w, &alert);
}

/* The hour's slot of a day ago is made free for the next, and so the day's. */
static void turn_payer(struct watch_payer *p, int64_t next)
{
    p->hour[(uint64_t)next % WATCH_DAY] = 0;
    if (next % WATCH_DAY == 0) {
        p->day[(uint64_t)(next / WATCH_DAY) % PAYER_DAYS] = 0;
    }
    for (size_t i = 0; i < PAYER_PARTS; i++) {
        p->part[i].cost *= 1 - 1.0F / WATCH_DAY;
    }
}

double watch_new_payer_usd(const struct watch *w, uint32_t feature)
{
    double usd = 0;

    for (size_t i = 0; i < w->n_payers; i++) {
        const struct watch_payer *p = &w->payer[i];
        for (size_t k = 0; w->hour < p->new_until && k < PAYER_PARTS; k++) {
            if (p->part[k].cost > 0 && p->part[k].feature == feature) {
                usd += (double)p->part[k].cost;
            }
        }
    }
    return usd;
}

static void judge_feature(struct watch *w, struct watch_scope *s)
{
    int64_t first = s->series->first_hour;
    int64_t age = w->hour - first;
    struct watch_sums day;

    if (s->is_new_told || age >= FEATURE_NEW_DAYS * WATCH_DAY ||
        first - w->first_hour < ACCOUNT_DAYS * WATCH_DAY) {
        return;
    }
    s->asleep_until = first + FEATURE_SLEEP_DAYS * WATCH_DAY;
    int hours = age + 1 < WATCH_DAY ? (int)age + 1 : WATCH_DAY;
    if (!watch_series_window(s->series, w->hour, hours, &day) ||
        day.v[HOUR_COST] < w->gate) {
        return;
    }
    struct watch_alert alert = {
        .news = WATCH_RAISED,
        .cause = WATCH_NEW_FEATURE,
        .severity = WATCH_INFO,
        .feature = w->feature_name.text[s->name],
        .unit = "dollars a day",
        .after = day.v[HOUR_COST],
        .usd_per_day = day.v[HOUR_COST],
        .since_us = first * UTC_US_PER_HOUR,
        .window_hours = hours,
        .n = day.v[HOUR_OK],
    };
    s->is_new_told = true;
    watch_say(w, &alert);
}

void watch_newcomers(struct watch *w)
{
    for (size_t i = 0; i < w->feature_name.n; i++) {
        judge_feature(w, &w->feature[i]);
    }
    for (size_t i = 0; i < w->n_payers; i++) {
        judge_payer(w, (uint32_t)i);
        turn_payer(&w->payer[i], w->hour + 1);
    }
}
