/* What surrounds a call, in every convention: who, what for, which release.
 * toll's own names are strongest, then the convention's (its rules), then
 * those that all share, then free names below known prefixes, then the
 * resource's. */
#include "capture/otlp/otlp_names.h"

#include "base/json.h"
#include "base/limits.h"
#include "event/event.h"

#include <string.h>

static const struct otlp_rule common[] = {
    OTLP_RULE("session.id", OTLP_SESSION),
    OTLP_RULE("gen_ai.conversation.id", OTLP_SESSION),
    OTLP_RULE("user.id", OTLP_USER),
    OTLP_RULE("enduser.id", OTLP_USER),
    OTLP_RULE("gen_ai.user", OTLP_USER),
    OTLP_RULE("llm.user", OTLP_USER),
    OTLP_RULE("gen_ai.agent.name", OTLP_AGENT),
    OTLP_RULE("gen_ai.workflow.name", OTLP_WORKFLOW),
    OTLP_RULE("gen_ai.prompt.version", OTLP_PROMPT),
    OTLP_RULE("gen_ai.prompt.name", OTLP_PROMPT_NAME),
    OTLP_RULE("error.type", OTLP_ERROR),
};

/* Where a field's text goes: a dimension, or a tag of this name. */
static const struct {
    enum otlp_field field;
    enum dim dim; /* DIM__COUNT: a tag */
    struct str tag;
} homes[] = {
    {OTLP_USER, DIM_USER, STR_INIT("")},
    {OTLP_SESSION, DIM_RUN, STR_INIT("")},
    {OTLP_CUSTOMER, DIM_CUSTOMER, STR_INIT("")},
    {OTLP_FEATURE, DIM_FEATURE, STR_INIT("")},
    {OTLP_WORKFLOW, DIM_WORKFLOW, STR_INIT("")},
    {OTLP_STEP, DIM_STEP, STR_INIT("")},
    {OTLP_PROMPT, DIM_PROMPT, STR_INIT("")},
    {OTLP_RELEASE, DIM_RELEASE, STR_INIT("")},
    {OTLP_AGENT, DIM__COUNT, STR_INIT("agent")},
    {OTLP_PROMPT_NAME, DIM__COUNT, STR_INIT("prompt_name")},
    {OTLP_TAGS, DIM__COUNT, STR_INIT("tags")},
};

/* Behind these a sender's own name follows. */
static const struct str prefixes[] = {
    STR_INIT("traceloop.association.properties."),
    STR_INIT("ai.telemetry.metadata."),
    STR_INIT("ai.settings.context."),
    STR_INIT("langfuse.trace.metadata."),
    STR_INIT("langfuse.observation.metadata."),
};

/* Names that people give to dimensions, without case and signs. */
static const struct {
    struct str name;
    enum dim dim;
} own_names[] = {
    {STR_INIT("user"), DIM_USER},
    {STR_INIT("userid"), DIM_USER},
    {STR_INIT("session"), DIM_RUN},
    {STR_INIT("sessionid"), DIM_RUN},
    {STR_INIT("chatid"), DIM_RUN},
    {STR_INIT("threadid"), DIM_RUN},
    {STR_INIT("conversationid"), DIM_RUN},
    {STR_INIT("runid"), DIM_RUN},
    {STR_INIT("customerid"), DIM_CUSTOMER},
    {STR_INIT("tenant"), DIM_CUSTOMER},
    {STR_INIT("tenantid"), DIM_CUSTOMER},
    {STR_INIT("featurename"), DIM_FEATURE},
    {STR_INIT("workflowname"), DIM_WORKFLOW},
};

/* ---- single values ---- */

/* True when the dimension was empty and is set now. */
static bool set_dim(struct otlp_note *note, enum dim d, struct str text)
{
    if (text.n == 0 || note->ev.dim[d].n > 0) {
        return false;
    }
    note->ev.dim[d] = str_utf8_cut(text, LIMIT_DIM_MAX);
    return true;
}

