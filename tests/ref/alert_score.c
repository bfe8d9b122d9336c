#include "alert_score.h"

#include "watch/watch.h"
#include "watch/watch_words.h"

#include "base/buf.h"
#include "base/utc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALERTS_MAX = 4096, AFTER_HOURS = 30 };
#define HOUR_US INT64_C(3600000000)

struct heard {
    struct watch_alert alert[ALERTS_MAX];
    int incident[ALERTS_MAX]; /* -1: none */
    size_t n;
};

static void hear(void *arg, const struct watch_alert *a)
{
    struct heard *h = arg;

    if (a->news != WATCH_CLOSED && h->n < ALERTS_MAX) {
        h->alert[h->n++] = *a;
    }
}

static bool is_named(struct str s, char c, int i)
{
    char text[16];

    (void)snprintf(text, sizeof text, "%c%d", c, i);
    return str_eq(s, str_from_cz(text));
}

static bool is_cause(const struct alert_incident *x, enum watch_cause cause)
{
    static const enum watch_cause of[INCIDENT_KINDS] = {
        WATCH_INPUT_TOKENS, WATCH_OUTPUT_TOKENS, WATCH_CACHE,
        WATCH_MODEL_MIX,    WATCH_RETRIES,       WATCH_REQUESTS_PER_WORKFLOW,
        WATCH_PRICE,        WATCH_INPUT_TOKENS,
    };

    return of[x->kind] == cause;
}

static bool fits(const struct alert_incident *x, const struct watch_alert *a)
{
    if (a->time_us <= x->start_us ||
        a->time_us > x->end_us + AFTER_HOURS * HOUR_US) {
        return false;
    }
    if (x->model >= 0) {
        return a->cause == WATCH_PRICE && is_named(a->model, 'm', x->model);
    }
    if (x->provider >= 0) {
        return is_named(a->provider, 'p', x->provider) ||
               (a->cause == WATCH_RETRIES && a->feature.n > 0);
    }
    return is_named(a->feature, 'f', x->feature) ||
           (x->kind == INCIDENT_RETRIES && a->cause == WATCH_RETRIES &&
            a->feature.n == 0);
}

/* Each alert to an incident, one whose cause it names if there is any. */
static void match(const struct alert_stream *s, struct heard *h)
{
    for (size_t i = 0; i < h->n; i++) {
        h->incident[i] = -1;
        for (size_t k = 0; k < s->n_incidents; k++) {
            const struct alert_incident *x = &s->incident[k];
            if (fits(x, &h->alert[i]) &&
                (h->incident[i] < 0 || is_cause(x, h->alert[i].cause))) {
                h->incident[i] = (int)k;
            }
        }
    }
}

static void print_time(int64_t us)
{
    struct buf b;

    buf_init(&b, 64);
    utc_add_text(&b, us);
    printf("%.*s ", (int)b.n, b.p);
    buf_fini(&b);
}

static void print_all(const struct alert_stream *s, const struct heard *h)
{
    for (size_t k = 0; k < s->n_incidents; k++) {
        const struct alert_incident *x = &s->incident[k];
        printf("  incident %zu %-15s f%d m%d p%d size %.2f share %.3f from ", k,
               alert_incident_names[x->kind], x->feature, x->model, x->provider,
               x->size, x->worst_share);
        print_time(x->start_us);
        print_time(x->end_us);
        puts("");
    }
    for (size_t i = 0; i < h->n; i++) {
        const struct watch_alert *a = &h->alert[i];
        struct buf b;
        struct str cause = watch_cause_name(a->cause);
        buf_init(&b, 1000);
        watch_words(&b, a);
        printf("  %s%3d ", a->time_us < s->judged_us ? "warm " : "",
               h->incident[i]);
        print_time(a->time_us);
        printf("%.*s w%d z%.1f sev%d share %.3f %.*s\n", (int)cause.n, cause.p,
               a->window_hours, a->z, (int)a->severity,
               a->usd_per_day / a->daily_usd, (int)b.n, b.p);
        buf_fini(&b);
    }
}

