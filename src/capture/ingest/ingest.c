#include "capture/ingest/ingest.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/gz.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/why.h"
#include "capture/json_split.h"
#include "event/event_json.h"
#include "intake/intake.h"
#include "intake/reject.h"
#include "net/http_error.h"
#include "net/http_server.h"

/* Of a body in which everything is wrong, this many places are told. */
#define REJECTIONS_TOLD_MAX 1000

/* One request between its parsing and its answer. */
struct post {
    const struct ingest *in;
    struct http_call *call;
    struct intake_put *put;
    struct arena arena;       /* of the event at hand */
    struct json_parser *json; /* likewise; until the body is read */
    int64_t now_us;
    uint64_t n_seen;
    uint64_t n_accepted;
    uint64_t n_duplicates;
    uint64_t n_rejected;
    struct buf rejected; /* elements of the JSON array */
    struct json_writer rejected_w;
};

static void post_free(struct post *p)
{
    arena_fini(&p->arena);
    json_parser_free(&p->json);
    buf_fini(&p->rejected);
    mem_free(p);
}

static void refuse(struct post *p, struct str text, const struct why *why)
{
    struct buf b;
    struct json_writer *w = &p->rejected_w;

    p->n_rejected++;
    if (p->n_rejected <= REJECTIONS_TOLD_MAX) {
        json_w_obj(w);
        json_w_key(w, STR("index"));
        json_w_i64(w, (int64_t)p->n_seen);
        json_w_key(w, STR("error"));
        json_w_str(w, str_from_cz(why->text));
        json_w_obj_end(w);
    }
    buf_init(&b, 64);
    buf_cz(&b, "index ");
    buf_u64(&b, p->n_seen);
    reject_add(p->in->rejects, p->now_us, STR("api"), buf_view(&b),
               str_from_cz(why->text), text);
    buf_fini(&b);
}

/* One event's text.  An rc but RC_OK ends the whole request. */
static enum rc take(struct post *p, struct str text, struct why *why)
{
    const struct json *json = NULL;
    struct event ev;
    struct event_json_notes notes;
    enum intake_verdict verdict = INTAKE_ACCEPTED;
    enum rc rc;

    if (p->n_seen == LIMIT_EVENTS_PER_BODY_MAX) {
        return why_set(why, RC_LIMIT, "over %d events in one request",
                       LIMIT_EVENTS_PER_BODY_MAX);
    }
    arena_reset(&p->arena);
    json_parser_clear(p->json);
    if (text.n > LIMIT_EVENT_BYTES_MAX) {
        rc = why_set(why, RC_INVALID, "the event is over %d bytes",
                     LIMIT_EVENT_BYTES_MAX);
    } else {
        rc = json_parser_read(p->json, text, &json, why);
    }
    if (rc == RC_OK) {
        rc = event_from_json(json, p->now_us, &p->arena, &ev, &notes, why);
    }
    if (rc == RC_OK) {
        rc = intake_add(p->put, &ev, notes.has_environment, p->now_us, &verdict,
                        why);
        if (rc == RC_FULL || rc == RC_IO || rc == RC_UNAVAILABLE ||
            rc == RC_BUSY) {
            return rc;
        }
    }
    if (rc != RC_OK) {
        refuse(p, text, why);
    } else if (verdict == INTAKE_DUPLICATE) {
        p->n_duplicates++;
    } else {
        p->n_accepted++;
    }
    p->n_seen++;
    return RC_OK;
}

static enum rc take_array(struct post *p, struct str body, struct why *why)
{
    struct json_split it;
    struct str key;
    struct str raw;
    enum rc rc = RC_OK;

    if (!json_split_arr(body, &it)) {
        return why_set(why, RC_PARSE, "the body is not a whole JSON array");
    }
    while (rc == RC_OK) {
        rc = json_split_next(&it, &key, &raw);
        if (rc == RC_OK) {
            rc = take(p, raw, why);
        } else if (rc == RC_PARSE) {
            return why_set(why, RC_PARSE,
                           "the array is broken behind element %llu",
                           (unsigned long long)p->n_seen);
        }
    }
    return rc == RC_END ? RC_OK : rc;
}

static enum rc take_lines(struct post *p, struct str body, struct why *why)
{
    struct str line;
    enum rc rc = RC_OK;

    while (rc == RC_OK && str_cut(&body, '\n', &line)) {
        line = str_trim(line);
        if (line.n > 0) {
            rc = take(p, line, why);
        }
    }
    return rc;
}

/* An event on a line of its own.  A single object printed over several lines
 * has no such line: what is inside is indented, or at least its braces do not
 * stand at both ends. */
static bool is_event_line(struct str line)
{
    return str_starts(line, STR("{")) && str_ends(str_trim(line), STR("}"));
}

/* NDJSON has several lines, and one at least is an event; the others may be
 * broken. */
static bool is_ndjson(struct str body)
{
    bool has_event = false;
    struct str line;
    size_t n = 0;

    while ((n < 2 || !has_event) && str_cut(&body, '\n', &line)) {
        n += str_trim(line).n > 0 ? 1 : 0;
        has_event = has_event || is_event_line(line);
    }
    return n > 1 && has_event;
}

