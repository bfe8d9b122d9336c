/* The commands that build things, and the session they share with those that
 * only ask. */
#ifndef APP_COMMAND_H
#define APP_COMMAND_H

#include "app/session.h"
#include "base/rc.h"
#include "face/cli/cmd.h"

struct why;

/* What cmd_env.arg points to: the session, opened at the first need. */
struct command_run {
    struct session_options options;
    bool is_open;
    struct session session;
};

/* command_session: the session of this run, for a command that brings events;
 * opened and connected now if it was not, and asked for before any question is
 * put to it. */
enum rc command_session(const struct cmd_call *call, struct session **ret,
                        struct why *why) MUST_CHECK;
/* command_session_soon: likewise, but only begun to be connected. */
enum rc command_session_soon(const struct cmd_call *call, struct session **ret,
                             struct why *why) MUST_CHECK;
/* command_ledger: as command_session, and the data held by this process.
 * RC_BUSY with the holder's name when another has it. */
enum rc command_ledger(const struct cmd_call *call, struct session **ret,
                       struct why *why) MUST_CHECK;

/* command_demo_check: RC_EXISTS when the ledger holds events that are no
 * demo's: invented calls among real ones could never be told apart in a sum.
 *   ret_n  events there are */
enum rc command_demo_check(const struct cmd_call *call, uint64_t *ret_n,
                           struct why *why) MUST_CHECK;
#define DEMO_SEED   1
#define DEMO_DAYS   90
#define DEMO_EVENTS 300000

/* command_demo: fill the connected session's ledger with the demo company. */
struct demo_wish {
    uint64_t seed;
    int days;
    int64_t n_events;
    int64_t end_us;
};
enum rc command_demo(struct session *session, const struct demo_wish *wish,
                     uint64_t *ret_n, struct why *why) MUST_CHECK;

/* command_progress: one line on standard error, rewritten; nothing unless it
 * is a terminal.  command_progress_end wipes it. */
void command_progress(const char *what, uint64_t done, uint64_t all,
                      uint64_t n_events);
void command_progress_end(void);

extern const struct cmd cmd_alerts;
extern const struct cmd cmd_budget;
extern const struct cmd cmd_check_config;
extern const struct cmd cmd_demo;
extern const struct cmd cmd_detect;
extern const struct cmd cmd_import;
extern const struct cmd cmd_serve;
extern const struct cmd cmd_share;
extern const struct cmd cmd_views;

#endif
