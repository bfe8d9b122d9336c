/* toll detect: a plain series' rows with how unusual each is.
 *
 * Rows are read, scored and written one at a time, so memory does not grow
 * with the file and a pipe that never ends is answered as it goes. */
#include "app/command.h"
#include "base/csv.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/utc.h"
#include "base/why.h"
#include "insight/stat/series_score.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SCORE_NAME STR("anomaly_score")

struct detect_job {
    struct series_score *score;
    bool as_json;
    struct arena row;  /* one row's cells */
    struct arena kept; /* the names */
    struct str *name;
    size_t n_names; /* 0 until the first line was read */
    size_t timestamp;
    size_t value;
    uint64_t line;
    uint64_t n_rows;
    int64_t latest_us;
    struct buf out; /* one row's text */
};

static enum rc cells_of(struct detect_job *job, struct str text,
                        struct arena *arena, struct str **ret_cells,
                        size_t *ret_n, struct why *why)
{
    struct csv_reader r;
    struct why ignored; /* counts lines from this one */

    csv_init(&r, text, ',');
    enum rc rc = csv_next(&r, arena, ret_cells, ret_n, &ignored);
    if (rc != RC_OK) {
        return why_set(why, rc,
                       "line %llu: a quote is not closed on its line, text "
                       "follows a closing one, or there are too many cells",
                       (unsigned long long)job->line);
    }
    return RC_OK;
}

static size_t column_of(const struct detect_job *job, struct str name)
{
    size_t i = 0;

    while (i < job->n_names && !str_eq_nocase(str_trim(job->name[i]), name)) {
        i++;
    }
    return i;
}

static void print_line(struct detect_job *job)
{
    (void)fwrite(job->out.p, 1, job->out.n, stdout);
    buf_clear(&job->out);
}

static enum rc read_names(struct detect_job *job, struct str text,
                          struct why *why)
{
    enum rc rc =
        cells_of(job, text, &job->kept, &job->name, &job->n_names, why);

    if (rc != RC_OK) {
        return rc;
    }
    for (size_t i = 0; i < job->n_names; i++) {
        if (str_dup(&job->kept, job->name[i], &job->name[i]) != RC_OK) {
            return why_set(why, RC_LIMIT, "line %llu: the names are too long",
                           (unsigned long long)job->line);
        }
    }
    job->timestamp = column_of(job, STR("timestamp"));
    job->value = column_of(job, STR("value"));
    if (job->timestamp == job->n_names || job->value == job->n_names) {
        return why_set(why, RC_INVALID,
                       "line %llu: the first line names the columns, and "
                       "\"%s\" is not among them; it begins \"%.*s\"",
                       (unsigned long long)job->line,
                       job->timestamp == job->n_names ? "timestamp" : "value",
                       STR_ARG(str_utf8_cut(text, 40)));
    }
    if (column_of(job, SCORE_NAME) < job->n_names) {
        return why_set(why, RC_INVALID,
                       "line %llu: there is a column anomaly_score already",
                       (unsigned long long)job->line);
    }
    if (job->as_json) {
        buf_cz(&job->out, "{\"rows\":[");
    } else {
        buf_str(&job->out, text);
        buf_fmt(&job->out, ",%.*s\n", STR_ARG(SCORE_NAME));
    }
    print_line(job);
    return RC_OK;
}

static enum rc read_time(struct detect_job *job, struct str text,
                         int64_t *ret_us, struct why *why)
{
    int64_t us = 0;
    int64_t day = 0;

    text = str_trim(text);
    if (utc_parse(text, true, &us) != RC_OK) {
        if (utc_parse_date(text, &day) != RC_OK) {
            return why_set(why, RC_INVALID,
                           "line %llu: \"%.*s\" is no timestamp like "
                           "2026-11-29 14:05:00 or 2026-11-29T14:05:00Z",
                           (unsigned long long)job->line,
                           STR_ARG(str_utf8_cut(text, 40)));
        }
        us = day * 86400 * INT64_C(1000000);
    }
    if (job->n_rows > 0 &&
        us < job->latest_us - LIMIT_SERIES_BACK_S * INT64_C(1000000)) {
        return why_set(why, RC_INVALID,
                       "line %llu: %.*s is more than an hour before a row "
                       "above it; rows must be in order of time",
                       (unsigned long long)job->line, STR_ARG(text));
    }
    *ret_us = us;
    return RC_OK;
}

