#include "app/command.h"
#include "app/sink.h"
#include "base/json.h"
#include "base/utc.h"
#include "base/why.h"
#include "capture/import/import.h"
#include "intake/reject.h"

#include <stdio.h>

/* Troubles told one by one; the rest is a number. */
#define TROUBLES_TOLD_MAX 20

struct import_job {
    struct sink *sink;
    uint64_t n_troubles;
};

static enum rc on_event(void *arg, struct event *ev, bool has_environment,
                        struct why *why)
{
    struct import_job *job = arg;

    return sink_put(job->sink, ev, has_environment, why);
}

static enum rc on_record(void *arg, struct record *rec, struct why *why)
{
    struct import_job *job = arg;

    return sink_put_record(job->sink, rec, why);
}

static void on_progress(void *arg, uint64_t done, uint64_t all,
                        uint64_t n_events)
{
    (void)arg;
    command_progress("importing", done, all, n_events);
}

static void on_trouble(void *arg, const char *path, struct str place,
                       struct str what)
{
    struct import_job *job = arg;

    if (++job->n_troubles > TROUBLES_TOLD_MAX) {
        return;
    }
    struct buf b;

    command_progress_end();
    buf_init(&b, SIZE_MAX);
    buf_cz(&b, path);
    buf_cz(&b, place.n > 0 ? " " : "");
    buf_str(&b, place);
    buf_cz(&b, ": ");
    buf_str(&b, what);
    cmd_tell(NULL, buf_view(&b));
    buf_fini(&b);
}

/* ---- what was done ---- */

static uint64_t n_rejected(const struct import_counts *c,
                           const struct sink_counts *k)
{
    return c->n_rejected + k->n_rejected + k->n_records_rejected;
}

