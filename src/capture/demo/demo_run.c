#include "capture/demo/demo_run.h"

#include "base/mem.h"

#define US_PER_MS INT64_C(1000)

#define FRESH_MIN         20.0
#define FRESH_MAX         60000.0 /* what the product cuts tickets to */
#define OUTPUT_MAX        8000.0
#define CONTEXT_MAX       150000 /* stays below every long-context price */
#define AUTOMATIC_BLOCK   128    /* automatic caches match whole blocks */
#define LATER_HIT_PERCENT 96     /* a conversation finds its own beginning */
#define KEPT_PERCENT      90     /* of what is new, written for the next call */

#define FAIL_PERMILLE       10 /* of first attempts */
#define FAIL_AGAIN_PERMILLE 150
#define ATTEMPTS_MAX        3
#define TIMEOUT_PERCENT     30 /* of failures: these are billed */
#define CANCEL_PERMILLE     4

#define RANKER_PERCENT 70
#define RANKER_TOK     5200.0
#define BATCH_MS       60000

#define LOOP_RUN_USER   7
#define LOOP_FIRST_TOK  30000.0
#define LOOP_GROWN_TOK  120000.0
#define LOOP_GROWN_WHEN 0.15 /* of its time: then the context is full */

struct run {
    struct demo_world *w;
    const struct demo_feature_row *row;
    struct demo_calls *calls;
    struct demo_call call; /* the next one */
    int64_t context_tok;   /* all that the last call saw and said */
    size_t n_kept;
};

void demo_calls_fini(struct demo_calls *calls)
{
    mem_free(calls->at);
    *calls = (struct demo_calls){0};
}

static void add_call(struct run *run)
{
    struct demo_calls *calls = run->calls;

    if (run->call.ts_us >= run->w->calendar.end_us) {
        return;
    }
    if (calls->n == calls->cap) {
        calls->cap = calls->cap == 0 ? 1024 : calls->cap * 2;
        calls->at = mem_grow(calls->at, calls->cap, sizeof *calls->at);
    }
    calls->at[calls->n++] = run->call;
    run->n_kept++;
}

static bool happens(struct demo_world *w, unsigned permille)
{
    return rand_below(&w->rand, 1000) < permille;
}

static int64_t scattered(struct demo_world *w, double median, double sigma,
                         double most)
{
    double x = median * rand_lognormal(&w->rand, 0.0, sigma);

    return (int64_t)(x < most ? x : most);
}

/* ---- tokens ---- */

/* What the prompt's cache makes of a call's input: `prefix` was sent before,
 * if only by others, `fresh` was not. */
static void split_input(struct run *run, int64_t prefix, int64_t fresh,
                        bool is_first)
{
    const struct demo_feature_row *row = run->row;
    struct demo_call *call = &run->call;
    int hit_percent = is_first ? row->hit_percent : LATER_HIT_PERCENT;
    bool is_hit = prefix > 0 && demo_chance(run->w, hit_percent);
    int64_t kept = row->calls_max > 1 ? fresh * KEPT_PERCENT / 100 : 0;

    call->cache_read_tok = 0;
    call->cache_write_5m_tok = 0;
    call->cache_write_1h_tok = 0;
    switch (demo_model_table[call->model].cache) {
    case DEMO_CACHE_NONE:
        break;
    case DEMO_CACHE_AUTOMATIC:
        call->cache_read_tok = is_hit ? prefix - prefix % AUTOMATIC_BLOCK : 0;
        break;
    case DEMO_CACHE_WRITTEN:
        call->cache_write_5m_tok = kept;
        if (is_hit) {
            call->cache_read_tok = prefix;
        } else if (is_first && row->is_cache_long) {
            call->cache_write_1h_tok = prefix;
        } else {
            call->cache_write_5m_tok += prefix;
        }
        break;
    }
    call->input_tok = prefix + fresh - call->cache_read_tok -
                      call->cache_write_5m_tok - call->cache_write_1h_tok;
}

/* The prompt that grew, did so in all its parts: the cache works as before. */
static void grow_input(const struct demo_world *w, struct demo_call *call)
{
    const struct demo_incident_row *growth = &w->incident[DEMO_INCIDENT_GROWTH];

    if (call->feature != growth->feature || call->ts_us < growth->from_us) {
        return;
    }
    call->input_tok = call->input_tok * DEMO_GROWN_PERCENT / 100;
    call->cache_read_tok = call->cache_read_tok * DEMO_GROWN_PERCENT / 100;
    call->cache_write_5m_tok =
        call->cache_write_5m_tok * DEMO_GROWN_PERCENT / 100;
    call->cache_write_1h_tok =
        call->cache_write_1h_tok * DEMO_GROWN_PERCENT / 100;
}

