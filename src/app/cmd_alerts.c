/* toll alerts: the first word says which. */
#include "app/alert_change.h"
#include "app/command.h"
#include "app/serve_notify.h"
#include "base/json.h"
#include "base/near.h"
#include "base/why.h"
#include "face/cli/cmd_alerts_list.h"
#include "face/cli/cmd_alerts_replay.h"
#include "query/period.h"

#include <stdio.h>

/* ---- through the server ---- */

/* Posts to one of the server's routes; its error's words when it refuses. */
static enum rc post(struct session *s, struct str path, struct str body,
                    struct buf *ret_answer, struct why *why)
{
    int status = 0;
    enum rc rc = session_post(s, path, body, &status, ret_answer, why);

    return rc == RC_OK ? session_check(s, status, buf_view(ret_answer), why)
                       : rc;
}

static void member(struct json_writer *w, const char *name, const char *value)
{
    if (value != NULL) {
        json_w_key(w, str_from_cz(name));
        json_w_str(w, str_from_cz(value));
    }
}

static enum rc ask_test(struct session *s, const char *channel, struct why *why)
{
    struct json_writer w;
    struct buf body;
    struct buf answer;

    buf_init(&body, SIZE_MAX);
    buf_init(&answer, 64 * 1024);
    json_w_init(&w, &body);
    json_w_obj(&w);
    member(&w, "channel", channel);
    json_w_obj_end(&w);
    enum rc rc =
        post(s, STR("/api/alerts/test"), buf_view(&body), &answer, why);
    buf_fini(&body);
    buf_fini(&answer);
    return rc;
}

static enum cmd_exit run_test(struct cmd_call *call)
{
    struct session *session = NULL;
    struct why why;
    enum rc rc = command_session(call, &session, &why);

    if (rc != RC_OK) {
        return cmd_fail(call, rc, &why);
    }
    rc = session->client != NULL
             ? ask_test(session, call->arg[1], &why)
             : notify_test(session->conf->channels, str_from_cz(call->arg[1]),
                           NULL, NULL, &why);
    if (rc != RC_OK) {
        return cmd_fail(call, rc, &why);
    }
    printf("A test message was sent to channel %s.\n", call->arg[1]);
    return CMD_EXIT_OK;
}

/* ---- what is done about one ---- */

static enum rc change_here(struct session *s, const struct cmd_call *call,
                           struct str body, struct buf *ret_answer,
                           struct why *why)
{
    struct alert_change change = {.id = str_from_cz(call->arg[1]),
                                  .verb = str_from_cz(call->arg[0]),
                                  .body = body,
                                  .now_us = call->env->now_us};
    struct period_zone *zone = NULL;
    struct incident_box *box = NULL;
    int status = 0;
    struct buf path;
    enum rc rc = period_zone_open(s->conf->timezone, &zone, why);

    buf_init(&path, 4096);
    change.zone = zone;
    if (rc == RC_OK) {
        rc = session_incidents(s, &box, why);
    }
    if (rc == RC_OK) {
        rc = alert_change(box, &change, why);
    }
    if (rc == RC_OK) {
        cmd_alerts_path(&path, call->arg[1], NULL);
        rc = session_ask(s, buf_view(&path), STR_EMPTY, &status, ret_answer,
                         why);
    }
    period_zone_close(&zone);
    buf_fini(&path);
    return rc;
}

static enum rc change_there(struct session *s, const struct cmd_call *call,
                            struct str body, struct buf *ret_answer,
                            struct why *why)
{
    struct buf path;

    buf_init(&path, 4096);
    cmd_alerts_path(&path, call->arg[1], call->arg[0]);
    enum rc rc = post(s, buf_view(&path), body, ret_answer, why);
    buf_fini(&path);
    return rc;
}

static enum cmd_exit run_change(struct cmd_call *call)
{
    struct session *session = NULL;
    struct json_writer w;
    struct buf body;
    struct buf answer;
    struct why why;
    enum cmd_exit exit = CMD_EXIT_OK;
    enum rc rc = command_session(call, &session, &why);

