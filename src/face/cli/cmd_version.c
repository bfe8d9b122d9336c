#include "face/cli/cmd_priv.h"

#include "base/json.h"
#include "base/why.h"

#include <stdio.h>

#ifndef TOLL_VERSION
#error "TOLL_VERSION comes from meson.build"
#endif

static enum cmd_exit show(const struct cmd_call *call, struct str body)
{
    struct json *x = NULL;
    struct why why;
    enum rc rc = json_parse(body, &x, &why);

    if (rc != RC_OK) {
        return cmd_fail(call, rc, &why);
    }
    const struct json *book = json_get(x, "book");
    struct str source = json_str(json_get(book, "source"));
    struct str date = json_str(json_get(book, "date"));
    double models = json_f64(json_get(book, "models"));
    double providers = json_f64(json_get(book, "providers"));
    double rows = json_f64(json_get(book, "rows"));

    if (cmd_has(call, "--json")) {
        printf("{\"version\":\"%s\",\"prices\":{\"source\":\"%.*s\","
               "\"date\":\"%.*s\",\"models\":%.0f,\"providers\":%.0f,"
               "\"rows\":%.0f}}\n",
               TOLL_VERSION, STR_ARG(source), STR_ARG(date), models, providers,
               rows);
    } else {
        printf("toll %s\nprices: %.*s of %.*s, %.0f models of %.0f providers, "
               "%.0f price rows\n",
               TOLL_VERSION, STR_ARG(source), STR_ARG(date), models, providers,
               rows);
    }
    json_free(&x);
    return CMD_EXIT_OK;
}

static enum cmd_exit run(struct cmd_call *call)
{
    struct buf body;

    buf_init(&body, SIZE_MAX);
    enum cmd_exit exit =
        cmd_get(call, STR("/api/prices"), STR("limit=0"), &body);
    if (exit == CMD_EXIT_OK) {
        exit = show(call, buf_view(&body));
    }
    buf_fini(&body);
    return exit;
}

const struct cmd cmd_version = {
    .name = "version",
    .args = "",
    .summary = "this program's version and its price book's date and size",
    .run = run,
};
