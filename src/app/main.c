/* toll's entry: finds the command's row, reads its options, runs it. */
#include "app/command.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/near.h"
#include "base/why.h"
#include "face/cli/cmd_insight.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COMMANDS_MAX 64

static const struct cmd *const own_commands[] = {
    &cmd_alerts, &cmd_budget, &cmd_check_config, &cmd_demo,  &cmd_detect,
    &cmd_import, &cmd_serve,  &cmd_share,        &cmd_views,
};

/* Opened once, whoever asks first. */
static enum rc open_session(struct command_run *run, struct why *why)
{
    if (run->is_open) {
        return RC_OK;
    }
    enum rc rc = session_open(&run->options, &run->session, why);
    run->is_open = rc == RC_OK;
    return rc;
}

/* The session of a command that brings events. */
static enum rc open_to_add(const struct cmd_call *call, struct session **ret,
                           struct why *why)
{
    struct command_run *run = call->env->arg;

    CHECK(!run->is_open || run->options.use != LEDGER_ASK);
    if (run->options.use == LEDGER_ASK) {
        run->options.use = LEDGER_ADD;
    }
    enum rc rc = open_session(run, why);
    if (rc == RC_OK) {
        *ret = &run->session;
    }
    return rc;
}

enum rc command_session(const struct cmd_call *call, struct session **ret,
                        struct why *why)
{
    enum rc rc = open_to_add(call, ret, why);

    return rc == RC_OK ? session_connect(*ret, why) : rc;
}

enum rc command_session_soon(const struct cmd_call *call, struct session **ret,
                             struct why *why)
{
    enum rc rc = open_to_add(call, ret, why);

    return rc == RC_OK ? session_connect_soon(*ret, why) : rc;
}

enum rc command_ledger(const struct cmd_call *call, struct session **ret,
                       struct why *why)
{
    struct session *session = NULL;
    enum rc rc = command_session(call, &session, why);

    if (rc == RC_OK && session->ledger == NULL) {
        return why_set(why, RC_BUSY,
                       "%s is held by the server at %s; end that one first, "
                       "or choose another directory with --data",
                       session->dir, session->url);
    }
    if (rc == RC_OK) {
        *ret = session;
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
    enum rc rc = open_session(run, why);

    if (rc != RC_OK) {
        return rc;
    }
    return session_ask(&run->session, path, query, ret_status, ret_body, why);
}

/* cmd_env's post. */
static enum rc post(void *arg, struct str target, struct str body,
                    int *ret_status, struct buf *ret_body, struct why *why)
{
    struct command_run *run = arg;
    struct str url;
    bool runs = false;
    enum rc rc = open_session(run, why);

    if (rc == RC_OK) {
        rc = session_server(&run->session, &url, &runs, why);
    }
    if (rc == RC_OK && !runs) {
        rc = why_set(why, RC_UNAVAILABLE,
                     "no server runs on %s, and only a server sends; start "
                     "one: toll serve",
                     run->session.dir);
    }
    return rc == RC_OK ? session_post(&run->session, target, body, ret_status,
                                      ret_body, why)
                       : rc;
}

/* cmd_env's server. */
static enum rc server(void *arg, struct str *ret_url, bool *ret_runs,
                      struct why *why)
{
    struct command_run *run = arg;
    enum rc rc = open_session(run, why);

    if (rc == RC_OK) {
        rc = session_server(&run->session, ret_url, ret_runs, why);
    }
    return rc;
}

static int by_name(const void *a, const void *b)
{
    const struct cmd *const *left = a;
    const struct cmd *const *right = b;

    return strcmp((*left)->name, (*right)->name);
}

/* Every command there is, sorted by name. */
struct commands {
    const struct cmd *table[COMMANDS_MAX];
    size_t n;
    struct cmd_insight insight[COMMANDS_MAX];
    struct arena arena;
};

static void all_commands(struct commands *ret)
{
    const struct cmd **ret_table = ret->table;
    size_t n = 0;

    CHECK(ARRAY_N(own_commands) + cmd_table_n + cmd_insight_n() <=
          COMMANDS_MAX);
    arena_init(&ret->arena, LIMIT_BODY_MAX);
    for (size_t i = 0; i < cmd_insight_n(); i++) {
        cmd_insight_make(i, &ret->arena, &ret->insight[i]);
        ret_table[n++] = &ret->insight[i].cmd;
    }
    for (size_t i = 0; i < ARRAY_N(own_commands); i++) {
        ret_table[n++] = own_commands[i];
    }
    for (size_t i = 0; i < cmd_table_n; i++) {
        ret_table[n++] = cmd_table[i];
    }
    qsort(ret_table, n, sizeof(const struct cmd *), by_name);
    ret->n = n;
}

static enum cmd_exit unknown_command(const struct cmd *const *table, size_t n,
                                     struct str name)
{
    struct near near;
    struct why why;

    near_init(&near, name);
    for (size_t i = 0; i < n; i++) {
        near_offer(&near, str_from_cz(table[i]->name));
    }
    (void)near_unknown(&near, "command", "toll --help lists them", &why);
    cmd_tell("toll", str_from_cz(why.text));
    return CMD_EXIT_USAGE;
}

static bool in_colour(void)
{
    const char *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) != 0 && (no == NULL || no[0] == '\0') &&
           (term == NULL || strcmp(term, "dumb") != 0);
}

static size_t terminal_width(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static enum cmd_exit run_command(const struct cmd *cmd, int argc, char **argv)
{
    struct command_run run = {.is_open = false};
    struct cmd_env env = {
        .ask = ask,
        .post = post,
        .server = server,
        .arg = &run,
        .now_us = clock_now_us(),
        .in_colour = in_colour(),
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
        run.options = (struct session_options){
            .data = cmd_value(&call, "--data"),
            .config = cmd_value(&call, "--config"),
            .what = cmd->name,
            .use = LEDGER_ASK,
        };
        exit = cmd->run(&call);
    }
    if (run.is_open) {
        session_close(&run.session);
    }
    arena_fini(&call.arena);
    return exit;
}

/* Descriptors 0 to 2 that the caller left closed would be given to the next
 * files opened, and what is printed would be written into a database.  These
 * stand-ins fail: they are open the wrong way round. */
static void fill_standard_fds(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0) {
            /* cppcheck-suppress leakReturnValNotUsed ; it stays open */
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

/* What was printed must have arrived, but a reader that left early (toll top
 * | head) has what it wanted. */
static enum cmd_exit check_output(enum cmd_exit exit)
{
    struct pollfd out = {.fd = STDOUT_FILENO};

    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return exit;
    }
    if (poll(&out, 1, 0) < 1 || (out.revents & POLLERR) == 0) {
        (void)fputs("toll: not all of the output could be written; is the "
                    "disk full?\n",
                    stderr);
    }
    return CMD_EXIT_FAILED;
}

static enum cmd_exit run_main(const struct commands *all, int argc, char **argv)
{
    const struct cmd *const *table = all->table;
    size_t n = all->n;
    struct str name = str_from_cz(argc > 1 ? argv[1] : NULL);
    bool asks_help = str_eq(name, STR("help")) || str_eq(name, STR("--help")) ||
                     str_eq(name, STR("-h"));

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

int main(int argc, char **argv)
{
    fill_standard_fds();
    /* A reader that went away shows as a failed write. */
    (void)signal(SIGPIPE, SIG_IGN);
    struct commands *all = mem_alloc(sizeof *all);
    all_commands(all);
    enum cmd_exit exit = check_output(run_main(all, argc, argv));
    arena_fini(&all->arena);
    mem_free(all);
    return exit;
}
