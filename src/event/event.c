#include "event/event.h"

#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/why.h"
#include "event/event_priv.h"

static const struct str operation_names[OPERATION__COUNT] = {
    [OPERATION_CHAT] = STR_INIT("chat"),
    [OPERATION_EMBEDDINGS] = STR_INIT("embeddings"),
    [OPERATION_IMAGE] = STR_INIT("image"),
    [OPERATION_AUDIO] = STR_INIT("audio"),
    [OPERATION_RERANK] = STR_INIT("rerank"),
    [OPERATION_OTHER] = STR_INIT("other"),
};

static const struct str service_tier_names[SERVICE_TIER__COUNT] = {
    [SERVICE_TIER_STANDARD] = STR_INIT("standard"),
    [SERVICE_TIER_BATCH] = STR_INIT("batch"),
    [SERVICE_TIER_FLEX] = STR_INIT("flex"),
    [SERVICE_TIER_PRIORITY] = STR_INIT("priority"),
};

static const struct str environment_names[ENVIRONMENT__COUNT] = {
    [ENVIRONMENT_PRODUCTION] = STR_INIT("production"),
    [ENVIRONMENT_STAGING] = STR_INIT("staging"),
    [ENVIRONMENT_DEVELOPMENT] = STR_INIT("development"),
    [ENVIRONMENT_INTERNAL] = STR_INIT("internal"),
    [ENVIRONMENT_TEST] = STR_INIT("test"),
    [ENVIRONMENT_EVALUATION] = STR_INIT("evaluation"),
};

static const struct str event_status_names[EVENT_STATUS__COUNT] = {
    [EVENT_STATUS_OK] = STR_INIT("ok"),
    [EVENT_STATUS_ERROR] = STR_INIT("error"),
    [EVENT_STATUS_CANCELLED] = STR_INIT("cancelled"),
};

static const struct str event_source_names[EVENT_SOURCE__COUNT] = {
    [EVENT_SOURCE_API] = STR_INIT("api"),
    [EVENT_SOURCE_GATEWAY] = STR_INIT("gateway"),
    [EVENT_SOURCE_OTLP] = STR_INIT("otlp"),
    [EVENT_SOURCE_IMPORT] = STR_INIT("import"),
    [EVENT_SOURCE_DEMO] = STR_INIT("demo"),
};

static const struct str dim_names[DIM__COUNT] = {
#define X(enum_name, public_name) STR_INIT(public_name),
#include "event/dim.def"
#undef X
};

static const struct str token_kind_names[TOKEN__COUNT] = {
#define X(enum_name, public_name) STR_INIT(public_name),
#include "event/token_kind.def"
#undef X
};

const struct choice_set choice_table[CHOICE__COUNT] = {
    [CHOICE_OPERATION] = {STR_INIT("operation"), operation_names,
                          OPERATION__COUNT, OPERATION_CHAT},
    [CHOICE_SERVICE_TIER] = {STR_INIT("service_tier"), service_tier_names,
                             SERVICE_TIER__COUNT, SERVICE_TIER_STANDARD},
    [CHOICE_ENVIRONMENT] = {STR_INIT("environment"), environment_names,
                            ENVIRONMENT__COUNT, ENVIRONMENT_PRODUCTION},
    [CHOICE_STATUS] = {STR_INIT("status"), event_status_names,
                       EVENT_STATUS__COUNT, EVENT_STATUS_OK},
    [CHOICE_SOURCE] = {STR_INIT("source"), event_source_names,
                       EVENT_SOURCE__COUNT, EVENT_SOURCE_API},
};

uint32_t choice_get(const struct event *ev, enum choice c)
{
    switch (c) {
    case CHOICE_OPERATION:
        return (uint32_t)ev->operation;
    case CHOICE_SERVICE_TIER:
        return (uint32_t)ev->service_tier;
    case CHOICE_ENVIRONMENT:
        return (uint32_t)ev->environment;
    case CHOICE_STATUS:
        return (uint32_t)ev->status;
    case CHOICE_SOURCE:
        return (uint32_t)ev->source;
    case CHOICE__COUNT:
        break;
    }
    CHECK(false);
}

