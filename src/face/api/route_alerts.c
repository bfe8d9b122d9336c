/* Alerts as people follow them: the incidents, and one of them. */
#include "base/json.h"
#include "base/usd.h"
#include "base/why.h"
#include "face/api/alert_json.h"
#include "face/api/api_route.h"
#include "watch/incident.h"
#include "watch/incident_words.h"

#define PATH         STR("/api/alerts/")
#define PICO         1e12
#define LISTED_USUAL 200

/* ---- one ---- */

/* Empty where nothing is known of it. */
static void add_known(struct json_writer *w, const char *name, struct str value)
{
    alert_json_text(w, name, value.n > 0 ? value : STR_EMPTY);
}

static void add_usd(struct json_writer *w, const char *name, double usd)
{
    struct buf b;

    buf_init(&b, USD_TEXT_MAX);
    usd_add_text(&b, (struct usd_sum){.pico = (num_i128)(usd * PICO)});
    json_w_key(w, str_from_cz(name));
    json_w_str(w, buf_view(&b));
    buf_fini(&b);
}

static void add_parts(struct json_writer *w, const struct incident *x)
{
    json_w_key(w, STR("parts"));
    json_w_arr(w);
    for (size_t i = 0; i < x->n_parts; i++) {
        const struct incident_part *p = &x->part[i];
        json_w_obj(w);
        alert_json_scope(w, &p->scope);
        alert_json_number(w, "before", p->before);
        alert_json_number(w, "after", p->after);
        add_usd(w, "usd_per_day", p->usd_per_day);
        alert_json_time(w, "since", p->since_us);
        alert_json_time(w, "closed", p->closed_us);
        json_w_obj_end(w);
    }
    json_w_arr_end(w);
}

static void add_ack(struct json_writer *w, const struct incident *x)
{
    json_w_key(w, STR("acknowledged"));
    if (x->ack_us == 0) {
        json_w_null(w);
        return;
    }
    json_w_obj(w);
    alert_json_text(w, "by", x->ack_by);
    alert_json_time(w, "at", x->ack_us);
    alert_json_text(w, "note", x->ack_note);
    json_w_obj_end(w);
}

static void add_incident(struct json_writer *w, const struct incident *x,
                         int64_t now_us)
{
    json_w_obj(w);
    alert_json_text(w, "id", x->id);
    alert_json_text(w, "state",
                    x->closed_us == 0 ? STR("open") : STR("closed"));
    alert_json_text(w, "severity",
                    str_from_cz(message_severity_name(x->severity)));
    alert_json_text(w, "cause", x->cause);
    add_known(w, "rule", x->rule);
    alert_json_scope(w, &x->scope);
    alert_json_text(w, "sentence", x->sentence);
    alert_json_time(w, "since", x->since_us);
    alert_json_time(w, "opened", x->opened_us);
    alert_json_time(w, "updated", x->updated_us);
    alert_json_time(w, "closed", x->closed_us);
    add_known(w, "unit", x->unit);
    alert_json_number(w, "before", x->before);
    alert_json_number(w, "after", x->after);
    add_usd(w, "usd_per_day", x->usd_per_day);
    add_usd(w, "usd_so_far", incident_usd_so_far(x, now_us));
    add_usd(w, "usual_usd_per_day", x->usual_usd_per_day);
    add_known(w, "owner", x->owner);
    add_known(w, "why", x->reason);
    add_known(w, "unmoved", x->unmoved);
    add_known(w, "release", x->release);
    add_known(w, "run", x->run);
    alert_json_text(w, "next", incident_next(x));
    add_ack(w, x);
    alert_json_time(w, "snoozed_until",
                    x->snoozed_us > now_us ? x->snoozed_us : 0);
    json_w_key(w, STR("told"));
    json_w_bool(w, x->is_told);
    add_parts(w, x);
    json_w_obj_end(w);
}

/* ---- all ---- */

enum states { STATES_ALL = 1, STATES_OPEN, STATES_CLOSED };

struct listing {
    struct api_call *call;
    enum states states;
    size_t limit;
    struct str id;
    bool is_found;
};

static bool is_wanted(const struct listing *l, const struct incident *x)
{
    bool is_open = x->closed_us == 0;

    return l->states == STATES_ALL || is_open == (l->states == STATES_OPEN);
}

/* Open ones first, then what was opened last. */
static int64_t rank_of(const struct incident *x)
{
    return x->opened_us + (x->closed_us == 0 ? INT64_MAX / 2 : 0);
}

