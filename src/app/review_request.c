#include "app/review_request.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/near.h"
#include "base/num.h"
#include "base/utc.h"
#include "base/why.h"
#include "face/api/api.h"
#include "insight/insight.h"
#include "query/period.h"
#include "query/query.h"
#include "watch/outbox.h"
#include "watch/schedule.h"

#include <stdlib.h>

#define REVIEW_PATH STR("/api/review")
#define WEEK_DAYS   7

/* ---- reading ---- */

static enum rc keep(struct arena *out, struct str text, struct str *ret,
                    struct why *why)
{
    return str_dup(out, text, ret) == RC_OK
               ? RC_OK
               : why_set(why, RC_LIMIT, "the request is too large");
}

struct member {
    const char *name;
    enum json_kind kind;
    size_t bytes_max;
};

static const struct member members[] = {
    {"channel", JSON_STR, SIZE_MAX},
    {"note", JSON_STR, LIMIT_NOTE_MAX},
    {"id", JSON_STR, LIMIT_ID_MAX},
    {"again", JSON_BOOL, SIZE_MAX},
};

/* A misspelt "again" or "note" would do something else than was asked. */
static enum rc check_members(const struct json *body, struct why *why)
{
    for (const struct json *m = json_first(body); m != NULL; m = json_next(m)) {
        const struct member *known = NULL;
        struct near near;

        near_init(&near, json_key(m));
        for (size_t i = 0; i < ARRAY_N(members); i++) {
            struct str name = str_from_cz(members[i].name);
            known = str_eq(json_key(m), name) ? &members[i] : known;
            near_offer(&near, name);
        }
        if (known == NULL) {
            return near_unknown(&near, "member", "look at its spelling", why);
        }
        if (json_kind(m) != known->kind) {
            return why_set(why, RC_INVALID, "%s must be a %s, not a %s",
                           known->name, json_kind_name(known->kind),
                           json_kind_name(json_kind(m)));
        }
        if (json_str(m).n > known->bytes_max) {
            return why_set(why, RC_INVALID, "%s has over %zu bytes",
                           known->name, known->bytes_max);
        }
    }
    return RC_OK;
}

static enum rc read_body(const struct json *body,
                         const struct review_asked *asked, struct arena *out,
                         struct review_request *r, struct why *why)
{
    struct str id = json_str(json_get(body, "id"));

