/* Each level is unpacked by itself into one of two arenas: what a group of
 * spans shares lives as long as the group, a span as long as its call of the
 * sink.  So memory is bounded by the largest span, not by the body. */
#include "capture/otlp/otlp_decode.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/why.h"

#include <otlp.pb-c.h>
#include <string.h>

/* The library asks for memory here; its arena's cap is ours. */
struct pool {
    struct arena arena;
    ProtobufCAllocator allocator;
    bool is_full;
};

static void *pool_alloc(void *arg, size_t n)
{
    struct pool *pool = arg;
    void *p = arena_alloc(&pool->arena, n);
    pool->is_full |= p == NULL;
    return p;
}

static void pool_free(void *arg, void *p)
{
    (void)arg; /* all at once, with the arena */
    (void)p;
}

static void pool_init(struct pool *pool)
{
    arena_init(&pool->arena, LIMIT_OTLP_SPAN_BYTES);
    pool->allocator = (ProtobufCAllocator){
        .alloc = pool_alloc, .free = pool_free, .allocator_data = pool};
    pool->is_full = false;
}

static void pool_reset(struct pool *pool)
{
    arena_reset(&pool->arena);
    pool->is_full = false;
}

static void *unpack(struct pool *pool, const ProtobufCMessageDescriptor *what,
                    struct str bytes)
{
    static const uint8_t none[1] = {0};
    const uint8_t *p = bytes.n > 0 ? (const uint8_t *)bytes.p : none;
    return protobuf_c_message_unpack(what, &pool->allocator, bytes.n, p);
}

static struct str view(ProtobufCBinaryData data)
{
    return (struct str){.p = data.len > 0 ? (const char *)data.data : "",
                        .n = data.len};
}

static enum rc broken(struct why *why, const struct pool *pool,
                      const char *what)
{
    if (pool->is_full) {
        return why_set(why, RC_LIMIT, "%s takes over %d bytes of memory", what,
                       LIMIT_OTLP_SPAN_BYTES);
    }
    return why_set(why, RC_PARSE, "%s is not protobuf", what);
}

/* ---- attributes ---- */

/* The texts of a list with commas between, since that is how a tag shows
 * them; other values in it, and lists in lists, are passed over. */
static struct str list_text(struct pool *pool, struct str bytes)
{
    Toll__Otlp__ValueList *list =
        unpack(pool, &toll__otlp__value_list__descriptor, bytes);
    struct buf joined;
    struct str text = STR_EMPTY;

    buf_init(&joined, LIMIT_TAG_VALUE_MAX);
    for (size_t i = 0; list != NULL && i < list->n_values; i++) {
        Toll__Otlp__AnyValue *value = unpack(
            pool, &toll__otlp__any_value__descriptor, view(list->values[i]));
        if (value != NULL &&
            value->value_case == TOLL__OTLP__ANY_VALUE__VALUE_STRING_VALUE) {
            buf_cz(&joined, joined.n > 0 ? "," : "");
            buf_str(&joined, view(value->string_value));
        }
    }
    if (str_dup(&pool->arena, buf_view(&joined), &text) != RC_OK) {
        text = STR_EMPTY;
    }
    buf_fini(&joined);
    return text;
}

/* False for what no attribute of interest is: bytes, maps, nothing. */
static bool read_value(struct pool *pool, const Toll__Otlp__AnyValue *from,
                       struct otlp_value *ret)
{
    switch (from->value_case) {
    case TOLL__OTLP__ANY_VALUE__VALUE_STRING_VALUE:
        *ret = (struct otlp_value){.kind = OTLP_TEXT,
                                   .text = view(from->string_value)};
        return true;
    case TOLL__OTLP__ANY_VALUE__VALUE_BOOL_VALUE:
        *ret = (struct otlp_value){.kind = OTLP_BOOL,
                                   .whole = from->bool_value ? 1 : 0};
        return true;
    case TOLL__OTLP__ANY_VALUE__VALUE_INT_VALUE:
        *ret =
            (struct otlp_value){.kind = OTLP_WHOLE, .whole = from->int_value};
        return true;
    case TOLL__OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE:
        *ret =
            (struct otlp_value){.kind = OTLP_REAL, .real = from->double_value};
        return true;
    case TOLL__OTLP__ANY_VALUE__VALUE_ARRAY_VALUE:
        *ret = (struct otlp_value){
            .kind = OTLP_LIST,
            .text = list_text(pool, view(from->array_value))};
        return true;
    default: /* the library's own enum, with a member that is none */
        return false;
    }
}