static double input_factor(const struct demo_who *who)
{
    enum demo_segment segment =
        who->customer < 0 ? DEMO_SEGMENT_NONE
                          : demo_customer_table[who->customer].segment;
    double factor = demo_segment_table[segment].input_factor;

    return who->is_treated
               ? factor * demo_experiment_table[who->experiment].input_factor
               : factor;
}

static void set_reasoning(struct run *run)
{
    struct demo_call *call = &run->call;
    int percent = demo_model_table[call->model].reasoning_percent;

    call->reasoning_tok = 0;
    if (percent > 0) {
        /* Between half of it and half as much again. */
        int64_t by =
            percent / 2 + (int64_t)rand_below(&run->w->rand, (uint64_t)percent);
        call->reasoning_tok = call->output_tok * by / 100;
    }
}

static void set_tokens(struct run *run, bool is_first)
{
    const struct demo_feature_row *row = run->row;
    struct demo_call *call = &run->call;
    const struct demo_who *who = &call->who;
    double median = is_first ? row->input_tok : row->turn_tok;
    double output = row->output_tok;
    int64_t prefix = is_first ? row->system_tok : run->context_tok;

    if (who->is_treated) {
        output *= demo_experiment_table[who->experiment].output_factor;
    }
    int64_t fresh =
        (int64_t)FRESH_MIN + scattered(run->w, median * input_factor(who),
                                       row->input_sigma, FRESH_MAX);
    call->output_tok =
        output > 0.0
            ? 1 + scattered(run->w, output, row->output_sigma, OUTPUT_MAX)
            : 0;
    split_input(run, prefix, fresh, is_first);
    grow_input(run->w, call);
    set_reasoning(run);
    run->context_tok = prefix + fresh + call->output_tok;
    if (run->context_tok > CONTEXT_MAX) {
        run->context_tok = CONTEXT_MAX;
    }
}

/* ---- one call, however many attempts ---- */

static void set_latency(struct run *run)
{
    struct demo_call *call = &run->call;
    const struct demo_model_row *model = &demo_model_table[call->model];

    call->latency_ms = -1;
    call->ttft_ms = -1;
    if (run->row->tier == SERVICE_TIER_BATCH) {
        return;
    }
    double factor = rand_lognormal(&run->w->rand, 0.0, 0.3);
    double first_ms =
        model->first_ms + model->ms_per_token * (double)call->reasoning_tok;
    double rest_ms = model->ms_per_token * (double)call->output_tok;
    call->latency_ms = (int32_t)((first_ms + rest_ms) * factor);
    if (run->row->has_users && call->output_tok > 0) {
        call->ttft_ms = (int32_t)(first_ms * factor);
    }
}

static void pass_time(struct run *run, int32_t gap_ms)
{
    int64_t gap_us = gap_ms * US_PER_MS;
    int32_t ms = run->call.latency_ms < 0 ? BATCH_MS : run->call.latency_ms;

    run->call.ts_us += ms * US_PER_MS + 1;
    if (gap_us > 0) {
        run->call.ts_us += (int64_t)rand_below(&run->w->rand, (uint64_t)gap_us);
    }
}

/* Most failures are turned away at the door, for nothing; some break off in
 * the middle and are billed so far. */
static void add_failure(struct run *run)
{
    struct demo_call whole = run->call;
    struct demo_call *call = &run->call;

    call->status = EVENT_STATUS_ERROR;
    if (demo_chance(run->w, TIMEOUT_PERCENT)) {
        call->output_tok /= 3;
        call->reasoning_tok /= 3;
    } else {
        call->input_tok = 0;
        call->cache_read_tok = 0;
        call->cache_write_5m_tok = 0;
        call->cache_write_1h_tok = 0;
        call->output_tok = 0;
        call->reasoning_tok = 0;
        if (call->latency_ms >= 0) {
            call->latency_ms = 60 + (int32_t)rand_below(&run->w->rand, 300);
        }
        call->ttft_ms = -1;
    }
    add_call(run);
    pass_time(run, 1500 * (int32_t)call->attempt);
    whole.ts_us = call->ts_us;
    whole.attempt = call->attempt + 1;
    *call = whole;
}

/* Another provider takes over; it has nothing of this in its cache. */
static void fall_back(struct run *run)
{
    struct demo_call *call = &run->call;

    call->fallback_from = call->requested;
    call->model = run->row->fallback;
    call->requested = run->row->fallback;
    call->input_tok += call->cache_read_tok + call->cache_write_5m_tok +
                       call->cache_write_1h_tok;
    call->cache_read_tok = 0;
    call->cache_write_5m_tok = 0;
    call->cache_write_1h_tok = 0;
    set_reasoning(run);
    set_latency(run);
}

