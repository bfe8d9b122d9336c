#include "capture/otlp/otlp_priv.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/mem.h"
#include "capture/otlp/otlp_decode.h"
#include "event/event_check.h"
#include "intake/intake.h"
#include "intake/reject.h"
#include "net/http_server.h"

/* One request between its decoding and its answer. */
struct log_post {
    struct otlp *o;
    struct otlp_reply reply;
    struct intake_put *put;
    struct arena arena;
    int64_t now_us;
    uint64_t n_seen;
};

enum rc otlp_put(struct otlp *o, struct intake_put *put, struct event *ev,
                 bool has_environment, int64_t now_us, bool *ret_ok,
                 struct why *why)
{
    enum intake_verdict verdict = INTAKE_ACCEPTED;
    enum rc rc = event_check(ev, now_us, why);

    if (rc == RC_OK) {
        rc = intake_add(put, ev, has_environment, now_us, &verdict, why);
    }
    if (rc == RC_FULL || rc == RC_IO || rc == RC_UNAVAILABLE || rc == RC_BUSY) {
        return rc;
    }
    *ret_ok = rc == RC_OK;
    if (rc == RC_OK && verdict == INTAKE_ACCEPTED) {
        atomic_fetch_add(&o->n_events, 1);
    }
    return RC_OK;
}

static enum rc take_log(void *arg, const struct otlp_log *log, struct why *why)
{
    struct log_post *p = arg;
    struct otlp_note note;
    struct why cause;
    bool is_ok = false;
    enum rc trouble = RC_OK;

    arena_reset(&p->arena);
    p->n_seen++;
    enum rc rc = otlp_map_log(log, p->now_us, &p->arena, &note, &cause);
    if (rc == RC_NOT_FOUND) {
        atomic_fetch_add(&p->o->n_logs_ignored, 1);
        return RC_OK;
    }
    if (rc == RC_OK && event_settle(&note.ev, &p->arena, &cause) != RC_OK) {
        note.ev.dim[DIM_PROVIDER] = STR("unknown"); /* rather than lost */
        rc = event_settle(&note.ev, &p->arena, &cause);
    }
    if (rc == RC_OK) {
        trouble = otlp_put(p->o, p->put, &note.ev, note.has_environment,
                           p->now_us, &is_ok, &cause);
    }
    if (trouble != RC_OK) {
        *why = cause;
        return trouble;
    }
    if (is_ok) {
        atomic_fetch_add(&p->o->n_logs, 1);
        return RC_OK;
    }
    struct str place =
        str_fmt(&p->arena, "record %llu", (unsigned long long)p->n_seen);
    otlp_refuse(p->o, &p->reply, p->now_us, place, &cause);
    atomic_fetch_add(&p->o->n_logs_rejected, 1);
    return RC_OK;
}

static void free_log_post(struct log_post *p)
{
    arena_fini(&p->arena);
    mem_free(p);
}

/* On the journal's thread. */
static void on_durable(void *arg, enum rc rc, const struct why *why)
{
    struct log_post *p = arg;

    if (rc == RC_OK) {
        otlp_answer(&p->reply);
    } else {
        otlp_answer_failure(&p->reply, RC_UNAVAILABLE, why);
    }
    free_log_post(p);
}

void otlp_post_logs(struct otlp *o, struct http_call *call,
                    const struct http_request *req, int64_t now_us)
{
    struct log_post *p = mem_alloc(sizeof *p);
    struct buf inflated;
    struct str body;
    struct why why;

    *p = (struct log_post){.o = o, .now_us = now_us};
    p->reply = (struct otlp_reply){.call = call,
                                   .rejected_name = "rejectedLogRecords"};
    arena_init(&p->arena, LIMIT_ARENA_MAX);
    if (!otlp_body(&p->reply, req, &inflated, &body)) {
        free_log_post(p);
        return;
    }
    p->put = intake_begin(o->intake, EVENT_SOURCE_OTLP);
    enum rc rc = p->reply.encoding == OTLP_JSON
                     ? otlp_json_logs(body, take_log, p, &why)
                     : otlp_pb_logs(body, take_log, p, &why);
    buf_fini(&inflated);
    if (rc == RC_OK) {
        intake_commit(&p->put, on_durable, p);
        return;
    }
    intake_abort(&p->put);
    otlp_answer_failure(&p->reply, rc, &why);
    free_log_post(p);
}
