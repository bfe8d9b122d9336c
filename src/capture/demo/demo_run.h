/* One use of a feature, as the calls it makes: one, or the several of an
 * agent or a conversation, with their retries and fallbacks.  One thread. */
#ifndef CAPTURE_DEMO_RUN_H
#define CAPTURE_DEMO_RUN_H

#include "base/str.h"
#include "capture/demo/demo_cast.h"
#include "capture/demo/demo_who.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An event in small: tens of thousands wait for their time. */
struct demo_call {
    int64_t ts_us;
    uint64_t run;           /* 0: none */
    const struct str *step; /* of the cast; NULL: none */
    struct demo_who who;
    enum demo_feature feature;
    enum demo_model model;
    enum demo_model requested;
    enum demo_model fallback_from; /* DEMO_MODEL_NONE: none */
    enum event_status status;
    uint32_t attempt;
    int32_t latency_ms; /* -1: unknown */
    int32_t ttft_ms;
    int64_t input_tok; /* classes are disjoint, as in struct event */
    int64_t cache_read_tok;
    int64_t cache_write_5m_tok;
    int64_t cache_write_1h_tok;
    int64_t output_tok;
    int64_t reasoning_tok;
};

/* Calls in no order; those at or behind the world's end are not kept. */
struct demo_calls {
    struct demo_call *at;
    size_t n;
    size_t cap;
};

void demo_calls_fini(struct demo_calls *calls);

/* demo_run_add: one use of the feature that begins at `ts_us`; returns how
 * many calls were kept, at least one. */
size_t demo_run_add(struct demo_world *w, enum demo_feature feature,
                    int64_t ts_us, struct demo_calls *calls);

/* demo_run_add_looping: likewise, one call of the run that never ends. */
size_t demo_run_add_looping(struct demo_world *w, int64_t ts_us,
                            struct demo_calls *calls);

#endif
