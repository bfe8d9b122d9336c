/* Rows of cells that a map, or the names above them, makes events of.  Each
 * row becomes the JSON that POST /v1/events takes and is read as such: one
 * set of rules, one wording of what is wrong, and what is refused can be
 * mended and comes back. */
#include "capture/import/import_format.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/utc.h"
#include "base/why.h"
#include "capture/import/import_map.h"
#include "capture/import/import_rows.h"
#include "capture/import/import_value.h"
#include "event/event.h"
#include "event/event_json.h"

struct table {
    const struct import_map *map;
    const struct import_target *targets; /* by column */
    size_t n;
    struct arena arena;
};

static enum rc set_columns(void *arg, const struct import_job *job,
                           const struct str *names, size_t n, struct why *why)
{
    struct table *t = arg;
    t->map = job->map;
    t->n = n;
    return import_map_columns(t->map, names, n, &t->arena, &t->targets, why);
}

static void add_ts(struct json_writer *w, struct str cell)
{
    struct buf text;
    int64_t us;
    buf_init(&text, LIMIT_TAG_KEY_MAX);
    if (import_value_ts_text(cell, &us) == RC_OK) {
        utc_add_text(&text, us);
        cell = buf_view(&text);
    }
    json_w_str(w, cell);
    buf_fini(&text);
}

/* What is no number is told so by the reader of events. */
static void add_number(struct json_writer *w, struct str cell)
{
    double x;
    if (str_to_f64(cell, &x) == RC_OK) {
        json_w_f64(w, x);
    } else {
        json_w_str(w, cell);
    }
}

static void add_field(struct json_writer *w, const struct import_target *target,
                      struct str cell)
{
    json_w_key(w, target->name);
    switch (target->kind) {
    case IMPORT_FIELD_TS:
        add_ts(w, cell);
        return;
    case IMPORT_FIELD_COUNT:
    case IMPORT_FIELD_MS:
    case IMPORT_FIELD_ATTEMPT:
        add_number(w, cell);
        return;
    case IMPORT_FIELD_REPORTED_COST:
        cell = str_starts(cell, STR("$")) ? str_sub(cell, 1, SIZE_MAX) : cell;
        break;
    case IMPORT_FIELD_NONE:
    case IMPORT_FIELD_ID:
    case IMPORT_FIELD_DIM:
    case IMPORT_FIELD_CHOICE:
    case IMPORT_FIELD_TAGS:
    case IMPORT_FIELD_TAG:
    case IMPORT_FIELD_EXPORT:
        break;
    }
    json_w_str(w, cell);
}

/* The row's value for one target; an empty cell is as absent. */
struct cell {
    const struct import_target *target;
    struct str text;
};

/* The i-th of a row's cells, its columns first, then the map's constants. */
static struct cell cell_at(const struct table *t, const struct str *cells,
                           size_t i)
{
    if (i < t->n) {
        return (struct cell){&t->targets[i], str_trim(cells[i])};
    }
    size_t n;
    const struct import_constant *c = import_map_constants(t->map, &n);
    return (struct cell){&c[i - t->n].target, c[i - t->n].value};
}

static void add_tags(struct json_writer *w, const struct table *t,
                     const struct str *cells, size_t n)
{
    bool is_open = false;
    for (size_t i = 0; i < n; i++) {
        struct cell cell = cell_at(t, cells, i);
        if (cell.target->kind != IMPORT_FIELD_TAG || cell.text.n == 0) {
            continue;
        }
        if (!is_open) {
            json_w_key(w, STR("tags"));
            json_w_obj(w);
            is_open = true;
        }
        json_w_key(w, cell.target->name);
        json_w_str(w, cell.text);
    }
    if (is_open) {
        json_w_obj_end(w);
    }
}

static void add_row(struct buf *out, const struct table *t,
                    const struct str *cells)
{
    struct json_writer w;
    size_t n_constants;
    (void)import_map_constants(t->map, &n_constants);
    json_w_init(&w, out);
    json_w_obj(&w);
    for (size_t i = 0; i < t->n + n_constants; i++) {
        struct cell cell = cell_at(t, cells, i);
        enum import_field_kind kind = cell.target->kind;
        if (kind == IMPORT_FIELD_NONE || kind == IMPORT_FIELD_TAG ||
            kind == IMPORT_FIELD_EXPORT || cell.text.n == 0) {
            continue;
        }
        if (kind == IMPORT_FIELD_TAGS && cell.text.p[0] == '{') {
            json_w_key(&w, cell.target->name);
            json_w_raw(&w, cell.text);
            continue;
        }
        add_field(&w, cell.target, cell.text);
    }
    add_tags(&w, t, cells, t->n + n_constants);
    json_w_obj_end(&w);
}

static enum rc put_row(void *arg, struct import_job *job,
                       const struct str *cells, struct why *why)
{
    const struct table *t = arg;
    const struct json *json = NULL;
    struct event ev;
    if (!str_utf8_ok(job->record)) {
        return why_set(why, RC_INVALID,
                       "it is not valid UTF-8; save the file as UTF-8");
    }
    add_row(&job->mapped, t, cells);
    enum rc rc = buf_rc(&job->mapped, why);
    if (rc == RC_OK) {
        rc = json_parser_read(job->json, buf_view(&job->mapped), &json, why);
    }
    if (rc == RC_OK) {
        rc = event_from_json(json, job->opt->now_us, &job->arena, &ev, NULL,
                             why);
    }
    bool has_environment =
        json_kind(json_get(json, "environment")) != JSON_NULL;
    return rc == RC_OK ? import_job_put_checked(job, &ev, has_environment, why)
                       : rc;
}

static enum rc read_csv(struct import_job *job, struct import_reader *r,
                        struct why *why)
{
    struct table t = {.n = 0};
    const struct import_table table = {
        .header = set_columns, .row = put_row, .arg = &t};
    arena_init(&t.arena, LIMIT_IMPORT_ROW_BYTES);
    enum rc rc = import_each_row(job, r, &table, why);
    arena_fini(&t.arena);
    return rc;
}

/* Several columns, of which one is the model's; whether all is there that
 * must be is told when it is read. */
static enum import_match is_header(const struct str *cells, size_t n,
                                   const struct import_map *map)
{
    return n > 1 && import_map_has_model(map, cells, n) ? IMPORT_MATCH_MAYBE
                                                        : IMPORT_MATCH_NO;
}

const struct import_format import_format_csv = {
    .about = {"csv", "CSV with a line of column names, or with --map FILE"},
    .is_header = is_header,
    .read = read_csv,
};
