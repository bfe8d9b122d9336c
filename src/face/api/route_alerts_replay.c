/* What alerts would have been raised: history heard again, in order. */
#include "base/json.h"
#include "base/utc.h"
#include "face/api/api_route.h"
#include "watch/replay.h"
#include "watch/watch_words.h"

static void add_part(struct json_writer *w, const char *name, struct str value)
{
    json_w_key(w, str_from_cz(name));
    if (value.p == NULL) {
        json_w_null(w);
    } else {
        json_w_str(w, value);
    }
}

static void add_time(struct json_writer *w, const char *name, int64_t us)
{
    char text[40];
    struct buf b;

    json_w_key(w, str_from_cz(name));
    if (us == 0) {
        json_w_null(w);
        return;
    }
    buf_init(&b, sizeof text);
    utc_add_text(&b, us);
    json_w_str(w, buf_view(&b));
    buf_fini(&b);
}

static void add_number(struct json_writer *w, const char *name, double x)
{
    json_w_key(w, str_from_cz(name));
    json_w_f64(w, x);
}

static void add_scope(struct json_writer *w, const struct watch_alert *a)
{
    json_w_key(w, STR("scope"));
    json_w_obj(w);
    add_part(w, "feature", a->feature);
    add_part(w, "model", a->model);
    add_part(w, "provider", a->provider);
    add_part(w, "workflow", a->workflow);
    add_part(w, "customer", a->customer);
    json_w_obj_end(w);
}

static void add_alert(struct json_writer *w, const struct replay_alert *r)
{
    const struct watch_alert *a = &r->alert;
    struct buf words;

    json_w_obj(w);
    add_time(w, "time", a->time_us);
    add_scope(w, a);
    add_part(w, "cause", watch_cause_name(a->cause));
    add_part(w, "severity", watch_severity_name(a->severity));
    add_part(w, "unit", str_from_cz(a->unit));
    add_number(w, "before", a->before);
    add_number(w, "after", a->after);
    add_number(w, "usd_per_day", a->usd_per_day);
    add_number(w, "usual_usd_per_day", a->daily_usd);
    add_time(w, "since", a->since_us);
    add_time(w, "closed", r->closed_us);
    json_w_key(w, STR("alert"));
    json_w_i64(w, (int64_t)a->number);
    json_w_key(w, STR("worse"));
    json_w_bool(w, a->news == WATCH_WORSE);
    json_w_key(w, STR("window_hours"));
    json_w_i64(w, a->window_hours);
    add_number(w, "requests", a->n);
    add_number(w, "z", a->z);
    add_part(w, "run", a->run);
    buf_init(&words, LIMIT_ARENA_MAX);
    watch_words(&words, a);
    add_part(w, "sentence", buf_view(&words));
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
        given[n++] = (struct query_param){STR("range"), STR("all")};
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
