/* Outcomes, releases, customers and invoices: each record is taken or refused
 * by itself, as events are (ingest.c). */
#include "base/csv.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/why.h"
#include "capture/import/import_costs.h"
#include "capture/ingest/ingest_priv.h"
#include "event/record.h"
#include "intake/intake.h"
#include "net/http_server.h"

struct records { /* of one body */
    struct post *post;
    enum record_kind kind;
    struct json_parser *json; /* of the record at hand */
};

static enum rc check_room(const struct records *r, struct why *why)
{
    if (r->post->n_seen == LIMIT_EVENTS_PER_BODY_MAX) {
        return why_set(why, RC_LIMIT, "over %d records in one request",
                       LIMIT_EVENTS_PER_BODY_MAX);
    }
    return RC_OK;
}

/* One record that was read, or the rc with which it was not.  An rc but RC_OK
 * ends the whole request. */
static enum rc end_record(struct records *r, enum rc rc, struct record *rec,
                          struct str text, struct why *why)
{
    if (rc == RC_OK) {
        rc = post_add_record(r->post, rec, why);
        if (post_is_over(rc)) {
            return rc;
        }
    }
    if (rc != RC_OK) {
        post_refuse(r->post, text, why);
    }
    return RC_OK;
}

static enum rc take_text(void *arg, struct str text, struct why *why)
{
    struct records *r = arg;
    const struct json *json = NULL;
    struct record rec;
    enum rc rc = check_room(r, why);

    if (rc != RC_OK) {
        return rc;
    }
    json_parser_clear(r->json);
    if (text.n > LIMIT_EVENT_BYTES_MAX) {
        rc = why_set(why, RC_INVALID, "the record is over %d bytes",
                     LIMIT_EVENT_BYTES_MAX);
    } else {
        rc = json_parser_read(r->json, text, &json, why);
    }
    if (rc == RC_OK) {
        rc = record_read_json(r->kind, json, r->post->now_us, &rec, why);
    }
    return end_record(r, rc, &rec, text, why);
}

/* ---- a provider's report of costs ---- */

static enum rc take_cost(void *arg, enum rc rc, struct record *rec,
                         struct str alone, struct why *why)
{
    struct records *r = arg;
    struct why full;

    if (check_room(r, &full) != RC_OK) {
        return why_set(why, RC_LIMIT, "%s", full.text);
    }
    return end_record(r, rc, rec, alone, why);
}

/* The walk wants readable bytes behind what it reads. */
static enum rc take_costs(struct records *r, struct str body, struct why *why)
{
    struct arena arena;
    struct buf padded;

    arena_init(&arena, LIMIT_IMPORT_ROW_BYTES);
    buf_init(&padded, body.n + JSON_PADDING);
    buf_str(&padded, body);
    enum rc rc = buf_space(&padded, JSON_PADDING) != NULL
                     ? RC_OK
                     : why_set(why, RC_LIMIT, "the body is too large");
    if (rc == RC_OK) {
        rc = import_costs_each(
            &(struct import_costs_walk){.json = r->json,
                                        .arena = &arena,
                                        .now_us = r->post->now_us,
                                        .each = take_cost,
                                        .arg = r},
            buf_view(&padded), why);
    }
    buf_fini(&padded);
    arena_fini(&arena);
    return rc;
}

/* ---- CSV ---- */

struct rows {
    struct csv_reader reader;
    struct record_table table;
    struct str body;
};

/* The record's text, for the reject log. */
static struct str text_between(struct str body, struct str rest_before,
                               struct str rest_behind)
{
    size_t from = body.n - rest_before.n;
    size_t to = body.n - rest_behind.n;

    return str_trim(str_sub(body, from, to - from));
}

/* Kept as the object that it would be, which can be mended and come back. */
static enum rc refuse_row(struct records *r, const struct rows *rows,
                          const struct str *cells, struct str text,
                          const struct why *why)
{
    struct buf b;

    buf_init(&b, LIMIT_EVENT_BYTES_MAX);
    if (cells != NULL && str_utf8_ok(text)) {
        record_add_row_json(&b, &rows->table, cells);
    }
    post_refuse(r->post, b.n > 0 && !b.overflown ? buf_view(&b) : text, why);
    buf_fini(&b);
    return RC_OK;
}

