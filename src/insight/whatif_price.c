/* whatif: every call priced again, as it would be there. */
#include "insight/whatif_priv.h"

#include "insight/decide.h"
#include "price/cost.h"
#include "price/memo.h"
#include "query/query_usage.h"

#include <math.h>

#define PPM INT64_C(1000000)

static bool is_moved(const struct whatif *w, const struct event *ev)
{
    bool is_there =
        w->to_model.n == 0 || (str_eq(ev->dim[DIM_PROVIDER], w->to_provider) &&
                               str_eq(ev->dim[DIM_MODEL], w->to_model));

    return !is_there;
}

static struct event moved(const struct whatif *w, const struct event *ev)
{
    struct event to = *ev;

    if (w->to_model.n > 0) {
        to.dim[DIM_PROVIDER] = w->to_provider;
        to.dim[DIM_MODEL] = w->to_model;
    }
    if ((int)w->tier != 0) {
        to.service_tier = w->tier;
    }
    return to;
}

/* A prompt too short for the other model's cache is all plain input. */
static bool uncache(const struct whatif *w, struct event *ev)
{
    int64_t cached = ev->token[TOKEN_CACHE_READ] + event_cache_write_tokens(ev);

    if (cached == 0 || cached >= w->cache_min) {
        return false;
    }
    ev->token[TOKEN_INPUT] += cached;
    ev->token[TOKEN_CACHE_READ] = 0;
    ev->token[TOKEN_CACHE_WRITE_5M] = 0;
    ev->token[TOKEN_CACHE_WRITE_1H] = 0;
    return true;
}

static int64_t scaled(int64_t tokens, double ratio)
{
    return tokens == 0 ? 0 : (int64_t)llround((double)tokens * ratio);
}

static enum rc add_cases(struct whatif *w, const struct event *to,
                         const struct event_cost *same, bool is_other,
                         struct why *why)
{
    num_i128 pico = (num_i128)same->input.pico + same->cache.pico +
                    same->output.pico + same->tools.pico;
    enum rc rc = RC_OK;

    for (int k = 0; k < WHATIF__COUNT && rc == RC_OK; k++) {
        struct event ev = *to;
        struct event_cost cost = {.priced = false};

        if (!is_other) {
            w->cost[k] += pico;
            continue;
        }
        for (unsigned c = 0; c < TOKEN__COUNT; c++) {
            ev.token[c] =
                scaled(ev.token[c], c < TOKEN_OUTPUT ? w->ratios.input[k]
                                                     : w->ratios.output[k]);
        }
        if (k != WHATIF_LOW && uncache(w, &ev)) {
            w->n_below_cache += k == WHATIF_EXPECTED ? 1 : 0;
        }
        rc = cost_of_event(w->call->env->book, w->memo, &ev, &cost, why);
        ev.cost = cost;
        w->cost[k] += cost.priced ? event_total_cost(&ev).pico : pico;
    }
    return rc;
}

static void add_parts(num_i128 part[WHATIF_PARTS],
                      const struct event_cost *cost)
{
    part[0] += cost->input.pico;
    part[1] += cost->cache.pico;
    part[2] += cost->output.pico;
    part[3] += cost->tools.pico;
}

static enum rc take_call(void *arg, const struct event *ev, struct why *why)
{
    struct whatif *w = arg;
    struct event to = moved(w, ev);
    struct event_cost cost = {.priced = false};
    enum rc rc = cost_of_event(w->call->env->book, w->memo, &to, &cost, why);

    if (rc != RC_OK) {
        return rc;
    }
    w->first_us = ev->ts_us < w->first_us ? ev->ts_us : w->first_us;
    if (!cost.priced) {
        w->n_unpriced_there++;
        return RC_OK;
    }
    if (!ev->cost.priced) {
        w->n_unpriced_here++;
        to.cost = cost;
        w->unpriced_there_pico += event_total_cost(&to).pico;
        return RC_OK;
    }
    w->n++;
    add_parts(w->here, &ev->cost);
    add_parts(w->there, &cost);
    return add_cases(w, &to, &cost, is_moved(w, ev), why);
}

/* Only a part of the calls goes there. */
static void apply_share(struct whatif *w)
{
    num_i128 all = w->here[0] + w->here[1] + w->here[2] + w->here[3];

    for (int k = 0; k < WHATIF_PARTS; k++) {
        w->there[k] =
            w->here[k] +
            num_div_even((w->there[k] - w->here[k]) * w->share_ppm, PPM);
    }
    for (int k = 0; k < WHATIF__COUNT; k++) {
        w->cost[k] = all + num_div_even((w->cost[k] - all) * w->share_ppm, PPM);
    }
}

enum rc whatif_price_calls(struct whatif *w, const struct insight_question *q,
                           struct why *why)
{
    struct query query;
    bool is_all = str_eq(insight_value(w->call, "range"), STR("all"));
    enum rc rc = insight_parse(w->call, q, &query, why);

    if (rc == RC_OK) {
        rc = decide_only(w->call, w->feature, &query, why);
    }
    if (rc == RC_OK) {
        w->first_us = w->to_us;
        w->memo = memo_new();
        rc = query_calls(&query, w->call->env->reader, take_call, w, why);
        memo_free(&w->memo);
    }
    w->length_us = decide_length_us(is_all ? w->first_us : w->from_us, w->to_us,
                                    w->call->env->now_us);
    apply_share(w);
    return rc;
}
