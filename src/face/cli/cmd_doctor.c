/* toll doctor: is the server well, what arrived from where in the last
 * minutes, what of it bears no feature or no price, and the lines to paste
 * for more.  All figures are answers of /api/query. */
#include "face/cli/cmd_priv.h"

#include "base/json.h"
#include "base/near.h"
#include "base/utc.h"
#include "base/why.h"
#include "face/cli/setup_lines.h"

#include <stdio.h>

#define MINUTES_USUAL 15
#define MINUTES_MAX   (365 * 24 * 60)
#define US_PER_MINUTE (60 * UTC_US_PER_SECOND)

/* What is asked about the last minutes. */
enum view { VIEW_ARRIVED, VIEW_UNTAGGED, VIEW_UNPRICED, VIEW__COUNT };

static const struct {
    const char *name;
    const char *metrics;
    const char *by;
    const char *where; /* NULL: everything */
    const char *order;
} views[VIEW__COUNT] = {
    [VIEW_ARRIVED] = {"arrived", "requests,cost,input_tokens,output_tokens",
                      "source,provider,model", NULL, "-requests"},
    [VIEW_UNTAGGED] = {"untagged", "requests,cost", "source,provider,model",
                       "feature:", "-requests"},
    [VIEW_UNPRICED] = {"unpriced", "unpriced_requests", "provider,model", NULL,
                       "-unpriced_requests"},
};

struct doctor {
    struct cmd_call *call;
    int64_t minutes;
    struct str url; /* of the server; usual when there is none */
    bool has_server;
    struct buf trouble; /* why the server is not ready; empty: it is */
    struct buf answer[VIEW__COUNT];
    struct json *parsed[VIEW__COUNT];
};

/* ---- asking ---- */

static enum rc read_minutes(struct doctor *d, struct why *why)
{
    const char *text = cmd_value(d->call, "--minutes");

    d->minutes = MINUTES_USUAL;
    if (text != NULL && (str_to_i64(str_from_cz(text), &d->minutes) != RC_OK ||
                         d->minutes < 1 || d->minutes > MINUTES_MAX)) {
        return why_set(why, RC_INVALID,
                       "--minutes must be a whole number from 1 to %d",
                       MINUTES_MAX);
    }
    return RC_OK;
}

static void ask_ready(struct doctor *d)
{
    struct buf body;
    struct json *json = NULL;
    struct why why;
    int status = 0;

    buf_init(&body, 64 * 1024);
    enum rc rc = d->call->env->ask(d->call->env->arg, STR("/readyz"), STR_EMPTY,
                                   &status, &body, &why);
    if (rc != RC_OK) {
        buf_cz(&d->trouble, why.text);
    } else if (status != 200 &&
               json_parse(buf_view(&body), &json, &why) == RC_OK) {
        buf_str(&d->trouble,
                json_str(json_get(json_get(json, "error"), "message")));
    }
    json_free(&json);
    buf_fini(&body);
}

static enum cmd_exit ask_view(struct doctor *d, enum view view)
{
    struct buf query;
    struct buf at;
    struct why why;

    cmd_query_init(&query);
    buf_init(&at, 64);
    utc_add_text(&at, d->call->env->now_us - d->minutes * US_PER_MINUTE);
    cmd_query_add(&query, "from", buf_view(&at));
    buf_clear(&at);
    /* A call may bear a time a little ahead. */
    utc_add_text(&at, d->call->env->now_us + UTC_US_PER_HOUR);
    cmd_query_add(&query, "to", buf_view(&at));
    cmd_query_add(&query, "metrics", str_from_cz(views[view].metrics));
    cmd_query_add(&query, "by", str_from_cz(views[view].by));
    cmd_query_add(&query, "order", str_from_cz(views[view].order));
    cmd_query_add(&query, "where", STR("environment:*"));
    if (views[view].where != NULL) {
        cmd_query_add(&query, "where", str_from_cz(views[view].where));
    }
    cmd_query_add(&query, "limit", STR("10"));
    enum cmd_exit exit =
        cmd_get(d->call, STR("/api/query"), &query, &d->answer[view]);
    if (exit == CMD_EXIT_OK) {
        enum rc rc =
            json_parse(buf_view(&d->answer[view]), &d->parsed[view], &why);
        exit = rc == RC_OK ? CMD_EXIT_OK : cmd_fail(d->call, rc, &why);
    }
    buf_fini(&at);
    buf_fini(&query);
    return exit;
}

