#include "capture/otlp/otlp_priv.h"

#include "base/arena.h"
#include "base/gz.h"
#include "base/limits.h"
#include "base/mem.h"
#include "capture/otlp/otlp_decode.h"
#include "capture/otlp/otlp_record.h"
#include "intake/reject.h"
#include "net/http_error.h"
#include "net/http_server.h"

/* A note is never larger: 17 dimensions and 16 tags at their limits. */
#define NOTE_BYTES_MAX (16 * 1024)

/* ---- answers ---- */

static void send(const struct otlp_reply *reply, int status,
                 const struct buf *body)
{
    const struct http_header later = {"Retry-After", STR("1")};
    bool is_later = status == 429 || status == 503;

    http_answer(reply->call,
                &(struct http_reply){
                    .status = status,
                    .content_type = reply->encoding == OTLP_JSON
                                        ? STR("application/json")
                                        : STR("application/x-protobuf"),
                    .body = buf_view(body),
                    .header = &later,
                    .n_headers = is_later ? 1 : 0,
                });
}

void otlp_answer(const struct otlp_reply *reply)
{
    struct str message =
        reply->n_rejected > 0 ? str_from_cz(reply->first.text) : STR_EMPTY;
    struct buf body;

    buf_init(&body, 16 * 1024);
    if (reply->encoding == OTLP_JSON) {
        otlp_json_add_answer(&body, reply->rejected_name, reply->n_rejected,
                             message);
    } else {
        otlp_pb_add_answer(&body, reply->n_rejected, message);
    }
    send(reply, 200, &body);
    buf_fini(&body);
}

/* google.rpc.Code of an HTTP status. */
static int32_t code_of(int status)
{
    switch (status) {
    case 413:
        return 8; /* resource exhausted */
    case 503:
        return 14; /* unavailable: the one that is tried again */
    default:
        return 3; /* invalid argument */
    }
}

static void fail(const struct otlp_reply *reply, int status,
                 const struct why *why)
{
    struct buf body;

    buf_init(&body, 16 * 1024);
    if (reply->encoding == OTLP_JSON) {
        otlp_json_add_failure(&body, code_of(status), str_from_cz(why->text));
    } else {
        otlp_pb_add_failure(&body, code_of(status), str_from_cz(why->text));
    }
    send(reply, status, &body);
    buf_fini(&body);
}

void otlp_answer_failure(const struct otlp_reply *reply, enum rc rc,
                         const struct why *why)
{
    int status = http_status_of(rc);

    if (rc == RC_UNSUPPORTED) {
        status = 415;
    } else if (status != 413 && status < 500) {
        status = 400;
    } else if (status >= 500) {
        status = 503; /* any other 5xx would be final to an exporter */
    }
    fail(reply, status, why);
}

/* ---- requests ---- */

/* "application/json; charset=utf-8" is JSON. */
static enum rc read_encoding(struct otlp_reply *reply,
                             const struct http_request *req, struct why *why)
{
    struct str rest = req->content_type;
    struct str type = STR_EMPTY;

    reply->encoding = OTLP_JSON;
    if (!str_cut(&rest, ';', &type)) {
        type = STR_EMPTY;
    }
    type = str_trim(type);
    if (str_eq_nocase(type, STR("application/json"))) {
        return RC_OK;
    }
    if (str_eq_nocase(type, STR("application/x-protobuf"))) {
        reply->encoding = OTLP_PROTOBUF;
        return RC_OK;
    }
    return why_set(why, RC_UNSUPPORTED,
                   "content-type '%.*s' is not OTLP's; send "
                   "application/x-protobuf or application/json",
                   STR_ARG(str_utf8_cut(type, 64)));
}

static enum rc read_body(const struct http_request *req, struct buf *inflated,
                         struct str *ret_body, struct why *why)
{
    struct str encoding = str_trim(req->content_encoding);

    if (encoding.n == 0 || str_eq_nocase(encoding, STR("identity"))) {
        *ret_body = req->body;
        return RC_OK;
    }
    if (!str_eq_nocase(encoding, STR("gzip")) &&
        !str_eq_nocase(encoding, STR("x-gzip"))) {
        return why_set(why, RC_UNSUPPORTED,
                       "content-encoding '%.*s' is not understood; send gzip "
                       "or none",
                       STR_ARG(str_utf8_cut(encoding, 64)));
    }
    enum rc rc = gz_inflate(req->body, inflated, why);
    if (rc == RC_OK) {
        *ret_body = buf_view(inflated);
    }
    return rc;
}

bool otlp_body(struct otlp_reply *reply, const struct http_request *req,
               struct buf *inflated, struct str *ret_body)
{
    struct why why;
    enum rc rc = read_encoding(reply, req, &why);

    buf_init(inflated, LIMIT_BODY_MAX);
    if (rc == RC_OK) {
        rc = read_body(req, inflated, ret_body, &why);
    }
    if (rc != RC_OK) {
        otlp_answer_failure(reply, rc, &why);
        buf_fini(inflated);
        return false;
    }
    /* An empty body of JSON says nothing, as one of protobuf does. */
    if (reply->encoding == OTLP_JSON && str_trim(*ret_body).n == 0) {
        *ret_body = STR("{}");
    }
    return true;
}

