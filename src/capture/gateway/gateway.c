#include "capture/gateway/gateway.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/why.h"
#include "budget/budget_meter.h"
#include "capture/gateway/gateway_priv.h"
#include "net/loop.h"
#include "provider/provider_request.h"

struct gateway *gateway_new(const struct gateway_options *opt)
{
    struct gateway *g = mem_alloc(sizeof *g);

    g->opt = *opt;
    g->opt.upstreams = upstreams_ref(opt->upstreams);
    mutex_init(&g->lock);
    cond_init(&g->recorded);
    return g;
}

void gateway_free(struct gateway **gateway)
{
    struct gateway *g = *gateway;

    if (g == NULL) {
        return;
    }
    mutex_lock(&g->lock);
    while (g->n_recording > 0) {
        cond_wait(&g->recorded, &g->lock);
    }
    mutex_unlock(&g->lock);
    upstreams_unref(&g->opt.upstreams);
    cond_fini(&g->recorded);
    mutex_fini(&g->lock);
    mem_free(g);
    *gateway = NULL;
}

void gateway_use(struct gateway *g, struct upstreams *upstreams)
{
    mutex_lock(&g->lock);
    struct upstreams *old = g->opt.upstreams;
    g->opt.upstreams = upstreams_ref(upstreams);
    mutex_unlock(&g->lock);
    upstreams_unref(&old);
}

void gateway_count(struct gateway *g, struct gateway_counts *ret)
{
    *ret = (struct gateway_counts){
        .n_calls = atomic_load(&g->n_calls),
        .n_open = atomic_load(&g->n_open),
        .n_failed = atomic_load(&g->n_failed),
        .n_abandoned = atomic_load(&g->n_abandoned),
        .n_estimated = atomic_load(&g->n_estimated),
        .n_unrecorded = atomic_load(&g->n_unrecorded),
        .n_refused = atomic_load(&g->n_refused),
        .n_fallback = atomic_load(&g->n_fallback),
        .n_unfallen = atomic_load(&g->n_unfallen),
        .n_delayed = atomic_load(&g->n_delayed),
    };
}

static void on_commit(void *arg)
{
    struct gateway_lane *lane = arg;

    if (lane->put != NULL) {
        gateway_commit(lane);
    }
}

struct gateway_lane *gateway_lane_new(struct gateway *g, struct loop *loop)
{
    struct gateway_lane *lane = mem_alloc(sizeof *lane);

    lane->g = g;
    lane->loop = loop;
    if (g->opt.budgets != NULL) {
        lane->desk = budget_desk_new(g->opt.budgets);
    }
    lane->up = http_upstream_new(loop);
    lane->commit = loop_timer_new(loop, on_commit, lane);
    return lane;
}

void gateway_lane_free(struct gateway_lane **lane)
{
    http_upstream_free(&(*lane)->up); /* what was under way is put as well */
    on_commit(*lane);
    loop_timer_free(&(*lane)->commit);
    budget_desk_free(&(*lane)->desk);
    mem_free((*lane)->holds.at);
    mem_free(*lane);
    *lane = NULL;
}

void gateway_refuse_with(struct http_call *client, const struct upstream *to,
                         int status, struct str message,
                         const struct http_header *header, size_t n_headers)
{
    struct buf body;

    buf_init(&body, 16 * 1024);
    provider_error(to->dialect, status, message, &body);
    http_answer(client, &(struct http_reply){
                            .status = status,
                            .content_type = STR("application/json"),
                            .body = buf_view(&body),
                            .header = header,
                            .n_headers = n_headers,
                        });
    buf_fini(&body);
}

void gateway_refuse(struct http_call *client, const struct upstream *to,
                    int status, struct str message)
{
    gateway_refuse_with(client, to, status, message, NULL, 0);
}
