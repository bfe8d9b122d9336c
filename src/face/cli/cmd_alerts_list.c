/* toll alerts: what is open, or all of it; and one of them in full. */
#include "face/cli/cmd_alerts_list.h"

#include "base/json.h"
#include "face/cli/cmd_priv.h"
#include "net/http_server.h"

#include <stdio.h>

#define MINUTES 16 /* of "2026-11-22T10:00:00Z" */

static struct str text_of(const struct json *alert, const char *name)
{
    return json_str(json_get(alert, name));
}

static void put_out(struct buf *b)
{
    (void)fwrite(b->p, 1, b->n, stdout);
    buf_fini(b);
}

/* ---- one ---- */

static void add_line(struct buf *b, struct str name, struct str value)
{
    if (value.n > 0) {
        buf_fmt(b, "%-13.*s ", STR_ARG(name));
        table_safe(b, value);
        buf_char(b, '\n');
    }
}

static void add_usd(struct buf *b, struct str name, struct str exact)
{
    struct buf usd;

    buf_init(&usd, 256);
    buf_char(&usd, '$');
    draw_usd(&usd, exact);
    add_line(b, name, buf_view(&usd));
    buf_fini(&usd);
}

static void add_scope(struct buf *b, const struct json *alert)
{
    const struct json *scope = json_get(alert, "scope");

    for (const struct json *m = json_first(scope); m != NULL;
         m = json_next(m)) {
        add_line(b, json_key(m), json_str(m));
    }
}

static void add_ack(struct buf *b, const struct json *alert)
{
    const struct json *ack = json_get(alert, "acknowledged");
    struct buf line;

    if (json_kind(ack) != JSON_OBJ) {
        return;
    }
    buf_init(&line, 8192);
    buf_str(&line, text_of(ack, "at"));
    if (text_of(ack, "by").n > 0) {
        buf_fmt(&line, " by %.*s", STR_ARG(text_of(ack, "by")));
    }
    if (text_of(ack, "note").n > 0) {
        buf_fmt(&line, ": %.*s", STR_ARG(text_of(ack, "note")));
    }
    add_line(b, STR("acknowledged"), buf_view(&line));
    buf_fini(&line);
}

static enum cmd_exit print_one(const struct cmd_call *call,
                               const struct json *alert)
{
    struct buf b;

    (void)call;
    buf_init(&b, SIZE_MAX);
    table_safe(&b, text_of(alert, "sentence"));
    buf_cz(&b, "\n\n");
    add_line(&b, STR("alert"), text_of(alert, "id"));
    add_line(&b, STR("state"), text_of(alert, "state"));
    add_line(&b, STR("severity"), text_of(alert, "severity"));
    add_line(&b, STR("cause"), text_of(alert, "cause"));
    add_line(&b, STR("rule"), text_of(alert, "rule"));
    add_scope(&b, alert);
    add_line(&b, STR("since"), text_of(alert, "since"));
    add_line(&b, STR("opened"), text_of(alert, "opened"));
    add_line(&b, STR("closed"), text_of(alert, "closed"));
    add_usd(&b, STR("more a day"), text_of(alert, "usd_per_day"));
    add_usd(&b, STR("so far"), text_of(alert, "usd_so_far"));
    add_line(&b, STR("owner"), text_of(alert, "owner"));
    add_line(&b, STR("release"), text_of(alert, "release"));
    add_line(&b, STR("why"), text_of(alert, "why"));
    add_line(&b, STR("unmoved"), text_of(alert, "unmoved"));
    add_line(&b, STR("next"), text_of(alert, "next"));
    add_ack(&b, alert);
    add_line(&b, STR("snoozed until"), text_of(alert, "snoozed_until"));
    put_out(&b);
    return CMD_EXIT_OK;
}

enum cmd_exit cmd_alerts_print(const struct cmd_call *call, struct str body)
{
    return cmd_print(call, body, print_one);
}

void cmd_alerts_path(struct buf *path, const char *id, const char *verb)
{
    buf_cz(path, "/api/alerts/");
    http_percent_encode(path, str_from_cz(id));
    if (verb != NULL) {
        buf_char(path, '/');
        buf_cz(path, verb);
    }
}

enum cmd_exit cmd_alerts_show(struct cmd_call *call)
{
    struct buf query;
    struct buf path;

    cmd_query_init(&query);
    buf_init(&path, 4096);
    cmd_alerts_path(&path, call->arg[1], NULL);
    enum cmd_exit exit = cmd_show(call, buf_view(&path), &query, print_one);
    buf_fini(&path);
    buf_fini(&query);
    return exit;
}

/* ---- all ---- */

static void add_row(struct buf *b, const struct json *alert)
{
    const struct json *ack = json_get(alert, "acknowledged");

    buf_fmt(b, "%.*s  %-6.*s  %-4.*s  %.*s  ", STR_ARG(text_of(alert, "id")),
            STR_ARG(text_of(alert, "state")),
            STR_ARG(text_of(alert, "severity")),
            STR_ARG(str_sub(text_of(alert, "since"), 0, MINUTES)));
    table_safe(b, text_of(alert, "sentence"));
    if (json_kind(ack) == JSON_OBJ) {
        buf_cz(b, " (acknowledged)");
    }
    if (text_of(alert, "snoozed_until").n > 0) {
        buf_cz(b, " (snoozed)");
    }
    buf_char(b, '\n');
}

static enum cmd_exit print_list(const struct cmd_call *call,
                                const struct json *answer)
{
    const struct json *list = json_get(answer, "alerts");
    struct buf b;

    buf_init(&b, SIZE_MAX);
    for (const struct json *a = json_first(list); a != NULL; a = json_next(a)) {
        add_row(&b, a);
    }
    if (json_n(list) == 0 && text_of(answer, "watched_since").n == 0) {
        buf_cz(&b, "Nothing yet: no calls, or history is still being read.\n");
    } else if (json_n(list) == 0) {
        buf_cz(&b, cmd_has(call, "--all")
                       ? "There was no alert.\n"
                       : "No alert is open; --all tells past ones.\n");
    }
    put_out(&b);
    return CMD_EXIT_OK;
}

enum cmd_exit cmd_alerts_list(struct cmd_call *call)
{
    struct buf query;

    cmd_query_init(&query);
    cmd_query_add(&query, "state",
                  cmd_has(call, "--all") ? STR("all") : STR("open"));
    enum cmd_exit exit = cmd_show(call, STR("/api/alerts"), &query, print_list);
    buf_fini(&query);
    return exit;
}
