/* toll export: every event of a range, page by page, so that neither side
 * ever holds more than a page; or any query's answer. */
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
    const char *format;
    struct buf cursor; /* "MICROSECONDS:ID" of the last event written */
    uint64_t n_events;
};

static void add_page_params(struct export *x, struct buf *query)
{
    static const char *const passed[] = {"--range", "--from", "--to",
                                         "--where"};

    for (size_t i = 0; i < ARRAY_N(passed); i++) {
        size_t pos = 0;
        for (const char *v = cmd_value_next(x->call, passed[i], &pos);
             v != NULL; v = cmd_value_next(x->call, passed[i], &pos)) {
            cmd_query_add(query, passed[i] + 2, str_from_cz(v));
        }
    }
    if (!cmd_has(x->call, "--range") && !cmd_has(x->call, "--from")) {
        cmd_query_add(query, "range", STR("all"));
    }
    cmd_query_add(query, "format", str_from_cz(x->format));
    cmd_query_add(query, "order", STR("asc"));
    cmd_query_add(query, "limit", STR(PAGE));
    cmd_query_add(query, "envelope", STR("1"));
    if (x->cursor.n > 0) {
        cmd_query_add(query, "after", buf_view(&x->cursor));
    }
}

/* Writes one page and remembers where the next begins. */
static enum cmd_exit write_page(struct export *x, struct str body, FILE *to)
{
    struct json *page = NULL;
    struct why why;
    int64_t n = 0;
    enum rc rc = json_parse(body, &page, &why);

    if (rc != RC_OK) {
        return cmd_fail(x->call, rc, &why);
    }
    struct str text = json_str(json_get(page, "text"));
    if (json_i64(json_get(page, "n"), &n) == RC_OK) {
        x->n_events += (uint64_t)n;
    }
    buf_clear(&x->cursor);
    buf_str(&x->cursor, json_str(json_get(page, "next")));
    bool written = fwrite(text.p, 1, text.n, to) == text.n;
    json_free(&page);
    if (!written) {
        (void)why_errno(&why, errno, "write the export");
        return cmd_fail(x->call, RC_IO, &why);
    }
    return CMD_EXIT_OK;
}

static enum cmd_exit export_events(struct export *x, FILE *to)
{
    bool shows = isatty(STDERR_FILENO) != 0 && to != stdout;
    enum cmd_exit exit = CMD_EXIT_OK;

    do {
        struct buf query;
        struct buf body;

        buf_init(&query, 64 * 1024);
        buf_init(&body, SIZE_MAX);
        add_page_params(x, &query);
        exit = cmd_get(x->call, STR("/api/events"), buf_view(&query), &body);
        if (exit == CMD_EXIT_OK) {
            exit = write_page(x, buf_view(&body), to);
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

static enum cmd_exit run(struct cmd_call *call)
{
    struct export x = {.call = call, .format = cmd_value(call, "--format")};
    const char *path = cmd_value(call, "--output");
    FILE *to = stdout;
    struct why why;

    if (x.format == NULL ||
        (strcmp(x.format, "csv") != 0 && strcmp(x.format, "ndjson") != 0)) {
        (void)why_set(&why, RC_INVALID, "say --format csv or --format ndjson");
        return cmd_fail(call, RC_INVALID, &why);
    }
    if (path != NULL && strcmp(path, "-") != 0) {
        to = fopen(path, "wbx");
        if (to == NULL) {
            enum rc rc = why_errno(&why, errno, "create %s", path);
            return cmd_fail(call, rc, &why);
        }
    }
    buf_init(&x.cursor, 4096);
    enum cmd_exit exit = export_events(&x, to);
    buf_fini(&x.cursor);
    if ((to == stdout ? fflush(to) : fclose(to)) != 0 && exit == CMD_EXIT_OK) {
        (void)why_errno(&why, errno, "write the export");
        exit = cmd_fail(call, RC_IO, &why);
    }
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
