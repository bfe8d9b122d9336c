#include "event/event_json.h"

#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/utc.h"
#include "base/why.h"
#include "event/event_check.h"
#include "event/event_json_priv.h"
#include "event/event_priv.h"

#define SHOWN_MAX      40   /* bytes of a bad value that a message repeats */
#define TS_SECONDS_END 1e11 /* year 5138; as milliseconds it is 1973 */
#define TS_MS_END      1e14 /* year 5138; above are micro- or nanoseconds */

/* An event on its way from JSON.  Text still borrows from the JSON. */
struct reading {
    struct event ev;
    int64_t count[COUNT__COUNT];
    uint64_t seen;                            /* bit a field */
    const struct json *extra[LIMIT_TAGS_MAX]; /* may become tags */
    uint32_t n_extras;
    uint32_t n_ignored;
};

_Static_assert(FIELD__COUNT <= 64, "reading.seen has a bit for each field");

/* Not one big zero: `extra` needs none, and an event is a kilobyte. */
static void reading_init(struct reading *r)
{
    event_init(&r->ev);
    memset(r->count, 0, sizeof(r->count));
    r->seen = 0;
    r->n_extras = 0;
    r->n_ignored = 0;
}

static bool has_seen(const struct reading *r, enum field f)
{
    return (r->seen >> f & 1) != 0;
}

static enum rc wrong_kind(struct str field, const char *want,
                          const struct json *j, struct why *why)
{
    static const char *const words[] = {
        [JSON_NULL] = "null",    [JSON_BOOL] = "true or false",
        [JSON_NUM] = "a number", [JSON_STR] = "a string",
        [JSON_ARR] = "an array", [JSON_OBJ] = "an object",
    };
    return why_set(why, RC_INVALID, "%.*s must be %s, not %s", STR_ARG(field),
                   want, words[json_kind(j)]);
}

static enum rc read_text(struct str field, const struct json *j,
                         struct str *ret_text, struct why *why)
{
    if (json_kind(j) != JSON_STR) {
        return wrong_kind(field, "a string", j, why);
    }
    *ret_text = json_str(j);
    return RC_OK;
}

/* As text the form wants an offset: a time without one means another instant
 * on each machine. */
static enum rc read_ts_text(struct str text, int64_t *ret_us, struct why *why)
{
    if (utc_parse(text, false, ret_us) != RC_OK) {
        return why_set(why, RC_INVALID,
                       "ts must be RFC 3339 with an offset (\"2026-11-22T"
                       "20:31:11Z\") or a number of epoch seconds or "
                       "milliseconds, not \"%.*s\"",
                       STR_ARG(str_utf8_cut(text, SHOWN_MAX)));
    }
    return RC_OK;
}

enum rc event_read_ts(const struct json *j, int64_t *ret_us, struct why *why)
{
    if (json_kind(j) == JSON_STR) {
        return read_ts_text(json_str(j), ret_us, why);
    }
    if (json_kind(j) != JSON_NUM) {
        return wrong_kind(STR("ts"), "a string or a number", j, why);
    }
    double x = json_f64(j);
    if (!(x >= 0 && x < TS_MS_END)) {
        return why_set(why, RC_RANGE,
                       "ts: %.17g is neither epoch seconds nor milliseconds",
                       x);
    }
    /* Rounded: from 2038 on a double is too coarse to hit each microsecond
     * from above. */
    *ret_us = (int64_t)(x * (x < TS_SECONDS_END ? 1e6 : 1e3) + 0.5);
    return RC_OK;
}

/* nearest_name: the value that was likely meant, 0 when none is near. */
static uint32_t nearest_name(const struct choice_set *set, struct str name)
{
    uint32_t nearest = 0;
    size_t least = 3; /* a slip or two */
    for (uint32_t value = 1; value < set->n; value++) {
        if (name.n > 1 && str_starts_nocase(set->names[value], name)) {
            return value;
        }
        size_t d = str_edit_distance(set->names[value], name);
        if (d < least) {
            least = d;
            nearest = value;
        }
    }
    return nearest;
}

