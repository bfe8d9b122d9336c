/* Single events behind a question, a page at a time; export walks the
 * pages. */
#include "base/json.h"
#include "base/limits.h"
#include "base/why.h"
#include "event/event_json.h"
#include "face/api/api_route.h"
#include "face/event_csv.h"

#define LIMIT_DEFAULT 100

enum events_form { EVENTS_JSON = 1, EVENTS_NDJSON, EVENTS_CSV };

struct page {
    struct buf *out;
    enum events_form form;
    size_t n;
    int64_t last_ts_us;
    struct buf last_id;
};

static enum rc each(void *arg, const struct event *ev, struct why *why)
{
    struct page *page = arg;

    switch (page->form) {
    case EVENTS_JSON:
        buf_cz(page->out, page->n > 0 ? ",\n" : "");
        event_add_json(page->out, ev);
        break;
    case EVENTS_NDJSON:
        event_add_json(page->out, ev);
        buf_char(page->out, '\n');
        break;
    case EVENTS_CSV:
        event_csv_add(page->out, ev);
        break;
    }
    page->n++;
    page->last_ts_us = ev->ts_us;
    buf_clear(&page->last_id);
    buf_str(&page->last_id, ev->id);
    return buf_rc(page->out, why);
}

static enum rc read_form(struct str text, enum events_form *ret,
                         const char **ret_type, struct why *why)
{
    if (text.n == 0 || str_eq(text, STR("json"))) {
        *ret = EVENTS_JSON;
        *ret_type = "application/json";
    } else if (str_eq(text, STR("ndjson"))) {
        *ret = EVENTS_NDJSON;
        *ret_type = "application/x-ndjson";
    } else if (str_eq(text, STR("csv"))) {
        *ret = EVENTS_CSV;
        *ret_type = "text/csv; charset=utf-8";
    } else {
        return why_set(why, RC_INVALID,
                       "format '%.*s' is unknown; json, ndjson or csv",
                       STR_ARG(text));
    }
    return RC_OK;
}

/* "MICROSECONDS:ID", as next gave it. */
static enum rc read_cursor(struct str text, struct query_cursor *ret,
                           struct why *why)
{
    struct str rest = text;
    struct str us = STR_EMPTY;

    (void)str_cut(&rest, ':', &us);
    if (str_to_i64(us, &ret->ts_us) != RC_OK || rest.n == 0) {
        return why_set(why, RC_INVALID,
                       "after '%.*s' is not what 'next' of the page before "
                       "said",
                       STR_ARG(text));
    }
    ret->id = rest;
    return RC_OK;
}

/* The parameters that are the query room's own: range and filters. */
static enum rc read_query(struct api_call *call, struct query *ret,
                          struct why *why)
{
    static const char *const kept[] = {"from", "to", "range", "where",
                                       "timezone"};
    struct query_param *param =
        arena_array(&call->arena, call->n_params + 1, sizeof *param);
    size_t n = 0;

    if (param == NULL) {
        return why_set(why, RC_LIMIT, "the request is too large");
    }
    for (size_t i = 0; i < call->n_params; i++) {
        for (size_t k = 0; k < ARRAY_N(kept); k++) {
            if (str_eq(call->param[i].name, str_from_cz(kept[k]))) {
                param[n++] = call->param[i];
            }
        }
    }
    return api_parse_query(call, param, n, ret, why);
}

/* Where the next page begins: a JSON string, null behind the last page. */
static void add_next(struct buf *out, const struct page *page, bool is_full)
{
    struct json_writer w;
    struct buf cursor;

    if (!is_full) {
        buf_cz(out, "null");
        return;
    }
    buf_init(&cursor, 1024);
    buf_i64(&cursor, page->last_ts_us);
    buf_char(&cursor, ':');
    buf_str(&cursor, buf_view(&page->last_id));
    json_w_init(&w, out);
    json_w_str(&w, buf_view(&cursor));
    buf_fini(&cursor);
}

