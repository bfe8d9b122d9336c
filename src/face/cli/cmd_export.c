/* toll export: every event of a range, page by page, so that neither side
 * ever holds more than a page. */
#include "face/cli/cmd_priv.h"

#include "base/json.h"
#include "base/why.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PAGE "20000"

struct export
{
    const struct cmd_call *call;
    FILE *to;
    const char *path;  /* of the file; NULL for standard output */
    struct buf cursor; /* "MICROSECONDS:ID" of the last event written */
    uint64_t n_events;
};

static void add_page_params(struct export *x, struct buf *query)
{
    cmd_pass_on(x->call, "--output", query);
    if (!cmd_has(x->call, "--range") && !cmd_has(x->call, "--from")) {
        cmd_query_add(query, "range", STR("all"));
    }
    cmd_query_add(query, "order", STR("asc"));
    cmd_query_add(query, "limit", STR(PAGE));
    cmd_query_add(query, "envelope", STR("1"));
    if (x->cursor.n > 0) {
        cmd_query_add(query, "after", buf_view(&x->cursor));
    }
}

/* Standard output is looked at when the command ends, as of all commands. */
static enum cmd_exit write_failed(const struct export *x)
{
    struct why why;

    if (x->path == NULL) {
        return CMD_EXIT_FAILED;
    }
    return cmd_fail(x->call, why_errno(&why, errno, "writing %s", x->path),
                    &why);
}

/* Writes one page and remembers where the next begins. */
static enum cmd_exit write_page(struct export *x, struct str body)
{
    struct json *page = NULL;
    struct why why;
    int64_t n = 0;
    enum cmd_exit exit = CMD_EXIT_OK;
    enum rc rc = json_parse(body, &page, &why);

    if (rc != RC_OK) {
        return cmd_fail(x->call, RC_CORRUPT, &why);
    }
    struct str text = json_str(json_get(page, "text"));
    if (json_i64(json_get(page, "n"), &n) == RC_OK) {
        x->n_events += (uint64_t)n;
    }
    buf_clear(&x->cursor);
    buf_str(&x->cursor, json_str(json_get(page, "next")));
    if (fwrite(text.p, 1, text.n, x->to) != text.n) {
        exit = write_failed(x);
    }
    json_free(&page);
    return exit;
}

static enum cmd_exit write_events(struct export *x)
{
    bool shows = isatty(STDERR_FILENO) != 0 && x->path != NULL;
    enum cmd_exit exit = CMD_EXIT_OK;

    do {
        struct buf query;
        struct buf body;

        cmd_query_init(&query);
        buf_init(&body, SIZE_MAX);
        add_page_params(x, &query);
        exit = cmd_get(x->call, STR("/api/events"), &query, &body);
        if (exit == CMD_EXIT_OK) {
            exit = write_page(x, buf_view(&body));
        }
        if (shows) {
            (void)fprintf(stderr, "\r%llu events",
                          (unsigned long long)x->n_events);
        }
        buf_fini(&body);
        buf_fini(&query);
    } while (exit == CMD_EXIT_OK && x->cursor.n > 0);
    if (shows) {
        (void)fputc('\n', stderr);
    }
    return exit;
}

/* To a new file, which does not stay when it is not whole. */
static enum cmd_exit write_file(struct export *x)
{
    struct why why;

    x->to = fopen(x->path, "wbx");
    if (x->to == NULL) {
        return cmd_fail(x->call, why_errno(&why, errno, "creating %s", x->path),
                        &why);
    }
    enum cmd_exit exit = write_events(x);
    if (fclose(x->to) != 0 && exit == CMD_EXIT_OK) {
        exit = write_failed(x);
    }
    if (exit != CMD_EXIT_OK) {
        (void)remove(x->path);
    }
    return exit;
}

static enum cmd_exit run(struct cmd_call *call)
{
    const char *format = cmd_value(call, "--format");
    const char *path = cmd_value(call, "--output");
    struct export x = {.call = call, .to = stdout};
    struct why why;

    if (format == NULL ||
        (strcmp(format, "csv") != 0 && strcmp(format, "ndjson") != 0)) {
        (void)why_set(&why, RC_INVALID, "say --format csv or --format ndjson");
        return cmd_fail(call, RC_INVALID, &why);
    }
    buf_init(&x.cursor, 4096);
    if (path != NULL && strcmp(path, "-") != 0) {
        x.path = path;
    }
    enum cmd_exit exit = x.path != NULL ? write_file(&x) : write_events(&x);
    buf_fini(&x.cursor);
    return exit;
}

static const struct cmd_option options[] = {
    {"--format", "FORM", "csv or ndjson", false},
    {"--output", "FILE", "a new file; standard output unless said", false},
    {"--range", "WORD", "all unless said; 7d, last-month, ...", false},
    {"--from", "TIME", "a date or RFC 3339; included", false},
    {"--to", "TIME", "likewise; not included", false},
    {"--where", "FILTER", "as in toll query; production unless said", true},
};

const struct cmd cmd_export = {
    .name = "export",
    .args = "",
    .forms = CMD_FORMS_TEXT,
    .summary = "the single events, as CSV or NDJSON",
    .details =
        "NDJSON rows are what POST /v1/events takes, with cost and its parts:\n"
        "importing them elsewhere gives the same ledger. For the answer of a\n"
        "query as CSV use toll query --csv.\n\n"
        "  toll export --format ndjson --where 'environment:*' > all.ndjson\n"
        "  toll export --format csv --range last-month --output october.csv",
    .option = options,
    .n_options = ARRAY_N(options),
    .run = run,
};
