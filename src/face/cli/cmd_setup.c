/* toll setup: where clients send to, and whether anything has come. */
#include "face/cli/cmd_priv.h"

#include "base/json.h"

#include <stdio.h>

static void print(const char *label, struct str value)
{
    struct buf b;

    buf_init(&b, SIZE_MAX);
    table_safe(&b, value);
    (void)printf("%-10s %.*s\n", label, STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

static void print_upstreams(const struct cmd_call *call, const struct json *x)
{
    static const char *const names[] = {"base", "url", "provider", "key"};
    const struct json *upstreams = json_get(x, "upstreams");
    struct table t;

    table_init(&t, ARRAY_N(names), json_n(upstreams));
    table_head(&t, STR("gateway"), false);
    table_head(&t, STR("passes on to"), false);
    table_head(&t, STR("provider"), false);
    table_head(&t, STR("key of"), false);
    for (const struct json *u = json_first(upstreams); u != NULL;
         u = json_next(u)) {
        for (size_t i = 0; i < ARRAY_N(names); i++) {
            table_add(&t, json_str(json_get(u, names[i])));
        }
    }
    table_print(&t, call->env, false);
    table_fini(&t);
}

static void print_seen(const struct cmd_call *call, const struct json *x)
{
    const struct json *sources = json_get(json_get(x, "seen"), "sources");
    struct table t;

    if (json_n(sources) == 0) {
        (void)printf("\nNo call has come yet. toll doctor has lines to "
                     "paste.\n");
        return;
    }
    table_init(&t, 4, json_n(sources));
    table_head(&t, STR("seen from"), false);
    table_head(&t, STR("calls"), true);
    table_head(&t, STR("first"), false);
    table_head(&t, STR("last"), false);
    for (const struct json *s = json_first(sources); s != NULL;
         s = json_next(s)) {
        struct buf n;

        buf_init(&n, 64);
        buf_fmt(&n, "%.0f", json_f64(json_get(s, "events")));
        table_add(&t, json_str(json_get(s, "source")));
        table_add(&t, buf_view(&n));
        table_add(&t, json_str(json_get(s, "first")));
        table_add(&t, json_str(json_get(s, "last")));
        buf_fini(&n);
    }
    (void)printf("\n");
    table_print(&t, call->env, false);
    table_fini(&t);
}

static enum cmd_exit draw(const struct cmd_call *call, const struct json *x)
{
    const struct json *problems = json_get(json_get(x, "config"), "problems");
    bool has_server = json_bool(json_get(x, "server"));

    print("server", has_server ? json_str(json_get(x, "url"))
                               : STR("none runs on these data"));
    print("events", json_str(json_get(json_get(x, "events"), "url")));
    print("otlp", json_str(json_get(json_get(x, "otlp"), "endpoint")));
    if (json_get(x, "trouble") != NULL) {
        print("trouble", json_str(json_get(x, "trouble")));
    }
    for (const struct json *p = json_first(problems); p != NULL;
         p = json_next(p)) {
        print("problem", json_str(p));
    }
    (void)printf("\n");
    print_upstreams(call, x);
    print_seen(call, x);
    return CMD_EXIT_OK;
}

static enum cmd_exit run(struct cmd_call *call)
{
    struct buf query;

    cmd_query_init(&query);
    enum cmd_exit exit = cmd_show(call, STR("/api/setup"), &query, draw);
    buf_fini(&query);
    return exit;
}

const struct cmd cmd_setup = {
    .name = "setup",
    .args = "",
    .forms = CMD_FORMS_JSON,
    .summary = "where clients send to, and whether anything has come",
    .details = "toll doctor tells what of it lacks a feature or a price, and\n"
               "has the lines to paste.\n\n"
               "  toll setup",
    .run = run,
};
