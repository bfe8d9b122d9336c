/* Perplexity: OpenAI's chat.  Reasoning and citations stand beside the output
 * and in no total.  Searches bear a fee each only in deep research; other
 * models have one for each call. */
#include "provider/openai_priv.h"

static const struct member rows[] = {
    EXTRA("citation_tokens", "citation_tokens"),
    COUNT("num_search_queries", SEARCHES),
    MONEY("cost.total_cost", REPORTED, 0),
    SKIP("cost.input_tokens_cost"),
    SKIP("cost.output_tokens_cost"),
    SKIP("cost.citation_tokens_cost"),
    SKIP("cost.reasoning_tokens_cost"),
    SKIP("cost.search_queries_cost"),
    SKIP("cost.request_cost"),
};

static void settle(struct draft *d)
{
    struct str model = d->model.n > 0 ? d->model : d->requested_model;
    int64_t n = d->usage.n[SLOT_SEARCHES];
    if (n > 0 && str_find(model, STR("deep-research"), 0) == SIZE_MAX) {
        draft_extra_n(d, STR("search_queries"), (double)n);
        usage_set(&d->usage, SLOT_SEARCHES, 0);
    }
}

const struct vendor vendor_perplexity = {
    .name = STR_INIT("perplexity"),
    .ask = ASK_ALWAYS_SENT,
    .has_unique_ids = true,
    .reasoning = REASONING_OUTSIDE_ALWAYS,
    .members = MEMBERS(rows),
    .settle = settle,
    .error = openai_error,
};
