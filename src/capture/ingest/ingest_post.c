#include "base/gz.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/why.h"
#include "capture/ingest/ingest_priv.h"
#include "intake/intake.h"
#include "intake/reject.h"
#include "net/http_error.h"
#include "net/http_server.h"

/* Of a body in which everything is wrong, this many places are told. */
#define REJECTIONS_TOLD_MAX 1000

struct post *post_new(const struct ingest *in, struct http_call *call,
                      enum event_source source, size_t arena_max,
                      int64_t now_us)
{
    struct post *p = mem_alloc(sizeof *p);

    *p = (struct post){.in = in, .call = call, .now_us = now_us};
    arena_init(&p->arena, arena_max);
    buf_init(&p->rejected, REJECTIONS_TOLD_MAX * sizeof(struct why) * 8);
    json_w_init(&p->rejected_w, &p->rejected);
    json_w_arr(&p->rejected_w);
    p->put = intake_begin(in->intake, source);
    return p;
}

static void post_free(struct post *p)
{
    arena_fini(&p->arena);
    buf_fini(&p->rejected);
    mem_free(p);
}

bool post_is_over(enum rc rc)
{
    return rc == RC_FULL || rc == RC_IO || rc == RC_UNAVAILABLE ||
           rc == RC_BUSY;
}

enum rc post_add(struct post *p, struct event *ev, bool has_environment,
                 struct why *why)
{
    enum intake_verdict verdict = INTAKE_ACCEPTED;
    enum rc rc =
        intake_add(p->put, ev, has_environment, p->now_us, &verdict, why);

    if (rc != RC_OK) {
        return rc;
    }
    p->n_seen++;
    p->n_accepted += verdict == INTAKE_ACCEPTED ? 1 : 0;
    p->n_duplicates += verdict == INTAKE_DUPLICATE ? 1 : 0;
    return RC_OK;
}

enum rc post_add_record(struct post *p, struct record *rec, struct why *why)
{
    enum intake_verdict verdict = INTAKE_ACCEPTED;
    enum rc rc = intake_add_record(p->put, rec, p->now_us, &verdict, why);

    if (rc != RC_OK) {
        return rc;
    }
    p->n_seen++;
    p->n_accepted += verdict == INTAKE_ACCEPTED ? 1 : 0;
    p->n_duplicates += verdict == INTAKE_DUPLICATE ? 1 : 0;
    return RC_OK;
}

void post_refuse(struct post *p, struct str kept, const struct why *why)
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
               str_from_cz(why->text), kept);
    buf_fini(&b);
    p->n_seen++;
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

void post_end(struct post *p, enum rc rc, const struct why *why,
              struct str hint)
{
    if (rc == RC_OK) {
        intake_commit(&p->put, on_durable, p);
        return;
    }
    intake_abort(&p->put);
    http_answer_error(p->call, rc == RC_UNSUPPORTED ? 415 : http_status_of(rc),
                      str_from_cz(rc_name(rc)), str_from_cz(why->text), hint);
    post_free(p);
}

enum rc post_body(const struct http_request *req, struct buf *inflated,
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