/* ---- telling ---- */

static double total_of(const struct doctor *d, enum view view,
                       const char *metric)
{
    return json_f64(json_get(json_get(d->parsed[view], "totals"), metric));
}

static void print_server(const struct doctor *d)
{
    if (!d->has_server) {
        (void)printf("server    none runs on these data; toll serve starts "
                     "one\n");
    } else if (d->trouble.n > 0) {
        (void)printf("server    %.*s, takes no events: %.*s\n", STR_ARG(d->url),
                     STR_ARG(buf_view(&d->trouble)));
    } else {
        (void)printf("server    %.*s, takes events\n", STR_ARG(d->url));
    }
}

static void print_arrived(const struct doctor *d)
{
    (void)printf("\nIn the last %lld minutes\n", (long long)d->minutes);
    if (total_of(d, VIEW_ARRIVED, "requests") > 0) {
        (void)cmd_draw(d->call, buf_view(&d->answer[VIEW_ARRIVED]));
    } else {
        (void)printf("no call was made that toll knows of\n");
    }
}

static void print_untagged(const struct doctor *d)
{
    double n = total_of(d, VIEW_UNTAGGED, "requests");

    if (n > 0) {
        (void)printf("\n%.0f of %.0f calls bear no feature. Send one "
                     "(X-Toll-Feature, or the field\n\"feature\"), or set it "
                     "by a rule in toll.yaml (docs/configuration.md):\n",
                     n, total_of(d, VIEW_ARRIVED, "requests"));
        (void)cmd_draw(d->call, buf_view(&d->answer[VIEW_UNTAGGED]));
    }
}

/* The rows are those of all models; the most unpriced stand first. */
static void print_unpriced(const struct doctor *d)
{
    double n = total_of(d, VIEW_UNPRICED, "unpriced_requests");
    const struct json *row =
        json_first(json_get(d->parsed[VIEW_UNPRICED], "rows"));
    struct buf line;

    if (n <= 0) {
        return;
    }
    (void)printf("\n%.0f calls have no price and are in no sum of money. State "
                 "one under\nprices.overrides in toll.yaml "
                 "(docs/pricing.md):\n",
                 n);
    for (; row != NULL; row = json_next(row)) {
        const struct json *provider = json_first(row);
        const struct json *model = json_next(provider);
        double n_calls = json_f64(json_next(model));

        buf_init(&line, 4096);
        table_safe(&line, json_str(provider));
        buf_char(&line, ' ');
        table_safe(&line, json_str(model));
        if (n_calls > 0) {
            (void)printf("  %.*s: %.0f\n", STR_ARG(buf_view(&line)), n_calls);
        }
        buf_fini(&line);
    }
}

static void print_setup(const struct doctor *d, const struct setup_lines *only)
{
    struct buf b;

    for (size_t i = 0; i < setup_table_n; i++) {
        const struct setup_lines *row = &setup_table[i];

        if (only != NULL && only != row) {
            continue;
        }
        buf_init(&b, 64 * 1024);
        setup_add(&b, row, d->url);
        if (only == NULL) {
            (void)printf("\n%s (--setup %s)\n", row->title, row->name);
        }
        (void)fwrite(b.p, 1, b.n, stdout);
        buf_fini(&b);
    }
}