void choice_set(struct event *ev, enum choice c, uint32_t value)
{
    switch (c) {
    case CHOICE_OPERATION:
        ev->operation = (enum operation)value;
        return;
    case CHOICE_SERVICE_TIER:
        ev->service_tier = (enum service_tier)value;
        return;
    case CHOICE_ENVIRONMENT:
        ev->environment = (enum environment)value;
        return;
    case CHOICE_STATUS:
        ev->status = (enum event_status)value;
        return;
    case CHOICE_SOURCE:
        ev->source = (enum event_source)value;
        return;
    case CHOICE__COUNT:
        break;
    }
    CHECK(false);
}

uint32_t choice_from(enum choice c, struct str name)
{
    const struct choice_set *set = &choice_table[c];
    for (uint32_t value = 1; value < set->n; value++) {
        if (str_eq(set->names[value], name)) {
            return value;
        }
    }
    return 0;
}

static struct str choice_name(enum choice c, uint32_t value)
{
    const struct choice_set *set = &choice_table[c];
    return value < set->n ? set->names[value] : STR_EMPTY;
}

struct str operation_name(enum operation x)
{
    return choice_name(CHOICE_OPERATION, (uint32_t)x);
}

enum operation operation_from(struct str name)
{
    return (enum operation)choice_from(CHOICE_OPERATION, name);
}

struct str service_tier_name(enum service_tier x)
{
    return choice_name(CHOICE_SERVICE_TIER, (uint32_t)x);
}

enum service_tier service_tier_from(struct str name)
{
    return (enum service_tier)choice_from(CHOICE_SERVICE_TIER, name);
}

struct str environment_name(enum environment x)
{
    return choice_name(CHOICE_ENVIRONMENT, (uint32_t)x);
}

enum environment environment_from(struct str name)
{
    return (enum environment)choice_from(CHOICE_ENVIRONMENT, name);
}

enum environment environment_of_word(struct str word)
{
    static const struct {
        struct str name;
        enum environment environment;
    } words[] = {
        {STR_INIT("prod"), ENVIRONMENT_PRODUCTION},
        {STR_INIT("live"), ENVIRONMENT_PRODUCTION},
        {STR_INIT("stage"), ENVIRONMENT_STAGING},
        {STR_INIT("preprod"), ENVIRONMENT_STAGING},
        {STR_INIT("dev"), ENVIRONMENT_DEVELOPMENT},
        {STR_INIT("local"), ENVIRONMENT_DEVELOPMENT},
        {STR_INIT("testing"), ENVIRONMENT_TEST},
        {STR_INIT("ci"), ENVIRONMENT_TEST},
        {STR_INIT("eval"), ENVIRONMENT_EVALUATION},
    };
    for (uint32_t e = 1; e < ENVIRONMENT__COUNT; e++) {
        if (str_eq_nocase(word, environment_names[e])) {
            return (enum environment)e;
        }
    }
    for (size_t i = 0; i < ARRAY_N(words); i++) {
        if (str_eq_nocase(word, words[i].name)) {
            return words[i].environment;
        }
    }
    return (enum environment)0;
}

struct str event_status_name(enum event_status x)
{
    return choice_name(CHOICE_STATUS, (uint32_t)x);
}

enum event_status event_status_from(struct str name)
{
    return (enum event_status)choice_from(CHOICE_STATUS, name);
}

struct str event_source_name(enum event_source x)
{
    return choice_name(CHOICE_SOURCE, (uint32_t)x);
}

enum event_source event_source_from(struct str name)
{
    return (enum event_source)choice_from(CHOICE_SOURCE, name);
}

struct str dim_name(enum dim d)
{
    return (uint32_t)d < DIM__COUNT ? dim_names[d] : STR_EMPTY;
}

enum dim dim_from(struct str name)
{
    uint32_t d = 0;
    while (d < DIM__COUNT && !str_eq(dim_names[d], name)) {
        d++;
    }
    return (enum dim)d;
}

struct str token_kind_name(enum token_kind k)
{
    return (uint32_t)k < TOKEN__COUNT ? token_kind_names[k] : STR_EMPTY;
}

void event_init(struct event *ev)
{
    memset(ev, 0, sizeof(*ev));
    for (uint32_t c = 1; c < CHOICE__COUNT; c++) {
        choice_set(ev, (enum choice)c, choice_table[c].absent);
    }
    ev->attempt = 1;
    ev->latency_ms = -1;
    ev->ttft_ms = -1;
}

int64_t event_input_tokens(const struct event *ev)
{
    return ev->token[TOKEN_INPUT] + ev->token[TOKEN_CACHE_READ] +
           event_cache_write_tokens(ev) + ev->token[TOKEN_INPUT_AUDIO] +
           ev->token[TOKEN_INPUT_IMAGE];
}