static enum rc unknown_choice(const struct choice_set *set, struct str name,
                              struct why *why)
{
    struct buf list;
    buf_init(&list, sizeof(why->text));
    for (uint32_t value = 1; value < set->n; value++) {
        buf_cz(&list, value > 1 ? ", " : "");
        buf_str(&list, set->names[value]);
    }
    uint32_t nearest = nearest_name(set, name);
    if (nearest != 0) {
        buf_fmt(&list, "; did you mean %.*s?", STR_ARG(set->names[nearest]));
    }
    enum rc rc = why_set(
        why, RC_INVALID, "%.*s: \"%.*s\" is none of %.*s", STR_ARG(set->field),
        STR_ARG(str_utf8_cut(name, SHOWN_MAX)), STR_ARG(buf_view(&list)));
    buf_fini(&list);
    return rc;
}

static enum rc read_choice(struct event *ev, enum choice c,
                           const struct json *j, struct why *why)
{
    const struct choice_set *set = &choice_table[c];
    struct str name;
    enum rc rc = read_text(set->field, j, &name, why);
    if (rc != RC_OK) {
        return rc;
    }
    uint32_t value = choice_from(c, name);
    if (value == 0) {
        return unknown_choice(set, name, why);
    }
    choice_set(ev, c, value);
    return RC_OK;
}

/* check_size: `x` is known to be a number, shown when it is out of range. */
static enum rc check_size(struct str field, double x, struct why *why)
{
    if (x < 0) {
        return why_set(why, RC_RANGE, "%.*s is negative (%.17g)",
                       STR_ARG(field), x);
    }
    if (!(x <= (double)EVENT_COUNT_MAX)) {
        return why_set(why, RC_RANGE, "%.*s is above 2^%d (%.17g)",
                       STR_ARG(field), LIMIT_COUNT_BITS, x);
    }
    return RC_OK;
}

static enum rc read_count(struct str field, const struct json *j,
                          int64_t *ret_n, struct why *why)
{
    if (json_kind(j) != JSON_NUM) {
        return wrong_kind(field, "a whole number", j, why);
    }
    enum rc rc = check_size(field, json_f64(j), why);
    if (rc == RC_OK && json_i64(j, ret_n) != RC_OK) {
        rc = why_set(why, RC_INVALID, "%.*s must be a whole number, not %.17g",
                     STR_ARG(field), json_f64(j));
    }
    return rc;
}

/* A duration is measured, not counted: fractions are rounded. */
static enum rc read_ms(struct str field, const struct json *j, int64_t *ret_ms,
                       struct why *why)
{
    if (json_kind(j) != JSON_NUM) {
        return wrong_kind(field, "a number", j, why);
    }
    enum rc rc = check_size(field, json_f64(j), why);
    if (rc == RC_OK) {
        *ret_ms = (int64_t)(json_f64(j) + 0.5);
    }
    return rc;
}

static enum rc read_attempt(struct str field, const struct json *j,
                            uint32_t *ret_n, struct why *why)
{
    int64_t n;
    enum rc rc = read_count(field, j, &n, why);
    if (rc == RC_OK && num_to_u32((uint64_t)n, ret_n) != RC_OK) {
        rc = why_set(why, RC_RANGE, "%.*s is too large (%lld)", STR_ARG(field),
                     (long long)n);
    }
    return rc;
}

static enum rc read_reported_cost(struct event *ev, const struct json *j,
                                  struct why *why)
{
    enum json_kind kind = json_kind(j);
    if (kind != JSON_NUM && kind != JSON_STR) {
        return wrong_kind(STR("reported_cost"), "a number or a decimal string",
                          j, why);
    }
    struct buf number;
    buf_init(&number, SHOWN_MAX);
    if (kind == JSON_NUM) {
        json_num_text(j, &number);
    }
    struct str text = kind == JSON_NUM ? buf_view(&number) : json_str(j);
    struct usd cost = {0};
    enum rc rc = usd_parse(text, &cost);
    if (rc == RC_OK && cost.pico < 0) {
        rc = RC_RANGE;
    }
    if (rc != RC_OK) {
        rc = why_set(why, rc == RC_RANGE ? RC_RANGE : RC_INVALID,
                     "reported_cost must be dollars from 0 to 9 million, "
                     "not \"%.*s\"",
                     STR_ARG(str_utf8_cut(text, SHOWN_MAX)));
    } else {
        ev->reported_cost = cost;
        ev->has_reported_cost = true;
    }
    buf_fini(&number);
    return rc;
}

