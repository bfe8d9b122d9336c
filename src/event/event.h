/* The usage event: what every captured call becomes on the way in, whatever
 * door it came through.  Token classes are DISJOINT here (a cached token is
 * not also an input token); the public JSON form, where totals include their
 * parts, exists only in event_json*.c.
 *
 * Text is borrowed: it lives as long as the arena or record the event was
 * read from.  Plain data, any thread. */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include "base/limits.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/usd.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct why;

enum dim { /* free-text dimensions; "" is untagged */
#define X(name, json) DIM_##name,
#include "event/dim.def"
#undef X
           DIM__COUNT
};

enum token_kind { /* disjoint classes, each priced by itself */
#define X(name, json) TOKEN_##name,
#include "event/token_kind.def"
#undef X
                  TOKEN__COUNT
};

/* Closed sets; zero is never a real choice.  Names: event_*_name(). */
enum operation {
    OPERATION_CHAT = 1,
    OPERATION_EMBEDDINGS,
    OPERATION_IMAGE,
    OPERATION_AUDIO,
    OPERATION_RERANK,
    OPERATION_OTHER,
    OPERATION__COUNT
};
enum service_tier {
    SERVICE_TIER_STANDARD = 1,
    SERVICE_TIER_BATCH,
    SERVICE_TIER_FLEX,
    SERVICE_TIER_PRIORITY,
    SERVICE_TIER__COUNT
};
enum environment {
    ENVIRONMENT_PRODUCTION = 1,
    ENVIRONMENT_STAGING,
    ENVIRONMENT_DEVELOPMENT,
    ENVIRONMENT_INTERNAL,
    ENVIRONMENT_TEST,
    ENVIRONMENT_EVALUATION,
    ENVIRONMENT__COUNT
};
enum event_status {
    EVENT_STATUS_OK = 1,
    EVENT_STATUS_ERROR,
    EVENT_STATUS_CANCELLED,
    EVENT_STATUS__COUNT
};
enum event_source { /* the door it came through */
                    EVENT_SOURCE_API = 1,
                    EVENT_SOURCE_GATEWAY,
                    EVENT_SOURCE_OTLP,
                    EVENT_SOURCE_IMPORT,
                    EVENT_SOURCE_DEMO,
                    EVENT_SOURCE__COUNT
};

struct event_tag {
    struct str key;
    struct str value;
};

/* The four parts of a cost; their sum is the cost. */
struct event_cost {
    bool priced;      /* false: no price was found, the parts mean nothing */
    struct usd input; /* uncached input of every modality */
    struct usd cache; /* reads and writes */
    struct usd output;
    struct usd tools;    /* fees a call, such as searches */
    struct str price_id; /* the row used, "openai/gpt-4o@2024-10-01" */
};

struct event {
    struct str id;      /* 1..LIMIT_ID_MAX bytes once accepted */
    int64_t ts_us;      /* when the call was made, UTC microseconds */
    int64_t arrival_us; /* when toll accepted it */
    enum operation operation;
    enum service_tier service_tier;
    enum environment environment;
    enum event_status status;
    enum event_source source;
    uint32_t attempt;            /* 1...; above 1 is a retry */
    int64_t token[TOKEN__COUNT]; /* 0..2^LIMIT_COUNT_BITS each */
    int64_t web_searches;        /* calls that bear a fee each */
    int64_t latency_ms;          /* -1: unknown */
    int64_t ttft_ms;             /* first token; -1: unknown */
    bool has_reported_cost;
    struct usd reported_cost;             /* as the sender or provider stated */
    struct str dim[DIM__COUNT];           /* each at most LIMIT_DIM_MAX bytes */
    struct event_tag tag[LIMIT_TAGS_MAX]; /* sorted by key, keys unique */
    uint32_t n_tags;
    struct event_cost cost;
};

/* event_init: an event with every default of the public form (operation
 * chat, production, attempt 1, latencies unknown) and no text.  Its source is
 * api: any other door says so itself. */
void event_init(struct event *ev);

/* event_dup_text: move all text of the event into one block of `arena`, so
 * that it no longer borrows from where it was read.  RC_LIMIT at the arena's
 * cap, the event is then as it was. */
enum rc event_dup_text(struct event *ev, struct arena *arena,
                       struct why *why) MUST_CHECK;

/* event_tag_find: NULL when the event has no tag of that key. */
const struct event_tag *event_tag_find(const struct event *ev, struct str key);
/* event_tag_set: set or replace; both texts are borrowed, tags stay sorted.
 * RC_INVALID for an empty key, a text over its limit or one tag too many. */
enum rc event_tag_set(struct event *ev, struct str key, struct str value,
                      struct why *why) MUST_CHECK;

/* Totals, parts included. */
int64_t event_input_tokens(const struct event *ev);
int64_t event_output_tokens(const struct event *ev);
int64_t event_cache_write_tokens(const struct event *ev); /* both lifetimes */

/* event_total_cost: the sum of the parts; only meaningful when priced. */
struct usd event_total_cost(const struct event *ev);

/* Names of the closed sets ("production"), empty for what is no member; and
 * back: 0 when unknown, case matters. */
struct str operation_name(enum operation x);
enum operation operation_from(struct str name);
struct str service_tier_name(enum service_tier x);
enum service_tier service_tier_from(struct str name);
struct str environment_name(enum environment x);
enum environment environment_from(struct str name);
/* environment_of_word: also as people call it ("prod", "Dev"); 0: unknown. */
enum environment environment_of_word(struct str word);
struct str event_status_name(enum event_status x);
enum event_status event_status_from(struct str name);
struct str event_source_name(enum event_source x);
enum event_source event_source_from(struct str name);

/* dim_name: the public name ("feature"); dim_from: DIM__COUNT if unknown. */
struct str dim_name(enum dim d);
enum dim dim_from(struct str name);
struct str token_kind_name(enum token_kind k);

#endif
