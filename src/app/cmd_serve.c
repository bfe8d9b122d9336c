#include "app/command.h"
#include "app/conf.h"
#include "app/ledger.h"
#include "app/serve.h"
#include "base/file.h"
#include "base/log.h"
#include "base/utc.h"
#include "base/why.h"
#include "store/store.h"

#include <malloc.h>
#include <unistd.h>

/* A demo whose last call is older than this is told of: pages that ask for
 * the last days are empty. */
#define DEMO_STALE_US (36 * UTC_US_PER_HOUR)

static enum rc read_listen(const struct cmd_call *call,
                           struct conf_address listen[CONF_LISTEN_MAX],
                           size_t *ret_n, struct arena *arena, struct why *why)
{
    size_t pos = 0;
    size_t n = 0;

    for (const char *v = cmd_value_next(call, "--listen", &pos); v != NULL;
         v = cmd_value_next(call, "--listen", &pos)) {
        if (n == CONF_LISTEN_MAX) {
            return why_set(why, RC_INVALID, "at most %d times --listen",
                           CONF_LISTEN_MAX);
        }
        enum rc rc = conf_parse_address(arena, str_from_cz(v), &listen[n], why);
        if (rc != RC_OK) {
            return rc;
        }
        n++;
    }
    *ret_n = n;
    return RC_OK;
}

static enum rc warn_when_stale(struct session *session, int64_t now_us,
                               struct why *why)
{
    struct store_reader *reader = NULL;
    struct store_stats stats;
    enum rc rc = store_reader_open(session->ledger->store, &reader, why);

    if (rc == RC_OK) {
        rc = store_stats(reader, &stats, why);
    }
    store_reader_close(&reader);
    if (rc == RC_OK && stats.max_ts_us < now_us - DEMO_STALE_US) {
        log_warn("app",
                 "the demo in %s ended days ago; remove that directory for a "
                 "fresh one",
                 session->dir);
    }
    return rc;
}

static enum rc prepare_demo(const struct cmd_call *call,
                            struct session *session, struct why *why)
{
    const struct demo_wish wish = {.seed = DEMO_SEED,
                                   .days = DEMO_DAYS,
                                   .n_events = DEMO_EVENTS,
                                   .end_us = call->env->now_us};
    uint64_t n = 0;
    enum rc rc = command_demo_check(call, &n, why);

    if (rc == RC_OK && n > 0) {
        return warn_when_stale(session, call->env->now_us, why);
    }
    if (rc == RC_OK) {
        log_info("app", "making the demo company, %d days of calls", DEMO_DAYS);
        rc = command_demo(session, &wish, &n, why);
    }
    return rc;
}

/* Each thread that finds the others' arenas in use makes malloc begin one
 * more, and each keeps at its end some megabytes that malloc_trim does not
 * reach.  No more are of use than there are cores. */
static void limit_arenas(void)
{
    long n_cores = sysconf(_SC_NPROCESSORS_ONLN);

    (void)mallopt(M_ARENA_MAX, n_cores > 0 ? (int)n_cores : 1);
}

static enum cmd_exit run(struct cmd_call *call)
{
    struct command_run *run = call->env->arg;
    struct conf_address listen[CONF_LISTEN_MAX];
    size_t n_listen = 0;
    struct session *session = NULL;
    struct why why;

    limit_arenas();
    serve_hold_signals();
    run->options.demo = cmd_has(call, "--demo");
    run->options.use = LEDGER_SERVE;
    enum rc rc = read_listen(call, listen, &n_listen, &call->arena, &why);
    if (rc == RC_OK) {
        rc = command_ledger(call, &session, &why);
    }
    if (rc == RC_OK && run->options.demo) {
        rc = prepare_demo(call, session, &why);
    }
    if (rc == RC_OK) {
        rc = serve_run(
            session,
            &(struct serve_options){
                .listen = n_listen > 0 ? listen : session->conf->listen,
                .n_listen = n_listen > 0 ? n_listen : session->conf->n_listen,
                .config = run->options.config},
            &why);
    }
    return rc == RC_OK ? CMD_EXIT_OK : cmd_fail(call, rc, &why);
}

static const struct cmd_option options[] = {
    {"--listen", "ADDRESS", "127.0.0.1:8655 unless said here or in toll.yaml",
     true},
    {"--demo", NULL, "serve the demo company, from a directory of its own",
     false},
};

const struct cmd cmd_serve = {
    .name = "serve",
    .args = "",
    .forms = CMD_FORMS_TEXT,
    .summary = "the server: takes events, answers questions, shows the "
               "dashboard",
    .details = "SIGTERM ends it when all that was taken is stored; SIGHUP "
               "reads toll.yaml again.",
    .option = options,
    .n_options = ARRAY_N(options),
    .run = run,
};