static enum rc read_tag(struct event *ev, const struct json *j, struct why *why)
{
    struct str key = json_key(j);
    if (json_kind(j) == JSON_NULL) {
        return RC_OK;
    }
    if (json_kind(j) != JSON_STR) {
        enum rc rc =
            wrong_kind(str_utf8_cut(key, SHOWN_MAX), "a string", j, why);
        return why_prefix(why, rc, "tags");
    }
    if (event_tag_find(ev, key) != NULL) {
        return why_set(why, RC_INVALID, "tags.%.*s is given twice",
                       STR_ARG(key));
    }
    return event_tag_set(ev, key, json_str(j), why);
}

static enum rc read_tags(struct event *ev, const struct json *j,
                         struct why *why)
{
    if (json_kind(j) != JSON_OBJ) {
        return wrong_kind(STR("tags"), "an object of strings", j, why);
    }
    enum rc rc = RC_OK;
    for (j = json_first(j); j != NULL && rc == RC_OK; j = json_next(j)) {
        rc = read_tag(ev, j, why);
    }
    return rc;
}

static enum rc read_field(struct reading *r, const struct event_field *field,
                          const struct json *j, struct why *why)
{
    struct event *ev = &r->ev;
    switch (field->kind) {
    case FIELD_KIND_ID:
        return read_text(field->name, j, &ev->id, why);
    case FIELD_KIND_TS:
        return event_read_ts(j, &ev->ts_us, why);
    case FIELD_KIND_DIM:
        return read_text(field->name, j, &ev->dim[field->which], why);
    case FIELD_KIND_CHOICE:
        return read_choice(ev, (enum choice)field->which, j, why);
    case FIELD_KIND_COUNT:
        return read_count(field->name, j, &r->count[field->which], why);
    case FIELD_KIND_MS:
        return read_ms(
            field->name, j,
            field->which == MS_LATENCY ? &ev->latency_ms : &ev->ttft_ms, why);
    case FIELD_KIND_ATTEMPT:
        return read_attempt(field->name, j, &ev->attempt, why);
    case FIELD_KIND_REPORTED_COST:
        return read_reported_cost(ev, j, why);
    case FIELD_KIND_TAGS:
        return read_tags(ev, j, why);
    case FIELD_KIND_EXPORT:
        return RC_OK;
    }
    return RC_OK;
}

/* note_extra: a member that the form does not know.  Whether there is room
 * for it as a tag shows only when the event's own tags are read. */
static void note_extra(struct reading *r, const struct json *j)
{
    size_t key_n = json_key(j).n;
    if (json_kind(j) == JSON_STR && key_n > 0 && key_n <= LIMIT_TAG_KEY_MAX &&
        json_str(j).n <= LIMIT_TAG_VALUE_MAX && r->n_extras < LIMIT_TAGS_MAX) {
        r->extra[r->n_extras++] = j;
    } else {
        r->n_ignored++;
    }
}

static enum rc read_member(struct reading *r, const struct json *j,
                           struct why *why)
{
    if (json_kind(j) == JSON_NULL) {
        return RC_OK;
    }
    enum field f = field_find(json_key(j));
    if (f == FIELD_NONE) {
        note_extra(r, j);
        return RC_OK;
    }
    const struct event_field *field = &field_table[f];
    if (has_seen(r, f)) {
        return why_set(why, RC_INVALID, "%.*s is given twice",
                       STR_ARG(field->name));
    }
    r->seen |= UINT64_C(1) << f;
    return read_field(r, field, j, why);
}

/* The event's own tags win, and are never crowded out. */
static void add_extras(struct reading *r)
{
    for (uint32_t i = 0; i < r->n_extras; i++) {
        struct str key = json_key(r->extra[i]);
        if (event_tag_find(&r->ev, key) != NULL ||
            event_tag_set(&r->ev, key, json_str(r->extra[i]), NULL) != RC_OK) {
            r->n_ignored++;
        }
    }
}

static enum rc check_part(const struct reading *r, enum field part,
                          enum field whole, struct why *why)
{
    const struct event_field *p = &field_table[part];
    const struct event_field *w = &field_table[whole];
    if (r->count[p->which] <= r->count[w->which]) {
        return RC_OK;
    }
    if (!has_seen(r, whole)) {
        return why_set(why, RC_INVALID,
                       "%.*s is a part of %.*s, which is missing: a total "
                       "includes its parts",
                       STR_ARG(p->name), STR_ARG(w->name));
    }
    return why_set(why, RC_INVALID,
                   "%.*s (%lld) is larger than %.*s (%lld): a total includes "
                   "its parts",
                   STR_ARG(p->name), (long long)r->count[p->which],
                   STR_ARG(w->name), (long long)r->count[w->which]);
}