static void make_call(struct run *run)
{
    struct demo_call *call = &run->call;
    unsigned permille = FAIL_PERMILLE;

    set_latency(run);
    while (call->attempt <= ATTEMPTS_MAX && happens(run->w, permille)) {
        add_failure(run);
        permille = FAIL_AGAIN_PERMILLE;
        if (call->attempt == ATTEMPTS_MAX &&
            run->row->fallback != DEMO_MODEL_NONE) {
            fall_back(run);
        }
    }
    if (call->attempt > ATTEMPTS_MAX) {
        return; /* given up */
    }
    call->status = EVENT_STATUS_OK;
    if (call->ttft_ms >= 0 && happens(run->w, CANCEL_PERMILLE)) {
        call->status = EVENT_STATUS_CANCELLED;
        call->output_tok = call->output_tok * 3 / 10;
    }
    add_call(run);
}

/* ---- runs ---- */

static enum demo_model served_by(const struct run *run)
{
    const struct demo_incident_row *swap =
        &run->w->incident[DEMO_INCIDENT_SWITCH];

    if (run->call.feature == swap->feature &&
        run->call.ts_us >= swap->from_us) {
        return DEMO_SWITCHED_TO;
    }
    return run->row->model;
}

static void begin_call(struct run *run)
{
    run->call.attempt = 1;
    run->call.requested = run->row->model;
    run->call.model = served_by(run);
    run->call.fallback_from = DEMO_MODEL_NONE;
}

/* The company's own model sorts help articles before the agent begins. */
static void make_ranker_call(struct run *run)
{
    static const struct str step = STR_INIT("rank-articles");
    struct demo_call *call = &run->call;

    call->attempt = 1;
    call->model = DEMO_MODEL_RANKER;
    call->requested = DEMO_MODEL_RANKER;
    call->step = &step;
    call->status = EVENT_STATUS_OK;
    call->input_tok = scattered(run->w, RANKER_TOK, 0.4, FRESH_MAX);
    set_latency(run);
    add_call(run);
    pass_time(run, 50);
}

static const struct str *step_of(const struct demo_feature_row *row, int i,
                                 int n)
{
    if (row->workflow.n == 0) {
        return NULL;
    }
    if (i == 0) {
        return &row->step_first;
    }
    return i + 1 < n ? &row->step_middle : &row->step_last;
}

size_t demo_run_add(struct demo_world *w, enum demo_feature feature,
                    int64_t ts_us, struct demo_calls *calls)
{
    const struct demo_feature_row *row = &demo_feature_table[feature];
    struct run run = {.w = w, .row = row, .calls = calls};
    int n = row->calls_min;

    run.call.feature = feature;
    run.call.ts_us = ts_us;
    run.call.who = demo_who_pick(w, feature, ts_us);
    run.call.run = row->workflow.n > 0 ? ++w->n_runs : 0;
    while (n < row->calls_max && demo_chance(w, row->more_percent)) {
        n++;
    }
    if (row->has_ranker && demo_chance(w, RANKER_PERCENT)) {
        make_ranker_call(&run);
    }
    for (int i = 0; i < n; i++) {
        begin_call(&run);
        run.call.step = step_of(row, i, n);
        set_tokens(&run, i == 0);
        make_call(&run);
        pass_time(&run, row->gap_ms);
    }
    return run.n_kept;
}

/* It reads back all that it has and looks up the same thing again, until the
 * window is full and then on. */
size_t demo_run_add_looping(struct demo_world *w, int64_t ts_us,
                            struct demo_calls *calls)
{
    const struct demo_incident_row *loop = &w->incident[DEMO_INCIDENT_LOOP];
    const struct demo_feature_row *row = &demo_feature_table[loop->feature];
    struct run run = {.w = w, .row = row, .calls = calls};
    struct demo_call *call = &run.call;
    double grown = (double)(ts_us - loop->from_us) /
                   (double)(loop->to_us - loop->from_us) / LOOP_GROWN_WHEN;

    if (w->loop_run == 0) {
        w->loop_run = ++w->n_runs;
    }
    call->feature = loop->feature;
    call->ts_us = ts_us;
    call->who = (struct demo_who){.customer = DEMO_LOOP_CUSTOMER,
                                  .user = LOOP_RUN_USER,
                                  .environment = ENVIRONMENT_PRODUCTION,
                                  .experiment = -1};
    call->run = w->loop_run;
    call->step = &row->step_middle;
    begin_call(&run);
    run.context_tok = (int64_t)(LOOP_FIRST_TOK +
                                LOOP_GROWN_TOK * (grown < 1.0 ? grown : 1.0));
    call->output_tok = 1 + scattered(w, 260.0, 0.3, OUTPUT_MAX);
    split_input(&run, run.context_tok, scattered(w, 2400.0, 0.3, FRESH_MAX),
                false);
    make_call(&run);
    return run.n_kept;
}