void otlp_refuse(struct otlp *o, struct otlp_reply *reply, int64_t now_us,
                 struct str place, const struct why *why)
{
    if (reply->n_rejected == 0) {
        reply->first = *why;
    }
    reply->n_rejected++;
    reject_add(o->rejects, now_us, STR("otlp"), place, str_from_cz(why->text),
               STR_EMPTY);
}

/* ---- spans ---- */

struct taking {
    struct otlp *o;
    struct otlp_post *post;
    struct arena arena;
    int64_t now_us;
};

static struct buf *piece_with_room(struct otlp_post *post)
{
    if (post->last == NULL ||
        post->last->bytes.n + NOTE_BYTES_MAX > LIMIT_JOURNAL_RECORD_MAX) {
        struct otlp_piece *piece = mem_alloc(sizeof *piece);
        buf_init(&piece->bytes, LIMIT_JOURNAL_RECORD_MAX);
        otlp_record_begin(&piece->bytes, OTLP_RECORD_SPANS);
        if (post->last != NULL) {
            post->last->next = piece;
        } else {
            post->first = piece;
        }
        post->last = piece;
    }
    return &post->last->bytes;
}

static enum rc take_span(void *arg, const struct otlp_span *span,
                         struct why *why)
{
    struct taking *t = arg;
    struct otlp_note note;
    struct why cause;

    if (t->post->n_spans == LIMIT_OTLP_SPANS_PER_BODY) {
        return why_set(why, RC_LIMIT, "over %d spans in one request",
                       LIMIT_OTLP_SPANS_PER_BODY);
    }
    arena_reset(&t->arena);
    enum rc rc = otlp_map_span(span, t->now_us, &t->arena, &note, &cause);
    if (rc == RC_OK) {
        struct buf *bytes = piece_with_room(t->post);
        size_t before = bytes->n;
        otlp_record_add_note(bytes, &note);
        t->post->n_bytes += bytes->n - before;
        t->post->n_spans++;
    } else if (rc != RC_NOT_FOUND) {
        struct str id =
            otlp_span_event_id(span->trace_id, span->span_id, &t->arena);
        otlp_refuse(t->o, &t->post->reply, t->now_us, id, &cause);
        atomic_fetch_add(&t->o->n_spans_rejected, 1);
    }
    return RC_OK;
}

void otlp_post_free(struct otlp_post *post)
{
    while (post->first != NULL) {
        struct otlp_piece *piece = post->first;
        post->first = piece->next;
        buf_fini(&piece->bytes);
        mem_free(piece);
    }
    mem_free(post);
}

/* False when too much waits already. */
static bool enqueue(struct otlp *o, struct otlp_post *post)
{
    mutex_lock(&o->lock);
    bool has_room = o->queue_bytes == 0 ||
                    o->queue_bytes + post->n_bytes <= LIMIT_OTLP_QUEUE_BYTES;
    if (has_room) {
        o->queue_bytes += post->n_bytes;
        if (o->queue_last != NULL) {
            o->queue_last->next = post;
        } else {
            o->queue_first = post;
        }
        o->queue_last = post;
        cond_signal(&o->wake);
    }
    mutex_unlock(&o->lock);
    return has_room;
}

static void hand_over(struct otlp *o, struct otlp_post *post)
{
    struct why why;

    if (post->n_spans == 0) {
        otlp_answer(&post->reply);
        otlp_post_free(post);
    } else if (!enqueue(o, post)) {
        (void)why_set(&why, RC_FULL, "too many spans wait for the disk");
        otlp_answer_failure(&post->reply, RC_FULL, &why);
        otlp_post_free(post);
    }
}

void otlp_post_traces(struct otlp *o, struct http_call *call,
                      const struct http_request *req, int64_t now_us)
{
    struct otlp_post *post = mem_alloc(sizeof *post);
    struct taking t = {.o = o, .post = post, .now_us = now_us};
    struct buf inflated;
    struct str body;
    struct why why;

    post->reply =
        (struct otlp_reply){.call = call, .rejected_name = "rejectedSpans"};
    if (!otlp_body(&post->reply, req, &inflated, &body)) {
        otlp_post_free(post);
        return;
    }
    arena_init(&t.arena, LIMIT_ARENA_MAX);
    enum rc rc = post->reply.encoding == OTLP_JSON
                     ? otlp_json_spans(body, take_span, &t, &why)
                     : otlp_pb_spans(body, take_span, &t, &why);
    arena_fini(&t.arena);
    buf_fini(&inflated);
    if (rc != RC_OK) {
        otlp_answer_failure(&post->reply, rc, &why);
        otlp_post_free(post);
        return;
    }
    hand_over(o, post);
}

/* ---- metrics ---- */

void otlp_post_metrics(struct otlp *o, struct http_call *call,
                       const struct http_request *req, int64_t now_us)
{
    struct otlp_reply reply = {.call = call,
                               .rejected_name = "rejectedDataPoints"};
    struct buf inflated;
    struct str body;
    uint64_t n = 0;
    struct why why;

    (void)now_us;
    if (!otlp_body(&reply, req, &inflated, &body)) {
        return;
    }
    enum rc rc = reply.encoding == OTLP_JSON ? otlp_json_metrics(body, &n, &why)
                                             : otlp_pb_metrics(body, &n, &why);
    buf_fini(&inflated);
    if (rc != RC_OK) {
        otlp_answer_failure(&reply, rc, &why);
        return;
    }
    atomic_fetch_add(&o->n_metrics_ignored, n);
    otlp_answer(&reply);
}
