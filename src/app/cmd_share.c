/* toll views, toll share: the first word says what.  The server that holds the
 * data is asked; without one the same routes answer in this process. */
#include "app/command.h"
#include "app/shelf_disk.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/near.h"
#include "base/why.h"
#include "face/api/api.h"
#include "face/share/share_api.h"
#include "face/table.h"
#include "net/http_client.h"

#include <stdio.h>

struct word {
    const char *name;
    const char *args; /* behind it */
    size_t n_args;
    enum cmd_exit (*run)(struct cmd_call *call);
};

/* ---- asking ---- */

struct asked {
    enum share_method method;
    struct str path;
    struct str body;
};

static enum rc ask_server(struct session *s, const struct asked *asked,
                          int *ret_status, struct buf *ret_body,
                          struct why *why)
{
    const struct http_content content = {.type = "application/json",
                                         .bytes = asked->body};
    struct buf url;
    enum rc rc;

    buf_init(&url, 64 * 1024);
    buf_fmt(&url, "%s%.*s", s->url, STR_ARG(asked->path));
    buf_char(&url, '\0');
    rc = buf_rc(&url, why);
    if (rc != RC_OK) {
        buf_fini(&url);
        return rc;
    }
    switch (asked->method) {
    case SHARE_GET:
        rc = http_client_get(s->client, url.p, ret_status, ret_body, why);
        break;
    case SHARE_POST:
        rc = http_client_post(s->client, url.p, &content, ret_status, ret_body,
                              why);
        break;
    case SHARE_DELETE:
        rc = http_client_delete(s->client, url.p, ret_status, ret_body, why);
        break;
    }
    buf_fini(&url);
    return rc;
}

static enum rc ask_here(struct session *s, const struct asked *asked,
                        int *ret_status, struct buf *ret_body, struct why *why)
{
    struct shelf_disk *shelf = NULL;
    struct api_response response;
    enum rc rc = shelf_disk_open(s->ledger->dir, &shelf, why);

    if (rc != RC_OK) {
        return rc;
    }
    shelf_disk_answer(shelf,
                      &(struct share_request){.method = asked->method,
                                              .path = asked->path,
                                              .body = asked->body,
                                              .now_us = clock_now_us(),
                                              .timezone = s->conf->timezone},
                      &response);
    *ret_status = response.status;
    buf_str(ret_body, buf_view(&response.body));
    buf_fini(&response.body);
    shelf_disk_close(&shelf);
    return buf_rc(ret_body, why);
}

static enum cmd_exit tell_error(struct cmd_call *call, int status,
                                const struct json *answer)
{
    struct str message =
        json_str(json_get(json_get(answer, "error"), "message"));
    struct why why;

    (void)why_set(&why, RC_UNAVAILABLE, "%.*s", STR_ARG(message));
    return cmd_fail(call,
                    status == 400 || status == 404 || status == 409
                        ? RC_INVALID
                        : RC_UNAVAILABLE,
                    &why);
}

/* The answer is printed as it came with --json; else the caller draws it and
 * frees it. */
static enum cmd_exit ask(struct cmd_call *call, const struct asked *asked,
                         struct json **ret)
{
    struct command_run *run = call->env->arg;
    struct str url;
    struct buf body;
    struct why why;
    bool has_server = false;
    int status = 0;
    enum rc rc = call->env->server(call->env->arg, &url, &has_server, &why);

    buf_init(&body, SIZE_MAX);
    if (rc == RC_OK) {
        rc = (has_server ? ask_server : ask_here)(&run->session, asked, &status,
                                                  &body, &why);
    }
    rc = rc == RC_OK ? json_parse(buf_view(&body), ret, &why) : rc;
    enum cmd_exit exit = CMD_EXIT_OK;
    if (rc != RC_OK) {
        exit = cmd_fail(call, rc, &why);
    } else if (status != 200) {
        exit = tell_error(call, status, *ret);
    } else if (cmd_has(call, "--json")) {
        (void)fwrite(body.p, 1, body.n, stdout);
    }
    buf_fini(&body);
    return exit;
}

static enum cmd_exit change(struct cmd_call *call, const struct asked *asked,
                            const char *done)
{
    struct json *answer = NULL;
    enum cmd_exit exit = ask(call, asked, &answer);

    if (exit == CMD_EXIT_OK && !cmd_has(call, "--json")) {
        (void)printf("%s %.*s\n", done,
                     STR_ARG(json_str(json_get(answer, "id"))));
    }
    json_free(&answer);
    return exit;
}

