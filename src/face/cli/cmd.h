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

struct json;
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

#define CMD_ARGS_ANY SIZE_MAX

/* What was typed, read by the row. */
struct cmd_given {
    const struct cmd_option *option; /* the row's, or a common one */
    const char *value;               /* "" of a switch */
};

/* The forms in which a command can tell its answer; each has the ones before
 * it. */
enum cmd_forms {
    CMD_FORMS_TEXT = 1, /* for people only */
    CMD_FORMS_JSON,     /* and --json */
    CMD_FORMS_CSV       /* and --csv */
};

struct cmd_call;

struct cmd {
    const char *name;
    const char *args; /* "PATH..." or "" */
    size_t n_args_min;
    size_t n_args_max;
    enum cmd_forms forms;
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
    /* post: likewise of a POST of JSON, `target` being its path and query, to
     * the running server; RC_UNAVAILABLE when none runs. */
    enum rc (*post)(void *arg, struct str target, struct str body,
                    int *ret_status, struct buf *ret_body, struct why *why);
    /* server: where the running server listens, or would.  `url` is borrowed
     * until the command ends. */
    enum rc (*server)(void *arg, struct str *ret_url, bool *ret_runs,
                      struct why *why);
    void *arg; /* app's; handed to the three, and to app's own commands */
    int64_t now_us;
    bool in_colour;
    size_t width; /* columns of the terminal; 0: none, or unknown */
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

/* cmd_option_at: option i of those the command takes: the row's own, then
 * --help --data --config and its forms; NULL behind the last. */
const struct cmd_option *cmd_option_at(const struct cmd *cmd, size_t i);

/* cmd_has, cmd_value: an option by its name; the last one wins.  NULL when it
 * was not given.  cmd_value_next walks a repeating one: *pos starts at 0. */
bool cmd_has(const struct cmd_call *call, const char *name);
const char *cmd_value(const struct cmd_call *call, const char *name);
const char *cmd_value_next(const struct cmd_call *call, const char *name,
                           size_t *pos);

/* cmd_parse: split argv (behind the command's name) by the row.  "--x=y" and
 * "--x y" are the same; "--" ends options; "-" is an argument.  Fills `ret`
 * but its env and arena, borrowing from argv and `arena`.  RC_INVALID names
 * the nearest right option; RC_LIMIT at the arena's cap. */
enum rc cmd_parse(const struct cmd *cmd, int argc, char *const *argv,
                  struct arena *arena, struct cmd_call *ret,
                  struct why *why) MUST_CHECK;

const struct cmd *cmd_find(const struct cmd *const *table, size_t n,
                           struct str name);
void cmd_help(const struct cmd *cmd);                        /* to stdout */
void cmd_overview(const struct cmd *const *table, size_t n); /* to stdout */

/* cmd_tell: "WHO: TEXT" on standard error (TEXT alone without `who`), control
 * characters shown as signs: names of files and models come from outside. */
void cmd_tell(const char *who, struct str text);
/* cmd_fail: "toll NAME: ..." on standard error; hands back the exit code that
 * fits `rc`: CMD_EXIT_USAGE for RC_INVALID, what was typed or configured is
 * wrong; else CMD_EXIT_FAILED. */
enum cmd_exit cmd_fail(const struct cmd_call *call, enum rc rc,
                       const struct why *why);

/* cmd_get: ask and expect 200.  Anything else prints the error's message and
 * hint and gives the exit code, also that `query` grew over its ceiling. */
enum cmd_exit cmd_get(const struct cmd_call *call, struct str path,
                      const struct buf *query, struct buf *ret_body);

/* cmd_post: likewise a POST of JSON to the running server. */
enum cmd_exit cmd_post(const struct cmd_call *call, struct str path,
                       const struct buf *query, struct str body,
                       struct buf *ret_body);

/* cmd_print: an answer as the options ask: --json as it came, else as `print`
 * words it.
 * cmd_show: cmd_get, and that of what it answers. */
typedef enum cmd_exit cmd_print_fn(const struct cmd_call *call,
                                   const struct json *answer);
enum cmd_exit cmd_print(const struct cmd_call *call, struct str body,
                        cmd_print_fn *print);
enum cmd_exit cmd_show(const struct cmd_call *call, struct str path,
                       const struct buf *query, cmd_print_fn *print);

/* cmd_query_init: for a request's parameters, "name=value&...".
 * cmd_query_add: append one, percent-encoded.  cmd_pass_on: append the row's
 * own options as they were given, "--cache-read 5" as cache_read=5, but
 * `except` (may be NULL). */
void cmd_query_init(struct buf *query);
void cmd_query_add(struct buf *query, const char *name, struct str value);
void cmd_pass_on(const struct cmd_call *call, const char *except,
                 struct buf *query);

/* cmd_draw: one answer of /api/query as the options ask: --json as it came,
 * --csv, else a table. */
enum cmd_exit cmd_draw(const struct cmd_call *call, struct str answer_json);

/* The rows of this room, sorted by name. */
extern const struct cmd *const cmd_table[];
extern const size_t cmd_table_n;

#endif