static enum rc take_row(struct records *r, struct rows *rows, struct why *why)
{
    struct arena *arena = &r->post->arena;
    struct str before = rows->reader.rest;
    unsigned long long line = rows->reader.line;
    struct str *cells = NULL;
    struct record rec;
    size_t n = 0;

    arena_reset(arena);
    enum rc rc = csv_next(&rows->reader, arena, &cells, &n, why);
    if (rc == RC_END) {
        return rc;
    }
    struct str text = text_between(rows->body, before, rows->reader.rest);
    struct why full;
    if (check_room(r, &full) != RC_OK) {
        return why_set(why, RC_LIMIT, "%s", full.text);
    }
    if (rc != RC_OK) {
        return end_record(r, rc, NULL, text, why); /* it told the line */
    }
    if (n != rows->table.n) {
        rc = why_set(why, RC_INVALID, "it has %zu cells, the first line %zu", n,
                     rows->table.n);
    } else {
        rc = record_read_row(&rows->table, cells, r->post->now_us, &rec, why);
    }
    if (rc == RC_OK) {
        return end_record(r, rc, &rec, text, why);
    }
    (void)why_prefix(why, rc, "line %llu", line);
    return refuse_row(r, rows, n == rows->table.n ? cells : NULL, text, why);
}

/* What separates the cells: whichever the first line has most of. */
static char separator_of(struct str body)
{
    static const char seps[] = {',', ';', '\t'};
    struct str line = STR_EMPTY;
    char best = ',';
    size_t most = 0;

    (void)str_cut(&body, '\n', &line);
    for (size_t i = 0; i < sizeof(seps); i++) {
        size_t n = 0;

        for (size_t k = 0; k < line.n; k++) {
            n += line.p[k] == seps[i] ? 1 : 0;
        }
        if (n > most) {
            most = n;
            best = seps[i];
        }
    }
    return best;
}

static enum rc take_csv(struct records *r, struct str body, struct why *why)
{
    struct rows rows = {.body = body};
    struct str *columns = NULL;
    size_t n = 0;

    csv_init(&rows.reader, body, separator_of(body));
    enum rc rc = csv_next(&rows.reader, &r->post->arena, &columns, &n, why);
    if (rc == RC_OK) {
        rc = record_match_columns(r->kind, columns, n, &rows.table, why);
    }
    if (rc != RC_OK) {
        return rc == RC_END ? why_set(why, RC_PARSE, "the body is empty") : rc;
    }
    while (rc == RC_OK) {
        rc = take_row(r, &rows, why);
    }
    return rc == RC_END ? RC_OK : rc;
}

/* A table by its type, or since it begins as no JSON of many records does. */
static bool is_csv(enum record_kind kind, const struct http_request *req,
                   struct str body)
{
    bool is_json = body.n > 0 && (body.p[0] == '{' || body.p[0] == '[');

    return str_starts_nocase(req->content_type, STR("text/csv")) ||
           (record_is_replaced(kind) && body.n > 0 && !is_json);
}

void ingest_records(const struct ingest *in, struct http_call *call,
                    const struct http_request *req, enum record_kind kind,
                    int64_t now_us)
{
    struct records r = {
        .post = post_new(in, call, EVENT_SOURCE_API, LIMIT_ARENA_MAX, now_us),
        .kind = kind,
        .json = json_parser_new(),
    };
    struct buf inflated;
    struct str body = STR_EMPTY;
    struct why why;

    buf_init(&inflated, LIMIT_BODY_MAX);
    enum rc rc = post_body(req, &inflated, &body, &why);
    body = ingest_trim(body);
    if (rc == RC_OK && is_csv(kind, req, body)) {
        rc = take_csv(&r, body, &why);
    } else if (rc == RC_OK && kind == RECORD_INVOICE && import_costs_is(body)) {
        rc = take_costs(&r, body, &why);
    } else if (rc == RC_OK) {
        rc = ingest_items(body, r.json, take_text, &r, &why);
    }
    buf_fini(&inflated);
    json_parser_free(&r.json);
    post_end(r.post, rc, &why, STR("docs/records.md describes what is taken"));
}