/* ---- bodies ---- */

static void add(struct json_writer *w, const char *name, const char *value)
{
    if (value != NULL) {
        json_w_key(w, str_from_cz(name));
        json_w_str(w, str_from_cz(value));
    }
}

static void add_common(struct json_writer *w, const struct cmd_call *call)
{
    add(w, "note", cmd_value(call, "--note"));
    add(w, "by", cmd_value(call, "--by"));
}

static struct str path_of(struct cmd_call *call, const char *route)
{
    return str_fmt(&call->arena, "%s/%s", route, call->arg[1]);
}

/* ---- lists ---- */

static void print_list(const struct cmd_call *call, const struct json *items,
                       const char *const *names, size_t n, const char *none)
{
    struct table t;
    struct buf b;

    if (json_n(items) == 0) {
        (void)printf("%s\n", none);
        return;
    }
    table_init(&t, n, json_n(items));
    for (size_t i = 0; i < n; i++) {
        table_head(&t, str_from_cz(names[i]), false);
    }
    for (const struct json *j = json_first(items); j != NULL;
         j = json_next(j)) {
        for (size_t i = 0; i < n; i++) {
            struct str text = json_str(json_get(j, names[i]));
            table_add(&t, text.n > 0 ? text : STR("-"));
        }
    }
    buf_init(&b, SIZE_MAX);
    table_draw(&t, call->env->width, call->env->in_colour, false, &b);
    (void)fwrite(b.p, 1, b.n, stdout);
    buf_fini(&b);
    table_fini(&t);
}

static enum cmd_exit list(struct cmd_call *call, struct str path,
                          const char *const *names, size_t n,
                          const char *member, const char *none)
{
    struct json *answer = NULL;
    enum cmd_exit exit =
        ask(call, &(struct asked){.method = SHARE_GET, .path = path}, &answer);

    if (exit == CMD_EXIT_OK && !cmd_has(call, "--json")) {
        print_list(call, json_get(answer, member), names, n, none);
    }
    json_free(&answer);
    return exit;
}

static enum cmd_exit list_views(struct cmd_call *call)
{
    static const char *const names[] = {"id",   "name", "address",
                                        "note", "by",   "changed"};

    return list(call, STR("/api/views"), names, ARRAY_N(names), "views",
                "No view is saved.");
}

static enum cmd_exit list_shares(struct cmd_call *call)
{
    static const char *const names[] = {"id",   "name", "address",
                                        "note", "by",   "expires"};

    return list(call, STR("/api/shares"), names, ARRAY_N(names), "shares",
                "Nothing is shared.");
}

/* ---- changes ---- */

static enum cmd_exit post(struct cmd_call *call, struct str path,
                          const char *first, const char *second,
                          const char *done)
{
    struct json_writer w;
    struct buf body;

    buf_init(&body, 64 * 1024);
    json_w_init(&w, &body);
    json_w_obj(&w);
    add(&w, "name", first);
    add(&w, "address", second);
    add_common(&w, call);
    json_w_obj_end(&w);
    enum cmd_exit exit =
        change(call,
               &(struct asked){
                   .method = SHARE_POST, .path = path, .body = buf_view(&body)},
               done);
    buf_fini(&body);
    return exit;
}

static enum cmd_exit save_view(struct cmd_call *call)
{
    return post(call, STR("/api/views"), call->arg[1], call->arg[2], "saved");
}

static enum cmd_exit rename_view(struct cmd_call *call)
{
    return post(call, path_of(call, "/api/views"), call->arg[2], NULL,
                "renamed");
}

static enum cmd_exit remove_view(struct cmd_call *call)
{
    return change(call,
                  &(struct asked){.method = SHARE_DELETE,
                                  .path = path_of(call, "/api/views")},
                  "removed");
}

static enum cmd_exit revoke_share(struct cmd_call *call)
{
    return change(call,
                  &(struct asked){.method = SHARE_DELETE,
                                  .path = path_of(call, "/api/shares")},
                  "revoked");
}

/* What is a saved view's id, and what an address, is told by the slash. */
static enum cmd_exit make_share(struct cmd_call *call)
{
    struct str what = str_from_cz(call->arg[1]);
    bool is_address = str_find_char(what, '/', 0) != SIZE_MAX ||
                      str_find_char(what, '?', 0) != SIZE_MAX;
    struct json_writer w;
    struct json *answer = NULL;
    struct buf body;
    const char *opens;
    size_t pos = 0;

