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
    struct otlp_putting putting;
    struct arena arena;
    uint64_t n_seen;
    uint64_t n_taken;
};

enum rc otlp_put(struct otlp_putting *p, struct event *ev, bool has_environment,
                 struct why *why)
{
    enum intake_verdict verdict = INTAKE_ACCEPTED;
    enum rc rc = event_check(ev, p->now_us, why);

    if (rc == RC_OK) {
        rc = intake_add(p->put, ev, has_environment, p->now_us, &verdict, why);
    }
    p->n_accepted += rc == RC_OK && verdict == INTAKE_ACCEPTED ? 1 : 0;
    return rc;
}

bool otlp_is_trouble(enum rc rc)
{
    return rc == RC_FULL || rc == RC_IO || rc == RC_UNAVAILABLE ||
           rc == RC_BUSY;
}

static enum rc put_log(struct log_post *p, struct otlp_note *note,
                       struct why *why)
{
    enum rc rc = event_settle(&note->ev, &p->arena, why);

    if (rc != RC_OK) {
        note->ev.dim[DIM_PROVIDER] = STR("unknown"); /* rather than lost */
        rc = event_settle(&note->ev, &p->arena, why);
    }
    return rc == RC_OK
               ? otlp_put(&p->putting, &note->ev, note->has_environment, why)
               : rc;
}

static enum rc take_log(void *arg, const struct otlp_log *log, struct why *why)
{
    struct log_post *p = arg;
    struct otlp_note note;

    arena_reset(&p->arena);
    p->n_seen++;
    enum rc rc = otlp_map_log(log, p->putting.now_us, &p->arena, &note, why);
    if (rc == RC_NOT_FOUND) {
        atomic_fetch_add(&p->o->n_logs_ignored, 1);
        return RC_OK;
    }
    if (rc == RC_OK) {
        rc = put_log(p, &note, why);
    }
    if (otlp_is_trouble(rc)) {
        return rc;
    }
    if (rc == RC_OK) {
        p->n_taken++;
        return RC_OK;
    }
    struct str place =
        str_fmt(&p->arena, "record %llu", (unsigned long long)p->n_seen);
    otlp_refuse(p->o, &p->reply, p->putting.now_us, place, why);
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
        atomic_fetch_add(&p->o->n_logs, p->n_taken);
        atomic_fetch_add(&p->o->n_events, p->putting.n_accepted);
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

    *p = (struct log_post){.o = o};
    p->reply = (struct otlp_reply){.call = call,
                                   .rejected_name = "rejectedLogRecords"};
    arena_init(&p->arena, LIMIT_ARENA_MAX);
    if (!otlp_body(&p->reply, req, &inflated, &body)) {
        free_log_post(p);
        return;
    }
    p->putting = (struct otlp_putting){
        .put = intake_begin(o->intake, EVENT_SOURCE_OTLP), .now_us = now_us};
    enum rc rc = p->reply.encoding == OTLP_JSON
                     ? otlp_json_logs(body, take_log, p, &why)
                     : otlp_pb_logs(body, take_log, p, &why);
    buf_fini(&inflated);
    if (rc == RC_OK) {
        intake_commit(&p->putting.put, on_durable, p);
        return;
    }
    intake_abort(&p->putting.put);
    otlp_answer_failure(&p->reply, rc, &why);
    free_log_post(p);
}
