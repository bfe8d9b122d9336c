/* toll alerts test CHANNEL, toll alerts replay: the first word says which. */
#include "app/command.h"
#include "app/serve_notify.h"
#include "base/json.h"
#include "base/near.h"
#include "base/why.h"
#include "face/cli/cmd_alerts_replay.h"
#include "net/http_client.h"

#include <stdio.h>

static enum rc ask_server(struct session *s, struct str channel,
                          struct why *why)
{
    struct json_writer w;
    struct json *json = NULL;
    struct buf body;
    struct buf answer;
    char url[CONF_URL_MAX + 32];
    int status = 0;

    buf_init(&body, SIZE_MAX);
    buf_init(&answer, 64 * 1024);
    json_w_init(&w, &body);
    json_w_obj(&w);
    json_w_key(&w, STR("channel"));
    json_w_str(&w, channel);
    json_w_obj_end(&w);
    (void)snprintf(url, sizeof url, "%s/api/alerts/test", s->url);
    enum rc rc =
        http_client_post(s->client, url,
                         &(struct http_content){.type = "application/json",
                                                .bytes = buf_view(&body)},
                         &status, &answer, why);
    if (rc == RC_OK && status != 200) {
        struct str message = STR_EMPTY;

        if (json_parse(buf_view(&answer), &json, why) == RC_OK) {
            message = json_str(json_get(json_get(json, "error"), "message"));
        }
        rc = message.n > 0
                 ? why_set(why, RC_UNAVAILABLE, "%.*s", STR_ARG(message))
                 : why_set(why, RC_UNAVAILABLE, "%s answered %d", url, status);
    }
    json_free(&json);
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
    struct str channel = str_from_cz(call->arg[1]);
    rc = session->client != NULL
             ? ask_server(session, channel, &why)
             : notify_test(session->conf->channels, channel, NULL, NULL, &why);
    if (rc != RC_OK) {
        return cmd_fail(call, rc, &why);
    }
    printf("A test message was sent to channel %s.\n", call->arg[1]);
    return CMD_EXIT_OK;
}

static const struct word {
    const char *name;
    const char *args; /* behind it */
    size_t n_args;
    enum cmd_exit (*run)(struct cmd_call *call);
} words[] = {
    {"replay", "", 0, cmd_alerts_replay},
    {"test", " CHANNEL", 1, run_test},
};

static enum cmd_exit run(struct cmd_call *call)
{
    struct str name = str_from_cz(call->arg[0]);
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
        if (call->n_args == word->n_args + 1) {
            return word->run(call);
        }
        rc = why_set(&why, RC_INVALID, "use: toll alerts %s%s", word->name,
                     word->args);
        return cmd_fail(call, rc, &why);
    }
    rc = near_unknown(&near, "subcommand of alerts", "replay or test CHANNEL",
                      &why);
    return cmd_fail(call, rc, &why);
}

static const struct cmd_option options[] = {
    {"--from", "TIME", "of replay: a date or RFC 3339; included", false},
    {"--to", "TIME", "likewise; not included", false},
    {"--range", "WORD", "today, this-week, last-month, 7d, 30d, all, ...",
     false},
    {"--where", "FILTER", "feature:a|b, feature:!a, feature: (untagged)", true},
};

const struct cmd cmd_alerts = {
    .name = "alerts",
    .args = "replay | test CHANNEL",
    .n_args_min = 1,
    .n_args_max = 2,
    .forms = CMD_FORMS_JSON,
    .summary = "what would have been told of history; whether channels work",
    .details =
        "replay goes through history with the clock at event time and tells\n"
        "what would have been raised: of all history unless --from says,\n"
        "which still learns from what was before.\n\n"
        "test sends a test message to a channel of toll.yaml, by the running\n"
        "server when there is one, with the configuration and the\n"
        "environment that it has. Exit status 1, with the channel's own\n"
        "words, when it was not taken.\n\n"
        "  toll alerts replay\n"
        "  toll alerts replay --from 2026-11-01 --json\n"
        "  toll alerts test ops",
    .option = options,
    .n_options = ARRAY_N(options),
    .run = run,
};
