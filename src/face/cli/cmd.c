#include "face/cli/cmd.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/why.h"

#include <stdio.h>
#include <string.h>

const struct cmd_option cmd_common[] = {
    {"--help", NULL, "show this help", false},
    {"--data", "DIR", "the data directory (TOLL_DATA)", false},
    {"--config", "FILE", "the configuration (TOLL_CONFIG, ./toll.yaml)", false},
    {"--json", NULL, "print the API's own answer", false},
    {"--csv", NULL, "print comma-separated values", false},
};
const size_t cmd_n_common = ARRAY_N(cmd_common);

static const struct cmd_option *option_at(const struct cmd *cmd, size_t i)
{
    return i < cmd->n_options ? &cmd->option[i]
                              : &cmd_common[i - cmd->n_options];
}

static size_t n_options(const struct cmd *cmd)
{
    return cmd->n_options + cmd_n_common;
}

const char *cmd_value_next(const struct cmd_call *call, const char *name,
                           size_t *pos)
{
    while (*pos < call->n_given) {
        const struct cmd_given *g = &call->given[(*pos)++];
        if (strcmp(option_at(call->cmd, g->option)->name, name) == 0) {
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

static enum rc unknown_option(const struct cmd *cmd, struct str name,
                              struct why *why)
{
    const char *best = NULL;
    size_t best_distance = 4;

    for (size_t i = 0; i < n_options(cmd); i++) {
        const char *known = option_at(cmd, i)->name;
        size_t d = str_edit_distance(name, str_from_cz(known));
        if (d < best_distance) {
            best_distance = d;
            best = known;
        }
    }
    if (best != NULL) {
        return why_set(why, RC_INVALID, "unknown option %.*s; did you mean %s?",
                       STR_ARG(name), best);
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
    struct str rest = str_from_cz(argv[*i]);
    struct str name;
    size_t k = 0;
    bool has_value = str_find_char(rest, '=', 0) != SIZE_MAX;

    (void)str_cut(&rest, '=', &name);
    while (k < n_options(cmd) &&
           !str_eq(name, str_from_cz(option_at(cmd, k)->name))) {
        k++;
    }
    if (k == n_options(cmd)) {
        return unknown_option(cmd, name, why);
    }
    if (option_at(cmd, k)->value == NULL) {
        if (has_value) {
            return why_set(why, RC_INVALID, "%.*s takes no value",
                           STR_ARG(name));
        }
        *ret_given = (struct cmd_given){k, ""};
        return RC_OK;
    }
    if (has_value) {
        *ret_given = (struct cmd_given){k, rest.p};
        return RC_OK;
    }
    if (*i + 1 == argc) {
        return why_set(why, RC_INVALID, "%.*s needs a value: %s", STR_ARG(name),
                       option_at(cmd, k)->value);
    }
    (*i)++;
    *ret_given = (struct cmd_given){k, argv[*i]};
    return RC_OK;
}

static enum rc check_arg_count(const struct cmd *cmd, size_t n, struct why *why)
{
    if (n < cmd->n_args_min) {
        return why_set(why, RC_INVALID,
                       "something is missing; use it as: toll %s %s", cmd->name,
                       cmd->args);
    }
    if (n > cmd->n_args_max) {
        return why_set(why, RC_INVALID, "too many arguments%s%s",
                       cmd->args[0] != '\0' ? "; use it as: toll ... " : "",
                       cmd->args);
    }
    return RC_OK;
}

enum rc cmd_parse(const struct cmd *cmd, int argc, char *const *argv,
                  struct arena *arena, struct cmd_call *ret, struct why *why)
{
    struct cmd_given *given =
        arena_array(arena, (size_t)argc + 1, sizeof *given);
    const char **arg = arena_array(arena, (size_t)argc + 1, sizeof *arg);
    size_t n_given = 0;
    size_t n_args = 0;
    bool options_ended = false;

    if (given == NULL || arg == NULL || argc > CMD_ARGS_MAX) {
        return why_set(why, RC_LIMIT, "more than %d arguments", CMD_ARGS_MAX);
    }
    for (int i = 0; i < argc; i++) {
        if (!options_ended && strcmp(argv[i], "--") == 0) {
            options_ended = true;
        } else if (options_ended || argv[i][0] != '-' || argv[i][1] == '\0') {
            arg[n_args++] = argv[i];
        } else {
            const char *typed = argv[i];
            static char help[] = "--help";
            char *const shorthand[] = {help};
            int zero = 0;
            enum rc rc =
                strcmp(typed, "-h") == 0
                    ? parse_option(cmd, 1, shorthand, &zero, &given[n_given],
                                   why)
                    : parse_option(cmd, argc, argv, &i, &given[n_given], why);
            if (rc != RC_OK) {
                return rc;
            }
            n_given++;
        }
    }
    ret->cmd = cmd;
    ret->given = given;
    ret->n_given = n_given;
    ret->arg = arg;
    ret->n_args = n_args;
    if (cmd_has(ret, "--help")) {
        return RC_OK;
    }
    return check_arg_count(cmd, n_args, why);
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
    for (size_t i = 0; i < n_options(cmd); i++) {
        help_option(option_at(cmd, i));
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

/* ---- asking ---- */

enum cmd_exit cmd_fail(const struct cmd_call *call, enum rc rc,
                       const struct why *why)
{
    (void)fprintf(stderr, "toll %s: %s\n", call->cmd->name, why->text);
    return rc == RC_INVALID ? CMD_EXIT_USAGE : CMD_EXIT_FAILED;
}

void cmd_query_add(struct buf *query, const char *name, struct str value)
{
    static const char hex[] = "0123456789ABCDEF";

    buf_fmt(query, "%s%s=", query->n > 0 ? "&" : "", name);
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9') ||
            (c != 0 && strchr("-_.~,:|!", c) != NULL)) {
            buf_char(query, (char)c);
        } else {
            buf_char(query, '%');
            buf_char(query, hex[c >> 4]);
            buf_char(query, hex[c & 15]);
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
        (void)fprintf(stderr, "toll %s: %.*s\n", call->cmd->name,
                      STR_ARG(message));
    } else {
        (void)fprintf(stderr, "toll %s: the server answered status %d\n",
                      call->cmd->name, status);
    }
    if (hint.n > 0) {
        (void)fprintf(stderr, "hint: %.*s\n", STR_ARG(hint));
    }
    json_free(&json);
}

enum cmd_exit cmd_get(const struct cmd_call *call, struct str path,
                      struct str query, struct buf *ret_body)
{
    struct why why;
    int status = 0;
    enum rc rc =
        call->env->ask(call->env->arg, path, query, &status, ret_body, &why);

    if (rc != RC_OK) {
        return cmd_fail(call, rc, &why);
    }
    if (status != 200) {
        print_error(call, status, buf_view(ret_body));
        return status == 400 || status == 422 ? CMD_EXIT_USAGE
                                              : CMD_EXIT_FAILED;
    }
    return CMD_EXIT_OK;
}
