/* What budgets say of a call before it goes.
 *
 *   budget_admit --- pass ------------------------> gateway_start
 *        ^  |  \---- pass after a delay --> wait -/
 *        |  |  \---- wait for others ----> wait --> ask again
 *        |  \------- another model -> the request is rewritten, ask again
 *        |  \------- refuse --> 429 in the provider's own form
 *
 * Who waits holds nothing of the loop: the request is kept, and a timer goes
 * on with it.  A client that leaves meanwhile costs nothing. */
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/utc.h"
#include "base/why.h"
#include "budget/budget_bound.h"
#include "budget/budget_meter.h"
#include "capture/gateway/gateway_call.h"
#include "capture/gateway/gateway_priv.h"
#include "event/event_provider.h"
#include "event/record.h"
#include "intake/attribution.h"
#include "intake/intake.h"
#include "net/http_stream.h"
#include "net/loop.h"
#include "provider/provider_request.h"

#include <stdio.h>

#define US_PER_MS INT64_C(1000)
#define US_PER_S  INT64_C(1000000)

/* A call that may not go yet, with a copy of its request. */
struct gateway_wait {
    struct gateway_request req;
    struct buf body;
    struct loop_timer *timer;
    int64_t ms;       /* of the timer that runs */
    int64_t held_ms;  /* waited for other calls, so far */
    bool is_admitted; /* it is only slowed down */
};

void gateway_wait_free(struct gateway_wait **wait)
{
    if (*wait != NULL) {
        loop_timer_free(&(*wait)->timer);
        buf_fini(&(*wait)->body);
        mem_free(*wait);
        *wait = NULL;
    }
}

/* ---- the question ---- */

static struct budget_ask ask_of(const struct gateway_call *c,
                                const struct event *ev)
{
    return (struct budget_ask){
        .ev = ev,
        .input_tok = c->input_tok,
        .output_tok = c->output_tok,
        .n_choices = c->n_choices,
        .may_fall_back = !c->cannot_fall,
        .may_hold = c->wait == NULL || c->wait->held_ms < LIMIT_BUDGET_HOLD_MS,
        .now_us = c->ev.ts_us,
    };
}

/* Budgets go by the call as the ledger will have it.
 *   ret_rules  what its text borrows from; the caller's */
static struct event attributed(const struct gateway_call *c,
                               struct attribution **ret_rules)
{
    struct event ev = c->ev;

    *ret_rules = intake_attribution(c->g->opt.intake);
    if (*ret_rules != NULL) {
        attribution_apply(*ret_rules, c->has_environment, &ev);
    }
    return ev;
}

static void admit(struct gateway_call *c, struct budget_answer *ret)
{
    struct attribution *rules = NULL;
    struct event ev = attributed(c, &rules);
    const struct budget_ask ask = ask_of(c, &ev);

    budget_admit(c->lane->desk, &ask, ret);
    attribution_unref(&rules);
}

/* ---- what is written down ---- */

static void say_numbers(struct buf *b, const struct budget_answer *a)
{
    if (a->reason == BUDGET_NO_PRICE) {
        buf_cz(b, "the model has no price");
        return;
    }
    budget_say_amount(b, a->budget->unit, a->used);
    if (a->reserved > 0) {
        buf_cz(b, " and ");
        budget_say_amount(b, a->budget->unit, a->reserved);
        buf_cz(b, " reserved");
    }
    buf_cz(b, " of ");
    budget_say_amount(b, a->budget->unit, a->budget->limit);
    buf_fmt(b, "; step %d %%", a->step->percent);
}

/* Into the ledger, with the numbers that it was decided by.
 *   asked  the model that the caller wanted */