void otlp_tag(struct otlp_note *note, struct str key, struct str value)
{
    key = str_utf8_cut(key, LIMIT_TAG_KEY_MAX);
    value = str_utf8_cut(value, LIMIT_TAG_VALUE_MAX);
    if (key.n == 0 || value.n == 0 || note->ev.n_tags == LIMIT_TAGS_MAX ||
        event_tag_find(&note->ev, key) != NULL) {
        return;
    }
    enum rc rc = event_tag_set(&note->ev, key, value, NULL);
    (void)rc; /* its only causes were just excluded */
}

static void set_environment(struct otlp_note *note, struct str text)
{
    enum environment e = environment_of_word(text);

    if (text.n == 0 || note->has_environment) {
        return;
    }
    if (e == 0) { /* a name of their own, such as a region's */
        otlp_tag(note, STR("environment_name"), text);
        return;
    }
    note->ev.environment = e;
    note->has_environment = true;
}

static enum dim dim_of_name(struct str name)
{
    char space[32];
    size_t n = 0;

    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c == '_' || c == '-' || c == '.' || c == ' ') {
            continue;
        }
        if (n == sizeof space) {
            return DIM__COUNT;
        }
        if (c >= 'A' && c <= 'Z') {
            c = (char)(c + ('a' - 'A'));
        }
        space[n++] = c;
    }
    struct str folded = {.p = space, .n = n};
    for (size_t i = 0; i < ARRAY_N(own_names); i++) {
        if (str_eq(folded, own_names[i].name)) {
            return own_names[i].dim;
        }
    }
    enum dim d = dim_from(folded);
    /* What a call was is told by the call, not by free names. */
    return d == DIM_PROVIDER || d == DIM_MODEL || d == DIM_KEY ? DIM__COUNT : d;
}

void otlp_named(struct otlp_reading *r, struct str name,
                const struct otlp_value *value)
{
    enum dim d = dim_of_name(name);
    struct str text = otlp_text(value, r->arena);

    if (d < DIM__COUNT) {
        bool is_new = set_dim(r->note, d, text);
        (void)is_new;
    } else if (str_eq_nocase(name, STR("environment"))) {
        set_environment(r->note, text);
    } else if (str_utf8_ok(name) && memchr(name.p, '\0', name.n) == NULL) {
        otlp_tag(r->note, name, text);
    }
}

/* ---- toll's own ---- */

/* is_own: of the span itself, not of what many share. */
static void read_toll(struct otlp_reading *r, struct str name,
                      const struct otlp_value *value, bool is_own)
{
    struct event *ev = &r->note->ev;
    struct str text = otlp_text(value, r->arena);
    int64_t n = 0;

    if (str_starts(name, STR("tag."))) {
        otlp_tag(r->note, str_sub(name, 4, SIZE_MAX), text);
    } else if (str_eq(name, STR("id"))) {
        ev->id = is_own ? str_utf8_cut(text, LIMIT_ID_MAX) : ev->id;
    } else if (str_eq(name, STR("attempt"))) {
        if (otlp_count(value, &n) == RC_OK && n > 0 && n < 1000) {
            ev->attempt = (uint32_t)n;
        }
    } else if (str_eq(name, STR("fallback_from"))) {
        bool is_new = set_dim(r->note, DIM_FALLBACK_FROM, text);
        (void)is_new;
    } else {
        otlp_named(r, name, value);
    }
}

static void read_toll_attrs(struct otlp_reading *r, struct otlp_attrs attrs)
{
    for (size_t i = 0; i < attrs.n; i++) {
        struct str key = attrs.at[i].key;
        bool is_own = attrs.at == r->attrs.at;
        if (str_starts(key, STR("baggage."))) {
            key = str_sub(key, STR("baggage.").n, SIZE_MAX);
            is_own = false;
        }
        if (str_starts(key, STR("toll.")) && key.n > STR("toll.").n) {
            read_toll(r, str_sub(key, STR("toll.").n, SIZE_MAX),
                      &attrs.at[i].value, is_own);
        }
    }
}