static enum rc read_value(const struct detect_job *job, struct str text,
                          double *ret_x, struct why *why)
{
    double x = 0;

    text = str_trim(text);
    if (str_to_f64(text, &x) != RC_OK) {
        return why_set(why, RC_INVALID, "line %llu: \"%.*s\" is not a number",
                       (unsigned long long)job->line,
                       STR_ARG(str_utf8_cut(text, 40)));
    }
    if (fabs(x) > SERIES_VALUE_MAX) {
        return why_set(why, RC_RANGE, "line %llu: %.*s is too large",
                       (unsigned long long)job->line,
                       STR_ARG(str_utf8_cut(text, 40)));
    }
    *ret_x = x;
    return RC_OK;
}

static void write_json_row(struct detect_job *job, const struct str *cell,
                           double x, double score)
{
    struct json_writer w;

    buf_cz(&job->out, job->n_rows > 0 ? ",\n" : "\n");
    json_w_init(&w, &job->out);
    json_w_obj(&w);
    for (size_t i = 0; i < job->n_names; i++) {
        json_w_key(&w, job->name[i]);
        if (i == job->value) {
            json_w_f64(&w, x);
        } else {
            json_w_str(&w, cell[i]);
        }
    }
    json_w_key(&w, SCORE_NAME);
    json_w_f64(&w, score);
    json_w_obj_end(&w);
}

static enum rc read_row(struct detect_job *job, struct str text,
                        struct why *why)
{
    struct str *cell = NULL;
    size_t n = 0;
    int64_t us = 0;
    double x = 0;

    arena_reset(&job->row);
    enum rc rc = cells_of(job, text, &job->row, &cell, &n, why);
    if (rc == RC_OK && n != job->n_names) {
        rc = why_set(why, RC_INVALID,
                     "line %llu has %zu cells, and the first line %zu",
                     (unsigned long long)job->line, n, job->n_names);
    }
    rc = rc == RC_OK ? read_time(job, cell[job->timestamp], &us, why) : rc;
    rc = rc == RC_OK ? read_value(job, cell[job->value], &x, why) : rc;
    if (rc != RC_OK) {
        return rc;
    }
    double score = series_score_add(job->score, us, x);
    if (job->as_json) {
        write_json_row(job, cell, x, score);
    } else {
        buf_str(&job->out, text);
        buf_fmt(&job->out, ",%.6f\n", score);
    }
    print_line(job);
    if (job->n_rows++ == 0 || us > job->latest_us) {
        job->latest_us = us;
    }
    return RC_OK;
}

static enum rc read_line(struct detect_job *job, struct str text,
                         struct why *why)
{
    job->line++;
    if (str_ends(text, STR("\r"))) {
        text = str_sub(text, 0, text.n - 1);
    }
    if (text.n > LIMIT_SERIES_LINE_BYTES) {
        return why_set(why, RC_LIMIT, "line %llu is longer than %d bytes",
                       (unsigned long long)job->line, LIMIT_SERIES_LINE_BYTES);
    }
    if (str_trim(text).n == 0) {
        return RC_OK;
    }
    return job->n_names == 0 ? read_names(job, text, why)
                             : read_row(job, text, why);
}

/* The whole lines of what was read; the rest stays. */
static enum rc read_lines(struct detect_job *job, struct buf *in,
                          struct why *why)
{
    struct str rest = buf_view(in);
    size_t end;