static void print_json(const struct doctor *d)
{
    struct json_writer w;
    struct buf b;
    struct buf lines;

    buf_init(&b, SIZE_MAX);
    json_w_init(&w, &b);
    json_w_obj(&w);
    json_w_key(&w, STR("server"));
    if (d->has_server) {
        json_w_str(&w, d->url);
    } else {
        json_w_null(&w);
    }
    json_w_key(&w, STR("ready"));
    json_w_bool(&w, d->has_server && d->trouble.n == 0);
    json_w_key(&w, STR("minutes"));
    json_w_i64(&w, d->minutes);
    for (size_t i = 0; i < VIEW__COUNT; i++) {
        json_w_key(&w, str_from_cz(views[i].name));
        json_w_raw(&w, str_trim(buf_view(&d->answer[i])));
    }
    json_w_key(&w, STR("setup"));
    json_w_obj(&w);
    for (size_t i = 0; i < setup_table_n; i++) {
        buf_init(&lines, 64 * 1024);
        setup_add(&lines, &setup_table[i], d->url);
        json_w_key(&w, str_from_cz(setup_table[i].name));
        json_w_str(&w, buf_view(&lines));
        buf_fini(&lines);
    }
    json_w_obj_end(&w);
    json_w_obj_end(&w);
    (void)printf("%.*s\n", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

/* ---- the command ---- */

static enum rc find_setup(const char *name, const struct setup_lines **ret,
                          struct why *why)
{
    struct near near;

    near_init(&near, str_from_cz(name));
    for (size_t i = 0; i < setup_table_n; i++) {
        if (str_eq(str_from_cz(name), str_from_cz(setup_table[i].name))) {
            *ret = &setup_table[i];
            return RC_OK;
        }
        near_offer(&near, str_from_cz(setup_table[i].name));
    }
    return near_unknown(&near, "set-up", "toll doctor lists them", why);
}

static enum cmd_exit examine(struct doctor *d)
{
    enum cmd_exit exit = CMD_EXIT_OK;

    for (size_t i = 0; i < VIEW__COUNT && exit == CMD_EXIT_OK; i++) {
        exit = ask_view(d, (enum view)i);
    }
    if (exit != CMD_EXIT_OK) {
        return exit;
    }
    if (d->has_server) {
        ask_ready(d);
    }
    if (cmd_has(d->call, "--json")) {
        print_json(d);
    } else {
        print_server(d);
        print_arrived(d);
        print_untagged(d);
        print_unpriced(d);
        (void)printf("\nLines to paste\n");
        print_setup(d, NULL);
    }
    return d->trouble.n > 0 ? CMD_EXIT_FAILED : CMD_EXIT_OK;
}

static enum cmd_exit run(struct cmd_call *call)
{
    const char *setup = cmd_value(call, "--setup");
    const struct setup_lines *only = NULL;
    struct doctor d = {.call = call};
    struct why why;
    enum rc rc = read_minutes(&d, &why);

    if (rc == RC_OK && setup != NULL) {
        rc = find_setup(setup, &only, &why);
    }
    if (rc == RC_OK) {
        rc = call->env->server(call->env->arg, &d.url, &d.has_server, &why);
    }
    if (rc != RC_OK) {
        return cmd_fail(call, rc, &why);
    }
    if (only != NULL) {
        print_setup(&d, only);
        return CMD_EXIT_OK;
    }
    buf_init(&d.trouble, 64 * 1024);
    for (size_t i = 0; i < VIEW__COUNT; i++) {
        buf_init(&d.answer[i], SIZE_MAX);
    }
    enum cmd_exit exit = examine(&d);
    for (size_t i = 0; i < VIEW__COUNT; i++) {
        json_free(&d.parsed[i]);
        buf_fini(&d.answer[i]);
    }
    buf_fini(&d.trouble);
    return exit;
}

static const struct cmd_option options[] = {
    {"--minutes", "N", "how far to look back; 15", false},
    {"--setup", "NAME", "only the lines to paste for that client", false},
};

const struct cmd cmd_doctor = {
    .name = "doctor",
    .args = "",
    .forms = CMD_FORMS_JSON,
    .summary = "what arrives from where, what it lacks, how to send more",
    .details = "Exit status 1 when the server takes no events.\n\n"
               "  toll doctor\n"
               "  toll doctor --setup openai",
    .option = options,
    .n_options = ARRAY_N(options),
    .run = run,
};
