#include "app/command.h"
#include "app/conf.h"
#include "base/json.h"
#include "base/why.h"
#include "face/notify/notify.h"

#include <stdio.h>

/* What is no fault of the file: variables that are not set here. */
static void each_note(const struct conf *conf,
                      void (*tell)(void *arg, struct str note), void *arg)
{
    struct buf note;

    buf_init(&note, 4096);
    for (size_t i = 0; conf != NULL && i < channels_n(conf->channels); i++) {
        const struct channel *c = channels_at(conf->channels, i);

        if (c->missing_env.n > 0) {
            buf_clear(&note);
            buf_fmt(&note,
                    "channel %.*s: the environment variable %.*s is not set "
                    "here",
                    STR_ARG(c->name), STR_ARG(c->missing_env));
            tell(arg, buf_view(&note));
        }
    }
    buf_fini(&note);
}

static void note_json(void *arg, struct str note)
{
    json_w_str(arg, note);
}

static void note_text(void *arg, struct str note)
{
    (void)arg;
    cmd_tell("note", note);
}

static void print_json(const struct conf *conf, struct str problems)
{
    struct json_writer w;
    struct buf b;
    struct str line;

    buf_init(&b, 1024 * 1024);
    json_w_init(&w, &b);
    json_w_obj(&w);
    json_w_key(&w, STR("ok"));
    json_w_bool(&w, conf != NULL);
    json_w_key(&w, STR("problems"));
    json_w_arr(&w);
    while (str_cut(&problems, '\n', &line)) {
        if (line.n > 0) {
            json_w_str(&w, line);
        }
    }
    json_w_arr_end(&w);
    json_w_key(&w, STR("notes"));
    json_w_arr(&w);
    each_note(conf, note_json, &w);
    json_w_arr_end(&w);
    json_w_obj_end(&w);
    printf("%.*s\n", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

static enum cmd_exit run(struct cmd_call *call)
{
    struct conf *conf = NULL;
    struct buf problems;
    struct why why;
    const char *path =
        call->n_args > 0 ? call->arg[0] : cmd_value(call, "--config");

    buf_init(&problems, 1024 * 1024);
    enum rc rc = session_config(path, &conf, &problems, &why);
    if (cmd_has(call, "--json")) {
        print_json(conf, buf_view(&problems));
    } else if (rc != RC_OK) {
        struct str rest = buf_view(&problems);
        struct str line;

        while (str_cut(&rest, '\n', &line) && rest.p != NULL) {
            cmd_tell(NULL, line);
        }
    } else if (conf->path == NULL) {
        printf("There is no configuration file; the defaults hold.\n");
    } else {
        printf("%s is good.\n", conf->path);
        each_note(conf, note_text, NULL);
    }
    conf_free(&conf);
    buf_fini(&problems);
    return rc == RC_OK                          ? CMD_EXIT_OK
           : rc == RC_INVALID || rc == RC_PARSE ? CMD_EXIT_LIMIT
                                                : CMD_EXIT_FAILED;
}

const struct cmd cmd_check_config = {
    .name = "check-config",
    .args = "[FILE]",
    .n_args_max = 1,
    .forms = CMD_FORMS_JSON,
    .summary = "reads toll.yaml and tells everything that is wrong in it",
    .details = "Exit status 4 when something is wrong. "
               "docs/configuration.md describes the file.",
    .run = run,
};
