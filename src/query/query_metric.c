#include "query/query_metric.h"

#include "base/attr.h"
#include "base/check.h"
#include "base/near.h"

#define INPUT                                                        \
    "\"tok_input\" + \"tok_cache_read\" + \"tok_cache_write_5m\" + " \
    "\"tok_cache_write_1h\" + \"tok_input_audio\" + \"tok_input_image\""
#define OUTPUT                                                            \
    "\"tok_output\" + \"tok_output_reasoning\" + \"tok_output_audio\" + " \
    "\"tok_output_image\""

/* Dollars in a rollup are two columns (store/schema.h). */
#define DOLLARS(low, high) \
    STR_INIT("(sum(" low ") + 1099511627776 * sum(" high "))")
#define INPUT_COST(hi)                                                 \
    "\"cost" hi "\" - \"cost_cache" hi "\" - \"cost_output" hi "\" - " \
    "\"cost_tools" hi "\""
#define IF_PRICED(column) "CASE WHEN \"cost\" IS NOT NULL THEN " column " END"
#define IF_OK(column)     "CASE WHEN \"status\" = 'ok' THEN " column " END"
#define IF_ERROR(column)  "CASE WHEN \"status\" = 'error' THEN " column " END"

const struct part_row part_table[PART__COUNT] = {
    [PART_REQUESTS] = {STR_INIT("count(*)"), .kind = PART_KIND_SUM,
                       .of_sums = STR_INIT("coalesce(sum(\"requests\"), 0)")},
    [PART_COST] = {STR_INIT("sum(\"cost\")"), .kind = PART_KIND_SUM,
                   .of_sums = DOLLARS("\"cost\"", "\"cost_hi\"")},
    [PART_ERRORS] =
        {STR_INIT("count(CASE WHEN \"status\" = 'error' THEN 1 END)"),
         .kind = PART_KIND_SUM,
         .of_sums = STR_INIT(
             "coalesce(sum(CASE WHEN \"status\" = 'error' THEN \"requests\" END), 0)")},
    [PART_RETRIES] = {STR_INIT("count(CASE WHEN \"attempt\" > 1 THEN 1 END)"),
                      .kind = PART_KIND_SUM,
                      .of_sums = STR_INIT("coalesce(sum(\"retries\"), 0)")},
    [PART_INPUT] = {STR_INIT("sum(" INPUT ")"), .kind = PART_KIND_SUM},
    [PART_UNCACHED_INPUT] = {STR_INIT("sum(\"tok_input\" + "
                                      "\"tok_input_audio\" + "
                                      "\"tok_input_image\")"),
                             .kind = PART_KIND_SUM},
    [PART_CACHE_READ] = {STR_INIT("sum(\"tok_cache_read\")"),
                         .kind = PART_KIND_SUM},
    [PART_CACHE_WRITE] =
        {STR_INIT("sum(\"tok_cache_write_5m\" + \"tok_cache_write_1h\")"),
         .kind = PART_KIND_SUM},
    [PART_OUTPUT] = {STR_INIT("sum(" OUTPUT ")"), .kind = PART_KIND_SUM},
    [PART_REASONING] = {STR_INIT("sum(\"tok_output_reasoning\")"),
                        .kind = PART_KIND_SUM},
    [PART_WEB_SEARCHES] = {STR_INIT("sum(\"web_searches\")"),
                           .kind = PART_KIND_SUM},
    [PART_USERS] = {STR_INIT("count(DISTINCT nullif(\"user\", ''))"),
                    .kind = PART_KIND_DISTINCT},
    [PART_RUNS] = {STR_INIT("count(DISTINCT nullif(\"run\", ''))"),
                   .kind = PART_KIND_DISTINCT},
    [PART_CUSTOMERS] = {STR_INIT("count(DISTINCT nullif(\"customer\", ''))"),
                        .kind = PART_KIND_DISTINCT},
    [PART_UNPRICED] = {STR_INIT("count(CASE WHEN \"cost\" IS NULL THEN 1 END)"),
                       .kind = PART_KIND_SUM,
                       .of_sums = STR_INIT("coalesce(sum(\"unpriced\"), 0)")},
    [PART_LATE] = {STR_INIT("count(CASE WHEN \"arrival\" > \"ts\" + "
                            "INTERVAL 1 DAY THEN 1 END)"),
                   .kind = PART_KIND_SUM,
                   .of_sums = STR_INIT("coalesce(sum(\"late\"), 0)")},
    [PART_REPORTED_COST] = {STR_INIT("sum(\"reported_cost\")"),
                            .kind = PART_KIND_SUM,
                            .of_sums = DOLLARS("\"reported_cost\"",
                                               "\"reported_cost_hi\"")},
    [PART_LATENCY_SUM] = {STR_INIT("sum(\"latency_ms\")"),
                          .kind = PART_KIND_SUM},
    [PART_LATENCY_N] = {STR_INIT("count(\"latency_ms\")"),
                        .kind = PART_KIND_SUM,
                        .of_sums = STR_INIT("coalesce(sum(\"latency_n\"), 0)")},
    [PART_LATENCY_P50] = {STR_INIT("quantile_cont(\"latency_ms\", 0.5)"),
                          .kind = PART_KIND_QUANTILE},
    [PART_LATENCY_P95] = {STR_INIT("quantile_cont(\"latency_ms\", 0.95)"),
                          .kind = PART_KIND_QUANTILE},
    [PART_CACHE_WRITE_1H] = {STR_INIT("sum(\"tok_cache_write_1h\")"),
                             .kind = PART_KIND_SUM},
    [PART_INPUT_COST] = {STR_INIT("sum(" INPUT_COST("") ")"),
                         .kind = PART_KIND_SUM,
                         .of_sums = DOLLARS(INPUT_COST(""), INPUT_COST("_hi"))},
    /* The other parts are 0 where there is no price: absent is what the cost
     * is. */
    [PART_CACHE_COST] = {STR_INIT("sum(" IF_PRICED("\"cost_cache\"") ")"),
                         .kind = PART_KIND_SUM,
                         .of_sums = DOLLARS(IF_PRICED("\"cost_cache\""),
                                            IF_PRICED("\"cost_cache_hi\""))},
    [PART_OUTPUT_COST] = {STR_INIT("sum(" IF_PRICED("\"cost_output\"") ")"),
                          .kind = PART_KIND_SUM,
                          .of_sums = DOLLARS(IF_PRICED("\"cost_output\""),
                                             IF_PRICED("\"cost_output_hi\""))},
    [PART_TOOLS_COST] = {STR_INIT("sum(" IF_PRICED("\"cost_tools\"") ")"),
                         .kind = PART_KIND_SUM,
                         .of_sums = DOLLARS(IF_PRICED("\"cost_tools\""),
                                            IF_PRICED("\"cost_tools_hi\""))},
    [PART_OK_REQUESTS] =
        {STR_INIT("count(CASE WHEN \"status\" = 'ok' THEN 1 END)"),
         .kind = PART_KIND_SUM,
         .of_sums = STR_INIT(
             "coalesce(sum(CASE WHEN \"status\" = 'ok' THEN \"requests\" END), 0)")},
    [PART_OK_INPUT] = {STR_INIT("sum(CASE WHEN \"status\" = 'ok' THEN " INPUT
                                " ELSE 0 END)"),
                       .kind = PART_KIND_SUM},
    [PART_OK_OUTPUT] = {STR_INIT("sum(CASE WHEN \"status\" = 'ok' THEN " OUTPUT
                                 " ELSE 0 END)"),
                        .kind = PART_KIND_SUM},
    [PART_OK_COST] = {STR_INIT("sum(" IF_OK("\"cost\"") ")"),
                      .kind = PART_KIND_SUM,
                      .of_sums =
                          DOLLARS(IF_OK("\"cost\""), IF_OK("\"cost_hi\""))},
    [PART_ERROR_COST] = {STR_INIT("sum(" IF_ERROR("\"cost\"") ")"),
                         .kind = PART_KIND_SUM,
                         .of_sums = DOLLARS(IF_ERROR("\"cost\""),
                                            IF_ERROR("\"cost_hi\""))},
};

