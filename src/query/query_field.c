#include "query/query_field.h"

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/near.h"
#include "base/why.h"

enum { VALUE_SHOWN_BYTES = 40 };

#define TAG_PREFIX STR("tag.")

struct closed_set {
    struct str name;
    enum query_field_kind kind;
    uint32_t n; /* members are 1..n-1 */
};

static const struct closed_set closed_sets[] = {
    {STR_INIT("operation"), QUERY_FIELD_OPERATION, OPERATION__COUNT},
    {STR_INIT("environment"), QUERY_FIELD_ENVIRONMENT, ENVIRONMENT__COUNT},
    {STR_INIT("status"), QUERY_FIELD_STATUS, EVENT_STATUS__COUNT},
    {STR_INIT("service_tier"), QUERY_FIELD_SERVICE_TIER, SERVICE_TIER__COUNT},
    {STR_INIT("source"), QUERY_FIELD_SOURCE, EVENT_SOURCE__COUNT},
};

struct str query_field_name(size_t i)
{
    if (i < DIM__COUNT) {
        return dim_name((enum dim)i);
    }
    i -= DIM__COUNT;
    return i < ARRAY_N(closed_sets) ? closed_sets[i].name : STR_EMPTY;
}

static enum rc tag_from(struct str name, struct arena *out,
                        struct query_field *ret_field, struct why *why)
{
    struct query_field f = {.kind = QUERY_FIELD_TAG};

    if (name.n == TAG_PREFIX.n || name.n > TAG_PREFIX.n + LIMIT_TAG_KEY_MAX) {
        return why_set(why, RC_INVALID,
                       "a tag is written tag.NAME, its name has 1 to %d bytes",
                       LIMIT_TAG_KEY_MAX);
    }
    if (str_dup(out, name, &f.name) != RC_OK) {
        return why_set(why, RC_LIMIT, "the question is too long");
    }
    f.tag = str_sub(f.name, TAG_PREFIX.n, SIZE_MAX);
    *ret_field = f;
    return RC_OK;
}

enum rc query_field_from(struct str name, struct arena *out,
                         struct query_field *ret_field, struct why *why)
{
    enum dim dim = dim_from(name);
    struct near near;
    struct str known;

    if (dim != DIM__COUNT) {
        *ret_field = (struct query_field){
            .kind = QUERY_FIELD_DIM, .dim = dim, .name = dim_name(dim)};
        return RC_OK;
    }
    for (size_t i = 0; i < ARRAY_N(closed_sets); i++) {
        if (str_eq(closed_sets[i].name, name)) {
            *ret_field = (struct query_field){.kind = closed_sets[i].kind,
                                              .name = closed_sets[i].name};
            return RC_OK;
        }
    }
    if (str_starts(name, TAG_PREFIX)) {
        return tag_from(name, out, ret_field, why);
    }
    near_init(&near, name);
    for (size_t i = 0; (known = query_field_name(i)).n > 0; i++) {
        near_offer(&near, known);
    }
    return near_unknown(&near, "dimension",
                        "dimensions are feature, model, provider, customer, "
                        "tag.NAME and others",
                        why);
}

static const struct closed_set *closed_set_of(const struct query_field *f)
{
    for (size_t i = 0; i < ARRAY_N(closed_sets); i++) {
        if (closed_sets[i].kind == f->kind) {
            return &closed_sets[i];
        }
    }
    return NULL;
}

bool query_field_is_closed(const struct query_field *f)
{
    return closed_set_of(f) != NULL;
}

static struct str member_name(enum query_field_kind kind, uint32_t i)
{
    switch (kind) {
    case QUERY_FIELD_OPERATION:
        return operation_name((enum operation)i);
    case QUERY_FIELD_SERVICE_TIER:
        return service_tier_name((enum service_tier)i);
    case QUERY_FIELD_ENVIRONMENT:
        return environment_name((enum environment)i);
    case QUERY_FIELD_STATUS:
        return event_status_name((enum event_status)i);
    case QUERY_FIELD_SOURCE:
        return event_source_name((enum event_source)i);
    case QUERY_FIELD_DIM:
    case QUERY_FIELD_TAG:
        break;
    }
    return STR_EMPTY;
}

enum rc query_field_check(const struct query_field *f, struct str value,
                          struct why *why)
{
    const struct closed_set *set = closed_set_of(f);
    struct buf members;

    if (set == NULL) {
        return RC_OK;
    }
    for (uint32_t i = 1; i < set->n; i++) {
        if (str_eq(member_name(f->kind, i), value)) {
            return RC_OK;
        }
    }
    buf_init(&members, 128);
    for (uint32_t i = 1; i < set->n; i++) {
        buf_cz(&members, i > 1 ? ", " : "");
        buf_str(&members, member_name(f->kind, i));
    }
    enum rc rc = why_set(
        why, RC_INVALID, "%.*s is never \"%.*s\"; it is one of %.*s",
        STR_ARG(f->name), STR_ARG(str_utf8_cut(value, VALUE_SHOWN_BYTES)),
        STR_ARG(buf_view(&members)));
    buf_fini(&members);
    return rc;
}
