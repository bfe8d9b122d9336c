#include "event/event_check.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/utc.h"
#include "base/why.h"
#include "event/event_priv.h"
#include "event/event_provider.h"

#define SHOWN_MAX 60 /* bytes of a bad value that a message repeats */

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* lower_case: `s` itself when it has no capital, else a copy. */
static enum rc lower_case(struct arena *arena, struct str s, struct str *ret_s)
{
    size_t i = 0;
    while (i < s.n && !is_upper(s.p[i])) {
        i++;
    }
    if (i == s.n) {
        *ret_s = s;
        return RC_OK;
    }
    char *copy = arena_copy(arena, s.p, s.n);
    if (copy == NULL) {
        return RC_LIMIT;
    }
    for (; i < s.n; i++) {
        if (is_upper(copy[i])) {
            copy[i] = (char)(copy[i] + ('a' - 'A'));
        }
    }
    *ret_s = (struct str){.p = copy, .n = s.n};
    return RC_OK;
}

enum rc event_settle(struct event *ev, struct arena *arena, struct why *why)
{
    struct str model = str_trim(ev->dim[DIM_MODEL]);
    if (model.n == 0) {
        return why_set(why, RC_INVALID, "model is missing");
    }
    struct str provider = str_trim(ev->dim[DIM_PROVIDER]);
    if (provider.n == 0) {
        provider = provider_of_model(model);
    }
    if (provider.n == 0) {
        return why_set(why, RC_INVALID,
                       "provider is missing, and the model's name (%.*s) does "
                       "not tell it; add one, such as \"provider\": \"openai\"",
                       STR_ARG(str_utf8_cut(model, SHOWN_MAX)));
    }
    enum rc rc = lower_case(arena, provider_fold(provider), &provider);
    if (rc != RC_OK) {
        return why_set(why, rc, "no memory left in the request's %zu bytes",
                       arena->max_bytes);
    }
    struct str requested = str_trim(ev->dim[DIM_REQUESTED_MODEL]);
    ev->dim[DIM_PROVIDER] = provider;
    ev->dim[DIM_MODEL] = model;
    ev->dim[DIM_REQUESTED_MODEL] = requested.n > 0 ? requested : model;
    return RC_OK;
}

enum rc event_too_long(struct str field, struct str text, int max_bytes,
                       struct why *why)
{
    return why_set(why, RC_INVALID,
                   "%.*s is %zu bytes long; at most %d are allowed",
                   STR_ARG(field), text.n, max_bytes);
}

static enum rc check_dims(const struct event *ev, struct why *why)
{
    for (uint32_t d = 0; d < DIM__COUNT; d++) {
        if (ev->dim[d].n > LIMIT_DIM_MAX) {
            return event_too_long(dim_name((enum dim)d), ev->dim[d],
                                  LIMIT_DIM_MAX, why);
        }
    }
    if (ev->dim[DIM_PROVIDER].n == 0) {
        return why_set(why, RC_INVALID, "provider is missing");
    }
    if (ev->dim[DIM_MODEL].n == 0) {
        return why_set(why, RC_INVALID, "model is missing");
    }
    return RC_OK;
}

static enum rc check_tag(const struct event *ev, uint32_t i, struct why *why)
{
    const struct event_tag *tag = &ev->tag[i];
    if (tag->key.n == 0) {
        return why_set(why, RC_INVALID, "tags: a tag's name is empty");
    }
    if (tag->key.n > LIMIT_TAG_KEY_MAX) {
        return event_too_long(STR("tags: a name"), tag->key, LIMIT_TAG_KEY_MAX,
                              why);
    }
    if (tag->value.n > LIMIT_TAG_VALUE_MAX) {
        enum rc rc =
            event_too_long(tag->key, tag->value, LIMIT_TAG_VALUE_MAX, why);
        return why_prefix(why, rc, "tags");
    }
    if (i > 0 && str_cmp(tag[-1].key, tag->key) >= 0) {
        return why_set(why, RC_INVALID,
                       "tags.%.*s is given twice, or out of order",
                       STR_ARG(tag->key));
    }
    return RC_OK;
}

