/* toll prices: the price book as a list, with what was paid by it. */
#include "face/cli/cmd_priv.h"

#include "base/csv.h"
#include "base/json.h"

#include <stdio.h>

/* What a column shows: a member of the row, or of one inside it. */
struct column {
    const char *head;
    const char *in;  /* "prices", "used"; NULL: the row itself */
    const char *in2; /* "30d" within used; NULL: none */
    const char *name;
    bool is_money; /* to the right */
};

static const struct column columns[] = {
    {"provider", NULL, NULL, "provider", false},
    {"model", NULL, NULL, "model", false},
    {"tier", NULL, NULL, "service_tier", false},
    {"input", "prices", NULL, "input", true},
    {"cache_read", "prices", NULL, "cache_read", true},
    {"cache_write", "prices", NULL, "cache_write", true},
    {"output", "prices", NULL, "output", true},
    {"from", NULL, NULL, "from", false},
    {"source", NULL, NULL, "source", false},
    {"cost_30d", "used", "30d", "cost", true},
    {"cost_90d", "used", "90d", "cost", true},
};

static struct str cell_of(const struct json *row, const struct column *c)
{
    const struct json *at = c->in != NULL ? json_get(row, c->in) : row;

    return json_str(
        json_get(c->in2 != NULL ? json_get(at, c->in2) : at, c->name));
}

static void add_cell(struct table *t, const struct json *row,
                     const struct column *c)
{
    struct str text = cell_of(row, c);
    struct buf b;

    buf_init(&b, 4096);
    if (c->in2 != NULL && text.n > 0) {
        draw_usd(&b, text);
    } else if (str_eq(str_from_cz(c->name), STR("from"))) {
        buf_str(&b, str_sub(text, 0, 10));
    } else if (str_eq(str_from_cz(c->name), STR("source")) &&
               !json_bool(json_get(row, "priced"))) {
        buf_cz(&b, "no price");
    } else {
        buf_str(&b, text);
    }
    table_add(t, b.n > 0 ? buf_view(&b) : STR("-"));
    buf_fini(&b);
}

static void draw_discounts(const struct json *answer)
{
    for (const struct json *d = json_first(json_get(answer, "discounts"));
         d != NULL; d = json_next(d)) {
        if (json_bool(json_get(d, "in_force"))) {
            (void)printf("%.*s: %.*s %% off what the list says\n",
                         STR_ARG(json_str(json_get(d, "provider"))),
                         STR_ARG(json_str(json_get(d, "percent"))));
        }
    }
}

static void draw_caption(const struct cmd_call *call, const struct json *answer)
{
    const struct json *book = json_get(answer, "book");
    struct buf b;

    buf_init(&b, 4096);
    buf_fmt(&b,
            "dollars per million tokens; %.*s of %.*s, %.0f days old; %.0f of "
            "%.0f rows",
            STR_ARG(json_str(json_get(book, "source"))),
            STR_ARG(json_str(json_get(book, "date"))),
            json_f64(json_get(book, "age_days")),
            (double)json_n(json_get(answer, "rows")),
            json_f64(json_get(answer, "total")));
    if (json_bool(json_get(answer, "truncated"))) {
        buf_cz(&b, ", more by --offset and --limit");
    }
    table_dim(call->env, buf_view(&b));
    buf_fini(&b);
}

static void draw(const struct cmd_call *call, const struct json *answer)
{
    const struct json *rows = json_get(answer, "rows");
    struct table t;

    if (json_n(rows) == 0) {
        (void)printf("No row of the book is like that.\n");
    } else {
        table_init(&t, ARRAY_N(columns), json_n(rows));
        for (size_t i = 0; i < ARRAY_N(columns); i++) {
            table_head(&t, str_from_cz(columns[i].head), columns[i].is_money);
        }
        for (const struct json *row = json_first(rows); row != NULL;
             row = json_next(row)) {
            for (size_t i = 0; i < ARRAY_N(columns); i++) {
                add_cell(&t, row, &columns[i]);
            }
        }
        table_print(&t, call->env, false);
        table_fini(&t);
    }
    draw_discounts(answer);
    draw_caption(call, answer);
}

static void draw_csv(const struct json *answer)
{
    struct buf b;

    buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < ARRAY_N(columns); i++) {
        buf_fmt(&b, "%s%s", i > 0 ? "," : "", columns[i].head);
    }
    buf_cz(&b, "\r\n");
    for (const struct json *row = json_first(json_get(answer, "rows"));
         row != NULL; row = json_next(row)) {
        for (size_t i = 0; i < ARRAY_N(columns); i++) {
            buf_cz(&b, i > 0 ? "," : "");
            csv_add_cell(&b, cell_of(row, &columns[i]), ',', true);
        }
        buf_cz(&b, "\r\n");
    }
    (void)fwrite(b.p, 1, b.n, stdout);
    buf_fini(&b);
}

static enum cmd_exit print_prices(const struct cmd_call *call,
                                  const struct json *answer)
{
    if (cmd_has(call, "--csv")) {
        draw_csv(answer);
    } else {
        draw(call, answer);
    }
    return CMD_EXIT_OK;
}

static enum cmd_exit run(struct cmd_call *call)
{
    struct buf query;

    cmd_query_init(&query);
    cmd_pass_on(call, NULL, &query);
    enum cmd_exit exit =
        cmd_show(call, STR("/api/prices"), &query, print_prices);
    buf_fini(&query);
    return exit;
}

static const struct cmd_option options[] = {
    {"--provider", "NAME", "only that one's", false},
    {"--search", "TEXT", "only models with these letters in their name", false},
    {"--used", NULL, "only what the ledger used in the last 90 days", false},
    {"--current", NULL, "only rows in force", false},
    {"--limit", "N", "rows; 200 unless said", false},
    {"--offset", "N", "rows passed over", false},
};

const struct cmd cmd_prices = {
    .name = "prices",
    .args = "",
    .forms = CMD_FORMS_CSV,
    .summary = "the price book, and what was paid by it",
    .details =
        "What the ledger used comes first: models without a price, then by\n"
        "spend. toll price MODEL tells what one call costs, and why.\n\n"
        "  toll prices --used\n"
        "  toll prices --provider anthropic --search opus --current",
    .option = options,
    .n_options = ARRAY_N(options),
    .run = run,
};