/* ---- free names ---- */

static void read_prefixed(struct otlp_reading *r)
{
    for (size_t i = 0; i < r->attrs.n; i++) {
        struct str key = r->attrs.at[i].key;
        for (size_t k = 0; k < ARRAY_N(prefixes); k++) {
            if (str_starts(key, prefixes[k]) && key.n > prefixes[k].n) {
                otlp_named(r, str_sub(key, prefixes[k].n, SIZE_MAX),
                           &r->attrs.at[i].value);
            }
        }
    }
}

/* OpenInference keeps free names as JSON in one attribute. */
static void read_metadata(struct otlp_reading *r)
{
    struct str text = otlp_field_text(r, OTLP_META_TEXT);
    struct json *meta = NULL;

    if (text.n == 0 || text.n > LIMIT_EVENT_BYTES_MAX ||
        json_parse(text, &meta, NULL) != RC_OK) {
        return;
    }
    for (const struct json *j = json_kind(meta) == JSON_OBJ ? json_first(meta)
                                                            : NULL;
         j != NULL; j = json_next(j)) {
        struct str name;
        struct otlp_value value = {.kind = OTLP_TEXT};
        if (json_kind(j) == JSON_STR &&
            str_dup(r->arena, json_key(j), &name) == RC_OK &&
            str_dup(r->arena, json_str(j), &value.text) == RC_OK) {
            otlp_named(r, name, &value);
        }
    }
    json_free(&meta);
}

/* ---- the resource ---- */

static void read_resource(struct otlp_reading *r)
{
    struct otlp_note *note = r->note;
    struct event before = note->ev;

    read_toll_attrs(r, r->origin->scope_attrs);
    read_toll_attrs(r, r->origin->resource);
    for (size_t i = 0; i < r->origin->resource.n; i++) {
        const struct otlp_attr *at = &r->origin->resource.at[i];
        /* A name without a point is no convention's: "team", from
         * OTEL_RESOURCE_ATTRIBUTES. */
        if (at->key.n > 0 && str_find_char(at->key, '.', 0) == SIZE_MAX) {
            otlp_named(r, at->key, &at->value);
        }
    }
    bool is_new = set_dim(note, DIM_RELEASE,
                          otlp_resource_text(r, STR("service.version")));
    (void)is_new;
    otlp_tag(note, STR("service"), otlp_resource_text(r, STR("service.name")));
    set_environment(note,
                    otlp_resource_text(r, STR("deployment.environment.name")));
    set_environment(note, otlp_resource_text(r, STR("deployment.environment")));
    for (uint32_t d = 0; d < DIM__COUNT; d++) {
        if (before.dim[d].n == 0 && note->ev.dim[d].n > 0) {
            note->weak_dims |= 1u << d;
        }
    }
}

_Static_assert(DIM__COUNT <= 32, "a bit a dimension in weak_dims");

void otlp_read_names(struct otlp_reading *r)
{
    read_toll_attrs(r, r->attrs);
    otlp_gather(r, common, ARRAY_N(common));
    for (size_t i = 0; i < ARRAY_N(homes); i++) {
        struct str text = otlp_field_text(r, homes[i].field);
        if (homes[i].dim == DIM__COUNT) {
            otlp_tag(r->note, homes[i].tag, text);
        } else if (!set_dim(r->note, homes[i].dim, text) &&
                   homes[i].field == OTLP_SESSION) {
            otlp_tag(r->note, STR("session"), text); /* the run has a name */
        }
    }
    set_environment(r->note, otlp_field_text(r, OTLP_ENVIRONMENT));
    read_prefixed(r);
    read_metadata(r);
    read_resource(r);
}
