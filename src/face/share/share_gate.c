#include "face/share/share_gate.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/utc.h"
#include "base/why.h"
#include "face/api/api.h"
#include "face/share/shelf.h"
#include "insight/insight.h"
#include "net/http_server.h"

#include <stdlib.h>

static bool is_range(struct str name)
{
    return str_eq(name, STR("from")) || str_eq(name, STR("to")) ||
           str_eq(name, STR("range"));
}

/* How an answer is drawn, and the token. */
static bool is_form(struct str name)
{
    return str_eq(name, STR("format")) || str_eq(name, STR("width")) ||
           str_eq(name, STR(SHARE_PARAM));
}

static void add_param(struct buf *b, struct str name, struct str value)
{
    buf_cz(b, b->n > 0 ? "&" : "");
    http_percent_encode(b, name);
    buf_char(b, '=');
    http_percent_encode(b, value);
}

static enum rc keep(struct buf *b, struct arena *out, struct str *ret,
                    struct why *why)
{
    enum rc rc = buf_rc(b, why);

    if (rc == RC_OK && str_dup(out, buf_view(b), ret) != RC_OK) {
        rc = why_set(why, RC_LIMIT, "the request is too long");
    }
    buf_fini(b);
    return rc;
}

/* ---- what the view confines to ---- */

enum rc share_scope(struct str address, int64_t now_us, struct str timezone,
                    struct arena *out, struct query *ret, struct why *why)
{
    struct query_param *given = NULL;
    struct query_param *own = NULL;
    struct str head;
    size_t n_given = 0;
    size_t n = 0;

    (void)str_cut(&address, '?', &head);
    enum rc rc = api_read_params(address, out, &given, &n_given, why);
    if (rc == RC_OK) {
        own = arena_array(out, n_given + 1, sizeof *own);
    }
    if (rc == RC_OK && own == NULL) {
        rc = why_set(why, RC_LIMIT, "the address is too long");
    }
    for (size_t i = 0; rc == RC_OK && i < n_given; i++) {
        if (is_range(given[i].name) || str_eq(given[i].name, STR("where"))) {
            own[n++] = given[i];
        } else if (str_eq(given[i].name, STR("environment"))) {
            own[n].name = STR("where");
            own[n].value =
                str_fmt(out, "environment:%.*s", STR_ARG(given[i].value));
            n++;
        }
    }
    return rc == RC_OK ? query_parse(own, n, now_us, timezone, out, ret, why)
                       : rc;
}

/* ---- questions ---- */

struct params {
    struct query_param *at;
    size_t n;
};

/* The range that is asked for lies in the view's; none is the view's. */
static enum rc check_range(const struct params *given,
                           const struct query *scope,
                           const struct share_asked *asked, struct arena *out,
                           struct query *ret, struct why *why)
{
    const struct query_param *param = given->at;
    struct query_param range[4];
    size_t n_range = 0;
    bool is_asked = false;

    for (size_t i = 0; i < given->n && n_range < ARRAY_N(range); i++) {
        bool is = is_range(param[i].name) && str_trim(param[i].value).n > 0;

        if (is || str_eq(param[i].name, STR("timezone"))) {
            range[n_range++] = param[i];
            is_asked = is_asked || is;
        }
    }
    if (!is_asked) {
        *ret = *scope;
        return RC_OK;
    }
    enum rc rc = query_parse(range, n_range, asked->now_us, asked->timezone,
                             out, ret, why);
    if (rc == RC_OK &&
        (ret->from_us < scope->from_us || ret->to_us > scope->to_us)) {
        rc = why_set(why, RC_DENIED,
                     "this share opens the range of its view, and the "
                     "question reaches out of it");
    }
    return rc;
}

static void add_time(struct buf *b, const char *name, int64_t us)
{
    struct buf text;

    buf_init(&text, 64);
    utc_add_text(&text, us);
    add_param(b, str_from_cz(name), buf_view(&text));
    buf_fini(&text);
}

/* A filter that is added narrows, since all of them must hold; that of the
 * environment is always among the view's. */
static void add_filters(struct buf *b, const struct query *scope)
{
    struct buf text;

    for (size_t i = 0; i < scope->n_where; i++) {
        buf_init(&text, LIMIT_HTTP_HEADERS_BYTES);
        query_add_filter(&text, &scope->where[i]);
        add_param(b, STR("where"), buf_view(&text));
        buf_fini(&text);
    }
}

