/* toll budget list: the route's list, a line a budget. */
#include "face/cli/cmd_budget_list.h"

#include "base/json.h"
#include "face/cli/cmd_priv.h"

#include <stdio.h>

/* "feature search, tag.team a|b" */
static void add_values(struct buf *b, const struct json *values)
{
    if (json_kind(values) != JSON_ARR) {
        buf_str(b, json_str(values));
        return;
    }
    for (const struct json *v = json_first(values); v != NULL;
         v = json_next(v)) {
        buf_fmt(b, "%s%.*s", v == json_first(values) ? "" : "|",
                STR_ARG(json_str(v)));
    }
}

static void add_scope(struct table *t, const struct json *budget)
{
    const struct json *where = json_get(budget, "where");
    struct str per = json_str(json_get(budget, "per"));
    struct buf b;

    buf_init(&b, 4096);
    for (const struct json *w = json_first(where); w != NULL;
         w = json_next(w)) {
        buf_fmt(&b, "%s%.*s ", b.n > 0 ? ", " : "", STR_ARG(json_key(w)));
        add_values(&b, w);
    }
    buf_cz(&b, b.n == 0 ? "all" : "");
    if (per.n > 0) {
        buf_fmt(&b, ", per %.*s", STR_ARG(per));
    }
    table_add(t, buf_view(&b));
    buf_fini(&b);
}

/* Money to read, or a count. */
static void add_amount(struct table *t, const struct json *amount)
{
    struct buf b;

    buf_init(&b, 256);
    if (json_kind(amount) == JSON_STR) {
        buf_char(&b, '$');
        draw_usd(&b, json_str(amount));
    } else if (json_kind(amount) == JSON_NUM) {
        buf_fmt(&b, "%.0f", json_f64(amount));
    } else {
        buf_char(&b, '-');
    }
    table_add(t, buf_view(&b));
    buf_fini(&b);
}

static void add_percent(struct table *t, double share)
{
    struct buf b;

    buf_init(&b, 64);
    buf_fmt(&b, "%.1f %%", 100 * share);
    table_add(t, buf_view(&b));
    buf_fini(&b);
}

static void add_date(struct table *t, const struct json *time)
{
    struct str text = json_str(time);

    table_add(t, text.n > 0 ? str_sub(text, 0, 16) : STR("-"));
}

/* The last step of the ladder that was reached. */
static void add_state(struct table *t, const struct json *budget)
{
    struct buf b;

    buf_init(&b, 256);
    for (const struct json *s = json_first(json_get(budget, "steps"));
         s != NULL; s = json_next(s)) {
        if (json_str(json_get(s, "reached_at")).n > 0) {
            buf_clear(&b);
            buf_fmt(&b, "%.*s at %.0f %%", STR_ARG(json_str(json_get(s, "do"))),
                    json_f64(json_get(s, "percent")));
        }
    }
    table_add(t, b.n > 0 ? buf_view(&b) : STR("-"));
    buf_fini(&b);
}

static void add_budget(struct table *t, const struct json *b)
{
    struct str period = json_str(json_get(b, "period"));
    struct str window = json_str(json_get(b, "window"));

    table_add(t, json_str(json_get(b, "name")));
    add_scope(t, b);
    table_add(t, window.n > 0 ? window : period);
    add_amount(t, json_get(b, "used"));
    add_amount(t, json_get(b, "limit"));
    add_percent(t, json_f64(json_get(b, "share")));
    add_amount(t, json_get(json_get(b, "pace"), "projected"));
    add_date(t, json_get(json_get(b, "pace"), "exceeds_at"));
    add_date(t, json_get(b, "resets"));
    add_state(t, b);
    table_add(t, json_str(json_get(b, "source")));
}

static enum cmd_exit print_list(const struct cmd_call *call,
                                const struct json *answer)
{
    static const struct {
        const char *name;
        bool to_right;
    } heads[] = {
        {"budget", false},      {"scope", false},  {"period", false},
        {"used", true},         {"limit", true},   {"share", true},
        {"at this rate", true}, {"over", false},   {"resets", false},
        {"reached", false},     {"source", false},
    };
    const struct json *list = json_get(answer, "budgets");
    struct table t;

    if (json_n(list) == 0) {
        printf("There are no budgets. docs/budgets.md describes them.\n");
        return CMD_EXIT_OK;
    }
    table_init(&t, ARRAY_N(heads), json_n(list));
    for (size_t i = 0; i < ARRAY_N(heads); i++) {
        table_head(&t, str_from_cz(heads[i].name), heads[i].to_right);
    }
    for (const struct json *b = json_first(list); b != NULL; b = json_next(b)) {
        add_budget(&t, b);
    }
    table_print(&t, call->env, false);
    table_fini(&t);
    return CMD_EXIT_OK;
}

enum cmd_exit cmd_budget_list(struct cmd_call *call)
{
    struct buf query;

    cmd_query_init(&query);
    enum cmd_exit exit =
        cmd_show(call, STR("/api/budgets"), &query, print_list);
    buf_fini(&query);
    return exit;
}
