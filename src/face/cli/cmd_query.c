#include "face/cli/cmd_priv.h"

enum cmd_exit query_ask_and_draw(const struct cmd_call *call,
                                 const struct buf *query)
{
    struct buf body;

    buf_init(&body, SIZE_MAX);
    enum cmd_exit exit = cmd_get(call, STR("/api/query"), query, &body);
    if (exit == CMD_EXIT_OK) {
        exit = cmd_draw(call, buf_view(&body));
    }
    buf_fini(&body);
    return exit;
}

static enum cmd_exit run_query(struct cmd_call *call)
{
    struct buf query;

    cmd_query_init(&query);
    cmd_pass_on(call, NULL, &query);
    enum cmd_exit exit = query_ask_and_draw(call, &query);
    buf_fini(&query);
    return exit;
}

static const struct cmd_option query_options[] = {
    {"--metrics", "LIST", "what to count: cost,requests unless said", false},
    {"--by", "LIST", "dimensions: feature,model,customer,tag.NAME,...", false},
    {"--interval", "UNIT", "hour, day, week, month or none", false},
    {"--range", "WORD", "today, yesterday, this-week, 7d, 30d, all, ...",
     false},
    {"--from", "TIME", "a date or RFC 3339; included", false},
    {"--to", "TIME", "likewise; not included", false},
    {"--where", "FILTER", "feature:a|b, feature:!a, feature: (untagged)", true},
    {"--order", "COLUMN", "a column, -column for descending", false},
    {"--limit", "N", "rows; 1000 unless said", false},
    {"--timezone", "ZONE", "an IANA name, instead of the configured one",
     false},
};

const struct cmd cmd_query = {
    .name = "query",
    .args = "",
    .forms = CMD_FORMS_CSV,
    .summary = "metrics by dimensions, over any interval",
    .details =
        "Only production counts unless --where names an environment;\n"
        "--where 'environment:*' takes all of them. docs/query.md lists every\n"
        "metric and dimension.\n\n"
        "  toll query --by feature --interval day --range 7d\n"
        "  toll query --metrics cost,cost_per_user --by experiment,variant\n"
        "  toll query --by model --where 'feature:search|chat' --csv",
    .option = query_options,
    .n_options = ARRAY_N(query_options),
    .run = run_query,
};
