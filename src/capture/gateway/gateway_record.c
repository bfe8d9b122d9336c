/* What a call came to, as events:
 *
 *   answered          the provider's own counts, status as it says
 *   refused           its error, no tokens
 *   broke off         an error; counts seen, else an estimate
 *   client went       cancelled; true counts when the rest could be read
 *   never answered    an error; an estimate of the input when it was sent,
 *                     since a provider bills what it has begun
 *
 * What is estimated carries the tag estimated=true. */
#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/why.h"
#include "budget/budget_meter.h"
#include "capture/gateway/gateway_priv.h"
#include "event/event_check.h"
#include "event/event_json.h"
#include "event/record.h"
#include "intake/attribution.h"
#include "intake/intake.h"
#include "intake/reject.h"
#include "net/loop.h"
#include "provider/provider.h"

/* A put on its way to the disk. */
struct recording {
    struct gateway *g;
    uint64_t n;
    int64_t now_us;
    struct gateway_holds holds;
};

/* What is in the ledger counts from there; what should be and is not stays
 * spent, since the provider bills it. */
static void end_holds(struct recording *r, bool is_recorded)
{
    struct budget_meter *budgets = r->g->opt.budgets;

    for (size_t i = 0; i < r->holds.n; i++) {
        if (is_recorded) {
            budget_release(budgets, &r->holds.at[i]);
        } else {
            budget_keep(budgets, &r->holds.at[i], r->now_us);
        }
    }
    mem_free(r->holds.at);
}

/* On the journal's thread. */
static void on_recorded(void *arg, enum rc rc, const struct why *why)
{
    struct recording *r = arg;
    struct gateway *g = r->g;

    if (rc != RC_OK && atomic_fetch_add(&g->n_unrecorded, r->n) == 0) {
        log_error("capture",
                  "a call was forwarded but is not in the ledger: %s (further "
                  "ones are counted in toll_gateway_unrecorded_total)",
                  why->text);
    }
    end_holds(r, rc == RC_OK);
    mem_free(r);
    mutex_lock(&g->lock);
    g->n_recording--;
    cond_signal(&g->recorded);
    mutex_unlock(&g->lock);
}

void gateway_commit(struct gateway_lane *lane)
{
    struct recording *r = mem_alloc(sizeof *r);

    *r = (struct recording){.g = lane->g,
                            .n = lane->n_put,
                            .now_us = lane->now_us,
                            .holds = lane->holds};
    lane->holds = (struct gateway_holds){.n = 0};
    mutex_lock(&lane->g->lock);
    lane->g->n_recording++;
    mutex_unlock(&lane->g->lock);
    intake_commit(&lane->put, on_recorded, r);
    lane->put = NULL;
    lane->n_put = 0;
}

/* Kept where `toll import` can bring it back from. */
static void keep_refused(struct gateway_call *c, const struct event *ev,
                         int64_t now_us, const struct why *why)
{
    struct buf text;

    buf_init(&text, LIMIT_EVENT_BYTES_MAX);
    event_add_json_as_sent(&text, ev, c->has_environment);
    reject_add(c->g->opt.rejects, now_us, STR("gateway"),
               STR("a forwarded call"), str_from_cz(why->text),
               buf_view(&text));
    buf_fini(&text);
    atomic_fetch_add(&c->g->n_unrecorded, 1);
}

struct intake_put *gateway_put(struct gateway_lane *lane, int64_t now_us)
{
    if (lane->put == NULL) {
        lane->put = intake_begin(lane->g->opt.intake, EVENT_SOURCE_GATEWAY);
        loop_timer_set(lane->commit, LIMIT_GATEWAY_GATHER_MS);
    }
    lane->now_us = now_us;
    return lane->put;
}

void gateway_record_brake(struct gateway_lane *lane, struct record *rec,
                          int64_t now_us)
{
    enum intake_verdict verdict = INTAKE_ACCEPTED;
    struct why why;
    enum rc rc = record_check(rec, now_us, &why);

    if (rc == RC_OK) {
        rc = intake_add_record(gateway_put(lane, now_us), rec, now_us, &verdict,
                               &why);
    }
    if (rc != RC_OK) {
        log_warn("capture", "what budget %.*s did is not written down: %s",
                 STR_ARG(rec->name), why.text);
    }
}

/* Whoever names every call alike has one event, and spends on each. */
static void spend_made(struct gateway_call *c, const struct event *ev,
                       int64_t now_us)
{
    struct attribution *rules = intake_attribution(c->g->opt.intake);
    struct event made = *ev;

    if (rules != NULL) {
        attribution_apply(rules, c->has_environment, &made);
    }
    budget_spend_made(c->lane->desk, &made, now_us);
    attribution_unref(&rules);
}

static void add(struct gateway_call *c, struct event *ev, int64_t now_us)
{
    struct gateway_lane *lane = c->lane;
    enum intake_verdict verdict = INTAKE_ACCEPTED;
    struct why why;
    enum rc rc = event_settle(ev, &c->arena, &why);

    if (rc == RC_OK) {
        rc = event_check(ev, now_us, &why);
    }
    if (rc == RC_OK) {
        rc = intake_add(gateway_put(lane, now_us), ev, c->has_environment,
                        now_us, &verdict, &why);
        lane->n_put++;
    }
    if (rc != RC_OK) {
        keep_refused(c, ev, now_us, &why);
    } else if (verdict == INTAKE_DUPLICATE && c->id.n > 0 && c->hold != NULL) {
        spend_made(c, ev, now_us);
    }
}

