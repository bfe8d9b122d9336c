/* toll alerts replay: the route's list, a line an alert. */
#include "face/cli/cmd_alerts_replay.h"

#include "base/json.h"
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

static enum cmd_exit print_list(const struct cmd_call *call,
                                const struct json *list)
{
    struct buf b;

    (void)call;
    buf_init(&b, SIZE_MAX);
    for (const struct json *a = json_first(list); a != NULL; a = json_next(a)) {
        print_alert(&b, a);
    }
    if (json_n(list) == 0) {
        buf_cz(&b, "Nothing would have been raised.\n");
    }
    (void)fwrite(b.p, 1, b.n, stdout);
    buf_fini(&b);
    return CMD_EXIT_OK;
}

enum cmd_exit cmd_alerts_replay(struct cmd_call *call)
{
    struct buf query;

    cmd_query_init(&query);
    cmd_pass_on(call, NULL, &query);
    enum cmd_exit exit =
        cmd_show(call, STR("/api/alerts/replay"), &query, print_list);
    buf_fini(&query);
    return exit;
}
