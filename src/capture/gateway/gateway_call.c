/* The answer's way: each piece goes to the client first, then to the meter.
 *
 *   upstream --piece--> [withhold] --> http_stream_add --> client
 *                 \--> [inflate] --> provider_reader
 *
 * More than LIMIT_GATEWAY_WAITING_BYTES that the client has not taken stop the
 * reading upstream, until the kernel has them all. */
#include "capture/gateway/gateway_call.h"

#include "base/gz.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/why.h"
#include "budget/budget_meter.h"
#include "capture/gateway/gateway_field.h"
#include "capture/gateway/gateway_priv.h"
#include "net/http_stream.h"
#include "provider/provider.h"

void gateway_call_free(struct gateway_call *c)
{
    atomic_fetch_sub(&c->g->n_open, 1);
    provider_reader_free(&c->reader);
    gz_stream_free(&c->inflate);
    if (c->withhold != NULL) {
        withhold_fini(c->withhold);
        mem_free(c->withhold);
    }
    buf_fini(&c->passed);
    buf_fini(&c->remodelled);
    gateway_wait_free(&c->wait);
    if (c->hold != NULL) {
        budget_release(c->g->opt.budgets, &c->hold);
    }
    arena_fini(&c->arena);
    upstreams_unref(&c->upstreams);
    mem_free(c);
}

/* ---- the head ---- */

struct answer_fields {
    const struct http_field *field;
    size_t n;
};

static struct str header_of(void *arg, const char *name)
{
    const struct answer_fields *f = arg;

    return gateway_field_of(f->field, f->n, name);
}

static void open_meter(struct gateway_call *c, const struct http_answer_head *h)
{
    struct answer_fields f = {.field = h->field, .n = h->n_fields};
    struct str type = header_of(&f, "content-type");
    struct str encoding = str_trim(header_of(&f, "content-encoding"));
    const struct provider_context context = {
        .provider = c->to->dialect,
        .path = c->path,
        .model = c->ev.dim[DIM_MODEL],
        .content_type = type,
        .status = h->status,
        .header = header_of,
        .header_arg = &f,
    };

    if (!c->is_billed) {
        return;
    }
    c->reader = provider_reader_new(&context);
    c->is_events = str_starts_nocase(type, STR("text/event-stream"));
    if (str_eq_nocase(encoding, STR("gzip")) ||
        str_eq_nocase(encoding, STR("deflate"))) {
        c->inflate = gz_stream_new();
    } else if (encoding.n > 0 && !str_eq_nocase(encoding, STR("identity"))) {
        c->is_unread = true;
    }
}

static void on_passed(void *arg, struct str bytes)
{
    struct gateway_call *c = arg;

    buf_str(&c->passed, bytes);
}

/* Nothing is withheld from what is no plain stream of events. */
static void open_withhold(struct gateway_call *c)
{
    if (c->withhold == NULL) {
        return;
    }
    if (c->is_events && c->inflate == NULL && !c->is_unread) {
        withhold_init(c->withhold, on_passed, c);
    } else {
        mem_free(c->withhold);
        c->withhold = NULL;
    }
}

static void on_head(void *arg, const struct http_answer_head *h)
{
    struct gateway_call *c = arg;
    struct http_field *down = mem_array(h->n_fields + 1, sizeof *down);

    c->status = h->status;
    open_meter(c, h);
    open_withhold(c);
    http_stream_begin(c->client,
                      &(struct http_stream_head){
                          .status = h->status,
                          .reason = h->reason,
                          .field = down,
                          .n_fields = gateway_fields_down(
                              h->field, h->n_fields, c->withhold != NULL, down),
                      });
    mem_free(down);
}

/* ---- the body ---- */

static void on_inflated(void *arg, struct str bytes)
{
    struct gateway_call *c = arg;

    provider_reader_feed(c->reader, bytes);
    if (c->is_events) {
        text_meter_feed(&c->text, bytes);
    }
}

