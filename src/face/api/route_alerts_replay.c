/* What alerts would have been raised: history heard again, in order. */
#include "base/json.h"
#include "face/api/alert_json.h"
#include "face/api/api_route.h"
#include "watch/replay.h"
#include "watch/watch_words.h"

static void add_alert(struct json_writer *w, const struct replay_alert *r)
{
    const struct watch_alert *a = &r->alert;
    const struct incident_scope scope = {
        .feature = a->feature,
        .model = a->model,
        .provider = a->provider,
        .workflow = a->workflow,
        .customer = a->customer,
    };
    struct buf words;

    json_w_obj(w);
    alert_json_time(w, "time", a->time_us);
    alert_json_scope(w, &scope);
    alert_json_text(w, "cause", watch_cause_name(a->cause));
    alert_json_text(w, "severity", watch_severity_name(a->severity));
    alert_json_text(w, "unit", str_from_cz(a->unit));
    alert_json_number(w, "before", a->before);
    alert_json_number(w, "after", a->after);
    alert_json_number(w, "usd_per_day", a->usd_per_day);
    alert_json_number(w, "usual_usd_per_day", a->daily_usd);
    alert_json_time(w, "since", a->since_us);
    alert_json_time(w, "closed", r->closed_us);
    json_w_key(w, STR("alert"));
    json_w_i64(w, (int64_t)a->number);
    json_w_key(w, STR("worse"));
    json_w_bool(w, a->news == WATCH_WORSE);
    json_w_key(w, STR("window_hours"));
    json_w_i64(w, a->window_hours);
    alert_json_number(w, "requests", a->n);
    alert_json_number(w, "z", a->z);
    alert_json_text(w, "run", a->run);
    buf_init(&words, LIMIT_ARENA_MAX);
    watch_words(&words, a);
    alert_json_text(w, "sentence", buf_view(&words));
    buf_fini(&words);
    json_w_obj_end(w);
}

static void add_alerts(struct buf *body, const struct replay *r)
{
    struct json_writer w;

    json_w_init(&w, body);
    json_w_arr(&w);
    for (size_t i = 0; i < replay_n(r); i++) {
        add_alert(&w, replay_at(r, i));
    }
    json_w_arr_end(&w);
    buf_char(body, '\n');
}

static const struct api_param params[] = {
    {"from", "a date or RFC 3339; included; earlier history is learnt from"},
    {"to", "likewise; not included"},
    {"range", "today, this-week, last-month, 7d, 30d, all, ..."},
    {"where", "feature:a|b, feature:!a, feature: (untagged)"},
};

static enum rc answer(struct api_call *call, struct why *why)
{
    struct query_param given[LIMIT_API_PARAMS_MAX + 1];
    struct replay replay;
    struct query q;
    size_t n = 0;
    bool has_range = false;

    for (; n < call->n_params; n++) {
        given[n] = call->param[n];
        has_range = has_range || !str_eq(given[n].name, STR("where"));
    }
    if (!has_range) {
        given[n] = (struct query_param){STR("range"), STR("all")};
        n++;
    }
    enum rc rc = api_parse_query(call, given, n, &q, why);
    if (rc != RC_OK) {
        return rc;
    }
    const struct replay_options opt = {.q = &q};
    rc = replay_run(&opt, call->reader, &replay, why);
    if (rc == RC_OK) {
        add_alerts(&call->response->body, &replay);
    }
    replay_fini(&replay);
    return rc;
}

const struct api_route api_route_alerts_replay = {
    .path = "/api/alerts/replay",
    .needs_store = true,
    .doc = "what alerts history would have raised, with the clock at its time",
    .param = params,
    .n_params = ARRAY_N(params),
    .answer = answer,
};