static enum rc check_tags(const struct event *ev, struct why *why)
{
    if (ev->n_tags > LIMIT_TAGS_MAX) {
        return why_set(why, RC_INVALID, "tags: %u tags; at most %d are allowed",
                       ev->n_tags, LIMIT_TAGS_MAX);
    }
    for (uint32_t i = 0; i < ev->n_tags; i++) {
        enum rc rc = check_tag(ev, i, why);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

/* check_count: `least` is 0, or -1 where that stands for unknown. */
static enum rc check_count(const char *field, int64_t n, int64_t least,
                           struct why *why)
{
    if (n < least) {
        return why_set(why, RC_RANGE, "%s is negative (%lld)", field,
                       (long long)n);
    }
    if (n > EVENT_COUNT_MAX) {
        return why_set(why, RC_RANGE, "%s is above 2^%d (%lld)", field,
                       LIMIT_COUNT_BITS, (long long)n);
    }
    return RC_OK;
}

/* The classes come first, so that the totals cannot overflow. */
static enum rc check_tokens(const struct event *ev, struct why *why)
{
    for (uint32_t k = 0; k < TOKEN__COUNT; k++) {
        enum rc rc = check_count("a token count", ev->token[k], 0, why);
        if (rc != RC_OK) {
            struct str name = token_kind_name((enum token_kind)k);
            return why_prefix(why, rc, "%.*s", STR_ARG(name));
        }
    }
    enum rc rc = check_count("input_tokens", event_input_tokens(ev), 0, why);
    if (rc != RC_OK) {
        return rc;
    }
    return check_count("output_tokens", event_output_tokens(ev), 0, why);
}

static enum rc check_numbers(const struct event *ev, struct why *why)
{
    enum rc rc = check_count("web_searches", ev->web_searches, 0, why);
    if (rc == RC_OK) {
        rc = check_count("latency_ms", ev->latency_ms, -1, why);
    }
    if (rc == RC_OK) {
        rc = check_count("ttft_ms", ev->ttft_ms, -1, why);
    }
    if (rc == RC_OK && ev->attempt == 0) {
        rc = why_set(why, RC_RANGE, "attempt is 0; the first one is 1");
    }
    if (rc == RC_OK && ev->has_reported_cost && ev->reported_cost.pico < 0) {
        rc = why_set(why, RC_RANGE, "reported_cost is negative");
    }
    return rc;
}

static enum rc check_choices(const struct event *ev, struct why *why)
{
    for (uint32_t c = 1; c < CHOICE__COUNT; c++) {
        uint32_t value = choice_get(ev, (enum choice)c);
        if (value == 0 || value >= choice_table[c].n) {
            return why_set(why, RC_INVALID, "%.*s is none of its known values",
                           STR_ARG(choice_table[c].field));
        }
    }
    return RC_OK;
}

static enum rc bad_ts(int64_t ts_us, const char *what, struct why *why)
{
    struct buf text;
    buf_init(&text, SHOWN_MAX);
    utc_add_text(&text, ts_us);
    enum rc rc =
        why_set(why, RC_RANGE, "ts: %.*s %s", STR_ARG(buf_view(&text)), what);
    buf_fini(&text);
    return rc;
}

enum rc event_check_ts(int64_t ts_us, int64_t now_us, struct why *why)
{
    if (ts_us < EVENT_TS_MIN_US) {
        return bad_ts(ts_us,
                      "is before 2020 (a number is read as seconds below 1e11, "
                      "else as milliseconds)",
                      why);
    }
    /* No sum with `ts`, which may be anything. */
    if (ts_us > now_us + UTC_US_PER_HOUR) {
        return bad_ts(ts_us, "is more than an hour ahead of toll's clock", why);
    }
    return RC_OK;
}

enum rc event_check_values(const struct event *ev, int64_t now_us,
                           struct why *why)
{
    enum rc rc = RC_OK;
    if (ev->id.n > LIMIT_ID_MAX) {
        rc = event_too_long(STR("id"), ev->id, LIMIT_ID_MAX, why);
    }
    if (rc == RC_OK) {
        rc = check_dims(ev, why);
    }
    if (rc == RC_OK) {
        rc = check_tokens(ev, why);
    }
    if (rc == RC_OK) {
        rc = check_numbers(ev, why);
    }
    if (rc == RC_OK) {
        rc = event_check_ts(ev->ts_us, now_us, why);
    }
    if (rc == RC_OK) {
        rc = check_choices(ev, why);
    }
    if (rc == RC_OK) {
        rc = check_tags(ev, why);
    }
    return rc;
}

enum rc event_check_encoding(struct str field, struct str text, struct why *why)
{
    if (!str_utf8_ok(text)) {
        return why_set(why, RC_INVALID, "%.*s is not valid UTF-8",
                       STR_ARG(field));
    }
    if (str_find_char(text, '\0', 0) != SIZE_MAX) {
        return why_set(why, RC_INVALID, "%.*s contains a NUL byte",
                       STR_ARG(field));
    }
    return RC_OK;
}

static enum rc check_encodings(const struct event *ev, struct why *why)
{
    enum rc rc = event_check_encoding(STR("id"), ev->id, why);
    for (uint32_t d = 0; d < DIM__COUNT && rc == RC_OK; d++) {
        rc = event_check_encoding(dim_name((enum dim)d), ev->dim[d], why);
    }
    for (uint32_t i = 0; i < ev->n_tags && rc == RC_OK; i++) {
        rc = event_check_encoding(STR("tags: a name"), ev->tag[i].key, why);
        if (rc == RC_OK) {
            rc = event_check_encoding(ev->tag[i].key, ev->tag[i].value, why);
        }
    }
    return rc;
}

enum rc event_check(const struct event *ev, int64_t now_us, struct why *why)
{
    enum rc rc = event_check_values(ev, now_us, why);
    return rc == RC_OK ? check_encodings(ev, why) : rc;
}
