#include "capture/demo/demo_event.h"

#include "base/check.h"

#include <string.h>

#define PROMPT_NEWEST 24 /* version; each is four releases old at its end */

/* ---- texts: millions an hour, so without printf ---- */

struct text {
    char *p;
    size_t n;
    size_t max;
};

static void add_str(struct text *t, struct str s)
{
    CHECK(s.n <= t->max - t->n);
    if (s.n > 0) {
        memcpy(t->p + t->n, s.p, s.n);
        t->n += s.n;
    }
}

static void add_number(struct text *t, uint64_t n, unsigned base)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    char last[64]; /* the digits, filled from the end */
    size_t at = sizeof last;

    do {
        last[--at] = digits[n % base];
        n /= base;
    } while (n > 0);
    add_str(t, (struct str){.p = last + at, .n = sizeof last - at});
}

static struct str view(const struct text *t)
{
    return (struct str){.p = t->p, .n = t->n};
}

static struct str id_text(struct demo_event *e, uint64_t n)
{
    struct text t = {.p = e->id, .max = sizeof e->id};

    add_str(&t, STR("demo-"));
    add_number(&t, e->calendar->seed, 10);
    add_str(&t, STR("-"));
    add_number(&t, n, 36);
    return view(&t);
}

static struct str run_text(struct demo_event *e, uint64_t run)
{
    struct text t = {.p = e->run, .max = sizeof e->run};

    if (run > 0) {
        add_str(&t, STR("run-"));
        add_number(&t, run, 36);
    }
    return view(&t);
}

static struct str user_text(struct demo_event *e, const struct demo_who *who)
{
    struct text t = {.p = e->user, .max = sizeof e->user};

    if (who->user > 0) {
        add_str(&t, who->customer < 0
                        ? STR("staff")
                        : demo_customer_table[who->customer].name);
        add_str(&t, STR("."));
        add_number(&t, who->user, 10);
    }
    return view(&t);
}

static struct str release_text(struct demo_event *e, int release)
{
    if (release != e->release) {
        e->release = release;
        e->release_n = demo_release_text(e->calendar, release, e->release_text);
    }
    return (struct str){.p = e->release_text, .n = e->release_n};
}

/* "reply-draft/v23-short".  A feature's prompt is renewed with every fourth
 * release, each feature's in its own week. */
static struct str prompt_text(struct demo_event *e,
                              const struct demo_call *call, int release)
{
    const struct demo_feature_row *row = &demo_feature_table[call->feature];
    struct text t = {.p = e->prompt, .max = sizeof e->prompt};

    if (row->operation != OPERATION_CHAT || call->model == DEMO_MODEL_RANKER) {
        return STR_EMPTY;
    }
    int renewals = (release + 3 - row->prompt_week) / 4;
    add_str(&t, row->name);
    add_str(&t, STR("/v"));
    add_number(&t, (uint64_t)(PROMPT_NEWEST - renewals), 10);
    if (call->who.is_treated) {
        add_str(&t, demo_experiment_table[call->who.experiment].prompt_suffix);
    }
    return view(&t);
}

/* ---- the event ---- */

void demo_event_init(struct demo_event *e, const struct demo_calendar *calendar)
{
    e->calendar = calendar;
    e->release = -1;
}

static void fill_numbers(struct event *ev, const struct demo_call *call)
{
    ev->ts_us = call->ts_us;
    ev->attempt = call->attempt;
    ev->token[TOKEN_INPUT] = call->input_tok;
    ev->token[TOKEN_CACHE_READ] = call->cache_read_tok;
    ev->token[TOKEN_CACHE_WRITE_5M] = call->cache_write_5m_tok;
    ev->token[TOKEN_CACHE_WRITE_1H] = call->cache_write_1h_tok;
    ev->token[TOKEN_OUTPUT] = call->output_tok;
    ev->token[TOKEN_OUTPUT_REASONING] = call->reasoning_tok;
    ev->latency_ms = call->latency_ms;
    ev->ttft_ms = call->ttft_ms;
}

/* What anybody can tell who sees the call pass by, tagged or not. */
static void fill_outside(struct event *ev, const struct demo_call *call)
{
    const struct demo_feature_row *row = &demo_feature_table[call->feature];
    const struct demo_model_row *model = &demo_model_table[call->model];

    ev->source = EVENT_SOURCE_DEMO;
    ev->operation =
        call->model == DEMO_MODEL_RANKER ? OPERATION_RERANK : row->operation;
    ev->service_tier = row->tier;
    ev->environment = call->who.environment;
    ev->status = call->status;
    ev->dim[DIM_PROVIDER] = model->provider;
    ev->dim[DIM_MODEL] = model->name;
    ev->dim[DIM_REQUESTED_MODEL] = demo_model_table[call->requested].name;
    ev->dim[DIM_FALLBACK_FROM] = demo_model_table[call->fallback_from].name;
    ev->dim[DIM_KEY] = row->key;
}

static void fill_customer(struct event *ev, int customer)
{
    if (customer >= 0) {
        const struct demo_customer_row *row = &demo_customer_table[customer];

        ev->dim[DIM_CUSTOMER] = row->name;
        ev->dim[DIM_SEGMENT] = demo_segment_table[row->segment].name;
        ev->tag[0] = (struct event_tag){STR("region"), row->region};
        ev->n_tags = 1;
    }
}

void demo_event_fill(struct demo_event *e, const struct demo_call *call,
                     uint64_t n)
{
    const struct demo_feature_row *row = &demo_feature_table[call->feature];
    const struct demo_who *who = &call->who;
    struct event *ev = &e->ev;

    event_init(ev);
    ev->id = id_text(e, n);
    fill_numbers(ev, call);
    fill_outside(ev, call);
    if (call->feature == DEMO_FEATURE_UNTAGGED) {
        return;
    }
    int release = demo_release_at(e->calendar, call->ts_us);
    ev->dim[DIM_FEATURE] = row->name;
    ev->dim[DIM_OWNER] = row->owner;
    ev->dim[DIM_WORKFLOW] = row->workflow;
    ev->dim[DIM_RUN] = run_text(e, call->run);
    ev->dim[DIM_STEP] = call->step == NULL ? STR_EMPTY : *call->step;
    ev->dim[DIM_RELEASE] = release_text(e, release);
    ev->dim[DIM_PROMPT] = prompt_text(e, call, release);
    ev->dim[DIM_USER] = user_text(e, who);
    fill_customer(ev, who->customer);
    if (who->experiment >= 0) {
        ev->dim[DIM_EXPERIMENT] = demo_experiment_table[who->experiment].name;
        ev->dim[DIM_VARIANT] =
            who->is_treated ? STR("treatment") : STR("control");
    }
}
