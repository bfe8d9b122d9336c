#include "app/serve_otlp.h"

#include "app/ledger.h"
#include "app/serve_metrics.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/thread.h"
#include "capture/otlp/otlp.h"
#include "net/http_error.h"
#include "net/http_server.h"

#include <stddef.h>
#include <string.h>

struct serve_otlp {
    struct otlp *otlp;
    struct thread thread;
};

/* ---- the thread ---- */

static void *tick_main(void *arg)
{
    struct otlp *otlp = arg;
    int64_t next_us = clock_mono_us();

    while (otlp_wait(otlp, next_us)) {
        otlp_tick(otlp, clock_now_us(), clock_mono_us(), false);
        next_us = clock_mono_us() + LIMIT_OTLP_TICK_MS * INT64_C(1000);
    }
    otlp_tick(otlp, clock_now_us(), clock_mono_us(), true);
    return NULL;
}

enum rc serve_otlp_open(struct ledger *ledger, struct serve_otlp **ret,
                        struct why *why)
{
    struct serve_otlp *s = mem_alloc(sizeof *s);
    const struct otlp_options opt = {.dir = ledger->dir,
                                     .intake = ledger->intake,
                                     .rejects = ledger->rejects};
    enum rc rc =
        otlp_open(&opt, clock_now_us(), clock_mono_us(), &s->otlp, why);

    if (rc == RC_OK) {
        rc = thread_start(&s->thread, "toll-otlp", tick_main, s->otlp, why);
    }
    if (rc != RC_OK) {
        serve_otlp_close(&s);
        return rc;
    }
    *ret = s;
    return RC_OK;
}

void serve_otlp_close(struct serve_otlp **otlp)
{
    if (otlp == NULL || *otlp == NULL) {
        return;
    }
    struct serve_otlp *s = *otlp;

    if (s->otlp != NULL) {
        otlp_end(s->otlp);
    }
    thread_join(&s->thread);
    otlp_close(&s->otlp);
    mem_free(s);
    *otlp = NULL;
}

/* ---- routes ---- */

typedef void post_fn(struct otlp *o, struct http_call *call,
                     const struct http_request *req, int64_t now_us);

static const struct {
    struct str path;
    post_fn *post;
} routes[] = {
    {STR_INIT("/v1/traces"), otlp_post_traces},
    {STR_INIT("/v1/logs"), otlp_post_logs},
    {STR_INIT("/v1/metrics"), otlp_post_metrics},
};

bool serve_otlp_take(struct serve_otlp *s, struct http_call *call,
                     const struct http_request *req)
{
    for (size_t i = 0; i < ARRAY_N(routes); i++) {
        if (!str_eq(req->path, routes[i].path)) {
            continue;
        }
        if (req->method == HTTP_POST) {
            routes[i].post(s->otlp, call, req, clock_now_us());
        } else {
            http_answer_error(call, 405, STR("method"),
                              STR("this route does not take that method"),
                              STR("POST"));
        }
        return true;
    }
    return false;
}

/* ---- metrics ---- */

#define ROW(name, type, member, help)                               \
    {                                                               \
        name, type, help, offsetof(struct otlp_counts_told, member) \
    }

static const struct {
    const char *name;
    const char *type;
    const char *help;
    size_t at; /* in the counts */
} rows[] = {
    ROW("toll_otlp_spans_total", "counter", n_spans, "Spans taken."),
    ROW("toll_otlp_spans_rejected_total", "counter", n_spans_rejected,
        "Spans refused."),
    ROW("toll_otlp_spans_repeated_total", "counter", n_spans_repeated,
        "Spans that were sent again."),
    ROW("toll_otlp_logs_total", "counter", n_logs, "Log records with usage."),
    ROW("toll_otlp_logs_ignored_total", "counter", n_logs_ignored,
        "Log records without usage, or repeating another's."),
    ROW("toll_otlp_logs_rejected_total", "counter", n_logs_rejected,
        "Log records refused."),
    ROW("toll_otlp_metrics_ignored_total", "counter", n_metrics_ignored,
        "Metrics, which repeat what spans and logs tell."),
    ROW("toll_otlp_events_total", "counter", n_events,
        "Events counted from spans and log records."),
    ROW("toll_otlp_traces_open", "gauge", n_open, "Traces not settled yet."),
    ROW("toll_otlp_traces_kept", "gauge", n_kept,
        "Traces counted and kept for late spans."),
    ROW("toll_otlp_trace_bytes", "gauge", n_bytes, "Memory the traces take."),
    ROW("toll_otlp_spool_failures_total", "counter", n_spool_failures,
        "Times the spool or intake refused; it is tried again."),
};

void serve_otlp_metrics(struct serve_otlp *s, struct buf *out)
{
    struct otlp_counts_told counts;

    otlp_count_told(s->otlp, &counts);
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        uint64_t value;
        memcpy(&value, (const char *)&counts + rows[i].at, sizeof value);
        serve_metrics_add(out, rows[i].name, rows[i].help, rows[i].type, value);
    }
}
