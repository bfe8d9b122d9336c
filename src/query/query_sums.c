#include "query/query_usage.h"

#include "base/attr.h"
#include "query/query_plan_priv.h"
#include "query/query_usage_priv.h"
#include "query/sql_priv.h"

#define KEYS                                               \
    "\"feature\", \"workflow\", \"provider\", \"model\", " \
    "\"requested_model\", \"service_tier\""

static const struct query_field keys[] = {
    {.kind = QUERY_FIELD_DIM, .dim = DIM_FEATURE},
    {.kind = QUERY_FIELD_DIM, .dim = DIM_WORKFLOW},
    {.kind = QUERY_FIELD_DIM, .dim = DIM_PROVIDER},
    {.kind = QUERY_FIELD_DIM, .dim = DIM_MODEL},
    {.kind = QUERY_FIELD_DIM, .dim = DIM_REQUESTED_MODEL},
    {.kind = QUERY_FIELD_SERVICE_TIER},
};

/* Those selected, as take_sum takes them; behind them what tokens are made
 * of. */
enum { N_SELECTED = 8 };
static const enum part parts[] = {
    PART_REQUESTS,   PART_ERRORS,     PART_UNPRICED,    PART_COST,
    PART_ERROR_COST, PART_CACHE_COST, PART_OUTPUT_COST, PART_TOOLS_COST,
    PART_INPUT,      PART_OUTPUT,
};

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
    for (size_t i = 0; i < TOKEN__COUNT; i++) {
        row.token[i] = usage_take_sum(&c);
    }
    enum rc rc = usage_taken(&c, why);
    return rc == RC_OK ? sums->each(sums->arg, &row, why) : rc;
}

static struct query_plan plan_of(const struct query *q)
{
    struct query by_keys = *q;

    by_keys.interval = INTERVAL_NONE;
    by_keys.n_by = ARRAY_N(keys);
    for (size_t i = 0; i < ARRAY_N(keys); i++) {
        by_keys.by[i] = keys[i];
    }
    return query_plan_make(&by_keys, parts, ARRAY_N(parts), NULL, 0);
}

enum rc query_sums(const struct query *q, struct store_reader *reader,
                   usage_sum_fn *each, void *arg, struct why *why)
{
    struct sums sums = {.each = each, .arg = arg};
    const struct query_plan plan = plan_of(q);
    bool is_rollup = plan.rollup != NULL;
    struct sql s;

    sql_init(&s);
    buf_cz(&s.text, "SELECT " KEYS);
    for (size_t i = 0; i < N_SELECTED; i++) {
        buf_fmt(&s.text, ", %.*s", STR_ARG(part_sql(parts[i], is_rollup)));
    }
    buf_cz(&s.text, TOKEN_SUMS);
    sql_add_from(&s, q, &plan);
    sql_add_where(&s, q);
    buf_fmt(&s.text,
            " GROUP BY " KEYS " ORDER BY %.*s DESC NULLS LAST, 1, 2, 3, 4, 5, "
            "CAST(\"service_tier\" AS VARCHAR)",
            STR_ARG(part_sql(PART_COST, is_rollup)));
    enum rc rc = usage_select(&s, reader, take_sum, &sums, why);
    sql_fini(&s);
    return rc;
}

struct shorts {
    usage_short_fn *each;
    void *arg;
};

static enum rc take_short(void *arg, const struct store_cell *cells, size_t n,
                          struct why *why)
{
    struct shorts *shorts = arg;
    struct usage_cells c = {.cell = cells, .n = n};
    struct usage_short row;

    row.feature = usage_take_str(&c);
    row.workflow = usage_take_str(&c);
    row.provider = usage_take_str(&c);
    row.model = usage_take_str(&c);
    row.input_p05 = usage_take_real(&c);
    enum rc rc = usage_taken(&c, why);
    return rc == RC_OK ? shorts->each(shorts->arg, &row, why) : rc;
}

enum rc query_shorts(const struct query *q, struct store_reader *reader,
                     usage_short_fn *each, void *arg, struct why *why)
{
    struct shorts shorts = {.each = each, .arg = arg};
    struct sql s;

    sql_init(&s);
    buf_fmt(&s.text,
            "SELECT \"feature\", \"workflow\", \"provider\", \"model\", "
            "quantile_cont(%s, 0.05) FROM events",
            USAGE_INPUT);
    sql_add_where(&s, q);
    buf_cz(&s.text, " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4");
    enum rc rc = usage_select(&s, reader, take_short, &shorts, why);
    sql_fini(&s);
    return rc;
}
