/* whatif: how many tokens another model takes for one of these, from features
 * that ran on both. */
#include "insight/whatif_priv.h"

#include "base/map.h"
#include "base/utc.h"

#include <stdlib.h>

enum { RATIOS_MAX = 64 };

#define UNSURE_LOW 0.85 /* tokens there for one here, when nothing tells */
#define UNSURE_TOP 1.15

static void set_ratio(double ret[WHATIF__COUNT], double *ratio, size_t n)
{
    if (n == 0) {
        ret[WHATIF_LOW] = UNSURE_LOW;
        ret[WHATIF_EXPECTED] = 1;
        ret[WHATIF_HIGH] = UNSURE_TOP;
        return;
    }
    qsort(ratio, n, sizeof *ratio, num_f64_cmp);
    double middle = (ratio[(n - 1) / 2] + ratio[n / 2]) / 2;
    double off = middle * (UNSURE_TOP - 1) / 3; /* one feature tells little */
    ret[WHATIF_EXPECTED] = middle;
    ret[WHATIF_LOW] = n > 1 ? ratio[0] : middle - off;
    ret[WHATIF_HIGH] = n > 1 ? ratio[n - 1] : middle + off;
}

/* Columns of the answer below: feature, provider, model, requests, input,
 * output. */
static bool is_row_of(const struct answer *a, size_t i, struct str provider,
                      struct str model)
{
    return str_eq(answer_str(a, i, 1), provider) &&
           str_eq(answer_str(a, i, 2), model) &&
           answer_count(a, i, 3) >= WHATIF_RATIO_CALLS_MIN &&
           answer_count(a, i, 4) > 0;
}

static double per_call(const struct answer *a, size_t i, size_t column)
{
    return (double)answer_count(a, i, column) / (double)answer_count(a, i, 3);
}

/* The feature of a row; the untagged have one, too. */
static struct str feature_of(const struct answer *a, size_t i)
{
    struct str name = answer_str(a, i, 0);

    return name.n > 0 ? name : STR("");
}

/* The features that ran there, each with the first cell of its row. */
static void find_there(const struct whatif *w, const struct answer *a,
                       struct map *ret)
{
    for (size_t i = 0; i < a->n_rows; i++) {
        if (is_row_of(a, i, w->to_provider, w->to_model)) {
            map_put(ret, feature_of(a, i), &a->cell[i * a->n_columns]);
        }
    }
}

static void take_ratios(struct whatif *w, const struct answer *a,
                        const struct map *there)
{
    double input[RATIOS_MAX];
    double output[RATIOS_MAX];
    size_t n = 0;
    size_t n_output = 0;

    for (size_t i = 0; i < a->n_rows && n < RATIOS_MAX; i++) {
        const struct answer_cell *cell = is_row_of(a, i, w->provider, w->model)
                                             ? map_get(there, feature_of(a, i))
                                             : NULL;
        if (cell == NULL) {
            continue;
        }
        size_t k = (size_t)(cell - a->cell) / a->n_columns;
        input[n++] = per_call(a, k, 4) / per_call(a, i, 4);
        if (answer_count(a, i, 5) > 0 && answer_count(a, k, 5) > 0) {
            output[n_output++] = per_call(a, k, 5) / per_call(a, i, 5);
        }
    }
    w->ratios.n_features = n;
    set_ratio(w->ratios.input, input, n);
    set_ratio(w->ratios.output, output, n_output);
}

enum rc whatif_find_ratios(struct whatif *w, struct why *why)
{
    struct insight_question q = {
        .metrics = "requests,input_tokens,output_tokens",
        .by = "feature,provider,model",
        .from_us = w->to_us - WHATIF_RATIO_DAYS * UTC_US_PER_DAY,
        .to_us = w->to_us};
    struct answer *a = NULL;
    struct map there;
    enum rc rc = insight_ask(w->call, &q, &a, why);

    if (rc == RC_OK) {
        map_init(&there);
        find_there(w, a, &there);
        take_ratios(w, a, &there);
        map_fini(&there);
    }
    return rc;
}
