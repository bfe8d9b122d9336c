/* Keys are lowerCamelCase and ids are hex (either case), as OTLP's JSON says.
 * Beyond it, since SDKs and hand-made emitters do so: ids in base64, enums by
 * name, 64-bit numbers as numbers. */
#include "capture/otlp/otlp_decode.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/code.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/why.h"

#include <string.h>

/* ---- single values ---- */

static bool id_of_hex(struct str text, unsigned char *id, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int high = code_hex_digit(text.p[2 * i]);
        int low = code_hex_digit(text.p[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        id[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

static bool id_of_base64(struct str text, unsigned char *id, size_t n)
{
    char bytes[OTLP_TRACE_BYTES];
    struct buf b = {.p = bytes, .cap = n, .max = n};

    CHECK(n <= sizeof bytes);
    if (!code_base64(text, &b) || b.overflown || b.n != n) {
        return false;
    }
    memcpy(id, bytes, n);
    return true;
}

/* An id of n bytes; false when it is none. */
static bool read_id(const struct json *j, unsigned char *id, size_t n)
{
    struct str text = json_str(j);

    if (text.n == 2 * n) {
        return id_of_hex(text, id, n);
    }
    return id_of_base64(text, id, n);
}

/* An id that names something. */
static bool read_name(const struct json *j, unsigned char *id, size_t n)
{
    return read_id(j, id, n) && !otlp_is_no_id(id, n);
}

static uint64_t read_nano(const struct json *j)
{
    uint64_t n = 0;
    double real = json_f64(j);

    if (json_kind(j) == JSON_STR) {
        return str_to_u64(str_trim(json_str(j)), &n) == RC_OK ? n : 0;
    }
    /* A number of this size lost its last digits, which are nanoseconds. */
    return real > 0.0 && real < 18e18 ? (uint64_t)real : 0;
}

struct enum_name {
    struct str name;
    int32_t value;
};

static int32_t read_enum(const struct json *j, const struct enum_name *name,
                         size_t n)
{
    int64_t value = 0;

    if (json_kind(j) == JSON_STR) {
        for (size_t i = 0; i < n; i++) {
            if (str_eq(json_str(j), name[i].name)) {
                return name[i].value;
            }
        }
        return str_to_i64(json_str(j), &value) == RC_OK && value >= 0 &&
                       value < 100
                   ? (int32_t)value
                   : 0;
    }
    return json_i64(j, &value) == RC_OK && value >= 0 && value < 100
               ? (int32_t)value
               : 0;
}

/* ---- attributes ---- */

static struct str list_text(const struct json *values, struct arena *arena)
{
    struct buf joined;
    struct str text = STR_EMPTY;

    buf_init(&joined, LIMIT_TAG_VALUE_MAX);
    for (const struct json *j = json_first(values); j != NULL;
         j = json_next(j)) {
        struct str one = json_str(json_get(j, "stringValue"));
        if (one.n > 0) {
            buf_cz(&joined, joined.n > 0 ? "," : "");
            buf_str(&joined, one);
        }
    }
    if (str_dup(arena, buf_view(&joined), &text) != RC_OK) {
        text = STR_EMPTY;
    }
    buf_fini(&joined);
    return text;
}

static struct otlp_value whole_value(const struct json *j)
{
    struct otlp_value value = {.kind = OTLP_WHOLE};

    if (json_kind(j) == JSON_STR) {
        /* What is no number stays text, and is refused where one is due. */
        if (str_to_i64(str_trim(json_str(j)), &value.whole) != RC_OK) {
            value = (struct otlp_value){.kind = OTLP_TEXT, .text = json_str(j)};
        }
        return value;
    }
    if (json_i64(j, &value.whole) != RC_OK) {
        value = (struct otlp_value){.kind = OTLP_REAL, .real = json_f64(j)};
    }
    return value;
}

static bool read_value(const struct json *from, struct arena *arena,
                       struct otlp_value *ret)
{
    const struct json *j = json_first(from);
    struct str key = j != NULL ? json_key(j) : STR_EMPTY;

    if (json_kind(from) != JSON_OBJ || j == NULL) {
        return false;
    }
    if (str_eq(key, STR("stringValue"))) {
        *ret = (struct otlp_value){.kind = OTLP_TEXT, .text = json_str(j)};
    } else if (str_eq(key, STR("intValue"))) {
        *ret = whole_value(j);
    } else if (str_eq(key, STR("doubleValue"))) {
        *ret =
            json_kind(j) == JSON_STR
                ? (struct otlp_value){.kind = OTLP_TEXT, .text = json_str(j)}
                : (struct otlp_value){.kind = OTLP_REAL, .real = json_f64(j)};
    } else if (str_eq(key, STR("boolValue"))) {
        *ret = (struct otlp_value){.kind = OTLP_BOOL,
                                   .whole = json_bool(j) ? 1 : 0};
    } else if (str_eq(key, STR("arrayValue"))) {
        *ret = (struct otlp_value){
            .kind = OTLP_LIST, .text = list_text(json_get(j, "values"), arena)};
    } else {
        return false;
    }
    return true;
}

/* False at the arena's cap. */
static bool read_attrs(const struct json *list, struct arena *arena,
                       struct otlp_attrs *ret)
{
    size_t n = json_kind(list) == JSON_ARR ? json_n(list) : 0;
    struct otlp_attr *at = arena_array(arena, n, sizeof *at);
    size_t n_read = 0;

    if (at == NULL) {
        return false;
    }
    for (const struct json *j = n > 0 ? json_first(list) : NULL; j != NULL;
         j = json_next(j)) {
        if (read_value(json_get(j, "value"), arena, &at[n_read].value)) {
            at[n_read++].key = json_str(json_get(j, "key"));
        }
    }
    *ret = (struct otlp_attrs){.at = at, .n = n_read};
    return true;
}

/* ---- walking ---- */

struct names { /* of one signal's levels */
    const char *groups;
    const char *scopes;
    const char *items;
};

static const struct names span_names = {"resourceSpans", "scopeSpans", "spans"};
static const struct names log_names = {"resourceLogs", "scopeLogs",
                                       "logRecords"};
static const struct names metric_names = {"resourceMetrics", "scopeMetrics",
                                          "metrics"};

typedef enum rc item_fn(void *arg, const struct otlp_origin *origin,
                        const struct json *item, struct why *why);

/* A list may be absent; anything else in its place is no OTLP. */
static enum rc list_of(const struct json *parent, const char *name,
                       const struct json **ret_first, struct why *why)
{
    const struct json *list = json_get(parent, name);

    if (json_kind(list) != JSON_NULL && json_kind(list) != JSON_ARR) {
        return why_set(why, RC_PARSE, "%s has to be an array", name);
    }
    *ret_first = json_first(list);
    return RC_OK;
}

struct walk {
    const struct names *names;
    item_fn *fn;
    void *arg;
    struct arena arena; /* of what a group's items share */
    struct otlp_origin origin;
};

static enum rc walk_items(struct walk *w, const struct json *scope,
                          struct why *why)
{
    const struct json *item = NULL;
    enum rc rc = list_of(scope, w->names->items, &item, why);

    for (; rc == RC_OK && item != NULL; item = json_next(item)) {
        rc = json_kind(item) == JSON_OBJ
                 ? w->fn(w->arg, &w->origin, item, why)
                 : why_set(why, RC_PARSE, "%s has to hold objects",
                           w->names->items);
    }
    return rc;
}

static enum rc walk_group(struct walk *w, const struct json *group,
                          struct why *why)
{
    const struct json *resource = json_get(group, "resource");
    const struct json *scope = NULL;
    enum rc rc = list_of(group, w->names->scopes, &scope, why);

    arena_reset(&w->arena);
    w->origin = (struct otlp_origin){0};
    if (!read_attrs(json_get(resource, "attributes"), &w->arena,
                    &w->origin.resource)) {
        return why_set(why, RC_LIMIT, "a resource has too many attributes");
    }
    for (; rc == RC_OK && scope != NULL; scope = json_next(scope)) {
        const struct json *head = json_get(scope, "scope");
        w->origin.scope = json_str(json_get(head, "name"));
        if (!read_attrs(json_get(head, "attributes"), &w->arena,
                        &w->origin.scope_attrs)) {
            return why_set(why, RC_LIMIT, "a scope has too many attributes");
        }
        rc = walk_items(w, scope, why);
    }
    return rc;
}

static enum rc walk(struct str body, const struct names *names, item_fn *fn,
                    void *arg, struct why *why)
{
    struct walk w = {.names = names, .fn = fn, .arg = arg};
    struct json *whole = NULL;
    const struct json *group = NULL;
    enum rc rc = json_parse(body, &whole, why);

    arena_init(&w.arena, LIMIT_OTLP_SPAN_BYTES);
    if (rc == RC_OK && json_kind(whole) != JSON_OBJ) {
        rc = why_set(why, RC_PARSE, "the body has to be an object");
    }
    if (rc == RC_OK) {
        rc = list_of(whole, names->groups, &group, why);
    }
    for (; rc == RC_OK && group != NULL; group = json_next(group)) {
        rc = walk_group(&w, group, why);
    }
    arena_fini(&w.arena);
    json_free(&whole);
    return rc;
}

/* ---- spans ---- */

struct span_walk {
    struct arena arena;
    otlp_span_fn *fn;
    void *arg;
};

static const struct enum_name span_kinds[] = {
    {STR_INIT("SPAN_KIND_INTERNAL"), 1}, {STR_INIT("SPAN_KIND_SERVER"), 2},
    {STR_INIT("SPAN_KIND_CLIENT"), 3},   {STR_INIT("SPAN_KIND_PRODUCER"), 4},
    {STR_INIT("SPAN_KIND_CONSUMER"), 5},
};
static const struct enum_name status_codes[] = {
    {STR_INIT("STATUS_CODE_OK"), 1},
    {STR_INIT("STATUS_CODE_ERROR"), 2},
};

static enum rc take_span(void *arg, const struct otlp_origin *origin,
                         const struct json *from, struct why *why)
{
    struct span_walk *w = arg;
    struct otlp_span span = {.origin = origin};
    const struct json *parent = json_get(from, "parentSpanId");

    arena_reset(&w->arena);
    if (!read_name(json_get(from, "traceId"), span.trace_id,
                   OTLP_TRACE_BYTES) ||
        !read_name(json_get(from, "spanId"), span.span_id, OTLP_SPAN_BYTES)) {
        span.fault =
            "traceId has to be 16 bytes in hex and spanId 8, not all zeros";
    }
    if (json_str(parent).n > 0 &&
        !read_id(parent, span.parent_id, OTLP_SPAN_BYTES)) {
        span.fault = "parentSpanId has to be 8 bytes in hex or empty";
    }
    span.name = json_str(json_get(from, "name"));
    span.kind =
        read_enum(json_get(from, "kind"), span_kinds, ARRAY_N(span_kinds));
    span.start_ns = read_nano(json_get(from, "startTimeUnixNano"));
    span.end_ns = read_nano(json_get(from, "endTimeUnixNano"));
    span.status = read_enum(json_get(json_get(from, "status"), "code"),
                            status_codes, ARRAY_N(status_codes));
    if (!read_attrs(json_get(from, "attributes"), &w->arena, &span.attrs)) {
        span.fault = "the span is too large";
    }
    return w->fn(w->arg, &span, why);
}

enum rc otlp_json_spans(struct str body, otlp_span_fn *fn, void *arg,
                        struct why *why)
{
    struct span_walk w = {.fn = fn, .arg = arg};

    arena_init(&w.arena, LIMIT_OTLP_SPAN_BYTES);
    enum rc rc = walk(body, &span_names, take_span, &w, why);
    arena_fini(&w.arena);
    return rc;
}

/* ---- logs ---- */

struct log_walk {
    struct arena arena;
    otlp_log_fn *fn;
    void *arg;
};

static enum rc take_log(void *arg, const struct otlp_origin *origin,
                        const struct json *from, struct why *why)
{
    struct log_walk *w = arg;
    struct otlp_log log = {.origin = origin};

    arena_reset(&w->arena);
    log.has_span =
        read_name(json_get(from, "traceId"), log.trace_id, OTLP_TRACE_BYTES) &&
        read_name(json_get(from, "spanId"), log.span_id, OTLP_SPAN_BYTES);
    log.time_ns = read_nano(json_get(from, "timeUnixNano"));
    log.observed_ns = read_nano(json_get(from, "observedTimeUnixNano"));
    log.event_name = json_str(json_get(from, "eventName"));
    log.body = json_str(json_get(json_get(from, "body"), "stringValue"));
    if (!read_attrs(json_get(from, "attributes"), &w->arena, &log.attrs)) {
        log.fault = "the log record is too large";
    }
    return w->fn(w->arg, &log, why);
}

enum rc otlp_json_logs(struct str body, otlp_log_fn *fn, void *arg,
                       struct why *why)
{
    struct log_walk w = {.fn = fn, .arg = arg};

    arena_init(&w.arena, LIMIT_OTLP_SPAN_BYTES);
    enum rc rc = walk(body, &log_names, take_log, &w, why);
    arena_fini(&w.arena);
    return rc;
}

/* ---- metrics ---- */

static enum rc count_item(void *arg, const struct otlp_origin *origin,
                          const struct json *item, struct why *why)
{
    uint64_t *n = arg;

    (void)origin;
    (void)item;
    (void)why;
    *n += 1;
    return RC_OK;
}

enum rc otlp_json_metrics(struct str body, uint64_t *ret_n, struct why *why)
{
    uint64_t n = 0;
    enum rc rc = walk(body, &metric_names, count_item, &n, why);

    if (rc == RC_OK) {
        *ret_n = n;
    }
    return rc;
}

/* ---- answers ---- */

void otlp_json_add_answer(struct buf *out, const char *rejected_name,
                          int64_t n_rejected, struct str message)
{
    struct json_writer w;

    json_w_init(&w, out);
    json_w_obj(&w);
    if (n_rejected > 0 || message.n > 0) {
        json_w_key(&w, STR("partialSuccess"));
        json_w_obj(&w);
        if (n_rejected > 0) {
            struct buf n;
            buf_init(&n, 32);
            buf_i64(&n, n_rejected);
            json_w_key(&w, str_from_cz(rejected_name));
            json_w_str(&w, buf_view(&n)); /* int64 is text in OTLP's JSON */
            buf_fini(&n);
        }
        json_w_key(&w, STR("errorMessage"));
        json_w_str(&w, message);
        json_w_obj_end(&w);
    }
    json_w_obj_end(&w);
}

void otlp_json_add_failure(struct buf *out, int32_t code, struct str message)
{
    struct json_writer w;

    json_w_init(&w, out);
    json_w_obj(&w);
    json_w_key(&w, STR("code"));
    json_w_i64(&w, code);
    json_w_key(&w, STR("message"));
    json_w_str(&w, message);
    json_w_obj_end(&w);
}
