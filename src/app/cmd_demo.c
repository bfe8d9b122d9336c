#include "app/command.h"
#include "app/sink.h"
#include "base/utc.h"
#include "base/why.h"
#include "capture/demo/demo.h"

#include <stdio.h>

static enum rc put(void *arg, struct event *ev, bool has_environment,
                   struct why *why)
{
    return sink_put(arg, ev, has_environment, why);
}

static void progress(void *arg, uint64_t done, uint64_t all, uint64_t n_events)
{
    (void)arg;
    command_progress("making the demo company", done, all, n_events);
}

enum rc command_demo(const struct cmd_call *call, struct session *session,
                     const struct demo_wish *wish, uint64_t *ret_n,
                     struct why *why)
{
    struct sink *sink = sink_new(session, EVENT_SOURCE_DEMO);
    struct sink_counts counts;
    enum rc rc;

    (void)call;
    rc = demo_make(&(struct demo_options){.seed = wish->seed,
                                          .end_us = wish->end_us,
                                          .days = wish->days,
                                          .n_events = wish->n_events,
                                          .sink = put,
                                          .progress = progress,
                                          .arg = sink},
                   why);
    if (rc == RC_OK) {
        rc = sink_finish(sink, &counts, why);
    }
    command_progress_end();
    sink_free(&sink);
    if (rc == RC_OK) {
        *ret_n = counts.n_accepted;
    }
    return rc;
}

static enum rc read_number(const struct cmd_call *call, const char *option,
                           int64_t least, int64_t most, int64_t *ret,
                           struct why *why)
{
    const char *text = cmd_value(call, option);
    int64_t n = 0;

    if (text == NULL) {
        return RC_OK;
    }
    if (str_to_i64(str_from_cz(text), &n) != RC_OK || n < least || n > most) {
        return why_set(why, RC_INVALID, "%s must be %lld to %lld", option,
                       (long long)least, (long long)most);
    }
    *ret = n;
    return RC_OK;
}

static enum rc read_wish(const struct cmd_call *call, struct demo_wish *ret,
                         struct why *why)
{
    const char *end = cmd_value(call, "--end");
    int64_t seed = 1;
    int64_t days = 90;
    int64_t n = 300000;
    int64_t day = 0;
    enum rc rc = read_number(call, "--seed", 0, INT32_MAX, &seed, why);

    if (rc == RC_OK) {
        rc = read_number(call, "--days", 1, 365, &days, why);
    }
    if (rc == RC_OK) {
        rc = read_number(call, "--events", 1000, 50000000, &n, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    *ret = (struct demo_wish){.seed = (uint64_t)seed,
                              .days = (int)days,
                              .n_events = n,
                              .end_us = call->env->now_us};
    if (end != NULL) {
        if (utc_parse_date(str_from_cz(end), &day) != RC_OK) {
            return why_set(why, RC_INVALID,
                           "--end must be a date such as 2026-11-01");
        }
        ret->end_us = day * UTC_US_PER_DAY;
    }
    return RC_OK;
}

/* Invented calls among real ones could never be told apart in a sum. */
static enum rc refuse_real_data(const struct cmd_call *call, bool *ret_again,
                                struct why *why)
{
    struct buf body;
    int status = 0;
    enum rc rc;

    buf_init(&body, 1024 * 1024);
    rc = call->env->ask(call->env->arg, STR("/api/query"),
                        STR("metrics=requests&by=source&range=all&where="
                            "environment:*"),
                        &status, &body, why);
    struct str text = buf_view(&body);
    if (rc == RC_OK && status != 200) {
        rc = why_set(why, RC_IO, "the ledger could not be asked: %.*s",
                     STR_ARG(text));
    }
    if (rc == RC_OK) {
        bool has_demo = str_find(text, STR("[\"demo\","), 0) != SIZE_MAX;
        bool has_other =
            str_find(text, STR("\"rows\":[]"), 0) == SIZE_MAX &&
            (!has_demo || str_find(text, STR("],["), 0) != SIZE_MAX);
        *ret_again = has_demo;
        if (has_other) {
            rc = why_set(why, RC_EXISTS,
                         "this ledger holds other events; make the demo in a "
                         "directory of its own with --data DIR");
        }
    }
    buf_fini(&body);
    return rc;
}

static enum cmd_exit run(struct cmd_call *call)
{
    struct session *session = NULL;
    struct demo_wish wish;
    struct why why;
    bool again = false;
    uint64_t n = 0;
    enum rc rc = read_wish(call, &wish, &why);

    if (rc == RC_OK) {
        rc = command_session(call, &session, &why);
    }
    if (rc == RC_OK) {
        rc = session_connect(session, "toll demo", &why);
    }
    if (rc == RC_OK) {
        rc = refuse_real_data(call, &again, &why);
    }
    if (rc == RC_OK) {
        rc = command_demo(call, session, &wish, &n, &why);
    }
    if (rc != RC_OK) {
        return cmd_fail(call, rc, &why);
    }
    printf("%llu demo events added%s in %s\n", (unsigned long long)n,
           again ? " to those that were there" : "", session->dir);
    printf("Look at them with: toll top, or toll serve\n");
    return CMD_EXIT_OK;
}

static const struct cmd_option options[] = {
    {"--seed", "N", "the same seed and end give the same company; 1", false},
    {"--days", "N", "of history; 90", false},
    {"--events", "N", "about this many; 300000", false},
    {"--end", "DATE", "the history ends before this day; now unless said",
     false},
};

const struct cmd cmd_demo = {
    .name = "demo",
    .args = "",
    .summary = "makes the history of a believable company",
    .details = "docs/demo.md tells its story and the incidents in it. It goes "
               "only into an\nempty ledger or one that holds a demo.\n\n"
               "  toll demo --data /tmp/demo && toll serve --data /tmp/demo",
    .option = options,
    .n_options = ARRAY_N(options),
    .run = run,
};
