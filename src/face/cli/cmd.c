#include "face/cli/cmd.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/near.h"
#include "base/why.h"
#include "face/cli/cmd_priv.h"
#include "net/http_server.h"

#include <stdio.h>
#include <string.h>

/* Fits a request's first line. */
#define QUERY_BYTES_MAX (LIMIT_HTTP_HEADERS_BYTES - 4096)

/* The forms last: a command has the first so many. */
static const struct cmd_option common[] = {
    {"--help", NULL, "show this help", false},
    {"--data", "DIR", "the data directory (TOLL_DATA)", false},
    {"--config", "FILE", "the configuration (TOLL_CONFIG, ./toll.yaml)", false},
    {"--json", NULL, "print it as JSON", false},
    {"--csv", NULL, "print it as comma-separated values", false},
};

static size_t n_common(const struct cmd *cmd)
{
    switch (cmd->forms) {
    case CMD_FORMS_CSV:
        return ARRAY_N(common);
    case CMD_FORMS_JSON:
        return ARRAY_N(common) - 1;
    case CMD_FORMS_TEXT:
        break;
    }
    return ARRAY_N(common) - 2;
}

const struct cmd_option *cmd_option_at(const struct cmd *cmd, size_t i)
{
    if (i < cmd->n_options) {
        return &cmd->option[i];
    }
    i -= cmd->n_options;
    return i < n_common(cmd) ? &common[i] : NULL;
}

const char *cmd_value_next(const struct cmd_call *call, const char *name,
                           size_t *pos)
{
    while (*pos < call->n_given) {
        const struct cmd_given *g = &call->given[(*pos)++];
        if (strcmp(g->option->name, name) == 0) {
            return g->value;
        }
    }
    return NULL;
}

const char *cmd_value(const struct cmd_call *call, const char *name)
{
    const char *last = NULL;
    size_t pos = 0;

    for (const char *v = cmd_value_next(call, name, &pos); v != NULL;
         v = cmd_value_next(call, name, &pos)) {
        last = v;
    }
    return last;
}

bool cmd_has(const struct cmd_call *call, const char *name)
{
    return cmd_value(call, name) != NULL;
}

/* ---- parsing ---- */

static enum rc find_option(const struct cmd *cmd, struct str name,
                           const struct cmd_option **ret, struct why *why)
{
    const struct cmd_option *o;
    struct near near;

    if (str_eq(name, STR("-h"))) {
        name = STR("--help");
    }
    near_init(&near, name);
    for (size_t i = 0; (o = cmd_option_at(cmd, i)) != NULL; i++) {
        if (str_eq(name, str_from_cz(o->name))) {
            *ret = o;
            return RC_OK;
        }
        near_offer(&near, str_from_cz(o->name));
    }
    if (near.best_n > 0) {
        return why_set(why, RC_INVALID,
                       "unknown option %.*s; did you mean %.*s?", STR_ARG(name),
                       STR_ARG(near_best(&near)));
    }
    return why_set(why, RC_INVALID,
                   "unknown option %.*s; toll %s --help lists them",
                   STR_ARG(name), cmd->name);
}

/* One option at argv[*i]; *i moves on over its value. */
static enum rc parse_option(const struct cmd *cmd, int argc, char *const *argv,
                            int *i, struct cmd_given *ret_given,
                            struct why *why)
{
    const struct cmd_option *o = NULL;
    struct str rest = str_from_cz(argv[*i]);
    bool has_value = str_find_char(rest, '=', 0) != SIZE_MAX;
    struct str name;

    (void)str_cut(&rest, '=', &name);
    enum rc rc = find_option(cmd, name, &o, why);
    if (rc != RC_OK) {
        return rc;
    }
    if (o->value == NULL && has_value) {
        return why_set(why, RC_INVALID, "%s takes no value", o->name);
    }
    if (o->value == NULL) {
        *ret_given = (struct cmd_given){o, ""};
    } else if (has_value) {
        *ret_given = (struct cmd_given){o, rest.p};
    } else if (*i + 1 < argc) {
        (*i)++;
        *ret_given = (struct cmd_given){o, argv[*i]};
    } else {
        return why_set(why, RC_INVALID, "%s needs a value: %s", o->name,
                       o->value);
    }
    return RC_OK;
}

static enum rc check(const struct cmd_call *call, struct why *why)
{
    const struct cmd *cmd = call->cmd;

