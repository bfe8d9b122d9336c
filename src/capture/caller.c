#include "capture/caller.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/why.h"
#include "provider/provider_request.h"

#include <string.h>

bool caller_is_toll_header(struct str name)
{
    return str_starts_nocase(name, STR("X-Toll-"));
}

/* ---- into the event ---- */

/* As an event may hold it; empty when it may not be held at all. */
static struct str fit(struct str value, size_t max)
{
    value = str_trim(value);
    if (!str_utf8_ok(value) || str_find_char(value, '\0', 0) != SIZE_MAX) {
        return STR_EMPTY;
    }
    return str_utf8_cut(value, max);
}

static struct str lower(struct caller *who, struct str s)
{
    struct str copy = STR_EMPTY;

    if (str_dup(who->arena, s, &copy) != RC_OK) {
        return STR_EMPTY;
    }
    char *p = arena_copy(who->arena, copy.p, copy.n);
    for (size_t i = 0; p != NULL && i < s.n; i++) {
        p[i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] - 'A' + 'a' : p[i]);
    }
    return (struct str){.p = p, .n = p != NULL ? s.n : 0};
}

static void set_dim(struct caller *who, enum dim d, struct str value)
{
    if (who->ev->dim[d].n == 0) {
        who->ev->dim[d] = fit(value, LIMIT_DIM_MAX);
    }
}

static void set_tag(struct caller *who, struct str key, struct str value)
{
    struct why why;

    key = fit(key, LIMIT_TAG_KEY_MAX);
    if (key.n == 0 || event_tag_find(who->ev, key) != NULL) {
        return;
    }
    enum rc rc =
        event_tag_set(who->ev, key, fit(value, LIMIT_TAG_VALUE_MAX), &why);
    (void)rc; /* one tag too many is left out */
}

static void set_environment(struct caller *who, struct str value)
{
    enum environment e = environment_from(lower(who, fit(value, 64)));

    if (!who->has_environment && (unsigned)e != 0) {
        who->ev->environment = e;
        who->has_environment = true;
    }
}

/* What the caller of a provider may say of itself; provider, model and key
 * are toll's to find out. */
static bool is_said(enum dim d)
{
    return d != DIM__COUNT && d != DIM_PROVIDER && d != DIM_MODEL &&
           d != DIM_REQUESTED_MODEL && d != DIM_KEY;
}

static bool set_attempt(struct caller *who, struct str value, uint64_t add)
{
    uint64_t n = 0;

    if (str_to_u64(str_trim(value), &n) != RC_OK || n + add < 1 ||
        n > 1000000) {
        return false;
    }
    who->ev->attempt = (uint32_t)(n + add);
    return true;
}

/* "feature", "environment", "tag.NAME"; false for any other name. */
static bool set_named(struct caller *who, struct str name, struct str value)
{
    enum dim d = dim_from(name);

    if (is_said(d)) {
        set_dim(who, d, value);
    } else if (str_eq(name, STR("environment"))) {
        set_environment(who, value);
    } else if (str_starts(name, STR("tag."))) {
        set_tag(who, str_sub(name, 4, SIZE_MAX), value);
    } else {
        return false;
    }
    return true;
}

/* A property of somebody else's making: one of ours by name, else a tag. */
static void set_property(struct caller *who, struct str name, struct str value)
{
    if (!set_named(who, lower(who, name), value)) {
        set_tag(who, name, value);
    }
}

/* ---- headers ---- */

/* "X-Toll-Fallback-From" is fallback_from. */
static struct str dashes_to_lines(struct caller *who, struct str name)
{
    struct str low = lower(who, name);
    char *p = arena_copy(who->arena, low.p, low.n);

    for (size_t i = 0; p != NULL && i < low.n; i++) {
        p[i] = (char)(p[i] == '-' ? '_' : p[i]);
    }
    return (struct str){.p = p, .n = p != NULL ? low.n : 0};
}

