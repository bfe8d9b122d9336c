#include "query/query_usage.h"

#include "query/query_usage_priv.h"
#include "query/sql_priv.h"

static const char TOKEN_SUMS[] = ""
#define X(name, text) ", sum(\"tok_" text "\")"
#include "event/token_kind.def"
#undef X
    ;

struct sums {
    usage_sum_fn *each;
    void *arg;
};

static enum rc take_sum(void *arg, const struct store_cell *cells, size_t n,
                        struct why *why)
{
    struct sums *sums = arg;
    struct usage_cells c = {.cell = cells, .n = n};
    struct usage_sum row;

    row.feature = usage_take_str(&c);
    row.workflow = usage_take_str(&c);
    row.provider = usage_take_str(&c);
    row.model = usage_take_str(&c);
    row.requested_model = usage_take_str(&c);
    row.tier = service_tier_from(usage_take_str(&c));
    row.n = usage_take_i64(&c);
    row.n_errors = usage_take_i64(&c);
    row.n_unpriced = usage_take_i64(&c);
    row.cost = usage_take_sum(&c);
    row.error_cost = usage_take_sum(&c);
    row.cache_cost = usage_take_sum(&c);
    row.output_cost = usage_take_sum(&c);
    row.tools_cost = usage_take_sum(&c);
    row.input_p05 = usage_take_real(&c);
    for (size_t i = 0; i < TOKEN__COUNT; i++) {
        row.token[i] = usage_take_sum(&c);
    }
    enum rc rc = usage_taken(&c, why);
    return rc == RC_OK ? sums->each(sums->arg, &row, why) : rc;
}

enum rc query_sums(const struct query *q, struct store_reader *reader,
                   usage_sum_fn *each, void *arg, struct why *why)
{
    struct sums sums = {.each = each, .arg = arg};
    struct sql s;

    sql_init(&s);
    buf_fmt(&s.text,
            "SELECT \"feature\", \"workflow\", \"provider\", \"model\", "
            "\"requested_model\", CAST(\"service_tier\" AS VARCHAR), "
            "count(*), count(CASE WHEN \"status\" = 'error' THEN 1 END), "
            "count(CASE WHEN \"cost\" IS NULL THEN 1 END), sum(\"cost\"), "
            "sum(CASE WHEN \"status\" = 'error' THEN \"cost\" END), "
            "sum(\"cost_cache\"), sum(\"cost_output\"), sum(\"cost_tools\"), "
            "quantile_cont(%s, 0.05)",
            USAGE_INPUT);
    buf_cz(&s.text, TOKEN_SUMS);
    buf_cz(&s.text, " FROM events");
    sql_add_where(&s, q);
    buf_cz(&s.text, " GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY sum(\"cost\") DESC "
                    "NULLS LAST, 1, 2, 3, 4, 5, 6");
    enum rc rc = usage_select(&s, reader, take_sum, &sums, why);
    sql_fini(&s);
    return rc;
}