/* The one behind `last`, by rank, then as they came. */
static const struct incident *next_of(const struct listing *l,
                                      const struct incidents *all,
                                      const struct incident *last)
{
    const struct incident *best = NULL;
    bool is_past = last == NULL;

    for (size_t i = 0; i < incidents_n(all); i++) {
        const struct incident *x = incidents_at(all, i);
        bool is_behind = last == NULL || rank_of(x) < rank_of(last) ||
                         (rank_of(x) == rank_of(last) && is_past);
        is_past = is_past || x == last;
        if (x != last && is_behind && is_wanted(l, x) &&
            (best == NULL || rank_of(x) > rank_of(best))) {
            best = x;
        }
    }
    return best;
}

static size_t n_open(const struct incidents *all)
{
    size_t n = 0;

    for (size_t i = 0; i < incidents_n(all); i++) {
        n += incidents_at(all, i)->closed_us == 0 ? 1 : 0;
    }
    return n;
}

static void list(void *arg, const struct incidents *all, int64_t from_us)
{
    struct listing *l = arg;
    struct json_writer w;
    const struct incident *x = NULL;

    json_w_init(&w, &l->call->response->body);
    json_w_obj(&w);
    json_w_key(&w, STR("alerts"));
    json_w_arr(&w);
    for (size_t n = 0; n < l->limit; n++) {
        x = next_of(l, all, x);
        if (x == NULL) {
            break;
        }
        add_incident(&w, x, l->call->now_us);
    }
    json_w_arr_end(&w);
    json_w_key(&w, STR("open"));
    json_w_i64(&w, (int64_t)n_open(all));
    alert_json_time(&w, "watched_since", from_us);
    json_w_obj_end(&w);
    buf_char(&l->call->response->body, '\n');
}

static void show(void *arg, const struct incidents *all, int64_t from_us)
{
    struct listing *l = arg;
    const struct incident *x = incidents_of(all, l->id);
    struct json_writer w;

    (void)from_us;
    l->is_found = x != NULL;
    if (x != NULL) {
        json_w_init(&w, &l->call->response->body);
        add_incident(&w, x, l->call->now_us);
        buf_char(&l->call->response->body, '\n');
    }
}

/* ---- the route ---- */

static enum rc read_states(struct str word, enum states *ret, struct why *why)
{
    static const struct {
        struct str word;
        enum states states;
    } all[] = {{STR_INIT("all"), STATES_ALL},
               {STR_INIT("open"), STATES_OPEN},
               {STR_INIT("closed"), STATES_CLOSED}};

    *ret = STATES_ALL;
    for (size_t i = 0; i < ARRAY_N(all); i++) {
        if (str_eq(word, all[i].word)) {
            *ret = all[i].states;
            return RC_OK;
        }
    }
    return word.n == 0 ? RC_OK
                       : why_set(why, RC_INVALID,
                                 "state is open, closed or all, not '%.*s'",
                                 STR_ARG(word));
}

static const struct api_param params[] = {
    {"state", "open, closed or all; all unless said"},
    {"limit", "how many"},
};

static enum rc answer(struct api_call *call, struct why *why)
{
    struct listing l = {.call = call, .states = STATES_ALL};
    bool is_one = str_starts(call->path, PATH);
    enum rc rc = read_states(api_param_value(call, "state"), &l.states, why);

    if (rc == RC_OK) {
        rc = api_page_limit(call, LISTED_USUAL, &l.limit, why);
    }
    if (rc == RC_OK && call->env->incidents == NULL) {
        rc = why_set(why, RC_UNSUPPORTED, "nothing watches here");
    }
    if (rc != RC_OK) {
        return rc;
    }
    l.id = is_one ? str_sub(call->path, PATH.n, SIZE_MAX) : STR_EMPTY;
    rc = call->env->incidents(call->env->arg, is_one ? show : list, &l, why);
    if (rc == RC_OK && is_one && !l.is_found) {
        rc =
            why_set(why, RC_NOT_FOUND, "there is no alert %.*s", STR_ARG(l.id));
    }
    return rc;
}

const struct api_route api_route_alerts = {
    .path = "/api/alerts",
    .has_subject = true,
    .needs_store = true,
    .doc = "what alerts there are and were, or one of them",
    .hint = "docs/alerts.md tells what alerts are",
    .param = params,
    .n_params = ARRAY_N(params),
    .answer = answer,
};
