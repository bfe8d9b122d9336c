#include "capture/otlp/otlp_conv.h"

#include "base/json.h"
#include "base/why.h"
#include "event/event_check.h"

/* In the order in which they are asked: a span may use the words of several,
 * and then those of the more special one tell more. */
static const struct otlp_conv *const convs[] = {
    &otlp_conv_claude_code,   &otlp_conv_codex,       &otlp_conv_gemini_cli,
    &otlp_conv_openinference, &otlp_conv_vercel,      &otlp_conv_langfuse,
    &otlp_conv_logfire,       &otlp_conv_openllmetry, &otlp_conv_genai,
};

const struct otlp_conv *otlp_conv_find(const struct otlp_reading *r)
{
    for (size_t i = 0; i < ARRAY_N(convs); i++) {
        if (convs[i]->knows(r)) {
            return convs[i];
        }
    }
    return NULL;
}

bool otlp_has(const struct otlp_reading *r, struct str attr)
{
    return otlp_attr_find(r->attrs, attr) != NULL;
}

bool otlp_has_prefix(const struct otlp_reading *r, struct str prefix)
{
    for (size_t i = 0; i < r->attrs.n; i++) {
        if (str_starts(r->attrs.at[i].key, prefix)) {
            return true;
        }
    }
    return false;
}

struct str otlp_attr_text(const struct otlp_reading *r, struct str attr)
{
    const struct otlp_value *value = otlp_attr_find(r->attrs, attr);
    return value != NULL ? otlp_text(value, r->arena) : STR_EMPTY;
}

struct str otlp_field_text(const struct otlp_reading *r, enum otlp_field field)
{
    const struct otlp_value *value = r->value[field];
    return value != NULL ? otlp_text(value, r->arena) : STR_EMPTY;
}

struct str otlp_resource_text(const struct otlp_reading *r, struct str attr)
{
    const struct otlp_value *value = otlp_attr_find(r->origin->resource, attr);
    return value != NULL ? otlp_text(value, r->arena) : STR_EMPTY;
}

void otlp_gather(struct otlp_reading *r, const struct otlp_rule *rule, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (r->value[rule[i].field] == NULL) {
            r->value[rule[i].field] = otlp_attr_find(r->attrs, rule[i].attr);
        }
    }
}

static enum rc refuse_count(const struct otlp_reading *r,
                            const struct otlp_value *value, enum rc rc,
                            struct why *why)
{
    struct str name = STR("a count");

    for (size_t i = 0; i < r->attrs.n; i++) {
        if (&r->attrs.at[i].value == value) {
            name = str_utf8_cut(r->attrs.at[i].key, LIMIT_TAG_KEY_MAX);
        }
    }
    return why_set(why, rc, "%.*s is no whole number from 0 to 2^%d",
                   STR_ARG(name), LIMIT_COUNT_BITS);
}

enum rc otlp_read_counts(struct otlp_reading *r, struct why *why)
{
    for (enum otlp_field f = OTLP_INPUT; f < OTLP_COUNTS_END; f++) {
        int64_t n = 0;
        if (r->value[f] == NULL || otlp_counts_has(&r->counts, f)) {
            continue;
        }
        enum rc rc = otlp_count(r->value[f], &n);
        if (rc != RC_OK) {
            return refuse_count(r, r->value[f], rc, why);
        }
        otlp_counts_set(&r->counts, f, n);
    }
    return RC_OK;
}

void otlp_json_count(struct otlp_reading *r, const struct json *obj,
                     const char *name, enum otlp_field field)
{
    int64_t n = 0;

    if (json_i64(json_get(obj, name), &n) == RC_OK && n >= 0 &&
        n <= EVENT_COUNT_MAX) {
        otlp_counts_set(&r->counts, field, n);
    }
}
