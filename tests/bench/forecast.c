/* How far forecasts miss, on made-up streams and on series from files: a line
 * of tab-separated figures for each kind of stream and day of the block.
 *
 *   forecast SEEDS [FILE...]
 *
 * A file holds a series: the weekday of the first value (0: Monday), then a
 * value a day, "nan" for a day that is missing. */
#include "insight/stat/forecast.h"
#include "base/str.h"
#include "spend_stream.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FILE_DAYS_MAX = 4000, FILE_BYTES_MAX = 1 << 20 };

static void add(struct forecast_trial *sum, const struct forecast_trial *t)
{
    double n = (double)t->n;

    sum->day = t->day;
    sum->n += t->n;
    sum->error += n * t->error;
    sum->run_rate += n * t->run_rate;
    sum->bias += n * t->bias;
    sum->covered += n * t->covered;
    sum->width += n * t->width;
}

static void print(const char *name, const struct forecast_trial *sum)
{
    for (size_t k = 0; k < FORECAST_TRIALS; k++) {
        double n = sum[k].n > 0 ? (double)sum[k].n : (double)NAN;
        printf("%s\t%u\t%zu\t%.6f\t%.6f\t%.6f\t%.6f\t%.6f\n", name, sum[k].day,
               sum[k].n, sum[k].error / n, sum[k].run_rate / n, sum[k].bias / n,
               sum[k].covered / n, sum[k].width / n);
    }
}

static void measure(const struct forecast_series *s,
                    struct forecast_trial sum[FORECAST_TRIALS])
{
    struct forecast_trial trial[FORECAST_TRIALS];

    forecast_back_test(s, trial);
    for (size_t k = 0; k < FORECAST_TRIALS; k++) {
        add(&sum[k], &trial[k]);
    }
}

static void measure_kind(size_t kind, uint64_t n_seeds)
{
    struct forecast_trial sum[FORECAST_TRIALS] = {{0}};

    for (uint64_t seed = 1; seed <= n_seeds; seed++) {
        struct spend_stream stream;

        spend_stream_make(kind, seed, &stream);
        const struct forecast_series s = {
            .value = stream.value,
            .is_out = stream.is_out,
            .n = stream.n,
            .weekday = stream.weekday,
        };
        measure(&s, sum);
    }
    print(spend_stream_kinds[kind], sum);
}

static bool measure_file(const char *path)
{
    static double value[FILE_DAYS_MAX];
    static bool is_out[FILE_DAYS_MAX];
    struct forecast_trial sum[FORECAST_TRIALS] = {{0}};
    struct forecast_series s = {.value = value, .is_out = is_out};
    char line[64];
    FILE *file = fopen(path, "r");
    bool ok = file != NULL && fgets(line, sizeof line, file) != NULL;

    s.weekday = ok ? (unsigned)(line[0] - '0') : 0;
    while (ok && s.n < FILE_DAYS_MAX &&
           fgets(line, sizeof line, file) != NULL) {
        struct str text = str_trim(str_from_cz(line));
        is_out[s.n] = str_eq(text, STR("nan"));
        value[s.n] = 0;
        ok = is_out[s.n] || str_to_f64(text, &value[s.n]) == RC_OK;
        s.n++;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    if (!ok || s.weekday > 6) {
        (void)fprintf(stderr, "forecast: %s is no series\n", path);
        return false;
    }
    measure(&s, sum);
    print(path, sum);
    return true;
}

int main(int argc, char **argv)
{
    uint64_t n_seeds = 0;
    bool ok = argc > 1 && str_to_u64(str_from_cz(argv[1]), &n_seeds) == RC_OK;

    if (!ok) {
        (void)fprintf(stderr, "use: forecast SEEDS [FILE...]\n");
        return 2;
    }
    for (size_t kind = 0; n_seeds > 0 && kind < spend_stream_kinds_n; kind++) {
        measure_kind(kind, n_seeds);
    }
    for (int i = 2; i < argc; i++) {
        ok = measure_file(argv[i]) && ok;
    }
    return ok ? 0 : 1;
}