static void meter(struct gateway_call *c, struct str bytes)
{
    if (c->reader == NULL || c->is_unread) {
        return;
    }
    if (c->inflate == NULL) {
        on_inflated(c, bytes);
    } else if (gz_stream_feed(c->inflate, bytes, LIMIT_GATEWAY_INFLATE_BYTES,
                              on_inflated, c) != RC_OK) {
        c->is_unread = true;
    }
}

static void forward(struct gateway_call *c, struct str bytes)
{
    size_t n_waiting;

    if (c->withhold != NULL) {
        buf_clear(&c->passed);
        withhold_feed(c->withhold, bytes);
        bytes = buf_view(&c->passed);
    }
    n_waiting = http_stream_add(c->client, bytes);
    if (n_waiting > LIMIT_GATEWAY_WAITING_BYTES && !c->is_held) {
        c->is_held = true;
        http_exchange_pause(c->x);
    }
}

static bool on_piece(void *arg, struct str bytes, int64_t at_us)
{
    struct gateway_call *c = arg;

    if (c->ttft_us < 0) {
        c->ttft_us = at_us;
    }
    c->n_body += (int64_t)bytes.n;
    if (c->is_gone) {
        c->n_drained += (int64_t)bytes.n;
    } else {
        forward(c, bytes);
    }
    meter(c, bytes);
    return c->n_drained <= LIMIT_GATEWAY_DRAIN_BYTES;
}

static void on_drained(void *arg)
{
    struct gateway_call *c = arg;

    if (c->is_held) {
        c->is_held = false;
        http_exchange_resume(c->x);
    }
}

static void on_left(void *arg)
{
    struct gateway_call *c = arg;

    c->has_left = true;
    http_exchange_limit(c->x, LIMIT_GATEWAY_DRAIN_MS);
}

static void on_gone(void *arg)
{
    struct gateway_call *c = arg;

    c->is_gone = true;
    atomic_fetch_add(&c->g->n_abandoned, 1);
    if (!c->has_left || !c->is_billed) {
        http_exchange_limit(c->x, c->is_billed ? LIMIT_GATEWAY_DRAIN_MS : 0);
    }
    on_drained(c);
}

/* ---- the end ---- */

/* What the caller is told when there is no answer to pass on. */
static void answer_failure(struct gateway_call *c,
                           const struct http_exchange_end *end)
{
    int status = end->rc == RC_TIMEOUT ? 504 : 502;
    struct why why = *end->why;

    (void)why_prefix(&why, end->rc, "toll: upstream '%.*s' did not answer",
                     STR_ARG(c->to->name));
    gateway_refuse(c->client, c->to, status, str_from_cz(why.text));
}

static void on_end(void *arg, const struct http_exchange_end *end)
{
    struct gateway_call *c = arg;

    if (c->has_left && !c->is_gone && end->rc == RC_TIMEOUT) {
        c->is_gone = true; /* it would have been told by now */
        atomic_fetch_add(&c->g->n_abandoned, 1);
    } else if (end->rc != RC_OK && !c->is_gone) {
        atomic_fetch_add(&c->g->n_failed, 1);
    }
    if (!end->is_begun) {
        answer_failure(c, end);
    } else {
        if (c->withhold != NULL && !c->is_gone) {
            buf_clear(&c->passed);
            withhold_end(c->withhold);
            (void)http_stream_add(c->client, buf_view(&c->passed));
        }
        if (end->rc == RC_OK) {
            http_stream_end(c->client);
        } else {
            http_stream_cut(c->client);
        }
    }
    gateway_record(c, end);
    gateway_call_free(c);
}

void gateway_call_start(struct gateway_call *c, const struct http_ask *ask)
{
    http_stream_watch(c->client, &(struct http_stream_watch){
                                     .left = on_left,
                                     .gone = on_gone,
                                     .drained = on_drained,
                                     .arg = c,
                                 });
    c->x = http_upstream_start(c->lane->up, ask,
                               &(struct http_exchange_watch){
                                   .head = on_head,
                                   .piece = on_piece,
                                   .end = on_end,
                                   .arg = c,
                               });
}