    if (json_kind(body) != JSON_OBJ) {
        return why_set(why, RC_INVALID, "expected an object");
    }
    enum rc rc = check_members(body, why);
    if (rc == RC_OK && json_str(json_get(body, "channel")).n == 0) {
        rc = why_set(why, RC_INVALID, "channel must be the name of one");
    }
    if (rc == RC_OK) {
        rc = keep(out, json_str(json_get(body, "channel")), &r->channel, why);
    }
    if (rc == RC_OK) {
        rc = keep(out, str_trim(json_str(json_get(body, "note"))), &r->note,
                  why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    r->again = json_bool(json_get(body, "again"));
    r->key = id.n > 0
                 ? str_fmt(out, "review/sent/%.*s/%.*s", STR_ARG(r->channel),
                           STR_ARG(id))
                 : str_fmt(out, "review/sent/%.*s/%016llx", STR_ARG(r->channel),
                           (unsigned long long)asked->chance);
    return r->key.p != NULL
               ? RC_OK
               : why_set(why, RC_LIMIT, "the request is too large");
}

/* The last one that is complete, as the review chooses it. */
static enum rc last_week(const struct review_asked *asked, struct arena *out,
                         struct str *ret, struct why *why)
{
    int64_t local_us =
        asked->now_us + period_offset_us(asked->zone, asked->now_us);
    struct buf b;

    buf_init(&b, 32);
    schedule_add_week(&b, num_floor_div(local_us, UTC_US_PER_DAY) - WEEK_DAYS);
    enum rc rc = keep(out, buf_view(&b), ret, why);
    buf_fini(&b);
    return rc;
}

static enum rc read_params(const struct review_asked *asked, struct arena *out,
                           struct review_request *r, struct why *why)
{
    struct str subject;
    const struct insight *row = insight_of(REVIEW_PATH, &subject);
    struct query_param *param = NULL;
    enum rc rc = api_read_params(asked->query, out, &param, &r->n_params, why);

    r->param = param;
    if (rc == RC_OK) {
        rc = api_check_insight(row, param, r->n_params, why);
    }
    for (size_t i = 0; rc == RC_OK && i < r->n_params; i++) {
        if (str_eq(param[i].name, STR("week"))) {
            r->week = param[i].value;
        }
    }
    return rc == RC_OK && r->week.n == 0 ? last_week(asked, out, &r->week, why)
                                         : rc;
}

enum rc review_request_read(const struct review_asked *asked, struct arena *out,
                            struct review_request *ret, struct why *why)
{
    struct review_request r = {.again = false};
    struct json *body = NULL;
    enum rc rc = json_parse(asked->body, &body, why);

    if (rc == RC_OK) {
        rc = read_body(body, asked, out, &r, why);
    }
    json_free(&body);
    if (rc == RC_OK) {
        rc = read_params(asked, out, &r, why);
    }
    if (rc == RC_OK) {
        const struct review_of of = {r.week, r.param, r.n_params};
        rc = review_subject(&of, asked, out, &r.subject, why);
    }
    if (rc == RC_OK) {
        *ret = r;
    }
    return rc;
}

/* ---- what it is about ---- */

static int by_text(const void *a, const void *b)
{
    const struct str *x = a;
    const struct str *y = b;

    return str_cmp(*x, *y);
}

/* The filters as a question has them, in an order of their own. */
static enum rc add_filters(struct buf *b, const struct query *q,
                           struct arena *out, struct why *why)
{
    struct str *text = arena_array(out, q->n_where, sizeof *text);
    enum rc rc = text != NULL
                     ? RC_OK
                     : why_set(why, RC_LIMIT, "the request is too large");

    for (size_t i = 0; rc == RC_OK && i < q->n_where; i++) {
        struct buf one;

        buf_init(&one, LIMIT_HTTP_HEADERS_BYTES);
        query_add_filter(&one, &q->where[i]);
        rc = keep(out, buf_view(&one), &text[i], why);
        buf_fini(&one);
    }
    if (rc != RC_OK) {
        return rc;
    }
    qsort(text, q->n_where, sizeof *text, by_text);
    for (size_t i = 0; i < q->n_where; i++) {
        buf_char(b, i == 0 ? '?' : '&');
        buf_str(b, text[i]);
    }
    return RC_OK;
}

enum rc review_subject(const struct review_of *review,
                       const struct review_asked *asked, struct arena *out,
                       struct str *ret, struct why *why)
{
    struct query_param *where =
        arena_array(out, review->n_params + 1, sizeof *where);
    struct query q;
    struct buf b;
    size_t n = 0;

    if (where == NULL) {
        return why_set(why, RC_LIMIT, "the request is too large");
    }
    for (size_t i = 0; i < review->n_params; i++) {
        if (str_eq(review->param[i].name, STR("where"))) {
            where[n++] = review->param[i];
        }
    }
    enum rc rc =
        query_parse(where, n, asked->now_us, asked->timezone, out, &q, why);
    if (rc != RC_OK) {
        return rc == RC_LIMIT ? RC_INVALID : rc;
    }
    buf_init(&b, LIMIT_HTTP_HEADERS_BYTES);
    buf_fmt(&b, "review/%.*s", STR_ARG(review->week));
    rc = add_filters(&b, &q, out, why);
    if (rc == RC_OK) {
        rc = keep(out, buf_view(&b), ret, why);
    }
    buf_fini(&b);
    return rc;
}

/* ---- whether it may go out ---- */

static void add_minute(const struct review_asked *asked, int64_t us,
                       struct buf *b)
{
    int64_t local_us = us + period_offset_us(asked->zone, us);
    int64_t s = local_us / UTC_US_PER_SECOND;

    utc_add_date(b, num_floor_div(local_us, UTC_US_PER_DAY));
    buf_fmt(b, " %02d:%02d", (int)(s / 3600 % 24), (int)(s / 60 % 60));
}

static enum rc tell_had(const struct outbox_item *had,
                        const struct review_asked *asked, struct why *why)
{
    struct buf at;

    buf_init(&at, 64);
    enum rc rc = RC_EXISTS;
    if (had->state == OUTBOX_SENT) {
        add_minute(asked, had->changed_us, &at);
        rc = why_set(why, RC_EXISTS,
                     "channel %.*s has had this review: it was sent at %.*s",
                     STR_ARG(had->channel), STR_ARG(buf_view(&at)));
    } else {
        add_minute(asked, had->put_us, &at);
        rc = why_set(why, RC_EXISTS,
                     "this review is on its way to channel %.*s since %.*s%s"
                     "%.*s",
                     STR_ARG(had->channel), STR_ARG(buf_view(&at)),
                     had->error.n > 0 ? "; the last try: " : "",
                     STR_ARG(had->error));
    }
    buf_fini(&at);
    return rc;
}

enum rc review_request_judge(const struct review_request *r,
                             const struct review_asked *asked,
                             const struct outbox *all,
                             const struct outbox_item **ret_had,
                             struct why *why)
{
    const struct outbox_item *own = outbox_find(all, r->channel, r->key);
    const struct outbox_item *had = outbox_latest(all, r->channel, r->subject);

    if (own != NULL && !str_eq(own->subject, r->subject)) {
        return why_set(why, RC_EXISTS,
                       "this id was given to another review; choose a new one");
    }
    if (own == NULL && had != NULL && !r->again &&
        had->state != OUTBOX_FAILED &&
        asked->now_us - had->put_us <
            LIMIT_REVIEW_AGAIN_S * UTC_US_PER_SECOND) {
        return tell_had(had, asked, why);
    }
    *ret_had = own;
    return RC_OK;
}
