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
    const char *data;
    const char *config;
    bool demo;
    bool is_open;
    struct session session;
};

/* command_session: the session of this run, opened now if it was not. */
enum rc command_session(const struct cmd_call *call, struct session **ret,
                        struct why *why) MUST_CHECK;
/* command_ledger: likewise, and the data held by this process.  RC_BUSY with
 * the holder's name when another has it. */
enum rc command_ledger(const struct cmd_call *call, const char *what,
                       struct session **ret, struct why *why) MUST_CHECK;

/* command_demo: fill the connected session's ledger with the demo company. */
struct demo_wish {
    uint64_t seed;
    int days;
    int64_t n_events;
    int64_t end_us;
};
enum rc command_demo(const struct cmd_call *call, struct session *session,
                     const struct demo_wish *wish, uint64_t *ret_n,
                     struct why *why) MUST_CHECK;

/* command_progress: one line on standard error, rewritten; nothing unless it
 * is a terminal.  `done` ends the line. */
void command_progress(const char *what, uint64_t done, uint64_t all,
                      uint64_t n_events);
void command_progress_end(void);

extern const struct cmd cmd_check_config;
extern const struct cmd cmd_demo;
extern const struct cmd cmd_import;
extern const struct cmd cmd_serve;

#endif
