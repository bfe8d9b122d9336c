#include "intake/reject.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/utc.h"
#include "base/why.h"

#include <stdio.h>
#include <sys/stat.h>

#define PATH_BYTES_MAX 4096

struct reject_log {
    struct mutex lock; /* guards all below */
    char dir[PATH_BYTES_MAX];
    char path[PATH_BYTES_MAX + 64];
    int64_t day; /* of path */
    uint64_t day_bytes;
    bool is_failing;
    struct reject_counts counts;
};

struct reject_log *reject_open(const char *dir)
{
    struct reject_log *log = mem_alloc(sizeof *log);

    mutex_init(&log->lock);
    (void)snprintf(log->dir, sizeof log->dir, "%s/rejects", dir);
    log->day = INT64_MIN;
    return log;
}

void reject_close(struct reject_log **log)
{
    if (log == NULL || *log == NULL) {
        return;
    }
    mutex_fini(&(*log)->lock);
    mem_free(*log);
    *log = NULL;
}

static void add_line(struct buf *line, int64_t now_us, struct str source,
                     struct str place, struct str error, struct str text)
{
    struct json_writer w;
    struct json *parsed = NULL;
    struct buf at;
    struct why why;

    json_w_init(&w, line);
    json_w_obj(&w);
    json_w_key(&w, STR("rejected_at"));
    buf_init(&at, 64);
    utc_add_text(&at, now_us);
    json_w_str(&w, buf_view(&at));
    buf_fini(&at);
    json_w_key(&w, STR("source"));
    json_w_str(&w, source);
    json_w_key(&w, STR("place"));
    json_w_str(&w, place);
    json_w_key(&w, STR("error"));
    json_w_str(&w, error);
    text = str_trim(text);
    /* A line end inside would break the file's own lines. */
    if (str_find_char(text, '\n', 0) == SIZE_MAX &&
        json_parse(text, &parsed, &why) == RC_OK &&
        json_kind(parsed) == JSON_OBJ) {
        json_w_key(&w, STR("event"));
        json_w_raw(&w, text);
    } else {
        json_w_key(&w, STR("raw"));
        json_w_str(&w, str_sub(text, 0, LIMIT_EVENT_BYTES_MAX));
    }
    json_free(&parsed);
    json_w_obj_end(&w);
    buf_char(line, '\n');
}

/* The file of that day, and how much of it is there from earlier runs. */
static enum rc turn_to_day(struct reject_log *log, int64_t day, struct why *why)
{
    struct stat st;
    int year;
    int month;
    int mday;
    enum rc rc = file_make_dirs(log->dir, why);

    if (rc != RC_OK) {
        return rc;
    }
    utc_civil(day, &year, &month, &mday);
    int n = snprintf(log->path, sizeof log->path, "%s/%04d-%02d-%02d.ndjson",
                     log->dir, year, month, mday);
    if (n < 0 || (size_t)n >= sizeof log->path) {
        return why_set(why, RC_LIMIT, "the data directory's path is too long");
    }
    log->day = day;
    log->day_bytes = stat(log->path, &st) == 0 ? (uint64_t)st.st_size : 0;
    return RC_OK;
}

/* Under the lock.  RC_FULL when the day's file has no room left. */
static enum rc append(struct reject_log *log, int64_t now_us, struct str line,
                      struct why *why)
{
    int64_t day = now_us / UTC_US_PER_DAY;
    enum rc rc = RC_OK;

    if (day != log->day) {
        rc = turn_to_day(log, day, why);
    }
    if (rc == RC_OK && log->day_bytes + line.n > LIMIT_REJECT_FILE_BYTES) {
        rc = why_set(why, RC_FULL, "%s is full; later refusals are counted",
                     log->path);
    }
    if (rc == RC_OK) {
        rc = file_append(log->path, line, false, why);
    }
    if (rc == RC_OK) {
        log->day_bytes += line.n;
    }
    return rc;
}

void reject_add(struct reject_log *log, int64_t now_us, struct str source,
                struct str place, struct str error, struct str text)
{
    struct buf line;
    struct why why;

    buf_init(&line, (size_t)LIMIT_EVENT_BYTES_MAX * 8);
    add_line(&line, now_us, source, place, error, text);
    mutex_lock(&log->lock);
    enum rc rc = buf_rc(&line, &why);
    if (rc == RC_OK) {
        rc = append(log, now_us, buf_view(&line), &why);
    }
    log->counts.n_rejected++;
    log->counts.n_unkept += rc != RC_OK ? 1 : 0;
    bool told = log->is_failing;
    log->is_failing = rc != RC_OK;
    mutex_unlock(&log->lock);
    if (rc != RC_OK && !told) {
        log_warn("intake", "a refused event was not kept: %s", why.text);
    }
    buf_fini(&line);
}

const char *reject_path(const struct reject_log *log)
{
    return log->path;
}

struct reject_counts reject_count(struct reject_log *log)
{
    mutex_lock(&log->lock);
    struct reject_counts counts = log->counts;
    mutex_unlock(&log->lock);
    return counts;
}