static bool read_attrs(struct pool *pool, Toll__Otlp__KeyValue *const *from,
                       size_t n, struct otlp_attrs *ret)
{
    struct otlp_attr *at = arena_array(&pool->arena, n, sizeof *at);
    size_t n_read = 0;

    if (at == NULL) {
        pool->is_full = true;
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (from[i]->value != NULL &&
            read_value(pool, from[i]->value, &at[n_read].value)) {
            at[n_read++].key = view(from[i]->key);
        }
    }
    *ret = (struct otlp_attrs){.at = at, .n = n_read};
    return true;
}

/* ---- walking ---- */

/* Takes one span or record; `origin` lives until the group ends. */
typedef enum rc item_fn(void *arg, const struct otlp_origin *origin,
                        struct str bytes, struct why *why);

static enum rc walk_scope(struct pool *pool, struct otlp_origin *origin,
                          struct str bytes, item_fn *fn, void *arg,
                          struct why *why)
{
    Toll__Otlp__ScopeGroup *scope =
        unpack(pool, &toll__otlp__scope_group__descriptor, bytes);
    enum rc rc = RC_OK;

    if (scope == NULL) {
        return broken(why, pool, "a scope of the body");
    }
    origin->scope = STR_EMPTY;
    origin->scope_attrs = (struct otlp_attrs){0};
    if (scope->scope != NULL) {
        origin->scope = view(scope->scope->name);
        if (!read_attrs(pool, scope->scope->attributes,
                        scope->scope->n_attributes, &origin->scope_attrs)) {
            return broken(why, pool, "a scope of the body");
        }
    }
    for (size_t i = 0; rc == RC_OK && i < scope->n_items; i++) {
        rc = fn(arg, origin, view(scope->items[i]), why);
    }
    return rc;
}

static enum rc walk_group(struct pool *pool, struct str bytes, item_fn *fn,
                          void *arg, struct why *why)
{
    struct otlp_origin origin = {0};
    Toll__Otlp__Group *group =
        unpack(pool, &toll__otlp__group__descriptor, bytes);
    enum rc rc = RC_OK;

    if (group == NULL ||
        (group->resource != NULL &&
         !read_attrs(pool, group->resource->attributes,
                     group->resource->n_attributes, &origin.resource))) {
        return broken(why, pool, "a resource of the body");
    }
    for (size_t i = 0; rc == RC_OK && i < group->n_scopes; i++) {
        rc = walk_scope(pool, &origin, view(group->scopes[i]), fn, arg, why);
    }
    return rc;
}

static enum rc walk(struct str body, item_fn *fn, void *arg, struct why *why)
{
    struct pool whole;
    struct pool group;
    enum rc rc = RC_OK;

    pool_init(&whole);
    whole.arena.max_bytes = LIMIT_OTLP_BODY_MEMORY;
    pool_init(&group);
    group.arena.max_bytes = LIMIT_OTLP_BODY_MEMORY;
    Toll__Otlp__Request *request =
        unpack(&whole, &toll__otlp__request__descriptor, body);
    if (request == NULL) {
        rc = broken(why, &whole, "the body");
    }
    for (size_t i = 0; rc == RC_OK && i < request->n_groups; i++) {
        pool_reset(&group);
        rc = walk_group(&group, view(request->groups[i]), fn, arg, why);
    }
    arena_fini(&group.arena);
    arena_fini(&whole.arena);
    return rc;
}

/* ---- spans ---- */

struct span_walk {
    struct pool pool;
    otlp_span_fn *fn;
    void *arg;
};

static bool copy_id(unsigned char *to, size_t n, struct str from)
{
    if (from.n != n) {
        return false;
    }
    memcpy(to, from.p, n);
    return true;
}

/* An id that names something. */
static bool copy_name(unsigned char *to, size_t n, struct str from)
{
    return copy_id(to, n, from) && !otlp_is_no_id(to, n);
}

static enum rc take_span(void *arg, const struct otlp_origin *origin,
                         struct str bytes, struct why *why)
{
    struct span_walk *w = arg;
    struct otlp_span span = {.origin = origin};

    pool_reset(&w->pool);
    Toll__Otlp__Span *from =
        unpack(&w->pool, &toll__otlp__span__descriptor, bytes);
    if (from == NULL && !w->pool.is_full) {
        return broken(why, &w->pool, "a span of the body");
    }
    if (from == NULL || !read_attrs(&w->pool, from->attributes,
                                    from->n_attributes, &span.attrs)) {
        span.fault = "the span is too large";
        return w->fn(w->arg, &span, why);
    }
    if (!copy_name(span.trace_id, OTLP_TRACE_BYTES, view(from->trace_id)) ||
        !copy_name(span.span_id, OTLP_SPAN_BYTES, view(from->span_id))) {
        span.fault = "trace_id has to be 16 bytes and span_id 8, not all zeros";
    }
    if (from->parent_span_id.len > 0 &&
        !copy_id(span.parent_id, OTLP_SPAN_BYTES, view(from->parent_span_id))) {
        span.fault = "parent_span_id has to be 8 bytes or none";
    }
    span.name = view(from->name);
    span.kind = from->kind;
    span.start_ns = from->start_time_unix_nano;
    span.end_ns = from->end_time_unix_nano;
    span.status = from->status != NULL ? from->status->code : 0;
    return w->fn(w->arg, &span, why);
}

