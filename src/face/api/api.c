#include "face/api/api.h"

#include "base/limits.h"
#include "base/near.h"
#include "base/why.h"
#include "face/api/api_route.h"
#include "insight/insight.h"
#include "net/http_error.h"
#include "net/http_server.h"

static const struct api_route *const routes[] = {
    &api_route_alerts_replay, &api_route_alerts,  &api_route_budgets,
    &api_route_events,        &api_route_prices,  &api_route_query,
    &api_route_records,       &api_route_healthz, &api_route_metrics,
    &api_route_readyz,        &api_route_setup,
};

static bool is_path(const struct api_route *route, struct str path)
{
    struct str own = str_from_cz(route->path);

    return str_eq(path, own) || (route->has_subject && path.n > own.n + 1 &&
                                 str_starts(path, own) && path.p[own.n] == '/');
}

static const struct api_route *route_of(struct str path)
{
    for (size_t i = 0; i < ARRAY_N(routes); i++) {
        if (is_path(routes[i], path)) {
            return routes[i];
        }
    }
    struct str subject;
    return insight_of(path, &subject) != NULL ? &api_route_insight : NULL;
}

bool api_knows(struct str path)
{
    return route_of(path) != NULL;
}

/* Names of parameters are written without escapes by all who know them. */
static bool is_given(struct str query, const char *name)
{
    struct str pair;
    bool is = false;

    while (str_cut(&query, '&', &pair)) {
        struct str key;

        (void)str_cut(&pair, '=', &key);
        is = is || (pair.n > 0 && str_eq(key, str_from_cz(name)));
    }
    return is;
}

bool api_needs_store(struct str path, struct str query)
{
    const struct api_route *route = route_of(path);

    return route != NULL && route->needs_store &&
           (route->storeless == NULL || !is_given(query, route->storeless));
}

struct str api_param_value(const struct api_call *call, const char *name)
{
    struct str value = STR_EMPTY;

    for (size_t i = 0; i < call->n_params; i++) {
        if (str_eq(call->param[i].name, str_from_cz(name))) {
            value = call->param[i].value;
        }
    }
    return value;
}

bool api_param_is_on(const struct api_call *call, const char *name)
{
    struct str value = api_param_value(call, name);

    return value.n > 0 && !str_eq(value, STR("0")) &&
           !str_eq(value, STR("false"));
}

enum rc api_page_limit(const struct api_call *call, size_t otherwise,
                       size_t *ret, struct why *why)
{
    struct str text = api_param_value(call, "limit");
    uint64_t n = otherwise;

    if (text.n > 0 && (str_to_u64(text, &n) != RC_OK || n == 0 ||
                       n > LIMIT_EVENTS_PAGE_MAX)) {
        return why_set(why, RC_INVALID, "limit must be 1 to %d",
                       LIMIT_EVENTS_PAGE_MAX);
    }
    *ret = (size_t)n;
    return RC_OK;
}

enum rc api_read_params(struct str query, struct arena *arena,
                        struct query_param **ret_param, size_t *ret_n,
                        struct why *why)
{
    struct query_param *param =
        arena_array(arena, LIMIT_API_PARAMS_MAX, sizeof *param);
    struct str pair;
    size_t n = 0;

    if (param == NULL) {
        return why_set(why, RC_LIMIT, "the request is too large");
    }
    while (str_cut(&query, '&', &pair)) {
        struct str name;

        if (pair.n == 0) {
            continue;
        }
        if (n == LIMIT_API_PARAMS_MAX) {
            return why_set(why, RC_INVALID, "over %d parameters",
                           LIMIT_API_PARAMS_MAX);
        }
        (void)str_cut(&pair, '=', &name);
        if (http_percent_decode(name, true, arena, &param[n].name) != RC_OK ||
            http_percent_decode(pair, true, arena, &param[n].value) != RC_OK) {
            return why_set(why, RC_INVALID,
                           "parameter '%.*s' has a broken %%-escape",
                           STR_ARG(name));
        }
        if (!str_utf8_ok(param[n].name) || !str_utf8_ok(param[n].value)) {
            return why_set(why, RC_INVALID, "parameter %zu is not valid UTF-8",
                           n + 1);
        }
        n++;
    }
    *ret_param = param;
    *ret_n = n;
    return RC_OK;
}

/* A misspelt parameter is told, not ignored. */
static enum rc check_params(const struct api_route *route,
                            const struct api_call *call, struct why *why)
{
    for (size_t i = 0; route->param != NULL && i < call->n_params; i++) {
        struct near near;
        bool is_known = false;

        near_init(&near, call->param[i].name);
        for (size_t k = 0; k < route->n_params; k++) {
            struct str known = str_from_cz(route->param[k].name);
            is_known = is_known || str_eq(call->param[i].name, known);
            near_offer(&near, known);
        }
        if (!is_known) {
            return near_unknown(&near, "parameter", "look at its spelling",
                                why);
        }
    }
    return RC_OK;
}

enum rc api_parse_query(struct api_call *call, const struct query_param *param,
                        size_t n_params, struct query *ret, struct why *why)
{
    enum rc rc = query_parse(param, n_params, call->now_us, call->env->timezone,
                             &call->arena, ret, why);

    /* Too many of something is as wrong as a wrong name. */
    return rc == RC_LIMIT ? RC_INVALID : rc;
}

/* Bad parameters are the asker's: 400, whatever is against which rule. */
static int status_of(enum rc rc)
{
    return rc == RC_INVALID || rc == RC_RANGE ? 400 : http_status_of(rc);
}

void api_handle(const struct api_env *env, struct store_reader *reader,
                const struct api_request *req, struct api_response *ret)
{
    const struct api_route *route = route_of(req->path);
    struct api_call call = {.env = env,
                            .reader = reader,
                            .now_us = req->now_us,
                            .path = req->path,
                            .response = ret};
    struct why why = {.text = ""};
    enum rc rc;

    *ret = (struct api_response){.status = 200,
                                 .content_type = "application/json"};
    buf_init(&ret->body, LIMIT_ANSWER_BYTES_MAX);
    arena_init(&call.arena, LIMIT_ANSWER_BYTES_MAX);
    if (route == NULL) {
        rc = why_set(&why, RC_NOT_FOUND, "there is no route %.*s",
                     STR_ARG(req->path));
    } else {
        struct query_param *param = NULL;
        rc = api_read_params(req->query, &call.arena, &param, &call.n_params,
                             &why);
        call.param = param;
    }
    if (rc == RC_OK) {
        rc = check_params(route, &call, &why);
    }
    if (rc == RC_OK) {
        rc = route->answer(&call, &why);
    }
    if (rc == RC_OK) {
        rc = buf_rc(&ret->body, &why);
    }
    if (rc != RC_OK) {
        buf_clear(&ret->body);
        ret->status = status_of(rc);
        ret->content_type = "application/json";
        http_error_body(&ret->body, str_from_cz(rc_name(rc)),
                        str_from_cz(why.text),
                        str_from_cz(route != NULL ? route->hint : NULL));
    }
    arena_fini(&call.arena);
}