static enum rc admit_query(const struct shelf_item *share,
                           const struct share_asked *asked, struct arena *out,
                           struct str *ret_query, struct why *why)
{
    struct params given = {.n = 0};
    struct query scope;
    struct query range;
    struct buf b;
    enum rc rc = api_read_params(asked->query, out, &given.at, &given.n, why);

    if (rc == RC_OK) {
        rc = share_scope(share->address, asked->now_us, asked->timezone, out,
                         &scope, why);
    }
    if (rc == RC_OK) {
        rc = check_range(&given, &scope, asked, out, &range, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    buf_init(&b, LIMIT_HTTP_HEADERS_BYTES);
    for (size_t i = 0; i < given.n; i++) {
        const struct query_param *p = &given.at[i];

        if (!is_range(p->name) && !str_eq(p->name, STR(SHARE_PARAM))) {
            add_param(&b, p->name, p->value);
        }
    }
    add_time(&b, "from", range.from_us);
    add_time(&b, "to", range.to_us);
    add_filters(&b, &scope);
    return keep(&b, out, ret_query, why);
}

/* ---- insights ---- */

static int by_text(const void *a, const void *b)
{
    const struct query_param *x = a;
    const struct query_param *y = b;
    int order = str_cmp(x->name, y->name);

    return order != 0 ? order : str_cmp(x->value, y->value);
}

/* "/api/explain?from=...&to=...", sorted. */
static enum rc normal(struct str path, struct str query, struct arena *out,
                      struct str *ret, struct why *why)
{
    struct query_param *param = NULL;
    struct buf b;
    struct str params = STR_EMPTY;
    size_t n = 0;
    enum rc rc = api_read_params(query, out, &param, &n, why);

    if (rc != RC_OK) {
        return rc;
    }
    if (n > 1) {
        qsort(param, n, sizeof *param, by_text);
    }
    buf_init(&b, LIMIT_HTTP_HEADERS_BYTES);
    for (size_t i = 0; i < n; i++) {
        if (!is_form(param[i].name)) {
            add_param(&b, param[i].name, param[i].value);
        }
    }
    rc = keep(&b, out, &params, why);
    if (rc != RC_OK) {
        return rc;
    }
    *ret = str_fmt(out, "%.*s?%.*s", STR_ARG(path), STR_ARG(params));
    return ret->p != NULL ? RC_OK
                          : why_set(why, RC_LIMIT, "the request is too long");
}

enum rc share_open(struct str request, struct arena *out, struct str *ret,
                   struct why *why)
{
    struct str path = STR_EMPTY;
    struct str query = request;
    struct str subject;

    (void)str_cut(&query, '?', &path);
    if (insight_of(path, &subject) == NULL) {
        return why_set(why, RC_INVALID,
                       "\"%.*s\" is no insight's address; a share opens those, "
                       "as \"/api/explain?range=7d\", and questions by itself",
                       STR_ARG(str_utf8_cut(request, 80)));
    }
    return normal(path, query, out, ret, why);
}

static enum rc admit_insight(const struct shelf_item *share,
                             const struct share_asked *asked, struct arena *out,
                             struct str *ret_query, struct why *why)
{
    struct str wanted = STR_EMPTY;
    struct query_param *param = NULL;
    struct buf b;
    size_t n = 0;
    bool is_open = false;
    enum rc rc = normal(asked->path, asked->query, out, &wanted, why);

    for (const struct json *j = json_first(share->opens);
         rc == RC_OK && j != NULL; j = json_next(j)) {
        is_open = is_open || str_eq(json_str(j), wanted);
    }
    if (rc == RC_OK && !is_open) {
        rc = why_set(why, RC_DENIED,
                     "this share does not open that request; it opens "
                     "questions within its view and what it was made for");
    }
    if (rc == RC_OK) {
        rc = api_read_params(asked->query, out, &param, &n, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    buf_init(&b, LIMIT_HTTP_HEADERS_BYTES);
    for (size_t i = 0; i < n; i++) {
        if (!str_eq(param[i].name, STR(SHARE_PARAM))) {
            add_param(&b, param[i].name, param[i].value);
        }
    }
    return keep(&b, out, ret_query, why);
}

enum rc share_admit(const struct shelf_item *share,
                    const struct share_asked *asked, struct arena *out,
                    struct str *ret_query, struct why *why)
{
    if (asked->now_us >= share->expires_us) {
        return why_set(why, RC_DENIED, "this share has expired");
    }
    return str_eq(asked->path, STR("/api/query"))
               ? admit_query(share, asked, out, ret_query, why)
               : admit_insight(share, asked, out, ret_query, why);
}
