/* toll top: a query with the question already in it. */
#include "face/cli/cmd_priv.h"

static enum cmd_exit run_top(struct cmd_call *call)
{
    struct buf query;

    cmd_query_init(&query);
    cmd_query_add(&query, "metrics",
                  STR("cost,requests,input_tokens,output_tokens,"
                      "cost_per_request,unpriced_requests"));
    cmd_query_add(&query, "order", STR("-cost"));
    if (!cmd_has(call, "--by")) {
        cmd_query_add(&query, "by", STR("feature"));
    }
    if (!cmd_has(call, "--limit")) {
        cmd_query_add(&query, "limit", STR("20"));
    }
    cmd_pass_on(call, NULL, &query);
    enum cmd_exit exit = query_ask_and_draw(call, &query);
    buf_fini(&query);
    return exit;
}

static const struct cmd_option top_options[] = {
    {"--by", "LIST", "dimensions; feature unless said", false},
    {"--range", "WORD", "30d unless said; today, 7d, last-month, all, ...",
     false},
    {"--from", "TIME", "a date or RFC 3339; included", false},
    {"--to", "TIME", "likewise; not included", false},
    {"--where", "FILTER", "as in toll query", true},
    {"--limit", "N", "rows; 20 unless said", false},
};

const struct cmd cmd_top = {
    .name = "top",
    .args = "",
    .forms = CMD_FORMS_CSV,
    .summary = "where the money goes",
    .details = "  toll top\n"
               "  toll top --by model --range this-month\n"
               "  toll top --by customer --where feature:search",
    .option = top_options,
    .n_options = ARRAY_N(top_options),
    .run = run_top,
};