enum rc otlp_pb_spans(struct str body, otlp_span_fn *fn, void *arg,
                      struct why *why)
{
    struct span_walk w = {.fn = fn, .arg = arg};

    pool_init(&w.pool);
    enum rc rc = walk(body, take_span, &w, why);
    arena_fini(&w.pool.arena);
    return rc;
}

/* ---- logs ---- */

struct log_walk {
    struct pool pool;
    otlp_log_fn *fn;
    void *arg;
};

static enum rc take_log(void *arg, const struct otlp_origin *origin,
                        struct str bytes, struct why *why)
{
    struct log_walk *w = arg;
    struct otlp_log log = {.origin = origin};

    pool_reset(&w->pool);
    Toll__Otlp__LogRecord *from =
        unpack(&w->pool, &toll__otlp__log_record__descriptor, bytes);
    if (from == NULL && !w->pool.is_full) {
        return broken(why, &w->pool, "a log record of the body");
    }
    if (from == NULL || !read_attrs(&w->pool, from->attributes,
                                    from->n_attributes, &log.attrs)) {
        log.fault = "the log record is too large";
        return w->fn(w->arg, &log, why);
    }
    log.has_span =
        copy_name(log.trace_id, OTLP_TRACE_BYTES, view(from->trace_id)) &&
        copy_name(log.span_id, OTLP_SPAN_BYTES, view(from->span_id));
    log.time_ns = from->time_unix_nano;
    log.observed_ns = from->observed_time_unix_nano;
    log.event_name = view(from->event_name);
    if (from->body != NULL &&
        from->body->value_case == TOLL__OTLP__ANY_VALUE__VALUE_STRING_VALUE) {
        log.body = view(from->body->string_value);
    }
    return w->fn(w->arg, &log, why);
}

enum rc otlp_pb_logs(struct str body, otlp_log_fn *fn, void *arg,
                     struct why *why)
{
    struct log_walk w = {.fn = fn, .arg = arg};

    pool_init(&w.pool);
    enum rc rc = walk(body, take_log, &w, why);
    arena_fini(&w.pool.arena);
    return rc;
}

/* ---- metrics ---- */

static enum rc count_item(void *arg, const struct otlp_origin *origin,
                          struct str bytes, struct why *why)
{
    uint64_t *n = arg;

    (void)origin;
    (void)bytes;
    (void)why;
    *n += 1;
    return RC_OK;
}

enum rc otlp_pb_metrics(struct str body, uint64_t *ret_n, struct why *why)
{
    uint64_t n = 0;
    enum rc rc = walk(body, count_item, &n, why);

    if (rc == RC_OK) {
        *ret_n = n;
    }
    return rc;
}

/* ---- answers ---- */

static void add_packed(struct buf *out, const ProtobufCMessage *message)
{
    size_t n = protobuf_c_message_get_packed_size(message);
    char *p = buf_space(out, n);

    if (p != NULL) {
        buf_used(out, protobuf_c_message_pack(message, (uint8_t *)p));
    }
}

/* The library takes bytes without const and only reads them. */
static ProtobufCBinaryData borrow(struct str s)
{
    union {
        const char *borrowed;
        uint8_t *bytes;
    } p = {.borrowed = s.p};
    return (ProtobufCBinaryData){.len = s.n, .data = p.bytes};
}

void otlp_pb_add_answer(struct buf *out, int64_t n_rejected, struct str message)
{
    Toll__Otlp__Response response = TOLL__OTLP__RESPONSE__INIT;
    Toll__Otlp__Partial partial = TOLL__OTLP__PARTIAL__INIT;

    if (n_rejected > 0 || message.n > 0) {
        partial.rejected = n_rejected;
        partial.error_message = borrow(message);
        response.partial_success = &partial;
    }
    add_packed(out, &response.base);
}

void otlp_pb_add_failure(struct buf *out, int32_t code, struct str message)
{
    Toll__Otlp__Failure failure = TOLL__OTLP__FAILURE__INIT;

    failure.code = code;
    failure.message = borrow(message);
    add_packed(out, &failure.base);
}
