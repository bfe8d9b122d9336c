/* Budgets as they stand: what is used, how far the ladder was climbed, where
 * it goes. */
#include "base/json.h"
#include "base/why.h"
#include "budget/budget_meter.h"
#include "budget/budget_pace.h"
#include "face/api/api_route.h"
#include "query/period.h"

struct listing {
    struct json_writer w;
    const struct period_zone *zone;
    int64_t now_us;
};

static void add_time(struct listing *l, const char *name, int64_t us)
{
    struct buf text;

    json_w_key(&l->w, str_from_cz(name));
    if (us == 0) {
        json_w_null(&l->w);
        return;
    }
    buf_init(&text, 64);
    period_add_time(l->zone, us, &text);
    json_w_str(&l->w, buf_view(&text));
    buf_fini(&text);
}

static void add_pace(struct listing *l, const struct budget_state *s)
{
    struct budget_pace pace;

    budget_pace(s, l->now_us, &pace);
    json_w_key(&l->w, STR("pace"));
    if (!pace.is_known) {
        json_w_null(&l->w);
        return;
    }
    json_w_obj(&l->w);
    budget_write_amount(&l->w, "projected", s->budget->unit, pace.projected);
    add_time(l, "exceeds_at", pace.exceeds_us);
    json_w_obj_end(&l->w);
}

static void add_steps(struct listing *l, const struct budget_state *s)
{
    const struct budget *b = s->budget;

    json_w_key(&l->w, STR("steps"));
    json_w_arr(&l->w);
    for (size_t i = 0; i < b->n_steps; i++) {
        json_w_obj(&l->w);
        budget_write_step(&l->w, &b->step[i]);
        add_time(l, "reached_at", s->step_at_us[i]);
        json_w_obj_end(&l->w);
    }
    json_w_arr_end(&l->w);
}

static void add_worst(struct listing *l, const struct budget_state *s)
{
    if (!s->budget->has_per) {
        return;
    }
    json_w_key(&l->w, STR("worst"));
    json_w_arr(&l->w);
    for (size_t i = 0; i < s->n_worst; i++) {
        json_w_obj(&l->w);
        json_w_key(&l->w, STR("value"));
        json_w_str(&l->w, s->worst[i].value);
        budget_write_amount(&l->w, "used", s->budget->unit, s->worst[i].used);
        json_w_obj_end(&l->w);
    }
    json_w_arr_end(&l->w);
}

static void add_budget(void *arg, const struct budget_state *s)
{
    struct listing *l = arg;
    const struct budget *b = s->budget;

    json_w_obj(&l->w);
    budget_write_members(&l->w, b);
    budget_write_amount(&l->w, "used", b->unit, s->used);
    budget_write_amount(&l->w, "reserved", b->unit, s->reserved);
    json_w_key(&l->w, STR("share"));
    json_w_f64(&l->w, (double)s->used / (double)b->limit);
    json_w_key(&l->w, STR("requests"));
    json_w_i64(&l->w, s->n_calls);
    json_w_key(&l->w, STR("unpriced_requests"));
    json_w_i64(&l->w, s->n_unpriced);
    add_time(l, "from", s->from_us);
    add_time(l, "resets", b->period == BUDGET_ROLLING ? 0 : s->to_us);
    add_pace(l, s);
    add_steps(l, s);
    json_w_key(&l->w, STR("source"));
    json_w_str(&l->w, b->is_applied ? STR("applied") : STR("config"));
    add_worst(l, s);
    json_w_obj_end(&l->w);
}

static enum rc answer(struct api_call *call, struct why *why)
{
    struct budget_meter *meter = NULL;
    struct period_zone *zone = NULL;
    struct listing l = {.now_us = call->now_us};
    enum rc rc = call->env->budgets(call->env->arg, &meter, why);

    if (rc == RC_OK) {
        rc = period_zone_open(call->env->timezone, &zone, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    l.zone = zone;
    json_w_init(&l.w, &call->response->body);
    json_w_obj(&l.w);
    json_w_key(&l.w, STR("budgets"));
    json_w_arr(&l.w);
    budget_meter_each(meter, call->now_us, add_budget, &l);
    json_w_arr_end(&l.w);
    json_w_obj_end(&l.w);
    buf_char(&call->response->body, '\n');
    period_zone_close(&zone);
    return RC_OK;
}

const struct api_route api_route_budgets = {
    .path = "/api/budgets",
    .needs_store = true,
    .doc = "budgets, with what is used of each and where it goes",
    .hint = "docs/budgets.md describes them",
    .param = (const struct api_param[]){{NULL, NULL}},
    .n_params = 0,
    .answer = answer,
};