    if (cmd_has(call, "--json") && cmd_has(call, "--csv")) {
        return why_set(why, RC_INVALID, "--json and --csv exclude each other");
    }
    bool too_few = call->n_args < cmd->n_args_min;
    if (too_few || call->n_args > cmd->n_args_max) {
        return why_set(why, RC_INVALID, "%s; use it as: toll %s%s%s",
                       too_few ? "something is missing" : "too many arguments",
                       cmd->name, cmd->args[0] != '\0' ? " " : "", cmd->args);
    }
    return RC_OK;
}

enum rc cmd_parse(const struct cmd *cmd, int argc, char *const *argv,
                  struct arena *arena, struct cmd_call *ret, struct why *why)
{
    struct cmd_given *given =
        arena_array(arena, (size_t)argc + 1, sizeof *given);
    const char **arg = arena_array(arena, (size_t)argc + 1, sizeof *arg);
    struct cmd_call call = {.cmd = cmd, .given = given, .arg = arg};
    bool options_ended = false;

    if (given == NULL || arg == NULL) {
        return why_set(why, RC_LIMIT, "too many arguments");
    }
    for (int i = 0; i < argc; i++) {
        if (options_ended || argv[i][0] != '-' || argv[i][1] == '\0') {
            arg[call.n_args++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            options_ended = true;
        } else {
            enum rc rc =
                parse_option(cmd, argc, argv, &i, &given[call.n_given], why);
            if (rc != RC_OK) {
                return rc;
            }
            call.n_given++;
        }
    }
    enum rc rc = cmd_has(&call, "--help") ? RC_OK : check(&call, why);
    if (rc == RC_OK) {
        ret->cmd = call.cmd;
        ret->given = call.given;
        ret->n_given = call.n_given;
        ret->arg = call.arg;
        ret->n_args = call.n_args;
    }
    return rc;
}

const struct cmd *cmd_find(const struct cmd *const *table, size_t n,
                           struct str name)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(name, str_from_cz(table[i]->name))) {
            return table[i];
        }
    }
    return NULL;
}

/* ---- help ---- */

static void help_option(const struct cmd_option *o)
{
    char left[64];

    (void)snprintf(left, sizeof left, "%s%s%s", o->name,
                   o->value != NULL ? " " : "",
                   o->value != NULL ? o->value : "");
    printf("  %-24s %s%s\n", left, o->doc,
           o->repeats ? " (may be repeated)" : "");
}

void cmd_help(const struct cmd *cmd)
{
    printf("toll %s %s%s[options]\n\n%s\n", cmd->name, cmd->args,
           cmd->args[0] != '\0' ? " " : "", cmd->summary);
    if (cmd->details != NULL) {
        printf("\n%s\n", cmd->details);
    }
    printf("\nOptions:\n");
    const struct cmd_option *o;
    for (size_t i = 0; (o = cmd_option_at(cmd, i)) != NULL; i++) {
        help_option(o);
    }
}

void cmd_overview(const struct cmd *const *table, size_t n)
{
    printf("toll: what every call to a large language model costs, and which "
           "decision caused it\n\nUse it as: toll COMMAND [options]\n\n");
    for (size_t i = 0; i < n; i++) {
        printf("  %-14s %s\n", table[i]->name, table[i]->summary);
    }
    printf("\ntoll COMMAND --help tells more about each.\n");
}

/* ---- telling ---- */