static void count_incident(const struct alert_stream *s, const struct heard *h,
                           size_t k, bool is_loud, struct alert_score *sum)
{
    const struct alert_incident *x = &s->incident[k];
    const struct watch_alert *first = NULL;

    for (size_t i = 0; i < h->n; i++) {
        if (h->incident[i] == (int)k) {
            sum->n_alerts++;
            sum->n_double += first != NULL;
            first = first == NULL ? &h->alert[i] : first;
        }
    }
    if (x->material_us == 0) {
        return;
    }
    sum->n++;
    sum->n_of[x->kind]++;
    if (is_loud &&
        (first == NULL || first->time_us > x->material_us + 24 * HOUR_US)) {
        printf("  %s: incident %zu %s\n", first == NULL ? "MISSED" : "LATE", k,
               alert_incident_names[x->kind]);
    }
    if (first == NULL) {
        return;
    }
    bool is_soon = first->time_us <= x->material_us + 24 * HOUR_US;
    sum->n_found++;
    sum->found_of[x->kind]++;
    sum->n_same_day += is_soon;
    sum->same_day_of[x->kind] += is_soon;
    sum->n_cause += is_cause(x, first->cause);
    if (sum->n_delays < ALERT_DELAYS_MAX) {
        sum->delay_h[sum->n_delays++] =
            (double)(first->time_us - x->start_us) / (double)HOUR_US;
    }
}

static bool is_expected(const struct alert_stream *s,
                        const struct watch_alert *a)
{
    for (size_t i = 0; i < s->n_busy; i++) {
        if (a->severity == WATCH_INFO && a->time_us > s->busy_us[i] &&
            a->time_us < s->busy_us[i] + 6 * 24 * HOUR_US) {
            return true;
        }
    }
    return false;
}

void alert_score_run(size_t kind, uint64_t seed, bool is_loud,
                     struct alert_score *sum)
{
    struct heard *h = calloc(1, sizeof *h);
    struct watch_options opt = {.tell = hear, .arg = h};
    struct watch *w = watch_new(&opt);
    struct alert_stream s;

    alert_stream_run(kind, seed, w, &s);
    match(&s, h);
    sum->weeks += s.weeks;
    sum->warm_weeks += alert_stream_kinds[kind].warm_days / 7.0;
    for (size_t k = 0; k < s.n_incidents; k++) {
        count_incident(&s, h, k, is_loud, sum);
    }
    for (size_t i = 0; i < h->n; i++) {
        const struct watch_alert *a = &h->alert[i];
        if (h->incident[i] >= 0 || is_expected(&s, a)) {
            continue;
        }
        if (a->time_us < s.judged_us) {
            sum->n_warm++;
        } else if (a->severity == WATCH_INFO) {
            sum->n_false_info++;
        } else {
            sum->n_false++;
        }
    }
    if (is_loud) {
        printf("%s %llu\n", alert_stream_kinds[kind].name,
               (unsigned long long)seed);
        print_all(&s, h);
    }
    watch_free(&w);
    free(h);
}

void alert_score_add(struct alert_score *sum, const struct alert_score *one)
{
    sum->weeks += one->weeks;
    sum->warm_weeks += one->warm_weeks;
    sum->n += one->n;
    sum->n_found += one->n_found;
    sum->n_same_day += one->n_same_day;
    sum->n_cause += one->n_cause;
    sum->n_alerts += one->n_alerts;
    sum->n_double += one->n_double;
    sum->n_false += one->n_false;
    sum->n_false_info += one->n_false_info;
    sum->n_warm += one->n_warm;
    for (size_t i = 0; i < INCIDENT_KINDS; i++) {
        sum->n_of[i] += one->n_of[i];
        sum->found_of[i] += one->found_of[i];
        sum->same_day_of[i] += one->same_day_of[i];
    }
    for (size_t i = 0; i < one->n_delays && sum->n_delays < ALERT_DELAYS_MAX;
         i++) {
        sum->delay_h[sum->n_delays++] = one->delay_h[i];
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

double alert_score_median(struct alert_score *s)
{
    qsort(s->delay_h, s->n_delays, sizeof *s->delay_h, compare);
    return s->n_delays > 0 ? s->delay_h[s->n_delays / 2] : (double)NAN;
}

static double share(size_t a, size_t b)
{
    return b > 0 ? (double)a / (double)b : (double)NAN;
}

void alert_score_print(const char *name, struct alert_score *s)
{
    printf("%s\t%zu\t%.3f\t%.3f\t%.2f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\n", name,
           s->n, share(s->n_found, s->n), share(s->n_same_day, s->n),
           alert_score_median(s), share(s->n_cause, s->n_found),
           (double)s->n_false / s->weeks, share(s->n_double, s->n_alerts),
           (double)s->n_false_info / s->weeks,
           (double)s->n_warm / s->warm_weeks);
}

void alert_score_print_kind(size_t kind, const struct alert_score *s)
{
    printf("%s\t%zu\t%.3f\t%.3f\n", alert_incident_names[kind], s->n_of[kind],
           share(s->found_of[kind], s->n_of[kind]),
           share(s->same_day_of[kind], s->n_of[kind]));
}
