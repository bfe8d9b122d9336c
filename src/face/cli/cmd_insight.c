/* A command for every insight, made of its row: it asks the insight's route
 * for the form that the options want, and prints it. */
#include "face/cli/cmd_insight.h"

#include "base/check.h"
#include "face/cli/cmd_insight_priv.h"
#include "face/cli/cmd_priv.h"
#include "insight/insight.h"
#include "net/http_server.h"

#include <stdio.h>

static const struct cmd_insight_more *const mores[] = {&cmd_insight_review};

/* NULL: it only tells. */
static const struct cmd_insight_more *more_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_N(mores); i++) {
        if (str_eq(str_from_cz(mores[i]->insight), str_from_cz(name))) {
            return mores[i];
        }
    }
    return NULL;
}

static const struct insight *row_of(const char *name)
{
    for (size_t i = 0; i < insight_table_n; i++) {
        if (str_eq(str_from_cz(insight_table[i]->name), str_from_cz(name))) {
            return insight_table[i];
        }
    }
    CHECK(false);
}

static void add_path(struct buf *path, const struct insight *row,
                     const struct cmd_call *call)
{
    buf_cz(path, row->path);
    if (call->n_args > 0) {
        buf_char(path, '/');
        http_percent_encode(path, str_from_cz(call->arg[0]));
    }
}

static void add_form(struct buf *query, const struct cmd_call *call)
{
    const char *form = cmd_value(call, "--format");

    if (cmd_has(call, "--json")) {
        form = "json";
    } else if (cmd_has(call, "--csv")) {
        form = "csv";
    }
    cmd_query_add(query, "format", str_from_cz(form != NULL ? form : "text"));
    if (call->env->width > 0) {
        char width[24];
        (void)snprintf(width, sizeof width, "%zu", call->env->width);
        cmd_query_add(query, "width", str_from_cz(width));
    }
}

static enum cmd_exit ask(const struct cmd_call *call, struct str path)
{
    struct buf query;
    struct buf body;

    buf_init(&body, SIZE_MAX);
    cmd_query_init(&query);
    cmd_pass_on(call, "--format", &query);
    add_form(&query, call);
    enum cmd_exit exit = cmd_get(call, path, &query, &body);
    if (exit == CMD_EXIT_OK) {
        (void)fwrite(body.p, 1, body.n, stdout);
    }
    buf_fini(&body);
    buf_fini(&query);
    return exit;
}

enum cmd_exit cmd_insight_ask(const struct cmd_call *call, const char *name)
{
    return ask(call, str_from_cz(row_of(name)->path));
}

static enum cmd_exit run(struct cmd_call *call)
{
    const struct cmd_insight_more *more = more_of(call->cmd->name);
    enum cmd_exit exit = CMD_EXIT_OK;
    struct buf path;

    if (more != NULL && more->run(call, &exit)) {
        return exit;
    }
    buf_init(&path, 4096);
    add_path(&path, row_of(call->cmd->name), call);
    exit = ask(call, buf_view(&path));
    buf_fini(&path);
    return exit;
}

static void add_option(struct cmd_insight *ret, struct arena *arena,
                       const struct insight_param *param)
{
    struct buf name;

    buf_init(&name, 64);
    buf_cz(&name, "--");
    for (const char *p = param->name; *p != '\0'; p++) {
        buf_char(&name, (char)(*p == '_' ? '-' : *p));
    }
    const char *text = str_cz(arena, buf_view(&name));
    CHECK(text != NULL); /* constants, few */
    buf_fini(&name);
    ret->option[ret->cmd.n_options++] = (struct cmd_option){
        .name = text,
        .value = param->value,
        .doc = param->doc,
        .repeats = param->repeats,
    };
}

void cmd_insight_make(size_t i, struct arena *arena, struct cmd_insight *ret)
{
    const struct insight *row = insight_table[i];
    const struct cmd_insight_more *more = more_of(row->name);
    size_t n_more = more != NULL ? more->n_options : 0;

    CHECK(row->n_params + 1 + n_more <= CMD_INSIGHT_OPTIONS_MAX);
    *ret = (struct cmd_insight){
        .cmd = {
            .name = row->name,
            .args = row->subject != NULL ? row->subject : "",
            .n_args_min = row->needs_subject ? 1 : 0,
            .n_args_max = row->subject != NULL ? 1 : 0,
            .forms = CMD_FORMS_CSV,
            .summary = row->summary,
            .details = row->details,
            .run = run,
        }};
    for (size_t k = 0; k < row->n_params; k++) {
        add_option(ret, arena, &row->param[k]);
    }
    ret->option[ret->cmd.n_options++] = (struct cmd_option){
        "--format", "FORM", "text, markdown, html, slack, json or csv", false};
    for (size_t k = 0; k < n_more; k++) {
        ret->option[ret->cmd.n_options++] = more->option[k];
    }
    ret->cmd.option = ret->option;
}

size_t cmd_insight_n(void)
{
    return insight_table_n;
}