    buf_init(&body, 64 * 1024);
    buf_init(&answer, SIZE_MAX);
    json_w_init(&w, &body);
    json_w_obj(&w);
    member(&w, "by", cmd_value(call, "--by"));
    member(&w, "note", cmd_value(call, "--note"));
    member(&w, "until", cmd_value(call, "--until"));
    member(&w, "for", cmd_value(call, "--for"));
    json_w_obj_end(&w);
    if (rc == RC_OK) {
        rc = session->client != NULL
                 ? change_there(session, call, buf_view(&body), &answer, &why)
                 : change_here(session, call, buf_view(&body), &answer, &why);
    }
    if (rc != RC_OK) {
        exit = cmd_fail(call, rc, &why);
    } else {
        exit = cmd_alerts_print(call, buf_view(&answer));
    }
    buf_fini(&body);
    buf_fini(&answer);
    return exit;
}

static const struct word {
    const char *name;
    const char *args; /* behind it */
    size_t n_args;
    enum cmd_exit (*run)(struct cmd_call *call);
} words[] = {
    {"ack", " ID", 1, run_change},        {"list", "", 0, cmd_alerts_list},
    {"replay", "", 0, cmd_alerts_replay}, {"show", " ID", 1, cmd_alerts_show},
    {"snooze", " ID", 1, run_change},     {"test", " CHANNEL", 1, run_test},
};

static enum cmd_exit run(struct cmd_call *call)
{
    struct str name =
        call->n_args > 0 ? str_from_cz(call->arg[0]) : STR("list");
    struct near near;
    struct why why;
    enum rc rc;

    near_init(&near, name);
    for (size_t i = 0; i < ARRAY_N(words); i++) {
        const struct word *word = &words[i];
        near_offer(&near, str_from_cz(word->name));
        if (!str_eq(name, str_from_cz(word->name))) {
            continue;
        }
        if (call->n_args == word->n_args + 1 || call->n_args == 0) {
            return word->run(call);
        }
        rc = why_set(&why, RC_INVALID, "use: toll alerts %s%s", word->name,
                     word->args);
        return cmd_fail(call, rc, &why);
    }
    rc = near_unknown(&near, "subcommand of alerts",
                      "list, show ID, ack ID, snooze ID, test CHANNEL or "
                      "replay",
                      &why);
    return cmd_fail(call, rc, &why);
}

static const struct cmd_option options[] = {
    {"--all", NULL, "of list: those that are over as well", false},
    {"--by", "NAME", "of ack: who has it in hand", false},
    {"--note", "TEXT", "of ack: what there is to say", false},
    {"--until", "TIME", "of snooze: a date or RFC 3339", false},
    {"--for", "LENGTH", "of snooze: 30m, 4h, 2d", false},
    {"--from", "TIME", "of replay: a date or RFC 3339; included", false},
    {"--to", "TIME", "likewise; not included", false},
    {"--range", "WORD", "today, this-week, last-month, 7d, 30d, all, ...",
     false},
    {"--where", "FILTER", "feature:a|b, feature:!a, feature: (untagged)", true},
};

const struct cmd cmd_alerts = {
    .name = "alerts",
    .args = "[list | show ID | ack ID | snooze ID | test CHANNEL | replay]",
    .n_args_max = 2,
    .forms = CMD_FORMS_JSON,
    .summary = "what moved that should not have; who has it in hand",
    .details =
        "list tells what is open, with --all what is over too; show tells one\n"
        "of them in full. ack says that somebody has it: from then on only\n"
        "its getting urgent and its end are told. snooze puts it off.\n\n"
        "test sends a test message to a channel of toll.yaml, by the running\n"
        "server when there is one, with the configuration and the\n"
        "environment that it has. Exit status 1, with the channel's own\n"
        "words, when it was not taken.\n\n"
        "replay goes through history with the clock at event time and tells\n"
        "what would have been raised: of all history unless --from says,\n"
        "which still learns from what was before.\n\n"
        "  toll alerts\n"
        "  toll alerts ack 3f2a9c01d4e7 --by ana --note 'rolling back'\n"
        "  toll alerts snooze 3f2a9c01d4e7 --for 4h\n"
        "  toll alerts test ops\n"
        "  toll alerts replay --from 2026-11-01 --json",
    .option = options,
    .n_options = ARRAY_N(options),
    .run = run,
};
