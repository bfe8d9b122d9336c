/* How long the watch takes for an hour of many series, features by models: a
 * line "ms TAB MiB" of the slowest of a day's hours behind a month's.
 *
 *   watch_tick FEATURES MODELS */
#include "base/clock.h"
#include "base/str.h"
#include "watch/watch.h"

#include <stdio.h>
#include <sys/resource.h>

enum { DAYS = 30, CALLS = 20 };

static void tell(void *arg, const struct watch_alert *alert)
{
    uint64_t *n = arg;

    (void)alert;
    (*n)++;
}

static void hear(struct watch *w, int64_t hour, uint64_t features,
                 uint64_t models)
{
    char feature[32];
    char model[32];

    for (uint64_t f = 0; f < features; f++) {
        (void)snprintf(feature, sizeof feature, "feature-%llu",
                       (unsigned long long)f);
        for (uint64_t m = 0; m < models; m++) {
            (void)snprintf(model, sizeof model, "model-%llu",
                           (unsigned long long)m);
            double wobble =
                1 + (double)((f * 31 + m * 7 + (uint64_t)hour) % 13) / 50;
            struct usage_hour row = {.hour = hour,
                                     .feature = str_from_cz(feature),
                                     .provider = STR("openai"),
                                     .model = str_from_cz(model)};
            row.sum[HOUR_ATTEMPTS] = CALLS;
            row.sum[HOUR_OK] = CALLS;
            row.sum[HOUR_IN_OK] = row.sum[HOUR_IN_ALL] = CALLS * 2000 * wobble;
            row.sum[HOUR_OUT_OK] = row.sum[HOUR_OUT_ALL] = CALLS * 200 * wobble;
            row.sum[HOUR_COST] = row.sum[HOUR_COST_OK] = CALLS * 0.007 * wobble;
            row.sum[HOUR_COST_IN] = CALLS * 0.005 * wobble;
            row.sum[HOUR_COST_OUT] = CALLS * 0.002 * wobble;
            row.sum[HOUR_IN_SQ] = CALLS * 2000.0 * 2000 * wobble * wobble * 1.1;
            row.sum[HOUR_OUT_SQ] = CALLS * 200.0 * 200 * wobble * wobble * 1.1;
            row.price[HOUR_PRICE_IN] = 2.5e-6;
            row.price[HOUR_PRICE_OUT] = 1e-5;
            watch_hour(w, &row);
        }
    }
}

int main(int argc, char **argv)
{
    uint64_t n_alerts = 0;
    uint64_t features = 0;
    uint64_t models = 0;
    int64_t slowest_us = 0;

    if (argc != 3 || str_to_u64(str_from_cz(argv[1]), &features) != RC_OK ||
        str_to_u64(str_from_cz(argv[2]), &models) != RC_OK) {
        (void)fprintf(stderr, "use: watch_tick FEATURES MODELS\n");
        return 2;
    }
    struct watch *w =
        watch_new(&(struct watch_options){.tell = tell, .arg = &n_alerts});
    for (int64_t hour = 0; hour < DAYS * 24; hour++) {
        int64_t before_us = clock_mono_us();
        hear(w, hour, features, models);
        watch_tick(w, hour);
        int64_t took_us = clock_mono_us() - before_us;
        if (hour >= (DAYS - 1) * 24 && took_us > slowest_us) {
            slowest_us = took_us;
        }
    }
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    printf("%.1f\t%.0f\t%llu\n", (double)slowest_us / 1000,
           (double)usage.ru_maxrss / 1024, (unsigned long long)n_alerts);
    watch_free(&w);
    return 0;
}
