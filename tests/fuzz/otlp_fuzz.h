/* Any bytes as an OTLP body: what is taken survives the spool's form, and what
 * its traces are counted for is never more than their spans state. */
#ifndef TESTS_FUZZ_OTLP_FUZZ_H
#define TESTS_FUZZ_OTLP_FUZZ_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/utc.h"
#include "base/why.h"
#include "capture/otlp/otlp_decode.h"
#include "capture/otlp/otlp_map.h"
#include "capture/otlp/otlp_record.h"
#include "capture/otlp/otlp_trace.h"
#include "event/event.h"
#include "event/event_bin.h"
#include "event/event_check.h"

#define OTLP_FUZZ_NOW_US (INT64_C(1795000000) * UTC_US_PER_SECOND)

struct otlp_fuzz {
    struct otlp_traces *traces;
    struct arena arena;
    num_i128 stated;
    num_i128 counted;
};

static inline num_i128 otlp_fuzz_tokens(const struct event *ev)
{
    num_i128 sum = 0;
    for (unsigned k = 0; k < TOKEN__COUNT; k++) {
        CHECK(ev->token[k] >= 0);
        sum += ev->token[k];
    }
    return sum;
}

static inline void otlp_fuzz_event(void *arg, struct event *ev,
                                   bool has_environment)
{
    struct otlp_fuzz *f = arg;
    struct why why = {.text = ""};
    (void)has_environment;
    struct buf bytes;
    struct event again;
    f->counted += otlp_fuzz_tokens(ev);
    buf_init(&bytes, LIMIT_JOURNAL_RECORD_MAX);
    event_bin_add(&bytes, ev);
    struct str rest = buf_view(&bytes);
    CHECK(bytes.n < 32 * 1024);
    CHECK(event_bin_read(&rest, &again, NULL) == RC_OK && rest.n == 0);
    buf_fini(&bytes);
    CHECK(ev->id.n > 0 && ev->id.n <= LIMIT_ID_MAX);
    /* Sums of what is allowed may be over what is. */
    CHECK(event_check(ev, OTLP_FUZZ_NOW_US, &why) == RC_OK ||
          why.text[0] != '\0');
}

static inline enum rc otlp_fuzz_span(void *arg, const struct otlp_span *span,
                                     struct why *why)
{
    struct otlp_fuzz *f = arg;
    struct otlp_note note;
    struct otlp_note again;
    struct buf bytes;
    arena_reset(&f->arena);
    why->text[0] = '\0';
    enum rc rc = otlp_map_span(span, OTLP_FUZZ_NOW_US, &f->arena, &note, why);
    CHECK(rc == RC_OK || rc == RC_NOT_FOUND || why->text[0] != '\0');
    if (rc != RC_OK) {
        return RC_OK;
    }
    buf_init(&bytes, LIMIT_JOURNAL_RECORD_MAX);
    otlp_record_add_note(&bytes, &note);
    CHECK(buf_rc(&bytes, NULL) == RC_OK && bytes.n < 16 * 1024);
    struct str rest = buf_view(&bytes);
    CHECK(otlp_record_note(&rest, &again, NULL) == RC_OK && rest.n == 0);
    if (otlp_traces_add(f->traces, &note, 0, 0)) {
        f->stated += otlp_fuzz_tokens(&note.ev);
    }
    buf_fini(&bytes);
    return RC_OK;
}

static inline enum rc otlp_fuzz_log(void *arg, const struct otlp_log *log,
                                    struct why *why)
{
    struct otlp_fuzz *f = arg;
    struct otlp_note note;
    arena_reset(&f->arena);
    why->text[0] = '\0';
    enum rc rc = otlp_map_log(log, OTLP_FUZZ_NOW_US, &f->arena, &note, why);
    CHECK(rc == RC_OK || rc == RC_NOT_FOUND || why->text[0] != '\0');
    CHECK(rc != RC_OK || note.ev.id.n > 0);
    return RC_OK;
}

typedef enum rc otlp_fuzz_spans_fn(struct str body, otlp_span_fn *fn, void *arg,
                                   struct why *why);
typedef enum rc otlp_fuzz_logs_fn(struct str body, otlp_log_fn *fn, void *arg,
                                  struct why *why);

static inline void otlp_fuzz_body(struct str body, otlp_fuzz_spans_fn *spans,
                                  otlp_fuzz_logs_fn *logs)
{
    struct otlp_fuzz f = {.traces = otlp_traces_new()};
    struct why why = {.text = ""};
    unsigned char id[OTLP_TRACE_BYTES];
    arena_init(&f.arena, LIMIT_ARENA_MAX);
    enum rc rc = spans(body, otlp_fuzz_span, &f, &why);
    CHECK(rc == RC_OK || why.text[0] != '\0');
    otlp_traces_rewind(f.traces);
    while (otlp_traces_due(f.traces, INT64_MAX / 2, true, id)) {
        otlp_traces_settle(f.traces, id, otlp_fuzz_event, &f);
        otlp_traces_settle(f.traces, id, otlp_fuzz_event, &f);
    }
    CHECK(f.counted <= f.stated);
    rc = logs(body, otlp_fuzz_log, &f, &why);
    CHECK(rc == RC_OK || rc == RC_PARSE || rc == RC_LIMIT);
    otlp_traces_free(&f.traces);
    arena_fini(&f.arena);
}

#endif
