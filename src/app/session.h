/* One run of one command: its configuration, its data directory, and the way
 * to the data - in this process, or through the server that holds it.  The
 * way is chosen at the first question, so that commands that need no data
 * touch none.  One thread. */
#ifndef APP_SESSION_H
#define APP_SESSION_H

#include "app/conf.h"
#include "app/data_dir.h"
#include "app/ledger.h"
#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/why.h"
#include "face/api/api.h"

#include <stdbool.h>

struct buf;
struct budget_keeper;
struct http_client;
struct incident_box;
struct store_reader;
struct watcher;

struct session_options {
    const char *data;   /* --data; NULL when not given */
    const char *config; /* --config; likewise */
    const char *what;   /* the command's name, told to who finds it here */
    bool demo;          /* the demo company's directory */
    enum ledger_use use;
};

struct session {
    struct session_options opt;
    struct conf *conf;
    char dir[DATA_DIR_PATH_MAX]; /* "" until it was looked for */
    /* Either of the two, once session_connect went well. */
    struct ledger *ledger;
    char url[CONF_URL_MAX]; /* of the server, "" when in process */
    char usual_url[CONF_URL_MAX];
    /* Behind them. */
    struct store_reader *reader;
    struct watcher *watcher; /* once alerts were asked for in process */
    struct http_client *client;
    struct budget_keeper *budgets; /* once they were asked for */
    struct price_book *book;       /* for questions that need no data */
    struct api_env api;
    /* Of session_connect_soon; its thread alone has all of the session that
     * connecting sets, until it was joined. */
    struct thread connecting;
    enum rc connect_rc;
    struct why connect_why;
};

/* session_open: loads the configuration; RC_INVALID for a wrong one.  `opt`'s
 * text is borrowed until session_close. */
enum rc session_open(const struct session_options *opt, struct session *ret,
                     struct why *why) MUST_CHECK;
void session_close(struct session *s);

/* session_connect: takes the data directory, or finds the server that holds
 * it.  A holder that cannot be asked is waited for a few seconds: a command
 * ends soon, a server that starts will say where it is.  RC_BUSY when it is
 * neither, such as an import under way. */
enum rc session_connect(struct session *s, struct why *why) MUST_CHECK;

/* session_connect_soon: begins to do so on a thread of its own, for whoever
 * has work that needs no data yet: opening a store takes a while.  From here
 * on `dir` is known; all else waits for session_connect, which tells how it
 * went. */
enum rc session_connect_soon(struct session *s, struct why *why) MUST_CHECK;

/* session_ask: cmd_env's ask; `arg` is the session. */
enum rc session_ask(void *arg, struct str path, struct str query,
                    int *ret_status, struct buf *ret_body, struct why *why);

/* session_post: JSON to the server that holds the data, which there must be;
 * RC_OK whatever the status.
 *   target  path and query */
enum rc session_post(struct session *s, struct str target, struct str body,
                     int *ret_status, struct buf *ret_answer,
                     struct why *why) MUST_CHECK;

/* session_incidents: alerts up to now, in process. */
enum rc session_incidents(struct session *s, struct incident_box **ret,
                          struct why *why) MUST_CHECK;

/* session_check: RC_OK for 200; else the server's own words, as RC_NOT_FOUND
 * for 404, RC_INVALID for what is wrong with the request, RC_UNAVAILABLE for
 * anything else. */
enum rc session_check(const struct session *s, int status, struct str answer,
                      struct why *why) MUST_CHECK;

/* session_server: the address of the server that holds the data, or the first
 * one that a server would listen at; likewise in the session. */
enum rc session_server(struct session *s, struct str *ret_url, bool *ret_runs,
                       struct why *why) MUST_CHECK;

/* session_config: reads and checks the configuration alone.
 *   problems  one line a problem */
enum rc session_config(const char *config, struct conf **ret_conf,
                       struct buf *problems, struct why *why) MUST_CHECK;

#endif