struct str part_sql(enum part part, bool is_rollup)
{
    const struct part_row *row = &part_table[part];

    return is_rollup && row->of_sums.n > 0 ? row->of_sums : row->sql;
}

#define METRIC(name, kind, part, per, doc)                                    \
    {                                                                         \
        STR_INIT(name), ANSWER_##kind, PART_##part, PART_##per, STR_INIT(doc) \
    }

const struct metric metric_table[] = {
    METRIC("cost", USD, COST, NONE,
           "what priced calls cost; absent where no call has a price"),
    METRIC("requests", COUNT, REQUESTS, NONE, "calls"),
    METRIC("errors", COUNT, ERRORS, NONE, "calls whose status is error"),
    METRIC("retries", COUNT, RETRIES, NONE,
           "calls that are a second attempt or a later one"),
    METRIC("input_tokens", TOKENS, INPUT, NONE,
           "all input, cached parts included"),
    METRIC("uncached_input_tokens", TOKENS, UNCACHED_INPUT, NONE,
           "input that was neither read from nor written to a cache"),
    METRIC("cache_read_tokens", TOKENS, CACHE_READ, NONE,
           "input read from a cache"),
    METRIC("cache_write_tokens", TOKENS, CACHE_WRITE, NONE,
           "input written to a cache, of both lifetimes"),
    METRIC("cache_write_1h_tokens", TOKENS, CACHE_WRITE_1H, NONE,
           "input written to a cache for an hour; the dearer lifetime"),
    METRIC("output_tokens", TOKENS, OUTPUT, NONE,
           "all output, reasoning included"),
    METRIC("reasoning_tokens", TOKENS, REASONING, NONE,
           "output spent on reasoning"),
    METRIC("web_searches", COUNT, WEB_SEARCHES, NONE,
           "searches that bear a fee"),
    METRIC("users", COUNT, USERS, NONE, "different users"),
    METRIC("runs", COUNT, RUNS, NONE, "different workflow runs"),
    METRIC("customers", COUNT, CUSTOMERS, NONE, "different customers"),
    METRIC("unpriced_requests", COUNT, UNPRICED, NONE,
           "calls for which there is no price; no cost holds them"),
    METRIC("input_cost", USD, INPUT_COST, NONE,
           "part of cost: input that no cache had to do with"),
    METRIC("cache_cost", USD, CACHE_COST, NONE,
           "part of cost: reads from and writes to caches"),
    METRIC("output_cost", USD, OUTPUT_COST, NONE, "part of cost: output"),
    METRIC("tools_cost", USD, TOOLS_COST, NONE,
           "part of cost: fees a call, such as searches"),
    METRIC("ok_requests", COUNT, OK_REQUESTS, NONE, "calls whose status is ok"),
    METRIC("ok_input_tokens", TOKENS, OK_INPUT, NONE,
           "all input of calls whose status is ok"),
    METRIC("ok_output_tokens", TOKENS, OK_OUTPUT, NONE,
           "all output of calls whose status is ok"),
    METRIC("ok_cost", USD, OK_COST, NONE,
           "what priced calls whose status is ok cost"),
    METRIC("late_requests", COUNT, LATE, NONE,
           "calls that arrived over a day after they were made"),
    METRIC("reported_cost", USD, REPORTED_COST, NONE,
           "what senders or providers stated"),
    METRIC("latency_avg", DURATION, LATENCY_SUM, LATENCY_N,
           "mean of a whole call, milliseconds"),
    METRIC("latency_p50", DURATION, LATENCY_P50, NONE,
           "median of a whole call, milliseconds"),
    METRIC("latency_p95", DURATION, LATENCY_P95, NONE,
           "19 of 20 calls are faster, milliseconds"),
    METRIC("cost_per_request", USD_RATIO, COST, REQUESTS, "cost / requests"),
    METRIC("cost_per_user", USD_RATIO, COST, USERS, "cost / users"),
    METRIC("cost_per_run", USD_RATIO, COST, RUNS, "cost / runs"),
    METRIC("input_per_request", AVERAGE, INPUT, REQUESTS,
           "input_tokens / requests"),
    METRIC("output_per_request", AVERAGE, OUTPUT, REQUESTS,
           "output_tokens / requests"),
    METRIC("cache_hit_share", RATIO, CACHE_READ, INPUT,
           "cache_read_tokens / input_tokens"),
    METRIC("error_share", RATIO, ERRORS, REQUESTS, "errors / requests"),
    METRIC("retry_share", RATIO, RETRIES, REQUESTS, "retries / requests"),
};
const size_t metric_table_n = ARRAY_N(metric_table);

