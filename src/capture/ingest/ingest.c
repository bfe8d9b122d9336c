#include "capture/ingest/ingest.h"

#include "base/limits.h"
#include "base/why.h"
#include "capture/ingest/ingest_priv.h"
#include "capture/json_split.h"
#include "event/event_json.h"
#include "net/http_server.h"

struct events { /* of one body */
    struct post *post;
    struct json_parser *json; /* of the event at hand */
};

/* One event's text.  An rc but RC_OK ends the whole request. */
static enum rc take(struct events *e, struct str text, struct why *why)
{
    struct post *p = e->post;
    const struct json *json = NULL;
    struct event ev;
    struct event_json_notes notes;
    enum rc rc;

    if (p->n_seen == LIMIT_EVENTS_PER_BODY_MAX) {
        return why_set(why, RC_LIMIT, "over %d events in one request",
                       LIMIT_EVENTS_PER_BODY_MAX);
    }
    arena_reset(&p->arena);
    json_parser_clear(e->json);
    if (text.n > LIMIT_EVENT_BYTES_MAX) {
        rc = why_set(why, RC_INVALID, "the event is over %d bytes",
                     LIMIT_EVENT_BYTES_MAX);
    } else {
        rc = json_parser_read(e->json, text, &json, why);
    }
    if (rc == RC_OK) {
        rc = event_from_json(json, p->now_us, &p->arena, &ev, &notes, why);
    }
    if (rc == RC_OK) {
        rc = post_add(p, &ev, notes.has_environment, why);
        if (post_is_over(rc)) {
            return rc;
        }
    }
    if (rc != RC_OK) {
        post_refuse(p, text, why);
    }
    return RC_OK;
}

static enum rc take_array(struct events *e, struct str body, struct why *why)
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
            rc = take(e, raw, why);
        } else if (rc == RC_PARSE) {
            return why_set(why, RC_PARSE,
                           "the array is broken behind element %llu",
                           (unsigned long long)e->post->n_seen);
        }
    }
    return rc == RC_END ? RC_OK : rc;
}

static enum rc take_lines(struct events *e, struct str body, struct why *why)
{
    struct str line;
    enum rc rc = RC_OK;

    while (rc == RC_OK && str_cut(&body, '\n', &line)) {
        line = str_trim(line);
        if (line.n > 0) {
            rc = take(e, line, why);
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

static enum rc take_body(struct events *e, struct str body, struct why *why)
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
        return take_array(e, body, why);
    }
    if (is_ndjson(body)) {
        return take_lines(e, body, why);
    }
    if (body.p[0] != '{') {
        return why_set(why, RC_PARSE,
                       "the body is neither a JSON object, an array, nor "
                       "NDJSON");
    }
    enum rc rc = json_parser_read(e->json, body, &whole, why);
    return rc == RC_OK ? take(e, body, why) : rc;
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

void ingest_events(const struct ingest *in, struct http_call *call,
                   const struct http_request *req, int64_t now_us)
{
    struct events e = {
        .post =
            post_new(in, call, source_of(req->query), LIMIT_ARENA_MAX, now_us),
        .json = json_parser_new(),
    };
    struct buf inflated;
    struct str body = STR_EMPTY;
    struct why why;

    buf_init(&inflated, LIMIT_BODY_MAX);
    enum rc rc = post_body(req, &inflated, &body, &why);
    if (rc == RC_OK) {
        rc = take_body(&e, body, &why);
    }
    buf_fini(&inflated);
    json_parser_free(&e.json);
    post_end(e.post, rc, &why, STR("docs/events.md describes what is taken"));
}