static void brake(struct gateway_call *c, const struct budget_answer *a,
                  enum budget_action action, struct str asked,
                  int64_t saved_pico)
{
    static const enum dim dims[] = {DIM_FEATURE, DIM_USER, DIM_CUSTOMER,
                                    DIM_RUN};
    struct attribution *rules = NULL;
    struct event ev = attributed(c, &rules);
    struct record rec = {
        .kind = RECORD_GUARDRAIL,
        .ts_us = c->ev.ts_us,
        .name = a->budget->name,
        .action = budget_action_name(action),
        .value = 1,
        .revenue = {.pico = saved_pico},
    };
    struct buf note;

    buf_init(&note, LIMIT_NOTE_MAX);
    say_numbers(&note, a);
    rec.note = buf_view(&note);
    for (size_t i = 0; i < ARRAY_N(dims); i++) {
        rec.dim[dims[i]] = ev.dim[dims[i]];
    }
    rec.dim[DIM_PROVIDER] = c->to->provider;
    rec.dim[DIM_REQUESTED_MODEL] = asked;
    if (action != BUDGET_BLOCK) {
        rec.dim[DIM_MODEL] = c->ev.dim[DIM_MODEL];
    }
    gateway_record_brake(c->lane, &rec, c->ev.ts_us);
    buf_fini(&note);
    attribution_unref(&rules);
}

/* What a call like it costs on average, at most its bound. */
static int64_t usual_cost(const struct budget_answer *a)
{
    return a->bound_pico > 0 && a->mean_pico > a->bound_pico ? a->bound_pico
                                                             : a->mean_pico;
}

/* ---- another model ---- */

/* A fallback that costs as much is none.
 *   ret_saved  of a usual call: its share by which the bound falls */
static bool is_cheaper(struct gateway_call *c, struct str model,
                       const struct budget_answer *a, int64_t *ret_saved)
{
    struct event ev = c->ev;
    int64_t pico = 0;

    ev.dim[DIM_MODEL] = model;
    const struct budget_ask ask = ask_of(c, &ev);
    *ret_saved = 0;
    if (!budget_bound_of(c->lane->desk, &ask, &pico) || a->bound_pico == 0) {
        return true;
    }
    if (pico < a->bound_pico) {
        *ret_saved = (int64_t)num_div_even(
            (num_i128)usual_cost(a) * (a->bound_pico - pico), a->bound_pico);
    }
    return pico < a->bound_pico;
}

/* The request for that model; RC_INVALID, with the reason, when it stays as it
 * is. */
static enum rc remodel(struct gateway_call *c,
                       const struct gateway_request *req,
                       const struct budget_answer *a, struct str model,
                       int64_t *ret_saved, struct why *why)
{
    struct str path = STR_EMPTY;

    if (!provider_may_serve(c->to->provider, model)) {
        return why_set(why, RC_INVALID, "%.*s does not serve it",
                       STR_ARG(c->to->provider));
    }
    if (!is_cheaper(c, model, a, ret_saved)) {
        return why_set(why, RC_INVALID, "it costs no less than %.*s",
                       STR_ARG(c->ev.dim[DIM_MODEL]));
    }
    buf_clear(&c->remodelled);
    enum rc rc = provider_request_remodel(
        &(const struct provider_model){
            .path = c->path, .body = req->body, .model = model},
        &c->arena, &path, &c->remodelled, why);
    if (rc == RC_OK) {
        c->path = path;
    } else {
        buf_clear(&c->remodelled);
    }
    return rc;
}

static void fall_back(struct gateway_call *c, const struct gateway_request *req,
                      const struct budget_answer *a)
{
    struct str model = STR_EMPTY;
    int64_t saved = 0;
    struct why why;
    enum rc rc = str_dup(&c->arena, a->model, &model);

    if (rc == RC_OK) {
        rc = remodel(c, req, a, model, &saved, &why);
    } else {
        (void)why_set(&why, rc, "the headers are too large");
    }
    if (rc != RC_OK) {
        if (atomic_fetch_add(&c->g->n_unfallen, 1) == 0) {
            log_warn("capture",
                     "budget '%.*s' cannot send a call to %.*s: %s (further "
                     "ones are counted in toll_gateway_unfallen_total)",
                     STR_ARG(a->budget->name), STR_ARG(a->model), why.text);
        }
        return;
    }
    c->ev.dim[DIM_FALLBACK_FROM] = c->ev.dim[DIM_MODEL];
    c->ev.dim[DIM_MODEL] = model;
    brake(c, a, BUDGET_FALLBACK, c->ev.dim[DIM_FALLBACK_FROM], saved);
    atomic_fetch_add(&c->g->n_fallback, 1);
}

