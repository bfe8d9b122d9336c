/* POST /v1/usage/{provider}: the response is read like one that the gateway
 * passed on, but for its headers, which nobody has any more. */
#include "base/limits.h"
#include "base/utc.h"
#include "base/why.h"
#include "capture/caller.h"
#include "capture/ingest/ingest_priv.h"
#include "event/event_check.h"
#include "event/event_json.h"
#include "event/event_provider.h"
#include "net/http_server.h"
#include "provider/provider.h"
#include "provider/provider_request.h"

/* What the request says beside the response it bears. */
struct said {
    struct provider_context context;
    struct event ev; /* attribution and time */
    struct str id;   /* X-Toll-Id */
    bool has_environment;
};

/* ---- what is asked ---- */

static bool is_word(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' &&
            c != '-' && c != '.') {
            return false;
        }
    }
    return s.n > 0 && s.n <= LIMIT_DIM_MAX;
}

static enum rc read_param(struct post *p, struct str name, struct str value,
                          struct said *said, struct why *why)
{
    struct str text = STR_EMPTY;

    if (http_percent_decode(value, true, &p->arena, &text) != RC_OK) {
        return why_set(why, RC_INVALID, "parameter '%.*s' has a broken escape",
                       STR_ARG(name));
    }
    if (str_eq(name, STR("model"))) {
        said->context.model = text;
        return RC_OK;
    }
    if (str_eq(name, STR("path"))) {
        said->context.path = text;
        return RC_OK;
    }
    if (!str_eq(name, STR("ts"))) {
        return why_set(why, RC_INVALID,
                       "there is no parameter '%.*s'; there are model, path "
                       "and ts",
                       STR_ARG(name));
    }
    if (utc_parse(text, false, &said->ev.ts_us) != RC_OK) {
        return why_set(why, RC_INVALID,
                       "ts must be RFC 3339 with an offset, such as "
                       "2026-11-22T20:31:11Z");
    }
    return RC_OK;
}

static enum rc read_query(struct post *p, struct str query, struct said *said,
                          struct why *why)
{
    struct str pair;
    enum rc rc = RC_OK;

    while (rc == RC_OK && str_cut(&query, '&', &pair)) {
        struct str name;

        (void)str_cut(&pair, '=', &name);
        if (name.n > 0) {
            rc = read_param(p, name, pair, said, why);
        }
    }
    return rc;
}

static void read_headers(struct post *p, struct said *said)
{
    static const struct provider_request nothing = {.n_metadata = 0};
    size_t n = 0;
    const struct http_field *field = http_fields(p->call, &n);
    struct caller who = {.ev = &said->ev, .arena = &p->arena};

    caller_read(field, n, &nothing, &who);
    said->id = who.id;
    said->has_environment = who.has_environment;
}

static enum rc read_said(struct post *p, struct str provider,
                         const struct http_request *req, struct said *said,
                         struct why *why)
{
    event_init(&said->ev);
    said->ev.ts_us = p->now_us;
    if (!is_word(provider)) {
        return why_set(why, RC_INVALID,
                       "'%.*s' is no provider: the address is /v1/usage/ and "
                       "a word such as openai",
                       STR_ARG(str_utf8_cut(provider, 64)));
    }
    said->context.provider = provider_fold(provider);
    read_headers(p, said);
    return read_query(p, req->query, said, why);
}

/* ---- what was used ---- */

static enum rc set_id(struct post *p, const struct said *said, size_t i,
                      struct event *ev, struct why *why)
{
    if (said->id.n == 0) {
        return RC_OK;
    }
    ev->id = i == 0
                 ? said->id
                 : str_fmt(&p->arena, "%.*s#%zu",
                           STR_ARG(str_sub(said->id, 0, LIMIT_ID_MAX - 12)), i);
    return ev->id.n > 0 ? RC_OK
                        : why_set(why, RC_LIMIT, "no room for a call's id");
}

static enum rc add_record(struct post *p, const struct said *said,
                          const struct provider_record *record, size_t i,
                          struct why *why)
{
    struct event ev = said->ev;
    enum rc rc = provider_to_event(record, &p->arena, &ev, why);

    if (rc == RC_OK) {
        rc = set_id(p, said, i, &ev, why);
    }
    if (rc == RC_OK && ev.dim[DIM_MODEL].n == 0) {
        rc = why_set(why, RC_INVALID,
                     "the response does not name its model; add ?model=NAME");
    }
    if (rc == RC_OK) {
        rc = event_settle(&ev, &p->arena, why);
    }
    if (rc == RC_OK) {
        rc = event_check(&ev, p->now_us, why);
    }
    if (rc == RC_OK) {
        rc = post_add(p, &ev, said->has_environment, why);
    }
    if (rc != RC_OK && !post_is_over(rc)) {
        struct buf kept;

        buf_init(&kept, LIMIT_EVENT_BYTES_MAX);
        event_add_json_as_sent(&kept, &ev, said->has_environment);
        post_refuse(p, buf_view(&kept), why);
        buf_fini(&kept);
        return RC_OK;
    }
    return rc;
}

static enum rc take_response(struct post *p, const struct said *said,
                             struct str body, struct why *why)
{
    struct provider_reader *reader = provider_reader_new(&said->context);
    const struct provider_record *record = NULL;
    size_t n = 0;

    provider_reader_feed(reader, body);
    enum rc rc =
        provider_reader_end(reader, false, &p->arena, &record, &n, why);
    provider_reader_free(&reader);
    if (rc == RC_OK && n == 0) {
        rc = why_set(why, RC_INVALID,
                     "there is no usage in this response of %.*s",
                     STR_ARG(said->context.provider));
    }
    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        rc = add_record(p, said, &record[i], i, why);
    }
    return rc;
}

void ingest_usage(const struct ingest *in, struct http_call *call,
                  const struct http_request *req, struct str provider,
                  int64_t now_us)
{
    struct post *p =
        post_new(in, call, EVENT_SOURCE_API, LIMIT_PROVIDER_TEXT_BYTES, now_us);
    struct said said = {.has_environment = false};
    struct buf inflated;
    struct str body = STR_EMPTY;
    struct why why;

    buf_init(&inflated, LIMIT_BODY_MAX);
    enum rc rc = read_said(p, provider, req, &said, &why);
    if (rc == RC_OK) {
        rc = post_body(req, &inflated, &body, &why);
    }
    if (rc == RC_OK) {
        rc = take_response(p, &said, body, &why);
    }
    buf_fini(&inflated);
    post_end(p, rc, &why,
             STR("docs/events.md describes what is taken: the response's JSON, "
                 "its stream as text, or a batch's output"));
}
