/* The running server: HTTP in front of one ledger, query workers beside it,
 * until a signal ends it. */
#ifndef APP_SERVE_H
#define APP_SERVE_H

#include "base/rc.h"

#include <stddef.h>

struct conf_address;
struct session;
struct why;

struct serve_options {
    const struct conf_address *listen;
    size_t n_listen;
    const char *config; /* --config, read again at SIGHUP; may be NULL */
};

/* serve_hold_signals: from here on SIGTERM, SIGINT and SIGHUP wait for
 * serve_run, in this thread and those it starts.  Called before the session
 * is connected: a thread of the store that did not hold them back would end
 * the process. */
void serve_hold_signals(void);

/* serve_run: the session is connected and holds the data.  Announces itself,
 * takes requests, and returns after SIGTERM or SIGINT, when every call under
 * way is answered and all that was taken is stored.  SIGHUP reads the
 * configuration again; a wrong one is refused whole and logged. */
enum rc serve_run(struct session *session, const struct serve_options *opt,
                  struct why *why);

#endif