static void read_toll(struct caller *who, const struct http_field *f)
{
    struct str name = str_sub(f->name, 7, SIZE_MAX);

    if (!caller_is_toll_header(f->name)) {
        return;
    }
    if (str_eq_nocase(name, STR("Id"))) {
        who->id = fit(f->value, LIMIT_ID_MAX);
    } else if (str_eq_nocase(name, STR("Attempt"))) {
        (void)set_attempt(who, f->value, 0);
    } else if (str_starts_nocase(name, STR("Tag-"))) {
        set_tag(who, lower(who, str_sub(name, 4, SIZE_MAX)), f->value);
    } else {
        (void)set_named(who, dashes_to_lines(who, name), f->value);
    }
}

/* {"_user":"...","feature":"..."} */
static void read_portkey(struct caller *who, struct str value)
{
    struct json *json = NULL;
    struct why why;

    if (json_parse(value, &json, &why) != RC_OK) {
        return;
    }
    for (const struct json *m = json_first(json); m != NULL; m = json_next(m)) {
        struct str key = STR_EMPTY;
        struct str text = STR_EMPTY;

        if (json_kind(m) != JSON_STR || json_key(m).n == 0 ||
            str_dup(who->arena, json_key(m), &key) != RC_OK ||
            str_dup(who->arena, json_str(m), &text) != RC_OK) {
            continue;
        }
        if (str_eq(key, STR("_user"))) {
            set_dim(who, DIM_USER, text);
        } else {
            set_property(who, key, text);
        }
    }
    json_free(&json);
}

static void read_compatible(struct caller *who, const struct http_field *f)
{
    const struct str property = STR("Helicone-Property-");

    if (str_eq_nocase(f->name, STR("Helicone-User-Id"))) {
        set_dim(who, DIM_USER, f->value);
    } else if (str_eq_nocase(f->name, STR("Helicone-Session-Id"))) {
        set_dim(who, DIM_RUN, f->value);
    } else if (str_starts_nocase(f->name, property)) {
        set_property(who, str_sub(f->name, property.n, SIZE_MAX), f->value);
    } else if (str_eq_nocase(f->name, STR("x-portkey-metadata"))) {
        read_portkey(who, f->value);
    } else if (str_eq_nocase(f->name, STR("x-stainless-retry-count")) &&
               who->ev->attempt == 1) {
        /* The SDKs of OpenAI and Anthropic count retries, not attempts. */
        (void)set_attempt(who, f->value, 1);
    }
}

/* key=value;property,key=value: W3C Baggage; values percent-encoded. */
static void read_baggage(struct caller *who, struct str list)
{
    struct str member;

    while (str_cut(&list, ',', &member)) {
        struct str key;
        struct str pair;
        struct str value;

        if (!str_cut(&member, ';', &pair) || !str_cut(&pair, '=', &key) ||
            pair.p == NULL) {
            continue;
        }
        key = str_trim(key);
        if (str_starts(key, STR("toll.")) &&
            http_percent_decode(str_trim(pair), false, who->arena, &value) ==
                RC_OK) {
            (void)set_named(who, str_sub(key, 5, SIZE_MAX), value);
        }
    }
}

/* 00-(trace id of 32 digits)-(parent)-(flags): W3C Trace Context. */
static void read_traceparent(struct caller *who, struct str value)
{
    struct str trace = str_sub(str_trim(value), 3, 32);

    if (trace.n == 32 && str_trim(value).n >= 55) {
        set_dim(who, DIM_RUN, trace);
    }
}

static void read_context(struct caller *who, const struct http_field *f)
{
    if (str_eq_nocase(f->name, STR("baggage"))) {
        read_baggage(who, f->value);
    }
}

static void read_trace(struct caller *who, const struct http_field *f)
{
    if (str_eq_nocase(f->name, STR("traceparent"))) {
        read_traceparent(who, f->value);
    }
}

typedef void who_reader_fn(struct caller *who, const struct http_field *f);

void caller_read(const struct http_field *field, size_t n,
                 const struct provider_request *body, struct caller *who)
{
    /* In the order of their strength. */
    static who_reader_fn *const reader[] = {read_toll, read_compatible,
                                            read_context, read_trace};

    for (size_t k = 0; k < ARRAY_N(reader); k++) {
        for (size_t i = 0; i < n; i++) {
            reader[k](who, &field[i]);
        }
    }
    for (uint32_t i = 0; i < body->n_metadata; i++) {
        set_property(who, body->metadata[i].key, body->metadata[i].value);
    }
    set_dim(who, DIM_USER, body->user);
}
