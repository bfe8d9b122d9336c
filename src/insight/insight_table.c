#include "insight/insight.h"

const struct insight *const insight_table[] = {
    &insight_customers, &insight_experiment, &insight_explain,
    &insight_forecast,  &insight_guardrails, &insight_movers,
    &insight_plan,      &insight_quality,    &insight_reconcile,
    &insight_review,    &insight_savings,    &insight_whatif,
};
const size_t insight_table_n = ARRAY_N(insight_table);

const struct insight *insight_of(struct str path, struct str *ret_subject)
{
    for (size_t i = 0; i < insight_table_n; i++) {
        const struct insight *row = insight_table[i];
        struct str own = str_from_cz(row->path);

        *ret_subject = STR_EMPTY;
        if (str_eq(path, own)) {
            return row;
        }
        if (row->subject != NULL && str_starts(path, own) &&
            path.n > own.n + 1 && path.p[own.n] == '/') {
            *ret_subject = str_sub(path, own.n + 1, path.n);
            return row;
        }
    }
    return NULL;
}
