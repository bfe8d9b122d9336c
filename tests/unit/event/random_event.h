/* Random events that obey every rule, and comparing events member by
 * member, for the property tests of this room. */
#ifndef TESTS_UNIT_EVENT_RANDOM_EVENT_H
#define TESTS_UNIT_EVENT_RANDOM_EVENT_H

#include "test.h"

#include "base/arena.h"
#include "base/rand.h"
#include "event/event.h"
#include "event/event_check.h"

#define TEST_NOW_US INT64_C(1795379471123456) /* 2026-11-22 */

/* text_of: 1..max bytes of pieces that are awkward to write or to read. */
static inline struct str text_of(struct rand *r, struct arena *a, size_t max)
{
    static const char *const pieces[] = {
        "a",  "search",     "-",    "\"",   "\\",     "/",
        "\n", "\t",         "\x01", "\x7f", "\u00fc", "\u20ac",
        "{",  "\U0001f600", " ",    "0",    "null",   "\\u0041",
    };
    char *p = arena_alloc(a, max);
    assert_non_null(p);
    size_t n = 0;
    size_t want = 1 + rand_below(r, max);
    for (;;) {
        const char *piece = pieces[rand_below(r, ARRAY_N(pieces))];
        size_t piece_n = strlen(piece);
        if (n + piece_n > want) {
            break;
        }
        memcpy(p + n, piece, piece_n);
        n += piece_n;
    }
    if (n == 0) {
        p[n++] = 'x';
    }
    return (struct str){.p = p, .n = n};
}

/* count_of: of any size up to `most`, small ones as likely as large ones. */
static inline int64_t count_of(struct rand *r, int64_t most)
{
    int64_t n = (int64_t)(rand_u64(r) >> (23 + rand_below(r, 41)));
    return n < most ? n : most;
}

static inline bool chance(struct rand *r, uint64_t one_in)
{
    return rand_below(r, one_in) == 0;
}

static inline struct str model_of(struct rand *r)
{
    static const struct str models[] = {
        STR_INIT("gpt-4o-mini-2024-07-18"),
        STR_INIT("claude-sonnet-4-5"),
        STR_INIT("us.anthropic.claude-opus-4-6-v1"),
        STR_INIT("a model \"quoted\" \\ with \u20ac"),
    };
    return models[rand_below(r, ARRAY_N(models))];
}

static inline struct str provider_of(struct rand *r)
{
    static const struct str providers[] = {
        STR_INIT("openai"),          STR_INIT("azure_ai"),
        STR_INIT("bedrock"),         STR_INIT("github-copilot"),
        STR_INIT("our own gateway"),
    };
    return providers[rand_below(r, ARRAY_N(providers))];
}

static inline void random_dims(struct rand *r, struct arena *a,
                               struct event *ev)
{
    for (uint32_t d = 0; d < DIM__COUNT; d++) {
        if (chance(r, 2)) {
            ev->dim[d] = text_of(r, a, chance(r, 8) ? LIMIT_DIM_MAX : 20);
        }
    }
    ev->dim[DIM_PROVIDER] = provider_of(r);
    ev->dim[DIM_MODEL] = model_of(r);
    ev->dim[DIM_REQUESTED_MODEL] = model_of(r);
}

static inline void random_tags(struct rand *r, struct arena *a,
                               struct event *ev)
{
    uint64_t n = chance(r, 2) ? rand_below(r, LIMIT_TAGS_MAX + 1) : 0;
    for (uint64_t i = 0; i < n; i++) {
        struct str key = text_of(r, a, LIMIT_TAG_KEY_MAX);
        struct str value = text_of(r, a, LIMIT_TAG_VALUE_MAX);
        struct why why;
        assert_ok(
            event_tag_set(ev, key, chance(r, 9) ? STR_EMPTY : value, &why),
            &why);
    }
}

