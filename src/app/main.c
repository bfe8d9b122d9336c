/* toll's entry: finds the command's row, reads its options, runs it. */
#include "app/command.h"
#include "app/version.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/why.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COMMANDS_MAX 64

static const struct cmd *const own_commands[] = {
    &cmd_check_config,
    &cmd_demo,
    &cmd_import,
    &cmd_serve,
};

enum rc command_session(const struct cmd_call *call, struct session **ret,
                        struct why *why)
{
    struct command_run *run = call->env->arg;
    enum rc rc = RC_OK;

    if (!run->is_open) {
        rc =
            session_open(run->data, run->config, run->demo, &run->session, why);
        run->is_open = rc == RC_OK;
    }
    if (rc == RC_OK) {
        *ret = &run->session;
    }
    return rc;
}

enum rc command_ledger(const struct cmd_call *call, const char *what,
                       struct session **ret, struct why *why)
{
    enum rc rc = command_session(call, ret, why);

    if (rc == RC_OK) {
        rc = session_connect(*ret, what, why);
    }
    if (rc == RC_OK && (*ret)->ledger == NULL) {
        return why_set(why, RC_BUSY,
                       "%s is held by the server at %s; end that one first, "
                       "or choose another directory with --data",
                       (*ret)->dir, (*ret)->url);
    }
    return rc;
}

void command_progress(const char *what, uint64_t done, uint64_t all,
                      uint64_t n_events)
{
    if (isatty(STDERR_FILENO) == 0) {
        return;
    }
    (void)fprintf(stderr, "\r%s", what);
    if (all > 0) {
        (void)fprintf(stderr, " %3.0f %%", 100.0 * (double)done / (double)all);
    }
    (void)fprintf(stderr, ", %llu events ", (unsigned long long)n_events);
}

void command_progress_end(void)
{
    if (isatty(STDERR_FILENO) != 0) {
        (void)fputs("\r\033[K", stderr);
    }
}

/* cmd_env's ask: opens the session first. */
static enum rc ask(void *arg, struct str path, struct str query,
                   int *ret_status, struct buf *ret_body, struct why *why)
{
    struct command_run *run = arg;

    if (!run->is_open) {
        enum rc rc =
            session_open(run->data, run->config, run->demo, &run->session, why);
        if (rc != RC_OK) {
            return rc;
        }
        run->is_open = true;
    }
    return session_ask(&run->session, path, query, ret_status, ret_body, why);
}

static int by_name(const void *a, const void *b)
{
    const struct cmd *const *left = a;
    const struct cmd *const *right = b;

    return strcmp((*left)->name, (*right)->name);
}

static size_t all_commands(const struct cmd *ret_table[COMMANDS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_N(own_commands); i++) {
        ret_table[n++] = own_commands[i];
    }
    for (size_t i = 0; i < cmd_table_n && n < COMMANDS_MAX; i++) {
        ret_table[n++] = cmd_table[i];
    }
    qsort(ret_table, n, sizeof ret_table[0], by_name);
    return n;
}

static enum cmd_exit unknown_command(const struct cmd *const *table, size_t n,
                                     struct str name)
{
    const char *best = NULL;
    size_t least = 4;

    for (size_t i = 0; i < n; i++) {
        size_t d = str_edit_distance(name, str_from_cz(table[i]->name));
        if (d < least) {
            least = d;
            best = table[i]->name;
        }
    }
    (void)fprintf(stderr, "toll: there is no command '%.*s'%s%s%s\n",
                  STR_ARG(name), best != NULL ? "; did you mean '" : "",
                  best != NULL ? best : "; toll --help lists them",
                  best != NULL ? "'?" : "");
    return CMD_EXIT_USAGE;
}

static int terminal_width(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) {
        return 0;
    }
    return size.ws_col;
}

static enum cmd_exit run_command(const struct cmd *cmd, int argc, char **argv)
{
    struct command_run run = {.is_open = false};
    struct cmd_env env = {
        .ask = ask,
        .arg = &run,
        .now_us = clock_now_us(),
        .out_is_terminal =
            isatty(STDOUT_FILENO) != 0 && getenv("NO_COLOR") == NULL,
        .width = terminal_width(),
    };
    struct cmd_call call = {.cmd = cmd, .env = &env};
    struct why why;
    enum cmd_exit exit;

    arena_init(&call.arena, LIMIT_BODY_MAX);
    enum rc rc = cmd_parse(cmd, argc, argv, &call.arena, &call, &why);
    if (rc != RC_OK) {
        exit = cmd_fail(&call, RC_INVALID, &why);
    } else if (cmd_has(&call, "--help")) {
        cmd_help(cmd);
        exit = CMD_EXIT_OK;
    } else {
        run.data = cmd_value(&call, "--data");
        run.config = cmd_value(&call, "--config");
        exit = cmd->run(&call);
    }
    if (run.is_open) {
        session_close(&run.session);
    }
    arena_fini(&call.arena);
    return exit;
}

int main(int argc, char **argv)
{
    const struct cmd *table[COMMANDS_MAX];
    size_t n = all_commands(table);
    struct str name = str_from_cz(argc > 1 ? argv[1] : NULL);
    bool asks_help = str_eq(name, STR("help")) || str_eq(name, STR("--help")) ||
                     str_eq(name, STR("-h"));

    /* A reader that went away shows as a failed write. */
    (void)signal(SIGPIPE, SIG_IGN);
    if (str_eq(name, STR("--version"))) {
        name = STR("version");
    }
    if (asks_help && argc > 2) {
        name = str_from_cz(argv[2]);
    } else if (asks_help || argc < 2) {
        cmd_overview(table, n);
        return asks_help ? CMD_EXIT_OK : CMD_EXIT_USAGE;
    }
    const struct cmd *cmd = cmd_find(table, n, name);
    if (cmd == NULL) {
        return unknown_command(table, n, name);
    }
    if (asks_help) {
        cmd_help(cmd);
        return CMD_EXIT_OK;
    }
    return run_command(cmd, argc - 2, argv + 2);
}
