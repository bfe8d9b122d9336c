/* toll review --send: has the running server send the review, and tells what
 * became of it. */
#include "base/json.h"
#include "base/why.h"
#include "face/cli/cmd_insight_priv.h"
#include "face/cli/cmd_priv.h"
#include "insight/insight.h"

#include <stdio.h>
#include <unistd.h>

/* A channel mostly answers within a second; what takes longer goes on without
 * somebody who waits. */
#define LOOKS_MAX 50
#define LOOK_US   (100 * 1000)

#define SEND_PATH "/api/review/send"

static void member(struct json_writer *w, const char *name, const char *value)
{
    if (value != NULL) {
        json_w_key(w, str_from_cz(name));
        json_w_str(w, str_from_cz(value));
    }
}

static void add_body(const struct cmd_call *call, struct buf *body)
{
    struct json_writer w;

    json_w_init(&w, body);
    json_w_obj(&w);
    member(&w, "channel", cmd_value(call, "--send"));
    member(&w, "note", cmd_value(call, "--note"));
    member(&w, "id", cmd_value(call, "--id"));
    if (cmd_has(call, "--again")) {
        json_w_key(&w, STR("again"));
        json_w_bool(&w, true);
    }
    json_w_obj_end(&w);
}

/* ---- what became of it ---- */

struct fate {
    struct buf see; /* the route that tells it */
    struct buf review;
    struct json *message; /* as it was seen last */
};

static struct str text_of(const struct fate *f, const char *name)
{
    return json_str(json_get(f->message, name));
}

static bool is_over(const struct fate *f)
{
    return str_eq(text_of(f, "state"), STR("sent")) ||
           str_eq(text_of(f, "state"), STR("failed")) ||
           text_of(f, "error").n > 0;
}

static enum rc look(const struct cmd_call *call, struct fate *f,
                    struct why *why)
{
    struct buf body;
    int status = 0;

    buf_init(&body, SIZE_MAX);
    enum rc rc = call->env->ask(call->env->arg, buf_view(&f->see), STR_EMPTY,
                                &status, &body, why);
    if (rc == RC_OK && status == 200) {
        json_free(&f->message);
        rc = json_parse(buf_view(&body), &f->message, why);
    }
    buf_fini(&body);
    return rc;
}

static enum cmd_exit tell(const struct cmd_call *call, const struct fate *f)
{
    struct str channel = text_of(f, "channel");
    struct str error = text_of(f, "error");
    enum cmd_exit exit = CMD_EXIT_OK;
    struct buf b;

    buf_init(&b, 64 * 1024);
    buf_fmt(&b, "The review of %.*s ", STR_ARG(buf_view(&f->review)));
    if (str_eq(text_of(f, "state"), STR("sent"))) {
        buf_fmt(&b, "was sent to channel %.*s.", STR_ARG(channel));
    } else if (str_eq(text_of(f, "state"), STR("failed"))) {
        buf_fmt(&b, "was not sent to channel %.*s: %.*s", STR_ARG(channel),
                STR_ARG(error));
        exit = CMD_EXIT_FAILED;
    } else if (error.n > 0) {
        buf_fmt(&b,
                "waits for channel %.*s, which will be tried again: %.*s; GET "
                "%.*s tells what becomes of it.",
                STR_ARG(channel), STR_ARG(error), STR_ARG(buf_view(&f->see)));
    } else {
        buf_fmt(&b,
                "is on its way to channel %.*s; GET %.*s tells what becomes "
                "of it.",
                STR_ARG(channel), STR_ARG(buf_view(&f->see)));
    }
    if (exit == CMD_EXIT_OK) {
        struct buf line;
        buf_init(&line, 64 * 1024);
        table_safe(&line, buf_view(&b));
        printf("%.*s\n", STR_ARG(buf_view(&line)));
        buf_fini(&line);
    } else {
        struct why why;
        (void)why_set(&why, RC_UNAVAILABLE, "%.*s", STR_ARG(buf_view(&b)));
        (void)cmd_fail(call, RC_UNAVAILABLE, &why);
    }
    buf_fini(&b);
    return exit;
}

