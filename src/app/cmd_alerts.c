/* toll alerts test CHANNEL. */
#include "app/command.h"
#include "app/serve_notify.h"
#include "base/json.h"
#include "base/near.h"
#include "base/why.h"
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

static enum rc check_words(const struct cmd_call *call, struct why *why)
{
    struct near near;
    struct str word = str_from_cz(call->arg[0]);

    if (str_eq(word, STR("test"))) {
        return RC_OK;
    }
    near_init(&near, word);
    near_offer(&near, STR("test"));
    return near_unknown(&near, "subcommand of alerts", "test CHANNEL", why);
}

static enum cmd_exit run(struct cmd_call *call)
{
    struct session *session = NULL;
    struct why why;
    enum rc rc = check_words(call, &why);

    if (rc == RC_OK) {
        rc = command_session(call, &session, &why);
    }
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

const struct cmd cmd_alerts = {
    .name = "alerts",
    .args = "test CHANNEL",
    .n_args_min = 2,
    .n_args_max = 2,
    .forms = CMD_FORMS_TEXT,
    .summary = "sends a test message to a channel of toll.yaml",
    .details = "By the running server when there is one, with the "
               "configuration and the environment that it has. Exit status 1, "
               "with the channel's own words, when it was not taken.\n\n"
               "  toll alerts test ops",
    .run = run,
};