/* random_event: text lives in `a`. */
static inline struct event random_event(struct rand *r, struct arena *a)
{
    int64_t ts_span = TEST_NOW_US + 3600 * INT64_C(1000000) - EVENT_TS_MIN_US;
    struct event ev;
    event_init(&ev);
    if (!chance(r, 4)) {
        ev.id = text_of(r, a, LIMIT_ID_MAX);
    }
    ev.ts_us = EVENT_TS_MIN_US + (int64_t)rand_below(r, (uint64_t)ts_span + 1);
    ev.arrival_us = TEST_NOW_US;
    ev.operation = (enum operation)(1 + rand_below(r, OPERATION__COUNT - 1));
    ev.service_tier =
        (enum service_tier)(1 + rand_below(r, SERVICE_TIER__COUNT - 1));
    ev.environment =
        (enum environment)(1 + rand_below(r, ENVIRONMENT__COUNT - 1));
    ev.status = (enum event_status)(1 + rand_below(r, EVENT_STATUS__COUNT - 1));
    ev.source = (enum event_source)(1 + rand_below(r, EVENT_SOURCE__COUNT - 1));
    ev.attempt = chance(r, 3) ? (uint32_t)count_of(r, UINT32_MAX - 1) + 1 : 1;
    for (uint32_t k = 0; k < TOKEN__COUNT; k++) {
        /* Six classes of this size still make a total of at most 2^40. */
        ev.token[k] = chance(r, 3) ? 0 : count_of(r, EVENT_COUNT_MAX / 6);
    }
    ev.web_searches = chance(r, 2) ? 0 : count_of(r, EVENT_COUNT_MAX);
    ev.latency_ms = chance(r, 3) ? -1 : count_of(r, EVENT_COUNT_MAX);
    ev.ttft_ms = chance(r, 3) ? -1 : count_of(r, EVENT_COUNT_MAX);
    ev.has_reported_cost = chance(r, 2);
    if (ev.has_reported_cost) {
        ev.reported_cost.pico = (int64_t)(rand_u64(r) >> 1);
    }
    random_dims(r, a, &ev);
    random_tags(r, a, &ev);
    return ev;
}

static inline void random_cost(struct rand *r, struct event *ev)
{
    ev->cost.priced = true;
    ev->cost.input.pico = count_of(r, EVENT_COUNT_MAX);
    ev->cost.cache.pico = count_of(r, EVENT_COUNT_MAX);
    ev->cost.output.pico = -count_of(r, EVENT_COUNT_MAX);
    ev->cost.tools.pico = count_of(r, EVENT_COUNT_MAX);
    ev->cost.price_id = STR("openai/gpt-4o@2024-10-01");
}

static inline void assert_same_str(struct str a, struct str b, const char *what)
{
    if (!str_eq(a, b)) {
        print_error("%s: \"%.*s\" is not \"%.*s\"\n", what, STR_ARG(a),
                    STR_ARG(b));
        fail();
    }
}

static inline void assert_same_cost(const struct event_cost *a,
                                    const struct event_cost *b)
{
    assert_int_equal(a->priced, b->priced);
    if (a->priced) {
        assert_int_equal(a->input.pico, b->input.pico);
        assert_int_equal(a->cache.pico, b->cache.pico);
        assert_int_equal(a->output.pico, b->output.pico);
        assert_int_equal(a->tools.pico, b->tools.pico);
        assert_same_str(a->price_id, b->price_id, "price_id");
    }
}

/* All but cost, source and arrival: what the public form carries. */
static inline void assert_same_call(const struct event *a,
                                    const struct event *b)
{
    assert_same_str(a->id, b->id, "id");
    assert_int_equal(a->ts_us, b->ts_us);
    assert_int_equal(a->operation, b->operation);
    assert_int_equal(a->service_tier, b->service_tier);
    assert_int_equal(a->environment, b->environment);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->attempt, b->attempt);
    assert_memory_equal(a->token, b->token, sizeof(a->token));
    assert_int_equal(a->web_searches, b->web_searches);
    assert_int_equal(a->latency_ms, b->latency_ms);
    assert_int_equal(a->ttft_ms, b->ttft_ms);
    assert_int_equal(a->has_reported_cost, b->has_reported_cost);
    assert_int_equal(a->reported_cost.pico, b->reported_cost.pico);
    for (uint32_t d = 0; d < DIM__COUNT; d++) {
        assert_same_str(a->dim[d], b->dim[d], dim_name((enum dim)d).p);
    }
    assert_int_equal(a->n_tags, b->n_tags);
    for (uint32_t i = 0; i < a->n_tags; i++) {
        assert_same_str(a->tag[i].key, b->tag[i].key, "tag key");
        assert_same_str(a->tag[i].value, b->tag[i].value, "tag value");
    }
}

static inline void assert_same_event(const struct event *a,
                                     const struct event *b)
{
    assert_same_call(a, b);
    assert_int_equal(a->source, b->source);
    assert_int_equal(a->arrival_us, b->arrival_us);
    assert_same_cost(&a->cost, &b->cost);
}

#endif