static void print_json(const struct import_counts *c,
                       const struct sink_counts *k, const char *rejects)
{
    struct json_writer w;
    struct buf b;
    const struct {
        const char *name;
        uint64_t n;
    } member[] = {
        {"files", c->n_files},
        {"files_failed", c->n_files_failed},
        {"bytes", c->n_bytes},
        {"events", c->n_events},
        {"accepted", k->n_accepted},
        {"duplicates", k->n_duplicates},
        {"merged", c->n_merged},
        {"open", c->n_open},
        {"records", c->n_records},
        {"records_accepted", k->n_records},
        {"records_duplicates", k->n_record_duplicates},
        {"rejected", n_rejected(c, k)},
    };

    buf_init(&b, 64 * 1024);
    json_w_init(&w, &b);
    json_w_obj(&w);
    for (size_t i = 0; i < ARRAY_N(member); i++) {
        json_w_key(&w, str_from_cz(member[i].name));
        json_w_i64(&w, (int64_t)member[i].n);
    }
    json_w_key(&w, STR("reject_file"));
    if (rejects[0] != '\0') {
        json_w_str(&w, str_from_cz(rejects));
    } else {
        json_w_null(&w);
    }
    json_w_obj_end(&w);
    printf("%.*s\n", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

static void print_counts(const struct import_counts *c,
                         const struct sink_counts *k, const char *rejects)
{
    printf("%llu events added from %llu files (%.1f MB)",
           (unsigned long long)k->n_accepted, (unsigned long long)c->n_files,
           (double)c->n_bytes / 1e6);
    if (k->n_duplicates > 0) {
        printf(", %llu already there", (unsigned long long)k->n_duplicates);
    }
    if (c->n_merged > 0) {
        printf(", %llu repeated records merged",
               (unsigned long long)c->n_merged);
    }
    printf("\n");
    if (c->n_records > 0) {
        printf("%llu records beside the calls added",
               (unsigned long long)k->n_records);
        if (k->n_record_duplicates > 0) {
            printf(", %llu already there",
                   (unsigned long long)k->n_record_duplicates);
        }
        printf("\n");
    }
    if (c->n_open > 0) {
        printf("%llu calls, or sums of calls, may still grow; a later import "
               "takes them\n",
               (unsigned long long)c->n_open);
    }
    if (c->n_files_failed > 0) {
        printf("%llu files could not be used\n",
               (unsigned long long)c->n_files_failed);
    }
    if (n_rejected(c, k) > 0) {
        printf("%llu records refused; mend them in %s and import that file\n",
               (unsigned long long)n_rejected(c, k),
               rejects[0] != '\0' ? rejects : "the server's rejects directory");
    }
}

/* Where the money of what was read went. */
static enum cmd_exit report(const struct cmd_call *call,
                            const struct import_counts *c)
{
    struct buf query;
    struct buf body;
    struct buf at;

    cmd_query_init(&query);
    buf_init(&body, SIZE_MAX);
    buf_init(&at, 64);
    cmd_query_add(&query, "metrics",
                  STR("cost,requests,input_tokens,output_tokens,"
                      "unpriced_requests"));
    cmd_query_add(&query, "by", STR("feature,model"));
    cmd_query_add(&query, "order", STR("-cost"));
    cmd_query_add(&query, "limit", STR("10"));
    cmd_query_add(&query, "where", STR("environment:*"));
    utc_add_text(&at, c->first_us);
    cmd_query_add(&query, "from", buf_view(&at));
    buf_clear(&at);
    utc_add_text(&at, c->last_us + 1);
    cmd_query_add(&query, "to", buf_view(&at));
    enum cmd_exit exit = cmd_get(call, STR("/api/query"), &query, &body);
    if (exit == CMD_EXIT_OK) {
        printf("\n");
        exit = cmd_draw(call, buf_view(&body));
    }
    buf_fini(&at);
    buf_fini(&body);
    buf_fini(&query);
    return exit;
}

static enum cmd_exit tell(const struct cmd_call *call,
                          const struct import_job *job,
                          const struct import_counts *c,
                          const struct sink_counts *k, const char *rejects)
{
    uint64_t n_refused = n_rejected(c, k);
    enum cmd_exit exit = CMD_EXIT_OK;

    if (job->n_troubles > TROUBLES_TOLD_MAX) {
        (void)fprintf(
            stderr, "and %llu more\n",
            (unsigned long long)(job->n_troubles - TROUBLES_TOLD_MAX));
    }
    if (cmd_has(call, "--json")) {
        print_json(c, k, rejects);
    } else {
        print_counts(c, k, rejects);
        if (c->n_events > 0) {
            exit = report(call, c);
        }
    }
    if (exit != CMD_EXIT_OK) {
        return exit;
    }
    if (c->n_files == 0 && c->n_files_failed > 0) {
        return CMD_EXIT_FAILED;
    }
    return n_refused > 0 || c->n_files_failed > 0 ? CMD_EXIT_PARTLY
                                                  : CMD_EXIT_OK;
}

static enum cmd_exit run(struct cmd_call *call)
{
    struct session *session = NULL;
    struct import_job job = {.sink = NULL};
    struct import_counts counts;
    struct sink_counts stored;
    struct why why;
    enum cmd_exit exit;
    enum rc rc = command_session_soon(call, &session, &why);

    if (rc != RC_OK) {
        return cmd_fail(call, rc, &why);
    }
    struct reject_log *rejects = reject_open(session->dir);
    job.sink = sink_new(session, EVENT_SOURCE_IMPORT);
    rc = import_run(
        &(struct import_options){.format = cmd_value(call, "--format"),
                                 .map_path = cmd_value(call, "--map"),
                                 .now_us = call->env->now_us,
                                 .sink = on_event,
                                 .record = on_record,
                                 .progress = on_progress,
                                 .trouble = on_trouble,
                                 .arg = &job,
                                 .rejects = rejects},
        call->arg, call->n_args, &counts, &why);
    if (rc == RC_OK) {
        rc = sink_finish(job.sink, &stored, &why);
    }
    command_progress_end();
    exit = rc == RC_OK
               ? tell(call, &job, &counts, &stored, reject_path(rejects))
               : cmd_fail(call, rc, &why);
    sink_free(&job.sink);
    reject_close(&rejects);
    return exit;
}

static const struct cmd_option options[] = {
    {"--format", "NAME", "what the files are, when content does not tell",
     false},
    {"--map", "FILE", "which CSV column is which field (docs/import.md)",
     false},
};

const struct cmd cmd_import = {
    .name = "import",
    .args = "PATH...",
    .n_args_min = 1,
    .n_args_max = CMD_ARGS_ANY,
    .forms = CMD_FORMS_JSON,
    .summary = "files and folders a team already has; twice adds nothing",
    .details =
        "Folders are walked, formats found by content, - is standard input.\n"
        "Known: events in NDJSON, JSON or CSV, Claude Code and Codex sessions,\n"
        "LiteLLM spend logs, OpenRouter activity, Helicone requests, Langfuse\n"
        "observations, Bedrock's invocation log, refused events mended;\n"
        "outcomes, releases, customers, invoices (docs/records.md); with\n"
        "--format, usage reports of Anthropic and OpenAI.\n"
        "Exit status 3 when some records or files were refused.\n\n"
        "  toll import ~/.claude/projects ~/.codex/sessions\n"
        "  toll import --map columns.json spend.csv",
    .option = options,
    .n_options = ARRAY_N(options),
    .run = run,
};