    buf_init(&body, 64 * 1024);
    json_w_init(&w, &body);
    json_w_obj(&w);
    add(&w, is_address ? "address" : "view", call->arg[1]);
    add(&w, "expires", cmd_value(call, "--expires"));
    add_common(&w, call);
    json_w_key(&w, STR("opens"));
    json_w_arr(&w);
    while ((opens = cmd_value_next(call, "--opens", &pos)) != NULL) {
        json_w_str(&w, str_from_cz(opens));
    }
    json_w_arr_end(&w);
    json_w_obj_end(&w);
    enum cmd_exit exit = ask(call,
                             &(struct asked){.method = SHARE_POST,
                                             .path = STR("/api/shares"),
                                             .body = buf_view(&body)},
                             &answer);
    if (exit == CMD_EXIT_OK && !cmd_has(call, "--json")) {
        (void)printf("%.*s\nshown once; until %.*s, or toll share revoke "
                     "%.*s\n",
                     STR_ARG(json_str(json_get(answer, "link"))),
                     STR_ARG(json_str(json_get(answer, "expires"))),
                     STR_ARG(json_str(json_get(answer, "id"))));
    }
    json_free(&answer);
    buf_fini(&body);
    return exit;
}

/* ---- the words ---- */

static enum cmd_exit run_word(struct cmd_call *call, const struct word *words,
                              size_t n)
{
    struct str name =
        str_from_cz(call->n_args > 0 ? call->arg[0] : words[0].name);
    struct near near;
    struct why why;
    enum rc rc;

    near_init(&near, name);
    for (size_t i = 0; i < n; i++) {
        near_offer(&near, str_from_cz(words[i].name));
        if (!str_eq(name, str_from_cz(words[i].name))) {
            continue;
        }
        if (call->n_args == words[i].n_args + 1 ||
            (call->n_args == 0 && words[i].n_args == 0)) {
            return words[i].run(call);
        }
        rc = why_set(&why, RC_INVALID, "use: toll %s %s%s", call->cmd->name,
                     words[i].name, words[i].args);
        return cmd_fail(call, rc, &why);
    }
    rc = near_unknown(&near, "subcommand", call->cmd->args, &why);
    return cmd_fail(call, rc, &why);
}

static enum cmd_exit run_views(struct cmd_call *call)
{
    static const struct word words[] = {
        {"list", "", 0, list_views},
        {"remove", " ID", 1, remove_view},
        {"rename", " ID NAME", 2, rename_view},
        {"save", " NAME ADDRESS", 2, save_view},
    };

    return run_word(call, words, ARRAY_N(words));
}

static enum cmd_exit run_share(struct cmd_call *call)
{
    static const struct word words[] = {
        {"list", "", 0, list_shares},
        {"make", " VIEW", 1, make_share},
        {"revoke", " ID", 1, revoke_share},
    };

    return run_word(call, words, ARRAY_N(words));
}

static const struct cmd_option view_options[] = {
    {"--note", "TEXT", "what to look at", false},
    {"--by", "NAME", "who saves it", false},
};

const struct cmd cmd_views = {
    .name = "views",
    .args = "[list | save NAME ADDRESS | rename ID NAME | remove ID]",
    .n_args_max = 3,
    .forms = CMD_FORMS_JSON,
    .summary = "saved views of the dashboard",
    .details = "An address is what stands behind # in the dashboard's.\n\n"
               "  toll views save 'Search, weekly' "
               "'/spend?range=7d&where=feature:search'\n"
               "  toll views rename 5d1c2f08a3b94e67 'Search'",
    .option = view_options,
    .n_options = ARRAY_N(view_options),
    .run = run_views,
};

static const struct cmd_option share_options[] = {
    {"--expires", "WHEN", "of make: 7d unless said; 12h, or a time", false},
    {"--opens", "REQUEST", "of make: an insight it also opens", true},
    {"--note", "TEXT", "of make: what to look at", false},
    {"--by", "NAME", "of make: who shares it", false},
};

const struct cmd cmd_share = {
    .name = "share",
    .args = "[list | make VIEW | revoke ID]",
    .n_args_max = 2,
    .forms = CMD_FORMS_JSON,
    .summary = "links that let others read one view, for a time",
    .details =
        "VIEW is a saved view's id, or an address. docs/sharing.md tells what\n"
        "such a link opens.\n\n"
        "  toll share make 5d1c2f08a3b94e67 --expires 14d\n"
        "  toll share make '/spend?range=7d' --opens '/api/explain?range=7d'",
    .option = share_options,
    .n_options = ARRAY_N(share_options),
    .run = run_share,
};