    while ((end = str_find_char(rest, '\n', 0)) != SIZE_MAX) {
        enum rc rc = read_line(job, str_sub(rest, 0, end), why);
        if (rc != RC_OK) {
            return rc;
        }
        rest = str_sub(rest, end + 1, rest.n);
    }
    buf_drop_front(in, in->n - rest.n);
    return RC_OK;
}

static enum rc read_all(struct detect_job *job, int fd, const char *path,
                        struct why *why)
{
    enum rc rc = RC_OK;
    ssize_t got = 1;
    struct buf in;

    buf_init(&in, 4 * LIMIT_SERIES_LINE_BYTES);
    while (rc == RC_OK && got > 0) {
        char *p = buf_space(&in, LIMIT_SERIES_LINE_BYTES);
        got = p == NULL ? 0 : read(fd, p, LIMIT_SERIES_LINE_BYTES);
        if (got < 0 && errno == EINTR) {
            got = 1;
            continue;
        }
        if (got < 0) {
            rc = why_errno(why, errno, "reading %s", path);
        } else if (got > 0) {
            buf_used(&in, (size_t)got);
            rc = read_lines(job, &in, why);
            (void)fflush(stdout); /* whoever follows a pipe waits for it */
        }
        /* What is left is a line not ended yet. */
        if (rc == RC_OK && in.n > LIMIT_SERIES_LINE_BYTES + 1) {
            rc = read_line(job, buf_view(&in), why);
        }
    }
    if (rc == RC_OK && in.n > 0) {
        rc = read_line(job, buf_view(&in), why);
    }
    buf_fini(&in);
    if (rc == RC_OK && job->n_rows == 0) {
        rc = why_set(why, RC_INVALID,
                     job->n_names == 0 ? "%s is empty"
                                       : "%s has no rows below the names",
                     path);
    }
    return rc;
}

static enum cmd_exit run(struct cmd_call *call)
{
    const char *path = call->arg[0];
    bool is_stdin = strcmp(path, "-") == 0;
    struct detect_job job = {.as_json = cmd_has(call, "--json")};
    struct why why;
    int fd =
        is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0) {
        return cmd_fail(call, why_errno(&why, errno, "%s", path), &why);
    }
    job.score = series_score_new();
    arena_init(&job.row, LIMIT_ARENA_MAX);
    arena_init(&job.kept, LIMIT_ARENA_MAX);
    buf_init(&job.out, LIMIT_BODY_MAX);
    enum rc rc = read_all(&job, fd, is_stdin ? "standard input" : path, &why);
    if (rc == RC_OK && job.as_json) {
        printf("\n]}\n");
    }
    buf_fini(&job.out);
    arena_fini(&job.kept);
    arena_fini(&job.row);
    series_score_free(&job.score);
    if (!is_stdin) {
        (void)close(fd);
    }
    if (rc != RC_OK) {
        (void)fflush(stdout);
        (void)cmd_fail(call, rc, &why);
        return CMD_EXIT_FAILED;
    }
    return CMD_EXIT_OK;
}

const struct cmd cmd_detect = {
    .name = "detect",
    .args = "FILE",
    .n_args_min = 1,
    .n_args_max = 1,
    .forms = CMD_FORMS_CSV,
    .summary = "how unusual each value of a plain series is",
    .details =
        "FILE is CSV whose first line names its columns, timestamp and value\n"
        "among them, in order of time; - is standard input. Its rows are\n"
        "printed with one column more, anomaly_score, 0 to 1: each from the\n"
        "rows above it alone, and as soon as it is read. Over 0.5 is rare\n"
        "(docs/insights.md). A row that cannot be read ends it with its line;\n"
        "what stood above was printed. CSV is printed unless --json is given.\n"
        "\n"
        "  toll detect invoices.csv\n"
        "  tail -f -n +1 cost.csv | toll detect -",
    .run = run,
};
