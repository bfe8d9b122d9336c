#include "capture/ingest/ingest.h"

#include "base/limits.h"
#include "base/why.h"
#include "capture/ingest/ingest_priv.h"
#include "event/event_json.h"
#include "net/http_server.h"

struct events { /* of one body */
    struct post *post;
    struct json_parser *json; /* of the event at hand */
};

/* One event's text.  An rc but RC_OK ends the whole request. */
static enum rc take(void *arg, struct str text, struct why *why)
{
    struct events *e = arg;
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
        rc = ingest_items(body, e.json, take, &e, &why);
    }
    buf_fini(&inflated);
    json_parser_free(&e.json);
    post_end(e.post, rc, &why, STR("docs/events.md describes what is taken"));
}
