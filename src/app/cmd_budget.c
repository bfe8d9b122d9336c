/* toll budget [list], apply FILE, remove NAME, report: the first word says
 * which. */
#include "app/budget_keeper.h"
#include "app/command.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/near.h"
#include "base/why.h"
#include "face/cli/cmd_budget_list.h"
#include "face/cli/cmd_insight.h"
#include "net/http_client.h"

#include <stdio.h>

/* ---- through the server ---- */

static enum rc apply_there(struct session *s, struct str text,
                           struct buf *ret_names, struct why *why)
{
    char url[CONF_URL_MAX + 32];
    struct json *json = NULL;
    struct buf answer;
    int status = 0;

    buf_init(&answer, LIMIT_CONFIG_BYTES_MAX);
    (void)snprintf(url, sizeof url, "%s/api/budgets", s->url);
    enum rc rc = http_client_post(
        s->client, url,
        &(struct http_content){.type = "application/yaml", .bytes = text},
        &status, &answer, why);
    if (rc == RC_OK) {
        rc = session_check(s, status, buf_view(&answer), why);
    }
    if (rc == RC_OK) {
        rc = json_parse(buf_view(&answer), &json, why);
    }
    for (const struct json *j = json_first(json_get(json, "applied"));
         j != NULL; j = json_next(j)) {
        buf_fmt(ret_names, "%.*s\n", STR_ARG(json_str(j)));
    }
    json_free(&json);
    buf_fini(&answer);
    return rc;
}

static enum rc remove_there(struct session *s, struct str name, struct why *why)
{
    struct buf url;
    struct buf query;
    struct buf answer;
    int status = 0;

    buf_init(&answer, LIMIT_CONFIG_BYTES_MAX);
    buf_init(&url, 64 * 1024);
    cmd_query_init(&query);
    cmd_query_add(&query, "name", name);
    buf_fmt(&url, "%s/api/budgets?%.*s", s->url, STR_ARG(buf_view(&query)));
    buf_fini(&query);
    buf_char(&url, '\0');
    enum rc rc = buf_rc(&url, why);
    if (rc == RC_OK) {
        rc = http_client_delete(s->client, url.p, &status, &answer, why);
    }
    if (rc == RC_OK) {
        rc = session_check(s, status, buf_view(&answer), why);
    }
    buf_fini(&url);
    buf_fini(&answer);
    return rc;
}

/* ---- here ---- */

static enum rc keeper_of(struct session *s, struct budget_keeper **ret,
                         struct why *why)
{
    return budget_keeper_open(s->ledger, s->conf->timezone, NULL, NULL, ret,
                              why);
}

static enum rc apply_here(struct session *s, struct str text,
                          struct buf *ret_names, struct why *why)
{
    struct budget_keeper *keeper = NULL;
    struct buf problems;
    enum rc rc = keeper_of(s, &keeper, why);

    buf_init(&problems, 64 * 1024);
    if (rc == RC_OK) {
        rc = budget_keeper_apply(keeper, s->conf, text, ret_names, &problems,
                                 why);
    }
    buf_fini(&problems);
    budget_keeper_close(&keeper);
    return rc;
}

static enum rc remove_here(struct session *s, struct str name, struct why *why)
{
    struct budget_keeper *keeper = NULL;
    enum rc rc = keeper_of(s, &keeper, why);

    if (rc == RC_OK) {
        rc = budget_keeper_remove(keeper, s->conf, name, why);
    }
    budget_keeper_close(&keeper);
    return rc;
}

/* ---- what toll plan prints ---- */

/* The guardrail stands in a plan's text as an indented block. */
static bool take_block(struct str text, struct buf *out)
{
    struct str line;
    size_t indent = 0;

    while (str_cut(&text, '\n', &line)) {
        struct str words = str_trim(line);
        size_t n = words.n > 0 ? (size_t)(words.p - line.p) : SIZE_MAX;

        if (indent == 0 && n > 0 && n < SIZE_MAX &&
            str_eq(words, STR("budgets:"))) {
            indent = n;
        }
        if (indent > 0 && n < indent) {
            break;
        }
        if (indent > 0) {
            buf_str(out, str_sub(line, indent, SIZE_MAX));
            buf_char(out, '\n');
        }
    }
    return out->n > 0;
}

/* And as a member of its JSON. */
static bool take_member(struct str text, struct buf *out)
{
    struct json *json = NULL;

    if (json_parse(text, &json, NULL) == RC_OK) {
        buf_str(out, json_str(json_get(json, "guardrail")));
    }
    json_free(&json);
    return out->n > 0;
}

/* A plan as it was printed, or budgets alone. */
static enum rc read_budgets(const char *path, struct buf *out, struct why *why)
{
    struct buf text;

    buf_init(&text, LIMIT_CONFIG_BYTES_MAX);
    enum rc rc = file_read(path, true, &text, why);
    if (rc == RC_OK && !take_block(buf_view(&text), out) &&
        !take_member(buf_view(&text), out)) {
        buf_str(out, buf_view(&text));
    }
    buf_fini(&text);
    return rc;
}