static void decide(struct gateway_call *c, const struct gateway_request *req,
                   struct budget_answer *ret)
{
    admit(c, ret);
    if (ret->verdict == BUDGET_TO_MODEL) {
        fall_back(c, req, ret);
        c->cannot_fall = true;
        budget_answer_fini(ret);
        admit(c, ret);
    }
}

/* ---- refusals ---- */

static void say_why(struct buf *b, const struct gateway_call *c,
                    const struct budget_answer *a)
{
    const struct budget *budget = a->budget;

    if (a->reason == BUDGET_NO_PRICE) {
        buf_fmt(b,
                "toll: budget '%.*s' is in dollars, and toll has no price for "
                "%.*s of %.*s. State one under prices.overrides, or let the "
                "budget say unpriced: allow.",
                STR_ARG(budget->name), STR_ARG(c->ev.dim[DIM_MODEL]),
                STR_ARG(c->to->provider));
        return;
    }
    buf_fmt(b, "toll: budget '%.*s' is spent: ", STR_ARG(budget->name));
    budget_say_amount(b, budget->unit, a->used);
    buf_cz(b, " of ");
    budget_say_amount(b, budget->unit, budget->limit);
    if (budget->period == BUDGET_ROLLING) {
        buf_cz(b, " in ");
        budget_add_window(b, budget->window_us);
    } else {
        buf_fmt(b, " a %.*s", STR_ARG(budget_period_name(budget->period)));
    }
    if (budget->has_per) {
        buf_cz(b, " for each ");
        budget_add_key(b, &budget->per);
    }
    if (a->reason == BUDGET_RESERVED) {
        buf_cz(b, ", and calls under way may take the rest");
    }
    buf_fmt(b, "; calls are refused at %d %%", a->step->percent);
    if (budget->period != BUDGET_ROLLING) {
        buf_cz(b, " until ");
        utc_add_text(b, a->resets_us);
    }
    buf_char(b, '.');
}

/* "search-month; used=500.12; limit=500; unit=usd; resets=2026-12-01T..." */
static void say_header(struct buf *b, const struct budget_answer *a)
{
    buf_str(b, a->budget->name);
    if (a->reason == BUDGET_NO_PRICE) {
        buf_cz(b, "; unpriced");
        return;
    }
    buf_cz(b, "; used=");
    budget_add_amount(b, a->budget->unit, a->used);
    buf_cz(b, "; limit=");
    budget_add_amount(b, a->budget->unit, a->budget->limit);
    buf_fmt(b,
            "; unit=%.*s; resets=", STR_ARG(budget_unit_name(a->budget->unit)));
    utc_add_text(b, a->resets_us);
}

/* Before a fallback, if there was one. */
static struct str asked_of(const struct gateway_call *c)
{
    return c->ev.dim[DIM_FALLBACK_FROM].n > 0 ? c->ev.dim[DIM_FALLBACK_FROM]
                                              : c->ev.dim[DIM_MODEL];
}

/* Clients of OpenAI and Anthropic try a 429 again by themselves, unless told
 * not to: that is of use only while others settle. */
static void refuse(struct gateway_call *c, const struct budget_answer *a)
{
    bool is_soon = a->reason == BUDGET_RESERVED;
    int64_t after_s =
        is_soon ? 1 : (a->resets_us - c->ev.ts_us + US_PER_S) / US_PER_S;
    struct buf message;
    struct buf budget;
    char retry[24];

    buf_init(&message, 4096);
    buf_init(&budget, 1024);
    say_why(&message, c, a);
    if (a->budget->contact.n > 0) {
        buf_fmt(&message, " Ask %.*s.", STR_ARG(a->budget->contact));
    }
    say_header(&budget, a);
    int n = snprintf(retry, sizeof retry, "%lld", (long long)after_s);
    const struct http_header header[] = {
        {"x-toll-budget", buf_view(&budget)},
        {"x-should-retry", is_soon ? STR("true") : STR("false")},
        {"Retry-After", {.p = retry, .n = (size_t)n}},
    };
    bool has_reset = a->reason != BUDGET_NO_PRICE;
    gateway_refuse_with(c->client, c->to, 429, buf_view(&message), header,
                        ARRAY_N(header) - (has_reset ? 0 : 1));
    brake(c, a, BUDGET_BLOCK, asked_of(c), usual_cost(a));
    atomic_fetch_add(&c->g->n_refused, 1);
    buf_fini(&message);
    buf_fini(&budget);
}

