/* A route of the API as a row: its path, its parameters and what answers it.
 * One file exports one row; api.c lists them. */
#ifndef FACE_API_API_ROUTE_H
#define FACE_API_API_ROUTE_H

#include "base/arena.h"
#include "face/api/api.h"
#include "query/query.h"

/* One request inside the API. */
struct api_call {
    const struct api_env *env;
    struct store_reader *reader; /* NULL when the route needs none */
    int64_t now_us;
    struct str path;                 /* not decoded */
    const struct query_param *param; /* decoded */
    size_t n_params;
    struct arena arena; /* of this request; LIMIT_ANSWER_BYTES_MAX */
    struct api_response *response;
};

/* Fills response->body (and content_type when it is not JSON).  An rc but
 * RC_OK becomes an error of that kind with `why` as its message. */
typedef enum rc api_route_fn(struct api_call *call, struct why *why);

struct api_param {
    const char *name;
    const char *doc;
};

struct api_route {
    const char *path;
    bool has_subject; /* the path may go on with /{id} */
    bool needs_store;
    const char *storeless; /* a parameter with which it needs none; or NULL */
    const char *doc;
    const char *hint; /* told with every error of it; may be NULL */
    const struct api_param *param; /* NULL: checked elsewhere */
    size_t n_params;
    api_route_fn *answer;
};

extern const struct api_route api_route_alerts;
extern const struct api_route api_route_alerts_replay;
extern const struct api_route api_route_budgets;
extern const struct api_route api_route_events;
extern const struct api_route api_route_healthz;
extern const struct api_route api_route_insight;
extern const struct api_route api_route_metrics;
extern const struct api_route api_route_prices;
extern const struct api_route api_route_query;
extern const struct api_route api_route_readyz;
extern const struct api_route api_route_records;
extern const struct api_route api_route_setup;

/* api_parse_query: query_parse in the configured time zone; RC_INVALID for
 * whatever is wrong. */
enum rc api_parse_query(struct api_call *call, const struct query_param *param,
                        size_t n_params, struct query *ret,
                        struct why *why) MUST_CHECK;

/* api_param_value: the last of that name; empty with p NULL when absent. */
struct str api_param_value(const struct api_call *call, const char *name);
/* api_param_is_on: given, and not as "0" or "false". */
bool api_param_is_on(const struct api_call *call, const char *name);

/* api_page_limit: the call's `limit`, up to LIMIT_EVENTS_PAGE_MAX; `otherwise`
 * when absent. */
enum rc api_page_limit(const struct api_call *call, size_t otherwise,
                       size_t *ret, struct why *why) MUST_CHECK;

#endif