enum rc metric_from(struct str name, const struct metric **ret_metric,
                    struct why *why)
{
    struct near near;

    near_init(&near, name);
    for (size_t i = 0; i < metric_table_n; i++) {
        if (str_eq(metric_table[i].name, name)) {
            *ret_metric = &metric_table[i];
            return RC_OK;
        }
        near_offer(&near, metric_table[i].name);
    }
    return near_unknown(&near, "metric",
                        "metrics are cost, requests, input_tokens, users, "
                        "error_share and others",
                        why);
}

/* Counts of calls and people fit 64 bits with ease. */
static int64_t divisor(num_i128 n)
{
    int64_t small = 0;

    CHECK(num_to_i64(n, &small) == RC_OK);
    return small;
}

static struct answer_cell ratio_cell(const struct metric *m,
                                     const struct part_value *part,
                                     const struct part_value *per)
{
    struct answer_cell cell = {.is_null = part->is_null || per->n == 0};

    if (cell.is_null) {
        return cell;
    }
    if (m->kind == ANSWER_USD_RATIO) {
        cell.usd.pico = num_div_even(part->n, divisor(per->n));
    } else {
        cell.real = (double)part->n / (double)per->n;
    }
    return cell;
}

struct answer_cell metric_cell(const struct metric *m,
                               const struct part_value part[PART__COUNT])
{
    struct part_value value = part[m->part];
    struct answer_cell cell = {.is_null = false};

    if (value.is_null && part_table[m->part].kind == PART_KIND_SUM &&
        part[PART_REQUESTS].n == 0) {
        value = (struct part_value){.is_null = false};
    }
    if (m->per != PART_NONE) {
        return ratio_cell(m, &value, &part[m->per]);
    }
    cell.is_null = value.is_null;
    if (value.is_null) {
        return cell;
    }
    switch (m->kind) {
    case ANSWER_TEXT:
    case ANSWER_TIME:
    case ANSWER_USD_RATIO:
    case ANSWER_RATIO:
    case ANSWER_AVERAGE:
        CHECK(false); /* keys and ratios */
    case ANSWER_COUNT:
    case ANSWER_TOKENS:
        cell.count = value.n;
        break;
    case ANSWER_USD:
        cell.usd.pico = value.n;
        break;
    case ANSWER_DURATION:
        cell.real = value.real;
        break;
    }
    return cell;
}