/* ---- estimates ---- */

static int64_t input_estimate(struct str body)
{
    struct text_meter m = {.n_bytes = 0};

    text_meter_feed(&m, body);
    return text_meter_tok(&m);
}

static int64_t output_estimate(const struct gateway_call *c)
{
    if (c->is_events) {
        return text_meter_tok(&c->text);
    }
    return c->is_unread || c->reader == NULL ? 0 : (c->n_body + 3) / 4;
}

/* Fills in what the provider did not come to say. */
static void estimate(struct gateway_call *c,
                     const struct http_exchange_end *end, struct event *ev)
{
    struct why why;
    bool any = false;

    if (event_input_tokens(ev) == 0) {
        ev->token[TOKEN_INPUT] = input_estimate(end->body);
        any = ev->token[TOKEN_INPUT] > 0;
    }
    int64_t output = output_estimate(c);
    if (event_output_tokens(ev) < output) {
        ev->token[TOKEN_OUTPUT] += output - event_output_tokens(ev);
        any = true;
    }
    if (!any) {
        return;
    }
    atomic_fetch_add(&c->g->n_estimated, 1);
    if (ev->n_tags == LIMIT_TAGS_MAX) {
        ev->n_tags--; /* of the caller's: what is a guess must say so */
    }
    enum rc rc = event_tag_set(ev, STR("estimated"), STR("true"), &why);
    CHECK(rc == RC_OK);
}

/* Were tokens used that nobody told of? */
static bool may_estimate(const struct gateway_call *c,
                         const struct http_exchange_end *end)
{
    return c->ev.operation == OPERATION_CHAT && end->is_sent &&
           end->rc != RC_DENIED && c->status < 400;
}

/* ---- the event ---- */

static enum event_status status_of(const struct gateway_call *c,
                                   const struct http_exchange_end *end,
                                   enum event_status said)
{
    if (c->is_gone) {
        return EVENT_STATUS_CANCELLED;
    }
    return end->rc != RC_OK || c->status >= 400 ? EVENT_STATUS_ERROR : said;
}

/* A call sent again says so, and may come with the same id as the first. */
static void set_id(struct gateway_call *c, struct event *ev)
{
    if (c->id.n > 0 && ev->attempt > 1) {
        ev->id =
            str_fmt(&c->arena, "%.*s#%u",
                    STR_ARG(str_sub(c->id, 0, LIMIT_ID_MAX - 12)), ev->attempt);
    } else if (c->id.n > 0) {
        ev->id = c->id;
    }
}

static void complete(struct gateway_call *c,
                     const struct http_exchange_end *end, bool is_known,
                     struct event *ev)
{
    ev->status = status_of(c, end, ev->status);
    ev->latency_ms = end->end_us / 1000;
    ev->ttft_ms = c->is_events && c->ttft_us >= 0 ? c->ttft_us / 1000 : -1;
    if (ev->dim[DIM_MODEL].n == 0) {
        ev->dim[DIM_MODEL] = STR("unknown");
    }
    ev->dim[DIM_PROVIDER] = c->to->provider;
    if (!is_known && may_estimate(c, end)) {
        estimate(c, end, ev);
    }
}

/* The provider's records; none when it told of nothing. */
static size_t read_records(struct gateway_call *c,
                           const struct http_exchange_end *end,
                           const struct provider_record **ret)
{
    struct why why;
    size_t n = 0;

    if (c->reader == NULL || c->is_unread ||
        provider_reader_end(c->reader, end->rc != RC_OK, &c->arena, ret, &n,
                            &why) != RC_OK) {
        return 0;
    }
    return n;
}

/* What is reserved stays so until the event is durable and counts. */
static void take_hold(struct gateway_call *c)
{
    struct gateway_holds *h = &c->lane->holds;

    if (c->hold == NULL || c->lane->put == NULL) {
        return; /* let go with the call */
    }
    if (h->n == h->cap) {
        h->cap = h->cap > 0 ? 2 * h->cap : 16;
        h->at = mem_grow(h->at, h->cap, sizeof(struct budget_hold *));
    }
    h->at[h->n++] = c->hold;
    c->hold = NULL;
}

void gateway_record(struct gateway_call *c, const struct http_exchange_end *end)
{
    const struct provider_record *records = NULL;
    const int64_t now_us = c->ev.ts_us + end->end_us;
    struct why why;

    if (!c->is_billed) {
        return;
    }
    size_t n = read_records(c, end, &records);
    for (size_t i = 0; i < n || i == 0; i++) {
        struct event ev = c->ev;
        bool is_known = false;

        if (i < n &&
            provider_to_event(&records[i], &c->arena, &ev, &why) == RC_OK) {
            is_known = records[i].is_complete;
        }
        if (n <= 1) {
            set_id(c, &ev);
        }
        complete(c, end, is_known, &ev);
        add(c, &ev, now_us);
    }
    take_hold(c);
    if (c->lane->n_put >= LIMIT_GATEWAY_GATHER_EVENTS) {
        gateway_commit(c->lane);
    }
}