/* Of the answer to what was asked. */
static enum cmd_exit follow(const struct cmd_call *call, struct str answer)
{
    struct fate f = {.message = NULL};
    struct json *json = NULL;
    struct why why;
    enum rc rc = json_parse(answer, &json, &why);

    buf_init(&f.see, 256);
    buf_init(&f.review, 256);
    buf_str(&f.see, json_str(json_get(json, "see")));
    buf_str(&f.review, json_str(json_get(json, "review")));
    json_free(&json);
    if (rc == RC_OK) {
        rc = look(call, &f, &why);
    }
    for (int i = 0; rc == RC_OK && !is_over(&f) && i < LOOKS_MAX; i++) {
        (void)usleep(LOOK_US);
        rc = look(call, &f, &why);
    }
    enum cmd_exit exit =
        rc == RC_OK ? tell(call, &f) : cmd_fail(call, rc, &why);
    json_free(&f.message);
    buf_fini(&f.see);
    buf_fini(&f.review);
    return exit;
}

/* ---- the command ---- */

static const struct cmd_option options[] = {
    {"--send", "CHANNEL", "send it to a channel of toll.yaml, by the server",
     false},
    {"--note", "TEXT", "with --send: what stands above it", false},
    {"--id", "KEY", "with --send: the same key sends once", false},
    {"--again", NULL, "with --send: also if the channel has just had it",
     false},
};

static enum rc check(const struct cmd_call *call, struct why *why)
{
    bool sends = cmd_has(call, "--send");

    for (size_t i = 1; !sends && i < ARRAY_N(options); i++) {
        if (cmd_has(call, options[i].name)) {
            return why_set(why, RC_INVALID, "%s comes with --send CHANNEL",
                           options[i].name);
        }
    }
    if (sends && (cmd_has(call, "--format") || cmd_has(call, "--csv"))) {
        return why_set(why, RC_INVALID,
                       "the channel's kind says in which form a review is "
                       "sent; leave --format and --csv out");
    }
    return RC_OK;
}

static void add_params(const struct cmd_call *call, struct buf *query)
{
    struct str subject;
    const struct insight *row = insight_of(STR("/api/review"), &subject);

    for (size_t i = 0; i < row->n_params; i++) {
        const char *value;
        char option[64];
        size_t pos = 0;

        (void)snprintf(option, sizeof option, "--%s", row->param[i].name);
        while ((value = cmd_value_next(call, option, &pos)) != NULL) {
            cmd_query_add(query, row->param[i].name, str_from_cz(value));
        }
    }
}

static enum cmd_exit send(const struct cmd_call *call)
{
    struct buf query;
    struct buf body;
    struct buf answer;

    cmd_query_init(&query);
    buf_init(&body, SIZE_MAX);
    buf_init(&answer, SIZE_MAX);
    add_params(call, &query);
    add_body(call, &body);
    enum cmd_exit exit =
        cmd_post(call, STR(SEND_PATH), &query, buf_view(&body), &answer);
    if (exit == CMD_EXIT_OK && cmd_has(call, "--json")) {
        (void)fwrite(answer.p, 1, answer.n, stdout);
    } else if (exit == CMD_EXIT_OK) {
        exit = follow(call, buf_view(&answer));
    }
    buf_fini(&query);
    buf_fini(&body);
    buf_fini(&answer);
    return exit;
}

static bool run(const struct cmd_call *call, enum cmd_exit *ret)
{
    struct why why;
    enum rc rc = check(call, &why);

    if (rc != RC_OK) {
        *ret = cmd_fail(call, rc, &why);
    } else if (cmd_has(call, "--send")) {
        *ret = send(call);
    }
    return rc != RC_OK || cmd_has(call, "--send");
}

const struct cmd_insight_more cmd_insight_review = {
    .insight = "review",
    .option = options,
    .n_options = ARRAY_N(options),
    .run = run,
};
