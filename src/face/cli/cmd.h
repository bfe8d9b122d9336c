/* A command of the command line as a row that describes itself: help, option
 * parsing and the manual come from it.
 *
 * The commands of this room are faces of the API: they build a request, ask
 * (over HTTP when a server holds the data, else in process), and draw the
 * answer.  Commands that build things (serve, import, demo) are rows too, in
 * app, which hands all of them to cmd_main.  One thread. */
#ifndef FACE_CLI_CMD_H
#define FACE_CLI_CMD_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct why;

enum cmd_exit {
    CMD_EXIT_OK = 0,
    CMD_EXIT_FAILED = 1,
    CMD_EXIT_USAGE = 2,
    CMD_EXIT_PARTLY = 3, /* some records were refused */
    CMD_EXIT_LIMIT = 4   /* a limit or check said no */
};

struct cmd_option {
    const char *name;  /* "--by" */
    const char *value; /* "DIM", or NULL for a switch */
    const char *doc;
    bool repeats; /* may stand several times */
};

#define CMD_OPTIONS_MAX 32
#define CMD_ARGS_MAX    4096

/* What was typed, read by the row. */
struct cmd_given {
    size_t option; /* index into the row's options, then the common ones */
    const char *value;
};

struct cmd_call;

struct cmd {
    const char *name;
    const char *args; /* "PATH..." or "" */
    size_t n_args_min;
    size_t n_args_max;
    const char *summary; /* one line */
    const char *details; /* paragraphs, examples; NULL: none */
    const struct cmd_option *option;
    size_t n_options;
    enum cmd_exit (*run)(struct cmd_call *call);
};

struct cmd_env {
    /* ask: the API's answer to a GET of path?query; the body belongs to the
     * caller.  RC_OK whatever the status. */
    enum rc (*ask)(void *arg, struct str path, struct str query,
                   int *ret_status, struct buf *ret_body, struct why *why);
    void *arg; /* app's; handed to ask, and to app's own commands */
    int64_t now_us;
    bool out_is_terminal; /* standard output: colour and width */
    int width;            /* columns; 0 when unknown */
};

struct cmd_call {
    const struct cmd *cmd;
    const struct cmd_env *env;
    const struct cmd_given *given;
    size_t n_given;
    const char *const *arg; /* what is no option */
    size_t n_args;
    struct arena arena; /* the command's own, LIMIT_BODY_MAX */
};

/* Options every command takes: --help --data --config --json --csv. */
extern const struct cmd_option cmd_common[];
extern const size_t cmd_n_common;

/* cmd_has, cmd_value: an option by its name; the last one wins.  NULL when it
 * was not given.  cmd_value_next walks a repeating one: *pos starts at 0. */
bool cmd_has(const struct cmd_call *call, const char *name);
const char *cmd_value(const struct cmd_call *call, const char *name);
const char *cmd_value_next(const struct cmd_call *call, const char *name,
                           size_t *pos);

/* cmd_parse: split argv (behind the command's name) by the row.  "--x=y" and
 * "--x y" are the same; "--" ends options; "-" is an argument.  RC_INVALID
 * names the nearest right option.  `ret` borrows argv and `arena`. */
enum rc cmd_parse(const struct cmd *cmd, int argc, char *const *argv,
                  struct arena *arena, struct cmd_call *ret,
                  struct why *why) MUST_CHECK;

const struct cmd *cmd_find(const struct cmd *const *table, size_t n,
                           struct str name);
void cmd_help(const struct cmd *cmd);                        /* to stdout */
void cmd_overview(const struct cmd *const *table, size_t n); /* to stdout */

/* cmd_fail: "toll NAME: ..." on standard error; hands back the exit code that
 * fits `rc` (2 for RC_INVALID and RC_PARSE of what was typed, else 1). */
enum cmd_exit cmd_fail(const struct cmd_call *call, enum rc rc,
                       const struct why *why);

/* cmd_get: ask and expect 200.  Any other status prints the error's message
 * and hint and gives the exit code. */
enum cmd_exit cmd_get(const struct cmd_call *call, struct str path,
                      struct str query, struct buf *ret_body);

/* cmd_query_add: append "&name=value", percent-encoded. */
void cmd_query_add(struct buf *query, const char *name, struct str value);

/* cmd_draw: one answer of /api/query as the options ask: --json as it came,
 * --csv, else a table. */
enum cmd_exit cmd_draw(const struct cmd_call *call, struct str answer_json);

/* The rows of this room, sorted by name. */
extern const struct cmd *const cmd_table[];
extern const size_t cmd_table_n;

#endif
