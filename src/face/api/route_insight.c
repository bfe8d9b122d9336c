/* Every insight's route: the row tells the path and the parameters; besides
 * those, `format` says in which form the report comes and `width` how wide
 * text may be. */
#include "base/near.h"
#include "base/why.h"
#include "event/registry.h"
#include "face/api/api_route.h"
#include "face/report/report_draw.h"
#include "insight/insight.h"
#include "net/http_server.h"
#include "price/book.h"
#include "watch/incident.h"

#define WIDTH_MAX 1000
#define PICO      1e12

static const char *const own_params[] = {"format", "width"};

/* Those of the row, and the first n_own of the route's. */
static enum rc check(const struct insight *row, struct str name, size_t n_own,
                     struct why *why)
{
    struct near near;

    near_init(&near, name);
    for (size_t k = 0; k < n_own + row->n_params; k++) {
        struct str known =
            str_from_cz(k < row->n_params ? row->param[k].name
                                          : own_params[k - row->n_params]);
        if (str_eq(name, known)) {
            return RC_OK;
        }
        near_offer(&near, known);
    }
    return near_unknown(&near, "parameter", "look at its spelling", why);
}

enum rc api_check_insight(const struct insight *row,
                          const struct query_param *param, size_t n_params,
                          struct why *why)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < n_params; i++) {
        rc = check(row, param[i].name, 0, why);
    }
    return rc;
}

static void tell_each(void *arg, const struct incidents *all, int64_t from_us)
{
    const struct insight_alerts_of *const *ask = arg;
    const struct insight_alerts_of *of = *ask;

    (void)from_us;
    for (size_t i = 0; i < incidents_n(all); i++) {
        const struct incident *x = incidents_at(all, i);
        bool is_over = x->closed_us != 0 && x->closed_us <= of->to_us;
        if (x->opened_us >= of->to_us ||
            (x->closed_us != 0 && x->closed_us < of->from_us)) {
            continue;
        }
        of->each(
            of->arg,
            &(struct insight_alert){
                .severity = str_from_cz(message_severity_name(x->severity)),
                .sentence = x->sentence,
                .owner = x->owner,
                .since_us = x->since_us,
                .so_far = (num_i128)(incident_usd_so_far(x, of->to_us) * PICO),
                .is_open = !is_over});
    }
}

static enum rc tell_alerts(const void *arg, const struct insight_alerts_of *of,
                           struct why *why)
{
    const struct api_env *env = arg;

    return env->incidents(env->arg, tell_each, &of, why);
}

void api_insight_begin(const struct api_env *env, struct store_reader *reader,
                       int64_t now_us, struct api_insight_use *ret)
{
    ret->registry = env->registry(env->arg);
    ret->env = (struct insight_env){
        .reader = reader,
        .book = env->book(env->arg),
        .registry = ret->registry,
        .timezone = env->timezone,
        .now_us = now_us,
        .counts = env->counts,
        .arg = env->arg,
        .alerts = env->incidents != NULL ? tell_alerts : NULL,
        .alerts_arg = env,
    };
}

void api_insight_end(struct api_insight_use *use)
{
    book_unref(&use->env.book);
    registry_unref(&use->registry);
}

enum rc api_report(const struct api_env *env, struct store_reader *reader,
                   const struct api_insight *call, struct report *ret_report,
                   struct why *why)
{
    struct api_insight_use use;

    api_insight_begin(env, reader, call->now_us, &use);
    const struct insight_call inner = {
        .env = &use.env,
        .param = call->param,
        .n_params = call->n_params,
        .subject = call->subject,
        .arena = call->arena,
    };

    report_init(ret_report, LIMIT_ANSWER_BYTES_MAX);
    enum rc rc = call->row->run(&inner, ret_report, why);
    if (rc == RC_OK) {
        rc = report_rc(ret_report, why);
    }
    api_insight_end(&use);
    return rc;
}

static enum rc answer(struct api_call *call, struct why *why)
{
    struct str subject;
    const struct insight *row = insight_of(call->path, &subject);
    struct str width = api_param_value(call, "width");
    const struct report_form *form = NULL;
    struct report report;
    uint64_t n = 0;

    enum rc rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && i < call->n_params; i++) {
        rc = check(row, call->param[i].name, ARRAY_N(own_params), why);
    }
    if (rc == RC_OK) {
        rc = report_form_from(api_param_value(call, "format"), &form, why);
    }
    if (rc == RC_OK && width.n > 0 &&
        (str_to_u64(width, &n) != RC_OK || n > WIDTH_MAX)) {
        rc = why_set(why, RC_INVALID, "width must be a number up to %d",
                     WIDTH_MAX);
    }
    if (rc == RC_OK &&
        http_percent_decode(subject, false, &call->arena, &subject) != RC_OK) {
        rc = why_set(why, RC_INVALID, "the path has a broken %%-escape");
    }
    if (rc == RC_OK && !str_utf8_ok(subject)) {
        rc = why_set(why, RC_INVALID, "the path is not valid UTF-8");
    }
    if (rc != RC_OK) {
        return rc;
    }
    rc = api_report(call->env, call->reader,
                    &(struct api_insight){.row = row,
                                          .param = call->param,
                                          .n_params = call->n_params,
                                          .subject = subject,
                                          .now_us = call->now_us,
                                          .arena = &call->arena},
                    &report, why);
    if (rc == RC_OK) {
        call->response->content_type = form->content_type;
        form->add(&call->response->body, &report, (size_t)n);
    }
    report_fini(&report);
    return rc;
}

const struct api_route api_route_insight = {
    .path = "", /* those of insight_table */
    .needs_store = true,
    .doc = "the insights, each by its own path",
    .hint = "toll COMMAND --help and docs/insights.md tell the parameters",
    .answer = answer,
};
