/* toll price: what one call costs, line by line, and why. */
#include "face/cli/cmd_priv.h"
#include "insight/say.h"

#include "base/json.h"
#include "base/why.h"

#include <stdio.h>

static void print_member(const struct json *obj, const char *name,
                         const char *label)
{
    struct str value = json_str(json_get(obj, name));

    if (value.n > 0) {
        printf("%-10s %.*s\n", label, STR_ARG(value));
    }
}

/* What the row lists: "input $2.5, output $10, web_search $10". */
static void print_listed(const struct json *row, const char *prices,
                         const char *label)
{
    const struct json *first = json_first(json_get(row, prices));

    if (first == NULL) {
        return;
    }
    printf("%-10s", label);
    for (const struct json *p = first; p != NULL; p = json_next(p)) {
        printf("%s %.*s $%.*s", p == first ? "" : ",", STR_ARG(json_key(p)),
               STR_ARG(json_str(p)));
    }
    printf("\n");
}

static void add_exact(struct table *t, struct str dollars)
{
    struct buf b;

    buf_init(&b, 128);
    buf_fmt(&b, "$%.*s", STR_ARG(dollars));
    table_add(t, buf_view(&b));
    buf_fini(&b);
}

static void add_line(struct table *t, const struct json *line)
{
    struct buf b;
    struct str basis = json_str(json_get(line, "basis"));

    buf_init(&b, 1024);
    buf_str(&b, json_str(json_get(line, "class")));
    if (basis.n > 0) {
        buf_fmt(&b, " (priced as %.*s)", STR_ARG(basis));
    }
    table_add(t, buf_view(&b));
    buf_clear(&b);
    struct buf digits;
    buf_init(&digits, 64);
    buf_fmt(&digits, "%.0f", json_f64(json_get(line, "count")));
    say_grouped(&b, buf_view(&digits));
    buf_fini(&digits);
    table_add(t, buf_view(&b));
    buf_clear(&b);
    buf_fmt(&b, "$%.*s per %s", STR_ARG(json_str(json_get(line, "price"))),
            json_f64(json_get(line, "per")) > 1000 ? "million" : "thousand");
    table_add(t, buf_view(&b));
    buf_clear(&b);
    buf_fmt(&b, "x %.*s", STR_ARG(json_str(json_get(line, "factor"))));
    table_add(t, buf_view(&b));
    buf_fini(&b);
    add_exact(t, json_str(json_get(line, "amount")));
}

static void print_lines(const struct cmd_call *call, const struct json *x)
{
    const struct json *lines = json_get(x, "lines");
    struct table t;

    table_init(&t, 5, json_n(lines) + 1);
    table_head(&t, STR("class"), false);
    table_head(&t, STR("count"), true);
    table_head(&t, STR("price"), true);
    table_head(&t, STR("factor"), true);
    table_head(&t, STR("amount"), true);
    for (const struct json *l = json_first(lines); l != NULL;
         l = json_next(l)) {
        add_line(&t, l);
    }
    table_add(&t, STR("total"));
    table_add(&t, STR_EMPTY);
    table_add(&t, STR_EMPTY);
    table_add(&t, STR_EMPTY);
    add_exact(&t, json_str(json_get(x, "cost")));
    table_print(&t, call->env, true);
    table_fini(&t);
}

static void print_row(const struct json *x)
{
    const struct json *row = json_get(x, "row");
    struct str from = json_str(json_get(row, "from"));
    int64_t above = 0;

    print_member(row, "id", "row");
    printf("%-10s %.*s\n", "in force",
           STR_ARG(from.n > 0 ? from : STR("always")));
    print_listed(row, "prices", "listed");
    print_listed(row, "prices_above", "above");
    print_member(row, "source", "source");
    print_member(x, "matched_name", "matched");
    if (json_i64(json_get(x, "above_input_tokens"), &above) == RC_OK) {
        printf("%-10s over %lld input tokens: the whole call at the higher "
               "price\n",
               "context", (long long)above);
    }
    print_member(x, "discount_percent", "discount %");
}