int64_t event_output_tokens(const struct event *ev)
{
    return ev->token[TOKEN_OUTPUT] + ev->token[TOKEN_OUTPUT_REASONING] +
           ev->token[TOKEN_OUTPUT_AUDIO] + ev->token[TOKEN_OUTPUT_IMAGE];
}

int64_t event_cache_write_tokens(const struct event *ev)
{
    return ev->token[TOKEN_CACHE_WRITE_5M] + ev->token[TOKEN_CACHE_WRITE_1H];
}

struct usd event_total_cost(const struct event *ev)
{
    const struct event_cost *cost = &ev->cost;
    struct usd_sum sum = {0};
    usd_sum_add(&sum, cost->input);
    usd_sum_add(&sum, cost->cache);
    usd_sum_add(&sum, cost->output);
    usd_sum_add(&sum, cost->tools);
    struct usd total = {0};
    enum rc rc = num_to_i64(sum.pico, &total.pico);
    CHECK(rc == RC_OK); /* pricing refuses a call whose sum does not fit */
    return total;
}

/* Walks every text of an event.  With `at` NULL it only adds up the bytes;
 * else it moves them to *at onwards. */
static void move_text(struct str *s, char **at, size_t *n)
{
    *n += s->n;
    if (at == NULL) {
        return;
    }
    if (s->n == 0) {
        *s = STR_EMPTY; /* whose bytes it named may end now */
        return;
    }
    memcpy(*at, s->p, s->n);
    s->p = *at;
    *at += s->n;
}

static size_t move_all_text(struct event *ev, char **at)
{
    size_t n = 0;
    move_text(&ev->id, at, &n);
    for (uint32_t d = 0; d < DIM__COUNT; d++) {
        move_text(&ev->dim[d], at, &n);
    }
    for (uint32_t i = 0; i < ev->n_tags; i++) {
        move_text(&ev->tag[i].key, at, &n);
        move_text(&ev->tag[i].value, at, &n);
    }
    move_text(&ev->cost.price_id, at, &n);
    return n;
}

enum rc event_dup_text(struct event *ev, struct arena *arena, struct why *why)
{
    char *block = arena_alloc(arena, move_all_text(ev, NULL));
    if (block == NULL) {
        return why_set(why, RC_LIMIT,
                       "the request's events need more than %zu bytes of "
                       "memory; send fewer at a time",
                       arena->max_bytes);
    }
    (void)move_all_text(ev, &block);
    return RC_OK;
}

/* The first tag whose key is not below `key`. */
static uint32_t tag_place(const struct event *ev, struct str key)
{
    uint32_t i = 0;
    while (i < ev->n_tags && str_cmp(ev->tag[i].key, key) < 0) {
        i++;
    }
    return i;
}

const struct event_tag *event_tag_find(const struct event *ev, struct str key)
{
    uint32_t i = tag_place(ev, key);
    return i < ev->n_tags && str_eq(ev->tag[i].key, key) ? &ev->tag[i] : NULL;
}

enum rc event_tag_set(struct event *ev, struct str key, struct str value,
                      struct why *why)
{
    if (key.n == 0) {
        return why_set(why, RC_INVALID, "tags: a tag's name is empty");
    }
    if (key.n > LIMIT_TAG_KEY_MAX) {
        return why_set(why, RC_INVALID,
                       "tags: a name is %zu bytes long; at most %d are allowed",
                       key.n, LIMIT_TAG_KEY_MAX);
    }
    if (value.n > LIMIT_TAG_VALUE_MAX) {
        return why_set(why, RC_INVALID,
                       "tags.%.*s is %zu bytes long; at most %d are allowed",
                       STR_ARG(key), value.n, LIMIT_TAG_VALUE_MAX);
    }
    uint32_t i = tag_place(ev, key);
    if (i < ev->n_tags && str_eq(ev->tag[i].key, key)) {
        ev->tag[i].value = value;
        return RC_OK;
    }
    if (ev->n_tags == LIMIT_TAGS_MAX) {
        return why_set(why, RC_INVALID, "tags: more than the %d allowed",
                       LIMIT_TAGS_MAX);
    }
    memmove(&ev->tag[i + 1], &ev->tag[i],
            (ev->n_tags - i) * sizeof(ev->tag[0]));
    ev->tag[i] = (struct event_tag){.key = key, .value = value};
    ev->n_tags++;
    return RC_OK;
}
