/* toll alerts replay: the route's list, a line an alert. */
#include "face/cli/cmd_alerts_replay.h"

#include "base/json.h"
#include "base/why.h"
#include "face/cli/cmd_priv.h"

#include <stdio.h>

static void print_alert(struct buf *b, const struct json *a)
{
    struct str time = json_str(json_get(a, "time"));

    buf_fmt(b, "%.*s  %-4.*s  %-21.*s  %.*s\n", STR_ARG(str_sub(time, 0, 16)),
            STR_ARG(json_str(json_get(a, "severity"))),
            STR_ARG(json_str(json_get(a, "cause"))),
            STR_ARG(json_str(json_get(a, "sentence"))));
}

static enum cmd_exit print_list(const struct cmd_call *call, struct str body)
{
    struct json *list = NULL;
    struct why why;
    struct buf b;
    enum rc rc = json_parse(body, &list, &why);

    if (rc != RC_OK) {
        return cmd_fail(call, RC_CORRUPT, &why);
    }
    buf_init(&b, SIZE_MAX);
    for (const struct json *a = json_first(list); a != NULL; a = json_next(a)) {
        print_alert(&b, a);
    }
    if (json_n(list) == 0) {
        buf_cz(&b, "Nothing would have been raised.\n");
    }
    (void)fwrite(b.p, 1, b.n, stdout);
    buf_fini(&b);
    json_free(&list);
    return CMD_EXIT_OK;
}

enum cmd_exit cmd_alerts_replay(struct cmd_call *call)
{
    struct buf query;
    struct buf body;

    cmd_query_init(&query);
    buf_init(&body, SIZE_MAX);
    cmd_pass_on(call, NULL, &query);
    enum cmd_exit exit =
        cmd_get(call, STR("/api/alerts/replay"), &query, &body);
    if (exit == CMD_EXIT_OK && cmd_has(call, "--json")) {
        (void)fwrite(body.p, 1, body.n, stdout);
    } else if (exit == CMD_EXIT_OK) {
        exit = print_list(call, buf_view(&body));
    }
    buf_fini(&body);
    buf_fini(&query);
    return exit;
}