/* The model's name is as it was typed. */
static void print_text(struct str text)
{
    struct buf b;

    buf_init(&b, SIZE_MAX);
    table_safe(&b, text);
    printf("%.*s\n", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

static void print_heading(const struct json *x)
{
    struct buf b;

    buf_init(&b, SIZE_MAX);
    buf_fmt(&b, "%.*s %.*s, %.*s, %.*s",
            STR_ARG(json_str(json_get(x, "provider"))),
            STR_ARG(json_str(json_get(x, "model"))),
            STR_ARG(json_str(json_get(x, "service_tier"))),
            STR_ARG(json_str(json_get(x, "at"))));
    print_text(buf_view(&b));
    printf("\n");
    buf_fini(&b);
}

static void draw(const struct cmd_call *call, const struct json *x)
{
    const struct json *book = json_get(x, "book");

    print_heading(x);
    if (json_bool(json_get(x, "priced"))) {
        if (json_n(json_get(x, "lines")) > 0) {
            print_lines(call, x);
            printf("\n");
        }
        print_row(x);
    } else {
        printf("No price: ");
        print_text(json_str(json_get(x, "unpriced")));
        printf("Such calls are counted as unpriced, never as zero.\n");
    }
    printf("%-10s %.*s of %.*s\n", "book",
           STR_ARG(json_str(json_get(book, "source"))),
           STR_ARG(json_str(json_get(book, "date"))));
    for (const struct json *c = json_first(json_get(x, "caveats")); c != NULL;
         c = json_next(c)) {
        printf("%-10s %.*s\n", "note", STR_ARG(json_str(c)));
    }
}

static void draw_csv(const struct json *x)
{
    printf("class,count,price,per,factor,amount\r\n");
    for (const struct json *l = json_first(json_get(x, "lines")); l != NULL;
         l = json_next(l)) {
        printf("%.*s,%.0f,%.*s,%.0f,%.*s,%.*s\r\n",
               STR_ARG(json_str(json_get(l, "class"))),
               json_f64(json_get(l, "count")),
               STR_ARG(json_str(json_get(l, "price"))),
               json_f64(json_get(l, "per")),
               STR_ARG(json_str(json_get(l, "factor"))),
               STR_ARG(json_str(json_get(l, "amount"))));
    }
}

static enum cmd_exit show(const struct cmd_call *call, struct str body)
{
    struct json *x = NULL;
    struct why why;
    enum rc rc = json_parse(body, &x, &why);

    if (rc != RC_OK) {
        return cmd_fail(call, RC_CORRUPT, &why);
    }
    bool priced = json_bool(json_get(x, "priced"));
    if (cmd_has(call, "--json")) {
        (void)fwrite(body.p, 1, body.n, stdout);
    } else if (cmd_has(call, "--csv")) {
        draw_csv(x);
    } else {
        draw(call, x);
    }
    json_free(&x);
    return priced ? CMD_EXIT_OK : CMD_EXIT_LIMIT;
}

static enum cmd_exit run(struct cmd_call *call)
{
    struct buf query;
    struct buf body;
    struct why why;

    if (call->arg[0][0] == '\0') {
        (void)why_set(&why, RC_INVALID, "the model's name is empty");
        return cmd_fail(call, RC_INVALID, &why);
    }
    cmd_query_init(&query);
    buf_init(&body, SIZE_MAX);
    cmd_query_add(&query, "model", str_from_cz(call->arg[0]));
    cmd_pass_on(call, NULL, &query);
    enum cmd_exit exit = cmd_get(call, STR("/api/prices"), &query, &body);
    if (exit == CMD_EXIT_OK) {
        exit = show(call, buf_view(&body));
    }
    buf_fini(&body);
    buf_fini(&query);
    return exit;
}

static const struct cmd_option options[] = {
    {"--provider", "NAME", "whose model; found from its name when certain",
     false},
    {"--input", "N", "input tokens, parts included", false},
    {"--cache-read", "N", "of those, read from cache", false},
    {"--cache-write", "N", "of those, written to cache, both lifetimes", false},
    {"--cache-write-1h", "N", "of those, with the one-hour lifetime", false},
    {"--input-audio", "N", "of the input, audio", false},
    {"--input-image", "N", "of the input, images", false},
    {"--output", "N", "output tokens, parts included", false},
    {"--reasoning", "N", "of those, reasoning", false},
    {"--output-audio", "N", "of the output, audio", false},
    {"--output-image", "N", "of the output, images", false},
    {"--web-searches", "N", "searches that bear a fee", false},
    {"--tier", "TIER", "standard, batch, flex or priority", false},
    {"--at", "DATE", "when the call was made; now unless said", false},
};

const struct cmd cmd_price = {
    .name = "price",
    .args = "MODEL",
    .n_args_min = 1,
    .n_args_max = 1,
    .forms = CMD_FORMS_CSV,
    .summary = "what one call costs, line by line, and why",
    .details =
        "Exit status 4 when there is no price. docs/pricing.md states the "
        "rules.\n\n"
        "  toll price gpt-4o --input 1200 --cache-read 1000 --output 300\n"
        "  toll price claude-sonnet-4-5 --input 250000 --output 800 --tier "
        "batch\n"
        "  toll price o3 --input 1000 --output 100 --at 2025-06-01",
    .option = options,
    .n_options = ARRAY_N(options),
    .run = run,
};