/* ---- waiting ---- */

static void on_wake(void *arg);

/* The client is gone, or about to: the call was never made. */
static void on_left(void *arg)
{
    struct gateway_call *c = arg;

    gateway_refuse(c->client, c->to, 503,
                   STR("toll: the connection ended while the call waited"));
    atomic_fetch_add(&c->g->n_abandoned, 1);
    gateway_call_free(c);
}

static enum rc keep_request(struct gateway_call *c,
                            const struct gateway_request *req)
{
    struct gateway_wait *wait = c->wait;
    struct http_field *field =
        arena_array(&c->arena, req->n_fields + 1, sizeof *field);
    enum rc rc = field != NULL ? RC_OK : RC_LIMIT;

    for (size_t i = 0; i < req->n_fields && rc == RC_OK; i++) {
        rc = str_dup(&c->arena, req->field[i].name, &field[i].name);
        if (rc == RC_OK) {
            rc = str_dup(&c->arena, req->field[i].value, &field[i].value);
        }
    }
    if (rc == RC_OK) {
        rc = str_dup(&c->arena, req->query, &wait->req.query);
    }
    buf_str(&wait->body, req->body);
    wait->req.method = req->method;
    wait->req.body = buf_view(&wait->body);
    wait->req.field = field;
    wait->req.n_fields = req->n_fields;
    wait->req.needs_ask = req->needs_ask;
    return rc;
}

/* False: it could not be kept, and is gone. */
static bool park(struct gateway_call *c, const struct gateway_request *req,
                 int64_t ms)
{
    if (c->wait == NULL) {
        c->wait = mem_alloc(sizeof *c->wait);
        c->wait->timer = loop_timer_new(c->lane->loop, on_wake, c);
        buf_init(&c->wait->body, LIMIT_BODY_MAX);
        if (keep_request(c, req) != RC_OK) {
            gateway_refuse(c->client, c->to, 431,
                           STR("the headers are too large"));
            gateway_call_free(c);
            return false;
        }
        http_stream_watch(c->client, &(struct http_stream_watch){
                                         .left = on_left,
                                         .gone = on_left,
                                         .arg = c,
                                     });
        atomic_fetch_add(&c->g->n_delayed, 1);
    }
    c->wait->ms = ms;
    loop_timer_set(c->wait->timer, ms);
    return true;
}

/* True: it may go now. */
static bool proceed(struct gateway_call *c, const struct gateway_request *req)
{
    struct budget_answer a;
    bool goes = false;

    decide(c, req, &a);
    switch (a.verdict) {
    case BUDGET_PASS:
        c->hold = a.hold;
        goes = a.delay_ms == 0;
        if (!goes && park(c, req, a.delay_ms)) {
            c->wait->is_admitted = true;
            brake(c, &a, BUDGET_SLOW, asked_of(c), 0);
        }
        break;
    case BUDGET_WAIT:
        (void)park(c, req, LIMIT_BUDGET_HOLD_TICK_MS);
        break;
    case BUDGET_TO_MODEL:
    case BUDGET_REFUSE:
        refuse(c, &a);
        gateway_call_free(c);
        break;
    }
    budget_answer_fini(&a);
    return goes;
}

static void on_wake(void *arg)
{
    struct gateway_call *c = arg;
    struct gateway_wait *wait = c->wait;

    c->ev.ts_us += wait->ms * US_PER_MS;
    if (!wait->is_admitted) {
        wait->held_ms += wait->ms;
    }
    if (wait->is_admitted || proceed(c, &wait->req)) {
        gateway_start(c, &wait->req);
    }
}

bool gateway_guard(struct gateway_call *c, const struct gateway_request *req)
{
    if (c->lane->desk == NULL || !req->may_cost ||
        budget_meter_is_idle(c->g->opt.budgets)) {
        return true;
    }
    if (c->is_billed) {
        c->input_tok = budget_input_tok(req->body);
    } else {
        c->output_tok = 0; /* what it begins counts when it is done */
    }
    return proceed(c, req);
}
