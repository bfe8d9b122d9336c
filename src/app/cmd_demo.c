#include "app/command.h"
#include "app/sink.h"
#include "base/json.h"
#include "base/utc.h"
#include "base/why.h"
#include "capture/demo/demo.h"

#include <stdio.h>

static enum rc put(void *arg, struct event *ev, bool has_environment,
                   struct why *why)
{
    return sink_put(arg, ev, has_environment, why);
}

static enum rc put_record(void *arg, struct record *rec, struct why *why)
{
    return sink_put_record(arg, rec, why);
}

static void progress(void *arg, uint64_t done, uint64_t all, uint64_t n_events)
{
    (void)arg;
    command_progress("making the demo company", done, all, n_events);
}

enum rc command_demo(struct session *session, const struct demo_wish *wish,
                     uint64_t *ret_n, struct why *why)
{
    struct sink *sink = sink_new(session, EVENT_SOURCE_DEMO);
    struct sink_counts counts;
    enum rc rc = demo_make(&(struct demo_options){.seed = wish->seed,
                                                  .end_us = wish->end_us,
                                                  .days = wish->days,
                                                  .n_events = wish->n_events,
                                                  .sink = put,
                                                  .record = put_record,
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

enum rc command_demo_check(const struct cmd_call *call, uint64_t *ret_n,
                           struct why *why)
{
    struct json *json = NULL;
    struct buf body;
    int64_t n_here = 0;
    uint64_t n = 0;
    int status = 0;
    enum rc rc;

    buf_init(&body, 1024 * 1024);
    rc = call->env->ask(call->env->arg, STR("/api/query"),
                        STR("metrics=requests&by=source&range=all&where="
                            "environment:*"),
                        &status, &body, why);
    if (rc == RC_OK) {
        rc = json_parse(buf_view(&body), &json, why);
    }
    if (rc == RC_OK && status != 200) {
        rc = why_set(why, RC_IO, "the ledger could not be asked: status %d",
                     status);
    }
    for (const struct json *row = json_first(json_get(json, "rows"));
         rc == RC_OK && row != NULL; row = json_next(row)) {
        const struct json *source = json_first(row);
        if (!str_eq(json_str(source), STR("demo"))) {
            rc = why_set(why, RC_EXISTS,
                         "this ledger holds other events; make the demo in a "
                         "directory of its own with --data DIR");
        } else {
            rc = json_i64(json_next(source), &n_here);
            n += (uint64_t)n_here;
        }
    }
    if (rc == RC_OK) {
        *ret_n = n;
    }
    json_free(&json);
    buf_fini(&body);
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
    int64_t seed = DEMO_SEED;
    int64_t days = DEMO_DAYS;
    int64_t n = DEMO_EVENTS;
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

static void tell(const struct cmd_call *call, const struct session *session,
                 uint64_t n, uint64_t n_before)
{
    struct json_writer w;
    struct buf b;

    if (!cmd_has(call, "--json")) {
        printf("%llu demo events added%s in %s\n"
               "Look at them with: toll top, or toll serve\n",
               (unsigned long long)n,
               n_before > 0 ? " to those that were there" : "", session->dir);
        return;
    }
    buf_init(&b, SIZE_MAX);
    json_w_init(&w, &b);
    json_w_obj(&w);
    json_w_key(&w, STR("accepted"));
    json_w_i64(&w, (int64_t)n);
    json_w_key(&w, STR("data"));
    json_w_str(&w, str_from_cz(session->dir));
    json_w_obj_end(&w);
    printf("%.*s\n", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

static enum cmd_exit run(struct cmd_call *call)
{
    struct session *session = NULL;
    struct demo_wish wish;
    struct why why;
    uint64_t n_before = 0;
    uint64_t n = 0;
    enum rc rc = read_wish(call, &wish, &why);

    if (rc == RC_OK) {
        rc = command_session(call, &session, &why);
    }
    if (rc == RC_OK) {
        rc = command_demo_check(call, &n_before, &why);
    }
    if (rc == RC_OK) {
        rc = command_demo(session, &wish, &n, &why);
    }
    if (rc != RC_OK) {
        return cmd_fail(call, rc, &why);
    }
    tell(call, session, n, n_before);
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
    .forms = CMD_FORMS_JSON,
    .summary = "makes the history of a believable company",
    .details = "docs/demo.md tells its story and the incidents in it. It goes "
               "only into an\nempty ledger or one that holds a demo.\n\n"
               "  toll demo --data /tmp/demo && toll serve --data /tmp/demo",
    .option = options,
    .n_options = ARRAY_N(options),
    .run = run,
};