static enum rc read_page(struct api_call *call, const struct query *q,
                         const struct query_cursor *after, size_t limit,
                         struct page *page, struct why *why)
{
    bool oldest_first = str_eq(api_param_value(call, "order"), STR("asc"));
    enum rc rc;

    if (page->form == EVENTS_JSON) {
        buf_cz(page->out, "{\"events\":[");
    } else if (page->form == EVENTS_CSV && after == NULL) {
        event_csv_add_header(page->out);
    }
    rc = query_events(q, !oldest_first, limit, after, call->reader, each, page,
                      why);
    if (rc == RC_OK && page->form == EVENTS_JSON) {
        buf_cz(page->out, "],\"next\":");
        add_next(page->out, page, page->n == limit);
        buf_cz(page->out, "}\n");
    }
    return rc;
}

/* The page's text as one JSON string beside its cursor, for who walks pages
 * of a form that has no room for one. */
static enum rc read_enveloped(struct api_call *call, const struct query *q,
                              const struct query_cursor *after, size_t limit,
                              struct page *page, struct why *why)
{
    struct buf *out = &call->response->body;
    struct json_writer w;
    struct buf text;
    enum rc rc;

    buf_init(&text, LIMIT_ANSWER_BYTES_MAX);
    page->out = &text;
    rc = read_page(call, q, after, limit, page, why);
    page->out = out; /* the text ends here */
    if (rc == RC_OK) {
        json_w_init(&w, out);
        buf_cz(out, "{\"text\":");
        json_w_str(&w, buf_view(&text));
        buf_fmt(out, ",\"n\":%zu,\"next\":", page->n);
        add_next(out, page, page->n == limit);
        buf_cz(out, "}\n");
        call->response->content_type = "application/json";
    }
    buf_fini(&text);
    return rc;
}

static enum rc answer(struct api_call *call, struct why *why)
{
    struct page page = {.out = &call->response->body};
    struct query_cursor cursor;
    struct str after = api_param_value(call, "after");
    struct str order = api_param_value(call, "order");
    struct query q;
    size_t limit = 0;
    enum rc rc = read_form(api_param_value(call, "format"), &page.form,
                           &call->response->content_type, why);

    if (rc == RC_OK) {
        rc = api_page_limit(call, LIMIT_DEFAULT, &limit, why);
    }
    if (rc == RC_OK && after.n > 0) {
        rc = read_cursor(after, &cursor, why);
    }
    if (rc == RC_OK && order.n > 0 && !str_eq(order, STR("asc")) &&
        !str_eq(order, STR("desc"))) {
        rc = why_set(why, RC_INVALID, "order must be asc or desc");
    }
    if (rc == RC_OK) {
        rc = read_query(call, &q, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    buf_init(&page.last_id, 1024);
    rc = (api_param_value(call, "envelope").n > 0 ? read_enveloped : read_page)(
        call, &q, after.n > 0 ? &cursor : NULL, limit, &page, why);
    buf_fini(&page.last_id);
    return rc;
}

static const struct api_param params[] = {
    {"from", "first instant, a date or RFC 3339"},
    {"to", "behind the last instant"},
    {"range", "instead of from and to: today, 7d, last-month, all, ..."},
    {"where", "as in /api/query; may come several times"},
    {"timezone", "what dates are read in"},
    {"order", "desc (newest first, the default) or asc"},
    {"limit", "events of one page; 100 unless said, at most 50000"},
    {"after", "'next' of the page before"},
    {"format", "json (the default), ndjson or csv"},
    {"envelope", "1: the page as text in a JSON object, with n and next"},
};

const struct api_route api_route_events = {
    .path = "/api/events",
    .needs_store = true,
    .doc = "the single events behind a question",
    .hint = "docs/query.md describes ranges and filters",
    .param = params,
    .n_params = ARRAY_N(params),
    .answer = answer,
};