void cmd_tell(const char *who, struct str text)
{
    struct buf b;

    buf_init(&b, SIZE_MAX);
    table_safe(&b, text);
    (void)fprintf(stderr, "%s%s%.*s\n", who != NULL ? who : "",
                  who != NULL ? ": " : "", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

static void tell(const struct cmd_call *call, struct str text)
{
    char who[64];

    (void)snprintf(who, sizeof who, "toll %s", call->cmd->name);
    cmd_tell(who, text);
}

enum cmd_exit cmd_fail(const struct cmd_call *call, enum rc rc,
                       const struct why *why)
{
    tell(call, str_from_cz(why->text));
    return rc == RC_INVALID ? CMD_EXIT_USAGE : CMD_EXIT_FAILED;
}

/* ---- asking ---- */

void cmd_query_init(struct buf *query)
{
    buf_init(query, QUERY_BYTES_MAX);
}

void cmd_query_add(struct buf *query, const char *name, struct str value)
{
    buf_fmt(query, "%s%s=", query->n > 0 ? "&" : "", name);
    http_percent_encode(query, value);
}

/* "--cache-read" is the parameter "cache_read"; a switch is "1". */
static void pass_on(const struct cmd_given *given, struct buf *query)
{
    char name[32];
    size_t n = 0;

    for (const char *p = given->option->name + 2;
         *p != '\0' && n + 1 < sizeof name; p++) {
        name[n++] = (char)(*p == '-' ? '_' : *p);
    }
    name[n] = '\0';
    cmd_query_add(
        query, name,
        str_from_cz(given->option->value != NULL ? given->value : "1"));
}

void cmd_pass_on(const struct cmd_call *call, const char *except,
                 struct buf *query)
{
    for (size_t i = 0; i < call->n_given; i++) {
        const struct cmd_option *o = call->given[i].option;
        bool is_own = false;

        for (size_t k = 0; k < call->cmd->n_options; k++) {
            is_own = is_own || o == &call->cmd->option[k];
        }
        if (is_own && (except == NULL || strcmp(o->name, except) != 0)) {
            pass_on(&call->given[i], query);
        }
    }
}

static void print_error(const struct cmd_call *call, int status,
                        struct str body)
{
    struct json *json = NULL;
    struct why why;
    struct str message = STR_EMPTY;
    struct str hint = STR_EMPTY;

    if (json_parse(body, &json, &why) == RC_OK) {
        const struct json *error = json_get(json, "error");
        message = json_str(json_get(error, "message"));
        hint = json_str(json_get(error, "hint"));
    }
    if (message.n > 0) {
        tell(call, message);
    } else {
        (void)fprintf(stderr, "toll %s: the server answered status %d\n",
                      call->cmd->name, status);
    }
    if (hint.n > 0) {
        cmd_tell("hint", hint);
    }
    json_free(&json);
}

static enum cmd_exit heed(const struct cmd_call *call, int status,
                          struct str body)
{
    if (status == 200) {
        return CMD_EXIT_OK;
    }
    print_error(call, status, body);
    return status == 400 || status == 422 ? CMD_EXIT_USAGE : CMD_EXIT_FAILED;
}

enum cmd_exit cmd_get(const struct cmd_call *call, struct str path,
                      const struct buf *query, struct buf *ret_body)
{
    struct why why;
    int status = 0;
    enum rc rc = buf_rc(query, &why);

    if (rc != RC_OK) {
        (void)why_prefix(&why, rc, "the question is too long");
        return cmd_fail(call, RC_INVALID, &why);
    }
    rc = call->env->ask(call->env->arg, path, buf_view(query), &status,
                        ret_body, &why);
    return rc == RC_OK ? heed(call, status, buf_view(ret_body))
                       : cmd_fail(call, rc, &why);
}

enum cmd_exit cmd_post(const struct cmd_call *call, struct str path,
                       const struct buf *query, struct str body,
                       struct buf *ret_body)
{
    struct buf target;
    struct why why;
    int status = 0;

    buf_init(&target, 64 * 1024);
    buf_fmt(&target, "%.*s%s%.*s", STR_ARG(path), query->n > 0 ? "?" : "",
            STR_ARG(buf_view(query)));
    enum rc rc =
        buf_rc(query, &why) == RC_OK ? buf_rc(&target, &why) : RC_LIMIT;
    if (rc != RC_OK) {
        (void)why_prefix(&why, rc, "the request is too long");
        rc = RC_INVALID;
    } else {
        rc = call->env->post(call->env->arg, buf_view(&target), body, &status,
                             ret_body, &why);
    }
    buf_fini(&target);
    return rc == RC_OK ? heed(call, status, buf_view(ret_body))
                       : cmd_fail(call, rc, &why);
}

enum cmd_exit cmd_print(const struct cmd_call *call, struct str body,
                        cmd_print_fn *print)
{
    struct json *answer = NULL;
    struct why why;

    if (cmd_has(call, "--json")) {
        (void)fwrite(body.p, 1, body.n, stdout);
        return CMD_EXIT_OK;
    }
    if (json_parse(body, &answer, &why) != RC_OK) {
        return cmd_fail(call, RC_CORRUPT, &why);
    }
    enum cmd_exit exit = print(call, answer);
    json_free(&answer);
    return exit;
}

enum cmd_exit cmd_show(const struct cmd_call *call, struct str path,
                       const struct buf *query, cmd_print_fn *print)
{
    struct buf body;

    buf_init(&body, SIZE_MAX);
    enum cmd_exit exit = cmd_get(call, path, query, &body);
    if (exit == CMD_EXIT_OK) {
        exit = cmd_print(call, buf_view(&body), print);
    }
    buf_fini(&body);
    return exit;
}