static enum rc take_body(struct post *p, struct str body, struct why *why)
{
    const struct json *whole = NULL;

    body = str_trim(body);
    if (str_starts(body, STR("\xEF\xBB\xBF"))) {
        body = str_sub(body, 3, SIZE_MAX); /* a byte order mark */
    }
    if (body.n == 0) {
        return why_set(why, RC_PARSE, "the body is empty");
    }
    if (body.p[0] == '[') {
        return take_array(p, body, why);
    }
    if (is_ndjson(body)) {
        return take_lines(p, body, why);
    }
    if (body.p[0] != '{') {
        return why_set(why, RC_PARSE,
                       "the body is neither a JSON object, an array, nor "
                       "NDJSON");
    }
    enum rc rc = json_parser_read(p->json, body, &whole, why);
    return rc == RC_OK ? take(p, body, why) : rc;
}

static void answer_counts(struct post *p)
{
    struct buf body;
    struct json_writer w;
    bool all_refused = p->n_rejected > 0 && p->n_rejected == p->n_seen;

    json_w_arr_end(&p->rejected_w);
    buf_init(&body, p->rejected.n + 1024);
    json_w_init(&w, &body);
    json_w_obj(&w);
    json_w_key(&w, STR("accepted"));
    json_w_i64(&w, (int64_t)p->n_accepted);
    json_w_key(&w, STR("duplicates"));
    json_w_i64(&w, (int64_t)p->n_duplicates);
    json_w_key(&w, STR("rejected"));
    json_w_raw(&w, buf_view(&p->rejected));
    if (p->n_rejected > REJECTIONS_TOLD_MAX) {
        json_w_key(&w, STR("rejected_total"));
        json_w_i64(&w, (int64_t)p->n_rejected);
    }
    json_w_obj_end(&w);
    buf_char(&body, '\n');
    http_answer(p->call, &(struct http_reply){
                             .status = all_refused ? 422 : 200,
                             .content_type = STR("application/json"),
                             .body = buf_view(&body),
                         });
    buf_fini(&body);
}

/* On the journal's thread. */
static void on_durable(void *arg, enum rc rc, const struct why *why)
{
    struct post *p = arg;

    if (rc == RC_OK) {
        answer_counts(p);
    } else {
        http_answer_error(p->call, http_status_of(rc), str_from_cz(rc_name(rc)),
                          str_from_cz(why->text),
                          STR("nothing of this request was taken; send it "
                              "again later"));
    }
    post_free(p);
}

static enum event_source source_of(struct str query)
{
    enum event_source source = EVENT_SOURCE_API;
    struct str pair;

    while (str_cut(&query, '&', &pair)) {
        if (str_eq(pair, STR("source=import"))) {
            source = EVENT_SOURCE_IMPORT;
        } else if (str_eq(pair, STR("source=demo"))) {
            source = EVENT_SOURCE_DEMO;
        }
    }
    return source;
}

/* The body as text: inflated when its first bytes are gzip's, whatever the
 * header says; a header that says something else again is refused. */
static enum rc plain_body(const struct http_request *req, struct buf *inflated,
                          struct str *ret_body, struct why *why)
{
    struct str encoding = str_trim(req->content_encoding);

    if (encoding.n > 0 && !str_eq_nocase(encoding, STR("gzip")) &&
        !str_eq_nocase(encoding, STR("x-gzip")) &&
        !str_eq_nocase(encoding, STR("identity"))) {
        return why_set(why, RC_UNSUPPORTED,
                       "content-encoding '%.*s' is not understood; send gzip "
                       "or plain text",
                       STR_ARG(encoding));
    }
    if (!gz_is(req->body)) {
        *ret_body = req->body;
        return RC_OK;
    }
    enum rc rc = gz_inflate(req->body, inflated, why);
    if (rc == RC_OK) {
        *ret_body = buf_view(inflated);
    }
    return rc;
}

void ingest_events(const struct ingest *in, struct http_call *call,
                   const struct http_request *req, int64_t now_us)
{
    struct post *p = mem_alloc(sizeof *p);
    struct buf inflated;
    struct str body = STR_EMPTY;
    struct why why;
    enum rc rc;

    *p = (struct post){.in = in, .call = call, .now_us = now_us};
    arena_init(&p->arena, LIMIT_ARENA_MAX);
    p->json = json_parser_new();
    buf_init(&p->rejected, REJECTIONS_TOLD_MAX * sizeof(struct why) * 8);
    json_w_init(&p->rejected_w, &p->rejected);
    json_w_arr(&p->rejected_w);
    buf_init(&inflated, LIMIT_BODY_MAX);
    p->put = intake_begin(in->intake, source_of(req->query));
    rc = plain_body(req, &inflated, &body, &why);
    if (rc == RC_OK) {
        rc = take_body(p, body, &why);
    }
    buf_fini(&inflated);
    json_parser_free(&p->json);
    if (rc == RC_OK) {
        intake_commit(&p->put, on_durable, p);
        return;
    }
    intake_abort(&p->put);
    http_answer_error(call, rc == RC_UNSUPPORTED ? 415 : http_status_of(rc),
                      str_from_cz(rc_name(rc)), str_from_cz(why.text),
                      STR("docs/events.md describes what is taken"));
    post_free(p);
}