/* ---- the words ---- */

static enum cmd_exit run_apply(struct cmd_call *call)
{
    struct session *session = NULL;
    struct buf text;
    struct buf names;
    struct str rest;
    struct str name;
    struct why why;

    buf_init(&text, LIMIT_CONFIG_BYTES_MAX);
    buf_init(&names, LIMIT_CONFIG_BYTES_MAX);
    enum rc rc = read_budgets(call->arg[1], &text, &why);
    if (rc == RC_OK) {
        rc = command_session(call, &session, &why);
    }
    if (rc == RC_OK) {
        rc = session->client != NULL
                 ? apply_there(session, buf_view(&text), &names, &why)
                 : apply_here(session, buf_view(&text), &names, &why);
    }
    rest = buf_view(&names);
    while (rc == RC_OK && str_cut(&rest, '\n', &name)) {
        if (name.n > 0) {
            printf("Budget %.*s is applied.\n", STR_ARG(name));
        }
    }
    buf_fini(&text);
    buf_fini(&names);
    return rc == RC_OK ? CMD_EXIT_OK : cmd_fail(call, rc, &why);
}

static enum cmd_exit run_remove(struct cmd_call *call)
{
    struct session *session = NULL;
    struct str name = str_from_cz(call->arg[1]);
    struct why why;
    enum rc rc = command_session(call, &session, &why);

    if (rc == RC_OK) {
        rc = session->client != NULL ? remove_there(session, name, &why)
                                     : remove_here(session, name, &why);
    }
    if (rc != RC_OK) {
        return cmd_fail(call, rc, &why);
    }
    printf("Budget %s is removed.\n", call->arg[1]);
    return CMD_EXIT_OK;
}

static enum cmd_exit run_report(struct cmd_call *call)
{
    return cmd_insight_ask(call, "guardrails");
}

static const struct word {
    const char *name;
    const char *args; /* behind it */
    size_t n_args;
    enum cmd_exit (*run)(struct cmd_call *call);
} words[] = {
    {"apply", " FILE|-", 1, run_apply},
    {"list", "", 0, cmd_budget_list},
    {"remove", " NAME", 1, run_remove},
    {"report", "", 0, run_report},
};

static const struct cmd_option options[] = {
    {"--from", "TIME", "of report: a date or RFC 3339; included", false},
    {"--to", "TIME", "likewise; not included", false},
    {"--range", "WORD", "today, this-week, last-month, 7d, 30d, all, ...",
     false},
    {"--budget", "NAME", "of report: of one budget only", false},
};

/* An option that would be passed over is refused. */
static enum rc check_options(const struct cmd_call *call,
                             const struct word *word, struct why *why)
{
    for (size_t i = 0; i < ARRAY_N(options); i++) {
        if (word->run != run_report && cmd_has(call, options[i].name)) {
            return why_set(why, RC_INVALID, "%s goes with toll budget report",
                           options[i].name);
        }
    }
    return RC_OK;
}

static enum cmd_exit run(struct cmd_call *call)
{
    struct str name = str_from_cz(call->n_args > 0 ? call->arg[0] : "list");
    size_t n_more = call->n_args > 0 ? call->n_args - 1 : 0;
    struct near near;
    struct why why;
    enum rc rc;

    near_init(&near, name);
    for (size_t i = 0; i < ARRAY_N(words); i++) {
        const struct word *word = &words[i];

        near_offer(&near, str_from_cz(word->name));
        if (!str_eq(name, str_from_cz(word->name))) {
            continue;
        }
        rc = n_more == word->n_args
                 ? check_options(call, word, &why)
                 : why_set(&why, RC_INVALID, "use: toll budget %s%s",
                           word->name, word->args);
        return rc == RC_OK ? word->run(call) : cmd_fail(call, rc, &why);
    }
    rc = near_unknown(&near, "subcommand of budget",
                      "list, apply FILE, remove NAME or report", &why);
    return cmd_fail(call, rc, &why);
}

const struct cmd cmd_budget = {
    .name = "budget",
    .args = "[list | apply FILE | remove NAME | report]",
    .n_args_min = 0,
    .n_args_max = 2,
    .forms = CMD_FORMS_JSON,
    .summary = "budgets: how they stand, new ones, and what they did",
    .details =
        "list tells of each budget what is used, where it goes and which step\n"
        "of its ladder was reached.\n\n"
        "apply takes budgets as toll.yaml has them, or a plan as toll plan\n"
        "prints it, from a file or, as -, from standard input. They\n"
        "hold at once, also after a restart, until remove takes them away.\n\n"
        "report tells what budgets did: calls refused, slowed down or sent to\n"
        "a cheaper model, what that saved and whom it touched.\n\n"
        "  toll budget\n"
        "  toll plan ... | toll budget apply -\n"
        "  toll budget remove summary-month\n"
        "  toll budget report --range this-month --json",
    .option = options,
    .n_options = ARRAY_N(options),
    .run = run,
};