static enum rc check_sum(const struct reading *r, enum field whole,
                         const char *parts, int64_t sum, struct why *why)
{
    const struct event_field *w = &field_table[whole];
    if (sum <= r->count[w->which]) {
        return RC_OK;
    }
    return why_set(why, RC_INVALID,
                   "%s together (%lld) are more than %.*s (%lld): each token "
                   "belongs to one part only",
                   parts, (long long)sum, STR_ARG(w->name),
                   (long long)r->count[w->which]);
}

static enum rc check_parts(const struct reading *r, struct why *why)
{
    static const struct {
        enum field part;
        enum field whole;
    } rows[] = {
        {FIELD_CACHE_READ_TOKENS, FIELD_INPUT_TOKENS},
        {FIELD_CACHE_WRITE_TOKENS, FIELD_INPUT_TOKENS},
        {FIELD_CACHE_WRITE_1H_TOKENS, FIELD_CACHE_WRITE_TOKENS},
        {FIELD_INPUT_AUDIO_TOKENS, FIELD_INPUT_TOKENS},
        {FIELD_INPUT_IMAGE_TOKENS, FIELD_INPUT_TOKENS},
        {FIELD_REASONING_TOKENS, FIELD_OUTPUT_TOKENS},
        {FIELD_OUTPUT_AUDIO_TOKENS, FIELD_OUTPUT_TOKENS},
        {FIELD_OUTPUT_IMAGE_TOKENS, FIELD_OUTPUT_TOKENS},
    };
    const int64_t *count = r->count;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        enum rc rc = check_part(r, rows[i].part, rows[i].whole, why);
        if (rc != RC_OK) {
            return rc;
        }
    }
    enum rc rc = check_sum(
        r, FIELD_INPUT_TOKENS,
        "cache_read_tokens, cache_write_tokens, input_audio_tokens and "
        "input_image_tokens",
        count[COUNT_CACHE_READ] + count[COUNT_CACHE_WRITE] +
            count[COUNT_INPUT_AUDIO] + count[COUNT_INPUT_IMAGE],
        why);
    if (rc != RC_OK) {
        return rc;
    }
    return check_sum(
        r, FIELD_OUTPUT_TOKENS,
        "reasoning_tokens, output_audio_tokens and output_image_tokens",
        count[COUNT_REASONING] + count[COUNT_OUTPUT_AUDIO] +
            count[COUNT_OUTPUT_IMAGE],
        why);
}

static enum rc read_members(struct reading *r, const struct json *obj,
                            struct why *why)
{
    if (json_kind(obj) != JSON_OBJ) {
        return wrong_kind(STR("an event"), "a JSON object", obj, why);
    }
    for (const struct json *j = json_first(obj); j != NULL; j = json_next(j)) {
        enum rc rc = read_member(r, j, why);
        if (rc != RC_OK) {
            return rc;
        }
    }
    enum rc rc = check_parts(r, why);
    if (rc != RC_OK) {
        return rc;
    }
    counts_to_event(r->count, &r->ev);
    add_extras(r);
    return RC_OK;
}

enum rc event_from_json(const struct json *obj, int64_t now_us,
                        struct arena *out, struct event *ret_event,
                        struct event_json_notes *ret_notes, struct why *why)
{
    struct reading r;
    reading_init(&r);
    r.ev.ts_us = now_us;
    r.ev.arrival_us = now_us;
    enum rc rc = read_members(&r, obj, why);
    if (rc == RC_OK) {
        rc = event_settle(&r.ev, out, why);
    }
    if (rc == RC_OK) {
        rc = event_check_values(&r.ev, now_us, why);
    }
    if (rc == RC_OK) {
        rc = event_dup_text(&r.ev, out, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    *ret_event = r.ev;
    if (ret_notes != NULL) {
        ret_notes->n_ignored_fields = r.n_ignored;
        ret_notes->has_ts = has_seen(&r, FIELD_TS);
        ret_notes->has_id = r.ev.id.n > 0;
        ret_notes->has_environment = has_seen(&r, FIELD_ENVIRONMENT);
    }
    return RC_OK;
}
